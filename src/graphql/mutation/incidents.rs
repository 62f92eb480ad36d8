//! Saying what an incident was.

use async_graphql::{Context, ID, InputObject, SimpleObject};

use super::explanations::{Given, Turn, Wrong, audit, begin, errors, optional, subject};
use super::idempotency::Answer;
use crate::domain::{Cause, IncidentVerdict, OccurrenceId};
use crate::graphql::api::storage_error;
use crate::graphql::error::{ApiError, ErrorCode};
use crate::graphql::types::{Incident, Judgement, UserError};
use crate::graphql::{explanations, incidents, scope};
use crate::security::Action;

/// Says how right a diagnosis was, and what the true cause is.
#[derive(InputObject, Clone, Debug)]
pub struct JudgeIncidentInput {
    /// Which incident, by the occurrence of its alarm.
    occurrence_id: ID,
    /// How right the diagnosis was.
    judgement: Judgement,
    /// The true cause, where it was found: the key of a known cause (`idv-6`), or words, at most 1000 characters.
    cause: Option<String>,
    /// What to keep with it, at most 1000 characters.
    comment: Option<String>,
    /// The same key gives the first answer again.
    idempotency_key: String,
}

/// An incident after it was judged.
#[derive(SimpleObject)]
pub struct IncidentPayload {
    /// The incident as it stands; null when the order was refused.
    incident: Option<Incident>,
    /// What stood in the way.
    user_errors: Vec<UserError>,
}

impl IncidentPayload {
    fn refused(wrong: Wrong) -> Self {
        Self { incident: None, user_errors: errors(wrong) }
    }
}

pub(super) async fn judge(ctx: &Context<'_>, input: JudgeIncidentInput) -> Result<IncidentPayload, ApiError> {
    let api = scope::api(ctx);
    let refused = |wrong: Wrong| Ok(IncidentPayload::refused(wrong));
    let (cause, comment) =
        match (optional(input.cause.as_deref(), "cause"), optional(input.comment.as_deref(), "comment")) {
            (Ok(cause), Ok(comment)) => (cause, comment),
            (Err(wrong), _) | (_, Err(wrong)) => return refused(wrong),
        };
    let unknown = || ("occurrenceId", ApiError::new(ErrorCode::NotFound, "this occurrence has not been diagnosed"));
    let occurrence = match explanations::occurrence(&input.occurrence_id) {
        Ok(occurrence) => occurrence,
        Err(error) => return refused(("occurrenceId", error)),
    };
    let found = api.storage.incident(occurrence).await.map_err(|e| storage_error("reading an incident", &e))?;
    let Some(incident) = found else { return refused(unknown()) };
    let action = Action::ExplanationJudge;
    let subject = match subject(ctx, action, incident.alarm.as_str(), &input.occurrence_id).await? {
        Ok(subject) => subject,
        Err((_, error)) => return refused(("occurrenceId", error)),
    };
    let verdict = IncidentVerdict {
        judgement: input.judgement.into(),
        cause: cause.map(|cause| named(ctx, cause)),
        comment,
        by: scope::principal(ctx)?.name.clone(),
        at: api.clock.now(),
    };
    let request = told(occurrence, &verdict);
    let given = Given { key: &input.idempotency_key, operation: "judge_incident", action, request };
    let keyed = match begin(ctx, &given).await {
        Err(wrong) => return refused(wrong),
        Ok(Turn::Known(_)) => return shown(ctx, occurrence).await,
        Ok(Turn::New(keyed)) => keyed,
    };
    audit(ctx, &given, &subject.on).await;
    match api.storage.judge_incident(occurrence, &verdict).await {
        Ok(true) => {}
        Ok(false) => return refused(unknown()),
        Err(_) => {
            let words = "it could not be kept just now; repeat it with the same key";
            return refused(("occurrenceId", ApiError::new(ErrorCode::JournalUnavailable, words)));
        }
    }
    keyed.remember(api, &Answer::Done).await;
    shown(ctx, occurrence).await
}

/// What the audit is told, and by what a repetition is known.
fn told(occurrence: OccurrenceId, verdict: &IncidentVerdict) -> String {
    let mut words = format!("judges the diagnosis of incident {occurrence} {}", verdict.judgement.words());
    if let Some(cause) = &verdict.cause {
        words += &format!("; the true cause is {}", cause.name);
        if cause.id.as_str() != cause.name {
            words += &format!(" ({})", cause.id);
        }
    }
    if let Some(comment) = &verdict.comment {
        words += &format!("; {comment}");
    }
    words
}

async fn shown(ctx: &Context<'_>, occurrence: OccurrenceId) -> Result<IncidentPayload, ApiError> {
    Ok(IncidentPayload { incident: incidents::of(ctx, occurrence).await?, user_errors: Vec::new() })
}

/// A cause of the library by its key or its name; any other words are a cause of their own.
fn named(ctx: &Context<'_>, said: String) -> Cause {
    let is = |known: &&Cause| known.id.as_str() == said || known.name.eq_ignore_ascii_case(&said);
    let known = incidents::known_causes(ctx);
    known.iter().find(is).cloned().unwrap_or_else(|| Cause { id: said.as_str().into(), name: said })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Judgement, WallTime};

    #[test]
    fn the_audit_is_told_a_verdict_in_words() {
        let check = |judgement, cause: Option<(&str, &str)>, comment: Option<&str>, expected: &str| {
            let cause = cause.map(|(id, name)| Cause { id: id.into(), name: name.into() });
            let (comment, by, at) = (comment.map(Into::into), "olga".into(), WallTime::from_micros(0));
            let verdict = IncidentVerdict { judgement, cause, comment, by, at };
            let nil = OccurrenceId(uuid::Uuid::nil());
            let words = told(nil, &verdict);
            assert_eq!(words, format!("judges the diagnosis of incident {nil} {expected}"));
        };
        check(Judgement::PartlyRight, None, None, "partly right");
        let known = Some(("idv-6", "A feed lost (step)"));
        check(Judgement::Wrong, known, Some("see log"), "wrong; the true cause is A feed lost (step) (idv-6); see log");
        check(Judgement::Right, Some(("a bird", "a bird")), None, "right; the true cause is a bird");
    }
}
