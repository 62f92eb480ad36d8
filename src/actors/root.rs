//! The root supervisor: keeps this node's plants alive, each for itself, hands out doors, and puts out the lights in order.
//!
//! Which plants are here is not its affair: the placement tells it which to start, to empty and to cut off.

mod drawing;
mod family;
mod letting_go;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use ractor::{ActorProcessingErr, RpcReplyPort, SpawnErr, SupervisionEvent};
use ractor_cluster::RactorMessage;
use thiserror::Error;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use tracing::warn;

use self::drawing::root_alone;
use self::family::{Key, spec};
use super::broker::{Broker, BrokerSetup};
use super::explainer::Models;
use super::journal::Work;
use super::lease::Lease;
use super::librarian::{Librarian, LibrarySetup};
use super::mailbox::{self, Actor, Gauge, Mailbox};
use super::outbox::Outbox;
use super::placement::{self, Placement, RootHears, Terms};
use super::plant::{self, PlantDoor, PlantSetup, PlantSite};
use super::portrait::{Poses, Sketch, Tell};
use super::supervision::{Children, Exit, PartOrder, PartOutcome, PartRefused, PartReply, Plan, Strategy, Supervisor};
use super::{Doors, PATIENCE, Unavailable, answer, plain};
use crate::domain::{ActorPortrait, MailboxState, NodeName, Placement as Place, PlantId, WallTime};
use crate::feed::SupervisionFrame;
use crate::retrieval::Retriever;
use crate::storage::{Holder, OwnedPlant, Spool};
use crate::telemetry::Clock;

/// How long a plant that has been emptied, or is cut off, may take to end.
const END_PATIENCE: Duration = Duration::from_secs(2);

/// How long a plant may take to empty itself before it is restarted by order.
const EMPTY_PATIENCE: Duration = Duration::from_secs(10);
/// How long an order for a part may take: it lets others finish first.
const ORDER_PATIENCE: Duration = Duration::from_secs(15);

/// How often the tree is drawn for those who watch it, and for the metrics.
const LOOK_PERIOD: Duration = Duration::from_secs(1);

/// The only way in.
#[derive(Clone, Debug)]
pub struct Root {
    actor: Mailbox<Msg>,
    node: NodeName,
    has_broker: bool,
    places: watch::Receiver<Vec<Place>>,
    drawn: watch::Receiver<Arc<ActorPortrait>>,
}

/// Everything that a node is built from.
#[derive(Clone, Debug)]
pub struct NodeSetup {
    /// Every configured plant, whether or not it runs here.
    pub plants: Vec<PlantSite>,
    /// This node.
    pub holder: Holder,
    /// How it holds its plants.
    pub terms: Terms,
    /// Which language models it may ask; `None`: none.
    pub broker: Option<BrokerSetup>,
    /// What is known beforehand; `None`: nothing, and nobody keeps it.
    pub library: Option<LibrarySetup>,
    /// Who finds passages of it for explanations; `None`: nobody does.
    pub retriever: Option<Arc<dyn Retriever>>,
    /// The wall clock.
    pub clock: Clock,
}

/// Why the tree does not stand.
#[derive(Debug, Error)]
pub enum RootError {
    /// The root or the placement could not be started.
    #[error("the tree of actors cannot be started")]
    Spawn(#[from] SpawnErr),
    /// None of the plants can run here.
    #[error("no plant can be started: {0}")]
    NoPlant(String),
}

#[derive(RactorMessage)]
pub(super) enum Msg {
    Doors { plant: PlantId, reply: RpcReplyPort<Doors> },
    Tree(RpcReplyPort<ActorPortrait>),
    Broker(RpcReplyPort<Broker>),
    Librarian(RpcReplyPort<Librarian>),
    FirstRound(RpcReplyPort<Result<(), String>>),
    Drain(RpcReplyPort<()>),
    Heard(RootHears),
    Emptied(PlantId),
    RestartDue { key: Key, generation: u64 },
    LookDue,
    Order { order: Box<PartOrder>, reply: PartReply },
    OrderEnded { key: String },
    Pose(RpcReplyPort<Sketch>),
}

impl Poses for Msg {
    fn pose(reply: RpcReplyPort<Sketch>) -> Self {
        Self::Pose(reply)
    }
}

impl Root {
    /// Builds the tree. A node alone returns when each of its plants has been started, or has failed to; a node of a
    /// cluster at once, and takes its plants as they are free. The handle ends when the root does; unless it was shut
    /// down, that is a failure of the process, and whoever started it (systemd, a person) is to start it again.
    ///
    /// # Errors
    /// When the tree cannot be built, or a node alone can run none of its plants; the error tells why.
    pub async fn start(setup: NodeSetup) -> Result<(Self, JoinHandle<()>), RootError> {
        let alone = !setup.terms.is_shared();
        let (board, places) = watch::channel(Vec::new());
        let (node, has_broker) = (setup.holder.node.clone(), setup.broker.is_some());
        let (draws, drawn) = watch::channel(Arc::new(root_alone(MailboxState::default())));
        let (actor, ended) = mailbox::open_root(Behaviour, Args { setup, board, draws }).await?;
        let root = Self { actor, node, has_broker, places, drawn };
        if alone {
            let asked = answer(root.actor.call(Msg::FirstRound, None).await);
            if let Err(why) = asked.unwrap_or_else(|gone| Err(gone.to_string())) {
                root.shut_down(END_PATIENCE).await;
                return Err(RootError::NoPlant(why));
            }
        }
        Ok((root, ended))
    }

    /// The current doors of a plant; ask for each request, since a restarted actor has a new one.
    ///
    /// # Errors
    /// While a part of the plant is being restarted, and when it is not here.
    pub async fn doors(&self, plant: &PlantId) -> Result<Doors, Unavailable> {
        let plant = plant.clone();
        answer(self.actor.call(|reply| Msg::Doors { plant, reply }, Some(PATIENCE)).await)
    }

    /// Whether any language model is configured.
    pub fn has_broker(&self) -> bool {
        self.has_broker
    }

    /// The broker of language models of this node; ask for each request, since a restarted actor has a new door.
    ///
    /// # Errors
    /// While it is being restarted, and when no model is configured.
    pub async fn broker(&self) -> Result<Broker, Unavailable> {
        answer(self.actor.call(Msg::Broker, Some(PATIENCE)).await)
    }

    /// The librarian of this node; ask for each request, since a restarted actor has a new door.
    ///
    /// # Errors
    /// While it is being restarted, and when there is no library.
    pub async fn librarian(&self) -> Result<Librarian, Unavailable> {
        answer(self.actor.call(Msg::Librarian, Some(PATIENCE)).await)
    }

    /// The live tree of actors of this node.
    ///
    /// # Errors
    /// While the root itself goes down.
    pub async fn tree(&self) -> Result<ActorPortrait, Unavailable> {
        answer(self.actor.call(Msg::Tree, Some(PATIENCE)).await)
    }

    /// The tree as it is drawn anew about once a second; who looks less often sees the newest.
    pub fn watch_tree(&self) -> watch::Receiver<Arc<ActorPortrait>> {
        self.drawn.clone()
    }

    /// Restarts, pauses or resumes one part of the tree; answered once it is done, and for a pause once it is durable.
    ///
    /// # Errors
    /// When there is no such part, it may not be paused, or it could not be done or kept.
    pub async fn order(&self, order: PartOrder) -> PartOutcome {
        let build = |reply| Msg::Order { order: Box::new(order), reply };
        answer(self.actor.call(build, Some(ORDER_PATIENCE)).await).unwrap_or(Err(PartRefused::Unavailable))
    }

    /// Which plant is where, now and whenever that changes.
    pub fn places(&self) -> watch::Receiver<Vec<Place>> {
        self.places.clone()
    }

    /// What this node is called.
    pub fn node(&self) -> &NodeName {
        &self.node
    }

    /// Whether a plant is to run on this node.
    pub fn is_to_run(&self, plant: &PlantId) -> bool {
        self.places.borrow().iter().any(|place| place.plant == *plant && place.node.as_ref() == Some(&self.node))
    }

    /// Stops the sources, lets everything that is under way arrive, gives the plants back, and ends the tree.
    pub async fn shut_down(&self, patience: Duration) {
        if self.actor.call(Msg::Drain, Some(patience)).await.is_err() {
            warn!("the tree went down before it was emptied");
        }
        drop(self.actor.get_cell().stop_and_wait(Some("shut down".into()), Some(Duration::from_secs(2))).await);
    }
}

struct Args {
    setup: NodeSetup,
    board: watch::Sender<Vec<Place>>,
    draws: watch::Sender<Arc<ActorPortrait>>,
}

struct Behaviour;

struct State {
    setup: NodeSetup,
    board: watch::Sender<Vec<Place>>,
    draws: Arc<watch::Sender<Arc<ActorPortrait>>>,
    /// Whether the tree is being drawn, or rested from.
    drawing: Arc<AtomicBool>,
    gauge: Arc<Gauge>,
    /// Keys of the orders that are being carried out.
    under_way: BTreeSet<String>,
    hears: Tell<RootHears>,
    children: Children<Key>,
    placement: Option<Placement>,
    broker: Option<Broker>,
    /// Tells the plants the broker's door of now.
    models: watch::Sender<Option<Broker>>,
    librarian: Option<Librarian>,
    /// The plants that are ours, with what they are built on.
    ours: BTreeMap<PlantId, Ours>,
    doors: BTreeMap<PlantId, PlantDoor>,
    /// Plants that have failed at their first start, and why; they are tried again.
    not_started: BTreeMap<PlantId, String>,
    /// Plants that could not be kept alive here, and why.
    missing: BTreeMap<PlantId, String>,
    first_round: FirstRound,
    drained: Option<RpcReplyPort<()>>,
}

/// What a plant that is ours is built on, however often it is built anew.
#[derive(Clone)]
struct Ours {
    storage: OwnedPlant,
    lease: Lease,
    /// What could not be written down yet. It goes with the claim: what another owner has decided since must not be mixed
    /// with it.
    outbox: Outbox<Work>,
    /// Where that waits meanwhile.
    spool: Spool,
}

/// Whoever starts the node waits until each plant has been tried once.
enum FirstRound {
    Waits(Vec<RpcReplyPort<Result<(), String>>>),
    Over(Result<(), String>),
}

impl Actor for Behaviour {
    type Msg = Msg;
    type State = State;
    type Arguments = Args;

    async fn pre_start(&self, myself: Mailbox<Msg>, args: Args) -> Result<State, ActorProcessingErr> {
        let Args { setup, board, draws } = args;
        myself.send_interval(LOOK_PERIOD, || Msg::LookDue);
        let plants = setup.plants.iter().map(|site| Key::Plant(site.plant.id.clone()));
        let broker = setup.broker.as_ref().map(|_| Key::Broker);
        let librarian = setup.library.as_ref().map(|_| Key::Librarian);
        let plan = Plan::group(Strategy::OneForOne, plants.chain([Key::Placement]).chain(broker).chain(librarian));
        let children = Children::new("root", setup.clock.now(), plan, spec);
        let mut state = State {
            setup,
            board,
            draws: Arc::new(draws),
            drawing: Arc::default(),
            gauge: myself.gauge(),
            under_way: BTreeSet::new(),
            hears: Tell::to(&myself, Msg::Heard),
            children,
            placement: None,
            broker: None,
            models: watch::channel(None).0,
            librarian: None,
            ours: BTreeMap::new(),
            doors: BTreeMap::new(),
            not_started: BTreeMap::new(),
            missing: BTreeMap::new(),
            first_round: FirstRound::Waits(Vec::new()),
            drained: None,
        };
        state.begin(&Key::Placement, &myself).await?;
        state.begin_to_ask_models(&myself).await?;
        state.open_the_library(&myself).await?;
        Ok(state)
    }

    async fn handle(&self, myself: Mailbox<Msg>, message: Msg, state: &mut State) -> Result<(), ActorProcessingErr> {
        match message {
            Msg::Doors { plant, reply } => {
                if let Some(door) = state.doors.get(&plant) {
                    door.doors(reply);
                }
            }
            Msg::Tree(reply) => {
                let tree = state.tree();
                tokio::spawn(async move { drop(reply.send(tree.await)) });
            }
            Msg::Broker(reply) => {
                if let Some(broker) = &state.broker {
                    drop(reply.send(broker.clone()));
                }
            }
            Msg::Librarian(reply) => {
                if let Some(librarian) = &state.librarian {
                    drop(reply.send(librarian.clone()));
                }
            }
            Msg::LookDue => state.look(),
            Msg::Order { order, reply } if state.under_way.contains(&order.key) => {
                drop((order, reply.send(Err(PartRefused::Repeated))));
            }
            Msg::Order { order, reply } => {
                let reply = state.order_begins(&order, reply, &myself);
                state.order(*order, reply, &myself).await?;
            }
            Msg::OrderEnded { key } => drop(state.under_way.remove(&key)),
            Msg::FirstRound(reply) => match &mut state.first_round {
                FirstRound::Waits(waiting) => waiting.push(reply),
                FirstRound::Over(outcome) => drop(reply.send(outcome.clone())),
            },
            Msg::Drain(reply) => state.leave(reply),
            Msg::Heard(RootHears::Start { owned, lease, epoch }) => {
                state.start_plant(*owned, lease, epoch, &myself).await?;
            }
            Msg::Heard(RootHears::Drain(plant)) => state.empty(plant, &myself),
            Msg::Heard(RootHears::CutOff { plant, why }) => state.cut_off(&plant, &why),
            Msg::Heard(RootHears::FirstRoundOver(not_ours)) => state.end_first_round(&not_ours),
            Msg::Heard(RootHears::Left) => state.left(),
            Msg::Emptied(plant) => {
                state.ours.remove(&plant);
                state.placement.iter().for_each(|placement| placement.drained(plant.clone()));
            }
            Msg::RestartDue { key, generation } if state.is_wanted(&key) => {
                state.restart(&key, generation, &myself).await?;
            }
            Msg::RestartDue { .. } => {}
            Msg::Pose(reply) => drop(reply.send(Sketch::default())),
        }
        state.go_on_with_something()
    }

    async fn handle_supervisor_evt(
        &self,
        myself: Mailbox<Msg>,
        event: SupervisionEvent,
        state: &mut State,
    ) -> Result<(), ActorProcessingErr> {
        state.forget_what_was_lost(&event);
        state.supervise(event, &myself).await?;
        state.go_on_with_something()
    }
}

impl Supervisor for State {
    type Key = Key;
    type Msg = Msg;

    fn book(&mut self) -> &mut Children<Key> {
        &mut self.children
    }

    fn now(&self) -> WallTime {
        self.setup.clock.now()
    }

    fn restart_due(key: Key, generation: u64) -> Msg {
        Msg::RestartDue { key, generation }
    }

    async fn start_child(&mut self, key: &Key, myself: &Mailbox<Msg>) -> Result<(), ActorProcessingErr> {
        match key {
            Key::Placement => {
                let args = placement::Args {
                    plants: self.setup.plants.iter().map(|site| site.storage.clone()).collect(),
                    holder: self.setup.holder.clone(),
                    terms: self.setup.terms.clone(),
                    board: self.board.clone(),
                    root: self.hears.clone(),
                };
                let (door, actor) = Placement::start(args, myself.get_cell()).await?;
                self.children.started(key, &actor, self.setup.clock.now());
                self.placement = Some(door);
            }
            Key::Broker => {
                let setup = self.setup.broker.clone().ok_or("no language model is configured")?;
                let (door, actor) = Broker::start(setup, myself.get_cell()).await.map_err(plain)?;
                self.children.started(key, &actor, self.setup.clock.now());
                self.models.send_replace(Some(door.clone()));
                self.broker = Some(door);
            }
            Key::Librarian => {
                let setup = self.setup.library.clone().ok_or("there is no library")?;
                let (door, actor) = Librarian::start(setup, myself.get_cell()).await.map_err(plain)?;
                self.children.started(key, &actor, self.setup.clock.now());
                self.librarian = Some(door);
            }
            Key::Plant(id) => {
                let Ours { storage, lease, outbox, spool } =
                    self.ours.get(id).cloned().ok_or("the plant is not ours")?;
                let site = self.site(id).ok_or("no such plant is configured")?.clone();
                lease.check()?;
                let models = Models::of(self.models.subscribe(), self.setup.broker.as_ref());
                let finder = self.setup.retriever.clone();
                let args = plant::Args {
                    setup: PlantSetup::new(site, storage, lease, models, finder, self.setup.clock),
                    outbox,
                    spool,
                    path: format!("root/plant:{id}"),
                };
                let (door, actor) = PlantDoor::start(args, myself.get_cell()).await.map_err(plain)?;
                self.children.started(key, &actor, self.setup.clock.now());
                self.doors.insert(id.clone(), door);
                self.placement.iter().for_each(|placement| placement.started(id.clone()));
            }
        }
        Ok(())
    }

    fn child_gone(&mut self, key: &Key) {
        match key {
            Key::Plant(plant) => drop(self.doors.remove(plant)),
            Key::Placement => self.placement = None,
            Key::Broker => {
                self.models.send_replace(None);
                self.broker = None;
            }
            Key::Librarian => self.librarian = None,
        }
    }

    /// A plant's own publisher has gone with it, so the root tells the stream itself.
    fn publish(&mut self, frame: SupervisionFrame) {
        for site in &self.setup.plants {
            site.feed.supervision.publish(frame.clone());
        }
    }

    /// Ending a plant kills what is below it; it is emptied before, from source to sink.
    async fn let_finish(&self, key: &Key) {
        let Key::Plant(plant) = key else { return };
        let Some(door) = self.doors.get(plant) else { return };
        if tokio::time::timeout(EMPTY_PATIENCE, door.emptied()).await.is_err() {
            warn!(plant = %plant, "was not emptied in time; its source goes on before what was under way");
        }
    }

    fn pass_on(&self, key: &Key, order: PartOrder, reply: PartReply) {
        match key {
            Key::Plant(plant) => match self.doors.get(plant) {
                Some(door) => door.order(order, reply),
                None => drop(reply.send(Err(PartRefused::Unavailable))),
            },
            Key::Broker => match &self.broker {
                Some(broker) => broker.order(order, reply),
                None => drop(reply.send(Err(PartRefused::Unavailable))),
            },
            Key::Placement | Key::Librarian => drop(reply.send(Err(PartRefused::Unknown(order.path)))),
        }
    }

    fn missing(&mut self, key: &Key, why: Option<&str>) {
        let Key::Plant(plant) = key else { return };
        match why {
            None => drop(self.missing.remove(plant)),
            Some(why) => {
                self.missing.insert(plant.clone(), why.to_owned());
                self.placement.iter().for_each(|placement| placement.failed(plant.clone(), why.to_owned()));
            }
        }
    }
}

impl State {
    /// A plant that was to be restarted may have gone elsewhere since.
    fn is_wanted(&self, key: &Key) -> bool {
        match key {
            Key::Plant(plant) => self.ours.contains_key(plant),
            Key::Placement | Key::Broker | Key::Librarian => true,
        }
    }

    /// A broker that cannot be started holds up nobody: it is tried again, and every explanation but its own is there.
    async fn begin_to_ask_models(&mut self, myself: &Mailbox<Msg>) -> Result<(), ActorProcessingErr> {
        if self.setup.broker.is_none() {
            return Ok(());
        }
        let Err(problem) = self.begin(&Key::Broker, myself).await else { return Ok(()) };
        self.ended(&Key::Broker, &Exit::NotStarted(problem.to_string()), myself).await
    }

    /// A librarian that cannot be started holds up nobody either.
    async fn open_the_library(&mut self, myself: &Mailbox<Msg>) -> Result<(), ActorProcessingErr> {
        if self.setup.library.is_none() {
            return Ok(());
        }
        let Err(problem) = self.begin(&Key::Librarian, myself).await else { return Ok(()) };
        self.ended(&Key::Librarian, &Exit::NotStarted(problem.to_string()), myself).await
    }

    fn site(&self, plant: &PlantId) -> Option<&PlantSite> {
        self.setup.plants.iter().find(|site| site.plant.id == *plant)
    }

    /// Builds a plant that has become ours. What is left of an earlier claim of this node is ended before.
    async fn start_plant(
        &mut self,
        owned: OwnedPlant,
        lease: Lease,
        epoch: i64,
        myself: &Mailbox<Msg>,
    ) -> Result<(), ActorProcessingErr> {
        let id = owned.plant().clone();
        self.cut_off(&id, "it has been claimed anew");
        if let Some(site) = self.site(&id) {
            site.feed.begin(epoch);
        }
        let spool = owned.spool();
        self.ours.insert(id.clone(), Ours { storage: owned, lease, outbox: Outbox::default(), spool });
        let key = Key::Plant(id.clone());
        let Err(problem) = self.begin(&key, myself).await else { return Ok(()) };
        self.not_started.insert(id, problem.to_string());
        self.ended(&key, &Exit::NotStarted(problem.to_string()), myself).await
    }

    fn end_first_round(&mut self, not_ours: &[(PlantId, String)]) {
        let mut problems: Vec<String> = not_ours.iter().map(|(plant, why)| format!("{plant}: {why}")).collect();
        problems.extend(self.not_started.iter().map(|(plant, why)| format!("{plant}: {why}")));
        let outcome = if self.doors.is_empty() { Err(problems.join("; ")) } else { Ok(()) };
        for problem in problems {
            warn!("a plant is not at work: {problem}");
        }
        if let FirstRound::Waits(waiting) = std::mem::replace(&mut self.first_round, FirstRound::Over(outcome.clone()))
        {
            for reply in waiting {
                drop(reply.send(outcome.clone()));
            }
        }
    }

    /// One plant that cannot be kept alive is shown as stopped while others live. When a node alone has none left, there
    /// is nothing to go on with: the process ends, and whoever keeps it alive starts it anew.
    fn go_on_with_something(&self) -> Result<(), ActorProcessingErr> {
        let over = matches!(self.first_round, FirstRound::Over(Ok(())));
        let alone = !self.setup.terms.is_shared();
        if !over || !alone || self.drained.is_some() || self.missing.len() < self.setup.plants.len() {
            return Ok(());
        }
        let why: Vec<String> = self.missing.iter().map(|(plant, why)| format!("{plant}: {why}")).collect();
        Err(format!("no plant can be kept alive: {}", why.join("; ")).into())
    }

    fn leave(&mut self, reply: RpcReplyPort<()>) {
        self.drained = Some(reply);
        match &self.placement {
            Some(placement) => placement.leave(),
            None => self.left(),
        }
    }

    /// A repetition is recognised until the first has its answer.
    fn order_begins(&mut self, order: &PartOrder, reply: PartReply, myself: &Mailbox<Msg>) -> PartReply {
        let (key, myself) = (order.key.clone(), myself.clone());
        self.under_way.insert(key.clone());
        let (answer, outcome) = oneshot::channel();
        tokio::spawn(async move {
            let outcome = outcome.await.unwrap_or(Err(PartRefused::Unavailable));
            drop(myself.cast(Msg::OrderEnded { key }));
            drop(reply.send(outcome));
        });
        RpcReplyPort::from(answer)
    }
}
