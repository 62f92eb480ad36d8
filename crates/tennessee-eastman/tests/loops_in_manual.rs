//! Set points, manual operation, and what is refused.

use tennessee_eastman::{Config, Loop, LoopMode, Moves, OrderError, Plant, Xmeas, Xmv};

fn quiet() -> Plant {
    let mut plant = Plant::new(Config { noise: false, ..Config::default() });
    run(&mut plant, 1800);
    plant
}

fn run(plant: &mut Plant, seconds: u32) {
    for _ in 0..seconds {
        plant.step();
    }
}

#[test]
fn a_loop_follows_its_new_set_point() {
    let mut plant = quiet();
    plant.set_setpoint(Loop::ReactorTemperature, 121.0).expect("the outermost loop");
    run(&mut plant, 2 * 3600);
    assert!((plant.measurements()[Xmeas::ReactorTemperature] - 121.0).abs() < 0.02);
}

#[test]
fn a_valve_in_manual_stands_where_the_operator_puts_it() {
    let mut plant = quiet();
    let before = plant.positions()[Xmv::ReactorWater];
    plant.set_loop_mode(Loop::ReactorWaterOutlet, LoopMode::Manual).expect("a controlled plant");
    run(&mut plant, 60);
    assert_eq!(plant.positions()[Xmv::ReactorWater], before, "going to manual moves nothing");
    plant.move_valve(Xmv::ReactorWater, 45.0).expect("in manual");
    run(&mut plant, 600);
    assert_eq!(plant.positions()[Xmv::ReactorWater], 45.0);
    assert!(plant.measurements()[Xmeas::ReactorTemperature] < 120.3);
}

#[test]
fn the_outer_loop_waits_while_the_inner_one_is_in_manual() {
    let mut plant = quiet();
    plant.set_loop_mode(Loop::StripperSteam, LoopMode::Manual).expect("a controlled plant");
    let setpoints = [Loop::StripperSteam, Loop::StripperTemperature].map(|one| plant.setpoint(one));
    for outer in [Loop::StripperTemperature, Loop::ProductE] {
        assert!(!plant.loop_acts(outer));
        assert_eq!(plant.loop_mode(outer), LoopMode::Automatic);
    }
    plant.move_valve(Xmv::StripperSteam, 60.0).expect("in manual");
    run(&mut plant, 3600);
    assert_eq!([Loop::StripperSteam, Loop::StripperTemperature].map(|one| plant.setpoint(one)), setpoints);
}

#[test]
fn back_in_automatic_the_valve_does_not_jump() {
    let mut plant = quiet();
    for one in Loop::ALL {
        plant.set_loop_mode(one, LoopMode::Manual).expect("a controlled plant");
    }
    plant.move_valve(Xmv::ReactorWater, 42.5).expect("in manual");
    run(&mut plant, 300);
    let before = *plant.positions();
    for one in Loop::ALL {
        plant.set_loop_mode(one, LoopMode::Automatic).expect("a controlled plant");
    }
    run(&mut plant, 4);
    for xmv in Xmv::ALL {
        let jump = (plant.positions()[xmv] - before[xmv]).abs();
        assert!(jump < 0.3, "{xmv} jumps by {jump} %");
    }
    run(&mut plant, 8 * 3600);
    assert!((plant.measurements()[Xmeas::ReactorTemperature] - 120.4).abs() < 0.05, "the controllers take over");
}

#[test]
fn orders_that_make_no_sense_are_refused_and_change_nothing() {
    let mut plant = quiet();
    let before = plant.clone();
    #[track_caller]
    fn refused(found: Result<(), OrderError>, says: &str) {
        assert_eq!(found.expect_err(says).to_string(), says);
    }
    refused(
        plant.move_valve(Xmv::ReactorWater, 40.0),
        "XMV_10 is moved by LOOP_10; put that loop into manual before the valve is moved",
    );
    refused(
        plant.set_setpoint(Loop::AcFeed, 9.0),
        "the set point of LOOP_4 is moved by LOOP_17; put that loop into manual before",
    );
    refused(
        plant.set_setpoint(Loop::ReactorLevel, 500.0),
        "LOOP_17 cannot hold XMEAS_8 at 500, only within 0 to 120 %",
    );
    assert!(plant.set_setpoint(Loop::ReactorLevel, f64::NAN).is_err());
    assert!(plant.move_valve(Xmv::Agitator, f64::NAN).is_err());
    assert!(plant == before);

    plant.hold_valve(Xmv::Agitator, 60.0).expect("a position");
    refused(plant.move_valve(Xmv::Agitator, 50.0), "XMV_12 is held; release it before it is moved");

    let mut open = Plant::new(Config { closed_loop: false, ..Config::default() });
    open.move_valve(Xmv::ReactorWater, 41.0).expect("nobody else moves it");
    refused(
        open.set_loop_mode(Loop::Purge, LoopMode::Manual),
        "this plant runs without controllers, so it has no loops",
    );
}

#[test]
fn manual_operation_survives_a_snapshot() {
    let mut plant = quiet();
    plant.set_loop_mode(Loop::Purge, LoopMode::Manual).expect("a controlled plant");
    plant.move_valve(Xmv::Purge, 55.0).expect("in manual");
    run(&mut plant, 100);
    let mut restored = Plant::restore(&plant.snapshot()).expect("a fresh snapshot");
    assert_eq!(restored.loop_mode(Loop::Purge), LoopMode::Manual);
    for _ in 0..1000 {
        assert_eq!(restored.step(), plant.step());
    }
    assert!(restored == plant);
}

#[test]
fn loops_are_numbered_without_a_twelfth() {
    for one in Loop::ALL {
        assert_eq!(Loop::try_from(one.number()), Ok(one));
        assert_eq!(one.to_string().parse(), Ok(one));
        if let Moves::Setpoint(inner) = one.moves() {
            assert_eq!(inner.outer(), Some(one));
        }
    }
    let error = Loop::try_from(12).expect_err("there is none");
    assert_eq!(error.to_string(), "there is no loop 12; they are LOOP_1 to LOOP_11 and LOOP_13 to LOOP_20");
    assert_eq!(Loop::of_valve(Xmv::Agitator), None);
}
