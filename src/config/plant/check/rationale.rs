//! What the severity of an alarm follows from, and whether it does.

use std::time::Duration;

use super::{Spanned, refuse, said};
use crate::config::plant::error::Problem;
use crate::config::plant::file::AssessmentEntry;
use crate::domain::{Assessment, Consequences, PriorityMatrix, Rationale, RationaleProblem, Severity};

/// What is written of it.
pub(super) struct Written<'a> {
    pub assessment: Option<&'a Spanned<AssessmentEntry>>,
    pub class: Option<&'a Spanned<String>>,
    pub justification: Option<&'a Spanned<String>>,
}

/// The rationale of an alarm of this severity. `key` names a key of the table in which it stands.
pub(super) fn checked(
    written: &Written<'_>,
    severity: Severity,
    matrix: &PriorityMatrix,
    key: impl Fn(&str) -> String,
) -> Result<Rationale, Problem> {
    let words = |given: Option<&Spanned<String>>, name: &str| {
        given.map(|given| said(given, key(name)).map(str::to_owned)).transpose()
    };
    let class = words(written.class, "class")?;
    if let (Some(given), Some(class)) = (written.class, &class)
        && class.chars().count() > Rationale::CLASS_MAX
    {
        return refuse(given, key("class"), format!("is longer than {} characters", Rationale::CLASS_MAX));
    }
    let justification = words(written.justification, "justification")?;
    let Some(given) = written.assessment else { return Ok(Rationale { assessment: None, class, justification }) };
    let assessment = assessed(given.get_ref(), &key)?;
    match matrix.problem(severity, &assessment, justification.as_deref()) {
        None => Ok(Rationale { assessment: Some(assessment), class, justification }),
        Some(RationaleProblem::Time) => outside(given.get_ref(), &key),
        Some(RationaleProblem::NoConsequence) => {
            let problem = "if nothing happens when nobody acts, this is no alarm: give safety, environment or economics as \
                           minor, major or severe";
            refuse(given, key("assessment"), problem)
        }
        Some(RationaleProblem::Unjustified(expected)) => {
            let (expected, severity) = (expected.word(), severity.word());
            let problem = format!(
                "by the priority matrix this is {expected}; say in `justification` why the severity is to be {severity}"
            );
            refuse(given, key("assessment"), problem)
        }
    }
}

fn assessed(entry: &AssessmentEntry, key: &impl Fn(&str) -> String) -> Result<Assessment, Problem> {
    let AssessmentEntry { time_to_respond_minutes, safety, environment, economics } = entry;
    let Ok(time_to_respond) = Duration::try_from_secs_f64(time_to_respond_minutes.get_ref() * 60.0) else {
        return outside(entry, key);
    };
    let consequences = Consequences { safety: *safety, environment: *environment, economics: *economics };
    Ok(Assessment { time_to_respond, consequences })
}

fn outside<R>(entry: &AssessmentEntry, key: &impl Fn(&str) -> String) -> Result<R, Problem> {
    let minutes = &entry.time_to_respond_minutes;
    let most = Assessment::TIME_MAX.as_secs() / 60;
    let problem = format!("{} is not a number of minutes above 0 and up to {most}", minutes.get_ref());
    refuse(minutes, key("assessment.time_to_respond_minutes"), problem)
}
