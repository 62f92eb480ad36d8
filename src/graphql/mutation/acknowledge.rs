//! Taking notice of alarms.

use async_graphql::{Context, ID, InputObject, SimpleObject};

use crate::actors::{AcknowledgeOrder, AcknowledgeOutcome, AcknowledgeRefused, AlarmDeskError};
use crate::domain::{AlarmId, OccurrenceId};
use crate::graphql::api::Change;
use crate::graphql::error::{ApiError, ErrorCode};
use crate::graphql::scope;
use crate::graphql::types::{Alarm, UserError};
use crate::security::{Action, Decision, Resource};

use super::idempotency;

/// Longest comment, characters.
const COMMENT_MAX: usize = 1_000;

/// Takes notice of alarms.
#[derive(InputObject, Clone, Debug)]
pub struct AcknowledgeAlarmsInput {
    /// Which occurrences, at most 500.
    pub(super) items: Vec<AcknowledgeItem>,
    /// What to write into the journal with it, at most 1000 characters.
    comment: Option<String>,
    /// The same key gives the first answer again.
    idempotency_key: String,
}

/// One occurrence of one alarm.
#[derive(InputObject, Clone, Debug)]
pub struct AcknowledgeItem {
    /// The alarm's id in the plant, for example `XMEAS_7/HIGH`.
    alarm: String,
    /// The occurrence that was seen.
    occurrence_id: ID,
}

/// What became of it.
#[derive(SimpleObject)]
pub struct AcknowledgeAlarmsPayload {
    /// One result an item, in their order.
    results: Vec<AcknowledgeResult>,
    /// What stood in the way of the whole order.
    user_errors: Vec<UserError>,
}

/// What became of one item.
#[derive(SimpleObject)]
pub struct AcknowledgeResult {
    /// The alarm's id in the plant.
    alarm: String,
    /// Whether somebody has taken notice now.
    ok: bool,
    /// The alarm after it; null when there is no such alarm, or the visitor may not acknowledge it.
    alarm_now: Option<Alarm>,
    /// What stood in the way of this item.
    user_errors: Vec<UserError>,
}

impl AcknowledgeAlarmsPayload {
    fn refused(path: &[&str], error: ApiError) -> Self {
        Self { results: Vec::new(), user_errors: vec![UserError::at(path, error)] }
    }
}

impl AcknowledgeResult {
    fn refused(position: usize, alarm: &str, field: &str, error: ApiError) -> Self {
        let path = ["input", "items", &position.to_string(), field];
        Self { alarm: alarm.to_owned(), ok: false, alarm_now: None, user_errors: vec![UserError::at(&path, error)] }
    }
}

/// An item that may be put to the desk, or its refusal.
type Checked = Result<(AlarmId, OccurrenceId), AcknowledgeResult>;

pub(super) async fn acknowledge(
    ctx: &Context<'_>,
    input: AcknowledgeAlarmsInput,
) -> Result<AcknowledgeAlarmsPayload, ApiError> {
    if let Err(e) = idempotency::check_key(&input.idempotency_key) {
        return Ok(AcknowledgeAlarmsPayload::refused(&["input", "idempotencyKey"], e));
    }
    if input.comment.as_ref().is_some_and(|words| words.chars().count() > COMMENT_MAX) {
        let error = ApiError::invalid(format!("a comment has at most {COMMENT_MAX} characters"));
        return Ok(AcknowledgeAlarmsPayload::refused(&["input", "comment"], error));
    }
    let mut checked = Vec::with_capacity(input.items.len());
    for (position, item) in input.items.iter().enumerate() {
        checked.push(check(ctx, position, item).await?);
    }
    let allowed: Vec<(AlarmId, OccurrenceId)> = checked.iter().filter_map(|item| item.as_ref().ok().cloned()).collect();
    if allowed.is_empty() {
        let results = checked.into_iter().filter_map(Result::err).collect();
        return Ok(AcknowledgeAlarmsPayload { results, user_errors: Vec::new() });
    }
    let order = AcknowledgeOrder {
        items: allowed,
        by: scope::principal(ctx)?.name.clone(),
        comment: input.comment.filter(|words| !words.trim().is_empty()),
        client: scope::visitor(ctx).client(),
        idempotency_key: input.idempotency_key,
    };
    let api = scope::api(ctx);
    let on = Resource::Plant(api.plant.id.clone());
    let change = Change { action: Action::AlarmAcknowledge, on: &on, before: None, after: describe(&order) };
    api.audit_order(scope::visitor(ctx), &change).await;
    match scope::doors(ctx).await?.alarm_desk.acknowledge(order).await {
        Ok(outcomes) => {
            Ok(AcknowledgeAlarmsPayload { results: weave(ctx, checked, outcomes), user_errors: Vec::new() })
        }
        Err(e) => Ok(AcknowledgeAlarmsPayload::refused(&["input"], desk_error(&e))),
    }
}

/// Whether the item makes sense, and whether this person may acknowledge this alarm as severe as it is now.
async fn check(ctx: &Context<'_>, position: usize, item: &AcknowledgeItem) -> Result<Checked, ApiError> {
    let refused = |field: &str, error| Ok(Err(AcknowledgeResult::refused(position, &item.alarm, field, error)));
    let Ok(occurrence) = item.occurrence_id.parse::<OccurrenceId>() else {
        return refused("occurrenceId", ApiError::invalid("this is not the id of an occurrence"));
    };
    let snapshot = scope::alarms(ctx).await?;
    let Some(view) = snapshot.alarms.iter().find(|view| view.definition.id.as_str() == item.alarm) else {
        return refused("alarm", ApiError::new(ErrorCode::NotFound, AcknowledgeRefused::UnknownAlarm.to_string()));
    };
    let api = scope::api(ctx);
    let on = Resource::alarm(&api.plant.id, &view.definition, view.facts.severity);
    match api.authority.decide(scope::principal(ctx)?, Action::AlarmAcknowledge, &on) {
        Decision::Allow => Ok(Ok((view.definition.id.clone(), occurrence))),
        Decision::Deny { reason } => {
            api.audit_refusal(scope::visitor(ctx), Action::AlarmAcknowledge, &on, &reason).await;
            refused("alarm", ApiError::new(ErrorCode::Forbidden, reason))
        }
    }
}

/// Puts the outcomes of the desk between the refusals, in the order of the input.
fn weave(ctx: &Context<'_>, checked: Vec<Checked>, outcomes: Vec<AcknowledgeOutcome>) -> Vec<AcknowledgeResult> {
    let mut outcomes = outcomes.into_iter();
    checked
        .into_iter()
        .enumerate()
        .filter_map(|(position, item)| match item {
            Err(refused) => Some(refused),
            Ok(_) => outcomes.next().map(|outcome| result(ctx, position, outcome)),
        })
        .collect()
}

fn result(ctx: &Context<'_>, position: usize, outcome: AcknowledgeOutcome) -> AcknowledgeResult {
    let alarm = outcome.alarm.as_str();
    match outcome.result {
        Ok(view) => AcknowledgeResult {
            alarm: alarm.to_owned(),
            ok: true,
            alarm_now: Some(Alarm::new(&scope::api(ctx).plant, &view)),
            user_errors: Vec::new(),
        },
        Err(refused) => {
            let (field, code) = match refused {
                AcknowledgeRefused::UnknownAlarm => ("alarm", ErrorCode::NotFound),
                AcknowledgeRefused::NotAcknowledgeable(_) => ("alarm", ErrorCode::NotAcknowledgeable),
                AcknowledgeRefused::OccurrenceMismatch => ("occurrenceId", ErrorCode::OccurrenceMismatch),
            };
            AcknowledgeResult::refused(position, alarm, field, ApiError::new(code, refused.to_string()))
        }
    }
}

fn desk_error(error: &AlarmDeskError) -> ApiError {
    let code = match error {
        AlarmDeskError::Gone => ErrorCode::Unavailable,
        AlarmDeskError::JournalUnavailable => ErrorCode::JournalUnavailable,
        AlarmDeskError::IdempotencyConflict => ErrorCode::IdempotencyConflict,
    };
    ApiError::new(code, error.to_string())
}

fn describe(order: &AcknowledgeOrder) -> String {
    let items: Vec<String> = order.items.iter().map(|(alarm, occurrence)| format!("{alarm} {occurrence}")).collect();
    items.join(", ")
}
