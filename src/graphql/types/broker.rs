//! The broker of language models: who may be asked, how each stands, and what it costs.

use async_graphql::{Enum, SimpleObject};
use chrono::{DateTime, Utc};

use crate::actors::{Board, Order, ProviderBoard};
use crate::domain::{self, WallTime};
use crate::explain::{BreakerState, Standing};
use crate::storage;

/// Which providers are asked first.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "domain::OrderPolicy")]
pub enum LlmOrder {
    /// Models within the network of the plant, then those elsewhere.
    LocalFirst,
    /// Models elsewhere, then those within the network of the plant.
    CloudFirst,
}

/// Where a provider computes.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "domain::Locality")]
pub enum LlmLocality {
    /// Within the network of the plant.
    Local,
    /// Elsewhere: whatever it is told has left the plant.
    Cloud,
}

/// What kind of thing a prompt tells.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "domain::DataClass")]
pub enum LlmDataClass {
    /// Tags, values, alarms and verdicts of the plant.
    Process,
    /// Names of persons and what they have written.
    People,
    /// Passages of the knowledge base and of documents.
    Documents,
}

/// How a breaker stands.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum LlmBreakerState {
    /// Calls go through.
    Serving,
    /// No calls for a while, after failures or by order.
    Resting,
    /// One call at a time finds out whether it answers again.
    Probing,
}

/// What an administrator has ordered about language models.
#[derive(SimpleObject, Clone, Debug)]
pub struct LlmDirective {
    /// By whom.
    by: String,
    /// Why.
    reason: String,
    /// When.
    at: DateTime<Utc>,
}

/// One model of one provider.
#[derive(SimpleObject, Clone, Debug)]
pub struct LlmProvider {
    /// Its id in the configuration.
    key: String,
    /// The model, as the provider calls it.
    model: String,
    /// Where it computes.
    locality: LlmLocality,
    /// What it may be told.
    may_see: Vec<LlmDataClass>,
    /// Whether tags, units and persons are given pseudonyms before they are told.
    pseudonyms: bool,
    /// Most tokens of prompt and answer together.
    context_tokens: u32,
    /// Whether it can be held to a JSON schema.
    json_schema: bool,
    /// Whether it tells its answer piece by piece.
    streaming: bool,
    /// What it costs to read a million tokens.
    input_price: f64,
    /// What it costs to write a million tokens.
    output_price: f64,
    /// How its breaker stands.
    state: LlmBreakerState,
    /// Until when it rests after failures; null when it does not, or rests by order.
    resting_until: Option<DateTime<Utc>>,
    /// The order of an administrator that holds the breaker; null when it judges for itself.
    held: Option<LlmDirective>,
    /// Whether its worker is there.
    at_work: bool,
    /// Calls under way.
    running: u32,
    /// Calls at once at most.
    concurrent_calls: u32,
    /// Questions that wait for it.
    waiting: u32,
    /// Calls that were answered since the process began.
    answered: u64,
    /// Calls that were not.
    failed: u64,
    /// Tokens read.
    input_tokens: u64,
    /// Tokens written.
    output_tokens: u64,
    /// What its calls have cost since the process began.
    cost: f64,
    /// The last thing that went wrong.
    last_error: Option<String>,
}

/// How one limit of the budget stands.
#[derive(SimpleObject, Clone, Debug)]
pub struct LlmBudget {
    /// `hour` or `day`, of the clock in UTC.
    per: String,
    /// Whose, in words: `everything`, `user olga`, `unit tennessee-eastman/reactor`, `purpose explanation`.
    whose: String,
    /// From here on people are warned.
    soft: Option<f64>,
    /// Beyond this no call is made.
    hard: f64,
    /// Spent.
    spent: f64,
    /// Put aside for calls that are under way.
    reserved: f64,
    /// When the hour or day ends.
    free_at: DateTime<Utc>,
}

/// The broker of language models on the node that answers.
#[derive(SimpleObject, Clone, Debug, Default)]
pub struct LlmBroker {
    /// Whether any model is configured. When none is, nothing is asked and nothing leaves.
    configured: bool,
    /// The order that forbids every call; null while calls are allowed.
    killed: Option<LlmDirective>,
    /// Who is asked first; null when no model is configured.
    order: Option<LlmOrder>,
    /// In which currency money is told.
    currency: String,
    /// Who may be asked, in the order in which they were configured.
    #[graphql(complexity = "4 * child_complexity + 1")]
    providers: Vec<LlmProvider>,
    /// How every limit stands in this hour or day, for each of whom anything is known.
    #[graphql(complexity = "10 * child_complexity + 1")]
    budget: Vec<LlmBudget>,
    /// Questions that are being answered or wait.
    questions: u32,
}

/// One call to a language model, as the audit keeps it: no prompt and no answer, but their hash and sizes.
#[derive(SimpleObject, Clone, Debug)]
pub struct LlmCall {
    /// Its name in the audit.
    key: String,
    /// When it ended.
    at: DateTime<Utc>,
    /// For whom; null: for TEP by itself.
    who: Option<String>,
    /// About which unit; null: about the plant as a whole.
    unit: Option<String>,
    /// What for: `explanation`, `question` or `evaluation`.
    purpose: String,
    /// Whom, by the id in the configuration.
    provider: String,
    /// Which model.
    model: String,
    /// Where it computes: `local` or `cloud`.
    locality: String,
    /// What it was about, mostly the occurrence of an alarm.
    subject: String,
    /// Which prompt, with its version.
    prompt: String,
    /// The SHA-256 of every letter that was sent; empty when nothing was.
    prompt_hash: String,
    /// The hash of the evidence that was told.
    evidence_hash: String,
    /// The parts of the evidence that it was told.
    evidence_ids: Vec<String>,
    /// Tokens read.
    input_tokens: u32,
    /// Tokens written.
    output_tokens: u32,
    /// What it has cost, in the currency of the broker.
    cost: f64,
    /// How long it took.
    took_milliseconds: f64,
    /// `answered`, or a short name of what went wrong.
    outcome: String,
}

impl From<storage::LlmCall> for LlmCall {
    fn from(call: storage::LlmCall) -> Self {
        Self {
            key: call.id.to_string(),
            at: call.at.to_datetime(),
            who: call.who,
            unit: call.unit,
            purpose: call.purpose,
            provider: call.provider,
            model: call.model,
            locality: call.locality,
            subject: call.subject,
            prompt: call.prompt_version,
            prompt_hash: call.prompt_hash,
            evidence_hash: call.evidence_hash,
            evidence_ids: call.evidence_ids,
            input_tokens: call.usage.input,
            output_tokens: call.usage.output,
            cost: call.cost.as_units(),
            took_milliseconds: call.took.as_secs_f64() * 1e3,
            outcome: call.outcome,
        }
    }
}

fn directive(order: &Order) -> LlmDirective {
    LlmDirective { by: order.by.clone(), reason: order.reason.clone(), at: order.at.to_datetime() }
}

impl From<&Board> for LlmBroker {
    fn from(board: &Board) -> Self {
        Self {
            configured: true,
            killed: board.killed.as_ref().map(directive),
            order: Some(board.order.into()),
            currency: board.currency.clone(),
            providers: board.providers.iter().map(LlmProvider::from).collect(),
            budget: board.budget.iter().map(LlmBudget::from).collect(),
            questions: u32::try_from(board.questions).unwrap_or(u32::MAX),
        }
    }
}

impl From<&ProviderBoard> for LlmProvider {
    fn from(board: &ProviderBoard) -> Self {
        let (can, tally) = (&board.capability, &board.tally);
        let (state, until) = match board.state {
            BreakerState::Serving => (LlmBreakerState::Serving, None),
            BreakerState::Resting { until } => (LlmBreakerState::Resting, Some(until)),
            BreakerState::Probing => (LlmBreakerState::Probing, None),
        };
        Self {
            key: board.id.to_string(),
            model: board.model.clone(),
            locality: can.locality.into(),
            may_see: can.may_see.iter().map(|class| (*class).into()).collect(),
            pseudonyms: board.hides,
            context_tokens: can.context_tokens,
            json_schema: can.json_schema,
            streaming: can.streaming,
            input_price: can.price.input.as_units(),
            output_price: can.price.output.as_units(),
            state,
            resting_until: until.filter(|_| board.held.is_none()).map(WallTime::to_datetime),
            held: board.held.as_ref().map(|held| directive(&held.order)),
            at_work: board.at_work,
            running: board.running,
            concurrent_calls: board.concurrent_calls,
            waiting: u32::try_from(board.waiting).unwrap_or(u32::MAX),
            answered: tally.answered,
            failed: tally.failed,
            input_tokens: tally.input_tokens,
            output_tokens: tally.output_tokens,
            cost: tally.cost.as_units(),
            last_error: tally.last_error.clone(),
        }
    }
}

impl From<&Standing> for LlmBudget {
    fn from(standing: &Standing) -> Self {
        Self {
            per: standing.limit.per.as_str().to_owned(),
            whose: standing.whose.clone(),
            soft: standing.limit.soft.map(domain::Money::as_units),
            hard: standing.limit.hard.as_units(),
            spent: standing.spent.as_units(),
            reserved: standing.reserved.as_units(),
            free_at: standing.free_at.to_datetime(),
        }
    }
}
