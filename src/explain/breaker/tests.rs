//! The breaker against its plain model, and its promises one by one.

use proptest::prelude::*;

use super::reference::Reference;
use super::*;

const HARD: Outcome = Outcome::Hard { retry_after: None };
const POOR: Outcome = Outcome::Poor { retry_after: None };

fn at(seconds: f64) -> WallTime {
    WallTime::from_micros((seconds * 1e6) as i64)
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// One call with its outcome, now.
fn call(breaker: &mut Breaker, outcome: Outcome, now: f64) -> bool {
    match breaker.ask(at(now)) {
        Ok(pass) => {
            breaker.settle(pass, outcome, at(now));
            true
        }
        Err(_) => false,
    }
}

/// A breaker that has tripped at second 0 and rests for ten.
fn tripped() -> Breaker {
    let mut breaker = Breaker::new(BreakerSettings::default());
    (0..5).for_each(|_| assert!(call(&mut breaker, HARD, 0.0)));
    assert_eq!(breaker.state(at(0.0)), BreakerState::Resting { until: at(10.0) });
    breaker
}

#[test]
fn a_run_of_hard_failures_trips_it_and_a_good_answer_ends_the_run() {
    let mut breaker = Breaker::new(BreakerSettings::default());
    for outcome in [HARD, HARD, HARD, HARD, Outcome::Good, HARD, HARD, HARD, HARD] {
        assert!(call(&mut breaker, outcome, 0.0));
    }
    assert_eq!(breaker.state(at(0.0)), BreakerState::Serving);
    assert!(call(&mut breaker, HARD, 0.0));
    assert!(matches!(breaker.state(at(0.0)), BreakerState::Resting { .. }));
}

#[test]
fn rate_limits_are_no_hard_failures_but_many_of_them_are_a_poor_record() {
    let mut breaker = Breaker::new(BreakerSettings::default());
    (0..9).for_each(|_| assert!(call(&mut breaker, POOR, 0.0)));
    assert_eq!(breaker.state(at(0.0)), BreakerState::Serving, "nine are no sample yet");
    assert!(call(&mut breaker, POOR, 0.0));
    assert!(matches!(breaker.state(at(0.0)), BreakerState::Resting { .. }));
}

#[test]
fn who_asks_for_a_pause_is_given_it_and_no_longer_than_the_longest() {
    for (asked, given) in [(30, 30.0), (100_000, 600.0)] {
        let mut breaker = Breaker::new(BreakerSettings::default());
        assert!(call(&mut breaker, Outcome::Poor { retry_after: Some(seconds(asked)) }, 0.0));
        assert_eq!(breaker.state(at(0.0)), BreakerState::Resting { until: at(given) });
        assert_eq!(breaker.ask(at(given - 0.001)), Err(Refused::Resting { until: at(given) }));
        assert!(breaker.ask(at(given)).is_ok_and(|pass| pass.is_probe()));
    }
}

#[test]
fn one_probe_at_a_time_finds_out() {
    let mut breaker = tripped();
    let probe = breaker.ask(at(10.0)).unwrap();
    assert!(probe.is_probe());
    assert_eq!(breaker.ask(at(10.0)), Err(Refused::ProbeUnderWay));
    breaker.settle(probe, Outcome::Good, at(11.0));
    assert_eq!(breaker.state(at(11.0)), BreakerState::Serving);
    let first = breaker.ask(at(11.0)).unwrap();
    let second = breaker.ask(at(11.0)).unwrap();
    assert!(!first.is_probe() && !second.is_probe());
}

#[test]
fn each_failed_probe_doubles_the_rest() {
    let mut breaker = tripped();
    for (now, until) in [(10.0, 30.0), (30.0, 70.0), (70.0, 150.0)] {
        assert!(call(&mut breaker, HARD, now));
        assert_eq!(breaker.state(at(now)), BreakerState::Resting { until: at(until) });
    }
    assert!(call(&mut breaker, Outcome::Good, 150.0));
    (0..5).for_each(|_| assert!(call(&mut breaker, HARD, 150.0)));
    assert_eq!(breaker.state(at(150.0)), BreakerState::Resting { until: at(160.0) }, "a clean record again");
}

#[test]
fn a_probe_that_is_called_off_or_lost_makes_room_for_the_next() {
    let mut breaker = tripped();
    let probe = breaker.ask(at(10.0)).unwrap();
    breaker.settle(probe, Outcome::Neutral, at(10.0));
    let lost = breaker.ask(at(10.0)).unwrap();
    assert_eq!(breaker.ask(at(189.9)), Err(Refused::ProbeUnderWay));
    let next = breaker.ask(at(190.0)).unwrap();
    breaker.settle(lost, HARD, at(190.0));
    assert_eq!(breaker.state(at(190.0)), BreakerState::Probing, "what was lost says nothing any more");
    breaker.settle(next, Outcome::Good, at(190.0));
    assert_eq!(breaker.state(at(190.0)), BreakerState::Serving);
}

#[test]
fn what_was_sent_before_it_tripped_changes_nothing_afterwards() {
    let mut breaker = Breaker::new(BreakerSettings::default());
    let early = breaker.ask(at(0.0)).unwrap();
    (0..5).for_each(|_| assert!(call(&mut breaker, HARD, 0.0)));
    breaker.settle(early, Outcome::Good, at(1.0));
    assert_eq!(breaker.state(at(1.0)), BreakerState::Resting { until: at(10.0) });
}

#[test]
fn an_administrator_has_the_last_word() {
    let mut breaker = tripped();
    breaker.set(Some(Hold::Serving));
    (0..50).for_each(|_| assert!(call(&mut breaker, HARD, 1.0)));
    assert_eq!((breaker.state(at(1.0)), breaker.hold()), (BreakerState::Serving, Some(Hold::Serving)));
    breaker.set(Some(Hold::Resting));
    assert_eq!(breaker.ask(at(1e6)), Err(Refused::Held));
    breaker.set(None);
    assert_eq!((breaker.state(at(2.0)), breaker.hold()), (BreakerState::Serving, None));
    (0..4).for_each(|_| assert!(call(&mut breaker, HARD, 2.0)));
    assert_eq!(breaker.state(at(2.0)), BreakerState::Serving, "the record is clean");
}

/// What happens in a run: time passes, a call is asked for, or one that is out comes back.
#[derive(Clone, Copy, Debug)]
enum Happening {
    Pass { millis: u32 },
    Ask,
    Settle { which: usize, outcome: Outcome },
}

fn outcomes() -> impl Strategy<Value = Outcome> {
    let pause = prop::option::of((0u64..900).prop_map(Duration::from_secs));
    prop_oneof![
        3 => Just(Outcome::Good),
        2 => prop::option::of(0u64..40).prop_map(|s| Outcome::Poor { retry_after: s.map(Duration::from_secs) }),
        5 => Just(HARD),
        1 => pause.prop_map(|retry_after| Outcome::Hard { retry_after }),
        1 => Just(Outcome::Neutral),
    ]
}

fn happenings() -> impl Strategy<Value = Vec<Happening>> {
    let one = prop_oneof![
        2 => (0u32..30_000).prop_map(|millis| Happening::Pass { millis }),
        4 => Just(Happening::Ask),
        4 => (0usize..8, outcomes()).prop_map(|(which, outcome)| Happening::Settle { which, outcome }),
    ];
    prop::collection::vec(one, 0..120)
}

proptest! {
    #[test]
    fn it_does_what_the_plain_model_does(
        happenings in happenings(),
        hard_failures_max in 1u32..4,
        sample_min in 1usize..6,
        success_min in 0.0..1.0f64,
    ) {
        let settings = BreakerSettings {
            hard_failures_max, sample_min, success_min, rest_longest: seconds(60), ..BreakerSettings::default()
        };
        let (mut breaker, mut model) = (Breaker::new(settings), Reference::new(settings));
        let mut out: Vec<(Pass, u32)> = Vec::new();
        let mut now = at(0.0);
        for happening in happenings {
            match happening {
                Happening::Pass { millis } => now = now + Duration::from_millis(millis.into()),
                Happening::Ask => match (breaker.ask(now), model.ask(now)) {
                    (Ok(pass), Some(life)) => out.push((pass, life)),
                    (Err(_), None) => {}
                    (real, plain) => prop_assert!(false, "{real:?}, but the plain model says {plain:?}"),
                },
                Happening::Settle { which, outcome } => {
                    if !out.is_empty() {
                        let (pass, life) = out.swap_remove(which % out.len());
                        breaker.settle(pass, outcome, now);
                        model.settle(life, outcome, now);
                    }
                }
            }
            prop_assert_eq!(breaker.state(now), model.state(now));
            let probes = out.iter().filter(|(pass, life)| pass.is_probe() && *life == model.life).count();
            prop_assert!(probes <= 1, "{} probes are out", probes);
        }
    }
}
