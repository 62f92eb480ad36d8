//! `tep train`: a model for a detector, from the simulated plant, from history, or from files of normal operation.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::anyhow;
use chrono::{DateTime, Utc};
use indicatif::{ProgressBar, ProgressStyle};

use super::Failure;
use crate::actors::train;
use crate::app;
use crate::config::Config;
use crate::domain::{DetectorId, DetectorMethod, DetectorSpec, ModelState, Plant, SourceTime, TrainingProgress};
use crate::ingest::KeptRuns;
use crate::storage::{Decision, Model, PlantStorage};
use crate::telemetry::Clock;

/// Who trains here, as the list of models shows it.
const COMMAND_LINE: &str = "the command line";

/// What to train, and on what.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The detector, as the plant file names it; the only one, when there is one
    #[arg(long, value_name = "ID")]
    detector: Option<String>,
    /// The plant, when several are configured
    #[arg(long, value_name = "ID")]
    plant: Option<String>,
    /// The method; without it, that of the plant file
    #[arg(long, value_name = "METHOD", value_parser = DetectorMethod::NAMES)]
    chart: Option<String>,
    /// `simulator`, `history`, or files of normal operation (.csv, .csv.gz), each an unbroken run at the detector's sample
    /// period
    #[arg(long, num_args = 1.., default_value = "simulator", value_name = "simulator|history|FILE")]
    from: Vec<String>,
    /// With `history`: the first plant time, for example 2026-11-20T06:00:00Z
    #[arg(long, value_name = "TIME")]
    since: Option<DateTime<Utc>>,
    /// With `history`: the last plant time; without it, everything up to now
    #[arg(long, value_name = "TIME", requires = "since")]
    until: Option<DateTime<Utc>>,
    /// Put it to use from the next start of the server on, instead of staging it for a person to promote
    #[arg(long)]
    activate: bool,
}

/// Trains, keeps the model, and prints what came out.
///
/// # Errors
/// An unknown detector or an unusable file is a usage error.
pub async fn run(config: &Config, arguments: &Arguments) -> Result<(), Failure> {
    let (plant, _) = app::one_plant(config, arguments.plant.as_deref()).map_err(Failure::Usage)?;
    let spec = chosen(&plant, arguments)?;
    let origin = Origin::of(&arguments.from, arguments.since, arguments.until)?;
    let bar = bar()?;
    let mut tell = shown_on(&bar);
    let now = Clock::system().now();
    let storage = app::storage(config).await?;
    let kept = storage.for_plant(Arc::clone(&plant)).map_err(anyhow::Error::from)?;
    let finished = train::kept_runs(&config.storage.data_dir, &plant, &spec);
    let gathered = origin.gather(&kept, &plant, &spec, &finished, &mut tell).await;
    let trained = gathered.and_then(|material| train::on_material(&plant, &spec, material, now, &mut tell));
    bar.finish_and_clear();
    finished.forget();
    let mut model = trained.map_err(|error| Failure::Usage(anyhow!("{}", error.in_words())))?;
    model.life.created_by = Some(COMMAND_LINE.to_owned());
    if arguments.activate {
        let reason = "`tep train --activate`".to_owned();
        model.life.decision = Some(Decision { by: COMMAND_LINE.to_owned(), at: now, reason });
        model.state = ModelState::Active;
    }
    let same = kept.list_models().await.map_err(anyhow::Error::from)?;
    let same = same.into_iter().find(|one| one.detector == model.detector && one.version == model.version);
    match same.filter(|_| !arguments.activate) {
        Some(same) => println!("equal data and settings gave {} again, which is {}", same.version, same.state.word()),
        None => kept.install_model(&model).await.map_err(anyhow::Error::from)?,
    }
    storage.close().await.map_err(anyhow::Error::from)?;
    tell_of(&model, spec.sample_period)
}

/// What a training, or the limits of a network, are from.
#[derive(Debug)]
pub(super) enum Origin {
    Simulator,
    History(SourceTime, SourceTime),
    Files(Vec<PathBuf>),
}

impl Origin {
    /// From `simulator`, `history` with its ends, or files.
    ///
    /// # Errors
    /// When a file is not there, or the ends make no sense.
    pub(super) fn of(
        from: &[String],
        since: Option<DateTime<Utc>>,
        until: Option<DateTime<Utc>>,
    ) -> Result<Self, Failure> {
        let usage = |problem: String| Failure::Usage(anyhow!(problem));
        let from: Vec<&str> = from.iter().map(String::as_str).collect();
        if since.is_some() && from != ["history"] {
            return Err(usage("--since and --until say which history; write --from history".to_owned()));
        }
        match from.as_slice() {
            ["simulator"] => Ok(Self::Simulator),
            ["history"] => {
                let since = since.map_or(SourceTime::from_micros(0), SourceTime::from_datetime);
                let until = until.unwrap_or(DateTime::<Utc>::MAX_UTC);
                let until = SourceTime::from_micros(until.timestamp_micros());
                let range = Self::History(since, until);
                if since < until { Ok(range) } else { Err(usage("--until is not after --since".to_owned())) }
            }
            names => {
                let files: Vec<PathBuf> = names.iter().map(PathBuf::from).collect();
                match files.iter().find(|file| !file.is_file()) {
                    Some(missing) => Err(usage(format!("--from {}: there is no such file", missing.display()))),
                    None => Ok(Self::Files(files)),
                }
            }
        }
    }

    /// The rows, with at least the tags of the detector. Simulated runs that are `finished` are taken as they are.
    ///
    /// # Errors
    /// When they cannot be simulated or read.
    pub(super) async fn gather(
        self,
        storage: &PlantStorage,
        plant: &Plant,
        spec: &DetectorSpec,
        finished: &KeptRuns,
        tell: &mut (dyn FnMut(TrainingProgress) -> ControlFlow<()> + Send),
    ) -> Result<train::Material, train::TrainingError> {
        match self {
            Self::Simulator => train::from_simulator(plant, spec, Some(finished), tell),
            Self::Files(files) => train::from_files(plant, spec, &files),
            Self::History(since, until) => {
                let newest = storage.last_scan().await?.map_or(until, |scan| scan.source_time.min(until));
                train::from_history(storage, plant, spec, (since, newest), tell).await
            }
        }
    }
}

fn chosen(plant: &Plant, arguments: &Arguments) -> Result<DetectorSpec, Failure> {
    let known = || plant.detectors.iter().map(|spec| spec.id.as_str()).collect::<Vec<_>>().join(", ");
    let usage = |problem: String| Failure::Usage(anyhow!(problem));
    let mut spec = match (&arguments.detector, plant.detectors.as_slice()) {
        (None, []) => return Err(usage("the plant has no detector".to_owned())),
        (None, [only]) => only.clone(),
        (None, _) => return Err(usage(format!("which one? Say --detector with one of {}", known()))),
        (Some(wanted), all) => {
            let wanted = DetectorId::from(wanted.as_str());
            let missing = || usage(format!("--detector {wanted}: the plant has no such detector; it has {}", known()));
            all.iter().find(|spec| spec.id == wanted).cloned().ok_or_else(missing)?
        }
    };
    // The method of the plant file keeps what is set on it there.
    if let Some(method) = arguments.chart.as_deref().filter(|name| *name != spec.method.name()) {
        spec.method = DetectorMethod::named(method).ok_or_else(|| usage(format!("--chart {method}: unknown")))?;
        spec.advisory = spec.method.usual_advisory();
    }
    Ok(spec)
}

/// Shows how far it is.
pub(super) fn bar() -> Result<ProgressBar, Failure> {
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} {msg}").map_err(anyhow::Error::from)?;
    Ok(ProgressBar::new(0).with_style(style))
}

/// Moves a bar on; the work is never broken off.
pub(super) fn shown_on(bar: &ProgressBar) -> impl FnMut(TrainingProgress) -> ControlFlow<()> + Send {
    |progress| {
        bar.set_length(u64::from(progress.total));
        bar.set_position(u64::from(progress.done));
        bar.set_message(progress.stage);
        ControlFlow::Continue(())
    }
}

/// Prints what came out.
pub(super) fn tell_of(model: &Model, period: Duration) -> Result<(), Failure> {
    match model.state {
        ModelState::Active => {
            println!("{} {} is active from the next start of the server on", model.detector, model.version)
        }
        _ => println!("{} {} is staged: promote it on the page Detectors", model.detector, model.version),
    }
    println!("  trained on {} ({} samples, every {} s)", model.source, model.samples, period.as_secs_f64());
    for line in train::limits(model).map_err(anyhow::Error::from)? {
        let role = if line.decides { "" } else { ", advises" };
        println!("  limit of {}: {:.4} (alone {:.4}{role})", line.chart, line.limit, line.alone);
    }
    if let Some(rate) = model.measured_false_alarm_rate {
        println!("  false alarm rate on held-out normal samples: {:.2} %", rate * 100.0);
    }
    Ok(())
}
