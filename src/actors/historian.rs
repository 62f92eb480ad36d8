//! The historian: makes scans durable together with the state of their source, and seals whole hours into files.
//!
//! A batch keeps the tickets of its scans until the database holds it. While the database or the disk is away, the tickets
//! run out and the source waits: nothing is lost, and the screen says why.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use ractor::{ActorCell, ActorProcessingErr, RpcReplyPort, SpawnErr};
use ractor_cluster::RactorMessage;
use tracing::{info, warn};

use super::lease::{Lease, LeaseLost};
use super::mailbox::{self, Actor, Mailbox};
use super::plant::{PlantHears, SystemCondition};
use super::portrait::{Poses, Sketch, Tell};
use super::ticket::Ticket;
use crate::config::plant as plant_file;
use crate::domain::{Scan, SourceTime};
use crate::storage::{Checkpoint, OwnedPlant, ScanBatch, StorageError};
use crate::telemetry::{Clock, events};

/// How long a scan may wait for company before it is written.
const FLUSH_PERIOD: Duration = Duration::from_millis(250);
/// A batch of this many scans is written at once.
const BATCH_MAX: usize = 500;
/// How often the free space is looked at.
const SPACE_PERIOD: Duration = Duration::from_secs(30);
/// Plant time that one file covers.
const HOUR_MICROS: i64 = 3_600_000_000;

/// The only way in.
#[derive(Clone, Debug)]
pub(super) struct Historian(Mailbox<Msg>);

/// What the historian starts with.
pub(super) struct Args {
    pub storage: OwnedPlant,
    pub lease: Lease,
    pub source: String,
    pub min_free_mib: u64,
    pub clock: Clock,
    pub plant_hears: Tell<PlantHears>,
}

/// The state of the source as an order has left it, to be saved behind every scan that came before the order.
pub(super) struct Save {
    pub checkpoint: Vec<u8>,
    pub source_time: SourceTime,
    /// The last scan before the order; it may still be on its way. `None`: there is none.
    pub after: Option<u64>,
    /// Hears whether it is durable.
    pub done: RpcReplyPort<bool>,
}

#[derive(RactorMessage)]
pub(super) enum Msg {
    ScanAligned { scan: Arc<Scan>, checkpoint: Option<Vec<u8>>, ticket: Ticket },
    Settle(RpcReplyPort<bool>),
    Save(Save),
    FlushDue,
    SpaceDue,
    Sealed(Result<usize, StorageError>),
    Pose(RpcReplyPort<Sketch>),
}

impl Poses for Msg {
    fn pose(reply: RpcReplyPort<Sketch>) -> Self {
        Self::Pose(reply)
    }
}

impl Historian {
    pub async fn start(args: Args, parent: ActorCell) -> Result<(Self, Mailbox<Msg>), SpawnErr> {
        let actor = mailbox::open(Behaviour, args, parent).await?;
        Ok((Self(actor.clone()), actor))
    }

    pub fn scan_aligned(&self, scan: Arc<Scan>, checkpoint: Option<Vec<u8>>, ticket: Ticket) {
        drop(self.0.cast(Msg::ScanAligned { scan, checkpoint, ticket }));
    }

    /// Waits until every scan that was told before is durable; false when the database does not take them.
    pub async fn settled(&self) -> Result<bool, super::Unavailable> {
        super::answer(self.0.call(Msg::Settle, Some(super::PATIENCE)).await)
    }

    /// Saves the state of the source, neither before nor instead of the scans that belong to it.
    pub fn save(&self, save: Save) {
        drop(self.0.cast(Msg::Save(save)));
    }
}

struct Behaviour;

struct State {
    args: Args,
    batch: ScanBatch,
    tickets: Vec<Ticket>,
    /// Orders whose scans are still on their way.
    early: VecDeque<Save>,
    /// Orders in the batch.
    waiting: Vec<RpcReplyPort<bool>>,
    newest: Option<SourceTime>,
    newest_number: Option<u64>,
    sealed_through: i64,
    sealing: bool,
    trouble: Option<&'static str>,
    /// Whether it has said that all is well. An alarm may still stand of an earlier life that was cut off in the midst of
    /// its trouble, and nobody else would end it.
    introduced: bool,
    no_space: bool,
    written: u64,
    sealed: usize,
}

impl Actor for Behaviour {
    type Msg = Msg;
    type State = State;
    type Arguments = Args;

    async fn pre_start(&self, myself: Mailbox<Msg>, args: Args) -> Result<State, ActorProcessingErr> {
        myself.send_interval(FLUSH_PERIOD, || Msg::FlushDue);
        myself.send_interval(SPACE_PERIOD, || Msg::SpaceDue);
        let mut state = State {
            args,
            batch: ScanBatch::default(),
            tickets: Vec::new(),
            early: VecDeque::new(),
            waiting: Vec::new(),
            newest: None,
            newest_number: None,
            sealed_through: i64::MIN,
            sealing: false,
            trouble: None,
            introduced: false,
            no_space: false,
            written: 0,
            sealed: 0,
        };
        state.look_at_space().await;
        Ok(state)
    }

    async fn handle(&self, myself: Mailbox<Msg>, message: Msg, state: &mut State) -> Result<(), ActorProcessingErr> {
        match message {
            Msg::ScanAligned { scan, checkpoint, ticket } => {
                state.take(scan, checkpoint, ticket);
                let ordered = state.take_ripe_saves();
                if ordered || (state.batch.scans.len() >= BATCH_MAX && state.trouble.is_none()) {
                    state.flush(&myself).await?;
                }
            }
            Msg::Save(save) => {
                state.early.push_back(save);
                if state.take_ripe_saves() {
                    state.flush(&myself).await?;
                }
            }
            Msg::Settle(done) => {
                // Who asks is a source that starts; what another still had under way will not come any more.
                state.early.clear();
                state.newest_number = None;
                state.flush(&myself).await?;
                drop(done.send(state.batch.scans.is_empty()));
            }
            Msg::FlushDue => {
                events::database_connections(state.args.storage.connections_busy());
                state.flush(&myself).await?;
            }
            Msg::SpaceDue => state.look_at_space().await,
            Msg::Sealed(outcome) => state.sealing_ended(outcome)?,
            Msg::Pose(reply) => drop(reply.send(state.sketch())),
        }
        Ok(())
    }

    async fn post_stop(&self, myself: Mailbox<Msg>, state: &mut State) -> Result<(), ActorProcessingErr> {
        let flushed = state.flush(&myself).await;
        if !state.batch.scans.is_empty() {
            warn!(scans = state.batch.scans.len(), "the historian stops with scans that the database did not take");
        }
        Ok(flushed?)
    }
}

impl State {
    fn take(&mut self, scan: Arc<Scan>, checkpoint: Option<Vec<u8>>, ticket: Ticket) {
        if let Some(state) = checkpoint {
            self.batch.checkpoint = Some(self.checkpoint(state, scan.source_time));
        }
        self.newest = Some(scan.source_time);
        self.newest_number = Some(scan.number);
        self.batch.scans.push(scan);
        self.tickets.push(ticket);
    }

    /// Takes the orders into the batch whose scans have all come; says whether there were any.
    fn take_ripe_saves(&mut self) -> bool {
        let mut any = false;
        while self.early.front().is_some_and(|save| save.after <= self.newest_number) {
            let Some(save) = self.early.pop_front() else { break };
            self.batch.checkpoint = Some(self.checkpoint(save.checkpoint, save.source_time));
            self.waiting.push(save.done);
            any = true;
        }
        any
    }

    fn checkpoint(&self, state: Vec<u8>, source_time: SourceTime) -> Checkpoint {
        Checkpoint { source: self.args.source.clone(), source_time, state }
    }

    /// Writes the batch. What cannot be written stays, with its tickets, and is tried again at the next tick.
    async fn flush(&mut self, myself: &Mailbox<Msg>) -> Result<(), LeaseLost> {
        if self.batch.scans.is_empty() && self.batch.checkpoint.is_none() {
            return Ok(());
        }
        if self.no_space {
            self.refuse_waiting();
            return Ok(());
        }
        match self.args.storage.append_scans(&self.batch).await {
            Ok(()) => self.written_down(myself),
            Err(error) => {
                self.not_written(&error);
                self.args.lease.lost_by(&error)?;
            }
        }
        Ok(())
    }

    fn written_down(&mut self, myself: &Mailbox<Msg>) {
        self.written += self.batch.scans.len() as u64;
        events::scans_written(self.args.storage.plant(), self.batch.scans.len());
        self.batch = ScanBatch::default();
        self.tickets.clear();
        for done in self.waiting.drain(..) {
            drop(done.send(true));
        }
        if let Some(alarm) = self.trouble.take() {
            info!("the historian has caught up");
            self.say(alarm, false, "the historian has caught up".into());
        }
        if !std::mem::replace(&mut self.introduced, true) {
            self.say(plant_file::HISTORIAN_BEHIND, false, "the historian writes".into());
            self.say(plant_file::DISK_LOW, self.no_space, "the historian writes".into());
        }
        self.seal_if_due(myself);
    }

    fn not_written(&mut self, error: &StorageError) {
        self.refuse_waiting();
        let alarm = match error {
            StorageError::DiskFull { .. } => plant_file::DISK_LOW,
            _ => plant_file::HISTORIAN_BEHIND,
        };
        if self.trouble.is_none() {
            warn!(waiting = self.batch.scans.len(), "the historian waits: {error}");
            self.trouble = Some(alarm);
            self.say(alarm, true, error.to_string());
        }
    }

    fn refuse_waiting(&mut self) {
        for done in self.waiting.drain(..) {
            drop(done.send(false));
        }
    }

    async fn look_at_space(&mut self) {
        let Ok(free) = self.args.storage.free_mib().await else { return };
        let short = free < self.args.min_free_mib;
        if short != self.no_space {
            self.no_space = short;
            let detail = format!("{free} MiB free, {} MiB wanted", self.args.min_free_mib);
            warn!("disk space: {detail}{}", if short { "; no sample is taken until there is room" } else { "" });
            self.say(plant_file::DISK_LOW, short, detail);
        }
    }

    /// Sealing reads and writes whole hours, so it happens beside the mailbox, one at a time.
    fn seal_if_due(&mut self, myself: &Mailbox<Msg>) {
        let Some(newest) = self.newest else { return };
        let hour = newest.as_micros().div_euclid(HOUR_MICROS);
        if self.sealing || hour <= self.sealed_through {
            return;
        }
        self.sealing = true;
        self.sealed_through = hour;
        let (storage, myself, now) = (self.args.storage.clone(), myself.clone(), self.args.clock.now());
        tokio::spawn(async move {
            let sealed = storage.seal_due(newest).await.map(|hours| hours.len());
            let outcome = match storage.apply_retention(newest, now).await {
                Ok(_) => sealed,
                Err(error) => sealed.and(Err(error)),
            };
            drop(myself.cast(Msg::Sealed(outcome)));
        });
    }

    fn sealing_ended(&mut self, outcome: Result<usize, StorageError>) -> Result<(), LeaseLost> {
        self.sealing = false;
        match outcome {
            Ok(hours) => {
                self.sealed += hours;
                events::hours_sealed(self.args.storage.plant(), hours);
            }
            Err(error) => {
                warn!("history was not sealed and stays in the database: {error}");
                self.sealed_through = i64::MIN;
                self.args.lease.lost_by(&error)?;
            }
        }
        Ok(())
    }

    fn say(&self, alarm: &str, active: bool, detail: String) {
        self.args.plant_hears.say(PlantHears::System(SystemCondition { alarm: alarm.into(), active, detail }));
    }

    fn sketch(&self) -> Sketch {
        if self.no_space {
            return Sketch::degraded("too little disk space");
        }
        match self.trouble {
            Some(_) => Sketch::degraded(format!("{} scans wait for the database", self.batch.scans.len())),
            None => Sketch::at_work(format!("{} scans written, {} hours sealed", self.written, self.sealed)),
        }
    }
}
