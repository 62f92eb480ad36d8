//! Self-portraits: what an actor tells of itself to tests and to the supervision page.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::ids::DetectorId;
use super::model::{ModelId, TrainingJobId};
use super::time::WallTime;
use super::verdict::{DetectorState, Drift, Verdict};

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
    /// Which job it is.
    #[serde(default)]
    pub job: Option<TrainingJobId>,
}

/// The model that a detector uses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelFacts {
    /// Which of the kept models; `None` for one that could not be kept.
    #[serde(default)]
    pub id: Option<ModelId>,
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
    /// Who has put it where it is.
    #[serde(default)]
    pub decided_by: Option<String>,
}

/// A model that judges beside the active one and raises nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShadowPortrait {
    /// The model.
    pub model: ModelFacts,
    /// What it can honestly say.
    pub state: DetectorState,
    /// How it stands to the plant.
    pub drift: Drift,
    /// Its last verdict.
    pub verdict: Option<Verdict>,
    /// How often it said what the active one said.
    pub agreement: Agreement,
}

/// How two models judged the same samples, since the later of the two began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreement {
    /// Samples that both could judge.
    pub samples: u64,
    /// Both in alarm.
    pub both: u64,
    /// The active one alone in alarm.
    pub active_alone: u64,
    /// The shadow alone in alarm.
    pub shadow_alone: u64,
}

impl Agreement {
    /// Counts a sample, if both could judge it.
    pub fn count(&mut self, active: &DetectorState, shadow: &DetectorState) {
        let alarm = |state: &DetectorState| match state {
            DetectorState::Normal => Some(false),
            DetectorState::Alarm => Some(true),
            _ => None,
        };
        let (Some(active), Some(shadow)) = (alarm(active), alarm(shadow)) else { return };
        self.samples += 1;
        match (active, shadow) {
            (true, true) => self.both += 1,
            (true, false) => self.active_alone += 1,
            (false, true) => self.shadow_alone += 1,
            (false, false) => {}
        }
    }
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
    /// How that stands to the plant; `None` without one.
    #[serde(default)]
    pub drift: Option<Drift>,
    /// Its last verdict.
    pub verdict: Option<Verdict>,
    /// A model that judges beside it.
    #[serde(default)]
    pub shadow: Option<Box<ShadowPortrait>>,
}

impl DetectorPortrait {
    /// A detector that says nothing but how it is.
    pub const fn bare(detector: DetectorId, state: DetectorState) -> Self {
        Self { detector, state, training: None, model: None, drift: None, verdict: None, shadow: None }
    }

    /// A detector whose actor is not there tells nothing of itself.
    pub const fn absent(detector: DetectorId, why: String) -> Self {
        Self::bare(detector, DetectorState::Absent { why })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agreement_counts_what_both_could_judge() {
        use DetectorState::{Alarm, Normal, Untrained};
        let mut agreement = Agreement::default();
        for (active, shadow) in
            [(Normal, Normal), (Alarm, Normal), (Normal, Alarm), (Alarm, Alarm), (Untrained, Alarm), (Alarm, Untrained)]
        {
            agreement.count(&active, &shadow);
        }
        assert_eq!(agreement, Agreement { samples: 4, both: 1, active_alone: 1, shadow_alone: 1 });
    }
}
