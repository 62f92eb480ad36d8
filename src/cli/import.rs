//! `tep models import`: a network that was trained elsewhere, with limits from normal operation that it has not seen.

use std::fs::File;
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, anyhow};
use chrono::{DateTime, Utc};

use super::Failure;
use super::models::{COMMAND_LINE, chosen};
use super::train::{Origin, bar, shown_on, tell_of};
use crate::actors::train;
use crate::app;
use crate::config::Config;
use crate::detect::multivariate::tags_of_network;
use crate::domain::{DetectorSpec, Plant, TagId};
use crate::telemetry::Clock;

/// No network that is meant for a plant comes near it; nothing longer is read.
const LARGEST: u64 = 64 << 20;

/// Which network, and on what its limits rest.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The ONNX file: one input and one output, both a row of values in the tags' units
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The tags that its columns are, in their order; without it, as the file tells them in its property `tep.tags`
    #[arg(long, value_delimiter = ',', value_name = "TAG,…")]
    tags: Vec<String>,
    /// Normal operation that the network was not trained on, for its limits: `simulator`, `history`, or files (.csv, .csv.gz),
    /// each an unbroken run at the detector's sample period
    #[arg(long, num_args = 1.., default_value = "simulator", value_name = "simulator|history|FILE")]
    limits_from: Vec<String>,
    /// With `history`: the first plant time, for example 2026-11-20T06:00:00Z
    #[arg(long, value_name = "TIME")]
    since: Option<DateTime<Utc>>,
    /// With `history`: the last plant time; without it, everything up to now
    #[arg(long, value_name = "TIME", requires = "since")]
    until: Option<DateTime<Utc>>,
    /// The plant, when several are configured
    #[arg(long, value_name = "ID")]
    plant: Option<String>,
    /// The detector, as the plant file names it; the only one, when there is one
    #[arg(long, value_name = "ID")]
    detector: Option<String>,
}

/// Reads the network, measures its limits, and keeps it staged.
///
/// # Errors
/// A file that is no network, or not one for these tags and rows, is a usage error.
pub async fn run(config: &Config, arguments: &Arguments) -> Result<(), Failure> {
    let (plant, _) = app::one_plant(config, arguments.plant.as_deref()).map_err(Failure::Usage)?;
    let mut spec = chosen(&plant, arguments.detector.as_deref())?;
    let told = || arguments.file.display().to_string();
    let file = read(arguments).with_context(told).map_err(Failure::Usage)?;
    let tags = columns(&file, &arguments.tags).with_context(told).map_err(Failure::Usage)?;
    watch(&mut spec, &plant, &tags).with_context(told).map_err(Failure::Usage)?;
    let origin = Origin::of(&arguments.limits_from, arguments.since, arguments.until)?;
    let bar = bar()?;
    let mut tell = shown_on(&bar);
    let now = Clock::system().now();
    let storage = app::storage(config).await?;
    let kept = storage.for_plant(Arc::clone(&plant)).map_err(anyhow::Error::from)?;
    let finished = train::kept_runs(&config.storage.data_dir, &plant, &spec);
    let gathered = origin.gather(&kept, &plant, &spec, &finished, &mut tell).await;
    let name = arguments.file.file_name().map_or_else(told, |name| name.to_string_lossy().into_owned());
    let made = gathered.and_then(|material| train::from_network(file, &name, &tags, &spec, material, now, &mut tell));
    bar.finish_and_clear();
    finished.forget();
    let mut model = made.map_err(|error| Failure::Usage(anyhow!("{}: {}", told(), error.in_words())))?;
    model.life.created_by = Some(COMMAND_LINE.to_owned());
    let known = kept.list_models().await.map_err(anyhow::Error::from)?;
    match known.into_iter().find(|one| one.detector == model.detector && one.version == model.version) {
        Some(same) => println!("{} is here already, {}", same.version, same.state.word()),
        None => kept.install_model(&model).await.map_err(anyhow::Error::from)?,
    }
    storage.close().await.map_err(anyhow::Error::from)?;
    tell_of(&model, spec.sample_period)
}

fn read(arguments: &Arguments) -> anyhow::Result<Vec<u8>> {
    let file = File::open(&arguments.file).context("cannot be opened")?;
    let mut bytes = Vec::new();
    let read = file.take(LARGEST + 1).read_to_end(&mut bytes).context("cannot be read")?;
    anyhow::ensure!(read as u64 <= LARGEST, "has more than {LARGEST} bytes, which no network for a plant has");
    Ok(bytes)
}

/// What its columns are: as said, else as the file tells.
fn columns(file: &[u8], said: &[String]) -> anyhow::Result<Vec<TagId>> {
    let told = tags_of_network(file)?;
    let names = match (said, told) {
        ([], Some(told)) if !told.is_empty() => told,
        ([], _) => anyhow::bail!("does not tell its columns; say them in their order with --tags"),
        (said, Some(told)) if !told.is_empty() && !told.iter().eq(said.iter().map(|tag| tag.trim())) => {
            anyhow::bail!("tells its columns itself, and they are not those of --tags: {}", told.join(", "))
        }
        (said, _) => said.iter().map(|tag| tag.trim().to_owned()).collect(),
    };
    Ok(names.iter().map(|name| TagId::from(name.as_str())).collect())
}

/// The detector is to watch the tags of the network, by name.
fn watch(spec: &mut DetectorSpec, plant: &Plant, tags: &[TagId]) -> anyhow::Result<()> {
    let index =
        |tag: &TagId| plant.tag_index(tag).ok_or_else(|| anyhow!("needs tag {tag}, which the plant does not have"));
    spec.tags = tags.iter().map(index).collect::<anyhow::Result<_>>()?;
    Ok(())
}
