//! Ordering the broker of language models about.

use async_graphql::{Context, Enum, InputObject, SimpleObject};

use super::idempotency::{self, Answer, Keyed};
use crate::actors::{HoldOrder, Order, OrderFailed};
use crate::graphql::Api;
use crate::graphql::api::Change;
use crate::graphql::error::{ApiError, ErrorCode};
use crate::graphql::scope;
use crate::graphql::types::{LlmBroker, UserError};
use crate::security::{Action, Resource};

/// Longest reason, characters.
const REASON_MAX: usize = 500;

/// What a breaker is to do.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum LlmBreakerOrder {
    /// Let no calls through until the order is taken back.
    Rest,
    /// Let calls through, whatever comes of them.
    Serve,
    /// Judge for itself again, from a clean record.
    Judge,
}

/// Holds the breaker of one provider, or lets it judge for itself again.
#[derive(InputObject, Clone, Debug)]
pub struct SetBreakerInput {
    /// The provider's id in the configuration.
    provider: String,
    /// What it is to do.
    order: LlmBreakerOrder,
    /// Why; it goes into the audit and onto the page, at most 500 characters.
    reason: String,
    /// The same key gives the first answer again.
    idempotency_key: String,
}

/// Forbids every call to every language model, or allows them again.
#[derive(InputObject, Clone, Debug)]
pub struct KillSwitchInput {
    /// Whether calls are forbidden. Those under way are ended at once.
    killed: bool,
    /// Why; it goes into the audit and onto the page, at most 500 characters.
    reason: String,
    /// The same key gives the first answer again.
    idempotency_key: String,
}

/// The broker after an order.
#[derive(SimpleObject)]
pub struct LlmPayload {
    /// Whether it was done.
    ok: bool,
    /// How everything stands now; null when the order was refused.
    broker: Option<LlmBroker>,
    /// What stood in the way.
    user_errors: Vec<UserError>,
}

impl LlmPayload {
    fn refused(field: &str, error: ApiError) -> Self {
        Self { ok: false, broker: None, user_errors: vec![UserError::at(&["input", field], error)] }
    }
}

/// What is common to all orders: whether key and reason are ones.
struct Given<'a> {
    key: &'a str,
    reason: &'a str,
    operation: &'static str,
    request: String,
}

pub(super) async fn set_breaker(ctx: &Context<'_>, input: SetBreakerInput) -> Result<LlmPayload, ApiError> {
    let (serving, to) = match input.order {
        LlmBreakerOrder::Rest => (Some(false), "rest"),
        LlmBreakerOrder::Serve => (Some(true), "serve"),
        LlmBreakerOrder::Judge => (None, "judge by itself"),
    };
    let request = format!("{} to {to}", input.provider);
    let given = Given { key: &input.idempotency_key, reason: &input.reason, operation: "set_breaker", request };
    carry_out(ctx, given, "provider", async |api, order| {
        let broker = api.root.broker().await.map_err(|_| OrderFailed::Unavailable)?;
        broker.hold(HoldOrder { provider: input.provider.as_str().into(), serving, order }).await
    })
    .await
}

pub(super) async fn kill_switch(ctx: &Context<'_>, input: KillSwitchInput) -> Result<LlmPayload, ApiError> {
    let request = format!("killed {}", input.killed);
    let given = Given { key: &input.idempotency_key, reason: &input.reason, operation: "kill_switch", request };
    carry_out(ctx, given, "killed", async |api, order| {
        let broker = api.root.broker().await.map_err(|_| OrderFailed::Unavailable)?;
        broker.kill(input.killed.then_some(order)).await
    })
    .await
}

/// Carries an order out, once for each key.
async fn carry_out(
    ctx: &Context<'_>,
    given: Given<'_>,
    field: &'static str,
    order: impl AsyncFnOnce(&Api, Order) -> Result<(), OrderFailed>,
) -> Result<LlmPayload, ApiError> {
    let Given { key, reason, operation, request } = given;
    if let Err(e) = idempotency::check_key(key) {
        return Ok(LlmPayload::refused("idempotencyKey", e));
    }
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > REASON_MAX {
        let error = ApiError::invalid(format!("say why, in at most {REASON_MAX} characters"));
        return Ok(LlmPayload::refused("reason", error));
    }
    let api = scope::api(ctx);
    if !api.root.has_broker() {
        let error = ApiError::new(ErrorCode::NotFound, "no language model is configured");
        return Ok(LlmPayload::refused(field, error));
    }
    let user = scope::principal(ctx)?.name.clone();
    let what = format!("{operation} {request}: {reason}");
    let keyed = Keyed { key, user: &user, operation, request: what.clone() };
    match keyed.answered_before(api).await {
        // With the database away, calls can still be stopped: an order names a state, so that twice is the same as once.
        Err(e) if e.code == ErrorCode::IdempotencyConflict => return Ok(LlmPayload::refused("idempotencyKey", e)),
        Ok(Some(_)) => return done(api).await,
        Err(_) | Ok(None) => {}
    }
    let outcome = order(api, Order { by: user.clone(), reason: reason.to_owned(), at: api.clock.now() }).await;
    let after = match &outcome {
        Ok(()) => what,
        Err(failed) => format!("{what}; {failed}"),
    };
    let change = Change { action: Action::LlmControl, on: &Resource::System, before: None, after };
    api.audit_order(scope::visitor(ctx), &change).await;
    if let Err(failed) = outcome {
        let code = match failed {
            OrderFailed::UnknownProvider => ErrorCode::NotFound,
            OrderFailed::NotDurable | OrderFailed::NotLifted => ErrorCode::JournalUnavailable,
            OrderFailed::Unavailable => ErrorCode::Unavailable,
        };
        return Ok(LlmPayload::refused(field, ApiError::new(code, failed.to_string())));
    }
    keyed.remember(api, &Answer::Done).await;
    done(api).await
}

async fn done(api: &Api) -> Result<LlmPayload, ApiError> {
    Ok(LlmPayload { ok: true, broker: api.broker().await.ok(), user_errors: Vec::new() })
}
