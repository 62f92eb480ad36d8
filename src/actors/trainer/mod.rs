//! The trainer: makes models, one at a time, and puts them where people want them.
//!
//! A job is durable before it is answered, so one that was ordered outlives a restart; it goes on then behind the simulated
//! runs that it had finished. A detector
//! that has no model it can use gets its first one without being asked, where the plant can be simulated, and uses it at
//! once: there is nothing that it could do worse than. Every other model comes out staged, and a person decides.

mod decide;
mod jobs;
mod orders;
mod work;

use std::collections::VecDeque;

use ractor::{ActorCell, ActorProcessingErr, RpcReplyPort, SpawnErr};
use ractor_cluster::RactorMessage;

pub use self::orders::{ModelCommand, ModelDone, ModelOrder, ModelRefused};
use self::work::Stop;
use super::chart_detector::Trained;
use super::mailbox::{self, Actor, Mailbox};
use super::plant::{PlantHears, PlantSetup};
use super::portrait::{Poses, Sketch, Tell};
use super::training::TrainingError;
use crate::domain::{DetectorId, TrainingJob, TrainingJobId, TrainingProgress};
use crate::storage::Model;

/// Who wants the first model of a detector.
const OURSELVES: &str = "TEP";

/// Orders models about.
#[derive(Clone, Debug)]
pub struct Trainer(Mailbox<Msg>);

/// What the trainer starts with.
pub(super) struct Args {
    pub setup: PlantSetup,
    pub plant_hears: Tell<PlantHears>,
}

/// What a detector hears of its models.
#[derive(Debug)]
pub(super) enum Outcome {
    Progress(TrainingProgress),
    /// No training is under way any more.
    Ended,
    /// What it is to judge with, and what beside that.
    Models {
        active: Box<Option<Trained>>,
        shadow: Box<Option<Trained>>,
    },
}

type Answer = RpcReplyPort<Result<ModelDone, ModelRefused>>;

#[derive(RactorMessage)]
pub(super) enum Msg {
    Begin,
    Ordered { order: Box<ModelOrder>, reply: Answer },
    Trained { job: TrainingJobId, outcome: Box<Result<Model, TrainingError>> },
    Pose(RpcReplyPort<Sketch>),
}

impl Poses for Msg {
    fn pose(reply: RpcReplyPort<Sketch>) -> Self {
        Self::Pose(reply)
    }
}

impl Trainer {
    pub(super) async fn start(args: Args, parent: ActorCell) -> Result<(Self, Mailbox<Msg>), SpawnErr> {
        let actor = mailbox::open(Behaviour, args, parent).await?;
        actor.cast(Msg::Begin).map_err(|error| SpawnErr::StartupFailed(error.to_string().into()))?;
        Ok((Self(actor.clone()), actor))
    }

    /// Carries an order out; answered when it is durable. A training is answered when it stands in the queue.
    ///
    /// # Errors
    /// When it makes no sense, cannot be made durable, or the trainer is not there.
    pub async fn carry_out(&self, order: ModelOrder) -> Result<ModelDone, ModelRefused> {
        let ask = |reply| Msg::Ordered { order: Box::new(order), reply };
        super::answer(self.0.call(ask, Some(super::PATIENCE)).await).unwrap_or(Err(ModelRefused::Gone))
    }
}

struct Behaviour;

struct State {
    args: Args,
    waiting: VecDeque<TrainingJob>,
    running: Option<Running>,
    /// Detectors whose last training has failed.
    failed: Vec<DetectorId>,
}

struct Running {
    job: TrainingJob,
    stop: Stop,
}

impl Actor for Behaviour {
    type Msg = Msg;
    type State = State;
    type Arguments = Args;

    async fn pre_start(&self, _: Mailbox<Msg>, args: Args) -> Result<State, ActorProcessingErr> {
        let waiting = args.setup.storage.open_training_jobs().await?.into();
        let mut state = State { args, waiting, running: None, failed: Vec::new() };
        state.order_first_models().await?;
        Ok(state)
    }

    async fn handle(&self, myself: Mailbox<Msg>, message: Msg, state: &mut State) -> Result<(), ActorProcessingErr> {
        match message {
            Msg::Begin => state.train_next(&myself).await,
            Msg::Ordered { order, reply } => {
                let done = state.carry_out(*order).await;
                drop(reply.send(done));
                state.train_next(&myself).await;
            }
            Msg::Trained { job, outcome } => {
                state.finish(job, *outcome).await;
                state.train_next(&myself).await;
            }
            Msg::Pose(reply) => drop(reply.send(state.sketch())),
        }
        Ok(())
    }
}

impl State {
    async fn carry_out(&mut self, order: ModelOrder) -> Result<ModelDone, ModelRefused> {
        let ModelOrder { command, by, reason } = order;
        match command {
            ModelCommand::Train { job, detector, method, origin } => {
                let job = self.new_job(job, &detector, method.as_deref(), origin, by, reason)?;
                self.enqueue(job).await
            }
            ModelCommand::Cancel { job } => self.cancel(job, &by, &reason).await,
            ModelCommand::Decide { model, to } => self.decide(model, to, by, reason).await,
            ModelCommand::RollBack { detector } => self.roll_back(&detector, by, reason).await,
        }
    }

    fn sketch(&self) -> Sketch {
        match (&self.running, self.failed.is_empty()) {
            (Some(running), _) => {
                let waiting = self.waiting.len();
                Sketch::at_work(format!("trains {}, {waiting} more wait", running.job.detector))
            }
            (None, false) => Sketch::degraded(format!("{} detectors could not be trained", self.failed.len())),
            (None, true) => Sketch::at_work("nothing to train"),
        }
    }
}
