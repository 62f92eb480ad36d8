//! Reading the outbox, and the rows as values.

use sea_orm::sea_query::ExprTrait;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::tables::{notification, notification_channel, notification_mark, notification_watch};
use super::{ChannelCondition, KEEP, Notification, NotificationState};
use crate::alarms::notification::Watch;
use crate::domain::{AlarmId, ChannelName, ContactName, NoticeKind, OccurrenceId, WallTime};
use crate::storage::{JournalFilter, PlantStorage, Result, storable, storable_option};

const READ: &str = "read the outbox of notices";

/// Which rows of the outbox to show; an empty filter shows all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NotificationFilter {
    /// Only of these states; empty for all.
    pub states: Vec<NotificationState>,
    /// Only of this channel.
    pub channel: Option<ChannelName>,
    /// Only about this alarm.
    pub alarm: Option<AlarmId>,
}

/// Where a page of the outbox ends: the page after it goes on below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotificationCursor {
    /// When the row was put there.
    pub created: WallTime,
    /// Tells rows of the same moment apart.
    pub id: Uuid,
}

impl PlantStorage {
    /// Up to which place of the journal notices have been worked out; `None` when none ever was.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn notification_mark(&self) -> Result<Option<(i64, i64)>> {
        let found = notification_mark::Entity::find_by_id(self.plant_id().to_owned()).one(&self.db().read).await;
        Ok(found.map_err(self.failed(READ))?.map(|row| (row.epoch, row.sequence)))
    }

    /// The place of the newest row of the journal; `(0, 0)` when it is empty.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn journal_tip(&self) -> Result<(i64, i64)> {
        let newest = self.journal_page(&JournalFilter::default(), None, 1).await?;
        Ok(newest.first().map_or((0, 0), |row| (row.cursor.epoch, row.cursor.sequence)))
    }

    /// Everything that is on watch.
    ///
    /// # Errors
    /// When the database does not answer or a row cannot be read.
    pub async fn notification_watches(&self) -> Result<Vec<Watch>> {
        let rows = notification_watch::Entity::find()
            .filter(notification_watch::Column::Plant.eq(self.plant_id()))
            .order_by_asc(notification_watch::Column::Alarm)
            .order_by_asc(notification_watch::Column::Route)
            .all(&self.db().read)
            .await
            .map_err(self.failed(READ))?;
        rows.into_iter().map(|row| self.watch_of(row)).collect()
    }

    /// Who was called for these occurrences, may have been, or is to be; each contact of an occurrence once. Whoever had a
    /// call withdrawn before it was ever tried has heard of nothing.
    ///
    /// # Errors
    /// When the database does not answer or a row cannot be read.
    pub async fn notified(&self, occurrences: &[OccurrenceId]) -> Result<Vec<(OccurrenceId, ContactName)>> {
        use notification::Column;
        if occurrences.is_empty() {
            return Ok(Vec::new());
        }
        let calls = NoticeKind::ALL.into_iter().filter(|kind| kind.calls()).map(NoticeKind::word);
        let may_have_arrived =
            Condition::any().add(Column::Attempts.gt(0)).add(Column::State.eq(NotificationState::Delivered.word()));
        let found: Vec<(Option<String>, String)> = notification::Entity::find()
            .select_only()
            .columns([Column::Occurrence, Column::Contact])
            .distinct()
            .filter(Column::Plant.eq(self.plant_id()))
            .filter(Column::Occurrence.is_in(occurrences.iter().map(ToString::to_string)))
            .filter(Column::Kind.is_in(calls))
            .filter(Condition::any().add(may_have_arrived).add(Column::State.eq(NotificationState::Pending.word())))
            .order_by_asc(Column::Occurrence)
            .order_by_asc(Column::Contact)
            .into_tuple()
            .all(&self.db().read)
            .await
            .map_err(self.failed(READ))?;
        let read = |(occurrence, contact): (Option<String>, String)| {
            let occurrence = occurrence.unwrap_or_default();
            let occurrence =
                occurrence.parse().map_err(|e| self.corrupt(READ, format!("occurrence {occurrence}: {e}")))?;
            Ok((occurrence, ContactName::from(contact)))
        };
        found.into_iter().map(read).collect()
    }

    /// Notices that wait for a channel, in the order in which they go out.
    ///
    /// # Errors
    /// When the database does not answer or a row cannot be read.
    pub async fn notifications_waiting(&self, channel: &ChannelName, limit: u64) -> Result<Vec<Notification>> {
        use notification::Column;
        let rows = notification::Entity::find()
            .filter(Column::Plant.eq(self.plant_id()))
            .filter(Column::State.eq(NotificationState::Pending.word()))
            .filter(Column::Channel.eq(channel.as_str()))
            .order_by_asc(Column::Created)
            .order_by_asc(Column::Id)
            .limit(limit)
            .all(&self.db().read)
            .await
            .map_err(self.failed(READ))?;
        rows.into_iter().map(|row| self.notification_of(row)).collect()
    }

    /// A page of the outbox, newest first: below `before`, or from the top.
    ///
    /// # Errors
    /// When the database does not answer or a row cannot be read.
    pub async fn notification_page(
        &self,
        filter: &NotificationFilter,
        before: Option<NotificationCursor>,
        limit: u64,
    ) -> Result<Vec<Notification>> {
        use notification::Column;
        let below = before.map(|at| {
            let created = at.created.as_micros();
            Condition::any()
                .add(Column::Created.lt(created))
                .add(Column::Created.eq(created).and(Column::Id.lt(at.id.to_string())))
        });
        let states = (!filter.states.is_empty()).then(|| filter.states.iter().map(|state| state.word()));
        let condition = Condition::all()
            .add(Column::Plant.eq(self.plant_id()))
            .add_option(below)
            .add_option(states.map(|states| Column::State.is_in(states)))
            .add_option(filter.channel.as_ref().map(|channel| Column::Channel.eq(channel.as_str())))
            .add_option(filter.alarm.as_ref().map(|alarm| Column::Alarm.eq(alarm.as_str())));
        let rows = notification::Entity::find()
            .filter(condition)
            .order_by_desc(Column::Created)
            .order_by_desc(Column::Id)
            .limit(limit)
            .all(&self.db().read)
            .await
            .map_err(self.failed(READ))?;
        rows.into_iter().map(|row| self.notification_of(row)).collect()
    }

    /// One notice.
    ///
    /// # Errors
    /// When the database does not answer or the row cannot be read.
    pub async fn notification(&self, id: Uuid) -> Result<Option<Notification>> {
        let key = (self.plant_id().to_owned(), id.to_string());
        let found = notification::Entity::find_by_id(key).one(&self.db().read).await.map_err(self.failed(READ))?;
        found.map(|row| self.notification_of(row)).transpose()
    }

    /// How many notices wait for a channel.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn notifications_waiting_count(&self, channel: &ChannelName) -> Result<u64> {
        use sea_orm::PaginatorTrait;
        notification::Entity::find()
            .filter(notification::Column::Plant.eq(self.plant_id()))
            .filter(notification::Column::State.eq(NotificationState::Pending.word()))
            .filter(notification::Column::Channel.eq(channel.as_str()))
            .count(&self.db().read)
            .await
            .map_err(self.failed(READ))
    }

    /// How every channel is doing by which anything was ever tried.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn channel_conditions(&self) -> Result<Vec<ChannelCondition>> {
        let rows = notification_channel::Entity::find()
            .filter(notification_channel::Column::Plant.eq(self.plant_id()))
            .order_by_asc(notification_channel::Column::Channel)
            .all(&self.db().read)
            .await
            .map_err(self.failed(READ))?;
        Ok(rows
            .into_iter()
            .map(|row| ChannelCondition {
                channel: ChannelName::from(row.channel),
                failures: u32::try_from(row.failures).unwrap_or(u32::MAX),
                resting_until: row.resting_until.map(WallTime::from_micros),
                last_error: row.last_error,
                failed_at: row.failed_at.map(WallTime::from_micros),
                delivered_at: row.delivered_at.map(WallTime::from_micros),
            })
            .collect())
    }

    pub(super) fn notification_row(&self, one: &Notification) -> Result<notification::Model> {
        let notice = serde_json::to_string(&one.notice).map_err(|e| self.corrupt(KEEP, e))?;
        Ok(notification::Model {
            plant: self.plant_id().to_owned(),
            id: one.id.to_string(),
            dedup_key: one.notice.key.clone(),
            channel: one.channel.to_string(),
            contact: one.contact.to_string(),
            address: storable_option(one.address.as_ref()),
            alarm: one.notice.alarm.as_ref().map(ToString::to_string),
            occurrence: one.notice.occurrence.map(|occurrence| occurrence.to_string()),
            kind: one.notice.kind.word().to_owned(),
            notice: storable(&notice),
            state: one.state.word().to_owned(),
            attempts: i64::from(one.attempts),
            created: one.created.as_micros(),
            next_at: one.next_at.as_micros(),
            give_up_at: one.give_up_at.as_micros(),
            finished_at: one.finished_at.map(WallTime::as_micros),
            last_error: storable_option(one.last_error.as_ref()),
        })
    }

    fn notification_of(&self, row: notification::Model) -> Result<Notification> {
        let corrupt = |problem: String| self.corrupt(READ, format!("notice {}: {problem}", row.id));
        let state = NotificationState::ALL.into_iter().find(|state| state.word() == row.state);
        Ok(Notification {
            id: row.id.parse().map_err(|e: uuid::Error| corrupt(e.to_string()))?,
            notice: serde_json::from_str(&row.notice).map_err(|e| corrupt(e.to_string()))?,
            state: state.ok_or_else(|| corrupt(format!("state {:?}", row.state)))?,
            channel: ChannelName::from(row.channel),
            contact: ContactName::from(row.contact),
            address: row.address,
            attempts: u32::try_from(row.attempts).unwrap_or(u32::MAX),
            created: WallTime::from_micros(row.created),
            next_at: WallTime::from_micros(row.next_at),
            give_up_at: WallTime::from_micros(row.give_up_at),
            finished_at: row.finished_at.map(WallTime::from_micros),
            last_error: row.last_error,
        })
    }

    pub(super) fn watch_row(&self, watch: &Watch) -> Result<notification_watch::Model> {
        let severity = serde_json::to_string(&watch.severity).map_err(|e| self.corrupt(KEEP, e))?;
        Ok(notification_watch::Model {
            plant: self.plant_id().to_owned(),
            alarm: watch.alarm.to_string(),
            route: watch.route.clone(),
            occurrence: watch.occurrence.to_string(),
            severity: severity.trim_matches('"').to_owned(),
            again: watch.again,
            since: watch.since.as_micros(),
            epoch: watch.place.0,
            sequence: watch.place.1,
            next_step: i64::try_from(watch.next).unwrap_or(i64::MAX),
        })
    }

    fn watch_of(&self, row: notification_watch::Model) -> Result<Watch> {
        let corrupt = |problem: String| self.corrupt(READ, format!("the watch of {}: {problem}", row.alarm));
        Ok(Watch {
            occurrence: row.occurrence.parse().map_err(|e: uuid::Error| corrupt(e.to_string()))?,
            severity: serde_json::from_value(row.severity.clone().into()).map_err(|e| corrupt(e.to_string()))?,
            route: row.route,
            alarm: AlarmId::from(row.alarm),
            again: row.again,
            since: WallTime::from_micros(row.since),
            place: (row.epoch, row.sequence),
            next: usize::try_from(row.next_step).unwrap_or(usize::MAX),
        })
    }
}
