//! How fast the plant runs, and what takes the time. `cargo bench -p tennessee-eastman`.
//!
//! Throughput is printed in items a second; an item is an hour of plant, in `parts` a second of plant.

use std::hint::black_box;
use std::num::NonZeroUsize;

use divan::Bencher;
use divan::counter::ItemsCount;
use tennessee_eastman::disturbances::{Active, Inputs};
use tennessee_eastman::flowsheet::{Flowsheet, Temperatures};
use tennessee_eastman::measurements::NOISE;
use tennessee_eastman::model::Memory;
use tennessee_eastman::noise::Generator;
use tennessee_eastman::splines::Splines;
use tennessee_eastman::state::State;
use tennessee_eastman::{Config, Fleet, Plant, Revision, SEED_BRAATZ, derivatives};

const HOUR: u64 = 3600;

fn main() {
    divan::main();
}

fn hour_of(bencher: Bencher<'_, '_>, config: Config) {
    let mut plant = Plant::new(config);
    bencher.counter(ItemsCount::new(1_usize)).bench_local(|| {
        for _ in 0..HOUR {
            black_box(plant.step());
        }
    });
}

#[divan::bench]
fn closed_loop_with_noise(bencher: Bencher<'_, '_>) {
    hour_of(bencher, Config::default());
}

#[divan::bench]
fn closed_loop_without_noise(bencher: Bencher<'_, '_>) {
    hour_of(bencher, Config { noise: false, ..Config::default() });
}

#[divan::bench]
fn open_loop_with_noise(bencher: Bencher<'_, '_>) {
    bencher.counter(ItemsCount::new(1_usize)).bench_local(|| {
        let mut plant = Plant::new(Config { closed_loop: false, ..Config::default() });
        for _ in 0..HOUR {
            black_box(plant.step());
        }
    });
}

#[divan::bench]
fn revision_of_2015(bencher: Bencher<'_, '_>) {
    hour_of(bencher, Config { revision: Revision::REVISED_2015, ..Config::default() });
}

/// The same plant with the draws of a step made once more as the published program makes them: one after the other, by a
/// floating-point remainder. The ratio to `closed_loop_with_noise` is what the generator alone would cost.
#[divan::bench]
fn closed_loop_with_the_draws_of_the_published_program(bencher: Bencher<'_, '_>) {
    let mut plant = Plant::new(Config::default());
    let mut published = Published(SEED_BRAATZ as f64);
    bencher.counter(ItemsCount::new(1_usize)).bench_local(|| {
        for _ in 0..HOUR {
            black_box(plant.step());
            for sigma in &NOISE[..22] {
                black_box(published.gaussian(*sigma));
            }
        }
    });
}

#[divan::bench(args = [1, 2])]
fn fleet_of_eight(bencher: Bencher<'_, '_>, threads: usize) {
    let configs = (0..8).map(|n| Config { seed: SEED_BRAATZ + 2 * n, ..Config::default() });
    let mut fleet = Fleet::new(configs, NonZeroUsize::new(threads).unwrap_or(NonZeroUsize::MIN));
    bencher.counter(ItemsCount::new(8_usize)).bench_local(|| fleet.advance(HOUR));
}

/// The generator as published: G ← fmod(G·9228907, 2³²).
struct Published(f64);

impl Published {
    fn gaussian(&mut self, sigma: f64) -> f64 {
        let mut sum = 0.0;
        for _ in 0..12 {
            self.0 = (self.0 * 9_228_907.0) % 4_294_967_296.0;
            sum += self.0 / 4_294_967_296.0;
        }
        (sum - 6.0) * sigma
    }
}

mod parts {
    use super::*;

    #[divan::bench]
    fn noise_of_a_step(bencher: Bencher<'_, '_>) {
        let mut generator = Generator::new(SEED_BRAATZ);
        bencher
            .counter(ItemsCount::new(1_usize))
            .bench_local(|| NOISE[..22].iter().map(|sigma| generator.gaussian(*sigma)).sum::<f64>());
    }

    #[divan::bench]
    fn noise_of_a_step_in_the_published_program(bencher: Bencher<'_, '_>) {
        let mut published = Published(SEED_BRAATZ as f64);
        bencher
            .counter(ItemsCount::new(1_usize))
            .bench_local(|| NOISE[..22].iter().map(|sigma| published.gaussian(*sigma)).sum::<f64>());
    }

    #[divan::bench]
    fn surroundings(bencher: Bencher<'_, '_>) {
        let splines = Splines::at_rest();
        let active = Active::default();
        bencher.counter(ItemsCount::new(1_usize)).bench_local(|| Inputs::at(black_box(0.05), &splines, &active));
    }

    #[divan::bench]
    fn flowsheet(bencher: Bencher<'_, '_>) {
        let state = State::base_case();
        let inputs = Inputs::at(0.05, &Splines::at_rest(), &Active::default());
        let mut temperatures = Temperatures::default();
        bencher.counter(ItemsCount::new(1_usize)).bench_local(|| {
            black_box(Flowsheet::solve(black_box(&state), &inputs, Revision::Original, &mut temperatures));
        });
    }

    #[divan::bench]
    fn model_call(bencher: Bencher<'_, '_>) {
        let state = State::base_case();
        let mut memory = Memory::new(SEED_BRAATZ, true, Revision::Original);
        let active = Active::default();
        bencher
            .counter(ItemsCount::new(1_usize))
            .bench_local(|| derivatives(0.05, black_box(&state), &state.valves, &active, &mut memory).xmeas);
    }

    #[divan::bench]
    fn snapshot(bencher: Bencher<'_, '_>) {
        let plant = Plant::new(Config::default());
        bencher.bench_local(|| plant.snapshot());
    }
}
