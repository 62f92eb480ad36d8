//! What explains an alarm: evidence as it was frozen, explanations of it, questions with their answers, and what people found.

use std::time::Duration;

use sea_orm::sea_query::{OnConflict, Query};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::entities::{evidence, explanation, explanation_turn, explanation_verdict};
use super::{OwnedPlant, PlantStorage, Result, patiently, storable, storable_option};
use crate::domain::{AlarmId, Money, OccurrenceId, Usage, WallTime};
use crate::explain::{Evidence, Explanation, FollowUp, Grounded};

const KEEP: &str = "keep an explanation";
const READ: &str = "read an explanation";
const FORGET: &str = "forget old explanations";
/// Explanations and turns of one occurrence that are read at most.
const MOST: u64 = 100;

/// Evidence as it was frozen.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredEvidence {
    /// The name of its content.
    pub hash: String,
    /// Of which occurrence.
    pub occurrence: OccurrenceId,
    /// Of which alarm.
    pub alarm: AlarmId,
    /// When, wall time.
    pub frozen_at: WallTime,
    /// What it says.
    pub evidence: Evidence,
}

/// An explanation, with what was struck out of it.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredExplanation {
    /// Its id.
    pub id: Uuid,
    /// Of which occurrence.
    pub occurrence: OccurrenceId,
    /// The evidence that it rests on.
    pub evidence_hash: String,
    /// Who has written it: `deterministic`, or the id of a provider.
    pub explainer: String,
    /// With which model; `None` for one that was computed.
    pub model: Option<String>,
    /// With which prompt; `None` for one that was computed.
    pub prompt: Option<String>,
    /// When, wall time.
    pub at: WallTime,
    /// What it says.
    pub explanation: Explanation,
    /// Its texts with their claims.
    pub grounded: Vec<Grounded>,
    /// How long it took.
    pub took: Duration,
    /// What it has cost.
    pub cost: Money,
    /// What was read and written.
    pub usage: Usage,
}

/// A question about an alarm, with its answer.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredTurn {
    /// Its id.
    pub id: Uuid,
    /// About which occurrence.
    pub occurrence: OccurrenceId,
    /// The evidence that the answer rests on.
    pub evidence_hash: String,
    /// When, wall time.
    pub at: WallTime,
    /// Who asked.
    pub asked_by: String,
    /// What.
    pub question: String,
    /// What was answered.
    pub answer: FollowUp,
    /// The answer's texts with their claims.
    pub grounded: Vec<Grounded>,
    /// Who answered: `deterministic`, or the id of a provider.
    pub explainer: String,
    /// With which model.
    pub model: Option<String>,
    /// What it has cost.
    pub cost: Money,
}

/// How right an explanation was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Judgement {
    /// It named the cause.
    Right,
    /// It named the cause among others, or a part of it.
    Partly,
    /// It did not.
    Wrong,
}

impl Judgement {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Right, Self::Partly, Self::Wrong];

    /// Its name in database and API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::Partly => "partly",
            Self::Wrong => "wrong",
        }
    }
}

/// What one person has found of one explanation. The newest replaces their earlier ones; the audit keeps them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExplanationVerdict {
    /// Of which explanation.
    pub explanation: Uuid,
    /// Of which occurrence.
    pub occurrence: OccurrenceId,
    /// Who.
    pub by: String,
    /// When, wall time.
    pub at: WallTime,
    /// How right it was.
    pub judgement: Judgement,
    /// The true cause, where it was found: an id of the fault library, or words.
    pub cause: Option<String>,
    /// What they wrote.
    pub comment: Option<String>,
}

impl OwnedPlant {
    /// Keeps evidence. The same content is kept once.
    ///
    /// # Errors
    /// When it could not be made durable; `Fenced` when the plant is no longer ours.
    pub async fn keep_evidence(&self, kept: &StoredEvidence) -> Result<()> {
        let row = evidence::ActiveModel {
            plant: Set(self.plant_id().to_owned()),
            hash: Set(kept.hash.clone()),
            occurrence: Set(kept.occurrence.to_string()),
            alarm: Set(kept.alarm.to_string()),
            frozen_at: Set(kept.frozen_at.as_micros()),
            content: Set(storable(&kept.evidence.canonical())),
        };
        let known = OnConflict::columns([evidence::Column::Plant, evidence::Column::Hash]).do_nothing().to_owned();
        patiently(|| async {
            let tx = self.begin_fenced(KEEP).await?;
            let insert = evidence::Entity::insert(row.clone()).on_conflict(known.clone());
            insert.exec_without_returning(&tx).await.map_err(self.failed(KEEP))?;
            self.commit(KEEP, tx).await
        })
        .await
    }

    /// Keeps an explanation. One that is there already stays as it is.
    ///
    /// # Errors
    /// When it could not be made durable; `Fenced` when the plant is no longer ours.
    pub async fn keep_explanation(&self, kept: &StoredExplanation) -> Result<()> {
        let row = explanation::ActiveModel {
            id: Set(kept.id.to_string()),
            plant: Set(self.plant_id().to_owned()),
            occurrence: Set(kept.occurrence.to_string()),
            evidence_hash: Set(kept.evidence_hash.clone()),
            explainer: Set(storable(&kept.explainer)),
            model: Set(storable_option(kept.model.as_ref())),
            prompt: Set(kept.prompt.clone()),
            at: Set(kept.at.as_micros()),
            content: Set(storable(&json(&kept.explanation))),
            grounded: Set(storable(&json(&kept.grounded))),
            took_micros: Set(i64::try_from(kept.took.as_micros()).unwrap_or(i64::MAX)),
            cost_micros: Set(kept.cost.as_micros()),
            input_tokens: Set(kept.usage.input.into()),
            output_tokens: Set(kept.usage.output.into()),
        };
        let known = OnConflict::column(explanation::Column::Id).do_nothing().to_owned();
        patiently(|| async {
            let tx = self.begin_fenced(KEEP).await?;
            let insert = explanation::Entity::insert(row.clone()).on_conflict(known.clone());
            insert.exec_without_returning(&tx).await.map_err(self.failed(KEEP))?;
            self.commit(KEEP, tx).await
        })
        .await
    }

    /// Keeps a question with its answer.
    ///
    /// # Errors
    /// When it could not be made durable; `Fenced` when the plant is no longer ours.
    pub async fn keep_turn(&self, kept: &StoredTurn) -> Result<()> {
        let row = explanation_turn::ActiveModel {
            id: Set(kept.id.to_string()),
            plant: Set(self.plant_id().to_owned()),
            occurrence: Set(kept.occurrence.to_string()),
            evidence_hash: Set(kept.evidence_hash.clone()),
            at: Set(kept.at.as_micros()),
            asked_by: Set(storable(&kept.asked_by)),
            question: Set(storable(&kept.question)),
            answer: Set(storable(&json(&kept.answer))),
            grounded: Set(storable(&json(&kept.grounded))),
            explainer: Set(storable(&kept.explainer)),
            model: Set(storable_option(kept.model.as_ref())),
            cost_micros: Set(kept.cost.as_micros()),
        };
        let known = OnConflict::column(explanation_turn::Column::Id).do_nothing().to_owned();
        patiently(|| async {
            let tx = self.begin_fenced(KEEP).await?;
            let insert = explanation_turn::Entity::insert(row.clone()).on_conflict(known.clone());
            insert.exec_without_returning(&tx).await.map_err(self.failed(KEEP))?;
            self.commit(KEEP, tx).await
        })
        .await
    }

    /// Forgets evidence that was frozen before a time, with its explanations and questions; what people have judged stays.
    /// Returns how many bundles.
    ///
    /// # Errors
    /// When the database does not answer; `Fenced` when the plant is no longer ours.
    pub async fn forget_explanations(&self, before: WallTime) -> Result<u64> {
        let judged = Query::select()
            .column(explanation_verdict::Column::Occurrence)
            .from(explanation_verdict::Entity)
            .and_where(explanation_verdict::Column::Plant.eq(self.plant_id()))
            .take();
        let old = Query::select()
            .column(evidence::Column::Hash)
            .from(evidence::Entity)
            .and_where(evidence::Column::Plant.eq(self.plant_id()))
            .and_where(evidence::Column::FrozenAt.lt(before.as_micros()))
            .and_where(evidence::Column::Occurrence.not_in_subquery(judged.clone()))
            .take();
        let tx = self.begin_fenced(FORGET).await?;
        explanation_turn::Entity::delete_many()
            .filter(explanation_turn::Column::Plant.eq(self.plant_id()))
            .filter(explanation_turn::Column::EvidenceHash.in_subquery(old.clone()))
            .exec(&tx)
            .await
            .map_err(self.failed(FORGET))?;
        explanation::Entity::delete_many()
            .filter(explanation::Column::Plant.eq(self.plant_id()))
            .filter(explanation::Column::EvidenceHash.in_subquery(old))
            .exec(&tx)
            .await
            .map_err(self.failed(FORGET))?;
        let gone = evidence::Entity::delete_many()
            .filter(evidence::Column::Plant.eq(self.plant_id()))
            .filter(evidence::Column::FrozenAt.lt(before.as_micros()))
            .filter(evidence::Column::Occurrence.not_in_subquery(judged))
            .exec(&tx)
            .await
            .map_err(self.failed(FORGET))?;
        self.commit(FORGET, tx).await?;
        Ok(gone.rows_affected)
    }
}

impl PlantStorage {
    /// Evidence by the name of its content.
    ///
    /// # Errors
    /// When the database does not answer or the row cannot be read.
    pub async fn evidence(&self, hash: &str) -> Result<Option<StoredEvidence>> {
        let key = (self.plant_id().to_owned(), hash.to_owned());
        let found = evidence::Entity::find_by_id(key).one(&self.db().read).await.map_err(self.failed(READ))?;
        found.map(|row| self.evidence_of(row)).transpose()
    }

    /// Of these names of contents those that are kept.
    ///
    /// # Errors
    /// When the database does not answer or a row cannot be read.
    pub async fn evidence_of_all(&self, hashes: &[String]) -> Result<Vec<StoredEvidence>> {
        if hashes.is_empty() {
            return Ok(Vec::new());
        }
        let rows = evidence::Entity::find()
            .filter(evidence::Column::Plant.eq(self.plant_id()))
            .filter(evidence::Column::Hash.is_in(hashes))
            .limit(MOST)
            .all(&self.db().read)
            .await
            .map_err(self.failed(READ))?;
        rows.into_iter().map(|row| self.evidence_of(row)).collect()
    }

    /// The newest evidence of an occurrence from which it was explained; what was frozen for the answer to a question is not.
    ///
    /// # Errors
    /// When the database does not answer or the row cannot be read.
    pub async fn newest_evidence(&self, occurrence: OccurrenceId) -> Result<Option<StoredEvidence>> {
        let explained = Query::select()
            .column(explanation::Column::EvidenceHash)
            .from(explanation::Entity)
            .and_where(explanation::Column::Plant.eq(self.plant_id()))
            .and_where(explanation::Column::Occurrence.eq(occurrence.to_string()))
            .take();
        let found = evidence::Entity::find()
            .filter(evidence::Column::Plant.eq(self.plant_id()))
            .filter(evidence::Column::Occurrence.eq(occurrence.to_string()))
            .filter(evidence::Column::Hash.in_subquery(explained))
            .order_by_desc(evidence::Column::FrozenAt)
            .one(&self.db().read)
            .await
            .map_err(self.failed(READ))?;
        found.map(|row| self.evidence_of(row)).transpose()
    }

    /// The explanations of an occurrence, the newest first.
    ///
    /// # Errors
    /// When the database does not answer or a row cannot be read.
    pub async fn explanations(&self, occurrence: OccurrenceId) -> Result<Vec<StoredExplanation>> {
        let rows = explanation::Entity::find()
            .filter(explanation::Column::Plant.eq(self.plant_id()))
            .filter(explanation::Column::Occurrence.eq(occurrence.to_string()))
            .order_by_desc(explanation::Column::At)
            .order_by_desc(explanation::Column::Id)
            .limit(MOST)
            .all(&self.db().read)
            .await
            .map_err(self.failed(READ))?;
        rows.into_iter().map(|row| self.explanation_of(row)).collect()
    }

    /// One explanation.
    ///
    /// # Errors
    /// When the database does not answer or the row cannot be read.
    pub async fn explanation(&self, id: Uuid) -> Result<Option<StoredExplanation>> {
        let found = explanation::Entity::find_by_id(id.to_string())
            .filter(explanation::Column::Plant.eq(self.plant_id()))
            .one(&self.db().read)
            .await
            .map_err(self.failed(READ))?;
        found.map(|row| self.explanation_of(row)).transpose()
    }

    /// What was asked about an occurrence, oldest first.
    ///
    /// # Errors
    /// When the database does not answer or a row cannot be read.
    pub async fn turns(&self, occurrence: OccurrenceId) -> Result<Vec<StoredTurn>> {
        let rows = explanation_turn::Entity::find()
            .filter(explanation_turn::Column::Plant.eq(self.plant_id()))
            .filter(explanation_turn::Column::Occurrence.eq(occurrence.to_string()))
            .order_by_desc(explanation_turn::Column::At)
            .order_by_desc(explanation_turn::Column::Id)
            .limit(MOST)
            .all(&self.db().read)
            .await
            .map_err(self.failed(READ))?;
        let mut turns = rows.into_iter().map(|row| self.turn_of(row)).collect::<Result<Vec<_>>>()?;
        turns.reverse();
        Ok(turns)
    }

    /// What people have found of the explanations of an occurrence, the newest first.
    ///
    /// # Errors
    /// When the database does not answer or a row cannot be read.
    pub async fn explanation_verdicts(&self, occurrence: OccurrenceId) -> Result<Vec<ExplanationVerdict>> {
        let rows = explanation_verdict::Entity::find()
            .filter(explanation_verdict::Column::Plant.eq(self.plant_id()))
            .filter(explanation_verdict::Column::Occurrence.eq(occurrence.to_string()))
            .order_by_desc(explanation_verdict::Column::At)
            .limit(MOST)
            .all(&self.db().read)
            .await
            .map_err(self.failed(READ))?;
        rows.into_iter().map(|row| self.verdict_of(row)).collect()
    }

    /// Keeps what a person has found, whoever owns the plant: it contradicts nothing that an owner does meanwhile.
    ///
    /// # Errors
    /// When it could not be made durable.
    pub async fn judge_explanation(&self, verdict: &ExplanationVerdict) -> Result<()> {
        use explanation_verdict::Column;
        let row = explanation_verdict::ActiveModel {
            plant: Set(self.plant_id().to_owned()),
            explanation: Set(verdict.explanation.to_string()),
            done_by: Set(storable(&verdict.by)),
            occurrence: Set(verdict.occurrence.to_string()),
            at: Set(verdict.at.as_micros()),
            judgement: Set(verdict.judgement.as_str().to_owned()),
            true_cause: Set(storable_option(verdict.cause.as_ref())),
            comment: Set(storable_option(verdict.comment.as_ref())),
        };
        let replace = OnConflict::columns([Column::Plant, Column::Explanation, Column::DoneBy])
            .update_columns([Column::Occurrence, Column::At, Column::Judgement, Column::TrueCause, Column::Comment])
            .to_owned();
        let insert = explanation_verdict::Entity::insert(row).on_conflict(replace);
        insert.exec_without_returning(&self.db().write).await.map_err(self.failed(KEEP))?;
        Ok(())
    }

    fn evidence_of(&self, row: evidence::Model) -> Result<StoredEvidence> {
        Ok(StoredEvidence {
            occurrence: self.occurrence_of(&row.occurrence)?,
            alarm: row.alarm.into(),
            frozen_at: WallTime::from_micros(row.frozen_at),
            evidence: self.parsed(&row.content)?,
            hash: row.hash,
        })
    }

    fn explanation_of(&self, row: explanation::Model) -> Result<StoredExplanation> {
        Ok(StoredExplanation {
            id: self.id_of(&row.id)?,
            occurrence: self.occurrence_of(&row.occurrence)?,
            evidence_hash: row.evidence_hash,
            explainer: row.explainer,
            model: row.model,
            prompt: row.prompt,
            at: WallTime::from_micros(row.at),
            explanation: self.parsed(&row.content)?,
            grounded: self.parsed(&row.grounded)?,
            took: Duration::from_micros(row.took_micros.unsigned_abs()),
            cost: Money::from_micros(row.cost_micros),
            usage: Usage { input: tokens(row.input_tokens), output: tokens(row.output_tokens) },
        })
    }

    fn turn_of(&self, row: explanation_turn::Model) -> Result<StoredTurn> {
        Ok(StoredTurn {
            id: self.id_of(&row.id)?,
            occurrence: self.occurrence_of(&row.occurrence)?,
            evidence_hash: row.evidence_hash,
            at: WallTime::from_micros(row.at),
            asked_by: row.asked_by,
            question: row.question,
            answer: self.parsed(&row.answer)?,
            grounded: self.parsed(&row.grounded)?,
            explainer: row.explainer,
            model: row.model,
            cost: Money::from_micros(row.cost_micros),
        })
    }

    fn verdict_of(&self, row: explanation_verdict::Model) -> Result<ExplanationVerdict> {
        let judgement = Judgement::ALL.into_iter().find(|judgement| judgement.as_str() == row.judgement);
        Ok(ExplanationVerdict {
            explanation: self.id_of(&row.explanation)?,
            occurrence: self.occurrence_of(&row.occurrence)?,
            by: row.done_by,
            at: WallTime::from_micros(row.at),
            judgement: judgement.ok_or_else(|| self.corrupt(READ, format!("no judgement `{}`", row.judgement)))?,
            cause: row.true_cause,
            comment: row.comment,
        })
    }

    fn id_of(&self, text: &str) -> Result<Uuid> {
        text.parse().map_err(|e| self.corrupt(READ, format!("the id `{text}`: {e}")))
    }

    fn occurrence_of(&self, text: &str) -> Result<OccurrenceId> {
        self.id_of(text).map(OccurrenceId)
    }

    fn parsed<T: DeserializeOwned>(&self, text: &str) -> Result<T> {
        serde_json::from_str(text).map_err(|e| self.corrupt(READ, e))
    }
}

fn json(what: &impl serde::Serialize) -> String {
    serde_json::to_string(what).unwrap_or_default()
}

fn tokens(count: i64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
