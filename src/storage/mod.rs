//! Databases and files behind one door.
//!
//! Recent scans, alarms, people and models live in a database (SQLite in the data directory, or PostgreSQL by URL); every
//! complete hour of scans is sealed into Parquet files that any tool can read. Who asks for a trend does not see the seam.
//!
//! [`Storage`] is what everybody shares; [`PlantStorage`] is one plant's part of it, for reading; and only [`OwnedPlant`],
//! which holds a claim on the plant, can write: every one of its writes proves the claim in its own transaction.
//!
//! No type of the ORM leaves this folder. Errors tell what a caller can do: see [`StorageError`].

mod alarms;
mod audit;
pub mod backup;
mod checkpoints;
mod columns;
mod connect;
mod cores;
mod documents;
#[rustfmt::skip]
mod entities;
mod error;
mod explanations;
mod history;
mod home;
mod idempotency;
mod incidents;
mod journal;
mod journal_span;
mod lease;
mod llm_calls;
mod lock;
mod models;
mod notifications;
mod people;
mod plant;
mod preview;
mod register;
mod retention;
mod samples;
mod scans;
mod sessions;
mod settings;
mod spool;
mod training_jobs;
mod trend;
mod users;

use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};
use sea_orm::{DatabaseTransaction, DbErr};

pub use alarms::LastTransition;
pub use audit::{AuditCursor, AuditEntry, AuditFilter};
pub use checkpoints::Checkpoint;
pub use documents::{DocumentCard, StoredDocument};
pub use error::{Cause, Result, StorageError};
pub use explanations::{ExplanationVerdict, Judgement, StoredEvidence, StoredExplanation, StoredTurn};
pub use history::SealedHour;
pub use home::ServeLock;
pub use idempotency::{IdempotencyRecord, Remembered};
pub use journal::{JournalCursor, JournalFilter, JournalRecord, JournalRow};
pub use lease::{Claim, Claimed, Holder, LeaseState, OwnedPlant};
pub use llm_calls::LlmCall;
pub use models::{Decision, Model, ModelLife, artefact_hash};
pub use notifications::{
    ChannelCondition, Notification, NotificationCursor, NotificationFilter, NotificationState, NotificationStep,
};
pub use plant::PlantStorage;
pub use preview::Preview;
pub use retention::RetentionReport;
pub use samples::{SamplePage, SampledRow};
pub use scans::ScanBatch;
pub use sessions::Session;
pub use spool::{Inherited, SetAside, Spool};
pub use trend::{TrendPoint, TrendQuery, TrendResult, TrendSeries};
pub use users::User;

use self::connect::Connections;
use self::home::Home;
use self::lock::DataLock;
use crate::config::StorageConfig;
use crate::domain::NodeName;

/// What all plants share: the connections, people, sessions, settings and the audit. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Storage(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    db: Connections,
    /// Below it, each plant's sealed history has a directory of its own.
    history_dir: PathBuf,
    home: Home,
    keep: Keep,
    /// Held as long as the storage is open, so that a restore cannot pull the files away underneath.
    _lock: DataLock,
}

/// For how long what is kept.
#[derive(Clone, Copy, Debug)]
struct Keep {
    history_days: u32,
    journal_days: u32,
}

impl Storage {
    /// Makes what is missing (directories, tables), brings old tables up to date, and opens everything.
    ///
    /// # Errors
    /// When the database cannot be reached or does not let us in, the directory cannot be made, or a restore is running.
    pub async fn open(config: &StorageConfig) -> Result<Self> {
        connect::private_dir(&config.data_dir)?;
        backup::finish_restore(config).await?;
        let lock = DataLock::shared(&config.data_dir)?;
        let home = Home::of(&config.data_dir)?;
        let history_dir = config.history_dir();
        connect::private_dir(&history_dir)?;
        let db = Connections::open(config).await?;
        db.migrate().await?;
        let keep = Keep { history_days: config.history_days, journal_days: config.journal_days };
        Ok(Self(Arc::new(Inner { db, history_dir, home, keep, _lock: lock })))
    }

    /// A node of this name in this data directory, as a claim names it.
    pub fn holder(&self, node: &NodeName) -> Holder {
        Holder { node: node.clone(), home: self.0.home.id }
    }

    /// Keeps every other server off this data directory until dropped.
    ///
    /// # Errors
    /// `Conflict` when one runs on it.
    pub fn lock_for_serving(&self) -> Result<ServeLock> {
        ServeLock::take(&self.0.home.dir)
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<()> {
        self.0.db.read.ping().await.map_err(self.failed("ask the database for a sign of life"))
    }

    /// How many connections to the database are at work now; 0 when nothing is being read or written.
    pub fn connections_busy(&self) -> u32 {
        self.0.db.busy()
    }

    /// Which database this is, for people; never with a password.
    pub fn describe(&self) -> String {
        self.0.db.place.clone()
    }

    /// Space left for history (and for the embedded database, which lies beside it by default), MiB.
    ///
    /// # Errors
    /// When the directory has gone.
    pub async fn free_mib(&self) -> Result<u64> {
        history::free_mib(&self.0.history_dir)
    }

    /// Closes the connections in good order; every clone is closed with it.
    ///
    /// # Errors
    /// When the database reports a problem on the way out.
    pub async fn close(&self) -> Result<()> {
        self.0.db.clone().close().await.map_err(self.failed("close the database"))
    }

    fn home_dir(&self) -> &Path {
        &self.0.home.dir
    }

    fn keep(&self) -> Keep {
        self.0.keep
    }

    /// Turns the database's error into ours: `.map_err(self.failed("write scans"))`.
    fn failed(&self, what: &'static str) -> impl Fn(DbErr) -> StorageError + '_ {
        move |error| StorageError::database(what, &self.0.db.place, error)
    }

    /// For a row that cannot be what was written.
    fn corrupt(&self, what: &'static str, problem: impl std::fmt::Display) -> StorageError {
        StorageError::corrupt(what, &self.0.db.place, problem)
    }

    async fn begin(&self, what: &'static str) -> Result<DatabaseTransaction> {
        self.0.db.begin().await.map_err(self.failed(what))
    }

    async fn commit(&self, what: &'static str, tx: DatabaseTransaction) -> Result<()> {
        tx.commit().await.map_err(self.failed(what))
    }
}

/// Tries work that may be done twice a few times more while the reason is a passing one.
async fn patiently<T, F, Fut>(work: F) -> Result<T>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T>>,
{
    let patience = ExponentialBuilder::default().with_min_delay(Duration::from_millis(50)).with_max_times(3);
    work.retry(patience).when(StorageError::is_transient).await
}

/// PostgreSQL keeps no NUL in a text; both databases answer the same, so it is replaced for both.
fn storable(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

fn storable_option(text: Option<&String>) -> Option<String> {
    text.map(|text| storable(text))
}
