//! Supervision: what becomes of a child that has ended, and of those who depend on it.
//!
//! A small library in the manner of OTP. What decides is pure and stands alone ([`spec`], [`restarts`], [`decision`],
//! [`plan`]): time and chance are passed in, and each rule is tested against a plain model. What acts is the trait
//! [`Supervisor`], the only way in which an actor of this house looks after children; [`Children`] is its book.
//!
//! # What is decided
//!
//! An end is *orderly* when the actor stopped of itself or was asked to, and *disorderly* when it failed, panicked, was
//! killed, or could not be started ([`Exit`]).
//!
//! | the child is | and ends | within its intensity | beyond it, essential | beyond it, auxiliary |
//! |---|---|---|---|---|
//! | permanent | in any way | restarted after a pause | passed up | left out |
//! | transient | in order | finished | finished | finished |
//! | transient | in disorder | restarted after a pause | passed up | left out |
//! | temporary | in order | finished | finished | finished |
//! | temporary | in disorder | – | passed up | left out |
//!
//! *Passed up*: the supervisor itself fails, and its own supervisor decides. *Left out*: the supervisor goes on without
//! the child, degraded, and a system alarm says so. *Finished*: the child has done its work; nothing is missing.
//!
//! # Who is taken along
//!
//! Children stand in groups, and a group may stand in a group ([`Plan`]): a supervisor without a process of its own.
//!
//! | strategy | who is started anew with the one that ended | where, and why there |
//! |---|---|---|
//! | one for one | nobody | plants under the root, sensors and limit charts under their unit, and detectors, units and the trainer under their plant: nobody but their parent or the aligner holds their door, and both are given the new one |
//! | rest for one | all that were started after it in the group | the way of a sample under the plant: what was started later holds the door of what was started before |
//! | all for one | the whole group | the intake, scan aligner and source: the source goes on from the last scan that is durable, so nothing that an earlier one had under way may still come after it |
//!
//! # What a person may order
//!
//! Restart any part; pause and resume those whose absence the plant can bear and shows ([`orders`]). A paused part is not
//! there, so nothing can mistake it for one that finds nothing. A pause is kept as a setting and read again at every
//! start of its supervisor: what a person has put aside does not come back by an accident.
//!
//! # How this differs from OTP
//!
//! * The intensity counts for each child, not for the supervisor. A plant has a dozen essential parts; three unrelated
//!   mishaps in a minute are no reason to take it down, and three of the same part are.
//! * A child that cannot be kept alive need not take its supervisor down, when it is auxiliary.
//! * A restart waits, each time twice as long, a little more or less by chance: parts that failed together (the
//!   database went away) do not come back in step.

mod children;
mod decision;
mod exit;
mod orders;
mod plan;
mod restarts;
mod spec;
mod supervisor;

pub(crate) use children::Children;
pub(crate) use exit::Exit;
pub use orders::{PartCommand, PartOrder, PartOutcome, PartRefused};
pub(crate) use orders::{PartReply, Pausing};
pub(crate) use plan::{Plan, Strategy};
pub(crate) use restarts::Backoff;
pub(crate) use spec::ChildSpec;
pub(crate) use supervisor::Supervisor;

#[cfg(test)]
mod properties;
