//! The real server, killed again and again in the midst of work: people acknowledge, shelve and comment over the API while
//! alarms come and go, and now and then somebody else holds the database. What was answered has to be there after each
//! start, and nothing may be missing from the numbering of the journal.
//!
//! `make test` kills it five times; `scripts/kill-under-load` as often as you like.

mod checker;
mod doctored;
mod house;
mod people;
mod training;

use std::env;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use checker::Answers;
use house::House;
use people::Crew;

/// How often `make test` kills it.
const KILLS: u64 = 5;

/// How long a life lasts, milliseconds from the moment at which it is ready.
const LIFE_MS: std::ops::Range<u64> = 300..2_500;

fn number(name: &str, usual: u64) -> u64 {
    match env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name} is a number, not {text:?}")),
        Err(_) => usual,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_under_load_keeps_what_it_has_answered() {
    let (kills, seed) = (number("TEP_TEST_KILLS", KILLS), number("TEP_TEST_KILL_SEED", 1));
    let mut chance = StdRng::seed_from_u64(seed);
    let mut house = House::new().await;
    let mut answers = Answers::default();
    let mut from_spools = 0;
    for kill in 0..=kills {
        house.start().await;
        let shown = house.shown().await;
        let rows = house.journal().await;
        let breaches = answers.breaches(&rows, &shown);
        assert!(breaches.is_empty(), "after {kill} kills (seed {seed}):\n{}\n{}", breaches.join("\n"), house.log());
        if kill == kills {
            println!("{} in {kills} kills, {from_spools} of them with a spool left behind", answers.counted(&rows));
            assert!(answers.are_enough_for(kills), "too little was answered for {kills} kills to say anything");
            break;
        }
        let crew = Crew::at_work(&house, kill);
        let lives = Duration::from_millis(chance.random_range(LIFE_MS));
        tokio::time::sleep(lives).await;
        let held = if kill % 3 == 1 { Some(house.hold_the_database().await) } else { None };
        if held.is_some() {
            tokio::time::sleep(Duration::from_millis(chance.random_range(800..2_000))).await;
        }
        house.kill();
        answers.take(crew.gone_home().await);
        from_spools += u64::from(house.has_a_spool());
        drop(held);
    }
    house.stop().await;
}
