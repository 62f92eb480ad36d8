//! The supervisor of everything that has to do with other nodes.
//!
//! The gateway holds the door of the link, so it is started anew with it. Mirrors speak by the post alone, and stand for
//! themselves, one for each configured plant.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::join_all;
use ractor::{ActorProcessingErr, RpcReplyPort, SpawnErr, SupervisionEvent};
use ractor_cluster::RactorMessage;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::credentials::Credentials;
use super::desk::Desk;
use super::gateway;
use super::hello::Introduction;
use super::link::{self, Link, Peer};
use super::mirror;
use super::post::Post;
use super::pulse::Rhythm;
use super::tree::{self, Whereabouts};
use super::ways::Ways;
use super::wire::{Answer, Question};
use crate::actors::elsewhere::{self, Elsewhere};
use crate::actors::mailbox::{self, Actor, Mailbox};
use crate::actors::portrait::{Poses, Sketch};
use crate::actors::supervision::{Backoff, ChildSpec, Children, Plan, Strategy, Supervisor};
use crate::actors::{PartOrder, PartOutcome, Root, Unavailable};
use crate::config::Secret;
use crate::domain::{ActorPortrait, Members, NodeName, PlantId, WallTime};
use crate::feed::{Feed, SupervisionFrame};
use crate::telemetry::Clock;

/// Its place in the tree of the node.
const PATH: &str = tree::PART;

/// A link that could not be built anew (no file descriptor is left, say) is not tried again at once.
const BACKOFF: Backoff = Backoff { first: Duration::from_millis(200), longest: Duration::from_secs(10), jitter: 0.2 };

/// How long a question to the link may take.
const PATIENCE: Duration = Duration::from_secs(1);

/// How often the whole tree is drawn for those who watch it.
const DRAW_PERIOD: Duration = Duration::from_secs(1);

/// How long another node may take to say that it is there.
const ECHO_PATIENCE: Duration = Duration::from_secs(1);

/// What this node needs to find the others, and to be found.
#[derive(Debug)]
pub struct ClusterSetup {
    /// Where the others call.
    pub listener: TcpListener,
    /// What proves who this node is.
    pub credentials: Credentials,
    /// The secret that all nodes share.
    pub cookie: Secret,
    /// What this node is.
    pub me: Introduction,
    /// Where to look for the others, `host:port`.
    pub peers: Vec<String>,
    /// How soon silence is noticed.
    pub rhythm: Rhythm,
    /// The wall clock.
    pub clock: Clock,
    /// Where the living nodes are told.
    pub members: watch::Sender<Members>,
    /// Knows which plants are here, and where the others are.
    pub root: Root,
    /// The streams of every configured plant: filled by the plant while it is here, else from its owner.
    pub feeds: BTreeMap<PlantId, Feed>,
}

/// This node's part in the cluster. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Cluster {
    actor: Mailbox<Msg>,
    members: watch::Receiver<Members>,
    root: Root,
    ways: Ways,
    canvas: watch::Sender<Arc<ActorPortrait>>,
}

#[derive(RactorMessage)]
pub(super) enum Msg {
    Link(RpcReplyPort<Link>),
    RestartDue { key: ChildKey, generation: u64 },
    DrawDue,
    Pose(RpcReplyPort<Sketch>),
}

impl Poses for Msg {
    fn pose(reply: RpcReplyPort<Sketch>) -> Self {
        Self::Pose(reply)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ChildKey {
    Link,
    Gateway,
    Mirror(PlantId),
}

impl Cluster {
    /// Begins to listen for the others and to call them. The handle ends when this cannot be kept alive.
    ///
    /// # Errors
    /// When the runtime of nodes cannot be started.
    pub async fn start(setup: ClusterSetup) -> Result<(Self, JoinHandle<()>), SpawnErr> {
        let members = setup.members.subscribe();
        let (routes, routes_now) = watch::channel(link::Routes::default());
        let post = Post::new(routes_now);
        let ways = Ways { me: setup.me.node.clone(), places: setup.root.places(), post };
        let link = link::Args {
            listener: Arc::new(setup.listener),
            credentials: setup.credentials,
            cookie: setup.cookie,
            me: setup.me,
            peers: setup.peers,
            rhythm: setup.rhythm,
            clock: setup.clock,
            members: setup.members,
            routes,
            path: format!("{PATH}/link:{PATH}"),
        };
        let root = setup.root.clone();
        // Until somebody has looked for a second it shows an empty cluster, which nobody compares with.
        let canvas = watch::Sender::new(Arc::new(tree::cluster([])));
        let args = Args { link, root: setup.root, feeds: setup.feeds, ways: ways.clone(), canvas: canvas.clone() };
        let (actor, ended) = mailbox::open_root(Behaviour, args).await?;
        Ok((Self { actor, members, root, ways, canvas }, ended))
    }

    /// The way to what is on other nodes.
    pub fn elsewhere(&self) -> Arc<dyn Elsewhere> {
        Arc::new(self.clone())
    }

    /// The living nodes, this one among them.
    pub fn members(&self) -> watch::Receiver<Members> {
        self.members.clone()
    }

    /// Everybody who is known: linked, lost, or refused, and why.
    pub async fn peers(&self) -> Vec<Peer> {
        match self.link().await {
            Some(link) => link.peers().await,
            None => Vec::new(),
        }
    }

    /// Whether a node answers, over its gateway and not only over the wire.
    pub async fn answers(&self, node: &NodeName) -> bool {
        let question = Question::Echo("there?".into());
        let answer = self.ways.post.ask(node, &question, ECHO_PATIENCE).await;
        matches!(answer, Ok(Answer::Echo(words)) if words == "there?")
    }

    /// Tells the others that this node goes, and hangs up.
    pub async fn leave(&self) {
        if let Some(link) = self.link().await {
            link.part().await;
        }
        drop(self.actor.get_cell().stop_and_wait(Some("left".into()), Some(PATIENCE)).await);
    }

    async fn link(&self) -> Option<Link> {
        let answer = self.actor.call(Msg::Link, Some(PATIENCE)).await;
        answer.ok().and_then(|result| result.success_or(()).ok())
    }
}

#[async_trait]
impl Elsewhere for Cluster {
    async fn ask(&self, plant: &PlantId, question: elsewhere::Question) -> Result<elsewhere::Answer, Unavailable> {
        self.ways.ask(plant, question).await
    }

    async fn whole_tree(&self, own: ActorPortrait) -> ActorPortrait {
        gather(&self.ways, &self.members, own, sketch_of(&self.actor).await).await
    }

    fn watch_tree(&self) -> watch::Receiver<Arc<ActorPortrait>> {
        self.canvas.subscribe()
    }

    async fn order_part(&self, order: PartOrder) -> PartOutcome {
        let elsewhere = match Whereabouts::of(&order.path) {
            Whereabouts::Plant(plant) => self.ways.owner(&plant).map(|node| (node, order.path.clone())),
            Whereabouts::Node(node, path) => Some((node, path)),
            Whereabouts::Here => None,
        };
        match elsewhere {
            Some((node, path)) if node != self.ways.me => {
                self.ways.order_part(&node, PartOrder { path, ..order }).await
            }
            Some((_, path)) => self.root.order(PartOrder { path, ..order }).await,
            None => self.root.order(order).await,
        }
    }
}

/// How this node's part in the cluster is.
pub(super) async fn sketch_of(cluster: &Mailbox<Msg>) -> Option<Sketch> {
    let sketch = cluster.call(Msg::Pose, Some(PATIENCE)).await;
    sketch.ok().and_then(|result| result.success_or(()).ok())
}

/// Asks all nodes for their trees at once.
async fn gather(
    ways: &Ways,
    members: &watch::Receiver<Members>,
    own: ActorPortrait,
    part: Option<Sketch>,
) -> ActorPortrait {
    let others: Vec<NodeName> =
        members.borrow().iter().map(|member| member.node.clone()).filter(|node| *node != ways.me).collect();
    let told = join_all(others.into_iter().map(async |node| {
        let tree = ways.tree(&node).await;
        tree::node(&node, tree)
    }));
    let own = tree::with_part(own, part);
    tree::cluster([tree::node(&ways.me, Some(own))].into_iter().chain(told.await))
}

#[derive(Clone, Debug)]
struct Args {
    link: link::Args,
    root: Root,
    feeds: BTreeMap<PlantId, Feed>,
    ways: Ways,
    /// The whole tree, for those who watch it.
    canvas: watch::Sender<Arc<ActorPortrait>>,
}

struct Behaviour;

struct State {
    args: Args,
    children: Children<ChildKey>,
    link: Option<Link>,
}

impl Actor for Behaviour {
    type Msg = Msg;
    type State = State;
    type Arguments = Args;

    async fn pre_start(&self, myself: Mailbox<Msg>, args: Args) -> Result<State, ActorProcessingErr> {
        let ends = Plan::group(Strategy::RestForOne, [ChildKey::Link, ChildKey::Gateway]);
        let mirrors = args.feeds.keys().cloned().map(|plant| Plan::Child(ChildKey::Mirror(plant)));
        let plan = Plan::Group(Strategy::OneForOne, [ends].into_iter().chain(mirrors).collect());
        let spec = |key: &ChildKey| {
            let spec = match key {
                ChildKey::Link => ChildSpec::essential("link", PATH),
                ChildKey::Gateway => ChildSpec::essential("gateway", PATH),
                ChildKey::Mirror(plant) => ChildSpec::essential("mirror", plant.as_str()),
            };
            spec.with_backoff(BACKOFF)
        };
        let children = Children::new(PATH, args.link.clock.now(), plan, spec);
        let mut state = State { args, children, link: None };
        state.start_all(&myself).await?;
        myself.send_interval(DRAW_PERIOD, || Msg::DrawDue);
        Ok(state)
    }

    async fn handle(&self, myself: Mailbox<Msg>, message: Msg, state: &mut State) -> Result<(), ActorProcessingErr> {
        match message {
            Msg::Link(reply) => {
                if let Some(link) = &state.link {
                    drop(reply.send(link.clone()));
                }
            }
            Msg::RestartDue { key, generation } => return state.restart(&key, generation, &myself).await,
            Msg::DrawDue => state.draw(),
            Msg::Pose(reply) => state.pose(reply),
        }
        Ok(())
    }

    async fn handle_supervisor_evt(
        &self,
        myself: Mailbox<Msg>,
        event: SupervisionEvent,
        state: &mut State,
    ) -> Result<(), ActorProcessingErr> {
        state.supervise(event, &myself).await
    }
}

impl Supervisor for State {
    type Key = ChildKey;
    type Msg = Msg;

    fn book(&mut self) -> &mut Children<ChildKey> {
        &mut self.children
    }

    fn now(&self) -> WallTime {
        self.args.link.clock.now()
    }

    fn restart_due(key: ChildKey, generation: u64) -> Msg {
        Msg::RestartDue { key, generation }
    }

    async fn start_child(&mut self, key: &ChildKey, myself: &Mailbox<Msg>) -> Result<(), ActorProcessingErr> {
        let now = self.now();
        match key {
            ChildKey::Link => {
                let (link, actor) = Link::start(self.args.link.clone(), myself.get_cell()).await?;
                self.children.started(key, &actor, now);
                self.link = Some(link);
            }
            ChildKey::Gateway => {
                let link = self.link.clone().ok_or("the gateway needs the link")?;
                let (root, feeds) = (self.args.root.clone(), self.args.feeds.clone());
                let desk = Desk { root, feeds, cluster: myself.clone() };
                let args = gateway::Args { me: self.args.link.me.node.clone(), link, answers: Arc::new(desk) };
                let actor = gateway::start(args, myself.get_cell()).await?;
                self.children.started(key, &actor, now);
            }
            ChildKey::Mirror(plant) => {
                let actor = mirror::start(self.mirror_args(plant)?, myself.get_cell()).await?;
                self.children.started(key, &actor, now);
            }
        }
        Ok(())
    }

    fn child_gone(&mut self, key: &ChildKey) {
        if *key == ChildKey::Link {
            self.link = None;
        }
    }

    /// The streams are those of plants, of which nothing has happened; the log and the tree tell of these.
    fn publish(&mut self, _: SupervisionFrame) {}

    /// All children are essential: one that cannot be kept alive ends this node's part in the cluster.
    fn missing(&mut self, _: &ChildKey, _: Option<&str>) {}
}

impl State {
    fn mirror_args(&self, plant: &PlantId) -> Result<mirror::Args, ActorProcessingErr> {
        Ok(mirror::Args {
            plant: plant.clone(),
            me: self.args.link.me.node.clone(),
            feed: self.args.feeds.get(plant).ok_or("no such plant is configured")?.clone(),
            places: self.args.ways.places.clone(),
            post: self.args.ways.post.clone(),
        })
    }

    /// All nodes are asked only while somebody looks.
    fn draw(&self) {
        if self.args.canvas.receiver_count() == 0 {
            return;
        }
        let (part, args) = (self.sketch(), self.args.clone());
        let members = args.link.members.subscribe();
        tokio::spawn(async move {
            let part = part.await;
            if let Ok(own) = args.root.tree().await {
                args.canvas.send_replace(Arc::new(gather(&args.ways, &members, own, Some(part)).await));
            }
        });
    }

    /// What this node's part in the cluster tells of itself; awaited by the caller outside of the mailbox.
    fn sketch(&self) -> impl Future<Output = Sketch> + Send + 'static {
        let (children, members) = (self.children.portraits(), self.args.link.members.borrow().count());
        async move { Sketch { children: children.await, ..Sketch::at_work(format!("{members} nodes")) } }
    }

    fn pose(&self, reply: RpcReplyPort<Sketch>) {
        let sketch = self.sketch();
        tokio::spawn(async move { drop(reply.send(sketch.await)) });
    }
}
