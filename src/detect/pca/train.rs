//! From rows of normal operation to a model with limits that hold on rows it has not seen.

use std::ops::{ControlFlow, Range};
use std::time::Duration;

use sha2::{Digest, Sha256};
use thiserror::Error;

use super::held_out::Plan;
use super::limits::PcaLimits;
use super::model::{HeldOut, PcaModel, TrainingRecord};
use super::projection::{Projection, Statistics};
use crate::detect::TrainingData;
use crate::detect::training_data::hex;
use crate::domain::{DetectorSpec, TagId, WallTime};

/// Rows needed for each tag, so that the axes mean something.
const ROWS_PER_TAG: usize = 3;
/// Rows needed at least, so that a quantile means something.
const ROWS_MIN: usize = 100;

/// What is asked of a model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PcaSettings {
    /// Share of the variance that the components keep, 0…1.
    pub variance_kept: f64,
    /// Share of normal rows that may exceed either limit, 0…1.
    pub false_alarm_rate: f64,
    /// Plant time between two rows.
    pub sample_period: Duration,
    /// When it is trained; told, since nobody here has a clock.
    pub trained_at: WallTime,
}

impl PcaSettings {
    /// As a detector is configured.
    pub const fn of(spec: &DetectorSpec, trained_at: WallTime) -> Self {
        Self {
            variance_kept: spec.variance_kept,
            false_alarm_rate: spec.false_alarm_rate,
            sample_period: spec.sample_period,
            trained_at,
        }
    }
}

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
    /// A plane of normal operation needs two tags.
    #[error("a PCA model needs at least 2 tags, got {0}")]
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
    /// Whoever asked does not want it any more.
    #[error("the training was stopped")]
    Stopped,
}

fn names(tags: &[TagId]) -> String {
    tags.iter().map(TagId::as_str).collect::<Vec<_>>().join(", ")
}

/// Trains a model on rows of normal operation, every `settings.sample_period` one.
///
/// The axes come from some rows, the limits from others: whole runs where there are several, else blocks, each scored by
/// a model that was fitted without it. `progress` hears of every step, and may stop the training.
///
/// # Errors
/// When the rows are too few, not finite or constant, a setting makes no sense, or `progress` says stop.
pub fn train(
    data: &TrainingData,
    settings: &PcaSettings,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<PcaModel, TrainError> {
    let needed = check_settings(settings).and_then(|()| check_rows(data))?;
    let plan = Plan::of(data, needed);
    let mut steps = Steps { done: 0, total: plan.held_out().len() as u32 + 2, progress };
    steps.tell("fit the principal components")?;
    let fitted_rows = plan.fitted();
    let all = fit(data, fitted_rows)?;
    let components = all.components_for(settings.variance_kept);
    let projection = all.keep(components);
    steps.next("score held-out rows")?;
    let scored = plan.score(data, &projection, || match steps.next("score held-out rows") {
        Ok(()) => ControlFlow::Continue(()),
        Err(_) => ControlFlow::Break(()),
    });
    let ControlFlow::Continue(blocks) = scored else { return Err(TrainError::Stopped) };
    let rows: usize = fitted_rows.iter().map(ExactSizeIterator::len).sum();
    let model = assemble(data, settings, &plan, projection, &blocks, rows);
    steps.next("done")?;
    Ok(model)
}

/// Counts the steps and tells of them.
struct Steps<'a> {
    done: u32,
    total: u32,
    progress: &'a mut dyn FnMut(Progress) -> ControlFlow<()>,
}

impl Steps<'_> {
    fn tell(&mut self, stage: &'static str) -> Result<(), TrainError> {
        let told = (self.progress)(Progress { done: self.done, total: self.total, stage });
        if told.is_break() { Err(TrainError::Stopped) } else { Ok(()) }
    }

    fn next(&mut self, stage: &'static str) -> Result<(), TrainError> {
        self.done += 1;
        self.tell(stage)
    }
}

fn check_settings(settings: &PcaSettings) -> Result<(), TrainError> {
    let within = |setting, value: f64, low: f64, high: f64| {
        let sound = value > low && value < high;
        if sound { Ok(()) } else { Err(TrainError::Setting { setting, value, low, high }) }
    };
    within("variance_kept", settings.variance_kept, 0.0, 1.0 + f64::EPSILON)?;
    within("false_alarm_rate", settings.false_alarm_rate, 0.0, 0.5)?;
    within("sample_period in seconds", settings.sample_period.as_secs_f64(), 0.0, f64::INFINITY)
}

/// Refuses rows from which nothing can be learned, and says how many rows a fit needs.
pub(in crate::detect) fn check_rows(data: &TrainingData) -> Result<usize, TrainError> {
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

/// Fits all axes, and refuses tags that do not move.
fn fit(data: &TrainingData, ranges: &[Range<usize>]) -> Result<Projection, TrainError> {
    let rows = ranges.iter().flat_map(Clone::clone).map(|at| data.row(at));
    refuse_constant_tags(data, rows.clone())?;
    Ok(Projection::fit(rows, data.tags().len()))
}

/// Refuses tags that do not move in these rows: they cannot be standardised.
pub(in crate::detect) fn refuse_constant_tags<'a>(
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

fn assemble(
    data: &TrainingData,
    settings: &PcaSettings,
    plan: &Plan,
    projection: Projection,
    blocks: &[Vec<Statistics>],
    rows: usize,
) -> PcaModel {
    let rate = settings.false_alarm_rate;
    let components = projection.loadings.len();
    let kept: f64 = projection.eigenvalues[..components].iter().sum();
    let content_hash = data.content_hash();
    PcaModel {
        version: version(&content_hash, settings),
        tags: data.tags().to_vec(),
        limits: PcaLimits::from_held_out(&blocks.concat(), rate),
        analytic_limits: PcaLimits::analytic(&projection.eigenvalues, components, rows, rate),
        variance_kept: kept / projection.eigenvalues.iter().sum::<f64>(),
        false_alarm_rate: rate,
        measured_false_alarm_rate: measure(blocks, rate),
        held_out: held_out(plan),
        sample_period: settings.sample_period,
        training: TrainingRecord {
            trained_at: settings.trained_at,
            content_hash,
            runs: data.runs().iter().map(|run| (run.name.clone(), run.rows)).collect(),
            rows: data.rows(),
        },
        mean: projection.mean,
        deviation: projection.deviation,
        loadings: projection.loadings,
        eigenvalues: projection.eigenvalues,
    }
}

fn held_out(plan: &Plan) -> HeldOut {
    let rows = plan.held_out().iter().map(ExactSizeIterator::len).sum();
    match plan {
        Plan::ByRun { runs, .. } => HeldOut::Runs { runs: *runs, rows },
        Plan::ByBlock { blocks, .. } => HeldOut::Blocks { blocks: blocks.len(), rows },
    }
}

/// The rate on each block under limits from the other blocks: rows that served neither the fit nor the limit.
fn measure(blocks: &[Vec<Statistics>], rate: f64) -> f64 {
    let exceeding = |judged: usize| {
        let others: Vec<Statistics> =
            blocks.iter().enumerate().filter(|(n, _)| *n != judged).flat_map(|(_, block)| block.clone()).collect();
        PcaLimits::from_held_out(&others, rate).rate(&blocks[judged]) * blocks[judged].len() as f64
    };
    let rows: usize = blocks.iter().map(Vec::len).sum();
    (0..blocks.len()).map(exceeding).sum::<f64>() / rows.max(1) as f64
}

fn version(content_hash: &str, settings: &PcaSettings) -> String {
    let mut hash = Sha256::new();
    hash.update(content_hash);
    for setting in [settings.variance_kept, settings.false_alarm_rate, settings.sample_period.as_secs_f64()] {
        hash.update(setting.to_bits().to_le_bytes());
    }
    format!("pca-{}", &hex(&hash.finalize())[..12])
}

#[cfg(test)]
mod tests;
