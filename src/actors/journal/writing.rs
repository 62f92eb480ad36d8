//! How what waits is written: together, in order, and into the spool while the database does not take it.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;
use tracing::{error, info, warn};

use super::{JournalledThrough, Msg, State, Work};
use crate::actors::lease::LeaseLost;
use crate::actors::mailbox::Mailbox;
use crate::actors::portrait::Sketch;
use crate::storage::{JournalRecord, OwnedPlant, StorageError};
use crate::telemetry::events;

/// Pause before a write is tried again.
const RETRY_AFTER: Duration = Duration::from_millis(500);

/// A write that takes longer than this is not waited for: who ordered something is answered from the spool.
const SPOOL_AFTER: Duration = Duration::from_millis(400);

/// Most transitions in one transaction: large enough that the commit costs little, small enough that nobody waits long.
const TOGETHER_MAX: usize = 1_000;

impl State {
    pub(super) async fn write_waiting(&mut self, myself: &Mailbox<Msg>) -> Result<(), LeaseLost> {
        loop {
            let works = self.next_together();
            if works.is_empty() {
                break;
            }
            match self.write_or_spool(&works).await {
                Ok(()) => self.is_durable(&works),
                Err(StorageError::Conflict { .. }) if works.len() > 1 => self.one_by_one = works.len(),
                Err(problem) => return self.wait_for_the_database(&problem, myself).await,
            }
        }
        if self.trouble.take().is_some() {
            info!("the journal has caught up with the database");
        }
        self.clear_the_spool().await;
        Ok(())
    }

    /// As many records as are written well together, or one row of another kind.
    fn next_together(&mut self) -> Vec<Arc<Work>> {
        let most = if self.one_by_one > 0 { 1 } else { TOGETHER_MAX };
        self.one_by_one = self.one_by_one.saturating_sub(1);
        self.args.outbox.oldest(most, |work| match work {
            Work::Record(record) => record.what.entries.len(),
            Work::Audit(_) | Work::Setting(_) => TOGETHER_MAX,
        })
    }

    fn is_durable(&mut self, works: &[Arc<Work>]) {
        self.written += works.len() as u64;
        self.args.outbox.done(works);
        for work in works {
            match &**work {
                Work::Record(record) => record.desk.say(JournalledThrough(record.ticket)),
                Work::Setting(setting) => setting.durable.notify_one(),
                Work::Audit(_) => {}
            }
        }
    }

    /// Writes into the database. When that takes long, everything that waits, and whatever comes meanwhile, goes into the
    /// spool at once; the write goes on.
    async fn write_or_spool(&mut self, works: &[Arc<Work>]) -> Result<(), StorageError> {
        let storage = self.args.storage.clone();
        let mut writing = pin!(write(&storage, works));
        tokio::select! {
            biased;
            written = &mut writing => return written,
            () = sleep(SPOOL_AFTER) => {}
        }
        loop {
            self.spool_what_waits().await;
            tokio::select! {
                biased;
                written = &mut writing => return written,
                () = self.args.outbox.arrival() => {}
            }
        }
    }

    async fn wait_for_the_database(&mut self, problem: &StorageError, myself: &Mailbox<Msg>) -> Result<(), LeaseLost> {
        let lost = self.args.lease.lost_by(problem);
        // Also what may not be written any more: it is refused when it is inherited, and told then.
        self.spool_what_waits().await;
        if let Err(lost) = lost {
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
        Ok(())
    }

    /// Puts everything that waits into the spool. Where nobody else can have the plant meanwhile, it counts as durable from
    /// then on; on a node of a cluster it is only kept (decision 10).
    pub(super) async fn spool_what_waits(&mut self) {
        loop {
            let mut works = self.args.outbox.beyond_the_spool(TOGETHER_MAX);
            works.truncate(works.iter().take_while(|work| !work.waits_for_the_database()).count());
            if works.is_empty() {
                return;
            }
            let records: Vec<JournalRecord> = works.iter().filter_map(|work| work.record()).cloned().collect();
            if !records.is_empty()
                && let Err(problem) = self.args.spool.append(records).await
            {
                if self.spool_trouble.is_none() {
                    error!(waiting = self.args.outbox.len(), "the spool does not take what waits: {problem}");
                }
                self.spool_trouble = Some(problem.to_string());
                return;
            }
            self.spool_trouble = None;
            self.args.outbox.spool_holds(works.len());
            events::spooled(self.args.storage.plant(), self.args.outbox.spooled(), self.args.spool.bytes());
            if self.args.lease.is_lasting() && self.args.lease.check().is_ok() {
                for work in &works {
                    if let Work::Record(record) = &**work {
                        record.desk.say(JournalledThrough(record.ticket));
                    }
                }
            }
        }
    }

    async fn clear_the_spool(&mut self) {
        if self.args.spool.bytes() == 0 || self.args.outbox.spooled() > 0 {
            return;
        }
        if let Err(problem) = self.args.spool.clear().await {
            warn!("the spool, which the database has taken over, cannot be cleared: {problem}");
        }
        events::spooled(self.args.storage.plant(), 0, self.args.spool.bytes());
    }

    /// Who has done what stays true whoever owns the plant now, so these rows go down although nothing else may.
    async fn save_audit(&mut self) {
        loop {
            let works = self.args.outbox.oldest(1, |_| 1);
            let Some(work) = works.first() else { return };
            self.args.outbox.done(&works);
            if let Work::Audit(row) = &**work
                && let Err(problem) = self.args.storage.append_audit(row).await
            {
                error!(who = %row.who, action = %row.action, "an audit row could not be written: {problem}");
            }
        }
    }

    pub(super) fn sketch(&self) -> Sketch {
        let Some(trouble) = &self.trouble else { return Sketch::at_work(format!("{} writes", self.written)) };
        let (waiting, spooled) = (self.args.outbox.len(), self.args.outbox.spooled());
        let of_the_spool = match &self.spool_trouble {
            Some(problem) => format!("{spooled} of them in the spool, which takes no more ({problem})"),
            None => format!("{spooled} of them in the spool"),
        };
        Sketch::degraded(format!("{waiting} rows wait for the database, {of_the_spool}: {trouble}"))
    }
}

impl Work {
    fn record(&self) -> Option<&JournalRecord> {
        match self {
            Self::Record(record) => Some(&record.what),
            Self::Audit(_) | Self::Setting(_) => None,
        }
    }

    fn waits_for_the_database(&self) -> bool {
        self.record().is_some_and(is_of_its_own_accord)
    }
}

/// What the register has entered without an order: a hundred thousand entries of a large plant are more than the spool
/// holds, nobody waits for them, and the next desk enters the same should the process end before. What was told after them
/// waits behind them, so that the journal is never without them.
fn is_of_its_own_accord(record: &JournalRecord) -> bool {
    record.result.is_none() && record.entries.is_empty() && !record.changes.is_empty()
}

async fn write(storage: &OwnedPlant, works: &[Arc<Work>]) -> Result<(), StorageError> {
    match works {
        [work] => match &**work {
            Work::Record(record) => write_one(storage, &record.what).await,
            Work::Audit(row) => storage.append_audit(row).await,
            Work::Setting(setting) => storage.save_setting(&setting.name, setting.value.as_deref()).await,
        },
        many => {
            let records: Vec<&JournalRecord> = many.iter().filter_map(|work| work.record()).collect();
            storage.append_records(&records).await
        }
    }
}

/// A key that stands for another order already was used again while nobody could look it up. What was decided then has
/// been told and stands; only the answer cannot be kept.
pub(super) async fn write_one(storage: &OwnedPlant, record: &JournalRecord) -> Result<(), StorageError> {
    let written = storage.append_records(&[record]).await;
    let (Err(StorageError::Conflict { .. }), Some(result)) = (&written, &record.result) else { return written };
    let without = JournalRecord { result: None, ..record.clone() };
    storage.append_records(&[&without]).await?;
    error!(user = %result.user, key = %result.key, "the key of an order stands for another order; its answer is not kept");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ChangeId, ChangeOrigin, ChangeState, RegisterChange, WallTime};
    use crate::storage::IdempotencyRecord;

    fn record(changes: usize, ordered: bool) -> JournalRecord {
        let change = RegisterChange {
            id: ChangeId(uuid::Uuid::nil()),
            alarm: "P/HIGH".into(),
            version: 1,
            state: ChangeState::InForce,
            origin: ChangeOrigin::PlantFile,
            before: None,
            after: None,
            file: None,
            reason: String::new(),
            proposed_by: "TEP".into(),
            proposed_at: WallTime::from_micros(0),
            decided_by: None,
            decided_at: None,
            decision: None,
        };
        let result = ordered.then(|| IdempotencyRecord {
            key: "k".into(),
            user: "eva".into(),
            operation: "change_register".into(),
            request_hash: String::new(),
            result_json: String::new(),
            at: WallTime::from_micros(0),
        });
        JournalRecord { entries: vec![], result, changes: vec![change; changes] }
    }

    #[test]
    fn only_what_the_register_has_entered_by_itself_waits_for_the_database() {
        assert!(is_of_its_own_accord(&record(3, false)));
        assert!(!is_of_its_own_accord(&record(2, true)), "an order of a person is kept at once");
        assert!(!is_of_its_own_accord(&record(0, false)));
    }
}
