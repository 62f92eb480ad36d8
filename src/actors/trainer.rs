//! The trainer: gives each detector that has none its first model, from simulated normal operation, and tells how far
//! it is.

use std::ops::ControlFlow;
use std::time::Duration;

use ractor::{ActorCell, ActorProcessingErr, RpcReplyPort, SpawnErr};
use ractor_cluster::RactorMessage;
use tracing::{info, warn};

use super::chart_detector::Trained;
use super::mailbox::{self, Actor, Mailbox};
use super::plant::{PlantHears, PlantSetup};
use super::portrait::{Poses, Sketch, Tell};
use super::training::{self, TrainingError};
use crate::config::SourceConfig;
use crate::domain::{DetectorId, DetectorSpec, TrainingProgress};
use crate::storage::Model;

/// How often a progress is told at most.
const TELL_PERIOD: Duration = Duration::from_millis(100);

/// The only way in. Nobody comes in yet: the trainer works off what is missing at its start.
#[derive(Clone, Debug)]
pub(super) struct Trainer;

/// What the trainer starts with.
pub(super) struct Args {
    pub setup: PlantSetup,
    pub plant_hears: Tell<PlantHears>,
}

/// What a detector hears of its training.
#[derive(Debug)]
pub(super) enum Outcome {
    Progress(TrainingProgress),
    /// `None`: it has failed.
    Ended(Box<Option<Trained>>),
}

#[derive(RactorMessage)]
pub(super) enum Msg {
    Begin,
    Trained { detector: DetectorId, outcome: Box<Result<Model, TrainingError>> },
    Pose(RpcReplyPort<Sketch>),
}

impl Poses for Msg {
    fn pose(reply: RpcReplyPort<Sketch>) -> Self {
        Self::Pose(reply)
    }
}

impl Trainer {
    pub async fn start(args: Args, parent: ActorCell) -> Result<(Self, Mailbox<Msg>), SpawnErr> {
        let actor = mailbox::open(Behaviour, args, parent).await?;
        actor.cast(Msg::Begin).map_err(|error| SpawnErr::StartupFailed(error.to_string().into()))?;
        Ok((Self, actor))
    }
}

struct Behaviour;

struct State {
    args: Args,
    waiting: Vec<DetectorSpec>,
    busy_with: Option<DetectorId>,
    failed: Vec<DetectorId>,
}

impl Actor for Behaviour {
    type Msg = Msg;
    type State = State;
    type Arguments = Args;

    async fn pre_start(&self, _: Mailbox<Msg>, args: Args) -> Result<State, ActorProcessingErr> {
        let mut waiting = Vec::new();
        for spec in &args.setup.plant.detectors {
            if args.setup.storage.active_model(&spec.id).await?.is_none() {
                waiting.push(spec.clone());
            }
        }
        Ok(State { args, waiting, busy_with: None, failed: Vec::new() })
    }

    async fn handle(&self, myself: Mailbox<Msg>, message: Msg, state: &mut State) -> Result<(), ActorProcessingErr> {
        match message {
            Msg::Begin => state.train_next(&myself),
            Msg::Trained { detector, outcome } => {
                state.finish(detector, *outcome).await;
                state.train_next(&myself);
            }
            Msg::Pose(reply) => drop(reply.send(state.sketch())),
        }
        Ok(())
    }
}

impl State {
    fn train_next(&mut self, myself: &Mailbox<Msg>) {
        self.busy_with = None;
        let Some(spec) = self.waiting.pop() else { return };
        // Only the simulated plant can tell what its normal operation looks like.
        if !matches!(self.args.setup.source, SourceConfig::Simulator { .. })
            && !training::is_simulated(&self.args.setup.plant)
        {
            warn!(detector = %spec.id, "has no model, and there is no simulated plant to train on; see `tep train`");
            return self.train_next(myself);
        }
        self.busy_with = Some(spec.id.clone());
        let (myself, plant) = (myself.clone(), self.args.setup.plant.clone());
        let (clock, hears) = (self.args.setup.clock, self.args.plant_hears.clone());
        tokio::task::spawn_blocking(move || {
            let mut last = None;
            let mut tell = |progress: TrainingProgress| {
                let now = clock.now();
                if last.is_none_or(|at| now.since(at) >= TELL_PERIOD) {
                    last = Some(now);
                    let outcome = Outcome::Progress(progress);
                    hears.say(PlantHears::Trained { detector: spec.id.clone(), outcome });
                }
                ControlFlow::Continue(())
            };
            let outcome = training::on_simulated_plant(&plant, &spec, clock.now(), &mut tell);
            drop(myself.cast(Msg::Trained { detector: spec.id.clone(), outcome: Box::new(outcome) }));
        });
    }

    async fn finish(&mut self, detector: DetectorId, outcome: Result<Model, TrainingError>) {
        let trained = match outcome {
            Ok(model) => self.keep(model).await,
            Err(error) => {
                warn!(detector = %detector, "was not trained: {error}");
                self.failed.push(detector.clone());
                None
            }
        };
        let outcome = Outcome::Ended(Box::new(trained));
        self.args.plant_hears.say(PlantHears::Trained { detector, outcome });
    }

    /// A model that cannot be kept is used all the same; at the next start it is trained again.
    async fn keep(&self, model: Model) -> Option<Trained> {
        if let Err(error) = self.args.setup.storage.save_model(&model).await {
            warn!(model = %model.version, "was not kept: {error}");
        }
        info!(detector = %model.detector, model = %model.version, "trained on {}", model.source);
        match Trained::from_record(&model) {
            Ok(trained) => Some(trained),
            Err(error) => {
                warn!(model = %model.version, "cannot be used: {error}");
                None
            }
        }
    }

    fn sketch(&self) -> Sketch {
        match (&self.busy_with, self.failed.is_empty()) {
            (Some(detector), _) => Sketch::at_work(format!("trains {detector}")),
            (None, false) => Sketch::degraded(format!("{} detectors could not be trained", self.failed.len())),
            (None, true) => Sketch::at_work("nothing to train"),
        }
    }
}
