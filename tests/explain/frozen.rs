//! What is frozen of tags: those that have departed, and those of which a cause says that they should have.

use std::time::Duration;

use tep::config::plant::built_in;
use tep::domain::{
    AlarmFacts, AlarmState, JournalEntry, OccurrenceId, Plant, SourceTime, TagId, TransitionKind, WallTime,
};
use tep::explain::evidence::{Comparison, FaultSignature, Scene, Trace, Usual, freeze};
use tep::explain::{Evidence, Explanation, Grounds, explain};

const BEGAN: SourceTime = SourceTime::from_micros(1_767_571_200_000_000);
const SPAN: Duration = Duration::from_secs(7_200);

/// A trace of ten seconds a value over the window: `value` of the minute, in shares of what is normal.
fn trace(plant: &Plant, id: &str, learnt: bool, value: impl Fn(f64) -> f64) -> Trace {
    let tag = plant.tag_index(&id.into()).expect("the plant has it");
    let normal = plant.tag(tag).expect("the plant has it").normal;
    let times = (0..=720u32).map(|n| (BEGAN + Duration::from_secs(10) * n, f64::from(n) / 6.0));
    let points = times.map(|(at, minute)| (at, normal * value(minute))).collect();
    Trace { tag, points, usual: learnt.then_some(Usual { mean: normal, deviation: normal.abs() / 100.0 }) }
}

/// What is frozen when the A feed has fallen below its limit.
fn frozen(plant: &Plant, traces: &[Trace], fingerprint: &[&str]) -> Evidence {
    let until = BEGAN + SPAN;
    let definition = plant.alarm(&"XMEAS_1/LOW".into()).expect("the plant has it");
    let called = JournalEntry {
        epoch: 1,
        sequence: 1,
        alarm: definition.id.clone(),
        occurrence: Some(OccurrenceId(uuid::Uuid::from_u128(7))),
        kind: TransitionKind::Raised,
        from: AlarmState::Normal,
        to: AlarmState::Unacknowledged,
        facts: AlarmFacts {
            active: true,
            acked: false,
            open: true,
            raised_at: Some(until),
            ..AlarmFacts::quiet(definition.severity)
        },
        source_time: until,
        wall_time: WallTime::from_micros(until.as_micros()),
        scan: None,
        value: Some(0.000_044_2),
        limit: Some(0.1),
        by: None,
        comment: None,
        client: None,
        idempotency_key: None,
        contributions: Vec::new(),
    };
    let library = [FaultSignature {
        id: "lost".into(),
        name: "A feed lost".into(),
        tags: fingerprint.iter().map(|tag| TagId::from(*tag)).collect(),
        alarms: vec!["XMEAS_1/LOW".into()],
        alike: Vec::new(),
        article: "disturbances/lost".into(),
    }];
    freeze(Scene {
        plant,
        definition,
        called: &called,
        until,
        span: SPAN,
        traces,
        verdicts: &[],
        journal: &[],
        source: None,
        library: &library,
        comparison: &Comparison { young: true, ..Comparison::default() },
        passages: &|_| Vec::new(),
        incidents: Vec::new(),
        missing: Vec::new(),
    })
}

/// The explanation, which holds together and of which nothing is struck out.
fn explained(evidence: &Evidence) -> Explanation {
    let told = explain(evidence);
    assert_eq!(told.check(evidence), Ok(()));
    assert_eq!(Grounds::of(evidence).ground(&told).iter().flat_map(|text| text.struck()).count(), 0);
    told
}

#[test]
fn a_tag_that_is_at_rest_speaks_against_the_cause_that_moves_it() {
    let plant = built_in();
    let fallen = |minute: f64| if minute >= 60.0 { 0.0 } else { 1.0 };
    let traces = [
        trace(&plant, "XMEAS_1", true, fallen),
        trace(&plant, "XMEAS_9", true, |_| 1.0),
        trace(&plant, "XMEAS_8", true, |_| 1.0),
    ];
    let evidence = frozen(&plant, &traces, &["XMEAS_1", "XMEAS_9"]);
    assert_eq!(evidence.alarm.value, Some(0.0), "no finer than the instrument reads");
    let tags: Vec<&str> = evidence.tags.iter().map(|item| item.tag.as_str()).collect();
    assert_eq!(tags, ["XMEAS_1", "XMEAS_9"], "what is at rest and in no fingerprint is not told");
    let told = explained(&evidence);
    let cause = told.causes.first().expect("it fits");
    assert_eq!(cause.contradicts, ["tag:XMEAS_9"]);
    let name = &evidence.tags[1].name;
    assert!(cause.statement.contains(&format!("; {name} (XMEAS_9) has not.")), "{}", cause.statement);
    assert!(evidence.missing.is_empty(), "{:?}", evidence.missing);
}

#[test]
fn an_analyser_that_nobody_has_learnt_speaks_neither_for_a_cause_nor_against_it() {
    let plant = built_in();
    let fallen = |minute: f64| if minute >= 60.0 { 0.0 } else { 1.0 };
    // A value every quarter of an hour; of the first two it would be said that it hardly strays.
    let analyser = |minute: f64| [1.0, 1.001, 1.03, 0.98, 1.02, 0.97, 1.05, 1.06, 1.05][(minute / 15.0) as usize];
    for (learnt, speaks) in [(false, false), (true, true)] {
        let traces = [trace(&plant, "XMEAS_1", true, fallen), trace(&plant, "XMEAS_29", learnt, analyser)];
        let evidence = frozen(&plant, &traces, &["XMEAS_1", "XMEAS_29"]);
        let departed =
            |id: &str| evidence.tags.iter().any(|item| item.tag.as_str() == id && item.departed_at.is_some());
        assert!(departed("XMEAS_1"));
        assert_eq!(departed("XMEAS_29"), speaks, "{:?}", evidence.tags);
        let (fitting, lacking) = (&evidence.causes[0].fitting, &evidence.causes[0].lacking);
        assert_eq!((fitting.len(), lacking.len()), (1 + usize::from(speaks), 0), "{:?}", evidence.causes[0]);
        let untold = evidence.missing.iter().any(|one| one.contains("no model has learnt what is usual"));
        assert_eq!(untold, !speaks, "{:?}", evidence.missing);
        explained(&evidence);
    }
}

#[test]
fn at_its_call_the_tag_of_an_alarm_stands_at_the_value_that_called() {
    let plant = built_in();
    // It falls twenty seconds before the end, and the valve follows ten later: the means of five minutes have hardly heard of it.
    let traces = [
        trace(&plant, "XMEAS_1", true, |minute| if minute > 119.6 { 0.0 } else { 1.0 }),
        trace(&plant, "XMV_3", true, |minute| if minute > 119.8 { 1.04 } else { 1.0 }),
    ];
    let evidence = frozen(&plant, &traces, &["XMEAS_1", "XMV_3"]);
    let own = &evidence.tags[0];
    assert_eq!((own.tag.as_str(), own.now, own.departure), ("XMEAS_1", 0.0, -100.0));
    assert_eq!(own.departed_at, Some(BEGAN + SPAN - Duration::from_secs(20)));
    let told = explained(&evidence);
    let name = &own.name;
    assert!(
        told.summary.text.contains(&format!(". {name} (XMEAS_1) departed from what is usual at")),
        "{}",
        told.summary.text
    );
}
