//! What the register takes in from the plant file of its own accord: what a severity follows from, where neither of them had
//! said it, and everything of the program's own alarms, which come with its version.
//!
//! So a register that was begun before the plant file was rationalised says so afterwards, and nothing that a person has
//! approved is changed by it.

use std::sync::Arc;

use super::{FIRST_ENTRY_BY, Register, drift};
use crate::domain::{
    AlarmDefinition, ChangeId, ChangeOrigin, ChangeState, Plant, Rationale, RegisterChange, RegisterEntry, WallTime,
};

impl Register {
    /// The rows by which the register says what the plant file newly says: of each alarm the entry that is over, then the one
    /// that is in force. An alarm of which a change waits for approval is left alone, so that what was looked at is what is
    /// approved; the next start sees to it.
    pub fn renewed(&self, file: &Plant, now: WallTime, mut fresh: impl FnMut() -> ChangeId) -> Vec<RegisterChange> {
        let standing = |definition: &Arc<AlarmDefinition>| {
            let change = self.in_force.get(&definition.id)?;
            (!self.pending.contains_key(&definition.id)).then(|| (change, Arc::clone(definition)))
        };
        let mut rows = Vec::new();
        for (change, definition) in file.alarms.iter().filter_map(standing) {
            let Some((after, in_file, reason)) = news(change, &definition) else { continue };
            rows.push(RegisterChange { state: ChangeState::Superseded, ..change.clone() });
            rows.push(RegisterChange {
                id: fresh(),
                version: self.versions.get(&change.alarm).copied().unwrap_or(change.version) + 1,
                before: change.after.clone(),
                after: Some(after),
                file: Some(in_file),
                reason,
                proposed_by: FIRST_ENTRY_BY.to_owned(),
                proposed_at: now,
                decided_by: None,
                decided_at: Some(now),
                decision: None,
                ..change.clone()
            });
        }
        rows
    }
}

type News = (Arc<RegisterEntry>, Arc<RegisterEntry>, String);

/// What the entry is to say, what it is to know of the file, and why; `None` when there is nothing new.
fn news(change: &RegisterChange, definition: &AlarmDefinition) -> Option<News> {
    let (entry, known) = (change.after.as_deref()?, change.file.as_deref()?);
    let by_file = change.origin == ChangeOrigin::PlantFile;
    if by_file && drift::is_of_the_program(&definition.id) {
        let now = RegisterEntry::from(definition);
        let now = (now != *entry).then(|| Arc::new(now))?;
        return Some((Arc::clone(&now), now, "as this version of the program has it".to_owned()));
    }
    let after = taught(entry, known, &definition.rationale)?;
    let in_file = taught(known, known, &definition.rationale)?;
    let approved = change.decided_by.as_ref().map(|by| format!("; all else as {by} has approved it"));
    let reason = format!("the plant file says now what the severity follows from{}", approved.unwrap_or_default());
    let after = Arc::new(after);
    let in_file = if *after == in_file { Arc::clone(&after) } else { Arc::new(in_file) };
    Some((after, in_file, reason))
}

/// The entry with what the file newly says; `None` when it says nothing new. What a person has said stands: a justification
/// that belongs to their assessment is not put beside the file's, nor the other way round.
fn taught(entry: &RegisterEntry, known: &RegisterEntry, file: &Rationale) -> Option<RegisterEntry> {
    let assess = known.assessment.is_none() && entry.assessment.is_none() && file.assessment.is_some();
    let justify = entry.assessment.is_none()
        && known.justification.is_none()
        && entry.justification.is_none()
        && file.justification.is_some();
    let classify = known.class.is_none() && entry.class.is_none() && file.class.is_some();
    (assess || justify || classify).then(|| RegisterEntry {
        assessment: if assess { file.assessment } else { entry.assessment },
        justification: if justify { file.justification.clone() } else { entry.justification.clone() },
        class: if classify { file.class.clone() } else { entry.class.clone() },
        ..entry.clone()
    })
}
