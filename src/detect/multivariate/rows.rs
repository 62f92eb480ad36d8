//! Whether rows can be learned from, and how far the learning is.

use thiserror::Error;

use super::network::NetworkError;
use crate::detect::TrainingData;
use crate::domain::TagId;

/// Rows needed for each tag, so that the axes mean something.
const ROWS_PER_TAG: usize = 3;
/// Rows needed at least, so that a quantile means something.
const ROWS_MIN: usize = 100;

/// How far training has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Steps done.
    pub done: u32,
    /// Steps in all.
    pub total: u32,
    /// What comes next, for people.
    pub stage: &'static str,
}

/// Why there is no model.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum TrainError {
    /// A setting makes no sense.
    #[error("{setting} is {value}, which is not between {low} and {high}")]
    Setting {
        /// Which setting.
        setting: &'static str,
        /// Its value.
        value: f64,
        /// It must be above this.
        low: f64,
        /// It must be below this.
        high: f64,
    },
    /// What is normal of several tags together needs two.
    #[error("a model needs at least 2 tags, got {0}")]
    TooFewTags(usize),
    /// The rows say too little.
    #[error("{got} rows are too few for {tags} tags: at least {needed} are needed")]
    TooFewRows {
        /// How many tags there are.
        tags: usize,
        /// How many rows it takes.
        needed: usize,
        /// How many there are.
        got: usize,
    },
    /// Tags that never move cannot be standardised.
    #[error("these tags never change in the training data, so leave them out: {}", names(.0))]
    ConstantTags(Vec<TagId>),
    /// A value is missing or not finite.
    #[error("{tag} in row {row} of {run} is {value}, not a finite number")]
    NotFinite {
        /// Which tag.
        tag: TagId,
        /// Number of the row within its run, from 1.
        row: usize,
        /// Which run.
        run: String,
        /// The value.
        value: f64,
    },
    /// A chart is to be advisory that the method does not have.
    #[error("{method} has no chart `{chart}`; it has {known}")]
    UnknownChart {
        /// Which method.
        method: &'static str,
        /// The chart asked for.
        chart: String,
        /// Those that it has.
        known: String,
    },
    /// All charts are to be advisory.
    #[error("no chart of {method} is left to decide")]
    NobodyDecides {
        /// Which method.
        method: &'static str,
    },
    /// A network cannot be had from its file.
    #[error("{0}")]
    Network(NetworkError),
    /// A network gave no number back.
    #[error("the network gives no finite number for {tag} in row {row} of {run}")]
    NoAnswer {
        /// Which tag.
        tag: TagId,
        /// Number of the row within its run, from 1.
        row: usize,
        /// Which run.
        run: String,
    },
    /// A network was trained for other rows.
    #[error(
        "the network gives {tag} back {off:.1} standard deviations off on normal rows: it is for other tags, another order, \
         other units or another operation"
    )]
    Stranger {
        /// Which tag is worst.
        tag: TagId,
        /// By how much, in standard deviations of the tag.
        off: f64,
    },
    /// A network is nothing that is fitted here.
    #[error("a network is trained elsewhere and imported: `tep models import FILE`")]
    TrainedElsewhere,
    /// Whoever asked does not want it any more.
    #[error("the training was stopped")]
    Stopped,
}

fn names(tags: &[TagId]) -> String {
    tags.iter().map(TagId::as_str).collect::<Vec<_>>().join(", ")
}

/// Refuses rows from which nothing can be learned, and says how many rows a fit needs.
pub(super) fn check_rows(data: &TrainingData) -> Result<usize, TrainError> {
    let (tags, got) = (data.tags().len(), data.rows());
    if tags < 2 {
        return Err(TrainError::TooFewTags(tags));
    }
    let needed = (ROWS_PER_TAG * tags).max(ROWS_MIN);
    if got < needed {
        return Err(TrainError::TooFewRows { tags, needed, got });
    }
    for at in 0..got {
        if let Some(column) = data.row(at).iter().position(|value| !value.is_finite()) {
            let (run, row) = data.place(at);
            let (tag, value) = (data.tags()[column].clone(), data.row(at)[column]);
            return Err(TrainError::NotFinite { tag, row, run: run.to_owned(), value });
        }
    }
    Ok(needed)
}

/// Refuses tags that do not move in these rows: they cannot be standardised.
pub(super) fn refuse_constant_tags<'a>(
    data: &TrainingData,
    rows: impl Iterator<Item = &'a [f64]> + Clone,
) -> Result<(), TrainError> {
    let still = |column: &usize| {
        let mut values = rows.clone().map(|row| row[*column]);
        let first = values.next();
        values.all(|value| Some(value) == first)
    };
    let constant: Vec<TagId> = (0..data.tags().len()).filter(still).map(|at| data.tags()[at].clone()).collect();
    if constant.is_empty() { Ok(()) } else { Err(TrainError::ConstantTags(constant)) }
}
