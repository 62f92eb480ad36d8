//! Introduces everybody to everybody; nothing else does.

mod accounts;
mod cluster;
mod knowledge;
mod models;
mod notifications;
mod serve;
mod shelves;

pub use accounts::StoredAccounts;
pub use knowledge::{library, library_in_memory};
pub use models::{StoredLedger, broker};
pub use notifications::open as notifications;
pub use serve::serve;
pub use shelves::shelves;

use std::sync::Arc;

use anyhow::Context;
use uuid::Uuid;

use crate::config::{self, Config, SourceConfig};
use crate::domain::{NodeName, Plant};
use crate::security::{Gate, SessionKey};
use crate::storage::Storage;
use crate::telemetry::Clock;

/// The setting that holds what the key of a cluster's sessions is made from, beside the cookie.
const SESSION_KEY_SALT: &str = "session_key_salt";

/// The plants as configured, each with its source, in the order of their ids.
///
/// # Errors
/// When a plant file cannot be used; the error names file, key and problem.
pub fn plants(config: &Config) -> anyhow::Result<Vec<(Arc<Plant>, SourceConfig)>> {
    let plants = config::plant::configured(&config.plants)?;
    let told = config.notifications.alarms();
    let with_alarms = |(mut plant, source): (Plant, SourceConfig)| {
        let matrix = &plant.register.matrix;
        plant.alarms.extend(told.iter().cloned().map(|alarm| Arc::new(config::plant::under(matrix, alarm))));
        (Arc::new(plant), source)
    };
    Ok(plants.into_iter().map(with_alarms).collect())
}

/// The one plant that a command is about: the one that is named, or the only one there is.
///
/// # Errors
/// When no such plant is configured, or none is named and there are several; the error names them.
pub fn one_plant(config: &Config, named: Option<&str>) -> anyhow::Result<(Arc<Plant>, SourceConfig)> {
    let mut plants = plants(config)?;
    let known = plants.iter().map(|(plant, _)| plant.id.to_string()).collect::<Vec<_>>().join(", ");
    match named {
        Some(id) => plants.retain(|(plant, _)| plant.id.as_str() == id),
        None => anyhow::ensure!(plants.len() == 1, "--plant: several plants are configured, name one of {known}"),
    }
    plants.pop().with_context(|| format!("--plant {}: there is no such plant, only {known}", named.unwrap_or_default()))
}

/// What this node is called: as configured, or else as the machine is.
pub fn node_name(config: &Config) -> NodeName {
    let machine = || std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let named = config.cluster.node.clone().or_else(machine).map(|name| name.trim().to_owned());
    named.filter(|name| !name.is_empty()).unwrap_or_else(|| "tep".to_owned()).into()
}

/// Opens the storage, and tells what to do when it does not open.
///
/// # Errors
/// When the directory or the database cannot be used.
pub async fn storage(config: &Config) -> anyhow::Result<Storage> {
    let open = Storage::open(&config.storage).await;
    open.with_context(|| format!("cannot keep anything in {}", config.storage.data_dir.display()))
}

/// The gate of people, with its key: from the data directory, or in a cluster the one that all nodes share.
///
/// # Errors
/// When the key cannot be read or made.
pub async fn gate(storage: Storage, config: &Config, clock: Clock) -> anyhow::Result<Gate> {
    let cookie = if config.cluster.enabled { config.cluster.read_cookie()? } else { None };
    let key = match cookie {
        Some(cookie) => {
            // Who reads the database alone cannot sign anything: it holds the salt, and the cookie is the secret.
            let salt = storage.setting_or_insert(SESSION_KEY_SALT, &Uuid::now_v7().to_string()).await?;
            SessionKey::derived(cookie.expose(), &salt)
        }
        None => SessionKey::open(&config.storage.data_dir)?,
    };
    Ok(Gate::new(Arc::new(StoredAccounts(storage)), key, clock, &config.security))
}
