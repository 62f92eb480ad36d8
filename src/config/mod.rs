//! What was configured: one small struct a concern, read once, unknown keys refused, secrets redacted.
//!
//! Order, later wins: built-in defaults, `tep.toml` (or `--config FILE`), `TEP_…` environment variables
//! (`TEP_SERVER__PORT=8080` sets `server.port`), flags.

/// The bound of every door.
pub mod bounds;
mod cluster;
mod knowledge;
mod llm;
/// Who is told of alarms outside of TEP.
pub mod notifications;
/// What a plant consists of, read from its file.
pub mod plant;
mod registry;

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use figment::Figment;
use figment::providers::{Env, Format, Toml};
use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use self::cluster::ClusterConfig;
pub use self::knowledge::{EmbeddingsConfig, KnowledgeConfig, QdrantConfig};
pub use self::llm::{ExplainFrom, LimitConfig, LlmConfig, PriceConfig, ProviderConfig};
pub use self::notifications::NotificationsConfig;
pub use self::registry::RegistryConfig;

/// Everything.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where to listen.
    pub server: ServerConfig,
    /// Where to keep things.
    pub storage: StorageConfig,
    /// Which plants, each under its id; without any, the one that is built in.
    pub plants: BTreeMap<String, PlantConfig>,
    /// Sign-in.
    pub security: SecurityConfig,
    /// Several nodes that run as one.
    pub cluster: ClusterConfig,
    /// Language models; without any, nothing is asked and nothing leaves.
    pub llm: LlmConfig,
    /// What is known beforehand, and how it is found.
    pub knowledge: KnowledgeConfig,
    /// Who is told of alarms outside of TEP.
    pub notifications: NotificationsConfig,
    /// Another registry of models; without an address, nothing is published and nothing fetched.
    pub registry: RegistryConfig,
    /// Logs and metrics.
    pub telemetry: TelemetryConfig,
}

/// Where to listen.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServerConfig {
    /// Address of the web page and the API.
    pub address: IpAddr,
    /// Port of the web page and the API.
    pub port: u16,
    /// Address of `/metrics`; keep it on loopback, or set `metrics_token`.
    pub metrics_address: IpAddr,
    /// Port of `/metrics`; 0 chooses a free one.
    pub metrics_port: u16,
    /// When set, `/metrics` wants `Authorization: Bearer …`; it must be set when `metrics_address` is not loopback.
    pub metrics_token: Option<Secret>,
    /// Whether browsers reach us over TLS (a proxy in front counts), so that the session cookie is marked `Secure`.
    pub secure_cookies: bool,
    /// Wait for orderly shutdown at most this long, seconds.
    pub shutdown_seconds: u64,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            address: IpAddr::from([127, 0, 0, 1]),
            port: 8800,
            metrics_address: IpAddr::from([127, 0, 0, 1]),
            metrics_port: 8801,
            metrics_token: None,
            secure_cookies: false,
            shutdown_seconds: 15,
        }
    }
}

/// Where to keep things.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StorageConfig {
    /// Directory of the embedded database, history files, keys and models.
    pub data_dir: PathBuf,
    /// `postgres://…`; without it, SQLite in `data_dir`.
    pub database_url: Option<Secret>,
    /// Directory of the sealed history; without it, `history` in `data_dir`.
    pub history_dir: Option<PathBuf>,
    /// Sealed history older than this is deleted, days of plant time; 0 keeps it for ever.
    pub history_days: u32,
    /// Journal rows older than this are deleted, days of wall time; 0 keeps them for ever. The rows from which current
    /// alarms are restored are never deleted.
    pub journal_days: u32,
    /// Stop taking samples (and say so) when less than this is free, MiB.
    pub min_free_mib: u64,
    /// A statement that waits longer than this for a connection, or for a lock that another program holds, is told as
    /// unavailable and tried again later, milliseconds.
    pub patience_ms: u64,
}

impl Default for StorageConfig {
    fn default() -> Self {
        Self {
            data_dir: PathBuf::from("var"),
            database_url: None,
            history_dir: None,
            history_days: 365,
            journal_days: 0,
            min_free_mib: 256,
            patience_ms: 5_000,
        }
    }
}

impl StorageConfig {
    /// How long a statement may wait for a connection or a lock.
    pub fn patience(&self) -> Duration {
        Duration::from_millis(self.patience_ms)
    }

    /// Where the sealed history lives.
    pub fn history_dir(&self) -> PathBuf {
        self.history_dir.clone().unwrap_or_else(|| self.data_dir.join("history"))
    }
}

/// A plant, and where its samples come from. Its id is the key under which it stands, whatever its file says, so that one
/// file can describe several plants.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PlantConfig {
    /// The plant file; without it, the Tennessee Eastman plant that is built in.
    pub file: Option<PathBuf>,
    /// Its name for people; without it, that of the file.
    pub name: Option<String>,
    /// Where its samples come from.
    pub source: SourceConfig,
}

impl Default for PlantConfig {
    fn default() -> Self {
        Self { file: None, name: None, source: SourceConfig::Simulator { speed: 1.0, seed: 1_431_655_765 } }
    }
}

/// Where samples come from.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum SourceConfig {
    /// The simulated plant.
    Simulator {
        /// × real time at the first start, 1…1000; afterwards what the operator last ordered.
        #[serde(default = "real_time")]
        speed: f64,
        /// Seed of its random generator.
        #[serde(default = "default_seed")]
        seed: u64,
    },
    /// Replay of a CSV file (`.csv` or `.csv.gz`), one row a scan, tags as headings.
    Replay {
        /// The file.
        file: PathBuf,
        /// × real time, 1…100000.
        #[serde(default = "real_time")]
        speed: f64,
        /// Plant time between two rows, seconds, when the file has no `t_h` or `time` column.
        #[serde(default = "braatz_period")]
        period_seconds: f64,
    },
}

fn real_time() -> f64 {
    1.0
}

fn default_seed() -> u64 {
    1_431_655_765
}

fn braatz_period() -> f64 {
    180.0
}

/// Sign-in.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SecurityConfig {
    /// How long a session lasts without signing in again, minutes.
    pub session_minutes: u32,
    /// Sign-in attempts allowed a minute from one address.
    pub sign_in_per_minute: u32,
    /// Directory of Cedar policies that replace the built-in ones.
    pub policies_dir: Option<PathBuf>,
}

impl Default for SecurityConfig {
    fn default() -> Self {
        Self { session_minutes: 12 * 60, sign_in_per_minute: 10, policies_dir: None }
    }
}

/// Logs and metrics.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TelemetryConfig {
    /// What to log, for example `info,tep=debug`.
    pub log: String,
    /// `text` for people, `json` for collectors.
    pub format: LogFormat,
}

impl Default for TelemetryConfig {
    fn default() -> Self {
        Self { log: "warn,ractor_cluster=error,tep=info".into(), format: LogFormat::Text }
    }
}

/// How logs are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// A value that never prints itself.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// The value; say it to nobody who does not need it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl Serialize for Secret {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("[redacted]")
    }
}

/// Why the configuration is not usable.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// A key is unknown, a value is of the wrong kind, or the file cannot be read.
    #[error("the configuration cannot be used: {0}")]
    Figment(Box<figment::Error>),
    /// A value is of the right kind but makes no sense.
    #[error("configuration key `{key}`: {problem}")]
    Value {
        /// The key, with dots.
        key: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The named configuration file does not exist.
    #[error("configuration file {0} does not exist")]
    NoFile(PathBuf),
}

impl Config {
    /// Reads defaults, then the file (`tep.toml` in the working directory when none is named), then the environment.
    ///
    /// # Errors
    /// When a named file is missing, a key is unknown, or a value makes no sense; the error names the key and the file.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let path = match file {
            Some(named) if !named.is_file() => return Err(ConfigError::NoFile(named.to_owned())),
            Some(named) => Some(named),
            None => Some(Path::new("tep.toml")).filter(|path| path.is_file()),
        };
        // Defaults are the types' own: laid under the file, the keys of one kind of source would show through another.
        let config: Self = path
            .map_or_else(Figment::new, |path| Figment::from(Toml::file_exact(path)))
            // Tests are told their PostgreSQL by TEP_TEST_…; that is no key of ours.
            .merge(Env::prefixed("TEP_").filter(|key| !key.starts_with("test_")).split("__"))
            .extract()
            .map_err(|e| ConfigError::Figment(Box::new(e)))?;
        config.validate()?;
        Ok(config)
    }

    /// Refuses values of the right kind that make no sense.
    ///
    /// # Errors
    /// Names the first such key.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let wrong = |key: &str, problem: String| Err(ConfigError::Value { key: key.to_owned(), problem });
        if !self.server.metrics_address.is_loopback() && self.server.metrics_token.is_none() {
            return wrong(
                "server.metrics_token",
                format!("must be set, since server.metrics_address {} is not loopback", self.server.metrics_address),
            );
        }
        for (id, plant) in &self.plants {
            plant.validate(id)?;
        }
        if self.storage.patience_ms == 0 {
            return wrong("storage.patience_ms", "must be at least 1".into());
        }
        if self.security.session_minutes == 0 {
            return wrong("security.session_minutes", "must be at least 1".into());
        }
        if self.security.sign_in_per_minute == 0 {
            return wrong("security.sign_in_per_minute", "must be at least 1".into());
        }
        self.llm.validate()?;
        self.knowledge.validate()?;
        self.notifications.validate()?;
        self.registry.check()?;
        self.cluster.validate(&self.storage)
    }
}

impl PlantConfig {
    fn validate(&self, id: &str) -> Result<(), ConfigError> {
        let wrong = |key: &str, problem| Err(ConfigError::Value { key: format!("plants.{id}{key}"), problem });
        if let Some(problem) = plant::id_problem(id) {
            return wrong("", problem);
        }
        if self.name.as_ref().is_some_and(|name| name.trim().is_empty()) {
            return wrong(".name", "says nothing".into());
        }
        let (speed, most) = match &self.source {
            SourceConfig::Simulator { speed, .. } => (*speed, 1_000.0),
            SourceConfig::Replay { speed, .. } => (*speed, 100_000.0),
        };
        if !(1.0..=most).contains(&speed) {
            return wrong(".source.speed", format!("{speed} is outside 1…{most}"));
        }
        match &self.source {
            // The random generator would stand still, and noise and random disturbances with it.
            SourceConfig::Simulator { seed, .. } if seed.is_multiple_of(1 << 32) => {
                wrong(".source.seed", format!("{seed} is a multiple of 2^32"))
            }
            SourceConfig::Replay { period_seconds, .. } if !(0.001..=86_400.0).contains(period_seconds) => {
                wrong(".source.period_seconds", format!("{period_seconds} is outside 0.001…86400"))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_source(config: &mut Config, source: SourceConfig) {
        config.plants.insert("north".into(), PlantConfig { source, ..PlantConfig::default() });
    }

    #[test]
    fn values_that_make_no_sense_are_refused_by_key() {
        #[track_caller]
        fn check(change: impl FnOnce(&mut Config), key: &str) {
            let mut config = Config::default();
            change(&mut config);
            let error = config.validate().expect_err(key).to_string();
            assert!(error.contains(key), "{error}");
        }
        let simulator = |speed, seed| SourceConfig::Simulator { speed, seed };
        let replay = |speed, period_seconds| SourceConfig::Replay { file: "x.csv".into(), speed, period_seconds };
        check(|config| with_source(config, simulator(0.5, 1)), "plants.north.source.speed");
        check(|config| with_source(config, simulator(1000.5, 1)), "plants.north.source.speed");
        check(|config| with_source(config, simulator(f64::NAN, 1)), "plants.north.source.speed");
        check(|config| with_source(config, simulator(1.0, 0)), "plants.north.source.seed");
        check(|config| with_source(config, simulator(1.0, 3 << 32)), "plants.north.source.seed");
        check(|config| with_source(config, replay(200_000.0, 180.0)), "plants.north.source.speed");
        check(|config| with_source(config, replay(1.0, 0.0)), "plants.north.source.period_seconds");
        check(|config| with_source(config, replay(1.0, f64::NAN)), "plants.north.source.period_seconds");
        check(|config| drop(config.plants.insert("a/b".into(), PlantConfig::default())), "plants.a/b");
        let nameless = PlantConfig { name: Some(" ".into()), ..PlantConfig::default() };
        check(|config| drop(config.plants.insert("north".into(), nameless)), "plants.north.name");
        check(|config| config.storage.patience_ms = 0, "storage.patience_ms");
        check(|config| config.security.session_minutes = 0, "security.session_minutes");
        check(|config| config.security.sign_in_per_minute = 0, "security.sign_in_per_minute");
        check(|config| config.server.metrics_address = IpAddr::from([0, 0, 0, 0]), "server.metrics_token");
        assert!(Config::default().validate().is_ok());
    }
}
