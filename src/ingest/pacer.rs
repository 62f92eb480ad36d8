//! How many scans are due: plant time against the wall, at any speed, without bursts.

use std::time::Duration;

/// A caller that was held up makes up for at most this much wall time; the rest is let go, and shows as a lower speed.
const BACKLOG_MAX: Duration = Duration::from_millis(500);
/// With hardly anything ever due, a caller still looks up this often.
const WAIT_MAX: Duration = Duration::from_secs(3_600);

/// Counts scans that are due. Pure: `now` is time elapsed on the caller's monotonic clock, from any origin.
#[derive(Clone, Debug, PartialEq)]
pub struct Pacer {
    period: Duration,
    speed: f64,
    paused: bool,
    last: Duration,
    /// Scans owed, with fraction.
    owed: f64,
}

impl Pacer {
    /// Scans of `period` plant time at `speed` × real time; the first is due at once.
    pub fn new(period: Duration, speed: f64, now: Duration) -> Self {
        Self { period, speed, paused: false, last: now, owed: 1.0 }
    }

    /// How many scans are due now. They count as produced.
    pub fn due(&mut self, now: Duration) -> u64 {
        self.advance(now);
        let whole = self.owed.floor();
        self.owed -= whole;
        whole as u64
    }

    /// How long until a scan is due, if nothing changes.
    pub fn wait(&self, now: Duration) -> Duration {
        if self.paused {
            return WAIT_MAX;
        }
        let since = now.saturating_sub(self.last).as_secs_f64();
        let missing = (1.0 - self.owed) / self.rate() - since;
        Duration::try_from_secs_f64(missing.max(0.0)).unwrap_or(WAIT_MAX).min(WAIT_MAX)
    }

    /// Changes the speed; what is owed so far is counted at the old one.
    pub fn set_speed(&mut self, speed: f64, now: Duration) {
        self.advance(now);
        self.speed = speed;
    }

    /// Stops or goes on. Time while paused is never made up for.
    pub fn set_paused(&mut self, paused: bool, now: Duration) {
        self.advance(now);
        self.paused = paused;
    }

    /// × real time as ordered.
    pub fn speed(&self) -> f64 {
        self.speed
    }

    /// Whether it is paused.
    pub fn is_paused(&self) -> bool {
        self.paused
    }

    /// Scans a second of the wall.
    fn rate(&self) -> f64 {
        self.speed / self.period.as_secs_f64().max(f64::MIN_POSITIVE)
    }

    fn advance(&mut self, now: Duration) {
        let elapsed = now.saturating_sub(self.last).as_secs_f64();
        self.last = self.last.max(now);
        if self.paused {
            return;
        }
        // One scan may always be late by a while: at 1 × a period is longer than the backlog.
        let most = (self.rate() * BACKLOG_MAX.as_secs_f64()).max(1.0) + 1.0;
        self.owed = (self.owed + elapsed * self.rate()).min(most);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    /// Asks every `every` ms for `seconds` and counts.
    fn count(pacer: &mut Pacer, from: u64, every: u64, seconds: u64) -> u64 {
        (1..=seconds * 1000 / every).map(|k| pacer.due(ms(from + k * every))).sum()
    }

    #[test]
    fn the_first_scan_is_due_at_once() {
        let mut pacer = Pacer::new(SECOND, 1.0, ms(77));
        assert_eq!(pacer.wait(ms(77)), Duration::ZERO);
        assert_eq!(pacer.due(ms(77)), 1);
        assert_eq!(pacer.due(ms(77)), 0);
        assert_eq!(pacer.wait(ms(77)), SECOND);
    }

    #[test]
    fn the_ordered_speed_is_kept_whoever_asks_how_often() {
        let check = |period: Duration, speed: f64, every: u64, expected: u64| {
            let mut pacer = Pacer::new(period, speed, ms(0));
            let counted = count(&mut pacer, 0, every, 3600);
            assert!(counted.abs_diff(expected) <= 1, "{period:?} at {speed} every {every} ms: {counted}");
        };
        check(SECOND, 1.0, 1000, 3601);
        check(SECOND, 1.0, 10, 3601);
        check(SECOND, 60.0, 50, 216_001);
        check(SECOND, 1000.0, 20, 3_600_001);
        check(Duration::from_secs(180), 1.0, 1000, 21);
        check(Duration::from_secs(180), 100_000.0, 20, 2_000_001);
        check(SECOND, 2.5, 100, 9001);
    }

    #[test]
    fn a_change_of_speed_counts_from_when_it_was_made() {
        let mut pacer = Pacer::new(SECOND, 1.0, ms(0));
        let slow = count(&mut pacer, 0, 125, 10);
        pacer.set_speed(100.0, ms(10_000));
        let fast = count(&mut pacer, 10_000, 125, 10);
        assert_eq!((slow, fast), (11, 1000));
        assert_eq!(pacer.speed(), 100.0);
    }

    #[test]
    fn nothing_is_made_up_after_a_pause() {
        let mut pacer = Pacer::new(SECOND, 1000.0, ms(0));
        assert_eq!(pacer.due(ms(0)), 1);
        pacer.set_paused(true, ms(0));
        assert_eq!(count(&mut pacer, 0, 100, 60), 0);
        assert_eq!(pacer.wait(ms(60_000)), WAIT_MAX);
        pacer.set_paused(false, ms(60_000));
        assert_eq!(pacer.due(ms(60_000)), 0);
        assert_eq!(pacer.due(ms(60_010)), 10);
    }

    #[test]
    fn a_caller_that_was_held_up_gets_no_burst() {
        let mut pacer = Pacer::new(SECOND, 1000.0, ms(0));
        pacer.due(ms(0));
        assert_eq!(pacer.due(ms(60_000)), 501);
        let mut slow = Pacer::new(SECOND, 1.0, ms(0));
        slow.due(ms(0));
        assert_eq!(slow.due(ms(60_000)), 2);
    }

    #[test]
    fn a_clock_that_stands_or_goes_back_owes_nothing() {
        let mut pacer = Pacer::new(SECOND, 10.0, ms(1000));
        pacer.due(ms(1000));
        assert_eq!(pacer.due(ms(500)), 0);
        assert_eq!(pacer.due(ms(1000)), 0);
        assert_eq!(pacer.due(ms(1100)), 1);
    }

    #[test]
    fn waiting_as_long_as_told_makes_one_scan_due() {
        let mut pacer = Pacer::new(SECOND, 7.0, ms(0));
        pacer.due(ms(0));
        let now = pacer.wait(ms(0)) + Duration::from_micros(1);
        assert_eq!(pacer.due(now), 1);
    }
}
