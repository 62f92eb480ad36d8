use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::domain::{Severity, Shelving, WallTime};

/// HH eclipses H; the rules `one` and `two` hide H and X.
fn suppression() -> Suppression {
    let rule = || Rule { alarms: vec!["H".into(), "X".into()], state: RuleState::Waiting, enabled: true };
    let both = || vec![RuleId::from("one"), RuleId::from("two")];
    Suppression {
        outer: HashMap::from([("H".into(), vec!["HH".into()])]),
        inner: HashMap::from([("HH".into(), vec!["H".into()])]),
        rules: BTreeMap::from([("one".into(), rule()), ("two".into(), rule())]),
        of_alarm: HashMap::from([("H".into(), both()), ("X".into(), both())]),
    }
}

fn facts(active: bool) -> AlarmFacts {
    AlarmFacts { active, acked: !active, ..AlarmFacts::quiet(Severity::High) }
}

#[track_caller]
fn check(suppression: &Suppression, alarm: &str, hidden_by: Option<&str>, outer: &AlarmFacts, wanted: Wanted) {
    let find = |id: &AlarmId| (id.as_str() == "HH").then_some(outer);
    assert_eq!(suppression.wanted(&alarm.into(), hidden_by, find), wanted);
}

fn hidden(reason: &str) -> Wanted {
    Wanted::Hidden(reason.into())
}

#[test]
fn the_outer_alarm_hides_the_inner_while_it_can_be_seen() {
    let none = suppression();
    check(&none, "H", None, &facts(true), hidden("eclipsed by HH"));
    check(&none, "H", Some("eclipsed by HH"), &facts(false), Wanted::Seen);
    let acknowledged = AlarmFacts { acked: true, ..facts(true) };
    check(&none, "H", None, &acknowledged, hidden("eclipsed by HH"));
    let returned = AlarmFacts { active: false, ..facts(true) };
    check(&none, "H", None, &returned, Wanted::Seen);
    let until = WallTime::from_micros(9);
    for cover in [
        AlarmFacts { shelving: Shelving::Timed { until }, ..facts(true) },
        AlarmFacts { suppressed_by: Some("one".into()), ..facts(true) },
        AlarmFacts { out_of_service: Some("WO-1".into()), ..facts(true) },
    ] {
        check(&none, "H", None, &cover, Wanted::Seen);
    }
    assert_eq!(none.dependents(&"HH".into()), [AlarmId::from("H")]);
    assert_eq!(none.dependents(&"H".into()), []);
}

#[test]
fn a_rule_hides_while_it_holds_and_is_switched_on() {
    let mut rules = suppression();
    check(&rules, "X", None, &facts(false), Wanted::Seen);
    assert_eq!(rules.told(&"one".into(), RuleState::Holds), [AlarmId::from("H"), AlarmId::from("X")]);
    check(&rules, "X", None, &facts(false), hidden("one"));
    rules.enable(&"one".into(), false);
    check(&rules, "X", Some("one"), &facts(false), Wanted::Seen);
    rules.enable(&"one".into(), true);
    for over in [RuleState::Over, RuleState::Unknown] {
        rules.told(&"one".into(), over);
        check(&rules, "X", Some("one"), &facts(false), Wanted::Seen);
    }
    assert_eq!(rules.told(&"three".into(), RuleState::Holds), [], "a rule that nobody knows");
}

#[test]
fn a_reason_that_still_holds_is_kept_and_else_the_next_takes_over() {
    let mut rules = suppression();
    rules.told(&"one".into(), RuleState::Holds);
    rules.told(&"two".into(), RuleState::Holds);
    check(&rules, "H", Some("two"), &facts(true), hidden("two"));
    rules.told(&"two".into(), RuleState::Over);
    check(&rules, "H", Some("two"), &facts(true), hidden("eclipsed by HH"));
    check(&rules, "H", Some("two"), &facts(false), hidden("one"));
}

#[test]
fn what_was_hidden_before_a_restart_waits_for_its_own_rule_only() {
    let mut rules = suppression();
    check(&rules, "X", Some("one"), &facts(false), Wanted::AsItWas);
    check(&rules, "X", Some("gone-from-the-file"), &facts(false), Wanted::Seen);
    check(&rules, "H", Some("eclipsed by HH"), &facts(false), Wanted::Seen);
    rules.enable(&"one".into(), false);
    check(&rules, "X", Some("one"), &facts(false), Wanted::Seen);
}

fn any_state() -> impl Strategy<Value = RuleState> {
    use RuleState::{Holds, Over, Unknown, Waiting};
    prop_oneof![Just(Waiting), Just(Holds), Just(Over), Just(Unknown)]
}

proptest! {
    /// An alarm is hidden only for a reason that can be shown, and never stays hidden for one that is over.
    #[test]
    fn nothing_is_hidden_without_a_reason(
        one in any_state(),
        two in any_state(),
        on in any::<(bool, bool)>(),
        outer in any::<bool>(),
        before in prop_oneof![Just(None), Just(Some("one")), Just(Some("two")), Just(Some("eclipsed by HH")), Just(Some("gone"))],
    ) {
        let mut rules = suppression();
        rules.told(&"one".into(), one);
        rules.told(&"two".into(), two);
        rules.enable(&"one".into(), on.0);
        rules.enable(&"two".into(), on.1);
        let outer_facts = facts(outer);
        let find = |id: &AlarmId| (id.as_str() == "HH").then_some(&outer_facts);
        let holds = |reason: &str| match reason {
            "one" => on.0 && one == RuleState::Holds,
            "two" => on.1 && two == RuleState::Holds,
            "eclipsed by HH" => outer,
            _ => false,
        };
        let waits = |reason: &str| (reason == "one" && on.0 && one == RuleState::Waiting)
            || (reason == "two" && on.1 && two == RuleState::Waiting);
        match rules.wanted(&"H".into(), before, find) {
            Wanted::Hidden(reason) => prop_assert!(holds(&reason)),
            Wanted::AsItWas => prop_assert!(before.is_some_and(waits)),
            Wanted::Seen => prop_assert!(!["one", "two", "eclipsed by HH"].into_iter().any(holds) && !before.is_some_and(waits)),
        }
        if let Some(reason) = before.filter(|reason| holds(reason)) {
            prop_assert_eq!(rules.wanted(&"H".into(), before, find), hidden(reason));
        }
    }
}
