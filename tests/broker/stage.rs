//! A node without plants, whose models do as they are told.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use tep::actors::{
    Asker, Broker, BrokerSetup, CallRecord, Explaining, Held, Ledger, LedgerError, NodeSetup, Order, ProviderSetup,
    Question, Root, Spent, Terms,
};
use tep::domain::{
    DataClass, Dialect, Locality, Members, OrderPolicy, PlantId, ProviderId, Purpose, Severity, Usage, WallTime,
};
use tep::explain::{BreakerSettings, Capability, Limit, Price, RetrySettings};
use tep::llm::{Answer, Finish, Listener, LlmError, Message, Patience, Provider, Request, Speaker};
use tep::security::{Authority, Role};
use tep::storage::Holder;
use tep::telemetry::Clock;
use tokio::sync::{Semaphore, watch};
use uuid::Uuid;

/// What a model does when it is asked.
#[derive(Clone, Debug)]
pub enum Act {
    /// Says this, piece by piece.
    Say(Vec<String>),
    /// Says this, and fails.
    Fail(Vec<String>, fn() -> LlmError),
    /// Says this, and nothing more until somebody lets it go on.
    Wait(Vec<String>),
    /// Breaks down.
    Panic,
}

pub fn say(text: &str) -> Act {
    Act::Say(vec![text.to_owned()])
}

pub fn wait() -> Act {
    Act::Wait(Vec::new())
}

pub fn broken() -> LlmError {
    LlmError::Failed { status: 500, retry_after: None, message: "oops".into() }
}

/// A model that follows a script; when that is over it says "yes".
#[derive(Debug)]
pub struct Model {
    script: Mutex<VecDeque<Act>>,
    heard: Mutex<Vec<Request>>,
    asked: watch::Sender<usize>,
    /// Calls under way.
    live: watch::Sender<usize>,
    go_on: Semaphore,
}

impl Model {
    pub fn new(script: impl IntoIterator<Item = Act>) -> Arc<Self> {
        Arc::new(Self {
            script: Mutex::new(script.into_iter().collect()),
            heard: Mutex::default(),
            asked: watch::channel(0).0,
            live: watch::channel(0).0,
            go_on: Semaphore::new(0),
        })
    }

    /// Everything that it was told.
    pub fn heard(&self) -> Vec<Request> {
        self.heard.lock().unwrap().clone()
    }

    pub fn asked(&self) -> usize {
        *self.asked.borrow()
    }

    pub async fn was_asked(&self, times: usize) {
        self.asked.subscribe().wait_for(|asked| *asked >= times).await.unwrap();
    }

    /// Waits until so many calls are under way.
    pub async fn has_live(&self, calls: usize) {
        self.live.subscribe().wait_for(|live| *live == calls).await.unwrap();
    }

    /// Lets one who waits go on.
    pub fn go_on(&self) {
        self.go_on.add_permits(1);
    }
}

/// A call, as long as nobody has ended it.
struct Live<'a>(&'a Model);

impl Drop for Live<'_> {
    fn drop(&mut self) {
        self.0.live.send_modify(|live| *live -= 1);
    }
}

#[async_trait]
impl Provider for Model {
    async fn generate(&self, request: &Request, told: &mut Listener<'_>) -> Result<Answer, LlmError> {
        let act = self.script.lock().unwrap().pop_front().unwrap_or_else(|| say("yes"));
        self.heard.lock().unwrap().push(request.clone());
        self.live.send_modify(|live| *live += 1);
        let _live = Live(self);
        self.asked.send_modify(|asked| *asked += 1);
        let (pieces, failure) = match act {
            Act::Say(pieces) => (pieces, None),
            Act::Fail(pieces, failure) => (pieces, Some(failure)),
            Act::Wait(pieces) => {
                pieces.iter().for_each(|piece| told(piece));
                self.go_on.acquire().await.unwrap().forget();
                (vec!["yes".into()], None)
            }
            Act::Panic => panic!("as scripted"),
        };
        pieces.iter().for_each(|piece| told(piece));
        match failure {
            Some(failure) => Err(failure()),
            None => Ok(Answer {
                text: pieces.concat(),
                usage: Usage { input: 1_000, output: 100 },
                finish: Finish::Complete,
                model: "scripted".into(),
            }),
        }
    }
}

/// What would outlive the process, in memory.
#[derive(Default)]
pub struct Memory {
    killed: Mutex<Option<Order>>,
    holds: Mutex<BTreeMap<ProviderId, Held>>,
    pub spent: Mutex<Vec<Spent>>,
    /// Whom it knows by name.
    pub people: Mutex<Vec<String>>,
    /// Whether it does not answer.
    pub away: AtomicBool,
    /// Whether what it is to write down is never written.
    pub hangs: AtomicBool,
    calls: watch::Sender<Vec<CallRecord>>,
}

impl Memory {
    /// Waits until so many calls are in the audit.
    pub async fn calls(&self, count: usize) -> Vec<CallRecord> {
        self.calls.subscribe().wait_for(|calls| calls.len() >= count).await.unwrap().clone()
    }

    fn answers(&self) -> Result<(), LedgerError> {
        if self.away.load(Ordering::SeqCst) { Err(LedgerError("it is away".into())) } else { Ok(()) }
    }

    /// Another node is told to stop every call.
    pub fn killed_elsewhere(&self, order: Option<Order>) {
        *self.killed.lock().unwrap() = order;
    }
}

#[async_trait]
impl Ledger for Memory {
    async fn killed(&self) -> Result<Option<Order>, LedgerError> {
        self.answers()?;
        Ok(self.killed.lock().unwrap().clone())
    }

    async fn set_killed(&self, order: Option<&Order>) -> Result<(), LedgerError> {
        self.answers()?;
        *self.killed.lock().unwrap() = order.cloned();
        Ok(())
    }

    async fn holds(&self) -> Result<Vec<(ProviderId, Held)>, LedgerError> {
        Ok(self.holds.lock().unwrap().clone().into_iter().collect())
    }

    async fn set_hold(&self, provider: &ProviderId, held: Option<&Held>) -> Result<(), LedgerError> {
        let mut holds = self.holds.lock().unwrap();
        match held {
            Some(held) => drop(holds.insert(provider.clone(), held.clone())),
            None => drop(holds.remove(provider)),
        }
        Ok(())
    }

    async fn spent_since(&self, at: WallTime) -> Result<Vec<Spent>, LedgerError> {
        self.answers()?;
        Ok(self.spent.lock().unwrap().iter().filter(|spent| spent.at >= at).cloned().collect())
    }

    async fn people(&self) -> Result<Vec<String>, LedgerError> {
        self.answers()?;
        Ok(self.people.lock().unwrap().clone())
    }

    async fn write(&self, calls: &[CallRecord]) -> Result<(), LedgerError> {
        if self.hangs.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        self.calls.send_modify(|all| all.extend_from_slice(calls));
        Ok(())
    }
}

/// A node, its models and its memory.
pub struct Stage {
    pub root: Root,
    pub memory: Arc<Memory>,
    pub clock: Clock,
}

/// One model as it is set up: everything may be seen, nothing costs anything, and nothing is tried twice.
pub fn provider(id: &str, model: &Arc<Model>) -> ProviderSetup {
    let patient = Duration::from_secs(3_600);
    ProviderSetup {
        id: id.into(),
        model: format!("{id}-model"),
        dialect: Dialect::OpenaiCompatible,
        wire: Arc::clone(model) as Arc<dyn Provider>,
        capability: Capability {
            context_tokens: 8_192,
            output_tokens_max: 2_048,
            json_schema: true,
            streaming: true,
            price: Price::default(),
            locality: Locality::Local,
            may_see: BTreeSet::from(DataClass::ALL),
        },
        hides: false,
        concurrent_calls: 4,
        calls_per_minute: None,
        tokens_per_minute: None,
        patience: Patience { first_token: patient, between_tokens: patient, total: patient },
        breaker: BreakerSettings::default(),
        retries: RetrySettings { attempts_max: 1, ..RetrySettings::default() },
    }
}

impl Stage {
    pub async fn with(providers: Vec<ProviderSetup>) -> Self {
        Self::again(providers, Vec::new(), Arc::default()).await
    }

    /// A new life with what an earlier one has left.
    pub async fn again(providers: Vec<ProviderSetup>, limits: Vec<Limit>, memory: Arc<Memory>) -> Self {
        let clock = Clock::starting_at(WallTime::from_micros(1_795_400_000_000_000));
        let broker = BrokerSetup {
            providers,
            order: OrderPolicy::LocalFirst,
            currency: "EUR".into(),
            limits,
            cached_answers: 100,
            explaining: Explaining { from: None, prompts: Default::default() },
            people: vec!["Jana Novák".into()],
            authority: Authority::load(None).unwrap(),
            ledger: Arc::clone(&memory) as Arc<dyn Ledger>,
            clock,
        };
        let setup = NodeSetup {
            plants: Vec::new(),
            holder: Holder { node: "test".into(), home: Uuid::nil() },
            terms: Terms::Shared { lease: Duration::from_secs(3), members: watch::channel(Members::default()).1 },
            broker: Some(broker),
            library: None,
            retriever: None,
            clock,
        };
        Self { root: Root::start(setup).await.unwrap().0, memory, clock }
    }

    /// The broker of now.
    pub async fn broker(&self) -> Broker {
        self.root.broker().await.unwrap()
    }

    /// A question of an operator about something, to be answered within an hour.
    pub fn question(&self, subject: &str) -> Question {
        Question {
            by: Asker { name: Some("olga".into()), role: Role::Operator },
            purpose: Purpose::Explanation,
            plant: PlantId::from("tennessee-eastman"),
            unit: Some("reactor".into()),
            subject: subject.into(),
            severity: Some(Severity::High),
            evidence_hash: "e1".into(),
            evidence_ids: vec!["sample/1".into(), "alarm/2".into()],
            prompt_version: "explain-alarm@1".into(),
            system: "You explain alarms.".into(),
            messages: vec![Message { speaker: Speaker::User, text: format!("Why {subject}?") }],
            schema: None,
            output_tokens_max: 500,
            temperature: None,
            classes: BTreeSet::from([DataClass::Process]),
            words: Arc::from([]),
            expires_at: self.clock.now() + Duration::from_secs(3_600),
        }
    }

    /// Asks, and waits for the answer.
    pub async fn ask(&self, question: Question) -> Result<String, tep::actors::Refusal> {
        let listening = self.broker().await.ask(question).await?;
        listening.answer().await.map(|reply| reply.text.clone())
    }

    /// Ends this life.
    pub async fn end(self) -> Arc<Memory> {
        self.root.shut_down(Duration::from_secs(5)).await;
        self.memory
    }
}

pub fn order(reason: &str) -> Order {
    Order { by: "anna".into(), reason: reason.into(), at: WallTime::from_micros(1_795_400_000_000_000) }
}
