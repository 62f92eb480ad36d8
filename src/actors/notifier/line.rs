//! One channel of one plant: what goes out next, and what follows from how it went.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::alarms::notification::{FAILURES_TOLD, call_is_over, news_is_for_nobody, pause_after};
use crate::domain::{AlarmId, JournalEntry, NoticeKind, OccurrenceId, PlantId, WallTime};
use crate::notify::{Channel, Trouble, Undelivered};
use crate::storage::{ChannelCondition, Notification, NotificationState, OwnedPlant, StorageError};
use crate::telemetry::events;

/// Rows of the outbox that are looked at for one that may go. Rows beyond wait until these have gone or have died.
const LOOKED_AT: u64 = 200;
/// Rows of an alarm's journal in which whoever has taken notice is looked for.
const HISTORY: u64 = 20;

/// One channel.
pub(super) struct Line {
    channel: Channel,
    condition: ChannelCondition,
    busy: bool,
    /// An attempt whose outcome the database does not hold yet: nothing else goes out before, or it would go out twice.
    unrecorded: Vec<(Notification, ChannelCondition)>,
    /// Whether a notice has died since one was last delivered.
    died: bool,
    /// What was said last about whether it fails.
    said: bool,
    delivered: u64,
    /// Alarms of which the journal has told something since what waits was last looked through; `None`: all.
    news: Option<HashSet<AlarmId>>,
}

impl Line {
    pub fn open(channel: Channel, condition: ChannelCondition, died: bool) -> Self {
        let unrecorded = Vec::new();
        let mut line =
            Self { channel, condition, busy: false, unrecorded, died, said: false, delivered: 0, news: None };
        line.said = line.is_failing();
        line
    }

    /// The journal has told these, so what waits of their alarms may not be true any more.
    pub fn heard(&mut self, entries: &[JournalEntry]) {
        if let Some(news) = &mut self.news {
            news.extend(entries.iter().map(|entry| entry.alarm.clone()));
        }
    }

    pub fn is_failing(&self) -> bool {
        self.died || self.condition.failures >= FAILURES_TOLD
    }

    /// Whether it fails or works again since this was asked last.
    pub fn has_changed(&mut self) -> bool {
        let now = self.is_failing();
        std::mem::replace(&mut self.said, now) != now
    }

    pub fn last_error(&self) -> Option<String> {
        self.condition.last_error.clone()
    }

    pub fn delivered(&self) -> u64 {
        self.delivered
    }

    /// Makes outcomes durable.
    pub async fn record(&mut self, storage: &OwnedPlant) -> Result<(), StorageError> {
        while let Some((notification, condition)) = self.unrecorded.first() {
            storage.notification_tried(notification, condition).await?;
            self.unrecorded.remove(0);
        }
        Ok(())
    }

    /// What is to go out now; `None` when nothing may. What has waited too long dies here, and what is not true any more is
    /// withdrawn: nobody is called for an alarm of which somebody has taken notice.
    pub async fn next(&mut self, storage: &OwnedPlant, now: WallTime) -> Result<Option<Notification>, StorageError> {
        if self.busy || !self.unrecorded.is_empty() {
            return Ok(None);
        }
        let mut waiting = storage.notifications_waiting(&self.condition.channel, LOOKED_AT).await?;
        events::notifications_waiting(storage.plant(), &self.condition.channel, waiting.len());
        let (over, rest): (Vec<_>, Vec<_>) = waiting.drain(..).partition(|one| one.give_up_at <= now);
        for one in over {
            self.give_up(storage.plant(), one, now);
        }
        self.record(storage).await?;
        let (changed, same) = rest.into_iter().partition(|one: &Notification| self.has_news(one));
        let mut rest = self.still_true(storage, changed, now).await?;
        rest.extend(same);
        rest.sort_by_key(|one| (one.created, one.id));
        self.news = Some(HashSet::new());
        let resting = self.condition.resting_until.is_some_and(|until| now < until);
        let may_go = |one: &&Notification| !resting || is_fresh_test(one);
        loop {
            let next = in_order(&rest).into_iter().find(|one| one.next_at <= now && may_go(one)).cloned();
            let Some(next) = next.filter(|_| self.channel.has_room()) else { return Ok(None) };
            // It may have waited behind those that were looked through, or a person has had it tried again.
            let id = next.id;
            if let Some(next) = self.still_true(storage, vec![next], now).await?.pop() {
                return Ok(Some(next));
            }
            rest.retain(|one| one.id != id);
        }
    }

    fn has_news(&self, notification: &Notification) -> bool {
        let told =
            |news: &HashSet<AlarmId>| notification.notice.alarm.as_ref().is_some_and(|alarm| news.contains(alarm));
        self.news.as_ref().is_none_or(told)
    }

    /// Withdraws what is not true any more; what is left.
    async fn still_true(
        &self,
        storage: &OwnedPlant,
        waiting: Vec<Notification>,
        now: WallTime,
    ) -> Result<Vec<Notification>, StorageError> {
        let (calls, news): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|one| one.notice.kind.calls());
        let mut alarms: Vec<AlarmId> = calls.iter().filter_map(|one| one.notice.alarm.clone()).collect();
        alarms.sort();
        alarms.dedup();
        let histories: HashMap<AlarmId, Vec<JournalEntry>> = if alarms.is_empty() {
            HashMap::new()
        } else {
            storage.alarm_history(&alarms, HISTORY).await?.into_iter().collect()
        };
        let over = |one: &Notification| {
            let history = histories.get(one.notice.alarm.as_ref()?)?;
            call_is_over(one.notice.occurrence?, history)
        };
        let mut left = self.withdraw(storage, calls, over, now).await?;
        // Only now it is known who was called, and who is to be.
        let occurrences: Vec<OccurrenceId> = news.iter().filter_map(|one| one.notice.occurrence).collect();
        let called: BTreeSet<_> = storage.notified(&occurrences).await?.into_iter().collect();
        let for_nobody = |one: &Notification| news_is_for_nobody(&one.notice, &one.contact, &called);
        left.extend(self.withdraw(storage, news, for_nobody, now).await?);
        Ok(left)
    }

    async fn withdraw(
        &self,
        storage: &OwnedPlant,
        waiting: Vec<Notification>,
        why: impl Fn(&Notification) -> Option<String>,
        now: WallTime,
    ) -> Result<Vec<Notification>, StorageError> {
        let (mut left, mut withdrawn) = (Vec::new(), Vec::new());
        for one in waiting {
            match why(&one) {
                None => left.push(one),
                Some(why) => withdrawn.push((one, why)),
            }
        }
        if !withdrawn.is_empty() {
            let rows: Vec<_> = withdrawn.iter().map(|(one, why)| (one.id, why.clone())).collect();
            storage.supersede_notifications(&rows, now).await?;
        }
        for (one, why) in &withdrawn {
            events::notification_superseded(storage.plant(), &self.condition.channel, &one.notice, why);
        }
        Ok(left)
    }

    pub fn send(&mut self) -> Channel {
        self.busy = true;
        self.channel.clone()
    }

    fn give_up(&mut self, plant: &PlantId, mut notification: Notification, now: WallTime) {
        let last = notification.last_error.take().unwrap_or_else(|| "it was never tried".into());
        notification.last_error = Some(format!("given up: {last}"));
        self.dies(plant, notification, now);
    }

    fn dies(&mut self, plant: &PlantId, mut notification: Notification, now: WallTime) {
        notification.state = NotificationState::Dead;
        notification.finished_at = Some(now);
        self.died = true;
        self.condition.last_error.clone_from(&notification.last_error);
        self.condition.failed_at = Some(now);
        events::notification_died(plant, &self.condition.channel, &notification.notice, self.last_error().as_deref());
        self.unrecorded.push((notification, self.condition.clone()));
    }

    /// An attempt has ended. `chance` is 0…1.
    pub fn tried(
        &mut self,
        plant: &PlantId,
        mut notification: Notification,
        outcome: Result<(), Undelivered>,
        now: WallTime,
        chance: f64,
    ) {
        self.busy = false;
        notification.attempts = notification.attempts.saturating_add(1);
        let Err(problem) = outcome else { return self.has_delivered(plant, notification, now) };
        notification.last_error = Some(problem.problem.clone());
        self.condition.last_error.clone_from(&notification.last_error);
        self.condition.failed_at = Some(now);
        events::notification_failed(plant, &self.condition.channel, &notification.notice, &problem.problem);
        match problem.kind {
            Trouble::Channel { retry_after } => {
                self.condition.failures = self.condition.failures.saturating_add(1);
                let until = now + pause_after(self.condition.failures, retry_after, chance);
                self.condition.resting_until = Some(until);
                notification.next_at = until;
            }
            Trouble::Later => notification.next_at = now + pause_after(notification.attempts, None, chance),
            Trouble::Notice => return self.dies(plant, notification, now),
            Trouble::Denied => {
                self.condition.failures = self.condition.failures.max(FAILURES_TOLD);
                return self.dies(plant, notification, now);
            }
        }
        self.unrecorded.push((notification, self.condition.clone()));
    }

    fn has_delivered(&mut self, plant: &PlantId, mut notification: Notification, now: WallTime) {
        notification.state = NotificationState::Delivered;
        notification.finished_at = Some(now);
        notification.last_error = None;
        self.condition.failures = 0;
        self.condition.resting_until = None;
        self.condition.last_error = None;
        self.condition.delivered_at = Some(now);
        self.died = false;
        self.delivered += 1;
        events::notification_delivered(plant, &self.condition.channel, &notification.notice);
        self.unrecorded.push((notification, self.condition.clone()));
    }
}

/// A person who tries a channel does not wait until it has rested.
fn is_fresh_test(notification: &Notification) -> bool {
    notification.notice.kind == NoticeKind::Test && notification.attempts == 0
}

/// Those before which nothing else waits of the same occurrence for the same contact: that it is over is not told before
/// that it began.
fn in_order(waiting: &[Notification]) -> Vec<&Notification> {
    let mut seen = HashSet::new();
    let is_first = |one: &&Notification| match one.notice.occurrence {
        Some(occurrence) => seen.insert((occurrence, one.contact.clone())),
        None => true,
    };
    waiting.iter().filter(is_first).collect()
}
