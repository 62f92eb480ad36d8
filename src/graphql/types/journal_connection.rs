//! The journal, page by page.

use std::sync::Arc;

use async_graphql::{InputObject, SimpleObject};
use chrono::{DateTime, Utc};

use super::journal_entry::TransitionKind;
use super::{JournalEntry, PageInfo};
use crate::domain;

/// Which rows of the journal.
#[derive(InputObject, Clone, Debug, Default)]
pub struct JournalFilter {
    /// Of this alarm.
    pub(in crate::graphql) alarm: Option<String>,
    /// Of alarms of this unit.
    pub(in crate::graphql) unit: Option<String>,
    /// Wall time from which on.
    pub(in crate::graphql) from: Option<DateTime<Utc>>,
    /// Wall time up to which.
    pub(in crate::graphql) to: Option<DateTime<Utc>>,
    /// Of one of these kinds.
    pub(in crate::graphql) kinds: Option<Vec<TransitionKind>>,
    /// Done by this person.
    pub(in crate::graphql) by: Option<String>,
    /// Alarm, person or comment contains this, whatever the case.
    pub(in crate::graphql) search: Option<String>,
}

/// One page of the journal, newest first.
#[derive(SimpleObject, Clone)]
pub struct JournalConnection {
    /// The rows of this page.
    edges: Vec<JournalEdge>,
    /// Where the page ends.
    page_info: PageInfo,
}

/// One row of a page.
#[derive(SimpleObject, Clone)]
pub struct JournalEdge {
    /// Pass it as `after` to go on behind this row.
    cursor: String,
    /// The row.
    node: JournalEntry,
}

impl JournalConnection {
    /// A page of rows with their cursors.
    pub(in crate::graphql) fn page(rows: Vec<(String, Arc<domain::JournalEntry>)>, has_next_page: bool) -> Self {
        let edges: Vec<JournalEdge> =
            rows.into_iter().map(|(cursor, row)| JournalEdge { cursor, node: JournalEntry::new(row) }).collect();
        let end_cursor = edges.last().map(|edge| edge.cursor.clone());
        Self { edges, page_info: PageInfo { has_next_page, end_cursor } }
    }
}
