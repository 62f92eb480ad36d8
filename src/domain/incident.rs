//! An incident of the plant: what was diagnosed behind one occurrence of a detector's alarm, and what people found.

use serde::{Deserialize, Serialize};

use super::diagnosis::{Cause, Diagnosis};
use super::ids::{AlarmId, DetectorId, OccurrenceId};
use super::time::{SourceTime, WallTime};

/// What called for a diagnosis.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CalledBy {
    /// The alarm of a detector was raised.
    #[default]
    Alarm,
    /// Something new began while that alarm stood already.
    LaterOnset {
        /// The occurrence of the alarm that stood.
        under: OccurrenceId,
    },
    /// A chart advises; no alarm was raised.
    Advisory {
        /// Which chart.
        chart: String,
    },
}

/// One incident.
#[derive(Clone, Debug, PartialEq)]
pub struct Incident {
    /// The occurrence of the alarm that called for it; of an incident that was called for otherwise, an id of its own.
    pub occurrence: OccurrenceId,
    /// What called for it.
    pub called_by: CalledBy,
    /// The alarm of its detector: the one that was raised, under which it began, or that was not raised.
    pub alarm: AlarmId,
    /// The detector whose verdict it was.
    pub detector: DetectorId,
    /// When it was called for, plant time.
    pub began: SourceTime,
    /// When it was last diagnosed, wall time.
    pub updated: WallTime,
    /// What was found.
    pub diagnosis: Diagnosis,
    /// What it looks like to a library of incidents; `None` when there was none, or nothing to see.
    pub fingerprint: Option<Fingerprint>,
    /// What a person said of it.
    pub verdict: Option<IncidentVerdict>,
}

/// What an incident looks like, in numbers that can be compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Fingerprint {
    /// Version of the frame that it was taken in; only fingerprints of one frame can be compared.
    pub frame: String,
    /// Up to which age it was seen, in samples.
    pub age: u32,
    /// The numbers: those of every age up to that one, one after the other.
    pub values: Vec<f32>,
}

/// How right a diagnosis was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Judgement {
    /// It named the cause.
    Right,
    /// It named the cause among others, or a part of it.
    PartlyRight,
    /// It did not.
    Wrong,
}

/// What a person found of an incident. The newest replaces earlier ones; the audit keeps them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncidentVerdict {
    /// How right the diagnosis was.
    pub judgement: Judgement,
    /// The true cause, where it was found; from then on the incident is known by it. It need not be one of the library.
    pub cause: Option<Cause>,
    /// What they wrote.
    pub comment: Option<String>,
    /// Who said it.
    pub by: String,
    /// When, wall time.
    pub at: WallTime,
}
