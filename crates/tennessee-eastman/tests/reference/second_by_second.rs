//! The first hour without noise and the first quarter of an hour with it, every second.

use tennessee_eastman::{Config, Plant, SEED_BRAATZ};

use crate::support::{largest_difference, rows};

/// Runs along a file with the columns step, time, states, then `xmeas` measurements, then XMV.
fn check(name: &str, noise: bool, has_xmeas: bool, bar: f64) {
    let mut plant = Plant::new(Config { seed: SEED_BRAATZ, noise, ..Config::default() });
    let mut largest = 0.0_f64;
    for row in rows(name) {
        let mut found = vec![plant.time_h()];
        found.extend(plant.state().to_array());
        let record = plant.step();
        if has_xmeas {
            found.extend(&record.xmeas);
        }
        found.extend(&record.xmv);
        assert_eq!(record.step as f64, row[0]);
        let difference = largest_difference(&found, &row[1..]);
        assert!(difference <= bar, "{name}, step {}: {difference:e}", record.step);
        largest = largest.max(difference);
    }
    println!("{name}: largest relative difference {largest:e}");
}

#[test]
fn the_first_hour_without_noise() {
    check("states_1s_idv00_noisefree_1h.csv.gz", false, false, 1e-10);
}

#[test]
fn the_first_quarter_of_an_hour_with_noise() {
    check("full_1s_idv00_noise_15min.csv.gz", true, true, 1e-10);
}
