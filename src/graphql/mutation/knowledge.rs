//! Removing documents from what is known. Adding one is an upload over HTTP.

use async_graphql::{Context, InputObject, SimpleObject};

use super::idempotency::{self, Answer, Keyed};
use crate::graphql::error::{ApiError, ErrorCode};
use crate::graphql::scope;
use crate::graphql::types::UserError;

/// Removes a document that somebody has uploaded.
#[derive(InputObject, Clone, Debug)]
pub struct RemoveKnowledgeDocumentInput {
    /// Its id, for example `documents/start-up`.
    id: String,
    /// The same key gives the first answer again.
    idempotency_key: String,
}

/// What became of it.
#[derive(SimpleObject)]
pub struct KnowledgePayload {
    /// Whether it is gone.
    ok: bool,
    /// What stood in the way.
    user_errors: Vec<UserError>,
}

impl KnowledgePayload {
    const DONE: Self = Self { ok: true, user_errors: Vec::new() };

    fn refused(field: &str, error: ApiError) -> Self {
        Self { ok: false, user_errors: vec![UserError::at(&["input", field], error)] }
    }
}

pub(super) async fn remove(
    ctx: &Context<'_>,
    input: RemoveKnowledgeDocumentInput,
) -> Result<KnowledgePayload, ApiError> {
    if let Err(e) = idempotency::check_key(&input.idempotency_key) {
        return Ok(KnowledgePayload::refused("idempotencyKey", e));
    }
    let api = scope::api(ctx);
    let user = scope::principal(ctx)?.name.clone();
    let request = format!("{} {}", api.plant.id, input.id);
    let keyed = Keyed { key: &input.idempotency_key, user: &user, operation: "remove_knowledge_document", request };
    match keyed.answered_before(api).await {
        Err(e) => return Ok(KnowledgePayload::refused("idempotencyKey", e)),
        Ok(Some(_)) => return Ok(KnowledgePayload::DONE),
        Ok(None) => {}
    }
    if !api.remove_document(scope::visitor(ctx), &input.id).await? {
        let message = format!("nobody has uploaded a document `{}`; what TEP comes with and the folder stay", input.id);
        return Ok(KnowledgePayload::refused("id", ApiError::new(ErrorCode::NotFound, message)));
    }
    keyed.remember(api, &Answer::Done).await;
    Ok(KnowledgePayload::DONE)
}
