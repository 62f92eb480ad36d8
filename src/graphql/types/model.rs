//! Models of detectors and the jobs that make them.

use async_graphql::{Enum, SimpleObject};
use chrono::{DateTime, Utc};

use super::value::finite;
use crate::actors::train::{self, LimitLine};
use crate::domain::{self, SourceTime, TrainingOrigin, WallTime};
use crate::storage;

/// Where a model stands in its life.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "domain::ModelState")]
pub enum ModelState {
    /// Trained or fetched, and judges nothing.
    Staged,
    /// Judges every sample beside the active one; its verdicts are shown and raise nothing.
    Shadow,
    /// The one whose verdicts count.
    Active,
    /// Was in use, or was turned down.
    Retired,
}

/// How a training job is.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "domain::TrainingJobState")]
pub enum TrainingJobState {
    /// Waits for its turn.
    Queued,
    /// Under way.
    Running,
    /// There is a model.
    Done,
    /// There is none.
    Failed,
    /// A person has stopped it.
    Cancelled,
}

/// What a training learns from.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrainingFrom {
    /// Normal operation of the simulated plant.
    Simulator,
    /// What the plant has recorded.
    History,
    /// Files in the directory `training` of the data directory.
    Files,
}

/// One chart of a model.
#[derive(SimpleObject, Clone, Debug)]
pub struct ModelChart {
    /// As engineers know it: `T2`, `slow`.
    chart: String,
    /// The limit in force.
    limit: f64,
    /// The limit at which it would keep the false alarm rate alone.
    limit_alone: f64,
    /// Whether it decides with the others; one that does not is shown and raises nothing.
    decides: bool,
}

/// One unbroken stretch of training data.
#[derive(SimpleObject, Clone, Debug)]
pub struct TrainingRun {
    /// Where it is from.
    name: String,
    /// How many rows.
    rows: u64,
}

/// A model of a detector, as it is kept.
#[derive(SimpleObject, Clone, Debug)]
pub struct Model {
    /// Its id; orders name it.
    key: String,
    /// The detector that it is for.
    detector: String,
    /// Its version, as verdicts name it.
    version: String,
    /// Its method, for example `var`.
    method: Option<String>,
    /// Where it stands.
    state: ModelState,
    /// When it was trained, wall time.
    trained_at: DateTime<Utc>,
    /// From what, in words.
    source: String,
    /// From how many samples.
    samples: u64,
    /// The stretches of its training data.
    #[graphql(complexity = "20 * child_complexity + 1")]
    data_range: Vec<TrainingRun>,
    /// Fingerprint of its training data.
    data_hash: String,
    /// Fingerprint of the model itself, SHA-256.
    artefact_hash: Option<String>,
    /// What was set, as JSON.
    settings: String,
    /// Its charts with their limits; none when they cannot be read, see `damage`.
    #[graphql(complexity = "5 * child_complexity + 1")]
    charts: Vec<ModelChart>,
    /// What of it cannot be read, in words: then it is not as it was written, and nobody should rely on it. Null when all can.
    damage: Option<String>,
    /// Share of held-out normal samples beyond a limit, 0…1.
    measured_false_alarm_rate: Option<f64>,
    /// Who had it trained or fetched it.
    created_by: Option<String>,
    /// Who has put it where it stands.
    decided_by: Option<String>,
    /// When that was, wall time.
    decided_at: Option<DateTime<Utc>>,
    /// Why.
    decision: Option<String>,
    /// When it was last put to use, wall time.
    activated_at: Option<DateTime<Utc>>,
    /// Where it stands in another registry.
    published_as: Option<String>,
}

impl From<storage::Model> for Model {
    fn from(model: storage::Model) -> Self {
        let chart = |line: LimitLine| ModelChart {
            chart: line.chart,
            limit: line.limit,
            limit_alone: line.alone,
            decides: line.decides,
        };
        let limits = train::limits(&model);
        let range = model.life.data_range_json.as_deref().map_or(Ok(Vec::new()), serde_json::from_str);
        let damage = match (&limits, &range) {
            (Err(damaged), _) => Some(damaged.to_string()),
            (_, Err(e)) => {
                Some(format!("the range of the training data of model {} cannot be read: {e}", model.version))
            }
            _ => None,
        };
        let runs: Vec<(String, u64)> = range.unwrap_or_default();
        let decision = model.life.decision;
        Self {
            key: model.id.to_string(),
            detector: model.detector.to_string(),
            version: model.version,
            method: model.life.method,
            state: model.state.into(),
            trained_at: model.trained_at.to_datetime(),
            source: model.source,
            samples: model.samples,
            data_range: runs.into_iter().map(|(name, rows)| TrainingRun { name, rows }).collect(),
            data_hash: model.data_hash,
            artefact_hash: model.life.artefact_hash,
            settings: model.settings_json,
            charts: limits.unwrap_or_default().into_iter().map(chart).collect(),
            damage,
            measured_false_alarm_rate: model.measured_false_alarm_rate.and_then(finite),
            created_by: model.life.created_by,
            decided_by: decision.as_ref().map(|decision| decision.by.clone()),
            decided_at: decision.as_ref().map(|decision| decision.at.to_datetime()),
            decision: decision.map(|decision| decision.reason),
            activated_at: model.life.activated_at.map(WallTime::to_datetime),
            published_as: model.life.published_as,
        }
    }
}

/// One training, from its order to its end. How far it is stands at its detector.
#[derive(SimpleObject, Clone, Debug)]
pub struct TrainingJob {
    /// Its id; orders name it.
    key: String,
    /// For which detector.
    detector: String,
    /// By which method.
    method: String,
    /// What it learns from.
    from: TrainingFrom,
    /// With history: the first plant time.
    since: Option<DateTime<Utc>>,
    /// With history: the last plant time.
    until: Option<DateTime<Utc>>,
    /// With files: their names.
    files: Vec<String>,
    /// Who wants it; `TEP` itself for a detector that had no model.
    requested_by: String,
    /// When that was, wall time.
    requested_at: DateTime<Utc>,
    /// Why.
    reason: String,
    /// How it is.
    state: TrainingJobState,
    /// When it was last begun, wall time.
    started_at: Option<DateTime<Utc>>,
    /// When it ended, wall time.
    ended_at: Option<DateTime<Utc>>,
    /// How it ended, in words, where there is something to say.
    outcome: Option<String>,
    /// The key of the model that came of it.
    model: Option<String>,
}

impl From<domain::TrainingJob> for TrainingJob {
    fn from(job: domain::TrainingJob) -> Self {
        let (from, range, files) = match job.origin {
            TrainingOrigin::Simulator => (TrainingFrom::Simulator, None, Vec::new()),
            TrainingOrigin::History { since, until } => (TrainingFrom::History, Some((since, until)), Vec::new()),
            TrainingOrigin::Files { names } => (TrainingFrom::Files, None, names),
        };
        Self {
            key: job.id.to_string(),
            detector: job.detector.to_string(),
            method: job.method.name().to_owned(),
            from,
            since: range.map(|(since, _)| SourceTime::to_datetime(since)),
            until: range.map(|(_, until)| SourceTime::to_datetime(until)),
            files,
            requested_by: job.requested_by,
            requested_at: job.requested_at.to_datetime(),
            reason: job.reason,
            state: job.state.into(),
            started_at: job.started_at.map(WallTime::to_datetime),
            ended_at: job.ended_at.map(WallTime::to_datetime),
            outcome: job.outcome,
            model: job.model.map(|model| model.to_string()),
        }
    }
}
