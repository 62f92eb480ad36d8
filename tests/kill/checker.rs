//! What was answered, against what the journal says and what is shown: rules that know nothing of the code.

use std::collections::{BTreeMap, BTreeSet};

use tep::domain::{AlarmId, JournalEntry, OccurrenceId, Shelving, TransitionKind, WallTime};

/// One item of an order that was answered with yes.
#[derive(Clone, Debug, PartialEq)]
pub struct Answered {
    pub key: String,
    pub alarm: AlarmId,
    pub what: What,
}

/// What was answered.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    Acknowledged(OccurrenceId),
    /// It is shelved until then.
    Shelved(WallTime),
    Unshelved,
    Commented,
}

impl What {
    fn kind(&self) -> TransitionKind {
        match self {
            Self::Acknowledged(_) => TransitionKind::Acknowledged,
            Self::Shelved(_) => TransitionKind::Shelved,
            Self::Unshelved => TransitionKind::Unshelved,
            Self::Commented => TransitionKind::Commented,
        }
    }
}

/// What one life of the server has answered.
#[derive(Clone, Debug, Default)]
pub struct Day {
    /// In the order of the answers to each person.
    pub answered: Vec<Answered>,
    /// Shelves that were ordered and not answered: nobody knows.
    pub open: BTreeSet<AlarmId>,
}

/// An alarm as it is shown.
#[derive(Clone, Debug)]
pub struct Shown {
    pub occurrence: Option<OccurrenceId>,
    pub owes: bool,
    pub shelved_until: Option<WallTime>,
}

/// Everything that was ever answered.
#[derive(Default)]
pub struct Answers {
    all: Vec<Answered>,
    /// Of each alarm whose shelf was ordered last with an answer: until when, or not at all.
    shelves: BTreeMap<AlarmId, Option<WallTime>>,
    days: u64,
}

/// Kinds by which an alarm that was acknowledged may call again within its occurrence.
const CALLS_AGAIN: [TransitionKind; 5] = [
    TransitionKind::RaisedAgain,
    TransitionKind::Worsened,
    TransitionKind::ReAlarmed,
    TransitionKind::ShelfEnded,
    TransitionKind::Unsuppressed,
];

impl Answers {
    pub fn take(&mut self, day: Day) {
        for answered in &day.answered {
            match answered.what {
                What::Shelved(until) => self.shelves.insert(answered.alarm.clone(), Some(until)),
                What::Unshelved => self.shelves.insert(answered.alarm.clone(), None),
                What::Acknowledged(_) | What::Commented => continue,
            };
        }
        self.shelves.retain(|alarm, _| !day.open.contains(alarm));
        self.all.extend(day.answered);
        self.days += 1;
    }

    /// Whether there was enough to lose.
    pub fn are_enough_for(&self, kills: u64) -> bool {
        let count = |kind: TransitionKind| self.all.iter().filter(|one| one.what.kind() == kind).count() as u64;
        count(TransitionKind::Acknowledged) >= kills && count(TransitionKind::Shelved) >= kills.div_ceil(3)
    }

    pub fn counted(&self, rows: &[JournalEntry]) -> String {
        let count = |kind: TransitionKind| self.all.iter().filter(|one| one.what.kind() == kind).count();
        format!(
            "{} acknowledgements, {} shelves, {} unshelvings and {} comments answered, {} rows in the journal",
            count(TransitionKind::Acknowledged),
            count(TransitionKind::Shelved),
            count(TransitionKind::Unshelved),
            count(TransitionKind::Commented),
            rows.len()
        )
    }

    /// Every breach of what is promised, each in a sentence.
    pub fn breaches(&self, rows: &[JournalEntry], shown: &BTreeMap<AlarmId, Shown>) -> Vec<String> {
        let mut found = numbering(rows);
        found.extend(chains(rows));
        found.extend(self.lost(rows));
        found.extend(self.came_back(rows));
        found.extend(self.shown_owed(rows, shown));
        found.extend(self.shelves_moved(rows, shown));
        found
    }

    /// Each answer has exactly one row.
    fn lost(&self, rows: &[JournalEntry]) -> Vec<String> {
        let mut by_key: BTreeMap<&str, Vec<&JournalEntry>> = BTreeMap::new();
        for row in rows {
            if let Some(key) = &row.idempotency_key {
                by_key.entry(key).or_default().push(row);
            }
        }
        let of = |one: &Answered| {
            let rows = by_key.get(one.key.as_str()).into_iter().flatten();
            rows.filter(|row| row.alarm == one.alarm && row.kind == one.what.kind() && one.agrees(row)).count()
        };
        let odd = self.all.iter().map(|one| (one, of(one))).filter(|(_, count)| *count != 1);
        odd.map(|(one, count)| format!("{one:?} was answered and has {count} rows")).collect()
    }

    /// What was acknowledged stays so, in its occurrence, unless something happened that calls anew.
    fn came_back(&self, rows: &[JournalEntry]) -> Vec<String> {
        let mut acknowledged: BTreeMap<&AlarmId, OccurrenceId> = BTreeMap::new();
        let answered: BTreeSet<(&str, &AlarmId)> = self.all.iter().map(|one| (one.key.as_str(), &one.alarm)).collect();
        let mut found = Vec::new();
        for row in rows {
            let key = row.idempotency_key.as_deref().unwrap_or_default();
            if row.kind == TransitionKind::Acknowledged && answered.contains(&(key, &row.alarm)) {
                acknowledged.extend(row.occurrence.map(|occurrence| (&row.alarm, occurrence)));
                continue;
            }
            let same = acknowledged.get(&row.alarm).copied() == row.occurrence && row.occurrence.is_some();
            if same && CALLS_AGAIN.contains(&row.kind) {
                acknowledged.remove(&row.alarm);
            } else if same && !row.facts.acked {
                found.push(format!(
                    "{} was acknowledged and is owed again by {:?} at {}-{}",
                    row.alarm, row.kind, row.epoch, row.sequence
                ));
            }
        }
        found
    }

    /// What is shown after the start owes nothing that was acknowledged, when nothing has happened since.
    fn shown_owed(&self, rows: &[JournalEntry], shown: &BTreeMap<AlarmId, Shown>) -> Vec<String> {
        let last: BTreeMap<&AlarmId, &JournalEntry> = rows.iter().map(|row| (&row.alarm, row)).collect();
        let acknowledged = self.all.iter().filter_map(|one| match one.what {
            What::Acknowledged(occurrence) => Some((one, occurrence)),
            _ => None,
        });
        let owed = acknowledged.filter(|(one, occurrence)| {
            let untouched = last.get(&one.alarm).is_some_and(|row| row.idempotency_key.as_ref() == Some(&one.key));
            let now = shown.get(&one.alarm);
            untouched && now.is_some_and(|now| now.owes && now.occurrence == Some(*occurrence))
        });
        owed.map(|(one, _)| format!("{one:?} was answered and is shown as owed")).collect()
    }

    /// An answered shelf holds until its end and no longer.
    fn shelves_moved(&self, rows: &[JournalEntry], shown: &BTreeMap<AlarmId, Shown>) -> Vec<String> {
        let last: BTreeMap<&AlarmId, &JournalEntry> = rows.iter().map(|row| (&row.alarm, row)).collect();
        let until = |row: Option<&&JournalEntry>| row.and_then(|row| row.facts.shelving.until());
        let mut found = Vec::new();
        for (alarm, answered) in &self.shelves {
            let (kept, now) = (until(last.get(alarm)), shown.get(alarm).and_then(|now| now.shelved_until));
            if (kept, now) != (*answered, *answered) {
                found.push(format!(
                    "the shelf of {alarm} was answered as {answered:?}, is kept as {kept:?} and shown as {now:?}"
                ));
            }
        }
        found
    }
}

impl Answered {
    fn agrees(&self, row: &JournalEntry) -> bool {
        match self.what {
            What::Acknowledged(occurrence) => row.occurrence == Some(occurrence),
            What::Shelved(until) => row.facts.shelving.until() == Some(until),
            What::Unshelved => row.facts.shelving == Shelving::None,
            What::Commented => true,
        }
    }
}

/// Epochs only grow, and each counts from 1 without a gap.
fn numbering(rows: &[JournalEntry]) -> Vec<String> {
    let mut found = Vec::new();
    let mut last = (0, 0);
    for row in rows {
        let follows =
            if row.epoch == last.0 { row.sequence == last.1 + 1 } else { row.epoch > last.0 && row.sequence == 1 };
        if !follows {
            found.push(format!("{}-{} comes after {}-{}", row.epoch, row.sequence, last.0, last.1));
        }
        last = (row.epoch, row.sequence);
    }
    found
}

/// Each row of an alarm begins where the one before it has ended.
fn chains(rows: &[JournalEntry]) -> Vec<String> {
    let mut last: BTreeMap<&AlarmId, &JournalEntry> = BTreeMap::new();
    let mut found = Vec::new();
    for row in rows {
        let before = last.insert(&row.alarm, row);
        if before.is_some_and(|before| before.to != row.from) {
            let before = before.map(|before| (before.epoch, before.sequence, before.to));
            found.push(format!(
                "{} comes from {:?} at {}-{}, after {before:?}",
                row.alarm, row.from, row.epoch, row.sequence
            ));
        }
    }
    found
}
