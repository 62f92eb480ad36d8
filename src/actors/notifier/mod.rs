//! The notifier: follows the journal, puts what is to be told into the outbox, and delivers it.
//!
//! It reads the journal like anybody else, so nothing on the way of an alarm waits for it. What follows from a stretch of the
//! journal is kept together with the place up to which it was read, so neither a crash nor a take-over loses a notice or makes a
//! second one. Every channel has one attempt under way at most, beside the mailbox: one that is slow or dead delays no other.

mod compose;
mod line;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use ractor::{ActorCell, ActorProcessingErr, RpcReplyPort, SpawnErr};
use ractor_cluster::RactorMessage;
use tracing::{info, warn};

use self::compose::Desk;
use self::line::Line;
use super::lease::{Lease, LeaseLost};
use super::mailbox::{self, Actor, Mailbox};
use super::plant::{PlantHears, SystemCondition};
use super::portrait::{Poses, Sketch, Tell};
use crate::alarms::notification::{Call, Watch, follow, take_due};
use crate::config::notifications::notification_failing;
use crate::domain::{ChannelName, ContactName, JournalEntry, NotificationPlan, OccurrenceId, Plant, WallTime};
use crate::notify::{Channel, Undelivered};
use crate::storage::{
    ChannelCondition, Notification, NotificationFilter, NotificationState, NotificationStep, OwnedPlant, StorageError,
};
use crate::telemetry::Clock;

/// How often the journal and the clock are looked at.
const LOOK_PERIOD: Duration = Duration::from_millis(500);
/// Rows of the journal that are read at once.
const ENTRIES_AT_ONCE: u64 = 200;
/// How long the outbox remembers what was delivered or has died.
const REMEMBERED: Duration = Duration::from_secs(90 * 86_400);
/// How often old rows are forgotten.
const FORGET_PERIOD: Duration = Duration::from_secs(3_600);

/// What was configured, with the channels opened. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Notifications {
    /// Who is to be told of what.
    pub plan: Arc<NotificationPlan>,
    /// The ways out.
    pub channels: Arc<BTreeMap<ChannelName, Channel>>,
}

/// The only way in. Nobody comes in: orders of persons are rows of the outbox, whichever node they were given on.
#[derive(Clone, Debug)]
pub(super) struct Notifier;

/// What the notifier starts with.
pub(super) struct Args {
    pub plant: Arc<Plant>,
    pub notifications: Notifications,
    pub storage: OwnedPlant,
    pub lease: Lease,
    pub clock: Clock,
    pub plant_hears: Tell<PlantHears>,
}

#[derive(RactorMessage)]
pub(super) enum Msg {
    LookDue,
    Tried { channel: ChannelName, notification: Box<Notification>, outcome: Result<(), Undelivered> },
    Pose(RpcReplyPort<Sketch>),
}

impl Poses for Msg {
    fn pose(reply: RpcReplyPort<Sketch>) -> Self {
        Self::Pose(reply)
    }
}

impl Notifier {
    pub async fn start(args: Args, parent: ActorCell) -> Result<(Self, Mailbox<Msg>), SpawnErr> {
        let actor = mailbox::open(Behaviour, args, parent).await?;
        Ok((Self, actor))
    }
}

struct Behaviour;

struct State {
    args: Args,
    mark: (i64, i64),
    watches: Vec<Watch>,
    lines: BTreeMap<ChannelName, Line>,
    /// The last row's moment, so that rows go out in the order in which they were put in.
    newest: WallTime,
    forget_at: WallTime,
    trouble: Option<String>,
}

impl Actor for Behaviour {
    type Msg = Msg;
    type State = State;
    type Arguments = Args;

    async fn pre_start(&self, myself: Mailbox<Msg>, args: Args) -> Result<State, ActorProcessingErr> {
        let now = args.clock.now();
        let mark = match args.storage.notification_mark().await? {
            Some(mark) => mark,
            // Nobody wants to hear at the first start of everything that ever was.
            None => args.storage.journal_tip().await?,
        };
        let watches = args.storage.notification_watches().await?;
        let mut state =
            State { args, mark, watches, lines: BTreeMap::new(), newest: now, forget_at: now, trouble: None };
        state.keep(Vec::new(), state.watches.clone(), mark).await?;
        state.open_lines().await?;
        myself.send_interval(LOOK_PERIOD, || Msg::LookDue);
        Ok(state)
    }

    async fn handle(&self, myself: Mailbox<Msg>, message: Msg, state: &mut State) -> Result<(), ActorProcessingErr> {
        match message {
            Msg::LookDue => {
                state.args.lease.check()?;
                let looked = state.look(&myself).await;
                state.carry_on(looked)?;
            }
            Msg::Tried { channel, notification, outcome } => {
                state.tried(&channel, *notification, outcome);
                let pumped = state.pump(&channel, &myself).await;
                state.carry_on(pumped)?;
            }
            Msg::Pose(reply) => drop(reply.send(state.sketch())),
        }
        Ok(())
    }
}

impl State {
    /// Channels as the outbox remembers them. An alarm may still stand of an earlier life, and nobody else would end it.
    async fn open_lines(&mut self) -> Result<(), StorageError> {
        let mut known = self.args.storage.channel_conditions().await?;
        for (name, channel) in self.args.notifications.channels.iter() {
            let place = known.iter().position(|condition| condition.channel == *name);
            let condition =
                place.map_or_else(|| ChannelCondition::unknown(name.clone()), |place| known.swap_remove(place));
            let states = vec![NotificationState::Delivered, NotificationState::Dead];
            let filter = NotificationFilter { states, channel: Some(name.clone()), alarm: None };
            let last = self.args.storage.notification_page(&filter, None, 1).await?.pop();
            let died = last.is_some_and(|last| last.state == NotificationState::Dead);
            let line = Line::open(channel.clone(), condition, died);
            self.say(name, line.is_failing(), line.last_error());
            self.lines.insert(name.clone(), line);
        }
        Ok(())
    }

    /// What storage refuses is tried again at the next look; whoever has lost the plant stops.
    fn carry_on(&mut self, outcome: Result<(), StorageError>) -> Result<(), LeaseLost> {
        match outcome {
            Ok(()) => {
                if self.trouble.take().is_some() {
                    info!("the notifier has caught up with the database");
                }
            }
            Err(error) => {
                self.args.lease.lost_by(&error)?;
                if self.trouble.is_none() {
                    warn!("the notifier waits for the database: {error}");
                }
                self.trouble = Some(error.to_string());
            }
        }
        Ok(())
    }

    async fn look(&mut self, myself: &Mailbox<Msg>) -> Result<(), StorageError> {
        self.follow_journal().await?;
        self.take_steps().await?;
        let names: Vec<ChannelName> = self.lines.keys().cloned().collect();
        for name in names {
            self.pump(&name, myself).await?;
        }
        self.forget_old().await
    }

    async fn follow_journal(&mut self) -> Result<(), StorageError> {
        loop {
            let (epoch, sequence) = self.mark;
            let entries = self.args.storage.journal_after(epoch, sequence, ENTRIES_AT_ONCE).await?;
            let Some(last) = entries.last() else { return Ok(()) };
            let mark = (last.epoch, last.sequence);
            let mut occurrences: Vec<OccurrenceId> = entries.iter().filter_map(|entry| entry.occurrence).collect();
            occurrences.sort_by_key(|occurrence| occurrence.0);
            occurrences.dedup();
            let told = self.args.storage.notified(&occurrences).await?;
            let (notices, watches) = self.work_out(&entries, &told);
            self.keep(notices, watches, mark).await?;
            self.lines.values_mut().for_each(|line| line.heard(&entries));
            if (entries.len() as u64) < ENTRIES_AT_ONCE {
                return Ok(());
            }
        }
    }

    /// What entries of the journal mean: who is told how it went on, and what is on watch after them.
    fn work_out(
        &mut self,
        entries: &[JournalEntry],
        told: &[(OccurrenceId, ContactName)],
    ) -> (Vec<Notification>, Vec<Watch>) {
        let mut watches = self.watches.clone();
        let mut notices = Vec::new();
        let (plant, plan) = (Arc::clone(&self.args.plant), Arc::clone(&self.args.notifications.plan));
        for entry in entries {
            // An alarm that is configured no longer has nobody to be told.
            let Some(definition) = plant.alarm(&entry.alarm) else {
                continue;
            };
            let of_this = told.iter().filter(|(occurrence, _)| Some(*occurrence) == entry.occurrence);
            let told: Vec<ContactName> = of_this.map(|(_, contact)| contact.clone()).collect();
            let calls = follow(&plan, &plant.id, definition, entry, &told, &mut watches);
            let written: Vec<Notification> =
                calls.iter().filter_map(|call| self.write(call, definition, std::slice::from_ref(entry))).collect();
            notices.extend(written);
        }
        (notices, watches)
    }

    /// What time alone brings about: first calls, and escalation.
    async fn take_steps(&mut self) -> Result<(), StorageError> {
        let plan = Arc::clone(&self.args.notifications.plan);
        let mut watches = self.watches.clone();
        let calls = take_due(&plan, &mut watches, self.args.clock.now());
        if watches == self.watches {
            return Ok(());
        }
        let mut alarms: Vec<_> = calls.iter().map(|call| call.alarm.clone()).collect();
        alarms.sort();
        alarms.dedup();
        let histories: BTreeMap<_, _> =
            self.args.storage.alarm_history(&alarms, compose::HISTORY).await?.into_iter().collect();
        let plant = Arc::clone(&self.args.plant);
        let mut notices = Vec::new();
        for call in &calls {
            let definition = plant.alarm(&call.alarm);
            let history = histories.get(&call.alarm).map(Vec::as_slice).unwrap_or_default();
            notices.extend(definition.and_then(|definition| self.write(call, definition, history)));
        }
        self.keep(notices, watches, self.mark).await
    }

    /// A row of the outbox for a call; `None` when its channel does not carry this kind.
    fn write(
        &mut self,
        call: &Call,
        definition: &crate::domain::AlarmDefinition,
        history: &[JournalEntry],
    ) -> Option<Notification> {
        let now = self.args.clock.now().max(self.newest + Duration::from_micros(1));
        let desk = Desk { plant: &self.args.plant, plan: &self.args.notifications.plan, now };
        let notification = desk.write(call, definition, history)?;
        self.newest = now;
        Some(notification)
    }

    async fn keep(
        &mut self,
        notices: Vec<Notification>,
        watches: Vec<Watch>,
        mark: (i64, i64),
    ) -> Result<(), StorageError> {
        let step = NotificationStep { mark, notices, watches };
        self.args.storage.keep_notifications(&step).await?;
        self.mark = mark;
        self.watches = step.watches;
        Ok(())
    }

    /// Sends what is due by one channel, if nothing is under way there.
    async fn pump(&mut self, name: &ChannelName, myself: &Mailbox<Msg>) -> Result<(), StorageError> {
        let Some(line) = self.lines.get_mut(name) else { return Ok(()) };
        line.record(&self.args.storage).await?;
        let next = line.next(&self.args.storage, self.args.clock.now()).await?;
        let (failing, error) = (line.is_failing(), line.last_error());
        if line.has_changed() {
            self.say(name, failing, error);
        }
        let Some(notification) = next else { return Ok(()) };
        let Some(line) = self.lines.get_mut(name) else { return Ok(()) };
        let (channel, myself, name, clock) = (line.send(), myself.clone(), name.clone(), self.args.clock);
        tokio::spawn(async move {
            let outgoing = crate::notify::Outgoing {
                contact: &notification.contact,
                address: notification.address.as_deref(),
                notice: &notification.notice,
                now: clock.now(),
            };
            let outcome = channel.deliver(outgoing).await;
            drop(myself.cast(Msg::Tried { channel: name, notification: Box::new(notification), outcome }));
        });
        Ok(())
    }

    fn tried(&mut self, name: &ChannelName, notification: Notification, outcome: Result<(), Undelivered>) {
        let (now, plant) = (self.args.clock.now(), self.args.plant.id.clone());
        let Some(line) = self.lines.get_mut(name) else { return };
        line.tried(&plant, notification, outcome, now, rand::random());
        let (failing, error) = (line.is_failing(), line.last_error());
        if line.has_changed() {
            self.say(name, failing, error);
        }
    }

    fn say(&self, channel: &ChannelName, active: bool, error: Option<String>) {
        let detail = error.filter(|_| active).unwrap_or_else(|| "delivers".into());
        let condition = SystemCondition { alarm: notification_failing(channel), active, detail };
        self.args.plant_hears.say(PlantHears::System(condition));
    }

    async fn forget_old(&mut self) -> Result<(), StorageError> {
        let now = self.args.clock.now();
        if now < self.forget_at {
            return Ok(());
        }
        self.forget_at = now + FORGET_PERIOD;
        self.args.storage.forget_notifications(now - REMEMBERED).await.map(drop)
    }

    fn sketch(&self) -> Sketch {
        if let Some(trouble) = &self.trouble {
            return Sketch::degraded(format!("waits for the database: {trouble}"));
        }
        let failing: Vec<&str> =
            self.lines.iter().filter(|(_, line)| line.is_failing()).map(|(name, _)| name.as_str()).collect();
        if failing.is_empty() {
            let sent: u64 = self.lines.values().map(Line::delivered).sum();
            return Sketch::at_work(format!("{sent} notices delivered, {} alarms on watch", self.watches.len()));
        }
        Sketch::degraded(format!("does not get through by {}", failing.join(", ")))
    }
}
