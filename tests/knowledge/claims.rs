//! What the articles claim of the plant, tried on the simulator.

use tennessee_eastman::{Config, Idv, Loop, LoopMode, Plant, Xmv};
use tep::config::plant::{built_in, limit_alarm};
use tep::detect::limit::LimitChart;
use tep::domain::{Quality, SourceTime};

use super::article::{self, Article};

const ONSET_H: f64 = 8.0;
const STEPS_PER_H: f64 = 3600.0;
const END_H: f64 = 48.0;

/// A plant in operation, eight hours after its start, as in the runs of the articles.
fn settled() -> Plant {
    let mut plant = Plant::new(Config { seed: 1_431_655_765, ..Config::default() });
    run(&mut plant, ONSET_H);
    plant
}

/// Runs until so many hours after the start, and says how long after the onset the plant has tripped, if it has.
fn run(plant: &mut Plant, until_h: f64) -> Option<f64> {
    while plant.shutdown().is_none() && steps_h(plant) < until_h {
        plant.step();
    }
    plant.shutdown().map(|_| steps_h(plant) - ONSET_H)
}

fn steps_h(plant: &Plant) -> f64 {
    plant.steps_done() as f64 / STEPS_PER_H
}

fn about(idv: Idv) -> Article {
    let id = format!("disturbances/IDV_{:02}", idv.number());
    article::all().remove(&id).unwrap_or_else(|| panic!("no article {id}"))
}

/// The limit alarms that a disturbance raises, and hours to the trip.
fn watch(idv: Idv) -> (Vec<String>, Option<f64>) {
    let described = built_in();
    let mut plant = settled();
    let mut charts: Vec<(usize, String, LimitChart)> = Vec::new();
    for (at, tag) in described.tags.iter().enumerate() {
        let charts_of = |limit: &tep::domain::Limit| {
            (at, limit_alarm(&tag.id, limit.kind).to_string(), LimitChart::new(limit.clone()))
        };
        charts.extend(tag.limits.iter().map(charts_of));
    }
    plant.set_disturbance(idv, true).unwrap();
    let mut raised = Vec::new();
    while plant.shutdown().is_none() && steps_h(&plant) < END_H {
        let record = plant.step();
        // Every fifth second is enough for delays of fifteen and more.
        if !plant.steps_done().is_multiple_of(5) {
            continue;
        }
        let values: Vec<f64> = record.xmeas.iter().chain(record.xmv.iter()).copied().collect();
        let now = SourceTime::from_micros(i64::try_from(plant.steps_done()).unwrap() * 1_000_000);
        for (at, alarm, chart) in &mut charts {
            let change = chart.push(now, values[*at], Quality::Good);
            if change.is_some_and(|change| change.active == Some(true)) && !raised.contains(alarm) {
                raised.push(alarm.clone());
            }
        }
    }
    let tripped = plant.shutdown().map(|_| steps_h(&plant) - ONSET_H);
    (raised, tripped)
}

#[test]
fn a_disturbance_raises_the_alarms_and_trips_at_the_time_of_its_article() {
    for idv in Idv::ALL.into_iter().filter(|idv| idv.number() <= 20) {
        let front = about(idv).front;
        let (raised, tripped) = watch(idv);
        for alarm in &front.alarms {
            assert!(raised.contains(alarm), "{idv} raised {raised:?}, not {alarm}");
        }
        match (tripped, front.trip_hours) {
            (Some(tripped), Some([first, last])) => {
                assert!((first - 0.05..=last + 0.05).contains(&tripped), "{idv} tripped after {tripped} h");
            }
            (Some(tripped), None) => panic!("{idv} tripped after {tripped} h, its article knows of no trip"),
            // A trip that may come later than this run lasts is not missed.
            (None, Some([_, last])) => assert!(last > END_H - ONSET_H, "{idv} did not trip"),
            (None, None) => {}
        }
    }
}

/// Loop 11 is product flow, 6 the purge rate, 14 and 15 set the feeds of D and E.
fn of(number: u8) -> Loop {
    Loop::try_from(number).unwrap()
}

#[test]
fn purge_and_less_product_carry_the_plant_over_a_lost_a_feed() {
    let mut plant = settled();
    plant.set_disturbance(Idv::AFeedLoss, true).unwrap();
    assert_eq!(run(&mut plant, ONSET_H + 4.7), None);
    plant.set_loop_mode(of(6), LoopMode::Manual).unwrap();
    plant.move_valve(Xmv::try_from(6).unwrap(), 100.0).unwrap();
    plant.set_setpoint(of(11), 20.0).unwrap();
    assert_eq!(run(&mut plant, END_H), None);
}

#[test]
fn a_feed_that_returns_within_five_hours_saves_the_plant() {
    let mut plant = settled();
    plant.set_disturbance(Idv::AFeedLoss, true).unwrap();
    assert_eq!(run(&mut plant, ONSET_H + 5.0), None);
    plant.set_disturbance(Idv::AFeedLoss, false).unwrap();
    assert_eq!(run(&mut plant, END_H), None);
}

#[test]
fn cutting_d_and_e_alone_trips_a_healthy_plant() {
    let mut plant = settled();
    for (outer, inner, flow) in [(14, 1, 3100.0), (15, 2, 3800.0)] {
        plant.set_loop_mode(of(outer), LoopMode::Manual).unwrap();
        plant.set_setpoint(of(inner), flow).unwrap();
    }
    let tripped = run(&mut plant, END_H).expect("a trip");
    assert!((0.9..=1.4).contains(&tripped), "after {tripped} h");
}

#[test]
fn product_flow_is_lowered_in_one_step_but_not_raised() {
    let mut plant = settled();
    plant.set_setpoint(of(11), 20.0).unwrap();
    assert_eq!(run(&mut plant, END_H), None);
    let mut plant = settled();
    plant.set_setpoint(of(11), 25.0).unwrap();
    let tripped = run(&mut plant, END_H).expect("a trip");
    assert!((1.4..=1.8).contains(&tripped), "after {tripped} h");
}
