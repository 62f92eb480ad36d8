//! `tep incidents`: makes the library of simulated incidents that the program carries.

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
use crate::detect::TrainingData;
use crate::detect::evaluation::CONFIRM_AFTER;
use crate::detect::multivariate::{ChartModel, ChartSettings, Method, train};
use crate::diagnosis::{Library, RecordedRun};
use crate::domain::{Cause, CauseId, WallTime};

/// Faults of the benchmark: 20 disturbances and the valve that stands still.
pub(super) const FAULTS: u32 = 21;
/// Normal runs of each phase from which the frame is trained.
const NORMAL_RUNS: u64 = 65;
/// Share of normal rows beyond the frame's limits.
const LEVEL: f64 = 0.01;

/// What to make, and where to write it.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Runs of each fault; odd ones are sampled as the benchmark is, even ones as a running plant is watched
    #[arg(long, default_value_t = 10, value_name = "N", value_parser = clap::value_parser!(u64).range(2..=200))]
    runs: u64,
    /// From which number on seeds are drawn: another number, other runs. `tep evaluate` draws from 7000000 on
    #[arg(long, default_value_t = 3_000_000, value_name = "N", value_parser = clap::value_parser!(u64).range(1..1_000_000_000))]
    first_seed: u64,
    /// File to write, gzipped JSON
    #[arg(long, default_value = "data/incidents/tennessee-eastman.json.gz", value_name = "FILE")]
    out: PathBuf,
}

/// Simulates, makes the library, and says what can be told apart by it.
///
/// # Errors
/// When the file cannot be written.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let json = make(arguments.first_seed, arguments.runs)?;
    let library = Library::read(&json).map_err(anyhow::Error::from)?;
    write(&arguments.out, &json).with_context(|| format!("--out {}", arguments.out.display()))?;
    println!("{} of {}", library.version(), library.made_from());
    for (cause, taken_for) in library.causes().iter().zip(library.confusion()) {
        let total: u32 = taken_for.iter().sum();
        let others = taken_for.iter().zip(library.causes()).filter(|(count, of)| **count > 0 && of.id != cause.id);
        let others: Vec<String> = others.map(|(count, of)| format!("{} × {count}", of.id)).collect();
        let right =
            taken_for.iter().zip(library.causes()).find(|(_, of)| of.id == cause.id).map_or(0, |(count, _)| *count);
        println!("  {:<12} {right:>3} of {total:<3} {}", cause.id.as_str(), others.join(", "));
    }
    Ok(())
}

/// The text of a library.
///
/// # Errors
/// Never, but for a mistake of ours.
fn make(first_seed: u64, runs: u64) -> anyhow::Result<Vec<u8>> {
    eprintln!("tep: simulating {} normal runs of 48 h to train the frame on", 2 * NORMAL_RUNS);
    let frame = frame(first_seed)?;
    let jobs: Vec<(Simulated, Phase)> = (1..=FAULTS)
        .flat_map(|fault| (0..runs).map(move |n| (Simulated { number: first_seed + n, fault }, phase(n))))
        .collect();
    let runs_of_all = recorded(&jobs, &frame)?;
    let made_from = format!("{runs} simulated runs of each of {FAULTS} faults, from seed {first_seed} on");
    Ok(Library::make(frame, causes(), &runs_of_all, CONFIRM_AFTER as usize, made_from)?)
}

/// Half of the runs as a running plant is watched.
pub(super) const fn phase(n: u64) -> Phase {
    if n.is_multiple_of(2) { Phase::Fixed } else { Phase::Moving }
}

/// Simulates all of these runs.
///
/// # Errors
/// When there is no such fault.
pub(super) fn recorded(jobs: &[(Simulated, Phase)], frame: &ChartModel) -> anyhow::Result<Vec<RecordedRun>> {
    let bar = ProgressBar::new(jobs.len() as u64);
    bar.set_style(ProgressStyle::with_template("{bar:40} {pos}/{len} runs, {eta} left")?);
    let all = on_all_cores(jobs, |(job, phase)| {
        let run = job.recorded(*phase, &frame.tags)?;
        bar.inc(1);
        Ok(run)
    });
    bar.finish_and_clear();
    all
}

/// The frame: an autoregression of normal operation, seen at every phase of the controllers.
fn frame(first_seed: u64) -> anyhow::Result<ChartModel> {
    let tags = benchmark::tags();
    let mut all = TrainingData::new(tags.clone())?;
    for (phase, first) in [(Phase::Fixed, first_seed), (Phase::Moving, first_seed + NORMAL_RUNS)] {
        let runs = sampled_normal_runs(first, NORMAL_RUNS, phase)?.select(&tags)?;
        for run in runs.runs() {
            all.begin_run(run.name.clone());
            run.range().try_for_each(|at| all.push_row(runs.row(at)))?;
        }
    }
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
