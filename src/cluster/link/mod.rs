//! The link: keeps this node connected with the others, and knows who lives.
//!
//! `ractor_cluster` carries messages over the lines that are made here. What it lacks is ours: who may join (`hello`), calling
//! again (`redial`), noticing that somebody is silent (`pulse`), and cutting the line then (`line`), which clears the silent
//! node's actors from every group of this one.

mod meetings;
mod roster;

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use ractor::{ActorCell, ActorProcessingErr, ActorRef, RpcReplyPort, SpawnErr, SupervisionEvent};
use ractor_cluster::node::{NodeConnectionMode, NodeServerSessionInformation};
use ractor_cluster::{
    IncomingEncryptionMode, NodeEventSubscription, NodeId, NodeServer, NodeServerMessage, RactorMessage,
};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use tracing::{debug, warn};
use uuid::Uuid;

use self::meetings::{Meetings, Turn};
pub(super) use self::roster::Routes;
use self::roster::{Label, News, Roster};
pub use self::roster::{Peer, PeerState};
use super::credentials::{Credentials, nobody_home};
use super::hello::{Introduction, Refusal, Side};
use super::line::Line;
use super::meeting::{Host, MayJoin, Met, Missed};
use super::post::Post;
use super::pulse::Rhythm;
use super::wire::Letter;
use crate::actors::mailbox::{self, Actor, Mailbox};
use crate::actors::portrait::{Poses, Sketch};
use crate::config::Secret;
use crate::domain::{Members, NodeName};
use crate::telemetry::{Clock, events};

/// Meetings that may be under way with callers at once; further ones wait in the operating system's queue.
const MEETINGS_MAX: usize = 32;

/// How long to wait before accepting again when the operating system has no room for another socket.
const NO_ROOM_PAUSE: Duration = Duration::from_millis(200);

/// The only way in.
#[derive(Clone, Debug)]
pub(super) struct Link(Mailbox<Msg>);

/// What the link starts with.
#[derive(Clone, Debug)]
pub(super) struct Args {
    pub listener: Arc<TcpListener>,
    pub credentials: Credentials,
    pub cookie: Secret,
    pub me: Introduction,
    /// Where to look for the others, `host:port`.
    pub peers: Vec<String>,
    pub rhythm: Rhythm,
    pub clock: Clock,
    pub members: watch::Sender<Members>,
    pub routes: watch::Sender<Routes>,
    /// Its place in the tree.
    pub path: String,
}

#[derive(RactorMessage)]
pub(super) enum Msg {
    BeatDue,
    MayJoin(Box<MayJoin>),
    /// A meeting has come to its end; `called` is the address of the configuration, for one that this node began.
    Meeting {
        id: Uuid,
        called: Option<String>,
        outcome: Box<Result<Met, Missed>>,
    },
    SessionReady {
        label: Label,
        session: NodeId,
        name: String,
    },
    SessionEnded {
        label: Label,
    },
    Heard(NodeName),
    Leaving(NodeName),
    Peers(RpcReplyPort<Vec<Peer>>),
    Part(RpcReplyPort<()>),
    Pose(RpcReplyPort<Sketch>),
}

impl Poses for Msg {
    fn pose(reply: RpcReplyPort<Sketch>) -> Self {
        Self::Pose(reply)
    }
}

impl Link {
    pub(super) async fn start(args: Args, parent: ActorCell) -> Result<(Self, Mailbox<Msg>), SpawnErr> {
        let actor = mailbox::open(Behaviour, args, parent).await?;
        Ok((Self(actor.clone()), actor))
    }

    /// A letter of this peer has come.
    pub(super) fn heard(&self, node: NodeName) {
        drop(self.0.cast(Msg::Heard(node)));
    }

    /// This peer goes in good order.
    pub(super) fn leaving(&self, node: NodeName) {
        drop(self.0.cast(Msg::Leaving(node)));
    }

    /// Everybody who is known.
    pub(super) async fn peers(&self) -> Vec<Peer> {
        let answer = self.0.call(Msg::Peers, Some(Duration::from_secs(1))).await;
        answer.ok().and_then(|result| result.success_or(()).ok()).unwrap_or_default()
    }

    /// Tells the others that this node goes, and waits a moment until they have hung up.
    pub(super) async fn part(&self) {
        drop(self.0.call(Msg::Part, Some(Duration::from_secs(1))).await);
    }
}

struct Behaviour;

pub(super) struct State {
    args: Args,
    host: Host,
    roster: Roster,
    meetings: Meetings,
    /// Peers that are told whether they may join once another meeting with them has ended.
    waiting: Vec<MayJoin>,
    post: Post,
    server: ActorRef<NodeServerMessage>,
    started: Instant,
    parted: bool,
    /// Waits until the others have hung up.
    parting: Option<RpcReplyPort<()>>,
    /// Takes up calls; ends with this actor.
    _receptionist: AbortOnDropHandle<()>,
}

impl Actor for Behaviour {
    type Msg = Msg;
    type State = State;
    type Arguments = Args;

    async fn pre_start(&self, myself: Mailbox<Msg>, args: Args) -> Result<State, ActorProcessingErr> {
        let server = start_runtime(&args, &myself).await?;
        let host = Host {
            credentials: args.credentials.clone(),
            cookie: args.cookie.clone(),
            me: args.me.clone(),
            link: myself.clone(),
        };
        let receptionist = tokio::spawn(take_calls(Arc::clone(&args.listener), host.clone()));
        myself.send_interval(args.rhythm.beat, || Msg::BeatDue);
        let roster = Roster::new(args.me.clone(), &args.peers, args.rhythm, args.clock.now());
        let post = Post::new(args.routes.subscribe());
        let state = State {
            host,
            roster,
            meetings: Meetings::new(args.me.node.clone()),
            waiting: Vec::new(),
            post,
            server,
            started: Instant::now(),
            parted: false,
            parting: None,
            _receptionist: AbortOnDropHandle::new(receptionist),
            args,
        };
        state.publish();
        Ok(state)
    }

    async fn handle(&self, myself: Mailbox<Msg>, message: Msg, state: &mut State) -> Result<(), ActorProcessingErr> {
        match message {
            Msg::BeatDue => state.beat(&myself),
            Msg::MayJoin(question) => state.may_join(*question),
            Msg::Meeting { id, called, outcome } => {
                state.meetings.over(id);
                state.met(called.as_deref(), *outcome);
                state.look_at_waiting();
            }
            Msg::SessionReady { label, session, name } => {
                let news = state.roster.ready(&label, session, &name, state.now(), state.args.clock.now());
                state.tell(news);
            }
            Msg::SessionEnded { label } => {
                let news = state.roster.ended(&label, state.args.clock.now());
                state.tell(news);
                state.end_parting();
            }
            Msg::Heard(node) => state.roster.heard(&node, state.now()),
            Msg::Leaving(node) => {
                let news = state.roster.leaving(&node, state.args.clock.now());
                state.tell(news);
            }
            Msg::Peers(reply) => drop(reply.send(state.roster.peers())),
            Msg::Part(reply) => state.part(reply),
            Msg::Pose(reply) => drop(reply.send(state.sketch())),
        }
        Ok(())
    }

    /// Without the runtime of nodes there is nothing to keep: whoever supervises the link builds both anew.
    async fn handle_supervisor_evt(
        &self,
        _: Mailbox<Msg>,
        event: SupervisionEvent,
        _: &mut State,
    ) -> Result<(), ActorProcessingErr> {
        match event {
            SupervisionEvent::ActorFailed(_, why) => Err(format!("the runtime of nodes failed: {why}").into()),
            SupervisionEvent::ActorTerminated(..) => Err("the runtime of nodes ended".into()),
            _ => Ok(()),
        }
    }

    async fn post_stop(&self, _: Mailbox<Msg>, state: &mut State) -> Result<(), ActorProcessingErr> {
        state.roster.cut_all();
        Ok(())
    }
}

/// The runtime's own listener takes raw streams or one TLS handshake at a time, so it gets a port where it hears nobody.
async fn start_runtime(args: &Args, myself: &Mailbox<Msg>) -> Result<ActorRef<NodeServerMessage>, ActorProcessingErr> {
    let node = args.me.node.to_string();
    let server = NodeServer::new(
        0,
        args.cookie.expose().to_owned(),
        node.clone(),
        node,
        Some(IncomingEncryptionMode::Tls(nobody_home())),
        Some(NodeConnectionMode::Isolated),
    )
    .with_listen_addr(IpAddr::V4(Ipv4Addr::LOCALHOST));
    let (server, _) = ractor::Actor::spawn_linked(None, server, (), myself.get_cell()).await?;
    let subscription = Box::new(Ear(myself.clone()));
    server.cast(NodeServerMessage::SubscribeToEvents { id: "link".into(), subscription })?;
    Ok(server)
}

async fn take_calls(listener: Arc<TcpListener>, host: Host) {
    let room = Arc::new(Semaphore::new(MEETINGS_MAX));
    while let Ok(seat) = Arc::clone(&room).acquire_owned().await {
        match listener.accept().await {
            Ok((stream, _)) => {
                let host = host.clone();
                tokio::spawn(async move {
                    answer(&host, stream).await;
                    drop(seat);
                });
            }
            Err(problem) => {
                warn!("a call of another node cannot be taken: {problem}");
                tokio::time::sleep(NO_ROOM_PAUSE).await;
            }
        }
    }
}

async fn answer(host: &Host, stream: TcpStream) {
    let id = Uuid::now_v7();
    let outcome = Box::new(host.answer(id, stream).await);
    drop(host.link.cast(Msg::Meeting { id, called: None, outcome }));
}

impl State {
    fn now(&self) -> Duration {
        self.started.elapsed()
    }

    /// Both nodes are asked, each about every meeting; see `meetings` for two at once.
    fn may_join(&mut self, question: MayJoin) {
        let now = self.now();
        let verdict = if self.parted { Err(Refusal::Linked) } else { self.roster.may_join(&question.peer, now) };
        let answer = match verdict {
            Ok(()) => match self.meetings.turn(question.meeting, &question.peer, question.side, now) {
                Turn::Go => Ok(()),
                Turn::GiveWay => Err(Refusal::Linked),
                Turn::Wait => return self.waiting.push(question),
            },
            refused => refused,
        };
        drop(question.reply.send(answer));
    }

    fn look_at_waiting(&mut self) {
        for question in std::mem::take(&mut self.waiting) {
            if !question.reply.is_closed() {
                self.may_join(question);
            }
        }
    }

    fn beat(&mut self, myself: &Mailbox<Msg>) {
        let now = self.now();
        let news = self.roster.look(now, self.args.clock.now());
        self.tell(news);
        self.look_at_waiting();
        if self.parted {
            return;
        }
        for node in self.args.routes.borrow().keys() {
            self.post.tell(node, &Letter::Beat { from: self.args.me.node.clone() });
        }
        for (node, silence) in self.roster.silences(now) {
            events::peer_silence(node, silence);
        }
        for address in self.roster.calls_due(now) {
            let (host, link) = (self.host.clone(), myself.clone());
            tokio::spawn(async move {
                let id = Uuid::now_v7();
                let outcome = Box::new(host.call(id, &address).await);
                drop(link.cast(Msg::Meeting { id, called: Some(address), outcome }));
            });
        }
    }

    fn met(&mut self, called: Option<&str>, outcome: Result<Met, Missed>) {
        let now = self.now();
        match outcome {
            Ok(met) => {
                if let Some(address) = called {
                    self.roster.call_reached(address, &met.peer, now);
                }
                self.hand_over(met);
            }
            Err(Missed::Refused { refusal, peer, who, advice }) => {
                if let Some(address) = called {
                    if refusal.is_harmless() {
                        self.roster.call_reached(address, &peer, now);
                    } else {
                        let why = (refusal.as_str(), format!("{who} refused: {advice}"));
                        drop(self.roster.call_failed(address, why, now, chance()));
                    }
                }
                events::peer_refused(refusal.as_str());
                let news = self.roster.refused(&peer, refusal, advice, self.args.clock.now());
                self.tell(news);
            }
            Err(missed) => match called {
                Some(address) => {
                    let news = self.roster.call_failed(address, (missed.kind(), missed.to_string()), now, chance());
                    self.tell(news);
                }
                // Port scanners and clients without a certificate end here.
                None => debug!("a caller {missed}"),
            },
        }
    }

    fn hand_over(&mut self, met: Met) {
        let cut = CancellationToken::new();
        let label = self.roster.opened(met.peer, met.version, cut.clone(), self.now());
        let stream = Box::new(Line::new(met.wire, label, cut));
        let is_server = met.side == Side::Called;
        drop(self.server.cast(NodeServerMessage::ConnectionOpenedExternal { stream, is_server }));
    }

    fn tell(&self, news: impl IntoIterator<Item = News>) {
        let mut any = false;
        for one in news {
            any = true;
            match one {
                News::Linked(peer, version) => {
                    events::peer_linked(&peer.node, &peer.address, &peer.product, version.0);
                }
                News::Suspected(node, silence) => events::peer_suspected(&node, silence),
                News::Recovered(node) => events::peer_recovered(&node),
                News::Gone(node, silence) => events::peer_gone(&node, silence),
                // The others hang up because this node goes.
                News::Lost(node, _) if self.parted => debug!(peer = %node, "{node} has hung up"),
                News::Lost(node, why) => events::peer_lost(&node, &why),
                News::Left(node) => events::peer_left(&node),
                News::Refused(node, refusal, advice) => {
                    warn!(peer = %node, reason = %refusal, "not linked with {node}: {advice}");
                }
                News::Unreachable(address, why) => warn!(address, "no node at {address}: {why}"),
                News::OtherPlants(node) => {
                    warn!(peer = %node, "{node} has other plant files than this node; give both the same");
                }
            }
        }
        if any {
            self.publish();
        }
    }

    /// The others stand below the link, as far as this node knows them.
    fn sketch(&self) -> Sketch {
        let peers = self.roster.peers();
        let linked = peers.iter().filter(|peer| peer.state == PeerState::Linked).count();
        let children = peers.iter().map(|peer| peer.portrait(&self.args.path)).collect();
        Sketch { children, ..Sketch::at_work(format!("{linked} of {} other nodes linked", peers.len())) }
    }

    fn publish(&self) {
        let (members, routes) = (self.roster.members(), self.roster.routes());
        events::members_counted(members.count());
        self.args.routes.send_if_modified(|now| replaced(now, routes));
        self.args.members.send_if_modified(|now| replaced(now, members));
    }

    /// The others hang up when they have heard it; so it is known to have arrived.
    fn part(&mut self, reply: RpcReplyPort<()>) {
        self.parted = true;
        for node in self.args.routes.borrow().keys() {
            self.post.tell(node, &Letter::Leaving { from: self.args.me.node.clone() });
        }
        self.parting = Some(reply);
        self.end_parting();
    }

    fn end_parting(&mut self) {
        if self.args.routes.borrow().is_empty()
            && let Some(reply) = self.parting.take()
        {
            drop(reply.send(()));
        }
    }
}

fn replaced<T: PartialEq>(now: &mut T, next: T) -> bool {
    let other = *now != next;
    *now = next;
    other
}

fn chance() -> f64 {
    rand::random()
}

/// Hears what the runtime says of its sessions.
struct Ear(Mailbox<Msg>);

impl NodeEventSubscription for Ear {
    fn node_session_opened(&self, _: NodeServerSessionInformation) {}

    fn node_session_authenticated(&self, _: NodeServerSessionInformation) {}

    fn node_session_ready(&self, session: NodeServerSessionInformation) {
        let name = session.peer_name.map(|peer| peer.name).unwrap_or_default();
        drop(self.0.cast(Msg::SessionReady { label: session.peer_addr, session: session.node_id, name }));
    }

    fn node_session_disconnected(&self, session: NodeServerSessionInformation) {
        drop(self.0.cast(Msg::SessionEnded { label: session.peer_addr }));
    }
}
