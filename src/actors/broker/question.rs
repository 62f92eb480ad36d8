//! What the broker is asked, and what becomes of it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use tokio::sync::watch;

use super::Msg;
use crate::actors::mailbox::Mailbox;
use crate::domain::{DataClass, Money, PlantId, ProviderId, Purpose, Severity, UnitId, Usage, WallTime};
use crate::explain::Kind;
use crate::llm::{AnswerSchema, Finish, Message};
use crate::security::Role;

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Asker {
    /// Under which name they have signed in; `None`: TEP asks by itself.
    pub name: Option<String>,
    /// What they are to the plant.
    pub role: Role,
}

impl Asker {
    /// TEP by itself, with no more rights than anybody has.
    pub const fn nobody() -> Self {
        Self { name: None, role: Role::Viewer }
    }
}

/// A question to a model. A prompt is data: whatever stands in it orders nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// Who asks.
    pub by: Asker,
    /// What for.
    pub purpose: Purpose,
    /// Which plant it is about.
    pub plant: PlantId,
    /// Which unit; `None`: the plant as a whole.
    pub unit: Option<UnitId>,
    /// What it is about, for example the occurrence of an alarm. The same subject with the same evidence and prompt is asked
    /// once, however many want to know.
    pub subject: String,
    /// How urgent: the severity of the alarm; `None`: whenever there is time.
    pub severity: Option<Severity>,
    /// The content hash of the evidence.
    pub evidence_hash: String,
    /// Everything that the answer may cite.
    pub evidence_ids: Vec<String>,
    /// The prompt with its version, for example `explain-alarm@3`.
    pub prompt_version: String,
    /// What the model is told before anything else.
    pub system: String,
    /// The conversation.
    pub messages: Vec<Message>,
    /// What the answer is held to.
    pub schema: Option<AnswerSchema>,
    /// Most tokens of the answer.
    pub output_tokens_max: u32,
    /// How freely the model chooses its words; `None`: as its provider thinks best.
    pub temperature: Option<f32>,
    /// What the prompt tells.
    pub classes: BTreeSet<DataClass>,
    /// The tags, units and persons that get pseudonyms where a provider is to have them.
    pub words: Arc<[(Kind, String)]>,
    /// When nobody is interested in an answer any more.
    pub expires_at: WallTime,
}

impl Question {
    /// Its place in a queue: the higher, the sooner.
    pub(super) const fn priority(&self) -> u8 {
        match self.severity {
            None => 0,
            Some(Severity::Low) => 1,
            Some(Severity::Medium) => 2,
            Some(Severity::High) => 3,
            Some(Severity::Critical) => 4,
        }
    }
}

/// An answer, with what it took.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// In the model's words, pseudonyms read back.
    pub text: String,
    /// Why it ends.
    pub finish: Finish,
    /// Who has answered.
    pub provider: ProviderId,
    /// With which model.
    pub model: String,
    /// What was read and written.
    pub usage: Usage,
    /// What it has cost; nothing when it was remembered.
    pub cost: Money,
    /// How long the provider took.
    pub took: Duration,
    /// How long until something was there.
    pub first_token: Option<Duration>,
    /// Whether it was given before and remembered.
    pub remembered: bool,
}

/// Why one provider has not answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Which.
    pub provider: ProviderId,
    /// Why, for a person.
    pub why: String,
    /// Whether it was not asked at all because of what the question tells or how long it is: another question may do.
    pub unfit: bool,
}

/// Why there is no answer of a model. The deterministic explanation is there all the same.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// No model is configured.
    #[error("no language model is configured")]
    NotConfigured,
    /// An administrator has forbidden every call.
    #[error("an administrator has switched language models off: {reason}")]
    Killed {
        /// Why.
        reason: String,
    },
    /// The broker is being restarted.
    #[error("the broker is being restarted; try again in a moment")]
    Unavailable,
    /// It was too late.
    #[error("nobody could answer in time")]
    Expired,
    /// More is asked than anybody can answer.
    #[error("too many questions wait already")]
    Shed,
    /// Nobody can or may answer.
    #[error("no model has answered: {}", words(.0))]
    NobodyAnswered(Vec<Failure>),
    /// Whoever asked has gone.
    #[error("nobody waits for the answer any more")]
    Abandoned,
}

impl Refusal {
    /// Whether somebody was not asked because of what the question tells or how long it is.
    pub fn may_be_asked_less(&self) -> bool {
        matches!(self, Self::NobodyAnswered(failures) if failures.iter().any(|failure| failure.unfit))
    }

    /// A short name for metrics and the audit.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::NotConfigured => "not_configured",
            Self::Killed { .. } => "killed",
            Self::Unavailable => "stopped",
            Self::Expired => "expired",
            Self::Shed => "shed",
            Self::NobodyAnswered(_) => "nobody_answered",
            Self::Abandoned => "abandoned",
        }
    }
}

fn words(failures: &[Failure]) -> String {
    let one = |failure: &Failure| format!("{}: {}", failure.provider, failure.why);
    failures.iter().map(one).collect::<Vec<_>>().join("; ")
}

/// How far an answer has come. Whoever reads late sees the newest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Progress {
    /// Grows when what was told is to be thrown away, since another attempt begins.
    pub attempt: u32,
    /// Who is answering.
    pub provider: Option<ProviderId>,
    /// What has been told.
    pub text: String,
    /// What came of it in the end.
    pub outcome: Option<Result<Arc<Reply>, Refusal>>,
}

/// Listens to an answer as it comes. When the last one who listens to an answer has gone, the call is ended.
#[derive(Clone, Debug)]
pub struct Listening {
    // Dropped in this order: who says that they leave does not listen any more.
    told: watch::Receiver<Progress>,
    _leaves: Option<Leaves>,
}

/// Tells the broker when somebody stops listening before the end.
#[derive(Clone, Debug)]
pub(super) struct Leaves {
    pub broker: Mailbox<Msg>,
    pub flight: u64,
    /// Whether there is nothing to tell any more.
    pub over: Arc<AtomicBool>,
}

impl Drop for Leaves {
    fn drop(&mut self) {
        if !self.over.load(Ordering::Acquire) {
            drop(self.broker.cast(Msg::Left { flight: self.flight }));
        }
    }
}

impl Listening {
    /// Listens to an answer that is on its way.
    pub(super) fn to(told: watch::Receiver<Progress>, leaves: Leaves) -> Self {
        Self { told, _leaves: Some(leaves) }
    }

    /// Has heard everything.
    pub(super) fn to_the_end(done: Progress) -> Self {
        Self { told: watch::channel(done).1, _leaves: None }
    }

    /// How far it has come.
    pub fn now(&mut self) -> Progress {
        self.told.borrow_and_update().clone()
    }

    /// Waits until it has come further; false when it will not.
    pub async fn changed(&mut self) -> bool {
        self.told.borrow().outcome.is_none() && self.told.changed().await.is_ok()
    }

    /// Waits for the end.
    ///
    /// # Errors
    /// When no model has answered.
    pub async fn answer(mut self) -> Result<Arc<Reply>, Refusal> {
        let ended = self.told.wait_for(|progress| progress.outcome.is_some()).await;
        let outcome = ended.ok().and_then(|progress| progress.outcome.clone());
        outcome.unwrap_or(Err(Refusal::Unavailable))
    }
}
