//! Putting models where people want them.

use tracing::info;

use super::{ModelDone, ModelRefused, Outcome, State};
use crate::actors::chart_detector::Trained;
use crate::actors::plant::PlantHears;
use crate::domain::{DetectorId, DetectorSpec, ModelId, ModelState};
use crate::storage::{Decision, StorageError};

impl State {
    /// What cannot judge this plant is not put to judge it.
    pub(super) async fn decide(
        &self,
        id: ModelId,
        to: ModelState,
        by: String,
        reason: String,
    ) -> Result<ModelDone, ModelRefused> {
        let setup = &self.args.setup;
        let record = setup.storage.model(id).await.map_err(refused)?.ok_or(ModelRefused::NoModel(id))?;
        let spec = self.spec(&record.detector).ok_or_else(|| ModelRefused::NoDetector(record.detector.clone()))?;
        if record.state == to {
            return Ok(ModelDone::Model(id));
        }
        if !record.state.may_become(to) {
            return Err(ModelRefused::Invalid(match record.state {
                ModelState::Active => {
                    format!("{} is in use; put another one to use in its place, or roll back", record.version)
                }
                from => format!("{} is {} and cannot become {}", record.version, from.word(), to.word()),
            }));
        }
        if matches!(to, ModelState::Active | ModelState::Shadow) {
            Trained::checked(&record, &setup.plant, spec)
                .map_err(|problem| ModelRefused::Invalid(problem.to_string()))?;
        }
        let decision = Decision { by, at: setup.clock.now(), reason };
        setup.storage.decide_model(id, to, &decision).await.map_err(refused)?;
        info!(detector = %record.detector, model = %record.version, "{} by {}: {}", to.word(), decision.by, decision.reason);
        self.tell_detector(spec).await?;
        Ok(ModelDone::Model(id))
    }

    pub(super) async fn roll_back(
        &self,
        detector: &DetectorId,
        by: String,
        reason: String,
    ) -> Result<ModelDone, ModelRefused> {
        if self.spec(detector).is_none() {
            return Err(ModelRefused::NoDetector(detector.clone()));
        }
        let before = self.args.setup.storage.model_before(detector).await.map_err(refused)?;
        let before = before.ok_or_else(|| ModelRefused::NothingBefore(detector.clone()))?;
        self.decide(before.id, ModelState::Active, by, reason).await
    }

    /// The detector swaps without a gap; what it has already it keeps as it is.
    async fn tell_detector(&self, spec: &DetectorSpec) -> Result<(), ModelRefused> {
        let storage = &self.args.setup.storage;
        let active = self.usable(spec, storage.model_in(&spec.id, ModelState::Active).await).map_err(refused)?;
        let shadow = self.usable(spec, storage.model_in(&spec.id, ModelState::Shadow).await).map_err(refused)?;
        let outcome = Outcome::Models { active: Box::new(active), shadow: Box::new(shadow) };
        self.args.plant_hears.say(PlantHears::Trained { detector: spec.id.clone(), outcome });
        Ok(())
    }
}

fn refused(error: StorageError) -> ModelRefused {
    match error {
        StorageError::Corrupt { problem, .. } | StorageError::Conflict { problem, .. } => {
            ModelRefused::Invalid(problem)
        }
        _ => ModelRefused::StorageUnavailable,
    }
}
