//! The transition table of the specification, a row a line, for the inputs that exist.

use uuid::Uuid;

use super::*;
use crate::domain::AlarmId;
use AlarmState::{
    Acknowledged, LatchedAcknowledged, LatchedUnacknowledged, Normal, OutOfService, RtnUnacknowledged, Shelved,
    Suppressed, Unacknowledged,
};

const STANDING: OccurrenceId = OccurrenceId(Uuid::from_u128(1));
const FRESH: OccurrenceId = OccurrenceId(Uuid::from_u128(2));
const NOW: WallTime = WallTime::from_micros(5_000_000);
const BEFORE: WallTime = WallTime::from_micros(1_000_000);
const ALL: [AlarmState; 9] = [
    Normal,
    Unacknowledged,
    Acknowledged,
    RtnUnacknowledged,
    LatchedUnacknowledged,
    LatchedAcknowledged,
    Shelved,
    Suppressed,
    OutOfService,
];

/// How the alarm is configured.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Plain,
    Latching,
    AutoAck,
    LatchingAutoAck,
}

fn definition(kind: Kind) -> AlarmDefinition {
    AlarmDefinition {
        id: AlarmId::from("XMEAS_7/HIGH"),
        title: "Reactor pressure high".into(),
        unit: None,
        tag: None,
        detector: None,
        severity: Severity::Medium,
        latching: matches!(kind, Kind::Latching | Kind::LatchingAutoAck),
        auto_ack_on_return: matches!(kind, Kind::AutoAck | Kind::LatchingAutoAck),
        cause: String::new(),
        consequence: String::new(),
        guidance: String::new(),
    }
}

fn facts(state: AlarmState) -> AlarmFacts {
    let quiet = AlarmFacts::quiet(Severity::Medium);
    let standing = AlarmFacts {
        occurrence: Some(STANDING),
        open: true,
        raised_at: Some(SourceTime::from_micros(1)),
        annunciated_at: Some(BEFORE),
        ..quiet.clone()
    };
    let until = WallTime::from_micros(i64::MAX);
    match state {
        Normal => quiet,
        Unacknowledged => AlarmFacts { active: true, acked: false, ..standing },
        Acknowledged => AlarmFacts { active: true, ..standing },
        RtnUnacknowledged => AlarmFacts { acked: false, ..standing },
        LatchedUnacknowledged => AlarmFacts { acked: false, latched: true, ..standing },
        LatchedAcknowledged => AlarmFacts { latched: true, ..standing },
        Shelved => AlarmFacts { shelving: Shelving::Timed { until }, ..quiet },
        Suppressed => AlarmFacts { suppressed_by: Some("start-up".into()), ..quiet },
        OutOfService => AlarmFacts { out_of_service: Some("WO-17".into()), ..quiet },
    }
}

const fn condition(active: bool, severity: Severity) -> AlarmInput {
    AlarmInput::Condition { active, severity, at: SourceTime::from_micros(9) }
}
const ON: AlarmInput = condition(true, Severity::Medium);
const WORSE: AlarmInput = condition(true, Severity::High);
const BETTER: AlarmInput = condition(true, Severity::Low);
const OFF: AlarmInput = condition(false, Severity::Medium);
const ACK: AlarmInput = AlarmInput::Acknowledge { occurrence: STANDING };

fn step(facts: &AlarmFacts, kind: Kind, input: AlarmInput) -> Result<Step, CommandRefused> {
    apply(facts, &definition(kind), input, NOW, FRESH)
}

/// What else the table says: annunciated, closed, and which occurrence is the open or last one.
#[derive(Debug, PartialEq)]
struct Also {
    annunciate: bool,
    closes: bool,
    occurrence: OccurrenceId,
}

const QUIETLY: Also = Also { annunciate: false, closes: false, occurrence: STANDING };
const CLOSING: Also = Also { annunciate: false, closes: true, occurrence: STANDING };
const AGAIN: Also = Also { annunciate: true, closes: false, occurrence: STANDING };
const ANEW: Also = Also { annunciate: true, closes: false, occurrence: FRESH };

fn check(from: AlarmState, kind: Kind, input: AlarmInput, to: AlarmState, told: TransitionKind, also: Also) {
    let line = format!("{from:?} ({kind:?}) + {input:?}");
    let before = facts(from);
    let Step { facts, transition } = step(&before, kind, input).unwrap_or_else(|e| panic!("{line}: refused: {e}"));
    let got = transition.unwrap_or_else(|| panic!("{line}: no transition"));
    assert_eq!((got.from, got.to, got.kind), (from, to, told), "{line}");
    assert_eq!(facts.state(), to, "{line}");
    let seen =
        Also { annunciate: got.annunciate, closes: got.closes, occurrence: facts.occurrence.expect("an occurrence") };
    assert_eq!(seen, also, "{line}");
    assert_eq!(facts.open, !also.closes, "{line}: open");
    let stamped = if also.annunciate { NOW } else { BEFORE };
    assert_eq!(facts.annunciated_at, Some(stamped), "{line}: annunciated at");
}

#[test]
fn every_line_of_the_transition_table_holds() {
    use Kind::{AutoAck, Latching, LatchingAutoAck, Plain};
    use TransitionKind as Told;
    check(Normal, Plain, ON, Unacknowledged, Told::Raised, ANEW);
    check(Unacknowledged, Plain, ACK, Acknowledged, Told::Acknowledged, QUIETLY);
    check(Unacknowledged, Plain, OFF, RtnUnacknowledged, Told::ReturnedToNormal, QUIETLY);
    check(Unacknowledged, AutoAck, OFF, Normal, Told::ReturnedToNormal, CLOSING);
    check(Unacknowledged, Latching, OFF, LatchedUnacknowledged, Told::ReturnedToNormal, QUIETLY);
    check(Unacknowledged, LatchingAutoAck, OFF, LatchedUnacknowledged, Told::ReturnedToNormal, QUIETLY);
    check(Unacknowledged, Plain, WORSE, Unacknowledged, Told::Worsened, AGAIN);
    check(Acknowledged, Plain, OFF, Normal, Told::ReturnedToNormal, CLOSING);
    check(Acknowledged, Latching, OFF, LatchedAcknowledged, Told::ReturnedToNormal, QUIETLY);
    check(Acknowledged, Plain, WORSE, Unacknowledged, Told::Worsened, AGAIN);
    check(RtnUnacknowledged, Plain, ACK, Normal, Told::Acknowledged, CLOSING);
    check(RtnUnacknowledged, Plain, ON, Unacknowledged, Told::RaisedAgain, AGAIN);
    check(LatchedUnacknowledged, Latching, ACK, LatchedAcknowledged, Told::Acknowledged, QUIETLY);
    check(LatchedUnacknowledged, Latching, ON, Unacknowledged, Told::RaisedAgain, AGAIN);
    check(LatchedAcknowledged, Latching, AlarmInput::Reset, Normal, Told::Reset, CLOSING);
    check(LatchedAcknowledged, Latching, ON, Unacknowledged, Told::Raised, ANEW);
    for from in [Unacknowledged, Acknowledged, RtnUnacknowledged, LatchedUnacknowledged, LatchedAcknowledged] {
        for quality in [Quality::Bad, Quality::Stale] {
            check(from, Latching, AlarmInput::Quality(quality), from, Told::QualityChanged, QUIETLY);
        }
    }
}

#[test]
fn a_command_that_the_state_does_not_list_is_refused() {
    use CommandRefused::{AcknowledgeFirst, NotAcknowledgeable, NotResettable, NothingLatched, StillActive};
    let refused = |from, input| step(&facts(from), Kind::Latching, input).expect_err("refused");
    for state in [Normal, Acknowledged, LatchedAcknowledged, Shelved, Suppressed, OutOfService] {
        assert_eq!(refused(state, ACK), NotAcknowledgeable(state));
    }
    for state in [Unacknowledged, RtnUnacknowledged, LatchedUnacknowledged] {
        let other = AlarmInput::Acknowledge { occurrence: FRESH };
        let mismatch = CommandRefused::OccurrenceMismatch { expected: STANDING, got: FRESH };
        assert_eq!(refused(state, other), mismatch, "{state:?}");
    }
    for (state, why) in [
        (Normal, NothingLatched),
        (Unacknowledged, StillActive),
        (Acknowledged, StillActive),
        (RtnUnacknowledged, NothingLatched),
        (LatchedUnacknowledged, AcknowledgeFirst),
        (Shelved, NotResettable(Shelved)),
        (Suppressed, NotResettable(Suppressed)),
        (OutOfService, NotResettable(OutOfService)),
    ] {
        assert_eq!(refused(state, AlarmInput::Reset), why, "{state:?}");
    }
}

#[test]
fn what_repeats_or_is_not_listed_is_no_transition() {
    for state in ALL {
        let before = facts(state);
        for input in [ON, OFF, BETTER, AlarmInput::Quality(Quality::Uncertain)] {
            let listed = matches!(input, AlarmInput::Condition { active, .. } if active != before.active);
            if !listed {
                let after = step(&before, Kind::Plain, input).expect("news is never refused");
                assert_eq!(after, Step { facts: before.clone(), transition: None }, "{state:?} + {input:?}");
            }
        }
    }
}

#[test]
fn missing_data_never_clears_an_alarm_nor_raises_one() {
    for state in ALL {
        for quality in [Quality::Bad, Quality::Stale] {
            let frozen = AlarmFacts { quality, ..facts(state) };
            for input in [ON, WORSE, OFF] {
                let after = step(&frozen, Kind::Plain, input).expect("news is never refused");
                assert_eq!(after, Step { facts: frozen.clone(), transition: None }, "{state:?} + {input:?}");
            }
        }
    }
}

#[test]
fn a_frozen_alarm_goes_on_when_its_instrument_is_back() {
    let frozen = AlarmFacts { quality: Quality::Bad, ..facts(Unacknowledged) };
    let thawed = step(&frozen, Kind::Plain, AlarmInput::Quality(Quality::Good)).expect("news");
    assert_eq!(thawed.facts, facts(Unacknowledged));
    assert_eq!(thawed.transition.map(|t| t.kind), Some(TransitionKind::QualityChanged));
    let over = step(&thawed.facts, Kind::Plain, OFF).expect("news");
    assert_eq!(over.facts.state(), RtnUnacknowledged);
}

#[test]
fn a_frozen_alarm_may_be_acknowledged_but_not_reset() {
    let frozen = |state| AlarmFacts { quality: Quality::Stale, ..facts(state) };
    let acked = step(&frozen(Unacknowledged), Kind::Latching, ACK).expect("an operator may take notice");
    assert_eq!(acked.facts.state(), Acknowledged);
    let refused = step(&frozen(LatchedAcknowledged), Kind::Latching, AlarmInput::Reset);
    assert_eq!(refused, Err(CommandRefused::ConditionUnknown(Quality::Stale)));
}

#[test]
fn a_severity_that_falls_back_is_remembered_at_its_highest_until_the_occurrence_closes() {
    let worse = step(&facts(Acknowledged), Kind::Plain, WORSE).expect("news").facts;
    let better = step(&worse, Kind::Plain, BETTER).expect("news").facts;
    assert_eq!(better.severity, Severity::High);
    let over = step(&better, Kind::Plain, OFF).expect("news").facts;
    let back = step(&over, Kind::Plain, ON).expect("news").facts;
    assert_eq!(back.severity, Severity::High, "the occurrence goes on");
    let acked = step(&back, Kind::Plain, ACK).expect("owed").facts;
    let closed = step(&acked, Kind::Plain, OFF).expect("news").facts;
    assert_eq!((closed.severity, closed.open), (Severity::Medium, false), "back to the configured one");
}

#[test]
fn a_hidden_alarm_lives_its_life_unseen() {
    for cover in [Shelved, Suppressed, OutOfService] {
        let told_before = AlarmFacts { annunciated_at: Some(BEFORE), ..facts(cover) };
        let raised = step(&told_before, Kind::Latching, ON).expect("news");
        let told = raised.transition.expect("hidden facts are journalled too");
        assert_eq!((told.from, told.to, told.annunciate), (cover, cover, false));
        assert_eq!((raised.facts.active, raised.facts.annunciated_at), (true, None));
        assert_eq!(raised.facts.occurrence, Some(FRESH));
        let over = step(&raised.facts, Kind::Latching, OFF).expect("news").facts;
        assert_eq!((over.active, over.latched, over.state()), (false, true, cover));
    }
}

#[test]
fn a_one_shot_shelf_ends_with_the_condition() {
    let shelving = Shelving::OneShot { until: WallTime::from_micros(i64::MAX) };
    let shelved = AlarmFacts { shelving, ..facts(Unacknowledged) };
    let plain = step(&shelved, Kind::Plain, OFF).expect("news");
    assert_eq!((plain.facts.state(), plain.facts.open), (Normal, false));
    assert_eq!(plain.transition.map(|t| (t.annunciate, t.closes)), Some((false, true)));

    let acked = AlarmFacts { shelving, ..facts(Acknowledged) };
    let latching = step(&acked, Kind::Latching, OFF).expect("news");
    assert_eq!((latching.facts.state(), latching.facts.open), (LatchedUnacknowledged, true));
    assert_eq!(latching.transition.map(|t| t.annunciate), Some(true), "it comes into view owing an acknowledgement");
}

#[test]
fn a_one_shot_shelf_under_a_suppression_ends_without_a_word() {
    let shelving = Shelving::OneShot { until: WallTime::from_micros(i64::MAX) };
    let hidden = AlarmFacts { shelving, suppressed_by: Some("start-up".into()), ..facts(Unacknowledged) };
    let over = step(&hidden, Kind::Plain, OFF).expect("news");
    assert_eq!((over.facts.state(), over.facts.shelving), (Suppressed, Shelving::None));
    assert_eq!(over.transition.map(|t| t.annunciate), Some(false));
}
