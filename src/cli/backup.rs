//! `tep backup` and `tep restore`.

use std::path::PathBuf;

use anyhow::anyhow;

use super::Failure;
use crate::config::Config;
use crate::storage::backup as storage;
use crate::telemetry::Clock;

/// Where to write.
#[derive(Debug, clap::Args)]
pub struct BackupArguments {
    /// The file to write, for example tep-2026-11-23.tar.gz; it must not exist
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// What to put back.
#[derive(Debug, clap::Args)]
pub struct RestoreArguments {
    /// A file that `tep backup` has written
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Replace what is there; without it, restore refuses to overwrite
    #[arg(long)]
    replace: bool,
}

/// Writes the backup and says what is in it.
///
/// # Errors
/// When there is nothing to back up, the file exists already, or something cannot be read or written.
pub async fn backup(config: &Config, arguments: &BackupArguments) -> Result<(), Failure> {
    let now = Clock::system().now();
    let manifest = storage::backup(&config.storage, &arguments.file, now).await.map_err(anyhow::Error::from)?;
    let bytes: u64 = manifest.files.iter().map(|file| file.bytes).sum();
    let (count, mib) = (manifest.files.len(), bytes as f64 / f64::from(1 << 20));
    println!("{}: {count} files, {mib:.1} MiB before compression", arguments.file.display());
    Ok(())
}

/// Verifies the backup and puts it back.
///
/// # Errors
/// A file that is not there is a usage error; a damaged backup or a place that is not empty changes nothing.
pub async fn restore(config: &Config, arguments: &RestoreArguments) -> Result<(), Failure> {
    if !arguments.file.is_file() {
        return Err(Failure::Usage(anyhow!("{}: there is no such file", arguments.file.display())));
    }
    let overwrite = if arguments.replace { storage::Overwrite::Replace } else { storage::Overwrite::Refuse };
    let restored = storage::restore(&config.storage, &arguments.file, overwrite).await;
    let manifest = restored.map_err(anyhow::Error::from)?;
    println!("{} of {} is back, {} files", config.storage.data_dir.display(), manifest.at, manifest.files.len());
    Ok(())
}
