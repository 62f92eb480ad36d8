//! The schema, and the door before it.
//!
//! The library lets extensions see every field that is resolved, and pays for it at every field, also for extensions that
//! only want to see the document: a list of a hundred thousand alarms takes a third longer so. Therefore there are two
//! schemas of the same types: one that looks every document over and executes nothing, and one without extensions that
//! executes what the first one has let through.

use async_graphql::{Request, Response, SDLExportOptions, SchemaBuilder};
use futures_util::stream::BoxStream;
use futures_util::{FutureExt, StreamExt};

use super::checks::{Checks, with_codes};
use super::scope::{Scopes, Visitor};
use super::{Api, Mutation, Query, Subscription};

type Types = async_graphql::Schema<Query, Mutation, Subscription>;

/// The schema of one plant. Which plant a document speaks of comes with it, as its [`Api`].
#[derive(Clone)]
pub struct Schema {
    door: Types,
    hall: Types,
}

fn builder() -> SchemaBuilder<Query, Mutation, Subscription> {
    // Suggestions would tell a stranger what the schema holds.
    Types::build(Query, Mutation, Subscription).disable_suggestions()
}

impl Schema {
    pub(super) fn new() -> Self {
        Self { door: builder().extension(Checks).finish(), hall: builder().finish() }
    }

    /// The schema as text, the source of the web's types.
    pub(super) fn sdl() -> String {
        builder().finish().sdl_with_options(SDLExportOptions::new().use_space_ident().prefer_single_line_descriptions())
    }

    /// Executes a query or a mutation of this visitor.
    ///
    /// # Errors
    /// They are in the answer, each with its code: a document that is too large, not allowed or not valid is not executed.
    pub async fn execute(&self, document: Request, api: Api, visitor: Visitor) -> Response {
        match self.let_in(document, api, visitor).await {
            Ok(document) => with_codes(self.hall.execute(document).await),
            Err(refused) => *refused,
        }
    }

    /// Follows a subscription of this visitor; a query or a mutation gives one answer.
    ///
    /// # Errors
    /// As with [`Self::execute`]: what is refused has one answer, and it says why.
    pub fn execute_stream(&self, document: Request, api: Api, visitor: Visitor) -> BoxStream<'static, Response> {
        let schema = self.clone();
        let answers = async move {
            match schema.let_in(document, api, visitor).await {
                Ok(document) => schema.hall.execute_stream(document).map(with_codes).boxed(),
                Err(refused) => futures_util::stream::iter([*refused]).boxed(),
            }
        };
        answers.flatten_stream().boxed()
    }

    /// The document with all that its execution needs, once the door has looked it over.
    async fn let_in(&self, document: Request, api: Api, visitor: Visitor) -> Result<Request, Box<Response>> {
        let mut shown = Request::new(&document.query).variables(document.variables.clone());
        shown.operation_name.clone_from(&document.operation_name);
        let looked_over = self.door.execute(shown.data(api.clone()).data(visitor.clone())).await;
        if looked_over.is_err() {
            return Err(Box::new(with_codes(looked_over)));
        }
        Ok(document.data(api).data(visitor).data(Scopes::default()))
    }
}
