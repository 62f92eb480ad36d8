//! The chart of a condition: rate, deviation, state, bad instrument, frozen value. Deadband and delays as those of a limit.

use super::on_delay::{OnDelay, Side, Sight};
use super::rate::Slope;
use crate::domain::{
    Condition, ConditionReport, ConditionTest, Contribution, Quality, Reference, SourceTime, TagIndex,
};

/// A value and how far to believe it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// In its tag's unit; NaN when there is none.
    pub value: f64,
    /// How far to believe it.
    pub quality: Quality,
}

impl Reading {
    fn usable(self) -> Option<f64> {
        (self.quality.is_usable() && self.value.is_finite()).then_some(self.value)
    }
}

/// What the chart has to tell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ConditionChange {
    /// Whether the condition holds, past delay and deadband; `None`: what it needs is not usable, so nobody knows.
    pub active: Option<bool>,
    /// Plant time of the sample that decided.
    pub source_time: SourceTime,
    /// What decided: a rate in the tag's unit a minute, a deviation or a value in the tag's unit.
    pub value: f64,
    /// What it was compared with, in the same unit; NaN where there is no such number.
    pub limit: f64,
}

/// One condition of one tag, watched sample by sample.
#[derive(Clone, Debug)]
pub struct ConditionChart {
    condition: Condition,
    sight: Sight,
    memory: Memory,
}

/// What some tests remember of the samples before.
#[derive(Clone, Debug)]
enum Memory {
    Nothing,
    Slope(Slope),
    /// The value from which the present stillness is counted.
    Anchor(Option<f64>),
}

/// What one sample says.
enum Look {
    /// What it needs cannot be used.
    Blind,
    /// It cannot be said yet.
    NotYet,
    Sees {
        side: Side,
        value: f64,
        limit: f64,
    },
}

impl ConditionChart {
    /// A chart of an alarm of which nothing is known: it says nothing before it knows.
    pub fn new(condition: Condition) -> Self {
        let delay = OnDelay::new(condition.on_delay, condition.off_delay);
        Self::with(condition, delay)
    }

    /// A chart that goes on after a restart where its alarm stood.
    pub fn resume(condition: Condition, active: bool) -> Self {
        let delay = OnDelay::resume(condition.on_delay, condition.off_delay, active);
        Self::with(condition, delay)
    }

    fn with(condition: Condition, delay: OnDelay) -> Self {
        let memory = match &condition.test {
            ConditionTest::Rate { window, .. } => Memory::Slope(Slope::new(*window)),
            ConditionTest::Frozen { .. } => Memory::Anchor(None),
            _ => Memory::Nothing,
        };
        Self { condition, sight: Sight::new(delay), memory }
    }

    /// The condition that it watches.
    pub const fn condition(&self) -> &Condition {
        &self.condition
    }

    /// Whether the condition holds, past delay and deadband; `None` before it knows and while it cannot see.
    pub const fn active(&self) -> Option<bool> {
        self.sight.active()
    }

    /// Takes the next sample, with that of the tag to which it refers if there is one, and says what there is to tell.
    pub fn push(&mut self, at: SourceTime, own: Reading, other: Option<Reading>) -> Option<ConditionChange> {
        let (told, value, limit) = match self.look(at, own, other) {
            Look::Blind => {
                self.forget();
                (self.sight.lose(), own.value, f64::NAN)
            }
            Look::NotYet => return None,
            Look::Sees { side, value, limit } => (self.sight.see(at, side), value, limit),
        };
        told.then(|| ConditionChange { active: self.active(), source_time: at, value, limit })
    }

    /// The report to the desk about a change.
    pub fn report(&self, change: ConditionChange, tag: TagIndex, scan: u64) -> ConditionReport {
        let tags = match &self.condition.test {
            ConditionTest::Deviation { from: Reference::Tag(other), .. } => vec![tag, *other],
            _ => vec![tag],
        };
        let share = 1.0 / tags.len() as f64;
        ConditionReport {
            alarm: self.condition.alarm.clone(),
            active: change.active,
            severity: self.condition.severity,
            source_time: change.source_time,
            scan,
            value: change.value,
            limit: change.limit,
            contributions: tags.into_iter().map(|tag| Contribution { tag, share }).collect(),
        }
    }

    fn forget(&mut self) {
        match &mut self.memory {
            Memory::Nothing => {}
            Memory::Slope(slope) => slope.restart(),
            Memory::Anchor(anchor) => *anchor = None,
        }
    }

    fn look(&mut self, at: SourceTime, own: Reading, other: Option<Reading>) -> Look {
        if self.condition.test == ConditionTest::BadInstrument {
            let side = if own.usable().is_some() { Side::Back } else { Side::Beyond };
            return Look::Sees { side, value: own.value, limit: f64::NAN };
        }
        let Some(value) = own.usable() else { return Look::Blind };
        match &self.condition.test {
            ConditionTest::Rate { limit, deadband, direction, .. } => {
                let Memory::Slope(slope) = &mut self.memory else { return Look::NotYet };
                let Some(rate) = slope.push(at, value) else { return Look::NotYet };
                sees(direction.size(rate) - limit, *deadband, rate, *limit)
            }
            ConditionTest::Deviation { from, limit, deadband, direction } => {
                let from = match from {
                    Reference::Value(value) => Some(*value),
                    Reference::Tag(_) => other.and_then(Reading::usable),
                };
                let Some(from) = from else { return Look::Blind };
                sees(direction.size(value - from) - limit, *deadband, value - from, *limit)
            }
            ConditionTest::State { states, tolerance, deadband, when_equal } => {
                let Some((state, away)) = nearest(states, value) else { return Look::NotYet };
                let excess = if *when_equal { tolerance - away } else { away - tolerance };
                sees_at(excess, *deadband, *when_equal, value, state)
            }
            ConditionTest::Frozen { band } => self.stillness(value, *band),
            ConditionTest::BadInstrument => Look::NotYet,
        }
    }

    /// Still while it stays within the band around the value from which it is counted; a step out of it counts anew.
    fn stillness(&mut self, value: f64, band: f64) -> Look {
        let Memory::Anchor(anchor) = &mut self.memory else { return Look::NotYet };
        let still = anchor.is_some_and(|anchor| (value - anchor).abs() <= band);
        if !still {
            *anchor = Some(value);
        }
        let side = if still { Side::Beyond } else { Side::Back };
        Look::Sees { side, value, limit: f64::NAN }
    }
}

fn sees(excess: f64, deadband: f64, value: f64, limit: f64) -> Look {
    let side = if excess > 0.0 {
        Side::Beyond
    } else if excess <= -deadband {
        Side::Back
    } else {
        Side::Deadband
    };
    Look::Sees { side, value, limit }
}

/// Being just as near as counts is being there, so a state is left only beyond that.
fn sees_at(excess: f64, deadband: f64, when_equal: bool, value: f64, state: f64) -> Look {
    let side = match when_equal {
        true if excess >= 0.0 => Side::Beyond,
        true if excess < -deadband || deadband == 0.0 => Side::Back,
        false if excess > deadband => Side::Beyond,
        false if excess <= 0.0 => Side::Back,
        _ => Side::Deadband,
    };
    Look::Sees { side, value, limit: state }
}

/// The state that is nearest to a value, and how far away it is.
fn nearest(states: &[f64], value: f64) -> Option<(f64, f64)> {
    let away = |state: &f64| (*state, (value - state).abs());
    states.iter().map(away).min_by(|one, other| one.1.total_cmp(&other.1))
}

#[cfg(test)]
mod tests;
