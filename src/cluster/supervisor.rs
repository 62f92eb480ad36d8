//! The supervisor of everything that has to do with other nodes.
//!
//! The gateway holds the door of the link, so it is started anew with it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use ractor::{ActorProcessingErr, RpcReplyPort, SpawnErr, SupervisionEvent};
use ractor_cluster::RactorMessage;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::credentials::Credentials;
use super::gateway::{self, Answers};
use super::hello::Introduction;
use super::link::{self, Link, Peer};
use super::post::Post;
use super::pulse::Rhythm;
use super::wire::{Answer, Question};
use crate::actors::mailbox::{self, Actor, Mailbox};
use crate::actors::portrait::{Poses, Sketch};
use crate::actors::supervision::{Backoff, ChildSpec, Children, Plan, Strategy, Supervisor};
use crate::config::Secret;
use crate::domain::{Members, NodeName, WallTime};
use crate::feed::{Stream, SupervisionFrame};
use crate::telemetry::Clock;

/// Its place in the tree.
const PATH: &str = "cluster";

/// A link that could not be built anew (no file descriptor is left, say) is not tried again at once.
const BACKOFF: Backoff = Backoff { first: Duration::from_millis(200), longest: Duration::from_secs(10), jitter: 0.2 };

/// How long a question to the link may take.
const PATIENCE: Duration = Duration::from_secs(1);

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
    /// Where to tell what happens to the actors here.
    pub supervision: Stream<SupervisionFrame>,
}

/// This node's part in the cluster. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Cluster {
    actor: Mailbox<Msg>,
    members: watch::Receiver<Members>,
    post: Post,
}

#[derive(RactorMessage)]
enum Msg {
    Link(RpcReplyPort<Link>),
    RestartDue { key: ChildKey, generation: u64 },
    Pose(RpcReplyPort<Sketch>),
}

impl Poses for Msg {
    fn pose(reply: RpcReplyPort<Sketch>) -> Self {
        Self::Pose(reply)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ChildKey {
    Link,
    Gateway,
}

impl Cluster {
    /// Begins to listen for the others and to call them. The handle ends when this cannot be kept alive.
    ///
    /// # Errors
    /// When the runtime of nodes cannot be started.
    pub async fn start(setup: ClusterSetup) -> Result<(Self, JoinHandle<()>), SpawnErr> {
        let (members, members_now) = watch::channel(Members::default());
        let (routes, routes_now) = watch::channel(link::Routes::default());
        let link = link::Args {
            listener: Arc::new(setup.listener),
            credentials: setup.credentials,
            cookie: setup.cookie,
            me: setup.me,
            peers: setup.peers,
            rhythm: setup.rhythm,
            clock: setup.clock,
            members,
            routes,
            path: format!("{PATH}/link:{PATH}"),
        };
        let args = Args { link, supervision: setup.supervision };
        let (actor, ended) = mailbox::open_root(Behaviour, args).await?;
        Ok((Self { actor, members: members_now, post: Post::new(routes_now) }, ended))
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
        let answer = self.post.ask(node, &question, ECHO_PATIENCE).await;
        answer == Ok(Answer::Echo("there?".into()))
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

#[derive(Clone, Debug)]
struct Args {
    link: link::Args,
    supervision: Stream<SupervisionFrame>,
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
        let plan = Plan::group(Strategy::RestForOne, [ChildKey::Link, ChildKey::Gateway]);
        let spec = |key: &ChildKey| {
            let role = match key {
                ChildKey::Link => "link",
                ChildKey::Gateway => "gateway",
            };
            ChildSpec::essential(role, PATH).with_backoff(BACKOFF)
        };
        let children = Children::new(PATH, args.link.clock.now(), plan, spec);
        let mut state = State { args, children, link: None };
        state.start_all(&myself).await?;
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
                let args = gateway::Args { me: self.args.link.me.node.clone(), link, answers: Arc::new(Desk) };
                let actor = gateway::start(args, myself.get_cell()).await?;
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

    fn publish(&mut self, frame: SupervisionFrame) {
        self.args.supervision.publish(frame);
    }

    /// Both children are essential: one that cannot be kept alive ends this node's part in the cluster.
    fn missing(&mut self, _: &ChildKey, _: Option<&str>) {}
}

impl State {
    fn pose(&self, reply: RpcReplyPort<Sketch>) {
        let (children, members) = (self.children.portraits(), self.args.link.members.borrow().count());
        tokio::spawn(async move {
            let detail = format!("{members} nodes");
            drop(reply.send(Sketch { detail: Some(detail), children: children.await, ..Sketch::default() }));
        });
    }
}

/// Answers the questions of other nodes.
#[derive(Debug)]
struct Desk;

#[async_trait]
impl Answers for Desk {
    async fn answer(&self, question: Question) -> Answer {
        match question {
            Question::Echo(words) => Answer::Echo(words),
        }
    }
}
