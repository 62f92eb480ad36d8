//! Rules of shelves: one that was laid holds until its end, over every restart, and never longer.

use std::collections::BTreeMap;
use std::time::Duration;

use tep::domain::{AlarmId, JournalEntry, Shelving, TransitionKind, WallTime};

use super::{Entry, Rule, Verdict, holds};
use crate::shift::record::Seen;

pub const HOLDS: &str = "a shelf holds until its end";
pub const ENDS: &str = "a shelf ends at its end";

/// What a desk that is alive may be late.
const SLACK: Duration = Duration::from_secs(5);
/// Between two shelves whose end calls an operator.
const GAP: Duration = Duration::from_secs(60);

/// Judges the whole journal whenever it is read.
pub struct Shelves;

/// A shelf that has not ended.
struct Shelf {
    until: WallTime,
    one_shot: bool,
    /// Whether its end calls an operator, so that it may have to wait for others.
    calls: bool,
}

impl Rule for Shelves {
    fn see(&mut self, entry: &Entry) -> Verdict {
        match &entry.seen {
            Seen::Journal(rows) => judge(rows),
            _ => Ok(()),
        }
    }
}

fn judge(rows: &[JournalEntry]) -> Verdict {
    let mut shelves: BTreeMap<&AlarmId, Shelf> = BTreeMap::new();
    let mut began: Option<(i64, WallTime)> = None;
    let mut called = 0_u32;
    for row in rows {
        let told = || format!("{} {}-{}: {:?}", row.alarm, row.epoch, row.sequence, row.kind);
        if began.is_none_or(|(epoch, _)| epoch != row.epoch) {
            began = Some((row.epoch, row.wall_time));
        }
        let awake_since = began.map_or(row.wall_time, |(_, since)| since);
        for (alarm, shelf) in shelves.iter().filter(|(alarm, _)| **alarm != &row.alarm) {
            let waits = if shelf.calls { GAP * (called + 1) } else { Duration::ZERO };
            let latest = shelf.until.max(awake_since) + SLACK + waits;
            holds(row.wall_time <= latest, ENDS, || {
                format!("{} at {}, and {alarm} is still shelved until {}", told(), row.wall_time, shelf.until)
            })?;
        }
        let before = shelves.remove(&row.alarm);
        let after = match row.kind {
            TransitionKind::Shelved => {
                holds(row.facts.shelving.until().is_some_and(|until| until > row.wall_time), HOLDS, told)?;
                of(row)
            }
            TransitionKind::Unshelved => None,
            TransitionKind::ShelfEnded => {
                let due = before.as_ref().is_some_and(|shelf| row.wall_time >= shelf.until);
                holds(due, HOLDS, || format!("{} at {}, before its time", told(), row.wall_time))?;
                called += u32::from(before.is_some_and(|shelf| shelf.calls));
                None
            }
            TransitionKind::ReturnedToNormal if before.as_ref().is_some_and(|shelf| shelf.one_shot) => None,
            _ => before.map(|shelf| Shelf { calls: row.facts.active || row.facts.latched, ..shelf }),
        };
        let (expected, kept) = (after.as_ref().map(|shelf| shelf.until), row.facts.shelving.until());
        holds(kept == expected, HOLDS, || format!("{}: shelved until {kept:?}, not {expected:?}", told()))?;
        shelves.extend(after.map(|shelf| (&row.alarm, shelf)));
    }
    Ok(())
}

fn of(row: &JournalEntry) -> Option<Shelf> {
    let calls = row.facts.active || row.facts.latched;
    match row.facts.shelving {
        Shelving::None => None,
        Shelving::OneShot { until } => Some(Shelf { until, one_shot: true, calls }),
        Shelving::Timed { until } => Some(Shelf { until, one_shot: false, calls }),
    }
}

#[cfg(test)]
mod tests {
    use tep::domain::{AlarmFacts, AlarmState, Severity, SourceTime};

    use super::*;

    fn at(seconds: u64) -> WallTime {
        WallTime::from_micros(0) + Duration::from_secs(seconds)
    }

    fn row(place: (i64, i64), seconds: u64, alarm: &str, kind: TransitionKind, until: Option<u64>) -> JournalEntry {
        let shelving = until.map_or(Shelving::None, |until| Shelving::Timed { until: at(until) });
        let facts = AlarmFacts { shelving, ..AlarmFacts::quiet(Severity::Low) };
        JournalEntry {
            epoch: place.0,
            sequence: place.1,
            alarm: alarm.into(),
            occurrence: None,
            kind,
            from: AlarmState::Normal,
            to: facts.state(),
            facts,
            source_time: SourceTime::from_micros(0),
            wall_time: at(seconds),
            scan: None,
            value: None,
            limit: None,
            by: None,
            comment: None,
            client: None,
            idempotency_key: None,
            contributions: vec![],
        }
    }

    fn broken(rows: &[JournalEntry]) -> Option<&'static str> {
        judge(rows).err().map(|problem| problem.invariant)
    }

    #[test]
    fn a_shelf_that_is_cut_short_stretched_or_moved_is_found() {
        use TransitionKind::{Commented, QualityChanged, ShelfEnded, Shelved};
        let shelved = row((1, 1), 0, "A", Shelved, Some(30));
        let ended = row((1, 2), 30, "A", ShelfEnded, None);
        assert_eq!(broken(&[shelved.clone(), ended]), None);
        assert_eq!(broken(&[shelved.clone(), row((1, 2), 29, "A", ShelfEnded, None)]), Some(HOLDS), "cut short");
        assert_eq!(broken(&[shelved.clone(), row((1, 2), 40, "B", Commented, None)]), Some(ENDS), "it lasts on");
        assert_eq!(
            broken(&[shelved.clone(), row((2, 1), 9, "A", QualityChanged, None)]),
            Some(HOLDS),
            "a restart lost it"
        );
        assert_eq!(
            broken(&[shelved.clone(), row((2, 1), 9, "A", QualityChanged, Some(60))]),
            Some(HOLDS),
            "it was moved"
        );
        // Nobody was there when it was due; whoever comes ends it at once.
        assert_eq!(
            broken(&[shelved, row((2, 1), 90, "B", Commented, None), row((2, 2), 91, "A", ShelfEnded, None)]),
            None
        );
    }
}
