//! How fast the multivariate charts score, and by how much faster than numpy. `cargo bench --bench charts`.
//!
//! Throughput is in items a second; an item is one sample of 33 tags. Allocations are counted too: one at a time there are
//! none, in batch the matrix product takes room for a block of 256 samples. Behind the table the same model scores the same rows in Python with numpy
//! (`benches/baselines/charts.py`), when there is one; the statistics are compared and the ratio is printed.

use std::hint::black_box;
use std::io::Write as _;
use std::ops::ControlFlow;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use divan::counter::ItemsCount;
use divan::{AllocProfiler, Bencher};
use tennessee_eastman::{Config, Plant};
use tep::detect::TrainingData;
use tep::detect::multivariate::{ChartModel, ChartSettings, Method, Scorer, train};
use tep::domain::{TagId, WallTime};

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

const METHODS: [&str; 4] = ["PCA", "DPCA", "CVA", "VAR"];
/// Samples that are scored at once: two days.
const ROWS: usize = 960;

fn main() {
    divan::main();
    if let Err(reason) = side_by_side() {
        println!("\nno comparison with numpy: {reason}");
    }
}

/// One after the other, as they come from a plant.
#[divan::bench(args = METHODS)]
fn one_at_a_time(bencher: Bencher<'_, '_>, method: &str) {
    let rows = rows();
    let mut scorer = scorer(method);
    bencher.counter(ItemsCount::new(ROWS)).bench_local(|| {
        for row in rows {
            black_box(scorer.push(row).expect("as wide as the model"));
        }
    });
}

/// All at once, as an evaluation does.
#[divan::bench(args = METHODS)]
fn batch(bencher: Bencher<'_, '_>, method: &str) {
    let rows = rows();
    let mut scorer = scorer(method);
    bencher.counter(ItemsCount::new(ROWS)).bench_local(|| {
        scorer
            .push_all(rows.iter().map(Vec::as_slice), |s| {
                black_box(s);
            })
            .expect("as wide as the model");
    });
}

/// Twelve days of normal operation to train on.
#[divan::bench(args = METHODS, sample_count = 5, sample_size = 1)]
fn training(bencher: Bencher<'_, '_>, method: &str) {
    bencher.bench_local(|| model_of(method));
}

fn simulated(seed: u64) -> Vec<Vec<f64>> {
    let mut plant = Plant::new(Config { seed, ..Config::default() });
    let mut rows = Vec::with_capacity(ROWS);
    for step in 1..=180 * ROWS {
        let record = plant.step();
        if step % 180 == 0 {
            rows.push([&record.xmeas.values()[..22], &record.xmv.values()[..11]].concat());
        }
    }
    rows
}

fn rows() -> &'static [Vec<f64>] {
    static ROWS: OnceLock<Vec<Vec<f64>>> = OnceLock::new();
    ROWS.get_or_init(|| simulated(4_711))
}

fn normal() -> &'static TrainingData {
    static NORMAL: OnceLock<TrainingData> = OnceLock::new();
    NORMAL.get_or_init(|| {
        let tags = (1..=22).map(|n| format!("XMEAS_{n}")).chain((1..=11).map(|n| format!("XMV_{n}")));
        let mut data = TrainingData::new(tags.map(TagId::from).collect()).expect("tags");
        for seed in 101..107 {
            data.begin_run(format!("seed {seed}"));
            simulated(seed).iter().for_each(|row| data.push_row(row).expect("a row"));
        }
        data
    })
}

fn model_of(method: &str) -> ChartModel {
    let data = normal();
    let method = match method {
        "PCA" => Method::pca(),
        "DPCA" => Method::dpca(),
        "CVA" => Method::cva(),
        _ => Method::var(data.rows()),
    };
    let settings = ChartSettings { method, false_alarm_rate: 0.01, sample_period: Duration::from_secs(180) };
    train(data, &settings, WallTime::from_micros(0), &mut |_| ControlFlow::Continue(())).expect("a model")
}

fn scorer(method: &str) -> Scorer {
    Scorer::new(Arc::new(model_of(method))).expect("a sound model")
}

/// The same model and rows here and in numpy, in one run.
fn side_by_side() -> Result<(), String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/baselines/charts.py");
    let model = model_of("VAR");
    let directory = std::env::temp_dir().join(format!("tep-charts-{}", std::process::id()));
    let written = write_for_numpy(&directory, &model);
    let told = written.and_then(|()| Command::new("python3").arg(&script).arg(&directory).output());
    let removed = std::fs::remove_dir_all(&directory);
    let told = told.map_err(|error| error.to_string())?;
    removed.map_err(|error| error.to_string())?;
    if !told.status.success() {
        return Err(String::from_utf8_lossy(&told.stderr).lines().last().unwrap_or("it failed").to_owned());
    }
    let numbers: Vec<f64> =
        String::from_utf8_lossy(&told.stdout).split_whitespace().filter_map(|word| word.parse().ok()).collect();
    let [their_single, their_batch, theirs @ ..] = numbers.as_slice() else { return Err("no figures came".into()) };

    let mut scorer = Scorer::new(Arc::new(model)).expect("a sound model");
    let mut last = Vec::new();
    scorer.push_all(rows().iter().map(Vec::as_slice), |s| last = s.to_vec()).expect("as wide as the model");
    let off = last.iter().zip(theirs).map(|(a, b)| (a - b).abs() / (1.0 + b)).fold(0.0, f64::max);
    let single = rate(|| rows().iter().for_each(|row| drop(black_box(scorer.push(row)))));
    let batch = rate(|| {
        scorer
            .push_all(rows().iter().map(Vec::as_slice), |s| {
                black_box(s);
            })
            .expect("as wide as the model");
    });
    println!("\nVAR with all its charts, one core, samples a second (statistics differ by {off:.0e} at most):");
    println!("                       here      numpy   ratio");
    for (name, ours, theirs) in [("one at a time", single, their_single), ("batch", batch, their_batch)] {
        println!("{name:<15} {ours:>11.0} {theirs:>10.0} {:>7.1}", ours / theirs);
    }
    Ok(())
}

/// The best of several rounds, samples a second.
fn rate(mut round: impl FnMut()) -> f64 {
    let time = |_| {
        let start = Instant::now();
        (0..20).for_each(|_| round());
        start.elapsed().as_secs_f64() / 20.0
    };
    ROWS as f64 / (0..10).map(time).fold(f64::INFINITY, f64::min)
}

fn write_for_numpy(directory: &Path, model: &ChartModel) -> std::io::Result<()> {
    std::fs::create_dir_all(directory)?;
    std::fs::write(directory.join("model.json"), serde_json::to_string(model)?)?;
    let mut file = std::fs::File::create(directory.join("rows.f64"))?;
    for row in rows() {
        for value in row {
            file.write_all(&value.to_le_bytes())?;
        }
    }
    Ok(())
}
