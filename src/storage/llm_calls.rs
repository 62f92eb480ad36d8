//! What was asked of language models: one row a call.

use std::time::Duration;

use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::entities::llm_call;
use super::{Result, Storage, storable, storable_option};
use crate::domain::{Money, Usage, WallTime};

/// One call. No prompt and no answer: their hashes and sizes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LlmCall {
    /// Its name.
    pub id: Uuid,
    /// When it ended.
    pub at: WallTime,
    /// For whom; `None`: TEP by itself.
    pub who: Option<String>,
    /// About which plant.
    pub plant: String,
    /// About which unit; `None`: the plant as a whole.
    pub unit: Option<String>,
    /// What for, for example `explanation`.
    pub purpose: String,
    /// Whom, by the id in the configuration.
    pub provider: String,
    /// Which model.
    pub model: String,
    /// `local` or `cloud`.
    pub locality: String,
    /// What it was about, for example the occurrence of an alarm.
    pub subject: String,
    /// Which prompt, with its version.
    pub prompt_version: String,
    /// The hash of every letter that was sent; empty when nothing was.
    pub prompt_hash: String,
    /// The hash of the evidence.
    pub evidence_hash: String,
    /// What the answer may cite.
    pub evidence_ids: Vec<String>,
    /// Read and written.
    pub usage: Usage,
    /// What it has cost.
    pub cost: Money,
    /// How long it took.
    pub took: Duration,
    /// `answered`, or a short name of what went wrong.
    pub outcome: String,
}

impl Storage {
    /// Appends calls.
    ///
    /// # Errors
    /// When they could not be made durable; then none of them is there.
    pub async fn append_llm_calls(&self, calls: &[LlmCall]) -> Result<()> {
        if calls.is_empty() {
            return Ok(());
        }
        llm_call::Entity::insert_many(calls.iter().map(row))
            .exec_without_returning(&self.0.db.write)
            .await
            .map_err(self.failed("write the audit of language models"))?;
        Ok(())
    }

    /// The newest calls, newest first, at most so many.
    ///
    /// # Errors
    /// When the database does not answer, or holds what was never written.
    pub async fn llm_calls_newest(&self, most: u64) -> Result<Vec<LlmCall>> {
        let rows = llm_call::Entity::find()
            .order_by_desc(llm_call::Column::At)
            .order_by_desc(llm_call::Column::Id)
            .limit(most)
            .all(&self.0.db.read)
            .await
            .map_err(self.failed("read the audit of language models"))?;
        rows.into_iter().map(|row| self.read_llm_call(row)).collect()
    }

    /// Calls that ended at or after a time, oldest first, at most so many.
    ///
    /// # Errors
    /// When the database does not answer, or holds what was never written.
    pub async fn llm_calls_since(&self, at: WallTime, most: u64) -> Result<Vec<LlmCall>> {
        let rows = llm_call::Entity::find()
            .filter(llm_call::Column::At.gte(at.as_micros()))
            .order_by_asc(llm_call::Column::At)
            .order_by_asc(llm_call::Column::Id)
            .limit(most)
            .all(&self.0.db.read)
            .await
            .map_err(self.failed("read the audit of language models"))?;
        rows.into_iter().map(|row| self.read_llm_call(row)).collect()
    }

    fn read_llm_call(&self, row: llm_call::Model) -> Result<LlmCall> {
        let id = row.id.clone();
        call(row).ok_or_else(|| self.corrupt("read the audit of language models", format!("row {id} makes no sense")))
    }
}

fn row(call: &LlmCall) -> llm_call::ActiveModel {
    llm_call::ActiveModel {
        id: Set(call.id.to_string()),
        at: Set(call.at.as_micros()),
        who: Set(storable_option(call.who.as_ref())),
        plant: Set(storable(&call.plant)),
        unit: Set(storable_option(call.unit.as_ref())),
        purpose: Set(call.purpose.clone()),
        provider: Set(storable(&call.provider)),
        model: Set(storable(&call.model)),
        locality: Set(call.locality.clone()),
        subject: Set(storable(&call.subject)),
        prompt_version: Set(storable(&call.prompt_version)),
        prompt_hash: Set(call.prompt_hash.clone()),
        evidence_hash: Set(storable(&call.evidence_hash)),
        evidence_ids: Set(storable(&serde_json::Value::from(call.evidence_ids.clone()).to_string())),
        input_tokens: Set(call.usage.input.into()),
        output_tokens: Set(call.usage.output.into()),
        cost_micros: Set(call.cost.as_micros()),
        took_micros: Set(i64::try_from(call.took.as_micros()).unwrap_or(i64::MAX)),
        outcome: Set(call.outcome.clone()),
    }
}

fn call(row: llm_call::Model) -> Option<LlmCall> {
    Some(LlmCall {
        id: row.id.parse().ok()?,
        at: WallTime::from_micros(row.at),
        who: row.who,
        plant: row.plant,
        unit: row.unit,
        purpose: row.purpose,
        provider: row.provider,
        model: row.model,
        locality: row.locality,
        subject: row.subject,
        prompt_version: row.prompt_version,
        prompt_hash: row.prompt_hash,
        evidence_hash: row.evidence_hash,
        evidence_ids: serde_json::from_str(&row.evidence_ids).ok()?,
        usage: Usage { input: u32::try_from(row.input_tokens).ok()?, output: u32::try_from(row.output_tokens).ok()? },
        cost: Money::from_micros(row.cost_micros),
        took: Duration::from_micros(u64::try_from(row.took_micros).ok()?),
        outcome: row.outcome,
    })
}
