//! A condition of a tag beside its limits.

use async_graphql::SimpleObject;

use super::Severity;
use crate::domain::{self, ConditionTest, Direction, Reference};

/// A condition of a tag beside its limits.
#[derive(SimpleObject, Clone, Debug)]
pub struct TagCondition {
    /// The id of its alarm in the plant, for example `XMEAS_9/RATE`.
    alarm: String,
    /// What it is: `rate`, `deviation`, `discrete`, `bad-instrument` or `frozen`.
    kind: String,
    /// When it holds, in words with numbers and units.
    words: String,
    /// How long it must be so, plant time.
    on_delay_seconds: f64,
    /// How long it must not be so any more, plant time.
    off_delay_seconds: f64,
    /// How bad it is.
    severity: Severity,
}

impl TagCondition {
    /// All conditions of a tag.
    pub(super) fn of(plant: &domain::Plant, tag: &domain::Tag) -> Vec<Self> {
        let convert = |condition: &domain::Condition| Self {
            alarm: condition.alarm.to_string(),
            kind: condition.test.kind().into(),
            words: words(plant, tag, &condition.test),
            on_delay_seconds: condition.on_delay.as_secs_f64(),
            off_delay_seconds: condition.off_delay.as_secs_f64(),
            severity: condition.severity.into(),
        };
        tag.conditions.iter().map(convert).collect()
    }
}

/// The unit of what decides an alarm of this tag: a rate is by the minute.
pub(super) fn unit_of(tag: &domain::Tag, alarm: &domain::AlarmId) -> String {
    let is_rate = |condition: &domain::Condition| {
        condition.alarm == *alarm && matches!(condition.test, ConditionTest::Rate { .. })
    };
    match tag.conditions.iter().any(is_rate) {
        true => format!("{}/min", tag.unit_of_measure),
        false => tag.unit_of_measure.clone(),
    }
}

fn words(plant: &domain::Plant, tag: &domain::Tag, test: &ConditionTest) -> String {
    let unit = &tag.unit_of_measure;
    match test {
        ConditionTest::Rate { limit, window, direction, .. } => {
            let way = match direction {
                Direction::Up => "rises",
                Direction::Down => "falls",
                Direction::Either => "rises or falls",
            };
            format!("{way} by more than {limit} {unit} a minute, taken over {} s", window.as_secs_f64())
        }
        ConditionTest::Deviation { from, limit, direction, .. } => {
            let way = match direction {
                Direction::Up => "above",
                Direction::Down => "below",
                Direction::Either => "away from",
            };
            let from = match from {
                Reference::Value(value) => format!("{value} {unit}"),
                Reference::Tag(other) => plant.tag(*other).map(|tag| tag.id.to_string()).unwrap_or_default(),
            };
            format!("more than {limit} {unit} {way} {from}")
        }
        ConditionTest::State { states, tolerance, when_equal, .. } => {
            let states: Vec<String> = states.iter().map(f64::to_string).collect();
            let verb = if *when_equal { "is" } else { "is not" };
            format!("{verb} {} {unit}, give or take {tolerance}", states.join(" or "))
        }
        ConditionTest::BadInstrument => "is bad, stale or missing".into(),
        ConditionTest::Frozen { band } => format!("stays within {band} {unit}"),
    }
}
