//! What follows from the journal for each alarm: the table `alarm_current`, written in the journal's own transaction.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QuerySelect};
use serde::{Deserialize, Serialize};

use super::cores::on_all_cores;
use super::entities::alarm_current;
use super::{PlantStorage, Result};
use crate::domain::{
    AlarmFacts, AlarmId, JournalEntry, NamedContribution, PutAsideBy, SourceTime, TransitionKind, WallTime,
};

/// Rows in one statement.
const ROWS_A_STATEMENT: usize = 500;

/// What is shown of an alarm beside its facts: told by its last transitions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LastTransition {
    /// Which life of the desk wrote the last transition.
    pub epoch: i64,
    /// Its place in that life.
    pub sequence: i64,
    /// What happened.
    pub kind: TransitionKind,
    /// When the plant says that it happened.
    pub source_time: SourceTime,
    /// When the desk decided it.
    pub wall_time: WallTime,
    /// The value of the last transition that had one, in the tag's unit.
    #[serde(with = "exact")]
    pub value: Option<f64>,
    /// The limit of the last transition that had one.
    #[serde(with = "exact")]
    pub limit: Option<f64>,
    /// The tags that contributed to the last transition that named any, largest first.
    pub contributions: Vec<NamedContribution>,
    /// Who acknowledged the open or last occurrence; `None` since it was raised (again) or worsened.
    pub acknowledged_by: Option<String>,
    /// When they did.
    pub acknowledged_at: Option<WallTime>,
    /// What they said.
    pub comment: Option<String>,
    /// Who has put it aside, while it is.
    #[serde(default)]
    pub put_aside: PutAsideBy,
}

/// A number written as the shortest text that reads back as the same number; a JSON reader may miss it by its last bit.
mod exact {
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    pub fn serialize<S: Serializer>(value: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
        value.map(|value| value.to_string()).serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| text.parse().map_err(D::Error::custom)).transpose()
    }
}

impl LastTransition {
    /// What an entry makes of what was known before it.
    pub fn after(before: Option<&Self>, entry: &JournalEntry) -> Self {
        let acknowledged = entry.kind == TransitionKind::Acknowledged;
        // An earlier acknowledgement stays shown until somebody owes it again.
        let kept = before.filter(|_| entry.facts.acked);
        let contributions = if entry.contributions.is_empty() {
            before.map(|b| b.contributions.clone()).unwrap_or_default()
        } else {
            entry.contributions.clone()
        };
        Self {
            epoch: entry.epoch,
            sequence: entry.sequence,
            kind: entry.kind,
            source_time: entry.source_time,
            wall_time: entry.wall_time,
            value: entry.value.or(before.and_then(|b| b.value)),
            limit: entry.limit.or(before.and_then(|b| b.limit)),
            contributions,
            acknowledged_by: if acknowledged { entry.by.clone() } else { kept.and_then(|b| b.acknowledged_by.clone()) },
            acknowledged_at: if acknowledged { Some(entry.wall_time) } else { kept.and_then(|b| b.acknowledged_at) },
            put_aside: before.map(|b| b.put_aside.after(entry)).unwrap_or_else(|| PutAsideBy::default().after(entry)),
            comment: if entry.kind.speaks() { entry.comment.clone() } else { before.and_then(|b| b.comment.clone()) },
        }
    }
}

impl PlantStorage {
    /// Every alarm of which the journal knows, as the last transition left it: enough to go on after any kind of stop.
    ///
    /// # Errors
    /// When the database does not answer or a row cannot be read.
    pub async fn load_alarms(&self) -> Result<Vec<(AlarmId, AlarmFacts, LastTransition)>> {
        const WHAT: &str = "read the current alarms";
        let rows: Vec<(String, String, String)> = alarm_current::Entity::find()
            .select_only()
            .columns([
                alarm_current::Column::Alarm,
                alarm_current::Column::Facts,
                alarm_current::Column::LastTransition,
            ])
            .filter(alarm_current::Column::Plant.eq(self.plant_id()))
            .into_tuple()
            .all(&self.db().read)
            .await
            .map_err(self.failed(WHAT))?;
        let plant = self.clone();
        let read = tokio::task::spawn_blocking(move || {
            let alarm_of = |(alarm, facts, last): (String, String, String)| {
                let (facts, last) = parse(&facts, &last).map_err(|e| format!("alarm {alarm}: {e}"))?;
                Ok((AlarmId::from(alarm), facts, last))
            };
            let mut alarms = on_all_cores(rows, alarm_of).map_err(|problem| plant.corrupt(WHAT, problem))?;
            alarms.sort_by(|a, b| a.0.cmp(&b.0));
            Ok(alarms)
        });
        read.await.map_err(|e| self.corrupt(WHAT, e))?
    }

    /// Applies entries, oldest first, to the alarms that they are about. Entries already applied change nothing.
    pub(super) async fn project(
        &self,
        tx: &DatabaseTransaction,
        entries: &[JournalEntry],
    ) -> std::result::Result<(), DbErr> {
        let names: BTreeSet<&str> = entries.iter().map(|entry| entry.alarm.as_str()).collect();
        let mut known: BTreeMap<String, (i64, i64, LastTransition)> = BTreeMap::new();
        for row in alarm_current::Entity::find()
            .filter(alarm_current::Column::Plant.eq(self.plant_id()))
            .filter(alarm_current::Column::Alarm.is_in(names))
            .all(tx)
            .await?
        {
            let (_, last) = parse(&row.facts, &row.last_transition)
                .map_err(|e| DbErr::Json(format!("alarm {}: {e}", row.alarm)))?;
            known.insert(row.alarm, (row.epoch, row.sequence, last));
        }
        let mut changed: BTreeMap<&str, &JournalEntry> = BTreeMap::new();
        for entry in entries {
            let before = known.get(entry.alarm.as_str());
            if before.is_some_and(|(epoch, sequence, _)| (*epoch, *sequence) >= (entry.epoch, entry.sequence)) {
                continue;
            }
            let last = LastTransition::after(before.map(|(_, _, last)| last), entry);
            known.insert(entry.alarm.to_string(), (entry.epoch, entry.sequence, last));
            changed.insert(entry.alarm.as_str(), entry);
        }
        let mut rows = Vec::with_capacity(changed.len());
        for (alarm, entry) in changed {
            let Some((_, _, last)) = known.get(alarm) else { continue };
            rows.push(self.current(entry, last)?);
        }
        self.save_current(tx, rows).await
    }

    fn current(
        &self,
        entry: &JournalEntry,
        last: &LastTransition,
    ) -> std::result::Result<alarm_current::ActiveModel, DbErr> {
        let json = |e: serde_json::Error| DbErr::Json(e.to_string());
        Ok(alarm_current::ActiveModel {
            plant: Set(self.plant_id().to_owned()),
            alarm: Set(entry.alarm.to_string()),
            epoch: Set(entry.epoch),
            sequence: Set(entry.sequence),
            facts: Set(serde_json::to_string(&entry.facts).map_err(json)?),
            last_transition: Set(serde_json::to_string(last).map_err(json)?),
        })
    }

    async fn save_current(
        &self,
        tx: &DatabaseTransaction,
        rows: Vec<alarm_current::ActiveModel>,
    ) -> std::result::Result<(), DbErr> {
        let replace = OnConflict::columns([alarm_current::Column::Plant, alarm_current::Column::Alarm])
            .update_columns([
                alarm_current::Column::Epoch,
                alarm_current::Column::Sequence,
                alarm_current::Column::Facts,
                alarm_current::Column::LastTransition,
            ])
            .to_owned();
        for together in rows.chunks(ROWS_A_STATEMENT) {
            let insert = alarm_current::Entity::insert_many(together.iter().cloned()).on_conflict(replace.clone());
            insert.exec_without_returning(tx).await?;
        }
        Ok(())
    }
}

fn parse(facts: &str, last: &str) -> std::result::Result<(AlarmFacts, LastTransition), serde_json::Error> {
    Ok((serde_json::from_str(facts)?, serde_json::from_str(last)?))
}
