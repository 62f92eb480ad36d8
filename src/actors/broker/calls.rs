//! Calls: who is called next, what comes of it, and who is asked after that.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rand::Rng;
use uuid::Uuid;

use super::flights::CallUnderWay;
use super::question::{Failure, Refusal, Reply};
use super::worker::{Call, Ended};
use super::{CallRecord, Msg, State};
use crate::domain::{Money, ProviderId, Usage};
use crate::explain::{BreakerState, Charge, Outcome};
use crate::llm::{Answer, Finish, LlmError};
use crate::telemetry::events;

/// Whoever wants to be left alone for longer than this is not waited for; the next is asked.
const WAIT_MOST: Duration = Duration::from_secs(10);

/// Why nobody is asked whose worker is left out.
const LEFT_OUT: &str = "its worker cannot be kept alive";

/// What may become of a question that is next.
enum Begun {
    /// It is being answered.
    Yes,
    /// Not yet.
    Later(Duration),
    /// Not by this one.
    Never(String),
}

impl State {
    /// Lets a question stand before the next provider of its ladder; without one it has no answer.
    pub(super) fn advance(&mut self, number: u64) {
        let Some(flight) = self.flights.get_mut(&number) else { return };
        let Some(desk) = flight.ladder.pop_front() else {
            let failures = std::mem::take(&mut flight.failures);
            return self.finish(number, Err(Refusal::NobodyAnswered(failures)));
        };
        (flight.desk, flight.failed) = (desk, 0);
        self.line_up(number);
    }

    /// Puts a question into the queue of its desk.
    fn line_up(&mut self, number: u64) {
        let Some(flight) = self.flights.get(&number) else { return };
        let (desk, question) = (flight.desk, &flight.question);
        if self.desks[desk].left_out {
            return self.pass_on_to_next(number, LEFT_OUT.into());
        }
        if let Some(shed) = self.desks[desk].queue.push(question.priority(), question.expires_at, number) {
            events::shed("model queue", "shed");
            self.finish(shed, Err(Refusal::Shed));
        }
        self.due.push_back(desk);
    }

    /// Begins calls wherever there may be room by now. Desks are taken one after the other and not from within one another,
    /// however many questions go down their ladders at once.
    pub(super) fn serve_due(&mut self) {
        while let Some(at) = self.due.pop_front() {
            self.serve(at);
        }
    }

    /// Begins calls at a desk while it has room.
    fn serve(&mut self, at: usize) {
        while let Some(desk) = self.desks.get_mut(at).filter(|desk| desk.has_room()) {
            let Some(number) = desk.queue.pop() else { return };
            match self.begin_call(number) {
                Begun::Yes => {}
                Begun::Later(wait) => {
                    let Some(flight) = self.flights.get(&number) else { continue };
                    let (priority, until) = (flight.question.priority(), flight.question.expires_at);
                    let desk = &mut self.desks[at];
                    desk.queue.put_back(priority, until, number);
                    if !std::mem::replace(&mut desk.reminded, true) {
                        self.myself.send_after(wait, move || Msg::DeskDue { desk: at });
                    }
                    return;
                }
                Begun::Never(why) => self.pass_on_to_next(number, why),
            }
        }
    }

    pub(super) fn wake(&mut self, at: usize) {
        self.desks[at].reminded = false;
        self.due.push_back(at);
    }

    fn pass_on_to_next(&mut self, number: u64, why: String) {
        if let Some(flight) = self.flights.get_mut(&number) {
            let provider = self.desks[flight.desk].setup.id.clone();
            flight.failures.push(Failure { provider, why, unfit: false });
        }
        self.advance(number);
    }

    fn begin_call(&mut self, number: u64) -> Begun {
        let now = self.setup.clock.now();
        let Some(flight) = self.flights.get_mut(&number) else { return Begun::Yes };
        let desk = &mut self.desks[flight.desk];
        let pass = match desk.breaker.ask(now) {
            Ok(pass) => pass,
            Err(refused) => return Begun::Never(refused.to_string()),
        };
        let tokens = flight.needs.prompt_tokens.saturating_add(flight.needs.output_tokens);
        if let Err(wait) = desk.admit(tokens) {
            desk.breaker.settle(pass, Outcome::Neutral, now);
            return match wait {
                Some(wait) if wait <= WAIT_MOST => Begun::Later(wait),
                _ => Begun::Never("has been asked too much this minute".into()),
            };
        }
        let cost = desk.setup.capability.worst_cost(&flight.needs);
        let reservation = match self.budget.reserve(&charge(&flight.question), cost, now) {
            Ok(reservation) => reservation,
            Err(exhausted) => {
                desk.breaker.settle(pass, Outcome::Neutral, now);
                return Begun::Never(exhausted.to_string());
            }
        };
        events::llm_budget_warnings(&reservation.warnings);
        let provider = desk.setup.id.clone();
        flight.told.send_modify(|progress| progress.provider = Some(provider));
        let prompt_hash = Arc::new(OnceLock::new());
        let call = Call {
            flight: number,
            question: Arc::clone(&flight.question),
            told: flight.told.clone(),
            prompt_hash: Arc::clone(&prompt_hash),
        };
        if flight.failed == 0 {
            desk.retries.first_attempt();
        }
        flight.call = Some(CallUnderWay { pass, reservation, since: now, prompt_hash });
        desk.running += 1;
        if !desk.worker.as_ref().is_some_and(|worker| worker.call(call)) {
            self.close_call(number, &Ending::nothing("worker_lost", Outcome::Neutral));
            return Begun::Never("its worker is being restarted".into());
        }
        Begun::Yes
    }

    /// A call has come back.
    pub(super) fn ended(&mut self, ended: Ended) {
        let Some(flight) = self.flights.get(&ended.flight).filter(|flight| flight.call.is_some()) else { return };
        let (number, at) = (ended.flight, flight.desk);
        match ended.outcome {
            Ok(Answer { finish: Finish::Withheld(why), usage, .. }) => {
                let ending =
                    Ending { usage: Some(usage), took: ended.took, ..Ending::nothing("withheld", Outcome::Good) };
                self.close_call(number, &ending);
                self.discard(number);
                self.pass_on_to_next(number, format!("has withheld its answer: {why}"));
            }
            Ok(answer) => {
                let ending = Ending {
                    usage: Some(answer.usage),
                    took: ended.took,
                    first_token: ended.first_token,
                    ..Ending::nothing("answered", Outcome::Good)
                };
                let cost = self.close_call(number, &ending);
                self.answered(number, answer, cost, &ending);
            }
            Err(error) => {
                let ending = Ending {
                    took: ended.took,
                    first_token: ended.first_token,
                    ..Ending::nothing(error.kind(), error.outcome())
                };
                self.close_call(number, &ending);
                self.desks[at].tally.last_error = Some(error.to_string());
                self.failed(number, &error);
            }
        }
        self.due.push_back(at);
    }

    fn answered(&mut self, number: u64, answer: Answer, cost: Money, ending: &Ending) {
        let Some(flight) = self.flights.get(&number) else { return };
        let (at, question) = (flight.desk, Arc::clone(&flight.question));
        let reply = Arc::new(Reply {
            text: answer.text,
            finish: answer.finish,
            provider: self.desks[at].setup.id.clone(),
            model: answer.model,
            usage: answer.usage,
            cost,
            took: ending.took,
            first_token: ending.first_token,
            remembered: false,
        });
        if reply.finish == Finish::Complete {
            let key = self.cache_key(at, &question);
            self.remembered.insert(key, Arc::clone(&reply));
        }
        self.finish(number, Ok(reply));
    }

    /// Tries again after a pause, or asks the next.
    fn failed(&mut self, number: u64, error: &LlmError) {
        self.discard(number);
        let (now, chance) = (self.setup.clock.now(), self.chance.random());
        let Some(flight) = self.flights.get_mut(&number) else { return };
        let desk = &mut self.desks[flight.desk];
        flight.failed += 1;
        let may = error.is_passing() && desk.breaker.state(now) == BreakerState::Serving;
        let pause = if may { desk.retries.retry(flight.failed, chance) } else { None };
        match pause.filter(|pause| now + *pause < flight.question.expires_at) {
            Some(pause) => {
                let failed = flight.failed;
                self.myself.send_after(pause, move || Msg::RetryDue { flight: number, failed });
            }
            None => self.pass_on_to_next(number, error.to_string()),
        }
    }

    /// The worker of a call has gone with it.
    pub(super) fn lost(&mut self, number: u64) {
        self.discard(number);
        self.pass_on_to_next(number, "its worker was restarted".into());
    }

    /// A worker is left out: whoever waits for it asks the next.
    pub(super) fn nobody_at(&mut self, provider: &ProviderId) {
        let Some(at) = self.desks.iter().position(|desk| desk.setup.id == *provider) else { return };
        while let Some(number) = self.desks[at].queue.pop() {
            self.pass_on_to_next(number, LEFT_OUT.into());
        }
    }

    pub(super) fn retry(&mut self, number: u64, failed: u32) {
        // A reminder of an earlier failure arrives late and is ignored.
        if self.flights.get(&number).is_some_and(|flight| flight.failed == failed && flight.call.is_none()) {
            self.line_up(number);
        }
    }

    /// What was told is to be thrown away.
    fn discard(&self, number: u64) {
        let Some(flight) = self.flights.get(&number) else { return };
        flight.told.send_if_modified(|progress| {
            let told = !progress.text.is_empty();
            if told {
                progress.text.clear();
                progress.attempt += 1;
            }
            told
        });
    }

    /// Ends a call that is under way: the socket is closed, and what it may have cost is counted.
    pub(super) fn end_call(&mut self, number: u64, why: &'static str) {
        let Some(flight) = self.flights.get(&number).filter(|flight| flight.call.is_some()) else { return };
        if let Some(worker) = &self.desks[flight.desk].worker {
            worker.cancel(number);
        }
        self.close_call(number, &Ending::nothing(why, Outcome::Neutral));
    }

    /// Settles everything that a call holds, and writes it down; returns what it has cost.
    pub(super) fn close_call(&mut self, number: u64, ending: &Ending) -> Money {
        let now = self.setup.clock.now();
        let Some(flight) = self.flights.get_mut(&number) else { return Money::ZERO };
        let Some(CallUnderWay { pass, reservation, since, prompt_hash }) = flight.call.take() else {
            return Money::ZERO;
        };
        let desk = &mut self.desks[flight.desk];
        desk.running = desk.running.saturating_sub(1);
        desk.breaker.settle(pass, ending.outcome, now);
        // A provider that does not tell is taken to have read everything once it has begun to answer.
        let told = flight.told.borrow().text.len();
        let guess = || match told {
            0 => Usage::default(),
            letters => Usage {
                input: flight.needs.prompt_tokens,
                output: u32::try_from(letters.div_ceil(3)).unwrap_or(u32::MAX),
            },
        };
        let usage = ending.usage.unwrap_or_else(guess);
        let cost = desk.setup.capability.price.of(usage);
        self.budget.settle(reservation, cost);
        let good = ending.what == "answered";
        desk.tally.answered += u64::from(good);
        desk.tally.failed += u64::from(!good);
        desk.tally.input_tokens += u64::from(usage.input);
        desk.tally.output_tokens += u64::from(usage.output);
        desk.tally.cost += cost;
        let took = if ending.took.is_zero() { now.since(since) } else { ending.took };
        let setup = &desk.setup;
        events::llm_called(&events::ModelCall {
            provider: setup.dialect.telemetry_name(),
            model: &setup.model,
            usage,
            cost,
            took,
            first_token: ending.first_token,
            error: (!good).then_some(ending.what),
        });
        let question = &flight.question;
        let id = Uuid::now_v7();
        if !self.setup.limits.is_empty() {
            self.counted.is_new(id, now);
        }
        self.audit.write(CallRecord {
            id,
            at: now,
            charge: charge(question),
            provider: setup.id.clone(),
            model: setup.model.clone(),
            locality: setup.capability.locality,
            subject: question.subject.clone(),
            prompt_version: question.prompt_version.clone(),
            prompt_hash: prompt_hash.get().cloned().unwrap_or_default(),
            evidence_hash: question.evidence_hash.clone(),
            evidence_ids: question.evidence_ids.clone(),
            input_tokens: usage.input,
            output_tokens: usage.output,
            cost,
            took,
            outcome: ending.what.to_owned(),
        });
        cost
    }
}

/// How a call has ended.
pub(super) struct Ending {
    what: &'static str,
    outcome: Outcome,
    usage: Option<Usage>,
    took: Duration,
    first_token: Option<Duration>,
}

impl Ending {
    /// Without anything that only the worker knows.
    pub fn nothing(what: &'static str, outcome: Outcome) -> Self {
        Self { what, outcome, usage: None, took: Duration::ZERO, first_token: None }
    }
}

fn charge(question: &super::Question) -> Charge {
    Charge {
        user: question.by.name.clone(),
        plant: question.plant.clone(),
        unit: question.unit.clone(),
        purpose: question.purpose,
    }
}
