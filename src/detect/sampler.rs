//! Picks from whatever scan interval the samples that a model's period asks for, in plant time.

use std::time::Duration;

use crate::domain::SourceTime;

/// What a scan is to the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Between two samples.
    NotYet,
    /// The next sample.
    Sample,
    /// A sample, but not the next one: the first of all, or samples are missing before it.
    SampleAfterGap,
}

/// Keeps to a grid of plant time, so that a scan now and then late does not shift the following ones.
///
/// Where scans come more often than samples, each sample is one scan later than the period asks. A plant has cycles of
/// its own (controllers, analysers), and a sampler that kept step with them would see one phase of them only: at a bad
/// one a fifth of all normal samples is beyond the limit. Moving on by a scan, it sees every phase in turn.
#[derive(Clone, Debug)]
pub struct Sampler {
    period: Duration,
    last: Option<SourceTime>,
    due: SourceTime,
    scanned: Option<SourceTime>,
}

impl Sampler {
    /// Nothing seen yet.
    pub const fn new(period: Duration) -> Self {
        Self { period, last: None, due: SourceTime::from_micros(0), scanned: None }
    }

    /// Takes the time of the next scan.
    pub fn tick(&mut self, at: SourceTime) -> Due {
        let shift = self.shift(at);
        match self.last {
            Some(last) if at >= last && at.since(last) < self.period * 2 => self.tick_within_reach(at, shift),
            _ => {
                self.last = Some(at);
                self.due = at + self.period;
                Due::SampleAfterGap
            }
        }
    }

    /// By how much the phase moves on: one scan, where scans come at least twice as often as samples.
    fn shift(&mut self, at: SourceTime) -> Duration {
        let interval = self.scanned.replace(at).map(|before| at.since(before));
        interval.filter(|interval| *interval * 2 <= self.period).unwrap_or_default()
    }

    fn tick_within_reach(&mut self, at: SourceTime, shift: Duration) -> Due {
        // Times that went through decimal text are off by microseconds; one thousandth of a period is still this sample.
        if at + self.period / 1000 < self.due {
            return Due::NotYet;
        }
        self.last = Some(at);
        let next = self.due + self.period + shift;
        self.due = if next > at { next } else { at + self.period + shift };
        Due::Sample
    }
}

/// Picks from recorded scans the samples that a chart would have taken of them, for training.
#[derive(Clone, Debug)]
pub struct Thinning(Sampler);

/// One sample out of recorded scans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Picked {
    /// It follows the one before.
    Next,
    /// Samples are missing before it, or it is the first: a run begins.
    First,
}

impl Thinning {
    /// At the period of a model.
    pub const fn new(period: Duration) -> Self {
        Self(Sampler::new(period))
    }

    /// Whether the scan of this time is a sample.
    pub fn pick(&mut self, at: SourceTime) -> Option<Picked> {
        match self.0.tick(at) {
            Due::NotYet => None,
            Due::Sample => Some(Picked::Next),
            Due::SampleAfterGap => Some(Picked::First),
        }
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
    fn scans_that_come_often_are_sampled_one_scan_later_each_time() {
        let check = |step: u32, expected: [&str; 3]| {
            let scans = (0..=700 / step).map(|n| f64::from(n * step));
            assert_eq!(sampled(scans)[..3], expected, "every {step} s");
        };
        check(1, ["0!", "180", "361"]);
        check(3, ["0!", "180", "363"]);
        check(60, ["0!", "180", "420"]);
        check(180, ["0!", "180", "360"]);
    }

    #[test]
    fn every_phase_of_a_plant_that_is_scanned_every_second_is_seen() {
        let times = sampled((0..200 * 181).map(f64::from));
        let phases: std::collections::BTreeSet<u64> =
            times.iter().map(|time| time.trim_end_matches('!').parse::<u64>().unwrap() % 180).collect();
        assert_eq!(phases.len(), 180);
    }

    #[test]
    fn a_late_scan_does_not_shift_the_following_samples() {
        assert_eq!(sampled([0.0, 200.0, 360.0, 540.0]), ["0!", "200", "360", "540"]);
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
