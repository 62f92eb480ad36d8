//! What the broker is built from, and what it can tell of itself.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;

use crate::actors::Explaining;
use crate::domain::{Dialect, Locality, Money, OrderPolicy, ProviderId, WallTime};
use crate::explain::{BreakerSettings, BreakerState, Capability, Charge, Hold, Limit, RetrySettings, Standing};
use crate::llm::{Patience, Provider};
use crate::security::Authority;
use crate::telemetry::Clock;

/// One model of one provider.
#[derive(Clone, Debug)]
pub struct ProviderSetup {
    /// What it is called here.
    pub id: ProviderId,
    /// The model, as the provider calls it.
    pub model: String,
    /// What it speaks.
    pub dialect: Dialect,
    /// The wire.
    pub wire: Arc<dyn Provider>,
    /// What it can do and may see.
    pub capability: Capability,
    /// Whether tags, units and persons get pseudonyms.
    pub hides: bool,
    /// Calls at once.
    pub concurrent_calls: u32,
    /// Calls a minute.
    pub calls_per_minute: Option<u32>,
    /// Tokens a minute.
    pub tokens_per_minute: Option<u32>,
    /// How long a call may take.
    pub patience: Patience,
    /// When it is left alone.
    pub breaker: BreakerSettings,
    /// How often it is tried again.
    pub retries: RetrySettings,
}

/// Everything that the broker is built from.
#[derive(Clone)]
pub struct BrokerSetup {
    /// Who may be asked, in the order in which they were configured.
    pub providers: Vec<ProviderSetup>,
    /// Who comes first.
    pub order: OrderPolicy,
    /// In which currency money is told.
    pub currency: String,
    /// What it may cost.
    pub limits: Vec<Limit>,
    /// How many answers are remembered.
    pub cached_answers: u64,
    /// How alarms are explained by them.
    pub explaining: Explaining,
    /// Names of persons, and other words, that are hidden from whoever gets pseudonyms, beside those that the ledger knows.
    pub people: Vec<String>,
    /// Who may tell what to whom.
    pub authority: Authority,
    /// What outlives the process.
    pub ledger: Arc<dyn Ledger>,
    /// What time it is.
    pub clock: Clock,
}

impl fmt::Debug for BrokerSetup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BrokerSetup").field("providers", &self.providers).finish_non_exhaustive()
    }
}

/// What outlives the process could not be read or written.
#[derive(Debug, Error)]
#[error("what the broker must remember cannot be read or written just now")]
pub struct LedgerError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// One call to a provider, as the audit remembers it. No prompt and no answer: their hashes and sizes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallRecord {
    /// Its name in the audit.
    pub id: Uuid,
    /// When it ended.
    pub at: WallTime,
    /// For whom and what.
    pub charge: Charge,
    /// Whom.
    pub provider: ProviderId,
    /// Which model.
    pub model: String,
    /// Where it computes.
    pub locality: Locality,
    /// What it was about.
    pub subject: String,
    /// Which prompt, with its version.
    pub prompt_version: String,
    /// The hash of every letter that was sent.
    pub prompt_hash: String,
    /// The hash of the evidence.
    pub evidence_hash: String,
    /// What the answer may cite.
    pub evidence_ids: Vec<String>,
    /// Tokens read.
    pub input_tokens: u32,
    /// Tokens written.
    pub output_tokens: u32,
    /// What it has cost.
    pub cost: Money,
    /// How long it took.
    pub took: Duration,
    /// What came of it: `answered`, or a short name of what went wrong.
    pub outcome: String,
}

/// What one call has cost, as the audit tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spent {
    /// Its name in the audit.
    pub call: Uuid,
    /// When it ended.
    pub at: WallTime,
    /// For whom and what.
    pub charge: Charge,
    /// How much.
    pub cost: Money,
}

/// What an administrator has ordered, with who and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Who.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: WallTime,
}

/// What outlives the process: the orders of administrators, and what was called.
#[async_trait]
pub trait Ledger: Send + Sync {
    /// The order that forbids every call, if there is one.
    ///
    /// # Errors
    /// When it cannot be read; nothing may be called then.
    async fn killed(&self) -> Result<Option<Order>, LedgerError>;

    /// Gives or takes back that order.
    ///
    /// # Errors
    /// When it could not be made durable.
    async fn set_killed(&self, order: Option<&Order>) -> Result<(), LedgerError>;

    /// The breakers that are held.
    ///
    /// # Errors
    /// When they cannot be read.
    async fn holds(&self) -> Result<Vec<(ProviderId, Held)>, LedgerError>;

    /// Holds a breaker, or lets it go.
    ///
    /// # Errors
    /// When it could not be made durable.
    async fn set_hold(&self, provider: &ProviderId, held: Option<&Held>) -> Result<(), LedgerError>;

    /// What calls that ended since then have cost, those of every node.
    ///
    /// # Errors
    /// When it cannot be read.
    async fn spent_since(&self, at: WallTime) -> Result<Vec<Spent>, LedgerError>;

    /// Names of the persons that the system knows, by which pseudonyms are given.
    ///
    /// # Errors
    /// When they cannot be read; nothing that hides them may be sent then.
    async fn people(&self) -> Result<Vec<String>, LedgerError>;

    /// Writes down what was called.
    ///
    /// # Errors
    /// When it could not be made durable.
    async fn write(&self, calls: &[CallRecord]) -> Result<(), LedgerError>;
}

/// A breaker that is held, and by whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// In service rather than out of it.
    pub serving: bool,
    /// By whom and why.
    pub order: Order,
}

impl Held {
    pub(super) const fn hold(&self) -> Hold {
        if self.serving { Hold::Serving } else { Hold::Resting }
    }
}

/// How the broker stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Board {
    /// The order that forbids every call.
    pub killed: Option<Order>,
    /// Who comes first.
    pub order: OrderPolicy,
    /// In which currency money is told.
    pub currency: String,
    /// Every provider.
    pub providers: Vec<ProviderBoard>,
    /// How every limit stands.
    pub budget: Vec<Standing>,
    /// Questions that are being answered or wait.
    pub questions: usize,
    /// When it was so.
    pub at: WallTime,
}

/// How one provider stands.
#[derive(Clone, Debug, PartialEq)]
pub struct ProviderBoard {
    /// Which.
    pub id: ProviderId,
    /// Its model.
    pub model: String,
    /// What it speaks.
    pub dialect: Dialect,
    /// What it can do and may see.
    pub capability: Capability,
    /// Whether tags, units and persons get pseudonyms.
    pub hides: bool,
    /// How its breaker stands.
    pub state: BreakerState,
    /// Whether an administrator holds it.
    pub held: Option<Held>,
    /// Whether its worker is there.
    pub at_work: bool,
    /// Calls under way.
    pub running: u32,
    /// Calls at once at most.
    pub concurrent_calls: u32,
    /// Questions that wait.
    pub waiting: usize,
    /// What it has done since the process began.
    pub tally: Tally,
}

/// What a provider has done since the broker began.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Calls that were answered.
    pub answered: u64,
    /// Calls that were not.
    pub failed: u64,
    /// Tokens read.
    pub input_tokens: u64,
    /// Tokens written.
    pub output_tokens: u64,
    /// What they have cost.
    pub cost: Money,
    /// The last thing that went wrong.
    pub last_error: Option<String>,
}
