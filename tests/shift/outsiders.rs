//! Whoever is asked from outside the plant: three language models and what finds passages. All of them can be away, each in
//! its own way, and nobody on the way of an alarm may notice.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::json;
use tep::actors::{BrokerSetup, Explaining, Ledger, ProviderSetup};
use tep::domain::{DataClass, Dialect, Locality, OrderPolicy, Passage, PassageFilter, Severity, Usage};
use tep::explain::{BreakerSettings, Capability, Price, RetrySettings};
use tep::llm::{Answer, Finish, Listener, LlmError, Patience, Provider, Request, Stage as Wait};
use tep::retrieval::{Finding, Home, Means, Retriever};
use tep::security::Authority;
use tep::telemetry::Clock;
use tokio::time::sleep;

use super::record::Record;

/// How long a model thinks before it says anything, and before each further piece.
const THINKS: Duration = Duration::from_millis(400);
/// How long a search waits at most for what does not answer, as the library does.
const SEARCH_PATIENCE: Duration = Duration::from_millis(500);
/// How long a model is waited for.
const PATIENCE: Patience = Patience {
    first_token: Duration::from_secs(20),
    between_tokens: Duration::from_secs(5),
    total: Duration::from_secs(60),
};

/// All of them. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Outsiders(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    models_out_until_ms: AtomicU64,
    vectors_out_until_ms: AtomicU64,
    answered: AtomicU64,
    unanswered: AtomicU64,
    found: AtomicU64,
    not_found: AtomicU64,
}

/// How often they were asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Calls to models that were answered.
    pub answered: u64,
    /// Calls that were not.
    pub unanswered: u64,
    /// Searches that found something.
    pub found: u64,
    /// Searches that did not.
    pub not_found: u64,
}

impl Outsiders {
    /// No model answers until then, milliseconds of the shift.
    pub fn models_are_out_until(&self, at_ms: u64) {
        self.0.models_out_until_ms.fetch_max(at_ms, Ordering::Relaxed);
    }

    /// Nothing is found until then.
    pub fn vectors_are_out_until(&self, at_ms: u64) {
        self.0.vectors_out_until_ms.fetch_max(at_ms, Ordering::Relaxed);
    }

    /// How often they were asked so far.
    pub fn asked(&self) -> Asked {
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let Inner { answered, unanswered, found, not_found, .. } = &*self.0;
        Asked { answered: of(answered), unanswered: of(unanswered), found: of(found), not_found: of(not_found) }
    }

    /// The models as the broker asks them: every alarm is to be explained by one of them.
    pub fn broker(&self, authority: &Authority, ledger: Arc<dyn Ledger>, record: &Record, clock: Clock) -> BrokerSetup {
        let provider = |(id, fails): (&str, Fails)| ProviderSetup {
            id: id.into(),
            model: format!("{id}-model"),
            dialect: Dialect::OpenaiCompatible,
            wire: Arc::new(Model { fails, outsiders: self.clone(), record: record.clone() }),
            capability: Capability {
                context_tokens: 200_000,
                output_tokens_max: 8_000,
                json_schema: true,
                streaming: true,
                price: Price::default(),
                locality: Locality::Local,
                may_see: BTreeSet::from(DataClass::ALL),
            },
            hides: false,
            concurrent_calls: 2,
            calls_per_minute: None,
            tokens_per_minute: None,
            patience: PATIENCE,
            breaker: BreakerSettings::default(),
            retries: RetrySettings::default(),
        };
        let all = [("silent", Fails::Silent), ("gone", Fails::Gone), ("halting", Fails::InTheMiddle)];
        BrokerSetup {
            providers: all.into_iter().map(provider).collect(),
            order: OrderPolicy::LocalFirst,
            currency: "EUR".into(),
            limits: Vec::new(),
            cached_answers: 100,
            explaining: Explaining { from: Some(Severity::Low), prompts: Default::default() },
            people: Vec::new(),
            authority: authority.clone(),
            ledger,
            clock,
        }
    }

    /// What finds passages.
    pub fn retriever(&self, record: &Record) -> Arc<dyn Retriever> {
        Arc::new(Store { outsiders: self.clone(), record: record.clone() })
    }
}

/// How a model is away.
#[derive(Clone, Copy, Debug)]
enum Fails {
    /// It takes the call and never says a word.
    Silent,
    /// Nobody is there.
    Gone,
    /// It stops in the middle of a word.
    InTheMiddle,
}

struct Model {
    fails: Fails,
    outsiders: Outsiders,
    record: Record,
}

impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Model").field("fails", &self.fails).finish_non_exhaustive()
    }
}

#[async_trait]
impl Provider for Model {
    async fn generate(&self, request: &Request, told: &mut Listener<'_>) -> Result<Answer, LlmError> {
        let outsiders = &self.outsiders.0;
        if self.record.now_ms() < outsiders.models_out_until_ms.load(Ordering::Relaxed) {
            outsiders.unanswered.fetch_add(1, Ordering::Relaxed);
            return Err(match self.fails {
                Fails::Silent => {
                    sleep(request.patience.first_token).await;
                    LlmError::TimedOut(Wait::FirstToken)
                }
                Fails::Gone => LlmError::Unreachable("connection refused".into()),
                Fails::InTheMiddle => {
                    told("{\"conclusion\": \"incon");
                    sleep(request.patience.between_tokens).await;
                    LlmError::TimedOut(Wait::BetweenTokens)
                }
            });
        }
        let text = json!({
            "conclusion": "inconclusive", "summary": {"text": "It is not known.", "cites": ["alarm"]},
            "causes": [], "course": [], "checks": [], "actions": [], "unknown": []
        });
        let text = text.to_string();
        let (first, rest) = text.split_at(text.len() / 2);
        for piece in [first, rest] {
            sleep(THINKS).await;
            told(piece);
        }
        outsiders.answered.fetch_add(1, Ordering::Relaxed);
        let usage = Usage { input: request.tokens_at_most(), output: 60 };
        Ok(Answer { text, usage, finish: Finish::Complete, model: "scripted".into() })
    }
}

struct Store {
    outsiders: Outsiders,
    record: Record,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}

#[async_trait]
impl Retriever for Store {
    async fn passages(&self, _: &str, filter: &PassageFilter, _: usize) -> Finding {
        let outsiders = &self.outsiders.0;
        let means =
            |without: Option<&str>| Means { home: Home::Embedded, vectors: false, without: without.map(str::to_owned) };
        if self.record.now_ms() < outsiders.vectors_out_until_ms.load(Ordering::Relaxed) {
            sleep(SEARCH_PATIENCE).await;
            outsiders.not_found.fetch_add(1, Ordering::Relaxed);
            return Finding { passages: Vec::new(), means: means(Some("without the Qdrant server: it is away")) };
        }
        outsiders.found.fetch_add(1, Ordering::Relaxed);
        let passage = Passage {
            anchor: "documents/shift-book#reactor".into(),
            document: "documents/shift-book".into(),
            place: 0,
            origin: tep::domain::DocumentOrigin::Uploaded,
            plant: filter.plant.clone(),
            kind: tep::domain::DocumentKind::Document,
            title: "Shift book".into(),
            also: Vec::new(),
            heading: "Reactor".into(),
            text: "Reactor pressure, temperature and level are read every hour.".into(),
            unit: None,
            tags: Vec::new(),
            alarms: Vec::new(),
        };
        let found = tep::domain::FoundPassage { passage: Arc::new(passage), score: 1.0 };
        Finding { passages: vec![found], means: means(None) }
    }
}
