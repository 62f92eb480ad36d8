//! The methods and what can be set on them.

use serde::{Deserialize, Serialize};

use crate::domain::DetectorMethod;

/// Rows from which on a plant's memory can be learned; with fewer, a small model generalises better.
const ROWS_FOR_MEMORY: usize = 5_000;
/// Of canonical variates.
const CVA_RIDGE: f64 = 0.001;

/// How outputs are made of rows, with all that can be set on it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "name")]
pub enum Method {
    /// Every tag's exponential mean against its mean; the largest counts.
    Ewma {
        /// Smoothing factor, 0…1.
        factor: f64,
    },
    /// Every tag's cumulative sums of what lies beyond a slack on either side of its mean; the largest counts.
    Cusum {
        /// Slack, in standard deviations.
        slack: f64,
    },
    /// Every tag's change from one row to the next; the largest counts.
    Rate,
    /// Principal components of the present row: T² and SPE.
    Pca {
        /// Share of the variance that the components keep, 0…1.
        variance_kept: f64,
    },
    /// Principal components of the present row and some before it: T² and SPE.
    Dpca {
        /// Rows before the present one.
        lags: usize,
        /// Share of the variance that the components keep, 0…1.
        variance_kept: f64,
    },
    /// Canonical variates between past and future: T² of the state, T² of what is left.
    Cva {
        /// Rows of the past, the present one among them.
        past: usize,
        /// Rows of the future.
        future: usize,
        /// Dimensions of the state.
        states: usize,
        /// Added to the variances, as a share of them.
        ridge: f64,
    },
    /// Innovations of a vector autoregression with exponential memory: raw, medium, slow and, with memory, long.
    Var {
        /// Rows before the present one.
        lags: usize,
        /// Smoothing factors of exponential means of all rows before, 0…1.
        memory: Vec<f64>,
        /// Added to the variances of the regressors, as a share of them.
        ridge: f64,
        /// How far the covariance of the innovations is drawn to its diagonal, 0…1.
        shrinkage: f64,
    },
    /// What a network that was trained elsewhere cannot reconstruct of a row: SPE, plain and smoothed.
    Onnx,
}

impl Method {
    /// As a detector is configured, for training on so many rows.
    pub fn of(configured: &DetectorMethod, rows: usize) -> Self {
        match *configured {
            DetectorMethod::Var => Self::var(rows),
            DetectorMethod::Cva { past, future, states } => Self::Cva { past, future, states, ridge: CVA_RIDGE },
            DetectorMethod::Dpca { lags, variance_kept } => Self::Dpca { lags, variance_kept },
            DetectorMethod::Pca { variance_kept } => Self::Pca { variance_kept },
            DetectorMethod::Ewma { factor } => Self::Ewma { factor },
            DetectorMethod::Cusum { slack } => Self::Cusum { slack },
            DetectorMethod::Rate => Self::Rate,
        }
    }

    /// The vector autoregression that suits so many rows. Chosen on simulated runs, see `docs/evaluation.md`.
    pub fn var(rows: usize) -> Self {
        if rows < ROWS_FOR_MEMORY {
            Self::Var { lags: 4, memory: Vec::new(), ridge: 0.003, shrinkage: 0.02 }
        } else {
            Self::Var { lags: 6, memory: vec![0.2, 0.05], ridge: 1e-6, shrinkage: 0.0 }
        }
    }

    /// Exponential means with the usual factor.
    pub const fn ewma() -> Self {
        Self::Ewma { factor: 0.2 }
    }

    /// Cumulative sums with twice the usual slack, since samples of a plant follow each other.
    pub const fn cusum() -> Self {
        Self::Cusum { slack: 1.0 }
    }

    /// Principal components as the product has always had them.
    pub const fn pca() -> Self {
        Self::Pca { variance_kept: 0.85 }
    }

    /// Dynamic principal components with the two lags of the literature.
    pub const fn dpca() -> Self {
        Self::Dpca { lags: 2, variance_kept: 0.85 }
    }

    /// Canonical variates with the window of the literature.
    pub const fn cva() -> Self {
        Self::Cva { past: 3, future: 3, states: 25, ridge: CVA_RIDGE }
    }

    /// What engineers call it.
    pub const fn title(&self) -> &'static str {
        match self {
            Self::Ewma { .. } => "EWMA",
            Self::Cusum { .. } => "CUSUM",
            Self::Rate => "rate",
            Self::Pca { .. } => "PCA",
            Self::Dpca { .. } => "DPCA",
            Self::Cva { .. } => "CVA",
            Self::Var { .. } => "VAR",
            Self::Onnx => "ONNX",
        }
    }

    /// What its settings may be: name, value, lowest, highest.
    pub(super) fn settings(&self) -> Vec<(&'static str, f64, f64, f64)> {
        match self {
            Self::Ewma { factor } => vec![("factor", *factor, 1e-4, 1.0)],
            Self::Cusum { slack } => vec![("slack", *slack, 0.0, 10.0)],
            Self::Rate | Self::Onnx => Vec::new(),
            Self::Pca { variance_kept } => vec![("variance_kept", *variance_kept, 0.01, 1.0)],
            Self::Dpca { lags, variance_kept } => {
                vec![("lags", *lags as f64, 0.0, 20.0), ("variance_kept", *variance_kept, 0.01, 1.0)]
            }
            Self::Cva { past, future, states, ridge } => vec![
                ("past", *past as f64, 1.0, 20.0),
                ("future", *future as f64, 1.0, 20.0),
                ("states", *states as f64, 1.0, 1_000.0),
                ("ridge", *ridge, 0.0, 1.0),
            ],
            Self::Var { lags, memory, ridge, shrinkage } => {
                let mut all = vec![
                    ("lags", *lags as f64, 1.0, 40.0),
                    ("ridge", *ridge, 0.0, 1.0),
                    ("shrinkage", *shrinkage, 0.0, 1.0),
                ];
                all.extend(memory.iter().map(|factor| ("memory", *factor, 1e-4, 0.999)));
                all
            }
        }
    }
}
