//! What was seen of a shift from outside, in order. The checker judges it; a failure shows a piece of it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use ractor::ActorCell;
use sha2::{Digest, Sha256};
use tep::actors::AlarmCommand;
use tep::domain::{
    ActorPortrait, AlarmFacts, AlarmId, AlarmState, DetectorState, Health, JournalEntry, OccurrenceId, Quality,
    SourceState, SourceTime,
};
use tep::feed::Cursor;

use super::checker::{Checker, Violation};
use super::script::Moment;

/// How a life of the process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Stopped in order; everything must be on disk.
    Orderly,
    /// Gone at once.
    Killed,
    /// The root gave up, as after a spent budget; whoever started the process starts it again.
    Fell,
}

/// One thing that was seen.
#[derive(Clone, Debug)]
pub enum Seen {
    LifeBegan,
    LifeEnded(Ending),
    Fault(String),
    /// What the source said to the platform, lies included.
    SourceSaid {
        number: u64,
        source_time: SourceTime,
        values: Arc<[f64]>,
        qualities: Arc<[Quality]>,
    },
    /// The feed told of an alarm.
    Told(Arc<JournalEntry>),
    /// The feed told of a scan.
    Values {
        cursor: Cursor,
        number: u64,
        source_time: SourceTime,
        discontinuous: bool,
        state: SourceState,
    },
    /// The feed told of a detector; without a verdict it introduces itself.
    Detector {
        state: DetectorState,
        verdict: bool,
    },
    /// What a subscriber got over the API.
    Read {
        reader: &'static str,
        item: Item,
    },
    /// The operator sends an order.
    Ordered {
        key: String,
        command: AlarmCommand,
        items: Vec<(AlarmId, Option<OccurrenceId>)>,
    },
    /// The operator is answered: item by item whether it was accepted.
    Answered {
        key: String,
        accepted: Vec<bool>,
    },
    /// The operator is told to try again.
    Unanswered {
        key: String,
        why: String,
    },
    /// All alarms as the desk shows them.
    Desk(Vec<(AlarmId, AlarmFacts)>),
    /// All rows of the journal.
    Journal(Vec<JournalEntry>),
    /// The scans that are kept, with the value of one tag where there is one.
    Kept(Vec<(SourceTime, Option<f64>)>),
    /// How the platform is, some time after the last fault.
    Settled {
        unwell: Vec<Unwell>,
        state: Option<SourceState>,
        scans_go_on: bool,
    },
}

/// An actor that is not simply running.
#[derive(Clone, Debug, PartialEq)]
pub struct Unwell {
    pub path: String,
    pub health: Health,
    pub reason: Option<String>,
}

/// What a subscriber of alarms gets.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// The alarm list: what stands in it, and in which state.
    Snapshot {
        cursor: Cursor,
        listed: Vec<(AlarmId, AlarmState)>,
    },
    Event {
        cursor: Cursor,
        alarm: AlarmId,
        to: AlarmState,
    },
    Discontinuity {
        from: Option<Cursor>,
        to: Cursor,
    },
}

/// When and in which life it was seen.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Milliseconds since the shift began.
    pub at_ms: u64,
    pub life: u32,
    pub seen: Seen,
}

/// Everything that was seen. Cheap to clone; all clones are the same record.
#[derive(Clone)]
pub struct Record(Arc<Mutex<Inner>>);

struct Inner {
    entries: Vec<Entry>,
    life: u32,
    life_began_ms: u64,
    life_began: Option<tokio::time::Instant>,
    checker: Checker,
    violation: Option<Violation>,
    ambushes: Vec<(Moment, ActorCell)>,
}

impl Record {
    pub fn watched_by(checker: Checker) -> Self {
        Self(Arc::new(Mutex::new(Inner {
            entries: Vec::new(),
            life: 0,
            life_began_ms: 0,
            life_began: None,
            checker,
            violation: None,
            ambushes: Vec::new(),
        })))
    }

    /// A life begins now, so many milliseconds after the shift began. To be called on its stage.
    pub fn life_begins(&self, at_ms: u64) {
        let mut inner = self.0.lock().unwrap();
        inner.life += 1;
        inner.life_began_ms = at_ms;
        inner.life_began = Some(tokio::time::Instant::now());
        drop(inner);
        self.note(Seen::LifeBegan);
    }

    /// The life is over, and with it its clock.
    pub fn life_ends(&self, ending: Ending) {
        self.note(Seen::LifeEnded(ending));
        let mut inner = self.0.lock().unwrap();
        inner.life_began_ms = inner.now_ms();
        inner.life_began = None;
        inner.ambushes.clear();
    }

    /// Milliseconds since the shift began.
    pub fn now_ms(&self) -> u64 {
        self.0.lock().unwrap().now_ms()
    }

    /// Writes down what was seen, and shows it to the checker at once.
    pub fn note(&self, seen: Seen) {
        let mut inner = self.0.lock().unwrap();
        let entry = Entry { at_ms: inner.now_ms(), life: inner.life, seen };
        if inner.violation.is_none() {
            inner.violation =
                inner.checker.see(&entry).err().map(|problem| Violation::at(problem, inner.entries.len()));
        }
        let moment = match &entry.seen {
            Seen::Told(_) => Some(Moment::Alarm),
            Seen::SourceSaid { .. } => Some(Moment::Scan),
            _ => None,
        };
        inner.entries.push(entry);
        let due = |(at, _): &mut (Moment, ActorCell)| Some(*at) == moment;
        let victims: Vec<ActorCell> = inner.ambushes.extract_if(.., due).map(|(_, victim)| victim).collect();
        drop(inner);
        victims.iter().for_each(ActorCell::kill);
    }

    /// Ends an actor at the next moment of this kind, in the midst of what others are doing.
    pub fn ambush(&self, at: Moment, victim: ActorCell) {
        self.0.lock().unwrap().ambushes.push((at, victim));
    }

    /// The first invariant that was broken.
    pub fn violation(&self) -> Option<Violation> {
        self.0.lock().unwrap().violation.clone()
    }

    pub fn read<T>(&self, look: impl FnOnce(&[Entry]) -> T) -> T {
        look(&self.0.lock().unwrap().entries)
    }

    /// What was seen, counted; the same seed gives the same line.
    pub fn summary(&self) -> String {
        let digest = Sha256::digest(self.deterministic_story().join("\n"));
        let story = digest.iter().take(4).fold(0_u32, |hash, byte| hash << 8 | u32::from(*byte));
        self.read(|entries| {
            let count = |which: fn(&Seen) -> bool| entries.iter().filter(|entry| which(&entry.seen)).count();
            format!(
                "{} lives, {} s, {} scans, {} alarm events, {} read by subscribers, {} orders, {} answers, story {:08x}",
                entries.last().map_or(0, |entry| entry.life),
                entries.last().map_or(0, |entry| entry.at_ms / 1_000),
                count(|seen| matches!(seen, Seen::SourceSaid { .. })),
                count(|seen| matches!(seen, Seen::Told(_))),
                count(|seen| matches!(seen, Seen::Read { .. })),
                count(|seen| matches!(seen, Seen::Ordered { .. })),
                count(|seen| matches!(seen, Seen::Answered { .. })),
                story,
            )
        })
    }

    /// What was seen, line by line, without what chance decides outside of the seed: the random bits of occurrence ids
    /// (they are counted instead), and which of several subscribers is woken first (each tells its own story).
    pub fn deterministic_story(&self) -> Vec<String> {
        self.read(|entries| {
            let mut occurrences: Vec<String> = Vec::new();
            let mut shared = Vec::new();
            let mut of_readers: BTreeMap<&str, Vec<String>> = BTreeMap::new();
            for entry in entries {
                if let Seen::Told(row) = &entry.seen
                    && let Some(id) = row.occurrence.map(|id| id.to_string())
                    && !occurrences.contains(&id)
                {
                    occurrences.push(id);
                }
                let mut line = entry.to_string();
                for (number, id) in occurrences.iter().enumerate() {
                    line = line.replace(id, &format!("#{number}"));
                }
                match &entry.seen {
                    Seen::Read { reader, .. } => of_readers.entry(reader).or_default().push(line),
                    _ => shared.push(line),
                }
            }
            shared.extend(of_readers.into_values().flatten());
            shared
        })
    }

    /// The whole story, the crowd of scans left out.
    pub fn story(&self) -> String {
        self.around(usize::MAX, usize::MAX, 0)
    }

    /// What happened around an entry, the crowd of scans left out.
    pub fn around(&self, index: usize, before: usize, after: usize) -> String {
        self.read(|entries| {
            let told = |entry: &&Entry| !matches!(entry.seen, Seen::SourceSaid { .. } | Seen::Values { .. });
            let index = index.min(entries.len());
            let mut earlier: Vec<&Entry> = entries[..index].iter().rev().filter(told).take(before).collect();
            earlier.reverse();
            let later = entries[index..]
                .iter()
                .take(1)
                .chain(entries.iter().skip(index.saturating_add(1)).filter(told).take(after));
            let line = |(mark, entry): (&str, &Entry)| format!("{mark} {entry}\n");
            let marks = std::iter::once("=>").chain(std::iter::repeat("  "));
            earlier.into_iter().map(|entry| line(("  ", entry))).chain(marks.zip(later).map(line)).collect()
        })
    }
}

impl Inner {
    fn now_ms(&self) -> u64 {
        let since = self.life_began.map_or(0, |began| began.elapsed().as_millis());
        self.life_began_ms + u64::try_from(since).unwrap_or(u64::MAX)
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>4}.{:03} life {} {}", self.at_ms / 1_000, self.at_ms % 1_000, self.life, self.seen)
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LifeBegan => f.write_str("the process starts"),
            Self::LifeEnded(ending) => write!(f, "the process ends: {ending:?}"),
            Self::Fault(what) => write!(f, "FAULT {what}"),
            Self::SourceSaid { number, source_time, .. } => write!(f, "source: scan {number} at {source_time}"),
            Self::Told(entry) => write!(
                f,
                "told {}-{} {}: {:?}, {:?} to {:?}, occurrence {}, scan {:?}, {:?}, {:?}",
                entry.epoch,
                entry.sequence,
                entry.alarm,
                entry.kind,
                entry.from,
                entry.to,
                entry.occurrence.map_or_else(|| "-".into(), |id| id.to_string()),
                entry.scan,
                entry.facts.quality,
                entry.idempotency_key,
            ),
            Self::Values { cursor, number, source_time, state, .. } => {
                write!(f, "values {cursor}: scan {number} at {source_time}, {state:?}")
            }
            Self::Detector { state, verdict } => write!(f, "detector: {state:?}, verdict {verdict}"),
            Self::Read { reader, item } => write!(f, "{reader} reads {item:?}"),
            Self::Ordered { key, command, items } => {
                write!(f, "order {key}: {command:?}")?;
                items.iter().try_for_each(|(alarm, occurrence)| match occurrence {
                    Some(occurrence) => write!(f, " {alarm} ({occurrence})"),
                    None => write!(f, " {alarm}"),
                })
            }
            Self::Answered { key, accepted } => write!(f, "answer {key}: accepted {accepted:?}"),
            Self::Unanswered { key, why } => write!(f, "no answer {key}: {why}"),
            Self::Desk(alarms) => {
                let listed = alarms.iter().filter(|(_, facts)| facts.state().in_alarm_list());
                write!(f, "the desk shows")?;
                listed.into_iter().try_for_each(|(id, facts)| write!(f, " {id} {:?}", facts.state()))
            }
            Self::Journal(rows) => write!(f, "the journal has {} rows", rows.len()),
            Self::Kept(scans) => write!(f, "{} scans are kept", scans.len()),
            Self::Settled { unwell, state, scans_go_on } => {
                write!(f, "settled: source {state:?}, scans go on: {scans_go_on}, unwell: {unwell:?}")
            }
        }
    }
}

/// Every actor below that is not simply running.
pub fn unwell(portrait: &ActorPortrait) -> Vec<Unwell> {
    let own = (portrait.health != Health::Running).then(|| Unwell {
        path: portrait.path.clone(),
        health: portrait.health,
        reason: portrait.reason.clone(),
    });
    own.into_iter().chain(portrait.children.iter().flat_map(unwell)).collect()
}
