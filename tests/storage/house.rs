//! A small plant, a place to store it, and what a test needs to look behind the door.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbBackend, QueryResult, Statement};
use tempfile::TempDir;
use tep::config::{Secret, StorageConfig};
use tep::domain::{
    AlarmFacts, AlarmId, AlarmState, JournalEntry, NamedContribution, OccurrenceId, Plant, PlantId, Quality,
    RegisterRules, Scan, Severity, SignalKind, SourceTime, Tag, TagId, TagIndex, TagRole, TransitionKind, Unit, UnitId,
    WallTime,
};
use tep::storage::{
    Claimed, Holder, OwnedPlant, PlantStorage, ScanBatch, Session, Storage, TrendQuery, TrendResult, User,
};
use uuid::Uuid;

/// 2026-11-23T00:00:00Z, the beginning of an hour.
pub const START: SourceTime = SourceTime::from_micros(1_795_392_000_000_000);

/// Wall time at which tests begin.
pub const NOW: WallTime = WallTime::from_micros(1_795_400_000_000_000);

pub const HOUR: Duration = Duration::from_secs(3_600);

/// A time of the plant, seconds after [`START`].
pub fn second(seconds: u64) -> SourceTime {
    START + Duration::from_secs(seconds)
}

pub async fn on_sqlite<F, Fut>(case: F)
where
    F: FnOnce(House) -> Fut,
    Fut: Future<Output = ()>,
{
    case(House::new(None)).await;
}

pub async fn on_postgres<F, Fut>(case: F)
where
    F: FnOnce(House) -> Fut,
    Fut: Future<Output = ()> + Send + 'static,
{
    let own = OwnDatabase::create().await;
    let done = tokio::spawn(case(House::new(Some(own.url.clone())))).await;
    own.drop().await;
    if let Err(failed) = done {
        std::panic::resume_unwind(failed.into_panic());
    }
}

/// A database of one test.
pub struct OwnDatabase {
    admin: String,
    name: String,
    pub url: String,
}

impl OwnDatabase {
    pub async fn create() -> Self {
        let admin = std::env::var("TEP_TEST_POSTGRES_URL").expect(
            "TEP_TEST_POSTGRES_URL names no PostgreSQL server: run `make test`, or scripts/with-postgres cargo test",
        );
        let name = format!("tep_test_{}", Uuid::now_v7().simple());
        let server = Database::connect(&admin).await.expect("the PostgreSQL of TEP_TEST_POSTGRES_URL answers");
        server.execute_unprepared(&format!("CREATE DATABASE {name} TEMPLATE template0")).await.expect("create");
        server.close().await.expect("close");
        let mut url: url::Url = admin.parse().expect("an URL");
        url.set_path(&name);
        Self { admin, name, url: url.to_string() }
    }

    pub async fn drop(self) {
        let server = Database::connect(&self.admin).await.expect("the PostgreSQL of TEP_TEST_POSTGRES_URL answers");
        server.execute_unprepared(&format!("DROP DATABASE {} WITH (FORCE)", self.name)).await.expect("drop");
        server.close().await.expect("close");
    }
}

/// A place of its own for one test.
pub struct House {
    dir: TempDir,
    pub config: StorageConfig,
    pub plant: Arc<Plant>,
}

impl House {
    pub fn new(url: Option<String>) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let config = StorageConfig {
            data_dir: dir.path().join("data"),
            database_url: url.map(Secret::from),
            ..StorageConfig::default()
        };
        Self { dir, config, plant: Arc::new(plant()) }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The plant's storage, claimed: a new term of the same holder.
    pub async fn open(&self) -> OwnedPlant {
        let plant = self.plant_storage().await;
        let holder = plant.holder(&"test".into());
        claimed(&plant, &holder).await
    }

    /// The plant's storage, for reading.
    pub async fn plant_storage(&self) -> PlantStorage {
        let storage = Storage::open(&self.config).await.expect("storage opens");
        storage.for_plant(Arc::clone(&self.plant)).expect("its history opens")
    }

    /// A second way into the database, past the door.
    pub async fn database(&self) -> DatabaseConnection {
        let url = match &self.config.database_url {
            Some(url) => url.expose().to_owned(),
            None => format!("sqlite://{}", self.config.data_dir.join("tep.sqlite").display()),
        };
        Database::connect(url).await.expect("the database answers")
    }

    /// One number out of the database.
    pub async fn count(&self, sql: &str) -> i64 {
        let database = self.database().await;
        let backend = self.backend();
        let row: Option<QueryResult> =
            database.query_one_raw(Statement::from_string(backend, sql)).await.expect("a good statement");
        let count = row.expect("a row").try_get_by_index(0).expect("a number");
        database.close().await.expect("close");
        count
    }

    pub fn backend(&self) -> DbBackend {
        if self.config.database_url.is_some() { DbBackend::Postgres } else { DbBackend::Sqlite }
    }

    /// Every file of the sealed history, by its path below it.
    pub fn history_files(&self) -> Vec<String> {
        let root = self.config.history_dir();
        let mut found = Vec::new();
        walk(&root, &mut |path| {
            if path.extension().is_some_and(|end| end == "parquet") {
                found.push(path.strip_prefix(&root).expect("below").display().to_string());
            }
        });
        found.sort();
        found
    }
}

/// Claims the plant for longer than any test runs.
pub async fn claimed(plant: &PlantStorage, holder: &Holder) -> OwnedPlant {
    match plant.claim(holder, HOUR).await.expect("the database answers") {
        Claimed::Ours(owned, _) => owned,
        Claimed::Held(lease) => panic!("{lease:?}"),
    }
}

fn walk(dir: &Path, see: &mut impl FnMut(&Path)) {
    for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            walk(&entry.path(), see);
        } else {
            see(&entry.path());
        }
    }
}

/// Two units, three tags, a scan a second.
pub fn plant() -> Plant {
    let unit = |id: &str| Unit { id: UnitId::from(id), name: id.to_owned(), description: String::new() };
    Plant {
        id: PlantId::from("test-plant"),
        name: "Test plant".into(),
        scan_period: Duration::from_secs(1),
        lookup: Default::default(),
        stale_after: Duration::from_secs(5),
        units: vec![unit("reactor"), unit("stripper")],
        tags: vec![tag("PRESSURE", "reactor", 0.1), tag("LEVEL", "reactor", 0.01), tag("FLOW", "stripper", 0.001)],
        loops: Vec::new(),
        detectors: Vec::new(),
        alarms: Vec::new(),
        register: RegisterRules::default(),
        suppression_rules: Vec::new(),
        eclipses: Vec::new(),
        first_out: Vec::new(),
        consoles: Vec::new(),
    }
}

pub fn tag(id: &str, unit: &str, resolution: f64) -> Tag {
    Tag {
        id: TagId::from(id),
        name: id.to_lowercase(),
        description: String::new(),
        unit_of_measure: "%".into(),
        unit: UnitId::from(unit),
        kind: SignalKind::Level,
        role: TagRole::Measured,
        range_low: 0.0,
        range_high: 100.0,
        normal: 50.0,
        resolution,
        limits: Vec::new(),
        conditions: Vec::new(),
    }
}

/// A scan whose values tell when it was and which tag they are of.
pub fn scan(at: u64, tags: usize) -> Scan {
    let phase = at as f64 / 97.0;
    Scan {
        number: at,
        source_time: second(at),
        ingest_time: NOW + Duration::from_secs(at),
        values: (0..tags).map(|tag| 50.0 + 10.0 * tag as f64 + 7.123_456 * (phase + tag as f64).sin()).collect(),
        qualities: vec![Quality::Good; tags],
    }
}

pub fn scans(seconds: impl IntoIterator<Item = u64>) -> ScanBatch {
    ScanBatch { scans: seconds.into_iter().map(|at| Arc::new(scan(at, 3))).collect(), checkpoint: None }
}

/// The three tags over a span of seconds.
pub async fn trend(storage: &PlantStorage, from: u64, to: u64, points: usize) -> TrendResult {
    let query =
        TrendQuery { tags: vec![TagIndex(0), TagIndex(1), TagIndex(2)], from: second(from), to: second(to), points };
    storage.trend(&query).await.expect("a trend")
}

/// An entry of the journal about one alarm.
pub fn entry(epoch: i64, sequence: i64, alarm: &str, kind: TransitionKind) -> JournalEntry {
    let active = !matches!(kind, TransitionKind::ReturnedToNormal);
    let acked = kind == TransitionKind::Acknowledged;
    let facts = AlarmFacts {
        active,
        acked,
        open: active || !acked,
        occurrence: Some(OccurrenceId(Uuid::from_u128(7))),
        raised_at: Some(START),
        annunciated_at: Some(NOW),
        ..AlarmFacts::quiet(Severity::High)
    };
    let commanded = acked.then(|| "anna".to_owned());
    JournalEntry {
        epoch,
        sequence,
        alarm: AlarmId::from(alarm),
        occurrence: facts.occurrence,
        kind,
        from: AlarmState::Normal,
        to: facts.state(),
        facts,
        source_time: START + Duration::from_secs(sequence.unsigned_abs()),
        wall_time: NOW + Duration::from_secs(sequence.unsigned_abs()),
        scan: Some(42),
        value: (!acked).then_some(2_903.471_823_645_1),
        limit: (!acked).then_some(2_895.0),
        comment: commanded.as_ref().map(|_| "Seen: 100% of it\0".to_owned()),
        client: commanded.as_ref().map(|_| "192.0.2.7".to_owned()),
        idempotency_key: commanded.as_ref().map(|_| format!("key-{epoch}-{sequence}")),
        by: commanded,
        contributions: if acked {
            Vec::new()
        } else {
            vec![NamedContribution { tag: TagId::from("PRESSURE"), share: 0.75 }]
        },
    }
}

/// An account that was made at [`NOW`].
pub fn person(name: &str, role: &str, password_hash: &str) -> User {
    User {
        id: Uuid::now_v7(),
        name: name.into(),
        role: role.into(),
        password_hash: password_hash.into(),
        created: NOW,
        disabled: false,
        password_changed_at: NOW,
    }
}

/// A session that began at [`NOW`].
pub fn session(user: Uuid, expires: WallTime) -> Session {
    Session { id: Uuid::now_v7(), user, created: NOW, expires, revoked_at: None }
}
