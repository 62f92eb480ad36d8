//! A training job: gathers normal operation, fits a model, and describes what came out. No actor; it blocks its thread.

use std::ops::ControlFlow;
use std::path::PathBuf;

use serde::Serialize;
use thiserror::Error;
use uuid::{NoContext, Timestamp, Uuid};

use crate::detect::pca::{self, PcaModel, PcaSettings, TrainError};
use crate::detect::training_data::{TrainingData, TrainingDataError};
use crate::domain::{DetectorSpec, Plant, TagId, TrainingProgress, WallTime};
use crate::ingest::{self, SourceError, TableError};
use crate::storage::{Model, ModelState};

/// Seeds of the simulated normal runs that a first model is trained on.
const SEEDS: [u64; 8] = [11, 23, 37, 41, 53, 67, 79, 97];
/// Plant hours of each.
const HOURS: f64 = 48.0;

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
    /// The rows do not fit together.
    #[error("the training data cannot be used")]
    Data(#[from] TrainingDataError),
    /// The model could not be fitted.
    #[error("the model cannot be fitted")]
    Fit(#[from] TrainError),
    /// It was asked to stop.
    #[error("the training was broken off")]
    BrokenOff,
}

/// Whether every tag of the plant is one of the simulated plant's.
pub fn is_simulated(plant: &Plant) -> bool {
    let known = |tag: &TagId| tag.as_str().starts_with("XMEAS_") || tag.as_str().starts_with("XMV_");
    plant.tags.iter().all(|tag| known(&tag.id))
}

/// Trains on simulated normal operation: several runs, each from a seed of its own.
///
/// # Errors
/// When the plant is not the simulated one, or the fit fails.
pub fn on_simulated_plant(
    plant: &Plant,
    spec: &DetectorSpec,
    now: WallTime,
    tell: Tell<'_>,
) -> Result<Model, TrainingError> {
    let total = (HOURS * 3600.0 / spec.sample_period.as_secs_f64()) as u32 * SEEDS.len() as u32;
    let runs = ingest::normal_operation(plant, &SEEDS, HOURS, spec.sample_period, |done, _| {
        let stage = "simulating normal operation".to_owned();
        tell(TrainingProgress { done: u32::try_from(done).unwrap_or(total), total, stage })
    })?;
    if runs.len() < SEEDS.len() {
        return Err(TrainingError::BrokenOff);
    }
    let mut data = TrainingData::new(plant.tags.iter().map(|tag| tag.id.clone()).collect())?;
    for run in &runs {
        data.begin_run(format!("seed {}", run.seed));
        run.rows.iter().try_for_each(|row| data.push_row(row))?;
    }
    let source = format!("{} simulated normal runs of {HOURS} h", SEEDS.len());
    fit(plant, spec, &data, source, now, tell)
}

/// Trains on files of normal operation, each an unbroken run.
///
/// # Errors
/// When a file cannot be used or the fit fails.
pub fn on_files(
    plant: &Plant,
    spec: &DetectorSpec,
    files: &[PathBuf],
    now: WallTime,
    tell: Tell<'_>,
) -> Result<Model, TrainingError> {
    let mut data = TrainingData::new(plant.tags.iter().map(|tag| tag.id.clone()).collect())?;
    for file in files {
        data.begin_run(file.display().to_string());
        ingest::csv_rows(file, plant)?.iter().try_for_each(|row| data.push_row(row))?;
    }
    let names: Vec<_> = files.iter().filter_map(|file| file.file_name()).map(|name| name.to_string_lossy()).collect();
    fit(plant, spec, &data, names.join(", "), now, tell)
}

fn fit(
    plant: &Plant,
    spec: &DetectorSpec,
    data: &TrainingData,
    source: String,
    now: WallTime,
    tell: Tell<'_>,
) -> Result<Model, TrainingError> {
    let tags: Vec<TagId> = spec.tags.iter().filter_map(|index| plant.tag(*index)).map(|tag| tag.id.clone()).collect();
    let settings = PcaSettings::of(spec, now);
    let model = pca::train(&data.select(&tags)?, &settings, &mut |progress| {
        tell(TrainingProgress { done: progress.done, total: progress.total, stage: progress.stage.to_owned() })
    })?;
    Ok(described(spec, &model, source, now))
}

/// How a model was trained, as the register shows it.
#[derive(Serialize)]
struct Settings {
    variance_kept: f64,
    components: usize,
    false_alarm_rate: f64,
    sample_period_seconds: f64,
}

impl Settings {
    fn of(model: &PcaModel) -> Self {
        Self {
            variance_kept: model.variance_kept,
            components: model.components(),
            false_alarm_rate: model.false_alarm_rate,
            sample_period_seconds: model.sample_period.as_secs_f64(),
        }
    }
}

fn described(spec: &DetectorSpec, model: &PcaModel, source: String, now: WallTime) -> Model {
    let json = |value: Result<String, serde_json::Error>| value.expect("numbers and names always serialise");
    Model {
        id: Uuid::new_v7(Timestamp::from_unix(NoContext, now.as_micros().max(0).unsigned_abs() / 1_000_000, 0)),
        detector: spec.id.clone(),
        version: model.version.clone(),
        trained_at: now,
        source,
        samples: model.training.rows as u64,
        data_hash: model.training.content_hash.clone(),
        settings_json: json(serde_json::to_string(&Settings::of(model))),
        limits_json: json(serde_json::to_string(&model.limits)),
        measured_false_alarm_rate: Some(model.measured_false_alarm_rate),
        state: ModelState::Active,
        artefact: json(serde_json::to_string(model)).into_bytes(),
    }
}
