//! What detectors have learnt, with where it came from: a model is never shown without its origin.

use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::entities::model;
use super::{OwnedPlant, PlantStorage, Result};
use crate::domain::{DetectorId, WallTime};

/// A trained model.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// Its id.
    pub id: Uuid,
    /// Which detector it is for.
    pub detector: DetectorId,
    /// Its version, as verdicts name it.
    pub version: String,
    /// When it was trained.
    pub trained_at: WallTime,
    /// What it was trained from, for people.
    pub source: String,
    /// Samples that it was trained from.
    pub samples: u64,
    /// Fingerprint of these samples.
    pub data_hash: String,
    /// How it was trained, as JSON.
    pub settings_json: String,
    /// The limits of its charts, as JSON.
    pub limits_json: String,
    /// Share of held-out normal samples that exceeded a limit, 0…1; `None` when there were none to measure on.
    pub measured_false_alarm_rate: Option<f64>,
    /// Whether it is in use.
    pub state: ModelState,
    /// The model itself, in its detector's format.
    pub artefact: Vec<u8>,
}

/// Whether a model is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModelState {
    /// Trained, not yet in use.
    Staged,
    /// The one in use; at most one a detector.
    Active,
    /// Was in use.
    Retired,
}

impl ModelState {
    const fn word(self) -> &'static str {
        match self {
            Self::Staged => "staged",
            Self::Active => "active",
            Self::Retired => "retired",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        [Self::Staged, Self::Active, Self::Retired].into_iter().find(|state| state.word() == word)
    }
}

impl OwnedPlant {
    /// Keeps a model. One that is active retires the one that was, in the same transaction.
    ///
    /// # Errors
    /// `Conflict` when its id is taken; nothing has changed then.
    pub async fn save_model(&self, model: &Model) -> Result<()> {
        let tx = self.begin_fenced(KEEP).await?;
        self.insert_model(tx, model).await
    }
}

impl PlantStorage {
    /// Keeps a model that a person has trained, whoever owns the plant: it takes effect when its detector starts next, so
    /// it contradicts nothing that an owner does meanwhile.
    ///
    /// # Errors
    /// `Conflict` when its id is taken; nothing has changed then.
    pub async fn install_model(&self, model: &Model) -> Result<()> {
        let tx = self.begin(KEEP).await?;
        self.insert_model(tx, model).await
    }

    async fn insert_model(&self, tx: DatabaseTransaction, model: &Model) -> Result<()> {
        let row = model::ActiveModel {
            id: Set(model.id.to_string()),
            plant: Set(self.plant_id().to_owned()),
            detector: Set(model.detector.to_string()),
            version: Set(model.version.clone()),
            trained_at: Set(model.trained_at.as_micros()),
            source: Set(model.source.clone()),
            samples: Set(model.samples.cast_signed()),
            data_hash: Set(model.data_hash.clone()),
            settings: Set(model.settings_json.clone()),
            limits: Set(model.limits_json.clone()),
            measured_false_alarm_rate: Set(model.measured_false_alarm_rate.filter(|rate| rate.is_finite())),
            state: Set(model.state.word().to_owned()),
            artefact: Set(model.artefact.clone()),
        };
        let saved: std::result::Result<(), DbErr> = async {
            if model.state == ModelState::Active {
                model::Entity::update_many()
                    .col_expr(model::Column::State, Expr::value(ModelState::Retired.word()))
                    .filter(model::Column::Plant.eq(self.plant_id()))
                    .filter(model::Column::Detector.eq(model.detector.as_str()))
                    .filter(model::Column::State.eq(ModelState::Active.word()))
                    .exec(&tx)
                    .await?;
            }
            model::Entity::insert(row).exec_without_returning(&tx).await?;
            Ok(())
        }
        .await;
        saved.map_err(self.failed(KEEP))?;
        self.commit(KEEP, tx).await
    }

    /// The model in use of a detector.
    ///
    /// # Errors
    /// When the database does not answer or the row cannot be read.
    pub async fn active_model(&self, detector: &DetectorId) -> Result<Option<Model>> {
        let found = model::Entity::find()
            .filter(model::Column::Plant.eq(self.plant_id()))
            .filter(model::Column::Detector.eq(detector.as_str()))
            .filter(model::Column::State.eq(ModelState::Active.word()))
            .one(&self.db().read)
            .await
            .map_err(self.failed(READ))?;
        found.map(|row| self.model_of(row)).transpose()
    }

    /// Every model of the plant, newest first.
    ///
    /// # Errors
    /// When the database does not answer or a row cannot be read.
    pub async fn list_models(&self) -> Result<Vec<Model>> {
        let rows = model::Entity::find()
            .filter(model::Column::Plant.eq(self.plant_id()))
            .order_by_desc(model::Column::TrainedAt)
            .order_by_desc(model::Column::Id)
            .all(&self.db().read)
            .await
            .map_err(self.failed(READ))?;
        rows.into_iter().map(|row| self.model_of(row)).collect()
    }

    fn model_of(&self, row: model::Model) -> Result<Model> {
        let corrupt = |problem: String| self.corrupt(READ, format!("model {}: {problem}", row.id));
        Ok(Model {
            id: row.id.parse().map_err(|e: uuid::Error| corrupt(e.to_string()))?,
            state: ModelState::from_word(&row.state).ok_or_else(|| corrupt(format!("state {:?}", row.state)))?,
            detector: DetectorId::from(row.detector),
            version: row.version,
            trained_at: WallTime::from_micros(row.trained_at),
            source: row.source,
            samples: row.samples.cast_unsigned(),
            data_hash: row.data_hash,
            settings_json: row.settings,
            limits_json: row.limits,
            measured_false_alarm_rate: row.measured_false_alarm_rate,
            artefact: row.artefact,
        })
    }
}

const READ: &str = "read a model";
const KEEP: &str = "keep a model";
