//! Carrying over what an earlier process has left in its spool, before the desk reads its facts again.
//!
//! A record fits when the journal goes on from it: nothing of a later epoch has been decided since. Each record is written as
//! it would have been, and what the journal holds already is not doubled. What does not fit is refused: told to the log and
//! to the audit, and the file is set aside, for a person to look at.

use tracing::{error, info, warn};

use super::Args;
use super::writing::write_one;
use crate::storage::{AuditEntry, Inherited, JournalRecord, OwnedPlant, SetAside, StorageError};
use crate::telemetry::events;

/// Records in one transaction.
const TOGETHER_MAX: usize = 200;

/// What became of the records of a file.
#[derive(Default)]
struct Taken<'a> {
    carried_over: usize,
    refused: Vec<&'a JournalRecord>,
}

pub(super) async fn inherit(args: &Args) -> Result<(), StorageError> {
    for left in args.spool.inherited().await? {
        let file = left.path.display();
        if left.torn_bytes > 0 {
            warn!(
                bytes = left.torn_bytes,
                "the last record in {file} was not written to its end; nobody was told of it"
            );
        }
        let taken = carry_over(&args.storage, &left.records).await?;
        info!(term = left.term, "carried {} of {} records over from {file}", taken.carried_over, left.records.len());
        tell(args, &left, &taken.refused).await?;
        let aside = match (left.damage.is_empty(), taken.refused.is_empty()) {
            (true, true) => {
                args.spool.forget(left.path.clone()).await?;
                continue;
            }
            (false, _) => SetAside::Damaged,
            (true, false) => SetAside::Refused,
        };
        let aside = args.spool.set_aside(left.path.clone(), aside).await?;
        error!("{file} could not be carried over completely and is kept as {}", aside.display());
    }
    Ok(())
}

async fn carry_over<'a>(storage: &OwnedPlant, records: &'a [JournalRecord]) -> Result<Taken<'a>, StorageError> {
    let (mut newest, begun) = storage.newest_epochs().await?;
    let mut taken = Taken::default();
    for together in records.chunks(TOGETHER_MAX) {
        let mut fitting = Vec::new();
        for record in together {
            let epoch = record.entries.last().map(|entry| entry.epoch);
            if epoch.is_none_or(|epoch| (newest..begun).contains(&epoch)) {
                newest = epoch.unwrap_or(newest);
                fitting.push(record);
            } else if storage.journal_holds(record).await? {
                taken.carried_over += 1;
            } else {
                taken.refused.push(record);
            }
        }
        write_fitting(storage, &fitting, &mut taken).await?;
    }
    Ok(taken)
}

async fn write_fitting<'a>(
    storage: &OwnedPlant,
    records: &[&'a JournalRecord],
    taken: &mut Taken<'a>,
) -> Result<(), StorageError> {
    match storage.append_records(records).await {
        Ok(()) => taken.carried_over += records.len(),
        Err(StorageError::Conflict { .. }) => {
            for record in records {
                match write_one(storage, record).await {
                    Ok(()) => taken.carried_over += 1,
                    Err(StorageError::Conflict { .. }) => taken.refused.push(record),
                    Err(problem) => return Err(problem),
                }
            }
        }
        Err(problem) => return Err(problem),
    }
    Ok(())
}

/// Each order that is not carried over has a person who was, or may have been, answered.
async fn tell(args: &Args, left: &Inherited, refused: &[&JournalRecord]) -> Result<(), StorageError> {
    let plant = args.storage.plant();
    for damage in &left.damage {
        error!(plant = %plant, "{} is damaged: {damage}", left.path.display());
        let row = row(args, "TEP", "spool damaged", plant.to_string(), format!("{}: {damage}", left.path.display()));
        args.storage.append_audit(&row).await?;
    }
    for record in refused {
        let alarms: Vec<&str> = record.entries.iter().map(|entry| entry.alarm.as_str()).collect();
        let alarms = alarms.join(" ");
        events::spool_refused(plant);
        let Some(result) = &record.result else {
            error!(plant = %plant, alarms, "a transition was decided too late, or anew since, and is not carried over");
            continue;
        };
        error!(
            plant = %plant, alarms, by = %result.user, operation = %result.operation,
            "an order was carried out too late, or others have decided since; it is not carried over"
        );
        let resource = if alarms.is_empty() { plant.to_string() } else { format!("{plant}: {alarms}") };
        let what = format!("{} with key {:?} at {}", result.operation, result.key, result.at);
        args.storage.append_audit(&row(args, &result.user, "order not carried over", resource, what)).await?;
    }
    Ok(())
}

fn row(args: &Args, who: &str, action: &str, resource: String, what: String) -> AuditEntry {
    AuditEntry {
        at: args.clock.now(),
        who: who.to_owned(),
        action: action.to_owned(),
        resource,
        before: None,
        after: serde_json::to_string(&what).ok(),
        from_where: Some("the spool".to_owned()),
        allowed: false,
    }
}
