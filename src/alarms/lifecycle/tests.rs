//! The transition table of the specification, a row a line, for the inputs that exist.

use std::time::Duration;

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
const SHELF_END: WallTime = WallTime::from_micros(i64::MAX);
const SHELVE_MAX: Duration = Duration::from_secs(8 * 3600);
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
    /// A condition that comes back begins a new occurrence.
    Anew,
    /// Unshelving by hand leaves the debt.
    Unforgiving,
    /// Who took it out of service may not return it.
    FourEyes,
}

fn definition(kind: Kind) -> AlarmDefinition {
    AlarmDefinition {
        id: AlarmId::from("XMEAS_7/HIGH"),
        title: "Reactor pressure high".into(),
        unit: None,
        tag: None,
        detector: None,
        severity: Severity::Medium,
        handling: AlarmHandling {
            latching: matches!(kind, Kind::Latching | Kind::LatchingAutoAck),
            auto_ack_on_return: matches!(kind, Kind::AutoAck | Kind::LatchingAutoAck),
            return_ends_occurrence: kind == Kind::Anew,
            re_alarm_after: None,
            shelve_max: SHELVE_MAX,
            unshelving_acknowledges: kind != Kind::Unforgiving,
            return_needs_another_person: kind == Kind::FourEyes,
        },
        cause: String::new(),
        consequence: String::new(),
        guidance: String::new(),
        rationale: Default::default(),
        limit: None,
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
    let until = SHELF_END;
    match state {
        Normal => quiet,
        Unacknowledged => AlarmFacts { active: true, acked: false, ..standing },
        Acknowledged => AlarmFacts { active: true, ..standing },
        RtnUnacknowledged => AlarmFacts { acked: false, ..standing },
        LatchedUnacknowledged => AlarmFacts { acked: false, latched: true, ..standing },
        LatchedAcknowledged => AlarmFacts { latched: true, ..standing },
        Shelved => AlarmFacts { shelving: Shelving::Timed { until }, ..quiet },
        Suppressed => AlarmFacts { suppressed_by: Some("start-up".into()), ..quiet },
        OutOfService => {
            AlarmFacts { out_of_service: Some("WO-17".into()), out_of_service_by: Some("maria".into()), ..quiet }
        }
    }
}

/// `cover` laid over an alarm that would be shown in state `under`.
fn covered(under: AlarmState, cover: AlarmState) -> AlarmFacts {
    let AlarmFacts { shelving, suppressed_by, out_of_service, out_of_service_by, .. } = facts(cover);
    AlarmFacts { shelving, suppressed_by, out_of_service, out_of_service_by, ..facts(under) }
}

const fn condition(active: bool, severity: Severity) -> AlarmInput {
    AlarmInput::Condition { active, severity, at: SourceTime::from_micros(9) }
}
const ON: AlarmInput = condition(true, Severity::Medium);
const WORSE: AlarmInput = condition(true, Severity::High);
const BETTER: AlarmInput = condition(true, Severity::Low);
const OFF: AlarmInput = condition(false, Severity::Medium);
const ACK: AlarmInput = AlarmInput::Acknowledge { occurrence: STANDING };
const TOO_LONG: AlarmInput = AlarmInput::StoodTooLong { since: BEFORE };
const SHELVE: AlarmInput = AlarmInput::Shelve { lasting: SHELVE_MAX, one_shot: false };
const SHELF_ENDED: AlarmInput = AlarmInput::ShelfEnded { until: SHELF_END };

fn suppress() -> AlarmInput {
    AlarmInput::Suppress { rule: "start-up".into() }
}

fn take_out() -> AlarmInput {
    AlarmInput::TakeOutOfService { work_order: "WO-17".into(), by: "maria".into() }
}

fn give_back(by: &str) -> AlarmInput {
    AlarmInput::ReturnToService { by: by.into() }
}

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
    check_from(&facts(from), kind, input, to, told, also);
}

fn check_from(before: &AlarmFacts, kind: Kind, input: AlarmInput, to: AlarmState, told: TransitionKind, also: Also) {
    let from = before.state();
    let line = format!("{from:?} ({kind:?}) + {input:?}");
    let Step { facts, transition } = step(before, kind, input).unwrap_or_else(|e| panic!("{line}: refused: {e}"));
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
    use Kind::{Anew, AutoAck, Latching, LatchingAutoAck, Plain};
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
    check(RtnUnacknowledged, Anew, ON, Unacknowledged, Told::Raised, ANEW);
    check(Unacknowledged, Plain, TOO_LONG, Unacknowledged, Told::ReAlarmed, AGAIN);
    check(Acknowledged, Plain, TOO_LONG, Unacknowledged, Told::ReAlarmed, AGAIN);
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
        let late = AlarmInput::ShelfEnded { until: NOW };
        let earlier = AlarmInput::StoodTooLong { since: NOW };
        for input in [ON, OFF, BETTER, AlarmInput::Quality(Quality::Uncertain), late, earlier] {
            let listed = matches!(input, AlarmInput::Condition { active, .. } if active != before.active);
            if !listed {
                let after = step(&before, Kind::Plain, input.clone()).expect("news is never refused");
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
                let after = step(&frozen, Kind::Plain, input.clone()).expect("news is never refused");
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

/// One line of the table about a cover: what lies under it, what lifts or lays it, and what is seen then.
fn check_cover(before: &AlarmFacts, kind: Kind, input: AlarmInput, to: AlarmState, annunciate: bool) {
    let line = format!("{:?} ({kind:?}) + {input:?}", before);
    let Step { facts, transition } = step(before, kind, input).unwrap_or_else(|e| panic!("{line}: refused: {e}"));
    let got = transition.unwrap_or_else(|| panic!("{line}: no transition"));
    assert_eq!((got.from, got.to, got.annunciate), (before.state(), to, annunciate), "{line}");
    assert_eq!(facts.state(), to, "{line}");
    assert_eq!(got.closes, before.open && !facts.open, "{line}");
    assert_eq!(facts.open, facts.active || facts.latched || !facts.acked, "{line}");
}

const VISIBLE: [AlarmState; 6] =
    [Normal, Unacknowledged, Acknowledged, RtnUnacknowledged, LatchedUnacknowledged, LatchedAcknowledged];

#[test]
fn whatever_is_seen_may_be_shelved_suppressed_or_taken_out_of_service() {
    for state in VISIBLE {
        check_cover(&facts(state), Kind::Latching, SHELVE, Shelved, false);
        check_cover(&facts(state), Kind::Latching, suppress(), Suppressed, false);
        check_cover(&facts(state), Kind::Latching, take_out(), OutOfService, false);
    }
    check_cover(&facts(Shelved), Kind::Plain, suppress(), Suppressed, false);
    check_cover(&facts(Shelved), Kind::Plain, take_out(), OutOfService, false);
    check_cover(&facts(Suppressed), Kind::Plain, take_out(), OutOfService, false);
}

/// What is seen when the last cover goes: by the hand of an operator, and any other way.
#[test]
fn what_comes_into_view_owes_an_acknowledgement_unless_an_operator_has_looked() {
    for (under, by_hand, else_) in [
        (Normal, Normal, Normal),
        (RtnUnacknowledged, Normal, Normal),
        (Unacknowledged, Acknowledged, Unacknowledged),
        (Acknowledged, Acknowledged, Unacknowledged),
        (LatchedUnacknowledged, LatchedAcknowledged, LatchedUnacknowledged),
        (LatchedAcknowledged, LatchedAcknowledged, LatchedUnacknowledged),
    ] {
        let owes = else_ != Normal;
        check_cover(&covered(under, Shelved), Kind::Plain, AlarmInput::Unshelve, by_hand, false);
        check_cover(&covered(under, Shelved), Kind::Unforgiving, AlarmInput::Unshelve, else_, owes);
        check_cover(&covered(under, Shelved), Kind::Plain, SHELF_ENDED, else_, owes);
        check_cover(&covered(under, Suppressed), Kind::Plain, AlarmInput::Unsuppress, else_, owes);
        check_cover(&covered(under, OutOfService), Kind::Plain, give_back("maria"), else_, owes);
        check_cover(&covered(under, OutOfService), Kind::FourEyes, give_back("paul"), else_, owes);
    }
}

#[test]
fn a_cover_below_is_seen_when_the_one_above_goes() {
    let shelf = facts(Shelved).shelving;
    let under_rule = AlarmFacts { shelving: shelf, ..covered(Unacknowledged, Suppressed) };
    check_cover(&under_rule, Kind::Plain, AlarmInput::Unsuppress, Shelved, false);
    check_cover(&under_rule, Kind::Plain, SHELF_ENDED, Suppressed, false);
    let under_work = AlarmFacts { shelving: shelf, ..covered(Unacknowledged, OutOfService) };
    check_cover(&under_work, Kind::Plain, give_back("maria"), Shelved, false);
    let under_all = AlarmFacts { suppressed_by: Some("start-up".into()), ..under_work };
    check_cover(&under_all, Kind::Plain, give_back("maria"), Suppressed, false);
}

#[test]
fn a_rule_that_begins_or_ends_during_maintenance_is_remembered_unseen() {
    let begun = step(&facts(OutOfService), Kind::Plain, suppress()).expect("news");
    assert_eq!((begun.facts.state(), begun.facts.suppressed_by.as_deref()), (OutOfService, Some("start-up")));
    let ended = step(&begun.facts, Kind::Plain, AlarmInput::Unsuppress).expect("news");
    assert_eq!(ended.facts, facts(OutOfService));
}

#[test]
fn a_cover_that_does_not_fit_is_refused() {
    use CommandRefused::{AlreadyOutOfService, AnotherPersonNeeded, InService, NoWorkOrder, NotShelvable, NotShelved};
    let refused = |state, kind, input| step(&facts(state), kind, input).expect_err("refused");
    for state in [Shelved, Suppressed, OutOfService] {
        assert_eq!(refused(state, Kind::Plain, SHELVE), NotShelvable(state));
    }
    for state in ALL.into_iter().filter(|state| *state != Shelved) {
        assert_eq!(refused(state, Kind::Plain, AlarmInput::Unshelve), NotShelved(state));
    }
    for state in ALL.into_iter().filter(|state| *state != OutOfService) {
        assert_eq!(refused(state, Kind::Plain, give_back("maria")), InService);
    }
    assert_eq!(refused(OutOfService, Kind::Plain, take_out()), AlreadyOutOfService("WO-17".into()));
    assert_eq!(refused(OutOfService, Kind::FourEyes, give_back("maria")), AnotherPersonNeeded("maria".into()));
    let unnamed = AlarmInput::TakeOutOfService { work_order: "  ".into(), by: "maria".into() };
    assert_eq!(refused(Normal, Kind::Plain, unnamed), NoWorkOrder);
    for lasting in [Duration::ZERO, SHELVE_MAX + Duration::from_micros(1)] {
        let shelf = AlarmInput::Shelve { lasting, one_shot: true };
        assert_eq!(refused(Unacknowledged, Kind::Plain, shelf), CommandRefused::ShelfLength(SHELVE_MAX));
    }
}

#[test]
fn a_shelf_always_has_an_end_and_a_timer_of_an_earlier_one_arrives_late() {
    let shelved = step(&facts(Unacknowledged), Kind::Plain, SHELVE).expect("visible").facts;
    assert_eq!(shelved.shelving, Shelving::Timed { until: NOW + SHELVE_MAX });
    let late = step(&shelved, Kind::Plain, SHELF_ENDED).expect("news");
    assert_eq!(late, Step { facts: shelved.clone(), transition: None });
    let ended = AlarmInput::ShelfEnded { until: NOW + SHELVE_MAX };
    assert_eq!(step(&shelved, Kind::Plain, ended).expect("news").facts.state(), Unacknowledged);
}

#[test]
fn being_called_again_is_counted_for_each_occurrence() {
    let again = step(&facts(Acknowledged), Kind::Plain, TOO_LONG).expect("news").facts;
    assert_eq!((again.re_alarms, again.annunciated_at), (1, Some(NOW)));
    let worse = step(&again, Kind::Plain, WORSE).expect("news").facts;
    assert_eq!(worse.re_alarms, 2);
    let closed =
        [OFF, ACK].into_iter().fold(worse, |facts, input| step(&facts, Kind::Plain, input).expect("fits").facts);
    assert_eq!((closed.open, closed.re_alarms), (false, 2), "told until the next one");
    assert_eq!(step(&closed, Kind::Plain, ON).expect("news").facts.re_alarms, 0);
    for hidden in [Shelved, Suppressed, OutOfService] {
        let before = covered(Acknowledged, hidden);
        let after = step(&before, Kind::Plain, TOO_LONG).expect("news");
        assert_eq!(after, Step { facts: before, transition: None }, "nobody is called for what is hidden");
    }
}

#[test]
fn a_remark_and_an_assignment_are_rows_that_change_no_state() {
    for state in ALL {
        let remark = step(&facts(state), Kind::Plain, AlarmInput::Comment).expect("always");
        assert_eq!(remark.facts, facts(state));
        assert_eq!(
            remark.transition.map(|t| (t.kind, t.to, t.annunciate)),
            Some((TransitionKind::Commented, state, false))
        );
        let to = AlarmInput::Assign { to: Some("maria".into()) };
        let given = step(&facts(state), Kind::Plain, to.clone()).expect("always");
        assert_eq!(
            given.transition.map(|t| (t.kind, t.to, t.annunciate)),
            Some((TransitionKind::Assigned, state, false))
        );
        assert_eq!(step(&given.facts, Kind::Plain, to).expect("always").transition, None, "once");
    }
}

#[test]
fn what_was_raised_on_the_shelf_and_is_taken_off_by_hand_is_called_for_when_it_stands_too_long() {
    let raised = step(&facts(Shelved), Kind::Plain, ON).expect("news").facts;
    assert_eq!(raised.annunciated_at, None, "nobody was called");
    let taken = step(&raised, Kind::Plain, AlarmInput::Unshelve).expect("on the shelf").facts;
    assert_eq!((taken.state(), taken.annunciated_at), (Acknowledged, Some(NOW)), "its time counts from here");
    let again = step(&taken, Kind::Plain, AlarmInput::StoodTooLong { since: NOW }).expect("news").facts;
    assert_eq!(again.state(), Unacknowledged);
}

/// A change of the register by itself neither raises nor clears: it is one row, and the severity shows at once.
#[test]
fn a_change_of_the_configuration_is_one_row_and_no_news_of_the_condition() {
    for state in ALL {
        for severity in [Severity::Low, Severity::Medium, Severity::Critical] {
            let definition = AlarmDefinition { severity, ..definition(Kind::Plain) };
            let before = facts(state);
            let step = apply(&before, &definition, AlarmInput::Reconfigured, NOW, FRESH).expect("never refused");
            let told = step.transition.expect("it is always journalled");
            assert_eq!(told.kind, TransitionKind::ConfigurationChanged);
            assert_eq!(step.facts.severity, severity, "{state:?}");
            assert_eq!((step.facts.active, step.facts.latched), (before.active, before.latched), "{state:?}");
            assert_eq!((step.facts.occurrence, step.facts.open), (before.occurrence, before.open), "{state:?}");
            let calls = severity == Severity::Critical && matches!(state, Unacknowledged | Acknowledged);
            assert_eq!(told.annunciate, calls, "{state:?} to {severity:?}");
            let expected = if calls { Unacknowledged } else { state };
            assert_eq!((told.to, told.closes), (expected, false), "{state:?} to {severity:?}");
        }
    }
}

#[test]
fn a_rule_that_takes_the_place_of_another_is_told_and_calls_nobody() {
    let before = facts(Suppressed);
    let taken = step(&before, Kind::Plain, AlarmInput::Suppress { rule: "another".into() }).expect("news");
    assert_eq!(taken.facts.suppressed_by.as_deref(), Some("another"));
    let told = taken.transition.map(|t| (t.kind, t.from, t.to, t.annunciate));
    assert_eq!(told, Some((TransitionKind::Suppressed, Suppressed, Suppressed, false)));
    let rule = before.suppressed_by.clone().expect("suppressed");
    assert_eq!(step(&before, Kind::Plain, AlarmInput::Suppress { rule }).expect("news").transition, None, "once");
}
