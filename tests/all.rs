//! The one driver of the behaviour tests: a folder a behaviour.

#![allow(clippy::unwrap_used, reason = "all of this is tests; the lint sees only functions that are marked so")]

mod alarms;
mod architecture;
mod broker;
mod cluster;
mod deploy;
mod detection;
mod documents;
mod explain;
mod graphql;
mod kill;
mod knowledge;
mod live;
mod llm;
mod notifications;
mod plant;
mod registry;
mod retrieval;
mod runtime_promises;
mod security;
mod shift;
mod simulate;
mod storage;
mod supervision;
mod support;
