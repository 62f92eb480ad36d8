//! The rules of explaining: who may be asked, what it may cost, what is hidden from whom. Pure, with time passed in.
//!
//! [`Breaker`] and [`RetryBudget`] keep a provider that is ill from being called, [`Budget`] keeps the money together,
//! [`Capability`] and [`order`] say who can be asked and in which order, [`Pseudonyms`] hide tags and names, and a
//! [`CacheKey`] tells when an answer may be given again.

mod breaker;
mod budget;
mod cache_key;
mod capability;
mod order;
mod price;
mod pseudonyms;
mod retries;

pub use breaker::{Breaker, BreakerSettings, BreakerState, Hold, Outcome, Pass, Refused};
pub use budget::{Budget, Charge, Exhausted, Limit, Reservation, Standing};
pub use cache_key::CacheKey;
pub use capability::{Capability, Needs, Unsuitable};
pub use order::{Candidate, Rung, order};
pub use price::Price;
pub use pseudonyms::{Kind, Pseudonyms, Revealer, TooMany};
pub use retries::{RetryBudget, RetrySettings};
