//! GraphQL, the few REST routes beside it, and the web pages.

pub mod auth;
pub mod caller;
