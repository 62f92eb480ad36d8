//! A whole plant in this process, on storage of its own, for behaviour tests.

use std::sync::Arc;
use std::time::Duration;

use ractor::ActorId;
use tempfile::TempDir;
use tep::actors::{Doors, NodeSetup, Notifications, PlantSite, Root, SourceCommand, Terms};
use tep::config::{Config, SourceConfig, StorageConfig, plant::built_in};
use tep::domain::{
    ActorPortrait, AlarmId, AlarmState, DetectorPortrait, JournalEntry, Plant, Scan, SourceTime, TagIndex,
};
use tep::feed::{AlarmView, Delivery, Feed};
use tep::ingest::Sources;
use tep::security::Authority;
use tep::storage::{JournalFilter, PlantStorage, Storage, TrendQuery};
use tep::telemetry::Clock;
use tokio::task::JoinHandle;

/// The longest that any awaited state may take; a state that is not reached by then is a failure.
const PATIENCE: Duration = Duration::from_secs(180);

/// A running plant. It stops in order at the end, and refuses to end while its tree is alive.
pub struct TestPlant {
    pub root: Root,
    pub feed: Feed,
    pub storage: PlantStorage,
    pub site: PlantSite,
    ended: JoinHandle<()>,
}

/// Where a plant keeps its things; outlives the plant.
pub struct Home(TempDir);

impl Home {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn storage_config(&self) -> StorageConfig {
        StorageConfig { data_dir: self.0.path().join("data"), min_free_mib: 0, ..StorageConfig::default() }
    }

    /// The built-in plant on the simulator, faster than real time but with room to breathe on a busy machine.
    pub async fn start(&self) -> TestPlant {
        self.start_with(SourceConfig::Simulator { speed: 200.0, seed: 1_431_655_765 }).await
    }

    pub async fn start_with(&self, source: SourceConfig) -> TestPlant {
        self.start_plant(Arc::new(built_in()), source, None).await
    }

    /// This plant, which is another one than the built-in: somebody has edited its file.
    pub async fn start_edited(&self, plant: &Arc<Plant>) -> TestPlant {
        self.start_plant(Arc::clone(plant), SourceConfig::Simulator { speed: 200.0, seed: 1_431_655_765 }, None).await
    }

    /// The same plant, with notifications as configured.
    pub async fn start_notifying(&self, config: &Config) -> TestPlant {
        let plants = tep::app::plants(config).unwrap();
        let authority = Authority::load(None).unwrap();
        let notifications = tep::app::notifications(config, &plants, &authority).unwrap();
        let (plant, _) = plants.into_iter().next().unwrap();
        self.start_plant(plant, SourceConfig::Simulator { speed: 1.0, seed: 1_431_655_765 }, notifications).await
    }

    async fn start_plant(
        &self,
        plant: Arc<Plant>,
        source: SourceConfig,
        notifications: Option<Notifications>,
    ) -> TestPlant {
        let storage_config = self.storage_config();
        let storage = Storage::open(&storage_config).await.unwrap().for_plant(Arc::clone(&plant)).unwrap();
        let feed = Feed::new(0);
        let site = PlantSite {
            plant,
            source,
            sources: Sources::built_in(),
            storage_config,
            storage: storage.clone(),
            feed: feed.clone(),
            notifications,
        };
        let (root, ended) = Root::start(alone(vec![site.clone()], Clock::system())).await.unwrap();
        TestPlant { root, feed, storage, site, ended }
    }
}

/// A node that runs these plants and is alone with them.
pub fn alone(plants: Vec<PlantSite>, clock: Clock) -> NodeSetup {
    let holder = plants[0].storage.holder(&"test".into());
    NodeSetup { plants, holder, terms: Terms::Alone, broker: None, library: None, retriever: None, clock }
}

impl TestPlant {
    /// A plant that somebody else has started.
    pub fn of(root: Root, feed: Feed, storage: PlantStorage, site: PlantSite, ended: JoinHandle<()>) -> Self {
        Self { root, feed, storage, site, ended }
    }

    pub fn plant(&self) -> &Plant {
        &self.site.plant
    }

    /// The doors of now; while a part is being restarted there are none.
    pub async fn doors(&self) -> Doors {
        self.until("the doors", async || self.root.doors(&self.site.plant.id).await.ok()).await
    }

    pub async fn order(&self, command: SourceCommand) {
        self.doors().await.source.order(command).await.unwrap();
    }

    pub async fn alarm(&self, id: &str) -> Arc<AlarmView> {
        let snapshot = self.until("the alarms", async || {
            self.root.doors(&self.site.plant.id).await.ok()?.alarm_desk.snapshot().await.ok()
        });
        let alarms = snapshot.await.alarms;
        alarms.into_iter().find(|view| view.definition.id == AlarmId::from(id)).expect("the alarm is configured")
    }

    pub async fn alarm_reaches(&self, id: &str, state: AlarmState) -> Arc<AlarmView> {
        self.until(&format!("{id} {state:?}"), async || {
            Some(self.alarm(id).await).filter(|view| view.facts.state() == state)
        })
        .await
    }

    pub async fn detector(&self) -> DetectorPortrait {
        self.until("the detector", async || {
            self.root.doors(&self.site.plant.id).await.ok()?.plant.detectors().await.ok()?.pop()
        })
        .await
    }

    /// One actor's portrait by the end of its path, for example `unit:reactor` or `sensor:XMEAS_7`.
    pub async fn portrait(&self, path: &str) -> Option<ActorPortrait> {
        find(&self.root.tree().await.ok()?, path)
    }

    /// Ends an actor as a crash would.
    pub async fn kill(&self, path: &str) {
        let id = self.until(path, async || self.portrait(path).await?.actor_id).await;
        let number = id.rsplit('.').next().and_then(|n| n.parse().ok()).expect("a local actor id");
        ractor::registry::where_is_pid(ActorId::Local(number)).expect("the actor lives").kill();
        self.until(&format!("the end of {path}"), async || {
            let now = self.portrait(path).await.and_then(|portrait| portrait.actor_id);
            (now.as_ref() != Some(&id)).then_some(())
        })
        .await;
    }

    /// Lets at least `count` more scans through, and returns the last.
    pub async fn scans(&self, count: u64) -> Arc<Scan> {
        let mut values = self.feed.values.subscribe(None);
        let first = self.feed.values.latest().map_or(0, |frame| frame.scan.number);
        let flow = async {
            loop {
                if let Some(Delivery::Item { item, .. }) = values.next_latest().await
                    && item.scan.number >= first + count
                {
                    return Arc::clone(&item.scan);
                }
            }
        };
        tokio::time::timeout(PATIENCE, flow).await.expect("scans go on")
    }

    /// Waits for a state: looks for it again and again, and gives up long after it should have been reached.
    pub async fn until<T>(&self, what: &str, look: impl AsyncFn() -> Option<T>) -> T {
        let search = async {
            loop {
                if let Some(found) = look().await {
                    return found;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(PATIENCE, search).await.unwrap_or_else(|_| panic!("{what} was not reached in time"))
    }

    /// The plant times of every scan that is kept, in the database or sealed.
    pub async fn kept(&self) -> Vec<SourceTime> {
        let newest = self.storage.last_scan().await.unwrap().expect("a scan").source_time;
        let from = newest - Duration::from_secs(48 * 3600);
        let query = TrendQuery { tags: vec![TagIndex(0)], from, to: newest + Duration::from_secs(1), points: 200_000 };
        let trend = self.storage.trend(&query).await.unwrap();
        trend.series[0].points.iter().map(|point| point.time).collect()
    }

    /// What the journal holds of one alarm, oldest first.
    pub async fn journal_of(&self, alarm: &str) -> Vec<JournalEntry> {
        let filter = JournalFilter { alarms: Some(vec![AlarmId::from(alarm)]), ..JournalFilter::default() };
        let rows = self.storage.journal_page(&filter, None, 100).await.unwrap();
        rows.into_iter().rev().map(|row| row.entry).collect()
    }

    /// Stops in order.
    pub async fn stop(self) {
        self.root.shut_down(Duration::from_secs(20)).await;
        tokio::time::timeout(PATIENCE, self.ended).await.expect("the tree ends").expect("the root does not panic");
        self.storage.close().await.unwrap();
    }
}

fn find(portrait: &ActorPortrait, path: &str) -> Option<ActorPortrait> {
    if portrait.path.ends_with(path) {
        return Some(portrait.clone());
    }
    portrait.children.iter().find_map(|child| find(child, path))
}

/// Panics unless the times follow each other scan by scan.
pub fn assert_without_gap(times: &[SourceTime], period: Duration) {
    assert!(times.len() > 1, "there is something to compare");
    for pair in times.windows(2) {
        assert_eq!(pair[1].since(pair[0]), period, "between {} and {}", pair[0], pair[1]);
    }
}
