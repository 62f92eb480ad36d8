//! What was said and done while a cluster was tormented, and whether it hangs together.

use std::collections::{BTreeMap, BTreeSet};

use tep::feed::Cursor;

/// What one follower of alarms was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// The alarm list, complete up to here.
    Snapshot(Cursor),
    /// One event.
    Event(Cursor),
    /// Something is missing here.
    Discontinuity,
}

/// One row of the journal.
#[derive(Clone, Debug)]
pub struct Row {
    pub at: Cursor,
    pub kind: String,
    pub occurrence: Option<String>,
}

/// Everything that a run has left.
#[derive(Default)]
pub struct History {
    /// What each follower was told, by a name that says who.
    pub heard: BTreeMap<String, Vec<Heard>>,
    /// Acknowledgements that were answered with yes: plant, alarm, occurrence.
    pub acknowledged: Vec<(String, String, String)>,
    /// Who said to own which plant in which term.
    pub owners: BTreeMap<(String, i64), BTreeSet<String>>,
    /// The journal of each plant, oldest first.
    pub journal: BTreeMap<String, Vec<Row>>,
}

impl History {
    /// Every breach of what is promised, each in a sentence.
    pub fn breaches(&self) -> Vec<String> {
        let mut found = self.two_owners();
        found.extend(self.lost_acknowledgements());
        found.extend(self.silent_gaps());
        found
    }

    fn two_owners(&self) -> Vec<String> {
        let shared = self.owners.iter().filter(|(_, nodes)| nodes.len() > 1);
        shared.map(|((plant, term), nodes)| format!("{plant} has owners {nodes:?} in term {term}")).collect()
    }

    fn lost_acknowledgements(&self) -> Vec<String> {
        let rows_of = |plant: &str, occurrence: &str| {
            let rows = self.journal.get(plant).into_iter().flatten();
            rows.filter(|row| row.kind == "ACKNOWLEDGED" && row.occurrence.as_deref() == Some(occurrence)).count()
        };
        let asked: BTreeSet<_> = self.acknowledged.iter().collect();
        let odd = asked.into_iter().filter_map(|(plant, alarm, occurrence)| match rows_of(plant, occurrence) {
            1 => None,
            rows => {
                Some(format!("{plant}: the acknowledgement of {alarm} {occurrence} stands {rows} times in the journal"))
            }
        });
        odd.collect()
    }

    /// Between two events that a follower was told without a word in between, the journal must hold nothing.
    fn silent_gaps(&self) -> Vec<String> {
        let mut found = Vec::new();
        for (who, heard) in &self.heard {
            let plant = who.split('@').next().unwrap_or_default();
            let journal: BTreeSet<Cursor> = self.journal.get(plant).into_iter().flatten().map(|row| row.at).collect();
            let mut at: Option<Cursor> = None;
            for one in heard {
                match one {
                    Heard::Discontinuity => at = None,
                    Heard::Snapshot(cursor) => at = Some(*cursor),
                    Heard::Event(cursor) => {
                        if let Some(before) = at {
                            if *cursor <= before {
                                found.push(format!("{who} was told {cursor} after {before}"));
                            } else if let Some(missed) = journal.range(next(before)..*cursor).next() {
                                found.push(format!("{who} was never told {missed}, between {before} and {cursor}"));
                            }
                        }
                        at = Some(*cursor);
                    }
                }
            }
        }
        found
    }
}

fn next(at: Cursor) -> Cursor {
    Cursor { sequence: at.sequence + 1, ..at }
}

mod tests {
    use super::*;

    fn at(epoch: i64, sequence: i64) -> Cursor {
        Cursor { epoch, sequence }
    }

    fn row(at: Cursor, occurrence: &str) -> Row {
        let kind = "ACKNOWLEDGED".to_owned();
        Row { at, kind, occurrence: Some(occurrence.into()) }
    }

    fn check(change: impl FnOnce(&mut History), breach: Option<&str>) {
        let mut history = History::default();
        history.journal.insert("p".into(), (1..=4).map(|n| row(at(1, n), &format!("o{n}"))).collect());
        change(&mut history);
        let found = history.breaches();
        match breach {
            None => assert_eq!(found, [""; 0]),
            Some(words) => assert!(found.len() == 1 && found[0].contains(words), "{found:?}"),
        }
    }

    #[test]
    fn the_checker_finds_what_it_is_there_for() {
        let heard = |history: &mut History, heard: &[Heard]| drop(history.heard.insert("p@a".into(), heard.to_vec()));
        let (event, snapshot) = (|n| Heard::Event(at(1, n)), |n| Heard::Snapshot(at(1, n)));
        check(|_| (), None);
        check(|h| heard(h, &[snapshot(1), event(2), event(3)]), None);
        check(|h| heard(h, &[snapshot(1), event(3)]), Some("never told 1-2"));
        check(|h| heard(h, &[snapshot(1), Heard::Discontinuity, snapshot(2), event(3)]), None);
        check(|h| heard(h, &[event(2), event(2)]), Some("told 1-2 after 1-2"));
        check(|h| h.acknowledged.push(("p".into(), "A".into(), "o1".into())), None);
        check(|h| h.acknowledged.push(("p".into(), "A".into(), "o9".into())), Some("stands 0 times"));
        let own = |h: &mut History, node: &str| h.owners.entry(("p".into(), 3)).or_default().insert(node.into());
        check(|h| assert!(own(h, "a")), None);
        check(|h| assert!(own(h, "a") && own(h, "b")), Some("in term 3"));
    }
}
