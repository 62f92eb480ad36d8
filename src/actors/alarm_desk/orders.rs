//! What operators order, and the answers that wait for the journal.

use std::collections::VecDeque;
use std::sync::Arc;

use ractor::RpcReplyPort;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;
use tracing::info;

use super::book::severity_name;
use super::{AlarmDeskError, State};
use crate::actors::journal::{Record, RecordTicket};
use crate::domain::{AlarmId, AlarmState, OccurrenceId, PlantId, TransitionKind, WallTime};
use crate::feed::{AlarmEvent, AlarmView, Cursor};
use crate::storage::{IdempotencyRecord, OwnedPlant, Remembered};
use crate::telemetry::events;

/// The name under which answers to this order are kept.
const OPERATION: &str = "acknowledge_alarms";

/// Somebody takes notice of occurrences.
#[derive(Clone, Debug)]
pub struct AcknowledgeOrder {
    /// Which alarms, each with the occurrence that was seen.
    pub items: Vec<(AlarmId, OccurrenceId)>,
    /// Who.
    pub by: String,
    /// What they say.
    pub comment: Option<String>,
    /// From which client.
    pub client: Option<String>,
    /// Under which key a repetition is recognised.
    pub idempotency_key: String,
}

/// What became of one item of an order.
#[derive(Clone, Debug)]
pub struct AcknowledgeOutcome {
    /// Which alarm.
    pub alarm: AlarmId,
    /// The alarm after it, or why it was refused.
    pub result: Result<Arc<AlarmView>, AcknowledgeRefused>,
}

/// Why one item was refused. Part of remembered answers, so its serialised form is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AcknowledgeRefused {
    /// No such alarm is configured.
    #[error("there is no such alarm")]
    UnknownAlarm,
    /// Nothing is owed in this state.
    #[error("there is nothing to acknowledge")]
    NotAcknowledgeable(AlarmState),
    /// The alarm has moved on to another occurrence, which the operator has not seen.
    #[error("the alarm has occurred anew since; look at it again")]
    OccurrenceMismatch,
}

/// What the caller of an order gets.
pub(super) type Answer = Result<Vec<AcknowledgeOutcome>, AlarmDeskError>;

/// An answer as it is kept for repetitions.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Answered(Vec<(AlarmId, Option<AcknowledgeRefused>)>);

impl Answered {
    fn of(outcomes: &[AcknowledgeOutcome]) -> Self {
        Self(outcomes.iter().map(|outcome| (outcome.alarm.clone(), outcome.result.as_ref().err().copied())).collect())
    }

    /// The first answer again, with the alarms as they are now.
    pub fn into_outcomes(self, now: &[Arc<AlarmView>]) -> Vec<AcknowledgeOutcome> {
        let find = |alarm: &AlarmId| now.iter().find(|view| view.definition.id == *alarm).cloned();
        let outcome = |(alarm, refused): (AlarmId, Option<AcknowledgeRefused>)| AcknowledgeOutcome {
            result: refused.map_or_else(|| find(&alarm).ok_or(AcknowledgeRefused::UnknownAlarm), Err),
            alarm,
        };
        self.0.into_iter().map(outcome).collect()
    }
}

/// The answer that the same key has been given before, if any.
pub(super) async fn answered_before(
    storage: &OwnedPlant,
    order: &AcknowledgeOrder,
) -> Result<Option<Answered>, AlarmDeskError> {
    let hash = request_hash(storage.plant(), order);
    match storage.idempotency_get(&order.by, &order.idempotency_key, OPERATION, &hash).await {
        Ok(Remembered::Never) => Ok(None),
        Ok(Remembered::Same(record)) => {
            serde_json::from_str(&record.result_json).map(Some).map_err(|_| AlarmDeskError::IdempotencyConflict)
        }
        Ok(_) => Err(AlarmDeskError::IdempotencyConflict),
        Err(_) => Err(AlarmDeskError::JournalUnavailable),
    }
}

/// One key for the same order in two plants is two orders.
fn request_hash(plant: &PlantId, order: &AcknowledgeOrder) -> String {
    let mut hash = Sha256::new();
    hash.update(plant.as_str());
    hash.update([0]);
    for (alarm, occurrence) in &order.items {
        hash.update(alarm.as_str());
        hash.update([0]);
        hash.update(occurrence.0);
    }
    hash.update(order.comment.as_deref().unwrap_or_default());
    format!("{:x}", hash.finalize())
}

/// The answers that wait until the journal is through with what they answer.
#[derive(Default)]
pub(super) struct PendingAnswers {
    last: u64,
    waiting: VecDeque<Pending>,
}

struct Pending {
    ticket: RecordTicket,
    user: String,
    key: String,
    hash: String,
    outcomes: Vec<AcknowledgeOutcome>,
    replies: Vec<RpcReplyPort<Answer>>,
}

impl PendingAnswers {
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    pub fn next_ticket(&mut self) -> RecordTicket {
        self.last += 1;
        RecordTicket(self.last)
    }

    pub fn answer_through(&mut self, ticket: RecordTicket) {
        while self.waiting.front().is_some_and(|pending| pending.ticket <= ticket) {
            let Some(done) = self.waiting.pop_front() else { return };
            for reply in done.replies {
                drop(reply.send(Ok(done.outcomes.clone())));
            }
        }
    }

    /// The same key again while its first answer still waits: both wait together.
    fn join(
        &mut self,
        order: &AcknowledgeOrder,
        hash: &str,
        reply: RpcReplyPort<Answer>,
    ) -> Option<RpcReplyPort<Answer>> {
        let same = |pending: &&mut Pending| pending.key == order.idempotency_key && pending.user == order.by;
        let Some(first) = self.waiting.iter_mut().find(same) else { return Some(reply) };
        if first.hash == hash {
            first.replies.push(reply);
        } else {
            drop(reply.send(Err(AlarmDeskError::IdempotencyConflict)));
        }
        None
    }
}

impl State {
    pub(super) fn acknowledge(&mut self, order: AcknowledgeOrder, reply: RpcReplyPort<Answer>) {
        let hash = request_hash(self.book.plant(), &order);
        let Some(reply) = self.pending.join(&order, &hash, reply) else { return };
        let now = self.clock.now();
        let mut events = Vec::new();
        let mut outcomes = Vec::with_capacity(order.items.len());
        for (alarm, occurrence) in &order.items {
            let result = self.book.acknowledge(alarm, *occurrence, &order, now).and_then(|event| {
                events.extend(event);
                self.book.view(alarm).cloned().ok_or(AcknowledgeRefused::UnknownAlarm)
            });
            outcomes.push(AcknowledgeOutcome { alarm: alarm.clone(), result });
        }
        let record = remembered(&order, &hash, &outcomes, now);
        let ticket = self.make_known(events, Some(record));
        let pending =
            Pending { ticket, user: order.by, key: order.idempotency_key, hash, outcomes, replies: vec![reply] };
        self.pending.waiting.push_back(pending);
    }

    /// Tells the publisher and the journal, in this order and without waiting for either.
    pub(super) fn make_known(
        &mut self,
        events: Vec<AlarmEvent>,
        idempotency: Option<IdempotencyRecord>,
    ) -> RecordTicket {
        let ticket = self.pending.next_ticket();
        if events.is_empty() && idempotency.is_none() {
            return ticket;
        }
        let entries = events.iter().map(|event| (*event.entry).clone()).collect();
        for event in events {
            tell_log(self.book.plant(), &event);
            let cursor = Cursor { epoch: event.entry.epoch, sequence: event.entry.sequence };
            self.publisher.alarm_changed(cursor, event);
        }
        self.journal.append(Record { entries, idempotency, desk: self.journalled.clone(), ticket });
        ticket
    }
}

fn remembered(
    order: &AcknowledgeOrder,
    hash: &str,
    outcomes: &[AcknowledgeOutcome],
    now: WallTime,
) -> IdempotencyRecord {
    let result_json = serde_json::to_string(&Answered::of(outcomes)).expect("ids and unit variants always serialise");
    IdempotencyRecord {
        key: order.idempotency_key.clone(),
        user: order.by.clone(),
        operation: OPERATION.to_owned(),
        request_hash: hash.to_owned(),
        result_json,
        at: now,
    }
}

fn tell_log(plant: &PlantId, event: &AlarmEvent) {
    let (entry, definition) = (&event.entry, &event.alarm.definition);
    let severity = severity_name(entry.facts.severity);
    match entry.kind {
        TransitionKind::Raised | TransitionKind::RaisedAgain | TransitionKind::Worsened => {
            events::alarm_raised(plant, entry, &definition.title, severity);
        }
        TransitionKind::ReturnedToNormal => events::alarm_returned(plant, entry, &definition.title),
        TransitionKind::Acknowledged => events::alarm_acknowledged(plant, entry, &definition.title),
        TransitionKind::Reset | TransitionKind::QualityChanged => {
            info!(plant = %plant, alarm.id = %entry.alarm, "{}: {:?}", definition.title, entry.kind);
        }
    }
}
