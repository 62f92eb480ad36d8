//! Models of detectors as things that people decide about, and the jobs that make them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;

use super::ids::DetectorId;
use super::plant::DetectorMethod;
use super::time::{SourceTime, WallTime};

macro_rules! named_by_uuid {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    };
}

named_by_uuid!(
    /// One model of one detector, from its training or arrival on.
    ModelId
);
named_by_uuid!(
    /// One training job.
    TrainingJobId
);

/// Where a model stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelState {
    /// Trained or fetched, and judges nothing.
    Staged,
    /// Judges every sample beside the active one; its verdicts are shown and raise nothing. At most one a detector.
    Shadow,
    /// The one whose verdicts count; at most one a detector.
    Active,
    /// Was in use, or was turned down.
    Retired,
}

/// A word that is no state of a model.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` is not a state of a model")]
pub struct NoModelState(String);

impl ModelState {
    /// All of them, in the order of a life.
    pub const ALL: [Self; 4] = [Self::Staged, Self::Shadow, Self::Active, Self::Retired];

    /// Its word in databases and registries.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Staged => "staged",
            Self::Shadow => "shadow",
            Self::Active => "active",
            Self::Retired => "retired",
        }
    }

    /// Whether a person may bring a model from here to there. The active one leaves only when another takes its place, since
    /// a detector without a model is blind.
    pub const fn may_become(self, to: Self) -> bool {
        matches!(
            (self, to),
            (Self::Staged, Self::Shadow | Self::Active | Self::Retired)
                | (Self::Shadow, Self::Staged | Self::Active | Self::Retired)
                | (Self::Retired, Self::Shadow | Self::Active)
        )
    }
}

impl FromStr for ModelState {
    type Err = NoModelState;

    fn from_str(word: &str) -> Result<Self, NoModelState> {
        let found = Self::ALL.into_iter().find(|state| state.word() == word);
        found.ok_or_else(|| NoModelState(word.to_owned()))
    }
}

/// What a training learns from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "from")]
pub enum TrainingOrigin {
    /// Normal operation of the simulated plant.
    Simulator,
    /// What the plant has recorded, both ends included.
    History {
        /// The first plant time.
        since: SourceTime,
        /// The last plant time.
        until: SourceTime,
    },
    /// Files of normal operation, each an unbroken run.
    Files {
        /// Their names in the directory `training` of the data directory.
        names: Vec<String>,
    },
}

/// How a training job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrainingJobState {
    /// Waits for its turn.
    Queued,
    /// Under way.
    Running,
    /// There is a model.
    Done,
    /// There is none.
    Failed,
    /// A person has stopped it.
    Cancelled,
}

impl TrainingJobState {
    /// All of them, in the order of a life.
    pub const ALL: [Self; 5] = [Self::Queued, Self::Running, Self::Done, Self::Failed, Self::Cancelled];

    /// Its word in databases.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether there is still something to do.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Queued | Self::Running)
    }
}

/// One training, from its order to its end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainingJob {
    /// Names it.
    pub id: TrainingJobId,
    /// For which detector.
    pub detector: DetectorId,
    /// By which method.
    pub method: DetectorMethod,
    /// Charts that are to decide nothing.
    pub advisory: Vec<String>,
    /// On what.
    pub origin: TrainingOrigin,
    /// Who wants it: a user, or TEP itself for a detector that has no model.
    pub requested_by: String,
    /// When that was.
    pub requested_at: WallTime,
    /// Why.
    pub reason: String,
    /// How it is.
    pub state: TrainingJobState,
    /// When it was last begun.
    pub started_at: Option<WallTime>,
    /// When it ended.
    pub ended_at: Option<WallTime>,
    /// How it ended, in words, where there is something to say.
    pub outcome: Option<String>,
    /// The model that came of it.
    pub model: Option<ModelId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_detector_never_loses_its_active_model_but_to_another() {
        for to in ModelState::ALL {
            assert!(!ModelState::Active.may_become(to), "{to:?}");
        }
        assert!(ModelState::Retired.may_become(ModelState::Active), "rolling back");
        assert!(!ModelState::Retired.may_become(ModelState::Staged));
        assert!(ModelState::ALL.into_iter().all(|state| !state.may_become(state)));
    }

    #[test]
    fn states_are_found_by_their_words() {
        for state in ModelState::ALL {
            assert_eq!(state.word().parse(), Ok(state));
        }
        assert_eq!("asleep".parse::<ModelState>().unwrap_err().to_string(), "`asleep` is not a state of a model");
    }
}
