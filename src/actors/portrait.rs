//! How an actor draws itself, and how its parent collects the drawings.

use std::sync::Arc;

use ractor::{Message, RpcReplyPort};

use super::mailbox::Mailbox;
use crate::domain::{ActorPortrait, Health};

/// What an actor says of itself; its parent adds what only a parent knows (restarts, last error).
#[derive(Debug, Default)]
pub(crate) struct Sketch {
    /// `None`: at work.
    pub health: Option<Health>,
    pub reason: Option<String>,
    pub detail: Option<String>,
    pub children: Vec<ActorPortrait>,
}

impl Sketch {
    /// At work, with a few words.
    pub fn at_work(detail: impl Into<String>) -> Self {
        Self { detail: Some(detail.into()), ..Self::default() }
    }

    /// At work, with something missing.
    pub fn degraded(reason: impl Into<String>) -> Self {
        Self { health: Some(Health::Degraded), reason: Some(reason.into()), ..Self::default() }
    }
}

/// A message that asks an actor for its sketch.
pub(crate) trait Poses: Message {
    fn pose(reply: RpcReplyPort<Sketch>) -> Self;
}

/// Asks one actor for its sketch, whatever its messages are.
pub(crate) type AskSketch = Arc<dyn Fn(RpcReplyPort<Sketch>) + Send + Sync>;

/// The question of one actor. When the actor is gone the reply port is dropped, and the asker knows.
pub(super) fn ask<M: Poses>(actor: &Mailbox<M>) -> AskSketch {
    let actor = actor.clone();
    Arc::new(move |reply| drop(actor.cast(M::pose(reply))))
}

/// The one thing that a child may say to its parent. ractor's `DerivedActorRef` would also want every order converted
/// back; this wants only the way there.
pub(crate) struct Tell<T>(Arc<dyn Fn(T) + Send + Sync>);

impl<T> Clone for Tell<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: Send + 'static> Tell<T> {
    /// Says it to `actor`, wrapped in one of its messages.
    pub fn to<M: Message>(actor: &Mailbox<M>, wrap: impl Fn(T) -> M + Send + Sync + 'static) -> Self {
        let actor = actor.clone();
        Self(Arc::new(move |what| drop(actor.cast(wrap(what)))))
    }

    /// Says it; when nobody is left to hear, the parent is going down and it no longer matters.
    pub fn say(&self, what: T) {
        (self.0)(what);
    }
}
