//! The wall clock, anchored once on the monotonic one, so that a clock set back by an administrator changes nothing here
//! and tokio's paused time moves it in tests.

use tokio::time::Instant;

use crate::domain::WallTime;

/// Tells the wall time; cheap to copy.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    anchor_wall: WallTime,
    anchor: Instant,
}

impl Clock {
    /// A clock that starts at the system's time now.
    pub fn system() -> Self {
        Self::starting_at(WallTime::from_datetime(chrono::Utc::now()))
    }

    /// A clock that starts at a given time, for tests.
    pub fn starting_at(wall: WallTime) -> Self {
        Self { anchor_wall: wall, anchor: Instant::now() }
    }

    /// The wall time now.
    pub fn now(&self) -> WallTime {
        self.anchor_wall + self.anchor.elapsed()
    }
}
