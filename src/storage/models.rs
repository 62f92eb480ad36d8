//! What detectors have learnt, with where it came from: a model is never shown without its origin.
//!
//! A model is written once; what changes is where it stands ([`ModelState`]), and each change says who wanted it and why.

use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, DatabaseTransaction, DbErr, EntityTrait, FromQueryResult,
    IntoActiveModel, Iterable, QueryFilter, QueryOrder, QuerySelect,
};
use sha2::{Digest, Sha256};

use super::entities::model;
use super::{OwnedPlant, PlantStorage, Result, StorageError, storable, storable_option};
use crate::domain::{DetectorId, ModelId, ModelState, WallTime};

const READ: &str = "read a model";
const KEEP: &str = "keep a model";
const DECIDE: &str = "decide about a model";

/// A trained model.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// Its id.
    pub id: ModelId,
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
    /// Where it stands.
    pub state: ModelState,
    /// How it came to stand there.
    pub life: ModelLife,
    /// The model itself, in its detector's format; empty in lists, since it may be large.
    pub artefact: Vec<u8>,
}

/// Who made a model, what of, and what people have decided about it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ModelLife {
    /// Its method, for example `var`; `None` of a model that an earlier version has kept.
    pub method: Option<String>,
    /// Name and rows of every run of its training data, as JSON.
    pub data_range_json: Option<String>,
    /// SHA-256 of the artefact, in hexadecimal; written with it.
    pub artefact_hash: Option<String>,
    /// Who had it trained or fetched it; `None`: nobody knows.
    pub created_by: Option<String>,
    /// The last decision about it.
    pub decision: Option<Decision>,
    /// When it was last put to use.
    pub activated_at: Option<WallTime>,
    /// Where it is in another registry, for example `models:/tep.plant.detector/3`.
    pub published_as: Option<String>,
    /// The job that has made it.
    pub training_job: Option<String>,
}

/// Somebody has put a model where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Who.
    pub by: String,
    /// When.
    pub at: WallTime,
    /// Why.
    pub reason: String,
}

/// A row without its artefact.
#[derive(Clone, Debug, FromQueryResult)]
struct Listed {
    id: String,
    detector: String,
    version: String,
    trained_at: i64,
    source: String,
    samples: i64,
    data_hash: String,
    settings: String,
    limits: String,
    measured_false_alarm_rate: Option<f64>,
    state: String,
    method: Option<String>,
    data_range: Option<String>,
    artefact_hash: Option<String>,
    created_by: Option<String>,
    decided_by: Option<String>,
    decided_at: Option<i64>,
    decision: Option<String>,
    activated_at: Option<i64>,
    published_as: Option<String>,
    training_job: Option<String>,
}

impl OwnedPlant {
    /// Keeps a model. One that is active retires the one that was, and a shadow sends the one that was back to the staged
    /// ones, in the same transaction.
    ///
    /// # Errors
    /// `Conflict` when its id is taken; nothing has changed then.
    pub async fn save_model(&self, model: &Model) -> Result<()> {
        let tx = self.begin_fenced(KEEP).await?;
        self.insert_model(tx, model).await
    }

    /// Puts a model where somebody wants it; the one that stood there makes room in the same transaction. Returns it as it
    /// was.
    ///
    /// # Errors
    /// `NotFound` when there is no such model; `Conflict` when it cannot go from where it stands to there.
    pub async fn decide_model(&self, id: ModelId, to: ModelState, decision: &Decision) -> Result<Model> {
        let tx = self.begin_fenced(DECIDE).await?;
        let row = self.row_of_model(&tx, id).await?;
        let before = self.model_of(row.clone())?;
        if !before.state.may_become(to) {
            let problem = format!("{} is {} and cannot become {}", before.version, before.state.word(), to.word());
            return Err(StorageError::conflict(DECIDE, &self.db().place, problem));
        }
        let decided: std::result::Result<(), DbErr> = async {
            self.make_room(&tx, &before.detector, to, decision).await?;
            let mut row = row.into_active_model();
            row.state = Set(to.word().to_owned());
            row.decided_by = Set(Some(storable(&decision.by)));
            row.decided_at = Set(Some(decision.at.as_micros()));
            row.decision = Set(Some(storable(&decision.reason)));
            if to == ModelState::Active {
                row.activated_at = Set(Some(decision.at.as_micros()));
            }
            model::Entity::update(row).exec(&tx).await?;
            Ok(())
        }
        .await;
        decided.map_err(self.failed(DECIDE))?;
        self.commit(DECIDE, tx).await?;
        Ok(before)
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

    /// Remembers where a model stands in another registry.
    ///
    /// # Errors
    /// `NotFound` when there is no such model.
    pub async fn mark_published(&self, id: ModelId, place: &str) -> Result<()> {
        let changed = model::Entity::update_many()
            .col_expr(model::Column::PublishedAs, Expr::value(storable(place)))
            .filter(model::Column::Plant.eq(self.plant_id()))
            .filter(model::Column::Id.eq(id.to_string()))
            .exec(&self.db().write)
            .await
            .map_err(self.failed(KEEP))?;
        if changed.rows_affected == 0 {
            return Err(self.no_model(KEEP, id));
        }
        Ok(())
    }

    async fn insert_model(&self, tx: DatabaseTransaction, model: &Model) -> Result<()> {
        let row = self.model_row(model);
        let decision = model.life.decision.clone().unwrap_or_else(|| Decision {
            by: model.life.created_by.clone().unwrap_or_default(),
            at: model.trained_at,
            reason: format!("{} took its place", model.version),
        });
        let saved: std::result::Result<(), DbErr> = async {
            self.make_room(&tx, &model.detector, model.state, &decision).await?;
            model::Entity::insert(row).exec_without_returning(&tx).await?;
            Ok(())
        }
        .await;
        saved.map_err(self.failed(KEEP))?;
        self.commit(KEEP, tx).await
    }

    /// There is one active model of a detector, and one shadow.
    async fn make_room(
        &self,
        tx: &DatabaseTransaction,
        detector: &DetectorId,
        for_one: ModelState,
        decision: &Decision,
    ) -> std::result::Result<(), DbErr> {
        let goes_to = match for_one {
            ModelState::Active => ModelState::Retired,
            ModelState::Shadow => ModelState::Staged,
            ModelState::Staged | ModelState::Retired => return Ok(()),
        };
        model::Entity::update_many()
            .col_expr(model::Column::State, Expr::value(goes_to.word()))
            .col_expr(model::Column::DecidedBy, Expr::value(storable(&decision.by)))
            .col_expr(model::Column::DecidedAt, Expr::value(decision.at.as_micros()))
            .col_expr(model::Column::Decision, Expr::value(storable(&decision.reason)))
            .filter(model::Column::Plant.eq(self.plant_id()))
            .filter(model::Column::Detector.eq(detector.as_str()))
            .filter(model::Column::State.eq(for_one.word()))
            .exec(tx)
            .await
            .map(drop)
    }

    fn model_row(&self, model: &Model) -> model::ActiveModel {
        let life = &model.life;
        let decision = life.decision.as_ref();
        let activated = life.activated_at.or_else(|| (model.state == ModelState::Active).then_some(model.trained_at));
        model::ActiveModel {
            id: Set(model.id.to_string()),
            plant: Set(self.plant_id().to_owned()),
            detector: Set(model.detector.to_string()),
            version: Set(model.version.clone()),
            trained_at: Set(model.trained_at.as_micros()),
            source: Set(storable(&model.source)),
            samples: Set(model.samples.cast_signed()),
            data_hash: Set(model.data_hash.clone()),
            settings: Set(model.settings_json.clone()),
            limits: Set(model.limits_json.clone()),
            measured_false_alarm_rate: Set(model.measured_false_alarm_rate.filter(|rate| rate.is_finite())),
            state: Set(model.state.word().to_owned()),
            artefact: Set(model.artefact.clone()),
            method: Set(life.method.clone()),
            data_range: Set(storable_option(life.data_range_json.as_ref())),
            artefact_hash: Set(Some(artefact_hash(&model.artefact))),
            created_by: Set(storable_option(life.created_by.as_ref())),
            decided_by: Set(decision.map(|decision| storable(&decision.by))),
            decided_at: Set(decision.map(|decision| decision.at.as_micros())),
            decision: Set(decision.map(|decision| storable(&decision.reason))),
            activated_at: Set(activated.map(WallTime::as_micros)),
            published_as: Set(life.published_as.clone()),
            training_job: Set(life.training_job.clone()),
        }
    }

    /// The model in use of a detector.
    ///
    /// # Errors
    /// When the database does not answer or the row cannot be read.
    pub async fn active_model(&self, detector: &DetectorId) -> Result<Option<Model>> {
        self.model_in(detector, ModelState::Active).await
    }

    /// The model of a detector that stands there, when only one can.
    ///
    /// # Errors
    /// When the database does not answer or the row cannot be read.
    pub async fn model_in(&self, detector: &DetectorId, state: ModelState) -> Result<Option<Model>> {
        let found = model::Entity::find()
            .filter(self.of_detector(detector))
            .filter(model::Column::State.eq(state.word()))
            .one(&self.db().read)
            .await
            .map_err(self.failed(READ))?;
        found.map(|row| self.model_of(row)).transpose()
    }

    /// One model of this plant.
    ///
    /// # Errors
    /// When the database does not answer or the row cannot be read.
    pub async fn model(&self, id: ModelId) -> Result<Option<Model>> {
        let found = model::Entity::find_by_id(id.to_string())
            .filter(model::Column::Plant.eq(self.plant_id()))
            .one(&self.db().read)
            .await
            .map_err(self.failed(READ))?;
        found.map(|row| self.model_of(row)).transpose()
    }

    /// The model to which a detector would be rolled back: of the retired ones the one that was in use last.
    ///
    /// # Errors
    /// When the database does not answer or the row cannot be read.
    pub async fn model_before(&self, detector: &DetectorId) -> Result<Option<Model>> {
        let found = model::Entity::find()
            .filter(self.of_detector(detector))
            .filter(model::Column::State.eq(ModelState::Retired.word()))
            .filter(model::Column::ActivatedAt.is_not_null())
            .order_by_desc(model::Column::ActivatedAt)
            .order_by_desc(model::Column::Id)
            .one(&self.db().read)
            .await
            .map_err(self.failed(READ))?;
        found.map(|row| self.model_of(row)).transpose()
    }

    /// Every model of the plant, newest first, without the artefacts.
    ///
    /// # Errors
    /// When the database does not answer or a row cannot be read.
    pub async fn list_models(&self) -> Result<Vec<Model>> {
        let rows = model::Entity::find()
            .select_only()
            .columns(model::Column::iter().filter(|column| !matches!(column, model::Column::Artefact)))
            .filter(model::Column::Plant.eq(self.plant_id()))
            .order_by_desc(model::Column::TrainedAt)
            .order_by_desc(model::Column::Id)
            .into_model::<Listed>()
            .all(&self.db().read)
            .await
            .map_err(self.failed(READ))?;
        rows.into_iter().map(|row| self.listed(row, Vec::new())).collect()
    }

    fn of_detector(&self, detector: &DetectorId) -> Condition {
        Condition::all()
            .add(model::Column::Plant.eq(self.plant_id()))
            .add(model::Column::Detector.eq(detector.as_str()))
    }

    async fn row_of_model(&self, tx: &DatabaseTransaction, id: ModelId) -> Result<model::Model> {
        let found = model::Entity::find_by_id(id.to_string())
            .filter(model::Column::Plant.eq(self.plant_id()))
            .one(tx)
            .await
            .map_err(self.failed(DECIDE))?;
        found.ok_or_else(|| self.no_model(DECIDE, id))
    }

    fn no_model(&self, what: &'static str, id: ModelId) -> StorageError {
        StorageError::not_found(what, &self.db().place, format!("there is no model {id}"))
    }

    /// A damaged artefact must not become a verdict.
    fn model_of(&self, row: model::Model) -> Result<Model> {
        if let Some(written) = row.artefact_hash.as_ref().filter(|hash| **hash != artefact_hash(&row.artefact)) {
            let problem = format!("model {}: its artefact does not have the hash {written}", row.id);
            return Err(self.corrupt(READ, problem));
        }
        let listed = Listed {
            id: row.id,
            detector: row.detector,
            version: row.version,
            trained_at: row.trained_at,
            source: row.source,
            samples: row.samples,
            data_hash: row.data_hash,
            settings: row.settings,
            limits: row.limits,
            measured_false_alarm_rate: row.measured_false_alarm_rate,
            state: row.state,
            method: row.method,
            data_range: row.data_range,
            artefact_hash: row.artefact_hash,
            created_by: row.created_by,
            decided_by: row.decided_by,
            decided_at: row.decided_at,
            decision: row.decision,
            activated_at: row.activated_at,
            published_as: row.published_as,
            training_job: row.training_job,
        };
        self.listed(listed, row.artefact)
    }

    fn listed(&self, row: Listed, artefact: Vec<u8>) -> Result<Model> {
        let corrupt = |problem: String| self.corrupt(READ, format!("model {}: {problem}", row.id));
        let decision = match (row.decided_by, row.decided_at) {
            (Some(by), Some(at)) => {
                Some(Decision { by, at: WallTime::from_micros(at), reason: row.decision.unwrap_or_default() })
            }
            _ => None,
        };
        Ok(Model {
            id: row.id.parse().map_err(|e: uuid::Error| corrupt(e.to_string()))?,
            state: row.state.parse().map_err(|e: crate::domain::NoModelState| corrupt(e.to_string()))?,
            detector: DetectorId::from(row.detector),
            version: row.version,
            trained_at: WallTime::from_micros(row.trained_at),
            source: row.source,
            samples: row.samples.cast_unsigned(),
            data_hash: row.data_hash,
            settings_json: row.settings,
            limits_json: row.limits,
            measured_false_alarm_rate: row.measured_false_alarm_rate,
            life: ModelLife {
                method: row.method,
                data_range_json: row.data_range,
                artefact_hash: row.artefact_hash,
                created_by: row.created_by,
                decision,
                activated_at: row.activated_at.map(WallTime::from_micros),
                published_as: row.published_as,
                training_job: row.training_job,
            },
            artefact,
        })
    }
}

/// SHA-256 in hexadecimal, as registries compare it.
pub fn artefact_hash(artefact: &[u8]) -> String {
    format!("{:x}", Sha256::digest(artefact))
}
