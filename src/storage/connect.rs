//! One way in to either database. What differs between the two is in this file.

use std::fs::File;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use sea_orm::{
    AccessMode, ConnectOptions, ConnectionTrait, Database, DatabaseBackend, DatabaseConnection, DatabaseTransaction,
    DbErr, IsolationLevel, SqliteTransactionMode, TransactionOptions, TransactionTrait,
};
use sea_orm_migration::MigratorTrait;
use url::Url;

use super::error::{Result, StorageError};
use crate::config::StorageConfig;

/// A claim that cannot be asked for within this time is tried again soon enough.
const LEASE_PATIENCE: Duration = Duration::from_secs(2);

/// So many rows the thread of an SQLite connection reads ahead of whoever takes them.
const ROWS_HANDED_OVER: usize = 500;

/// A node that freezes in the middle of a write would keep its plants from everybody else; the server then ends the write.
const IDLE_IN_TRANSACTION_MS: &str = "2000";

/// Any number will do that nobody else takes in the same database.
const MIGRATION_LOCK: &str = "SELECT pg_advisory_xact_lock(7402636117)";

/// Held while the tables change.
enum Turn {
    File { _held: File },
    Transaction(DatabaseTransaction),
}

/// Connections to one database.
#[derive(Clone, Debug)]
pub(super) struct Connections {
    /// For questions.
    pub read: DatabaseConnection,
    /// For changes. SQLite has one writer at a time, so this process queues its own instead of colliding.
    pub write: DatabaseConnection,
    /// For claims, which must not wait behind a crowd of writes.
    pub lease: DatabaseConnection,
    /// How to call it in messages; never with a password.
    pub place: String,
    /// SQLite's file.
    file: Option<PathBuf>,
}

impl Connections {
    pub async fn open(config: &StorageConfig) -> Result<Self> {
        match &config.database_url {
            None => open_sqlite(&sqlite_file(config), config.patience()).await,
            Some(url) => open_postgres(url.expose(), config.patience()).await,
        }
    }

    /// Brings the tables to what this build knows. Of several processes that start at once, one does it and the others
    /// wait for it.
    pub async fn migrate(&self) -> Result<()> {
        let failed = |e| StorageError::database("migrate the database", &self.place, e);
        let turn = self.take_turn().await?;
        migrations::Migrator::up(&self.write, None).await.map_err(failed)?;
        match turn {
            Turn::Transaction(tx) => tx.commit().await.map_err(failed),
            Turn::File { .. } => Ok(()),
        }
    }

    async fn take_turn(&self) -> Result<Turn> {
        const WHAT: &str = "wait for its turn to migrate the database";
        if let Some(file) = self.file.clone() {
            let lock = tokio::task::spawn_blocking(move || {
                let path = file.with_extension("migrating");
                let open = File::options().create(true).truncate(false).write(true).open(&path);
                open.and_then(|file| file.lock().map(|()| file)).map_err(|e| StorageError::io(WHAT, &path, e))
            });
            return lock
                .await
                .map_err(|e| StorageError::refused(WHAT, &self.place, e))?
                .map(|held| Turn::File { _held: held });
        }
        // The lock lasts as long as its transaction, on a connection that the migration does not use.
        let failed = |e| StorageError::database(WHAT, &self.place, e);
        let tx = self.write.begin().await.map_err(failed)?;
        self.may_idle(&tx).await.map_err(failed)?;
        tx.execute_unprepared(MIGRATION_LOCK).await.map_err(failed)?;
        Ok(Turn::Transaction(tx))
    }

    /// A transaction for changes: takes SQLite's write lock at once, so that it never fails half-way for want of it.
    pub async fn begin(&self) -> std::result::Result<DatabaseTransaction, DbErr> {
        let options = match self.write.get_database_backend() {
            DatabaseBackend::Sqlite => TransactionOptions {
                sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
                ..TransactionOptions::default()
            },
            _ => TransactionOptions::default(),
        };
        self.write.begin_with_options(options).await
    }

    /// A transaction for claims. In SQLite it is one of the writer's own.
    pub async fn begin_on_lease(&self) -> std::result::Result<DatabaseTransaction, DbErr> {
        match self.lease.get_database_backend() {
            DatabaseBackend::Sqlite => self.begin().await,
            _ => self.lease.begin().await,
        }
    }

    /// A transaction that sees one moment of the whole database, however long it reads.
    pub async fn snapshot(&self) -> std::result::Result<DatabaseTransaction, DbErr> {
        let options = match self.read.get_database_backend() {
            DatabaseBackend::Sqlite => TransactionOptions::default(),
            _ => TransactionOptions {
                isolation_level: Some(IsolationLevel::RepeatableRead),
                access_mode: Some(AccessMode::ReadOnly),
                ..TransactionOptions::default()
            },
        };
        let tx = self.read.begin_with_options(options).await?;
        self.may_idle(&tx).await?;
        Ok(tx)
    }

    /// PostgreSQL ends a transaction in which nothing happens for a while; this one may take its time.
    async fn may_idle(&self, tx: &DatabaseTransaction) -> std::result::Result<(), DbErr> {
        if tx.get_database_backend() != DatabaseBackend::Sqlite {
            tx.execute_unprepared("SET LOCAL idle_in_transaction_session_timeout = 0").await?;
        }
        Ok(())
    }

    /// How many connections are at work now. One that has just been given back counts until it has come to rest.
    pub fn busy(&self) -> u32 {
        let (size, idle) = match self.write.get_database_backend() {
            DatabaseBackend::Sqlite => {
                let pools = [&self.write, &self.read].map(DatabaseConnection::get_sqlite_connection_pool);
                (pools.iter().map(|pool| pool.size()).sum(), pools.iter().map(|pool| pool.num_idle()).sum())
            }
            _ => {
                let pool = self.write.get_postgres_connection_pool();
                (pool.size(), pool.num_idle())
            }
        };
        size.saturating_sub(u32::try_from(idle).unwrap_or(u32::MAX))
    }

    pub async fn close(self) -> std::result::Result<(), DbErr> {
        self.lease.close().await?;
        self.read.close().await?;
        self.write.close().await
    }
}

/// The embedded database's file.
pub(super) fn sqlite_file(config: &StorageConfig) -> PathBuf {
    config.data_dir.join("tep.sqlite")
}

/// Makes a directory that only its owner may enter; one that exists keeps the rights that somebody gave it.
pub(super) fn private_dir(dir: &Path) -> Result<()> {
    if dir.is_dir() {
        return Ok(());
    }
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .map_err(|e| StorageError::io("make a directory", dir, e))
}

pub(super) async fn open_sqlite(file: &Path, patience: Duration) -> Result<Connections> {
    let place = format!("SQLite {}", file.display());
    let text = file
        .to_str()
        .ok_or_else(|| StorageError::refused("open the database", &place, "storage.data_dir is not a name in UTF-8"))?;
    // A `?` or `%` in a directory's name would end the path of an URL, so the name is set as an option below.
    let options = |connections: u32| {
        let path = text.to_owned();
        let mut options = ConnectOptions::new("sqlite::memory:");
        options
            .max_connections(connections)
            .min_connections(1)
            .acquire_timeout(patience)
            .sqlx_logging(false)
            .map_sqlx_sqlite_opts(move |sqlite| {
                sqlite
                    .in_memory(false)
                    .shared_cache(false)
                    .filename(&path)
                    .create_if_missing(true)
                    .foreign_keys(true)
                    .busy_timeout(patience)
                    // Of a hundred thousand rows, each handed over by itself costs two changes of threads.
                    .row_buffer_size(ROWS_HANDED_OVER)
                    .pragma("journal_mode", "WAL")
                    // An acknowledgement that was answered must survive a power cut, so every commit reaches the disk.
                    .pragma("synchronous", "FULL")
            });
        options
    };
    let open = |e| StorageError::database("open the database", &place, e);
    let write = Database::connect(options(1)).await.map_err(open)?;
    let read = Database::connect(options(4)).await.map_err(open)?;
    // The file holds password hashes; the -wal and -shm files take its rights.
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600))
        .map_err(|e| StorageError::io("protect the database", file, e))?;
    Ok(Connections { read, lease: write.clone(), write, place, file: Some(file.to_owned()) })
}

async fn open_postgres(url: &str, patience: Duration) -> Result<Connections> {
    let place = postgres_place(url)?;
    let connect = async |connections: u32, patience: Duration| {
        let mut options = ConnectOptions::new(url);
        options
            .max_connections(connections)
            .acquire_timeout(patience)
            .connect_timeout(patience)
            .sqlx_logging(false)
            .set_application_name("tep")
            .map_sqlx_postgres_opts(|options| {
                options.options([("idle_in_transaction_session_timeout", IDLE_IN_TRANSACTION_MS)])
            });
        Database::connect(options).await.map_err(|e| StorageError::database("open the database", &place, e))
    };
    let pool = connect(8, patience).await?;
    let lease = connect(2, LEASE_PATIENCE).await?;
    Ok(Connections { read: pool.clone(), write: pool, lease, place, file: None })
}

/// `PostgreSQL host/name`, or why the URL cannot be one.
fn postgres_place(url: &str) -> Result<String> {
    // Neither the URL nor what the parser makes of it is shown: it may hold a password.
    let refused = |why: &'static str| StorageError::refused("open the database", "storage.database_url", why);
    let parsed = Url::parse(url).map_err(|_| refused("it is not an URL"))?;
    if !matches!(parsed.scheme(), "postgres" | "postgresql") {
        return Err(refused("only postgres:// is known; leave it out for SQLite in storage.data_dir"));
    }
    let port = parsed.port().map(|port| format!(":{port}")).unwrap_or_default();
    Ok(format!("PostgreSQL {}{port}{}", parsed.host_str().unwrap_or("localhost"), parsed.path()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_named_without_its_password() {
        let place = postgres_place("postgres://tep:s3cret@db.plant:5433/tep").unwrap();
        assert_eq!(place, "PostgreSQL db.plant:5433/tep");
    }

    #[test]
    fn an_url_of_another_kind_is_refused_without_showing_it() {
        for url in ["mysql://u:s3cret@h/d", "not an url s3cret"] {
            let error = postgres_place(url).unwrap_err();
            assert!(matches!(error, StorageError::Refused { .. }));
            assert!(!format!("{error} {error:?}").contains("s3cret"));
        }
    }
}
