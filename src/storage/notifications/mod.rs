//! The outbox of notices: what is to be told to whom, and how far that has come.
//!
//! A notice, the place in the journal up to which it was worked out, and who is on watch change in one transaction, so a
//! notifier that dies at any moment neither loses a notice nor makes a second one.

mod read;
mod tables;

use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, IntoActiveModel, QueryFilter};
use uuid::Uuid;

pub use self::read::{NotificationCursor, NotificationFilter};
use self::tables::{notification, notification_channel, notification_mark, notification_watch};
use super::{OwnedPlant, PlantStorage, Result, patiently, storable};
use crate::alarms::notification::Watch;
use crate::domain::{ChannelName, ContactName, Notice, WallTime};

const KEEP: &str = "keep notices";
/// Rows in one statement, below what either database takes.
const ROWS_A_STATEMENT: usize = 500;

/// How far a notice has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotificationState {
    /// It waits for its channel.
    Pending,
    /// The other end has taken it.
    Delivered,
    /// It is not tried any more; a person may have it tried again.
    Dead,
    /// It was not true any more when its turn came, so it was withdrawn; `last_error` says why.
    Superseded,
}

impl NotificationState {
    const ALL: [Self; 4] = [Self::Pending, Self::Delivered, Self::Dead, Self::Superseded];

    const fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Dead => "dead",
            Self::Superseded => "superseded",
        }
    }
}

/// A row of the outbox.
#[derive(Clone, Debug, PartialEq)]
pub struct Notification {
    /// Its id.
    pub id: Uuid,
    /// By which channel it goes.
    pub channel: ChannelName,
    /// To whom.
    pub contact: ContactName,
    /// The address within the channel.
    pub address: Option<String>,
    /// What it says.
    pub notice: Notice,
    /// How far it has come.
    pub state: NotificationState,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was put into the outbox; rows go out in this order.
    pub created: WallTime,
    /// Not to be tried before this.
    pub next_at: WallTime,
    /// Not to be tried after this.
    pub give_up_at: WallTime,
    /// When it was delivered, died or was withdrawn.
    pub finished_at: Option<WallTime>,
    /// Why the last attempt failed, or why it was withdrawn.
    pub last_error: Option<String>,
}

/// How a channel is doing in a plant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelCondition {
    /// Which.
    pub channel: ChannelName,
    /// Attempts that failed since the last that did not.
    pub failures: u32,
    /// Nothing is tried before this.
    pub resting_until: Option<WallTime>,
    /// Why the last attempt failed, if it did.
    pub last_error: Option<String>,
    /// When an attempt last failed.
    pub failed_at: Option<WallTime>,
    /// When a notice was last delivered.
    pub delivered_at: Option<WallTime>,
}

impl ChannelCondition {
    /// A channel of which nothing is known.
    pub fn unknown(channel: ChannelName) -> Self {
        Self { channel, failures: 0, resting_until: None, last_error: None, failed_at: None, delivered_at: None }
    }
}

/// What follows from a stretch of the journal, or from time.
#[derive(Clone, Debug, Default)]
pub struct NotificationStep {
    /// Everything up to this epoch and sequence is in it.
    pub mark: (i64, i64),
    /// What is to be told.
    pub notices: Vec<Notification>,
    /// Everything that is on watch from now on.
    pub watches: Vec<Watch>,
}

impl OwnedPlant {
    /// Keeps what follows from the journal up to a mark: all of it or nothing. A notice whose key and contact are in the
    /// outbox already is not doubled.
    ///
    /// # Errors
    /// When it could not be made durable; `Fenced` when the plant is no longer ours.
    pub async fn keep_notifications(&self, step: &NotificationStep) -> Result<()> {
        let rows = step.notices.iter().map(|notice| self.notification_row(notice)).collect::<Result<Vec<_>>>()?;
        let watches = step.watches.iter().map(|watch| self.watch_row(watch)).collect::<Result<Vec<_>>>()?;
        patiently(|| async {
            let tx = self.begin_fenced(KEEP).await?;
            self.write_step(&tx, step.mark, &rows, &watches).await.map_err(self.failed(KEEP))?;
            self.commit(KEEP, tx).await
        })
        .await
    }

    async fn write_step(
        &self,
        tx: &DatabaseTransaction,
        (epoch, sequence): (i64, i64),
        rows: &[notification::Model],
        watches: &[notification_watch::Model],
    ) -> std::result::Result<(), DbErr> {
        let once = OnConflict::columns([
            notification::Column::Plant,
            notification::Column::DedupKey,
            notification::Column::Contact,
        ])
        .do_nothing()
        .to_owned();
        for chunk in rows.chunks(ROWS_A_STATEMENT) {
            let rows = chunk.iter().map(|row| row.clone().into_active_model());
            notification::Entity::insert_many(rows).on_conflict(once.clone()).exec_without_returning(tx).await?;
        }
        notification_watch::Entity::delete_many()
            .filter(notification_watch::Column::Plant.eq(self.plant_id()))
            .exec(tx)
            .await?;
        for chunk in watches.chunks(ROWS_A_STATEMENT) {
            let rows = chunk.iter().map(|row| row.clone().into_active_model());
            notification_watch::Entity::insert_many(rows).exec_without_returning(tx).await?;
        }
        let mark = notification_mark::Model { plant: self.plant_id().to_owned(), epoch, sequence };
        let newer = OnConflict::column(notification_mark::Column::Plant)
            .update_columns([notification_mark::Column::Epoch, notification_mark::Column::Sequence])
            .to_owned();
        notification_mark::Entity::insert(mark.into_active_model())
            .on_conflict(newer)
            .exec_without_returning(tx)
            .await?;
        Ok(())
    }

    /// Remembers how an attempt at a notice went, and how its channel is after it. A notice that a person has had tried
    /// again meanwhile is not touched.
    ///
    /// # Errors
    /// When it could not be made durable; `Fenced` when the plant is no longer ours.
    pub async fn notification_tried(&self, after: &Notification, channel: &ChannelCondition) -> Result<()> {
        const WHAT: &str = "remember how a notice went";
        patiently(|| async {
            let tx = self.begin_fenced(WHAT).await?;
            self.write_attempt(&tx, after, channel).await.map_err(self.failed(WHAT))?;
            self.commit(WHAT, tx).await
        })
        .await
    }

    async fn write_attempt(
        &self,
        tx: &DatabaseTransaction,
        after: &Notification,
        channel: &ChannelCondition,
    ) -> std::result::Result<(), DbErr> {
        use notification::Column;
        notification::Entity::update_many()
            .col_expr(Column::State, Expr::value(after.state.word()))
            .col_expr(Column::Attempts, Expr::value(i64::from(after.attempts)))
            .col_expr(Column::NextAt, Expr::value(after.next_at.as_micros()))
            .col_expr(Column::FinishedAt, Expr::value(after.finished_at.map(WallTime::as_micros)))
            .col_expr(Column::LastError, Expr::value(after.last_error.as_deref().map(storable)))
            .filter(Column::Plant.eq(self.plant_id()))
            .filter(Column::Id.eq(after.id.to_string()))
            .filter(Column::State.eq(NotificationState::Pending.word()))
            .exec(tx)
            .await?;
        let row = notification_channel::ActiveModel {
            plant: Set(self.plant_id().to_owned()),
            channel: Set(channel.channel.to_string()),
            failures: Set(i64::from(channel.failures)),
            resting_until: Set(channel.resting_until.map(WallTime::as_micros)),
            last_error: Set(channel.last_error.as_deref().map(storable)),
            failed_at: Set(channel.failed_at.map(WallTime::as_micros)),
            delivered_at: Set(channel.delivered_at.map(WallTime::as_micros)),
        };
        use notification_channel::Column as Channel;
        let replace = OnConflict::columns([Channel::Plant, Channel::Channel])
            .update_columns([
                Channel::Failures,
                Channel::RestingUntil,
                Channel::LastError,
                Channel::FailedAt,
                Channel::DeliveredAt,
            ])
            .to_owned();
        notification_channel::Entity::insert(row).on_conflict(replace).exec_without_returning(tx).await?;
        Ok(())
    }

    /// Withdraws notices that wait, each with the reason why it is not true any more: all of them or none.
    ///
    /// # Errors
    /// When it could not be made durable; `Fenced` when the plant is no longer ours.
    pub async fn supersede_notifications(&self, withdrawn: &[(Uuid, String)], now: WallTime) -> Result<()> {
        const WHAT: &str = "withdraw notices";
        patiently(|| async {
            let tx = self.begin_fenced(WHAT).await?;
            for (id, why) in withdrawn {
                self.write_withdrawal(&tx, *id, why, now).await.map_err(self.failed(WHAT))?;
            }
            self.commit(WHAT, tx).await
        })
        .await
    }

    async fn write_withdrawal(
        &self,
        tx: &DatabaseTransaction,
        id: Uuid,
        why: &str,
        now: WallTime,
    ) -> std::result::Result<(), DbErr> {
        use notification::Column;
        notification::Entity::update_many()
            .col_expr(Column::State, Expr::value(NotificationState::Superseded.word()))
            .col_expr(Column::FinishedAt, Expr::value(Some(now.as_micros())))
            .col_expr(Column::LastError, Expr::value(Some(storable(why))))
            .filter(Column::Plant.eq(self.plant_id()))
            .filter(Column::Id.eq(id.to_string()))
            .filter(Column::State.eq(NotificationState::Pending.word()))
            .exec(tx)
            .await?;
        Ok(())
    }

    /// Forgets what was delivered or died before a time; returns how many.
    ///
    /// # Errors
    /// When the database does not answer; `Fenced` when the plant is no longer ours.
    pub async fn forget_notifications(&self, before: WallTime) -> Result<u64> {
        const WHAT: &str = "forget old notices";
        let tx = self.begin_fenced(WHAT).await?;
        let forgotten = notification::Entity::delete_many()
            .filter(notification::Column::Plant.eq(self.plant_id()))
            .filter(notification::Column::FinishedAt.lt(before.as_micros()))
            .exec(&tx)
            .await
            .map_err(self.failed(WHAT))?;
        self.commit(WHAT, tx).await?;
        Ok(forgotten.rows_affected)
    }
}

impl PlantStorage {
    /// Puts a notice into the outbox that a person has asked for, whoever owns the plant: the owner's notifier finds it
    /// there like any other.
    ///
    /// # Errors
    /// When it could not be made durable; `Conflict` when its id is taken.
    pub async fn order_notification(&self, notice: &Notification) -> Result<()> {
        let row = self.notification_row(notice)?;
        notification::Entity::insert(row.into_active_model())
            .exec_without_returning(&self.db().write)
            .await
            .map_err(self.failed(KEEP))?;
        Ok(())
    }

    /// Has a dead notice tried again from now on, until `give_up_at`; false when there is no dead notice of this id.
    ///
    /// # Errors
    /// When it could not be made durable.
    pub async fn revive_notification(&self, id: Uuid, now: WallTime, give_up_at: WallTime) -> Result<bool> {
        use notification::Column;
        let revived = notification::Entity::update_many()
            .col_expr(Column::State, Expr::value(NotificationState::Pending.word()))
            .col_expr(Column::NextAt, Expr::value(now.as_micros()))
            .col_expr(Column::GiveUpAt, Expr::value(give_up_at.as_micros()))
            .col_expr(Column::FinishedAt, Expr::value(None::<i64>))
            .filter(Column::Plant.eq(self.plant_id()))
            .filter(Column::Id.eq(id.to_string()))
            .filter(Column::State.eq(NotificationState::Dead.word()))
            .exec(&self.db().write)
            .await
            .map_err(self.failed("have a notice tried again"))?;
        Ok(revived.rows_affected > 0)
    }
}
