//! How the source of the plant is doing.

use async_graphql::{Enum, SimpleObject};
use chrono::{DateTime, Utc};

use crate::domain::{self, SourceReport, SourceTime};

/// What the source is doing.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "domain::SourceState")]
pub enum SourceState {
    /// Samples come.
    Running,
    /// An operator has paused it.
    Paused,
    /// The plant has tripped.
    ShutDown,
    /// A replay has reached its end.
    Ended,
    /// Samples should come and do not.
    Silent,
}

/// How the source of the plant is doing.
#[derive(SimpleObject, Clone, Debug)]
pub struct Source {
    /// `simulator` or `replay`.
    kind: String,
    /// What it is doing.
    state: SourceState,
    /// Why, when there is more to say: for example why the plant tripped.
    message: Option<String>,
    /// As ordered, × real time.
    speed: f64,
    /// As measured over the last seconds, × real time.
    achieved_speed: f64,
    /// Plant time of the last scan.
    plant_time: Option<DateTime<Utc>>,
    /// Hours of plant time since the start of the run.
    plant_hours: f64,
    /// Whether speed, pause, disturbances and reset can be ordered.
    controllable: bool,
}

impl Source {
    /// Before the first scan.
    pub(in crate::graphql) fn unknown() -> Self {
        Self {
            kind: "unknown".into(),
            state: SourceState::Silent,
            message: Some("no scan has come yet".into()),
            speed: 0.0,
            achieved_speed: 0.0,
            plant_time: None,
            plant_hours: 0.0,
            controllable: false,
        }
    }
}

impl From<&SourceReport> for Source {
    fn from(report: &SourceReport) -> Self {
        Self {
            kind: report.kind.clone(),
            state: report.state.into(),
            message: report.message.clone(),
            speed: report.speed,
            achieved_speed: report.achieved_speed,
            plant_time: report.plant_time.map(SourceTime::to_datetime),
            plant_hours: report.plant_hours,
            controllable: report.controllable,
        }
    }
}
