//! Ordering the source about.

use async_graphql::{Context, InputObject, SimpleObject};

use super::audit_words;
use super::idempotency::{self, Answer, Keyed};
use crate::actors::{SourceCommand, SourceDoorError};
use crate::graphql::api::Change;
use crate::graphql::error::{ApiError, ErrorCode};
use crate::graphql::scope;
use crate::graphql::types::{Disturbance, Source, UserError};
use crate::security::{Action, Resource};

/// Switches a disturbance.
#[derive(InputObject, Clone, Debug)]
pub struct SetDisturbanceInput {
    /// Its number, as in the literature.
    pub(super) number: i32,
    /// On or off.
    pub(super) active: bool,
    /// The same key gives the first answer again.
    pub(super) idempotency_key: String,
}

/// Sets how fast the simulated plant runs.
#[derive(InputObject, Clone, Debug)]
pub struct SetSimulationSpeedInput {
    /// × real time, 1…1000.
    pub(super) speed: f64,
    /// The same key gives the first answer again.
    pub(super) idempotency_key: String,
}

/// Pauses the simulated plant, or lets it go on.
#[derive(InputObject, Clone, Debug)]
pub struct PauseSimulationInput {
    /// Whether it is to stand still.
    pub(super) paused: bool,
    /// The same key gives the first answer again.
    pub(super) idempotency_key: String,
}

/// Starts the simulated plant anew.
#[derive(InputObject, Clone, Debug)]
pub struct ResetSimulationInput {
    /// The same key gives the first answer again.
    pub(super) idempotency_key: String,
}

/// The source after an order.
#[derive(SimpleObject)]
pub struct SourcePayload {
    /// How it is doing now; null when the order was refused.
    source: Option<Source>,
    /// The disturbances of now.
    disturbances: Vec<Disturbance>,
    /// What stood in the way.
    user_errors: Vec<UserError>,
}

impl SourcePayload {
    fn refused(path: &[&str], error: ApiError) -> Self {
        Self { source: None, disturbances: Vec::new(), user_errors: vec![UserError::at(path, error)] }
    }

    /// A part of the input makes no sense.
    pub(super) fn invalid(field: &str, message: String) -> Self {
        Self::refused(&["input", field], ApiError::invalid(message))
    }
}

/// Name of an order in the database, and which part of its input can be wrong.
fn name(command: &SourceCommand) -> (&'static str, &'static str) {
    match command {
        SourceCommand::SetDisturbance { .. } => ("set_disturbance", "number"),
        SourceCommand::SetSpeed(_) => ("set_simulation_speed", "speed"),
        SourceCommand::Pause(_) => ("pause_simulation", "paused"),
        SourceCommand::Reset => ("reset_simulation", "idempotencyKey"),
    }
}

/// Carries an order out, once for each key.
pub(super) async fn order(ctx: &Context<'_>, command: SourceCommand, key: &str) -> Result<SourcePayload, ApiError> {
    if let Err(e) = idempotency::check_key(key) {
        return Ok(SourcePayload::refused(&["input", "idempotencyKey"], e));
    }
    let api = scope::api(ctx);
    let (operation, field) = name(&command);
    let user = &scope::principal(ctx)?.name;
    let keyed = Keyed { key, user, operation, request: format!("{} {command:?}", api.plant.id) };
    match keyed.answered_before(api).await {
        Err(e) => return Ok(SourcePayload::refused(&["input", "idempotencyKey"], e)),
        Ok(Some(answer)) => return payload(ctx, answer, field, None).await,
        Ok(None) => {}
    }
    let before = api.feed.values.latest().map(|frame| audit_words::of_report(&frame.source));
    let (answer, now) = match scope::doors(ctx).await?.source.order(command).await {
        Ok(report) => (Answer::Done, Some(Source::from(&report))),
        Err(SourceDoorError::Invalid(why)) => (Answer::Invalid(why), None),
        Err(SourceDoorError::NotControllable(why)) => (Answer::NotControllable(why), None),
        Err(e) => return Ok(SourcePayload::refused(&["input"], not_done(&e))),
    };
    keyed.remember(api, &answer).await;
    let on = Resource::Plant(api.plant.id.clone());
    let after = audit_words::of_source(&command, &answer);
    api.audit_order(scope::visitor(ctx), &Change { action: Action::SourceControl, on: &on, before, after }).await;
    payload(ctx, answer, field, now).await
}

fn not_done(error: &SourceDoorError) -> ApiError {
    let code = match error {
        SourceDoorError::StorageUnavailable => ErrorCode::JournalUnavailable,
        _ => ErrorCode::Unavailable,
    };
    ApiError::new(code, error.to_string())
}

/// The source as it is now, or why the order was refused.
async fn payload(
    ctx: &Context<'_>,
    answer: Answer,
    field: &str,
    now: Option<Source>,
) -> Result<SourcePayload, ApiError> {
    Ok(match answer {
        Answer::Done | Answer::Made(_) | Answer::Training(_) | Answer::Model(_) => SourcePayload {
            source: Some(now.unwrap_or_else(|| scope::source(ctx))),
            disturbances: scope::disturbances(ctx).await?,
            user_errors: Vec::new(),
        },
        Answer::Invalid(why) => SourcePayload::invalid(field, why),
        Answer::NotControllable(why) => {
            SourcePayload::refused(&["input"], ApiError::new(ErrorCode::NotControllable, why))
        }
        Answer::NotPausable(why) => SourcePayload::refused(&["input"], ApiError::new(ErrorCode::NotPausable, why)),
    })
}
