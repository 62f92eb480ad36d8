//! Ordering parts of the actor tree about.

use async_graphql::{Context, InputObject, SimpleObject};

use super::idempotency::{self, Answer, Keyed};
use crate::actors::{PartCommand, PartOrder, PartRefused};
use crate::domain::ActorPortrait;
use crate::graphql::Api;
use crate::graphql::api::Change;
use crate::graphql::error::{ApiError, ErrorCode};
use crate::graphql::scope;
use crate::graphql::types::{ActorNode, UserError};
use crate::security::{Action, Resource};

/// Longest reason, characters.
const REASON_MAX: usize = 500;

/// Restarts, pauses or resumes one part of the actor tree.
#[derive(InputObject, Clone, Debug)]
pub struct ActorInput {
    /// Its place in the tree, as `ActorNode.key` has it.
    key: String,
    /// Why; it goes into the audit and onto the page, at most 500 characters.
    reason: String,
    /// The same key gives the first answer again.
    idempotency_key: String,
}

/// What came of an order for a part of the actor tree.
#[derive(SimpleObject)]
pub struct ActorPayload {
    /// Whether it was done.
    ok: bool,
    /// The actor now, without its children; null when there is no such actor.
    actor: Option<ActorNode>,
    /// What stood in the way.
    user_errors: Vec<UserError>,
}

impl ActorPayload {
    fn refused(field: &str, error: ApiError) -> Self {
        Self { ok: false, actor: None, user_errors: vec![UserError::at(&["input", field], error)] }
    }
}

/// Carries an order out, once for each key.
pub(super) async fn order(
    ctx: &Context<'_>,
    command: PartCommand,
    input: ActorInput,
) -> Result<ActorPayload, ApiError> {
    if let Err(e) = idempotency::check_key(&input.idempotency_key) {
        return Ok(ActorPayload::refused("idempotencyKey", e));
    }
    let reason = input.reason.trim().to_owned();
    if reason.is_empty() || reason.chars().count() > REASON_MAX {
        let error = ApiError::invalid(format!("say why, in at most {REASON_MAX} characters"));
        return Ok(ActorPayload::refused("reason", error));
    }
    let api = scope::api(ctx);
    let (operation, action) = match command {
        PartCommand::Restart => ("restart_actor", Action::SupervisionRestart),
        PartCommand::Pause => ("pause_actor", Action::SupervisionPause),
        PartCommand::Resume => ("resume_actor", Action::SupervisionPause),
    };
    let user = scope::principal(ctx)?.name.clone();
    let request = format!("{} {reason}", input.key);
    let keyed = Keyed { key: &input.idempotency_key, user: &user, operation, request };
    match keyed.answered_before(api).await {
        Err(e) => return Ok(ActorPayload::refused("idempotencyKey", e)),
        Ok(Some(answer)) => return payload(api, &input.key, answer).await,
        Ok(None) => {}
    }
    let before = actor(api, &input.key).await.map(|actor| actor.health.words().to_owned());
    let key = format!("{user} {operation} {}", input.idempotency_key);
    let order = PartOrder { path: input.key.clone(), command, by: user.clone(), reason: reason.clone(), key };
    let outcome = api.order_part(order).await;
    let after = match &outcome {
        Ok(()) => format!("{operation} {}: {reason}", input.key),
        Err(refused) => format!("{operation} {}: {reason}; not done: {refused}", input.key),
    };
    api.audit_order(scope::visitor(ctx), &Change { action, on: &Resource::System, before, after }).await;
    let answer = match outcome {
        Ok(()) => Answer::Done,
        Err(PartRefused::NotPausable(why)) => Answer::NotPausable(why.into_owned()),
        Err(PartRefused::Unknown(path)) => {
            let error = ApiError::new(ErrorCode::NotFound, PartRefused::Unknown(path).to_string());
            return Ok(ActorPayload::refused("key", error));
        }
        // What may be otherwise in a moment is not remembered as the answer.
        Err(refused) => return Ok(ActorPayload::refused("key", passing(&refused))),
    };
    keyed.remember(api, &answer).await;
    payload(api, &input.key, answer).await
}

fn passing(refused: &PartRefused) -> ApiError {
    let code = match refused {
        PartRefused::StorageUnavailable => ErrorCode::JournalUnavailable,
        PartRefused::Paused => ErrorCode::ActorPaused,
        _ => ErrorCode::Unavailable,
    };
    ApiError::new(code, refused.to_string())
}

async fn payload(api: &Api, key: &str, answer: Answer) -> Result<ActorPayload, ApiError> {
    let refused = |code, why: String| Ok(ActorPayload::refused("key", ApiError::new(code, why)));
    match answer {
        Answer::Done | Answer::Made(_) | Answer::Training(_) | Answer::Model(_) => {
            let actor = actor(api, key).await.map(|actor| ActorNode::from(&actor).alone());
            Ok(ActorPayload { ok: true, actor, user_errors: Vec::new() })
        }
        Answer::NotPausable(why) => refused(ErrorCode::NotPausable, why),
        Answer::Invalid(why) => refused(ErrorCode::InvalidInput, why),
        Answer::NotControllable(why) => refused(ErrorCode::NotControllable, why),
    }
}

/// One actor of the tree; nothing while the tree cannot be drawn.
async fn actor(api: &Api, key: &str) -> Option<ActorPortrait> {
    find(&api.actor_tree().await.ok()?, key).cloned()
}

fn find<'a>(actor: &'a ActorPortrait, key: &str) -> Option<&'a ActorPortrait> {
    if actor.path == key {
        return Some(actor);
    }
    actor.children.iter().find_map(|child| find(child, key))
}
