//! Explaining one occurrence, step by step: evidence, what is computed from it, what a model makes of it.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::watch;
use tracing::info;
use uuid::Uuid;

use super::scene::evidence;
use super::writing::{Asking, Unwritten, mend, read};
use super::{Args, ExplainOrder, ExplainRefused};
use crate::actors::broker::{Asker, Broker, Listening, Progress, Question, Refusal, Reply};
use crate::domain::{Money, OccurrenceId, ProviderId, Purpose, SourceTime, Usage, Verdict};
use crate::explain::{Conclusion, EXPLAIN_ALARM, Evidence, Explanation, Grounds, Prompt, draft, explain as compute};
use crate::storage::{StoredEvidence, StoredExplanation};

/// The name of the explainer that asks nobody.
pub(super) const DETERMINISTIC: &str = "deterministic";
/// Models that are asked one after the other when their answers are no use.
const RUNGS_MOST: usize = 3;

/// How far the explanation of one occurrence has come. Whoever looks late sees the newest.
#[derive(Clone, Debug, Default)]
pub struct ExplanationProgress {
    /// What it rests on.
    pub evidence: Option<Arc<StoredEvidence>>,
    /// What was computed from it.
    pub computed: Option<Arc<StoredExplanation>>,
    /// Which model is being asked.
    pub asking: Option<ProviderId>,
    /// Grows when what a model has told so far is to be thrown away.
    pub attempt: u32,
    /// What it has told so far: texts without a check yet.
    pub draft: String,
    /// What came of it, checked.
    pub written: Option<Arc<StoredExplanation>>,
    /// Why no model has explained it, for a person; `None` also where none was to be asked.
    pub failure: Option<String>,
    /// Whether nothing more will come before `next_look`.
    pub over: bool,
    /// When it is explained anew by itself, plant time, if the alarm still stands then; `None`: it is not.
    pub next_look: Option<SourceTime>,
}

/// Explains, and tells whoever follows. `frozen` is called once the evidence is there and the next may begin. Where it is done
/// `only_if_it_says_more`, no model is asked to write again what the evidence said before.
pub(super) async fn explain(
    args: &Args,
    verdicts: Vec<Verdict>,
    order: &ExplainOrder,
    only_if_it_says_more: bool,
    told: &watch::Sender<ExplanationProgress>,
    frozen: impl FnOnce(),
) {
    let before = if only_if_it_says_more { said_before(args, order.occurrence).await } else { None };
    let outcome = computed(args, &verdicts, order).await;
    frozen();
    match outcome {
        Err(refused) => told.send_modify(|progress| progress.failure = Some(refused.to_string())),
        Ok((kept, computed)) => {
            let kept = Arc::new(kept);
            let says_more = before.is_none_or(|before| before != essence(&computed.explanation));
            told.send_modify(|progress| {
                (progress.evidence, progress.computed) = (Some(Arc::clone(&kept)), Some(Arc::new(computed)));
            });
            if order.with_model && says_more {
                let written = Writer { args, order, told }.write(&kept).await;
                told.send_modify(|progress| {
                    (progress.asking, progress.draft) = (None, String::new());
                    match written {
                        Ok(written) => progress.written = Some(Arc::new(written)),
                        Err(why) => progress.failure = Some(why),
                    }
                });
            }
        }
    }
    told.send_modify(|progress| progress.over = true);
}

/// What an explanation comes to: its conclusion, and the cause that it names first.
type Essence = (Conclusion, Option<String>);

fn essence(told: &Explanation) -> Essence {
    (told.conclusion, told.causes.first().map(|cause| cause.cause.clone()))
}

/// What the newest computed explanation of an occurrence came to.
async fn said_before(args: &Args, occurrence: OccurrenceId) -> Option<Essence> {
    let before = args.storage.explanations(occurrence).await.ok()?;
    before.iter().find(|told| told.explainer == DETERMINISTIC).map(|told| essence(&told.explanation))
}

/// The evidence of an occurrence, and what is computed from it; both are kept.
pub(super) async fn computed(
    args: &Args,
    verdicts: &[Verdict],
    order: &ExplainOrder,
) -> Result<(StoredEvidence, StoredExplanation), ExplainRefused> {
    let kept = evidence(args, verdicts, &order.alarm, order.occurrence, order.afresh).await?;
    let before = args.storage.explanations(order.occurrence).await.map_err(super::scene::unavailable)?;
    let known = |old: &StoredExplanation| old.explainer == DETERMINISTIC && old.evidence_hash == kept.hash;
    if let Some(known) = before.into_iter().find(known) {
        return Ok((kept, known));
    }
    let began = Instant::now();
    let explanation = compute(&kept.evidence);
    let grounded = Grounds::of(&kept.evidence).ground(&explanation);
    let stored = StoredExplanation {
        id: Uuid::now_v7(),
        occurrence: order.occurrence,
        evidence_hash: kept.hash.clone(),
        explainer: DETERMINISTIC.into(),
        model: None,
        prompt: None,
        at: args.clock.now(),
        explanation,
        grounded,
        took: began.elapsed(),
        cost: Money::ZERO,
        usage: Usage::default(),
    };
    args.storage.keep_explanation(&stored).await.map_err(super::scene::unavailable)?;
    info!(alarm = %order.alarm, occurrence = %order.occurrence, evidence = kept.hash, "explained {} from its evidence", order.alarm);
    Ok((kept, stored))
}

/// Has a model explain, and reads what it says.
struct Writer<'a> {
    args: &'a Args,
    order: &'a ExplainOrder,
    told: &'a watch::Sender<ExplanationProgress>,
}

impl Writer<'_> {
    async fn write(&self, kept: &StoredEvidence) -> Result<StoredExplanation, String> {
        let broker = match (&self.args.models.explaining, self.args.models.broker()) {
            (None, _) => return Err(Refusal::NotConfigured.to_string()),
            (Some(_), None) => return Err(Refusal::Unavailable.to_string()),
            (Some(_), Some(broker)) => broker,
        };
        match self.climb(&broker, kept, &kept.evidence).await {
            // Who may see values but no documents and no names is told less.
            Err(Unwritten::TooMuch(why)) => {
                let less = kept.evidence.process_only();
                if less == kept.evidence {
                    return Err(why);
                }
                self.climb(&broker, kept, &less).await.map_err(Unwritten::words)
            }
            other => other.map_err(Unwritten::words),
        }
    }

    /// Asks the first who can answer; a model whose answer is no use is asked to mend it once, and then the next is asked.
    async fn climb(
        &self,
        broker: &Broker,
        kept: &StoredEvidence,
        told: &Evidence,
    ) -> Result<StoredExplanation, Unwritten> {
        let pinned = self.args.models.pinned(EXPLAIN_ALARM);
        let prompt = Prompt::explain(told, pinned).ok_or_else(|| Unwritten::Useless("there is no prompt".into()))?;
        let question = asked(self.args, &self.order.by, Purpose::Explanation).question(told, &prompt, told.hash());
        let listening = broker.ask(question.clone()).await.map_err(Unwritten::from)?;
        let mut reply = self.listen(listening).await.map_err(Unwritten::from)?;
        let mut tried = vec![reply.provider.clone()];
        loop {
            let wrong = match read(&reply, told) {
                Ok(explanation) => return self.keep(kept, &reply, &prompt, explanation).await,
                Err(wrong) => wrong,
            };
            let listen = async |listening: Listening| self.listen(listening).await;
            match mend(broker, &question, &prompt, &reply, wrong, told, listen).await {
                Ok((mended, explanation)) => return self.keep(kept, &mended, &prompt, explanation).await,
                Err(why) => {
                    let next = self.next_rung(broker, &question, &mut tried).await;
                    reply = next.ok_or_else(|| Unwritten::Useless(format!("{}: {why}", reply.provider)))?;
                }
            }
        }
    }

    /// The answer of the next who has one.
    async fn next_rung(&self, broker: &Broker, question: &Question, tried: &mut Vec<ProviderId>) -> Option<Arc<Reply>> {
        let board = broker.board().await.ok()?;
        for provider in board.providers.into_iter().map(|board| board.id) {
            if tried.len() >= RUNGS_MOST || tried.contains(&provider) {
                continue;
            }
            tried.push(provider.clone());
            let Ok(listening) = broker.ask_only(question.clone(), provider).await else { continue };
            if let Ok(reply) = self.listen(listening).await {
                return Some(reply);
            }
        }
        None
    }

    /// Passes on what a model tells, as it comes.
    async fn listen(&self, mut listening: Listening) -> Result<Arc<Reply>, Refusal> {
        let began = self.told.borrow().attempt;
        loop {
            let Progress { attempt, provider, text, outcome } = listening.now();
            self.told.send_modify(|progress| {
                progress.asking = provider;
                progress.attempt = began + attempt;
                progress.draft = draft(&text);
            });
            if let Some(outcome) = outcome {
                self.told.send_modify(|progress| progress.attempt += 1);
                return outcome;
            }
            if !listening.changed().await {
                return Err(Refusal::Unavailable);
            }
        }
    }

    async fn keep(
        &self,
        kept: &StoredEvidence,
        reply: &Reply,
        prompt: &Prompt,
        explanation: Explanation,
    ) -> Result<StoredExplanation, Unwritten> {
        let stored = stored(self.args, kept, reply, prompt, explanation);
        let done = self.args.storage.keep_explanation(&stored).await;
        done.map_err(|problem| Unwritten::Useless(problem.to_string()))?;
        Ok(stored)
    }
}

/// How this plant asks, for somebody.
pub(super) fn asked<'a>(args: &'a Args, by: &'a Asker, purpose: Purpose) -> Asking<'a> {
    Asking { plant: &args.plant, by, purpose, now: args.clock.now(), patience: args.models.patience }
}

/// A model's explanation as it is kept.
pub(super) fn stored(
    args: &Args,
    kept: &StoredEvidence,
    reply: &Reply,
    prompt: &Prompt,
    explanation: Explanation,
) -> StoredExplanation {
    StoredExplanation {
        id: Uuid::now_v7(),
        occurrence: kept.occurrence,
        evidence_hash: kept.hash.clone(),
        explainer: reply.provider.to_string(),
        model: Some(reply.model.clone()),
        prompt: Some(prompt.id.clone()),
        at: args.clock.now(),
        grounded: Grounds::of(&kept.evidence).ground(&explanation),
        explanation,
        took: reply.took,
        cost: reply.cost,
        usage: reply.usage,
    }
}
