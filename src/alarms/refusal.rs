//! Why a command changes nothing.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::domain::{AlarmState, OccurrenceId, Quality};

/// Why a command was refused; nothing has changed. Answers are remembered for repetitions, so its serialised form is kept.
#[derive(Clone, Debug, PartialEq, Eq, Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CommandRefused {
    /// Nobody owes this alarm an acknowledgement, or it is put aside.
    #[error("an alarm in the state “{}” cannot be acknowledged", .0.words())]
    NotAcknowledgeable(AlarmState),
    /// The operator saw an occurrence that is over; the one that stands now has not been seen.
    #[error("the acknowledgement is for occurrence {got}, but occurrence {expected} stands now")]
    OccurrenceMismatch {
        /// The occurrence that stands now.
        expected: OccurrenceId,
        /// The occurrence that was named.
        got: OccurrenceId,
    },
    /// There is nothing to reset.
    #[error("the alarm has not latched, so there is nothing to reset")]
    NothingLatched,
    /// The condition still holds.
    #[error("the condition still holds, so the alarm cannot be reset")]
    StillActive,
    /// A reset follows an acknowledgement.
    #[error("the alarm must be acknowledged before it is reset")]
    AcknowledgeFirst,
    /// Whether the condition holds is not known, and missing data never clears an alarm.
    #[error("the quality of what the alarm watches is {}, so nobody knows whether the condition is over", .0.words())]
    ConditionUnknown(Quality),
    /// The alarm is shelved, suppressed or out of service.
    #[error("an alarm in the state “{}” cannot be reset", .0.words())]
    NotResettable(AlarmState),
    /// It is put aside already, by whomever.
    #[error("an alarm in the state “{}” cannot be shelved", .0.words())]
    NotShelvable(AlarmState),
    /// A shelf lasts longer than nothing and at most as long as is configured for the alarm.
    #[error("this alarm may be shelved for at most {} minutes, and for longer than nothing", .0.as_secs() / 60)]
    ShelfLength(Duration),
    /// It is not on the shelf, or hidden for another reason as well.
    #[error("an alarm in the state “{}” is not on the shelf", .0.words())]
    NotShelved(AlarmState),
    /// Maintenance has it already.
    #[error("the alarm is out of service already, under work order {0}")]
    AlreadyOutOfService(String),
    /// A work order names who is answerable.
    #[error("an alarm is taken out of service under a work order, and none was named")]
    NoWorkOrder,
    /// There is nothing to return.
    #[error("the alarm is in service")]
    InService,
    /// Four eyes for the most important alarms.
    #[error("this alarm must be returned to service by another person than {0}, who took it out")]
    AnotherPersonNeeded(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_the_state_as_the_screen_does() {
        let words = CommandRefused::NotShelvable(AlarmState::RtnUnacknowledged).to_string();
        assert_eq!(words, "an alarm in the state “returned, unacknowledged” cannot be shelved");
        let words = CommandRefused::ConditionUnknown(Quality::Stale).to_string();
        assert!(words.starts_with("the quality of what the alarm watches is stale, so"), "{words}");
    }
}
