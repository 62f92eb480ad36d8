//! The journal writer: makes what the desk has decided durable, in order, and says so.

use std::sync::Arc;
use std::time::Duration;

use ractor::{ActorCell, ActorProcessingErr, RpcReplyPort, SpawnErr};
use ractor_cluster::RactorMessage;
use tokio::sync::Notify;
use tracing::{error, info, warn};

use super::lease::{Lease, LeaseLost};
use super::mailbox::{self, Actor, Mailbox};
use super::outbox::Outbox;
use super::portrait::{Poses, Sketch, Tell};
use crate::config::bounds;
use crate::domain::JournalEntry;
use crate::storage::{AuditEntry, IdempotencyRecord, OwnedPlant, StorageError};
use crate::telemetry::events;

/// Pause before a write is tried again.
const RETRY_AFTER: Duration = Duration::from_millis(500);

/// The only way in.
#[derive(Clone, Debug)]
pub struct JournalDoor {
    actor: Mailbox<Msg>,
    outbox: Outbox<Work>,
}

/// What the journal writer starts with.
pub(super) struct Args {
    pub storage: OwnedPlant,
    pub lease: Lease,
    /// What earlier writers have left.
    pub outbox: Outbox<Work>,
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
    /// Something was put into the outbox.
    WorkWaits,
    Settle(RpcReplyPort<()>),
    Retry {
        generation: u64,
    },
    Pose(RpcReplyPort<Sketch>),
}

impl Poses for Msg {
    fn pose(reply: RpcReplyPort<Sketch>) -> Self {
        Self::Pose(reply)
    }
}

impl JournalDoor {
    pub(super) async fn start(args: Args, parent: ActorCell) -> Result<(Self, Mailbox<Msg>), SpawnErr> {
        let outbox = args.outbox.clone();
        let actor = mailbox::open(Behaviour, args, parent).await?;
        Ok((Self { actor: actor.clone(), outbox }, actor))
    }

    pub(super) fn append(&self, record: Record) {
        self.put(Work::Record(record));
    }

    fn put(&self, work: Work) {
        self.outbox.put(work);
        // When the writer is gone, its successor looks into the outbox first.
        drop(self.actor.cast(Msg::WorkWaits));
    }

    /// Waits until everything that was told before is durable, so that who reads the journal next reads all of it.
    pub(super) async fn settled(&self) -> Result<(), super::Unavailable> {
        super::answer(self.actor.call(Msg::Settle, Some(super::PATIENCE)).await)
    }

    /// Keeps a setting, or with `None` forgets it; what comes back hears when that is durable.
    pub(super) fn remember(&self, name: String, value: Option<String>) -> Arc<Notify> {
        let durable = Arc::new(Notify::new());
        self.put(Work::Setting(Setting { name, value, durable: Arc::clone(&durable) }));
        durable
    }

    /// Remembers who has done what. Written after the fact, in the order of telling. A row that finds too many others
    /// waiting is left out. Rows of alarms never are: the scans that lead to them hold tickets, so there is an end to them.
    pub fn audit(&self, row: AuditEntry) {
        if self.outbox.len() >= bounds::AUDIT_ROWS.most {
            error!(who = %row.who, action = %row.action, "the audit misses a row: the database has been away too long");
            events::shed(bounds::AUDIT_ROWS.door, bounds::AUDIT_ROWS.when_full.policy());
            return;
        }
        self.put(Work::Audit(row));
    }
}

struct Behaviour;

pub(super) struct State {
    args: Args,
    generation: u64,
    trouble: Option<String>,
    written: u64,
}

/// What is to be written down.
pub(super) enum Work {
    Record(Record),
    Audit(AuditEntry),
    Setting(Setting),
}

/// Something small that is kept under a name until it is forgotten.
pub(super) struct Setting {
    name: String,
    value: Option<String>,
    durable: Arc<Notify>,
}

impl Actor for Behaviour {
    type Msg = Msg;
    type State = State;
    type Arguments = Args;

    async fn pre_start(&self, myself: Mailbox<Msg>, args: Args) -> Result<State, ActorProcessingErr> {
        if !args.outbox.is_empty() {
            info!(waiting = args.outbox.len(), "the journal writer takes over what an earlier one had left");
            myself.cast(Msg::WorkWaits)?;
        }
        Ok(State { args, generation: 0, trouble: None, written: 0 })
    }

    async fn handle(&self, myself: Mailbox<Msg>, message: Msg, state: &mut State) -> Result<(), ActorProcessingErr> {
        match message {
            Msg::WorkWaits if state.trouble.is_none() => state.write_waiting(&myself).await?,
            // It waits for the next try with all the others.
            Msg::WorkWaits => {}
            Msg::Settle(reply) => {
                state.write_waiting(&myself).await?;
                if state.args.outbox.is_empty() {
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
    async fn post_stop(&self, myself: Mailbox<Msg>, state: &mut State) -> Result<(), ActorProcessingErr> {
        let written = state.write_waiting(&myself).await;
        if !state.args.outbox.is_empty() {
            error!(
                waiting = state.args.outbox.len(),
                "the journal writer stops before rows that the database did not take"
            );
        }
        Ok(written?)
    }
}

impl State {
    async fn write_waiting(&mut self, myself: &Mailbox<Msg>) -> Result<(), LeaseLost> {
        while let Some(work) = self.args.outbox.oldest() {
            if let Err(problem) = self.write(&work).await {
                if let Err(lost) = self.args.lease.lost_by(&problem) {
                    self.save_audit().await;
                    return Err(lost);
                }
                if self.trouble.is_none() {
                    warn!(waiting = self.args.outbox.len(), "the journal waits for the database: {problem}");
                }
                self.trouble = Some(problem.to_string());
                self.generation += 1;
                let generation = self.generation;
                myself.send_after(RETRY_AFTER, move || Msg::Retry { generation });
                return Ok(());
            }
            self.written += 1;
            self.args.outbox.done(&work);
            match &*work {
                Work::Record(record) => record.desk.say(JournalledThrough(record.ticket)),
                Work::Setting(setting) => setting.durable.notify_one(),
                Work::Audit(_) => {}
            }
        }
        if self.trouble.take().is_some() {
            info!("the journal has caught up with the database");
        }
        Ok(())
    }

    /// Who has done what stays true whoever owns the plant now, so these rows go down although nothing else may.
    async fn save_audit(&mut self) {
        while let Some(work) = self.args.outbox.oldest() {
            self.args.outbox.done(&work);
            if let Work::Audit(row) = &*work
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
            Work::Setting(setting) => self.args.storage.save_setting(&setting.name, setting.value.as_deref()).await,
        }
    }

    fn sketch(&self) -> Sketch {
        match &self.trouble {
            Some(trouble) => {
                Sketch::degraded(format!("{} rows wait for the database: {trouble}", self.args.outbox.len()))
            }
            None => Sketch::at_work(format!("{} writes", self.written)),
        }
    }
}
