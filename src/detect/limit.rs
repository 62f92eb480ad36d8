//! A limit chart: one value against one limit, with deadband and delays in plant time.
//!
//! Delays compare source times, so the chart decides the same at 1 × and at 1000 ×, whatever the scan interval.

use super::on_delay::{OnDelay, Side, Sight};
use crate::domain::{AlarmId, ConditionReport, Contribution, Limit, Quality, SourceTime, TagIndex};

/// What the chart has to tell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LimitChange {
    /// Whether the condition holds, past delay and deadband; `None`: the instrument is not usable, so nobody knows.
    pub active: Option<bool>,
    /// Plant time of the sample that decided.
    pub source_time: SourceTime,
    /// The value that decided, in the tag's unit.
    pub value: f64,
}

/// One limit of one tag, watched sample by sample.
#[derive(Clone, Debug)]
pub struct LimitChart {
    limit: Limit,
    sight: Sight,
}

impl LimitChart {
    /// A chart of an alarm of which nothing is known: it says nothing before it knows.
    pub fn new(limit: Limit) -> Self {
        Self { sight: Sight::new(OnDelay::new(limit.on_delay, limit.off_delay)), limit }
    }

    /// A chart that goes on after a restart where its alarm stood, and so neither raises nor clears before it knows.
    pub fn resume(limit: Limit, active: bool) -> Self {
        Self { sight: Sight::new(OnDelay::resume(limit.on_delay, limit.off_delay, active)), limit }
    }

    /// Goes on with other settings of the same limit: what is known of the condition stands until the next samples speak
    /// against it, so a change by itself neither raises nor clears. A delay that is under way begins anew.
    pub fn retune(&mut self, limit: Limit) {
        self.sight.retune(limit.on_delay, limit.off_delay);
        self.limit = limit;
    }

    /// The limit that it watches.
    pub const fn limit(&self) -> &Limit {
        &self.limit
    }

    /// Whether the condition holds, past delay and deadband; `None` before it knows and while the instrument is unusable.
    pub const fn active(&self) -> Option<bool> {
        self.sight.active()
    }

    /// Takes the next sample, `value` in the tag's unit, and says what there is to tell.
    pub fn push(&mut self, source_time: SourceTime, value: f64, quality: Quality) -> Option<LimitChange> {
        let usable = quality.is_usable() && value.is_finite();
        let told = if usable { self.sight.see(source_time, self.side(value)) } else { self.sight.lose() };
        told.then(|| LimitChange { active: self.active(), source_time, value })
    }

    /// The report to the desk about a change.
    pub fn report(&self, change: LimitChange, alarm: AlarmId, tag: TagIndex, scan: u64) -> ConditionReport {
        ConditionReport {
            alarm,
            active: change.active,
            severity: self.limit.severity,
            source_time: change.source_time,
            scan,
            value: change.value,
            limit: self.limit.value,
            contributions: vec![Contribution { tag, share: 1.0 }],
        }
    }

    fn side(&self, value: f64) -> Side {
        // Mirrored so that above is always the alarm.
        let sign = if self.limit.kind.is_upper() { 1.0 } else { -1.0 };
        let excess = (value - self.limit.value) * sign;
        if excess > 0.0 {
            Side::Beyond
        } else if excess <= -self.limit.deadband {
            Side::Back
        } else {
            Side::Deadband
        }
    }
}

#[cfg(test)]
mod tests;
