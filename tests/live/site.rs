//! A plant that serves on a port of its own.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use tempfile::TempDir;
use tep::actors::{LibrarySetup, NodeSetup, PlantSite, Root};
use tep::config::{self, Config, LlmConfig, ServerConfig, SourceConfig, StorageConfig};
use tep::domain::{
    AlarmFacts, AlarmState, JournalEntry, OccurrenceId, Plant, Severity, SourceTime, TransitionKind, WallTime,
};
use tep::feed::{AlarmEvent, AlarmView, Cursor, Feed};
use tep::graphql::{self, Api, Knowledge, Plants};
use tep::ingest::Sources;
use tep::registry::Registry;
use tep::retrieval::{Embedded, Library, Reader};
use tep::security::{Authority, Gate, Principal, Role};
use tep::storage::Storage;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::socket::Socket;
use crate::security::{DESK, PASSWORD, TestGate};
use crate::support::alone;

/// A plant that serves on a port of its own; it goes with the test.
pub struct Site {
    pub api: Api,
    pub address: SocketAddr,
    root: Root,
    stop: watch::Sender<bool>,
    data: TempDir,
}

/// Without limits and detectors nothing happens that the test has not asked for.
fn quiet_plant() -> Plant {
    let mut plant = config::plant::built_in();
    plant.detectors.clear();
    for tag in &mut plant.tags {
        tag.limits.clear();
        tag.conditions.clear();
    }
    plant.register.second_person = [Severity::High, Severity::Critical].into();
    plant
}

/// A model that nobody asks: there is no one at its address.
fn one_model() -> LlmConfig {
    let text = "[providers.control-room]\nkind = 'openai-compatible'\nmodel = 'gemma'\nmay_see = ['process']\n\
                base_url = 'http://127.0.0.1:9/v1'";
    toml::from_str(text).unwrap()
}

impl Site {
    /// A running plant with the administrator `ada`, the engineer `erik`, the operator `olga`, `maria` of maintenance and the viewer `vera`.
    pub async fn start() -> Self {
        Self::start_on(tempfile::tempdir().unwrap()).await
    }

    /// The same with the detectors of the plant.
    pub async fn start_watched() -> Self {
        let mut plant = quiet_plant();
        plant.detectors = config::plant::built_in().detectors;
        Self::start_plant(tempfile::tempdir().unwrap(), plant).await
    }

    /// The same with a registry of models elsewhere.
    pub async fn start_registered(registry: Registry) -> Self {
        let mut plant = quiet_plant();
        plant.detectors = config::plant::built_in().detectors;
        Self::start_with(tempfile::tempdir().unwrap(), plant, Some(registry)).await
    }

    /// The same on what an earlier one has left.
    pub async fn start_on(data: TempDir) -> Self {
        Self::start_plant(data, quiet_plant()).await
    }

    async fn start_plant(data: TempDir, plant: Plant) -> Self {
        Self::start_with(data, plant, None).await
    }

    async fn start_with(data: TempDir, plant: Plant, registry: Option<Registry>) -> Self {
        let plant = Arc::new(plant);
        let storage_config =
            StorageConfig { data_dir: data.path().to_owned(), min_free_mib: 0, ..StorageConfig::default() };
        let shared = Storage::open(&storage_config).await.unwrap();
        let storage = shared.for_plant(Arc::clone(&plant)).unwrap();
        let feed = Feed::new(0);
        let people = TestGate::peopled().await;
        people.gate.create_user("erik", Role::Engineer, PASSWORD).await.unwrap();
        people.gate.create_user("maria", Role::Maintenance, PASSWORD).await.unwrap();
        people.gate.create_user("vera", Role::Viewer, PASSWORD).await.unwrap();
        let site = PlantSite {
            plant: Arc::clone(&plant),
            source: SourceConfig::Simulator { speed: 1.0, seed: 1 },
            sources: Sources::built_in(),
            storage_config,
            storage: storage.clone(),
            feed: feed.clone(),
            notifications: None,
        };
        let authority = Authority::load(None).unwrap();
        let broker =
            tep::app::broker(&Config { llm: one_model(), ..Config::default() }, &authority, &shared, people.clock)
                .unwrap();
        let library = Library::new(Embedded::in_memory().await.unwrap(), None, None);
        let reader = Reader::with_program(env!("CARGO_BIN_EXE_tep").into());
        let shelves = tep::app::shelves(&shared, None, vec![plant.id.clone()], reader.clone());
        let kept = LibrarySetup { library: library.clone(), shelves, clock: people.clock };
        let setup = NodeSetup { broker, library: Some(kept), ..alone(vec![site], people.clock) };
        let (root, _) = Root::start(setup).await.unwrap();
        let knowledge = Some(Knowledge::new(library, shared.clone(), reader));
        let api = Api {
            plants: [Arc::clone(&plant)].into(),
            plant,
            feed,
            notifications: None,
            knowledge,
            registry,
            storage,
            root: root.clone(),
            elsewhere: None,
            gate: people.gate,
            authority,
            clock: people.clock,
        };
        let (stop, stopping) = watch::channel(false);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let plants = Plants::new(vec![api.clone()]);
        let routes = graphql::router(plants, Arc::clone(&api.gate), &ServerConfig::default(), stopping);
        let service = routes.into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, service).await });
        Self { api, address, root, stop, data }
    }

    /// Where it keeps its things.
    pub fn home(&self) -> &std::path::Path {
        self.data.path()
    }

    /// Ends it in order; what it leaves goes, too, unless somebody keeps it.
    pub async fn end(self) -> TempDir {
        self.stop.send_replace(true);
        self.root.shut_down(Duration::from_secs(10)).await;
        self.api.storage.close().await.unwrap();
        self.data
    }

    pub fn gate(&self) -> &Arc<Gate> {
        &self.api.gate
    }

    /// Signs somebody in: who it is, and their token.
    pub async fn sign_in(&self, name: &str) -> (Principal, String) {
        let signed_in = self.gate().sign_in(name, PASSWORD, DESK).await.unwrap();
        (signed_in.principal, signed_in.token)
    }

    pub async fn socket(&self, token: &str) -> Socket {
        Socket::open(self.address, token).await
    }

    /// Status and answer of a document.
    pub async fn ask(&self, token: &str, query: &str, variables: Value) -> (u16, Value) {
        let mut request = reqwest::Client::new()
            .post(format!("http://{}/graphql", self.address))
            .json(&json!({ "query": query, "variables": variables }));
        if !token.is_empty() {
            request = request.bearer_auth(token);
        }
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    /// The data of a document that is answered without errors.
    pub async fn data(&self, token: &str, query: &str, variables: Value) -> Value {
        let (_, mut answer) = self.ask(token, query, variables).await;
        assert!(answer.get("errors").is_none(), "{answer}");
        answer["data"].take()
    }

    /// The events of a document over server-sent events.
    pub async fn events(&self, token: &str, query: &str) -> reqwest::Response {
        self.events_with(token, query, json!({})).await
    }

    pub async fn events_with(&self, token: &str, query: &str, variables: Value) -> reqwest::Response {
        let request = reqwest::Client::new()
            .post(format!("http://{}/graphql/stream", self.address))
            .header("accept", "text/event-stream")
            .json(&json!({ "query": query, "variables": variables }));
        let request = if token.is_empty() { request } else { request.bearer_auth(token) };
        request.send().await.unwrap()
    }

    /// Where the desk stands.
    pub async fn desk_at(&self) -> Cursor {
        self.api.root.doors(&self.api.plant.id).await.unwrap().alarm_desk.snapshot().await.unwrap().cursor
    }

    /// A row of the journal at a place, about the first alarm of the plant.
    pub fn row(&self, at: Cursor) -> JournalEntry {
        let definition = &self.api.plant.alarms[0];
        let facts = AlarmFacts { active: true, acked: false, open: true, ..AlarmFacts::quiet(Severity::High) };
        JournalEntry {
            epoch: at.epoch,
            sequence: at.sequence,
            alarm: definition.id.clone(),
            occurrence: None::<OccurrenceId>,
            kind: TransitionKind::Raised,
            from: AlarmState::Normal,
            to: AlarmState::Unacknowledged,
            facts,
            source_time: SourceTime::from_micros(at.sequence),
            wall_time: WallTime::from_micros(at.sequence),
            scan: None,
            value: None,
            limit: None,
            by: None,
            comment: None,
            client: None,
            idempotency_key: None,
            contributions: vec![],
        }
    }

    /// Tells the feed that something has happened to the first alarm, `count` times after a place.
    pub fn publish_alarms(&self, after: Cursor, count: i64) {
        for sequence in after.sequence + 1..=after.sequence + count {
            let at = Cursor { sequence, ..after };
            let entry = Arc::new(self.row(at));
            let alarm = Arc::new(AlarmView {
                definition: Arc::clone(&self.api.plant.alarms[0]),
                facts: entry.facts.clone(),
                value: None,
                limit: None,
                contributions: vec![],
                acknowledged_by: None,
                acknowledged_at: None,
                comment: None,
                put_aside: Default::default(),
            });
            self.api.feed.alarms.publish_at(at, AlarmEvent { entry, alarm, annunciate: true });
        }
    }

    /// Lets the journal hold the same. Past the door: only the plant's owner may write, and that is the desk.
    pub async fn journal_alarms(&self, after: Cursor, count: i64) {
        let (row, first, last) = (self.row(after), after.sequence + 1, after.sequence + count);
        let word = |value: serde_json::Value| value.as_str().unwrap().to_owned();
        let sql = format!(
            "INSERT INTO alarm_journal (plant, epoch, sequence, alarm, kind, from_state, to_state, facts, source_time, \
             wall_time, contributions, search_text) \
             WITH RECURSIVE n(s) AS (SELECT {first} UNION ALL SELECT s + 1 FROM n WHERE s < {last}) \
             SELECT '{plant}', {epoch}, s, '{alarm}', '{kind}', '{from}', '{to}', '{facts}', s, s, '[]', '' FROM n",
            plant = self.api.plant.id,
            epoch = after.epoch,
            alarm = row.alarm,
            kind = word(json!(row.kind)),
            from = word(json!(row.from)),
            to = word(json!(row.to)),
            facts = serde_json::to_string(&row.facts).unwrap(),
        );
        self.write(&sql).await;
    }

    /// Writes past every door: what only the plant's owner writes, or nobody should.
    pub async fn write(&self, sql: &str) {
        let file = self.data.path().join("tep.sqlite");
        let database = sea_orm::Database::connect(format!("sqlite://{}", file.display())).await.unwrap();
        database.execute_unprepared(sql).await.unwrap();
        database.close().await.unwrap();
    }
}

/// Follows alarms.
pub fn alarm_events(since: Option<&str>) -> String {
    let since = since.map(|cursor| format!("(since: \"{cursor}\")")).unwrap_or_default();
    format!(
        "subscription {{ alarmEvents{since} {{ __typename \
         ... on AlarmSnapshot {{ cursor alarms {{ key state }} }} \
         ... on AlarmEvent {{ cursor annunciate alarm {{ key state }} entry {{ kind }} }} \
         ... on Discontinuity {{ from to reason }} }} }}"
    )
}
