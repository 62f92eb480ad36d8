//! What an operator can do to the plant.

use tennessee_eastman::tags::{MANIPULATED, MEASURED};
use tennessee_eastman::{
    DisturbanceKind, Options, Shutdown, Simulator, UnknownDisturbance, ValveError, disturbances_catalogue,
};

fn quiet() -> Simulator {
    Simulator::new(Options { noise: false, ..Options::default() })
}

#[test]
fn the_default_plant_is_noisy_and_controlled() {
    let options = Options::default();
    assert!(options.noise && options.closed_loop);
    assert_eq!(options.seed, tennessee_eastman::SEED_DOWNS_VOGEL);
}

#[test]
fn disturbances_are_numbered_from_one_to_twenty() {
    let mut plant = quiet();
    for idv in 1..=20 {
        assert_eq!(plant.disturbance(idv), Ok(false));
        assert_eq!(plant.set_disturbance(idv, true), Ok(()));
        assert_eq!(plant.disturbance(idv), Ok(true));
    }
    assert_eq!(plant.disturbances(), [true; 20]);
    for idv in [0, 21, 255] {
        assert_eq!(plant.set_disturbance(idv, true), Err(UnknownDisturbance(idv)));
        assert_eq!(plant.disturbance(idv), Err(UnknownDisturbance(idv)));
    }
    assert_eq!(UnknownDisturbance(21).to_string(), "there is no disturbance 21; they are numbered 1 to 20");
}

#[test]
fn a_held_valve_ignores_its_controller_until_released() {
    let mut plant = quiet();
    plant.hold_valve(10, 60.0).expect("a valve of the plant");
    assert_eq!(plant.held_valves()[9], Some(60.0));
    for _ in 0..120 {
        assert_eq!(plant.step().xmv[9], 60.0);
    }
    // The position lags by five seconds.
    assert!((plant.state().valves[9] - 60.0).abs() < 1e-6);
    plant.release_valve(10).expect("a valve of the plant");
    assert_eq!(plant.held_valves(), [None; 12]);
    assert!((plant.step().xmv[9] - 60.0).abs() < 1.0, "the controller begins elsewhere");
    for _ in 0..60 {
        plant.step();
    }
    assert!(plant.xmv()[9] < 50.0, "the controller has not taken over");
}

#[test]
fn a_valve_in_open_loop_stays_where_it_was_put() {
    let mut plant = Simulator::new(Options { closed_loop: false, ..Options::default() });
    plant.hold_valve(6, 55.0).expect("a valve of the plant");
    plant.step();
    plant.release_valve(6).expect("a valve of the plant");
    assert_eq!(plant.step().xmv[5], 55.0);
}

#[test]
fn impossible_holds_are_refused() {
    let mut plant = quiet();
    assert_eq!(plant.hold_valve(0, 50.0), Err(ValveError::Unknown(0)));
    assert_eq!(plant.hold_valve(13, 50.0), Err(ValveError::Unknown(13)));
    assert_eq!(plant.release_valve(13), Err(ValveError::Unknown(13)));
    assert_eq!(plant.hold_valve(1, 100.5), Err(ValveError::OutOfRange(100.5)));
    assert_eq!(plant.hold_valve(1, -0.1), Err(ValveError::OutOfRange(-0.1)));
    assert!(plant.hold_valve(1, f64::NAN).is_err());
    assert_eq!(plant.held_valves(), [None; 12]);
}

#[test]
fn a_tripped_plant_stands_still_and_says_why() {
    let mut plant = Simulator::new(Options { closed_loop: false, noise: true, ..Options::default() });
    plant.set_disturbance(4, true).expect("a disturbance of the model");
    while plant.shutdown().is_none() {
        plant.step();
        assert!(plant.steps_done() < 10_000, "no trip");
    }
    assert_eq!(plant.shutdown(), Some(Shutdown::ReactorPressureHigh));
    let state = *plant.state();
    let pressure = plant.xmeas()[6];
    assert!(pressure > 3000.0);
    for _ in 0..100 {
        plant.step();
    }
    assert_eq!(*plant.state(), state);
    assert_eq!(plant.xmeas()[6], pressure, "no noise after a trip");
}

#[test]
fn shutdowns_have_codes_and_words() {
    for (i, cause) in Shutdown::ALL.into_iter().enumerate() {
        assert_eq!(usize::from(cause.code()), i + 1);
        assert_eq!(Shutdown::from_code(cause.code()), Some(cause));
        assert!(!cause.to_string().is_empty());
    }
    assert_eq!(Shutdown::from_code(0), None);
    assert_eq!(Shutdown::from_code(9), None);
    assert_eq!(Shutdown::ReactorPressureHigh.to_string(), "reactor pressure above 3000 kPa gauge");
}

#[test]
fn the_catalogue_is_complete_and_in_order() {
    for (i, disturbance) in disturbances_catalogue().iter().enumerate() {
        assert_eq!(usize::from(disturbance.number), i + 1);
        assert!(disturbance.effect.ends_with('.'));
        assert!(!disturbance.effect.contains("  "), "{}", disturbance.effect);
    }
    let count = |kind| disturbances_catalogue().iter().filter(|d| d.kind == kind).count();
    assert_eq!(count(DisturbanceKind::Step), 7);
    assert_eq!(count(DisturbanceKind::Random), 6);
    assert_eq!(count(DisturbanceKind::Drift), 1);
    assert_eq!(count(DisturbanceKind::Sticking), 3);
    assert_eq!(count(DisturbanceKind::Pulses), 3);
}

#[test]
fn the_tags_agree_with_the_plant() {
    let plant = Simulator::new(Options { closed_loop: false, noise: false, ..Options::default() });
    for (i, (tag, value)) in MEASURED.iter().zip(plant.xmeas()).enumerate() {
        assert_eq!(usize::from(tag.number), i + 1);
        assert!((tag.base - value).abs() <= 1e-9 * value, "{}: {value}", tag.title);
        let (low, high) = (tag.range.low.expect("a range"), tag.range.high.expect("a range"));
        assert!(low < *value && *value < high, "{}", tag.title);
    }
    for (i, (tag, value)) in MANIPULATED.iter().zip(plant.xmv()).enumerate() {
        assert_eq!(usize::from(tag.number), i + 1);
        assert!((tag.base - value).abs() <= 1e-9 * value, "{}: {value}", tag.title);
    }
}
