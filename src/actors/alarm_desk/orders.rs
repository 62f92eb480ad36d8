//! What operators order, and the answers that wait for the journal.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use ractor::RpcReplyPort;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;
use tracing::info;

use super::book::severity_name;
use super::waiting::{OrderKey, Waiting};
use super::{AlarmDeskError, State};
use crate::actors::journal::{Record, RecordTicket};
use crate::alarms::{AlarmInput, CommandRefused};
use crate::config::bounds;
use crate::domain::{AlarmId, OccurrenceId, PlantId, RegisterChange, RuleId, TransitionKind, WallTime};
use crate::feed::{AlarmEvent, AlarmView, Cursor};
use crate::storage::{IdempotencyRecord, JournalRecord, OwnedPlant, Remembered};
use crate::telemetry::events;

/// What somebody orders of alarms. Part of what identifies a repeated order, so its serialised form is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlarmCommand {
    /// To take notice of the named occurrence.
    Acknowledge,
    /// To reset what has latched.
    Reset,
    /// To put it aside for a while.
    Shelve {
        /// For how long at most.
        lasting: Duration,
        /// Whether the shelf ends with the condition.
        one_shot: bool,
    },
    /// To take it off the shelf.
    Unshelve,
    /// To take it out of service.
    TakeOutOfService {
        /// Under which work order.
        work_order: String,
    },
    /// To return it to service.
    ReturnToService,
    /// To give somebody the care of it, or take it from them.
    Assign {
        /// Who.
        to: Option<String>,
    },
    /// To write a remark.
    Comment,
    /// To let a design rule have its effect, or not. Of no single alarm: such an order has no items.
    SetRule {
        /// Which rule.
        rule: RuleId,
        /// Whether it has its effect.
        enabled: bool,
    },
}

impl AlarmCommand {
    /// The name under which answers to it are kept, and under which it is audited.
    pub const fn operation(&self) -> &'static str {
        match self {
            Self::Acknowledge => "acknowledge_alarms",
            Self::Reset => "reset_alarms",
            Self::Shelve { .. } => "shelve_alarms",
            Self::Unshelve => "unshelve_alarms",
            Self::TakeOutOfService { .. } => "take_alarms_out_of_service",
            Self::ReturnToService => "return_alarms_to_service",
            Self::Assign { .. } => "assign_alarms",
            Self::Comment => "comment_alarms",
            Self::SetRule { .. } => "set_suppression_rule",
        }
    }

    /// What the rules make of it. An acknowledgement is of one occurrence.
    pub(super) fn input(&self, item: &OrderItem, by: &str) -> Result<AlarmInput, OrderRefused> {
        Ok(match self {
            Self::Acknowledge => {
                AlarmInput::Acknowledge { occurrence: item.occurrence.ok_or(OrderRefused::NoOccurrenceNamed)? }
            }
            Self::Reset => AlarmInput::Reset,
            Self::Shelve { lasting, one_shot } => AlarmInput::Shelve { lasting: *lasting, one_shot: *one_shot },
            Self::Unshelve => AlarmInput::Unshelve,
            Self::TakeOutOfService { work_order } => {
                AlarmInput::TakeOutOfService { work_order: work_order.clone(), by: by.to_owned() }
            }
            Self::ReturnToService => AlarmInput::ReturnToService { by: by.to_owned() },
            Self::Assign { to } => AlarmInput::Assign { to: to.clone() },
            Self::Comment => AlarmInput::Comment,
            Self::SetRule { .. } => return Err(OrderRefused::NotOfAnAlarm),
        })
    }
}

/// One alarm of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderItem {
    /// Which alarm.
    pub alarm: AlarmId,
    /// The occurrence that was seen; when it is named, the order holds for no other.
    pub occurrence: Option<OccurrenceId>,
}

/// Somebody orders the same of several alarms.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AlarmOrder {
    /// What.
    pub command: AlarmCommand,
    /// Of which alarms.
    pub items: Vec<OrderItem>,
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
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OrderOutcome {
    /// Which alarm.
    pub alarm: AlarmId,
    /// The alarm after it, or why it was refused.
    pub result: Result<Arc<AlarmView>, OrderRefused>,
}

/// Why one item was refused. Part of remembered answers, so its serialised form is kept.
#[derive(Clone, Debug, PartialEq, Eq, Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderRefused {
    /// No such alarm is configured.
    #[error("there is no such alarm")]
    UnknownAlarm,
    /// What is ordered of a design rule is not ordered of an alarm.
    #[error("this is ordered of a design rule, not of an alarm")]
    NotOfAnAlarm,
    /// Nobody can take notice of nothing in particular.
    #[error("an acknowledgement names the occurrence that was seen")]
    NoOccurrenceNamed,
    /// The alarm has moved on to another occurrence, which the operator has not seen.
    #[error("the alarm has occurred anew since; look at it again")]
    OccurrenceMismatch,
    /// The rules of the alarm's life refuse it.
    #[error("{0}")]
    Rules(CommandRefused),
}

impl From<CommandRefused> for OrderRefused {
    fn from(refused: CommandRefused) -> Self {
        match refused {
            CommandRefused::OccurrenceMismatch { .. } => Self::OccurrenceMismatch,
            other => Self::Rules(other),
        }
    }
}

/// What the caller of an order gets.
pub(super) type Answer = Result<Vec<OrderOutcome>, AlarmDeskError>;

/// An answer as it is kept for repetitions.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Answered(Vec<(AlarmId, Option<OrderRefused>)>);

impl Answered {
    fn of(outcomes: &[OrderOutcome]) -> Self {
        Self(outcomes.iter().map(|outcome| (outcome.alarm.clone(), outcome.result.as_ref().err().cloned())).collect())
    }

    /// The first answer again, with the alarms as they are now.
    pub fn into_outcomes(self, find: impl Fn(&AlarmId) -> Option<Arc<AlarmView>>) -> Vec<OrderOutcome> {
        let outcome = |(alarm, refused): (AlarmId, Option<OrderRefused>)| OrderOutcome {
            result: refused.map_or_else(|| find(&alarm).ok_or(OrderRefused::UnknownAlarm), Err),
            alarm,
        };
        self.0.into_iter().map(outcome).collect()
    }
}

/// The answer that the same key has been given before, if any.
pub(super) async fn answered_before(
    storage: &OwnedPlant,
    order: &AlarmOrder,
) -> Result<Option<Answered>, AlarmDeskError> {
    let hash = request_hash(storage.plant(), order);
    match storage.idempotency_get(&order.by, &order.idempotency_key, order.command.operation(), &hash).await {
        Ok(Remembered::Never) => Ok(None),
        Ok(Remembered::Same(record)) => {
            serde_json::from_str(&record.result_json).map(Some).map_err(|_| AlarmDeskError::IdempotencyConflict)
        }
        Ok(_) => Err(AlarmDeskError::IdempotencyConflict),
        Err(_) => Err(AlarmDeskError::JournalUnavailable),
    }
}

fn key_of(plant: &PlantId, order: &AlarmOrder) -> OrderKey {
    OrderKey { user: order.by.clone(), key: order.idempotency_key.clone(), hash: request_hash(plant, order) }
}

/// One key for the same order in two plants is two orders.
fn request_hash(plant: &PlantId, order: &AlarmOrder) -> String {
    let mut hash = Sha256::new();
    hash.update(plant.as_str());
    hash.update([0]);
    hash.update(serde_json::to_string(&order.command).expect("texts, numbers and flags always serialise"));
    for item in &order.items {
        hash.update([0]);
        hash.update(item.alarm.as_str());
        hash.update([0]);
        hash.update(item.occurrence.unwrap_or(OccurrenceId(uuid::Uuid::nil())).0);
    }
    hash.update([0]);
    hash.update(order.comment.as_deref().unwrap_or_default());
    format!("{:x}", hash.finalize())
}

/// The answers that wait for the journal, and the newest of those that were given: the database may be away when a key comes
/// again.
#[derive(Default)]
pub(super) struct PendingAnswers {
    last: u64,
    waiting: Waiting<Vec<OrderOutcome>>,
    given: VecDeque<(OrderKey, Answered)>,
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
        for (order, outcomes) in self.waiting.answer_through(ticket) {
            if self.given.len() == bounds::ANSWERS_REMEMBERED.most {
                self.given.pop_front();
            }
            self.given.push_back((order, Answered::of(&outcomes)));
        }
    }

    /// What was answered to the same key since the desk began.
    fn given(&self, order: &OrderKey) -> Option<Result<Answered, AlarmDeskError>> {
        let repeated =
            |(known, answered): &(OrderKey, Answered)| Some(known.repeats(order)?.map(|()| answered.clone()));
        self.given.iter().rev().find_map(repeated)
    }
}

impl State {
    pub(super) fn carry_out(&mut self, order: AlarmOrder, reply: RpcReplyPort<Answer>) {
        let key = key_of(self.book.plant(), &order);
        let Some(reply) = self.pending.waiting.join(&key, reply) else { return };
        if let Some(given) = self.pending.given(&key) {
            drop(reply.send(given.map(|answered| answered.into_outcomes(|alarm| self.book.view(alarm).cloned()))));
            return;
        }
        if self.pending.len() >= bounds::ALARM_ORDERS.most {
            events::shed(bounds::ALARM_ORDERS.door, bounds::ALARM_ORDERS.when_full.policy());
            drop(reply.send(Err(AlarmDeskError::Busy)));
            return;
        }
        let now = self.clock.now();
        let mut events = Vec::new();
        if let AlarmCommand::SetRule { rule, enabled } = &order.command {
            events.extend(self.switch_rule(rule, *enabled, &order));
        }
        let mut outcomes = Vec::with_capacity(order.items.len());
        for item in &order.items {
            let result = self.book.carry_out(item, &order, now).and_then(|event| {
                events.extend(event);
                self.book.view(&item.alarm).cloned().ok_or(OrderRefused::UnknownAlarm)
            });
            outcomes.push(OrderOutcome { alarm: item.alarm.clone(), result });
        }
        let record = remembered(&order, &key.hash, &outcomes, now);
        let ticket = self.make_known(events, Some(record));
        self.pending.waiting.push(ticket, key, outcomes, reply);
    }

    /// Whether this order has its answer already.
    pub(super) fn was_answered(&self, order: &AlarmOrder) -> bool {
        self.pending.given(&key_of(self.book.plant(), order)).is_some()
    }

    /// Tells the publisher and the journal, in this order and without waiting for either.
    pub(super) fn make_known(
        &mut self,
        events: Vec<AlarmEvent>,
        idempotency: Option<IdempotencyRecord>,
    ) -> RecordTicket {
        self.make_known_with(events, idempotency, Vec::new())
    }

    /// The same with changes of the register, which are kept in the same transaction.
    pub(super) fn make_known_with(
        &mut self,
        events: Vec<AlarmEvent>,
        idempotency: Option<IdempotencyRecord>,
        changes: Vec<RegisterChange>,
    ) -> RecordTicket {
        let events = self.with_what_follows(events);
        let ticket = self.pending.next_ticket();
        if events.is_empty() && idempotency.is_none() && changes.is_empty() {
            return ticket;
        }
        let entries = events.iter().map(|event| (*event.entry).clone()).collect();
        for event in events {
            let (facts, definition) = (&event.alarm.facts, &event.alarm.definition);
            self.agenda.enter(&definition.id, facts, &definition.handling, event.entry.wall_time);
            tell_log(self.book.plant(), &event);
            self.design.alarm_changed(&event);
            let cursor = Cursor { epoch: event.entry.epoch, sequence: event.entry.sequence };
            self.publisher.alarm_changed(cursor, event);
        }
        let what = JournalRecord { entries, result: idempotency, changes };
        self.journal.append(Record { what, desk: self.journalled.clone(), ticket });
        ticket
    }
}

fn remembered(order: &AlarmOrder, hash: &str, outcomes: &[OrderOutcome], now: WallTime) -> IdempotencyRecord {
    let result_json = serde_json::to_string(&Answered::of(outcomes)).expect("ids and unit variants always serialise");
    IdempotencyRecord {
        key: order.idempotency_key.clone(),
        user: order.by.clone(),
        operation: order.command.operation().to_owned(),
        request_hash: hash.to_owned(),
        result_json,
        at: now,
    }
}

fn tell_log(plant: &PlantId, event: &AlarmEvent) {
    let (entry, definition) = (&event.entry, &event.alarm.definition);
    let severity = severity_name(entry.facts.severity);
    match entry.kind {
        TransitionKind::Raised | TransitionKind::RaisedAgain | TransitionKind::Worsened | TransitionKind::ReAlarmed => {
            events::alarm_raised(plant, entry, &definition.title, severity);
        }
        TransitionKind::ReturnedToNormal => events::alarm_returned(plant, entry, &definition.title),
        TransitionKind::Acknowledged => events::alarm_acknowledged(plant, entry, &definition.title),
        kind => {
            let by = entry.by.as_deref().unwrap_or("TEP");
            info!(plant = %plant, alarm.id = %entry.alarm, by, "{}: {}, now {}", definition.title, kind.words(), entry.to.words());
        }
    }
}
