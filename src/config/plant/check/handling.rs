//! How an alarm is handled: its own words, else those of the plant, else what its severity suggests.

use std::time::Duration;

use toml::Spanned;

use super::{finite, refuse};
use crate::config::plant::error::Problem;
use crate::config::plant::file::HandlingEntry;
use crate::domain::{AlarmHandling, Severity};

/// A shelf that lasts longer than a week is an alarm that nobody wants: take it out of service instead.
const SHELVE_HOURS_MAX: f64 = 168.0;
const RE_ALARM_MINUTES_MAX: f64 = 1_440.0;

/// The handling of one alarm. `key` names the table in which `own` stands.
pub(super) fn resolved(
    plant: &HandlingEntry,
    own: &HandlingEntry,
    severity: Severity,
    key: &str,
) -> Result<AlarmHandling, Problem> {
    let usual = AlarmHandling::of(severity);
    let own_key = |name: &str| format!("{key}.{name}");
    let plant_key = |name: &str| format!("alarm_handling.{name}");
    let re_alarm_after = match (&own.re_alarm_after_minutes, &plant.re_alarm_after_minutes) {
        (Some(given), _) => re_alarm(given, own_key("re_alarm_after_minutes"))?,
        (None, Some(given)) => re_alarm(given, plant_key("re_alarm_after_minutes"))?,
        (None, None) => usual.re_alarm_after,
    };
    let shelve_max = match (&own.shelve_max_hours, &plant.shelve_max_hours) {
        (Some(given), _) => shelf(given, own_key("shelve_max_hours"))?,
        (None, Some(given)) => shelf(given, plant_key("shelve_max_hours"))?,
        (None, None) => usual.shelve_max,
    };
    let flag = |own: Option<bool>, plant: Option<bool>, usual: bool| own.or(plant).unwrap_or(usual);
    Ok(AlarmHandling {
        latching: flag(own.latching, plant.latching, usual.latching),
        auto_ack_on_return: flag(own.auto_ack_on_return, plant.auto_ack_on_return, usual.auto_ack_on_return),
        return_ends_occurrence: flag(
            own.return_ends_occurrence,
            plant.return_ends_occurrence,
            usual.return_ends_occurrence,
        ),
        re_alarm_after,
        shelve_max,
        unshelving_acknowledges: flag(
            own.unshelving_acknowledges,
            plant.unshelving_acknowledges,
            usual.unshelving_acknowledges,
        ),
        return_needs_another_person: flag(
            own.return_needs_another_person,
            plant.return_needs_another_person,
            usual.return_needs_another_person,
        ),
    })
}

fn re_alarm(given: &Spanned<f64>, key: String) -> Result<Option<Duration>, Problem> {
    let minutes = within(given, key, 0.0, RE_ALARM_MINUTES_MAX, "minutes")?;
    Ok((minutes > 0.0).then(|| Duration::from_secs_f64(minutes * 60.0)))
}

fn shelf(given: &Spanned<f64>, key: String) -> Result<Duration, Problem> {
    Ok(Duration::from_secs_f64(within(given, key, 1.0 / 60.0, SHELVE_HOURS_MAX, "hours")? * 3600.0))
}

fn within(given: &Spanned<f64>, key: String, low: f64, high: f64, unit: &str) -> Result<f64, Problem> {
    let value = finite(given, key.clone())?;
    if !(low..=high).contains(&value) {
        return refuse(given, key, format!("{value} is not within {low:.2} to {high} {unit}"));
    }
    Ok(value)
}
