//! Charts that turn samples into verdicts; pure, with time passed in.

pub mod limit;

pub use limit::{LimitChange, LimitChart};
