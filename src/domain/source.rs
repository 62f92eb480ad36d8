//! How the source of a plant is doing.

use serde::{Deserialize, Serialize};

use super::time::SourceTime;

/// What the source is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SourceState {
    /// Samples come.
    Running,
    /// An operator has paused it.
    Paused,
    /// The plant has tripped; samples come, of a plant that stands still.
    ShutDown,
    /// A replay has reached its end.
    Ended,
    /// Samples should come and do not.
    Silent,
}

/// How the source of a plant is doing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SourceReport {
    /// `simulator` or `replay`.
    pub kind: String,
    /// What it is doing.
    pub state: SourceState,
    /// Why, when there is more to say: for example why the plant tripped.
    pub message: Option<String>,
    /// As ordered, × real time.
    pub speed: f64,
    /// As measured over the last seconds, × real time.
    pub achieved_speed: f64,
    /// Time of its last scan.
    pub plant_time: Option<SourceTime>,
    /// Hours of plant time since the start of the run.
    pub plant_hours: f64,
    /// Whether speed, pause, reset and disturbances can be ordered.
    pub controllable: bool,
}

/// One disturbance that can be switched on in a simulated plant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisturbanceState {
    /// Its number, as in the literature: IDV 1…20.
    pub number: u8,
    /// What it is.
    pub title: String,
    /// `step`, `random`, `drift`, `sticking`, `pulses`.
    pub kind: String,
    /// What it does to the plant.
    pub effect: String,
    /// Whether it is on.
    pub active: bool,
}
