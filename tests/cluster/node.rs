//! One `tep serve` as a process of its own.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

/// One `tep serve`.
pub struct Node {
    pub name: String,
    pub http: SocketAddr,
    config: PathBuf,
    said: PathBuf,
    log: PathBuf,
    process: Option<Child>,
    client: reqwest::Client,
}

impl Node {
    pub fn new(dir: &Path, name: &str, http: SocketAddr, config: &str, client: &reqwest::Client) -> Self {
        let path = |ending: &str| dir.join(format!("{name}.{ending}"));
        fs::write(path("toml"), config).unwrap();
        Self {
            name: name.to_owned(),
            http,
            config: path("toml"),
            said: path("out"),
            log: path("log"),
            process: None,
            client: client.clone(),
        }
    }

    pub fn start(&mut self) {
        let append = |path: &Path| File::options().create(true).append(true).open(path).unwrap();
        let process = Command::new(env!("CARGO_BIN_EXE_tep"))
            .args(["serve", "--config"])
            .arg(&self.config)
            .stdin(Stdio::null())
            .stdout(append(&self.said))
            .stderr(append(&self.log))
            .spawn()
            .expect("tep starts");
        self.process = Some(process);
    }

    /// What it has written to standard output.
    pub fn said(&self) -> String {
        fs::read_to_string(&self.said).unwrap_or_default()
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    pub fn signal(&self, signal: &str) {
        let id = self.process.as_ref().expect("it runs").id();
        let done = Command::new("kill").args([&format!("-{signal}"), &id.to_string()]).status().unwrap();
        assert!(done.success(), "kill -{signal}");
    }

    /// Ends it without a chance to say anything.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    /// Ends it in good order.
    pub async fn stop(&mut self) {
        self.signal("TERM");
        let mut process = self.process.take().expect("it runs");
        let status = tokio::task::spawn_blocking(move || process.wait()).await.unwrap().unwrap();
        assert!(status.success(), "{} ended with {status}:\n{}", self.name, self.log());
    }

    pub async fn is_ready(&self) -> bool {
        let asked = self.client.get(format!("http://{}/health/ready", self.http)).send().await;
        asked.is_ok_and(|answer| answer.status().is_success())
    }

    /// Whoever asks here while the node itself is started and stopped by somebody else.
    pub fn asker(&self) -> Asker {
        Asker { http: self.http, client: self.client.clone() }
    }

    /// The data of a GraphQL answer, or what stood in the way.
    pub async fn ask(&self, token: &str, plant: &str, query: &str, variables: Value) -> Result<Value, String> {
        self.asker().ask(token, plant, query, variables).await
    }
}

/// Asks a node.
pub struct Asker {
    http: SocketAddr,
    client: reqwest::Client,
}

impl Asker {
    /// The data of a GraphQL answer, or what stood in the way.
    pub async fn ask(&self, token: &str, plant: &str, query: &str, variables: Value) -> Result<Value, String> {
        let address = format!("http://{}/plants/{plant}/graphql", self.http);
        let body = json!({ "query": query, "variables": variables });
        let sent = self.client.post(address).bearer_auth(token).json(&body).send().await.map_err(|e| e.to_string())?;
        let answer: Value = sent.json().await.map_err(|e| e.to_string())?;
        match (answer.get("errors"), answer.get("data")) {
            (None, Some(data)) => Ok(data.clone()),
            (Some(errors), _) => Err(errors.to_string()),
            (None, None) => Err(answer.to_string()),
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            // A process that sleeps is ended all the same.
            drop(process.kill());
            drop(process.wait());
        }
    }
}
