//! Who is told outside of TEP: channels, who is on duty, and the outbox.

use async_graphql::{Enum, ID, InputObject, SimpleObject};
use chrono::{DateTime, Utc};

use super::{PageInfo, Severity};
use crate::domain::{self, WallTime};
use crate::storage;

/// Why somebody is told.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "domain::NoticeKind")]
pub enum NoticeKind {
    /// A new occurrence calls for attention.
    Raised,
    /// The same occurrence calls again.
    Again,
    /// Nobody has taken notice for too long.
    Escalated,
    /// An operator has taken notice.
    Acknowledged,
    /// It was shelved, suppressed or taken out of service.
    Hidden,
    /// The occurrence is over.
    Closed,
    /// A person tries a channel.
    Test,
}

/// How far a notice has come.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "storage::NotificationState")]
pub enum NotificationState {
    /// It waits for its channel.
    Pending,
    /// The other end has taken it.
    Delivered,
    /// It is not tried any more, unless a person has it tried again.
    Dead,
    /// It was not true any more when its turn came, so it was withdrawn.
    Superseded,
}

/// How a channel is doing.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelState {
    /// Nothing was ever sent by it.
    Untried,
    /// What was tried last was delivered.
    Working,
    /// What was tried last was not delivered.
    Troubled,
}

/// What speaks at the other end of a channel.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "domain::ChannelKind")]
pub enum ChannelKind {
    /// An HTTP endpoint of one's own.
    Webhook,
    /// A mail server.
    Email,
    /// The Events API v2 of PagerDuty.
    PagerDuty,
}

/// Who is told of the alarms of this plant outside of TEP.
#[derive(SimpleObject, Clone)]
pub struct Notifications {
    /// The ways out; empty when none is configured.
    pub(in crate::graphql) channels: Vec<NotificationChannel>,
    /// Who is on duty.
    pub(in crate::graphql) rosters: Vec<NotificationRoster>,
    /// Which alarms go to whom.
    pub(in crate::graphql) routes: Vec<NotificationRoute>,
    /// The outbox, newest first.
    pub(in crate::graphql) outbox: NotificationConnection,
}

/// One way out, and how it is doing for this plant.
#[derive(SimpleObject, Clone)]
pub struct NotificationChannel {
    /// Its name.
    pub(in crate::graphql) key: String,
    /// What speaks at the other end.
    pub(in crate::graphql) kind: ChannelKind,
    /// Host and port.
    pub(in crate::graphql) place: String,
    /// How it is doing.
    pub(in crate::graphql) state: ChannelState,
    /// Whether its notices are to carry what was measured; the policies have the last word.
    pub(in crate::graphql) values: bool,
    /// Who is told by it.
    pub(in crate::graphql) contacts: Vec<String>,
    /// Notices that wait for it.
    pub(in crate::graphql) waiting: i32,
    /// Attempts that failed since the last that did not.
    pub(in crate::graphql) failures: i32,
    /// Nothing but a test is tried before this.
    pub(in crate::graphql) resting_until: Option<DateTime<Utc>>,
    /// Why the last attempt failed, if it did.
    pub(in crate::graphql) last_error: Option<String>,
    /// When an attempt last failed.
    pub(in crate::graphql) failed_at: Option<DateTime<Utc>>,
    /// When a notice was last delivered.
    pub(in crate::graphql) delivered_at: Option<DateTime<Utc>>,
}

/// Who is on duty.
#[derive(SimpleObject, Clone)]
pub struct NotificationRoster {
    /// Its name.
    pub(in crate::graphql) key: String,
    /// Who is on duty now.
    pub(in crate::graphql) on_duty: Vec<String>,
    /// What a clock on its wall shows now, `Wed 25 Nov 23:10`.
    pub(in crate::graphql) local_time: String,
}

/// Which alarms go to whom.
#[derive(SimpleObject, Clone)]
pub struct NotificationRoute {
    /// Its name.
    pub(in crate::graphql) key: String,
    /// Only alarms that are at least as severe.
    pub(in crate::graphql) severity: Severity,
    /// Only alarms of these units; empty for all.
    pub(in crate::graphql) units: Vec<String>,
    /// Whether less severe alarms wait now, since it is quiet.
    pub(in crate::graphql) quiet: bool,
    /// Who is told, in the order of time.
    pub(in crate::graphql) steps: Vec<NotificationStep>,
}

/// One step of a route.
#[derive(SimpleObject, Clone)]
pub struct NotificationStep {
    /// When nobody has taken notice for so long, seconds.
    pub(in crate::graphql) after_seconds: i32,
    /// Names of contacts and rosters.
    pub(in crate::graphql) notify: Vec<String>,
}

/// One row of the outbox.
#[derive(SimpleObject, Clone)]
pub struct Notification {
    /// Its id.
    id: ID,
    /// The same for every attempt; who receives it twice can tell by it.
    key: String,
    /// Why somebody is told.
    kind: NoticeKind,
    /// By which channel.
    channel: String,
    /// Who is told.
    contact: String,
    /// The alarm's id in the plant; null for a test.
    alarm: Option<String>,
    /// What is told.
    title: String,
    /// How bad it was.
    severity: Severity,
    /// How far it has come.
    state: NotificationState,
    /// How often it was tried.
    attempts: i32,
    /// When it was put into the outbox.
    created_at: DateTime<Utc>,
    /// Not to be tried before this.
    next_at: DateTime<Utc>,
    /// Not to be tried after this.
    give_up_at: DateTime<Utc>,
    /// When it was delivered, died or was withdrawn.
    finished_at: Option<DateTime<Utc>>,
    /// Why the last attempt failed, or why it was withdrawn.
    last_error: Option<String>,
}

impl From<storage::Notification> for Notification {
    fn from(row: storage::Notification) -> Self {
        Self {
            id: ID(row.id.to_string()),
            key: row.notice.key,
            kind: row.notice.kind.into(),
            channel: row.channel.to_string(),
            contact: row.contact.to_string(),
            alarm: row.notice.alarm.map(|alarm| alarm.to_string()),
            title: row.notice.title,
            severity: row.notice.severity.into(),
            state: row.state.into(),
            attempts: i32::try_from(row.attempts).unwrap_or(i32::MAX),
            created_at: row.created.to_datetime(),
            next_at: row.next_at.to_datetime(),
            give_up_at: row.give_up_at.to_datetime(),
            finished_at: row.finished_at.map(WallTime::to_datetime),
            last_error: row.last_error,
        }
    }
}

/// Which rows of the outbox.
#[derive(InputObject, Clone, Debug, Default)]
pub struct NotificationFilter {
    /// Of these states; without, of all.
    pub(in crate::graphql) states: Option<Vec<NotificationState>>,
    /// Of this channel.
    pub(in crate::graphql) channel: Option<String>,
    /// About this alarm.
    pub(in crate::graphql) alarm: Option<String>,
}

/// One page of the outbox, newest first.
#[derive(SimpleObject, Clone)]
pub struct NotificationConnection {
    /// The rows of this page.
    edges: Vec<NotificationEdge>,
    /// Where the page ends.
    page_info: PageInfo,
}

/// One row of a page.
#[derive(SimpleObject, Clone)]
pub struct NotificationEdge {
    /// Pass it as `after` to go on behind this row.
    cursor: String,
    /// The row.
    node: Notification,
}

impl NotificationConnection {
    /// A page of rows.
    pub(in crate::graphql) fn page(rows: Vec<storage::Notification>, has_next_page: bool) -> Self {
        let edge = |row: storage::Notification| NotificationEdge {
            cursor: format!("{}.{}", row.created.as_micros(), row.id),
            node: Notification::from(row),
        };
        let edges: Vec<NotificationEdge> = rows.into_iter().map(edge).collect();
        let end_cursor = edges.last().map(|edge| edge.cursor.clone());
        Self { edges, page_info: PageInfo { has_next_page, end_cursor } }
    }

    /// Where a page ends, as [`NotificationConnection::page`] writes it.
    pub(in crate::graphql) fn read_cursor(text: &str) -> Option<storage::NotificationCursor> {
        let (created, id) = text.split_once('.')?;
        let created = WallTime::from_micros(created.parse().ok()?);
        Some(storage::NotificationCursor { created, id: id.parse().ok()? })
    }
}
