//! Switching design rules on and off.

use async_graphql::{Context, InputObject, SimpleObject};

use super::{alarms, idempotency};
use crate::actors::{AlarmCommand, AlarmOrder};
use crate::graphql::api::Change;
use crate::graphql::error::{ApiError, ErrorCode};
use crate::graphql::scope;
use crate::graphql::types::{SuppressionRule, UserError};
use crate::security::{Action, Resource};

/// Longest reason, characters.
const REASON_MAX: usize = 500;

/// Lets a design rule have its effect, or not.
#[derive(InputObject, Clone, Debug)]
pub struct SetSuppressionRuleInput {
    /// The rule's id in the plant.
    rule: String,
    /// Whether it hides its alarms while it holds.
    enabled: bool,
    /// Why, at most 500 characters; it goes into the audit and onto the page.
    reason: String,
    /// The same key gives the first answer again.
    idempotency_key: String,
}

/// What came of switching a design rule.
#[derive(SimpleObject)]
pub struct SuppressionRulePayload {
    /// The rule after it; null when the order was refused. Its alarms come back one after the other.
    rule: Option<SuppressionRule>,
    /// What stood in the way.
    user_errors: Vec<UserError>,
}

impl SuppressionRulePayload {
    fn refused(path: &[&str], error: ApiError) -> Self {
        Self { rule: None, user_errors: vec![UserError::at(path, error)] }
    }
}

/// Carries the order out, once for each key.
pub(super) async fn order(
    ctx: &Context<'_>,
    input: SetSuppressionRuleInput,
) -> Result<SuppressionRulePayload, ApiError> {
    let refused = |field: &str, error| Ok(SuppressionRulePayload::refused(&["input", field], error));
    if let Err(e) = idempotency::check_key(&input.idempotency_key) {
        return refused("idempotencyKey", e);
    }
    let reason = input.reason.trim().to_owned();
    if reason.is_empty() || reason.chars().count() > REASON_MAX {
        return refused("reason", ApiError::invalid(format!("say why, in at most {REASON_MAX} characters")));
    }
    let Some(rule) = scope::suppression_rules(ctx).await?.into_iter().find(|rule| rule.is(&input.rule)) else {
        return refused("rule", ApiError::new(ErrorCode::NotFound, format!("there is no rule `{}`", input.rule)));
    };
    let api = scope::api(ctx);
    let order = AlarmOrder {
        command: AlarmCommand::SetRule { rule: rule.id(), enabled: input.enabled },
        items: Vec::new(),
        by: scope::principal(ctx)?.name.clone(),
        comment: Some(reason.clone()),
        client: scope::visitor(ctx).client(),
        idempotency_key: input.idempotency_key,
    };
    let on = Resource::Plant(api.plant.id.clone());
    let words = |enabled: bool| if enabled { "on" } else { "off" };
    let change = Change {
        action: Action::SuppressionSet,
        on: &on,
        before: Some(format!("rule {} is {}", input.rule, words(rule.is_enabled()))),
        after: format!("rule {} is switched {}: {reason}", input.rule, words(input.enabled)),
    };
    api.audit_order(scope::visitor(ctx), &change).await;
    if let Err(e) = scope::doors(ctx).await?.alarm_desk.carry_out(order).await {
        return Ok(SuppressionRulePayload::refused(&["input"], alarms::desk_error(&e)));
    }
    // Asked anew: what this execution has asked before was before the order.
    let now = api.alarm_snapshot().await?;
    let rule = SuppressionRule::all(&api.plant, &now.rules).into_iter().find(|rule| rule.is(&input.rule));
    Ok(SuppressionRulePayload { rule, user_errors: Vec::new() })
}
