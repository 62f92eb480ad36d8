//! `tep incidents`: makes the libraries of simulated incidents that the program carries.

use std::fs::File;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use flate2::Compression;
use flate2::write::GzEncoder;
use indicatif::{ProgressBar, ProgressStyle};
use tennessee_eastman::Idv;

use super::Failure;
use super::evaluate::benchmark;
use super::evaluate::simulated::{Phase, Simulated, on_all_cores, sampled_normal_runs};
use crate::detect::evaluation::CONFIRM_AFTER;
use crate::detect::multivariate::{ChartModel, ChartSettings, Method, train};
use crate::diagnosis::{AGES, Libraries, Library, RecordedRun};
use crate::domain::{Cause, CauseId, WallTime};

/// Faults of the benchmark: 20 disturbances and the valve that stands still.
pub(super) const FAULTS: u32 = 21;
/// Normal runs from which a frame is trained.
const NORMAL_RUNS: u64 = 130;
/// Share of normal rows beyond the frame's limits.
const LEVEL: f64 = 0.01;

/// What to make, and where to write it.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Runs of each fault
    #[arg(long, default_value_t = 30, value_name = "N", value_parser = clap::value_parser!(u64).range(2..=200))]
    runs: u64,
    /// From which number on seeds are drawn: another number, other runs. `tep evaluate` draws from 7000000 on
    #[arg(long, default_value_t = 3_000_000, value_name = "N", value_parser = clap::value_parser!(u64).range(1..1_000_000_000))]
    first_seed: u64,
    /// Directory to write into: two files, gzipped JSON
    #[arg(long, default_value = "data/incidents", value_name = "DIR")]
    out: PathBuf,
}

/// Simulates, makes the libraries, and says what can be told apart by them.
///
/// # Errors
/// When a file cannot be written.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    for (phase, name) in [(Phase::Fixed, Libraries::IN_STEP), (Phase::Moving, Libraries::EVERY_PHASE)] {
        let json = make(arguments.first_seed, arguments.runs, phase)?;
        let library = Library::read(&json).map_err(anyhow::Error::from)?;
        let path = arguments.out.join(name);
        write(&path, &json).with_context(|| format!("--out {}", arguments.out.display()))?;
        println!("{}: {} of {}", path.display(), library.version(), library.made_from());
        print_confusion(&library);
    }
    Ok(())
}

/// What is taken for what, at the last age.
fn print_confusion(library: &Library) {
    let Some((confusion, rows)) = library.confusions().last().zip(AGES.last()) else { return };
    println!("  after {rows} rows, each compared with those of other seeds:");
    for (cause, taken_for) in library.causes().iter().zip(confusion) {
        let total: u32 = taken_for.iter().sum();
        let others = taken_for.iter().zip(library.causes()).filter(|(count, of)| **count > 0 && of.id != cause.id);
        let others: Vec<String> = others.map(|(count, of)| format!("{} × {count}", of.id)).collect();
        let right =
            taken_for.iter().zip(library.causes()).find(|(_, of)| of.id == cause.id).map_or(0, |(count, _)| *count);
        println!("  {:<12} {right:>3} of {total:<3} {}", cause.id.as_str(), others.join(", "));
    }
}

/// The text of a library.
///
/// # Errors
/// Never, but for a mistake of ours.
fn make(first_seed: u64, runs: u64, phase: Phase) -> anyhow::Result<Vec<u8>> {
    eprintln!("tep: simulating {NORMAL_RUNS} normal runs of 48 h, {}, to train the frame on", phase.title());
    let frame = frame(first_seed, phase)?;
    let runs_of_all = recorded(first_seed, runs, phase, &frame)?;
    let made_from =
        format!("{runs} simulated runs of each of {FAULTS} faults, {}, from seed {first_seed} on", phase.title());
    Ok(Library::make(frame, causes(), &runs_of_all, CONFIRM_AFTER as usize, made_from)?)
}

/// Simulates so many runs of each fault.
///
/// # Errors
/// When there is no such fault.
pub(super) fn recorded(
    first_seed: u64,
    runs: u64,
    phase: Phase,
    frame: &ChartModel,
) -> anyhow::Result<Vec<RecordedRun>> {
    let jobs: Vec<Simulated> =
        (1..=FAULTS).flat_map(|fault| (0..runs).map(move |n| Simulated { number: first_seed + n, fault })).collect();
    let bar = ProgressBar::new(jobs.len() as u64);
    bar.set_style(ProgressStyle::with_template("{bar:40} {pos}/{len} runs, {eta} left")?);
    let all = on_all_cores(&jobs, |job| {
        let run = job.recorded(phase, &frame.tags)?;
        bar.inc(1);
        Ok(run)
    });
    bar.finish_and_clear();
    all
}

/// The frame: an autoregression of normal operation, sampled like the incidents that it will look at.
fn frame(first_seed: u64, phase: Phase) -> anyhow::Result<ChartModel> {
    let all = sampled_normal_runs(first_seed, NORMAL_RUNS, phase)?.select(&benchmark::tags())?;
    let settings = ChartSettings {
        method: Method::var(all.rows()),
        false_alarm_rate: LEVEL,
        sample_period: Duration::from_secs(180),
    };
    Ok(train(&all, &settings, WallTime::from_micros(0), &mut |_| ControlFlow::Continue(()))?)
}

/// The causes by their numbers, the first at position 0.
fn causes() -> Vec<Cause> {
    let disturbance = |number: u32| match u8::try_from(number).ok().and_then(|n| Idv::try_from(n).ok()) {
        Some(idv) if number < FAULTS => {
            Cause { id: CauseId::from(format!("idv-{number}")), name: format!("{}, {}", idv.title(), idv.kind()) }
        }
        _ => {
            Cause { id: CauseId::from("xmv-4-held"), name: "Valve of stream 4 (A and C feed) stands still".to_owned() }
        }
    };
    (1..=FAULTS).map(disturbance).collect()
}

fn write(path: &Path, json: &[u8]) -> anyhow::Result<()> {
    if let Some(dir) = path.parent() {
        std::fs::create_dir_all(dir)?;
    }
    let mut file = GzEncoder::new(File::create(path)?, Compression::best());
    file.write_all(json)?;
    file.finish()?.sync_all()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_a_cause_of_its_own() {
        let causes = causes();
        assert_eq!(causes.len(), 21);
        assert_eq!((causes[3].id.as_str(), causes[20].id.as_str()), ("idv-4", "xmv-4-held"));
        let mut ids: Vec<&str> = causes.iter().map(|cause| cause.id.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 21);
    }
}
