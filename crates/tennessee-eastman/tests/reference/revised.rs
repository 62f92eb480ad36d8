//! Runs of the revised model of 2015: open loop, every minute, printed to 17 digits.

use serde::Deserialize;
use tennessee_eastman::disturbances::Inputs;
use tennessee_eastman::{Config, Idv, Plant, Revised, Revision};

use crate::support::{difference, plain, rows};

#[derive(Deserialize)]
struct Run {
    file: String,
    idv: Vec<u8>,
    seed: u64,
    structure_flag: u8,
    noise: bool,
    steps: u64,
    record_every_steps: u64,
    shutdown_step: Option<u64>,
}

/// The bit of the structure flag that separates the two random generators.
const SEPARATE_STREAMS: u8 = 32;

/// What the revised model reports of its disturbances, in its units.
fn monitors(inputs: &Inputs) -> Vec<f64> {
    let kilomoles = f64::from(0.454_f32);
    let cubic_metres = f64::from(0.003_785_411_8_f32) * 60.0;
    let i = inputs;
    let mut all: Vec<f64> = i.ac_feed[..3].iter().map(|fraction| fraction * 100.0).collect();
    all.extend([i.d_feed_temperature, i.ac_feed_temperature, i.reactor_water_temperature]);
    all.extend([i.condenser_water_temperature, i.activity[0], i.activity[1], i.steam_transfer]);
    all.extend([i.reactor_fouling, i.condenser_fouling, i.effluent_blockage, i.a_feed_temperature]);
    all.push(i.e_feed_temperature);
    all.extend([i.a_feed_range, i.d_feed_range, i.e_feed_range, i.ac_feed_range].map(|flow| flow * kilomoles));
    all.extend([i.reactor_water_range, i.condenser_water_range].map(|flow| flow * cubic_metres));
    all
}

impl Run {
    fn check(&self) -> (u32, f64) {
        let separate_streams = self.structure_flag & SEPARATE_STREAMS != 0;
        let mut plant = Plant::new(Config {
            seed: self.seed,
            noise: self.noise,
            closed_loop: false,
            revision: Revision::Revised2015(Revised { separate_streams, ..Revised::default() }),
            ..Config::default()
        });
        for idv in &self.idv {
            plant.set_disturbance(Idv::try_from(*idv).expect("a number"), true).expect("the revised model has it");
        }
        let mut expected = rows(&format!("revised/{}", self.file)).into_iter().peekable();
        let (mut count, mut largest, mut tripped) = (0, 0.0_f64, None);
        for step in 1..=self.steps {
            let (time, state) = (plant.time_h(), plant.state().to_array());
            plant.step();
            if plant.shutdown().is_some() && tripped.is_none() {
                tripped = Some(step);
            }
            if expected.peek().is_none_or(|row| row[0] != step as f64) {
                continue;
            }
            let row = expected.next().expect("it was peeked at");
            let mut found = vec![time];
            found.extend(plant.measurements());
            found.extend(monitors(&plant.inputs()));
            found.extend(state);
            assert_eq!(found.len(), row.len() - 1);
            for (found, expected) in found.iter().zip(&row[1..]) {
                count += u32::from(found != expected);
                largest = largest.max(difference(*found, *expected));
            }
        }
        assert!(expected.next().is_none(), "{}: a row was never reached", self.file);
        assert_eq!(tripped, self.shutdown_step, "{}: shutdown", self.file);
        assert!(self.record_every_steps > 0);
        (count, largest)
    }
}

#[test]
fn the_revised_model_comes_out_as_recorded() {
    let runs: Vec<Run> = serde_json::from_str(&plain("revised/manifest.json")).expect("the manifest is JSON");
    assert_eq!(runs.len(), 9);
    let mut complaints = Vec::new();
    for run in &runs {
        let (count, largest) = run.check();
        let line = format!("{}: {count} values differ, at most by {largest:e}", run.file);
        println!("{line}");
        if largest > 1e-12 {
            complaints.push(line);
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}
