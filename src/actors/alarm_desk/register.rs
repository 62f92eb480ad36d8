//! The rationalisation register, which the desk keeps: it owns the alarms' definitions, so a change of one is decided,
//! journalled and told like anything else that happens to an alarm.

use std::collections::BTreeMap;
use std::mem;
use std::sync::Arc;

use ractor::RpcReplyPort;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tracing::{info, warn};
use uuid::Uuid;

use super::book::{Orderer, timestamp};
use super::waiting::{OrderKey, Waiting};
use super::{AlarmDeskError, Msg, State};
use crate::actors::journal::RecordTicket;
use crate::actors::mailbox::Mailbox;
use crate::alarms::register::{
    Decision, Drift, DriftKind, Overlay, Register, RegisterCommand, RegisterRefused, differences, drift, in_words,
    overlaid,
};
use crate::config::bounds;
use crate::domain::{
    AlarmDefinition, AlarmId, ChangeId, Plant, PlantId, Rationale, RegisterChange, RegisterEntry, WallTime,
};
use crate::feed::{AlarmEvent, AlarmView};
use crate::storage::{IdempotencyRecord, OwnedPlant, Remembered};
use crate::telemetry::events;

/// The name under which answers are kept.
const OPERATION: &str = "change_register";
/// So many drifted alarms are told at a start, each with a line; the page shows all.
const DRIFT_TOLD: usize = 10;

/// What the journal is told when an alarm runs again as was approved, without an order.
const AS_APPROVED: &str = "runs again as was approved";

/// Somebody orders something of the register.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RegisterOrder {
    /// What.
    pub command: RegisterCommand,
    /// Who.
    pub by: String,
    /// From which client.
    pub client: Option<String>,
    /// Under which key a repetition is recognised.
    pub idempotency_key: String,
}

impl RegisterOrder {
    /// Who orders, with these words.
    fn with<'a>(&'a self, words: &'a str) -> Orderer<'a> {
        let Self { by, client, idempotency_key, .. } = self;
        Orderer { by, comment: Some(words), client: client.as_deref(), key: idempotency_key }
    }
}

/// What became of an order: the change as it is now, or why it was refused.
pub type RegisterOutcome = Result<Box<RegisterChange>, RegisterRefused>;

/// What the caller of an order gets.
pub(super) type Answer = Result<RegisterOutcome, AlarmDeskError>;

/// What the desk remembers of the register.
pub(super) struct Desk {
    /// The plant as its file has it.
    file: Arc<Plant>,
    /// `None` while it is being read.
    register: Option<Register>,
    /// Orders that came meanwhile.
    early: Vec<(RegisterOrder, RpcReplyPort<Answer>)>,
    /// Who wants to know when it is there.
    askers: Vec<RpcReplyPort<()>>,
    /// The plant that runs, for whoever watches limits.
    running: watch::Sender<Arc<Plant>>,
    waiting: Waiting<RegisterOutcome>,
}

/// The whole register, as it was found.
pub(in crate::actors) struct Found {
    register: Register,
    /// What it did not know yet. To be journalled before anything else: should it never be, the next desk enters the same.
    first: Vec<RegisterChange>,
    drifted: Vec<Drift>,
}

impl Found {
    fn of(file: &Arc<Plant>, changes: Vec<RegisterChange>, now: WallTime) -> Self {
        let mut register = Register::of(changes);
        let mut first = register.first_entries(file, now, || fresh(now));
        first.iter().cloned().for_each(|change| register.enter(change));
        let renewed = register.renewed(file, now, || fresh(now));
        renewed.iter().cloned().for_each(|change| register.enter(change));
        first.extend(renewed);
        let drifted = drift(file, &register, &overlaid(file, &register));
        Self { register, first, drifted }
    }
}

/// Reads the whole register, and tells the desk.
pub(super) fn find(file: Arc<Plant>, storage: OwnedPlant, now: WallTime, desk: Mailbox<Msg>) {
    tokio::spawn(async move {
        let found = async {
            let changes = storage.register_changes().await?;
            Ok(spawn_blocking(move || Found::of(&file, changes, now)).await?)
        };
        drop(desk.cast(Msg::RegisterFound(Box::new(found.await))));
    });
}

impl Desk {
    /// Lets the plant run that follows from what people have decided. All else is read beside the desk ([`find`]): no alarm
    /// needs it, and with very many alarms it is large.
    pub fn open(file: &Arc<Plant>, running: watch::Sender<Arc<Plant>>, decided: Vec<RegisterChange>) -> Self {
        running.send_replace(overlaid(file, &Register::of(decided)).plant);
        let waiting = Waiting::default();
        Self { file: Arc::clone(file), register: None, early: Vec::new(), askers: Vec::new(), running, waiting }
    }

    /// The plant that runs.
    pub fn running(&self) -> Arc<Plant> {
        Arc::clone(&self.running.borrow())
    }

    /// How many orders wait: for the register, or their answers for the journal.
    pub fn len(&self) -> usize {
        self.waiting.len() + self.early.len()
    }

    pub fn answer_through(&mut self, ticket: RecordTicket) {
        self.waiting.answer_through(ticket);
    }
}

impl State {
    /// The whole register is there. Orders that came before it come once more.
    pub(super) fn register_found(&mut self, found: Found, myself: &Mailbox<Msg>) {
        let Found { register, first, drifted } = found;
        tell_drift(self.book.plant(), &drifted);
        info!(plant = %self.book.plant(), entered = first.len(), "the alarm register is read: {} alarms", register.len());
        self.register.register = Some(register);
        if !first.is_empty() {
            self.make_known_with(Vec::new(), None, first);
        }
        let unapproved = self.drifted(&drifted, None, self.clock.now());
        self.make_known(unapproved, None);
        for (order, reply) in mem::take(&mut self.register.early) {
            drop(myself.cast(Msg::RegisterOrdered { order: Box::new(order), reply }));
        }
        for whoever in mem::take(&mut self.register.askers) {
            drop(whoever.send(()));
        }
    }

    /// Says when the register is there.
    pub(super) fn register_asked_for(&mut self, reply: RpcReplyPort<()>) {
        if self.register.register.is_some() {
            drop(reply.send(()));
        } else {
            self.register.askers.push(reply);
        }
    }

    pub(super) fn change_register(&mut self, order: RegisterOrder, reply: RpcReplyPort<Answer>) {
        let hash = request_hash(self.book.plant(), &order.command);
        let key = OrderKey { user: order.by.clone(), key: order.idempotency_key.clone(), hash };
        let Some(reply) = self.register.waiting.join(&key, reply) else { return };
        if self.pending.len() + self.register.len() >= bounds::ALARM_ORDERS.most {
            events::shed(bounds::ALARM_ORDERS.door, bounds::ALARM_ORDERS.when_full.policy());
            drop(reply.send(Err(AlarmDeskError::Busy)));
            return;
        }
        let now = self.clock.now();
        let running = self.register.running();
        let Some(register) = &mut self.register.register else {
            self.register.early.push((order, reply));
            return;
        };
        let decision = register.decide(&order.command, &order.by, (&self.register.file, &running), now, fresh(now));
        let (outcome, changes, happened) = match decision {
            Err(refused) => (Err(refused), Vec::new(), Vec::new()),
            Ok(Decision { change, rows, takes_effect }) => {
                rows.iter().cloned().for_each(|row| register.enter(row));
                let happened = if takes_effect {
                    let overlay = overlaid(&self.register.file, register);
                    let drifted = drift(&self.register.file, register, &overlay);
                    self.put_in_force(overlay, &drifted, &change, &order, now)
                } else {
                    Vec::new()
                };
                (Ok(Box::new(change)), rows, happened)
            }
        };
        let record = remembered(&order, &key.hash, &outcome, now);
        let ticket = self.make_known_with(happened, Some(record), changes);
        self.register.waiting.push(ticket, key, outcome, reply);
    }

    /// Another plant runs from now on. Each alarm whose definition has changed is journalled once; its limit chart looks
    /// at the next sample with the new settings, so whether the condition holds is news of the plant and not of this change.
    /// To approve what the plant file has made of an alarm changes nothing of how it runs, and is journalled as well.
    fn put_in_force(
        &mut self,
        overlay: Overlay,
        drifted: &[Drift],
        change: &RegisterChange,
        order: &RegisterOrder,
        now: WallTime,
    ) -> Vec<AlarmEvent> {
        let (before, running) = (self.register.running(), overlay.plant);
        self.register.running.send_replace(Arc::clone(&running));
        let changed = before.alarms.iter().zip(&running.alarms).filter(|(before, after)| runs_otherwise(before, after));
        let mut events = Vec::new();
        for (before, after) in changed {
            let words = told(before, after, change);
            info!(plant = %running.id, alarm.id = %after.id, by = %order.by, "{}: {words}", after.title);
            events.extend(self.book.reconfigured(&running, &after.id, order.with(&words), now));
        }
        let words = format!("approved as the plant file has it; proposed by {}: {}", change.proposed_by, change.reason);
        events.extend(self.drifted(drifted, Some((&change.alarm, order.with(&words))), now));
        events
    }

    /// The journal is told of each alarm that runs as nobody has approved, once for as long as it is the same; and when it runs
    /// as was approved again, or somebody has `approved` it.
    fn drifted(
        &mut self,
        drifted: &[Drift],
        approved: Option<(&AlarmId, Orderer<'_>)>,
        now: WallTime,
    ) -> Vec<AlarmEvent> {
        let edits: BTreeMap<&AlarmId, (String, &Drift)> =
            drifted.iter().filter_map(|drift| Some((&drift.alarm, (drift.unapproved()?, drift)))).collect();
        let edit_of = |alarm: &AlarmId| edits.get(alarm).map(|(edit, _)| edit);
        let turned = |view: &&Arc<AlarmView>| view.facts.unapproved.as_ref() != edit_of(&view.definition.id);
        let turned: Vec<AlarmId> = self.book.views().filter(turned).map(|view| view.definition.id.clone()).collect();
        let mut events = Vec::new();
        for alarm in &turned {
            let (edit, words) = match edits.get(alarm) {
                Some((edit, drift)) => (Some(edit.clone()), drift.told()),
                None => (None, AS_APPROVED.to_owned()),
            };
            let order = approved.filter(|(approved, _)| *approved == alarm && edit.is_none()).map(|(_, order)| order);
            events.extend(self.book.runs_unapproved(alarm, edit, &words, order, now));
        }
        for (alarm, (edit, drift)) in edits.iter().filter(|(_, (_, drift))| drift.kind == DriftKind::Disappeared) {
            let approved = self.register.register.as_ref().and_then(|register| register.of_alarm(alarm));
            let definition = approved.and_then(|change| Some(as_it_was(alarm, change.after.as_deref()?)));
            let gone =
                definition.and_then(|definition| self.book.has_gone(definition, edit.clone(), drift.told(), now));
            events.extend(gone);
        }
        events
    }
}

/// An alarm that is not configured any more, as the register still has it.
fn as_it_was(alarm: &AlarmId, entry: &RegisterEntry) -> AlarmDefinition {
    let RegisterEntry { cause, consequence, guidance, severity, handling, assessment, class, justification, .. } =
        entry.clone();
    AlarmDefinition {
        id: alarm.clone(),
        title: alarm.to_string(),
        unit: None,
        tag: None,
        detector: None,
        severity,
        handling,
        cause,
        consequence,
        guidance,
        rationale: Rationale { assessment, class, justification },
        limit: None,
    }
}

/// Whether an alarm runs otherwise after a change. What its severity follows from is the register's to say and changes nothing
/// of how it runs.
fn runs_otherwise(before: &AlarmDefinition, after: &AlarmDefinition) -> bool {
    before != after && AlarmDefinition { rationale: after.rationale.clone(), ..before.clone() } != *after
}

/// Before and after, and whose idea it was, for the journal.
fn told(before: &AlarmDefinition, after: &AlarmDefinition, change: &RegisterChange) -> String {
    let words = in_words(&differences(Some(&RegisterEntry::from(before)), Some(&RegisterEntry::from(after))));
    format!("{words}; proposed by {}: {}", change.proposed_by, change.reason)
}

fn tell_drift(plant: &PlantId, drifted: &[Drift]) {
    for drift in drifted.iter().take(DRIFT_TOLD) {
        let Drift { alarm, kind, differences, problem, .. } = drift;
        let words = problem.clone().unwrap_or_else(|| in_words(differences));
        warn!(%plant, alarm.id = %alarm, "the plant file and the alarm register differ ({}): {words}", kind.words());
    }
    if drifted.len() > DRIFT_TOLD {
        warn!(%plant, "the plant file and the alarm register differ for {} alarms in all", drifted.len());
    }
}

fn fresh(now: WallTime) -> ChangeId {
    ChangeId(Uuid::new_v7(timestamp(now)))
}

/// The answer that the same key has been given before, if any.
pub(super) async fn answered_before(
    storage: &OwnedPlant,
    order: &RegisterOrder,
) -> Result<Option<RegisterOutcome>, AlarmDeskError> {
    let hash = request_hash(storage.plant(), &order.command);
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
fn request_hash(plant: &PlantId, command: &RegisterCommand) -> String {
    let mut hash = Sha256::new();
    hash.update(plant.as_str());
    hash.update([0]);
    hash.update(serde_json::to_string(command).expect("texts, numbers and flags always serialise"));
    format!("{:x}", hash.finalize())
}

fn remembered(order: &RegisterOrder, hash: &str, outcome: &RegisterOutcome, now: WallTime) -> IdempotencyRecord {
    IdempotencyRecord {
        key: order.idempotency_key.clone(),
        user: order.by.clone(),
        operation: OPERATION.to_owned(),
        request_hash: hash.to_owned(),
        result_json: serde_json::to_string(outcome).expect("texts, numbers and flags always serialise"),
        at: now,
    }
}
