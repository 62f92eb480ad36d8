//! The queue of trainings.

use ractor::ActorProcessingErr;
use tracing::{info, warn};
use uuid::{NoContext, Timestamp, Uuid};

use super::work::{self, Stop, Teller};
use super::{ModelDone, ModelRefused, Msg, OURSELVES, Outcome, Running, State};
use crate::actors::chart_detector::Trained;
use crate::actors::mailbox::Mailbox;
use crate::actors::plant::PlantHears;
use crate::actors::training::{self, TrainingError};
use crate::config::bounds::TRAININGS;
use crate::domain::{
    DetectorId, DetectorMethod, DetectorSpec, ModelId, ModelState, TrainingJob, TrainingJobId, TrainingJobState,
    TrainingOrigin,
};
use crate::storage::{Decision, Model, StorageError};

impl State {
    /// A job for each detector that has no model which it can use, and none under way.
    pub(super) async fn order_first_models(&mut self) -> Result<(), ActorProcessingErr> {
        let setup = self.args.setup.clone();
        for spec in &setup.plant.detectors {
            let ordered = self.waiting.iter().any(|job| job.detector == spec.id && job.requested_by == OURSELVES);
            if ordered || self.usable(spec, setup.storage.active_model(&spec.id).await)?.is_some() {
                continue;
            }
            // Only the simulated plant can tell what its normal operation looks like.
            if !training::is_simulated(&setup.plant) {
                warn!(detector = %spec.id, "has no model, and there is no simulated plant to train on; see `tep train`");
                continue;
            }
            let seconds = setup.clock.now().as_micros().max(0).unsigned_abs() / 1_000_000;
            let id = TrainingJobId(Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, 0)));
            let (by, reason) = (OURSELVES.to_owned(), "the detector had no model".to_owned());
            let job = self.new_job(id, &spec.id, None, TrainingOrigin::Simulator, by, reason)?;
            self.note(&job).await;
            self.waiting.push_back(job);
        }
        Ok(())
    }

    /// A model that is damaged, or written by a version of other ideas, is none.
    pub(super) fn usable(
        &self,
        spec: &DetectorSpec,
        found: Result<Option<Model>, StorageError>,
    ) -> Result<Option<Trained>, StorageError> {
        let record = match found {
            Ok(Some(record)) => record,
            Ok(None) => return Ok(None),
            Err(damaged @ StorageError::Corrupt { .. }) => {
                warn!(detector = %spec.id, "its model cannot be used: {damaged}");
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        match Trained::checked(&record, &self.args.setup.plant, spec) {
            Ok(trained) => Ok(Some(trained)),
            Err(problem) => {
                warn!(detector = %spec.id, model = %record.version, "cannot be used: {problem}");
                Ok(None)
            }
        }
    }

    pub(super) fn new_job(
        &self,
        id: TrainingJobId,
        detector: &DetectorId,
        method: Option<&str>,
        origin: TrainingOrigin,
        requested_by: String,
        reason: String,
    ) -> Result<TrainingJob, ModelRefused> {
        let spec = self.spec(detector).ok_or_else(|| ModelRefused::NoDetector(detector.clone()))?;
        let (method, advisory) = match method {
            None => (spec.method.clone(), spec.advisory.clone()),
            Some(name) if name == spec.method.name() => (spec.method.clone(), spec.advisory.clone()),
            Some(name) => {
                let known = || format!("there is no method `{name}`; known are {}", DetectorMethod::NAMES.join(", "));
                let method = DetectorMethod::named(name).ok_or_else(|| ModelRefused::Invalid(known()))?;
                let advisory = method.usual_advisory();
                (method, advisory)
            }
        };
        self.check_origin(&origin)?;
        Ok(TrainingJob {
            id,
            detector: detector.clone(),
            method,
            advisory,
            origin,
            requested_by,
            requested_at: self.args.setup.clock.now(),
            reason,
            state: TrainingJobState::Queued,
            started_at: None,
            ended_at: None,
            outcome: None,
            model: None,
        })
    }

    fn check_origin(&self, origin: &TrainingOrigin) -> Result<(), ModelRefused> {
        let setup = &self.args.setup;
        match origin {
            TrainingOrigin::Simulator if !training::is_simulated(&setup.plant) => {
                Err(ModelRefused::Invalid("there is no simulator of this plant".to_owned()))
            }
            TrainingOrigin::History { since, until } if since >= until => {
                Err(ModelRefused::Invalid("the stretch of history ends before it begins".to_owned()))
            }
            TrainingOrigin::Files { names } => {
                work::files(&setup.storage_config.data_dir, names).map(drop).map_err(ModelRefused::Invalid)
            }
            TrainingOrigin::Simulator | TrainingOrigin::History { .. } => Ok(()),
        }
    }

    pub(super) async fn enqueue(&mut self, job: TrainingJob) -> Result<ModelDone, ModelRefused> {
        let storage = &self.args.setup.storage;
        let known = storage.training_job(job.id).await.map_err(|_| ModelRefused::StorageUnavailable)?;
        if let Some(known) = known {
            return Ok(ModelDone::Job(Box::new(known)));
        }
        if self.waiting.len() >= TRAININGS.most {
            return Err(ModelRefused::TooMany(self.waiting.len()));
        }
        storage.save_training_job(&job).await.map_err(|_| ModelRefused::StorageUnavailable)?;
        self.waiting.push_back(job.clone());
        Ok(ModelDone::Job(Box::new(job)))
    }

    pub(super) async fn cancel(
        &mut self,
        id: TrainingJobId,
        by: &str,
        reason: &str,
    ) -> Result<ModelDone, ModelRefused> {
        let why = format!("cancelled by {by}: {reason}");
        if let Some(running) = self.running.as_mut().filter(|running| running.job.id == id) {
            // It ends at its next step, and is kept as cancelled then.
            running.job.outcome = Some(why);
            running.stop.stop();
            return Ok(ModelDone::Job(Box::new(running.job.clone())));
        }
        let Some(at) = self.waiting.iter().position(|job| job.id == id) else {
            let known = self.args.setup.storage.training_job(id).await;
            return match known.map_err(|_| ModelRefused::StorageUnavailable)? {
                Some(_) => Err(ModelRefused::Ended),
                None => Err(ModelRefused::NoJob(id)),
            };
        };
        let ended_at = Some(self.args.setup.clock.now());
        let job = TrainingJob {
            state: TrainingJobState::Cancelled,
            ended_at,
            outcome: Some(why),
            ..self.waiting[at].clone()
        };
        let saved = self.args.setup.storage.save_training_job(&job).await;
        saved.map_err(|_| ModelRefused::StorageUnavailable)?;
        self.waiting.remove(at);
        Ok(ModelDone::Job(Box::new(job)))
    }

    /// Begins the next job, unless one is under way.
    pub(super) async fn train_next(&mut self, myself: &Mailbox<Msg>) {
        while self.running.is_none() {
            let Some(mut job) = self.waiting.pop_front() else { return };
            let Some(spec) = self.spec(&job.detector).cloned() else {
                // The plant file has changed since it was ordered.
                let outcome = Some("the plant does not have this detector any more".to_owned());
                let ended_at = Some(self.args.setup.clock.now());
                self.note(&TrainingJob { state: TrainingJobState::Failed, ended_at, outcome, ..job }).await;
                continue;
            };
            job.state = TrainingJobState::Running;
            job.started_at = Some(self.args.setup.clock.now());
            self.note(&job).await;
            info!(detector = %job.detector, job = %job.id, "training begins, for {}: {}", job.requested_by, job.reason);
            let spec = DetectorSpec { method: job.method.clone(), advisory: job.advisory.clone(), ..spec };
            let stop = Stop::default();
            let teller = Teller::new(&job, self.args.plant_hears.clone(), self.args.setup.clock, &stop);
            let (setup, origin, id, myself) = (self.args.setup.clone(), job.origin.clone(), job.id, myself.clone());
            tokio::spawn(async move {
                let outcome = Box::new(work::train(setup, spec, origin, teller).await);
                drop(myself.cast(Msg::Trained { job: id, outcome }));
            });
            self.running = Some(Running { job, stop });
        }
    }

    pub(super) async fn finish(&mut self, id: TrainingJobId, outcome: Result<Model, TrainingError>) {
        let Some(Running { mut job, .. }) = self.running.take_if(|running| running.job.id == id) else { return };
        job.ended_at = Some(self.args.setup.clock.now());
        let mut first = None;
        match outcome {
            Ok(model) => {
                self.failed.retain(|detector| *detector != job.detector);
                job.state = TrainingJobState::Done;
                (job.model, job.outcome, first) = self.keep(&job, model).await;
            }
            Err(error) if error.was_wanted() => job.state = TrainingJobState::Cancelled,
            Err(error) => {
                warn!(detector = %job.detector, "was not trained: {}", error.in_words());
                self.failed.push(job.detector.clone());
                job.state = TrainingJobState::Failed;
                job.outcome = Some(error.in_words());
            }
        }
        self.note(&job).await;
        if let Some(model) = first {
            let storage = &self.args.setup.storage;
            let shadow = match self.spec(&job.detector) {
                Some(spec) => {
                    self.usable(spec, storage.model_in(&spec.id, ModelState::Shadow).await).unwrap_or_default()
                }
                None => None,
            };
            let outcome = Outcome::Models { active: Box::new(Some(model)), shadow: Box::new(shadow) };
            self.args.plant_hears.say(PlantHears::Trained { detector: job.detector.clone(), outcome });
        }
        self.args.plant_hears.say(PlantHears::Trained { detector: job.detector, outcome: Outcome::Ended });
    }

    /// Keeps what was trained: which model it is, what there is to say, and the model itself where it is the first. A first
    /// model that cannot be kept is used all the same; at the next start it is trained again.
    async fn keep(&self, job: &TrainingJob, mut model: Model) -> (Option<ModelId>, Option<String>, Option<Trained>) {
        let setup = &self.args.setup;
        let Some(spec) = self.spec(&job.detector) else { return (None, None, None) };
        model.life.created_by = Some(job.requested_by.clone());
        model.life.training_job = Some(job.id.to_string());
        let has_one =
            self.usable(spec, setup.storage.active_model(&spec.id).await).is_ok_and(|active| active.is_some());
        let first = job.requested_by == OURSELVES && !has_one;
        if first {
            model.state = ModelState::Active;
            let (by, reason) = (OURSELVES.to_owned(), job.reason.clone());
            model.life.decision = Some(Decision { by, at: model.trained_at, reason });
        }
        let known = setup.storage.list_models().await.unwrap_or_else(|error| {
            warn!(model = %model.version, "whether it is known already cannot be seen: {error}");
            Vec::new()
        });
        let same = known.into_iter().find(|one| one.detector == model.detector && one.version == model.version);
        if let Some(same) = same.filter(|_| !first) {
            let words = format!("equal data and settings gave {} again, which is {}", same.version, same.state.word());
            return (Some(same.id), Some(words), None);
        }
        let kept = setup.storage.save_model(&model).await;
        let (id, words) = match &kept {
            Ok(()) => (Some(model.id), None),
            Err(error) => {
                warn!(model = %model.version, "was not kept: {error}");
                (None, Some(format!("the model was not kept: {error}")))
            }
        };
        info!(detector = %model.detector, model = %model.version, "trained on {}", model.source);
        let trained = if first { Trained::checked(&model, &setup.plant, spec).ok() } else { None };
        (id, words, trained)
    }

    pub(super) fn spec(&self, detector: &DetectorId) -> Option<&DetectorSpec> {
        self.args.setup.plant.detectors.iter().find(|spec| spec.id == *detector)
    }

    /// Writes a job down as it is now. When that fails it is found open at the next start, and done again.
    async fn note(&self, job: &TrainingJob) {
        if let Err(error) = self.args.setup.storage.save_training_job(job).await {
            warn!(job = %job.id, "how a training stands could not be kept: {error}");
        }
    }
}
