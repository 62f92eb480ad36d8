//! Whole runs, two days each, under one disturbance or none.

use serde::Deserialize;
use tennessee_eastman::{Config, Idv, Plant};

use crate::support::{difference, plain, rows};

#[derive(Deserialize)]
struct Run {
    file: String,
    seed: u64,
    noise: bool,
    steps: u64,
    record_every_steps: u64,
    digits: usize,
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
    /// How many of the values differ, and by how much at most.
    fn check(&self) -> Differences {
        let Self { seed, noise, closed_loop, .. } = *self;
        let mut plant = Plant::new(Config { seed, noise, closed_loop, ..Config::default() });
        let mut expected = rows(&self.file).into_iter();
        let mut tripped = None;
        let mut differences = Differences::default();
        for step in 1..=self.steps {
            for event in self.events.iter().filter(|event| event.from_step == step) {
                plant
                    .set_disturbance(Idv::try_from(event.idv).expect("a number"), event.value > 0)
                    .expect("a disturbance of the model");
            }
            let record = plant.step();
            if plant.shutdown().is_some() && tripped.is_none() {
                tripped = Some(step);
            }
            if step.is_multiple_of(self.record_every_steps) {
                let row = expected.next().expect("a row for every record");
                assert_eq!((row.len(), row[0]), (2 + 41 + 12, record.step as f64));
                for (found, expected) in record.xmeas.iter().chain(&record.xmv).zip(&row[2..]) {
                    differences.note(*found, *expected, self.digits);
                }
            }
        }
        assert!(expected.next().is_none(), "{}: more rows than records", self.file);
        assert_eq!(tripped, self.shutdown_step, "{}: shutdown", self.file);
        differences
    }
}

#[derive(Default)]
struct Differences {
    count: u32,
    largest: f64,
}

impl Differences {
    fn note(&mut self, found: f64, expected: f64, digits: usize) {
        let printed = format!("{found:.*e}", digits - 1).parse();
        self.count += u32::from(printed != Ok(expected));
        self.largest = self.largest.max(difference(found, expected));
    }

    /// With the mathematics library of the reference every digit is the same; another one may round `exp` and `pow`
    /// differently, which the closed loop forgets.
    fn within_bar(&self) -> bool {
        if cfg!(all(target_os = "linux", target_env = "gnu")) { self.count == 0 } else { self.largest < 1e-7 }
    }
}

fn check(which: impl Fn(&Run) -> bool) {
    let mut complaints = Vec::new();
    for run in runs().iter().filter(|run| which(run)) {
        let found = run.check();
        let line = format!("{}: {} values differ, at most by {:e}", run.file, found.count, found.largest);
        println!("{line}");
        if !found.within_bar() {
            complaints.push(line);
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
