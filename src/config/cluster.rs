//! Several nodes that run as one: who this node is, where it listens for the others, and what proves who they are.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{ConfigError, Secret, StorageConfig};

/// Longest name of a node; it stands in file names, metrics and database rows.
const NODE_LENGTH_MAX: usize = 64;

/// A shorter cookie could be guessed by whoever can reach the port.
const COOKIE_LENGTH_MIN: usize = 16;

/// Several nodes that run as one.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClusterConfig {
    /// Whether this node shares its plants with others. Everything below but `node` needs it.
    pub enabled: bool,
    /// What this node is called; no two nodes may share a name. Without it, the name of the machine.
    pub node: Option<String>,
    /// Where to listen for the other nodes, address and port.
    pub listen: SocketAddr,
    /// How the others reach this node, `host:port`; without it, `listen`, which must then be one address.
    pub advertise: Option<String>,
    /// Where to look for the others, each `host:port`; its own entry does no harm.
    pub peers: Vec<String>,
    /// The secret that all nodes share.
    pub cookie: Option<Secret>,
    /// A file with the secret instead, without it being in the configuration.
    pub cookie_file: Option<PathBuf>,
    /// This node's certificate with its chain, PEM.
    pub certificate: Option<PathBuf>,
    /// Its private key, PEM.
    pub private_key: Option<PathBuf>,
    /// Who has signed the certificates of all nodes, PEM.
    pub authority: Option<PathBuf>,
    /// A node that is not heard of for so long loses its plants to the others, seconds.
    pub lease_seconds: u32,
}

impl Default for ClusterConfig {
    fn default() -> Self {
        Self {
            enabled: false,
            node: None,
            listen: SocketAddr::from(([127, 0, 0, 1], 8802)),
            advertise: None,
            peers: Vec::new(),
            cookie: None,
            cookie_file: None,
            certificate: None,
            private_key: None,
            authority: None,
            lease_seconds: 3,
        }
    }
}

impl ClusterConfig {
    /// How long a claim on a plant holds without being renewed.
    pub fn lease(&self) -> Duration {
        Duration::from_secs(u64::from(self.lease_seconds))
    }

    /// How the others reach this node.
    pub fn advertised(&self) -> String {
        self.advertise.clone().unwrap_or_else(|| self.listen.to_string())
    }

    /// The secret that all nodes share, from the configuration or from its file; `None` when neither is set.
    ///
    /// # Errors
    /// When the file cannot be read or is too short a secret.
    pub fn read_cookie(&self) -> Result<Option<Secret>, ConfigError> {
        let Some(file) = &self.cookie_file else { return Ok(self.cookie.clone()) };
        let wrong = |problem: String| ConfigError::Value { key: "cluster.cookie_file".into(), problem };
        let text =
            std::fs::read_to_string(file).map_err(|e| wrong(format!("{} cannot be read: {e}", file.display())))?;
        let cookie = text.trim();
        if cookie.len() < COOKIE_LENGTH_MIN {
            return Err(wrong(format!("{} holds fewer than {COOKIE_LENGTH_MIN} letters", file.display())));
        }
        Ok(Some(Secret::from(cookie.to_owned())))
    }

    /// Refuses what makes no sense; `storage` must be one that nodes can share.
    pub(super) fn validate(&self, storage: &StorageConfig) -> Result<(), ConfigError> {
        let wrong = |key: &str, problem: String| Err(ConfigError::Value { key: format!("cluster.{key}"), problem });
        if let Some(node) = &self.node
            && !is_node_name(node)
        {
            let problem = format!("`{node}` is not a name: 1 to {NODE_LENGTH_MAX} of A-Z, a-z, 0-9, _, - and .");
            return wrong("node", problem);
        }
        if !(1..=60).contains(&self.lease_seconds) {
            return wrong("lease_seconds", format!("{} is outside 1…60", self.lease_seconds));
        }
        if !self.enabled {
            return Ok(());
        }
        if storage.database_url.is_none() {
            let problem = "must be set, since a cluster shares one PostgreSQL".to_owned();
            return Err(ConfigError::Value { key: "storage.database_url".into(), problem });
        }
        if storage.history_dir.is_none() {
            let problem = "must be set to a directory that every node of the cluster reaches".to_owned();
            return Err(ConfigError::Value { key: "storage.history_dir".into(), problem });
        }
        if self.node.is_none() {
            return wrong("node", "must be set, since every node of a cluster has a name of its own".into());
        }
        match (&self.cookie, &self.cookie_file) {
            (None, None) => return wrong("cookie_file", "must be set (or cluster.cookie)".into()),
            (Some(_), Some(_)) => return wrong("cookie_file", "one of cluster.cookie and this, not both".into()),
            (Some(cookie), None) if cookie.expose().trim().len() < COOKIE_LENGTH_MIN => {
                return wrong("cookie", format!("must have at least {COOKIE_LENGTH_MIN} letters"));
            }
            _ => {}
        }
        for (key, path) in
            [("certificate", &self.certificate), ("private_key", &self.private_key), ("authority", &self.authority)]
        {
            if path.is_none() {
                return wrong(key, "must be set, since nodes speak to each other over mutual TLS".into());
            }
        }
        if self.advertise.is_none() && self.listen.ip().is_unspecified() {
            return wrong("advertise", format!("must be set, since nobody can reach cluster.listen {}", self.listen));
        }
        let named = self.advertise.iter().map(|address| ("advertise", address));
        for (key, address) in named.chain(self.peers.iter().map(|address| ("peers", address))) {
            if !is_address(address) {
                return wrong(key, format!("`{address}` is not host:port"));
            }
        }
        Ok(())
    }
}

fn is_node_name(name: &str) -> bool {
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c));
    plain && !name.starts_with('.') && (1..=NODE_LENGTH_MAX).contains(&name.len())
}

fn is_address(address: &str) -> bool {
    let Some((host, port)) = address.rsplit_once(':') else { return false };
    !host.is_empty() && port.parse::<u16>().is_ok_and(|port| port > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn clustered() -> Config {
        let mut config = Config::default();
        config.storage.database_url = Some(Secret::from("postgres://localhost/tep".to_owned()));
        config.storage.history_dir = Some("/srv/history".into());
        config.cluster = ClusterConfig {
            enabled: true,
            node: Some("a".into()),
            peers: vec!["b.plant:8802".into()],
            cookie: Some(Secret::from("a secret of some length".to_owned())),
            certificate: Some("a.pem".into()),
            private_key: Some("a.key".into()),
            authority: Some("ca.pem".into()),
            ..ClusterConfig::default()
        };
        config
    }

    #[test]
    fn what_a_cluster_needs_is_asked_for_by_name() {
        #[track_caller]
        fn check(change: impl FnOnce(&mut Config), key: &str) {
            let mut config = clustered();
            change(&mut config);
            let error = config.validate().expect_err(key).to_string();
            assert!(error.contains(&format!("`{key}`")), "{error}");
        }
        assert!(clustered().validate().is_ok());
        check(|config| config.storage.database_url = None, "storage.database_url");
        check(|config| config.storage.history_dir = None, "storage.history_dir");
        check(|config| config.cluster.node = None, "cluster.node");
        check(|config| config.cluster.node = Some("a b".into()), "cluster.node");
        check(|config| config.cluster.node = Some("../a".into()), "cluster.node");
        check(|config| config.cluster.cookie = None, "cluster.cookie_file");
        check(|config| config.cluster.cookie_file = Some("cookie".into()), "cluster.cookie_file");
        check(|config| config.cluster.cookie = Some(Secret::from("short".to_owned())), "cluster.cookie");
        check(|config| config.cluster.certificate = None, "cluster.certificate");
        check(|config| config.cluster.private_key = None, "cluster.private_key");
        check(|config| config.cluster.authority = None, "cluster.authority");
        check(|config| config.cluster.listen = SocketAddr::from(([0, 0, 0, 0], 8802)), "cluster.advertise");
        check(|config| config.cluster.advertise = Some("a.plant".into()), "cluster.advertise");
        check(|config| config.cluster.peers = vec!["b.plant:x".into()], "cluster.peers");
        check(|config| config.cluster.lease_seconds = 0, "cluster.lease_seconds");
    }

    #[test]
    fn a_node_alone_needs_none_of_it() {
        let mut config = Config::default();
        config.cluster.node = Some("alone".into());
        assert!(config.validate().is_ok());
    }

    #[test]
    fn a_cookie_is_read_from_its_file_and_a_bad_one_is_told_by_its_name() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("cookie");
        let config = ClusterConfig { cookie_file: Some(file.clone()), ..ClusterConfig::default() };
        assert!(config.read_cookie().unwrap_err().to_string().contains(&*file.to_string_lossy()));
        std::fs::write(&file, "short\n").unwrap();
        assert!(config.read_cookie().unwrap_err().to_string().contains("cluster.cookie_file"));
        std::fs::write(&file, "a secret of some length\n").unwrap();
        assert_eq!(config.read_cookie().unwrap().unwrap().expose(), "a secret of some length");
    }
}
