//! The incidents of a plant: what was diagnosed behind each, what it looked like, and what people found.

use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};

use super::entities::incident;
use super::{OwnedPlant, PlantStorage, Result, patiently, storable};
use crate::domain::{
    AlarmId, CalledBy, DetectorId, Diagnosis, Fingerprint, Incident, IncidentVerdict, OccurrenceId, SourceTime,
    WallTime,
};

const KEEP: &str = "keep an incident";
const READ: &str = "read an incident";
const JUDGE: &str = "keep what was found of an incident";

/// What the column of the diagnosis holds.
#[derive(Serialize)]
struct Told<'a> {
    called_by: &'a CalledBy,
    #[serde(flatten)]
    diagnosis: &'a Diagnosis,
}

/// The same, read. What was kept before incidents had other callers was called for by an alarm.
#[derive(Deserialize)]
struct Kept {
    #[serde(default)]
    called_by: CalledBy,
    #[serde(flatten)]
    diagnosis: Diagnosis,
}

impl OwnedPlant {
    /// Keeps what was diagnosed of an incident, in place of what was diagnosed of it before. What a person has said of it
    /// stays; `incident.verdict` is not written here.
    ///
    /// # Errors
    /// When it could not be made durable; `Fenced` when the plant is no longer ours.
    pub async fn record_incident(&self, incident: &Incident) -> Result<()> {
        use incident::Column;
        let row = self.incident_row(incident)?;
        let replace = OnConflict::columns([Column::Plant, Column::Occurrence])
            .update_columns([
                Column::Alarm,
                Column::Detector,
                Column::Began,
                Column::Updated,
                Column::Diagnosis,
                Column::Frame,
                Column::Age,
                Column::Fingerprint,
            ])
            .to_owned();
        patiently(|| async {
            let tx = self.begin_fenced(KEEP).await?;
            incident::Entity::insert(row.clone())
                .on_conflict(replace.clone())
                .exec_without_returning(&tx)
                .await
                .map_err(self.failed(KEEP))?;
            self.commit(KEEP, tx).await
        })
        .await
    }

    /// Forgets incidents that were last diagnosed before a time and of which nobody has said anything; returns how many.
    ///
    /// # Errors
    /// When the database does not answer; `Fenced` when the plant is no longer ours.
    pub async fn forget_incidents(&self, before: WallTime) -> Result<u64> {
        const WHAT: &str = "forget old incidents";
        let tx = self.begin_fenced(WHAT).await?;
        let forgotten = incident::Entity::delete_many()
            .filter(incident::Column::Plant.eq(self.plant_id()))
            .filter(incident::Column::Updated.lt(before.as_micros()))
            .filter(incident::Column::Verdict.is_null())
            .exec(&tx)
            .await
            .map_err(self.failed(WHAT))?;
        self.commit(WHAT, tx).await?;
        Ok(forgotten.rows_affected)
    }

    fn incident_row(&self, incident: &Incident) -> Result<incident::ActiveModel> {
        let told = Told { called_by: &incident.called_by, diagnosis: &incident.diagnosis };
        let diagnosis = serde_json::to_string(&told).map_err(|e| self.corrupt(KEEP, e))?;
        let print = incident.fingerprint.as_ref();
        Ok(incident::ActiveModel {
            plant: Set(self.plant_id().to_owned()),
            occurrence: Set(incident.occurrence.to_string()),
            alarm: Set(incident.alarm.to_string()),
            detector: Set(incident.detector.to_string()),
            began: Set(incident.began.as_micros()),
            updated: Set(incident.updated.as_micros()),
            diagnosis: Set(storable(&diagnosis)),
            frame: Set(print.map(|print| storable(&print.frame))),
            age: Set(print.map(|print| i64::from(print.age))),
            fingerprint: Set(print.map(|print| to_bytes(&print.values)).unwrap_or_default()),
            verdict: Set(None),
            true_cause: Set(None),
        })
    }
}

impl PlantStorage {
    /// Keeps what a person has found of an incident, whoever owns the plant: the owner reads it when it next compares. False
    /// when there is no such incident.
    ///
    /// # Errors
    /// When it could not be made durable.
    pub async fn judge_incident(&self, occurrence: OccurrenceId, verdict: &IncidentVerdict) -> Result<bool> {
        use incident::Column;
        let text = serde_json::to_string(verdict).map_err(|e| self.corrupt(JUDGE, e))?;
        let cause = verdict.cause.as_ref().map(|cause| storable(cause.id.as_str()));
        let judged = incident::Entity::update_many()
            .col_expr(Column::Verdict, Expr::value(storable(&text)))
            .col_expr(Column::TrueCause, Expr::value(cause))
            .filter(Column::Plant.eq(self.plant_id()))
            .filter(Column::Occurrence.eq(occurrence.to_string()))
            .exec(&self.db().write)
            .await
            .map_err(self.failed(JUDGE))?;
        Ok(judged.rows_affected > 0)
    }

    /// The incident of an occurrence.
    ///
    /// # Errors
    /// When the database does not answer or the row cannot be read.
    pub async fn incident(&self, occurrence: OccurrenceId) -> Result<Option<Incident>> {
        let found = incident::Entity::find()
            .filter(incident::Column::Plant.eq(self.plant_id()))
            .filter(incident::Column::Occurrence.eq(occurrence.to_string()))
            .one(&self.db().read)
            .await
            .map_err(self.failed(READ))?;
        found.map(|row| self.incident_of(row)).transpose()
    }

    /// The incidents of the plant, the one diagnosed last first, at most so many.
    ///
    /// # Errors
    /// When the database does not answer or a row cannot be read.
    pub async fn incidents(&self, most: u64) -> Result<Vec<Incident>> {
        let rows = incident::Entity::find()
            .filter(incident::Column::Plant.eq(self.plant_id()))
            .order_by_desc(incident::Column::Updated)
            .order_by_desc(incident::Column::Occurrence)
            .limit(most)
            .all(&self.db().read)
            .await
            .map_err(self.failed(READ))?;
        rows.into_iter().map(|row| self.incident_of(row)).collect()
    }

    /// What began while the alarm of an occurrence stood already, the oldest first.
    ///
    /// # Errors
    /// When the database does not answer or a row cannot be read.
    pub async fn incidents_under(&self, occurrence: OccurrenceId) -> Result<Vec<Incident>> {
        let rows = incident::Entity::find()
            .filter(incident::Column::Plant.eq(self.plant_id()))
            .filter(incident::Column::Diagnosis.contains(occurrence.to_string()))
            .order_by_asc(incident::Column::Began)
            .order_by_asc(incident::Column::Occurrence)
            .all(&self.db().read)
            .await
            .map_err(self.failed(READ))?;
        let all = rows.into_iter().map(|row| self.incident_of(row)).collect::<Result<Vec<_>>>()?;
        // The id stands in a diagnosis also where another resembles it.
        let under = CalledBy::LaterOnset { under: occurrence };
        Ok(all.into_iter().filter(|incident| incident.called_by == under).collect())
    }

    /// The incidents of which a person has named the cause and that were seen in this frame, the newest first, at most so
    /// many: what a library of incidents is added to.
    ///
    /// # Errors
    /// When the database does not answer or a row cannot be read.
    pub async fn known_incidents(&self, frame: &str, most: u64) -> Result<Vec<Incident>> {
        let rows = incident::Entity::find()
            .filter(incident::Column::Plant.eq(self.plant_id()))
            .filter(incident::Column::Frame.eq(frame))
            .filter(incident::Column::TrueCause.is_not_null())
            .order_by_desc(incident::Column::Updated)
            .order_by_desc(incident::Column::Occurrence)
            .limit(most)
            .all(&self.db().read)
            .await
            .map_err(self.failed(READ))?;
        rows.into_iter().map(|row| self.incident_of(row)).collect()
    }

    fn incident_of(&self, row: incident::Model) -> Result<Incident> {
        let corrupt = |problem: String| self.corrupt(READ, format!("incident {}: {problem}", row.occurrence));
        let fingerprint = match (row.frame, row.age) {
            (Some(frame), Some(age)) => {
                let values =
                    from_bytes(&row.fingerprint).ok_or_else(|| corrupt("its fingerprint is cut off".into()))?;
                let age = u32::try_from(age).map_err(|e| corrupt(format!("age {age}: {e}")))?;
                Some(Fingerprint { frame, age, values })
            }
            _ => None,
        };
        let kept: Kept = serde_json::from_str(&row.diagnosis).map_err(|e| corrupt(format!("diagnosis: {e}")))?;
        Ok(Incident {
            occurrence: row.occurrence.parse().map_err(|e: uuid::Error| corrupt(e.to_string()))?,
            called_by: kept.called_by,
            alarm: AlarmId::from(row.alarm),
            detector: DetectorId::from(row.detector),
            began: SourceTime::from_micros(row.began),
            updated: WallTime::from_micros(row.updated),
            diagnosis: kept.diagnosis,
            fingerprint,
            verdict: row
                .verdict
                .map(|text| serde_json::from_str(&text).map_err(|e| corrupt(format!("verdict: {e}"))))
                .transpose()?,
        })
    }
}

fn to_bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

fn from_bytes(bytes: &[u8]) -> Option<Vec<f32>> {
    let fours = bytes.chunks_exact(4);
    fours
        .remainder()
        .is_empty()
        .then(|| fours.filter_map(|four| four.try_into().ok().map(f32::from_le_bytes)).collect())
}
