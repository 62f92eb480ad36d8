//! Alarms that follow from another: the place of one alarm in the group of the alarm that leads it, and the flood.

use serde::{Deserialize, Serialize};

use super::alarm::{AlarmFacts, AlarmState, JournalEntry, TransitionKind};
use super::ids::{AlarmId, OccurrenceId};
use super::time::WallTime;

/// The system's own alarm that stands while a flood runs.
pub const ALARM_FLOOD: &str = "SYSTEM/ALARM_FLOOD";

/// Where an alarm stands in the group of another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupPlace {
    /// The alarm that leads the group; the alarm itself when it only waits for its turn to sound.
    pub leader: AlarmId,
    /// The occurrence of the leader.
    pub occurrence: OccurrenceId,
    /// When the alarm came into the group, or last found no turn to sound.
    pub since: WallTime,
}

/// Whether more alarms come than an operator can attend to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FloodReport {
    /// Since when, wall time; `None` while there is no flood.
    pub since: Option<WallTime>,
    /// New alarms within the last ten minutes, those in groups among them.
    pub count: u64,
}

impl AlarmFacts {
    /// Whether it stands in a group without having been sounded since it came there.
    pub fn is_silent(&self) -> bool {
        self.group.as_ref().is_some_and(|group| self.annunciated_at.is_none_or(|at| at < group.since))
    }

    /// When it came into view, sounded or not; lists are ordered by it.
    pub fn shown_since(&self) -> Option<WallTime> {
        self.annunciated_at.max(self.group.as_ref().map(|group| group.since))
    }
}

impl JournalEntry {
    /// Whether an operator was called by this transition, which follows from the facts: whoever is called is stamped in
    /// the same moment and owes an acknowledgement.
    pub fn is_annunciated(&self) -> bool {
        let calls = matches!(
            self.kind,
            TransitionKind::Raised | TransitionKind::RaisedAgain | TransitionKind::Worsened | TransitionKind::ReAlarmed
        );
        let uncovered = matches!(self.from, AlarmState::Shelved | AlarmState::Suppressed | AlarmState::OutOfService);
        (calls || uncovered) && self.to.owes_acknowledgement() && self.facts.annunciated_at == Some(self.wall_time)
    }

    /// Whether an alarm has come that was not there before, for everybody to see: what rates and floods are counted by.
    pub fn is_new_alarm(&self) -> bool {
        matches!(self.kind, TransitionKind::Raised | TransitionKind::RaisedAgain) && self.to.in_alarm_list()
    }
}
