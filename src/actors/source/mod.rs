//! The source of one plant: paces it, gives its scans into the ingest door, and takes orders.
//!
//! What it remembers (the plant's state, speed, pause) travels as a checkpoint with every scan and becomes durable in the
//! same transaction, so after a crash it goes on from the last durable scan, bit for bit.

mod memory;

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use ractor::rpc::CallResult;
use ractor::{ActorCell, ActorProcessingErr, RpcReplyPort, SpawnErr};
use ractor_cluster::RactorMessage;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use tokio::sync::oneshot;
use tokio::time::Instant;
use tracing::{info, warn};

use self::memory::Memory;
use super::aligner::{Aligner, Luggage};
use super::historian::{Historian, Save};
use super::lease::Lease;
use super::mailbox::{self, Actor, Mailbox};
use super::plant::{PlantHears, SystemCondition};
use super::portrait::{Poses, Sketch, Tell};
use super::publisher::Publisher;
use super::ticket::{Ticket, TicketOffice};
use super::unit::RawWork;
use crate::config::{SourceConfig, bounds, plant as plant_file};
use crate::domain::{DisturbanceState, Health, Plant, SourceReport, SourceState, SourceTime};
use crate::ingest::{Next, Pacer, RawScan, Source, SourceError, SourceOrder, SourceStatus, Sources};
use crate::storage::OwnedPlant;
use crate::telemetry::{Clock, events};

/// How often due scans are looked for.
const TICK: Duration = Duration::from_millis(20);
/// How often the source reports.
const REPORT_PERIOD: Duration = Duration::from_secs(1);
/// Over how long the speed is measured: at 1 × a scan more or less in a second would look like a jump.
const SPEED_WINDOW: Duration = Duration::from_secs(5);
/// How often a scan is remembered for it at most.
const MARK_PERIOD: Duration = Duration::from_millis(200);
/// How long an order may wait to become durable.
const ORDER_PATIENCE: Duration = Duration::from_secs(8);
/// Fastest simulated plant, × real time.
const SPEED_MAX: f64 = 1000.0;

/// The only way in.
#[derive(Clone, Debug)]
pub struct SourceDoor(Mailbox<Msg>);

/// What may be ordered.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceCommand {
    /// Switch a disturbance.
    SetDisturbance {
        /// Its number.
        number: u8,
        /// On or off.
        active: bool,
    },
    /// × real time, 1…1000.
    SetSpeed(f64),
    /// Pause, or go on.
    Pause(bool),
    /// Begin the run anew.
    Reset,
}

/// In words: `disturbance 6 on`.
impl fmt::Display for SourceCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SetDisturbance { number, active } => {
                write!(f, "disturbance {number} {}", if *active { "on" } else { "off" })
            }
            Self::SetSpeed(speed) => write!(f, "speed {speed}×"),
            Self::Pause(true) => f.write_str("pause"),
            Self::Pause(false) => f.write_str("resume"),
            Self::Reset => f.write_str("begin the run anew"),
        }
    }
}

/// Why an order changes nothing.
#[derive(Clone, Debug, Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceDoorError {
    /// It is being restarted.
    #[error("the source is not there now; try again in a moment")]
    Gone,
    /// Too many orders stand before it.
    #[error("the source has too much to do just now; try again in a moment")]
    Busy,
    /// This kind of source does not take this order.
    #[error("{0}")]
    NotControllable(String),
    /// The order makes no sense.
    #[error("{0}")]
    Invalid(String),
    /// The order acts, but could not be made durable: it may be forgotten when the process ends now.
    #[error("the order acts, but the database could not hold it; it may be forgotten at a restart")]
    StorageUnavailable,
}

/// What the source starts with.
pub(super) struct Args {
    pub plant: Arc<Plant>,
    pub config: SourceConfig,
    pub sources: Sources,
    pub storage: OwnedPlant,
    pub lease: Lease,
    pub aligner: Aligner,
    pub historian: Historian,
    pub publisher: Publisher,
    pub tickets: TicketOffice,
    pub clock: Clock,
    pub plant_hears: Tell<PlantHears>,
}

#[derive(RactorMessage)]
pub(super) enum Msg {
    Tick,
    ReportDue,
    Order { command: SourceCommand, reply: RpcReplyPort<Result<SourceReport, SourceDoorError>> },
    Disturbances(RpcReplyPort<Vec<DisturbanceState>>),
    Pose(RpcReplyPort<Sketch>),
}

impl Poses for Msg {
    fn pose(reply: RpcReplyPort<Sketch>) -> Self {
        Self::Pose(reply)
    }
}

impl SourceDoor {
    pub(super) async fn start(args: Args, parent: ActorCell) -> Result<(Self, Mailbox<Msg>), SpawnErr> {
        let actor = mailbox::open(Behaviour, args, parent).await?;
        Ok((Self(actor.clone()), actor))
    }

    /// Gives an order; answered once it is durable.
    ///
    /// # Errors
    /// When the source is gone or busy, does not take this order, or the order could not be made durable.
    pub async fn order(&self, command: SourceCommand) -> Result<SourceReport, SourceDoorError> {
        if self.0.is_full(&bounds::SOURCE_ORDERS) {
            events::shed(bounds::SOURCE_ORDERS.door, bounds::SOURCE_ORDERS.when_full.policy());
            return Err(SourceDoorError::Busy);
        }
        match self.0.call(|reply| Msg::Order { command, reply }, Some(ORDER_PATIENCE)).await {
            Ok(CallResult::Success(answer)) => answer,
            Ok(CallResult::Timeout) => Err(SourceDoorError::StorageUnavailable),
            Ok(CallResult::SenderError) | Err(_) => Err(SourceDoorError::Gone),
        }
    }

    /// The disturbances that can be switched on; empty where there are none.
    ///
    /// # Errors
    /// [`SourceDoorError::Gone`] while the source is being restarted.
    pub async fn disturbances(&self) -> Result<Vec<DisturbanceState>, SourceDoorError> {
        super::answer(self.0.call(Msg::Disturbances, Some(super::PATIENCE)).await).map_err(|_| SourceDoorError::Gone)
    }
}

/// The name under which a source's checkpoints are kept.
pub(super) fn name(config: &SourceConfig) -> String {
    match config {
        SourceConfig::Simulator { .. } => "simulator".into(),
        SourceConfig::Replay { .. } => "replay".into(),
    }
}

/// What is known of a source before its first scan.
pub(super) fn before_the_first_scan(config: &SourceConfig) -> SourceReport {
    SourceReport {
        kind: name(config),
        state: SourceState::Paused,
        message: Some("starting".into()),
        speed: configured_speed(config),
        achieved_speed: 0.0,
        plant_time: None,
        plant_hours: 0.0,
        controllable: matches!(config, SourceConfig::Simulator { .. }),
    }
}

fn configured_speed(config: &SourceConfig) -> f64 {
    match config {
        SourceConfig::Simulator { speed, .. } | SourceConfig::Replay { speed, .. } => *speed,
    }
}

struct Behaviour;

struct State {
    args: Args,
    source: Box<dyn Source>,
    pacer: Pacer,
    paused: bool,
    speed: f64,
    started: Instant,
    discontinuous: bool,
    ended: bool,
    tripped: bool,
    last: Option<SourceTime>,
    last_number: Option<u64>,
    lag: u64,
    /// Plant time at moments of the last seconds, from which the speed is measured.
    marks: VecDeque<(Instant, SourceTime)>,
    achieved: f64,
    emitted: u64,
}

impl Actor for Behaviour {
    type Msg = Msg;
    type State = State;
    type Arguments = Args;

    /// Waits until the historian has written what is under way: the checkpoint that is read then is the newest.
    async fn pre_start(&self, myself: Mailbox<Msg>, args: Args) -> Result<State, ActorProcessingErr> {
        if !args.historian.settled().await? {
            return Err("the historian has scans that the database does not take".into());
        }
        let remembered = match args.storage.checkpoint(&name(&args.config)).await? {
            Some(checkpoint) => Some(Memory::decode(&checkpoint.state)?),
            None => None,
        };
        let mut state = State::open(args, remembered)?;
        myself.send_interval(TICK, || Msg::Tick);
        myself.send_interval(REPORT_PERIOD, || Msg::ReportDue);
        state.tell_trip();
        state.tell_pause();
        state.report();
        Ok(state)
    }

    async fn handle(&self, _: Mailbox<Msg>, message: Msg, state: &mut State) -> Result<(), ActorProcessingErr> {
        match message {
            Msg::Tick => {
                state.args.lease.check()?;
                state.emit_due()?;
            }
            Msg::ReportDue => state.report(),
            Msg::Order { command, reply } => {
                state.args.lease.check()?;
                state.take_order(command, reply);
            }
            Msg::Disturbances(reply) => drop(reply.send(state.source.disturbances())),
            Msg::Pose(reply) => drop(reply.send(state.sketch())),
        }
        Ok(())
    }
}

impl State {
    fn open(args: Args, remembered: Option<Memory>) -> Result<Self, ActorProcessingErr> {
        let start = whole_second(SourceTime::from_micros(args.clock.now().as_micros()));
        let checkpoint = remembered.as_ref().map(|memory| memory.source.as_slice());
        let source = args.sources.open(&args.config, &args.plant, checkpoint, start)?;
        let speed = remembered.as_ref().map_or_else(|| configured_speed(&args.config), |memory| memory.speed);
        let paused = remembered.as_ref().is_some_and(|memory| memory.paused);
        let now = Instant::now();
        let mut pacer = Pacer::new(source.period(), speed, Duration::ZERO);
        pacer.set_paused(paused, Duration::ZERO);
        Ok(Self {
            source,
            pacer,
            paused,
            speed,
            started: now,
            discontinuous: true,
            ended: false,
            tripped: false,
            last: None,
            last_number: None,
            lag: 0,
            marks: VecDeque::new(),
            achieved: 0.0,
            emitted: 0,
            args,
        })
    }

    /// Emits what is due and has a ticket. For what has none the plant waits: its time stands still
    /// until the historian is through, and is not caught up with in a burst.
    fn emit_due(&mut self) -> Result<(), ActorProcessingErr> {
        if self.ended || self.paused {
            return Ok(());
        }
        let due = self.pacer.due(self.started.elapsed());
        let mut emitted = 0;
        while emitted < due {
            let Some(ticket) = self.args.tickets.take() else { break };
            if !self.emit(ticket)? {
                break;
            }
            emitted += 1;
        }
        self.lag = due - emitted;
        Ok(())
    }

    fn emit(&mut self, ticket: Ticket) -> Result<bool, ActorProcessingErr> {
        let scan = match self.source.next_scan()? {
            Next::Scan(scan) => scan,
            Next::Ended => {
                self.ended = true;
                info!("the source has reached its end");
                self.report();
                return Ok(false);
            }
        };
        self.last = Some(scan.source_time);
        self.last_number = Some(scan.number);
        self.mark(scan.source_time);
        self.emitted += 1;
        let discontinuous = std::mem::take(&mut self.discontinuous);
        let luggage = Luggage { checkpoint: scan.checkpoint.as_deref().map(|c| self.remember(c)), discontinuous };
        self.args.aligner.scan_arrived(Arc::new(self.raw(scan, ticket)), luggage);
        self.watch_trip();
        Ok(true)
    }

    fn raw(&self, scan: RawScan, ticket: Ticket) -> RawWork {
        let RawScan { number, source_time, values, qualities, .. } = scan;
        RawWork { number, source_time, ingest_time: self.args.clock.now(), values, qualities, ticket }
    }

    fn remember(&self, source: &[u8]) -> Vec<u8> {
        Memory::encode(self.speed, self.paused, source)
    }

    fn take_order(&mut self, command: SourceCommand, reply: RpcReplyPort<Result<SourceReport, SourceDoorError>>) {
        if let Err(refused) = self.obey(command) {
            drop(reply.send(Err(refused)));
            return;
        }
        info!("obeyed: {command}");
        self.marks.clear();
        self.report();
        self.answer_when_durable(reply);
    }

    fn obey(&mut self, command: SourceCommand) -> Result<(), SourceDoorError> {
        match command {
            SourceCommand::SetSpeed(speed) if !(1.0..=SPEED_MAX).contains(&speed) => {
                Err(SourceDoorError::Invalid(format!("the speed must be 1…{SPEED_MAX} × real time, not {speed}")))
            }
            SourceCommand::SetSpeed(speed) => {
                self.speed = speed;
                self.pacer.set_speed(speed, self.started.elapsed());
                Ok(())
            }
            SourceCommand::Pause(paused) => {
                self.paused = paused;
                self.pacer.set_paused(paused, self.started.elapsed());
                self.tell_pause();
                Ok(())
            }
            SourceCommand::SetDisturbance { number, active } => {
                self.source.control(SourceOrder::SetDisturbance { number, active }).map_err(refused)
            }
            SourceCommand::Reset => {
                self.source.control(SourceOrder::Reset).map_err(refused)?;
                self.discontinuous = true;
                self.ended = false;
                self.watch_trip();
                Ok(())
            }
        }
    }

    fn answer_when_durable(&self, reply: RpcReplyPort<Result<SourceReport, SourceDoorError>>) {
        let (done, durable) = oneshot::channel();
        let at = self.last.unwrap_or_else(|| SourceTime::from_micros(self.args.clock.now().as_micros()));
        self.args.historian.save(Save {
            checkpoint: self.remember(&self.source.checkpoint()),
            source_time: at,
            after: self.last_number,
            done: RpcReplyPort::from(done),
        });
        let report = self.draw_report();
        tokio::spawn(async move {
            let answer = if durable.await == Ok(true) { Ok(report) } else { Err(SourceDoorError::StorageUnavailable) };
            drop(reply.send(answer));
        });
    }

    /// A pause is an alarm too: values that stand still look calm.
    fn tell_pause(&self) {
        let detail = if self.paused { "paused by order" } else { "it goes on" }.to_owned();
        let condition = SystemCondition { alarm: plant_file::SOURCE_PAUSED.into(), active: self.paused, detail };
        self.args.plant_hears.say(PlantHears::System(condition));
    }

    /// A trip of the plant is an alarm of its own: everything else stands still afterwards and looks calm.
    fn watch_trip(&mut self) {
        if matches!(self.source.status(), SourceStatus::ShutDown { .. }) != self.tripped {
            let detail = self.tell_trip();
            warn!("plant trip: {detail}");
            self.report();
        }
    }

    /// Says whether the plant has tripped; also at the start, since an alarm may still stand of an earlier life.
    fn tell_trip(&mut self) -> String {
        let detail = match self.source.status() {
            SourceStatus::ShutDown { message } => Some(message),
            _ => None,
        };
        self.tripped = detail.is_some();
        let detail = detail.unwrap_or_else(|| "the plant runs".into());
        let alarm = plant_file::PLANT_TRIPPED.into();
        let condition = SystemCondition { alarm, active: self.tripped, detail: detail.clone() };
        self.args.plant_hears.say(PlantHears::System(condition));
        detail
    }

    fn report(&mut self) {
        self.measure_speed();
        let report = self.draw_report();
        events::source_reported(&self.args.plant.id, &report, self.lag);
        self.args.aligner.source_reported(report.clone());
        self.args.publisher.source_reported(report);
    }

    /// Remembers when a scan went out, a few times a second at most.
    fn mark(&mut self, plant_time: SourceTime) {
        let now = Instant::now();
        if self.marks.back().is_none_or(|(at, _)| now - *at >= MARK_PERIOD) {
            self.marks.push_back((now, plant_time));
        }
    }

    fn measure_speed(&mut self) {
        let now = Instant::now();
        while self.marks.len() > 2 && self.marks.front().is_some_and(|(at, _)| now - *at > SPEED_WINDOW) {
            self.marks.pop_front();
        }
        let (Some((since, first)), Some((until, last))) = (self.marks.front(), self.marks.back()) else { return };
        let wall = (*until - *since).as_secs_f64();
        self.achieved = if wall > 0.0 { last.since(*first).as_secs_f64() / wall } else { self.speed };
    }

    fn draw_report(&self) -> SourceReport {
        let (state, message) = match self.source.status() {
            _ if self.paused => (SourceState::Paused, None),
            SourceStatus::ShutDown { message } => (SourceState::ShutDown, Some(message)),
            SourceStatus::Ended => (SourceState::Ended, Some("the file is at its end".into())),
            SourceStatus::Paused => (SourceState::Paused, None),
            SourceStatus::Running => (SourceState::Running, self.waits_for()),
        };
        SourceReport {
            kind: self.source.kind().to_owned(),
            state,
            message,
            speed: self.speed,
            achieved_speed: if self.paused || self.ended { 0.0 } else { self.achieved },
            plant_time: self.last,
            plant_hours: self.source.plant_hours(),
            controllable: self.source.controllable(),
        }
    }

    fn waits_for(&self) -> Option<String> {
        (self.lag > 0 && self.args.tickets.is_sold_out()).then(|| "waits for the historian".to_owned())
    }

    fn sketch(&self) -> Sketch {
        if self.waits_for().is_some() {
            return Sketch::degraded(format!("{} scans are due and wait for the historian", self.lag));
        }
        let words = format!("{} scans at {} × real time", self.emitted, self.speed);
        if self.paused {
            let reason = Some("paused by order".into());
            return Sketch { health: Some(Health::Paused), reason, detail: Some(words), children: Vec::new() };
        }
        Sketch::at_work(words)
    }
}

fn refused(error: SourceError) -> SourceDoorError {
    match error {
        SourceError::NotControllable(_) => SourceDoorError::NotControllable(error.to_string()),
        _ => SourceDoorError::Invalid(error.to_string()),
    }
}

fn whole_second(at: SourceTime) -> SourceTime {
    SourceTime::from_micros(at.as_micros().div_euclid(1_000_000) * 1_000_000)
}
