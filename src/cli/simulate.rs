//! `tep simulate`: runs of the simulated plant into files, reproducible from flags or from a plan.

mod batch;
mod braatz;
mod events;
mod model;
mod output;
mod progress;
mod run;
mod schedule;
mod table;
mod window;

use std::fs;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use tennessee_eastman::{Config, Plant};
use tokio::runtime::Handle;

use self::braatz::Which;
use self::model::{Edition, Start};
use self::output::Output;
use self::progress::{Progress, Stop};
use self::run::{HOURS_MAX, Labels, Run, SECONDS_IN_HOUR, Told, Unfinished};
use self::schedule::Schedule;
use self::table::{Table, cannot_write};
use self::window::{Disturbed, Held, Manual, SetPoint, Window};
use super::Failure;

/// What to simulate, and where to write it.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("what").required(true).args(["hours", "batch", "braatz"]))]
pub struct Arguments {
    /// Hours of plant time
    #[arg(long, value_name = "H", value_parser = hours, allow_negative_numbers = true)]
    hours: Option<f64>,
    #[command(flatten)]
    one: OneRun,
    /// Make the labelled data set that this plan describes, in the directory --out; the same command goes on after an
    /// interruption
    #[arg(long, value_name = "PLAN", conflicts_with = "one")]
    batch: Option<PathBuf>,
    /// Make a public fault-detection data set anew from its published seed: d00 to d21, d00_te to d21_te, or all
    #[arg(long, value_name = "SET", conflicts_with = "one")]
    braatz: Option<Which>,
    /// Runs of a batch at a time, as many as there are cores unless said otherwise
    #[arg(long, value_name = "N", conflicts_with_all = ["hours", "braatz"], value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
    /// File to write: Parquet if it ends in .parquet, CSV gzipped if in .gz, otherwise CSV; - is standard output. Of a
    /// batch or of all data sets, the directory. (Without it, a data set is written to SET.csv.)
    #[arg(long, value_name = "FILE", required_unless_present = "braatz")]
    out: Option<PathBuf>,
}

/// What can be said of a single run.
#[derive(Debug, clap::Args)]
#[group(id = "one", multiple = true)]
struct OneRun {
    /// Disturbance N (1 to 20, in the revision of 2015 to 28) from hour H of plant time on, until hour H2 where given; there
    /// also with a strength A below 1; may be repeated
    #[arg(long = "idv", value_name = "N[=A]@H[..H2]")]
    disturbances: Vec<Window<Disturbed>>,
    /// Hold a valve at a position in percent from hour H on, until hour H2 where given; may be repeated
    #[arg(long = "hold", value_name = "XMV_N=P@H[..H2]")]
    holds: Vec<Window<Held>>,
    /// From hour H on, loop N (1 to 11, 13 to 20) shall hold V, in the unit of its measurement; may be repeated
    #[arg(long = "set-point", value_name = "LOOP_N=V@H")]
    set_points: Vec<Window<SetPoint>>,
    /// Loop N in manual, its valve or the set point that it moves put to P where given, from hour H on, until H2 where
    /// given; may be repeated
    #[arg(long = "manual", value_name = "LOOP_N[=P]@H[..H2]")]
    manuals: Vec<Window<Manual>>,
    /// Year of the model: 1993 (Downs and Vogel), or 2015 (Bathelt, Ricker and Jelali) [default: 1993]
    #[arg(long, value_name = "YEAR")]
    revision: Option<Edition>,
    /// Mode of operation to begin in, 1 to 6; 0 is the base case [default: 0]
    #[arg(long, value_name = "N")]
    mode: Option<Start>,
    /// Seed of the random generator [default: 1431655765]
    #[arg(long, value_name = "N", value_parser = seed, allow_negative_numbers = true)]
    seed: Option<u64>,
    /// Seconds of plant time between two rows [default: 180]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    every: Option<u64>,
    /// Instruments without noise; random disturbances stay as they are
    #[arg(long)]
    no_noise: bool,
    /// Controllers off: the valves stay where they are put
    #[arg(long)]
    open_loop: bool,
    /// Write what happens (orders, samples, purge override, trip) to this file as well, one row an event
    #[arg(long, value_name = "FILE")]
    events: Option<PathBuf>,
    /// Two more columns: what is wrong with the plant, and whether it has tripped
    #[arg(long)]
    labels: bool,
    /// End with a trip; otherwise the rows go on, and the plant stands still
    #[arg(long)]
    stop_at_trip: bool,
    /// Go on from a snapshot that --snapshot-out has written; seed, noise, controllers and model are its own
    #[arg(long, value_name = "SNAPSHOT", conflicts_with_all = ["seed", "no_noise", "open_loop", "revision", "mode"])]
    from: Option<PathBuf>,
    /// Write the plant as it is at the end to this file as well
    #[arg(long, value_name = "SNAPSHOT")]
    snapshot_out: Option<PathBuf>,
}

const EVERY_S: u64 = 180;

/// Simulates and writes. A file appears under its name when it is complete, or not at all.
///
/// # Errors
/// Flags that contradict each other and a place that is not there are usage errors.
pub fn run(arguments: &Arguments, runtime: &Handle) -> Result<(), Failure> {
    let stop = Stop::listen(runtime).context("cannot listen for Ctrl-C")?;
    match (arguments.hours, &arguments.batch, arguments.braatz, arguments.out.as_deref()) {
        (Some(hours), _, _, Some(out)) => single(&arguments.one, hours, out, &stop),
        (_, Some(plan), _, Some(out)) => batch::run(plan, out, arguments.jobs.map(usize::from), &stop),
        (_, _, Some(which), out) => braatz::run(which, out, &stop),
        _ => unreachable!("the parser asks for one of the three, and where to write"),
    }
}

fn single(one: &OneRun, hours: f64, out: &Path, stop: &Stop) -> Result<(), Failure> {
    let run = one.run(hours)?;
    let labels = one.labels();
    // Both places are tried before the work begins.
    let snapshot = one.snapshot_out.as_deref().map(|path| Output::create("--snapshot-out", path)).transpose()?;
    let events = one.events.as_deref();
    let events =
        events.map(|path| Table::create("--events", path, &events::columns(), run.provenance())).transpose()?;
    let table = Table::create("--out", out, &run.columns(labels), run.provenance())?;
    match written(run, table, events, labels, &progress(out, run_steps(hours), stop)) {
        Ok((told, plant)) => {
            if let Some((snapshot, path)) = snapshot.zip(one.snapshot_out.as_deref()) {
                keep(snapshot, &plant.snapshot()).map_err(|error| cannot_write(path, error))?;
            }
            tell(&told, out);
            Ok(())
        }
        // Whoever reads our output has seen enough.
        Err(Unfinished::Unwritten(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(Unfinished::Unwritten(error)) => Err(cannot_write(out, error)),
        Err(Unfinished::Stopped) => Err(Failure::Run(anyhow!("stopped before the end of the run"))),
    }
}

fn written(
    run: Run,
    mut table: Table,
    mut events: Option<Table>,
    labels: Labels,
    progress: &Progress,
) -> Result<(Told, Plant), Unfinished> {
    let (told, plant) = run.write(&mut table, events.as_mut(), labels, progress)?;
    table.finish()?;
    events.map(Table::finish).transpose()?;
    Ok((told, plant))
}

fn keep(mut file: Output, bytes: &[u8]) -> io::Result<()> {
    file.write_all(bytes)?;
    file.finish().map(|_| ())
}

/// A bar and the rows do not share a terminal.
fn progress(out: &Path, steps: u64, stop: &Stop) -> Progress {
    if out.as_os_str() == "-" && io::stdout().is_terminal() {
        Progress::quiet(stop.clone())
    } else {
        Progress::new(steps, stop.clone())
    }
}

fn tell(told: &Told, out: &Path) {
    if let Some(trip) = &told.tripped {
        eprintln!("tep: the plant tripped at step {} ({:.3} h): {}", trip.step, trip.hour(), trip.message);
    }
    eprintln!("tep: {} rows written to {}", told.rows, out.display());
}

impl OneRun {
    fn labels(&self) -> Labels {
        if self.labels { Labels::Faults } else { Labels::None }
    }

    fn run(&self, hours: f64) -> Result<Run, Failure> {
        let schedule = Schedule::new(self.disturbances.clone(), self.holds.clone())
            .and_then(|schedule| schedule.with_loops(self.set_points.clone(), self.manuals.clone()))
            .map_err(Failure::Usage)?;
        let run = Run {
            plant: self.plant(schedule.has_amplitudes())?,
            steps: run_steps(hours),
            every: self.every.unwrap_or(EVERY_S),
            schedule,
            stop_at_trip: self.stop_at_trip,
        };
        let (_, last) = run.bounds();
        run.schedule.check(&run.plant, last).map_err(Failure::Usage)?;
        Ok(run)
    }

    fn plant(&self, amplitudes: bool) -> Result<Plant, Failure> {
        let Some(path) = &self.from else {
            let seed = self.seed.unwrap_or(tennessee_eastman::SEED_DOWNS_VOGEL);
            let (noise, closed_loop) = (!self.no_noise, !self.open_loop);
            let revision = self.revision.unwrap_or_default().revision(amplitudes);
            let mode = self.mode.unwrap_or_default().mode();
            return Ok(Plant::new(Config { seed, noise, closed_loop, revision, mode }));
        };
        let bytes = fs::read(path).with_context(|| format!("--from {}: cannot be read", path.display()));
        let plant = Plant::restore(&bytes.map_err(Failure::Usage)?);
        plant.map_err(|error| Failure::Usage(anyhow!(error).context(format!("--from {}", path.display()))))
    }
}

fn run_steps(hours: f64) -> u64 {
    (hours * SECONDS_IN_HOUR).round() as u64
}

fn hours(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(hours) => checked_hours(hours),
        Err(_) => Err("is not a number of hours".into()),
    }
}

fn checked_hours(hours: f64) -> Result<f64, String> {
    if (1.0 / SECONDS_IN_HOUR..=HOURS_MAX).contains(&hours) {
        Ok(hours)
    } else {
        Err(format!("{hours} h is outside one second to {HOURS_MAX} h"))
    }
}

fn seed(text: &str) -> Result<u64, String> {
    match text.parse::<u64>() {
        Ok(seed) => checked_seed(seed),
        Err(_) => Err("is not a whole number from 1 to 18446744073709551615".into()),
    }
}

/// From a multiple of 2³² the generator gives nothing but zeros.
fn checked_seed(seed: u64) -> Result<u64, String> {
    if seed.is_multiple_of(1 << 32) {
        Err(format!("the random generator stands still at the seed {seed}"))
    } else {
        Ok(seed)
    }
}

#[cfg(test)]
mod tests;
