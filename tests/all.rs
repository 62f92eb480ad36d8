//! The one driver of the behaviour tests: a folder a behaviour.

#![allow(clippy::unwrap_used, reason = "tests may; clippy's own allowance does not see what their functions share")]

mod architecture;
mod deploy;
mod detection;
mod plant;
mod runtime_promises;
mod security;
mod storage;
