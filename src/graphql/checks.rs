//! What happens to every document at the door: it is measured and authorised, and executed by somebody else. And to every
//! answer: its errors are given codes.

use std::sync::Arc;

use async_graphql::extensions::{
    Extension, ExtensionContext, ExtensionFactory, NextExecute, NextParseQuery, NextValidation,
};
use async_graphql::parser::types::ExecutableDocument;
use async_graphql::{Response, ServerError, ServerResult, ValidationResult, Variables, async_trait};

use super::Api;
use super::error::{ApiError, ErrorCode, with_code};
use super::guard;
use super::limits;
use super::scope::Visitor;
use crate::security::{Decision, Principal};

/// Checks every document, and executes none.
pub(super) struct Checks;

impl ExtensionFactory for Checks {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

fn principal<'a>(ctx: &ExtensionContext<'a>) -> Option<&'a Principal> {
    ctx.data_opt::<Visitor>().and_then(|visitor| visitor.principal.as_ref())
}

/// Refuses what the policies refuse. Whoever has not signed in is told nothing else.
async fn authorise(ctx: &ExtensionContext<'_>, document: &ExecutableDocument) -> Result<(), ApiError> {
    let (Some(visitor), Some(principal)) = (ctx.data_opt::<Visitor>(), principal(ctx)) else {
        return Err(ApiError::unauthenticated());
    };
    let needs = guard::needs(document, &ctx.schema_env.registry);
    if let Some(field) = needs.undecided.first() {
        return Err(ApiError::new(ErrorCode::Forbidden, format!("nobody has decided who may see {field}")));
    }
    let api = ctx.data_unchecked::<Api>();
    for action in needs.actions {
        let on = guard::resource(action, &api.plant.id);
        if let Decision::Deny { reason } = api.authority.decide(principal, action, &on) {
            api.audit_refusal(visitor, action, &on, &reason).await;
            return Err(ApiError::new(ErrorCode::Forbidden, format!("{action} {reason}")));
        }
    }
    Ok(())
}

/// The answer, each of its errors with a code.
pub(super) fn with_codes(mut response: Response) -> Response {
    response.errors = response.errors.into_iter().map(with_code).collect();
    response
}

#[async_trait::async_trait]
impl Extension for Checks {
    async fn parse_query(
        &self,
        ctx: &ExtensionContext<'_>,
        query: &str,
        variables: &Variables,
        next: NextParseQuery<'_>,
    ) -> ServerResult<ExecutableDocument> {
        if principal(ctx).is_none() {
            return Err(ApiError::unauthenticated().into_server_error());
        }
        if query.len() > limits::DOCUMENT_MAX {
            return Err(ApiError::limit("DOCUMENT", "the document is too long").into_server_error());
        }
        let document = next.run(ctx, query, variables).await?;
        limits::document(query, &document).map_err(ApiError::into_server_error)?;
        authorise(ctx, &document).await.map_err(ApiError::into_server_error)?;
        Ok(document)
    }

    async fn validation(
        &self,
        ctx: &ExtensionContext<'_>,
        next: NextValidation<'_>,
    ) -> Result<ValidationResult, Vec<ServerError>> {
        let result = next.run(ctx).await?;
        limits::validated(principal(ctx).map(|who| who.role), &result).map_err(|e| vec![e.into_server_error()])?;
        Ok(result)
    }

    /// It is all right.
    async fn execute(&self, _: &ExtensionContext<'_>, _: Option<&str>, _: NextExecute<'_>) -> Response {
        Response::default()
    }
}
