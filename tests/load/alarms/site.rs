//! The platform as `tep serve` builds it, with a source that says nothing.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sea_orm::{ConnectionTrait, Database};
use tempfile::TempDir;
use tep::actors::elsewhere::Door;
use tep::actors::{AlarmDesk, NodeSetup, PlantSite, RegisterOrder, Root, Terms};
use tep::alarms::register::{RegisterCommand, RegisterRefused};
use tep::config::{SecurityConfig, SourceConfig, StorageConfig};
use tep::domain::{ChangeId, DisturbanceState, Plant};
use tep::feed::Feed;
use tep::graphql::Api;
use tep::ingest::{Next, Source, SourceError, SourceOrder, SourceStatus, Sources};
use tep::security::{Authority, Gate, SessionKey};
use tep::storage::{PlantStorage, Storage};
use tep::telemetry::Clock;
use uuid::Uuid;

#[path = "../../security/accounts.rs"]
#[expect(dead_code, reason = "nobody signs in here")]
mod accounts;

/// How often a state is looked at that is waited for.
const LOOK: Duration = Duration::from_millis(20);

pub struct Site {
    pub api: Api,
    root: Root,
}

/// A PostgreSQL database of its own when `TEP_TEST_POSTGRES_URL` names a server, as scripts/with-postgres does.
pub async fn database() -> Option<String> {
    let server = std::env::var("TEP_TEST_POSTGRES_URL").ok()?;
    let name = format!("tep_load_{}", Uuid::now_v7().simple());
    let admin = Database::connect(&server).await.expect("the PostgreSQL of TEP_TEST_POSTGRES_URL answers");
    admin.execute_unprepared(&format!("CREATE DATABASE {name} TEMPLATE template0")).await.expect("create");
    let mut url: url::Url = server.parse().expect("an URL");
    url.set_path(&name);
    Some(url.to_string())
}

pub async fn storage(plant: &Arc<Plant>, home: &TempDir, database: Option<&str>) -> (PlantStorage, StorageConfig) {
    let config = StorageConfig {
        data_dir: home.path().join("data"),
        min_free_mib: 0,
        database_url: database.map(|url| url.to_owned().into()),
        ..StorageConfig::default()
    };
    let storage = Storage::open(&config).await.expect("storage opens");
    (storage.for_plant(Arc::clone(plant)).expect("its history opens"), config)
}

impl Site {
    pub async fn start(plant: &Arc<Plant>, (storage, storage_config): (PlantStorage, StorageConfig)) -> Self {
        let (clock, feed) = (Clock::system(), Feed::new(0));
        let site = PlantSite {
            plant: Arc::clone(plant),
            source: SourceConfig::Simulator { speed: 1.0, seed: 1 },
            sources: Sources::opened_by(|_, _, _, _| Ok(Box::new(Silent))),
            storage_config,
            storage: storage.clone(),
            feed: feed.clone(),
            notifications: None,
        };
        let holder = storage.holder(&"load".into());
        let setup = NodeSetup {
            plants: vec![site],
            holder,
            terms: Terms::Alone,
            broker: None,
            library: None,
            retriever: None,
            clock,
        };
        let (root, _) = Root::start(setup).await.expect("the platform starts");
        let key = SessionKey::ephemeral().expect("a key");
        let gate = Gate::new(Arc::new(accounts::MemoryAccounts::default()), key, clock, &SecurityConfig::default());
        let api = Api {
            plants: [Arc::clone(plant)].into(),
            plant: Arc::clone(plant),
            feed,
            storage,
            root: root.clone(),
            elsewhere: None,
            notifications: None,
            knowledge: None,
            registry: None,
            authority: Authority::load(None).expect("the built-in policies"),
            gate: Arc::new(gate),
            clock,
        };
        Self { api, root }
    }

    pub fn storage(&self) -> &PlantStorage {
        &self.api.storage
    }

    pub async fn desk(&self) -> Door<AlarmDesk> {
        self.root.doors(&self.api.plant.id).await.expect("the plant runs").alarm_desk
    }

    /// Waits until the journal holds so many transitions of this life; how long that took.
    pub async fn journal_reaches(&self, transitions: usize) -> Duration {
        let begun = Instant::now();
        let epoch = self.api.feed.alarms.tip().epoch;
        // The row before is asked for, so that the answer is short however many there are.
        while self
            .storage()
            .journal_after(epoch, transitions as i64 - 1, 1)
            .await
            .expect("the journal answers")
            .is_empty()
        {
            tokio::time::sleep(LOOK).await;
        }
        begun.elapsed()
    }

    /// Waits until the register holds every alarm of the plant file: one transaction at the first start. How long that took.
    pub async fn register_is_entered(&self, plant: &Plant) -> Duration {
        let begun = Instant::now();
        let last = &plant.alarms.last().expect("an alarm").id;
        while self.storage().register_version(last, 1).await.expect("the register answers").is_none() {
            tokio::time::sleep(LOOK).await;
        }
        begun.elapsed()
    }

    /// Waits until the desk has read its register, and so refuses an order of it by what it holds. How long that took.
    pub async fn register_is_read(&self) -> Duration {
        let (begun, unknown) = (Instant::now(), ChangeId(Uuid::now_v7()));
        let order = RegisterOrder {
            command: RegisterCommand::Withdraw { change: unknown, reason: "to hear that it is read".to_owned() },
            by: "load".to_owned(),
            client: None,
            idempotency_key: unknown.to_string(),
        };
        let Door::Here(desk) = self.desk().await else { panic!("the plant runs here") };
        let outcome = desk.change_register(order).await.expect("the desk answers");
        assert_eq!(outcome, Err(RegisterRefused::UnknownChange));
        begun.elapsed()
    }

    pub async fn known_alarms(&self) -> usize {
        self.storage().load_alarms().await.expect("the current alarms").len()
    }

    pub async fn stop(self) {
        self.root.shut_down(Duration::from_secs(60)).await;
        self.api.storage.close().await.expect("storage closes");
    }
}

/// The only conditions are those that the program tells.
struct Silent;

impl Source for Silent {
    fn kind(&self) -> &'static str {
        "silent"
    }

    fn next_scan(&mut self) -> Result<Next, SourceError> {
        Ok(Next::Ended)
    }

    fn period(&self) -> Duration {
        Duration::from_secs(1)
    }

    fn status(&self) -> SourceStatus {
        SourceStatus::Ended
    }

    fn control(&mut self, _: SourceOrder) -> Result<(), SourceError> {
        Ok(())
    }

    fn checkpoint(&self) -> Vec<u8> {
        Vec::new()
    }

    fn controllable(&self) -> bool {
        false
    }

    fn disturbances(&self) -> Vec<DisturbanceState> {
        Vec::new()
    }

    fn plant_hours(&self) -> f64 {
        0.0
    }
}
