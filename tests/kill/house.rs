//! A server of its own: a plant whose instruments cross their limits all the time, and everything that it keeps.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection};
use serde_json::{Value, json};
use tempfile::TempDir;
use tep::config::{StorageConfig, plant};
use tep::domain::{AlarmId, JournalEntry, WallTime};
use tep::storage::{Storage, StorageError};

use super::checker::Shown;
use crate::cluster::node::{Asker, Node};

pub const PLANT: &str = "mill";
const TAGS: usize = 60;
/// Rows of the file; at a hundred a second they last for all lives of a long evening.
const ROWS: usize = 60_000;
const SPEED: f64 = 100.0;
const PATIENCE: Duration = Duration::from_secs(60);

pub struct House {
    dir: TempDir,
    node: Node,
    pub token: String,
}

impl House {
    pub async fn new() -> Self {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("plant.toml"), plant_file()).unwrap();
        fs::write(dir.path().join("samples.csv"), samples()).unwrap();
        let free = |_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let http = free(()).local_addr().unwrap();
        let home = dir.path().display();
        let config = format!(
            "[server]\naddress = \"127.0.0.1\"\nport = {}\nmetrics_port = 0\n\
             [storage]\ndata_dir = \"{home}/data\"\nmin_free_mib = 0\n\
             [security]\nsign_in_per_minute = 1000\n\
             [telemetry]\nlog = \"warn,tep::telemetry::events=error\"\n\
             [plants.{PLANT}]\nfile = \"{home}/plant.toml\"\n\
             [plants.{PLANT}.source]\nkind = \"replay\"\nfile = \"{home}/samples.csv\"\nspeed = {SPEED:?}\nperiod_seconds = 1.0\n",
            http.port()
        );
        let client = reqwest::Client::builder().timeout(Duration::from_secs(15)).build().unwrap();
        let node = Node::new(dir.path(), "mill", http, &config, &client);
        let mut house = Self { dir, node, token: String::new() };
        house.start().await;
        house.token = set_up(&house.node, http, &client).await;
        house.kill();
        house
    }

    /// Starts it, and waits until it answers for its plant.
    pub async fn start(&mut self) {
        self.node.start();
        let ready = async {
            while !self.node.is_ready().await {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        assert!(tokio::time::timeout(PATIENCE, ready).await.is_ok(), "it is not ready in time:\n{}", self.log());
    }

    pub fn kill(&mut self) {
        self.node.kill();
    }

    pub async fn stop(&mut self) {
        self.node.stop().await;
    }

    pub fn asker(&self) -> Asker {
        self.node.asker()
    }

    /// The end of what it has logged.
    pub fn log(&self) -> String {
        let log = self.node.log();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(30)..].join("\n")
    }

    fn storage_config(&self) -> StorageConfig {
        StorageConfig { data_dir: self.dir.path().join("data"), min_free_mib: 0, ..StorageConfig::default() }
    }

    fn database_file(&self) -> PathBuf {
        self.dir.path().join("data/tep.sqlite")
    }

    /// Somebody else holds the database until this is dropped.
    pub async fn hold_the_database(&self) -> DatabaseConnection {
        let mut options = ConnectOptions::new(format!("sqlite://{}", self.database_file().display()));
        options.max_connections(1);
        let database = Database::connect(options).await.unwrap();
        let begun = async {
            while database.execute_unprepared("BEGIN IMMEDIATE").await.is_err() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(PATIENCE, begun).await.expect("the server lets go of its database now and then");
        database
    }

    /// Whether it has left something for its successor.
    pub fn has_a_spool(&self) -> bool {
        let dir = self.dir.path().join(format!("data/spool/plant={PLANT}"));
        fs::read_dir(dir).is_ok_and(|entries| entries.flatten().count() > 0)
    }

    /// The database beside the server, which may be writing so much that there is no room for another at once.
    async fn opened(&self) -> Storage {
        let config = self.storage_config();
        let open = async {
            loop {
                match Storage::open(&config).await {
                    Ok(storage) => return storage,
                    Err(StorageError::Unavailable { .. }) => tokio::time::sleep(Duration::from_millis(50)).await,
                    Err(problem) => panic!("{problem}"),
                }
            }
        };
        tokio::time::timeout(PATIENCE, open).await.expect("the server leaves room for a reader now and then")
    }

    /// All that the journal holds, oldest first, read beside the server.
    pub async fn journal(&self) -> Vec<JournalEntry> {
        let plant = Arc::new(tep::domain::Plant {
            id: PLANT.into(),
            ..plant::parse(&plant_file(), "plant.toml").expect("a plant file")
        });
        let storage = self.opened().await.for_plant(plant).unwrap();
        let rows = storage.journal_after(0, 0, 10_000_000).await.unwrap();
        storage.close().await.unwrap();
        rows
    }

    /// Every alarm as the API shows it.
    pub async fn shown(&self) -> BTreeMap<AlarmId, Shown> {
        const ASK: &str = "query($after: String) { alarms(first: 500, after: $after, filter: { states: [NORMAL, \
             UNACKNOWLEDGED, ACKNOWLEDGED, RTN_UNACKNOWLEDGED, LATCHED_UNACKNOWLEDGED, LATCHED_ACKNOWLEDGED, SHELVED, \
             SUPPRESSED, OUT_OF_SERVICE] }) { \
             edges { node { key state occurrenceId shelvedUntil } } pageInfo { hasNextPage endCursor } } }";
        let (mut shown, mut after) = (BTreeMap::new(), Value::Null);
        loop {
            let told = self.node.ask(&self.token, PLANT, ASK, json!({ "after": after })).await.unwrap();
            for edge in told["alarms"]["edges"].as_array().unwrap() {
                let node = &edge["node"];
                let owes = matches!(
                    node["state"].as_str(),
                    Some("UNACKNOWLEDGED" | "RTN_UNACKNOWLEDGED" | "LATCHED_UNACKNOWLEDGED")
                );
                let occurrence = node["occurrenceId"].as_str().map(|id| id.parse().unwrap());
                let one = Shown { occurrence, owes, shelved_until: time(&node["shelvedUntil"]) };
                shown.insert(node["key"].as_str().unwrap().into(), one);
            }
            if told["alarms"]["pageInfo"]["hasNextPage"] != true {
                return shown;
            }
            after = told["alarms"]["pageInfo"]["endCursor"].clone();
        }
    }
}

/// Sets a fresh server up, and returns the token of its administrator.
pub async fn set_up(node: &Node, http: SocketAddr, client: &reqwest::Client) -> String {
    let said = node.said();
    let token = said.split("set-up token: ").nth(1).and_then(|rest| rest.split_whitespace().next()).unwrap();
    let setup = json!({ "token": token, "name": "admin", "password": "seven green bottles on the wall" });
    let address = format!("http://{http}");
    let asked = client.post(format!("{address}/auth/setup")).header("origin", &address).json(&setup).send().await;
    let answer = asked.unwrap();
    let cookie = answer.headers().get("set-cookie").map(|cookie| cookie.to_str().unwrap().to_owned());
    let cookie = cookie.unwrap_or_else(|| panic!("no session: {}", answer.status()));
    cookie.split(['=', ';']).nth(1).unwrap().to_owned()
}

/// A time as the API writes it.
pub fn time(value: &Value) -> Option<WallTime> {
    let time = chrono::DateTime::parse_from_rfc3339(value.as_str()?).unwrap();
    Some(WallTime::from_micros(time.timestamp_micros()))
}

fn plant_file() -> String {
    let mut text = String::from(
        "id = \"mill\"\nname = \"Mill\"\nscan_period_seconds = 1.0\nstale_after_seconds = 60.0\n\n\
         [[units]]\nid = \"mill\"\nname = \"Mill\"\ndescription = \"Grinds.\"\nguidance = \"Look at it.\"\n",
    );
    for tag in 0..TAGS {
        let _ = write!(
            text,
            "\n[[tags]]\nid = \"T{tag}\"\nname = \"Tag {tag}\"\ndescription = \"A pressure.\"\nunit_of_measure = \"kPa\"\n\
             unit = \"mill\"\nkind = \"pressure\"\nrole = \"measured\"\nrange_low = 0.0\nrange_high = 100.0\nnormal = 50.0\n\
             resolution = 0.1\n"
        );
        for (kind, value) in [("high", 80.0), ("low", 20.0)] {
            let _ = write!(
                text,
                "\n[[tags.limits]]\nkind = \"{kind}\"\nvalue = {value:?}\non_delay_seconds = 0.0\noff_delay_seconds = 0.0\n\
                 severity = \"medium\"\ncause = \"Its valve sticks.\"\nconsequence = \"It stops.\"\n"
            );
        }
    }
    text
}

/// Each tag swings beyond its limits in turn: about six alarms come and go with every row.
fn samples() -> String {
    let headings: Vec<String> = (0..TAGS).map(|tag| format!("T{tag}")).collect();
    let mut text = headings.join(",");
    text.push('\n');
    for row in 0..ROWS {
        for tag in 0..TAGS {
            let value = match (row + tag * 7) % 40 {
                0..10 => 90,
                20..30 => 10,
                _ => 50,
            };
            let _ = write!(text, "{}{value}", if tag == 0 { "" } else { "," });
        }
        text.push('\n');
    }
    text
}
