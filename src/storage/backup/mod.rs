//! `tep backup` and `tep restore`: everything in one archive that either database can be restored from.
//!
//! `FILE.tar.gz` holds one JSON-lines file a table, the sealed history as it is, and last a manifest with the SHA-256 of
//! every file. A backup runs beside a working server: the tables are read in one transaction, at one moment, and the
//! history after it, so that an hour sealed in between is there twice rather than never. It needs no database tools, and a
//! plant that began on SQLite moves to PostgreSQL by it.
//!
//! This code runs in a process of its own, from the command line; that is why it may wait for files.

mod archive;
mod restore;
mod tables;

use std::path::Path;

use sea_orm_migration::MigratorTrait;
use serde::{Deserialize, Serialize};

pub(super) use restore::finish_restore;
pub use restore::{Overwrite, restore};

use self::archive::ArchiveWriter;
use super::connect::{Connections, sqlite_file};
use super::error::{Result, StorageError};
use super::lock::DataLock;
use crate::config::StorageConfig;
use crate::domain::WallTime;

const WHAT: &str = "make a backup";

/// The newest form of archive that this build writes and reads.
const FORMAT: u32 = 1;

/// What an archive says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Form of the archive.
    pub format: u32,
    /// Which version of the product wrote it.
    pub version: String,
    /// When, microseconds since 1970.
    pub at: WallTime,
    /// Which database it was taken from, without its password.
    pub database: String,
    /// The steps that its tables had taken.
    pub migrations: Vec<String>,
    /// Every other file in it.
    pub files: Vec<ManifestFile>,
}

/// A file of an archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestFile {
    /// Its path in the archive.
    pub path: String,
    /// Its length in bytes.
    pub bytes: u64,
    /// Its SHA-256, in hexadecimal.
    pub sha256: String,
}

/// Writes everything into an archive. The file appears under its name when it is whole, and then on the disk.
///
/// # Errors
/// When there is nothing to back up, the file exists already, or something cannot be read or written; no file is left.
pub async fn backup(config: &StorageConfig, to: &Path, at: WallTime) -> Result<Manifest> {
    if to.exists() {
        return Err(StorageError::conflict(WHAT, to.display(), "the file exists already"));
    }
    let database = sqlite_file(config);
    if config.database_url.is_none() && !database.is_file() {
        return Err(StorageError::not_found(WHAT, database.display(), "there is no database yet"));
    }
    let _lock = DataLock::shared(&config.data_dir)?;
    let db = Connections::open(config).await?;
    check_steps(&db).await?;
    let mut archive = ArchiveWriter::create(to)?;
    let written = write(&db, &config.history_dir(), &mut archive, at).await;
    let closed = db.clone().close().await.map_err(|e| StorageError::database(WHAT, &db.place, e));
    let manifest = written.and_then(|manifest| closed.map(|()| manifest))?;
    archive.finish(&manifest)?;
    Ok(manifest)
}

async fn write(db: &Connections, history: &Path, archive: &mut ArchiveWriter, at: WallTime) -> Result<Manifest> {
    let snapshot = db.snapshot().await.map_err(|e| StorageError::database(WHAT, &db.place, e))?;
    for table in tables::TABLES {
        let file = archive.scratch(table.name);
        tables::dump(&snapshot, table, &file, &db.place).await?;
        archive.add(&format!("database/{}.jsonl", table.name), &file)?;
    }
    drop(snapshot);
    archive.add_history(history)?;
    Ok(Manifest {
        format: FORMAT,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        at,
        database: db.place.clone(),
        migrations: migrations::names(),
        files: archive.files().to_vec(),
    })
}

/// The tables must be those that this build knows, or columns would be left behind unseen.
async fn check_steps(db: &Connections) -> Result<()> {
    let applied = migrations::Migrator::get_applied_migrations(&db.read)
        .await
        .map_err(|e| StorageError::database(WHAT, &db.place, e))?;
    let applied: Vec<String> = applied.iter().map(|step| step.name().to_owned()).collect();
    if applied != migrations::names() {
        let problem = "its tables are of another version; run `tep migrate` with this version first";
        return Err(StorageError::conflict(WHAT, &db.place, problem));
    }
    Ok(())
}
