//! A process unit: hands each scan to its sensors, aligns what they say, and gives it to its limit charts and upwards.

mod alignment;
mod supervision;

use std::sync::Arc;

use ractor::{ActorCell, ActorProcessingErr, RpcReplyPort, SpawnErr, SupervisionEvent};
use ractor_cluster::RactorMessage;

use self::alignment::Alignment;
use super::alarm_desk::AlarmDesk;
use super::aligner::Aligner;
use super::journal::JournalDoor;
use super::limit_detector::LimitDetector;
use super::mailbox::{self, Actor, Mailbox};
use super::portrait::{Poses, Sketch};
use super::publisher::Publisher;
use super::sensor::{Judged, Sensor};
use super::supervision::{ChildSpec, Children, PartOrder, PartReply, Pausing, Plan, Strategy, Supervisor};
use super::ticket::Ticket;
use crate::domain::{Plant, Quality, SourceTime, TagIndex, UnitId, WallTime};
use crate::storage::OwnedPlant;
use crate::telemetry::Clock;

/// The only way in.
#[derive(Clone, Debug)]
pub(super) struct ProcessUnit(Mailbox<Msg>);

/// What a unit starts with.
#[derive(Clone)]
pub(super) struct Args {
    pub plant: Arc<Plant>,
    /// Position in `Plant::units`.
    pub position: usize,
    pub path: String,
    pub desk: AlarmDesk,
    pub publisher: Publisher,
    pub journal: JournalDoor,
    pub storage: OwnedPlant,
    pub clock: Clock,
}

/// A scan as it comes from the source, before anybody has judged it.
#[derive(Debug)]
pub(super) struct RawWork {
    pub number: u64,
    pub source_time: SourceTime,
    pub ingest_time: WallTime,
    pub values: Vec<f64>,
    pub qualities: Vec<Quality>,
    /// Held by whoever still has to do with the scan.
    pub ticket: Ticket,
}

/// One unit's part of a scan, judged.
#[derive(Debug)]
pub(super) struct UnitScan {
    pub position: usize,
    pub work: Arc<RawWork>,
    pub tags: Arc<[TagIndex]>,
    pub values: Vec<f64>,
    pub qualities: Vec<Quality>,
}

/// A child of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ChildKey {
    Limits,
    Sensor(usize),
}

#[derive(RactorMessage)]
pub(super) enum Msg {
    ScanArrived { work: Arc<RawWork>, aligner: Aligner },
    SampleJudged(Judged),
    RestartDue { key: ChildKey, generation: u64 },
    Order { order: Box<PartOrder>, reply: PartReply },
    Pose(RpcReplyPort<Sketch>),
}

impl Poses for Msg {
    fn pose(reply: RpcReplyPort<Sketch>) -> Self {
        Self::Pose(reply)
    }
}

impl ProcessUnit {
    pub async fn start(args: Args, parent: ActorCell) -> Result<(Self, Mailbox<Msg>), SpawnErr> {
        let actor = mailbox::open(Behaviour, args, parent).await?;
        Ok((Self(actor.clone()), actor))
    }

    /// An order of a person for a part of the unit.
    pub fn order(&self, order: PartOrder, reply: PartReply) {
        drop(self.0.cast(Msg::Order { order: Box::new(order), reply }));
    }

    /// A scan has come; the judged part goes back to `aligner`. When the unit is gone, the aligner asks its successor.
    pub fn scan_arrived(&self, work: Arc<RawWork>, aligner: Aligner) {
        drop(self.0.cast(Msg::ScanArrived { work, aligner }));
    }
}

struct Behaviour;

pub(super) struct State {
    args: Args,
    unit: UnitId,
    tags: Arc<[TagIndex]>,
    sensors: Vec<Option<Sensor>>,
    limits: Option<LimitDetector>,
    children: Children<ChildKey>,
    alignment: Alignment,
}

impl Actor for Behaviour {
    type Msg = Msg;
    type State = State;
    type Arguments = Args;

    async fn pre_start(&self, myself: Mailbox<Msg>, args: Args) -> Result<State, ActorProcessingErr> {
        let mut state = State::new(args)?;
        let storage = state.args.storage.clone();
        state.remember_pauses(&storage).await?;
        state.start_all(&myself).await?;
        Ok(state)
    }

    async fn handle(&self, myself: Mailbox<Msg>, message: Msg, state: &mut State) -> Result<(), ActorProcessingErr> {
        match message {
            Msg::ScanArrived { work, aligner } => state.distribute(work, aligner),
            Msg::SampleJudged(judged) => state.alignment.judged(&judged),
            Msg::RestartDue { key, generation } => state.restart(&key, generation, &myself).await?,
            Msg::Order { order, reply } => state.order(*order, reply, &myself).await?,
            Msg::Pose(reply) => state.pose(reply),
        }
        state.hand_on();
        Ok(())
    }

    async fn handle_supervisor_evt(
        &self,
        myself: Mailbox<Msg>,
        event: SupervisionEvent,
        state: &mut State,
    ) -> Result<(), ActorProcessingErr> {
        let outcome = state.supervise(event, &myself).await;
        state.hand_on();
        outcome
    }
}

impl State {
    fn new(args: Args) -> Result<Self, ActorProcessingErr> {
        let unit = args.plant.units.get(args.position).ok_or("the plant has no such unit")?.id.clone();
        let tags: Arc<[TagIndex]> = args.plant.tags_of(&unit).map(|(index, _)| index).collect();
        let sensors = (0..tags.len()).map(ChildKey::Sensor);
        let plan = Plan::group(Strategy::OneForOne, std::iter::once(ChildKey::Limits).chain(sensors));
        let children = Children::new(args.path.clone(), args.clock.now(), plan, |key| match key {
            // The plant goes on while they are paused, and an alarm says so; while they fail it does not.
            ChildKey::Limits => ChildSpec::essential("limit charts", "limits").pausing(Pausing::Allowed),
            ChildKey::Sensor(slot) => ChildSpec::auxiliary("sensor", args.plant.tags[tags[*slot].get()].id.as_str()),
        });
        Ok(Self {
            unit,
            sensors: vec![None; tags.len()],
            limits: None,
            children,
            alignment: Alignment::new(tags.len()),
            tags,
            args,
        })
    }

    fn distribute(&mut self, work: Arc<RawWork>, aligner: Aligner) {
        self.alignment.open(Arc::clone(&work), aligner);
        for (slot, tag) in self.tags.iter().enumerate() {
            let value = work.values.get(tag.get()).copied().unwrap_or(f64::NAN);
            let quality = work.qualities.get(tag.get()).copied().unwrap_or(Quality::Bad);
            let heard = self.sensors[slot].as_ref().is_some_and(|sensor| sensor.sampled(work.number, value, quality));
            if !heard {
                self.alignment.unjudged(work.number, slot, value);
            }
        }
    }

    /// Gives every complete scan on, oldest first. While the limit charts are being restarted the scans wait for them;
    /// while they are paused the scans pass them by.
    fn hand_on(&mut self) {
        let limits = self.limits.clone();
        if limits.is_none() && !self.children.is_paused(&ChildKey::Limits) {
            return;
        }
        while let Some((open, aligner)) = self.alignment.take_complete() {
            let scan = Arc::new(UnitScan {
                position: self.args.position,
                work: open.work,
                tags: Arc::clone(&self.tags),
                values: open.values,
                qualities: open.qualities,
            });
            if let Some(limits) = &limits {
                limits.scan_judged(Arc::clone(&scan));
            }
            aligner.unit_judged(scan);
        }
    }

    fn pose(&self, reply: RpcReplyPort<Sketch>) {
        let left_out = self.children.names_left_out();
        let mut sketch = match left_out.as_slice() {
            [] => Sketch::at_work(format!("{} sensors", self.tags.len())),
            names => Sketch::degraded(format!("goes on without {}", names.join(", "))),
        };
        let children = self.children.portraits();
        tokio::spawn(async move {
            sketch.children = children.await;
            drop(reply.send(sketch));
        });
    }
}
