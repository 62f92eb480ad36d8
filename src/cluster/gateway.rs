//! The gateway: the one actor of a node to which other nodes can speak.
//!
//! It opens envelopes. Letters go on to whom they concern; a question is answered by a task of its own, so that the beats of
//! the others never wait behind it.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use ractor::message::{BoxedDowncastErr, SerializedMessage};
use ractor::{ActorCell, ActorProcessingErr, Message, RpcReplyPort, SpawnErr, pg};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tracing::warn;

use super::link::Link;
use super::wire::{Answer, Letter, NEWEST, Question, open, seal};
use crate::actors::mailbox::{self, Actor, Mailbox};
use crate::actors::portrait::{Poses, Sketch};
use crate::domain::NodeName;
use crate::telemetry::events;

/// The scope of the process groups by which gateways find each other: each node's gateway is alone in the group that bears
/// the node's name.
pub(super) const GROUPS: &str = "tep-gateway";

/// Questions of other nodes that may be under way at once; further ones are turned away, and asked again.
const QUESTIONS_MAX: usize = 256;

/// Who knows the answers.
#[async_trait]
pub(super) trait Answers: fmt::Debug + Send + Sync {
    /// Answers a question of another node.
    async fn answer(&self, question: Question) -> Answer;
}

/// What the gateway starts with.
#[derive(Clone, Debug)]
pub(super) struct Args {
    pub me: NodeName,
    pub link: Link,
    pub answers: Arc<dyn Answers>,
}

pub(super) enum Msg {
    Tell(Vec<u8>),
    Ask(Vec<u8>, RpcReplyPort<Vec<u8>>),
    Pose(RpcReplyPort<Sketch>),
}

/// What crosses to another node is in envelopes, so the runtime's own encoding has nothing to add. Whatever a peer sends
/// becomes a message: one that could not be read would end the gateway.
impl Message for Msg {
    fn serializable() -> bool {
        true
    }

    fn serialize(self) -> Result<SerializedMessage, BoxedDowncastErr> {
        match self {
            Self::Tell(args) => Ok(SerializedMessage::Cast { variant: "tell".into(), args, metadata: None }),
            Self::Ask(args, reply) => {
                Ok(SerializedMessage::Call { variant: "ask".into(), args, reply, metadata: None })
            }
            Self::Pose(_) => Err(BoxedDowncastErr),
        }
    }

    fn deserialize(bytes: SerializedMessage) -> Result<Self, BoxedDowncastErr> {
        match bytes {
            SerializedMessage::Cast { args, .. } => Ok(Self::Tell(args)),
            SerializedMessage::Call { args, reply, .. } => Ok(Self::Ask(args, reply)),
            SerializedMessage::CallReply(..) => Err(BoxedDowncastErr),
        }
    }
}

impl Poses for Msg {
    fn pose(reply: RpcReplyPort<Sketch>) -> Self {
        Self::Pose(reply)
    }
}

/// Starts a gateway, which other nodes find from then on.
pub(super) async fn start(args: Args, parent: ActorCell) -> Result<Mailbox<Msg>, SpawnErr> {
    mailbox::open(Behaviour, args, parent).await
}

struct Behaviour;

struct State {
    args: Args,
    room: Arc<Semaphore>,
}

impl Actor for Behaviour {
    type Msg = Msg;
    type State = State;
    type Arguments = Args;

    async fn pre_start(&self, myself: Mailbox<Msg>, args: Args) -> Result<State, ActorProcessingErr> {
        pg::join_scoped(GROUPS.to_owned(), args.me.to_string(), vec![myself.get_cell()]);
        Ok(State { args, room: Arc::new(Semaphore::new(QUESTIONS_MAX)) })
    }

    async fn handle(&self, _: Mailbox<Msg>, message: Msg, state: &mut State) -> Result<(), ActorProcessingErr> {
        match message {
            Msg::Tell(envelope) => state.read(&envelope),
            Msg::Ask(envelope, reply) => state.ask(&envelope, reply),
            Msg::Pose(reply) => drop(reply.send(state.sketch())),
        }
        Ok(())
    }
}

impl State {
    fn sketch(&self) -> Sketch {
        Sketch::at_work(format!("{} questions under way", QUESTIONS_MAX - self.room.available_permits()))
    }

    fn read(&self, envelope: &[u8]) {
        match open(envelope) {
            Ok(Letter::Beat { from }) => self.args.link.heard(from),
            Ok(Letter::Leaving { from }) => self.args.link.leaving(from),
            Err(problem) => {
                events::envelope_unread();
                warn!("a letter of another node cannot be read: {problem}");
            }
        }
    }

    fn ask(&self, envelope: &[u8], reply: RpcReplyPort<Vec<u8>>) {
        let question = match open::<Question>(envelope) {
            Ok(question) => question,
            Err(problem) => {
                events::envelope_unread();
                warn!("a question of another node cannot be read: {problem}");
                return send(reply, &Answer::NotUnderstood(problem.to_string()));
            }
        };
        let Ok(seat) = Arc::clone(&self.room).try_acquire_owned() else {
            events::question_turned_away();
            return send(reply, &Answer::Busy);
        };
        tokio::spawn(answer(Arc::clone(&self.args.answers), question, reply, seat));
    }
}

async fn answer(
    answers: Arc<dyn Answers>,
    question: Question,
    reply: RpcReplyPort<Vec<u8>>,
    seat: OwnedSemaphorePermit,
) {
    send(reply, &answers.answer(question).await);
    drop(seat);
}

fn send(reply: RpcReplyPort<Vec<u8>>, answer: &Answer) {
    match seal(NEWEST, answer) {
        // Whoever asked may have given up meanwhile.
        Ok(envelope) => drop(reply.send(envelope)),
        Err(problem) => warn!("an answer cannot be sent: {problem}"),
    }
}
