//! What makes a limit one that can be crossed and can clear, whoever sets it: the plant file or the register.

use super::plant::{Limit, LimitKind};

/// Which of a limit's settings makes no sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitPart {
    /// The limit itself.
    Value,
    /// Its deadband.
    Deadband,
}

/// Why a limit makes no sense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitProblem {
    /// Which setting.
    pub part: LimitPart,
    /// What is wrong with it.
    pub problem: String,
}

/// What a limit is held against: the range of its instrument, and the value at normal operation, in the tag's unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LimitFrame {
    /// Lower end of the range.
    pub range_low: f64,
    /// Upper end of the range.
    pub range_high: f64,
    /// Value at normal operation.
    pub normal: f64,
}

impl LimitFrame {
    /// What is wrong with a limit by itself: it lies inside the range, and a normal plant clears it.
    pub fn problem(&self, limit: &Limit) -> Option<LimitProblem> {
        let Limit { value, deadband, .. } = *limit;
        let (low, high) = (self.range_low, self.range_high);
        if !value.is_finite() {
            return wrong(LimitPart::Value, format!("{value} is not a finite number"));
        }
        if value <= low || value >= high {
            let problem = format!("{value} is not inside the range {low}…{high}, so it could never be crossed");
            return wrong(LimitPart::Value, problem);
        }
        if !deadband.is_finite() {
            return wrong(LimitPart::Deadband, format!("{deadband} is not a finite number"));
        }
        if deadband < 0.0 {
            return wrong(LimitPart::Deadband, "must not be negative".into());
        }
        let upper = limit.kind.is_upper();
        let back = if upper { value - deadband } else { value + deadband };
        // An alarm that stands on a good day teaches people to look away.
        if if upper { self.normal < back } else { self.normal > back } {
            return None;
        }
        let problem = format!(
            "with deadband {deadband} it would not clear at the normal value {}: the value must come back to {back}",
            self.normal
        );
        wrong(LimitPart::Deadband, problem)
    }
}

/// What is wrong with a limit beside the others of its tag: outer limits lie outside inner ones, lower below upper, and
/// no deadband reaches the next limit.
pub fn problem_among(limit: &Limit, all: &[Limit]) -> Option<LimitProblem> {
    let others = || all.iter().filter(|other| other.kind != limit.kind);
    for other in others() {
        let (lower, upper) = if rank(other.kind) < rank(limit.kind) { (other, limit) } else { (limit, other) };
        if lower.value >= upper.value {
            let side = if std::ptr::eq(upper, limit) { "above" } else { "below" };
            let problem =
                format!("{} is not {side} {} {} of the same tag", limit.value, other.kind.code(), other.value);
            return wrong(LimitPart::Value, problem);
        }
    }
    let upper = limit.kind.is_upper();
    let inner = others().filter(|other| if upper { other.value < limit.value } else { other.value > limit.value });
    for other in inner {
        let distance = (limit.value - other.value).abs();
        if limit.deadband >= distance {
            let problem = format!("deadband {} reaches limit {}, {distance} away", limit.deadband, other.kind.code());
            return wrong(LimitPart::Deadband, problem);
        }
    }
    None
}

fn wrong(part: LimitPart, problem: String) -> Option<LimitProblem> {
    Some(LimitProblem { part, problem })
}

const fn rank(kind: LimitKind) -> u8 {
    match kind {
        LimitKind::LowLow => 0,
        LimitKind::Low => 1,
        LimitKind::High => 2,
        LimitKind::HighHigh => 3,
    }
}
