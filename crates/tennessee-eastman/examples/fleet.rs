//! Sixteen plants with sixteen seeds on all cores: how far does the reactor pressure wander in a day?
//!
//! `cargo run --release -p tennessee-eastman --example fleet`

use std::num::NonZeroUsize;
use std::sync::Mutex;

use tennessee_eastman::{Config, Fleet, Xmeas};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let configs = (0..16).map(|n| Config { seed: 4_651_207_995 + 2 * n, ..Config::default() });
    let mut fleet = Fleet::new(configs, threads);
    let highest = Mutex::new(vec![0.0_f64; fleet.plants().len()]);
    fleet.for_each(|at, plant| {
        let mut most = 0.0_f64;
        for _ in 0..24 * 3600 {
            most = most.max(plant.step().xmeas[Xmeas::ReactorPressure]);
        }
        if let Ok(mut highest) = highest.lock() {
            highest[at] = most;
        }
    });
    println!("{:.1?}", highest.into_inner()?);
    Ok(())
}
