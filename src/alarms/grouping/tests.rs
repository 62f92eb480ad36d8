//! Groups and floods as a desk would live through them.

use proptest::prelude::*;

use super::*;
use crate::alarms::AlarmInput;
use crate::alarms::samples::{Desk, act, at};

fn leader(entry: &JournalEntry) -> Option<&str> {
    entry.facts.group.as_ref().map(|group| group.leader.as_str())
}

#[test]
fn a_consequence_joins_its_cause_without_a_sound() {
    let mut desk = Desk::new();
    assert_eq!(leader(desk.raise("FEED_FLOW/LOW", 0)), None);
    let member = desk.raise("REACTOR_TEMPERATURE/HIGH", 300);
    assert_eq!((leader(member), member.is_annunciated()), (Some("FEED_FLOW/LOW"), false));
    assert!(member.to.owes_acknowledgement() && member.to.in_alarm_list() && member.facts.is_silent());
    assert_eq!(member.facts.shown_since(), Some(at(300)));
}

#[test]
fn what_lies_before_the_leader_or_comes_too_late_leads_itself() {
    let mut desk = Desk::new();
    desk.raise("REACTOR_PRESSURE/HIGH", 0);
    assert_eq!(leader(desk.raise("FEED_FLOW/LOW", 60)), None, "the feed lies before the reactor");
    assert_eq!(leader(desk.raise("REACTOR_TEMPERATURE/HIGH", 700)), None, "eleven minutes are no longer a consequence");
    assert_eq!(desk.called().len(), 3);
}

#[test]
fn a_chain_of_consequences_is_followed_but_not_all_day() {
    let mut desk = Desk::new();
    desk.raise("FEED_FLOW/LOW", 0);
    for n in 0..7u64 {
        let member = desk.raise(&format!("PRODUCT_FLOW/{n}"), 500 * (n + 1));
        assert_eq!(leader(member), Some("FEED_FLOW/LOW"), "member {n} came 500 s after the one before");
    }
    let after_an_hour = desk.raise("PRODUCT_FLOW/7", 3_600);
    assert_eq!((leader(after_an_hour), after_an_hour.is_annunciated()), (None, true));
}

#[test]
fn a_member_that_is_worse_than_anything_told_of_the_group_sounds() {
    let mut desk = Desk::new();
    desk.raise("REACTOR_PRESSURE/HIGH", 0);
    let worse = desk.raise("REACTOR_PRESSURE/HIGH_HIGH", 30);
    assert_eq!(
        (leader(worse), worse.is_annunciated(), worse.facts.is_silent()),
        (Some("REACTOR_PRESSURE/HIGH"), true, false)
    );
}

#[test]
fn the_group_of_an_alarm_that_is_over_takes_nobody_in() {
    let mut desk = Desk::new();
    let occurrence = desk.raise("FEED_FLOW/LOW", 0).occurrence.unwrap();
    desk.happen(desk.position("FEED_FLOW/LOW"), AlarmInput::Acknowledge { occurrence }, at(10));
    desk.ends("FEED_FLOW/LOW", 20);
    assert_eq!(leader(desk.raise("REACTOR_TEMPERATURE/HIGH", 30)), None);
}

#[test]
fn what_is_about_the_plant_as_a_whole_is_no_consequence() {
    let mut desk = Desk::new();
    desk.raise("FEED_FLOW/LOW", 0);
    let disk = desk.raise("SYSTEM/DISK_LOW", 10);
    assert_eq!((leader(disk), disk.is_annunciated()), (None, true));
}

#[test]
fn a_member_has_its_turn_when_it_outlives_its_group() {
    let mut desk = Desk::new();
    desk.raise("FEED_FLOW/LOW", 0);
    let since = desk.raise("REACTOR_TEMPERATURE/HIGH", 5).facts.shown_since().unwrap();
    desk.happen(desk.position("REACTOR_TEMPERATURE/HIGH"), AlarmInput::StoodTooLong { since }, at(900));
    let called = desk.journal.last().unwrap();
    assert_eq!(
        (called.kind, called.is_annunciated(), called.facts.is_silent()),
        (TransitionKind::ReAlarmed, true, false)
    );
    assert_eq!(leader(called), Some("FEED_FLOW/LOW"), "it stays where people have seen it");
}

#[test]
fn the_flood_has_its_alarm_and_does_not_feed_on_it() {
    let mut desk = Desk::new();
    desk.raise("FEED_FLOW/LOW", 0);
    for n in 0..9 {
        desk.raise(&format!("PRODUCT_FLOW/{n}"), 1 + n);
    }
    desk.raise(ALARM_FLOOD, 20);
    assert!(!desk.grouping.is_flood(), "ten new alarms are none, and that of the flood does not count");
    desk.raise("PRODUCT_FLOW/10", 21);
    assert_eq!(desk.grouping.report(at(21)), FloodReport { since: Some(at(21)), count: 11 });
    assert_eq!(desk.called(), ["FEED_FLOW/LOW", ALARM_FLOOD]);
}

#[test]
fn a_chattering_leader_is_called_for_until_its_turns_are_used_up() {
    let mut desk = Desk::new();
    for n in 0..30 {
        desk.raise("PRODUCT_FLOW/0", 10 * n);
        desk.ends("PRODUCT_FLOW/0", 10 * n + 5);
    }
    assert_eq!(desk.called().len(), turns(Severity::Low));
    assert_eq!(leader(desk.raise("PRODUCT_FLOW/0", 300)), Some("PRODUCT_FLOW/0"), "it waits for its turn");
}

proptest! {
    /// However an evening goes: at most ten calls in any ten minutes, unless the critical alone are more; and whoever is
    /// not called stands in the list, in a group.
    #[test]
    fn nobody_is_called_more_than_ten_times_in_ten_minutes(acts in prop::collection::vec(act(), 1..200)) {
        let mut desk = Desk::new();
        let mut now = at(0);
        for (act, later) in &acts {
            now = now + Duration::from_secs(*later);
            desk.act(act, now);
        }
        let calls: Vec<&JournalEntry> = desk.journal.iter().filter(|entry| entry.is_annunciated()).collect();
        for (n, last) in calls.iter().enumerate() {
            let within = calls[..=n].iter().filter(|call| last.wall_time.since(call.wall_time) < FLOOD_WINDOW);
            let critical = within.clone().filter(|call| call.facts.severity == Severity::Critical).count();
            let others = within.count() - critical;
            prop_assert!(others <= CALLS_MAX - 2, "{others} calls beside {critical} that always call");
        }
        for entry in &desk.journal {
            if entry.is_new_alarm() && !entry.is_annunciated() {
                prop_assert!(entry.facts.group.is_some() && entry.facts.is_silent(), "{:?}", entry);
                prop_assert!(entry.facts.severity != Severity::Critical, "the critical always call");
            }
        }
    }

    /// A desk that was away and has read the journal goes on as the one that was not.
    #[test]
    fn the_journal_tells_a_new_desk_what_the_old_one_knew(acts in prop::collection::vec(act(), 1..120), cut in 0usize..120) {
        let mut desk = Desk::new();
        let mut now = at(0);
        for (act, later) in &acts[..cut.min(acts.len())] {
            now = now + Duration::from_secs(*later);
            desk.act(act, now);
        }
        let mut other = Desk::new();
        desk.journal.iter().for_each(|entry| other.grouping.remember(entry));
        (other.facts, other.journal) = (desk.facts.clone(), desk.journal.clone());
        for (act, later) in &acts[cut.min(acts.len())..] {
            now = now + Duration::from_secs(*later);
            desk.act(act, now);
            other.act(act, now);
            prop_assert_eq!(&desk.facts, &other.facts);
        }
    }
}
