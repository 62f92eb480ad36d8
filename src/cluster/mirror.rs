//! The mirror of one plant that runs on another node: repeats its streams here, so that every subscription of this node works
//! as if the plant were here.
//!
//! It follows whoever the placement says is the owner. While nobody is, or the owner does not answer, it is quiet: what
//! comes then is behind a gap, which subscribers are told of, and alarms are filled up from the journal.

use std::time::Duration;

use ractor::{ActorCell, ActorProcessingErr, RpcReplyPort, SpawnErr};
use ractor_cluster::RactorMessage;
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;
use tracing::{debug, info};

use super::post::{NoAnswer, Post};
use super::relay::{self, Follow, News};
use super::wire::{Answer, Question};
use crate::actors::mailbox::{self, Actor, Mailbox};
use crate::actors::portrait::{Poses, Sketch};
use crate::domain::{NodeName, Placement, PlantId};
use crate::feed::Feed;
use crate::telemetry::events;

/// How long an owner may take to answer, beyond the time that it waits for something to tell.
const PATIENCE: Duration = Duration::from_millis(1000);

/// Pause before an owner that did not answer is asked again.
const RETRY_AFTER: Duration = Duration::from_millis(250);

/// What a mirror starts with.
#[derive(Clone, Debug)]
pub(super) struct Args {
    pub plant: PlantId,
    /// This node.
    pub me: NodeName,
    /// Where what the owner tells is repeated.
    pub feed: Feed,
    /// Who owns which plant.
    pub places: watch::Receiver<Vec<Placement>>,
    pub post: Post,
}

#[derive(RactorMessage)]
pub(super) enum Msg {
    PlacesChanged,
    Answered { generation: u64, answer: Result<Box<News>, NoAnswer> },
    RetryDue { generation: u64 },
    Pose(RpcReplyPort<Sketch>),
}

impl Poses for Msg {
    fn pose(reply: RpcReplyPort<Sketch>) -> Self {
        Self::Pose(reply)
    }
}

/// Starts a mirror.
pub(super) async fn start(args: Args, parent: ActorCell) -> Result<Mailbox<Msg>, SpawnErr> {
    mailbox::open(Behaviour, args, parent).await
}

struct Behaviour;

struct State {
    args: Args,
    /// Whom it follows; nobody while the plant is here or nowhere.
    owner: Option<NodeName>,
    /// Of the question that is under way; the answer to an earlier one comes late and is ignored.
    generation: u64,
    hears: bool,
    batches: u64,
    _watcher: AbortOnDropHandle<()>,
}

impl Actor for Behaviour {
    type Msg = Msg;
    type State = State;
    type Arguments = Args;

    async fn pre_start(&self, myself: Mailbox<Msg>, args: Args) -> Result<State, ActorProcessingErr> {
        let watcher = AbortOnDropHandle::new(tokio::spawn(watch_places(args.places.clone(), myself.clone())));
        myself.cast(Msg::PlacesChanged)?;
        Ok(State { args, owner: None, generation: 0, hears: false, batches: 0, _watcher: watcher })
    }

    async fn handle(&self, myself: Mailbox<Msg>, message: Msg, state: &mut State) -> Result<(), ActorProcessingErr> {
        match message {
            Msg::PlacesChanged => state.look_for_the_owner(&myself),
            Msg::Answered { generation, answer } if generation == state.generation => state.take(answer, &myself),
            Msg::RetryDue { generation } if generation == state.generation => state.ask(&myself),
            Msg::Answered { .. } | Msg::RetryDue { .. } => {}
            Msg::Pose(reply) => drop(reply.send(state.sketch())),
        }
        Ok(())
    }
}

async fn watch_places(mut places: watch::Receiver<Vec<Placement>>, mirror: Mailbox<Msg>) {
    while places.changed().await.is_ok() {
        if mirror.cast(Msg::PlacesChanged).is_err() {
            return;
        }
    }
}

impl State {
    fn look_for_the_owner(&mut self, myself: &Mailbox<Msg>) {
        let plant = &self.args.plant;
        let owner = self.args.places.borrow().iter().find(|place| place.plant == *plant).and_then(|p| p.node.clone());
        let owner = owner.filter(|node| *node != self.args.me);
        if owner == self.owner {
            return;
        }
        self.generation += 1;
        self.hears = false;
        self.owner = owner;
        if let Some(owner) = &self.owner {
            info!(plant = %plant, peer = %owner, "following plant {plant} on {owner}");
            self.ask(myself);
        }
    }

    fn ask(&mut self, myself: &Mailbox<Msg>) {
        let Some(owner) = self.owner.clone() else { return };
        self.generation += 1;
        let question = Question::Follow(Follow::after(self.args.plant.clone(), &self.args.feed));
        let (generation, post, myself) = (self.generation, self.args.post.clone(), myself.clone());
        tokio::spawn(async move {
            let answer = match post.ask(&owner, &question, relay::WAIT + PATIENCE).await {
                Ok(Answer::News(news)) => Ok(news),
                // It is not the owner any more, or not yet.
                Ok(_) => Err(NoAnswer::Silent),
                Err(why) => Err(why),
            };
            drop(myself.cast(Msg::Answered { generation, answer }));
        });
    }

    fn take(&mut self, answer: Result<Box<News>, NoAnswer>, myself: &Mailbox<Msg>) {
        match answer {
            Ok(news) => {
                self.hears = true;
                self.batches += 1;
                relay::repeat(&self.args.feed, *news);
                self.ask(myself);
            }
            Err(why) => {
                if std::mem::replace(&mut self.hears, false) {
                    events::mirror_interrupted(&self.args.plant);
                }
                debug!(plant = %self.args.plant, "the owner does not tell: {why:?}");
                let generation = self.generation;
                myself.send_after(RETRY_AFTER, move || Msg::RetryDue { generation });
            }
        }
    }

    fn sketch(&self) -> Sketch {
        match &self.owner {
            None => Sketch::at_work("follows nobody: the plant is here, or nowhere"),
            Some(owner) if self.hears => Sketch::at_work(format!("follows {owner}, {} answers", self.batches)),
            Some(owner) => Sketch::degraded(format!("{owner} does not answer")),
        }
    }
}
