//! Alarm limits: within the range, in order, and able to clear.

use std::time::Duration;

use super::{finite, refuse, seconds};
use crate::config::plant::error::Problem;
use crate::config::plant::file::{LimitEntry, TagEntry};
use crate::domain::{Limit, LimitKind};

/// The limits of one tag, from the highest to the lowest.
pub(super) fn checked(tag: &TagEntry) -> Result<Vec<Limit>, Problem> {
    let mut limits = Vec::with_capacity(tag.limits.len());
    for (at, entry) in tag.limits.iter().enumerate() {
        if tag.limits[..at].iter().any(|earlier| earlier.kind.get_ref() == entry.kind.get_ref()) {
            return refuse(&entry.kind, key(tag, entry, "kind"), "this tag has such a limit already");
        }
        let limit = limit(tag, entry)?;
        clears(tag, entry, &limit)?;
        limits.push(limit);
    }
    for (entry, limit) in tag.limits.iter().zip(&limits) {
        in_order(tag, entry, limit, &limits)?;
    }
    limits.sort_by(|one, other| other.value.total_cmp(&one.value));
    Ok(limits)
}

fn limit(tag: &TagEntry, entry: &LimitEntry) -> Result<Limit, Problem> {
    let (low, high) = (*tag.range_low.get_ref(), *tag.range_high.get_ref());
    let value = finite(&entry.value, key(tag, entry, "value"))?;
    if value <= low || value >= high {
        let problem = format!("{value} is not inside the range {low}…{high}, so it could never be crossed");
        return refuse(&entry.value, key(tag, entry, "value"), problem);
    }
    let deadband = match &entry.deadband {
        Some(given) if *given.get_ref() < 0.0 => {
            return refuse(given, key(tag, entry, "deadband"), "must not be negative");
        }
        Some(given) => finite(given, key(tag, entry, "deadband"))?,
        None => tag.kind.deadband_percent() / 100.0 * (high - low),
    };
    let delay = |given: &Option<toml::Spanned<f64>>, name: &str| match given {
        Some(given) => seconds(given, &key(tag, entry, name), 0.0),
        None => Ok::<Duration, Problem>(tag.kind.delay()),
    };
    Ok(Limit {
        kind: *entry.kind.get_ref(),
        value,
        deadband,
        on_delay: delay(&entry.on_delay_seconds, "on_delay_seconds")?,
        off_delay: delay(&entry.off_delay_seconds, "off_delay_seconds")?,
        severity: entry.severity,
    })
}

/// A normal plant must clear the alarm: an alarm that stands on a good day teaches people to look away.
fn clears(tag: &TagEntry, entry: &LimitEntry, limit: &Limit) -> Result<(), Problem> {
    let normal = *tag.normal.get_ref();
    let back = if limit.kind.is_upper() { limit.value - limit.deadband } else { limit.value + limit.deadband };
    if if limit.kind.is_upper() { normal < back } else { normal > back } {
        return Ok(());
    }
    let problem = format!(
        "with deadband {} it would not clear at the normal value {normal}: the value must come back to {back}",
        limit.deadband
    );
    match &entry.deadband {
        Some(given) => refuse(given, key(tag, entry, "deadband"), problem),
        None => refuse(&entry.value, key(tag, entry, "value"), problem),
    }
}

/// Outer limits lie outside inner ones, lower below upper, and no deadband reaches the next limit.
fn in_order(tag: &TagEntry, entry: &LimitEntry, limit: &Limit, all: &[Limit]) -> Result<(), Problem> {
    for other in all.iter().filter(|other| rank(other.kind) < rank(limit.kind)) {
        if other.value >= limit.value {
            let problem = format!("{} is not above {} {} of the same tag", limit.value, other.kind.code(), other.value);
            return refuse(&entry.value, key(tag, entry, "value"), problem);
        }
    }
    let inner = all
        .iter()
        .filter(|other| if limit.kind.is_upper() { other.value < limit.value } else { other.value > limit.value });
    for other in inner {
        let distance = (limit.value - other.value).abs();
        if limit.deadband >= distance {
            let problem = format!("deadband {} reaches limit {}, {distance} away", limit.deadband, other.kind.code());
            return match &entry.deadband {
                Some(given) => refuse(given, key(tag, entry, "deadband"), problem),
                None => refuse(&entry.value, key(tag, entry, "value"), problem),
            };
        }
    }
    Ok(())
}

const fn rank(kind: LimitKind) -> u8 {
    match kind {
        LimitKind::LowLow => 0,
        LimitKind::Low => 1,
        LimitKind::High => 2,
        LimitKind::HighHigh => 3,
    }
}

pub(super) fn key(tag: &TagEntry, entry: &LimitEntry, key: &str) -> String {
    let kind = entry.kind.get_ref().code().to_ascii_lowercase().replace('_', "-");
    format!("tags.{}.limits.{kind}.{key}", tag.id.get_ref())
}
