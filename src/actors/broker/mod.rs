//! The broker of language models: one a node. It decides who is asked, when, and for how much; a worker for each provider
//! does the asking and the waiting. It stands beside the way of an alarm, never on it: an alarm never waits for an answer.
//!
//! ```text
//!            remembered? ─► the same answer again
//! question ─►                                      ┌─ provider may not be told, rests, is too dear: the next
//!            asked already? ─► listen with others  │
//!                          └─► ladder of providers ─► queue by priority ─► worker ─► socket
//! ```
//!
//! A question goes down the ladder until somebody answers. What a reader was told by one who then failed is thrown away:
//! [`Progress::attempt`] grows.

mod audit;
mod board;
mod calls;
mod compare;
mod desk;
mod flights;
mod orders;
mod question;
mod queue;
mod recollection;
mod setup;
mod supervision;
mod worker;

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use hashlink::LruCache;
use ractor::{ActorCell, ActorProcessingErr, RpcReplyPort, SpawnErr, SupervisionEvent};
use ractor_cluster::RactorMessage;
use rand::SeedableRng;
use rand::rngs::StdRng;

use self::audit::Audit;
pub use self::compare::{Compared, Comparison, Gist};
use self::desk::Desk;
use self::flights::{Flight, FlightKey};
pub use self::orders::{HoldOrder, OrderFailed};
pub use self::question::{Asker, Failure, Listening, Progress, Question, Refusal, Reply};
use self::recollection::{Counted, Recollection};
pub use self::setup::{
    Board, BrokerSetup, CallRecord, Held, Ledger, LedgerError, Order, ProviderBoard, ProviderSetup, Spent, Tally,
};
use self::worker::Ended;
use super::mailbox::{self, Actor, Mailbox};
use super::portrait::{Poses, Sketch};
use super::supervision::{Children, PartOrder, PartReply, Supervisor};
use super::{PATIENCE, answer};
use crate::domain::ProviderId;
use crate::explain::{BreakerState, Budget, CacheKey};
use crate::telemetry::events;

/// How often those who have waited too long are sent away, and the order that forbids every call is read again: another
/// node may have been told.
const LOOK_PERIOD: Duration = Duration::from_millis(500);

/// After how many looks it is heard what other nodes have spent.
const LOOKS_A_HEARING: u32 = 4;

/// The only way in.
#[derive(Clone, Debug)]
pub struct Broker(Mailbox<Msg>);

#[derive(RactorMessage)]
pub(super) enum Msg {
    Ask { question: Box<Question>, only: Option<ProviderId>, reply: RpcReplyPort<Result<Listening, Refusal>> },
    Board(RpcReplyPort<Board>),
    Kill { order: Option<Order>, reply: RpcReplyPort<Result<(), OrderFailed>> },
    Hold { order: Box<HoldOrder>, reply: RpcReplyPort<Result<(), OrderFailed>> },
    Recollected(Option<Box<Recollection>>),
    KilledNow { found: Option<Option<Order>>, orders: u64 },
    KillWritten { durable: bool, orders: u64 },
    SpentElsewhere(Vec<Spent>),
    Ended(Box<Ended>),
    RetryDue { flight: u64, failed: u32 },
    DeskDue { desk: usize },
    Left { flight: u64 },
    Forget { question: Box<Question>, provider: ProviderId },
    LookDue,
    RestartDue { key: ProviderId, generation: u64 },
    Order { order: Box<PartOrder>, reply: PartReply },
    Pose(RpcReplyPort<Sketch>),
}

impl Poses for Msg {
    fn pose(reply: RpcReplyPort<Sketch>) -> Self {
        Self::Pose(reply)
    }
}

impl Broker {
    /// Starts the broker with a worker for each provider.
    pub(super) async fn start(setup: BrokerSetup, parent: ActorCell) -> Result<(Self, Mailbox<Msg>), SpawnErr> {
        let actor = mailbox::open(Behaviour, setup, parent).await?;
        Ok((Self(actor.clone()), actor))
    }

    /// Asks. The answer comes while one listens.
    ///
    /// # Errors
    /// When no model can or may be asked at all.
    pub async fn ask(&self, question: Question) -> Result<Listening, Refusal> {
        self.put(question, None).await
    }

    /// Asks one provider and no other.
    ///
    /// # Errors
    /// When it cannot or may not be asked.
    pub async fn ask_only(&self, question: Question, provider: ProviderId) -> Result<Listening, Refusal> {
        self.put(question, Some(provider)).await
    }

    async fn put(&self, question: Question, only: Option<ProviderId>) -> Result<Listening, Refusal> {
        let question = Box::new(question);
        let asked = self.0.call(|reply| Msg::Ask { question, only, reply }, Some(PATIENCE)).await;
        answer(asked).unwrap_or(Err(Refusal::Unavailable))
    }

    /// What was answered is no use: it is not remembered, so that whoever asks again has it asked again.
    pub fn forget(&self, question: &Question, reply: &Reply) {
        let (question, provider) = (Box::new(question.clone()), reply.provider.clone());
        drop(self.0.cast(Msg::Forget { question, provider }));
    }

    /// Passes an order for one of the workers on.
    pub(super) fn order(&self, order: PartOrder, reply: PartReply) {
        drop(self.0.cast(Msg::Order { order: Box::new(order), reply }));
    }

    /// How everything stands.
    ///
    /// # Errors
    /// While the broker is being restarted.
    pub async fn board(&self) -> Result<Board, Refusal> {
        answer(self.0.call(Msg::Board, Some(PATIENCE)).await).map_err(|_| Refusal::Unavailable)
    }
}

struct Behaviour;

struct State {
    setup: Arc<BrokerSetup>,
    killed: Option<Order>,
    /// Whether the order is obeyed and not written down yet.
    kill_is_owed: bool,
    /// Orders of this kind so far: what the ledger was asked before the last says nothing of now.
    orders: u64,
    /// Whether it is known what was ordered and spent before; until then nothing is asked.
    recollects: bool,
    /// Whether the ledger is being read; it is not asked again until it has answered.
    reading: bool,
    /// One before each provider, in the order in which they were configured.
    desks: Vec<Desk>,
    children: Children<ProviderId>,
    budget: Budget,
    counted: Counted,
    /// Whether it is being asked what other nodes have spent.
    hearing: bool,
    looks: u32,
    /// Questions that are being answered or wait, by number.
    flights: HashMap<u64, Flight>,
    by_key: HashMap<FlightKey, u64>,
    numbers: u64,
    /// Desks at which there may be room by now.
    due: VecDeque<usize>,
    /// What was answered, the least asked for forgotten first.
    remembered: LruCache<CacheKey, Arc<Reply>>,
    audit: Audit,
    chance: StdRng,
    myself: Mailbox<Msg>,
}

impl Actor for Behaviour {
    type Msg = Msg;
    type State = State;
    type Arguments = BrokerSetup;

    /// Nothing is asked before it is known what was ordered and spent; a database that is away is asked again.
    async fn pre_start(&self, myself: Mailbox<Msg>, setup: BrokerSetup) -> Result<State, ActorProcessingErr> {
        let now = setup.clock.now();
        let found = Recollection::read(setup.ledger.as_ref(), now).await;
        let mut state = State {
            killed: None,
            kill_is_owed: false,
            orders: 0,
            recollects: false,
            reading: false,
            children: supervision::children(&setup),
            desks: setup.providers.iter().map(|one| Desk::new(one.clone(), setup.clock)).collect(),
            budget: Budget::new(setup.limits.clone()),
            counted: Counted::default(),
            hearing: false,
            looks: 0,
            flights: HashMap::new(),
            by_key: HashMap::new(),
            numbers: 0,
            due: VecDeque::new(),
            remembered: LruCache::new(usize::try_from(setup.cached_answers).unwrap_or(usize::MAX)),
            audit: Audit::start(Arc::clone(&setup.ledger)),
            chance: StdRng::seed_from_u64(now.as_micros().unsigned_abs()),
            myself: myself.clone(),
            setup: Arc::new(setup),
        };
        state.recollected(found.map(Box::new));
        state.start_all(&myself).await?;
        myself.send_interval(LOOK_PERIOD, || Msg::LookDue);
        Ok(state)
    }

    async fn handle(&self, myself: Mailbox<Msg>, message: Msg, state: &mut State) -> Result<(), ActorProcessingErr> {
        match message {
            Msg::Ask { question, only, reply } => {
                let listening = state.ask(*question, only.as_ref());
                // The call is on its way before whoever asked is woken.
                state.serve_due();
                drop(reply.send(listening));
            }
            Msg::Board(reply) => drop(reply.send(state.board())),
            Msg::Kill { order, reply } => drop(reply.send(state.kill(order).await)),
            Msg::Hold { order, reply } => drop(reply.send(state.hold(*order).await)),
            Msg::Recollected(found) => state.recollected(found),
            Msg::KilledNow { found, orders } => state.killed_now(found, orders),
            Msg::KillWritten { durable, orders } => state.kill_written(durable, orders),
            Msg::SpentElsewhere(spent) => {
                state.hearing = false;
                state.spent_elsewhere(spent);
            }
            Msg::Ended(ended) => state.ended(*ended),
            Msg::RetryDue { flight, failed } => state.retry(flight, failed),
            Msg::DeskDue { desk } => state.wake(desk),
            Msg::Left { flight } => state.left(flight),
            Msg::Forget { question, provider } => state.forget(&question, &provider),
            Msg::LookDue => state.look(),
            Msg::RestartDue { key, generation } => state.restart(&key, generation, &myself).await?,
            Msg::Order { order, reply } => state.order(*order, reply, &myself).await?,
            Msg::Pose(reply) => state.pose(reply),
        }
        state.serve_due();
        Ok(())
    }

    async fn handle_supervisor_evt(
        &self,
        myself: Mailbox<Msg>,
        event: SupervisionEvent,
        state: &mut State,
    ) -> Result<(), ActorProcessingErr> {
        state.supervise(event, &myself).await?;
        state.serve_due();
        Ok(())
    }

    /// What was sent is audited, whatever becomes of it.
    async fn post_stop(&self, _: Mailbox<Msg>, state: &mut State) -> Result<(), ActorProcessingErr> {
        state.end_all(&Refusal::Unavailable);
        state.audit.finish().await;
        Ok(())
    }
}

impl State {
    fn look(&mut self) {
        let now = self.setup.clock.now();
        for at in 0..self.desks.len() {
            for flight in self.desks[at].queue.expired(now) {
                events::shed("model queue", "expired");
                self.finish(flight, Err(Refusal::Expired));
            }
            let desk = &self.desks[at];
            let state = match desk.breaker.state(now) {
                BreakerState::Serving => 0,
                BreakerState::Probing => 1,
                BreakerState::Resting { .. } => 2,
            };
            events::llm_breaker(&desk.setup.id, &desk.setup.model, state);
        }
        // Nobody wants to hear the end of what comes too late.
        let late = |(number, flight): (&u64, &Flight)| (flight.question.expires_at <= now).then_some(*number);
        let mut late: Vec<u64> = self.flights.iter().filter_map(late).collect();
        late.sort_unstable();
        for flight in late {
            self.finish(flight, Err(Refusal::Expired));
        }
        self.read_again();
        self.looks = self.looks.wrapping_add(1);
        if self.looks.is_multiple_of(LOOKS_A_HEARING) {
            self.hear_of_spending();
        }
    }

    fn pose(&self, reply: RpcReplyPort<Sketch>) {
        let children = self.children.portraits();
        let words = match &self.killed {
            Some(order) => format!("switched off by {}: {}", order.by, order.reason),
            None => format!("{} questions, {} answers remembered", self.flights.len(), self.remembered.len()),
        };
        tokio::spawn(async move {
            drop(reply.send(Sketch { children: children.await, ..Sketch::at_work(words) }));
        });
    }
}
