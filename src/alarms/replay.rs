//! The way back from the journal to the facts.

use crate::domain::{AlarmFacts, JournalEntry, Severity};

/// The facts of one alarm as its journal rows give them; rows may come in any order, and older ones may be missing.
///
/// Each row carries all facts after it, so the newest row is the answer. `configured` is the severity from today's
/// configuration: it is what a quiet alarm shows, even when the row was written under another configuration.
pub fn replay(configured: Severity, entries: &[JournalEntry]) -> AlarmFacts {
    let Some(newest) = entries.iter().max_by_key(|entry| (entry.epoch, entry.sequence)) else {
        return AlarmFacts::quiet(configured);
    };
    let mut facts = newest.facts.clone();
    if !facts.open {
        facts.severity = configured;
    }
    facts
}
