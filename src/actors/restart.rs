//! How often a child may be restarted, and how long to wait before. Pure: time is passed in.

use std::collections::VecDeque;
use std::time::Duration;

use crate::domain::WallTime;

/// What to do with a child that has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestartDecision {
    /// Start it again after this pause.
    After(Duration),
    /// It has been restarted too often; leave it.
    Spent,
}

/// At most `limit` restarts within `window`; each pause doubles, so that a child that dies at once does not burn a core.
#[derive(Clone, Debug)]
pub struct RestartBudget {
    limit: usize,
    window: Duration,
    first_pause: Duration,
    recent: VecDeque<WallTime>,
}

impl Default for RestartBudget {
    fn default() -> Self {
        Self::new(3, Duration::from_secs(60), Duration::from_millis(50))
    }
}

impl RestartBudget {
    /// A budget of `limit` restarts within `window`, the first after `first_pause`.
    pub fn new(limit: usize, window: Duration, first_pause: Duration) -> Self {
        Self { limit, window, first_pause, recent: VecDeque::with_capacity(limit) }
    }

    /// A child has ended at `now`: may it be restarted, and when?
    pub fn child_ended(&mut self, now: WallTime) -> RestartDecision {
        while self.recent.front().is_some_and(|at| now.since(*at) >= self.window) {
            self.recent.pop_front();
        }
        if self.recent.len() >= self.limit {
            return RestartDecision::Spent;
        }
        let doublings = u32::try_from(self.recent.len()).unwrap_or(u32::MAX).min(10);
        self.recent.push_back(now);
        RestartDecision::After(self.first_pause * 2u32.pow(doublings))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(n: u64) -> WallTime {
        WallTime::from_micros(0) + Duration::from_secs(n)
    }

    fn check(ends_at: &[u64], expected: &[Option<u64>]) {
        let mut budget = RestartBudget::new(3, Duration::from_secs(60), Duration::from_millis(50));
        let pauses: Vec<_> = ends_at
            .iter()
            .map(|at| match budget.child_ended(second(*at)) {
                RestartDecision::After(pause) => u64::try_from(pause.as_millis()).ok(),
                RestartDecision::Spent => None,
            })
            .collect();
        assert_eq!(pauses, expected, "ends at {ends_at:?}");
    }

    #[test]
    fn a_child_that_keeps_dying_is_left() {
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
}
