//! Rules of subscribers of alarms: each event once and in order, nothing missing without a word, and in the end the same
//! picture as the desk.

use std::collections::BTreeMap;

use tep::domain::{AlarmId, AlarmState};
use tep::feed::Cursor;

use super::{Entry, Rule, Verdict, holds};
use crate::shift::record::{Item, Seen};

const ONCE: &str = "a subscriber gets each event once, in order";
const NO_SILENT_GAP: &str = "nothing is left out for a subscriber without a discontinuity";
const AFRESH: &str = "after a discontinuity a subscriber gets the alarm list afresh";
const SAME_PICTURE: &str = "a subscriber ends with the picture that the desk has";

#[derive(Default)]
pub struct Readers(BTreeMap<&'static str, Reader>);

/// What one subscriber knows.
#[derive(Default)]
struct Reader {
    at: Option<Cursor>,
    list_due: bool,
    listed: BTreeMap<AlarmId, AlarmState>,
    /// From event to event with a change of epoch between them; whether a row lies between, only the journal knows.
    leaps: Vec<(Cursor, Cursor)>,
}

impl Reader {
    fn reads(&mut self, item: &Item) -> Verdict {
        match item {
            Item::Snapshot { cursor, listed } => {
                self.list_due = false;
                self.at = Some(*cursor);
                self.listed = listed.iter().cloned().collect();
                Ok(())
            }
            Item::Discontinuity { .. } => {
                self.list_due = true;
                Ok(())
            }
            Item::Event { cursor, alarm, to } => {
                holds(!self.list_due && self.at.is_some(), AFRESH, || format!("it got event {cursor} first"))?;
                let at = self.at.unwrap_or(*cursor);
                holds(*cursor > at, ONCE, || format!("it got {cursor} after {at}"))?;
                let follows = if cursor.epoch == at.epoch { at.sequence + 1 } else { 1 };
                holds(cursor.sequence == follows, NO_SILENT_GAP, || format!("it got {cursor} after {at}"))?;
                if cursor.epoch != at.epoch {
                    self.leaps.push((at, *cursor));
                }
                self.at = Some(*cursor);
                self.listed.remove(alarm);
                if *to != AlarmState::Normal {
                    self.listed.insert(alarm.clone(), *to);
                }
                Ok(())
            }
        }
    }
}

impl Rule for Readers {
    fn see(&mut self, entry: &Entry) -> Verdict {
        match &entry.seen {
            Seen::Read { reader, item } => self.0.entry(reader).or_default().reads(item).map_err(|mut problem| {
                problem.what = format!("{reader}: {}", problem.what);
                problem
            }),
            Seen::Journal(rows) => {
                for (name, reader) in &mut self.0 {
                    for (from, to) in reader.leaps.drain(..) {
                        let cursor =
                            |row: &tep::domain::JournalEntry| Cursor { epoch: row.epoch, sequence: row.sequence };
                        let missed = rows.iter().find(|row| cursor(row) > from && cursor(row) < to);
                        holds(missed.is_none(), NO_SILENT_GAP, || {
                            format!("{name}: between {from} and {to} it never got {missed:?}")
                        })?;
                    }
                }
                Ok(())
            }
            Seen::Desk(shown) => {
                let of_desk: BTreeMap<AlarmId, AlarmState> = shown
                    .iter()
                    .filter(|(_, facts)| facts.state() != AlarmState::Normal)
                    .map(|(id, facts)| (id.clone(), facts.state()))
                    .collect();
                for (name, reader) in &self.0 {
                    holds(reader.listed == of_desk, SAME_PICTURE, || {
                        format!("{name} shows {:?}, the desk {of_desk:?}", reader.listed)
                    })?;
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }
}
