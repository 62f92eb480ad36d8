use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::domain::{LimitKind, Severity};

const BAD: f64 = f64::NAN;

fn limit(kind: LimitKind, on_delay: u64, off_delay: u64) -> Limit {
    Limit {
        kind,
        value: 100.0,
        deadband: 5.0,
        on_delay: Duration::from_secs(on_delay),
        off_delay: Duration::from_secs(off_delay),
        severity: Severity::High,
    }
}

fn high(on_delay: u64, off_delay: u64) -> Limit {
    limit(LimitKind::High, on_delay, off_delay)
}

fn second(s: u64) -> SourceTime {
    SourceTime::from_micros(1_000_000_000) + Duration::from_secs(s)
}

/// Pushes `(second, value)` pairs, NaN for a bad sample, and returns what was told and when.
fn told(mut chart: LimitChart, samples: &[(u64, f64)]) -> Vec<(u64, Option<bool>)> {
    let push = |&(s, value): &(u64, f64)| {
        let quality = if value.is_nan() { Quality::Bad } else { Quality::Good };
        chart.push(second(s), value, quality).map(|change| (s, change.active))
    };
    samples.iter().filter_map(push).collect()
}

fn quiet(limit: Limit) -> LimitChart {
    LimitChart::resume(limit, false)
}

#[test]
fn a_value_must_stay_beyond_for_the_on_delay() {
    let samples = [(0, 90.0), (1, 101.0), (10, 101.0), (15, 101.0), (16, 101.0), (17, 101.0)];
    assert_eq!(told(quiet(high(15, 15)), &samples), [(0, Some(false)), (16, Some(true))]);
}

#[test]
fn a_glance_back_starts_the_on_delay_anew() {
    let samples = [(0, 90.0), (1, 101.0), (10, 99.0), (11, 101.0), (20, 101.0), (25, 101.0), (26, 101.0)];
    assert_eq!(told(quiet(high(15, 15)), &samples), [(0, Some(false)), (26, Some(true))]);
}

#[test]
fn the_limit_itself_is_not_beyond_it() {
    assert_eq!(told(quiet(high(0, 0)), &[(0, 100.0), (1, 100.0), (2, 100.001)]), [(0, Some(false)), (2, Some(true))]);
}

#[test]
fn within_the_deadband_the_condition_stays_what_it_was() {
    let samples = [(0, 97.0), (1, 101.0), (2, 97.0), (3, 95.1), (4, 95.0), (5, 97.0), (6, 99.9)];
    assert_eq!(told(quiet(high(0, 0)), &samples), [(0, Some(false)), (1, Some(true)), (4, Some(false))]);
}

#[test]
fn a_value_must_stay_back_for_the_off_delay() {
    let holding = LimitChart::resume(high(15, 60), true);
    let samples = [(0, 101.0), (10, 90.0), (40, 90.0), (41, 96.0), (42, 90.0), (101, 90.0), (102, 90.0)];
    assert_eq!(told(holding, &samples), [(0, Some(true)), (102, Some(false))]);
}

#[test]
fn a_low_limit_is_the_mirror_of_a_high_one() {
    let samples = [(0, 110.0), (1, 99.0), (2, 103.0), (3, 105.0)];
    let expected = [(0, Some(false)), (1, Some(true)), (3, Some(false))];
    for kind in [LimitKind::Low, LimitKind::LowLow] {
        assert_eq!(told(quiet(limit(kind, 0, 0)), &samples), expected, "{kind:?}");
    }
}

#[test]
fn a_bad_instrument_is_told_once_and_freezes_the_condition() {
    let samples = [(0, 101.0), (1, BAD), (2, BAD), (3, BAD), (4, 101.0), (5, 101.0)];
    assert_eq!(told(LimitChart::resume(high(0, 0), true), &samples), [(0, Some(true)), (1, None), (4, Some(true))]);
}

#[test]
fn a_stale_value_counts_neither_for_nor_against() {
    let mut chart = LimitChart::resume(high(2, 2), true);
    chart.push(second(0), 101.0, Quality::Good);
    assert_eq!(chart.push(second(1), 50.0, Quality::Stale).map(|c| c.active), Some(None));
    assert_eq!(chart.push(second(9), 50.0, Quality::Stale), None);
    assert_eq!(chart.active(), None);
    assert_eq!(chart.push(second(10), 50.0, Quality::Uncertain).map(|c| c.active), Some(Some(true)), "not over yet");
    assert_eq!(chart.push(second(12), 50.0, Quality::Good).map(|c| c.active), Some(Some(false)));
}

#[test]
fn what_was_not_seen_does_not_count_as_beyond_all_along() {
    let gap = [(0, 90.0), (1, 90.0), (2, 101.0), (3, 101.0), (60, 101.0), (61, 101.0), (75, 101.0), (76, 101.0)];
    assert_eq!(told(quiet(high(15, 15)), &gap), [(0, Some(false)), (75, Some(true))]);
    let blind = [(0, 90.0), (1, 101.0), (10, BAD), (12, 101.0), (16, 101.0), (27, 101.0)];
    assert_eq!(told(quiet(high(15, 15)), &blind), [(0, Some(false)), (10, None), (12, Some(false)), (27, Some(true))]);
}

#[test]
fn a_scan_slower_than_the_delay_is_no_gap() {
    let rows = [(0, 90.0), (180, 90.0), (360, 101.0), (540, 101.0), (720, 101.0), (900, 90.0), (1080, 90.0)];
    assert_eq!(told(quiet(high(15, 60)), &rows), [(0, Some(false)), (540, Some(true)), (1080, Some(false))]);
}

#[test]
fn a_chart_that_was_told_nothing_says_nothing_before_it_knows() {
    let new = || LimitChart::new(high(15, 60));
    assert_eq!(told(new(), &[(0, 97.0), (30, 97.0), (300, 97.0)]), [], "the deadband tells nothing");
    assert_eq!(told(new(), &[(0, 90.0), (30, 90.0), (59, 90.0), (60, 90.0)]), [(60, Some(false))]);
    assert_eq!(told(new(), &[(0, 101.0), (14, 101.0), (15, 101.0)]), [(15, Some(true))]);
    assert_eq!(told(new(), &[(0, BAD), (1, 90.0), (61, 90.0)]), [(0, None), (61, Some(false))]);
}

#[test]
fn a_resumed_chart_neither_raises_nor_clears_before_it_knows() {
    let cases = [
        (true, 101.0, vec![(0, Some(true))]),
        (true, 97.0, vec![(0, Some(true))]),
        (true, 90.0, vec![(0, Some(true)), (60, Some(false))]),
        (false, 90.0, vec![(0, Some(false))]),
        (false, 97.0, vec![(0, Some(false))]),
        (false, 101.0, vec![(0, Some(false)), (15, Some(true))]),
    ];
    for (active, value, expected) in cases {
        let samples: Vec<_> = (0..=60).map(|s| (s, value)).collect();
        assert_eq!(told(LimitChart::resume(high(15, 60), active), &samples), expected, "{active} at {value}");
    }
}

#[test]
fn a_plant_that_is_reset_starts_its_delays_anew() {
    let samples = [(500, 90.0), (501, 101.0), (510, 101.0), (0, 101.0), (1, 101.0), (14, 101.0), (15, 101.0)];
    assert_eq!(told(quiet(high(15, 15)), &samples), [(500, Some(false)), (15, Some(true))]);
}

#[test]
fn a_report_names_the_tag_the_value_and_the_limit() {
    let mut chart = quiet(high(0, 0));
    let change = chart.push(second(3), 101.5, Quality::Good).expect("a first word");
    let report = chart.report(change, AlarmId::from("XMEAS_7/HIGH"), TagIndex(6), 42);
    assert_eq!((report.active, report.value, report.limit, report.scan), (Some(true), 101.5, 100.0, 42));
    assert_eq!(report.contributions, [Contribution { tag: TagIndex(6), share: 1.0 }]);
}

proptest! {
    /// Delays follow plant time and nothing else: the same plant, scanned finer, raises within one coarse scan.
    #[test]
    fn a_finer_scan_decides_the_same_within_one_coarse_scan(start in 60u64..600, period in 1u64..30) {
        let run = |step: u64| {
            let value = |s: u64| if s >= start { 101.0 } else { 90.0 };
            let samples: Vec<_> = (0..2_000).step_by(usize::try_from(step).expect("small")).map(|s| (s, value(s))).collect();
            told(quiet(high(60, 60)), &samples)[1]
        };
        let (fine, coarse) = (run(1), run(period));
        prop_assert_eq!(fine, (start + 60, Some(true)));
        prop_assert_eq!(coarse.1, Some(true));
        prop_assert!(coarse.0.abs_diff(fine.0) <= 2 * period, "{} and {}", fine.0, coarse.0);
    }

    /// Whatever comes, it never says the same condition twice running while the instrument is well.
    #[test]
    fn it_speaks_only_of_changes(values in prop::collection::vec(prop_oneof![80.0..120.0f64, Just(BAD)], 1..200), on in 0u64..5, off in 0u64..5) {
        let samples: Vec<_> = (0u64..).zip(values).collect();
        let told = told(quiet(high(on, off)), &samples);
        prop_assert!(told.windows(2).all(|pair| pair[0].1 != pair[1].1), "{:?}", told);
    }
}

#[test]
fn other_settings_by_themselves_neither_raise_nor_clear() {
    let mut chart = quiet(high(10, 10));
    let says = |chart: &mut LimitChart, at: std::ops::Range<u64>, value: f64| -> Vec<_> {
        at.filter_map(|s| chart.push(second(s), value, Quality::Good)).map(|change| change.active).collect()
    };
    assert_eq!(says(&mut chart, 0..20, 90.0), [Some(false)]);
    chart.retune(Limit { value: 85.0, ..high(10, 10) });
    assert_eq!(says(&mut chart, 20..30, 90.0), [], "the delay begins with the change");
    assert_eq!(says(&mut chart, 30..31, 90.0), [Some(true)]);
    chart.retune(high(10, 10));
    assert_eq!(says(&mut chart, 31..41, 90.0), []);
    assert_eq!(says(&mut chart, 41..42, 90.0), [Some(false)]);
    chart.retune(high(0, 0));
    assert_eq!(says(&mut chart, 42..60, 90.0), [], "nothing has changed for the plant");
}
