//! How many hours of plant does one second of computer buy?
//!
//! `cargo run --release -p tennessee-eastman --example speed`

use std::time::Instant;

use tennessee_eastman::{Config, Plant};

const HOURS: u32 = 1000;

fn main() {
    let mut plant = Plant::new(Config::default());
    let start = Instant::now();
    for _ in 0..HOURS * 3600 {
        plant.step();
    }
    let rate = f64::from(HOURS) / start.elapsed().as_secs_f64();
    println!("{rate:.0} simulated hours a second, closed loop, with noise");

    let start = Instant::now();
    let bytes: usize = (0..100_000).map(|_| plant.snapshot().len()).sum();
    let each = start.elapsed() / 100_000;
    println!("{each:?} a snapshot of {} bytes", bytes / 100_000);
}
