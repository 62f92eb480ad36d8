//! GraphQL, the few REST routes beside it, and the web pages.
//!
//! Here badges are checked and words are translated; nothing is decided. A document is measured and authorised before
//! anything is executed (`checks`, `guard`, `limits`), its answers come from the actors and from storage (`api`), and it
//! travels over HTTP, WebSocket or server-sent events (`http`, `ws`, `sse`).

pub mod auth;
pub mod caller;

mod api;
mod audit;
mod checks;
mod documents;
mod error;
mod explanations;
mod exports;
mod guard;
mod health;
mod history;
mod http;
mod incidents;
mod journal_export;
mod knowledge;
mod kpis;
mod limits;
mod metrics;
mod mutation;
mod nodes;
mod notifications;
mod preview;
mod query;
mod register;
mod request_id;
mod schema;
mod scope;
mod sse;
mod subscription;
mod types;
mod web;
mod ws;

pub use api::{Api, Plants};
pub use error::{ApiError, ErrorCode};
pub use http::router;
pub use knowledge::Knowledge;
pub use metrics::metrics_router;
pub use mutation::Mutation;
pub use query::Query;
pub use request_id::RequestId;
pub use schema::Schema;
pub use scope::Visitor;
pub use subscription::Subscription;

/// The schema of one plant.
pub fn schema() -> Schema {
    Schema::new()
}

/// The schema as text, the source of the web's types.
pub fn sdl() -> String {
    Schema::sdl()
}
