//! The place of an alarm in the group of another, and the flood.

use async_graphql::{ID, Object, SimpleObject};
use chrono::{DateTime, Utc};

use super::alarm::occurrence_id;
use crate::domain::{FloodReport, GroupPlace, WallTime};

/// The place of an alarm in the group of the alarm that leads it.
#[derive(Clone)]
pub struct AlarmGroup {
    place: GroupPlace,
    silent: bool,
}

impl AlarmGroup {
    /// A place that an alarm has.
    pub(super) fn new(place: &GroupPlace, silent: bool) -> Self {
        Self { place: place.clone(), silent }
    }
}

/// The place of an alarm in the group of the alarm that leads it.
#[Object]
impl AlarmGroup {
    /// The id of the leading alarm in the plant; its own when it only waits for its turn to sound.
    async fn leader_key(&self) -> &str {
        self.place.leader.as_str()
    }

    /// The occurrence of the leading alarm from which this one follows.
    async fn occurrence_id(&self) -> ID {
        occurrence_id(self.place.occurrence)
    }

    /// When it came into the group, wall time.
    async fn since(&self) -> DateTime<Utc> {
        self.place.since.to_datetime()
    }

    /// Whether it has made no sound since it came there.
    async fn silent(&self) -> bool {
        self.silent
    }
}

/// Whether more alarms come than an operator can attend to: it begins above ten new ones within ten minutes and ends below
/// five.
#[derive(SimpleObject, Clone)]
pub struct Flood {
    /// Whether there is a flood.
    active: bool,
    /// Since when, wall time.
    since: Option<DateTime<Utc>>,
    /// New alarms within the last ten minutes, those in groups among them.
    count: u64,
}

impl From<FloodReport> for Flood {
    fn from(report: FloodReport) -> Self {
        Self { active: report.since.is_some(), since: report.since.map(WallTime::to_datetime), count: report.count }
    }
}
