//! The journal writer: makes what the desk has decided durable, in order, and says so.
//!
//! What waits goes into the database together, so a crowd of transitions costs one commit. While the database does not
//! take it, it goes into the spool, and the desk is told all the same (decision 10); before that, what an earlier process has
//! left in its spool is carried over.

mod inheriting;
mod writing;

use std::sync::Arc;

use ractor::{ActorCell, ActorProcessingErr, RpcReplyPort, SpawnErr};
use ractor_cluster::RactorMessage;
use tokio::sync::Notify;
use tracing::{error, info};

use super::lease::Lease;
use super::mailbox::{self, Actor, Mailbox};
use super::outbox::Outbox;
use super::portrait::{Poses, Sketch, Tell};
use crate::config::bounds;
use crate::storage::{AuditEntry, JournalRecord, OwnedPlant, Spool};
use crate::telemetry::{Clock, events};

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
    /// Where it waits for the database when the process may not be trusted to live so long.
    pub spool: Spool,
    pub clock: Clock,
}

/// What the desk wants to be remembered together.
pub(super) struct Record {
    pub what: JournalRecord,
    /// Told the ticket once everything up to it is durable.
    pub desk: Tell<JournalledThrough>,
    pub ticket: RecordTicket,
}

/// Counts the records of one desk, so that also a record without entries can be waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct RecordTicket(pub u64);

/// Everything up to this record is durable, in the database or in the spool.
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

    /// Waits until the database holds everything that was told before, so that who reads the journal next reads all of it.
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
    /// Why the database does not take anything.
    trouble: Option<String>,
    /// Why the spool does not.
    spool_trouble: Option<String>,
    /// So many of the oldest are written one by one, since they could not be written together.
    one_by_one: usize,
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
        inheriting::inherit(&args).await?;
        if !args.outbox.is_empty() {
            info!(waiting = args.outbox.len(), "the journal writer takes over what an earlier one had left");
            myself.cast(Msg::WorkWaits)?;
        }
        Ok(State { args, generation: 0, trouble: None, spool_trouble: None, one_by_one: 0, written: 0 })
    }

    async fn handle(&self, myself: Mailbox<Msg>, message: Msg, state: &mut State) -> Result<(), ActorProcessingErr> {
        match message {
            Msg::WorkWaits if state.trouble.is_none() => state.write_waiting(&myself).await?,
            // It waits for the next try with all the others, in the spool.
            Msg::WorkWaits => state.spool_what_waits().await,
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

    /// Whatever still waits is tried once more before the lights go out; what the spool holds then is not lost.
    async fn post_stop(&self, myself: Mailbox<Msg>, state: &mut State) -> Result<(), ActorProcessingErr> {
        let written = state.write_waiting(&myself).await;
        let (waiting, spooled) = (state.args.outbox.len(), state.args.outbox.spooled());
        if waiting > spooled {
            error!(waiting, spooled, "the journal writer stops before rows that neither database nor spool took");
        } else if waiting > 0 {
            info!(spooled, "the journal writer stops; what the database did not take waits in the spool");
        }
        Ok(written?)
    }
}
