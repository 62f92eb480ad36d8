//! What is known beforehand beside the articles that TEP comes with, and how it is found.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use url::Url;

use super::llm::is_private;
use super::{ConfigError, Secret};

/// What is known beforehand, and how it is found. Without any of this: the articles that TEP comes with and what people have
/// added, found by words.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KnowledgeConfig {
    /// A folder with documents of the site (Markdown, text, PDF), read again when they change; those of one plant in a folder
    /// that is called as the plant, within it.
    pub folder: Option<PathBuf>,
    /// The folder of a sentence encoder, which finds by meaning; without it, `encoder` in the data directory if it is there.
    pub encoder: Option<PathBuf>,
    /// A server that computes meanings instead.
    pub embeddings: Option<EmbeddingsConfig>,
    /// A Qdrant server that is searched instead of the embedded index.
    pub qdrant: Option<QdrantConfig>,
}

/// A server that speaks the embeddings of OpenAI. It is told every passage and every question, so it stands in the plant's network.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmbeddingsConfig {
    /// Where it is, for example `http://127.0.0.1:1234/v1`.
    pub base_url: String,
    /// The model, as the server calls it.
    pub model: String,
    /// The key.
    #[serde(default)]
    pub key: Option<Secret>,
    /// A file with the key instead.
    #[serde(default)]
    pub key_file: Option<PathBuf>,
}

/// A Qdrant server. It is told every passage, so it stands in the plant's network.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QdrantConfig {
    /// Where it listens for gRPC, for example `http://127.0.0.1:6334`.
    pub url: String,
    /// What the names of our collections begin with.
    #[serde(default = "collection")]
    pub collection: String,
    /// The key.
    #[serde(default)]
    pub key: Option<Secret>,
    /// A file with the key instead.
    #[serde(default)]
    pub key_file: Option<PathBuf>,
}

fn collection() -> String {
    "tep-passages".into()
}

/// The key as configured.
fn read_key(key: Option<&Secret>, file: Option<&PathBuf>) -> Result<Option<Secret>, String> {
    let text = match (key, file) {
        (Some(key), _) => key.expose().to_owned(),
        (None, Some(file)) => {
            std::fs::read_to_string(file).map_err(|e| format!("the key in {} cannot be read: {e}", file.display()))?
        }
        (None, None) => return Ok(None),
    };
    let key = text.trim();
    if key.is_empty() || key.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err("the key is empty, or has a space or a line break in it".into());
    }
    Ok(Some(Secret::from(key.to_owned())))
}

/// An address within the plant's network.
fn address(text: &str) -> Result<Url, String> {
    let url: Url = text.parse().map_err(|e| format!("is no address: {e}"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err("must begin with http:// or https://".into());
    }
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
        return Err("must be an address and nothing else; the key has a key of its own".into());
    }
    if !is_private(&url) {
        let host = url.host_str().unwrap_or_default();
        return Err(format!("{host} is not of a private network, and documents do not leave the plant"));
    }
    Ok(url)
}

impl EmbeddingsConfig {
    /// Where it is.
    ///
    /// # Errors
    /// When it is no address within the plant's network.
    pub fn address(&self) -> Result<Url, String> {
        address(&self.base_url)
    }

    /// The key as configured.
    ///
    /// # Errors
    /// When it cannot be read, or is none.
    pub fn read_key(&self) -> Result<Option<Secret>, String> {
        read_key(self.key.as_ref(), self.key_file.as_ref())
    }
}

impl QdrantConfig {
    /// Where it is.
    ///
    /// # Errors
    /// When it is no address within the plant's network.
    pub fn address(&self) -> Result<Url, String> {
        address(&self.url)
    }

    /// The key as configured.
    ///
    /// # Errors
    /// When it cannot be read, or is none.
    pub fn read_key(&self) -> Result<Option<Secret>, String> {
        read_key(self.key.as_ref(), self.key_file.as_ref())
    }
}

impl KnowledgeConfig {
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        let wrong = |key: &str, problem: String| Err(ConfigError::Value { key: format!("knowledge.{key}"), problem });
        if let Some(server) = &self.embeddings {
            if self.encoder.is_some() {
                return wrong("embeddings", "only one of encoder and embeddings".into());
            }
            if let Err(problem) = server.address() {
                return wrong("embeddings.base_url", problem);
            }
            if server.model.trim().is_empty() {
                return wrong("embeddings.model", "says nothing".into());
            }
            if server.key.is_some() && server.key_file.is_some() {
                return wrong("embeddings.key", "only one of key and key_file".into());
            }
        }
        if let Some(server) = &self.qdrant {
            if let Err(problem) = server.address() {
                return wrong("qdrant.url", problem);
            }
            let name = &server.collection;
            let is_name = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
            if name.is_empty() || name.len() > 64 || !name.chars().all(is_name) {
                return wrong("qdrant.collection", format!("`{name}` is not a name of letters, digits, - and _"));
            }
            if server.key.is_some() && server.key_file.is_some() {
                return wrong("qdrant.key", "only one of key and key_file".into());
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, key: &str) {
        let config: KnowledgeConfig = toml::from_str(text).unwrap();
        let outcome = config.validate().map_err(|e| e.to_string());
        match key {
            "" => assert_eq!(outcome, Ok(()), "{text}"),
            key => assert!(
                outcome.clone().is_err_and(|problem| problem.contains(&format!("`knowledge.{key}`"))),
                "{outcome:?}"
            ),
        }
    }

    #[test]
    fn what_makes_no_sense_or_would_leave_the_plant_is_refused_by_key() {
        check("", "");
        check("folder = \"docs\"\nqdrant = { url = \"http://127.0.0.1:6334\" }", "");
        check("embeddings = { base_url = \"http://10.0.0.2:1234/v1\", model = \"m\" }", "");
        check("embeddings = { base_url = \"https://api.example.com/v1\", model = \"m\" }", "embeddings.base_url");
        check("embeddings = { base_url = \"http://127.0.0.1/v1\", model = \" \" }", "embeddings.model");
        check("encoder = \"e\"\nembeddings = { base_url = \"http://127.0.0.1/v1\", model = \"m\" }", "embeddings");
        for url in ["http://8.8.8.8:6334", "nowhere", "http://a:b@127.0.0.1:6334", "grpc://127.0.0.1:6334"] {
            check(&format!("qdrant = {{ url = \"{url}\" }}"), "qdrant.url");
        }
        check("qdrant = { url = \"http://127.0.0.1:6334\", collection = \"a b\" }", "qdrant.collection");
        check("qdrant = { url = \"http://127.0.0.1:6334\", key = \"a\", key_file = \"b\" }", "qdrant.key");
    }

    #[test]
    fn a_key_is_read_and_does_not_print_itself() {
        let config: KnowledgeConfig =
            toml::from_str("qdrant = { url = \"http://127.0.0.1:6334\", key = \"let me in\" }").unwrap();
        assert!(config.qdrant.clone().unwrap().read_key().is_err());
        assert!(!format!("{config:?}").contains("let me in"));
        let server = QdrantConfig { key: None, key_file: Some("no/such/file".into()), ..config.qdrant.unwrap() };
        assert!(server.read_key().unwrap_err().contains("no/such/file"));
    }
}
