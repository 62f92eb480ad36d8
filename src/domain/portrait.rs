//! Self-portraits: what an actor tells of itself to tests and to the supervision page.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::ids::DetectorId;
use super::time::WallTime;
use super::verdict::{DetectorState, Verdict};

/// Whether the plant can do without an actor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Importance {
    /// It cannot: when its restart intensity is spent, the failure goes up.
    Essential,
    /// It can: when its restart intensity is spent, its parent goes on without it, degraded, and says so.
    Auxiliary,
}

/// How an actor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Health {
    /// Starting, or waiting for its restart.
    Starting,
    /// At work.
    Running,
    /// At work, with something missing.
    Degraded,
    /// Gone for good.
    Stopped,
    /// Put aside by a person.
    Paused,
    /// It has done its work.
    Finished,
}

/// How full the mailbox of an actor is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailboxState {
    /// Messages in it, the one in hand included.
    pub depth: u64,
    /// Since when the oldest of them stands there.
    pub oldest: Duration,
}

/// What an actor tells of itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ActorPortrait {
    /// Its place in the tree, for example `root/plant:tennessee-eastman/unit:reactor/sensor:XMEAS_7`.
    pub path: String,
    /// Its own name, for example `XMEAS_7`.
    pub name: String,
    /// What it is: `sensor`, `unit`, `alarm desk`, …
    pub role: String,
    /// Whether the plant can do without it.
    pub importance: Importance,
    /// How it is.
    pub health: Health,
    /// Why, when it is not simply running.
    pub reason: Option<String>,
    /// Restarts since its parent started.
    pub restarts: u32,
    /// The last failure.
    pub last_error: Option<String>,
    /// When it was last started.
    pub started_at: Option<WallTime>,
    /// A few words on what it has done and holds.
    pub detail: Option<String>,
    /// How full its mailbox is.
    pub mailbox: MailboxState,
    /// Why it may not be paused; `None`: it may.
    pub not_pausable: Option<String>,
    /// The runtime's id of the actor, for tests that end it.
    pub actor_id: Option<String>,
    /// Its children, in order of start.
    pub children: Vec<ActorPortrait>,
}

/// How far a training has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrainingProgress {
    /// Steps done.
    pub done: u32,
    /// Steps in all.
    pub total: u32,
    /// What is being done.
    pub stage: String,
}

/// The model that a detector uses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelFacts {
    /// Its version.
    pub version: String,
    /// When it was trained, wall time.
    pub trained_at: WallTime,
    /// From what, in words.
    pub source: String,
    /// How many samples.
    pub samples: u64,
    /// Share of held-out normal samples beyond a limit, 0…1; `None` when there were none to measure on.
    pub measured_false_alarm_rate: Option<f64>,
}

/// What a plant-wide detector tells of itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DetectorPortrait {
    /// Which detector.
    pub detector: DetectorId,
    /// What it can honestly say.
    pub state: DetectorState,
    /// A training that is under way.
    pub training: Option<TrainingProgress>,
    /// The model that it uses.
    pub model: Option<ModelFacts>,
    /// Its last verdict.
    pub verdict: Option<Verdict>,
}

impl DetectorPortrait {
    /// A detector whose actor is not there tells nothing of itself.
    pub fn absent(detector: DetectorId, why: String) -> Self {
        Self { detector, state: DetectorState::Absent { why }, training: None, model: None, verdict: None }
    }
}
