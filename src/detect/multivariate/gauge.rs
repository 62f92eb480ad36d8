//! From the outputs of a lens to statistics: sums of squares, as they are or smoothed.

use serde::{Deserialize, Serialize};

/// What a statistic makes of its outputs *y*.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "of")]
pub enum Smoothing {
    /// ‖y‖² of the present sample.
    None,
    /// An exponential mean of ‖y‖²: sees that the variance has grown.
    Squares {
        /// Smoothing factor, 0…1.
        factor: f64,
    },
    /// An exponential mean of ‖m‖², where m is an exponential mean of y scaled to the variance of y: sees small shifts.
    Shifts {
        /// Smoothing factor of the mean of y, 0…1.
        vector: f64,
        /// Smoothing factor of the mean of ‖m‖², 0…1.
        factor: f64,
    },
    /// The largest *y²*.
    Largest,
    /// The largest square of an exponential mean of y, scaled to the variance of y.
    LargestMean {
        /// Smoothing factor, 0…1.
        factor: f64,
    },
    /// The largest cumulative sum of what y exceeds a slack by, up or down.
    LargestSum {
        /// What is no news, in the units of y.
        slack: f64,
        /// Where a sum stops to grow, so that it comes down soon after a fault is over.
        ceiling: f64,
    },
    /// No outputs at all: by how many rows a tag repeats its value for longer than in training.
    Stillness,
}

/// Which outputs a statistic takes, and how.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct GaugeSpec {
    /// First of its outputs.
    pub first: usize,
    /// How many it takes.
    pub outputs: usize,
    pub smoothing: Smoothing,
}

impl GaugeSpec {
    /// The same, with sums that grow no further than this.
    pub(super) const fn with_ceiling(mut self, at: f64) -> Self {
        if let Smoothing::LargestSum { ceiling, .. } = &mut self.smoothing {
            *ceiling = at;
        }
        self
    }
}

/// One statistic of a running view.
#[derive(Clone, Debug)]
pub(super) struct Gauge {
    spec: GaugeSpec,
    /// The smoothed outputs, or their sums upwards.
    shift: Vec<f64>,
    /// Their sums downwards.
    down: Vec<f64>,
    /// Each output's part of the statistic; they add up to it, or the largest is it.
    parts: Vec<f64>,
}

impl Gauge {
    pub(super) fn new(spec: GaugeSpec) -> Self {
        let mut gauge = Self {
            spec,
            shift: vec![0.0; spec.outputs],
            down: vec![0.0; spec.outputs],
            parts: vec![0.0; spec.outputs],
        };
        gauge.restart();
        gauge
    }

    /// Begins where normal operation is on average, so that a smoothed statistic says neither too much nor too little.
    pub(super) fn restart(&mut self) {
        self.shift.fill(0.0);
        self.down.fill(0.0);
        self.parts.fill(1.0);
    }

    /// Takes the outputs of the next sample and gives the statistic.
    pub(super) fn push(&mut self, all: &[f64]) -> f64 {
        let outputs = &all[self.spec.first..self.spec.first + self.spec.outputs];
        match self.spec.smoothing {
            Smoothing::None => self.parts.iter_mut().zip(outputs).for_each(|(part, y)| *part = y * y),
            Smoothing::Squares { factor } => {
                self.parts.iter_mut().zip(outputs).for_each(|(part, y)| *part += factor * (y * y - *part));
            }
            Smoothing::Shifts { vector, factor } => {
                let scale = (2.0 - vector) / vector;
                for ((part, shift), y) in self.parts.iter_mut().zip(&mut self.shift).zip(outputs) {
                    *shift += vector * (y - *shift);
                    *part += factor * (scale * *shift * *shift - *part);
                }
            }
            Smoothing::Largest => {
                self.parts.iter_mut().zip(outputs).for_each(|(part, y)| *part = y * y);
                return largest(&self.parts);
            }
            Smoothing::LargestMean { factor } => {
                let scale = (2.0 - factor) / factor;
                for ((part, mean), y) in self.parts.iter_mut().zip(&mut self.shift).zip(outputs) {
                    *mean += factor * (y - *mean);
                    *part = scale * *mean * *mean;
                }
                return largest(&self.parts);
            }
            Smoothing::LargestSum { slack, ceiling } => {
                let sums = self.shift.iter_mut().zip(&mut self.down);
                for ((part, (up, down)), y) in self.parts.iter_mut().zip(sums).zip(outputs) {
                    *up = (*up + y - slack).clamp(0.0, ceiling);
                    *down = (*down - y - slack).clamp(0.0, ceiling);
                    *part = up.max(*down);
                }
                return largest(&self.parts);
            }
            // It looks at rows, not at outputs; the scorer counts it.
            Smoothing::Stillness => {}
        }
        sum(&self.parts)
    }

    /// Adds each tag's part of the statistic to `into`, times `weight`.
    pub(super) fn add_parts(&self, weight: f64, into: &mut [f64]) {
        for parts in self.parts.chunks(into.len()) {
            into.iter_mut().zip(parts).for_each(|(slot, part)| *slot += weight * part);
        }
    }
}

fn largest(parts: &[f64]) -> f64 {
    parts.iter().copied().fold(0.0, f64::max)
}

/// In four strands, which a processor adds side by side.
fn sum(values: &[f64]) -> f64 {
    let mut strands = [0.0; 4];
    let fours = values.chunks_exact(4);
    let rest: f64 = fours.remainder().iter().sum();
    for four in fours {
        strands.iter_mut().zip(four).for_each(|(strand, value)| *strand += value);
    }
    (strands[0] + strands[1]) + (strands[2] + strands[3]) + rest
}
