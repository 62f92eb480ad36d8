//! The journal writer: makes what the desk has decided durable, in order, and says so.

use std::collections::VecDeque;
use std::time::Duration;

use ractor::{Actor, ActorCell, ActorProcessingErr, ActorRef, RpcReplyPort, SpawnErr};
use ractor_cluster::RactorMessage;
use tracing::{error, info, warn};

use super::lease::{Lease, LeaseLost};
use super::portrait::{Poses, Sketch, Tell};
use crate::domain::JournalEntry;
use crate::storage::{AuditEntry, IdempotencyRecord, OwnedPlant, StorageError};

/// Pause before a write is tried again.
const RETRY_AFTER: Duration = Duration::from_millis(500);

/// The only way in.
#[derive(Clone, Debug)]
pub struct JournalDoor(ActorRef<Msg>);

/// What the journal writer starts with.
pub(super) struct Args {
    pub storage: OwnedPlant,
    pub lease: Lease,
}

/// What the desk wants to be remembered together.
pub(super) struct Record {
    pub entries: Vec<JournalEntry>,
    pub idempotency: Option<IdempotencyRecord>,
    /// Told the last sequence once everything up to it is durable.
    pub desk: Tell<JournalledThrough>,
    pub ticket: RecordTicket,
}

/// Counts the records of one desk, so that also a record without entries can be waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct RecordTicket(pub u64);

/// Everything up to this record is durable.
#[derive(Clone, Copy, Debug)]
pub(super) struct JournalledThrough(pub RecordTicket);

#[derive(RactorMessage)]
pub(super) enum Msg {
    Append(Box<Record>),
    Audit(Box<AuditEntry>),
    Settle(RpcReplyPort<()>),
    Retry { generation: u64 },
    Pose(RpcReplyPort<Sketch>),
}

impl Poses for Msg {
    fn pose(reply: RpcReplyPort<Sketch>) -> Self {
        Self::Pose(reply)
    }
}

impl JournalDoor {
    pub(super) async fn start(args: Args, parent: ActorCell) -> Result<(Self, ActorRef<Msg>), SpawnErr> {
        let (actor, _) = Actor::spawn_linked(None, Behaviour, args, parent).await?;
        Ok((Self(actor.clone()), actor))
    }

    pub(super) fn append(&self, record: Record) {
        drop(self.0.cast(Msg::Append(Box::new(record))));
    }

    /// Waits until everything that was told before is durable, so that who reads the journal next reads all of it.
    pub(super) async fn settled(&self) -> Result<(), super::Unavailable> {
        super::answer(self.0.call(Msg::Settle, Some(super::PATIENCE)).await)
    }

    /// Remembers who has done what. Written after the fact, in the order of telling.
    pub fn audit(&self, row: AuditEntry) {
        drop(self.0.cast(Msg::Audit(Box::new(row))));
    }
}

struct Behaviour;

pub(super) struct State {
    args: Args,
    waiting: VecDeque<Work>,
    generation: u64,
    trouble: Option<String>,
    written: u64,
}

enum Work {
    Record(Box<Record>),
    Audit(Box<AuditEntry>),
}

impl Actor for Behaviour {
    type Msg = Msg;
    type State = State;
    type Arguments = Args;

    async fn pre_start(&self, _: ActorRef<Msg>, args: Args) -> Result<State, ActorProcessingErr> {
        Ok(State { args, waiting: VecDeque::new(), generation: 0, trouble: None, written: 0 })
    }

    async fn handle(&self, myself: ActorRef<Msg>, message: Msg, state: &mut State) -> Result<(), ActorProcessingErr> {
        match message {
            Msg::Append(record) => state.take_on(Work::Record(record), &myself).await?,
            Msg::Audit(row) => state.take_on(Work::Audit(row), &myself).await?,
            Msg::Settle(reply) => {
                state.write_waiting(&myself).await?;
                if state.waiting.is_empty() {
                    drop(reply.send(()));
                }
            }
            Msg::Retry { generation } if generation == state.generation => state.write_waiting(&myself).await?,
            // A timer started for an earlier trouble arrives late and is ignored.
            Msg::Retry { .. } => {}
            Msg::Pose(reply) => drop(reply.send(state.sketch())),
        }
        Ok(())
    }

    /// Whatever still waits is tried once more before the lights go out.
    async fn post_stop(&self, myself: ActorRef<Msg>, state: &mut State) -> Result<(), ActorProcessingErr> {
        let written = state.write_waiting(&myself).await;
        if !state.waiting.is_empty() {
            error!(lost = state.waiting.len(), "the journal stops with rows that the database did not take");
        }
        Ok(written?)
    }
}

impl State {
    async fn take_on(&mut self, work: Work, myself: &ActorRef<Msg>) -> Result<(), LeaseLost> {
        self.waiting.push_back(work);
        if self.trouble.is_none() { self.write_waiting(myself).await } else { Ok(()) }
    }

    async fn write_waiting(&mut self, myself: &ActorRef<Msg>) -> Result<(), LeaseLost> {
        while let Some(work) = self.waiting.front() {
            if let Err(problem) = self.write(work).await {
                if let Err(lost) = self.args.lease.lost_by(&problem) {
                    self.save_audit().await;
                    return Err(lost);
                }
                if self.trouble.is_none() {
                    warn!(waiting = self.waiting.len(), "the journal waits for the database: {problem}");
                }
                self.trouble = Some(problem.to_string());
                self.generation += 1;
                let generation = self.generation;
                myself.send_after(RETRY_AFTER, move || Msg::Retry { generation });
                return Ok(());
            }
            self.written += 1;
            if let Some(Work::Record(record)) = self.waiting.pop_front() {
                record.desk.say(JournalledThrough(record.ticket));
            }
        }
        if self.trouble.take().is_some() {
            info!("the journal has caught up with the database");
        }
        Ok(())
    }

    /// Who has done what stays true whoever owns the plant now, so these rows go down although nothing else may.
    async fn save_audit(&mut self) {
        for work in std::mem::take(&mut self.waiting) {
            if let Work::Audit(row) = &work
                && let Err(problem) = self.args.storage.append_audit(row).await
            {
                error!(who = %row.who, action = %row.action, "an audit row could not be written: {problem}");
            }
        }
    }

    async fn write(&self, work: &Work) -> Result<(), StorageError> {
        match work {
            Work::Record(record) => {
                self.args.storage.append_journal(&record.entries, record.idempotency.as_slice()).await
            }
            Work::Audit(row) => self.args.storage.append_audit(row).await,
        }
    }

    fn sketch(&self) -> Sketch {
        match &self.trouble {
            Some(trouble) => Sketch::degraded(format!("{} rows wait for the database: {trouble}", self.waiting.len())),
            None => Sketch::at_work(format!("{} writes", self.written)),
        }
    }
}
