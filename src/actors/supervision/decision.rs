//! What becomes of a child that has ended: the table of this folder's page comment, as one function.

use std::time::Duration;

use super::exit::Exit;
use super::restarts::RecentRestarts;
use super::spec::{ChildSpec, Restart};
use crate::domain::{Importance, WallTime};

/// What becomes of a child that has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It has done its work.
    Finished,
    /// It is started again after this pause.
    Restart(Duration),
    /// Its supervisor goes on without it, degraded.
    LeaveOut,
    /// Its supervisor cannot go on.
    PassUp,
}

/// Decides, and takes the restart from the child's intensity when it is one. `chance`, 0…1, places the pause within its
/// jitter.
pub fn decide(spec: &ChildSpec, recent: &mut RecentRestarts, exit: &Exit, now: WallTime, chance: f64) -> Decision {
    let wanted = match spec.restart {
        Restart::Permanent => true,
        Restart::Transient | Restart::Temporary if exit.is_orderly() => return Decision::Finished,
        Restart::Transient => true,
        Restart::Temporary => false,
    };
    match wanted.then(|| recent.take(&spec.intensity, now)).flatten() {
        Some(earlier) => Decision::Restart(spec.backoff.pause(earlier, chance)),
        None if spec.importance == Importance::Essential => Decision::PassUp,
        None => Decision::LeaveOut,
    }
}
