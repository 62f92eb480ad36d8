//! Who owns a plant: one row a plant, with a term that grows whenever the plant changes hands.
//!
//! A claim is made for a time and renewed. Time is the database's alone, so a node whose clock is wrong neither takes a
//! plant too early nor keeps it too long. The term is the *fencing token*: every write of an owner looks, in its own
//! transaction, whether the row still has its term. In PostgreSQL it locks the row `FOR KEY SHARE`, and the term is part
//! of a unique key: a take-over, which changes the key, waits for writes that are open and shuts out those that come
//! after it, while a renewal, which does not, gets in nobody's way. SQLite has one writer at a time, so there the look
//! alone is enough.

use std::ops::Deref;
use std::time::Duration;

use sea_orm::{ConnectionTrait, DatabaseBackend, DatabaseTransaction, DbErr, QueryResult, Statement, Value};
use tokio::time::Instant;
use uuid::Uuid;

use super::{PlantStorage, Result, Storage, StorageError, patiently};
use crate::domain::{NodeName, PlantId};

/// Who makes a claim: a node, and the data directory that it runs on. A server that is started anew is the same holder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The node.
    pub node: NodeName,
    /// Its data directory.
    pub home: Uuid,
}

/// A claim as it was made or renewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// How often the plant has changed hands; the fencing token.
    pub term: i64,
    /// The number under which whoever writes the journal begins; higher than every one before.
    pub epoch: i64,
    /// Nobody else can own the plant before this moment of our own monotonic clock, which is never later than the
    /// database's.
    pub valid_until: Instant,
}

/// What became of an attempt to claim a plant.
#[derive(Clone, Debug)]
pub enum Claimed {
    /// It is ours.
    Ours(OwnedPlant, Claim),
    /// Somebody else has it.
    Held(LeaseState),
}

/// How a lease stands, by the database's clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaseState {
    /// Which plant.
    pub plant: PlantId,
    /// How often it has changed hands.
    pub term: i64,
    /// Who has it; `None` when it was given back.
    pub node: Option<NodeName>,
    /// For how much longer it is held; zero when it has run out.
    pub left: Duration,
}

impl LeaseState {
    /// Whether somebody has it now.
    pub fn is_held(&self) -> bool {
        self.node.is_some() && !self.left.is_zero()
    }
}

/// A plant that is ours: reads as [`PlantStorage`], and writes as long as the claim stands. Cheap to clone.
#[derive(Clone, Debug)]
pub struct OwnedPlant {
    plant: PlantStorage,
    holder: Holder,
    term: i64,
}

impl Deref for OwnedPlant {
    type Target = PlantStorage;

    fn deref(&self) -> &PlantStorage {
        &self.plant
    }
}

/// A take-over waits at most so long for a write that is open; then it is tried again.
const LOCK_PATIENCE_MS: u32 = 2_500;

/// Microseconds since 1970, as the database tells them while the statement runs.
fn now(backend: DatabaseBackend) -> &'static str {
    match backend {
        DatabaseBackend::Sqlite => "CAST(unixepoch('subsec') * 1000000 AS INTEGER)",
        _ => "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS bigint)",
    }
}

impl Storage {
    fn lease_statement(&self, sql: &str, values: impl IntoIterator<Item = Value>) -> Statement {
        let backend = self.0.db.lease.get_database_backend();
        Statement::from_sql_and_values(backend, sql.replace("{now}", now(backend)), values)
    }

    /// How the lease of every plant stands that was ever claimed, in the order of the plants' ids.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn leases(&self) -> Result<Vec<LeaseState>> {
        const WHAT: &str = "read who owns the plants";
        let sql = "SELECT plant, term, node, expires_at - {now} AS time_left FROM plant_lease ORDER BY plant";
        let found = self.0.db.lease.query_all_raw(self.lease_statement(sql, [])).await.map_err(self.failed(WHAT))?;
        found.iter().map(state_of).collect::<std::result::Result<_, _>>().map_err(self.failed(WHAT))
    }
}

fn state_of(row: &QueryResult) -> std::result::Result<LeaseState, DbErr> {
    let left: Option<i64> = row.try_get("", "time_left")?;
    Ok(LeaseState {
        plant: PlantId::from(row.try_get::<String>("", "plant")?),
        term: row.try_get("", "term")?,
        node: row.try_get::<Option<String>>("", "node")?.map(NodeName::from),
        left: Duration::from_micros(left.unwrap_or(0).max(0).unsigned_abs()),
    })
}

impl PlantStorage {
    /// Claims the plant for a time. It succeeds when nobody has it, when the last claim has run out, and when it was made
    /// by this very holder, whose server was killed; each success begins a new term.
    ///
    /// # Errors
    /// When the database does not answer, or a write of the last owner is open for too long; try again.
    pub async fn claim(&self, holder: &Holder, lease: Duration) -> Result<Claimed> {
        const WHAT: &str = "claim the plant";
        const SQL: &str = "INSERT INTO plant_lease (plant, epoch, term, node, home, expires_at) \
             VALUES ($1, 1, 1, $2, $3, {now} + $4) \
             ON CONFLICT (plant) DO UPDATE SET epoch = plant_lease.epoch + 1, term = plant_lease.term + 1, \
             node = $2, home = $3, expires_at = {now} + $4 \
             WHERE plant_lease.node IS NULL OR plant_lease.expires_at <= {now} \
             OR (plant_lease.node = $2 AND plant_lease.home = $3) \
             RETURNING term, epoch";
        let asked_at = Instant::now();
        let values =
            [self.plant_id().into(), holder.node.as_str().into(), holder.home.to_string().into(), micros(lease).into()];
        let claimed = async {
            let tx = self.db().begin_on_lease().await?;
            if tx.get_database_backend() != DatabaseBackend::Sqlite {
                tx.execute_unprepared(&format!("SET LOCAL lock_timeout = {LOCK_PATIENCE_MS}")).await?;
            }
            let row = tx.query_one_raw(self.lease_statement(SQL, values)).await?;
            tx.commit().await?;
            let read = |row: QueryResult| Ok::<_, DbErr>((row.try_get("", "term")?, row.try_get("", "epoch")?));
            row.map(read).transpose()
        };
        let claimed: Option<(i64, i64)> = claimed.await.map_err(self.failed(WHAT))?;
        if let Some((term, epoch)) = claimed {
            let owned = OwnedPlant { plant: self.clone(), holder: holder.clone(), term };
            owned.remember_layout().await?;
            return Ok(Claimed::Ours(owned, Claim { term, epoch, valid_until: asked_at + lease }));
        }
        let held = self.leases().await?.into_iter().find(|lease| lease.plant == *self.plant());
        let nobody = || LeaseState { plant: self.plant().clone(), term: 0, node: None, left: Duration::ZERO };
        Ok(Claimed::Held(held.unwrap_or_else(nobody)))
    }
}

fn micros(lease: Duration) -> i64 {
    i64::try_from(lease.as_micros()).unwrap_or(i64::MAX)
}

impl OwnedPlant {
    /// How often the plant has changed hands.
    pub fn term(&self) -> i64 {
        self.term
    }

    /// Who has it.
    pub fn holder(&self) -> &Holder {
        &self.holder
    }

    /// Holds the plant for this time from now on; returns until when nobody else can own it, on our monotonic clock.
    ///
    /// # Errors
    /// `Fenced` when somebody else has taken it over; `Unavailable` when the database does not answer: the claim stands
    /// until it runs out.
    pub async fn renew(&self, lease: Duration) -> Result<Instant> {
        const WHAT: &str = "renew the claim on the plant";
        const SQL: &str =
            "UPDATE plant_lease SET expires_at = {now} + $3 WHERE plant = $1 AND term = $2 RETURNING term";
        let asked_at = Instant::now();
        let values = [self.plant_id().into(), self.term.into(), micros(lease).into()];
        let renewed = self.db().lease.query_one_raw(self.lease_statement(SQL, values)).await;
        match renewed.map_err(self.failed(WHAT))? {
            Some(_) => Ok(asked_at + lease),
            None => Err(self.taken_over(WHAT).await),
        }
    }

    /// Gives the plant back, so that another may have it at once.
    ///
    /// # Errors
    /// `Fenced` when somebody else has it already; else it runs out by itself.
    pub async fn release(&self) -> Result<()> {
        const WHAT: &str = "give the plant back";
        const SQL: &str = "UPDATE plant_lease SET node = NULL, home = NULL, expires_at = NULL \
             WHERE plant = $1 AND term = $2 RETURNING term";
        let values = [self.plant_id().into(), self.term.into()];
        let released = self.db().lease.query_one_raw(self.lease_statement(SQL, values)).await;
        match released.map_err(self.failed(WHAT))? {
            Some(_) => Ok(()),
            None => Err(self.taken_over(WHAT).await),
        }
    }

    /// Begins a new life of the alarm desk within this term: each is numbered higher than every one before, also than one
    /// that was killed.
    ///
    /// # Errors
    /// When the number could not be made durable; `Fenced` when the plant is no longer ours.
    pub async fn begin_epoch(&self) -> Result<i64> {
        const WHAT: &str = "begin an epoch of the journal";
        const SQL: &str = "UPDATE plant_lease SET epoch = epoch + 1 WHERE plant = $1 AND term = $2 RETURNING epoch";
        let begun = patiently(|| async {
            let values = [self.plant_id().into(), self.term.into()];
            let row = self.db().write.query_one_raw(self.lease_statement(SQL, values)).await;
            let epoch = row.and_then(|row| row.map(|row| row.try_get("", "epoch")).transpose());
            epoch.map_err(self.failed(WHAT))
        });
        match begun.await? {
            Some(epoch) => Ok(epoch),
            None => Err(self.taken_over(WHAT).await),
        }
    }

    /// The newest epoch that was begun, by the claim or by a desk.
    pub(super) async fn epoch_begun(&self) -> Result<i64> {
        const WHAT: &str = "read the epoch of the journal";
        const SQL: &str = "SELECT epoch FROM plant_lease WHERE plant = $1 AND term = $2";
        let values = [self.plant_id().into(), self.term.into()];
        let row = self.db().lease.query_one_raw(self.lease_statement(SQL, values)).await;
        let epoch = row.and_then(|row| row.map(|row| row.try_get("", "epoch")).transpose());
        match epoch.map_err(self.failed(WHAT))? {
            Some(epoch) => Ok(epoch),
            None => Err(self.taken_over(WHAT).await),
        }
    }

    /// A transaction for changes that proves the claim: as long as it is open nobody can take the plant over.
    pub(super) async fn begin_fenced(&self, what: &'static str) -> Result<DatabaseTransaction> {
        let tx = self.begin(what).await?;
        let lock = if tx.get_database_backend() == DatabaseBackend::Sqlite { "" } else { " FOR KEY SHARE" };
        let sql = format!("SELECT 1 AS ours FROM plant_lease WHERE plant = $1 AND term = $2{lock}");
        let statement = self.lease_statement(&sql, [self.plant_id().into(), self.term.into()]);
        if tx.query_one_raw(statement).await.map_err(self.failed(what))?.is_some() {
            return Ok(tx);
        }
        tx.rollback().await.map_err(self.failed(what))?;
        Err(self.taken_over(what).await)
    }

    async fn taken_over(&self, what: &'static str) -> StorageError {
        let leases = self.leases().await.unwrap_or_default();
        let now = leases.into_iter().find(|lease| lease.plant == *self.plant());
        StorageError::Fenced {
            what,
            plant: self.plant().clone(),
            term: self.term,
            owner: now.and_then(|lease| Some((lease.node?, lease.term))),
        }
    }
}
