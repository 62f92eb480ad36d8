//! Picks from whatever scan interval the samples that a model's period asks for, in plant time.

use std::time::Duration;

use crate::domain::SourceTime;

/// What a scan is to the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// Between two samples.
    NotYet,
    /// The next sample.
    Sample,
    /// A sample, but not the next one: the first of all, or samples are missing before it.
    SampleAfterGap,
}

/// Keeps to a grid of plant time, so that a scan now and then late does not shift the following ones.
#[derive(Clone, Debug)]
pub(super) struct Sampler {
    period: Duration,
    last: Option<SourceTime>,
    due: SourceTime,
}

impl Sampler {
    pub(super) const fn new(period: Duration) -> Self {
        Self { period, last: None, due: SourceTime::from_micros(0) }
    }

    /// Takes the time of the next scan.
    pub(super) fn tick(&mut self, at: SourceTime) -> Due {
        match self.last {
            Some(last) if at >= last && at.since(last) < self.period * 2 => self.tick_within_reach(at),
            _ => {
                self.last = Some(at);
                self.due = at + self.period;
                Due::SampleAfterGap
            }
        }
    }

    fn tick_within_reach(&mut self, at: SourceTime) -> Due {
        // Times that went through decimal text are off by microseconds; one thousandth of a period is still this sample.
        if at + self.period / 1000 < self.due {
            return Due::NotYet;
        }
        self.last = Some(at);
        let next = self.due + self.period;
        self.due = if next > at { next } else { at + self.period };
        Due::Sample
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The seconds at which a model of 180 s samples, with `!` after a gap.
    fn sampled(seconds: impl IntoIterator<Item = f64>) -> Vec<String> {
        let mut sampler = Sampler::new(Duration::from_secs(180));
        let tick = |s: f64| match sampler.tick(SourceTime::from_micros((s * 1e6) as i64)) {
            Due::NotYet => None,
            Due::Sample => Some(format!("{s}")),
            Due::SampleAfterGap => Some(format!("{s}!")),
        };
        seconds.into_iter().filter_map(tick).collect()
    }

    #[test]
    fn any_scan_interval_gives_the_same_samples() {
        for step in [1_u32, 3, 10, 60, 90, 180] {
            let scans = (0..=540 / step).map(|n| f64::from(n * step));
            assert_eq!(sampled(scans), ["0!", "180", "360", "540"], "every {step} s");
        }
    }

    #[test]
    fn a_late_scan_does_not_shift_the_following_samples() {
        assert_eq!(sampled([0.0, 179.0, 200.0, 359.0, 360.0, 540.0]), ["0!", "200", "360", "540"]);
    }

    #[test]
    fn rounding_of_times_loses_no_sample() {
        assert_eq!(
            sampled([0.0, 179.999_999, 359.999_998, 540.000_001]),
            ["0!", "179.999999", "359.999998", "540.000001"]
        );
    }

    #[test]
    fn a_missing_sample_and_a_reset_are_gaps() {
        assert_eq!(sampled([0.0, 180.0, 540.0, 720.0, 10.0, 190.0]), ["0!", "180", "540!", "720", "10!", "190"]);
    }

    #[test]
    fn a_scan_slower_than_the_period_is_taken_whole() {
        assert_eq!(sampled((0..5).map(|n| f64::from(n) * 300.0)), ["0!", "300", "600", "900", "1200"]);
    }
}
