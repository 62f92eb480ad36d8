//! How often a child may be restarted, and how long to wait before. Pure: time and chance are passed in.

use std::collections::VecDeque;
use std::time::Duration;

use crate::domain::WallTime;

/// At most `limit` restarts within `window`; one more says that restarting does not help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Intensity {
    /// Restarts within the window.
    pub limit: usize,
    /// How long a restart counts.
    pub window: Duration,
}

impl Default for Intensity {
    fn default() -> Self {
        Self { limit: 3, window: Duration::from_secs(60) }
    }
}

/// How long to wait before a restart: twice as long each time within the window of the intensity, with jitter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Backoff {
    /// Before the first restart.
    pub first: Duration,
    /// Never longer than this, jitter apart.
    pub longest: Duration,
    /// By which share a pause may be shorter or longer, 0…1.
    pub jitter: f64,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { first: Duration::from_millis(50), longest: Duration::from_secs(10), jitter: 0.2 }
    }
}

impl Backoff {
    /// The pause after `earlier` restarts within the window; `chance`, 0…1, places it within the jitter.
    pub fn pause(&self, earlier: usize, chance: f64) -> Duration {
        let doublings = u32::try_from(earlier).unwrap_or(u32::MAX).min(30);
        let plain = self.first.saturating_mul(1 << doublings).min(self.longest);
        plain.mul_f64((1.0 + self.jitter * (2.0 * chance.clamp(0.0, 1.0) - 1.0)).max(0.0))
    }
}

/// The restarts of one child that still count, oldest first.
#[derive(Clone, Debug, Default)]
pub struct RecentRestarts(VecDeque<WallTime>);

impl RecentRestarts {
    /// Takes one more restart at `now`. How many came before it within the window; `None` when it is one too many.
    pub fn take(&mut self, intensity: &Intensity, now: WallTime) -> Option<usize> {
        while self.0.front().is_some_and(|at| now.since(*at) >= intensity.window) {
            self.0.pop_front();
        }
        let earlier = self.0.len();
        if earlier >= intensity.limit {
            return None;
        }
        self.0.push_back(now);
        Some(earlier)
    }

    /// Forgets all of them: a person has looked.
    pub fn forget(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(n: u64) -> WallTime {
        WallTime::from_micros(0) + Duration::from_secs(n)
    }

    fn check(ends_at: &[u64], expected: &[Option<u64>]) {
        let backoff = Backoff { jitter: 0.0, ..Backoff::default() };
        let mut recent = RecentRestarts::default();
        let pauses: Vec<_> = ends_at
            .iter()
            .map(|at| recent.take(&Intensity::default(), second(*at)))
            .map(|earlier| earlier.and_then(|n| u64::try_from(backoff.pause(n, 0.5).as_millis()).ok()))
            .collect();
        assert_eq!(pauses, expected, "ends at {ends_at:?}");
    }

    #[test]
    fn a_child_that_keeps_dying_is_given_up() {
        check(&[0, 1, 2, 3], &[Some(50), Some(100), Some(200), None]);
    }

    #[test]
    fn a_child_that_dies_now_and_then_is_always_restarted() {
        check(&[0, 61, 122, 183, 244], &[Some(50); 5]);
    }

    #[test]
    fn an_old_restart_no_longer_counts() {
        check(&[0, 1, 2, 60], &[Some(50), Some(100), Some(200), Some(200)]);
    }

    #[test]
    fn a_clock_set_back_gives_no_extra_restarts() {
        check(&[100, 99, 98, 97], &[Some(50), Some(100), Some(200), None]);
    }

    #[test]
    fn a_pause_stays_within_its_jitter_and_below_the_longest() {
        let backoff = Backoff { first: Duration::from_secs(1), longest: Duration::from_secs(8), jitter: 0.25 };
        for (earlier, chance, expected) in
            [(0, 0.5, 1000), (0, 0.0, 750), (0, 1.0, 1250), (2, 0.5, 4000), (3, 0.5, 8000), (400, 1.0, 10_000)]
        {
            assert_eq!(backoff.pause(earlier, chance), Duration::from_millis(expected), "{earlier} {chance}");
        }
    }
}
