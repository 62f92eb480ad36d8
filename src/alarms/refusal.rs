//! Why a command changes nothing.

use thiserror::Error;

use crate::domain::{AlarmState, OccurrenceId, Quality};

/// Why a command was refused; nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CommandRefused {
    /// Nobody owes this alarm an acknowledgement, or it is put aside.
    #[error("an alarm in state {0:?} cannot be acknowledged")]
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
    #[error("the quality of what the alarm watches is {0:?}, so nobody knows whether the condition is over")]
    ConditionUnknown(Quality),
    /// The alarm is shelved, suppressed or out of service.
    #[error("an alarm in state {0:?} cannot be reset")]
    NotResettable(AlarmState),
}
