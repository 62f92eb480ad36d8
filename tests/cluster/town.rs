//! Three nodes with two simulated plants on one PostgreSQL, every wire of which can be cut.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tep::cluster::Authority;
use tep::feed::Cursor;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, MutexGuard};
use tokio::task::JoinHandle;

use super::follower::{Followers, watch_owners};
use super::history::{History, Row};
use super::node::Node;
use super::proxy::Proxy;
use crate::storage::house::OwnDatabase;

pub const PLANTS: [&str; 2] = ["north", "south"];
const NAMES: [&str; 3] = ["one", "two", "three"];

/// The longest that any awaited state may take; a state that is not reached by then is a failure.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Six cores' worth of processes on two: one town at a time.
static ALONE: Mutex<()> = Mutex::const_new(());

/// The alarm that the sixth disturbance raises at once: feed A is lost.
pub const ALARM: &str = "XMEAS_1/LOW";

pub struct Town {
    pub nodes: Vec<Node>,
    pub token: String,
    pub history: Arc<Mutex<History>>,
    /// The wire from the first to the second.
    wires: Vec<(usize, usize, Proxy)>,
    /// The wires to the database, one a node.
    pub database_wires: Vec<Proxy>,
    database: OwnDatabase,
    followers: Followers,
    tasks: Vec<JoinHandle<()>>,
    _home: TempDir,
    _alone: MutexGuard<'static, ()>,
}

impl Town {
    /// Three nodes that have found each other; every plant runs, its feed A is lost, and [`ALARM`] is raised.
    pub async fn new() -> Self {
        let alone = ALONE.lock().await;
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let home = tempfile::tempdir().unwrap();
        let database = OwnDatabase::create().await;
        let ports = free_ports(2 * NAMES.len()).await;
        let (http, lines) = ports.split_at(NAMES.len());
        let mut wires = Vec::new();
        for from in 0..NAMES.len() {
            for (to, line) in lines.iter().enumerate().filter(|(to, _)| *to != from) {
                wires.push((from, to, Proxy::to(*line).await));
            }
        }
        let mut database_wires = Vec::new();
        let server: url::Url = database.url.parse().unwrap();
        let server = SocketAddr::from(([127, 0, 0, 1], server.port().unwrap_or(5432)));
        for _ in NAMES {
            database_wires.push(Proxy::to(server).await);
        }
        let authority = Authority::open(home.path(), chrono::Utc::now()).unwrap();
        NAMES.iter().for_each(|name| drop(authority.issue(&(*name).into(), 12, chrono::Utc::now()).unwrap()));
        let client = reqwest::Client::builder().timeout(Duration::from_secs(15)).build().unwrap();
        let node = |(index, name): (usize, &&str)| {
            let peers = wires.iter().filter(|(from, ..)| *from == index).map(|(.., wire)| wire.address).collect();
            let mut url: url::Url = database.url.parse().unwrap();
            url.set_host(Some("127.0.0.1")).unwrap();
            url.set_port(Some(database_wires[index].address.port())).unwrap();
            let config = config(home.path(), name, http[index], lines[index], peers, url.as_str());
            Node::new(home.path(), name, http[index], &config, &client)
        };
        let nodes: Vec<Node> = NAMES.iter().enumerate().map(node).collect();
        let history = Arc::new(Mutex::new(History::default()));
        let mut town = Self {
            nodes,
            token: String::new(),
            history,
            wires,
            database_wires,
            database,
            followers: Followers::default(),
            tasks: Vec::new(),
            _home: home,
            _alone: alone,
        };
        town.open(&client).await;
        town
    }

    async fn open(&mut self, client: &reqwest::Client) {
        self.nodes[0].start();
        self.until("the first node is ready", async |town| town.nodes[0].is_ready().await.then_some(())).await;
        let said = self.nodes[0].said();
        let token = said.split("set-up token: ").nth(1).and_then(|rest| rest.split_whitespace().next()).unwrap();
        let setup = json!({ "token": token, "name": "admin", "password": "seven green bottles on the wall" });
        let http = self.nodes[0].http;
        let answer = client
            .post(format!("http://{http}/auth/setup"))
            .header("origin", format!("http://{http}"))
            .json(&setup)
            .send()
            .await
            .unwrap();
        let cookie = answer.headers().get("set-cookie").map(|cookie| cookie.to_str().unwrap().to_owned());
        let cookie = cookie.unwrap_or_else(|| panic!("no session: {}", answer.status()));
        self.token = cookie.split(['=', ';']).nth(1).unwrap().to_owned();
        self.nodes[1].start();
        self.nodes[2].start();
        for plant in PLANTS {
            self.until("the plant runs", async |town| town.owner(plant).await).await;
            self.disturb(plant, true).await;
            self.until("the alarm is raised", async |town| {
                let alarm = town.alarm(0, plant).await.ok()?;
                (alarm["state"] == "UNACKNOWLEDGED").then_some(())
            })
            .await;
        }
        // Every node answers for every plant, so every node knows the others.
        self.until("every node answers for every plant", async |town| {
            for node in 0..town.nodes.len() {
                for plant in PLANTS {
                    town.alarm(node, plant).await.ok()?;
                }
            }
            Some(())
        })
        .await;
        for node in &self.nodes {
            for plant in PLANTS {
                self.followers.begin(&self.history, node, plant, &self.token);
            }
            self.tasks.push(watch_owners(&self.history, node, &self.token));
        }
        self.until("every follower has begun", async |town| {
            let heard = &town.history.lock().await.heard;
            (heard.len() == town.nodes.len() * PLANTS.len()).then_some(())
        })
        .await;
    }

    /// Cuts one node off from the other nodes, or mends its wires.
    pub fn part_from_nodes(&self, node: usize, cut: bool) {
        for (_, _, wire) in self.wires.iter().filter(|(from, to, _)| *from == node || *to == node) {
            if cut { wire.cut() } else { wire.mend() }
        }
    }

    /// Waits for a state: looks for it again and again, and gives up long after it should have been reached.
    pub async fn until<T>(&self, what: &str, look: impl AsyncFn(&Self) -> Option<T>) -> T {
        let search = async {
            loop {
                if let Some(found) = look(self).await {
                    return found;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        match tokio::time::timeout(PATIENCE, search).await {
            Ok(found) => found,
            Err(_) => panic!("not in time: {what}\n{}", self.logs()),
        }
    }

    fn logs(&self) -> String {
        let tail = |node: &Node| {
            let log = node.log();
            let lines: Vec<&str> = log.lines().collect();
            format!("--- {}\n{}\n", node.name, lines[lines.len().saturating_sub(40)..].join("\n"))
        };
        self.nodes.iter().map(tail).collect()
    }

    /// Who owns a plant, and in which term, as a node tells it.
    pub async fn owner_at(&self, node: usize, plant: &str) -> Option<(usize, i64)> {
        let told = self.nodes[node].ask(&self.token, plant, OWNERS, Value::Null).await.ok()?;
        let place = told["plants"].as_array()?.iter().find(|place| place["key"] == plant)?.clone();
        let owner = NAMES.iter().position(|name| place["node"] == *name)?;
        (place["health"] == "RUNNING").then(|| place["term"].as_i64().map(|term| (owner, term))).flatten()
    }

    /// Who owns a plant, as the owner itself tells it.
    pub async fn owner(&self, plant: &str) -> Option<(usize, i64)> {
        for node in 0..self.nodes.len() {
            if let Some((owner, term)) = self.owner_at(node, plant).await
                && self.owner_at(owner, plant).await == Some((owner, term))
            {
                return Some((owner, term));
            }
        }
        None
    }

    /// The alarm of a plant, asked at a node.
    pub async fn alarm(&self, node: usize, plant: &str) -> Result<Value, String> {
        const ASK: &str = "query($id: String!) { alarm(id: $id) { key state occurrenceId acknowledgedBy } }";
        let told = self.nodes[node].ask(&self.token, plant, ASK, json!({ "id": ALARM })).await?;
        Ok(told["alarm"].clone())
    }

    async fn disturb(&self, plant: &str, active: bool) {
        const ORDER: &str =
            "mutation($input: SetDisturbanceInput!) { setDisturbance(input: $input) { userErrors { code } } }";
        let input = json!({ "number": 6, "active": active, "idempotencyKey": format!("{plant}-{active}") });
        self.until("the disturbance is ordered", async |town| {
            let told = town.nodes[0].ask(&town.token, plant, ORDER, json!({ "input": input.clone() })).await.ok()?;
            (told["setDisturbance"]["userErrors"] == json!([])).then_some(())
        })
        .await;
    }

    /// Acknowledges the alarm at a node, repeating under one key until it is answered; what is answered is remembered.
    pub async fn acknowledge(&self, node: usize, plant: &str) {
        let occurrence = self
            .until("the alarm can be asked for", async |town| {
                let alarm = town.alarm(node, plant).await.ok()?;
                alarm["occurrenceId"].as_str().map(str::to_owned)
            })
            .await;
        let key = format!("{plant}-{occurrence}");
        self.until("the acknowledgement is answered", async |town| {
            town.try_acknowledge(node, plant, ALARM, &occurrence, &key).await
        })
        .await;
    }

    /// One try to acknowledge.
    pub async fn try_acknowledge(&self, node: usize, plant: &str, alarm: &str, seen: &str, key: &str) -> Option<()> {
        const ORDER: &str = "mutation($input: AcknowledgeAlarmsInput!) { \
             acknowledgeAlarms(input: $input) { results { ok } userErrors { code } } }";
        let input = json!({ "items": [{ "alarm": alarm, "occurrenceId": seen }], "idempotencyKey": key });
        let told = self.nodes[node].ask(&self.token, plant, ORDER, json!({ "input": input })).await.ok()?;
        let ok = told["acknowledgeAlarms"]["results"][0]["ok"].as_bool()?;
        if ok {
            let done = (plant.to_owned(), alarm.to_owned(), seen.to_owned());
            self.history.lock().await.acknowledged.push(done);
        }
        Some(())
    }

    /// The journal of a plant, oldest first, asked at a node.
    pub async fn journal(&self, node: usize, plant: &str) -> Option<Vec<Row>> {
        const ASK: &str = "query($after: String) { journal(first: 500, after: $after) { \
             edges { cursor node { kind occurrenceId } } pageInfo { hasNextPage endCursor } } }";
        let mut rows = Vec::new();
        let mut after = Value::Null;
        loop {
            let told = self.nodes[node].ask(&self.token, plant, ASK, json!({ "after": after })).await.ok()?;
            let page = &told["journal"];
            for edge in page["edges"].as_array()? {
                let text = |value: &Value| value.as_str().map(str::to_owned);
                rows.push(Row {
                    at: edge["cursor"].as_str()?.parse::<Cursor>().ok()?,
                    kind: text(&edge["node"]["kind"])?,
                    occurrence: text(&edge["node"]["occurrenceId"]),
                });
            }
            if page["pageInfo"]["hasNextPage"] != true {
                break;
            }
            after = page["pageInfo"]["endCursor"].clone();
        }
        rows.reverse();
        Some(rows)
    }

    /// Ends everything, and holds what was seen against what is promised.
    pub async fn close(mut self) {
        for plant in PLANTS {
            let journal = self.until("the journal", async |town| town.journal(0, plant).await).await;
            self.history.lock().await.journal.insert(plant.to_owned(), journal);
        }
        self.followers.end();
        self.tasks.iter().for_each(JoinHandle::abort);
        let breaches = self.history.lock().await.breaches();
        assert!(breaches.is_empty(), "{}\n{}", breaches.join("\n"), self.logs());
        self.nodes.iter_mut().for_each(Node::kill);
        self.database.drop().await;
    }
}

pub const OWNERS: &str = "{ plants { key node term health } }";

/// Below those that the operating system gives to whoever calls somebody, so that they are still free a moment later.
async fn free_ports(count: usize) -> Vec<SocketAddr> {
    let mut held = Vec::new();
    while held.len() < count {
        let port = rand::random_range(10_000..20_000_u16);
        if let Ok(listener) = TcpListener::bind(("127.0.0.1", port)).await {
            held.push(listener);
        }
    }
    held.iter().map(|listener| listener.local_addr().unwrap()).collect()
}

fn config(
    home: &std::path::Path,
    name: &str,
    http: SocketAddr,
    line: SocketAddr,
    peers: Vec<SocketAddr>,
    database: &str,
) -> String {
    let home = home.display();
    let peers: Vec<String> = peers.iter().map(ToString::to_string).collect();
    let plants = PLANTS.map(|plant| {
        format!("[plants.{plant}]\n[plants.{plant}.source]\nkind = \"simulator\"\nspeed = 20.0\nseed = 1431655765\n")
    });
    format!(
        "[server]\naddress = \"127.0.0.1\"\nport = {}\nmetrics_port = 0\nshutdown_seconds = 10\n\
         [storage]\ndata_dir = \"{home}/{name}\"\nhistory_dir = \"{home}/history\"\ndatabase_url = \"{database}\"\n\
         min_free_mib = 0\n\
         [security]\nsign_in_per_minute = 1000\n\
         [cluster]\nenabled = true\nnode = \"{name}\"\nlisten = \"{line}\"\npeers = {peers:?}\n\
         cookie = \"a secret of some length\"\ncertificate = \"{home}/{name}.pem\"\nprivate_key = \"{home}/{name}.key\"\n\
         authority = \"{home}/authority.pem\"\nlease_seconds = 2\n{}",
        http.port(),
        plants.concat()
    )
}
