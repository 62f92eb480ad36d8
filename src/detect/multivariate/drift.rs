//! Whether a model still fits its plant: a slow look at its first statistic, apart from alarms.

use serde::{Deserialize, Serialize};

use crate::domain::Drift;

/// Samples over which the statistic is averaged: a day at three minutes.
const STRETCH: usize = 480;
/// Training data is cut into at least so many stretches.
const STRETCHES_MIN: usize = 8;
/// How many deviations away from the usual is drift.
const DRIFTS_AT: f64 = 4.0;

/// What is usual over a stretch of normal operation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Usual {
    /// Samples of a stretch.
    pub stretch: usize,
    /// Mean of the logarithm of the statistic.
    pub mean: f64,
    /// Standard deviation of that mean from stretch to stretch.
    pub deviation: f64,
}

impl Usual {
    /// From the statistic of held-out rows.
    pub(super) fn of(statistic: &[f64]) -> Self {
        let stretch = (statistic.len() / STRETCHES_MIN).clamp(1, STRETCH);
        let means: Vec<f64> = statistic.chunks_exact(stretch).map(mean_of_logarithms).collect();
        let mean = means.iter().sum::<f64>() / means.len().max(1) as f64;
        let variance = means.iter().map(|m| (m - mean) * (m - mean)).sum::<f64>() / (means.len().max(2) - 1) as f64;
        Self { stretch, mean, deviation: variance.sqrt().max(1e-6) }
    }
}

fn mean_of_logarithms(statistic: &[f64]) -> f64 {
    statistic.iter().map(|value| logarithm(*value)).sum::<f64>() / statistic.len().max(1) as f64
}

/// A statistic of zero (a plant that stands still) is very small, not minus infinity.
fn logarithm(value: f64) -> f64 {
    value.max(1e-12).ln()
}

/// Watches for drift; samples in alarm do not count, since a fault is no drift.
#[derive(Clone, Debug)]
pub struct DriftWatch {
    usual: Usual,
    sum: f64,
    count: usize,
    last: Option<f64>,
}

impl DriftWatch {
    /// A watch against what was usual in training.
    pub const fn new(usual: Usual) -> Self {
        Self { usual, sum: 0.0, count: 0, last: None }
    }

    /// Takes the statistic of the next undisturbed sample.
    pub fn push(&mut self, statistic: f64) {
        self.sum += logarithm(statistic);
        self.count += 1;
        if self.count == self.usual.stretch {
            let mean = self.sum / self.count as f64;
            self.last = Some((mean - self.usual.mean) / self.usual.deviation);
            (self.sum, self.count) = (0.0, 0);
        }
    }

    /// What the last whole stretch says.
    pub fn drift(&self) -> Drift {
        match self.last {
            None => Drift::Unknown { have: self.count, need: self.usual.stretch },
            Some(deviations) if deviations.abs() > DRIFTS_AT => Drift::Drifting { deviations },
            Some(deviations) => Drift::Steady { deviations },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statistic(level: f64, rows: usize) -> Vec<f64> {
        (0..rows).map(|n| level * (1.5 + ((n * n) as f64 * 0.37).sin())).collect()
    }

    fn seen(level: f64, rows: usize) -> Drift {
        let mut watch = DriftWatch::new(Usual::of(&statistic(1.0, 4_800)));
        statistic(level, rows).into_iter().for_each(|value| watch.push(value));
        watch.drift()
    }

    #[test]
    fn it_says_unknown_until_it_has_seen_a_stretch() {
        assert_eq!(seen(1.0, 479), Drift::Unknown { have: 479, need: 480 });
        assert!(matches!(seen(1.0, 480), Drift::Steady { .. }));
    }

    #[test]
    fn a_statistic_that_has_grown_or_shrunk_for_a_day_is_drift() {
        assert!(matches!(seen(1.5, 480), Drift::Drifting { deviations } if deviations > 4.0));
        assert!(matches!(seen(0.6, 480), Drift::Drifting { deviations } if deviations < -4.0));
        assert!(matches!(seen(0.0, 480), Drift::Drifting { .. }), "a plant that stands still");
    }

    #[test]
    fn little_training_data_makes_short_stretches() {
        assert_eq!(Usual::of(&statistic(1.0, 400)).stretch, 50);
    }
}
