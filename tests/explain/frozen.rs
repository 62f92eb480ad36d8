//! What is frozen of tags: those that have departed, and those of which a cause says that they should have.

use std::time::Duration;

use tep::config::plant::built_in;
use tep::domain::{AlarmFacts, AlarmState, JournalEntry, OccurrenceId, SourceTime, TransitionKind, WallTime};
use tep::explain::evidence::{Comparison, FaultSignature, Scene, Trace, Usual, freeze};
use tep::explain::{Grounds, explain};

const BEGAN: SourceTime = SourceTime::from_micros(1_767_571_200_000_000);
const SPAN: Duration = Duration::from_secs(7_200);

#[test]
fn a_tag_that_is_at_rest_speaks_against_the_cause_that_moves_it() {
    let plant = built_in();
    let until = BEGAN + SPAN;
    let trace = |id: &str, after: f64| {
        let tag = plant.tag_index(&id.into()).expect("the plant has it");
        let normal = plant.tag(tag).expect("the plant has it").normal;
        let half = SPAN / 2;
        let value = |at: SourceTime| if at >= BEGAN + half { normal * after } else { normal };
        let times = (0..=720u32).map(|n| BEGAN + Duration::from_secs(10) * n);
        let points = times.map(|at| (at, value(at))).collect();
        Trace { tag, points, usual: Some(Usual { mean: normal, deviation: normal.abs() / 100.0 }) }
    };
    let traces = [trace("XMEAS_1", 0.0), trace("XMEAS_9", 1.0), trace("XMEAS_8", 1.0)];
    let definition = plant.alarm(&"XMEAS_1/LOW".into()).expect("the plant has it");
    let called = JournalEntry {
        epoch: 1,
        sequence: 1,
        alarm: definition.id.clone(),
        occurrence: Some(OccurrenceId(uuid::Uuid::from_u128(7))),
        kind: TransitionKind::Raised,
        from: AlarmState::Normal,
        to: AlarmState::Unacknowledged,
        facts: AlarmFacts { active: true, acked: false, open: true, ..AlarmFacts::quiet(definition.severity) },
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
        tags: vec!["XMEAS_1".into(), "XMEAS_9".into()],
        alarms: vec!["XMEAS_1/LOW".into()],
        alike: Vec::new(),
        article: "disturbances/lost".into(),
    }];
    let evidence = freeze(Scene {
        plant: &plant,
        definition,
        called: &called,
        until,
        span: SPAN,
        traces: &traces,
        verdicts: &[],
        journal: &[],
        source: None,
        library: &library,
        comparison: &Comparison { young: true, ..Comparison::default() },
        passages: &|_| Vec::new(),
        incidents: Vec::new(),
        missing: Vec::new(),
    });
    assert_eq!(evidence.alarm.value, Some(0.0), "no finer than the instrument reads");
    let tags: Vec<&str> = evidence.tags.iter().map(|item| item.tag.as_str()).collect();
    assert_eq!(tags, ["XMEAS_1", "XMEAS_9"], "what is at rest and in no fingerprint is not told");
    let told = explain(&evidence);
    let cause = told.causes.first().expect("it fits");
    assert_eq!(cause.contradicts, ["tag:XMEAS_9"]);
    let name = &evidence.tags[1].name;
    assert!(cause.statement.contains(&format!("; {name} (XMEAS_9) has not.")), "{}", cause.statement);
    assert_eq!(told.check(&evidence), Ok(()));
    assert_eq!(Grounds::of(&evidence).ground(&told).iter().flat_map(|text| text.struck()).count(), 0);
}
