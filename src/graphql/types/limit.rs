//! One alarm limit of a tag.

use async_graphql::{Enum, SimpleObject};

use super::Severity;
use crate::domain;

/// Which way a limit looks.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "domain::LimitKind")]
pub enum LimitKind {
    /// Above is alarm, the outer of two.
    HighHigh,
    /// Above is alarm.
    High,
    /// Below is alarm.
    Low,
    /// Below is alarm, the outer of two.
    LowLow,
}

/// One alarm limit of a tag.
#[derive(SimpleObject, Clone, Debug)]
pub struct Limit {
    /// Which way it looks.
    kind: LimitKind,
    /// In the tag's unit.
    value: f64,
    /// How far the value must come back, in the tag's unit.
    deadband: f64,
    /// How long the value must stay beyond it, plant time.
    on_delay_seconds: f64,
    /// How long it must stay back, plant time.
    off_delay_seconds: f64,
    /// How bad it is.
    severity: Severity,
}

impl From<&domain::Limit> for Limit {
    fn from(limit: &domain::Limit) -> Self {
        Self {
            kind: limit.kind.into(),
            value: limit.value,
            deadband: limit.deadband,
            on_delay_seconds: limit.on_delay.as_secs_f64(),
            off_delay_seconds: limit.off_delay.as_secs_f64(),
            severity: limit.severity.into(),
        }
    }
}
