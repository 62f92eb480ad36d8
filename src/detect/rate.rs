//! How fast a value changes: the slope of a straight line through the samples of a window.

use std::collections::VecDeque;
use std::time::Duration;

use crate::domain::SourceTime;
use crate::domain::condition::RATE_SAMPLES_MAX;

/// Fewer say nothing about a slope.
const SAMPLES_MIN: usize = 3;

/// The slope over a window of plant time, by least squares: noise of single samples does not pass for a change.
#[derive(Clone, Debug)]
pub(super) struct Slope {
    window: Duration,
    samples: VecDeque<(SourceTime, f64)>,
    /// Since when samples have come without a gap as long as the window.
    since: SourceTime,
}

impl Slope {
    pub fn new(window: Duration) -> Self {
        Self { window, samples: VecDeque::new(), since: SourceTime::from_micros(0) }
    }

    /// What was seen before belongs to another run, or lies on the other side of a gap.
    pub fn restart(&mut self) {
        self.samples.clear();
    }

    /// Takes the next sample. The slope in units a minute; `None` until samples have come for nine tenths of the window.
    pub fn push(&mut self, at: SourceTime, value: f64) -> Option<f64> {
        if self.samples.back().is_some_and(|(last, _)| at <= *last) {
            self.samples.clear();
        }
        self.samples.push_back((at, value));
        while self.samples.front().is_some_and(|(first, _)| at.since(*first) > self.window)
            || self.samples.len() > RATE_SAMPLES_MAX
        {
            self.samples.pop_front();
        }
        let (first, _) = *self.samples.front()?;
        if first == at {
            self.since = at;
        }
        // Not from the first sample that is kept: of a window that is no whole number of scans that is always nearer.
        let spans = at.since(self.since).as_secs_f64() >= 0.9 * self.window.as_secs_f64();
        (spans && self.samples.len() >= SAMPLES_MIN).then(|| self.slope(first))
    }

    fn slope(&self, first: SourceTime) -> f64 {
        let count = self.samples.len() as f64;
        let minutes = |at: SourceTime| at.since(first).as_secs_f64() / 60.0;
        let mean_at = self.samples.iter().map(|(at, _)| minutes(*at)).sum::<f64>() / count;
        let mean = self.samples.iter().map(|(_, value)| value).sum::<f64>() / count;
        let (mut both, mut square) = (0.0, 0.0);
        for (at, value) in &self.samples {
            let apart = minutes(*at) - mean_at;
            both += apart * (value - mean);
            square += apart * apart;
        }
        both / square
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn second(s: u64) -> SourceTime {
        SourceTime::from_micros(0) + Duration::from_secs(s)
    }

    fn slopes(window: u64, samples: impl IntoIterator<Item = (u64, f64)>) -> Vec<Option<f64>> {
        let mut slope = Slope::new(Duration::from_secs(window));
        samples.into_iter().map(|(s, value)| slope.push(second(s), value)).collect()
    }

    #[test]
    fn it_says_nothing_before_its_window_is_full_nor_across_a_reset() {
        let told = slopes(10, (0..=10).map(|s| (s, s as f64)));
        assert!(told[..9].iter().all(Option::is_none) && told[9].is_some(), "{told:?}");
        assert!(slopes(10, (0..=10).chain([3]).map(|s| (s, 0.0))).last().unwrap().is_none());
        assert!(slopes(10, [(0, 0.0), (5, 0.0), (10, 0.0), (60, 9.0)]).last().unwrap().is_none(), "a gap");
    }

    #[test]
    fn noise_that_goes_nowhere_is_no_slope() {
        let told = slopes(120, (0..=120).map(|s| (s, if s % 2 == 0 { 1.0 } else { -1.0 })));
        assert!(told.last().unwrap().unwrap().abs() < 0.1, "{told:?}");
    }

    proptest! {
        /// A straight line has its own slope, whatever the window and the interval of the samples.
        #[test]
        fn a_straight_line_has_its_own_slope(a in -1e3..1e3f64, b in -1e2..1e2f64, window in 10u64..600, step in 1u64..5) {
            let line = (0..=window / step + 1).map(|n| (n * step, a + b * (n * step) as f64 / 60.0));
            let told = slopes(window, line).pop().flatten();
            prop_assert_eq!(told.is_some(), window / step >= 2, "of fewer than three samples nothing is said");
            let Some(told) = told else { return Ok(()) };
            prop_assert!((told - b).abs() < 1e-6 * (1.0 + a.abs() + b.abs()), "{told} is not {b}");
        }
    }
}
