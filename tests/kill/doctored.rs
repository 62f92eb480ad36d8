//! A checker that finds nothing in a history that was tampered with would find nothing at all.

use std::collections::BTreeMap;

use tep::domain::{
    AlarmFacts, AlarmId, AlarmState, JournalEntry, OccurrenceId, Severity, Shelving, SourceTime, TransitionKind,
    WallTime,
};
use uuid::Uuid;

use super::checker::{Answered, Answers, Day, Shown, What};

const UNTIL: WallTime = WallTime::from_micros(3_600_000_000);

fn occurrence() -> OccurrenceId {
    OccurrenceId(Uuid::from_u128(1))
}

fn row(sequence: i64, alarm: &str, kind: TransitionKind, from: AlarmState, facts: AlarmFacts) -> JournalEntry {
    let ordered = matches!(kind, TransitionKind::Acknowledged | TransitionKind::Shelved);
    JournalEntry {
        epoch: 1,
        sequence,
        alarm: alarm.into(),
        occurrence: facts.occurrence,
        kind,
        from,
        to: facts.state(),
        source_time: SourceTime::from_micros(0),
        wall_time: WallTime::from_micros(0),
        scan: None,
        value: None,
        limit: None,
        by: None,
        comment: None,
        client: None,
        idempotency_key: ordered.then(|| format!("key of {alarm}")),
        contributions: vec![],
        facts,
    }
}

fn raised(acked: bool) -> AlarmFacts {
    AlarmFacts { active: true, acked, open: true, occurrence: Some(occurrence()), ..AlarmFacts::quiet(Severity::High) }
}

fn shelved() -> AlarmFacts {
    AlarmFacts { shelving: Shelving::Timed { until: UNTIL }, ..AlarmFacts::quiet(Severity::High) }
}

/// A is raised and acknowledged, B is shelved.
fn rows() -> Vec<JournalEntry> {
    vec![
        row(1, "A", TransitionKind::Raised, AlarmState::Normal, raised(false)),
        row(2, "A", TransitionKind::Acknowledged, AlarmState::Unacknowledged, raised(true)),
        row(3, "B", TransitionKind::Shelved, AlarmState::Normal, shelved()),
    ]
}

fn answers() -> Answers {
    let answered = |alarm: &str, what| Answered { key: format!("key of {alarm}"), alarm: alarm.into(), what };
    let mut answers = Answers::default();
    answers.take(Day {
        answered: vec![answered("A", What::Acknowledged(occurrence())), answered("B", What::Shelved(UNTIL))],
        ..Day::default()
    });
    answers
}

fn shown() -> BTreeMap<AlarmId, Shown> {
    BTreeMap::from([
        ("A".into(), Shown { occurrence: Some(occurrence()), owes: false, shelved_until: None }),
        ("B".into(), Shown { occurrence: None, owes: false, shelved_until: Some(UNTIL) }),
    ])
}

#[test]
fn a_history_that_is_in_order_breaks_no_rule() {
    assert_eq!(answers().breaches(&rows(), &shown()), Vec::<String>::new());
}

#[test]
fn every_way_of_tampering_is_found() {
    type Tampering = fn(&mut Vec<JournalEntry>, &mut BTreeMap<AlarmId, Shown>);
    let ways: [(&str, Tampering); 9] = [
        ("the acknowledgement is gone", |rows, _| rows[1].kind = TransitionKind::Commented),
        ("it is there twice", |rows, _| {
            let again = JournalEntry { sequence: 4, from: AlarmState::Acknowledged, ..rows[1].clone() };
            rows.push(again);
        }),
        ("a number is skipped", |rows, _| rows[2].sequence = 4),
        ("a row is missing", |rows, _| drop(rows.remove(0))),
        ("it is owed again for no reason", |rows, _| {
            rows.push(row(4, "A", TransitionKind::QualityChanged, AlarmState::Acknowledged, raised(false)));
        }),
        ("it is shown as owed", |_, shown| shown.get_mut(&AlarmId::from("A")).unwrap().owes = true),
        ("the shelf is gone", |_, shown| shown.get_mut(&AlarmId::from("B")).unwrap().shelved_until = None),
        ("the shelf lasts longer", |rows, _| {
            let longer = UNTIL + std::time::Duration::from_secs(60);
            rows[2].facts.shelving = Shelving::Timed { until: longer };
        }),
        ("an alarm changes between two rows", |rows, _| rows[1].from = AlarmState::RtnUnacknowledged),
    ];
    for (what, tamper) in ways {
        let (mut rows, mut shown) = (rows(), shown());
        tamper(&mut rows, &mut shown);
        assert!(!answers().breaches(&rows, &shown).is_empty(), "{what}, and nothing was found");
    }
}

#[test]
fn what_calls_again_for_a_reason_is_no_breach() {
    let mut rows = rows();
    rows.push(row(4, "A", TransitionKind::ReAlarmed, AlarmState::Acknowledged, raised(false)));
    let mut shown = shown();
    shown.get_mut(&AlarmId::from("A")).unwrap().owes = true;
    assert_eq!(answers().breaches(&rows, &shown), Vec::<String>::new());
}
