//! What detectors say.

use serde::{Deserialize, Serialize};

use super::alarm::Severity;
use super::ids::{AlarmId, DetectorId, TagIndex};
use super::time::SourceTime;

/// What a detector can honestly say of the plant now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DetectorState {
    /// It has no model yet; a training job may be running.
    Untrained,
    /// It has seen `have` of the `need` samples without which it cannot know.
    WarmingUp {
        /// Samples seen so far.
        have: u32,
        /// Samples without which no verdict is possible.
        need: u32,
    },
    /// It can see, and sees nothing unusual.
    Normal,
    /// Confirmed outside its limit.
    Alarm,
    /// A tag that it depends on is not usable.
    Blind {
        /// The tags that blind it.
        tags: Vec<TagIndex>,
    },
    /// Its actor is not there: a person has paused it, or it was left out after it failed too often.
    Absent {
        /// Which of the two, in words.
        why: String,
    },
}

/// How a model stands to the plant that it watches.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum Drift {
    /// It has not seen a stretch of undisturbed operation yet.
    Unknown {
        /// Samples seen.
        have: usize,
        /// Samples needed.
        need: usize,
    },
    /// The statistic is as it was in training.
    Steady {
        /// How far it is from the usual, in deviations.
        deviations: f64,
    },
    /// The plant, or an instrument, has moved away from what the model has learned: train anew.
    Drifting {
        /// How far it is from the usual, in deviations; negative when the plant has become quieter.
        deviations: f64,
    },
}

/// What a chart has to say in its detector.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChartRole {
    /// It decides, with the others of which this is said.
    #[default]
    Deciding,
    /// It is shown and raises nothing.
    Advisory,
    /// The same, and as many samples in a row as confirm an alarm were beyond its limit.
    Advising,
}

/// One chart's statistic against its limit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChartScore {
    /// The chart's name as engineers know it: `T2`, `SPE`.
    pub chart: String,
    /// The statistic; dimensionless.
    pub statistic: f64,
    /// The limit above which the statistic counts as an exceedance.
    pub limit: f64,
    /// Whether it decides or advises.
    #[serde(default)]
    pub role: ChartRole,
}

/// How much one tag contributes to a statistic.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Contribution {
    /// Which tag.
    pub tag: TagIndex,
    /// Its share of the statistic, 0…1; the shares of one verdict add up to 1.
    pub share: f64,
}

/// What a multivariate detector says about one scan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// Who says it.
    pub detector: DetectorId,
    /// Of which plant time.
    pub source_time: SourceTime,
    /// Of which scan; correlates with the logs of the source.
    pub scan: u64,
    /// What it can honestly say.
    pub state: DetectorState,
    /// One score a chart; empty when there is none to give (warming up, blind).
    pub scores: Vec<ChartScore>,
    /// Largest first; empty when there are no scores.
    pub contributions: Vec<Contribution>,
    /// Which model said it; `None` without one.
    pub model_version: Option<String>,
}

/// What a limit chart or a detector tells the alarm desk when the condition of one alarm has changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConditionReport {
    /// Which alarm.
    pub alarm: AlarmId,
    /// Whether the condition holds now, past delay and deadband; `None`: its instrument is bad or stale, so nobody knows
    /// and the alarm's state freezes.
    pub active: Option<bool>,
    /// How severe it is now.
    pub severity: Severity,
    /// Plant time of the change.
    pub source_time: SourceTime,
    /// Scan of the change.
    pub scan: u64,
    /// The value that decided, in the tag's unit (a limit) or the statistic over its limit (a detector).
    pub value: f64,
    /// The limit that it was compared with; 1 for a detector.
    pub limit: f64,
    /// The tags that contribute most, largest first; for a limit the tag itself.
    pub contributions: Vec<Contribution>,
}
