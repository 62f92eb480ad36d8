//! Everybody who remembers something from one moment to the next, and the one function that builds their tree.
//!
//! ```text
//! source ─► aligner ─► unit ─► sensor      judges quality
//!              │        │  ◄────┘          aligns
//!              │        └─► limit charts ─► alarm desk ─┬─► publisher ─► feed
//!              ├─► detector ──────────────►     │       └─► journal writer
//!              ├─► historian                    └ remembers, numbers
//!              └─► publisher ─► feed
//! ```
//!
//! Built from sink to source in `plant::build`, emptied from source to sink on shutdown.

mod alarm_desk;
mod alarm_statistics;
mod aligner;
mod broker;
mod chart_detector;
mod design_rules;
mod diagnostician;
/// Plants that run on other nodes.
pub mod elsewhere;
mod explainer;
mod hindsight;
mod historian;
mod journal;
mod lease;
mod librarian;
mod limit_detector;
pub(crate) mod mailbox;
mod notifier;
mod outbox;
mod placement;
mod plant;
pub(crate) mod portrait;
mod publisher;
mod root;
mod sensor;
mod source;
pub(crate) mod supervision;
mod ticket;
mod trainer;
/// Training jobs.
pub mod training;
mod unit;

use std::time::Duration;

use ractor::rpc::CallResult;
use ractor::{ActorProcessingErr, MessagingErr, SpawnErr};
use thiserror::Error;

use self::elsewhere::Door;

pub use alarm_desk::{
    AlarmCommand, AlarmDesk, AlarmDeskError, AlarmOrder, AlarmSnapshot, OrderItem, OrderOutcome, OrderRefused,
    RegisterOrder, RegisterOutcome, RuleReport, RuleSwitched,
};
pub use alarm_statistics::AlarmStatistics;
pub use broker::{
    Asker, Board, Broker, BrokerSetup, CallRecord, Compared, Comparison, Failure, Gist, Held, HoldOrder, Ledger,
    LedgerError, Listening, Order, OrderFailed, Progress, ProviderBoard, ProviderSetup, Question, Refusal, Reply,
    Spent, Tally,
};
pub use explainer::{
    AskOrder, Asking, ComparedExplanation, ComparedExplanations, ExplainOrder, ExplainRefused, Explainer, Explaining,
    ExplanationProgress, Models, Shelf, Written,
};
pub use journal::JournalDoor;
pub use lease::{Lease, LeaseLost};
pub use librarian::{Catalogue, Gathered, KnownDocument, Librarian, LibrarySetup, Shelves};
pub use notifier::Notifications;
pub use placement::Terms;
pub use plant::{PlantDoor, PlantSetup, PlantSite};
pub use root::{NodeSetup, Root, RootError};
pub use source::{SourceCommand, SourceDoor, SourceDoorError};
pub use supervision::{PartCommand, PartOrder, PartOutcome, PartRefused};
pub use trainer::{ModelCommand, ModelDone, ModelOrder, ModelRefused, Trainer};
pub use training as train;

/// How long a question to the tree may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// The doors of a plant at this moment.
#[derive(Clone, Debug)]
pub struct Doors {
    /// Remembers every alarm.
    pub alarm_desk: Door<AlarmDesk>,
    /// Drives the source.
    pub source: Door<SourceDoor>,
    /// Remembers who has done what; of a plant that is elsewhere it is asked by its owner alone.
    pub journal: Option<JournalDoor>,
    /// Draws the board of alarm performance; `None` while it is away, and of a plant that is elsewhere.
    pub statistics: Option<AlarmStatistics>,
    /// Explains alarms; `None` while it is away, and of a plant that is elsewhere.
    pub explainer: Option<Explainer>,
    /// Makes models and puts them where people want them; `None` while it is away.
    pub trainer: Option<Door<Trainer>>,
    /// Speaks for the plant as a whole.
    pub plant: Door<PlantDoor>,
}

/// The part of the tree that was asked is being restarted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a part of the plant is being restarted; try again in a moment")]
pub struct Unavailable;

/// Why an actor did not start, without what the runtime wraps around it at every floor: that says nothing to a person.
fn plain(error: SpawnErr) -> ActorProcessingErr {
    match error {
        SpawnErr::StartupFailed(reason) => reason,
        other => other.into(),
    }
}

fn answer<T, M>(result: Result<CallResult<T>, MessagingErr<M>>) -> Result<T, Unavailable> {
    match result {
        Ok(CallResult::Success(answer)) => Ok(answer),
        _ => Err(Unavailable),
    }
}
