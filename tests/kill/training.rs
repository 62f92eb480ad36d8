//! The real server, killed in the midst of a training: after its next start the job goes on behind the simulated runs that it
//! had finished, and ends with a model.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use super::house::set_up;
use crate::cluster::node::Node;

const PLANT: &str = "tennessee-eastman";
const PATIENCE: Duration = Duration::from_secs(180);
/// Rows of each simulated run: 48 hours, 960 rows.
const ROWS: u64 = 960;

async fn until<T>(node: &Node, what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let search = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, search).await.unwrap_or_else(|_| panic!("{what} is not reached:\n{}", node.log()))
}

/// The finished runs with the times at which they were written.
fn finished(runs: &Path) -> Vec<(String, std::time::SystemTime)> {
    let Ok(entries) = fs::read_dir(runs) else { return Vec::new() };
    let run = |entry: fs::DirEntry| {
        let name = entry.file_name().to_string_lossy().into_owned();
        Some((name, entry.metadata().ok()?.modified().ok()?))
    };
    let mut all: Vec<_> = entries.flatten().filter_map(run).filter(|(name, _)| name.ends_with(".run")).collect();
    all.sort();
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn a_training_whose_server_is_killed_goes_on_behind_its_finished_runs() {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let dir = tempfile::tempdir().unwrap();
    let http = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
    let home = dir.path().display();
    let config = format!(
        "[server]\naddress = \"127.0.0.1\"\nport = {}\nmetrics_port = 0\n\
         [storage]\ndata_dir = \"{home}/data\"\nmin_free_mib = 0\n\
         [telemetry]\nlog = \"warn,tep::telemetry::events=error\"\n",
        http.port()
    );
    let client = reqwest::Client::builder().timeout(Duration::from_secs(15)).build().unwrap();
    let mut node = Node::new(dir.path(), "alone", http, &config, &client);
    node.start();
    until(&node, "readiness", async || node.is_ready().await.then_some(())).await;
    let token = set_up(&node, http, &client).await;
    let runs = dir.path().join("data/simulated");
    let two = async || Some(finished(&runs)).filter(|runs| runs.len() >= 2);
    let before = until(&node, "two finished runs", two).await;
    node.kill();
    let before = [before, finished(&runs)].into_iter().max_by_key(Vec::len).unwrap();
    assert!(before.len() < 8, "it was killed in the midst of it");

    node.start();
    until(&node, "readiness", async || node.is_ready().await.then_some(())).await;
    let asker = node.asker();
    let ask = async || -> Option<Value> {
        let query = "{ detectors { training { done stage } } trainingJobs(first: 5) { key state requestedBy model } }";
        asker.ask(&token, PLANT, query, json!({})).await.ok()
    };
    let progress = async || {
        let training = ask().await?["detectors"][0]["training"].take();
        training["stage"].as_str().filter(|stage| *stage == "simulating normal operation")?;
        training["done"].as_u64()
    };
    // Runs that are there already are counted one by one, but not simulated: it never stands in the midst of the first.
    let done = until(&node, "the progress of the training", progress).await;
    assert!(done >= ROWS, "it begins again at row {done}, and {} runs of {ROWS} rows were finished", before.len());
    let behind = ROWS * before.len() as u64;
    let further = async || progress().await.filter(|done| *done > behind);
    until(&node, "progress behind the finished runs", further).await;
    let kept = finished(&runs);
    assert!(before.iter().all(|run| kept.contains(run)), "what was finished is not simulated again: {kept:?}");
    let over = async || ask().await.filter(|told| told["trainingJobs"][0]["state"] == "DONE");
    let told = until(&node, "the end of the training", over).await;
    let jobs = told["trainingJobs"].as_array().unwrap();
    assert_eq!((jobs.len(), &jobs[0]["requestedBy"]), (1, &json!("TEP")), "one job, the one that was cut off: {told}");
    assert!(jobs[0]["model"].is_string(), "{told}");
    assert_eq!(finished(&runs), [], "what it could go on from is no longer needed");
    node.stop().await;
}
