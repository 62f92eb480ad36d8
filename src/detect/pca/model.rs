//! The trained artefact: everything that a verdict rests on, by tag name, so that it outlives a plant file.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::limits::PcaLimits;
use super::projection::Projection;
use crate::domain::{TagId, WallTime};

/// A trained PCA model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PcaModel {
    /// Names it; equal data and settings give an equal version.
    pub version: String,
    /// The tags that it needs, in the order of all its vectors.
    pub tags: Vec<TagId>,
    /// Mean at normal operation, in the tags' units.
    pub mean: Vec<f64>,
    /// Standard deviation at normal operation, in the tags' units.
    pub deviation: Vec<f64>,
    /// One principal axis a component, each with one entry a tag.
    pub loadings: Vec<Vec<f64>>,
    /// Variance along every axis, largest first; those beyond the components are the residual's.
    pub eigenvalues: Vec<f64>,
    /// Limits from held-out normal rows; the ones that count.
    pub limits: PcaLimits,
    /// Limits by the textbook, each chart at the aimed rate; for comparison only.
    pub analytic_limits: PcaLimits,
    /// Share of the variance that the components keep, 0…1.
    pub variance_kept: f64,
    /// Share of normal rows that were meant to exceed either limit, 0…1.
    pub false_alarm_rate: f64,
    /// Share of normal rows that exceeded either limit where they were used neither for fitting nor for the limits, 0…1.
    pub measured_false_alarm_rate: f64,
    /// The held-out rows on which the limits rest.
    pub held_out: HeldOut,
    /// Plant time between two samples.
    pub sample_period: Duration,
    /// What it was trained on.
    pub training: TrainingRecord,
}

/// Which rows were held out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeldOut {
    /// Whole runs that were not fitted.
    Runs {
        /// How many runs.
        runs: usize,
        /// How many rows in them.
        rows: usize,
    },
    /// Every row once, in blocks, each scored by a model that was fitted without it and its neighbours.
    Blocks {
        /// How many blocks.
        blocks: usize,
        /// How many rows in them.
        rows: usize,
    },
}

/// What a model was trained on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainingRecord {
    /// When, by the wall.
    pub trained_at: WallTime,
    /// Hash of names and bits of all rows.
    pub content_hash: String,
    /// Name and number of rows of every run: the range of the data.
    pub runs: Vec<(String, usize)>,
    /// Number of rows in all runs.
    pub rows: usize,
}

/// Why a model cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ModelError {
    /// Its parts do not fit together: it was damaged or written by hand.
    #[error("model {version}: {part} has {got} entries where {expected} are needed")]
    Shape {
        /// Which model.
        version: String,
        /// Which part.
        part: &'static str,
        /// How many are needed.
        expected: usize,
        /// How many there are.
        got: usize,
    },
    /// A number is not finite, or not positive where it must be.
    #[error("model {version}: {part} holds a number that makes no sense")]
    Number {
        /// Which model.
        version: String,
        /// Which part.
        part: &'static str,
    },
    /// The plant has no such tag.
    #[error("model {version} needs tag {tag}, which the plant does not have")]
    UnknownTag {
        /// Which model.
        version: String,
        /// Which tag.
        tag: TagId,
    },
    /// A row is of another width than the model.
    #[error("model {version} needs {expected} values a row, got {got}")]
    Width {
        /// Which model.
        version: String,
        /// How many tags it has.
        expected: usize,
        /// How many values there were.
        got: usize,
    },
}

impl PcaModel {
    /// How many components it has.
    pub fn components(&self) -> usize {
        self.loadings.len()
    }

    /// What a chart computes with.
    pub(super) fn projection(&self) -> Projection {
        Projection {
            mean: self.mean.clone(),
            deviation: self.deviation.clone(),
            loadings: self.loadings.clone(),
            eigenvalues: self.eigenvalues.clone(),
        }
    }

    /// Refuses a model that would not compute: a damaged file must not become a verdict.
    ///
    /// # Errors
    /// Names the first part that does not fit or makes no sense.
    pub fn check(&self) -> Result<(), ModelError> {
        self.check_shape()?;
        self.check_numbers()
    }

    fn check_shape(&self) -> Result<(), ModelError> {
        let width = self.tags.len();
        let axes = self.loadings.iter().map(|axis| ("an axis", axis.len()));
        let parts =
            [("mean", self.mean.len()), ("deviation", self.deviation.len()), ("eigenvalues", self.eigenvalues.len())];
        let wrong = |part, expected, got| ModelError::Shape { version: self.version.clone(), part, expected, got };
        if width < 2 {
            return Err(wrong("tags", 2, width));
        }
        if let Some((part, got)) = parts.into_iter().chain(axes).find(|(_, got)| *got != width) {
            return Err(wrong(part, width, got));
        }
        let components = self.components();
        if (1..width).contains(&components) { Ok(()) } else { Err(wrong("loadings", width - 1, components)) }
    }

    fn check_numbers(&self) -> Result<(), ModelError> {
        let finite = |values: &[f64]| values.iter().all(|value| value.is_finite());
        let positive = |values: &[f64]| values.iter().all(|value| value.is_finite() && *value > 0.0);
        let sound = [
            ("mean", finite(&self.mean)),
            ("deviation", positive(&self.deviation)),
            ("loadings", self.loadings.iter().all(|axis| finite(axis))),
            ("eigenvalues", finite(&self.eigenvalues) && positive(&self.eigenvalues[..self.components()])),
            ("limits", positive(&[self.limits.t2, self.limits.spe])),
            ("sample_period", !self.sample_period.is_zero()),
        ];
        match sound.into_iter().find(|(_, sound)| !sound) {
            Some((part, _)) => Err(ModelError::Number { version: self.version.clone(), part }),
            None => Ok(()),
        }
    }
}
