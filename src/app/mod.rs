//! Introduces everybody to everybody; nothing else does.

mod accounts;
mod serve;

pub use accounts::StoredAccounts;
pub use serve::serve;

use std::path::Path;
use std::sync::Arc;

use anyhow::Context;

use crate::config::{self, Config, SecurityConfig};
use crate::domain::Plant;
use crate::security::{Gate, SessionKey};
use crate::storage::Storage;
use crate::telemetry::Clock;

/// The plant as configured.
///
/// # Errors
/// When the plant file cannot be used; the error names file, key and problem.
pub fn plant(config: &Config) -> anyhow::Result<Arc<Plant>> {
    Ok(Arc::new(config::plant::load(config.plant.file.as_deref())?))
}

/// Opens the storage, and tells what to do when it does not open.
///
/// # Errors
/// When the directory or the database cannot be used.
pub async fn storage(config: &Config, plant: &Arc<Plant>) -> anyhow::Result<Storage> {
    let open = Storage::open(&config.storage, Arc::clone(plant)).await;
    open.with_context(|| format!("cannot keep anything in {}", config.storage.data_dir.display()))
}

/// The gate of people, with its key from the data directory.
///
/// # Errors
/// When the key cannot be read or made.
pub fn gate(storage: Storage, data_dir: &Path, security: &SecurityConfig, clock: Clock) -> anyhow::Result<Gate> {
    let key = SessionKey::open(data_dir)?;
    Ok(Gate::new(Arc::new(StoredAccounts(storage)), key, clock, security))
}
