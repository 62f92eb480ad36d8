//! The one driver of the behaviour tests: a folder a behaviour.

mod architecture;
mod deploy;
mod detection;
mod graphql;
mod live;
mod plant;
mod runtime_promises;
mod security;
mod storage;
mod supervision;
mod support;
