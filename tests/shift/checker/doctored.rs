//! The judge itself is judged: a sound history passes, and the same history with one thing wrong is found out by the rule
//! that it breaks.

use std::sync::Arc;

use tep::actors::AlarmCommand;
use tep::config::plant::built_in;
use tep::domain::{
    AlarmFacts, AlarmId, AlarmState, DetectorState, Health, JournalEntry, OccurrenceId, Quality, Severity, SourceState,
    SourceTime, TransitionKind, WallTime,
};
use tep::feed::Cursor;
use uuid::Uuid;

use super::{Checker, Problem};
use crate::shift::record::{Ending, Entry, Item, Seen, Unwell};

const ALARM: &str = "XMEAS_1/LOW";
const READER: &str = "steady reader";

fn time(scan: u64) -> SourceTime {
    SourceTime::from_micros(1_000_000 * scan.cast_signed())
}

fn occurrence(number: u128) -> OccurrenceId {
    OccurrenceId(Uuid::from_u128(number))
}

/// A scan in which the feed of A is far too low, or as it should be.
fn said(number: u64, low: bool) -> Seen {
    let plant = built_in();
    let mut values: Vec<f64> = plant.tags.iter().map(|tag| tag.normal).collect();
    if low {
        let limit = plant.tags[0].limits.iter().find(|limit| !limit.kind.is_upper()).expect("a lower limit");
        values[0] = limit.value - 0.01;
    }
    let qualities = vec![Quality::Good; values.len()].into();
    Seen::SourceSaid { number, source_time: time(number), values: values.into(), qualities }
}

fn row(sequence: i64, kind: TransitionKind, from: AlarmState, to: AlarmState, scan: Option<u64>) -> JournalEntry {
    let active = matches!(to, AlarmState::Unacknowledged | AlarmState::Acknowledged);
    let acked = matches!(to, AlarmState::Acknowledged | AlarmState::Normal);
    JournalEntry {
        epoch: 2,
        sequence,
        alarm: AlarmId::from(ALARM),
        occurrence: Some(occurrence(1)),
        kind,
        from,
        to,
        facts: AlarmFacts {
            active,
            acked,
            open: to != AlarmState::Normal,
            occurrence: Some(occurrence(1)),
            ..AlarmFacts::quiet(Severity::Medium)
        },
        source_time: time(scan.unwrap_or(0)),
        wall_time: WallTime::from_micros(sequence),
        scan,
        value: None,
        limit: None,
        by: None,
        comment: None,
        client: None,
        idempotency_key: (kind == TransitionKind::Acknowledged).then(|| "order-1".into()),
        contributions: Vec::new(),
    }
}

fn raised() -> JournalEntry {
    row(1, TransitionKind::Raised, AlarmState::Normal, AlarmState::Unacknowledged, Some(2))
}

fn acknowledged() -> JournalEntry {
    row(2, TransitionKind::Acknowledged, AlarmState::Unacknowledged, AlarmState::Acknowledged, None)
}

fn returned() -> JournalEntry {
    row(3, TransitionKind::ReturnedToNormal, AlarmState::Acknowledged, AlarmState::Normal, Some(3))
}

fn event(row: &JournalEntry) -> Seen {
    let cursor = Cursor { epoch: row.epoch, sequence: row.sequence };
    Seen::Read { reader: READER, item: Item::Event { cursor, alarm: row.alarm.clone(), to: row.to } }
}

fn values(number: u64) -> Seen {
    let cursor = Cursor { epoch: 1, sequence: number.cast_signed() };
    Seen::Values { cursor, number, source_time: time(number), discontinuous: false, state: SourceState::Running }
}

fn detector(state: DetectorState, verdict: bool) -> Seen {
    Seen::Detector { state, verdict }
}

/// A short shift in which nothing is wrong: an alarm is raised, acknowledged and returns.
fn sound() -> Vec<Seen> {
    let warming = DetectorState::WarmingUp { have: 0, need: built_in().detectors[0].confirm_after };
    let needs = built_in().detectors[0].confirm_after;
    let rows = vec![raised(), acknowledged(), returned()];
    let mut seen = vec![Seen::LifeBegan, Seen::Journal(Vec::new()), detector(warming.clone(), false)];
    seen.extend((1..needs).map(|_| detector(warming.clone(), true)));
    seen.push(detector(DetectorState::Normal, true));
    let empty = Item::Snapshot { cursor: Cursor { epoch: 2, sequence: 0 }, listed: Vec::new() };
    seen.push(Seen::Read { reader: READER, item: empty });
    seen.extend([said(1, false), values(1), said(2, true), values(2)]);
    seen.extend([Seen::Told(Arc::new(raised())), event(&raised())]);
    let items = vec![(AlarmId::from(ALARM), Some(occurrence(1)))];
    seen.push(Seen::Ordered { key: "order-1".into(), command: AlarmCommand::Acknowledge, items });
    seen.extend([Seen::Told(Arc::new(acknowledged())), event(&acknowledged())]);
    seen.push(Seen::Answered { key: "order-1".into(), accepted: vec![true] });
    seen.extend([said(3, false), values(3), Seen::Told(Arc::new(returned())), event(&returned())]);
    seen.push(Seen::Desk(vec![(AlarmId::from(ALARM), returned().facts)]));
    seen.push(Seen::Settled { unwell: Vec::new(), state: Some(SourceState::Running), scans_go_on: true });
    seen.extend([Seen::LifeEnded(Ending::Orderly), Seen::Journal(rows), Seen::Kept(kept(&[1, 2, 3]))]);
    seen
}

fn kept(scans: &[u64]) -> Vec<(SourceTime, Option<f64>)> {
    scans.iter().map(|scan| (time(*scan), None)).collect()
}

/// The first broken rule.
fn judged(history: &[Seen]) -> Option<Problem> {
    let mut checker = Checker::new(&Arc::new(built_in()));
    let entry = |seen: &Seen| Entry { at_ms: 0, life: 1, seen: seen.clone() };
    history.iter().find_map(|seen| checker.see(&entry(seen)).err())
}

/// The sound history with something done to it breaks this rule.
#[track_caller]
fn check(what: &str, rule: &str, doctor: impl FnOnce(&mut Vec<Seen>)) {
    let mut history = sound();
    doctor(&mut history);
    let found = judged(&history);
    let named = found.as_ref().is_some_and(|problem| problem.invariant.contains(rule));
    assert!(named, "{what}: expected a rule with `{rule}`, found {found:?}");
}

fn rows(history: &mut [Seen]) -> &mut Vec<JournalEntry> {
    let last = history.iter_mut().rev().find_map(|seen| match seen {
        Seen::Journal(rows) => Some(rows),
        _ => None,
    });
    last.expect("the journal was read")
}

fn leave_out(history: &mut Vec<Seen>, which: impl Fn(&Seen) -> bool) {
    let at = history.iter().position(which).expect("it is there");
    history.remove(at);
}

fn is_event(seen: &Seen, sequence: i64) -> bool {
    matches!(seen, Seen::Read { item: Item::Event { cursor, .. }, .. } if cursor.sequence == sequence)
}

fn is_told(seen: &Seen, sequence: i64) -> bool {
    matches!(seen, Seen::Told(row) if row.sequence == sequence)
}

#[test]
fn a_sound_history_breaks_no_rule() {
    assert_eq!(judged(&sound()), None);
}

#[test]
fn what_is_wrong_with_alarms_is_found_out() {
    check("a lost acknowledgement", "has exactly one journal row", |history| {
        rows(history).truncate(1);
    });
    check("an acknowledgement that is answered and nowhere written", "answered is never lost", |history| {
        history.retain(|seen| !is_told(seen, 2) && !is_told(seen, 3) && !is_event(seen, 2) && !is_event(seen, 3));
        let shown = vec![(AlarmId::from(ALARM), raised().facts)];
        history.retain(|seen| !matches!(seen, Seen::Desk(_)));
        history.insert(history.len() - 3, Seen::Desk(shown));
        rows(history).truncate(1);
    });
    check("an acknowledgement without an occurrence", "needs a live occurrence", |history| {
        let rows = rows(history);
        rows.push(JournalEntry { sequence: 4, from: AlarmState::Normal, to: AlarmState::Normal, ..acknowledged() });
    });
    check("two open occurrences", "at most one open occurrence", |history| {
        let again = JournalEntry { from: AlarmState::Unacknowledged, occurrence: Some(occurrence(2)), ..raised() };
        *rows(history) = vec![raised(), JournalEntry { sequence: 2, ..again }];
        history.retain(|seen| !is_told(seen, 2) && !is_told(seen, 3));
    });
    check("an occurrence that is used again", "never reused", |history| {
        rows(history).push(JournalEntry { sequence: 4, ..raised() });
    });
    check("a row that is there twice", "numbered without gap", |history| {
        rows(history).push(returned());
    });
    check("a row that changed", "only ever appended", |history| {
        history.push(Seen::Journal(vec![
            raised(),
            JournalEntry { by: Some("mallory".into()), ..acknowledged() },
            returned(),
        ]));
    });
    check("a duplicate number", "numbered without gap", |history| {
        let at = history.iter().position(|seen| is_told(seen, 2)).expect("it is there");
        history.insert(at, history[at].clone());
    });
    check("a missing number", "numbered without gap", |history| leave_out(history, |seen| is_told(seen, 2)));
    check("a state that comes from nowhere", "lead from one state to the next", |history| {
        rows(history)[2].from = AlarmState::Unacknowledged;
        history.retain(|seen| !is_told(seen, 3));
    });
    check("a return while nobody could see", "missing data neither clears", |history| {
        let blind = AlarmFacts { quality: Quality::Bad, ..acknowledged().facts };
        let bad = JournalEntry {
            kind: TransitionKind::QualityChanged,
            facts: blind,
            idempotency_key: None,
            ..acknowledged()
        };
        let bad = JournalEntry { sequence: 3, from: AlarmState::Acknowledged, ..bad };
        *rows(history) = vec![raised(), acknowledged(), bad, JournalEntry { sequence: 4, ..returned() }];
        history.retain(|seen| !is_told(seen, 3));
    });
    check("a return that the instrument never said", "only by what the instrument said", |history| {
        let at =
            history.iter().position(|seen| matches!(seen, Seen::SourceSaid { number: 3, .. })).expect("it is there");
        history[at] = said(3, true);
    });
    check("a picture that the journal does not give", "gives the facts shown", |history| {
        history.retain(|seen| !matches!(seen, Seen::Desk(_) | Seen::Read { .. }));
        history.insert(history.len() - 3, Seen::Desk(vec![(AlarmId::from(ALARM), acknowledged().facts)]));
    });
    check("two answers to one order", "answered the same", |history| {
        history.push(Seen::Answered { key: "order-1".into(), accepted: vec![false] });
    });
}

#[test]
fn what_is_wrong_with_subscribers_is_found_out() {
    check("an event that is left out", "without a discontinuity", |history| {
        leave_out(history, |seen| is_event(seen, 2))
    });
    check("an event that comes twice", "each event once", |history| {
        let at = history.iter().position(|seen| is_event(seen, 2)).expect("it is there");
        history.insert(at, history[at].clone());
    });
    check("a discontinuity without a list", "list afresh", |history| {
        let at = history.iter().position(|seen| is_event(seen, 2)).expect("it is there");
        let item = Item::Discontinuity { from: None, to: Cursor { epoch: 2, sequence: 1 } };
        history.insert(at, Seen::Read { reader: READER, item });
    });
    check("a change of epoch that swallows an event", "without a discontinuity", |history| {
        let next = JournalEntry { epoch: 3, sequence: 1, ..returned() };
        history.retain(|seen| !is_event(seen, 3) && !is_event(seen, 2) && !matches!(seen, Seen::Desk(_)));
        let after = history.len() - 3;
        history.insert(after, event(&next));
    });
    check("another picture than the desk's", "the picture that the desk has", |history| {
        leave_out(history, |seen| is_event(seen, 3))
    });
}

#[test]
fn what_is_wrong_with_values_and_history_is_found_out() {
    check("a frame that is left out", "frames of values are numbered", |history| {
        leave_out(history, |seen| matches!(seen, Seen::Values { number: 2, .. }));
    });
    check("a value that goes back", "only move forward", |history| {
        let at = history.iter().position(|seen| matches!(seen, Seen::Values { number: 3, .. })).expect("it is there");
        let cursor = Cursor { epoch: 1, sequence: 3 };
        history[at] =
            Seen::Values { cursor, number: 1, source_time: time(1), discontinuous: false, state: SourceState::Running };
    });
    let keep = |scans: &'static [u64]| {
        move |history: &mut Vec<Seen>| *history.last_mut().expect("an end") = Seen::Kept(kept(scans))
    };
    check("a scan that is missing", "no scan is missing", keep(&[1, 3]));
    check("a scan that is there twice", "no scan is missing", keep(&[1, 2, 2, 3]));
    check("a history that ends early", "from the first scan to the last", keep(&[1, 2]));
    check("another value than was said", "holds what the source said", |history| {
        let mut kept = kept(&[1, 2, 3]);
        kept[1].1 = Some(77.0);
        *history.last_mut().expect("an end") = Seen::Kept(kept);
    });
    check("a detector that is normal at once", "before it can know", |history| {
        history.insert(3, detector(DetectorState::Normal, true));
    });
}

#[test]
fn a_plant_that_does_not_come_back_is_found_out() {
    let settled = |unwell: Vec<Unwell>, state, scans_go_on| {
        move |history: &mut Vec<Seen>| {
            let at = history.iter().position(|seen| matches!(seen, Seen::Settled { .. })).expect("it is there");
            history[at] = Seen::Settled { unwell, state: Some(state), scans_go_on };
        }
    };
    check("scans that stand still", "the scans go on", settled(Vec::new(), SourceState::Running, false));
    check("a trip that nobody tells", "shows as a system alarm", settled(Vec::new(), SourceState::ShutDown, true));
    let trainer = Unwell { path: "root/plant:p/trainer:trainer".into(), health: Health::Stopped, reason: None };
    check(
        "a part that is silently missing",
        "shows as a system alarm",
        settled(vec![trainer], SourceState::Running, true),
    );
    check("an alarm of something that is over", "ends with what it tells of", |history| {
        let standing = AlarmFacts { active: true, acked: false, open: true, ..AlarmFacts::quiet(Severity::Low) };
        let at = history.iter().position(|seen| matches!(seen, Seen::Settled { .. })).expect("it is there");
        history.retain(|seen| !matches!(seen, Seen::Read { .. }));
        let before = history.iter().position(|seen| matches!(seen, Seen::Desk(_))).expect("it is there");
        history[before] = Seen::Desk(vec![(AlarmId::from("SYSTEM/DISK_LOW"), standing)]);
        assert!(before < at);
    });
}
