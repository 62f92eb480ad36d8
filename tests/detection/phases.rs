//! A plant is watched at whatever phase of its controllers it happens to be started.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use tennessee_eastman::Config;
use tep::actors::train;
use tep::config::plant::built_in;
use tep::detect::multivariate::{ChartModel, ModelChart};
use tep::domain::{ChartRole, ChartScore, DetectorState, Plant, Quality, SourceTime, WallTime};

/// Hours of normal operation, of a seed that no model has seen.
const HOURS: u64 = 24;

#[test]
fn a_first_model_raises_no_more_false_alarms_at_one_phase_than_at_another() {
    let plant = built_in();
    let spec = &plant.detectors[0];
    let record =
        train::on_simulated_plant(&plant, spec, WallTime::from_micros(0), &mut |_| ControlFlow::Continue(())).unwrap();
    let model: Arc<ChartModel> = Arc::new(serde_json::from_slice(&record.artefact).unwrap());
    let mut confirmed = 0;
    for phase in [0, 1, 2, 3, 6, 30, 92] {
        let chart = ModelChart::new(Arc::clone(&model), &plant, spec.confirm_after).unwrap();
        let (rate, alarms) = watched(&plant, chart, phase);
        println!("begun at second {phase:2}: {:.2} % of normal samples beyond a limit, {alarms} alarms", rate * 100.0);
        assert!(rate <= 0.02, "begun at second {phase}: {rate}");
        confirmed += alarms;
    }
    // A quarter of an alarm a day.
    assert!(confirmed <= 2, "{confirmed} alarms in seven days");
}

/// Share of samples beyond a limit, and confirmed alarms, of a plant that is scanned every second.
fn watched(plant: &Plant, mut chart: ModelChart, phase: u64) -> (f64, u32) {
    let mut simulator = tennessee_eastman::Plant::new(Config { seed: 7_777, ..Config::default() });
    let (mut beyond, mut alarms, mut samples, mut in_alarm) = (0u32, 0, 0u32, false);
    let qualities = vec![Quality::Good; plant.tags.len()];
    for _ in 0..HOURS * 3600 {
        let record = simulator.step();
        if record.step < phase {
            continue;
        }
        let at = SourceTime::from_micros(0) + Duration::from_secs(record.step);
        let values: Vec<f64> =
            record.xmeas.iter().copied().chain(record.xmv.iter().map(|valve| valve.clamp(0.0, 100.0))).collect();
        let Some(reading) = chart.push(at, &values, &qualities) else { continue };
        samples += 1;
        let decides = |score: &&ChartScore| score.role == ChartRole::Deciding;
        beyond += u32::from(reading.scores.iter().filter(decides).any(|score| score.statistic > score.limit));
        let now = reading.state == DetectorState::Alarm;
        alarms += u32::from(now && !in_alarm);
        in_alarm = now;
    }
    (f64::from(beyond) / f64::from(samples), alarms)
}
