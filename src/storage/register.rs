//! The rationalisation register: every change with what has become of it.

use std::collections::HashSet;
use std::iter;
use std::sync::Arc;

use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};

use super::cores::on_all_cores;
use super::entities::register_change;
use super::{PlantStorage, Result, storable, storable_option};
use crate::alarms::register::{FIRST_ENTRY_BY, FIRST_ENTRY_REASON};
use crate::domain::{AlarmId, ChangeId, ChangeOrigin, ChangeState, RegisterChange, RegisterEntry, WallTime};

const READ: &str = "read the alarm register";
/// Stands in `file_entry` for the text of `after_entry`: of most alarms the register says what the plant file says, and a
/// plant may have a hundred thousand.
const AS_AFTER: &str = "=";
/// Rows that one statement writes.
const ROWS_A_STATEMENT: usize = 500;

impl PlantStorage {
    /// Every change of the register, in no order.
    ///
    /// # Errors
    /// When the database does not answer or a row cannot be read.
    pub async fn register_changes(&self) -> Result<Vec<RegisterChange>> {
        self.changes(None).await
    }

    /// What people have decided, as it is in force: the plant that runs follows from that and its file.
    ///
    /// # Errors
    /// When the database does not answer or a row cannot be read.
    pub async fn register_decisions(&self) -> Result<Vec<RegisterChange>> {
        let rows = register_change::Entity::find()
            .filter(register_change::Column::Plant.eq(self.plant_id()))
            .filter(register_change::Column::State.eq(state_word(ChangeState::InForce)))
            .filter(register_change::Column::Origin.eq(origin_word(ChangeOrigin::Person)))
            .all(&self.db().read)
            .await
            .map_err(self.failed(READ))?;
        rows.into_iter().map(|row| self.change_of(row)).collect()
    }

    /// What is in force and what waits for approval.
    ///
    /// # Errors
    /// When the database does not answer or a row cannot be read.
    pub async fn register_now(&self) -> Result<Vec<RegisterChange>> {
        self.changes(Some(&[ChangeState::InForce, ChangeState::Proposed])).await
    }

    /// The newest changes of one alarm, newest first.
    ///
    /// # Errors
    /// When the database does not answer or a row cannot be read.
    pub async fn register_history(&self, alarm: &AlarmId, limit: u64) -> Result<Vec<RegisterChange>> {
        let rows = register_change::Entity::find()
            .filter(register_change::Column::Plant.eq(self.plant_id()))
            .filter(register_change::Column::Alarm.eq(alarm.as_str()))
            .order_by_desc(register_change::Column::Version)
            .limit(limit)
            .all(&self.db().read)
            .await
            .map_err(self.failed(READ))?;
        rows.into_iter().map(|row| self.change_of(row)).collect()
    }

    /// One version of an alarm's entry.
    ///
    /// # Errors
    /// When the database does not answer or the row cannot be read.
    pub async fn register_version(&self, alarm: &AlarmId, version: i64) -> Result<Option<RegisterChange>> {
        let found = register_change::Entity::find()
            .filter(register_change::Column::Plant.eq(self.plant_id()))
            .filter(register_change::Column::Alarm.eq(alarm.as_str()))
            .filter(register_change::Column::Version.eq(version))
            .one(&self.db().read)
            .await
            .map_err(self.failed(READ))?;
        found.map(|row| self.change_of(row)).transpose()
    }

    /// One change by its id.
    ///
    /// # Errors
    /// When the database does not answer or the row cannot be read.
    pub async fn register_change(&self, id: ChangeId) -> Result<Option<RegisterChange>> {
        let found = register_change::Entity::find_by_id(id.to_string())
            .filter(register_change::Column::Plant.eq(self.plant_id()))
            .one(&self.db().read)
            .await
            .map_err(self.failed(READ))?;
        found.map(|row| self.change_of(row)).transpose()
    }

    async fn changes(&self, states: Option<&[ChangeState]>) -> Result<Vec<RegisterChange>> {
        let mut of_plant = Condition::all().add(register_change::Column::Plant.eq(self.plant_id()));
        if let Some(states) = states {
            let words = states.iter().map(|state| state_word(*state));
            of_plant = of_plant.add(register_change::Column::State.is_in(words));
        }
        // Both from one state of the database: an entry that is replaced meanwhile is in one of them.
        let snapshot = self.db().snapshot().await.map_err(self.failed(READ))?;
        let firsts: Vec<FirstEntryRow> = register_change::Entity::find()
            .select_only()
            .columns(FirstEntry::COLUMNS)
            .filter(of_plant.clone().add(FirstEntry::condition()))
            .into_tuple()
            .all(&snapshot)
            .await
            .map_err(self.failed(READ))?;
        let others = register_change::Entity::find()
            .filter(of_plant.add(FirstEntry::condition().not()))
            .all(&snapshot)
            .await
            .map_err(self.failed(READ))?;
        drop(snapshot);
        let plant = self.clone();
        let read = tokio::task::spawn_blocking(move || plant.changes_of(firsts, others)).await;
        read.map_err(|e| self.corrupt(READ, e))?
    }

    fn changes_of(
        &self,
        firsts: Vec<FirstEntryRow>,
        others: Vec<register_change::Model>,
    ) -> Result<Vec<RegisterChange>> {
        let mut changes = others.into_iter().map(|row| self.change_of(row)).collect::<Result<Vec<_>>>()?;
        changes.extend(on_all_cores(firsts, FirstEntry::change_of).map_err(|problem| self.corrupt(READ, problem))?);
        Ok(changes)
    }

    pub(super) async fn insert_changes(
        &self,
        tx: &DatabaseTransaction,
        changes: &[RegisterChange],
    ) -> std::result::Result<(), DbErr> {
        // What was proposed stays as it was; only what becomes of it changes, and never back: a writer that was replaced may
        // come late with an earlier state.
        let onwards = "register_change.state = 'proposed' OR \
             (register_change.state = 'in_force' AND excluded.state = 'superseded')";
        let decided = OnConflict::column(register_change::Column::Id)
            .update_columns([
                register_change::Column::State,
                register_change::Column::DecidedBy,
                register_change::Column::DecidedAt,
                register_change::Column::Decision,
            ])
            .action_and_where(Expr::cust(onwards))
            .to_owned();
        for together in different(changes).flat_map(|run| run.chunks(ROWS_A_STATEMENT)) {
            let rows: std::result::Result<Vec<_>, DbErr> = together.iter().map(|change| self.row_of(change)).collect();
            register_change::Entity::insert_many(rows?).on_conflict(decided.clone()).exec_without_returning(tx).await?;
        }
        Ok(())
    }

    fn row_of(&self, change: &RegisterChange) -> std::result::Result<register_change::ActiveModel, DbErr> {
        let entry = |entry: &Option<Arc<RegisterEntry>>| -> std::result::Result<Option<String>, DbErr> {
            let text = entry.as_deref().map(serde_json::to_string).transpose();
            Ok(text.map_err(|e| DbErr::Json(e.to_string()))?.map(|text| storable(&text)))
        };
        let after = entry(&change.after)?;
        let same = after.is_some() && change.file == change.after;
        let file = if same { Some(AS_AFTER.to_owned()) } else { entry(&change.file)? };
        Ok(register_change::ActiveModel {
            id: Set(change.id.to_string()),
            plant: Set(self.plant_id().to_owned()),
            alarm: Set(change.alarm.to_string()),
            version: Set(change.version),
            state: Set(state_word(change.state).to_owned()),
            origin: Set(origin_word(change.origin).to_owned()),
            before_entry: Set(entry(&change.before)?),
            after_entry: Set(after),
            file_entry: Set(file),
            reason: Set(storable(&change.reason)),
            proposed_by: Set(storable(&change.proposed_by)),
            proposed_at: Set(change.proposed_at.as_micros()),
            decided_by: Set(storable_option(change.decided_by.as_ref())),
            decided_at: Set(change.decided_at.map(WallTime::as_micros)),
            decision: Set(storable_option(change.decision.as_ref())),
        })
    }

    fn change_of(&self, row: register_change::Model) -> Result<RegisterChange> {
        let id = row.id.clone();
        parsed(row).map_err(|problem| self.corrupt(READ, format!("change {id}: {problem}")))
    }
}

/// Runs of changes in which none comes twice: PostgreSQL refuses a statement that writes a row twice.
fn different(changes: &[RegisterChange]) -> impl Iterator<Item = &[RegisterChange]> {
    let mut rest = changes;
    iter::from_fn(move || {
        let mut seen = HashSet::new();
        let run = rest.iter().take_while(|change| seen.insert(change.id)).count();
        let (these, others) = rest.split_at(run);
        rest = others;
        (run > 0).then_some(these)
    })
}

fn parsed(
    row: register_change::Model,
) -> std::result::Result<RegisterChange, Box<dyn std::error::Error + Send + Sync>> {
    let entry = |text: &Option<String>| text.as_deref().map(serde_json::from_str::<Arc<RegisterEntry>>).transpose();
    let after = entry(&row.after_entry)?;
    // An earlier version of the program wrote the same text twice.
    let same = row.file_entry.as_deref() == Some(AS_AFTER) || row.file_entry == row.after_entry;
    let file = if same { after.clone() } else { entry(&row.file_entry)? };
    Ok(RegisterChange {
        id: row.id.parse()?,
        alarm: AlarmId::from(row.alarm),
        version: row.version,
        state: state_of(&row.state)?,
        origin: origin_of(&row.origin)?,
        before: entry(&row.before_entry)?,
        after,
        file,
        reason: row.reason,
        proposed_by: row.proposed_by,
        proposed_at: WallTime::from_micros(row.proposed_at),
        decided_by: row.decided_by,
        decided_at: row.decided_at.map(WallTime::from_micros),
        decision: row.decision,
    })
}

/// What the register entered of its own accord and what is in force still: nearly every row of a large plant, and all of them
/// say the same in most columns.
struct FirstEntry;

/// What differs: id, alarm, entry, when proposed and when decided.
type FirstEntryRow = (String, String, String, i64, Option<i64>);

impl FirstEntry {
    const COLUMNS: [register_change::Column; 5] = [
        register_change::Column::Id,
        register_change::Column::Alarm,
        register_change::Column::AfterEntry,
        register_change::Column::ProposedAt,
        register_change::Column::DecidedAt,
    ];

    fn condition() -> Condition {
        let nothing = |column: register_change::Column| column.is_null();
        Condition::all()
            .add(register_change::Column::Version.eq(1))
            .add(register_change::Column::State.eq(state_word(ChangeState::InForce)))
            .add(register_change::Column::Origin.eq(origin_word(ChangeOrigin::PlantFile)))
            .add(register_change::Column::Reason.eq(FIRST_ENTRY_REASON))
            .add(register_change::Column::ProposedBy.eq(FIRST_ENTRY_BY))
            // Beside a text, nothing is not unequal to it but unknown, and such a row would be neither in nor out.
            .add(register_change::Column::FileEntry.is_not_null())
            .add(register_change::Column::FileEntry.eq(AS_AFTER))
            .add(nothing(register_change::Column::BeforeEntry))
            .add(nothing(register_change::Column::DecidedBy))
            .add(nothing(register_change::Column::Decision))
    }

    fn change_of(row: FirstEntryRow) -> std::result::Result<RegisterChange, String> {
        let (id, alarm, entry, proposed_at, decided_at) = row;
        let problem = |e: &dyn std::fmt::Display| format!("change {id}: {e}");
        let entry: Arc<RegisterEntry> = serde_json::from_str(&entry).map_err(|e| problem(&e))?;
        Ok(RegisterChange {
            id: id.parse().map_err(|e| problem(&e))?,
            alarm: AlarmId::from(alarm),
            version: 1,
            state: ChangeState::InForce,
            origin: ChangeOrigin::PlantFile,
            before: None,
            after: Some(Arc::clone(&entry)),
            file: Some(entry),
            reason: FIRST_ENTRY_REASON.to_owned(),
            proposed_by: FIRST_ENTRY_BY.to_owned(),
            proposed_at: WallTime::from_micros(proposed_at),
            decided_by: None,
            decided_at: decided_at.map(WallTime::from_micros),
            decision: None,
        })
    }
}

const STATES: [ChangeState; 5] = [
    ChangeState::Proposed,
    ChangeState::InForce,
    ChangeState::Superseded,
    ChangeState::Rejected,
    ChangeState::Withdrawn,
];

fn state_of(word: &str) -> std::result::Result<ChangeState, String> {
    let found = STATES.into_iter().find(|state| state_word(*state) == word);
    found.ok_or_else(|| format!("`{word}` is no state of a change"))
}

fn origin_of(word: &str) -> std::result::Result<ChangeOrigin, String> {
    let found = [ChangeOrigin::PlantFile, ChangeOrigin::Person].into_iter().find(|origin| origin_word(*origin) == word);
    found.ok_or_else(|| format!("`{word}` is no origin of a change"))
}

/// The word under which a state is kept.
const fn state_word(state: ChangeState) -> &'static str {
    match state {
        ChangeState::Proposed => "proposed",
        ChangeState::InForce => "in_force",
        ChangeState::Superseded => "superseded",
        ChangeState::Rejected => "rejected",
        ChangeState::Withdrawn => "withdrawn",
    }
}

/// The word under which an origin is kept.
const fn origin_word(origin: ChangeOrigin) -> &'static str {
    match origin {
        ChangeOrigin::PlantFile => "plant_file",
        ChangeOrigin::Person => "person",
    }
}
