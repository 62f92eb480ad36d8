//! The language models of a site, each asked to explain the same bundles: through the broker that the running plant has, with
//! its prompts, its limits and its audit, and read and checked as there.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::anyhow;
use futures_util::StreamExt;
use futures_util::future::join_all;
use tokio::sync::watch;
use tokio::time::sleep_until;

use super::figures::{Explainer, figures};
use super::runs::Exam;
use super::{Case, Outcome};
use crate::actors::{Asker, Asking, Broker, NodeSetup, ProviderBoard, ProviderSetup, Root, Terms};
use crate::app;
use crate::cli::Failure;
use crate::config::Config;
use crate::domain::{Members, Plant, Purpose};
use crate::explain::{BreakerState, EXPLAIN_ALARM, Evidence, Grounds};
use crate::security::Authority;
use crate::storage::Storage;
use crate::telemetry::Clock;

/// How long the claims of a node without plants hold.
const LEASE: Duration = Duration::from_secs(10);
/// How long the broker may take to end, and what it has called to be written down.
const END_PATIENCE: Duration = Duration::from_secs(10);
/// How long a model that rests is waited for, and how often it is looked whether it serves again.
const REST_PATIENCE: Duration = Duration::from_secs(60);
const LOOK_PERIOD: Duration = Duration::from_millis(500);
/// After so many failures in a row a model that rests is not waited for any more.
const FAILS_MOST: u32 = 8;
/// Characters of evidence for a token, roughly, where a provider limits tokens a minute.
const LETTERS_A_TOKEN: usize = 3;

/// The models, ready to be asked.
pub(super) struct SiteModels {
    root: Root,
    broker: Broker,
    storage: Storage,
    providers: Vec<ProviderSetup>,
    currency: String,
    pinned: Option<u32>,
    clock: Clock,
}

impl SiteModels {
    /// Starts the broker of a site, without its plants; `None` when no model is configured. `wanted` names some of them.
    ///
    /// # Errors
    /// A name that is not configured is a usage error, and so is a configuration that cannot be used.
    pub async fn open(config: &Config, wanted: &[String]) -> Result<Option<Self>, Failure> {
        let known = || config.llm.providers.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
        if let Some(unknown) = wanted.iter().find(|name| !config.llm.providers.contains_key(*name)) {
            let there = if config.llm.providers.is_empty() { "none is configured".to_owned() } else { known() };
            return Err(Failure::Usage(anyhow!(
                "--models {unknown}: there is no such model in `llm.providers`: {there}"
            )));
        }
        if config.llm.providers.is_empty() {
            return Ok(None);
        }
        let clock = Clock::system();
        let authority = Authority::load(config.security.policies_dir.as_deref());
        let authority = authority.map_err(|e| Failure::Usage(e.into()))?;
        let storage = app::storage(config).await?;
        let setup = app::broker(config, &authority, &storage, clock).map_err(Failure::Usage)?;
        let Some(mut setup) = setup else { return Ok(None) };
        setup.providers.retain(|one| wanted.is_empty() || wanted.iter().any(|name| one.id.as_str() == name));
        let providers = setup.providers.clone();
        let (currency, pinned) = (setup.currency.clone(), setup.explaining.prompts.get(EXPLAIN_ALARM).copied());
        let node = NodeSetup {
            plants: Vec::new(),
            holder: storage.holder(&app::node_name(config)),
            terms: Terms::Shared { lease: LEASE, members: watch::channel(Members::default()).1 },
            broker: Some(setup),
            library: None,
            retriever: None,
            clock,
        };
        let (root, _) = Root::start(node).await.map_err(anyhow::Error::from)?;
        let broker = root.broker().await.map_err(|e| anyhow!("the broker of language models: {e}"))?;
        Ok(Some(Self { root, broker, storage, providers, currency, pinned, clock }))
    }

    /// Has every model explain every case; the models at once, each as many cases at a time as it is configured to take.
    ///
    /// # Errors
    /// When what was called cannot be counted or kept.
    pub async fn explain(self, exam: &Exam, cases: &[Case]) -> anyhow::Result<Vec<Explainer>> {
        let judged = join_all(self.providers.iter().map(|one| self.by_one(one, &exam.plant, cases))).await;
        let board = self.broker.board().await?;
        let row = |(setup, outcomes): (&ProviderSetup, Vec<Outcome>)| {
            let tally = board.providers.iter().find(|one| one.id == setup.id).map(|one| one.tally.clone());
            let cost = tally.map(|tally| tally.cost.as_units()).unwrap_or_default();
            figures(setup.id.as_str(), Some(&setup.model), exam, &outcomes, cost).in_currency(&self.currency)
        };
        let rows = self.providers.iter().zip(judged).map(row).collect();
        self.root.shut_down(END_PATIENCE).await;
        self.storage.close().await?;
        Ok(rows)
    }

    async fn by_one(&self, setup: &ProviderSetup, plant: &Plant, cases: &[Case]) -> Vec<Outcome> {
        let (at_once, all) = (setup.concurrent_calls.max(1) as usize, cases.len());
        eprintln!("tep: {} ({}) explains {all} runs, {at_once} at a time", setup.id, setup.model);
        let (pace, fails) = (Pace::of(setup), AtomicU32::new(0));
        let fails = &fails;
        let began = tokio::time::Instant::now();
        let asked = cases.iter().enumerate().map(|(at, case)| async move {
            let Some(evidence) = &case.evidence else { return (at, Outcome::uncalled(case.fault)) };
            sleep_until(began + pace.between(evidence.canonical().len()) * u32::try_from(at).unwrap_or(u32::MAX)).await;
            // One that rests is waited for, unless it has failed over and over.
            if fails.load(Ordering::Relaxed) < FAILS_MOST {
                self.until_it_serves(setup).await;
            }
            let outcome = self.one(setup, plant, case.fault, evidence).await;
            match outcome.failed {
                Some(_) => drop(fails.fetch_add(1, Ordering::Relaxed)),
                None => fails.store(0, Ordering::Relaxed),
            }
            (at, outcome)
        });
        let mut answers = futures_util::stream::iter(asked).buffer_unordered(at_once);
        let (mut outcomes, mut told) = (Vec::with_capacity(all), BTreeSet::new());
        while let Some((at, outcome)) = answers.next().await {
            // The same reason is told once; the report counts them all.
            if let Some(why) = outcome.failed.as_ref().filter(|why| told.insert((*why).clone())) {
                eprintln!("tep: {}, fault {}: {why}", setup.id, outcome.fault);
            }
            outcomes.push((at, outcome));
            if outcomes.len().is_multiple_of(10) {
                eprintln!("tep: {}: {} of {all}", setup.id, outcomes.len());
            }
        }
        outcomes.sort_by_key(|(at, _)| *at);
        outcomes.into_iter().map(|(_, outcome)| outcome).collect()
    }

    /// Waits until the breaker lets somebody through, or for as long as anybody is patient.
    async fn until_it_serves(&self, setup: &ProviderSetup) {
        let until = tokio::time::Instant::now() + REST_PATIENCE;
        while tokio::time::Instant::now() < until {
            let Ok(board) = self.broker.board().await else { return };
            // One that an administrator holds is not waited for.
            let rests = |one: &ProviderBoard| {
                one.id == setup.id && one.held.is_none() && matches!(one.state, BreakerState::Resting { .. })
            };
            if !board.providers.iter().any(rests) {
                return;
            }
            tokio::time::sleep(LOOK_PERIOD).await;
        }
    }

    async fn one(&self, setup: &ProviderSetup, plant: &Plant, fault: u32, evidence: &Evidence) -> Outcome {
        let asking = Asking {
            plant,
            by: &Asker::nobody(),
            purpose: Purpose::Evaluation,
            now: self.clock.now(),
            // Its own patience decides: it may be tried again, and asked to mend what it says.
            patience: setup.patience.total * 4 * setup.retries.attempts_max.max(1),
        };
        let began = Instant::now();
        match asking.explained_by(&self.broker, &setup.id, evidence, self.pinned).await {
            Err(why) => Outcome::none(fault, why, began.elapsed()),
            Ok(written) => {
                let grounded = Grounds::of(evidence).ground(&written.explanation);
                let took = began.elapsed();
                let told = Outcome::of(fault, evidence, &written.explanation, &grounded, took);
                Outcome { mended: written.mended, ..told }
            }
        }
    }
}

/// How often a provider may be asked.
#[derive(Clone, Copy)]
struct Pace {
    calls_per_minute: Option<u32>,
    tokens_per_minute: Option<u32>,
    output_tokens: u32,
}

impl Pace {
    fn of(setup: &ProviderSetup) -> Self {
        Self {
            calls_per_minute: setup.calls_per_minute,
            tokens_per_minute: setup.tokens_per_minute,
            output_tokens: setup.capability.output_tokens_max,
        }
    }

    /// From one call about so many letters of evidence to the next, so that what may be asked in a minute is enough.
    fn between(&self, letters: usize) -> Duration {
        let tokens = letters / LETTERS_A_TOKEN + self.output_tokens as usize;
        let of = |amount: f64, limit: Option<u32>| limit.map_or(0.0, |limit| 60.0 * amount / f64::from(limit.max(1)));
        Duration::from_secs_f64(of(1.0, self.calls_per_minute).max(of(tokens as f64, self.tokens_per_minute)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_be_asked_seldom_is_asked_seldom() {
        let free = Pace { calls_per_minute: None, tokens_per_minute: None, output_tokens: 2_000 };
        assert_eq!(free.between(6_000), Duration::ZERO);
        let six = Pace { calls_per_minute: Some(6), ..free };
        assert_eq!(six.between(6_000), Duration::from_secs(10));
        let few = Pace { tokens_per_minute: Some(2_000), ..six };
        assert!(few.between(6_000) > Duration::from_secs(60), "an answer alone is a minute's worth");
    }

    #[tokio::test]
    async fn a_model_that_is_not_configured_is_a_usage_error_that_names_it() {
        let asked = SiteModels::open(&Config::default(), &["claude".into()]).await;
        let Err(Failure::Usage(error)) = asked else { panic!("it is refused") };
        assert_eq!(error.to_string(), "--models claude: there is no such model in `llm.providers`: none is configured");
        assert!(SiteModels::open(&Config::default(), &[]).await.is_ok_and(|models| models.is_none()));
    }
}
