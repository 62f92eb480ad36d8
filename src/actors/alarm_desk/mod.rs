//! The alarm desk: remembers every alarm of one plant, numbers what happens to them, and answers operators.
//!
//! The desk never waits for the database. What it decides goes to the publisher and to the journal at once; an
//! acknowledgement is answered when the journal says that it is durable.

mod book;
mod design;
mod orders;
mod register;
mod silence;
mod waiting;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use ractor::rpc::CallResult;
use ractor::{ActorCell, ActorProcessingErr, RpcReplyPort, SpawnErr};
use ractor_cluster::RactorMessage;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use tokio::sync::watch;
use tokio::time::timeout;
use tracing::info;

use self::book::Book;
use self::design::Design;
pub(super) use self::design::RuleTold;
pub use self::design::{RuleReport, RuleSwitched};
pub use self::orders::{AlarmCommand, AlarmOrder, OrderItem, OrderOutcome, OrderRefused};
use self::orders::{Answer, PendingAnswers};
pub use self::register::{RegisterOrder, RegisterOutcome};
use super::design_rules::DesignRules;
use super::journal::{JournalDoor, JournalledThrough};
use super::lease::Lease;
use super::mailbox::{self, Actor, Mailbox};
use super::plant::SystemCondition;
use super::portrait::{Poses, Sketch, Tell};
use super::publisher::Publisher;
use crate::alarms::{Agenda, GROUP_LASTS_MAX};
use crate::config::plant as plant_file;
use crate::domain::{AlarmId, ConditionReport, FloodReport, Plant, RuleId, SourceTime, WallTime};
use crate::feed::{AlarmView, Cursor};
use crate::storage::OwnedPlant;
use crate::telemetry::Clock;

/// How long the database may take to tell whether a key was used before.
const LOOKUP_PATIENCE: Duration = Duration::from_secs(1);

/// How long an operator waits for the journal before being told that it is behind.
const JOURNAL_PATIENCE: Duration = Duration::from_secs(8);

/// So long whoever starts a desk waits for its register.
const REGISTER_PATIENCE: Duration = Duration::from_millis(200);
/// Rows of the journal that tell a new desk which groups are open; of a flood that was larger the newest are enough.
const RECENT_ROWS_MAX: usize = 5_000;

/// The only way in.
#[derive(Clone, Debug)]
pub struct AlarmDesk {
    actor: Mailbox<Msg>,
    storage: OwnedPlant,
    /// Whether nobody else can have the plant, so that an order is carried out also while the database is away.
    alone: bool,
    running: watch::Receiver<Arc<Plant>>,
}

/// Why the desk does not answer.
#[derive(Clone, Debug, Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlarmDeskError {
    /// It is being restarted.
    #[error("the alarm desk is not there now; try again in a moment")]
    Gone,
    /// It has decided, but the journal cannot hold it yet.
    #[error("the journal cannot take the order now; repeat it with the same key")]
    JournalUnavailable,
    /// Too many orders wait for the journal already; nothing was done.
    #[error("too many orders wait for the journal already; nothing was done, try again in a moment")]
    Busy,
    /// The key was used for another order.
    #[error("the idempotency key was used for another order")]
    IdempotencyConflict,
}

/// Every configured alarm at one moment.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AlarmSnapshot {
    /// Everything up to this event is in it.
    pub cursor: Cursor,
    /// Every configured alarm, in the order of the configuration.
    pub alarms: Vec<Arc<AlarmView>>,
    /// Whether more alarms come than an operator can attend to.
    #[serde(default)]
    pub flood: FloodReport,
    /// How every design rule is, in the order of the configuration.
    #[serde(default)]
    pub rules: Vec<RuleReport>,
}

impl AlarmSnapshot {
    /// One alarm. The node that has taken it may have another plant file, so its order is not relied upon.
    pub fn alarm(&self, plant: &Plant, id: &AlarmId) -> Option<&Arc<AlarmView>> {
        let at = plant.alarm_index(id).and_then(|at| self.alarms.get(at)).filter(|view| view.definition.id == *id);
        at.or_else(|| self.alarms.iter().find(|view| view.definition.id == *id))
    }
}

/// What the desk starts with.
pub(super) struct Args {
    pub plant: Arc<Plant>,
    pub storage: OwnedPlant,
    pub lease: Lease,
    pub journal: JournalDoor,
    pub publisher: Publisher,
    pub clock: Clock,
}

#[derive(RactorMessage)]
pub(super) enum Msg {
    ConditionChanged(Box<ConditionReport>),
    SystemChanged {
        condition: SystemCondition,
        source_time: SourceTime,
    },
    Journalled(JournalledThrough),
    Ordered {
        order: Box<AlarmOrder>,
        reply: RpcReplyPort<Answer>,
    },
    RegisterOrdered {
        order: Box<RegisterOrder>,
        reply: RpcReplyPort<register::Answer>,
    },
    RegisterFound(Box<Result<register::Found, ActorProcessingErr>>),
    RegisterAskedFor(RpcReplyPort<()>),
    TimeDue {
        generation: u64,
    },
    Snapshot(RpcReplyPort<AlarmSnapshot>),
    ActiveConditions(RpcReplyPort<BTreeSet<AlarmId>>),
    RulesStarted(DesignRules),
    RulesGone {
        why: Option<String>,
    },
    RuleTold(RuleTold),
    /// How a rule is switched is kept, so the order may be carried out.
    RuleKept {
        order: Box<AlarmOrder>,
        reply: RpcReplyPort<Answer>,
    },
    HoldingRules(RpcReplyPort<BTreeSet<RuleId>>),
    Pose(RpcReplyPort<Sketch>),
}

impl Msg {
    /// Whether only the plant's owner may act on it: by deciding, or by telling how the alarms are.
    fn is_for_the_owner(&self) -> bool {
        !matches!(self, Self::Journalled(_) | Self::RegisterAskedFor(_) | Self::Pose(_))
    }
}

impl Poses for Msg {
    fn pose(reply: RpcReplyPort<Sketch>) -> Self {
        Self::Pose(reply)
    }
}

impl AlarmDesk {
    pub(super) async fn start(args: Args, parent: ActorCell) -> Result<(Self, Mailbox<Msg>), SpawnErr> {
        let (storage, alone) = (args.storage.clone(), args.lease.is_lasting());
        let (runs, running) = watch::channel(Arc::clone(&args.plant));
        let journal = args.journal.clone();
        let actor = mailbox::open(Behaviour, (args, runs), parent).await?;
        // Whoever looks finds the register, and its first entries in the database; a very large plant watches over its alarms
        // meanwhile.
        let is_there =
            async { actor.call(Msg::RegisterAskedFor, None).await.is_ok() && journal.settled().await.is_ok() };
        drop(timeout(REGISTER_PATIENCE, is_there).await);
        Ok((Self { actor: actor.clone(), storage, alone, running }, actor))
    }

    /// A chart says whether a condition holds.
    pub fn condition_changed(&self, report: ConditionReport) {
        drop(self.actor.cast(Msg::ConditionChanged(Box::new(report))));
    }

    /// The runtime says how it is itself.
    pub(super) fn system_changed(&self, condition: SystemCondition, source_time: SourceTime) {
        drop(self.actor.cast(Msg::SystemChanged { condition, source_time }));
    }

    /// The alarms whose condition holds now; a restarted chart goes on from here.
    pub(super) async fn active_conditions(&self) -> Result<BTreeSet<AlarmId>, AlarmDeskError> {
        self.ask(Msg::ActiveConditions).await
    }

    /// Every configured alarm.
    ///
    /// # Errors
    /// [`AlarmDeskError::Gone`] while the desk is being restarted.
    pub async fn snapshot(&self) -> Result<AlarmSnapshot, AlarmDeskError> {
        self.ask(Msg::Snapshot).await
    }

    /// Carries an order out, each alarm with its own outcome. Answered only once the journal or the spool holds it; the
    /// same key gives the first answer again. While the database is away a key is known only if it was used since the desk
    /// began (and not too many others since).
    ///
    /// # Errors
    /// When the desk is gone, the journal is behind, or the key was used for another order. With
    /// [`AlarmDeskError::JournalUnavailable`] the desk has decided and the journal will catch up.
    pub async fn carry_out(&self, order: AlarmOrder) -> Result<Vec<OrderOutcome>, AlarmDeskError> {
        let lookup = timeout(LOOKUP_PATIENCE, orders::answered_before(&self.storage, &order)).await;
        match lookup.unwrap_or(Err(AlarmDeskError::JournalUnavailable)) {
            Ok(Some(earlier)) => return self.restore_answer(earlier).await,
            Ok(None) => {}
            Err(AlarmDeskError::JournalUnavailable) if self.alone => {}
            Err(other) => return Err(other),
        }
        let build = |reply| Msg::Ordered { order: Box::new(order), reply };
        match self.actor.call(build, Some(JOURNAL_PATIENCE)).await {
            Ok(CallResult::Success(answer)) => answer,
            Ok(CallResult::Timeout) => Err(AlarmDeskError::JournalUnavailable),
            Ok(CallResult::SenderError) | Err(_) => Err(AlarmDeskError::Gone),
        }
    }

    /// The plant that runs, now and whenever a change of the register takes effect: its limits are those to watch.
    pub(super) fn running(&self) -> watch::Receiver<Arc<Plant>> {
        self.running.clone()
    }

    /// Decides an order of the register. Answered only once the journal holds it; the same key gives the first answer again.
    ///
    /// # Errors
    /// As [`AlarmDesk::carry_out`].
    pub async fn change_register(&self, order: RegisterOrder) -> Result<RegisterOutcome, AlarmDeskError> {
        if let Some(earlier) = register::answered_before(&self.storage, &order).await? {
            return Ok(earlier);
        }
        let build = |reply| Msg::RegisterOrdered { order: Box::new(order), reply };
        match self.actor.call(build, Some(JOURNAL_PATIENCE)).await {
            Ok(CallResult::Success(answer)) => answer,
            Ok(CallResult::Timeout) => Err(AlarmDeskError::JournalUnavailable),
            Ok(CallResult::SenderError) | Err(_) => Err(AlarmDeskError::Gone),
        }
    }

    async fn restore_answer(&self, earlier: orders::Answered) -> Answer {
        let now = self.snapshot().await?.alarms;
        Ok(earlier.into_outcomes(|alarm| now.iter().find(|view| view.definition.id == *alarm).cloned()))
    }

    async fn ask<T: Send + 'static>(&self, question: impl FnOnce(RpcReplyPort<T>) -> Msg) -> Result<T, AlarmDeskError> {
        match self.actor.call(question, Some(JOURNAL_PATIENCE)).await {
            Ok(CallResult::Success(answer)) => Ok(answer),
            _ => Err(AlarmDeskError::Gone),
        }
    }
}

struct Behaviour;

struct State {
    book: Book,
    lease: Lease,
    journal: JournalDoor,
    publisher: Publisher,
    clock: Clock,
    pending: PendingAnswers,
    register: register::Desk,
    journalled: Tell<JournalledThrough>,
    agenda: Agenda,
    design: Design,
    timer: Timer,
}

/// The one timer of the desk, set for what is due next.
#[derive(Default)]
struct Timer {
    generation: u64,
    at: Option<WallTime>,
}

impl Actor for Behaviour {
    type Msg = Msg;
    type State = State;
    type Arguments = (Args, watch::Sender<Arc<Plant>>);

    /// Facts are re-read here, so neither a crash of the desk nor of the process loses an acknowledgement.
    async fn pre_start(
        &self,
        myself: Mailbox<Msg>,
        (args, runs): (Args, watch::Sender<Arc<Plant>>),
    ) -> Result<State, ActorProcessingErr> {
        args.journal.settled().await?;
        let (storage, now) = (&args.storage, args.clock.now());
        let epoch = storage.begin_epoch().await?;
        // Side by side, each on a task of its own so that rows are decoded on several cores: a large plant is blind until the
        // slowest of them is read.
        let (of_register, of_facts) = (storage.clone(), storage.clone());
        let decided = tokio::spawn(async move { of_register.register_decisions().await });
        let remembered = tokio::spawn(async move { of_facts.load_alarms().await });
        let recent = storage.journal_since(now - GROUP_LASTS_MAX, RECENT_ROWS_MAX).await?;
        let (decided, remembered) = (decided.await??, remembered.await??);
        info!(plant = %args.plant.id, epoch, "what was known of {} alarms is read", remembered.len());
        let register = register::Desk::open(&args.plant, runs, decided);
        let design = Design::open(&args.plant, storage).await?;
        let book = Book::open((&args.plant, &register.running()), epoch, remembered, &recent);
        args.publisher.alarm_numbering_started(book.cursor());
        let mut agenda = Agenda::default();
        agenda.flood(book.flood().0);
        for view in book.views() {
            agenda.enter(&view.definition.id, &view.facts, &view.definition.handling, args.clock.now());
        }
        let mut state = State {
            book,
            lease: args.lease,
            journal: args.journal,
            publisher: args.publisher,
            clock: args.clock,
            pending: PendingAnswers::default(),
            register,
            journalled: Tell::to(&myself, Msg::Journalled),
            agenda,
            design,
            timer: Timer::default(),
        };
        register::find(args.plant, args.storage, now, myself.clone());
        state.settle_all();
        state.set_timer(&myself);
        Ok(state)
    }

    async fn handle(&self, myself: Mailbox<Msg>, message: Msg, state: &mut State) -> Result<(), ActorProcessingErr> {
        let is_for_the_owner = message.is_for_the_owner();
        if is_for_the_owner {
            state.lease.check()?;
            state.book.plant_shows(state.publisher.plant_time());
        }
        match message {
            Msg::ConditionChanged(report) => state.condition_changed(&report, None),
            Msg::SystemChanged { condition, source_time } => {
                if let Some(report) = state.book.system_report(&condition, source_time) {
                    state.condition_changed(&report, Some(&condition.detail));
                }
                if condition.alarm.as_str() == plant_file::SOURCE_SILENT {
                    state.flag_what_is_stale(condition.active);
                }
            }
            Msg::Journalled(JournalledThrough(ticket)) => {
                state.pending.answer_through(ticket);
                state.register.answer_through(ticket);
            }
            Msg::Ordered { order, reply } => state.ordered(order, reply, &myself),
            Msg::RuleKept { order, reply } => state.carry_out(*order, reply),
            Msg::RegisterOrdered { order, reply } => state.change_register(*order, reply),
            Msg::RegisterFound(found) => state.register_found((*found)?, &myself),
            Msg::RegisterAskedFor(reply) => state.register_asked_for(reply),
            Msg::TimeDue { generation } if generation == state.timer.generation => state.time_has_come(),
            // A timer of an earlier agenda arrives late and is ignored.
            Msg::TimeDue { .. } => return Ok(()),
            Msg::Snapshot(reply) => {
                let now = state.clock.now();
                drop(reply.send(state.book.snapshot(state.design.reports(), now)));
            }
            Msg::ActiveConditions(reply) => drop(reply.send(state.book.active())),
            Msg::RulesStarted(rules) => state.rules_started(rules),
            Msg::RulesGone { why } => state.rules_gone(why),
            Msg::RuleTold(told) => state.rule_told(&told),
            Msg::HoldingRules(reply) => drop(reply.send(state.holding_rules())),
            Msg::Pose(reply) => drop(reply.send(state.sketch())),
        }
        if is_for_the_owner {
            state.watch_flood();
        }
        state.set_timer(&myself);
        Ok(())
    }
}

impl State {
    /// A flood begins with an alarm, and ends when none comes.
    fn watch_flood(&mut self) {
        let event = self.book.flood_turned(self.clock.now());
        if event.is_some() {
            self.agenda.flood(self.book.flood().0);
            self.make_known(event.into_iter().collect(), None);
        }
    }

    /// Shelves and suppressions that have ended, and who must be called for again.
    fn time_has_come(&mut self) {
        let now = self.clock.now();
        self.timer.at = None;
        let due = self.agenda.take_due(now);
        let events = due.into_iter().filter_map(|(alarm, input)| self.book.news(&alarm, input, None, now)).collect();
        self.make_known(events, None);
    }

    fn set_timer(&mut self, myself: &Mailbox<Msg>) {
        let next = self.agenda.next().into_iter().chain(self.book.flood().1).min();
        if next == self.timer.at {
            return;
        }
        self.timer.at = next;
        self.timer.generation += 1;
        if let Some(at) = next {
            let generation = self.timer.generation;
            myself.send_after(at.since(self.clock.now()), move || Msg::TimeDue { generation });
        }
    }

    fn condition_changed(&mut self, report: &ConditionReport, remark: Option<&str>) {
        let events = self.book.condition_changed(report, remark, self.clock.now());
        self.make_known(events, None);
    }

    fn sketch(&self) -> Sketch {
        let words = format!(
            "{}, {} answers wait for the journal",
            self.book.summary(),
            self.pending.len() + self.register.len()
        );
        Sketch::at_work(words)
    }
}
