//! The flood: more new alarms than an operator can attend to (ISA-18.2, EEMUA 191).
//!
//! Floods are about people, so they are counted in wall time, also when the plant runs faster than it.

use std::collections::VecDeque;
use std::time::Duration;

use crate::domain::WallTime;

/// Over which time new alarms are counted.
pub const FLOOD_WINDOW: Duration = Duration::from_secs(600);

/// A flood begins with more new alarms than this within the window.
pub const FLOOD_STARTS_ABOVE: usize = 10;

/// A flood is over with fewer new alarms than this within the window.
pub const FLOOD_ENDS_BELOW: usize = 5;

/// Times that are remembered. Of more alarms than this within the window nobody needs to know how many.
const REMEMBERED_MAX: usize = 10_000;

/// Counts new alarms, and knows whether they are a flood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flood {
    recent: VecDeque<WallTime>,
    since: Option<WallTime>,
}

impl Flood {
    /// A new alarm has come. Call [`Flood::pass`] for the time before it first.
    pub fn new_alarm(&mut self, at: WallTime) {
        if self.recent.len() == REMEMBERED_MAX {
            self.recent.pop_front();
        }
        self.recent.push_back(at);
        if self.since.is_none() && self.recent.len() > FLOOD_STARTS_ABOVE {
            self.since = Some(at);
        }
    }

    /// Time passes: forgets what lies before the window. Comes back with the time at which the flood ended, if it did.
    pub fn pass(&mut self, now: WallTime) -> Option<WallTime> {
        let ended = self.ends_at().filter(|end| *end <= now);
        if ended.is_some() {
            self.since = None;
        }
        while self.recent.front().is_some_and(|at| now.since(*at) >= FLOOD_WINDOW) {
            self.recent.pop_front();
        }
        ended
    }

    /// A flood that had begun before anything that is remembered here.
    pub fn began(&mut self, at: WallTime) {
        self.since = Some(at);
    }

    /// Since when there is a flood.
    pub fn since(&self) -> Option<WallTime> {
        self.since
    }

    /// Whether the next alarm comes in a flood, or begins one.
    pub fn is_near(&self) -> bool {
        self.since.is_some() || self.recent.len() >= FLOOD_STARTS_ABOVE
    }

    /// New alarms within the window before `now`.
    pub fn count(&self, now: WallTime) -> usize {
        self.recent.iter().rev().take_while(|at| now.since(**at) < FLOOD_WINDOW).count()
    }

    /// When the running flood is over if no new alarm comes: when the last but four leaves the window.
    pub fn ends_at(&self) -> Option<WallTime> {
        let since = self.since?;
        let last_that_counts = self.recent.len().checked_sub(FLOOD_ENDS_BELOW).and_then(|at| self.recent.get(at));
        Some(last_that_counts.map_or(since, |at| *at + FLOOD_WINDOW))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: u64) -> WallTime {
        WallTime::from_micros(0) + Duration::from_secs(seconds)
    }

    fn flooded(alarms: impl IntoIterator<Item = u64>) -> Flood {
        let mut flood = Flood::default();
        for second in alarms {
            flood.pass(at(second));
            flood.new_alarm(at(second));
        }
        flood
    }

    #[test]
    fn ten_in_ten_minutes_are_no_flood_and_eleven_are() {
        assert_eq!(flooded(0..10).since(), None);
        assert_eq!(flooded(0..11).since(), Some(at(10)));
        assert_eq!(flooded((0..20).map(|n| n * 60)).since(), None, "a steady alarm a minute is ten in ten minutes");
        assert_eq!(flooded((0..20).map(|n| n * 59)).since(), Some(at(590)));
    }

    #[test]
    fn a_flood_ends_with_the_fifth_that_is_missing() {
        let mut flood = flooded(0..11);
        assert_eq!(flood.ends_at(), Some(at(6 + 600)));
        assert_eq!((flood.pass(at(605)), flood.count(at(605))), (None, 5));
        assert_eq!((flood.pass(at(606)), flood.count(at(606)), flood.since()), (Some(at(606)), 4, None));
    }

    #[test]
    fn who_looks_late_learns_when_it_ended() {
        let mut flood = flooded(0..11);
        assert_eq!((flood.pass(at(9_000)), flood.count(at(9_000))), (Some(at(606)), 0));
    }

    proptest! {
        /// Against the words of the specification, looked at second by second.
        #[test]
        fn it_runs_between_its_thresholds(alarms in prop::collection::btree_set(0u64..3_000, 0..120)) {
            let mut flood = Flood::default();
            let mut runs = false;
            for second in 0..4_000u64 {
                let count = alarms.iter().filter(|one| **one <= second && **one + 600 > second).count();
                // At one moment those that are too old leave first, and then the new one comes.
                let without_the_new = count - usize::from(alarms.contains(&second));
                flood.pass(at(second));
                if alarms.contains(&second) {
                    flood.new_alarm(at(second));
                }
                runs = (runs && without_the_new >= FLOOD_ENDS_BELOW) || count > FLOOD_STARTS_ABOVE;
                prop_assert_eq!(flood.since().is_some(), runs, "at {} with {}", second, count);
                prop_assert_eq!(flood.count(at(second)), count);
            }
        }
    }
}
