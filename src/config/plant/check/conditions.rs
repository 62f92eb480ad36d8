//! Conditions beside limits: each with the keys of its kind and no others, and able to clear on a good day.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use toml::Spanned;

use super::{finite, id, refuse, seconds};
use crate::config::plant::error::Problem;
use crate::config::plant::file::{ConditionEntry, ConditionKind, RangeEnd, TagEntry};
use crate::config::plant::system::condition_alarm;
use crate::domain::condition::RATE_SAMPLES_MAX;
use crate::domain::{Condition, ConditionTest, Reference, TagIndex};

/// A rate is taken over this when the file does not say.
const WINDOW: f64 = 120.0;
/// A value is taken for frozen after this when the file does not say.
const FROZEN_AFTER: Duration = Duration::from_secs(600);
/// Share of the range that a valve must leave its end by.
const END_DEADBAND: f64 = 0.01;
/// Which share of a limit the value must come back when the file does not say.
const DEADBAND_OF_LIMIT: f64 = 0.2;
/// What limits call their alarms.
const LIMIT_CODES: [&str; 4] = ["HIGH_HIGH", "HIGH", "LOW", "LOW_LOW"];

/// What the check of one condition looks at.
struct Look<'a> {
    tag: &'a TagEntry,
    entry: &'a ConditionEntry,
    index: &'a HashMap<&'a str, TagIndex>,
    scan_period: Duration,
}

/// The conditions of one tag, in the order of the file.
pub(super) fn checked(
    tag: &TagEntry,
    index: &HashMap<&str, TagIndex>,
    scan_period: Duration,
) -> Result<Vec<Condition>, Problem> {
    let mut ids = BTreeSet::new();
    let mut conditions = Vec::with_capacity(tag.conditions.len());
    for entry in &tag.conditions {
        let name = name(entry);
        if let Some(given) = &entry.id {
            id(given, &key(tag, entry, "id"))?;
        }
        if LIMIT_CODES.contains(&name) || !ids.insert(name.to_owned()) {
            let problem = format!("this tag has an alarm `{name}` already; give one of them an id of its own");
            return match &entry.id {
                Some(given) => refuse(given, key(tag, entry, "id"), problem),
                None => refuse(&entry.kind, key(tag, entry, "kind"), problem),
            };
        }
        conditions.push(Look { tag, entry, index, scan_period }.condition()?);
    }
    Ok(conditions)
}

/// The second part of a condition's alarm id.
pub(super) fn name(entry: &ConditionEntry) -> &str {
    match (&entry.id, entry.kind.get_ref()) {
        (Some(own), _) => own.get_ref(),
        (None, ConditionKind::Rate) => "RATE",
        (None, ConditionKind::Deviation) => "DEVIATION",
        (None, ConditionKind::Discrete) => "STATE",
        (None, ConditionKind::BadInstrument) => "INSTRUMENT",
        (None, ConditionKind::Frozen) => "FROZEN",
    }
}

/// How people know a key of a condition.
pub(super) fn key(tag: &TagEntry, entry: &ConditionEntry, key: &str) -> String {
    format!("tags.{}.conditions.{}.{key}", tag.id.get_ref(), name(entry))
}

impl Look<'_> {
    fn condition(&self) -> Result<Condition, Problem> {
        self.only_what_belongs()?;
        let (test, on_delay) = match self.entry.kind.get_ref() {
            ConditionKind::Rate => (self.rate()?, self.tag.kind.delay()),
            ConditionKind::Deviation => (self.deviation()?, self.tag.kind.delay()),
            ConditionKind::Discrete => (self.state()?, self.tag.kind.delay()),
            ConditionKind::BadInstrument => (ConditionTest::BadInstrument, self.tag.kind.delay()),
            ConditionKind::Frozen => (ConditionTest::Frozen { band: self.band()? }, FROZEN_AFTER),
        };
        let off_delay = if matches!(test, ConditionTest::Frozen { .. }) { Duration::ZERO } else { on_delay };
        let delay = |given: &Option<Spanned<f64>>, name: &str, usual: Duration| match given {
            Some(given) => seconds(given, &self.key(name), 0.0),
            None => Ok(usual),
        };
        Ok(Condition {
            alarm: condition_alarm(&self.tag.id.get_ref().as_str().into(), name(self.entry)),
            test,
            on_delay: delay(&self.entry.on_delay_seconds, "on_delay_seconds", on_delay)?,
            off_delay: delay(&self.entry.off_delay_seconds, "off_delay_seconds", off_delay)?,
            severity: self.entry.severity,
        })
    }

    fn key(&self, name: &str) -> String {
        key(self.tag, self.entry, name)
    }

    fn span(&self) -> f64 {
        self.tag.range_high.get_ref() - self.tag.range_low.get_ref()
    }

    /// A key of another kind is a misunderstanding, not a wish.
    fn only_what_belongs(&self) -> Result<(), Problem> {
        use ConditionKind::{Deviation, Discrete, Frozen, Rate};
        let entry = self.entry;
        let kind = *entry.kind.get_ref();
        let given = [
            ("limit_per_minute", entry.limit_per_minute.as_ref().map(Spanned::span), &[Rate][..]),
            ("window_seconds", entry.window_seconds.as_ref().map(Spanned::span), &[Rate]),
            ("direction", entry.direction.as_ref().map(Spanned::span), &[Rate, Deviation]),
            ("limit", entry.limit.as_ref().map(Spanned::span), &[Deviation]),
            ("from_tag", entry.from_tag.as_ref().map(Spanned::span), &[Deviation]),
            ("from_value", entry.from_value.as_ref().map(Spanned::span), &[Deviation]),
            ("equals", entry.equals.as_ref().map(Spanned::span), &[Discrete]),
            ("differs_from", entry.differs_from.as_ref().map(Spanned::span), &[Discrete]),
            ("at_end", entry.at_end.as_ref().map(Spanned::span), &[Discrete]),
            ("tolerance", entry.tolerance.as_ref().map(Spanned::span), &[Discrete]),
            ("band", entry.band.as_ref().map(Spanned::span), &[Frozen]),
            ("deadband", entry.deadband.as_ref().map(Spanned::span), &[Rate, Deviation, Discrete]),
        ];
        for (name, span, kinds) in given {
            if let Some(span) = span.filter(|_| !kinds.contains(&kind)) {
                return refuse(
                    &Spanned::new(span, ()),
                    self.key(name),
                    format!("does not belong to a {}", words(kind)),
                );
            }
        }
        Ok(())
    }

    fn needed<'b>(&self, given: &'b Option<Spanned<f64>>, name: &str) -> Result<&'b Spanned<f64>, Problem> {
        match given {
            Some(given) => Ok(given),
            None => {
                let kind = &self.entry.kind;
                refuse(kind, self.key(name), format!("a {} needs this key", words(*kind.get_ref())))
            }
        }
    }

    fn above_zero(&self, given: &Spanned<f64>, name: &str) -> Result<f64, Problem> {
        let value = finite(given, self.key(name))?;
        if value > 0.0 { Ok(value) } else { refuse(given, self.key(name), format!("{value} is not above 0")) }
    }

    /// What is written, else a share of the limit; a deadband as wide as the limit would never let the alarm clear.
    fn deadband(&self, limit: f64) -> Result<f64, Problem> {
        let Some(given) = &self.entry.deadband else { return Ok(DEADBAND_OF_LIMIT * limit) };
        let deadband = finite(given, self.key("deadband"))?;
        if (0.0..limit).contains(&deadband) {
            return Ok(deadband);
        }
        refuse(given, self.key("deadband"), format!("{deadband} is not from 0 to below the limit {limit}"))
    }

    fn rate(&self) -> Result<ConditionTest, Problem> {
        let given = self.needed(&self.entry.limit_per_minute, "limit_per_minute")?;
        let limit = self.above_zero(given, "limit_per_minute")?;
        let window = match &self.entry.window_seconds {
            Some(given) => {
                let window = seconds(given, &self.key("window_seconds"), 0.001)?;
                let scans = window.as_secs_f64() / self.scan_period.as_secs_f64();
                if !(3.0..=RATE_SAMPLES_MAX as f64).contains(&scans) {
                    let problem = format!("{scans:.0} scans; a slope is taken over 3 to {RATE_SAMPLES_MAX} of them");
                    return refuse(given, self.key("window_seconds"), problem);
                }
                window
            }
            None => Duration::from_secs_f64(WINDOW).clamp(self.scan_period * 3, self.scan_period * 3_600),
        };
        let direction = self.entry.direction.as_ref().map(|given| *given.get_ref()).unwrap_or_default();
        Ok(ConditionTest::Rate { limit, deadband: self.deadband(limit)?, window, direction })
    }

    fn deviation(&self) -> Result<ConditionTest, Problem> {
        let entry = self.entry;
        let from = match (&entry.from_tag, &entry.from_value) {
            (Some(given), None) => self.other(given)?,
            (None, Some(given)) => {
                let value = finite(given, self.key("from_value"))?;
                let (low, high) = (*self.tag.range_low.get_ref(), *self.tag.range_high.get_ref());
                if !(low..=high).contains(&value) {
                    let problem = format!("{value} is outside the range {low}…{high}");
                    return refuse(given, self.key("from_value"), problem);
                }
                Reference::Value(value)
            }
            _ => {
                return refuse(&entry.kind, self.key("from_tag"), "a deviation is from one from_tag or one from_value");
            }
        };
        let given = self.needed(&entry.limit, "limit")?;
        let limit = self.above_zero(given, "limit")?;
        if limit >= self.span() {
            let problem = format!("{limit} is wider than the instrument's range, so it could never be passed");
            return refuse(given, self.key("limit"), problem);
        }
        let direction = entry.direction.as_ref().map(|given| *given.get_ref()).unwrap_or_default();
        let usual = self.tag.kind.deadband_percent() / 100.0 * self.span();
        let deadband = match &entry.deadband {
            Some(_) => self.deadband(limit)?,
            None => usual.min(DEADBAND_OF_LIMIT * limit),
        };
        if let Reference::Value(value) = from {
            let away = direction.size(self.tag.normal.get_ref() - value);
            if away > limit - deadband {
                let problem = format!("would not clear at the normal value {}", self.tag.normal.get_ref());
                return refuse(given, self.key("limit"), problem);
            }
        }
        Ok(ConditionTest::Deviation { from, limit, deadband, direction })
    }

    fn other(&self, given: &Spanned<String>) -> Result<Reference, Problem> {
        let name = given.get_ref().as_str();
        match self.index.get(name) {
            Some(_) if name == self.tag.id.get_ref() => {
                refuse(given, self.key("from_tag"), "a tag does not deviate from itself")
            }
            Some(&tag) => Ok(Reference::Tag(tag)),
            None => refuse(given, self.key("from_tag"), format!("there is no tag `{name}`")),
        }
    }

    fn state(&self) -> Result<ConditionTest, Problem> {
        let entry = self.entry;
        let (low, high) = (*self.tag.range_low.get_ref(), *self.tag.range_high.get_ref());
        let half_step = self.tag.resolution.get_ref() / 2.0;
        let (states, tolerance, deadband, when_equal) = match (&entry.equals, &entry.differs_from, &entry.at_end) {
            (Some(given), None, None) => (self.states(given, "equals")?, half_step, 0.0, true),
            (None, Some(given), None) => (self.states(given, "differs_from")?, half_step, 0.0, false),
            (None, None, Some(end)) => {
                let ends = match end.get_ref() {
                    RangeEnd::Lower => vec![low],
                    RangeEnd::Upper => vec![high],
                    RangeEnd::Either => vec![low, high],
                };
                (ends, half_step, END_DEADBAND * self.span(), true)
            }
            _ => {
                let problem = "a discrete condition has one of equals, differs_from and at_end";
                return refuse(&entry.kind, self.key("equals"), problem);
            }
        };
        let not_negative = |given: &Option<Spanned<f64>>, name: &str, usual: f64| match given {
            Some(given) if *given.get_ref() < 0.0 => refuse(given, self.key(name), "must not be negative"),
            Some(given) => finite(given, self.key(name)),
            None => Ok(usual),
        };
        let tolerance = not_negative(&entry.tolerance, "tolerance", tolerance)?;
        let deadband = not_negative(&entry.deadband, "deadband", deadband)?;
        let normal = *self.tag.normal.get_ref();
        let near = states.iter().any(|state| (normal - state).abs() <= tolerance + deadband);
        let there = states.iter().any(|state| (normal - state).abs() <= tolerance);
        if (when_equal && near) || (!when_equal && !there) {
            let problem = format!("would stand at the normal value {normal}");
            return refuse(&entry.kind, self.key("kind"), problem);
        }
        Ok(ConditionTest::State { states, tolerance, deadband, when_equal })
    }

    fn states(&self, given: &Spanned<Vec<f64>>, name: &str) -> Result<Vec<f64>, Problem> {
        let (low, high) = (*self.tag.range_low.get_ref(), *self.tag.range_high.get_ref());
        if given.get_ref().is_empty() {
            return refuse(given, self.key(name), "names no state");
        }
        match given.get_ref().iter().find(|state| !(low..=high).contains(*state)) {
            Some(state) => refuse(given, self.key(name), format!("{state} is outside the range {low}…{high}")),
            None => Ok(given.get_ref().clone()),
        }
    }

    fn band(&self) -> Result<f64, Problem> {
        match &self.entry.band {
            Some(given) if *given.get_ref() < 0.0 => refuse(given, self.key("band"), "must not be negative"),
            Some(given) => finite(given, self.key("band")),
            None => Ok(self.tag.resolution.get_ref() / 2.0),
        }
    }
}

/// A kind as the file has it.
const fn words(kind: ConditionKind) -> &'static str {
    match kind {
        ConditionKind::Rate => "rate",
        ConditionKind::Deviation => "deviation",
        ConditionKind::Discrete => "discrete condition",
        ConditionKind::BadInstrument => "bad-instrument",
        ConditionKind::Frozen => "frozen",
    }
}
