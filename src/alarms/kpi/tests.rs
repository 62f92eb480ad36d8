//! The tally against the words of the specification, and against a tally that was fed the interval alone.

use std::time::Duration;

use proptest::prelude::*;

use super::hour::{HOUR, delay_of};
use super::naive::{Naive, wall};
use super::*;
use crate::alarms::samples::{Act, Desk, act, at};
use crate::domain::{AlarmId, JournalEntry, WallTime};

/// Mostly seconds, at times hours pass between what happens.
fn acts() -> impl Strategy<Value = Vec<(Act, u64)>> {
    let long = prop_oneof![12 => Just(0u64), 1 => 600u64..7_200, 1 => 3_600u64..100_000];
    prop::collection::vec((act(), long).prop_map(|((act, soon), late)| (act, soon + late)), 1..150)
}

fn journal(acts: &[(Act, u64)]) -> (Vec<JournalEntry>, WallTime) {
    let mut desk = Desk::new();
    let mut now = at(1_000_000);
    for (act, later) in acts {
        now = now + Duration::from_secs(*later);
        desk.act(act, now);
    }
    (desk.journal, now)
}

fn first(journal: &[JournalEntry], otherwise: WallTime) -> WallTime {
    journal.first().map_or(otherwise, |entry| entry.wall_time)
}

/// As a plant is followed: every row, and what is old is forgotten.
fn followed(journal: &[JournalEntry], from: WallTime, to: WallTime) -> KpiReport {
    let watched = first(journal, to);
    let mut tally = Tally::new(None, at(0), watched);
    for entry in journal {
        tally.feed(entry);
        tally.forget_before(from.min(entry.wall_time));
    }
    tally.pass(to);
    tally.report(from, to)
}

/// As an interval is asked about: its rows and those of the run-up, and how the others stood before.
fn asked(journal: &[JournalEntry], from: WallTime, to: WallTime) -> KpiReport {
    let mut tally = Tally::new(None, from, first(journal, to));
    let fed = journal.iter().position(|entry| entry.wall_time >= from - RUN_UP).unwrap_or(journal.len());
    for (n, entry) in journal.iter().enumerate() {
        let is_last = journal[n + 1..].iter().all(|later| later.alarm != entry.alarm);
        if n < fed && is_last {
            tally.stood(&entry.alarm, &entry.facts);
        }
    }
    journal[fed..].iter().for_each(|entry| tally.feed(entry));
    tally.report(from, to)
}

fn without_when(mut report: KpiReport) -> KpiReport {
    // Since when something is stale that began before the run-up is not told by the rows of the interval.
    report.nuisances.stale.iter_mut().for_each(|(_, since)| *since = at(0));
    report.nuisances.stale.sort();
    report
}

fn close(a: Option<f64>, b: Option<f64>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() <= 1e-6 * a.abs().max(1.0),
        (a, b) => a == b,
    }
}

fn hour_before(at: WallTime, hours: u32) -> WallTime {
    let hour = i64::try_from(HOUR.as_micros()).unwrap();
    WallTime::from_micros(at.as_micros().div_euclid(hour) * hour) - HOUR * hours
}

proptest! {
    #[test]
    fn the_board_is_what_the_specification_says(acts in acts(), back in 0u32..200, after in 0u64..50_000) {
        let (journal, now) = journal(&acts);
        let to = now + Duration::from_secs(after);
        let from = hour_before(to, back);
        let report = asked(&journal, from, to);
        let naive = Naive { journal: &journal, from: from.as_micros(), to: to.as_micros() };
        for row in &report.rows {
            let expected = naive.figure(row.key);
            prop_assert!(close(row.actual, expected), "{:?}: {:?}, and by the words {:?}", row.key, row.actual, expected);
        }
        let floods: Vec<_> = naive.floods().into_iter().map(|(since, until)| (wall(since), wall(until))).collect();
        prop_assert_eq!(&report.floods, &floods);
        prop_assert_eq!(report.shelf_renewals, naive.renewals() as u64);
        let delays = naive.delays();
        let quantile = |share: f64| delays.get(((share * delays.len() as f64).ceil() as usize).saturating_sub(1)).map(|step| delay_of(*step));
        prop_assert_eq!((report.acknowledge_p50, report.acknowledge_p95), (quantile(0.5), quantile(0.95)));
        let mut named: Vec<_> = report.nuisances.redundant.iter().map(|pair| (pair.first.clone(), pair.second.clone(), pair.count)).collect();
        named.sort();
        prop_assert_eq!(named, naive.pairs().into_iter().map(|(a, b, count, _)| (a, b, count)).collect::<Vec<_>>());
    }

    #[test]
    fn whoever_has_followed_all_along_has_the_board_of_whoever_asks_later(acts in acts(), back in 0u32..200, after in 0u64..50_000) {
        let (journal, now) = journal(&acts);
        let to = now + Duration::from_secs(after);
        let from = hour_before(to, back);
        prop_assert_eq!(without_when(followed(&journal, from, to)), without_when(asked(&journal, from, to)));
    }
}

#[test]
fn a_console_counts_its_own_alarms() {
    let mut desk = Desk::new();
    desk.raise("FEED_FLOW/LOW", 4_000);
    desk.raise("SYSTEM/DISK_LOW", 4_100);
    let own = Some([AlarmId::from("FEED_FLOW/LOW")].into());
    let mut tally = Tally::new(own, at(0), at(4_000));
    desk.journal.iter().for_each(|entry| tally.feed(entry));
    let report = tally.report(at(0), at(7_600));
    assert_eq!((report.calls, report.news, report.standing.listed, report.from), (1, 1, 1, at(4_000)));
    assert_eq!(report.severities, [0, 0, 1, 0]);
    assert!(close(report.rows[0].actual, Some(24.0)), "one call in an hour that was watched: {:?}", report.rows[0]);
}

#[test]
fn what_nobody_answers_for_is_counted_and_what_is_approved_is_not() {
    let mut desk = Desk::new();
    let edit = |edit: &str| Act::Edit(0, Some(edit.len() as u8));
    // Edited, and the same after a restart; edited otherwise; approved; edited again; edited back.
    for (n, act) in
        [edit("a"), edit("a"), edit("ab"), Act::Approve(0), edit("a"), Act::Edit(0, None)].iter().enumerate()
    {
        desk.act(act, at(4_000 + n as u64));
    }
    let told: Vec<bool> = desk.journal.iter().map(JournalEntry::is_unauthorised).collect();
    assert_eq!(told, [true, true, false, true, false]);
    let mut tally = Tally::new(None, at(0), at(4_000));
    desk.journal.iter().for_each(|entry| tally.feed(entry));
    let report = tally.report(at(0), at(7_600));
    let row = report.rows.iter().find(|row| row.key == KpiKey::Unauthorised).unwrap();
    assert_eq!((row.actual, row.verdict), (Some(3.0), KpiVerdict::Missed));
}

#[test]
fn a_plant_of_which_nothing_is_known_is_not_judged() {
    let report = Tally::new(None, at(0), at(0)).report(at(0), at(0));
    assert_eq!((report.rows[0].actual, report.rows[0].verdict), (None, KpiVerdict::Unknown));
    assert_eq!(report.level, None);
    let (of, hour) = (|to| Tally::new(None, at(0), at(0)).report(at(0), at(to)), 3_600);
    assert_eq!((of(hour - 1).rows[0].actual, of(hour - 1).level), (None, None), "too early");
    assert_eq!((of(hour).rows[0].actual, of(hour).level), (Some(0.0), Some(EemuaLevel::Predictive)));
}
