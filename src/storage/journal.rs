//! The alarm journal: one row a transition, only ever appended, each row once.

use std::borrow::Borrow;

use sea_orm::sea_query::{Expr, ExprTrait, LikeExpr, OnConflict};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect,
};
use serde::{Deserialize, Serialize};

use super::entities::{alarm_current, alarm_journal};
use super::idempotency::IdempotencyRecord;
use super::{OwnedPlant, PlantStorage, Result, StorageError, patiently, storable, storable_option};
use crate::domain::{AlarmId, JournalEntry, NamedContribution, RegisterChange, SourceTime, TransitionKind, WallTime};

/// Rows in one statement; twenty parameters a row keep below what either database takes.
const ROWS_A_STATEMENT: usize = 500;

/// Which rows of the journal to show; an empty filter shows all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JournalFilter {
    /// Only these alarms; the API resolves a unit or a title to its alarms.
    pub alarms: Option<Vec<AlarmId>>,
    /// Decided at or after this time.
    pub from: Option<WallTime>,
    /// Decided at or before this time.
    pub to: Option<WallTime>,
    /// At or after this time of the plant.
    pub source_from: Option<SourceTime>,
    /// At or before this time of the plant.
    pub source_to: Option<SourceTime>,
    /// Only rows of these kinds; empty for all.
    pub kinds: Vec<TransitionKind>,
    /// Only what this person did.
    pub by: Option<String>,
    /// Only rows whose alarm id, person or comment contains this, capitals or not.
    pub search: Option<String>,
}

/// Where a page of the journal ends: the page after it goes on below.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct JournalCursor {
    /// Which life of the desk.
    pub epoch: i64,
    /// Its place in that life.
    pub sequence: i64,
}

/// What the journal is told in one piece.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JournalRecord {
    /// Transitions, oldest first.
    pub entries: Vec<JournalEntry>,
    /// The answer to the order that caused them, if it was one.
    pub result: Option<IdempotencyRecord>,
    /// Changes of the rationalisation register, as they are now.
    #[serde(default)]
    pub changes: Vec<RegisterChange>,
}

/// A row of the journal with the cursor after which the next page begins.
#[derive(Clone, Debug, PartialEq)]
pub struct JournalRow {
    /// Where it stands.
    pub cursor: JournalCursor,
    /// What it says.
    pub entry: JournalEntry,
}

impl OwnedPlant {
    /// Appends transitions, oldest first, brings the current alarms up to them and keeps the results of the commands
    /// that caused them: all in one transaction. What is there already is not doubled, so a call may be repeated.
    ///
    /// # Errors
    /// Nothing was written. `Conflict` when another entry stands at the same epoch and sequence, or another request's
    /// result under the same key.
    pub async fn append_journal(&self, entries: &[JournalEntry], results: &[IdempotencyRecord]) -> Result<()> {
        self.append_record(entries, results, &[]).await
    }

    /// The same together with the changes of the register that took effect with these transitions: what is journalled as
    /// in force is in force after any kind of stop, and the other way round.
    ///
    /// # Errors
    /// As [`OwnedPlant::append_journal`].
    pub async fn append_record(
        &self,
        entries: &[JournalEntry],
        results: &[IdempotencyRecord],
        changes: &[RegisterChange],
    ) -> Result<()> {
        if entries.is_empty() && results.is_empty() && changes.is_empty() {
            return Ok(());
        }
        let entries: Vec<JournalEntry> = entries.iter().map(normalised).collect();
        patiently(|| self.append_record_once(&entries, results, changes)).await
    }

    /// Appends several records in one transaction, as [`OwnedPlant::append_journal`] does, and tries only once: for who
    /// has another place for them in the meantime.
    ///
    /// # Errors
    /// The same; nothing was written.
    pub async fn append_records<R: Borrow<JournalRecord>>(&self, records: &[R]) -> Result<()> {
        let entries = records.iter().flat_map(|record| &record.borrow().entries).map(normalised).collect::<Vec<_>>();
        let results = records.iter().filter_map(|record| record.borrow().result.clone()).collect::<Vec<_>>();
        let changes = records.iter().flat_map(|record| &record.borrow().changes).cloned().collect::<Vec<_>>();
        if entries.is_empty() && results.is_empty() && changes.is_empty() {
            return Ok(());
        }
        self.append_record_once(&entries, &results, &changes).await
    }

    /// Whether the journal holds every transition of a record, just so.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn journal_holds(&self, record: &JournalRecord) -> Result<bool> {
        for entry in &record.entries {
            let row = self.journal_row(&normalised(entry)).map_err(|e| self.corrupt(READ, e))?;
            let key = (row.plant.clone(), row.epoch, row.sequence);
            let there = alarm_journal::Entity::find_by_id(key).one(&self.db().read).await.map_err(self.failed(READ))?;
            if there.as_ref() != Some(&row) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The epoch of the newest transition of any alarm, 0 when there is none, and the newest epoch that was ever begun.
    ///
    /// # Errors
    /// `Fenced` when the plant is no longer ours; else when the database does not answer.
    pub async fn newest_epochs(&self) -> Result<(i64, i64)> {
        let newest = alarm_current::Entity::find()
            .filter(alarm_current::Column::Plant.eq(self.plant_id()))
            .select_only()
            .column_as(alarm_current::Column::Epoch.max(), "newest")
            .into_tuple::<Option<i64>>()
            .one(&self.db().read)
            .await
            .map_err(self.failed(READ))?;
        Ok((newest.flatten().unwrap_or(0), self.epoch_begun().await?))
    }

    async fn append_record_once(
        &self,
        entries: &[JournalEntry],
        results: &[IdempotencyRecord],
        changes: &[RegisterChange],
    ) -> Result<()> {
        const WHAT: &str = "write the alarm journal";
        let rows = entries
            .iter()
            .map(|entry| self.journal_row(entry))
            .collect::<std::result::Result<Vec<_>, _>>()
            .map_err(|e| self.corrupt(WHAT, e))?;
        let tx = self.begin_fenced(WHAT).await?;
        for chunk in rows.chunks(ROWS_A_STATEMENT) {
            self.insert_journal(&tx, chunk).await?;
        }
        self.project(&tx, entries).await.map_err(self.failed(WHAT))?;
        self.insert_changes(&tx, changes).await.map_err(self.failed(WHAT))?;
        for result in results {
            self.insert_result(&tx, result).await?;
        }
        self.commit(WHAT, tx).await
    }

    async fn insert_journal(&self, tx: &DatabaseTransaction, rows: &[alarm_journal::Model]) -> Result<()> {
        const WHAT: &str = "write the alarm journal";
        let known = OnConflict::columns([
            alarm_journal::Column::Plant,
            alarm_journal::Column::Epoch,
            alarm_journal::Column::Sequence,
        ])
        .do_nothing()
        .to_owned();
        let inserted = alarm_journal::Entity::insert_many(rows.iter().map(|row| row.clone().into_active_model()))
            .on_conflict(known)
            .exec_without_returning(tx)
            .await
            .map_err(self.failed(WHAT))?;
        if inserted == rows.len() as u64 {
            return Ok(());
        }
        for row in rows {
            let key = (row.plant.clone(), row.epoch, row.sequence);
            let there = alarm_journal::Entity::find_by_id(key).one(tx).await.map_err(self.failed(WHAT))?;
            if there.as_ref() != Some(row) {
                let problem = format!("another entry stands at epoch {}, sequence {}", row.epoch, row.sequence);
                return Err(StorageError::conflict(WHAT, &self.db().place, problem));
            }
        }
        Ok(())
    }
}

impl PlantStorage {
    /// The entries after a place in the stream, oldest first.
    ///
    /// # Errors
    /// When the database does not answer or a row cannot be read.
    pub async fn journal_after(&self, epoch: i64, sequence: i64, limit: u64) -> Result<Vec<JournalEntry>> {
        let rows = alarm_journal::Entity::find()
            .filter(alarm_journal::Column::Plant.eq(self.plant_id()))
            .filter(place().gt(place_of(epoch, sequence)))
            .order_by_asc(alarm_journal::Column::Epoch)
            .order_by_asc(alarm_journal::Column::Sequence)
            .limit(limit)
            .all(&self.db().read)
            .await
            .map_err(self.failed(READ))?;
        rows.into_iter().map(|row| self.journal_entry(row)).collect()
    }

    /// A page of the journal, newest first: below `before`, or from the top.
    ///
    /// # Errors
    /// When the database does not answer or a row cannot be read.
    pub async fn journal_page(
        &self,
        filter: &JournalFilter,
        before: Option<JournalCursor>,
        limit: u64,
    ) -> Result<Vec<JournalRow>> {
        let below = before.map(|at| place().lt(place_of(at.epoch, at.sequence)));
        let mut condition = Condition::all().add(alarm_journal::Column::Plant.eq(self.plant_id())).add_option(below);
        condition = filter.apply(condition);
        let rows = newest(condition, limit, &self.db().read).await.map_err(self.failed(READ))?;
        rows.into_iter()
            .map(|row| {
                let cursor = JournalCursor { epoch: row.epoch, sequence: row.sequence };
                Ok(JournalRow { cursor, entry: self.journal_entry(row)? })
            })
            .collect()
    }

    /// The newest entries, back to one that was decided before `since`, oldest first; not more than `most`.
    ///
    /// # Errors
    /// When the database does not answer or a row cannot be read.
    pub async fn journal_since(&self, since: WallTime, most: usize) -> Result<Vec<JournalEntry>> {
        // The clock orders nothing, and the newest are few, so they are read by their number until they are old enough: some
        // first, and when those are not enough all others at once.
        let mut newest: Vec<JournalEntry> = Vec::new();
        let mut before = None;
        while newest.len() < most {
            let wanted = if newest.is_empty() { ROWS_A_STATEMENT.min(most) } else { most - newest.len() };
            let page = self.journal_page(&JournalFilter::default(), before, wanted as u64).await?;
            before = page.last().map(|row| row.cursor);
            let is_last = page.len() < wanted || page.last().is_some_and(|row| row.entry.wall_time < since);
            newest.extend(page.into_iter().map(|row| row.entry).filter(|entry| entry.wall_time >= since));
            if is_last {
                break;
            }
        }
        newest.reverse();
        Ok(newest)
    }

    /// The newest entries of each of several alarms, newest first, in the order of the alarms asked for.
    ///
    /// # Errors
    /// When the database does not answer or a row cannot be read.
    pub async fn alarm_history(
        &self,
        alarms: &[AlarmId],
        limit_each: u64,
    ) -> Result<Vec<(AlarmId, Vec<JournalEntry>)>> {
        // One look into the index for each alarm, on one connection; a window over all of them would read every row.
        let snapshot = self.db().snapshot().await.map_err(self.failed(READ))?;
        let mut histories = Vec::with_capacity(alarms.len());
        for alarm in alarms {
            let condition = Condition::all()
                .add(alarm_journal::Column::Plant.eq(self.plant_id()))
                .add(alarm_journal::Column::Alarm.eq(alarm.as_str()));
            let rows = newest(condition, limit_each, &snapshot).await.map_err(self.failed(READ))?;
            let entries = rows.into_iter().map(|row| self.journal_entry(row)).collect::<Result<Vec<_>>>()?;
            histories.push((alarm.clone(), entries));
        }
        Ok(histories)
    }

    fn journal_row(&self, entry: &JournalEntry) -> std::result::Result<alarm_journal::Model, serde_json::Error> {
        let words = [Some(entry.alarm.as_str()), entry.by.as_deref(), entry.comment.as_deref()];
        Ok(alarm_journal::Model {
            plant: self.plant_id().to_owned(),
            epoch: entry.epoch,
            sequence: entry.sequence,
            alarm: entry.alarm.to_string(),
            occurrence: entry.occurrence.map(|id| id.to_string()),
            kind: word(&entry.kind)?,
            from_state: word(&entry.from)?,
            to_state: word(&entry.to)?,
            facts: serde_json::to_string(&entry.facts)?,
            source_time: entry.source_time.as_micros(),
            wall_time: entry.wall_time.as_micros(),
            scan: entry.scan.map(u64::cast_signed),
            deciding_value: entry.value,
            deciding_limit: entry.limit,
            done_by: entry.by.clone(),
            comment: entry.comment.clone(),
            client: entry.client.clone(),
            idempotency_key: entry.idempotency_key.clone(),
            contributions: serde_json::to_string(&entry.contributions)?,
            search_text: words.into_iter().flatten().collect::<Vec<_>>().join("\n").to_lowercase(),
        })
    }

    fn journal_entry(&self, row: alarm_journal::Model) -> Result<JournalEntry> {
        let (epoch, sequence) = (row.epoch, row.sequence);
        entry_of(row).map_err(|e| self.corrupt(READ, format!("the entry at epoch {epoch}, sequence {sequence}: {e}")))
    }
}

const READ: &str = "read the alarm journal";

/// Where a row stands in the journal, compared as a whole: of two conditions a database makes no range of its index.
fn place() -> Expr {
    Expr::tuple([Expr::col(alarm_journal::Column::Epoch), Expr::col(alarm_journal::Column::Sequence)])
}

fn place_of(epoch: i64, sequence: i64) -> Expr {
    Expr::tuple([Expr::value(epoch), Expr::value(sequence)])
}

async fn newest<C: ConnectionTrait>(
    condition: Condition,
    limit: u64,
    db: &C,
) -> std::result::Result<Vec<alarm_journal::Model>, DbErr> {
    alarm_journal::Entity::find()
        .filter(condition)
        .order_by_desc(alarm_journal::Column::Epoch)
        .order_by_desc(alarm_journal::Column::Sequence)
        .limit(limit)
        .all(db)
        .await
}

impl JournalFilter {
    fn apply(&self, condition: Condition) -> Condition {
        use alarm_journal::Column;
        let kinds: Vec<String> = self.kinds.iter().filter_map(|kind| word(kind).ok()).collect();
        let names = self.alarms.as_ref().map(|alarms| alarms.iter().map(|alarm| alarm.as_str().to_owned()));
        condition
            .add_option(names.map(|names| Column::Alarm.is_in(names)))
            .add_option(self.from.map(|from| Column::WallTime.gte(from.as_micros())))
            .add_option(self.to.map(|to| Column::WallTime.lte(to.as_micros())))
            .add_option(self.source_from.map(|from| Column::SourceTime.gte(from.as_micros())))
            .add_option(self.source_to.map(|to| Column::SourceTime.lte(to.as_micros())))
            .add_option((!kinds.is_empty()).then(|| Column::Kind.is_in(kinds)))
            .add_option(self.by.as_ref().map(|by| Column::DoneBy.eq(by.as_str())))
            .add_option(self.search.as_ref().map(|text| Column::SearchText.like(containing(text))))
    }
}

/// A pattern for texts that contain this one, whatever signs are in it.
fn containing(text: &str) -> LikeExpr {
    let plain = storable(text).to_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    LikeExpr::new(format!("%{plain}%")).escape('\\')
}

/// The name under which serde knows a variant, without quotes.
fn word<T: serde::Serialize>(variant: &T) -> std::result::Result<String, serde_json::Error> {
    serde_json::to_value(variant).map(|value| value.as_str().unwrap_or_default().to_owned())
}

fn from_word<T: serde::de::DeserializeOwned>(word: String) -> std::result::Result<T, serde_json::Error> {
    serde_json::from_value(serde_json::Value::String(word))
}

fn entry_of(row: alarm_journal::Model) -> std::result::Result<JournalEntry, Box<dyn std::error::Error + Send + Sync>> {
    Ok(JournalEntry {
        epoch: row.epoch,
        sequence: row.sequence,
        alarm: AlarmId::from(row.alarm),
        occurrence: row.occurrence.map(|id| id.parse()).transpose()?,
        kind: from_word(row.kind)?,
        from: from_word(row.from_state)?,
        to: from_word(row.to_state)?,
        facts: serde_json::from_str(&row.facts)?,
        source_time: SourceTime::from_micros(row.source_time),
        wall_time: WallTime::from_micros(row.wall_time),
        scan: row.scan.map(i64::cast_unsigned),
        value: row.deciding_value,
        limit: row.deciding_limit,
        by: row.done_by,
        comment: row.comment,
        client: row.client,
        idempotency_key: row.idempotency_key,
        contributions: serde_json::from_str(&row.contributions)?,
    })
}

/// An entry as it can be kept: values that are no numbers become none, shares are kept to a millionth, so that they are
/// the same after any number of readings.
fn normalised(entry: &JournalEntry) -> JournalEntry {
    let share = |share: f64| if share.is_finite() { (share * 1e6).round() / 1e6 } else { 0.0 };
    JournalEntry {
        value: entry.value.filter(|value| value.is_finite()),
        limit: entry.limit.filter(|limit| limit.is_finite()),
        by: storable_option(entry.by.as_ref()),
        comment: storable_option(entry.comment.as_ref()),
        client: storable_option(entry.client.as_ref()),
        idempotency_key: storable_option(entry.idempotency_key.as_ref()),
        contributions: entry
            .contributions
            .iter()
            .map(|c| NamedContribution { tag: c.tag.clone(), share: share(c.share) })
            .collect(),
        ..entry.clone()
    }
}
