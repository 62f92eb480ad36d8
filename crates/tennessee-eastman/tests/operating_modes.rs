//! Runs that begin at the optimal steady states, under the loops and tunings of the base case.

use tennessee_eastman::{Config, Loop, Mode, Plant, Purge, Xmeas, Xmv};

const HOURS_48: u64 = 48 * 3600;

fn at(mode: Mode) -> Plant {
    Plant::new(Config { mode, noise: false, ..Config::default() })
}

/// Largest distance of a measurement from its set point within 48 h.
fn excursion(mode: Mode, tag: Xmeas) -> f64 {
    let mut plant = at(mode);
    let start = plant.measurements()[tag];
    let mut largest = 0.0_f64;
    while plant.steps_done() < HOURS_48 {
        plant.step();
        assert_eq!((plant.shutdown(), plant.purge_override()), (None, Purge::Controlled), "{mode}");
        largest = largest.max((plant.measurements()[tag] - start).abs());
    }
    largest
}

#[test]
fn a_mode_begins_at_its_published_optimum() {
    // $/h. The base case is the 170.6 of Downs & Vogel; the others were computed here from the states.
    let costs = [170.6, 114.3, 181.1, 43.9, 243.9, 194.6, 49.2];
    for (mode, cost) in Mode::ALL.into_iter().zip(costs) {
        let plant = at(mode);
        assert!((plant.operating_cost_per_h() - cost).abs() < 0.1, "{mode}: {}", plant.operating_cost_per_h());
        if mode != Mode::Base {
            let pressure = plant.measurements()[Xmeas::ReactorPressure];
            assert!((pressure - 2800.0).abs() < 0.1, "{mode}: {pressure}");
            assert_eq!(plant.setpoint(Loop::ReactorTemperature), plant.measurements()[Xmeas::ReactorTemperature]);
            assert_eq!(plant.positions()[Xmv::Agitator], 100.0);
        }
    }
}

#[test]
fn the_base_case_and_mode_4_stand_still() {
    for mode in [Mode::Base, Mode::Four] {
        assert!(excursion(mode, Xmeas::ReactorPressure) < 1.0, "{mode}");
    }
}

/// The reactor's cooling valve cycles under the gain of the base case; the plant stays where it is.
#[test]
fn modes_1_2_and_5_hold_with_a_cycling_coolant_valve() {
    for mode in [Mode::One, Mode::Two, Mode::Five] {
        let pressure = excursion(mode, Xmeas::ReactorPressure);
        assert!((1.0..60.0).contains(&pressure), "{mode}: {pressure}");
    }
}

/// Their own controllers are not in the publications that this crate follows. Both begin with the condenser's cooling valve
/// nearly open.
#[test]
fn modes_3_and_6_trip_under_the_tunings_of_the_base_case() {
    for mode in [Mode::Three, Mode::Six] {
        let mut plant = at(mode);
        assert_eq!(plant.positions()[Xmv::CondenserWater], 99.0);
        while plant.shutdown().is_none() && plant.steps_done() < HOURS_48 {
            plant.step();
        }
        assert!(plant.shutdown().is_some(), "{mode} holds; say so in the README");
    }
}
