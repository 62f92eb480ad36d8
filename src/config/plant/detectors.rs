//! Plant-wide detectors of a plant file.

use std::collections::HashMap;
use std::time::Duration;

use toml::Spanned;

use super::check::{seconds, share, unique};
use super::error::{Problem, refuse, refuse_at};
use super::file::DetectorEntry;
use crate::domain::{DetectorMethod, DetectorSpec, TagIndex};

/// Longer windows are a slip of the pen: each row makes the matrices wider by all tags.
const ROWS_MAX: u32 = 20;

pub(super) fn checked(
    entries: &[DetectorEntry],
    index: &HashMap<&str, TagIndex>,
    scan_period: Duration,
) -> Result<Vec<DetectorSpec>, Problem> {
    unique(entries.iter().map(|detector| &detector.id), "detectors")?;
    entries.iter().map(|entry| detector(entry, index, scan_period)).collect()
}

fn key_of(entry: &DetectorEntry, key: &str) -> String {
    format!("detectors.{}.{key}", entry.id.get_ref())
}

fn detector(
    entry: &DetectorEntry,
    index: &HashMap<&str, TagIndex>,
    scan_period: Duration,
) -> Result<DetectorSpec, Problem> {
    let key = |key: &str| key_of(entry, key);
    let sample_period = seconds(&entry.sample_period_seconds, &key("sample_period_seconds"), 0.001)?;
    if sample_period.as_nanos() % scan_period.as_nanos() != 0 {
        let problem = format!("{} s is not a whole number of scans", sample_period.as_secs_f64());
        return refuse(&entry.sample_period_seconds, key("sample_period_seconds"), problem);
    }
    if *entry.confirm_after.get_ref() == 0 {
        return refuse(&entry.confirm_after, key("confirm_after"), "must be at least 1");
    }
    let method = method(entry)?;
    Ok(DetectorSpec {
        id: entry.id.get_ref().as_str().into(),
        name: entry.name.clone(),
        advisory: advisory(entry, &method)?,
        method,
        tags: tags(entry, index)?,
        sample_period,
        confirm_after: *entry.confirm_after.get_ref(),
        false_alarm_rate: share(&entry.false_alarm_rate, key("false_alarm_rate"))?,
        severity: entry.severity,
    })
}

/// The method with what is set on it. A setting of another method is refused: whoever wrote it believes that it does
/// something.
fn method(entry: &DetectorEntry) -> Result<DetectorMethod, Problem> {
    let name = entry.method.get_ref();
    let Some(mut method) = DetectorMethod::named(name) else {
        let problem = format!("there is no method `{name}`; known are {}", DetectorMethod::NAMES.join(", "));
        return refuse(&entry.method, key_of(entry, "method"), problem);
    };
    let rows = |given: &Option<Spanned<u32>>, key: &str, least: u32, usual: usize| match given {
        None => Ok(usual),
        Some(given) if (least..=ROWS_MAX).contains(given.get_ref()) => Ok(*given.get_ref() as usize),
        Some(given) => {
            let problem = format!("{} is not between {least} and {ROWS_MAX}", given.get_ref());
            refuse(given, key_of(entry, key), problem)
        }
    };
    let part = |given: &Option<Spanned<f64>>, key: &str, usual: f64| match given {
        None => Ok(usual),
        Some(given) => share(given, key_of(entry, key)),
    };
    let known: &[&str] = match &mut method {
        DetectorMethod::Var | DetectorMethod::Rate => &[],
        DetectorMethod::Pca { variance_kept } => {
            *variance_kept = part(&entry.variance_kept, "variance_kept", *variance_kept)?;
            &["variance_kept"]
        }
        DetectorMethod::Dpca { lags, variance_kept } => {
            *lags = rows(&entry.lags, "lags", 1, *lags)?;
            *variance_kept = part(&entry.variance_kept, "variance_kept", *variance_kept)?;
            &["variance_kept", "lags"]
        }
        DetectorMethod::Cva { past, future, states } => {
            *past = rows(&entry.past, "past", 1, *past)?;
            *future = rows(&entry.future, "future", 1, *future)?;
            *states = entry.states.as_ref().map_or(*states, |given| *given.get_ref() as usize);
            let widest = *past * entry.tags.get_ref().len();
            if let Some(given) = entry.states.as_ref().filter(|_| !(1..widest).contains(states)) {
                let problem = format!("{states} is not between 1 and {}, the entries of the past", widest.max(2) - 1);
                return refuse(given, key_of(entry, "states"), problem);
            }
            &["past", "future", "states"]
        }
        DetectorMethod::Ewma { factor } => {
            *factor = part(&entry.factor, "factor", *factor)?;
            &["factor"]
        }
        DetectorMethod::Cusum { slack } => {
            *slack = slack_of(entry, *slack)?;
            &["slack"]
        }
    };
    match given(entry).into_iter().find(|(key, given)| given.is_some() && !known.contains(key)) {
        Some((key, Some(span))) => {
            let problem = format!("`{key}` is no setting of the method `{name}`");
            refuse_at(span, key_of(entry, key), problem)
        }
        _ => Ok(method),
    }
}

fn slack_of(entry: &DetectorEntry, usual: f64) -> Result<f64, Problem> {
    match &entry.slack {
        None => Ok(usual),
        Some(given) if (0.0..=10.0).contains(given.get_ref()) => Ok(*given.get_ref()),
        Some(given) => {
            let problem = format!("{} is not between 0 and 10 standard deviations", given.get_ref());
            refuse(given, key_of(entry, "slack"), problem)
        }
    }
}

/// Where each setting is given, if it is.
fn given(entry: &DetectorEntry) -> [(&'static str, Option<std::ops::Range<usize>>); 7] {
    fn span<T>(given: Option<&Spanned<T>>) -> Option<std::ops::Range<usize>> {
        given.map(Spanned::span)
    }
    [
        ("variance_kept", span(entry.variance_kept.as_ref())),
        ("lags", span(entry.lags.as_ref())),
        ("past", span(entry.past.as_ref())),
        ("future", span(entry.future.as_ref())),
        ("states", span(entry.states.as_ref())),
        ("factor", span(entry.factor.as_ref())),
        ("slack", span(entry.slack.as_ref())),
    ]
}

fn advisory(entry: &DetectorEntry, method: &DetectorMethod) -> Result<Vec<String>, Problem> {
    let Some(given) = &entry.advisory else { return Ok(method.usual_advisory()) };
    let known = method.charts();
    for name in given.get_ref() {
        if !known.contains(&name.get_ref().as_str()) {
            let problem = format!("{} has no chart `{}`; it has {}", method.name(), name.get_ref(), known.join(", "));
            return refuse(name, key_of(entry, "advisory"), problem);
        }
    }
    if known.iter().all(|chart| given.get_ref().iter().any(|name| name.get_ref() == chart)) {
        return refuse(given, key_of(entry, "advisory"), "no chart is left to decide");
    }
    Ok(given.get_ref().iter().map(|name| name.get_ref().clone()).collect())
}

fn tags(entry: &DetectorEntry, index: &HashMap<&str, TagIndex>) -> Result<Vec<TagIndex>, Problem> {
    let key = || key_of(entry, "tags");
    if entry.tags.get_ref().len() < 2 {
        return refuse(&entry.tags, key(), "a multivariate detector looks at two tags or more");
    }
    let mut tags = Vec::with_capacity(entry.tags.get_ref().len());
    for name in entry.tags.get_ref() {
        let Some(&tag) = index.get(name.get_ref().as_str()) else {
            return refuse(name, key(), format!("there is no tag `{}`", name.get_ref()));
        };
        if tags.contains(&tag) {
            return refuse(name, key(), format!("tag `{}` is named twice", name.get_ref()));
        }
        tags.push(tag);
    }
    Ok(tags)
}
