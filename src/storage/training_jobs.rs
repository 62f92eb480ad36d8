//! Training jobs: what was ordered outlives a restart.

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::entities::training_job;
use super::{OwnedPlant, PlantStorage, Result, storable, storable_option};
use crate::domain::{DetectorId, TrainingJob, TrainingJobId, TrainingJobState, WallTime};

const READ: &str = "read training jobs";
const KEEP: &str = "keep a training job";

impl OwnedPlant {
    /// Keeps a job as it is now, in place of how it was.
    ///
    /// # Errors
    /// When it could not be made durable; `Fenced` when the plant is no longer ours.
    pub async fn save_training_job(&self, job: &TrainingJob) -> Result<()> {
        use training_job::Column;
        let tx = self.begin_fenced(KEEP).await?;
        let changing = [Column::State, Column::StartedAt, Column::EndedAt, Column::Outcome, Column::Model];
        let replace = OnConflict::column(Column::Id).update_columns(changing).to_owned();
        training_job::Entity::insert(self.job_row(job))
            .on_conflict(replace)
            .exec_without_returning(&tx)
            .await
            .map_err(self.failed(KEEP))?;
        self.commit(KEEP, tx).await
    }
}

impl PlantStorage {
    /// The newest jobs of the plant, newest first.
    ///
    /// # Errors
    /// When the database does not answer or a row cannot be read.
    pub async fn training_jobs(&self, most: u64) -> Result<Vec<TrainingJob>> {
        let rows = training_job::Entity::find()
            .filter(training_job::Column::Plant.eq(self.plant_id()))
            .order_by_desc(training_job::Column::RequestedAt)
            .order_by_desc(training_job::Column::Id)
            .limit(most)
            .all(&self.db().read)
            .await
            .map_err(self.failed(READ))?;
        rows.into_iter().map(|row| self.job_of(row)).collect()
    }

    /// The jobs with which there is still something to do, in the order in which they were ordered.
    ///
    /// # Errors
    /// When the database does not answer or a row cannot be read.
    pub async fn open_training_jobs(&self) -> Result<Vec<TrainingJob>> {
        let open = TrainingJobState::ALL.into_iter().filter(|state| state.is_open()).map(TrainingJobState::word);
        let rows = training_job::Entity::find()
            .filter(training_job::Column::Plant.eq(self.plant_id()))
            .filter(training_job::Column::State.is_in(open))
            .order_by_asc(training_job::Column::RequestedAt)
            .order_by_asc(training_job::Column::Id)
            .all(&self.db().read)
            .await
            .map_err(self.failed(READ))?;
        rows.into_iter().map(|row| self.job_of(row)).collect()
    }

    /// One job of this plant.
    ///
    /// # Errors
    /// When the database does not answer or the row cannot be read.
    pub async fn training_job(&self, id: TrainingJobId) -> Result<Option<TrainingJob>> {
        let found = training_job::Entity::find_by_id(id.to_string())
            .filter(training_job::Column::Plant.eq(self.plant_id()))
            .one(&self.db().read)
            .await
            .map_err(self.failed(READ))?;
        found.map(|row| self.job_of(row)).transpose()
    }

    fn job_row(&self, job: &TrainingJob) -> training_job::ActiveModel {
        let json =
            |value: std::result::Result<String, serde_json::Error>| value.expect("names and numbers always serialise");
        training_job::ActiveModel {
            id: Set(job.id.to_string()),
            plant: Set(self.plant_id().to_owned()),
            detector: Set(job.detector.to_string()),
            method: Set(json(serde_json::to_string(&job.method))),
            advisory: Set(json(serde_json::to_string(&job.advisory))),
            origin: Set(storable(&json(serde_json::to_string(&job.origin)))),
            requested_by: Set(storable(&job.requested_by)),
            requested_at: Set(job.requested_at.as_micros()),
            reason: Set(storable(&job.reason)),
            state: Set(job.state.word().to_owned()),
            started_at: Set(job.started_at.map(WallTime::as_micros)),
            ended_at: Set(job.ended_at.map(WallTime::as_micros)),
            outcome: Set(storable_option(job.outcome.as_ref())),
            model: Set(job.model.map(|model| model.to_string())),
        }
    }

    fn job_of(&self, row: training_job::Model) -> Result<TrainingJob> {
        let id = row.id.clone();
        let corrupt = |problem: String| self.corrupt(READ, format!("job {id}: {problem}"));
        let state = TrainingJobState::ALL.into_iter().find(|state| state.word() == row.state);
        Ok(TrainingJob {
            id: row.id.parse().map_err(|e: uuid::Error| corrupt(e.to_string()))?,
            detector: DetectorId::from(row.detector),
            method: serde_json::from_str(&row.method).map_err(|e| corrupt(e.to_string()))?,
            advisory: serde_json::from_str(&row.advisory).map_err(|e| corrupt(e.to_string()))?,
            origin: serde_json::from_str(&row.origin).map_err(|e| corrupt(e.to_string()))?,
            requested_by: row.requested_by,
            requested_at: WallTime::from_micros(row.requested_at),
            reason: row.reason,
            state: state.ok_or_else(|| corrupt(format!("state {:?}", row.state)))?,
            started_at: row.started_at.map(WallTime::from_micros),
            ended_at: row.ended_at.map(WallTime::from_micros),
            outcome: row.outcome,
            model: row.model.map(|model| model.parse()).transpose().map_err(|e: uuid::Error| corrupt(e.to_string()))?,
        })
    }
}
