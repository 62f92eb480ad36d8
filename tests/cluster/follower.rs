//! Clients that follow a cluster while it is tormented, and write down what they are told.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;

use super::history::{Heard, History};
use super::node::Node;
use super::town::{OWNERS, PLANTS};

/// A dead stream is begun again after this.
const PAUSE: Duration = Duration::from_millis(100);

const FOLLOW: &str = "subscription($since: String) { alarmEvents(since: $since) { \
     ... on AlarmSnapshot { snapshot: cursor } ... on AlarmEvent { event: cursor } ... on Discontinuity { to reason } } }";

/// Clients that follow alarms over server-sent events, each at one node.
#[derive(Default)]
pub struct Followers(Vec<JoinHandle<()>>);

impl Followers {
    /// Follows the alarms of a plant at a node, and resumes there after every break.
    pub fn begin(&mut self, history: &Arc<Mutex<History>>, node: &Node, plant: &str, token: &str) {
        let follower = Follower {
            history: Arc::clone(history),
            who: format!("{plant}@{}", node.name),
            address: format!("http://{}/plants/{plant}/graphql/stream", node.http),
            token: token.to_owned(),
            client: reqwest::Client::new(),
            since: None,
        };
        self.0.push(tokio::spawn(follower.follow()));
    }

    pub fn end(&mut self) {
        self.0.drain(..).for_each(|task| task.abort());
    }
}

struct Follower {
    history: Arc<Mutex<History>>,
    who: String,
    address: String,
    token: String,
    client: reqwest::Client,
    since: Option<String>,
}

impl Follower {
    async fn follow(mut self) {
        loop {
            self.read_one_stream().await;
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Reads until the stream ends or breaks.
    async fn read_one_stream(&mut self) {
        let body = json!({ "query": FOLLOW, "variables": { "since": self.since } });
        let request = self.client.post(&self.address).bearer_auth(&self.token).json(&body);
        let Ok(answer) = request.header("accept", "text/event-stream").send().await else { return };
        let mut bytes = answer.bytes_stream();
        let mut text = String::new();
        while let Some(Ok(more)) = bytes.next().await {
            text.push_str(&String::from_utf8_lossy(&more));
            while let Some((event, rest)) = text.split_once("\n\n") {
                let data: String = event.lines().filter_map(|line| line.strip_prefix("data:")).collect();
                if let Ok(item) = serde_json::from_str::<Value>(data.trim()) {
                    self.write_down(&item["data"]["alarmEvents"]).await;
                }
                text = rest.to_owned();
            }
        }
    }

    async fn write_down(&mut self, item: &Value) {
        let (text, event) = match (item["snapshot"].as_str(), item["event"].as_str()) {
            (Some(cursor), _) => (Some(cursor), false),
            (_, Some(cursor)) => (Some(cursor), true),
            _ => (None, false),
        };
        let heard = match text {
            Some(text) => {
                self.since = Some(text.to_owned());
                let cursor = text.parse().expect("a cursor");
                if event { Heard::Event(cursor) } else { Heard::Snapshot(cursor) }
            }
            None if item["reason"].is_string() => Heard::Discontinuity,
            None => return,
        };
        self.history.lock().await.heard.entry(self.who.clone()).or_default().push(heard);
    }
}

/// Asks a node again and again which plants it owns itself.
pub fn watch_owners(history: &Arc<Mutex<History>>, node: &Node, token: &str) -> JoinHandle<()> {
    let (history, token, name) = (Arc::clone(history), token.to_owned(), node.name.clone());
    let asker = node.asker();
    tokio::spawn(async move {
        loop {
            if let Ok(told) = asker.ask(&token, PLANTS[0], OWNERS, Value::Null).await {
                for place in told["plants"].as_array().into_iter().flatten() {
                    let owner = place["node"].as_str().filter(|owner| *owner == name);
                    if let (Some(owner), Some(plant), Some(term)) =
                        (owner, place["key"].as_str(), place["term"].as_i64())
                    {
                        let mut history = history.lock().await;
                        history.owners.entry((plant.to_owned(), term)).or_default().insert(owner.to_owned());
                    }
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
    })
}
