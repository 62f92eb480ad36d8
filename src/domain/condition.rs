//! Conditions of a tag beside its limits: how fast it changes, how far it is from where it should be, what state it is in,
//! and whether its instrument can be believed.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::alarm::Severity;
use super::ids::{AlarmId, TagIndex};

/// More samples than this are never kept for a rate: of a faster scan the oldest go first.
pub const RATE_SAMPLES_MAX: usize = 3_600;

/// One condition of a tag, rationalised. Each has an alarm of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// Its alarm, for example `XMEAS_9/RATE`.
    pub alarm: AlarmId,
    /// What is looked at.
    pub test: ConditionTest,
    /// How long it must be so before the condition holds, plant time.
    pub on_delay: Duration,
    /// How long it must not be so before the condition is over, plant time.
    pub off_delay: Duration,
    /// Severity of the alarm.
    pub severity: Severity,
}

/// What a condition looks at.
#[derive(Clone, Debug, PartialEq)]
pub enum ConditionTest {
    /// How fast the value changes: the slope of a straight line through the window.
    Rate {
        /// Faster than this is alarm, in the tag's unit a minute.
        limit: f64,
        /// How much slower it must be before the condition is over, in the tag's unit a minute.
        deadband: f64,
        /// Plant time over which the slope is taken.
        window: Duration,
        /// Which way.
        direction: Direction,
    },
    /// How far the value is from where it should be.
    Deviation {
        /// Where it should be.
        from: Reference,
        /// Further away than this is alarm, in the tag's unit.
        limit: f64,
        /// How much nearer it must be before the condition is over, in the tag's unit.
        deadband: f64,
        /// Which way.
        direction: Direction,
    },
    /// Whether the value is one of some states, or none of them.
    State {
        /// The states, in the tag's unit.
        states: Vec<f64>,
        /// How near counts as being there, in the tag's unit.
        tolerance: f64,
        /// How much further away than that counts as having left, in the tag's unit.
        deadband: f64,
        /// Whether being there is the alarm; else being elsewhere is.
        when_equal: bool,
    },
    /// Whether the instrument gives something that can be used.
    BadInstrument,
    /// Whether the value stands still although a live signal never does.
    Frozen {
        /// Less than this is no change, in the tag's unit.
        band: f64,
    },
}

/// Which way a change or a deviation is alarm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// Upwards only.
    Up,
    /// Downwards only.
    Down,
    /// Either way.
    #[default]
    Either,
}

/// Where a value should be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reference {
    /// Where another tag is.
    Tag(TagIndex),
    /// At a fixed value, in the tag's unit.
    Value(f64),
}

impl Direction {
    /// How far `value` goes this way; negative when it goes the other.
    pub fn size(self, value: f64) -> f64 {
        match self {
            Self::Up => value,
            Self::Down => -value,
            Self::Either => value.abs(),
        }
    }
}

impl ConditionTest {
    /// Its kind as the plant file has it.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Rate { .. } => "rate",
            Self::Deviation { .. } => "deviation",
            Self::State { .. } => "discrete",
            Self::BadInstrument => "bad-instrument",
            Self::Frozen { .. } => "frozen",
        }
    }
}
