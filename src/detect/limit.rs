//! A limit chart: one value against one limit, with deadband and delays in plant time.
//!
//! Delays compare source times, so the chart decides the same at 1 × and at 1000 ×, whatever the scan interval.

use std::time::Duration;

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
///
/// It speaks when its condition changes, when its instrument becomes unusable, and when it can see (again): a repeated
/// condition is no transition at the desk, but it thaws an alarm that was frozen before a restart.
#[derive(Clone, Debug)]
pub struct LimitChart {
    limit: Limit,
    condition: Condition,
    instrument: Instrument,
    /// Since when the value has been on the other side, without a gap.
    crossed_since: Option<SourceTime>,
    cadence: Cadence,
}

/// What the chart knows of its condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Condition {
    /// Nothing yet: the value has not stayed on one side for the delay of that side.
    Unknown,
    Holds,
    Over,
}

/// What the chart has told of its instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Instrument {
    Silent,
    Usable,
    Unusable,
}

/// On which side of limit and deadband a value lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Beyond,
    Deadband,
    Back,
}

impl LimitChart {
    /// A chart of an alarm of which nothing is known: it says nothing before it knows.
    pub fn new(limit: Limit) -> Self {
        Self {
            limit,
            condition: Condition::Unknown,
            instrument: Instrument::Silent,
            crossed_since: None,
            cadence: Cadence::default(),
        }
    }

    /// A chart that goes on after a restart where its alarm stood, and so neither raises nor clears before it knows.
    pub fn resume(limit: Limit, active: bool) -> Self {
        let condition = if active { Condition::Holds } else { Condition::Over };
        Self { condition, ..Self::new(limit) }
    }

    /// The limit that it watches.
    pub const fn limit(&self) -> &Limit {
        &self.limit
    }

    /// Whether the condition holds, past delay and deadband; `None` before it knows and while the instrument is unusable.
    pub const fn active(&self) -> Option<bool> {
        match (self.instrument, self.condition) {
            (Instrument::Unusable, _) | (_, Condition::Unknown) => None,
            (_, condition) => Some(matches!(condition, Condition::Holds)),
        }
    }

    /// Takes the next sample, `value` in the tag's unit, and says what there is to tell.
    pub fn push(&mut self, source_time: SourceTime, value: f64, quality: Quality) -> Option<LimitChange> {
        let usable = quality.is_usable() && value.is_finite();
        let told = if usable { self.see(source_time, value) } else { self.lose_sight() };
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

    /// Bad and stale samples freeze the condition; that is told once.
    fn lose_sight(&mut self) -> bool {
        self.cadence.interrupt();
        std::mem::replace(&mut self.instrument, Instrument::Unusable) != Instrument::Unusable
    }

    fn see(&mut self, at: SourceTime, value: f64) -> bool {
        let before = (self.condition, self.instrument);
        self.instrument = Instrument::Usable;
        match self.crossing(self.side(value)) {
            Some((next, delay)) => self.wait(at, delay, next),
            None => {
                self.cadence.tick(at, Duration::ZERO);
                self.crossed_since = None;
            }
        }
        self.condition != Condition::Unknown && before != (self.condition, self.instrument)
    }

    /// Which condition the value argues for, if for another than the present one, and how long it must insist.
    fn crossing(&self, side: Side) -> Option<(Condition, Duration)> {
        match (self.condition, side) {
            (Condition::Unknown | Condition::Over, Side::Beyond) => Some((Condition::Holds, self.limit.on_delay)),
            (Condition::Unknown | Condition::Holds, Side::Back) => Some((Condition::Over, self.limit.off_delay)),
            _ => None,
        }
    }

    fn wait(&mut self, at: SourceTime, delay: Duration, next: Condition) {
        let unbroken = self.cadence.tick(at, delay);
        let since = self.crossed_since.filter(|_| unbroken).unwrap_or(at);
        self.crossed_since = Some(since);
        if at.since(since) >= delay {
            self.condition = next;
            self.crossed_since = None;
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

/// Tells a gap from a slow scan: what was not seen for longer than a delay does not count as "all along", unless samples
/// always come that slowly.
#[derive(Clone, Copy, Debug, Default)]
struct Cadence {
    last: Option<SourceTime>,
    interval: Option<Duration>,
}

impl Cadence {
    /// Takes the time of the next sample, and says whether it follows the last one without a gap.
    fn tick(&mut self, at: SourceTime, delay: Duration) -> bool {
        let usual = self.interval;
        let Some(last) = self.last.replace(at) else { return false };
        if at < last {
            // The plant was reset: what was seen before is another run.
            self.interval = None;
            return false;
        }
        let interval = at.since(last);
        self.interval = Some(interval);
        interval <= delay || usual.is_some_and(|usual| interval <= usual * 2)
    }

    /// The last sample was not seen, so the next one follows none; the rhythm is remembered.
    fn interrupt(&mut self) {
        self.last = None;
    }
}

#[cfg(test)]
mod tests;
