//! Another registry of models: an MLflow tracking server, over its REST interface.
//!
//! It is told and asked, never depended on. A model is published as a run (parameters, metrics, artefact) and a registered
//! model version with tags; it is fetched by alias or by version, and only if the artefact has the hash that it was
//! published with. Redirects are not followed, and no proxy is taken from the environment.

mod error;
mod wire;

use std::fmt;
use std::time::Duration;

use reqwest::{Client, Method, Response, StatusCode, redirect};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use url::Url;

pub use self::error::RegistryError;
use self::wire::{ExperimentAnswer, NameAnswer, PlaceAnswer, RunAnswer, Tag, VersionAnswer, VersionsAnswer};
use crate::config::{RegistryConfig, Secret, bounds};

/// How long one request may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// Below a run, and below a version.
const FOLDER: &str = "model";
/// What the artefact is called there.
const FILE: &str = "model.json";
/// The tag of the artefact's hash; without it nothing is fetched.
const HASH_TAG: &str = "tep.artefact_sha256";
/// How much of an error's answer is passed on, letters.
const WORDS_MAX: usize = 300;

/// An MLflow server as configured.
#[derive(Clone, Debug)]
pub struct Registry {
    client: Client,
    base: Url,
    token: Option<Secret>,
    experiment: String,
    prefix: String,
}

/// What is published of a model.
#[derive(Clone, Debug, PartialEq)]
pub struct Card {
    /// Its version, as verdicts name it; the run is called so.
    pub version: String,
    /// The model itself.
    pub artefact: Vec<u8>,
    /// What was set.
    pub params: Vec<(String, String)>,
    /// What was measured.
    pub metrics: Vec<(String, f64)>,
    /// What else is known.
    pub tags: Vec<(String, String)>,
    /// When it was trained, milliseconds since 1970.
    pub trained_at_ms: i64,
}

/// A version that stands in the registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The registered model.
    pub name: String,
    /// Its version there, a number in text.
    pub number: String,
    /// The version of the model, as verdicts name it, where it was published by TEP.
    pub version: Option<String>,
    /// Its aliases, for example `approved`.
    pub aliases: Vec<String>,
    /// Its tags.
    pub tags: Vec<(String, String)>,
}

/// Which version is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The one that bears this alias, for example `approved`.
    Alias(String),
    /// The one of this number.
    Number(String),
}

/// What is wanted: `version 3`, or `the version “approved”`.
impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Alias(alias) => write!(f, "the version “{alias}”"),
            Self::Number(number) => write!(f, "version {number}"),
        }
    }
}

/// A model out of the registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// Where it stands.
    pub listed: Listed,
    /// The model itself; its hash is the one that it was published with.
    pub artefact: Vec<u8>,
}

impl Listed {
    /// As MLflow writes it.
    pub fn place(&self) -> String {
        format!("models:/{}/{}", self.name, self.number)
    }
}

impl Registry {
    /// The server as configured; `None` when there is none. Nothing is sent yet.
    ///
    /// # Errors
    /// When no connection can be made from this configuration.
    pub fn open(config: &RegistryConfig) -> Result<Option<Self>, RegistryError> {
        let Some(base) = config.address().map_err(RegistryError::Misconfigured)? else { return Ok(None) };
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .timeout(PATIENCE)
            .user_agent(concat!("tep/", env!("CARGO_PKG_VERSION")))
            .referer(false)
            .no_proxy()
            .build()
            .map_err(|e| RegistryError::Misconfigured(e.to_string()))?;
        let (token, experiment, prefix) = (config.token.clone(), config.experiment.clone(), config.prefix.clone());
        Ok(Some(Self { client, base, token, experiment, prefix }))
    }

    /// Where it is.
    pub fn address(&self) -> &str {
        self.base.as_str()
    }

    /// What the model of a detector is called there.
    pub fn name_of(&self, plant: &str, detector: &str) -> String {
        format!("{}.{plant}.{detector}", self.prefix)
    }

    /// Publishes a model under a name, as a new version.
    ///
    /// # Errors
    /// When the server does not answer or refuses; what it has taken by then stays there as a run without a version.
    pub async fn publish(&self, name: &str, card: &Card) -> Result<Listed, RegistryError> {
        let experiment = self.experiment().await?;
        let body = json!({
            "experiment_id": experiment,
            "start_time": card.trained_at_ms,
            "run_name": card.version,
            "tags": [{ "key": "mlflow.source.name", "value": "tep" }],
        });
        let run: RunAnswer = self.post("runs/create", &body).await?;
        let (run, uri) = (run.run.info.run_id, run.run.info.artifact_uri);
        let pair = |(key, value): &(String, String)| json!({ "key": key, "value": value });
        let metric = |(key, value): &(String, f64)| json!({ "key": key, "value": value, "timestamp": card.trained_at_ms, "step": 0 });
        let body = json!({
            "run_id": run,
            "params": card.params.iter().map(pair).collect::<Vec<_>>(),
            "metrics": card.metrics.iter().filter(|(_, value)| value.is_finite()).map(metric).collect::<Vec<_>>(),
            "tags": card.tags.iter().map(pair).collect::<Vec<_>>(),
        });
        let _: Value = self.post("runs/log-batch", &body).await?;
        let path = format!("{}/{FOLDER}/{FILE}", below(&uri)?);
        let sent = self.request(Method::PUT, &artefacts(&path)).body(card.artefact.clone()).send().await;
        checked(sent.map_err(RegistryError::lost)?).await?;
        let body = json!({ "run_id": run, "status": "FINISHED", "end_time": card.trained_at_ms });
        let _: Value = self.post("runs/update", &body).await?;
        self.ensure_name(name).await?;
        let mut tags: Vec<Value> = card.tags.iter().map(pair).collect();
        tags.push(json!({ "key": "tep.version", "value": card.version }));
        tags.push(json!({ "key": HASH_TAG, "value": hash(&card.artefact) }));
        let source = format!("{}/{FOLDER}", uri.trim_end_matches('/'));
        let body = json!({ "name": name, "source": source, "run_id": run, "tags": tags });
        let made: VersionAnswer = self.post("model-versions/create", &body).await?;
        Ok(made.model_version.into())
    }

    /// Every version under a name, newest first; none where the name is not known.
    ///
    /// # Errors
    /// When the server does not answer or refuses.
    pub async fn list(&self, name: &str) -> Result<Vec<Listed>, RegistryError> {
        let filter = format!("name='{}'", name.replace('\'', ""));
        let query = [("filter", filter.as_str()), ("max_results", "1000")];
        let found: VersionsAnswer = self.get("model-versions/search", &query).await?;
        let mut all: Vec<Listed> = found.model_versions.into_iter().map(Listed::from).collect();
        all.sort_by_key(|version| std::cmp::Reverse(version.number.parse::<u64>().unwrap_or_default()));
        if all.is_empty() {
            return Ok(all);
        }
        // Aliases belong to the name; a search does not tell them.
        let known: NameAnswer = self.get("registered-models/get", &[("name", name)]).await?;
        for version in &mut all {
            let of = |one: &wire::Alias| (one.version == version.number).then(|| one.alias.clone());
            version.aliases = known.registered_model.aliases.iter().filter_map(of).collect();
        }
        Ok(all)
    }

    /// Fetches a model.
    ///
    /// # Errors
    /// When there is none, it was not published by TEP, or its artefact does not have its hash.
    pub async fn fetch(&self, name: &str, wanted: &Wanted) -> Result<Fetched, RegistryError> {
        let found: VersionAnswer = match wanted {
            Wanted::Alias(alias) => {
                self.get("registered-models/alias", &[("name", name), ("alias", alias.as_str())]).await?
            }
            Wanted::Number(number) => {
                self.get("model-versions/get", &[("name", name), ("version", number.as_str())]).await?
            }
        };
        let listed = Listed::from(found.model_version);
        let published = listed.tags.iter().find(|(key, _)| key == HASH_TAG).map(|(_, value)| value.clone());
        let Some(published) = published else { return Err(RegistryError::NotOurs(listed.place())) };
        let query = [("name", name), ("version", listed.number.as_str())];
        let at: PlaceAnswer = self.get("model-versions/get-download-uri", &query).await?;
        let path = format!("{}/{FILE}", below(&at.artifact_uri)?);
        let answer = self.request(Method::GET, &artefacts(&path)).send().await.map_err(RegistryError::lost)?;
        let artefact = read(checked(answer).await?).await?;
        let got = hash(&artefact);
        if got != published {
            return Err(RegistryError::WrongHash { place: listed.place(), published, got });
        }
        Ok(Fetched { listed, artefact })
    }

    async fn experiment(&self) -> Result<String, RegistryError> {
        let name = [("experiment_name", self.experiment.as_str())];
        match self.get::<ExperimentAnswer>("experiments/get-by-name", &name).await {
            Ok(found) => Ok(found.experiment.experiment_id),
            Err(error) if error.is("RESOURCE_DOES_NOT_EXIST") => {
                let body = json!({ "name": self.experiment });
                let made: wire::Experiment = self.post("experiments/create", &body).await?;
                Ok(made.experiment_id)
            }
            Err(error) => Err(error),
        }
    }

    async fn ensure_name(&self, name: &str) -> Result<(), RegistryError> {
        let body = json!({ "name": name, "tags": [{ "key": "made_by", "value": "tep" }] });
        match self.post::<Value>("registered-models/create", &body).await {
            Err(error) if !error.is("RESOURCE_ALREADY_EXISTS") => Err(error),
            _ => Ok(()),
        }
    }

    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let base = self.base.as_str().trim_end_matches('/');
        let request = self.client.request(method, format!("{base}/api/2.0/{path}"));
        match &self.token {
            Some(token) => request.bearer_auth(token.expose()),
            None => request,
        }
    }

    async fn post<T: DeserializeOwned>(&self, path: &str, body: &Value) -> Result<T, RegistryError> {
        let request = self.request(Method::POST, &format!("mlflow/{path}"));
        let request = request.header(reqwest::header::CONTENT_TYPE, "application/json").body(body.to_string());
        answer(request.send().await.map_err(RegistryError::lost)?).await
    }

    async fn get<T: DeserializeOwned>(&self, path: &str, query: &[(&str, &str)]) -> Result<T, RegistryError> {
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
        let request = self.request(Method::GET, &format!("mlflow/{path}?{query}"));
        answer(request.send().await.map_err(RegistryError::lost)?).await
    }
}

async fn answer<T: DeserializeOwned>(answer: Response) -> Result<T, RegistryError> {
    let bytes = read(checked(answer).await?).await?;
    serde_json::from_slice(&bytes).map_err(|e| RegistryError::Nonsense(e.to_string()))
}

async fn checked(answer: Response) -> Result<Response, RegistryError> {
    let status = answer.status();
    if status.is_success() {
        return Ok(answer);
    }
    if status.is_redirection() {
        return Err(RegistryError::Refused {
            status: status.as_u16(),
            code: String::new(),
            words: "a redirect".into(),
        });
    }
    let body = read(answer).await.unwrap_or_default();
    let told: Value = serde_json::from_slice(&body).unwrap_or_default();
    let part = |key: &str| told.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let words = match part("message") {
        words if words.is_empty() => StatusCode::canonical_reason(&status).unwrap_or("no reason given").to_owned(),
        words => words.chars().take(WORDS_MAX).collect(),
    };
    Err(RegistryError::Refused { status: status.as_u16(), code: part("error_code"), words })
}

/// Reads an answer, up to the bound.
async fn read(mut answer: Response) -> Result<Vec<u8>, RegistryError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(RegistryError::lost)? {
        if bytes.len() + chunk.len() > bounds::REGISTRY_ANSWER.most {
            return Err(RegistryError::TooLarge(bounds::REGISTRY_ANSWER.most));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// The path below the server's artefacts: they go through the server, which alone knows where they lie.
fn below(uri: &str) -> Result<&str, RegistryError> {
    let path = uri.strip_prefix("mlflow-artifacts:").map(|path| path.trim_matches('/'));
    path.filter(|path| !path.is_empty() && !path.split('/').any(|part| part == ".."))
        .ok_or_else(|| RegistryError::NoProxy(uri.to_owned()))
}

fn artefacts(path: &str) -> String {
    format!("mlflow-artifacts/artifacts/{path}")
}

fn hash(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

impl From<wire::Version> for Listed {
    fn from(version: wire::Version) -> Self {
        let tags: Vec<(String, String)> = version.tags.into_iter().map(|Tag { key, value }| (key, value)).collect();
        let of_tep = tags.iter().find(|(key, _)| key == "tep.version").map(|(_, value)| value.clone());
        Self { name: version.name, number: version.version, version: of_tep, aliases: version.aliases, tags }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn artefacts_go_through_the_server_only() {
        assert_eq!(below("mlflow-artifacts:/1/abc/artifacts").expect("a proxied place"), "1/abc/artifacts");
        for elsewhere in ["s3://bucket/1", "file:///etc", "mlflow-artifacts:/", "mlflow-artifacts:/1/../../etc"] {
            assert!(matches!(below(elsewhere), Err(RegistryError::NoProxy(_))), "{elsewhere}");
        }
    }

    #[test]
    fn a_version_is_read_with_its_tags_and_aliases() {
        let text = r#"{"model_version": {"name": "tep.p.d", "version": "3", "aliases": ["approved"],
            "tags": [{"key": "tep.version", "value": "var-1"}], "status": "READY"}}"#;
        let listed = Listed::from(serde_json::from_str::<VersionAnswer>(text).expect("JSON").model_version);
        assert_eq!((listed.place().as_str(), listed.version.as_deref()), ("models:/tep.p.d/3", Some("var-1")));
        assert_eq!(listed.aliases, ["approved"]);
    }
}
