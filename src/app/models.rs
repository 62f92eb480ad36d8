//! Language models as configured, and what the broker must remember, kept by the storage.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use async_trait::async_trait;

use crate::actors::{BrokerSetup, CallRecord, Explaining, Held, Ledger, LedgerError, Order, ProviderSetup, Spent};
use crate::config::{Config, ProviderConfig};
use crate::domain::{Money, ProviderId, Purpose, Usage, WallTime};
use crate::explain::{BreakerSettings, Capability, Charge, Limit, Price, PromptText, RetrySettings};
use crate::llm::{self, Endpoint, Patience};
use crate::security::Authority;
use crate::storage::{LlmCall, Storage};
use crate::telemetry::Clock;

/// The setting that holds the order which forbids every call.
const KILLED: &str = "llm_killed";
/// Settings that begin so hold what administrators have ordered of single breakers.
const HELD: &str = "llm_held/";
/// Calls of one day from which the budget is restored at most.
const CALLS_MOST: u64 = 1_000_000;

/// The broker as configured; `None` when no provider is, and then nothing is asked and nothing leaves.
///
/// # Errors
/// When a key cannot be read or an address cannot be used (the error names the provider), or a prompt is named that there is
/// not.
pub fn broker(
    config: &Config,
    authority: &Authority,
    storage: &Storage,
    clock: Clock,
) -> anyhow::Result<Option<BrokerSetup>> {
    let (people, config) = (people(config), &config.llm);
    if config.providers.is_empty() {
        return Ok(None);
    }
    for name in config.prompts.keys() {
        let known = PromptText::find(name, None).is_some();
        anyhow::ensure!(known, "configuration key `llm.prompts.{name}`: there is no such prompt");
    }
    let mut all: Vec<_> = config.providers.iter().collect();
    all.sort_by_key(|(id, provider)| (provider.rank, id.as_str()));
    let one = |(id, provider): (&String, &ProviderConfig)| {
        self::provider(id, provider).with_context(|| format!("configuration key `llm.providers.{id}`"))
    };
    let limit = |limit: &crate::config::LimitConfig| {
        let (soft, hard) = (limit.soft.and_then(Money::from_units), Money::from_units(limit.hard)?);
        Some(Limit { per: limit.per, scope: limit.scope, soft, hard })
    };
    Ok(Some(BrokerSetup {
        providers: all.into_iter().map(one).collect::<anyhow::Result<_>>()?,
        order: config.order,
        currency: config.currency.clone(),
        limits: config.limits.iter().filter_map(limit).collect(),
        cached_answers: config.cached_answers,
        explaining: Explaining { from: config.explain_from.severity(), prompts: config.prompts.clone() },
        people,
        authority: authority.clone(),
        ledger: Arc::new(StoredLedger(storage.clone())),
        clock,
    }))
}

/// The persons that the configuration names: those that an administrator wants hidden, and whoever can be called at night.
fn people(config: &Config) -> Vec<String> {
    let contacts = config.notifications.contacts.iter();
    let called = contacts.flat_map(|(name, contact)| [Some(name.clone()), contact.address.clone()]).flatten();
    config.llm.hide.iter().cloned().chain(called).collect()
}

fn provider(id: &str, config: &ProviderConfig) -> anyhow::Result<ProviderSetup> {
    let seconds = |seconds: u32| Duration::from_secs(seconds.into());
    let proxy = config.proxy.as_ref().map(|proxy| proxy.parse()).transpose().context("proxy")?;
    let endpoint = Endpoint {
        dialect: config.kind,
        base_url: config.address().map_err(anyhow::Error::msg)?,
        model: config.model.clone(),
        key: config.read_key().map_err(anyhow::Error::msg)?,
        context_tokens: config.context_tokens,
        streaming: config.streaming,
        connect: config.connect(),
        proxy,
        authority: config.authority.clone(),
    };
    let (input, output) = config.prices().unwrap_or_default();
    Ok(ProviderSetup {
        id: id.into(),
        model: config.model.clone(),
        dialect: config.kind,
        wire: llm::connect(endpoint)?,
        capability: Capability {
            context_tokens: config.context_tokens,
            output_tokens_max: config.output_tokens_max,
            json_schema: config.json_schema,
            streaming: config.streaming,
            price: Price { input, output },
            locality: config.computes(),
            may_see: config.may_see.clone(),
        },
        hides: config.hides(),
        concurrent_calls: config.concurrent_calls,
        calls_per_minute: config.calls_per_minute,
        tokens_per_minute: config.tokens_per_minute,
        patience: Patience {
            first_token: seconds(config.first_token_seconds),
            between_tokens: seconds(config.between_tokens_seconds),
            total: seconds(config.total_seconds),
        },
        breaker: BreakerSettings::default(),
        retries: RetrySettings::default(),
    })
}

/// What the broker must remember, in the database.
#[derive(Clone, Debug)]
pub struct StoredLedger(pub Storage);

fn lost(error: impl std::error::Error + Send + Sync + 'static) -> LedgerError {
    LedgerError(Box::new(error))
}

#[async_trait]
impl Ledger for StoredLedger {
    async fn killed(&self) -> Result<Option<Order>, LedgerError> {
        let text = self.0.setting(KILLED).await.map_err(lost)?;
        text.filter(|text| !text.is_empty()).map(|text| serde_json::from_str(&text).map_err(lost)).transpose()
    }

    async fn set_killed(&self, order: Option<&Order>) -> Result<(), LedgerError> {
        let text = order.map(serde_json::to_string).transpose().map_err(lost)?;
        self.0.set_setting(KILLED, text.as_deref().unwrap_or_default()).await.map_err(lost)
    }

    async fn holds(&self) -> Result<Vec<(ProviderId, Held)>, LedgerError> {
        let all = self.0.settings_below(HELD).await.map_err(lost)?;
        let read = |(name, text): (String, String)| {
            let id = name.strip_prefix(HELD).unwrap_or_default().into();
            Ok((id, serde_json::from_str(&text).map_err(lost)?))
        };
        all.into_iter().filter(|(_, text)| !text.is_empty()).map(read).collect()
    }

    async fn set_hold(&self, provider: &ProviderId, held: Option<&Held>) -> Result<(), LedgerError> {
        let text = held.map(serde_json::to_string).transpose().map_err(lost)?;
        let name = format!("{HELD}{provider}");
        self.0.set_setting(&name, text.as_deref().unwrap_or_default()).await.map_err(lost)
    }

    async fn spent_since(&self, at: WallTime) -> Result<Vec<Spent>, LedgerError> {
        let calls = self.0.llm_calls_since(at, CALLS_MOST).await.map_err(lost)?;
        Ok(calls.into_iter().filter_map(spent).collect())
    }

    async fn people(&self) -> Result<Vec<String>, LedgerError> {
        self.0.names_of_people().await.map_err(lost)
    }

    async fn write(&self, calls: &[CallRecord]) -> Result<(), LedgerError> {
        let rows: Vec<LlmCall> = calls.iter().map(row).collect();
        self.0.append_llm_calls(&rows).await.map_err(lost)
    }
}

fn spent(call: LlmCall) -> Option<Spent> {
    Some(Spent { call: call.id, at: call.at, charge: charge(&call)?, cost: call.cost })
}

/// For whom and what a call was; `None` for a purpose of a later version.
fn charge(call: &LlmCall) -> Option<Charge> {
    let purpose = Purpose::ALL.into_iter().find(|purpose| purpose.as_str() == call.purpose)?;
    let unit = call.unit.as_deref().map(Into::into);
    Some(Charge { user: call.who.clone(), plant: call.plant.as_str().into(), unit, purpose })
}

fn row(call: &CallRecord) -> LlmCall {
    LlmCall {
        id: call.id,
        at: call.at,
        who: call.charge.user.clone(),
        plant: call.charge.plant.to_string(),
        unit: call.charge.unit.as_ref().map(ToString::to_string),
        purpose: call.charge.purpose.as_str().to_owned(),
        provider: call.provider.to_string(),
        model: call.model.clone(),
        locality: call.locality.as_str().to_owned(),
        subject: call.subject.clone(),
        prompt_version: call.prompt_version.clone(),
        prompt_hash: call.prompt_hash.clone(),
        evidence_hash: call.evidence_hash.clone(),
        evidence_ids: call.evidence_ids.clone(),
        usage: Usage { input: call.input_tokens, output: call.output_tokens },
        cost: call.cost,
        took: call.took,
        outcome: call.outcome.clone(),
    }
}
