//! Fleets, events, and samples between the seconds.

use std::num::NonZeroUsize;

use tennessee_eastman::{
    Analyser, Config, EventKind, Fleet, Idv, Loop, LoopMode, Mode, OrderError, Plant, Revision, Shutdown, Watch, Xmeas,
    Xmv,
};

#[test]
fn a_fleet_does_what_each_plant_does_alone() {
    let configs: Vec<Config> = (0..7)
        .map(|n| Config {
            seed: 1_000_003 + n,
            noise: n % 3 != 0,
            mode: Mode::ALL[n as usize % 2],
            revision: [Revision::Original, Revision::OriginalDouble, Revision::REVISED_2015][n as usize % 3],
            ..Config::default()
        })
        .collect();
    for threads in [1, 2, 3, 16] {
        let mut fleet = Fleet::new(configs.iter().copied(), NonZeroUsize::new(threads).expect("not zero"));
        fleet.plants_mut()[4].set_disturbance(Idv::AcComposition, true).expect("in every model");
        fleet.advance(4000);
        for (n, (plant, config)) in fleet.plants().iter().zip(&configs).enumerate() {
            let mut alone = Plant::new(*config);
            if n == 4 {
                alone.set_disturbance(Idv::AcComposition, true).expect("in every model");
            }
            for _ in 0..4000 {
                alone.step();
            }
            assert!(alone.snapshot() == plant.snapshot(), "plant {n} on {threads} threads");
        }
    }
}

#[test]
fn a_fleet_without_plants_does_nothing() {
    Fleet::new([], NonZeroUsize::MIN).advance(10);
}

#[test]
fn a_watch_tells_what_happens_and_when() {
    let mut plant = Plant::new(Config { noise: false, ..Config::default() });
    let mut watch = Watch::new(&plant);
    let mut events = Vec::new();
    for step in 1..=1000 {
        match step {
            5 => plant.set_disturbance(Idv::AFeedLoss, true).expect("an original one"),
            7 => plant.hold_valve(Xmv::AcFeed, 61.0).expect("a position"),
            9 => plant.set_loop_mode(Loop::ReactorLevel, LoopMode::Manual).expect("controlled"),
            11 => plant.set_setpoint(Loop::ReactorTemperature, 120.5).expect("the outermost"),
            _ => {}
        }
        plant.step();
        events.extend(watch.look(&plant));
    }
    let told: Vec<(u64, EventKind)> = events.iter().map(|event| (event.step, event.kind)).collect();
    assert_eq!(
        told,
        [
            (5, EventKind::Disturbed(Idv::AFeedLoss, 1.0)),
            (7, EventKind::Held(Xmv::AcFeed, Some(61.0))),
            (9, EventKind::LoopMode(Loop::ReactorLevel, LoopMode::Manual)),
            (11, EventKind::Setpoint(Loop::ReactorTemperature, 120.5)),
            (361, EventKind::Sampled(Analyser::Gas)),
            (721, EventKind::Sampled(Analyser::Gas)),
            (901, EventKind::Sampled(Analyser::Product)),
        ]
    );
}

#[test]
fn a_trip_is_told_once() {
    let mut plant = Plant::new(Config { closed_loop: false, noise: false, ..Config::default() });
    plant.set_disturbance(Idv::ReactorWaterTemperature, true).expect("an original one");
    let mut watch = Watch::new(&plant);
    let mut trips = Vec::new();
    for _ in 0..5000 {
        plant.step();
        trips.extend(watch.look(&plant).into_iter().filter(|event| matches!(event.kind, EventKind::Tripped(_))));
    }
    assert_eq!(trips.len(), 1);
    assert_eq!(trips[0].kind, EventKind::Tripped(Shutdown::ReactorPressureHigh));
}

#[test]
fn samples_lie_between_the_records() {
    let mut plant = Plant::new(Config::default());
    let mut twin = plant.clone();
    let samples: Vec<_> = plant.samples(0.75).expect("a period").take(1000).collect();
    let records: Vec<_> = (0..752).map(|_| twin.step()).collect();
    for sample in samples {
        let at = sample.time_s.floor() as usize - 1;
        let part = sample.time_s.fract();
        let (earlier, later) = (&records[at], &records[at + usize::from(part > 0.0)]);
        for tag in Xmeas::ALL {
            let (a, b) = (earlier.xmeas[tag], later.xmeas[tag]);
            let expected = if tag.interval_h().is_none() { a + part * (b - a) } else { a };
            assert_eq!(sample.xmeas[tag], expected, "{tag} at {} s", sample.time_s);
        }
        assert_eq!(sample.xmv, earlier.xmv);
    }
    for period in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(twin.samples(period).err(), Some(OrderError::Period));
    }
}
