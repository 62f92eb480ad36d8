//! What a model tells of its making, and why one cannot be used.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::network::NetworkError;
use crate::domain::{TagId, WallTime};

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
    /// Its network cannot be run here.
    #[error("model {version} has a network, and {problem}")]
    Network {
        /// Which model.
        version: String,
        /// Why not.
        problem: NetworkError,
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
