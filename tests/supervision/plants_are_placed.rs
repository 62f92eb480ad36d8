//! Several plants on one node, and on several nodes that share a database.

use std::sync::Arc;
use std::time::Duration;

use sea_orm::{ConnectionTrait, Database};
use tempfile::TempDir;
use tep::actors::{NodeSetup, PlantSite, Root, Terms};
use tep::config::{SourceConfig, StorageConfig, plant::built_in};
use tep::domain::{ActorPortrait, Health, Member, Members, NodeName, Placement, Plant, PlantId, WallTime};
use tep::feed::Feed;
use tep::ingest::Sources;
use tep::storage::Storage;
use tep::telemetry::Clock;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use crate::storage::house::OwnDatabase;

const PATIENCE: Duration = Duration::from_secs(60);
/// A node that is heard of no more loses its plants after this time.
const LEASE: Duration = Duration::from_secs(3);

/// One server, in this process.
struct Node {
    name: NodeName,
    root: Root,
    sites: Vec<PlantSite>,
    storage: Storage,
    ended: JoinHandle<()>,
    _data: TempDir,
}

/// Without limits and detectors a plant starts at once and nothing happens that the test has not asked for.
fn quiet_plant(id: &str) -> Arc<Plant> {
    let mut plant = built_in();
    plant.id = id.into();
    plant.detectors.clear();
    plant.tags.iter_mut().for_each(|tag| tag.limits.clear());
    Arc::new(plant)
}

fn simulator() -> SourceConfig {
    SourceConfig::Simulator { speed: 20.0, seed: 1 }
}

async fn start(name: &str, url: Option<&str>, terms: Terms, plants: &[(&str, SourceConfig)]) -> Node {
    let data = tempfile::tempdir().unwrap();
    let config = StorageConfig {
        data_dir: data.path().to_owned(),
        database_url: url.map(|url| url.to_owned().into()),
        min_free_mib: 0,
        ..StorageConfig::default()
    };
    let storage = Storage::open(&config).await.unwrap();
    let site = |(id, source): &(&str, SourceConfig)| PlantSite {
        plant: quiet_plant(id),
        source: source.clone(),
        sources: Sources::built_in(),
        storage_config: config.clone(),
        storage: storage.for_plant(quiet_plant(id)).unwrap(),
        feed: Feed::new(0),
        notifications: None,
    };
    let sites: Vec<PlantSite> = plants.iter().map(site).collect();
    let holder = storage.holder(&name.into());
    let setup = NodeSetup {
        plants: sites.clone(),
        holder,
        terms,
        broker: None,
        library: None,
        retriever: None,
        clock: Clock::system(),
    };
    let (root, ended) = Root::start(setup).await.unwrap();
    Node { name: name.into(), root, sites, storage, ended, _data: data }
}

impl Node {
    fn place(&self, plant: &str) -> Option<Placement> {
        self.root.places().borrow().iter().find(|place| place.plant.as_str() == plant).cloned()
    }

    /// The plants that are at work here, as far as this node knows.
    fn has(&self) -> Vec<PlantId> {
        let places = self.root.places();
        let places = places.borrow();
        let here = |place: &&Placement| place.node.as_ref() == Some(&self.name) && place.health == Health::Running;
        places.iter().filter(here).map(|place| place.plant.clone()).collect()
    }

    async fn has_reached(&self, what: &str, reached: impl Fn(&[Placement]) -> bool) {
        let mut places = self.root.places();
        let known = timeout(PATIENCE, places.wait_for(|places| reached(places))).await.map(|places| places.is_ok());
        assert_eq!(known, Ok(true), "{what}: {:?}", self.root.places().borrow());
    }

    async fn has_all(&self, count: usize) {
        let is_here = |place: &Placement| place.node.as_ref() == Some(&self.name) && place.health == Health::Running;
        let what = format!("{} has {count} plants", self.name);
        self.has_reached(&what, |places| places.iter().filter(|place| is_here(place)).count() == count).await;
    }

    /// A scan that is newer than every one before.
    async fn goes_on(&self, plant: &str) {
        let site = self.sites.iter().find(|site| site.plant.id.as_str() == plant).unwrap();
        let mut values = site.feed.values.subscribe(None);
        timeout(PATIENCE, values.next_latest()).await.expect("scans come").expect("the stream lives");
    }

    async fn stop(self) {
        self.root.shut_down(Duration::from_secs(20)).await;
        timeout(PATIENCE, self.ended).await.expect("the tree ends").expect("the root does not panic");
        self.storage.close().await.unwrap();
    }
}

fn health_of(tree: &ActorPortrait, plant: &str) -> Option<(Health, Option<String>)> {
    let found = tree.children.iter().find(|child| child.role == "plant" && child.name == plant)?;
    Some((found.health, found.last_error.clone()))
}

#[tokio::test(flavor = "multi_thread")]
async fn two_plants_run_side_by_side_and_keep_apart() {
    let node = start("a", None, Terms::Alone, &[("north", simulator()), ("south", simulator())]).await;
    node.goes_on("north").await;
    node.goes_on("south").await;
    let north = node.root.doors(&"north".into()).await.unwrap();
    north.source.order(tep::actors::SourceCommand::SetDisturbance { number: 4, active: true }).await.unwrap();
    let on = async |plant: &str| {
        let source = node.root.doors(&plant.into()).await.unwrap().source;
        source.disturbances().await.unwrap().iter().filter(|d| d.active).map(|d| d.number).collect::<Vec<_>>()
    };
    assert_eq!((on("north").await, on("south").await), (vec![4], vec![]));
    assert!(node.root.doors(&"west".into()).await.is_err());
    assert_eq!(node.has().len(), 2);
    node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plant_that_cannot_be_kept_alive_is_shown_as_stopped_while_another_lives() {
    let gone = SourceConfig::Replay { file: "/nowhere/at-all.csv".into(), speed: 1.0, period_seconds: 1.0 };
    let node = start("a", None, Terms::Alone, &[("north", simulator()), ("south", gone)]).await;
    node.goes_on("north").await;
    node.has_reached("south is stopped", |places| {
        places.iter().any(|place| place.plant.as_str() == "south" && place.health == Health::Stopped)
    })
    .await;
    let reason = node.place("south").unwrap().reason.unwrap_or_default();
    assert!(reason.contains("at-all.csv"), "{reason}");
    let (health, error) = health_of(&node.root.tree().await.unwrap(), "south").expect("it is still drawn");
    assert_eq!(health, Health::Stopped);
    assert!(error.is_some_and(|error| error.contains("at-all.csv")));
    node.goes_on("north").await;
    node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_alone_that_can_run_none_of_its_plants_says_why_and_ends() {
    let data = tempfile::tempdir().unwrap();
    let config = StorageConfig { data_dir: data.path().to_owned(), min_free_mib: 0, ..StorageConfig::default() };
    let storage = Storage::open(&config).await.unwrap();
    let site = PlantSite {
        plant: quiet_plant("north"),
        source: SourceConfig::Replay { file: "/nowhere/at-all.csv".into(), speed: 1.0, period_seconds: 1.0 },
        sources: Sources::built_in(),
        storage_config: config.clone(),
        storage: storage.for_plant(quiet_plant("north")).unwrap(),
        feed: Feed::new(0),
        notifications: None,
    };
    let holder = storage.holder(&"a".into());
    let setup = NodeSetup {
        plants: vec![site],
        holder,
        terms: Terms::Alone,
        broker: None,
        library: None,
        retriever: None,
        clock: Clock::system(),
    };
    let refused = Root::start(setup).await.map(drop).unwrap_err().to_string();
    assert!(refused.contains("north") && refused.contains("at-all.csv"), "{refused}");
}

fn members(names: &[&str]) -> Members {
    let member = |name: &&str| Member { node: (*name).into(), address: String::new(), since: WallTime::from_micros(0) };
    Members::new(names.iter().map(member))
}

fn shared(members: &watch::Receiver<Members>) -> Terms {
    Terms::Shared { lease: LEASE, members: members.clone() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_stops_hands_its_plants_over_and_their_runs_go_on() {
    let own = OwnDatabase::create().await;
    let (_tell, living) = watch::channel(members(&["a"]));
    let plants = [("north", simulator()), ("south", simulator())];
    let a = start("a", Some(&own.url), shared(&living), &plants).await;
    a.has_all(2).await;
    a.goes_on("north").await;
    // It does not know that the first one lives, and still takes nothing that is not free.
    let (_tell, alone) = watch::channel(members(&["b"]));
    let b = start("b", Some(&own.url), shared(&alone), &plants).await;
    b.has_reached("b sees that a has them", |places| {
        places.len() == 2 && places.iter().all(|place| place.node == Some("a".into()))
    })
    .await;
    let north = a.sites[0].storage.clone();
    let stopping = Instant::now();
    let (term, last_shown) = (a.place("north").unwrap().term, a.sites[0].feed.clone());
    a.root.shut_down(Duration::from_secs(20)).await;
    b.has_all(2).await;
    assert!(stopping.elapsed() < Duration::from_secs(15), "{:?}", stopping.elapsed());
    assert_eq!(b.place("north").unwrap().term, term + 1);
    let shown = last_shown.values.latest().unwrap().scan.number;
    b.goes_on("north").await;
    assert!(north.last_scan().await.unwrap().unwrap().number >= shown, "nothing that was shown is lost");
    a.storage.close().await.unwrap();
    b.stop().await;
    own.drop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_joins_is_given_its_share() {
    let own = OwnDatabase::create().await;
    let (tell, living) = watch::channel(members(&["a"]));
    let plants = [("p1", simulator()), ("p2", simulator()), ("p3", simulator())];
    let a = start("a", Some(&own.url), shared(&living), &plants).await;
    a.has_all(3).await;
    tell.send_replace(members(&["a", "b"]));
    let b = start("b", Some(&own.url), shared(&living), &plants).await;
    b.has_all(1).await;
    a.has_all(2).await;
    let mut all = a.has();
    all.extend(b.has());
    all.sort();
    assert_eq!(all, ["p1", "p2", "p3"].map(PlantId::from), "each plant has one owner");
    for plant in b.has() {
        b.goes_on(plant.as_str()).await;
    }
    a.stop().await;
    b.has_all(3).await;
    b.stop().await;
    own.drop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_that_is_overtaken_stops_at_once_and_says_so() {
    let own = OwnDatabase::create().await;
    let (_tell, living) = watch::channel(members(&["a"]));
    let a = start("a", Some(&own.url), shared(&living), &[("north", simulator())]).await;
    let north = a.sites[0].storage.clone();
    while north.last_scan().await.unwrap().is_none() {
        a.goes_on("north").await;
    }
    // As if another had taken it while this node was frozen.
    let database = Database::connect(&own.url).await.unwrap();
    let taken =
        "UPDATE plant_lease SET term = term + 1, node = 'b', home = 'elsewhere', expires_at = 9223372036854775807";
    database.execute_unprepared(taken).await.unwrap();
    a.has_reached("a has lost it", |places| places[0].node == Some("b".into())).await;
    let shown = a.sites[0].feed.values.tip();
    assert!(a.root.doors(&"north".into()).await.is_err(), "it gives no door any more");
    let last = north.last_scan().await.unwrap().unwrap().number;
    // The other gives it back; this node takes it again, in a new term, and goes on from what is durable.
    database.execute_unprepared("UPDATE plant_lease SET node = NULL, expires_at = NULL").await.unwrap();
    a.has_all(1).await;
    assert!(a.place("north").unwrap().term > 2);
    // The first that is shown is the last durable one, again.
    let newest = || a.sites[0].feed.values.latest().map_or(0, |frame| frame.scan.number);
    a.goes_on("north").await;
    while newest() <= last {
        a.goes_on("north").await;
    }
    assert!(a.sites[0].feed.values.tip().epoch > shown.epoch, "who follows is told of another life");
    database.close().await.unwrap();
    a.stop().await;
    own.drop().await;
}
