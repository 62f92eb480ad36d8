//! What people can order of detectors' models, and what comes back. Part of what crosses between nodes.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::domain::{DetectorId, ModelId, ModelState, TrainingJob, TrainingJobId, TrainingOrigin};

/// What somebody wants done with the models of a detector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelCommand {
    /// Train one. It comes out staged.
    Train {
        /// The job's id, chosen by whoever orders, so that the same order twice is one job.
        job: TrainingJobId,
        /// For which detector.
        detector: DetectorId,
        /// By which method; `None`: as the detector is configured.
        method: Option<String>,
        /// On what.
        origin: TrainingOrigin,
    },
    /// Stop a training.
    Cancel {
        /// Which.
        job: TrainingJobId,
    },
    /// Put a model where it is wanted.
    Decide {
        /// Which.
        model: ModelId,
        /// Where.
        to: ModelState,
    },
    /// Put the model back to use that was in use before.
    RollBack {
        /// Of which detector.
        detector: DetectorId,
    },
}

/// Somebody wants something done with models.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelOrder {
    /// What.
    pub command: ModelCommand,
    /// Who.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// What has come of an order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelDone {
    /// The training, as it stands.
    Job(Box<TrainingJob>),
    /// The model that was decided about.
    Model(ModelId),
}

/// Why nothing was done.
#[derive(Clone, Debug, PartialEq, Eq, Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelRefused {
    /// The plant has no such detector.
    #[error("the plant has no detector `{0}`")]
    NoDetector(DetectorId),
    /// There is no such model.
    #[error("there is no model {0}")]
    NoModel(ModelId),
    /// There is no such training.
    #[error("there is no training {0}")]
    NoJob(TrainingJobId),
    /// No model was in use before this one.
    #[error("detector `{0}` has no earlier model to go back to")]
    NothingBefore(DetectorId),
    /// It cannot be done to this model or with these settings.
    #[error("{0}")]
    Invalid(String),
    /// The training has ended.
    #[error("this training has ended")]
    Ended,
    /// So many wait already.
    #[error("{0} trainings wait already")]
    TooMany(usize),
    /// The database does not take it now.
    #[error("the database cannot be reached just now; nothing was done")]
    StorageUnavailable,
    /// The trainer is not there.
    #[error("the trainer is not there just now; try again in a moment")]
    Gone,
}
