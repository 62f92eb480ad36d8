use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use serde_json::{Value, json};

use super::node::Asker;
use super::town::{PLANTS, Town};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_somebody_acknowledges_all_the_time() {
    let mut town = Town::new().await;
    let operator = Operator {
        nodes: town.nodes.iter().map(super::node::Node::asker).collect(),
        token: town.token.clone(),
        history: Arc::clone(&town.history),
        answered: AtomicU32::new(0),
        enough: AtomicBool::new(false),
    };
    let operator = Arc::new(operator);
    let at_work = tokio::spawn(Arc::clone(&operator).work());
    for node in 0..3 {
        town.nodes[node].stop().await;
        let elsewhere = (node + 1) % 3;
        for plant in PLANTS {
            town.until("the plant runs without the node", async |town| {
                town.owner_at(elsewhere, plant).await.filter(|(owner, _)| *owner != node)
            })
            .await;
        }
        town.nodes[node].start();
        town.until("the node is back", async |town| town.alarm(node, "north").await.ok()).await;
    }
    // The lost feed of either plant is called within the first moments; other alarms follow as models are trained.
    town.until("something of each plant was acknowledged", async |_| {
        (operator.answered.load(Ordering::Relaxed) >= 2).then_some(())
    })
    .await;
    operator.enough.store(true, Ordering::Relaxed);
    at_work.await.unwrap();
    println!("{} acknowledgements were answered", operator.answered.load(Ordering::Relaxed));
    town.close().await;
}

/// Acknowledges whatever stands unacknowledged, now at this node and now at that; repeats what was not answered.
struct Operator {
    nodes: Vec<Asker>,
    token: String,
    history: Arc<tokio::sync::Mutex<super::history::History>>,
    answered: AtomicU32,
    enough: AtomicBool,
}

impl Operator {
    async fn work(self: Arc<Self>) {
        let mut turn = 0;
        while !self.enough.load(Ordering::Relaxed) {
            turn += 1;
            for plant in PLANTS {
                self.acknowledge_all(&self.nodes[turn % self.nodes.len()], plant).await;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    }

    async fn acknowledge_all(&self, node: &Asker, plant: &str) -> Option<()> {
        const ASK: &str = "{ alarms(filter: { states: [UNACKNOWLEDGED, RTN_UNACKNOWLEDGED] }) { \
             edges { node { key occurrenceId } } } }";
        const ORDER: &str = "mutation($input: AcknowledgeAlarmsInput!) { \
             acknowledgeAlarms(input: $input) { results { ok alarm } userErrors { code } } }";
        let told = node.ask(&self.token, plant, ASK, Value::Null).await.ok()?;
        for edge in told["alarms"]["edges"].as_array()? {
            let (alarm, seen) = (edge["node"]["key"].as_str()?, edge["node"]["occurrenceId"].as_str()?);
            let input = json!({
                "items": [{ "alarm": alarm, "occurrenceId": seen }],
                "idempotencyKey": format!("{plant}-{seen}"),
            });
            let told = node.ask(&self.token, plant, ORDER, json!({ "input": input })).await.ok()?;
            if told["acknowledgeAlarms"]["results"][0]["ok"] == true {
                self.answered.fetch_add(1, Ordering::Relaxed);
                let done = (plant.to_owned(), alarm.to_owned(), seen.to_owned());
                self.history.lock().await.acknowledged.push(done);
            }
        }
        Some(())
    }
}
