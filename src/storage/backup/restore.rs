//! Restores an archive: everything beside its place first, checked; then into its place, all or nothing.
//!
//! The moment at which it counts is one: for SQLite the appearance of the file `ready.json`, for PostgreSQL the commit of
//! the transaction that `ready.json` names. What a crash after it leaves undone, the next start does.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use sea_orm::sea_query::{Expr, Query};
use sea_orm::{ActiveValue::Set, ConnectionTrait, DatabaseTransaction, EntityTrait};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::tables::{self, TABLES};
use super::{Manifest, archive};
use crate::config::StorageConfig;
use crate::storage::connect::{Connections, open_sqlite, private_dir, sqlite_file};
use crate::storage::entities::setting;
use crate::storage::error::{Result, StorageError};
use crate::storage::history::{plant_names, sync_dir};
use crate::storage::lock::DataLock;
use crate::storage::spool;

const WHAT: &str = "restore a backup";

/// The setting by which PostgreSQL tells which restore it holds.
const RESTORED: &str = "storage.restored";

/// What to do with what is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overwrite {
    /// Refuse.
    Refuse,
    /// Replace it.
    Replace,
}

/// What is still to be done when everything is beside its place.
#[derive(Debug, Serialize, Deserialize)]
struct Ready {
    id: String,
    /// The history's plant directories after it; others go.
    plants: BTreeSet<String>,
}

/// Where things are put aside.
struct Aside {
    dir: PathBuf,
    /// In the history's own directory, which may be a disk of its own.
    history: PathBuf,
}

impl Aside {
    fn of(config: &StorageConfig) -> Self {
        Self { dir: config.data_dir.join(".restore"), history: config.history_dir().join(".restore") }
    }

    fn ready_file(&self) -> PathBuf {
        self.dir.join("ready.json")
    }

    fn sqlite_file(&self) -> PathBuf {
        self.dir.join("tep.sqlite")
    }

    fn clear(&self) -> Result<()> {
        remove_tree(&self.history)?;
        remove_tree(&self.dir)
    }
}

/// Restores an archive into the configured place. Nothing may run on it meanwhile.
///
/// # Errors
/// When something is there already (unless told to replace it), something runs on it, or the archive is damaged or of
/// another version: nothing has changed then.
pub async fn restore(config: &StorageConfig, from: &Path, overwrite: Overwrite) -> Result<Manifest> {
    private_dir(&config.data_dir)?;
    private_dir(&config.history_dir())?;
    let _lock = DataLock::exclusive(&config.data_dir)?;
    finish(config).await?;
    if overwrite == Overwrite::Refuse {
        refuse_what_is_there(config).await?;
    }
    let aside = Aside::of(config);
    aside.clear()?;
    let restored = restore_aside(config, from, &aside).await;
    if restored.is_err() && !aside.ready_file().exists() {
        aside.clear()?;
    } else if restored.is_err() {
        // The connection broke at the commit: only the database knows whether it happened.
        finish(config).await?;
    }
    let manifest = restored?;
    finish(config).await?;
    Ok(manifest)
}

/// Does what a restore that was interrupted left undone. Called before anything is opened.
pub(in crate::storage) async fn finish_restore(config: &StorageConfig) -> Result<()> {
    if !Aside::of(config).ready_file().exists() {
        return Ok(());
    }
    let _lock = DataLock::exclusive(&config.data_dir)?;
    finish(config).await
}

async fn restore_aside(config: &StorageConfig, from: &Path, aside: &Aside) -> Result<Manifest> {
    let unpacked = aside.dir.join("unpacked");
    private_dir(&unpacked)?;
    let manifest = archive::unpack(from, &unpacked)?;
    if manifest.migrations != migrations::names() {
        let problem = format!("it was made by version {}; restore it with that version, then update", manifest.version);
        return Err(StorageError::conflict(WHAT, from.display(), problem));
    }
    let history = unpacked.join("history");
    private_dir(&history)?;
    move_history(&history, &aside.history)?;
    let ready = Ready { id: Uuid::now_v7().to_string(), plants: plant_names(&aside.history)?.into_iter().collect() };
    match &config.database_url {
        None => {
            let db = open_sqlite(&aside.sqlite_file(), config.patience()).await?;
            let loaded = load(&db, &unpacked, &ready, || Ok(())).await;
            db.clone().close().await.map_err(|e| StorageError::database(WHAT, &db.place, e))?;
            loaded?;
            let file = aside.sqlite_file();
            File::open(&file).and_then(|file| file.sync_all()).map_err(|e| StorageError::io(WHAT, &file, e))?;
            write_ready(aside, &ready)?;
        }
        Some(_) => {
            let db = Connections::open(config).await?;
            // Written before the commit, it counts only when the database tells the same id.
            load(&db, &unpacked, &ready, || write_ready(aside, &ready)).await?;
            db.clone().close().await.map_err(|e| StorageError::database(WHAT, &db.place, e))?;
        }
    }
    Ok(manifest)
}

async fn load(
    db: &Connections,
    unpacked: &Path,
    ready: &Ready,
    before_commit: impl FnOnce() -> Result<()>,
) -> Result<()> {
    db.migrate().await?;
    let failed = |e| StorageError::database(WHAT, &db.place, e);
    let tx = db.begin().await.map_err(failed)?;
    for table in TABLES.iter().rev() {
        tx.execute(&Query::delete().from_table(table.name).take()).await.map_err(failed)?;
    }
    for table in TABLES {
        let file = unpacked.join("database").join(format!("{}.jsonl", table.name));
        tables::load(&tx, table, &file, &db.place).await?;
    }
    mark(&tx, ready).await.map_err(failed)?;
    before_commit()?;
    tx.commit().await.map_err(failed)
}

async fn mark(tx: &DatabaseTransaction, ready: &Ready) -> std::result::Result<(), sea_orm::DbErr> {
    setting::Entity::delete_by_id(RESTORED).exec(tx).await?;
    let row = setting::ActiveModel { name: Set(RESTORED.into()), setting_value: Set(ready.id.clone()) };
    setting::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

async fn refuse_what_is_there(config: &StorageConfig) -> Result<()> {
    let refuse = |place: String| {
        Err(StorageError::conflict(WHAT, place, "something is there already; say so explicitly to replace it"))
    };
    if !plant_names(&config.history_dir())?.is_empty() {
        return refuse(config.history_dir().display().to_string());
    }
    let file = sqlite_file(config);
    if config.database_url.is_none() && !file.exists() {
        return Ok(());
    }
    let db = Connections::open(config).await?;
    db.migrate().await?;
    let mut there = false;
    for table in TABLES {
        let any = Query::select().expr(Expr::val(1)).from(table.name).limit(1).take();
        there |= db.read.query_one(&any).await.map_err(|e| StorageError::database(WHAT, &db.place, e))?.is_some();
    }
    db.clone().close().await.map_err(|e| StorageError::database(WHAT, &db.place, e))?;
    if there { refuse(db.place) } else { Ok(()) }
}

fn write_ready(aside: &Aside, ready: &Ready) -> Result<()> {
    let (file, partial) = (aside.ready_file(), aside.dir.join("ready.partial"));
    let text = serde_json::to_vec(ready).expect("plain texts always serialise");
    let io = |e| StorageError::io(WHAT, &file, e);
    fs::write(&partial, text).map_err(io)?;
    File::open(&partial).and_then(|file| file.sync_all()).map_err(io)?;
    fs::rename(&partial, &file).map_err(io)?;
    sync_dir(&aside.dir)
}

/// Puts everything into its place; every step may be done twice.
async fn finish(config: &StorageConfig) -> Result<()> {
    let aside = Aside::of(config);
    let file = aside.ready_file();
    let text = match fs::read(&file) {
        Ok(text) => text,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(e) => return Err(StorageError::io(WHAT, &file, e)),
    };
    let ready: Ready = serde_json::from_slice(&text).map_err(|e| StorageError::corrupt(WHAT, file.display(), e))?;
    if config.database_url.is_some() {
        if !holds(config, &ready).await? {
            return aside.clear();
        }
    } else {
        move_sqlite(&aside.sqlite_file(), &sqlite_file(config))?;
    }
    set_spool_aside(config, &ready)?;
    let root = config.history_dir();
    for plant in plant_names(&root)?.into_iter().filter(|plant| !ready.plants.contains(plant)) {
        remove_tree(&root.join(plant))?;
    }
    move_history(&aside.history, &root)?;
    sync_dir(&root)?;
    aside.clear()
}

/// What waited for the database that was replaced goes on from another past; it is kept, and nobody inherits it.
fn set_spool_aside(config: &StorageConfig, ready: &Ready) -> Result<()> {
    let spool = config.data_dir.join(spool::DIRECTORY);
    let aside = config.data_dir.join(format!("{}.before-restore-{}", spool::DIRECTORY, ready.id));
    match fs::rename(&spool, &aside) {
        Ok(()) => sync_dir(&config.data_dir),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(e) => Err(StorageError::io(WHAT, &spool, e)),
    }
}

/// Whether PostgreSQL committed this restore.
async fn holds(config: &StorageConfig, ready: &Ready) -> Result<bool> {
    let db = Connections::open(config).await?;
    db.migrate().await?;
    let failed = |e| StorageError::database(WHAT, &db.place, e);
    let held = setting::Entity::find_by_id(RESTORED).one(&db.read).await.map_err(failed)?;
    db.clone().close().await.map_err(failed)?;
    Ok(held.is_some_and(|row| row.setting_value == ready.id))
}

fn move_sqlite(from: &Path, to: &Path) -> Result<()> {
    if !from.exists() {
        return Ok(());
    }
    // A log of the old database must not be applied to the new one.
    for end in ["-wal", "-shm"] {
        let mut name = to.as_os_str().to_owned();
        name.push(end);
        remove_file(Path::new(&name))?;
    }
    fs::rename(from, to).map_err(|e| StorageError::io(WHAT, to, e))?;
    sync_dir(to.parent().unwrap_or(Path::new(".")))
}

/// Moves the plants from one directory into another, replacing what is there under the same names.
fn move_history(from: &Path, to: &Path) -> Result<()> {
    private_dir(to)?;
    for plant in plant_names(from)? {
        let target = to.join(&plant);
        remove_tree(&target)?;
        move_tree(&from.join(&plant), &target)?;
    }
    Ok(())
}

/// Renames, or copies and removes when it goes to another disk.
fn move_tree(from: &Path, to: &Path) -> Result<()> {
    let io = |e| StorageError::io(WHAT, to, e);
    match fs::rename(from, to) {
        Err(e) if e.kind() == io::ErrorKind::CrossesDevices => {}
        done => return done.map_err(io),
    }
    if from.is_dir() {
        private_dir(to)?;
        for entry in fs::read_dir(from).map_err(io)? {
            let entry = entry.map_err(io)?;
            move_tree(&entry.path(), &to.join(entry.file_name()))?;
        }
        fs::remove_dir(from).map_err(io)?;
        return sync_dir(to);
    }
    fs::copy(from, to).map_err(io)?;
    File::open(to).and_then(|file| file.sync_all()).map_err(io)?;
    fs::remove_file(from).map_err(io)
}

fn remove_tree(path: &Path) -> Result<()> {
    match fs::remove_dir_all(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(StorageError::io(WHAT, path, e)),
        _ => Ok(()),
    }
}

fn remove_file(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(StorageError::io(WHAT, path, e)),
        _ => Ok(()),
    }
}
