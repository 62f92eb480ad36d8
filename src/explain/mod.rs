//! The rules of explaining: what may be stated, who may be asked, what it may cost, what is hidden from whom. Pure, with time
//! passed in.
//!
//! [`Evidence`] is frozen first, and everything stated cites it. [`explain`] computes an explanation from it alone; an
//! [`Explanation`] of a model has the same shape. [`Grounds`] strikes out what the evidence does not bear out, and a [`Prompt`]
//! tells a model what it is asked, with documents quoted and never obeyed.
//!
//! [`Breaker`] and [`RetryBudget`] keep a provider that is ill from being called, [`Budget`] keeps the money together,
//! [`Capability`] and [`order`] say who can be asked and in which order, [`Pseudonyms`] hide tags and names, and a
//! [`CacheKey`] tells when an answer may be given again.

mod answering;
mod breaker;
mod budget;
mod cache_key;
mod capability;
mod conclusion;
mod deterministic;
mod draft;
pub mod evidence;
mod explanation;
mod figure;
mod grounding;
mod order;
mod people;
mod price;
mod prompt;
mod pseudonyms;
mod retries;
#[cfg(test)]
mod sample;

pub use answering::answer;
pub use breaker::{Breaker, BreakerSettings, BreakerState, Hold, Outcome, Pass, Refused};
pub use budget::{Budget, Charge, Exhausted, Limit, Reservation, Standing};
pub use cache_key::CacheKey;
pub use capability::{Capability, Needs, Unsuitable};
pub use conclusion::FITS_LEAST;
pub use deterministic::explain;
pub use draft::draft;
pub use evidence::Evidence;
pub use explanation::{Conclusion, Explanation, Malformed, OTHER_CAUSE, RankedCause, Statement};
pub use grounding::{Claim, ClaimKind, Grounded, Grounds};
pub use order::{Candidate, Rung, order};
pub use people::{people_in, spellings};
pub use price::Price;
pub use prompt::{EXPLAIN_ALARM, FOLLOW_UP, FollowUp, Prompt, PromptText, Turn, prompts, words_to_hide};
pub use pseudonyms::{Kind, Pseudonyms, Revealer, TooMany};
pub use retries::{RetryBudget, RetrySettings};
