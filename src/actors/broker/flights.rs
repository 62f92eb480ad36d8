//! Questions on their way: who asks the same shares one answer, and what was answered is remembered.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use tokio::sync::watch;

use super::State;
use super::question::{Failure, Leaves, Listening, Progress, Question, Refusal, Reply};
use super::worker::prompt_tokens;
use crate::domain::{ProviderId, WallTime};
use crate::explain::{CacheKey, Candidate, Needs, Pass, Reservation, Rung, order};
use crate::security::{Action, Resource};
use crate::telemetry::events;

/// What makes two questions the same: subject, evidence, prompt, who alone is to answer, and who asks where that decides
/// what may be told.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct FlightKey {
    subject: String,
    evidence_hash: String,
    prompt_version: String,
    /// The providers that may be asked for this asker, in order.
    ladder: Vec<usize>,
}

/// One question on its way.
pub(super) struct Flight {
    pub question: Arc<Question>,
    pub key: FlightKey,
    pub needs: Needs,
    /// Who is to be asked yet.
    pub ladder: VecDeque<usize>,
    pub failures: Vec<Failure>,
    pub told: watch::Sender<Progress>,
    /// Whether it is over, for those who listen.
    over: Arc<AtomicBool>,
    /// Whom it waits for or is being answered by.
    pub desk: usize,
    /// Failed calls at this desk.
    pub failed: u32,
    /// The call that is under way.
    pub call: Option<CallUnderWay>,
}

/// What one call holds.
pub(super) struct CallUnderWay {
    pub pass: Pass,
    pub reservation: Reservation,
    pub since: WallTime,
    pub prompt_hash: Arc<OnceLock<String>>,
}

impl State {
    /// Begins to answer, or lets one listen to what is being answered already.
    pub(super) fn ask(&mut self, question: Question, only: Option<&ProviderId>) -> Result<Listening, Refusal> {
        if let Some(order) = &self.killed {
            return Err(Refusal::Killed { reason: order.reason.clone() });
        }
        if !self.recollects {
            return Err(Refusal::Unavailable);
        }
        let now = self.setup.clock.now();
        if question.expires_at <= now {
            events::shed("model queue", "expired");
            return Err(Refusal::Expired);
        }
        let (ladder, failures, needs) = self.ladder(&question, only)?;
        let key = FlightKey {
            subject: question.subject.clone(),
            evidence_hash: question.evidence_hash.clone(),
            prompt_version: question.prompt_version.clone(),
            ladder: ladder.iter().copied().collect(),
        };
        if let Some((number, flight)) = self.by_key.get(&key).and_then(|number| self.flights.get_key_value(number)) {
            return Ok(Listening::to(flight.told.subscribe(), self.leaves(*number, &flight.over)));
        }
        let keys = ladder.iter().map(|desk| self.cache_key(*desk, &question)).collect::<Vec<_>>();
        if let Some(reply) = keys.iter().find_map(|key| self.remembered.get(key).map(Arc::clone)) {
            let reply = Arc::new(Reply { remembered: true, cost: Default::default(), ..Reply::clone(&reply) });
            let (provider, text) = (Some(reply.provider.clone()), reply.text.clone());
            let done = Progress { attempt: 0, provider, text, outcome: Some(Ok(reply)) };
            return Ok(Listening::to_the_end(done));
        }
        self.numbers += 1;
        let (number, (told, listens)) = (self.numbers, watch::channel(Progress::default()));
        let (question, over) = (Arc::new(question), Arc::new(AtomicBool::new(false)));
        let listening = Listening::to(listens, self.leaves(number, &over));
        let (desk, failed, call) = (usize::MAX, 0, None);
        self.by_key.insert(key.clone(), number);
        self.flights.insert(number, Flight { question, key, needs, ladder, failures, told, over, desk, failed, call });
        self.advance(number);
        Ok(listening)
    }

    /// Who can and may answer, in order, why others cannot, and what the question needs.
    fn ladder(
        &self,
        question: &Question,
        only: Option<&ProviderId>,
    ) -> Result<(VecDeque<usize>, Vec<Failure>, Needs), Refusal> {
        let mut needs = Needs {
            prompt_tokens: 0,
            output_tokens: question.output_tokens_max,
            json_schema: question.schema.is_some(),
            classes: question.classes.clone(),
        };
        let (mut candidates, mut failures) = (Vec::new(), Vec::new());
        for desk in self.desks.iter().filter(|desk| only.is_none_or(|only| desk.setup.id == *only)) {
            let setup = &desk.setup;
            if needs.prompt_tokens == 0 {
                needs.prompt_tokens = prompt_tokens(setup, question);
            }
            let unsuitable = setup.capability.suits(&needs).err().map(|why| why.to_string());
            match unsuitable.or_else(|| self.forbidden(question, desk)) {
                None => candidates.push(Candidate { provider: setup.id.clone(), locality: setup.capability.locality }),
                Some(why) => failures.push(Failure { provider: setup.id.clone(), why, unfit: true }),
            }
        }
        let place = |rung: Rung| match rung {
            Rung::Provider(id) => self.desks.iter().position(|desk| desk.setup.id == id),
            // What is computed from the evidence is there already, and is not asked for here.
            Rung::Deterministic => None,
        };
        let ladder: VecDeque<usize> = order(&candidates, self.setup.order).into_iter().filter_map(place).collect();
        if ladder.is_empty() {
            return Err(Refusal::NobodyAnswered(failures));
        }
        Ok((ladder, failures, needs))
    }

    /// Why the policies do not let this be told to this provider; `None`: they do.
    fn forbidden(&self, question: &Question, desk: &super::Desk) -> Option<String> {
        let (name, role) = (question.by.name.as_deref().unwrap_or("TEP"), question.by.role);
        question.classes.iter().find_map(|class| {
            let on = Resource::Egress {
                provider: desk.setup.id.clone(),
                locality: desk.setup.capability.locality,
                class: *class,
                granted: desk.setup.capability.may_see.contains(class),
            };
            let decision = self.setup.authority.decide_for(name, role, Action::LlmSend, &on);
            decision.reason().map(|reason| format!("may not be told {class}: {reason}"))
        })
    }

    pub(super) fn cache_key(&self, desk: usize, question: &Question) -> CacheKey {
        let setup = &self.desks[desk].setup;
        CacheKey::new(&format!("{}/{}", setup.id, setup.model), &question.prompt_version, &question.evidence_hash)
    }

    pub(super) fn forget(&mut self, question: &Question, provider: &ProviderId) {
        if let Some(desk) = self.desks.iter().position(|desk| desk.setup.id == *provider) {
            self.remembered.remove(&self.cache_key(desk, question));
        }
    }

    fn leaves(&self, flight: u64, over: &Arc<AtomicBool>) -> Leaves {
        Leaves { broker: self.myself.clone(), flight, over: Arc::clone(over) }
    }

    /// Ends the call when nobody listens any more.
    pub(super) fn left(&mut self, number: u64) {
        if self.flights.get(&number).is_some_and(|flight| flight.told.receiver_count() == 0) {
            self.finish(number, Err(Refusal::Abandoned));
        }
    }

    /// Tells everybody who listens, and forgets the question. A call that is under way is ended.
    pub(super) fn finish(&mut self, number: u64, outcome: Result<Arc<Reply>, Refusal>) {
        self.end_call(number, outcome.as_ref().err().map_or("answered", Refusal::kind));
        let Some(flight) = self.flights.remove(&number) else { return };
        self.by_key.remove(&flight.key);
        if let Some(desk) = self.desks.get_mut(flight.desk) {
            desk.queue.remove(&number);
        }
        flight.over.store(true, Ordering::Release);
        // Whoever listens is woken once.
        flight.told.send_modify(|progress| {
            if let Ok(reply) = &outcome {
                progress.text.clone_from(&reply.text);
            }
            progress.outcome = Some(outcome);
        });
        self.due.push_back(flight.desk);
    }
}
