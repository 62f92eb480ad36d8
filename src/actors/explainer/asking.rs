//! Questions of persons about an alarm, and several models side by side.

use std::collections::BTreeSet;
use std::sync::Arc;

use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::scene::{evidence, unavailable};
use super::searching::{Found, found_for};
use super::work::{DETERMINISTIC, asked, computed, stored};
use super::writing::{self, Unwritten, again, messages};
use super::{Args, ExplainOrder, ExplainRefused};
use crate::actors::broker::{Asker, Broker, Compared, Gist, Question, Refusal, Reply};
use crate::domain::{AlarmId, Money, OccurrenceId, ProviderId, Purpose, Verdict};
use crate::explain::{EXPLAIN_ALARM, Evidence, Explanation, FOLLOW_UP, FollowUp, Grounds, Prompt, Statement, answer};
use crate::storage::{StoredEvidence, StoredExplanation, StoredTurn};

/// A question of a person about an alarm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskOrder {
    /// About which alarm.
    pub alarm: AlarmId,
    /// About which occurrence of it.
    pub occurrence: OccurrenceId,
    /// Who asks.
    pub by: Asker,
    /// What.
    pub question: String,
}

/// What one explainer makes of the same evidence.
#[derive(Clone, Debug)]
pub struct ComparedExplanation {
    /// Which.
    pub explainer: String,
    /// Its explanation, or why there is none.
    pub outcome: Result<Arc<StoredExplanation>, String>,
    /// Whether it names the same cause first as those who agree.
    pub agrees: bool,
}

/// Several explanations of the same evidence.
#[derive(Clone, Debug)]
pub struct ComparedExplanations {
    /// What all of them were given.
    pub evidence: Arc<StoredEvidence>,
    /// The one that is computed first, then each provider in the order in which they were named.
    pub all: Vec<ComparedExplanation>,
    /// The cause on which at least two agree.
    pub agreed: Option<String>,
    /// The share of tags that those who agree have in common, 0…1.
    pub tags_in_common: f64,
}

/// Answers a question: by a model where one can be asked, else from the evidence; with what is found for it.
pub(super) async fn ask(args: &Args, verdicts: Vec<Verdict>, order: AskOrder) -> Result<StoredTurn, ExplainRefused> {
    let kept = evidence(args, &verdicts, &order.alarm, order.occurrence, false).await?;
    let turns = args.storage.turns(order.occurrence).await.map_err(unavailable)?;
    let before: Vec<(String, FollowUp)> = turns.into_iter().map(|turn| (turn.question, turn.answer)).collect();
    let Found { kept, anchors, without } = found_for(args, kept, &order.question).await;
    // Whatever becomes of it, an answer rests on evidence that is kept.
    args.storage.keep_evidence(&kept).await.map_err(unavailable)?;
    let unknown = |text: String| Statement { text, cites: Vec::new() };
    let (mut said, reply) = match by_model(args, &kept, &before, &order).await {
        Ok((said, reply)) => (said, Some(reply)),
        Err(why) => {
            let mut said = answer(&kept.evidence, &order.question, &anchors);
            if args.models.explaining.is_some() {
                said.unknown.push(unknown(format!("No model: {why}.")));
            }
            (said, None)
        }
    };
    said.unknown.extend(without.map(|without| unknown(format!("Documents were searched {without}."))));
    let turn = StoredTurn {
        id: Uuid::now_v7(),
        occurrence: order.occurrence,
        evidence_hash: kept.hash.clone(),
        at: args.clock.now(),
        asked_by: order.by.name.clone().unwrap_or_default(),
        question: order.question,
        grounded: said.ground(&Grounds::of(&kept.evidence)),
        answer: said,
        explainer: reply.as_ref().map_or_else(|| DETERMINISTIC.to_owned(), |reply| reply.provider.to_string()),
        model: reply.as_ref().map(|reply| reply.model.clone()),
        cost: reply.as_ref().map_or(Money::ZERO, |reply| reply.cost),
    };
    args.storage.keep_turn(&turn).await.map_err(unavailable)?;
    Ok(turn)
}

/// What a model answers, mended once. Who may not be told everything, or has no room for it, is told less.
async fn by_model(
    args: &Args,
    kept: &StoredEvidence,
    before: &[(String, FollowUp)],
    order: &AskOrder,
) -> Result<(FollowUp, Arc<Reply>), String> {
    let broker = args.models.broker().ok_or_else(|| Refusal::NotConfigured.to_string())?;
    match answered(args, &broker, (&kept.evidence, &kept.hash), before, order).await {
        Err(Unwritten::TooMuch(why)) => {
            let less = kept.evidence.process_only();
            if less == kept.evidence {
                return Err(why);
            }
            // What was answered before may quote what this one may not be told.
            answered(args, &broker, (&less, &less.hash()), &[], order).await.map_err(Unwritten::words)
        }
        other => other.map_err(Unwritten::words),
    }
}

async fn answered(
    args: &Args,
    broker: &Broker,
    (told, hash): (&Evidence, &str),
    before: &[(String, FollowUp)],
    order: &AskOrder,
) -> Result<(FollowUp, Arc<Reply>), Unwritten> {
    let before: Vec<(String, FollowUp)> = before.iter().map(|turn| without_dangling(turn, told)).collect();
    let prompt = Prompt::follow_up(told, &before, &order.question, args.models.pinned(FOLLOW_UP));
    let prompt = prompt.ok_or_else(|| Unwritten::Useless("there is no prompt".into()))?;
    let asking = asked(args, &order.by, Purpose::Question);
    let question = asking.question(told, &prompt, conversation(hash, &prompt));
    let reply = broker.ask(question.clone()).await?.answer().await?;
    let wrong = match FollowUp::read(&reply.text, told) {
        Ok(said) => return Ok((said, reply)),
        Err(wrong) => wrong,
    };
    let repaired = prompt.repaired(&reply.text, &wrong);
    let again = Question { messages: messages(&repaired), ..again(&question, &reply.text) };
    let mended = broker.ask_only(again.clone(), reply.provider.clone()).await?.answer().await?;
    match FollowUp::read(&mended.text, told) {
        Ok(said) => Ok((said, mended)),
        Err(wrong) => {
            broker.forget(&question, &reply);
            broker.forget(&again, &mended);
            Err(Unwritten::Useless(wrong.to_string()))
        }
    }
}

/// What was said before without citations that lead nowhere now: other passages were found for it.
fn without_dangling((question, said): &(String, FollowUp), told: &Evidence) -> (String, FollowUp) {
    let ids = told.ids();
    let mut said = said.clone();
    for statement in said.answer.iter_mut().chain(&mut said.unknown) {
        statement.cites.retain(|id| ids.contains(id.as_str()) && !id.starts_with("passage:"));
    }
    (question.clone(), said)
}

/// The name of evidence together with everything that was said about it.
fn conversation(evidence: &str, prompt: &Prompt) -> String {
    let mut hash = Sha256::new();
    hash.update(evidence.as_bytes());
    for turn in &prompt.turns {
        hash.update((turn.text.len() as u64).to_be_bytes());
        hash.update(turn.text.as_bytes());
    }
    format!("{:x}", hash.finalize())
}

/// Several models side by side.
pub(super) async fn compare(
    args: &Args,
    verdicts: Vec<Verdict>,
    order: &ExplainOrder,
    providers: Vec<ProviderId>,
) -> Result<ComparedExplanations, ExplainRefused> {
    let (kept, first) = computed(args, &verdicts, order).await?;
    let broker = args.models.broker().ok_or_else(|| ExplainRefused::Unavailable(Refusal::NotConfigured.to_string()))?;
    let prompt = Prompt::explain(&kept.evidence, args.models.pinned(EXPLAIN_ALARM));
    let prompt = prompt.ok_or_else(|| ExplainRefused::Unavailable("there is no prompt".into()))?;
    let asking = asked(args, &order.by, Purpose::Explanation);
    let question = asking.question(&kept.evidence, &prompt, kept.hash.clone());
    let gist_of = |text: &str| Explanation::read(text, &kept.evidence).ok().map(|told| gist(&told));
    let mut comparison = broker.compare(&question, &providers, gist_of).await;
    // Who may not be told everything, or has no room for it, is told less.
    let too_much = |one: &&Compared| one.outcome.as_ref().is_err_and(Refusal::may_be_asked_less);
    let unfit: Vec<ProviderId> = comparison.all.iter().filter(too_much).map(|one| one.provider.clone()).collect();
    let less = kept.evidence.process_only();
    let prompt_of_less = Prompt::explain(&less, args.models.pinned(EXPLAIN_ALARM)).filter(|_| less != kept.evidence);
    if let Some(prompt) = prompt_of_less.filter(|_| !unfit.is_empty()) {
        let question = asking.question(&less, &prompt, less.hash());
        for told in broker.compare(&question, &unfit, gist_of).await.all {
            let place = comparison.all.iter_mut().find(|one| one.provider == told.provider);
            place.into_iter().for_each(|one| one.clone_from(&told));
        }
    }
    let mut all = vec![(DETERMINISTIC.to_owned(), Ok(Arc::new(first)))];
    for one in comparison.all {
        let outcome = match one.outcome {
            Err(refusal) => Err(refusal.to_string()),
            Ok(reply) => match writing::read(&reply, &kept.evidence) {
                Err(wrong) => {
                    broker.forget(&question, &reply);
                    Err(format!("what was answered is no explanation: {wrong}"))
                }
                Ok(told) => {
                    let written = stored(args, &kept, &reply, &prompt, told);
                    args.storage.keep_explanation(&written).await.map_err(unavailable)?;
                    Ok(Arc::new(written))
                }
            },
        };
        all.push((one.provider.to_string(), outcome));
    }
    Ok(agreement(kept, all))
}

/// An explanation in short: the cause that it names first, and the tags that it cites.
fn gist(told: &Explanation) -> Gist {
    let cites = told.texts().into_iter().flat_map(|(_, _, cites)| cites.to_vec());
    let tags: BTreeSet<String> = cites.filter(|id| id.starts_with("tag:")).collect();
    let first = told.causes.first().map_or_else(|| "inconclusive".to_owned(), |cause| cause.cause.clone());
    Gist { cause: first, tags }
}

fn agreement(kept: StoredEvidence, all: Vec<(String, Result<Arc<StoredExplanation>, String>)>) -> ComparedExplanations {
    let gists: Vec<Option<Gist>> =
        all.iter().map(|(_, outcome)| outcome.as_ref().ok().map(|told| gist(&told.explanation))).collect();
    let votes = |cause: &str| gists.iter().flatten().filter(|gist| gist.cause == cause).count();
    // Of parties as large the one that is named first counts.
    let party = gists.iter().flatten().map(|gist| (votes(&gist.cause), &gist.cause)).filter(|(votes, _)| *votes > 1);
    let agreed = party.reduce(|best, next| if next.0 > best.0 { next } else { best }).map(|(_, cause)| cause.clone());
    let agrees = |at: usize| gists[at].as_ref().is_some_and(|gist| Some(&gist.cause) == agreed.as_ref());
    let together: Vec<&BTreeSet<String>> =
        (0..gists.len()).filter(|at| agrees(*at)).filter_map(|at| gists[at].as_ref()).map(|gist| &gist.tags).collect();
    let union: BTreeSet<&String> = together.iter().flat_map(|tags| tags.iter()).collect();
    let common = union.iter().filter(|tag| together.iter().all(|tags| tags.contains(**tag))).count();
    let tags_in_common = if union.is_empty() { 0.0 } else { common as f64 / union.len() as f64 };
    let compared = |(at, (explainer, outcome)): (usize, (String, _))| {
        let agrees = agrees(at);
        ComparedExplanation { explainer, outcome, agrees }
    };
    let all: Vec<ComparedExplanation> = all.into_iter().enumerate().map(compared).collect();
    ComparedExplanations { evidence: Arc::new(kept), all, agreed, tags_in_common }
}
