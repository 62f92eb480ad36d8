//! Rules of alarms: what was told stands in the journal, what was answered is kept, what is raised is deserved.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tep::actors::AlarmCommand;
use tep::config::plant as plant_file;
use tep::domain::{AlarmFacts, AlarmId, JournalEntry, Limit, OccurrenceId, Plant, Quality, TagIndex, TransitionKind};

use super::model::Model;
use super::{Entry, Rule, Verdict, holds};
use crate::shift::record::{Ending, Seen};

const NUMBERED: &str = "events are numbered without gap within an epoch, and epochs only grow";
const APPEND_ONLY: &str = "the journal is only ever appended to";
const ONE_ROW: &str = "every transition that was told has exactly one journal row";
const NEVER_REUSED: &str = "occurrences are never reused";
const SHOWN_IS_REPLAYED: &str = "replaying the journal gives the facts shown";
const ACK_KEPT: &str = "an order that was answered is never lost";
const SAME_ANSWER: &str = "the same order is answered the same";
const DESERVED: &str = "alarms are raised and cleared only by what the instrument said";

type Place = (i64, i64);

fn place(row: &JournalEntry) -> Place {
    (row.epoch, row.sequence)
}

/// What was told stands in the journal, once, and the journal makes sense on its own.
pub struct Journalled {
    plant: Arc<Plant>,
    told: BTreeMap<Place, (u32, Arc<JournalEntry>)>,
    endings: BTreeMap<u32, Ending>,
    rows: Vec<JournalEntry>,
    shown: Option<Vec<(AlarmId, AlarmFacts)>>,
}

impl Journalled {
    pub fn new(plant: &Arc<Plant>) -> Self {
        let plant = Arc::clone(plant);
        Self { plant, told: BTreeMap::new(), endings: BTreeMap::new(), rows: Vec::new(), shown: None }
    }

    fn told(&mut self, life: u32, row: &Arc<JournalEntry>) -> Verdict {
        if let Some((last, _)) = self.told.last_key_value() {
            let next = if last.0 == row.epoch { (row.epoch, last.1 + 1) } else { (row.epoch, 1) };
            let follows = place(row) == next && row.epoch >= last.0;
            holds(follows, NUMBERED, || format!("{:?} was told after {last:?}", place(row)))?;
        }
        self.told.insert(place(row), (life, Arc::clone(row)));
        Ok(())
    }

    fn read(&mut self, rows: &[JournalEntry]) -> Verdict {
        let before = self.rows.len().min(rows.len());
        let kept = self.rows.len() <= rows.len() && self.rows.iter().zip(rows).all(|(old, new)| same(old, new));
        holds(kept, APPEND_ONLY, || {
            let at = self.rows.iter().zip(rows).position(|(old, new)| !same(old, new)).unwrap_or(before);
            format!("row {at} was {:?} and is {:?}", self.rows.get(at), rows.get(at))
        })?;
        let pairs = rows.windows(2).map(|pair| (place(&pair[0]), place(&pair[1])));
        let first = rows.first().map(|row| ((row.epoch - 1, 0), place(row)));
        for (a, b) in first.into_iter().chain(pairs) {
            let follows = if a.0 == b.0 { b.1 == a.1 + 1 } else { b.0 > a.0 && b.1 == 1 };
            holds(follows, NUMBERED, || format!("in the journal {b:?} stands after {a:?}"))?;
        }
        self.makes_sense(rows)?;
        self.holds_what_was_told(rows)?;
        self.rows = rows.to_vec();
        Ok(())
    }

    fn makes_sense(&self, rows: &[JournalEntry]) -> Verdict {
        let mut models: BTreeMap<&AlarmId, Model> = BTreeMap::new();
        let mut begun: BTreeSet<OccurrenceId> = BTreeSet::new();
        for row in rows {
            let definition = self.plant.alarm(&row.alarm);
            models
                .entry(&row.alarm)
                .or_insert_with(|| Model::of(definition.map(|definition| &**definition)))
                .follow(row)?;
            if row.kind == TransitionKind::Raised {
                let fresh = row.occurrence.is_some_and(|occurrence| begun.insert(occurrence));
                holds(fresh, NEVER_REUSED, || format!("{:?} begins twice, at {:?}", row.occurrence, place(row)))?;
            }
        }
        Ok(())
    }

    /// A process that was killed may have told more than it had written, at the end of its last epoch and nowhere else.
    fn holds_what_was_told(&self, rows: &[JournalEntry]) -> Verdict {
        let rows: BTreeMap<Place, &JournalEntry> = rows.iter().map(|row| (place(row), row)).collect();
        for (at, (life, told)) in &self.told {
            match rows.get(at) {
                Some(row) => holds(same(row, told), ONE_ROW, || format!("{told:?} was told, and {row:?} is written"))?,
                // It may be on its way.
                None if !self.endings.contains_key(life) => {}
                None => {
                    let killed = matches!(self.endings.get(life), Some(Ending::Killed | Ending::Fell));
                    let last_epoch = self.told.iter().filter(|(_, (of, _))| of == life).map(|(at, _)| at.0).max();
                    let later = rows.range(at..&(at.0, i64::MAX)).next();
                    let excused = killed && last_epoch == Some(at.0) && later.is_none();
                    holds(excused, ONE_ROW, || {
                        format!(
                            "{} {:?} {at:?} of life {life} was told and is not in the journal",
                            told.alarm, told.kind
                        )
                    })?;
                }
            }
        }
        Ok(())
    }

    /// The last row of each alarm against what the desk showed when nothing moved any more.
    fn shown_is_replayed(&self, shown: &[(AlarmId, AlarmFacts)]) -> Verdict {
        for (id, facts) in shown {
            let last = self.rows.iter().rev().find(|row| row.alarm == *id);
            let (active, state) =
                last.map_or((false, tep::domain::AlarmState::Normal), |row| (row.facts.active, row.to));
            let occurrence = last.and_then(|row| row.occurrence);
            let agrees = facts.active == active && facts.state() == state && facts.occurrence == occurrence;
            holds(agrees, SHOWN_IS_REPLAYED, || format!("{id} was shown as {facts:?}; its last row is {last:?}"))?;
        }
        Ok(())
    }
}

/// Whether a row is what was told; shares of contributions are rounded on the way to the disk.
fn same(a: &JournalEntry, b: &JournalEntry) -> bool {
    place(a) == place(b)
        && (&a.alarm, a.kind, a.from, a.to, a.occurrence) == (&b.alarm, b.kind, b.from, b.to, b.occurrence)
        && (&a.facts, a.source_time, a.wall_time, a.scan) == (&b.facts, b.source_time, b.wall_time, b.scan)
        && (&a.by, &a.comment, &a.idempotency_key) == (&b.by, &b.comment, &b.idempotency_key)
}

impl Rule for Journalled {
    fn see(&mut self, entry: &Entry) -> Verdict {
        match &entry.seen {
            Seen::Told(row) => self.told(entry.life, row),
            Seen::LifeEnded(ending) => {
                self.endings.insert(entry.life, *ending);
                Ok(())
            }
            Seen::Desk(shown) => {
                self.shown = Some(shown.clone());
                Ok(())
            }
            Seen::Journal(rows) => {
                self.read(rows)?;
                self.shown.take().map_or(Ok(()), |shown| self.shown_is_replayed(&shown))
            }
            _ => Ok(()),
        }
    }
}

/// What was ordered, and of which alarms.
type Order = (TransitionKind, Vec<(AlarmId, Option<OccurrenceId>)>);

/// The row that an order leaves.
fn kind(command: &AlarmCommand) -> TransitionKind {
    match command {
        AlarmCommand::Acknowledge => TransitionKind::Acknowledged,
        AlarmCommand::Reset => TransitionKind::Reset,
        AlarmCommand::Shelve { .. } => TransitionKind::Shelved,
        AlarmCommand::Unshelve => TransitionKind::Unshelved,
        AlarmCommand::TakeOutOfService { .. } => TransitionKind::TakenOutOfService,
        AlarmCommand::ReturnToService => TransitionKind::ReturnedToService,
        AlarmCommand::Assign { .. } => TransitionKind::Assigned,
        AlarmCommand::Comment => TransitionKind::Commented,
        AlarmCommand::SetRule { rule, .. } => panic!("rule {rule} is no alarm: nobody orders it of one"),
    }
}

/// What the operator was told has happened has happened, and still has after any kind of stop.
#[derive(Default)]
pub struct Answers {
    ordered: BTreeMap<String, Order>,
    answered: BTreeMap<String, Vec<bool>>,
}

impl Rule for Answers {
    fn see(&mut self, entry: &Entry) -> Verdict {
        match &entry.seen {
            Seen::Ordered { key, command, items } => {
                self.ordered.insert(key.clone(), (kind(command), items.clone()));
                Ok(())
            }
            Seen::Answered { key, accepted } => {
                let first = self.answered.entry(key.clone()).or_insert_with(|| accepted.clone());
                holds(first == accepted, SAME_ANSWER, || format!("{key} was answered {first:?} and then {accepted:?}"))
            }
            Seen::Unanswered { key, why } => {
                let taken = why.contains("used for another order");
                holds(!taken, SAME_ANSWER, || format!("{key} was refused: {why}"))
            }
            Seen::Journal(rows) => {
                for (key, accepted) in &self.answered {
                    let Some((kind, items)) = self.ordered.get(key) else { continue };
                    for (item, _) in items.iter().zip(accepted).filter(|(_, accepted)| **accepted) {
                        let kept = rows.iter().any(|row| {
                            row.kind == *kind
                                && row.idempotency_key.as_ref() == Some(key)
                                && row.alarm == item.0
                                && (item.1.is_none() || row.occurrence == item.1)
                        });
                        holds(kept, ACK_KEPT, || format!("{kind:?} by {key} on {item:?} is not in the journal"))?;
                    }
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

/// A limit alarm changes only at a scan whose value argues for it.
pub struct Deserved {
    limits: BTreeMap<AlarmId, (TagIndex, Limit)>,
    /// What the source said in this life, by the number of the scan.
    said: BTreeMap<u64, Said>,
}

/// Values and qualities of one scan, in the order of the plant.
type Said = (Arc<[f64]>, Arc<[Quality]>);

impl Deserved {
    pub fn new(plant: &Plant) -> Self {
        let of_tag = |(index, tag): (u16, &tep::domain::Tag)| {
            let limit =
                |limit: &Limit| (plant_file::limit_alarm(&tag.id, limit.kind), (TagIndex(index), limit.clone()));
            tag.limits.iter().map(limit).collect::<Vec<_>>()
        };
        Self { limits: (0u16..).zip(&plant.tags).flat_map(of_tag).collect(), said: BTreeMap::new() }
    }

    fn told(&self, row: &JournalEntry) -> Verdict {
        let Some((tag, limit)) = self.limits.get(&row.alarm) else { return Ok(()) };
        let raises = match row.kind {
            TransitionKind::Raised | TransitionKind::RaisedAgain => true,
            TransitionKind::ReturnedToNormal => false,
            _ => return Ok(()),
        };
        let said = row.scan.and_then(|scan| self.said.get(&scan));
        let value = said.and_then(|(values, qualities)| {
            qualities.get(tag.get()).filter(|quality| quality.is_usable()).and_then(|_| values.get(tag.get()))
        });
        let sign = if limit.kind.is_upper() { 1.0 } else { -1.0 };
        let excess = value.filter(|value| value.is_finite()).map(|value| (value - limit.value) * sign);
        let deserved = excess.is_some_and(|excess| if raises { excess > 0.0 } else { excess <= -limit.deadband });
        holds(deserved, DESERVED, || {
            format!(
                "{} {:?} at scan {:?}, where the source had said {value:?} (limit {limit:?})",
                row.alarm, row.kind, row.scan
            )
        })
    }
}

impl Rule for Deserved {
    fn see(&mut self, entry: &Entry) -> Verdict {
        match &entry.seen {
            Seen::LifeBegan => self.said.clear(),
            Seen::SourceSaid { number, values, qualities, .. } => {
                self.said.insert(*number, (Arc::clone(values), Arc::clone(qualities)));
                // As many as can be under way, and no more.
                while self.said.len() > 3_000 {
                    self.said.pop_first();
                }
            }
            Seen::Told(row) => return self.told(row),
            _ => {}
        }
        Ok(())
    }
}
