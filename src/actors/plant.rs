//! The plant supervisor: builds the way of a sample from sink to source, and mends it.
//!
//! Children stand in the order of the way, sink first; who is built anew with whom is its plan, in `plant::build`.

mod build;
mod mend;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use ractor::{ActorCell, ActorProcessingErr, RpcReplyPort, SpawnErr, SupervisionEvent};
use ractor_cluster::RactorMessage;
use tokio::sync::oneshot;
use tracing::warn;

use super::Doors;
use super::alarm_desk::AlarmDesk;
use super::alarm_statistics::AlarmStatistics;
use super::aligner::Aligner;
use super::chart_detector::ChartDetector;
use super::design_rules::DesignRules;
use super::diagnostician::Diagnostician;
use super::elsewhere::Door;
use super::explainer::{Explainer, Models};
use super::historian::Historian;
use super::journal::{JournalDoor, Work};
use super::lease::Lease;
use super::mailbox::{self, Actor, Mailbox};
use super::notifier::Notifications;
use super::outbox::Outbox;
use super::portrait::{Poses, Sketch, Tell};
use super::publisher::Publisher;
use super::source::SourceDoor;
use super::supervision::{Children, PartOrder, PartReply, Supervisor};
use super::ticket::TicketOffice;
use super::trainer::Trainer;
use super::unit::ProcessUnit;
use crate::config::{SourceConfig, StorageConfig};
use crate::domain::{AlarmId, DetectorId, DetectorPortrait, Plant, SourceTime};
use crate::feed::Feed;
use crate::ingest::Sources;
use crate::retrieval::Retriever;
use crate::storage::{OwnedPlant, PlantStorage, Spool};
use crate::telemetry::Clock;

/// How long a part of the way may take to empty itself.
const DRAIN_PATIENCE: Duration = Duration::from_secs(5);

/// Asks the plant for what belongs to it as a whole.
#[derive(Clone, Debug)]
pub struct PlantDoor(Mailbox<Msg>);

/// A plant as configured, whether or not it runs on this node.
#[derive(Clone, Debug)]
pub struct PlantSite {
    /// The plant as configured.
    pub plant: Arc<Plant>,
    /// Where its samples come from.
    pub source: SourceConfig,
    /// What opens them.
    pub sources: Sources,
    /// Limits of the disk, and where keys and files live.
    pub storage_config: StorageConfig,
    /// Its storage, for reading.
    pub storage: PlantStorage,
    /// Its streams.
    pub feed: Feed,
    /// Who is told of its alarms; `None`: nobody.
    pub notifications: Option<Notifications>,
}

/// Everything that a plant is built from.
#[derive(Clone, Debug)]
pub struct PlantSetup {
    /// The plant as configured.
    pub plant: Arc<Plant>,
    /// Where its samples come from.
    pub source: SourceConfig,
    /// What opens them.
    pub sources: Sources,
    /// Limits of the disk, and where keys and files live.
    pub storage_config: StorageConfig,
    /// Its storage, claimed.
    pub storage: OwnedPlant,
    /// The right to decide for it, which its actors ask for before they do.
    pub lease: Lease,
    /// Its streams.
    pub feed: Feed,
    /// The wall clock.
    pub clock: Clock,
    /// Who is told of its alarms; `None`: nobody.
    pub notifications: Option<Notifications>,
    /// The language models of this node.
    pub models: Models,
    /// Who finds passages of what is known; `None`: nothing is.
    pub retriever: Option<Arc<dyn Retriever>>,
}

impl PlantSetup {
    /// A plant that is ours.
    pub(super) fn new(
        site: PlantSite,
        storage: OwnedPlant,
        lease: Lease,
        models: Models,
        retriever: Option<Arc<dyn Retriever>>,
        clock: Clock,
    ) -> Self {
        let PlantSite { plant, source, sources, storage_config, feed, notifications, .. } = site;
        Self { plant, source, sources, storage_config, storage, lease, feed, clock, notifications, models, retriever }
    }
}

/// Something about the runtime itself that operators must know as an alarm.
#[derive(Clone, Debug)]
pub(super) struct SystemCondition {
    pub alarm: AlarmId,
    pub active: bool,
    pub detail: String,
}

/// The one thing that children may say to the plant.
#[derive(Debug)]
pub(super) enum PlantHears {
    System(SystemCondition),
    Trained { detector: DetectorId, outcome: super::trainer::Outcome },
}

/// A child of the plant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ChildKey {
    Journal,
    Publisher,
    Desk,
    Detector(DetectorId),
    Unit(usize),
    Rules,
    Trainer,
    Diagnostician,
    Statistics,
    Notifier,
    Explainer,
    Historian,
    Aligner,
    Source,
}

#[derive(RactorMessage)]
pub(super) enum Msg {
    Doors(RpcReplyPort<Doors>),
    Detectors(RpcReplyPort<Vec<DetectorPortrait>>),
    Heard(PlantHears),
    RestartDue { key: Box<ChildKey>, generation: u64 },
    Order { order: Box<PartOrder>, reply: PartReply },
    Drain(RpcReplyPort<()>),
    Pose(RpcReplyPort<Sketch>),
}

impl Poses for Msg {
    fn pose(reply: RpcReplyPort<Sketch>) -> Self {
        Self::Pose(reply)
    }
}

impl PlantDoor {
    pub(super) async fn start(args: Args, parent: ActorCell) -> Result<(Self, Mailbox<Msg>), SpawnErr> {
        let actor = mailbox::open(Behaviour, args, parent).await?;
        Ok((Self(actor.clone()), actor))
    }

    pub(super) fn doors(&self, reply: RpcReplyPort<Doors>) {
        drop(self.0.cast(Msg::Doors(reply)));
    }

    /// Empties the plant from source to sink; when this comes back, everything that was under way has arrived.
    pub(super) async fn emptied(&self) {
        if self.0.call(Msg::Drain, None).await.is_err() {
            warn!("a plant went down before it was emptied");
        }
    }

    /// An order of a person for a part below the plant.
    pub(super) fn order(&self, order: PartOrder, reply: PartReply) {
        drop(self.0.cast(Msg::Order { order: Box::new(order), reply }));
    }

    /// What every plant-wide detector says of itself.
    ///
    /// # Errors
    /// While the plant is being restarted.
    pub async fn detectors(&self) -> Result<Vec<DetectorPortrait>, super::Unavailable> {
        super::answer(self.0.call(Msg::Detectors, Some(super::PATIENCE)).await)
    }
}

/// What the plant starts with.
#[derive(Clone)]
pub(super) struct Args {
    pub setup: PlantSetup,
    /// What an earlier plant could not write down.
    pub outbox: Outbox<Work>,
    /// Where that waits meanwhile.
    pub spool: Spool,
    pub path: String,
}

struct Behaviour;

pub(super) struct State {
    setup: PlantSetup,
    path: String,
    children: Children<ChildKey>,
    outbox: Outbox<Work>,
    spool: Spool,
    tickets: TicketOffice,
    way: Way,
    hears: Tell<PlantHears>,
}

/// The doors of the way, sink first.
#[derive(Default)]
struct Way {
    journal: Option<JournalDoor>,
    historian: Option<Historian>,
    publisher: Option<Publisher>,
    desk: Option<AlarmDesk>,
    detectors: BTreeMap<DetectorId, ChartDetector>,
    units: BTreeMap<usize, ProcessUnit>,
    rules: Option<DesignRules>,
    aligner: Option<Aligner>,
    source: Option<SourceDoor>,
    trainer: Option<Trainer>,
    diagnostician: Option<Diagnostician>,
    statistics: Option<AlarmStatistics>,
    explainer: Option<Explainer>,
}

impl Actor for Behaviour {
    type Msg = Msg;
    type State = State;
    type Arguments = Args;

    async fn pre_start(&self, myself: Mailbox<Msg>, args: Args) -> Result<State, ActorProcessingErr> {
        let mut state = State {
            children: build::children(&args.setup, &args.path),
            outbox: args.outbox,
            spool: args.spool,
            path: args.path,
            setup: args.setup,
            tickets: TicketOffice::new(),
            way: Way::default(),
            hears: Tell::to(&myself, Msg::Heard),
        };
        let storage = state.setup.storage.clone();
        state.remember_pauses(&storage).await?;
        state.start_all(&myself).await?;
        Ok(state)
    }

    async fn handle(&self, myself: Mailbox<Msg>, message: Msg, state: &mut State) -> Result<(), ActorProcessingErr> {
        match message {
            Msg::Doors(reply) => state.answer_doors(&myself, reply),
            Msg::Detectors(reply) => state.answer_detectors(reply),
            Msg::Heard(PlantHears::System(condition)) => state.pass_to_desk(condition),
            Msg::Heard(PlantHears::Trained { detector, outcome }) => state.tell_detector(&detector, outcome),
            Msg::RestartDue { key, generation } => return state.restart(&key, generation, &myself).await,
            Msg::Order { order, reply } => return state.order(*order, reply, &myself).await,
            Msg::Drain(reply) => {
                state.drain().await;
                drop(reply.send(()));
            }
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
        // Nothing is mended in a plant that is not ours.
        state.setup.lease.check()?;
        state.supervise(event, &myself).await
    }
}

impl State {
    /// While a part of the way is missing nobody gets a door, and the asker hears that from the dropped reply.
    fn answer_doors(&self, myself: &Mailbox<Msg>, reply: RpcReplyPort<Doors>) {
        let (Some(alarm_desk), Some(source), Some(journal)) = (&self.way.desk, &self.way.source, &self.way.journal)
        else {
            return;
        };
        let doors = Doors {
            alarm_desk: Door::Here(alarm_desk.clone()),
            source: Door::Here(source.clone()),
            journal: Some(journal.clone()),
            statistics: self.way.statistics.clone(),
            explainer: self.way.explainer.clone(),
            trainer: self.way.trainer.clone().map(Door::Here),
            plant: Door::Here(PlantDoor(myself.clone())),
        };
        drop(reply.send(doors));
    }

    fn answer_detectors(&self, reply: RpcReplyPort<Vec<DetectorPortrait>>) {
        let ask = |id: &DetectorId| {
            let (port, answer) = oneshot::channel();
            if let Some(detector) = self.way.detectors.get(id) {
                detector.portrait(RpcReplyPort::from(port));
            }
            let why = self.children.outline(&ChildKey::Detector(id.clone())).and_then(|actor| actor.reason);
            (DetectorPortrait::absent(id.clone(), why.unwrap_or_default()), answer)
        };
        let asked: Vec<_> = self.setup.plant.detectors.iter().map(|spec| ask(&spec.id)).collect();
        tokio::spawn(async move {
            let mut portraits = Vec::with_capacity(asked.len());
            for (absent, answer) in asked {
                portraits.push(answer.await.unwrap_or(absent));
            }
            drop(reply.send(portraits));
        });
    }

    fn pass_to_desk(&self, condition: SystemCondition) {
        let newest = self.setup.feed.values.latest().map_or(SourceTime::from_micros(0), |frame| frame.scan.source_time);
        if let Some(desk) = &self.way.desk {
            desk.system_changed(condition, newest);
        }
    }

    fn tell_detector(&self, detector: &DetectorId, outcome: super::trainer::Outcome) {
        let Some(door) = self.way.detectors.get(detector) else { return };
        match outcome {
            super::trainer::Outcome::Progress(progress) => door.training_went(progress),
            super::trainer::Outcome::Ended => door.training_ended(),
            super::trainer::Outcome::Models { active, shadow } => door.models_decided(*active, *shadow),
        }
    }

    /// Empties the way from source to sink, so that nothing that has been taken in is lost. Once the source is still,
    /// every scan that is under way must have given its ticket back before anybody else goes.
    async fn drain(&mut self) {
        self.children.close();
        for key in self.children.keys().iter().rev() {
            if let Some(cell) = self.children.let_go(key) {
                drop(cell.drain_and_wait(Some(DRAIN_PATIENCE)).await);
            }
            if *key == ChildKey::Source && tokio::time::timeout(DRAIN_PATIENCE, self.tickets.all_back()).await.is_err()
            {
                warn!(scans = self.tickets.under_way(), "stops with scans under way; their source goes on before them");
            }
        }
    }

    fn pose(&self, reply: RpcReplyPort<Sketch>) {
        let mut sketch = match self.children.names_left_out().as_slice() {
            [] => Sketch::at_work(format!("{} scans under way", self.tickets.under_way())),
            names => Sketch::degraded(format!("goes on without {}", names.join(", "))),
        };
        let children = self.children.portraits();
        tokio::spawn(async move {
            sketch.children = children.await;
            drop(reply.send(sketch));
        });
    }
}
