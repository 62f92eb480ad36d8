//! The rules of who is told, in virtual time: entries come from the alarm rules themselves.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::alarms::{AlarmInput, apply};
use crate::domain::{
    AlarmFacts, AlarmHandling, Channel, ChannelKind, Contact, Quiet, Roster, Shift, SourceTime, Step, TimeZone,
};

fn at(seconds: i64) -> WallTime {
    WallTime::from_micros(1_800_000_000_000_000) + Duration::from_secs(seconds.unsigned_abs())
}

fn definition() -> AlarmDefinition {
    AlarmDefinition {
        id: "XMEAS_7/HIGH".into(),
        title: "Reactor pressure high".into(),
        unit: Some("reactor".into()),
        tag: None,
        detector: None,
        limit: None,
        severity: Severity::High,
        handling: AlarmHandling::of(Severity::High),
        cause: String::new(),
        consequence: String::new(),
        guidance: String::new(),
        rationale: Default::default(),
    }
}

fn route(least: Severity, steps: &[(u64, &[&str])]) -> Route {
    let recipient = |name: &&str| match *name {
        "shift" => Recipient::Roster("shift".into()),
        name => Recipient::Contact(name.into()),
    };
    let step = |(after, to): &(u64, &[&str])| Step {
        after: Duration::from_secs(*after),
        notify: to.iter().map(recipient).collect(),
    };
    Route {
        plants: BTreeSet::new(),
        units: BTreeSet::new(),
        least,
        quiet: None,
        steps: steps.iter().map(step).collect(),
    }
}

fn plan(routes: Vec<(&str, Route)>) -> NotificationPlan {
    let channel = Channel {
        kind: ChannelKind::Webhook,
        place: String::new(),
        tells: NoticeKind::ALL.into_iter().collect(),
        values: false,
        give_up_after: Duration::from_secs(3_600),
    };
    let contact = || Contact { channel: "hook".into(), address: None };
    let everybody: BTreeSet<u32> = (1..=7).collect();
    let shift = |from: &str, to: &str, who: &str| Shift {
        days: everybody.clone(),
        from: from.parse().unwrap(),
        to: to.parse().unwrap(),
        contacts: vec![who.into()],
    };
    NotificationPlan {
        base_url: None,
        channels: BTreeMap::from([("hook".into(), channel)]),
        contacts: ["olga", "chief", "early", "late"].into_iter().map(|name| (name.into(), contact())).collect(),
        rosters: BTreeMap::from([(
            "shift".into(),
            Roster {
                zone: TimeZone::Named(chrono_tz::UTC),
                cycle: None,
                // 1 800 000 000 is 2027-01-15T08:00:00Z.
                shifts: vec![shift("06:00:00", "08:05:00", "early"), shift("08:05:00", "06:00:00", "late")],
                otherwise: vec!["chief".into()],
            },
        )]),
        routes: routes.into_iter().map(|(name, route)| (name.to_owned(), route)).collect(),
    }
}

/// One alarm that lives by the alarm rules, and those who hear of it.
struct Stage {
    plan: NotificationPlan,
    definition: AlarmDefinition,
    facts: AlarmFacts,
    watches: Vec<Watch>,
    told: Vec<ContactName>,
    sequence: i64,
    heard: Vec<String>,
}

impl Stage {
    fn new(plan: NotificationPlan) -> Self {
        let definition = definition();
        let facts = AlarmFacts::quiet(definition.severity);
        Self { plan, definition, facts, watches: Vec::new(), told: Vec::new(), sequence: 0, heard: Vec::new() }
    }

    fn input(&mut self, seconds: i64, input: AlarmInput) {
        let fresh = OccurrenceId(Uuid::from_u128(u128::try_from(self.sequence + 1).unwrap()));
        let Ok(step) = apply(&self.facts, &self.definition, input, at(seconds), fresh) else { return };
        let before = std::mem::replace(&mut self.facts, step.facts);
        let Some(transition) = step.transition else { return };
        self.sequence += 1;
        let entry = JournalEntry {
            epoch: 1,
            sequence: self.sequence,
            alarm: self.definition.id.clone(),
            occurrence: self.facts.occurrence,
            kind: transition.kind,
            from: before.state(),
            to: self.facts.state(),
            facts: self.facts.clone(),
            source_time: SourceTime::from_micros(0),
            wall_time: at(seconds),
            scan: None,
            value: None,
            limit: None,
            by: None,
            comment: None,
            client: None,
            idempotency_key: None,
            contributions: Vec::new(),
        };
        assert_eq!(happening(&entry) == Some(Happening::Called), transition.annunciate, "{entry:?}");
        if before.occurrence != self.facts.occurrence {
            self.told.clear();
        }
        let told = self.told.clone();
        let calls = follow(&self.plan, &"p".into(), &self.definition, &entry, &told, &mut self.watches);
        self.hear(seconds, calls);
    }

    fn time(&mut self, seconds: i64) {
        let calls = take_due(&self.plan, &mut self.watches, at(seconds));
        self.hear(seconds, calls);
    }

    fn hear(&mut self, seconds: i64, calls: Vec<Call>) {
        for call in calls {
            if call.kind.calls() && !self.told.contains(&call.contact) {
                self.told.push(call.contact.clone());
            }
            self.heard.push(format!("{seconds} {} {}", call.contact, call.kind.word()));
        }
    }

    fn raise(&mut self, seconds: i64) {
        let severity = self.definition.severity;
        self.input(seconds, AlarmInput::Condition { active: true, severity, at: SourceTime::from_micros(0) });
    }

    fn lower(&mut self, seconds: i64) {
        let severity = self.definition.severity;
        self.input(seconds, AlarmInput::Condition { active: false, severity, at: SourceTime::from_micros(0) });
    }

    fn acknowledge(&mut self, seconds: i64) {
        if let Some(occurrence) = self.facts.occurrence {
            self.input(seconds, AlarmInput::Acknowledge { occurrence });
        }
    }

    #[track_caller]
    fn heard(&self, expected: &[&str]) {
        assert_eq!(self.heard, expected);
    }
}

fn usual() -> NotificationPlan {
    plan(vec![("all", route(Severity::Low, &[(0, &["olga"]), (600, &["chief"])]))])
}

#[test]
fn an_alarm_is_told_acknowledged_and_over() {
    let mut stage = Stage::new(usual());
    stage.raise(0);
    stage.time(0);
    stage.acknowledge(60);
    stage.time(3_600);
    stage.lower(4_000);
    stage.time(4_000);
    stage.heard(&["0 olga raised", "60 olga acknowledged", "4000 olga closed"]);
}

#[test]
fn who_does_not_take_notice_is_escalated_at_the_very_moment_and_once() {
    let mut stage = Stage::new(usual());
    stage.raise(0);
    for second in [0, 599, 600, 601, 10_000] {
        stage.time(second);
    }
    stage.acknowledge(10_001);
    stage.heard(&["0 olga raised", "600 chief escalated", "10001 olga acknowledged", "10001 chief acknowledged"]);
}

#[test]
fn an_alarm_that_has_returned_and_owes_an_acknowledgement_goes_on_calling() {
    let mut stage = Stage::new(usual());
    stage.raise(0);
    stage.time(0);
    stage.lower(30);
    stage.time(600);
    stage.acknowledge(700);
    stage.heard(&["0 olga raised", "600 chief escalated", "700 olga closed", "700 chief closed"]);
}

#[test]
fn the_roster_of_the_moment_is_called_and_those_who_were_called_hear_the_end() {
    let mut stage = Stage::new(plan(vec![("all", route(Severity::Low, &[(0, &["shift"]), (400, &["shift"])]))]));
    stage.raise(0);
    stage.time(0);
    stage.time(400);
    stage.acknowledge(500);
    stage.heard(&["0 early raised", "400 late escalated", "500 early acknowledged", "500 late acknowledged"]);
}

#[test]
fn an_alarm_that_is_shelved_calls_nobody_until_its_shelf_ends() {
    let mut stage = Stage::new(usual());
    stage.raise(0);
    stage.time(0);
    stage.input(10, AlarmInput::Shelve { lasting: Duration::from_secs(1_000), one_shot: false });
    stage.time(700);
    stage.lower(800);
    stage.raise(900);
    stage.time(900);
    let Some(until) = stage.facts.shelving.until() else { panic!("it is shelved") };
    stage.input(1_010, AlarmInput::ShelfEnded { until });
    stage.time(1_010);
    stage.heard(&["0 olga raised", "10 olga hidden", "1010 olga again"]);
}

#[test]
fn an_alarm_that_was_hidden_before_it_came_tells_nobody_anything() {
    for cover in [
        AlarmInput::Suppress { rule: "pump stands".into() },
        AlarmInput::TakeOutOfService { work_order: "WO-1".into(), by: "mo".into() },
        AlarmInput::Shelve { lasting: Duration::from_secs(1_000), one_shot: false },
    ] {
        let mut stage = Stage::new(usual());
        stage.input(0, cover);
        stage.raise(1);
        stage.time(1);
        stage.time(5_000);
        stage.lower(6_000);
        stage.time(6_000);
        stage.heard(&[]);
    }
}

#[test]
fn taking_it_off_the_shelf_by_hand_is_taking_notice() {
    let mut stage = Stage::new(usual());
    stage.raise(0);
    stage.time(0);
    stage.input(10, AlarmInput::Shelve { lasting: Duration::from_secs(1_000), one_shot: false });
    stage.input(20, AlarmInput::Unshelve);
    stage.time(5_000);
    stage.heard(&["0 olga raised", "10 olga hidden", "20 olga acknowledged"]);
}

#[test]
fn an_alarm_that_is_over_before_anybody_looked_tells_nobody() {
    let mut stage = Stage::new(usual());
    stage.raise(0);
    stage.acknowledge(0);
    stage.lower(0);
    stage.time(1);
    stage.heard(&[]);
}

#[test]
fn a_route_takes_what_is_severe_enough_and_of_its_units() {
    let mut high = route(Severity::High, &[(0, &["olga"])]);
    let (definition, plant) = (definition(), PlantId::from("p"));
    assert!(takes(&high, &plant, &definition, Severity::High));
    assert!(!takes(&high, &plant, &definition, Severity::Medium));
    high.units = BTreeSet::from(["stripper".into()]);
    assert!(!takes(&high, &plant, &definition, Severity::Critical));
    high.units.insert("reactor".into());
    assert!(takes(&high, &plant, &definition, Severity::Critical));
    assert!(!takes(&high, &plant, &AlarmDefinition { unit: None, ..definition.clone() }, Severity::Critical));
    high.plants = BTreeSet::from(["q".into()]);
    assert!(!takes(&high, &plant, &definition, Severity::Critical));
}

#[test]
fn an_alarm_that_worsens_calls_again_and_takes_further_routes() {
    let routes = vec![
        ("all", route(Severity::Low, &[(0, &["olga"]), (600, &["chief"])])),
        ("worst", route(Severity::Critical, &[(0, &["chief"])])),
    ];
    let mut stage = Stage::new(plan(routes));
    stage.raise(0);
    stage.time(0);
    stage.acknowledge(10);
    let worse = AlarmInput::Condition { active: true, severity: Severity::Critical, at: SourceTime::from_micros(0) };
    stage.input(20, worse);
    stage.time(20);
    stage.heard(&["0 olga raised", "10 olga acknowledged", "20 chief again", "20 olga again"]);
}

#[test]
fn who_is_reached_by_two_routes_at_once_is_told_once() {
    let routes = vec![
        ("one", route(Severity::Low, &[(0, &["olga"])])),
        ("two", route(Severity::Low, &[(0, &["olga", "chief"])])),
    ];
    let mut stage = Stage::new(plan(routes));
    stage.raise(0);
    stage.time(0);
    stage.heard(&["0 chief raised", "0 olga raised"]);
}

#[test]
fn in_quiet_hours_an_alarm_waits_and_is_told_when_they_end() {
    let mut all = route(Severity::Low, &[(0, &["olga"])]);
    all.quiet = Some(Quiet {
        zone: TimeZone::Named(chrono_tz::UTC),
        from: "22:00:00".parse().unwrap(),
        to: "08:10:00".parse().unwrap(),
        below: Severity::Critical,
    });
    let mut stage = Stage::new(plan(vec![("all", all)]));
    stage.raise(0);
    stage.time(0);
    stage.time(599);
    stage.time(600);
    stage.heard(&["600 olga raised"]);
}

#[test]
fn a_route_that_is_configured_no_longer_calls_nobody() {
    let mut stage = Stage::new(usual());
    stage.raise(0);
    stage.plan.routes.clear();
    stage.time(0);
    stage.heard(&[]);
    assert!(stage.watches.is_empty());
}

proptest! {
    /// Whatever happens, looking twice tells nobody anything twice, nobody is told of the end who was not called, and
    /// nobody is called while the alarm owes nothing.
    #[test]
    fn nobody_is_told_twice_or_without_need(steps in prop::collection::vec((0_u8..9, 0_i64..400), 1..40)) {
        let mut stage = Stage::new(usual());
        let mut now = 0;
        let mut keys = BTreeSet::new();
        for (what, passed) in steps {
            now += passed;
            match what {
                0 | 1 => stage.raise(now),
                2 => stage.lower(now),
                3 => stage.acknowledge(now),
                4 => stage.input(now, AlarmInput::Shelve { lasting: Duration::from_secs(60), one_shot: false }),
                5 => if let Some(until) = stage.facts.shelving.until() { stage.input(now, AlarmInput::ShelfEnded { until }) },
                6 => stage.input(now, AlarmInput::Suppress { rule: "r".into() }),
                7 => stage.input(now, AlarmInput::Unsuppress),
                _ => stage.input(now, AlarmInput::Unshelve),
            }
            let mut again = stage.watches.clone();
            let calls = take_due(&stage.plan, &mut again, at(now));
            prop_assert!(calls.is_empty() || stage.facts.state().owes_acknowledgement(), "{calls:?}");
            for call in &calls {
                prop_assert!(keys.insert((call.contact.clone(), call.key.clone())), "{call:?} a second time");
            }
            prop_assert!(take_due(&stage.plan, &mut again, at(now)).is_empty());
            prop_assert!(again.is_empty() || stage.facts.state().owes_acknowledgement());
            stage.time(now);
        }
    }
}
