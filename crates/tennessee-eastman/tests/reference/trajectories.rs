//! Whole runs, two days each, under one disturbance or none.

use serde::Deserialize;
use tennessee_eastman::{Options, Simulator};

use crate::support::{largest_difference, plain, rows};

#[derive(Deserialize)]
struct Run {
    file: String,
    seed: u64,
    noise: bool,
    steps: u64,
    record_every_steps: u64,
    digits: u8,
    closed_loop: bool,
    events: Vec<Event>,
    shutdown_step: Option<u64>,
}

#[derive(Deserialize)]
struct Event {
    from_step: u64,
    idv: u8,
    value: u8,
}

fn runs() -> Vec<Run> {
    let all: Vec<Run> = serde_json::from_str(&plain("manifest.json")).expect("the manifest is JSON");
    all.into_iter().filter(|run| run.record_every_steps > 1).collect()
}

impl Run {
    /// Ten printed digits leave half a unit of the last one.
    fn bar(&self) -> f64 {
        if self.digits == 17 { 1e-9 } else { 5.1e-10 }
    }

    fn check(&self) -> f64 {
        let Self { seed, noise, closed_loop, .. } = *self;
        let mut plant = Simulator::new(Options { seed, noise, closed_loop });
        let mut expected = rows(&self.file).into_iter();
        let mut tripped = None;
        let mut largest = 0.0_f64;
        for step in 1..=self.steps {
            for event in self.events.iter().filter(|event| event.from_step == step) {
                plant.set_disturbance(event.idv, event.value > 0).expect("a disturbance of the model");
            }
            let record = plant.step();
            if plant.shutdown().is_some() && tripped.is_none() {
                tripped = Some(step);
            }
            if step.is_multiple_of(self.record_every_steps) {
                let row = expected.next().expect("a row for every record");
                assert_eq!(record.step as f64, row[0]);
                let difference =
                    largest_difference(&record.xmeas, &row[2..43]).max(largest_difference(&record.xmv, &row[43..]));
                largest = largest.max(difference);
            }
        }
        assert!(expected.next().is_none(), "{}: more rows than records", self.file);
        assert_eq!(tripped, self.shutdown_step, "{}: shutdown", self.file);
        largest
    }
}

fn check(which: impl Fn(&Run) -> bool) {
    let mut complaints = Vec::new();
    for run in runs().iter().filter(|run| which(run)) {
        let largest = run.check();
        println!("{}: largest relative difference {largest:e}", run.file);
        if largest > run.bar() {
            complaints.push(format!("{}: {largest:e}", run.file));
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn closed_loop_with_noise() {
    check(|run| run.closed_loop && run.noise);
}

#[test]
fn closed_loop_without_noise() {
    check(|run| run.closed_loop && !run.noise);
}

#[test]
fn open_loop() {
    check(|run| !run.closed_loop);
}
