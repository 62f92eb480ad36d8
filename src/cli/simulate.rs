//! `tep simulate`: a run of the simulated plant into a CSV file, reproducible from its flags.

mod output;
mod schedule;

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::anyhow;
use tennessee_eastman::{Options, Record, Simulator, XMEAS_COUNT, XMV_COUNT};

use self::output::Output;
use self::schedule::{Disturbed, Held, Schedule, Window};
use super::Failure;

const SECONDS_IN_HOUR: f64 = 3600.0;
/// More than eleven years; longer is a slip of the pen.
const HOURS_MAX: f64 = 100_000.0;

/// What to simulate, and where to write it.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Hours of plant time
    #[arg(long, value_name = "H", value_parser = hours)]
    hours: f64,
    /// Disturbance N (1 to 20) from hour H on, until hour H2 where given; may be repeated
    #[arg(long = "idv", value_name = "N@H[..H2]")]
    disturbances: Vec<Window<Disturbed>>,
    /// Hold a valve at a position in percent from hour H on, until hour H2 where given; may be repeated
    #[arg(long = "hold", value_name = "XMV_N=P@H[..H2]")]
    holds: Vec<Window<Held>>,
    /// Seed of the random generator
    #[arg(long, value_name = "N", default_value_t = tennessee_eastman::SEED_DOWNS_VOGEL, value_parser = seed)]
    seed: u64,
    /// Seconds of plant time between two rows
    #[arg(long, value_name = "SECONDS", default_value_t = 180, value_parser = clap::value_parser!(u64).range(1..))]
    every: u64,
    /// Instruments without noise; random disturbances stay as they are
    #[arg(long)]
    no_noise: bool,
    /// Controllers off: the valves stay where they are put
    #[arg(long)]
    open_loop: bool,
    /// File to write, gzipped if it ends in .gz; - is standard output
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// What came out.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Told {
    rows: u64,
    tripped: Option<(u64, String)>,
}

/// Simulates and writes. The file appears under its name when it is complete, or not at all.
///
/// # Errors
/// Flags that contradict each other and a place that cannot be written to are usage errors.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let schedule = Schedule::new(&arguments.disturbances, &arguments.holds).map_err(Failure::Usage)?;
    let mut output = Output::create(&arguments.out).map_err(Failure::Usage)?;
    let told = match simulate(arguments, schedule, &mut output).and_then(|told| output.finish().map(|()| told)) {
        Ok(told) => told,
        // Whoever reads our output has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
        Err(error) => {
            return Err(Failure::Run(anyhow!(error).context(format!("cannot write {}", arguments.out.display()))));
        }
    };
    if let Some((step, message)) = &told.tripped {
        eprintln!("tep: the plant tripped at step {step} ({:.3} h): {message}", *step as f64 / SECONDS_IN_HOUR);
    }
    eprintln!("tep: {} rows written to {}", told.rows, arguments.out.display());
    Ok(())
}

fn simulate(arguments: &Arguments, mut schedule: Schedule, out: &mut impl Write) -> io::Result<Told> {
    let options = Options { seed: arguments.seed, noise: !arguments.no_noise, closed_loop: !arguments.open_loop };
    let mut plant = Simulator::new(options);
    let mut told = Told { rows: 0, tripped: None };
    headings(out)?;
    for step in 1..=(arguments.hours * SECONDS_IN_HOUR).round() as u64 {
        schedule.apply(step, &mut plant);
        let record = plant.step();
        if record.step.is_multiple_of(arguments.every) {
            row(out, &record)?;
            told.rows += 1;
        }
        if told.tripped.is_none() {
            told.tripped = plant.shutdown().map(|cause| (step, cause.to_string()));
        }
    }
    Ok(told)
}

fn headings(out: &mut impl Write) -> io::Result<()> {
    write!(out, "step,t_h")?;
    (1..=XMEAS_COUNT).try_for_each(|n| write!(out, ",XMEAS_{n}"))?;
    (1..=XMV_COUNT).try_for_each(|n| write!(out, ",XMV_{n}"))?;
    writeln!(out)
}

/// Rust prints the shortest digits that read back as the same number.
fn row(out: &mut impl Write, record: &Record) -> io::Result<()> {
    write!(out, "{},{}", record.step, record.step as f64 / SECONDS_IN_HOUR)?;
    record.xmeas.iter().chain(&record.xmv).try_for_each(|value| write!(out, ",{value}"))?;
    writeln!(out)
}

fn hours(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(hours) if (1.0 / SECONDS_IN_HOUR..=HOURS_MAX).contains(&hours) => Ok(hours),
        Ok(hours) => Err(format!("{hours} h is outside one second to {HOURS_MAX} h")),
        Err(_) => Err("is not a number of hours".into()),
    }
}

/// From a multiple of 2³² the generator gives nothing but zeros.
fn seed(text: &str) -> Result<u64, String> {
    match text.parse::<u64>() {
        Ok(seed) if seed.is_multiple_of(1 << 32) => Err("the random generator stands still at this seed".into()),
        Ok(seed) => Ok(seed),
        Err(_) => Err("is not a whole number from 1 to 18446744073709551615".into()),
    }
}

#[cfg(test)]
mod tests;
