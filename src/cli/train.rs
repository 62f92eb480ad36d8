//! `tep train`: a model for a detector, from the simulated plant or from files of normal operation.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::anyhow;
use indicatif::{ProgressBar, ProgressStyle};

use super::Failure;
use crate::actors::train;
use crate::app;
use crate::config::Config;
use crate::domain::{DetectorId, DetectorSpec, Plant, TrainingProgress};
use crate::storage::Model;
use crate::telemetry::Clock;

/// What to train, and on what.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The detector, as the plant file names it
    #[arg(long, default_value = "pca", value_name = "ID")]
    detector: String,
    /// The plant, when several are configured
    #[arg(long, value_name = "ID")]
    plant: Option<String>,
    /// Files of normal operation (.csv, .csv.gz), each an unbroken run at the detector's sample period; without any,
    /// the simulated plant is run
    #[arg(long = "from", value_name = "FILE", num_args = 1..)]
    files: Vec<PathBuf>,
}

/// Trains, keeps the model as the active one, and prints what came out.
///
/// # Errors
/// An unknown detector or an unusable file is a usage error.
pub async fn run(config: &Config, arguments: &Arguments) -> Result<(), Failure> {
    let (plant, _) = app::one_plant(config, arguments.plant.as_deref()).map_err(Failure::Usage)?;
    let spec = chosen(&plant, arguments)?;
    if let Some(missing) = arguments.files.iter().find(|file| !file.is_file()) {
        return Err(Failure::Usage(anyhow!("--from {}: there is no such file", missing.display())));
    }
    let bar = ProgressBar::new(0);
    bar.set_style(ProgressStyle::with_template("{bar:40} {pos}/{len} {msg}").map_err(anyhow::Error::from)?);
    let now = Clock::system().now();
    let mut tell = |progress: TrainingProgress| {
        bar.set_length(u64::from(progress.total));
        bar.set_position(u64::from(progress.done));
        bar.set_message(progress.stage);
        ControlFlow::Continue(())
    };
    let model = if arguments.files.is_empty() {
        train::on_simulated_plant(&plant, &spec, now, &mut tell)
    } else {
        train::on_files(&plant, &spec, &arguments.files, now, &mut tell)
    };
    bar.finish_and_clear();
    let model = model.map_err(|error| Failure::Usage(error.into()))?;
    let storage = app::storage(config).await?;
    let kept = storage.for_plant(plant).map_err(anyhow::Error::from)?;
    kept.install_model(&model).await.map_err(anyhow::Error::from)?;
    storage.close().await.map_err(anyhow::Error::from)?;
    tell_of(&model, spec.sample_period);
    Ok(())
}

fn chosen(plant: &Plant, arguments: &Arguments) -> Result<DetectorSpec, Failure> {
    let wanted = DetectorId::from(arguments.detector.as_str());
    plant.detectors.iter().find(|spec| spec.id == wanted).cloned().ok_or_else(|| {
        let known: Vec<_> = plant.detectors.iter().map(|spec| spec.id.as_str()).collect();
        Failure::Usage(anyhow!("--detector {wanted}: the plant has no such detector; it has {}", known.join(", ")))
    })
}

fn tell_of(model: &Model, period: Duration) {
    println!("{} {} is active from the next start of the server on", model.detector, model.version);
    println!("  trained on {} ({} samples, every {} s)", model.source, model.samples, period.as_secs_f64());
    println!("  limits {}", model.limits_json);
    if let Some(rate) = model.measured_false_alarm_rate {
        println!("  false alarm rate on held-out normal samples: {:.2} %", rate * 100.0);
    }
}
