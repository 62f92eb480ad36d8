use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::domain::{Direction, Severity};

const BAD: f64 = f64::NAN;

fn second(s: u64) -> SourceTime {
    SourceTime::from_micros(1_000_000_000) + Duration::from_secs(s)
}

fn condition(test: ConditionTest, on_delay: u64, off_delay: u64) -> Condition {
    Condition {
        alarm: "T/X".into(),
        test,
        on_delay: Duration::from_secs(on_delay),
        off_delay: Duration::from_secs(off_delay),
        severity: Severity::Medium,
    }
}

fn reading(value: f64) -> Reading {
    Reading { value, quality: if value.is_nan() { Quality::Bad } else { Quality::Good } }
}

/// Pushes `(second, value, other)` and returns when what was told.
fn told(condition: Condition, samples: impl IntoIterator<Item = (u64, f64, Option<f64>)>) -> Vec<(u64, Option<bool>)> {
    let mut chart = ConditionChart::resume(condition, false);
    let push = |(s, value, other): (u64, f64, Option<f64>)| {
        chart.push(second(s), reading(value), other.map(reading)).map(|change| (s, change.active))
    };
    samples.into_iter().filter_map(push).collect()
}

fn alone(samples: impl IntoIterator<Item = (u64, f64)>) -> Vec<(u64, f64, Option<f64>)> {
    samples.into_iter().map(|(s, value)| (s, value, None)).collect()
}

fn rate(direction: Direction) -> ConditionTest {
    ConditionTest::Rate { limit: 6.0, deadband: 2.0, window: Duration::from_secs(10), direction }
}

/// Still for 30 s, then a ramp of `slope` a minute for 60 s, then still again.
fn ramp(slope: f64) -> Vec<(u64, f64, Option<f64>)> {
    let value = |s: u64| slope / 60.0 * (s.clamp(30, 90) - 30) as f64;
    alone((0..150).map(|s| (s, value(s))))
}

#[test]
fn a_rate_is_alarm_while_it_lasts_and_only_the_way_it_looks() {
    let states = |direction, slope| -> Vec<Option<bool>> {
        told(condition(rate(direction), 0, 0), ramp(slope)).into_iter().map(|(_, active)| active).collect()
    };
    let goes = vec![Some(false), Some(true), Some(false)];
    assert_eq!(states(Direction::Up, 9.0), goes);
    assert_eq!(states(Direction::Down, -9.0), goes);
    assert_eq!(states(Direction::Either, -9.0), goes);
    assert_eq!(states(Direction::Up, -9.0), [Some(false)]);
    assert_eq!(states(Direction::Down, 9.0), [Some(false)]);
    assert_eq!(states(Direction::Either, 5.0), [Some(false)], "slower than the limit");
}

#[test]
fn a_rate_is_not_taken_across_what_was_not_seen() {
    let jump = (0..60).map(|s| {
        (
            s,
            if s < 30 {
                0.0
            } else if s < 33 {
                BAD
            } else {
                100.0
            },
        )
    });
    let said = told(condition(rate(Direction::Either), 0, 0), alone(jump));
    assert_eq!(said.iter().map(|(_, active)| *active).collect::<Vec<_>>(), [Some(false), None, Some(false)]);
}

fn deviation(from: Reference) -> Condition {
    let test = ConditionTest::Deviation { from, limit: 10.0, deadband: 4.0, direction: Direction::Either };
    condition(test, 5, 5)
}

#[test]
fn a_deviation_is_from_a_value_or_from_another_tag() {
    let fixed = alone([(0, 100.0), (1, 111.0), (6, 111.0), (7, 107.0), (8, 106.0), (13, 106.0)]);
    assert_eq!(told(deviation(Reference::Value(100.0)), fixed), [(0, Some(false)), (6, Some(true)), (13, Some(false))]);
    let other = [(0, 50.0, Some(50.0)), (1, 50.0, Some(61.0)), (6, 50.0, Some(61.0)), (7, 50.0, Some(BAD))];
    let seen = [(8, 50.0, Some(50.0)), (13, 50.0, Some(50.0))];
    assert_eq!(
        told(deviation(Reference::Tag(TagIndex(1))), other.into_iter().chain(seen)),
        [(0, Some(false)), (6, Some(true)), (7, None), (8, Some(true)), (13, Some(false))],
        "a reference that is bad freezes the alarm"
    );
}

#[test]
fn a_state_is_there_or_it_is_not() {
    let state = |when_equal, deadband| {
        let test = ConditionTest::State { states: vec![0.0, 100.0], tolerance: 0.5, deadband, when_equal };
        condition(test, 0, 0)
    };
    let samples = || alone([(0, 50.0), (1, 99.5), (2, 98.6), (3, 98.0), (4, 0.2), (5, 50.0)]);
    let at = |s| (s, Some(true));
    let off = |s| (s, Some(false));
    assert_eq!(told(state(true, 0.0), samples()), [off(0), at(1), off(2), at(4), off(5)]);
    assert_eq!(told(state(true, 1.0), samples()), [off(0), at(1), off(3), at(4), off(5)]);
    assert_eq!(told(state(false, 0.0), samples()), [at(0), off(1), at(2), off(4), at(5)]);
}

#[test]
fn an_instrument_that_is_bad_for_longer_than_its_delay_is_an_alarm_of_its_own() {
    let samples = alone([(0, 1.0), (1, BAD), (2, BAD), (3, 1.0), (4, BAD), (8, BAD), (9, BAD), (10, 1.0), (15, 1.0)]);
    let said = told(condition(ConditionTest::BadInstrument, 5, 5), samples);
    assert_eq!(said, [(0, Some(false)), (9, Some(true)), (15, Some(false))], "it never says that it cannot see");
}

#[test]
fn a_value_that_stands_still_is_frozen_until_it_moves() {
    let samples = alone((0..30).map(|s| {
        (
            s,
            if s < 5 {
                s as f64
            } else if s < 20 {
                4.0
            } else {
                s as f64
            },
        )
    }));
    let said = told(condition(ConditionTest::Frozen { band: 0.1 }, 10, 0), samples);
    assert_eq!(said, [(0, Some(false)), (15, Some(true)), (20, Some(false))]);
    let drift = alone((0..60).map(|s| (s, 0.06 * s as f64)));
    assert_eq!(
        told(condition(ConditionTest::Frozen { band: 0.1 }, 10, 0), drift),
        [(0, Some(false))],
        "a slow drift moves"
    );
}

#[test]
fn a_report_names_the_tags_the_value_and_the_limit() {
    let mut chart = ConditionChart::resume(deviation(Reference::Tag(TagIndex(4))), true);
    let change = chart.push(second(0), reading(70.0), Some(reading(50.0))).expect("a first word");
    let report = chart.report(change, TagIndex(2), 42);
    assert_eq!((report.value, report.limit, report.scan), (20.0, 10.0, 42));
    assert_eq!(report.contributions.iter().map(|c| c.tag).collect::<Vec<_>>(), [TagIndex(2), TagIndex(4)]);
}

fn any_test() -> impl Strategy<Value = ConditionTest> {
    let way = || prop_oneof![Just(Direction::Up), Just(Direction::Down), Just(Direction::Either)];
    prop_oneof![
        way().prop_map(rate),
        way().prop_map(|direction| {
            let from = Reference::Value(100.0);
            ConditionTest::Deviation { from, limit: 10.0, deadband: 4.0, direction }
        }),
        any::<bool>().prop_map(|when_equal| {
            ConditionTest::State { states: vec![100.0], tolerance: 5.0, deadband: 2.0, when_equal }
        }),
        Just(ConditionTest::BadInstrument),
        Just(ConditionTest::Frozen { band: 1.0 }),
    ]
}

proptest! {
    /// Whatever comes, no chart says the same twice running, and none is active of a sample that it cannot see.
    #[test]
    fn it_speaks_only_of_changes(
        test in any_test(),
        values in prop::collection::vec(prop_oneof![80.0..120.0f64, Just(100.0), Just(BAD)], 1..200),
        on in 0u64..5,
        off in 0u64..5,
    ) {
        let said = told(condition(test, on, off), alone((0..).zip(values)));
        prop_assert!(said.windows(2).all(|pair| pair[0].1 != pair[1].1), "{:?}", said);
    }

    /// The mirror image of a signal does downwards what the signal does upwards.
    #[test]
    fn up_and_down_are_mirror_images(values in prop::collection::vec(-50.0..50.0f64, 1..200), on in 0u64..5) {
        let mirrored: Vec<f64> = values.iter().map(|value| -value).collect();
        let up = told(condition(rate(Direction::Up), on, 0), alone((0..).zip(values)));
        let down = told(condition(rate(Direction::Down), on, 0), alone((0..).zip(mirrored)));
        prop_assert_eq!(up, down);
    }
}
