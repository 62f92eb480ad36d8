//! What an operator can do to the plant.

use tennessee_eastman::{Config, DisturbanceKind, Idv, OrderError, Plant, Shutdown, Xmeas, Xmv};

fn quiet() -> Plant {
    Plant::new(Config { noise: false, ..Config::default() })
}

#[test]
fn the_default_plant_is_noisy_and_controlled() {
    let options = Config::default();
    assert!(options.noise && options.closed_loop);
    assert_eq!(options.seed, tennessee_eastman::SEED_DOWNS_VOGEL);
}

#[test]
fn the_original_plant_has_twenty_disturbances() {
    let mut plant = quiet();
    assert_eq!(plant.disturbances().len(), 20);
    for &idv in plant.disturbances() {
        assert!(!plant.is_disturbed(idv));
        assert_eq!(plant.set_disturbance(idv, true), Ok(()));
        assert!(plant.is_disturbed(idv));
    }
    let error = plant.set_disturbance(Idv::AFeedTemperatureRandom, true).expect_err("IDV 21");
    assert_eq!(
        error.to_string(),
        "IDV_21 is a disturbance of the revised model of 2015; the original one has IDV_1 to IDV_20"
    );
}

#[test]
fn tags_are_found_by_number_and_name() {
    assert_eq!(Xmeas::try_from(7), Ok(Xmeas::ReactorPressure));
    assert_eq!("XMEAS_7".parse(), Ok(Xmeas::ReactorPressure));
    assert_eq!(Xmeas::ReactorPressure.to_string(), "XMEAS_7");
    assert_eq!("XMV_12".parse(), Ok(Xmv::Agitator));
    assert_eq!(Idv::try_from(28), Ok(Idv::CondenserWaterPressure));
    #[track_caller]
    fn refused<T: core::fmt::Debug>(found: Result<T, tennessee_eastman::UnknownTag>, says: &str) {
        assert_eq!(found.expect_err(says).to_string(), says);
    }
    refused(Idv::try_from(29), "there is no disturbance 29; they are numbered 1 to 28");
    refused(Xmv::try_from(0), "there is no valve 0; they are XMV_1 to XMV_12");
    refused("XMEAS_42".parse::<Xmeas>(), "there is no measurement `XMEAS_42`; they are XMEAS_1 to XMEAS_41");
    refused("XMV_4".parse::<Xmeas>(), "there is no measurement `XMV_4`; they are XMEAS_1 to XMEAS_41");
}

#[test]
fn records_come_at_their_period() {
    let mut plant = quiet();
    let steps: Vec<u64> = plant.records(180).expect("a period").take(3).map(|record| record.step).collect();
    assert_eq!(steps, [180, 360, 540]);
    assert_eq!(plant.records(0).err(), Some(OrderError::Period));
}

#[test]
fn a_held_valve_ignores_its_controller_until_released() {
    let mut plant = quiet();
    plant.hold_valve(Xmv::ReactorWater, 60.0).expect("a valve of the plant");
    assert_eq!(plant.held(Xmv::ReactorWater), Some(60.0));
    for _ in 0..120 {
        assert_eq!(plant.step().xmv[Xmv::ReactorWater], 60.0);
    }
    // The position lags by five seconds.
    assert!((plant.state().valves[9] - 60.0).abs() < 1e-6);
    plant.release_valve(Xmv::ReactorWater);
    assert_eq!(plant.held(Xmv::ReactorWater), None);
    assert!((plant.step().xmv[Xmv::ReactorWater] - 60.0).abs() < 1.0, "the controller begins elsewhere");
    for _ in 0..60 {
        plant.step();
    }
    assert!(plant.positions()[Xmv::ReactorWater] < 50.0, "the controller has not taken over");
}

#[test]
fn a_valve_in_open_loop_stays_where_it_was_put() {
    let mut plant = Plant::new(Config { closed_loop: false, ..Config::default() });
    plant.hold_valve(Xmv::Purge, 55.0).expect("a valve of the plant");
    plant.step();
    plant.release_valve(Xmv::Purge);
    assert_eq!(plant.step().xmv[Xmv::Purge], 55.0);
}

#[test]
fn impossible_holds_are_refused() {
    let mut plant = quiet();
    for percent in [100.5, -0.1, f64::INFINITY] {
        assert_eq!(plant.hold_valve(Xmv::DFeed, percent), Err(OrderError::Position { xmv: Xmv::DFeed, percent }));
    }
    let error = plant.hold_valve(Xmv::DFeed, f64::NAN).expect_err("no number");
    assert_eq!(error.to_string(), "XMV_1 cannot be put to NaN %, only within 0 to 100 %");
    assert_eq!(Xmv::ALL.map(|xmv| plant.held(xmv)), [None; 12]);
}

#[test]
fn a_tripped_plant_stands_still_and_says_why() {
    let mut plant = Plant::new(Config { closed_loop: false, noise: true, ..Config::default() });
    plant.set_disturbance(Idv::ReactorWaterTemperature, true).expect("a disturbance of the model");
    while plant.shutdown().is_none() {
        plant.step();
        assert!(plant.steps_done() < 10_000, "no trip");
    }
    assert_eq!(plant.shutdown(), Some(Shutdown::ReactorPressureHigh));
    let state = *plant.state();
    let pressure = plant.measurements()[Xmeas::ReactorPressure];
    assert!(pressure > 3000.0);
    for _ in 0..100 {
        plant.step();
    }
    assert_eq!(*plant.state(), state);
    assert_eq!(plant.measurements()[Xmeas::ReactorPressure], pressure, "no noise after a trip");
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
fn the_tables_are_complete_and_in_order() {
    for (i, idv) in Idv::ALL.into_iter().enumerate() {
        assert_eq!((usize::from(idv.number()), idv.index()), (i + 1, i));
        assert!(idv.effect().ends_with('.'));
        assert!(!idv.effect().contains("  "), "{}", idv.effect());
    }
    let count = |kind| Idv::ALL[..20].iter().filter(|idv| idv.kind() == kind).count();
    assert_eq!(count(DisturbanceKind::Step), 7);
    assert_eq!(count(DisturbanceKind::Random), 6);
    assert_eq!(count(DisturbanceKind::Drift), 1);
    assert_eq!(count(DisturbanceKind::Sticking), 3);
    assert_eq!(count(DisturbanceKind::Pulses), 3);
}

#[test]
fn the_tables_agree_with_the_plant() {
    let plant = Plant::new(Config { closed_loop: false, noise: false, ..Config::default() });
    for tag in Xmeas::ALL {
        let (about, value) = (tag.about(), plant.measurements()[tag]);
        assert!((about.base - value).abs() <= 1e-9 * value, "{tag}: {value}");
        let (low, high) = (about.range.low.expect("a range"), about.range.high.expect("a range"));
        assert!(low < value && value < high, "{tag}");
    }
    for tag in Xmv::ALL {
        let value = plant.positions()[tag];
        assert!((tag.base() - value).abs() <= 1e-9 * value, "{tag}: {value}");
    }
}
