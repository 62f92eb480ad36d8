//! A training: gathers normal operation, fits a model, and describes what came out. No actor; it blocks its thread, but for
//! the reading of history.

mod files;
mod history;
mod network;
mod registry;

use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::{NoContext, Timestamp, Uuid};

pub use self::files::from_files;
pub use self::history::from_history;
pub use self::network::from_network;
pub use self::registry::{NotKept, card, from_fetched};
use crate::detect::multivariate::{ChartModel, ChartSettings, Method, ModelledChart, TrainError, train_with_advice};
use crate::detect::training_data::{TrainingData, TrainingDataError};
use crate::domain::{DetectorSpec, ModelId, ModelState, Plant, SourceTime, TagId, TrainingProgress, WallTime};
use crate::ingest::{self, KeptRuns, SourceError, TableError};
use crate::storage::{Model, ModelLife, StorageError};

/// Seeds of the simulated normal runs that a model is trained on.
const SEEDS: [u64; 8] = [11, 23, 37, 41, 53, 67, 79, 97];
/// Plant hours of each.
const HOURS: f64 = 48.0;
/// Where finished runs are kept until a training is done, below the data directory.
const KEPT: &str = "simulated";

/// Tells how far a training is; may break it off.
pub type Tell<'a> = &'a mut dyn FnMut(TrainingProgress) -> ControlFlow<()>;

/// Why there is no model.
#[derive(Debug, Error)]
pub enum TrainingError {
    /// The plant file does not fit the simulated plant.
    #[error("normal operation cannot be simulated")]
    Source(#[from] SourceError),
    /// A file of normal operation cannot be used.
    #[error("normal operation cannot be read")]
    File(#[from] TableError),
    /// History cannot be read.
    #[error("normal operation cannot be read from history")]
    History(#[from] StorageError),
    /// Nothing was recorded there.
    #[error("history holds no sample between {since} and {until} at which every tag of the detector was usable")]
    NothingRecorded {
        /// The first plant time asked for.
        since: SourceTime,
        /// The last one.
        until: SourceTime,
    },
    /// A file lacks a column.
    #[error("{file} has no column of {tag}, which the detector looks at")]
    NoColumn {
        /// The file.
        file: String,
        /// The tag.
        tag: TagId,
    },
    /// A file has rows further apart, or closer, than the detector samples.
    #[error(
        "the rows of {file} are {} s apart, and the detector samples every {} s: what is normal from one row to the next is \
         another thing then", found.as_secs_f64(), needed.as_secs_f64()
    )]
    Period {
        /// The file.
        file: String,
        /// How far its rows are apart.
        found: Duration,
        /// How far they should be.
        needed: Duration,
    },
    /// A value that its instrument cannot give.
    #[error(
        "{file}, row {row}: {tag} is {value} {unit}, and its instrument measures {low} to {high}; is it in another unit?"
    )]
    BeyondBelief {
        /// The file.
        file: String,
        /// The row, from 1.
        row: usize,
        /// The tag.
        tag: TagId,
        /// The value.
        value: f64,
        /// The unit of the tag.
        unit: String,
        /// The lowest value of its range.
        low: f64,
        /// The highest.
        high: f64,
    },
    /// The rows do not fit together.
    #[error("the training data cannot be used")]
    Data(#[from] TrainingDataError),
    /// The model could not be fitted.
    #[error("the model cannot be fitted")]
    Fit(#[from] TrainError),
    /// A file is not where files for training lie.
    #[error("{0}")]
    NoFile(String),
    /// Its thread is gone.
    #[error("the training has crashed: {0}")]
    Lost(String),
    /// It was asked to stop.
    #[error("the training was broken off")]
    BrokenOff,
}

impl TrainingError {
    /// Whether somebody wanted it to end.
    pub const fn was_wanted(&self) -> bool {
        matches!(self, Self::BrokenOff | Self::Fit(TrainError::Stopped))
    }

    /// With its reasons, in one line.
    pub fn in_words(&self) -> String {
        let mut words = self.to_string();
        let mut reason = std::error::Error::source(self);
        while let Some(below) = reason {
            words = format!("{words}: {below}");
            reason = below.source();
        }
        words
    }
}

/// Rows of normal operation and where they are from, in words.
#[derive(Debug)]
pub struct Material {
    /// The rows.
    pub data: TrainingData,
    /// Where they are from.
    pub source: String,
}

/// Whether every tag of the plant is one of the simulated plant's.
pub fn is_simulated(plant: &Plant) -> bool {
    let known = |tag: &TagId| tag.as_str().starts_with("XMEAS_") || tag.as_str().starts_with("XMV_");
    plant.tags.iter().all(|tag| known(&tag.id))
}

/// Where the finished simulated runs of a training of this detector are kept, below the data directory.
pub fn kept_runs(data_dir: &Path, plant: &Plant, spec: &DetectorSpec) -> KeptRuns {
    KeptRuns::of(&data_dir.join(KEPT), plant, HOURS, spec.sample_period)
}

/// Simulated normal operation: several runs, each from a seed of its own. Those that are `kept` are not simulated again.
///
/// # Errors
/// When the plant is not the simulated one, or somebody wants it to end.
pub fn from_simulator(
    plant: &Plant,
    spec: &DetectorSpec,
    kept: Option<&KeptRuns>,
    tell: Tell<'_>,
) -> Result<Material, TrainingError> {
    let total = (HOURS * 3600.0 / spec.sample_period.as_secs_f64()) as u32 * SEEDS.len() as u32;
    let runs = ingest::normal_operation(plant, &SEEDS, HOURS, spec.sample_period, kept, |done, _| {
        let stage = "simulating normal operation".to_owned();
        tell(TrainingProgress { done: u32::try_from(done).unwrap_or(total), total, stage, job: None })
    })?;
    if runs.len() < SEEDS.len() {
        return Err(TrainingError::BrokenOff);
    }
    let mut data = TrainingData::new(plant.tags.iter().map(|tag| tag.id.clone()).collect())?;
    for run in &runs {
        data.begin_run(format!("seed {}", run.seed));
        run.rows.iter().try_for_each(|row| data.push_row(row))?;
    }
    Ok(Material { data, source: format!("{} simulated normal runs of {HOURS} h", SEEDS.len()) })
}

/// Trains on simulated normal operation.
///
/// # Errors
/// When the plant is not the simulated one, or the fit fails.
pub fn on_simulated_plant(
    plant: &Plant,
    spec: &DetectorSpec,
    now: WallTime,
    tell: Tell<'_>,
) -> Result<Model, TrainingError> {
    let material = from_simulator(plant, spec, None, tell)?;
    on_material(plant, spec, material, now, tell)
}

/// Trains on what was gathered, and describes what came out as a staged model.
///
/// # Errors
/// When a tag is missing or the fit fails.
pub fn on_material(
    plant: &Plant,
    spec: &DetectorSpec,
    material: Material,
    now: WallTime,
    tell: Tell<'_>,
) -> Result<Model, TrainingError> {
    let model = train_on(plant, spec, &material.data, now, tell)?;
    Ok(described(spec, &model, material.source, now))
}

/// Trains as a detector is configured, on rows with at least its tags.
///
/// # Errors
/// When a tag is missing or the fit fails.
pub fn train_on(
    plant: &Plant,
    spec: &DetectorSpec,
    data: &TrainingData,
    now: WallTime,
    tell: Tell<'_>,
) -> Result<ChartModel, TrainingError> {
    let tags: Vec<TagId> = spec.tags.iter().filter_map(|index| plant.tag(*index)).map(|tag| tag.id.clone()).collect();
    let settings = ChartSettings {
        method: Method::of(&spec.method, data.rows()),
        false_alarm_rate: spec.false_alarm_rate,
        sample_period: spec.sample_period,
    };
    let model = train_with_advice(&data.select(&tags)?, &settings, &spec.advisory, now, &mut |progress| {
        let stage = progress.stage.to_owned();
        tell(TrainingProgress { done: progress.done, total: progress.total, stage, job: None })
    })?;
    Ok(model)
}

/// One chart of a model, as lists show it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LimitLine {
    /// As engineers know it.
    pub chart: String,
    /// The limit in force.
    pub limit: f64,
    /// The limit at which it would keep the false alarm rate alone.
    pub alone: f64,
    /// Whether it decides with the others.
    pub decides: bool,
}

/// The charts of a kept model. None is never the answer to what cannot be read.
///
/// # Errors
/// When what is kept of them is damaged.
pub fn limits(model: &Model) -> Result<Vec<LimitLine>, Damaged> {
    let damaged = |why: String| Damaged { version: model.version.clone(), why };
    let lines: Vec<LimitLine> = serde_json::from_str(&model.limits_json).map_err(|e| damaged(e.to_string()))?;
    match lines.iter().find(|line| !(line.limit.is_finite() && line.alone.is_finite())) {
        Some(line) => Err(damaged(format!("the limit of {} is no number", line.chart))),
        None if lines.is_empty() => Err(damaged("there is none".to_owned())),
        None => Ok(lines),
    }
}

/// The limits of a kept model cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the limits of model {version} cannot be read ({why}): its row in the database is damaged; train anew")]
pub struct Damaged {
    version: String,
    why: String,
}

/// What lists show of a model, from the model itself.
pub fn described(spec: &DetectorSpec, model: &ChartModel, source: String, now: WallTime) -> Model {
    let json = |value: Result<String, serde_json::Error>| value.expect("numbers and names always serialise");
    let limit = |chart: &ModelledChart| LimitLine {
        chart: chart.name.clone(),
        limit: chart.limit,
        alone: chart.limit_alone,
        decides: chart.joint,
    };
    let limits: Vec<LimitLine> = model.charts.iter().map(limit).collect();
    let seconds = now.as_micros().max(0).unsigned_abs() / 1_000_000;
    Model {
        id: ModelId(Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, 0))),
        detector: spec.id.clone(),
        version: model.version.clone(),
        trained_at: now,
        source,
        samples: model.training.rows as u64,
        data_hash: model.training.content_hash.clone(),
        settings_json: json(serde_json::to_string(&model.settings)),
        limits_json: json(serde_json::to_string(&limits)),
        measured_false_alarm_rate: Some(model.measured_false_alarm_rate),
        state: ModelState::Staged,
        life: ModelLife {
            method: Some(model.settings.method.title().to_lowercase()),
            data_range_json: Some(json(serde_json::to_string(&model.training.runs))),
            ..ModelLife::default()
        },
        artefact: json(serde_json::to_string(model)).into_bytes(),
    }
}
