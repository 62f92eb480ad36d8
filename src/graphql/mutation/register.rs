//! Changing the rationalisation register: proposing, approving, rejecting, taking back.

use std::sync::Arc;

use async_graphql::{Context, ID, SimpleObject};

use super::alarms::desk_error;
use super::idempotency;
use super::register_input::{ApproveRegisterChangeInput, EndRegisterChangeInput, ProposeRegisterChangeInput};
use crate::actors::RegisterOrder;
use crate::alarms::register::{RegisterCommand, RegisterRefused, differences, in_words};
use crate::domain::{self, AlarmId, ChangeId, RegisterEntry};
use crate::graphql::api::{Change, storage_error};
use crate::graphql::error::{ApiError, ErrorCode};
use crate::graphql::types::{RegisterChange, UserError};
use crate::graphql::{register, scope, types};
use crate::security::{Action, Decision, Resource};

/// What became of an order of the register.
#[derive(SimpleObject)]
pub struct RegisterPayload {
    /// The change as it is now; null when the order was refused.
    change: Option<RegisterChange>,
    /// The entry as it is now; null when there is no such alarm.
    entry: Option<types::RegisterEntry>,
    /// What stood in the way.
    user_errors: Vec<UserError>,
}

impl RegisterPayload {
    fn refused(field: &str, error: ApiError) -> Self {
        Self { change: None, entry: None, user_errors: vec![UserError::at(&["input", field], error)] }
    }
}

/// An order that is refused before the desk hears of it, or why it cannot be told.
type Checked<T> = Result<T, RegisterPayload>;

pub(super) async fn propose(ctx: &Context<'_>, input: ProposeRegisterChangeInput) -> Result<RegisterPayload, ApiError> {
    let alarm = AlarmId::from(input.alarm.as_str());
    let after = match after(ctx, &alarm, &input).await? {
        Ok(after) => after,
        Err(refused) => return Ok(refused),
    };
    let ProposeRegisterChangeInput { base_version: base, reason, idempotency_key, .. } = input;
    let command = RegisterCommand::Propose { alarm: alarm.clone(), base, after, reason };
    order(ctx, Action::RegisterPropose, &alarm, command, idempotency_key).await
}

pub(super) async fn approve(ctx: &Context<'_>, input: ApproveRegisterChangeInput) -> Result<RegisterPayload, ApiError> {
    decide(ctx, Action::RegisterApprove, &input.change, input.idempotency_key, |change| RegisterCommand::Approve {
        change,
        reason: input.reason,
    })
    .await
}

pub(super) async fn reject(ctx: &Context<'_>, input: EndRegisterChangeInput) -> Result<RegisterPayload, ApiError> {
    decide(ctx, Action::RegisterApprove, &input.change, input.idempotency_key, |change| RegisterCommand::Reject {
        change,
        reason: input.reason,
    })
    .await
}

pub(super) async fn withdraw(ctx: &Context<'_>, input: EndRegisterChangeInput) -> Result<RegisterPayload, ApiError> {
    decide(ctx, Action::RegisterPropose, &input.change, input.idempotency_key, |change| RegisterCommand::Withdraw {
        change,
        reason: input.reason,
    })
    .await
}

/// What the entry is to say. It begins with the version that was looked at, which never changes, so that the same input
/// is the same order however late it is repeated.
async fn after(
    ctx: &Context<'_>,
    alarm: &AlarmId,
    input: &ProposeRegisterChangeInput,
) -> Result<Checked<Option<Box<RegisterEntry>>>, ApiError> {
    let api = scope::api(ctx);
    if input.retire {
        return Ok(Ok(None));
    }
    let in_file = api.plant.alarm(alarm).map(|definition| RegisterEntry::from(&**definition));
    let looked_at = api.storage.register_version(alarm, input.base_version).await;
    let looked_at = looked_at.map_err(|e| storage_error("reading the alarm register", &e))?;
    let approved = looked_at.and_then(|change| change.after).map(Arc::unwrap_or_clone);
    let begin = match (input.adopt_file, approved, in_file) {
        // What rationalisation has found is not in the plant file, and is not lost for that.
        (true, Some(approved), Some(file)) => Some(RegisterEntry {
            assessment: approved.assessment,
            class: approved.class,
            justification: approved.justification,
            ..file
        }),
        (true, _, file) | (false, None, file) => file,
        (false, approved, _) => approved,
    };
    let Some(begin) = begin else {
        let refused = RegisterRefused::UnknownAlarm(alarm.clone());
        return Ok(Err(RegisterPayload::refused("alarm", ApiError::new(ErrorCode::NotFound, refused.to_string()))));
    };
    Ok(match input.changes.applied_to(&begin, &api.plant.register.matrix) {
        Ok(entry) => Ok(Some(Box::new(entry))),
        Err((field, problem)) => Err(RegisterPayload::refused(field, ApiError::invalid(problem))),
    })
}

async fn decide(
    ctx: &Context<'_>,
    action: Action,
    id: &ID,
    key: String,
    command: impl FnOnce(ChangeId) -> RegisterCommand,
) -> Result<RegisterPayload, ApiError> {
    let not_found = |message: &str| RegisterPayload::refused("change", ApiError::new(ErrorCode::NotFound, message));
    let Ok(id) = id.parse::<ChangeId>() else {
        return Ok(RegisterPayload::refused("change", ApiError::invalid("this is not the id of a change")));
    };
    let found = scope::api(ctx).storage.register_change(id).await;
    match found.map_err(|e| storage_error("reading the alarm register", &e))? {
        Some(change) => order(ctx, action, &change.alarm, command(id), key).await,
        None => Ok(not_found(&RegisterRefused::UnknownChange.to_string())),
    }
}

/// Asks the policies, puts the order to the desk, and remembers who has ordered what.
async fn order(
    ctx: &Context<'_>,
    action: Action,
    alarm: &AlarmId,
    command: RegisterCommand,
    key: String,
) -> Result<RegisterPayload, ApiError> {
    if let Err(e) = idempotency::check_key(&key) {
        return Ok(RegisterPayload::refused("idempotencyKey", e));
    }
    let api = scope::api(ctx);
    let visitor = scope::visitor(ctx);
    let on = resource(ctx, alarm).await?;
    let by = scope::principal(ctx)?;
    if let Decision::Deny { reason } = api.authority.decide(by, action, &on) {
        api.audit_refusal(visitor, action, &on, &reason).await;
        return Ok(RegisterPayload::refused("alarm", ApiError::new(ErrorCode::Forbidden, reason)));
    }
    let (by, client) = (by.name.clone(), visitor.client());
    let order = RegisterOrder { command, by, client, idempotency_key: key };
    let what = verb(&order.command);
    let (change, error) = match scope::doors(ctx).await?.alarm_desk.change_register(order).await {
        Err(e) => return Ok(RegisterPayload::refused("change", desk_error(&e))),
        Ok(Err(refused)) => (None, Some(refused)),
        Ok(Ok(change)) => (Some(*change), None),
    };
    let after = match (&change, &error) {
        (Some(change), _) => described(what, change),
        (None, Some(refused)) => format!("{what} {alarm}; not done: {refused}"),
        (None, None) => what.to_owned(),
    };
    let before =
        change.as_ref().and_then(|change| change.before.as_deref()).and_then(|e| serde_json::to_string(e).ok());
    api.audit_order(visitor, &Change { action, on: &on, before, after }).await;
    let now = register::now(ctx).await?;
    Ok(RegisterPayload {
        change: change.map(|change| RegisterChange::new(&api.plant, change)),
        entry: now.alarms().contains(alarm).then(|| types::RegisterEntry::new(&now, alarm.clone())),
        user_errors: error.into_iter().map(user_error).collect(),
    })
}

/// The alarm as severe as it is now; one that the plant does not have any more is of no unit.
async fn resource(ctx: &Context<'_>, alarm: &AlarmId) -> Result<Resource, ApiError> {
    let plant = scope::api(ctx).plant.id.clone();
    let snapshot = scope::alarms(ctx).await?;
    let view = snapshot.alarms.iter().find(|view| view.definition.id == *alarm);
    Ok(match view {
        Some(view) => Resource::alarm(&plant, &view.definition, view.facts.severity),
        None => Resource::Alarm { plant, unit: None, alarm: alarm.clone(), severity: domain::Severity::Low },
    })
}

const fn verb(command: &RegisterCommand) -> &'static str {
    match command {
        RegisterCommand::Propose { .. } => "propose",
        RegisterCommand::Approve { .. } => "approve",
        RegisterCommand::Reject { .. } => "reject",
        RegisterCommand::Withdraw { .. } => "withdraw",
    }
}

/// For the audit: what was done to which version, field by field, and why.
fn described(what: &str, change: &domain::RegisterChange) -> String {
    let words = in_words(&differences(change.before.as_deref(), change.after.as_deref()));
    let reason = change.decision.as_deref().unwrap_or(&change.reason);
    format!("{what} version {} of {}: {words}; {reason}", change.version, change.alarm)
}

fn user_error(refused: RegisterRefused) -> UserError {
    let (field, code) = match &refused {
        RegisterRefused::UnknownAlarm(_) => ("alarm", ErrorCode::NotFound),
        RegisterRefused::UnknownChange => ("change", ErrorCode::NotFound),
        RegisterRefused::Moved(_) => ("baseVersion", ErrorCode::EntryMoved),
        RegisterRefused::ChangePending(_) => ("alarm", ErrorCode::ChangePending),
        RegisterRefused::NothingChanges => ("changes", ErrorCode::NothingChanges),
        RegisterRefused::AnotherPersonNeeded(_) => ("change", ErrorCode::AnotherPersonNeeded),
        RegisterRefused::NotPending(_) => ("change", ErrorCode::StateForbids),
        RegisterRefused::NotYours(_) => ("change", ErrorCode::Forbidden),
        RegisterRefused::Invalid { field, .. } => {
            let error = ApiError::invalid(refused.to_string());
            return UserError::at(&["input", field], error);
        }
    };
    UserError::at(&["input", field], ApiError::new(code, refused.to_string()))
}
