//! The rationalisation register of one plant: who may change what, and what follows from it. Pure; time is passed in.
//!
//! The register holds, for each alarm, the newest change that was approved. The first is what the plant file said when the
//! register first saw the alarm; it decides nothing. One that a person proposed and that was approved decides: the plant
//! that runs is the plant file, [`overlaid`] with those. At most one change of an alarm waits for approval at a time.

mod check;
mod difference;
mod drift;
mod overlay;
mod renewal;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use self::difference::{Difference, differences, in_words};
pub use self::drift::{Drift, DriftKind, drift};
pub use self::overlay::{Overlay, overlaid};

use crate::domain::{
    AlarmId, ChangeId, ChangeOrigin, ChangeState, LimitSettings, Plant, RegisterChange, RegisterEntry, WallTime,
};

/// What every first entry gives as its reason. Kept in the database, and nearly all of a large register: it never changes.
pub const FIRST_ENTRY_REASON: &str = "as the plant file has it";
/// Who enters what nobody has ordered.
pub const FIRST_ENTRY_BY: &str = "TEP";
/// Longest reason, characters.
const REASON_MAX: usize = 1_000;

/// What somebody wants of the register. Part of what identifies a repeated order, so its serialised form is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RegisterCommand {
    /// To change an entry, once it is approved.
    Propose {
        /// Of which alarm.
        alarm: AlarmId,
        /// The version that was looked at; 0 for an alarm of which the register holds nothing.
        base: i64,
        /// What it is to say; `None` takes out an alarm that the plant file does not have any more.
        after: Option<Box<RegisterEntry>>,
        /// Why.
        reason: String,
    },
    /// To let a proposed change take effect.
    Approve {
        /// Which.
        change: ChangeId,
        /// What there is to say about it.
        reason: Option<String>,
    },
    /// To refuse a proposed change.
    Reject {
        /// Which.
        change: ChangeId,
        /// Why.
        reason: String,
    },
    /// To take one's own proposal back.
    Withdraw {
        /// Which.
        change: ChangeId,
        /// Why.
        reason: String,
    },
}

/// Why the register does not do it; nothing has changed. Answers are remembered, so its serialised form is kept.
#[derive(Clone, Debug, PartialEq, Eq, Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RegisterRefused {
    /// Neither the plant file nor the register has such an alarm.
    #[error("there is no alarm `{0}`")]
    UnknownAlarm(AlarmId),
    /// No such change.
    #[error("there is no such change")]
    UnknownChange,
    /// Somebody was quicker.
    #[error("the entry has been changed meanwhile, to version {0}; look at it again")]
    Moved(i64),
    /// One change of an alarm at a time.
    #[error("a change of this alarm, proposed by {0}, waits for approval already")]
    ChangePending(String),
    /// It says what the register says already.
    #[error("this is what the register says already")]
    NothingChanges,
    /// Four eyes.
    #[error("this change must be approved by another person than {0}, who proposed it")]
    AnotherPersonNeeded(String),
    /// It was decided before.
    #[error("this change is {} already", .0.words())]
    NotPending(ChangeState),
    /// Only whoever has proposed it takes it back; others reject it.
    #[error("only {0}, who proposed this change, can take it back; reject it instead")]
    NotYours(String),
    /// A part of it makes no sense.
    #[error("{problem}")]
    Invalid {
        /// Which part, by its name in the API.
        field: String,
        /// What is wrong.
        problem: String,
    },
}

/// What the register has decided: the rows to keep, and whether the plant that runs is another one now.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// The change that was meant, as it is now.
    pub change: RegisterChange,
    /// Every row that has changed, that one among them.
    pub rows: Vec<RegisterChange>,
    /// Whether it takes effect.
    pub takes_effect: bool,
}

/// What is in force of each alarm, and what waits.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Register {
    in_force: BTreeMap<AlarmId, RegisterChange>,
    pending: BTreeMap<AlarmId, RegisterChange>,
    /// How many changes of an alarm there were.
    versions: BTreeMap<AlarmId, i64>,
}

impl Register {
    /// The register of these changes, in any order; those that are over only count.
    pub fn of(changes: impl IntoIterator<Item = RegisterChange>) -> Self {
        let mut register = Self::default();
        changes.into_iter().for_each(|change| register.enter(change));
        register
    }

    /// Enters a change as it is now.
    pub fn enter(&mut self, change: RegisterChange) {
        let alarm = change.alarm.clone();
        let count = self.versions.entry(alarm.clone()).or_default();
        *count = (*count).max(change.version);
        if self.pending.get(&alarm).is_some_and(|pending| pending.id == change.id) {
            self.pending.remove(&alarm);
        }
        match change.state {
            ChangeState::Proposed => drop(self.pending.insert(alarm, change)),
            ChangeState::InForce => drop(self.in_force.insert(alarm, change)),
            ChangeState::Superseded | ChangeState::Rejected | ChangeState::Withdrawn => {}
        }
    }

    /// Whether nothing was ever entered.
    pub fn is_empty(&self) -> bool {
        self.versions.is_empty()
    }

    /// Of how many alarms something was ever entered.
    pub fn len(&self) -> usize {
        self.versions.len()
    }

    /// What is in force of every alarm, those included that were taken out (`after` is `None`).
    pub fn in_force(&self) -> impl Iterator<Item = &RegisterChange> {
        self.in_force.values()
    }

    /// What is in force of one alarm.
    pub fn of_alarm(&self, alarm: &AlarmId) -> Option<&RegisterChange> {
        self.in_force.get(alarm)
    }

    /// The change of an alarm that waits for approval.
    pub fn pending(&self, alarm: &AlarmId) -> Option<&RegisterChange> {
        self.pending.get(alarm)
    }

    /// First entries for the alarms of the plant file of which the register holds nothing: all of them the first time,
    /// afterwards only alarms of the program itself, which come with a new version of it. Any other alarm that has appeared
    /// since is drift, and a person decides.
    pub fn first_entries(
        &self,
        file: &Plant,
        now: WallTime,
        mut fresh: impl FnMut() -> ChangeId,
    ) -> Vec<RegisterChange> {
        let first_time = self.is_empty();
        let new = file.alarms.iter().filter(|alarm| !self.versions.contains_key(&alarm.id));
        new.filter(|alarm| first_time || drift::is_of_the_program(&alarm.id))
            .map(|alarm| {
                let entry = Arc::new(RegisterEntry::from(&**alarm));
                RegisterChange {
                    id: fresh(),
                    alarm: alarm.id.clone(),
                    version: 1,
                    state: ChangeState::InForce,
                    origin: ChangeOrigin::PlantFile,
                    before: None,
                    after: Some(entry.clone()),
                    file: Some(entry),
                    reason: FIRST_ENTRY_REASON.to_owned(),
                    proposed_by: FIRST_ENTRY_BY.to_owned(),
                    proposed_at: now,
                    decided_by: None,
                    decided_at: Some(now),
                    decision: None,
                }
            })
            .collect()
    }

    /// Decides an order of `by`; nothing has changed until its rows are entered. `file` is the plant file, `running` the
    /// plant that runs.
    ///
    /// # Errors
    /// Why not.
    pub fn decide(
        &self,
        command: &RegisterCommand,
        by: &str,
        (file, running): (&Plant, &Plant),
        now: WallTime,
        fresh: ChangeId,
    ) -> Result<Decision, RegisterRefused> {
        match command {
            RegisterCommand::Propose { alarm, base, after, reason } => {
                let wish = Wish { alarm, base: *base, after: after.as_deref(), reason };
                self.propose(&wish, by, (file, running), now, fresh)
            }
            RegisterCommand::Approve { change, reason } => {
                let reason = reason.as_deref().map(str::trim).filter(|words| !words.is_empty());
                too_long(reason.unwrap_or_default())?;
                let pending = self.waiting(*change)?;
                may_approve(pending, by, running)?;
                if let Some(entry) = &pending.after {
                    check::limit(&pending.alarm, entry, running)?;
                }
                let approved = decided(pending, ChangeState::InForce, by, reason, now);
                let earlier = self.in_force.get(&pending.alarm).cloned();
                let superseded = earlier.map(|earlier| RegisterChange { state: ChangeState::Superseded, ..earlier });
                let rows = superseded.into_iter().chain([approved.clone()]).collect();
                Ok(Decision { change: approved, rows, takes_effect: true })
            }
            RegisterCommand::Reject { change, reason } => {
                let pending = self.waiting(*change)?;
                Ok(over(decided(pending, ChangeState::Rejected, by, Some(said(reason)?), now)))
            }
            RegisterCommand::Withdraw { change, reason } => {
                let pending = self.waiting(*change)?;
                if pending.proposed_by != by {
                    return Err(RegisterRefused::NotYours(pending.proposed_by.clone()));
                }
                Ok(over(decided(pending, ChangeState::Withdrawn, by, Some(said(reason)?), now)))
            }
        }
    }

    fn propose(
        &self,
        wish: &Wish<'_>,
        by: &str,
        (file, running): (&Plant, &Plant),
        now: WallTime,
        fresh: ChangeId,
    ) -> Result<Decision, RegisterRefused> {
        let alarm = wish.alarm;
        let standing = self.in_force.get(alarm);
        let before = standing.and_then(|change| change.after.clone());
        let in_file = file.alarm(alarm).map(|definition| Arc::new(RegisterEntry::from(&**definition)));
        if in_file.is_none() && before.is_none() {
            return Err(RegisterRefused::UnknownAlarm(alarm.clone()));
        }
        let version = standing.map_or(0, |change| change.version);
        if wish.base != version {
            return Err(RegisterRefused::Moved(version));
        }
        if let Some(pending) = self.pending.get(alarm) {
            return Err(RegisterRefused::ChangePending(pending.proposed_by.clone()));
        }
        let reason = said(wish.reason)?.to_owned();
        let after = wish.after.map(|entry| check::entry(alarm, entry, running).map(Arc::new)).transpose()?;
        if after.is_none() && in_file.is_some() {
            let problem = "the plant file has this alarm, so it cannot be taken out of the register".to_owned();
            return Err(RegisterRefused::Invalid { field: "retire".to_owned(), problem });
        }
        // To confirm what runs already settles a drift, so it is a change.
        let settles = standing.is_none_or(|change| change.file != in_file);
        if after == before && !settles {
            return Err(RegisterRefused::NothingChanges);
        }
        let change = RegisterChange {
            id: fresh,
            alarm: alarm.clone(),
            version: self.versions.get(alarm).copied().unwrap_or(0) + 1,
            state: ChangeState::Proposed,
            origin: ChangeOrigin::Person,
            before,
            after,
            file: in_file,
            reason,
            proposed_by: by.to_owned(),
            proposed_at: now,
            decided_by: None,
            decided_at: None,
            decision: None,
        };
        Ok(over(change))
    }

    fn waiting(&self, id: ChangeId) -> Result<&RegisterChange, RegisterRefused> {
        let known = |changes: &BTreeMap<AlarmId, RegisterChange>| changes.values().any(|change| change.id == id);
        match self.pending.values().find(|change| change.id == id) {
            Some(change) => Ok(change),
            None if known(&self.in_force) => Err(RegisterRefused::NotPending(ChangeState::InForce)),
            None => Err(RegisterRefused::UnknownChange),
        }
    }
}

/// Why these settings make no sense for an alarm of the plant that runs; `None` when they do.
pub fn settings_problem(alarm: &AlarmId, settings: &LimitSettings, running: &Plant) -> Option<RegisterRefused> {
    let definition = running.alarm(alarm)?;
    let entry = RegisterEntry { limit: Some(*settings), ..(&**definition).into() };
    check::limit(alarm, &entry, running).err()
}

/// Whether a change must be approved by another person than the one who has proposed it: it touches a severity for which
/// the plant wants that.
pub fn needs_another_person(change: &RegisterChange, plant: &Plant) -> bool {
    let second = &plant.register.second_person;
    let touched = [&change.before, &change.after, &change.file];
    touched.into_iter().flatten().any(|entry| second.contains(&entry.severity))
}

fn may_approve(change: &RegisterChange, by: &str, running: &Plant) -> Result<(), RegisterRefused> {
    if needs_another_person(change, running) && change.proposed_by == by {
        return Err(RegisterRefused::AnotherPersonNeeded(change.proposed_by.clone()));
    }
    Ok(())
}

/// A proposal before it is a change.
struct Wish<'a> {
    alarm: &'a AlarmId,
    base: i64,
    after: Option<&'a RegisterEntry>,
    reason: &'a str,
}

fn decided(
    pending: &RegisterChange,
    state: ChangeState,
    by: &str,
    words: Option<&str>,
    now: WallTime,
) -> RegisterChange {
    RegisterChange {
        state,
        decided_by: Some(by.to_owned()),
        decided_at: Some(now),
        decision: words.map(str::to_owned),
        ..pending.clone()
    }
}

fn over(change: RegisterChange) -> Decision {
    Decision { rows: vec![change.clone()], change, takes_effect: false }
}

fn said(reason: &str) -> Result<&str, RegisterRefused> {
    let words = reason.trim();
    if words.is_empty() {
        return Err(RegisterRefused::Invalid { field: "reason".to_owned(), problem: "say why".to_owned() });
    }
    too_long(words)?;
    Ok(words)
}

fn too_long(reason: &str) -> Result<(), RegisterRefused> {
    if reason.chars().count() <= REASON_MAX {
        return Ok(());
    }
    let problem = format!("a reason has at most {REASON_MAX} characters");
    Err(RegisterRefused::Invalid { field: "reason".to_owned(), problem })
}
