//! Who is told of which alarm, and when. Pure: the journal's entries and the time are passed in.
//!
//! An annunciation puts the alarm on *watch* on every route that it takes; a watch takes one step of the route's chain after
//! the other until somebody takes notice. So an alarm that is shelved, suppressed, out of service or part of a group that
//! is annunciated as one never calls anybody: it is not annunciated.

mod delivery;
mod duty;
mod outdated;
mod watch;

pub use delivery::{FAILURES_TOLD, pause_after};
pub use duty::{is_quiet, on_duty};
pub use outdated::{call_is_over, news_is_for_nobody};
pub use watch::{Call, Happening, Watch, follow, happening, take_due, takes};
