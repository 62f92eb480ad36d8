//! What is behind an alarm of a detector: the tags in which it began, the causes it may have, and what cannot be told. Pure.
//!
//! A [`Library`] holds incidents of known cause and the [`Frame`] in which they were seen. An incident is looked at in the same
//! frame, from where it left normal operation on, and compared at the same age. What may be said of the comparison was measured
//! on incidents that the library did not hold ([`calibration`]): so *cannot be told apart* is a measured answer, not a list that
//! somebody wrote. [`Libraries`] of one process differ in how its samples were taken.

mod built_in;
mod calibration;
mod diagnose;
mod early;
mod folding;
mod frame;
mod libraries;
mod library;
mod make;
mod onset;
mod roots;
mod space;
mod stretch;
#[cfg(test)]
mod tests;

pub use diagnose::Finding;
pub use frame::{Frame, FrameError};
pub use libraries::Libraries;
pub use library::{AGES, Confusion, Library, LibraryError};
pub use make::RecordedRun;
pub use onset::Onset;
pub use stretch::Stretch;
