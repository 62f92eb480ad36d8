//! Alarm limits: within the range, in order, and able to clear.

use std::time::Duration;

use super::{finite, refuse, seconds};
use crate::config::plant::error::Problem;
use crate::config::plant::file::{LimitEntry, TagEntry};
use crate::domain::{Limit, LimitFrame, LimitPart, LimitProblem, problem_among};

/// The limits of one tag, from the highest to the lowest.
pub(super) fn checked(tag: &TagEntry) -> Result<Vec<Limit>, Problem> {
    let mut limits = Vec::with_capacity(tag.limits.len());
    for (at, entry) in tag.limits.iter().enumerate() {
        if tag.limits[..at].iter().any(|earlier| earlier.kind.get_ref() == entry.kind.get_ref()) {
            return refuse(&entry.kind, key(tag, entry, "kind"), "this tag has such a limit already");
        }
        limits.push(limit(tag, entry)?);
    }
    for (entry, limit) in tag.limits.iter().zip(&limits) {
        problem_among(limit, &limits).map_or(Ok(()), |problem| refused(tag, entry, problem))?;
    }
    limits.sort_by(|one, other| other.value.total_cmp(&one.value));
    Ok(limits)
}

fn limit(tag: &TagEntry, entry: &LimitEntry) -> Result<Limit, Problem> {
    let (low, high) = (*tag.range_low.get_ref(), *tag.range_high.get_ref());
    let deadband = match &entry.deadband {
        Some(given) => finite(given, key(tag, entry, "deadband"))?,
        None => tag.kind.deadband_percent() / 100.0 * (high - low),
    };
    let delay = |given: &Option<toml::Spanned<f64>>, name: &str| match given {
        Some(given) => seconds(given, &key(tag, entry, name), 0.0),
        None => Ok::<Duration, Problem>(tag.kind.delay()),
    };
    let limit = Limit {
        kind: *entry.kind.get_ref(),
        value: finite(&entry.value, key(tag, entry, "value"))?,
        deadband,
        on_delay: delay(&entry.on_delay_seconds, "on_delay_seconds")?,
        off_delay: delay(&entry.off_delay_seconds, "off_delay_seconds")?,
        severity: entry.severity,
    };
    let frame = LimitFrame { range_low: low, range_high: high, normal: *tag.normal.get_ref() };
    frame.problem(&limit).map_or(Ok(()), |problem| refused(tag, entry, problem))?;
    Ok(limit)
}

/// Points at the setting that is meant; a deadband that is not written follows from the value's place.
fn refused(tag: &TagEntry, entry: &LimitEntry, LimitProblem { part, problem }: LimitProblem) -> Result<(), Problem> {
    match (part, &entry.deadband) {
        (LimitPart::Deadband, Some(given)) => refuse(given, key(tag, entry, "deadband"), problem),
        _ => refuse(&entry.value, key(tag, entry, "value"), problem),
    }
}

pub(super) fn key(tag: &TagEntry, entry: &LimitEntry, key: &str) -> String {
    let kind = entry.kind.get_ref().code().to_ascii_lowercase().replace('_', "-");
    format!("tags.{}.limits.{kind}.{key}", tag.id.get_ref())
}
