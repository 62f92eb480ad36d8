//! `tep models`: what detectors have learned, here and in another registry.

use std::sync::Arc;

use anyhow::{Context, anyhow};
use clap::Subcommand;

use super::{Failure, fetch_encoder, import};
use crate::actors::train;
use crate::app;
use crate::config::Config;
use crate::domain::{DetectorSpec, Plant};
use crate::registry::{Registry, Wanted};
use crate::storage::{Model, PlantStorage};

/// Who does it here, as the list of models shows it.
pub(super) const COMMAND_LINE: &str = "the command line";

/// What to do with models.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the models of the plant, and with --registry those of the registry
    List(Which),
    /// Publish a model to the registry: a run with parameters, metrics and the artefact, and a registered version
    Publish(Publish),
    /// Fetch a version from the registry; it comes in staged, for a person to promote
    Pull(Pull),
    /// Take in a network that was trained elsewhere, as an ONNX file; it comes in staged, for a person to promote
    Import(import::Arguments),
    /// Bring the sentence encoder, which finds by meaning, into the data directory
    Fetch(fetch_encoder::Arguments),
}

/// Of which plant and detector.
#[derive(Debug, clap::Args)]
pub struct Which {
    /// The plant, when several are configured
    #[arg(long, value_name = "ID")]
    plant: Option<String>,
    /// The detector, as the plant file names it; the only one, when there is one
    #[arg(long, value_name = "ID")]
    detector: Option<String>,
    /// Ask the registry
    #[arg(long)]
    registry: bool,
}

/// Which model to publish.
#[derive(Debug, clap::Args)]
pub struct Publish {
    /// The plant, when several are configured
    #[arg(long, value_name = "ID")]
    plant: Option<String>,
    /// The detector, as the plant file names it; the only one, when there is one
    #[arg(long, value_name = "ID")]
    detector: Option<String>,
    /// Its version, as the list shows it; without it, the one in use
    #[arg(value_name = "VERSION")]
    version: Option<String>,
}

/// Which version to fetch.
#[derive(Debug, clap::Args)]
pub struct Pull {
    /// The plant, when several are configured
    #[arg(long, value_name = "ID")]
    plant: Option<String>,
    /// The detector, as the plant file names it; the only one, when there is one
    #[arg(long, value_name = "ID")]
    detector: Option<String>,
    /// The alias that marks what has been approved there
    #[arg(long, default_value = "approved", value_name = "ALIAS", conflicts_with = "number")]
    alias: String,
    /// The number of the version instead
    #[arg(long, value_name = "N")]
    number: Option<u64>,
}

/// Does it.
///
/// # Errors
/// An unknown plant, detector or version is a usage error, and so is a registry that is not configured.
pub async fn run(config: &Config, command: &Command) -> Result<(), Failure> {
    let (named, detector) = match command {
        Command::List(which) => (&which.plant, &which.detector),
        Command::Publish(publish) => (&publish.plant, &publish.detector),
        Command::Pull(pull) => (&pull.plant, &pull.detector),
        Command::Import(arguments) => return import::run(config, arguments).await,
        Command::Fetch(fetch) => return fetch_encoder::run(config, fetch).await,
    };
    let (plant, _) = app::one_plant(config, named.as_deref()).map_err(Failure::Usage)?;
    let spec = chosen(&plant, detector.as_deref())?;
    let registry = match command {
        Command::List(Which { registry: false, .. }) => None,
        _ => Some(registry(config)?),
    };
    let storage = app::storage(config).await?;
    let kept = storage.for_plant(Arc::clone(&plant)).map_err(anyhow::Error::from)?;
    let done = match (command, registry) {
        (Command::Publish(wanted), Some(registry)) => publish(&kept, &plant, &spec, &registry, wanted).await,
        (Command::Pull(wanted), Some(registry)) => pull(&kept, &plant, &spec, &registry, wanted).await,
        (_, registry) => list(&kept, &plant, &spec, registry.as_ref()).await,
    };
    storage.close().await.map_err(anyhow::Error::from)?;
    done
}

fn registry(config: &Config) -> Result<Registry, Failure> {
    let open = Registry::open(&config.registry).map_err(|e| Failure::Usage(e.into()))?;
    open.ok_or_else(|| Failure::Usage(anyhow!("no registry is configured: set `registry.url`")))
}

/// The detector that is meant.
///
/// # Errors
/// When there is none of that name, or several and none was named.
pub(super) fn chosen(plant: &Plant, detector: Option<&str>) -> Result<DetectorSpec, Failure> {
    let known = || plant.detectors.iter().map(|spec| spec.id.as_str()).collect::<Vec<_>>().join(", ");
    match (detector, plant.detectors.as_slice()) {
        (None, [only]) => Ok(only.clone()),
        (None, _) => Err(Failure::Usage(anyhow!("which detector? Say --detector with one of {}", known()))),
        (Some(wanted), all) => all
            .iter()
            .find(|spec| spec.id.as_str() == wanted)
            .cloned()
            .ok_or_else(|| Failure::Usage(anyhow!("--detector {wanted}: there is none; known are {}", known()))),
    }
}

async fn list(
    storage: &PlantStorage,
    plant: &Plant,
    spec: &DetectorSpec,
    registry: Option<&Registry>,
) -> Result<(), Failure> {
    let models = storage.list_models().await.map_err(anyhow::Error::from)?;
    println!("{:<9} {:<22} {:<20} {:>7}  {:<18} trained on", "state", "version", "trained", "FAR %", "by");
    for model in models.iter().filter(|model| model.detector == spec.id) {
        println!("{}", line(model));
    }
    let Some(registry) = registry else { return Ok(()) };
    let name = registry.name_of(plant.id.as_str(), spec.id.as_str());
    let versions = registry.list(&name).await.map_err(anyhow::Error::from)?;
    println!("\n{name}: {} versions", versions.len());
    for version in versions {
        let aliases =
            if version.aliases.is_empty() { String::new() } else { format!("  @{}", version.aliases.join(" @")) };
        println!("  {:>4}  {}{aliases}", version.number, version.version.as_deref().unwrap_or("not from TEP"));
    }
    Ok(())
}

fn line(model: &Model) -> String {
    let rate = model.measured_false_alarm_rate.map_or("–".to_owned(), |rate| format!("{:.2}", rate * 100.0));
    let by = model.life.created_by.as_deref().unwrap_or("–");
    let trained = model.trained_at.to_datetime().format("%Y-%m-%d %H:%M:%S");
    format!("{:<9} {:<22} {trained:<20} {rate:>7}  {by:<18} {}", model.state.word(), model.version, model.source)
}

async fn publish(
    storage: &PlantStorage,
    plant: &Plant,
    spec: &DetectorSpec,
    registry: &Registry,
    wanted: &Publish,
) -> Result<(), Failure> {
    let models = storage.list_models().await.map_err(anyhow::Error::from)?;
    let found = models.iter().filter(|model| model.detector == spec.id).find(|model| match &wanted.version {
        Some(version) => model.version == *version,
        None => model.state == crate::domain::ModelState::Active,
    });
    let found = found.ok_or_else(|| match &wanted.version {
        Some(version) => Failure::Usage(anyhow!("{} has no model {version}; see `tep models list`", spec.id)),
        None => Failure::Usage(anyhow!("{} has no model in use", spec.id)),
    })?;
    let model = storage.model(found.id).await.map_err(anyhow::Error::from)?.context("the model is gone")?;
    let name = registry.name_of(plant.id.as_str(), spec.id.as_str());
    let listed = registry
        .publish(&name, &train::card(&model).map_err(anyhow::Error::from)?)
        .await
        .map_err(anyhow::Error::from)?;
    storage.mark_published(model.id, &listed.place()).await.map_err(anyhow::Error::from)?;
    println!("{} is {}", model.version, listed.place());
    Ok(())
}

async fn pull(
    storage: &PlantStorage,
    plant: &Plant,
    spec: &DetectorSpec,
    registry: &Registry,
    wanted: &Pull,
) -> Result<(), Failure> {
    let which = match wanted.number {
        Some(number) => Wanted::Number(number.to_string()),
        None => Wanted::Alias(wanted.alias.clone()),
    };
    let name = registry.name_of(plant.id.as_str(), spec.id.as_str());
    let fetched = registry.fetch(&name, &which).await.map_err(anyhow::Error::from)?;
    let model = train::from_fetched(&fetched, plant, spec, COMMAND_LINE).map_err(anyhow::Error::from)?;
    let models = storage.list_models().await.map_err(anyhow::Error::from)?;
    if let Some(same) = models.iter().find(|one| one.detector == model.detector && one.version == model.version) {
        println!("{} is here already, {}", same.version, same.state.word());
        return Ok(());
    }
    storage.install_model(&model).await.map_err(anyhow::Error::from)?;
    println!("{} from {} is staged: promote it on the page Detectors", model.version, fetched.listed.place());
    Ok(())
}
