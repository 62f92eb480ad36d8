//! What makes an entry one that can be approved.

use std::time::Duration;

use super::RegisterRefused;
use crate::domain::{
    AlarmId, Limit, LimitPart, LimitProblem, LimitSettings, Plant, Rationale, RationaleProblem, RegisterEntry,
    Severity, problem_among,
};

/// Longest text of an entry, characters.
const TEXT_MAX: usize = 4_000;
/// Longer than a day is a slip of the pen.
const DELAY_MAX: Duration = Duration::from_secs(86_400);
/// A shelf that lasts longer than a week is an alarm that nobody wants.
const SHELVE_MAX: Duration = Duration::from_secs(168 * 3_600);
const RE_ALARM_MAX: Duration = Duration::from_secs(86_400);

fn invalid<T>(field: &str, problem: impl Into<String>) -> Result<T, RegisterRefused> {
    Err(RegisterRefused::Invalid { field: field.to_owned(), problem: problem.into() })
}

/// The entry as it is kept, texts trimmed, when it makes sense for this alarm of the plant that runs.
pub(super) fn entry(alarm: &AlarmId, entry: &RegisterEntry, running: &Plant) -> Result<RegisterEntry, RegisterRefused> {
    let checked = RegisterEntry {
        cause: text("cause", &entry.cause)?,
        consequence: text("consequence", &entry.consequence)?,
        guidance: text("guidance", &entry.guidance)?,
        class: optional("class", entry.class.as_deref(), Rationale::CLASS_MAX)?,
        justification: optional("justification", entry.justification.as_deref(), TEXT_MAX)?,
        ..entry.clone()
    };
    severity(&checked, running)?;
    handling(&checked)?;
    limit(alarm, &checked, running)?;
    Ok(checked)
}

fn text(field: &str, given: &str) -> Result<String, RegisterRefused> {
    match optional(field, Some(given), TEXT_MAX)? {
        Some(words) => Ok(words),
        None => invalid(field, format!("the {field} says nothing")),
    }
}

fn optional(field: &str, given: Option<&str>, most: usize) -> Result<Option<String>, RegisterRefused> {
    let words = given.map(str::trim).filter(|words| !words.is_empty());
    if words.is_some_and(|words| words.chars().count() > most) {
        return invalid(field, format!("the {field} has at most {most} characters"));
    }
    Ok(words.map(str::to_owned))
}

/// The matrix decides the severity; whoever wants another says why.
fn severity(entry: &RegisterEntry, running: &Plant) -> Result<(), RegisterRefused> {
    let Some(assessment) = &entry.assessment else { return Ok(()) };
    let matrix = &running.register.matrix;
    match matrix.problem(entry.severity, assessment, entry.justification.as_deref()) {
        None => Ok(()),
        Some(RationaleProblem::Time) => {
            invalid("timeToRespondMinutes", "the time to respond is longer than nothing and at most a day")
        }
        Some(RationaleProblem::NoConsequence) => {
            invalid("consequences", "if nothing happens when nobody acts, this is no alarm")
        }
        Some(RationaleProblem::Unjustified(expected)) => {
            let (given, expected) = (name(entry.severity), name(expected));
            let problem = format!("the matrix gives {expected}; say in the justification why it is to be {given}");
            invalid("severity", problem)
        }
    }
}

/// A severity in words.
pub(super) const fn name(severity: Severity) -> &'static str {
    severity.word()
}

fn handling(entry: &RegisterEntry) -> Result<(), RegisterRefused> {
    let handling = &entry.handling;
    if handling.shelve_max < Duration::from_secs(60) || handling.shelve_max > SHELVE_MAX {
        return invalid("shelveMinutesMax", "an alarm may be shelved for at least a minute and at most a week");
    }
    if handling.re_alarm_after.is_some_and(|after| after.is_zero() || after > RE_ALARM_MAX) {
        return invalid("reAlarmAfterMinutes", "a re-alarm comes within a day, or not at all");
    }
    Ok(())
}

/// Whether the limit of an entry can be crossed and can clear, beside the other limits that run.
pub(super) fn limit(alarm: &AlarmId, entry: &RegisterEntry, running: &Plant) -> Result<(), RegisterRefused> {
    let Some(definition) = running.alarm(alarm) else { return Ok(()) };
    match (&definition.limit, &entry.limit) {
        (None, None) => Ok(()),
        (None, Some(_)) => invalid("limit", "this alarm watches no limit"),
        (Some(_), None) => invalid("limit", "this alarm watches a limit, so it needs settings"),
        (Some(now), Some(settings)) => {
            delays(settings)?;
            let tag = definition.tag.as_ref().and_then(|id| running.tags.iter().find(|tag| tag.id == *id));
            let Some(tag) = tag else { return Ok(()) };
            let wanted = settings.of(now);
            if let Some(problem) = tag.limit_frame().problem(&wanted) {
                return refused(problem);
            }
            let others = tag.limits.iter().filter(|limit| limit.kind != now.kind).cloned();
            // The one that is meant comes first, so that a refusal speaks of it.
            let all: Vec<Limit> = std::iter::once(wanted).chain(others).collect();
            all.iter().find_map(|limit| problem_among(limit, &all)).map_or(Ok(()), refused)
        }
    }
}

fn delays(settings: &LimitSettings) -> Result<(), RegisterRefused> {
    for (field, delay) in [("onDelaySeconds", settings.on_delay), ("offDelaySeconds", settings.off_delay)] {
        if delay > DELAY_MAX {
            return invalid(field, "a delay is at most a day");
        }
    }
    Ok(())
}

fn refused(LimitProblem { part, problem }: LimitProblem) -> Result<(), RegisterRefused> {
    let field = match part {
        LimitPart::Value => "value",
        LimitPart::Deadband => "deadband",
    };
    invalid(field, problem)
}
