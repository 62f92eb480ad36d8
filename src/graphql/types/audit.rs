//! The audit: who did what, and what was refused.

use async_graphql::{ID, InputObject, SimpleObject};
use chrono::{DateTime, Utc};

use super::PageInfo;
use crate::domain::WallTime;
use crate::storage::{self, AuditCursor};

/// Somebody ordered something, or was refused it.
#[derive(SimpleObject, Clone, Debug)]
pub struct AuditEntry {
    /// Its id.
    id: ID,
    /// When, wall time.
    at: DateTime<Utc>,
    /// Who: a user's name, `nobody` for somebody who has not signed in, `TEP` for the program itself.
    who: String,
    /// What they did or wanted to do: an action of the policies, for example `alarm:shelve`, or a few words.
    action: String,
    /// To what, for example `alarm:tennessee-eastman/XMEAS_7/HIGH`.
    on: String,
    /// The decision: whether they could.
    allowed: bool,
    /// How it was before, for a change.
    before: Option<String>,
    /// What was ordered, or why it was refused.
    what: Option<String>,
    /// From which client: an address and a program.
    client: Option<String>,
}

/// Which rows of the audit; without any, all.
#[derive(InputObject, Clone, Debug, Default)]
pub struct AuditFilter {
    /// Done or wanted by this person.
    pub(in crate::graphql) who: Option<String>,
    /// Of this action.
    pub(in crate::graphql) action: Option<String>,
    /// From this moment on, wall time.
    pub(in crate::graphql) from: Option<DateTime<Utc>>,
    /// Up to this moment and not at it, wall time.
    pub(in crate::graphql) to: Option<DateTime<Utc>>,
    /// Only what was refused.
    #[graphql(default)]
    pub(in crate::graphql) refused: bool,
}

impl From<AuditFilter> for storage::AuditFilter {
    fn from(AuditFilter { who, action, from, to, refused }: AuditFilter) -> Self {
        let said = |words: Option<String>| words.map(|words| words.trim().to_owned()).filter(|words| !words.is_empty());
        Self {
            who: said(who),
            action: said(action),
            from: from.map(WallTime::from_datetime),
            to: to.map(WallTime::from_datetime),
            allowed: refused.then_some(false),
        }
    }
}

/// One page of the audit, newest first.
#[derive(SimpleObject, Clone, Debug)]
pub struct AuditConnection {
    /// The rows of this page.
    edges: Vec<AuditEdge>,
    /// Where the page ends.
    page_info: PageInfo,
}

/// One row of a page.
#[derive(SimpleObject, Clone, Debug)]
pub struct AuditEdge {
    /// Pass it as `after` to go on behind this row.
    cursor: String,
    /// The row.
    node: AuditEntry,
}

impl AuditConnection {
    /// A page of rows.
    pub(in crate::graphql) fn page(rows: Vec<(AuditCursor, storage::AuditEntry)>, has_next_page: bool) -> Self {
        let edge = |(at, row): (AuditCursor, storage::AuditEntry)| AuditEdge {
            cursor: format!("{}.{}", at.at.as_micros(), at.id),
            node: AuditEntry {
                id: ID(at.id),
                at: row.at.to_datetime(),
                who: row.who,
                action: row.action,
                on: row.resource,
                allowed: row.allowed,
                before: row.before,
                what: row.after,
                client: row.from_where,
            },
        };
        let edges: Vec<AuditEdge> = rows.into_iter().map(edge).collect();
        let end_cursor = edges.last().map(|edge| edge.cursor.clone());
        Self { edges, page_info: PageInfo { has_next_page, end_cursor } }
    }

    /// Where a page ends, as [`AuditConnection::page`] writes it.
    pub(in crate::graphql) fn read_cursor(text: &str) -> Option<AuditCursor> {
        let (at, id) = text.split_once('.')?;
        Some(AuditCursor { at: WallTime::from_micros(at.parse().ok()?), id: id.to_owned() })
    }
}
