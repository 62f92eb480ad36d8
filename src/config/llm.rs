//! Language models: who may be asked, what they may see, what they may cost. Without any, nothing is asked and nothing leaves.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use url::{Host, Url};

use super::{ConfigError, Secret};
use crate::domain::{BudgetScope, BudgetSpan, DataClass, Dialect, Locality, Money, OrderPolicy, Severity};

/// Longest id of a provider.
const ID_LENGTH_MAX: usize = 32;
/// A smaller context has no room for a question.
const CONTEXT_TOKENS_MIN: u32 = 512;
/// Names under which models are sold: what is said there has left the plant, whatever the configuration calls it.
const SOLD_UNDER: [&str; 7] =
    ["anthropic.com", "googleapis.com", "openai.com", "azure.com", "amazonaws.com", "mistral.ai", "openrouter.ai"];

/// Language models.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LlmConfig {
    /// Who is asked first: `local-first` or `cloud-first`.
    pub order: OrderPolicy,
    /// In which currency prices and limits are given; for people only.
    pub currency: String,
    /// Who may be asked, each under its id.
    pub providers: BTreeMap<String, ProviderConfig>,
    /// What it may cost.
    pub limits: Vec<LimitConfig>,
    /// How many answers are remembered for exactly the same question.
    pub cached_answers: u64,
    /// Alarms of at least this severity are explained by a model without anybody asking: `low`, `medium`, `high`, `critical`,
    /// or `never`.
    pub explain_from: ExplainFrom,
    /// Names of persons, and whatever else has to stay within the plant, that are given pseudonyms with those that TEP knows by
    /// itself (accounts, contacts, who added a document).
    pub hide: Vec<String>,
    /// The newest version of a prompt that may be used, by its name (`explain-alarm`, `follow-up`); else the newest there is.
    pub prompts: BTreeMap<String, u32>,
}

/// Which alarms are explained by a model without anybody asking.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExplainFrom {
    /// All of them.
    Low,
    /// Those of at least medium severity.
    Medium,
    /// Those of high and critical severity.
    #[default]
    High,
    /// Critical ones alone.
    Critical,
    /// None.
    Never,
}

impl ExplainFrom {
    /// The lowest severity of them; `None`: none is.
    pub const fn severity(self) -> Option<Severity> {
        match self {
            Self::Low => Some(Severity::Low),
            Self::Medium => Some(Severity::Medium),
            Self::High => Some(Severity::High),
            Self::Critical => Some(Severity::Critical),
            Self::Never => None,
        }
    }
}

impl Default for LlmConfig {
    fn default() -> Self {
        Self {
            order: OrderPolicy::LocalFirst,
            currency: "EUR".into(),
            providers: BTreeMap::new(),
            limits: Vec::new(),
            cached_answers: 1_000,
            explain_from: ExplainFrom::default(),
            hide: Vec::new(),
            prompts: BTreeMap::new(),
        }
    }
}

/// One model of one provider.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderConfig {
    /// The language it speaks: `anthropic`, `gemini` or `openai-compatible` (LM Studio, llama.cpp and others).
    pub kind: Dialect,
    /// The model, as the provider calls it.
    pub model: String,
    /// Where it is; needed for `openai-compatible`, for example `http://127.0.0.1:1234/v1`.
    #[serde(default)]
    pub base_url: Option<String>,
    /// `local` within the network of the plant, `cloud` elsewhere. Without it, an address of a private network is local and
    /// everything else is cloud.
    #[serde(default)]
    pub locality: Option<Locality>,
    /// What it may be told: `process`, `people`, `documents`. Nothing unless it stands here, and the policies agree.
    #[serde(default)]
    pub may_see: BTreeSet<DataClass>,
    /// Whether tags, units and persons are given pseudonyms before they are told; without it, for the cloud only.
    #[serde(default)]
    pub pseudonyms: Option<bool>,
    /// The key.
    #[serde(default)]
    pub key: Option<Secret>,
    /// A file with the key instead.
    #[serde(default)]
    pub key_file: Option<PathBuf>,
    /// An environment variable with the key instead.
    #[serde(default)]
    pub key_env: Option<String>,
    /// Most tokens of prompt and answer together.
    #[serde(default = "context_tokens")]
    pub context_tokens: u32,
    /// Most tokens of one answer.
    #[serde(default = "output_tokens_max")]
    pub output_tokens_max: u32,
    /// Whether it can be held to a JSON schema.
    #[serde(default = "yes")]
    pub json_schema: bool,
    /// Whether it tells its answer piece by piece.
    #[serde(default = "yes")]
    pub streaming: bool,
    /// What it costs; needed for the cloud, since a budget without prices holds nothing.
    #[serde(default)]
    pub price: Option<PriceConfig>,
    /// Among those of one locality the lowest is asked first; of equals, in the order of their ids.
    #[serde(default)]
    pub rank: u32,
    /// Calls at once.
    #[serde(default = "concurrent_calls")]
    pub concurrent_calls: u32,
    /// Calls a minute.
    #[serde(default)]
    pub calls_per_minute: Option<u32>,
    /// Tokens a minute, read and written.
    #[serde(default)]
    pub tokens_per_minute: Option<u32>,
    /// How long a connection may take, seconds.
    #[serde(default = "connect_seconds")]
    pub connect_seconds: u32,
    /// How long until something of the answer is there, seconds.
    #[serde(default = "first_token_seconds")]
    pub first_token_seconds: u32,
    /// How long from one piece of the answer to the next, seconds.
    #[serde(default = "between_tokens_seconds")]
    pub between_tokens_seconds: u32,
    /// How long all of it may take, seconds.
    #[serde(default = "total_seconds")]
    pub total_seconds: u32,
    /// A proxy on the way, for example `http://proxy.plant:3128`; none is taken from the environment.
    #[serde(default)]
    pub proxy: Option<String>,
    /// Whom to trust beside the authorities of the machine, PEM.
    #[serde(default)]
    pub authority: Option<PathBuf>,
}

/// What a model costs, per million tokens.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriceConfig {
    /// For what it reads.
    pub input: f64,
    /// For what it writes.
    pub output: f64,
}

/// One limit of the budget.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitConfig {
    /// `hour` or `day`, of the clock in UTC.
    pub per: BudgetSpan,
    /// `everything`, `each-user`, `each-unit` or `each-purpose`.
    pub scope: BudgetScope,
    /// From here on people are warned.
    #[serde(default)]
    pub soft: Option<f64>,
    /// Beyond this no call is made.
    pub hard: f64,
}

const fn context_tokens() -> u32 {
    8_192
}

const fn output_tokens_max() -> u32 {
    2_048
}

const fn yes() -> bool {
    true
}

const fn concurrent_calls() -> u32 {
    2
}

const fn connect_seconds() -> u32 {
    5
}

const fn first_token_seconds() -> u32 {
    60
}

const fn between_tokens_seconds() -> u32 {
    20
}

const fn total_seconds() -> u32 {
    180
}

impl LlmConfig {
    /// Refuses what makes no sense.
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        for (id, provider) in &self.providers {
            let wrong = |(key, problem): (&str, String)| {
                let key = if key.is_empty() { String::new() } else { format!(".{key}") };
                ConfigError::Value { key: format!("llm.providers.{id}{key}"), problem }
            };
            let letters = id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
            if id.is_empty() || id.len() > ID_LENGTH_MAX || !letters {
                return Err(wrong(("", format!("is not an id: 1 to {ID_LENGTH_MAX} of a-z, 0-9 and -"))));
            }
            provider.check().map_err(wrong)?;
        }
        if let Some(at) = self.hide.iter().position(|name| !name.contains(char::is_alphanumeric)) {
            let problem = "has neither a letter nor a digit, so it cannot be hidden".into();
            return Err(ConfigError::Value { key: format!("llm.hide.{at}"), problem });
        }
        for (at, limit) in self.limits.iter().enumerate() {
            let wrong = |key: &str, problem: &str| {
                Err(ConfigError::Value { key: format!("llm.limits.{at}.{key}"), problem: problem.into() })
            };
            let Some(hard) = Money::from_units(limit.hard) else { return wrong("hard", "is no amount of money") };
            match limit.soft.map(Money::from_units) {
                Some(None) => return wrong("soft", "is no amount of money"),
                Some(Some(soft)) if soft > hard => return wrong("soft", "is more than hard"),
                _ => {}
            }
        }
        Ok(())
    }
}

/// A key of a provider, and what is wrong with it.
type Problem = (&'static str, String);

impl ProviderConfig {
    /// Where it is.
    ///
    /// # Errors
    /// When the address is missing or makes no sense.
    pub fn address(&self) -> Result<Url, String> {
        let text = match (&self.base_url, self.kind) {
            (Some(text), _) => text.as_str(),
            (None, Dialect::Anthropic) => "https://api.anthropic.com",
            (None, Dialect::Gemini) => "https://generativelanguage.googleapis.com",
            (None, Dialect::OpenaiCompatible) => return Err("must be set".into()),
        };
        let url: Url = text.parse().map_err(|e| format!("`{text}` is no address: {e}"))?;
        let plain = url.username().is_empty() && url.password().is_none();
        if !plain || url.query().is_some() || url.fragment().is_some() {
            return Err("must have neither a name, a password, a query nor a fragment".into());
        }
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return Err(format!("`{text}` is neither http:// nor https://"));
        }
        Ok(url)
    }

    /// Where it computes.
    pub fn computes(&self) -> Locality {
        let private = || self.address().is_ok_and(|url| is_private(&url));
        self.locality.unwrap_or_else(|| if private() { Locality::Local } else { Locality::Cloud })
    }

    /// Whether tags, units and persons are given pseudonyms.
    pub fn hides(&self) -> bool {
        self.pseudonyms.unwrap_or_else(|| self.computes() == Locality::Cloud)
    }

    /// The key, from wherever it is kept; `None` when none is configured.
    ///
    /// # Errors
    /// When the file or the variable is not there, or empty.
    pub fn read_key(&self) -> Result<Option<Secret>, String> {
        let text = match (&self.key, &self.key_file, &self.key_env) {
            (Some(key), _, _) => return Ok(Some(key.clone())),
            (None, Some(file), _) => {
                std::fs::read_to_string(file).map_err(|e| format!("key_file {} cannot be read: {e}", file.display()))?
            }
            (None, None, Some(name)) => {
                std::env::var(name).map_err(|_| format!("key_env names {name}, which is not set"))?
            }
            (None, None, None) => return Ok(None),
        };
        let key = text.trim();
        if key.is_empty() || key.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err("the key is empty, or has a space or a line break in it".into());
        }
        Ok(Some(Secret::from(key.to_owned())))
    }

    /// What the price is in money.
    pub fn prices(&self) -> Option<(Money, Money)> {
        let PriceConfig { input, output } = self.price?;
        Some((Money::from_units(input)?, Money::from_units(output)?))
    }

    /// How long a connection may take.
    pub fn connect(&self) -> Duration {
        Duration::from_secs(self.connect_seconds.into())
    }

    fn check(&self) -> Result<(), Problem> {
        let url = self.address().map_err(|problem| ("base_url", problem))?;
        if self.model.trim().is_empty() || self.model.contains(|c: char| c.is_whitespace() || "?#%".contains(c)) {
            return Err(("model", format!("`{}` is not the name of a model", self.model)));
        }
        let cloud = self.computes() == Locality::Cloud;
        let host = url.host_str().unwrap_or_default();
        let sold = SOLD_UNDER.iter().any(|name| host == *name || host.ends_with(&format!(".{name}")));
        if !cloud && sold {
            return Err(("locality", format!("{host} is not within the network of the plant")));
        }
        if url.scheme() == "http" && (cloud || !is_private(&url)) {
            return Err(("base_url", format!("must be https://, since {host} is not of a private network")));
        }
        let keys = [self.key.is_some(), self.key_file.is_some(), self.key_env.is_some()];
        match (keys.into_iter().filter(|set| *set).count(), self.kind) {
            (2.., _) => return Err(("key", "only one of key, key_file and key_env".into())),
            (0, Dialect::Anthropic | Dialect::Gemini) => {
                return Err(("key_file", "must be set (or key, or key_env)".into()));
            }
            _ => {}
        }
        if let Some(PriceConfig { input, output }) = self.price
            && [input, output].map(Money::from_units).contains(&None)
        {
            return Err(("price", "is no amount of money".into()));
        }
        if cloud && self.price.is_none() {
            return Err(("price", "must be set, since a budget without prices holds nothing".into()));
        }
        self.check_numbers()
    }

    fn check_numbers(&self) -> Result<(), Problem> {
        if self.context_tokens < CONTEXT_TOKENS_MIN {
            return Err(("context_tokens", format!("must be at least {CONTEXT_TOKENS_MIN}")));
        }
        if !(1..self.context_tokens).contains(&self.output_tokens_max) {
            return Err(("output_tokens_max", "must be at least 1 and less than context_tokens".into()));
        }
        if !(1..=1_000).contains(&self.concurrent_calls) {
            return Err(("concurrent_calls", format!("{} is outside 1…1000", self.concurrent_calls)));
        }
        if self.calls_per_minute == Some(0) {
            return Err(("calls_per_minute", "must be at least 1".into()));
        }
        if self.tokens_per_minute.is_some_and(|tokens| tokens < self.output_tokens_max) {
            return Err(("tokens_per_minute", "is less than output_tokens_max, so nothing could be asked".into()));
        }
        for (key, seconds) in [
            ("connect_seconds", self.connect_seconds),
            ("first_token_seconds", self.first_token_seconds),
            ("between_tokens_seconds", self.between_tokens_seconds),
            ("total_seconds", self.total_seconds),
        ] {
            if !(1..=3_600).contains(&seconds) {
                return Err((key, format!("{seconds} is outside 1…3600")));
            }
        }
        match self.proxy.as_ref().map(|proxy| proxy.parse::<Url>()) {
            Some(Err(e)) => Err(("proxy", format!("is no address: {e}"))),
            _ => Ok(()),
        }
    }
}

/// Whether an address is of this machine or a private network, or a bare name that only such a network knows.
pub(super) fn is_private(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback() || address.is_private() || address.is_link_local(),
        Some(Host::Ipv6(address)) => {
            let mapped = address.to_ipv4_mapped().map(IpAddr::V4);
            address.is_loopback()
                || address.is_unique_local()
                || address.is_unicast_link_local()
                || matches!(mapped, Some(IpAddr::V4(v4)) if v4.is_loopback() || v4.is_private())
        }
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            let ends = [".local", ".lan", ".internal", ".intranet", ".home.arpa", ".localhost"];
            !name.contains('.') || ends.iter().any(|end| name.ends_with(end))
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn local() -> ProviderConfig {
        toml::from_str("kind = \"openai-compatible\"\nmodel = \"gemma\"\nbase_url = \"http://127.0.0.1:1234/v1\"")
            .unwrap()
    }

    fn cloud() -> ProviderConfig {
        toml::from_str("kind = \"anthropic\"\nmodel = \"claude\"\nkey = \"k\"\nprice = { input = 3, output = 15 }")
            .unwrap()
    }

    #[track_caller]
    fn check(provider: ProviderConfig, key: &str) {
        let config = LlmConfig { providers: BTreeMap::from([("one".into(), provider)]), ..LlmConfig::default() };
        let outcome = config.validate().map_err(|e| e.to_string());
        match key {
            "" => assert_eq!(outcome, Ok(())),
            key => {
                let problem = outcome.expect_err(key);
                assert!(problem.contains(&format!("`llm.providers.one.{key}`")), "{key}: {problem}");
            }
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused_by_key() {
        check(local(), "");
        check(cloud(), "");
        check(ProviderConfig { base_url: None, ..local() }, "base_url");
        for nonsense in ["nowhere", "ftp://127.0.0.1/", "http://a:b@127.0.0.1/v1", "http://127.0.0.1/v1?key=1"] {
            check(ProviderConfig { base_url: Some(nonsense.into()), ..local() }, "base_url");
        }
        check(ProviderConfig { model: "a b".into(), ..local() }, "model");
        check(ProviderConfig { price: None, ..cloud() }, "price");
        check(ProviderConfig { price: Some(PriceConfig { input: -1.0, output: 0.0 }), ..cloud() }, "price");
        check(ProviderConfig { key: None, ..cloud() }, "key_file");
        check(ProviderConfig { key_env: Some("K".into()), ..cloud() }, "key");
        check(ProviderConfig { context_tokens: 100, ..local() }, "context_tokens");
        check(ProviderConfig { output_tokens_max: 8_192, ..local() }, "output_tokens_max");
        check(ProviderConfig { concurrent_calls: 0, ..local() }, "concurrent_calls");
        check(ProviderConfig { calls_per_minute: Some(0), ..local() }, "calls_per_minute");
        check(ProviderConfig { tokens_per_minute: Some(10), ..local() }, "tokens_per_minute");
        check(ProviderConfig { total_seconds: 0, ..local() }, "total_seconds");
        check(ProviderConfig { proxy: Some("no".into()), ..local() }, "proxy");
    }

    #[test]
    fn what_has_left_the_plant_is_not_called_local() {
        let at = |url: &str, locality| ProviderConfig { base_url: Some(url.into()), locality, ..local() };
        let priced = |provider| ProviderConfig { price: cloud().price, ..provider };
        for (url, expected) in [
            ("http://10.1.2.3/v1", Locality::Local),
            ("http://[fd00::1]:8080/v1", Locality::Local),
            ("http://llm:1234/v1", Locality::Local),
            ("http://gpu.lan/v1", Locality::Local),
            ("https://8.8.8.8/v1", Locality::Cloud),
            ("https://llm.example.com/v1", Locality::Cloud),
        ] {
            assert_eq!(at(url, None).computes(), expected, "{url}");
        }
        check(priced(at("http://llm.example.com/v1", None)), "base_url");
        check(priced(at("http://10.1.2.3/v1", Some(Locality::Cloud))), "base_url");
        check(at("https://api.openai.com/v1", Some(Locality::Local)), "locality");
        check(ProviderConfig { locality: Some(Locality::Local), ..cloud() }, "locality");
        check(at("https://llm.example.com/v1", Some(Locality::Local)), "");
        assert!(cloud().hides() && !local().hides());
        assert!(cloud().may_see.is_empty() && local().may_see.is_empty(), "nothing may be seen by default");
    }

    #[test]
    fn a_key_is_read_from_where_it_is_kept() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let kept = |key_file| ProviderConfig { key: None, key_file: Some(key_file), ..cloud() };
        std::fs::write(file.path(), "secret\n").unwrap();
        let read = kept(file.path().to_owned()).read_key().unwrap().unwrap();
        assert_eq!(read.expose(), "secret");
        std::fs::write(file.path(), "two words").unwrap();
        assert!(kept(file.path().to_owned()).read_key().is_err());
        assert!(kept("no/such/file".into()).read_key().unwrap_err().contains("no/such/file"));
        let unset = ProviderConfig { key: None, key_env: Some("NO_SUCH_VARIABLE_8531".into()), ..cloud() };
        assert!(unset.read_key().unwrap_err().contains("NO_SUCH_VARIABLE_8531"));
        assert!(!format!("{:?}", cloud()).contains("\"k\""), "a key does not print itself");
    }

    #[test]
    fn limits_are_amounts_and_warn_before_they_stop() {
        let check = |soft, hard, key: &str| {
            let limit = LimitConfig { per: BudgetSpan::Day, scope: BudgetScope::Everything, soft, hard };
            let outcome = LlmConfig { limits: vec![limit], ..LlmConfig::default() }.validate();
            assert_eq!(
                outcome.map_err(|e| e.to_string().contains(key)),
                if key.is_empty() { Ok(()) } else { Err(true) }
            );
        };
        check(Some(5.0), 10.0, "");
        check(None, 0.0, "");
        check(None, f64::NAN, "llm.limits.0.hard");
        check(Some(-1.0), 1.0, "llm.limits.0.soft");
        check(Some(2.0), 1.0, "llm.limits.0.soft");
    }
}
