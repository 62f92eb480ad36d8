//! Another registry of models. Without an address nothing is published and nothing fetched.

use serde::{Deserialize, Serialize};
use url::Url;

use super::{ConfigError, Secret};

/// An MLflow tracking server.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RegistryConfig {
    /// Where it is, for example `http://mlflow.plant.example:5000`; without it there is none.
    pub url: Option<String>,
    /// Sent as `Authorization: Bearer …`.
    pub token: Option<Secret>,
    /// The experiment that runs are put into.
    pub experiment: String,
    /// Registered models are called `<prefix>.<plant>.<detector>`.
    pub prefix: String,
}

impl Default for RegistryConfig {
    fn default() -> Self {
        Self { url: None, token: None, experiment: "tep".into(), prefix: "tep".into() }
    }
}

impl RegistryConfig {
    /// The address, if there is one.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn address(&self) -> Result<Option<Url>, String> {
        let Some(text) = self.url.as_deref() else { return Ok(None) };
        let url = Url::parse(text).map_err(|e| format!("`{text}` is not an address: {e}"))?;
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return Err(format!("`{text}` is not an http or https address"));
        }
        Ok(Some(url))
    }

    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let value = |key: &str, problem: String| Err(ConfigError::Value { key: format!("registry.{key}"), problem });
        if let Err(problem) = self.address() {
            return value("url", problem);
        }
        let plain = |text: &str| !text.is_empty() && !text.contains(['/', ':', '\'', '"']);
        if !plain(&self.experiment) {
            return value("experiment", format!("`{}` is no name of an experiment", self.experiment));
        }
        if !plain(&self.prefix) {
            return value("prefix", format!("`{}` is no name of a model", self.prefix));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_makes_no_sense_is_refused_by_its_key() {
        let wrong = |config: RegistryConfig| config.check().expect_err("refused").to_string();
        let at = |url: &str| RegistryConfig { url: Some(url.into()), ..RegistryConfig::default() };
        assert!(at("http://127.0.0.1:5000").check().is_ok() && RegistryConfig::default().check().is_ok());
        assert!(wrong(at("ftp://x")).contains("registry.url"));
        assert!(wrong(at("not an address")).contains("registry.url"));
        let prefix = RegistryConfig { prefix: "a/b".into(), ..RegistryConfig::default() };
        assert!(wrong(prefix).contains("registry.prefix"));
    }
}
