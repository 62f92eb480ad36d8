//! The one driver of the behaviour tests: a folder a behaviour.

mod architecture;
mod runtime_promises;
