//! One row of the journal.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, Result};
use chrono::{DateTime, Utc};

use super::alarm::occurrence_id;
use super::value::finite;
use super::{Alarm, AlarmState, Severity, global_id};
use crate::domain;
use crate::feed::Cursor;
use crate::graphql::scope;

/// What happened to an alarm.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "domain::TransitionKind")]
pub enum TransitionKind {
    /// A new occurrence was raised.
    Raised,
    /// The condition came back within an open occurrence.
    RaisedAgain,
    /// The open occurrence became more severe.
    Worsened,
    /// The condition was over.
    ReturnedToNormal,
    /// An operator took notice.
    Acknowledged,
    /// An operator reset a latched alarm.
    Reset,
    /// What it watches turned bad or stale, or good again.
    QualityChanged,
    /// It stood too long, so the operator was called again.
    ReAlarmed,
    /// An operator put it aside for a limited time.
    Shelved,
    /// An operator took it off the shelf.
    Unshelved,
    /// The time of its shelf was over.
    ShelfEnded,
    /// A design rule hides it.
    Suppressed,
    /// The design rule no longer holds.
    Unsuppressed,
    /// Maintenance took it out of service.
    TakenOutOfService,
    /// It came back into service.
    ReturnedToService,
    /// Somebody was given the care of it, or it was taken from them.
    Assigned,
    /// Somebody wrote a remark; nothing else changed.
    Commented,
    /// An approved change of the register took effect. Without `by`: the plant file runs as nobody has approved, or again as
    /// somebody has.
    ConfigurationChanged,
}

/// One row of the journal.
#[derive(Clone)]
pub struct JournalEntry(Arc<domain::JournalEntry>);

impl JournalEntry {
    /// A row of the journal.
    pub(in crate::graphql) fn new(entry: Arc<domain::JournalEntry>) -> Self {
        Self(entry)
    }

    /// Its number in the stream of alarm events.
    pub(in crate::graphql) fn cursor(entry: &domain::JournalEntry) -> Cursor {
        Cursor { epoch: entry.epoch, sequence: entry.sequence }
    }
}

/// One row of the journal.
#[Object]
impl JournalEntry {
    /// Global id.
    pub async fn id(&self) -> ID {
        global_id("JournalEntry", &Self::cursor(&self.0).to_string())
    }

    /// Which alarm, as it is now; as it was, when it is no longer configured.
    async fn alarm(&self, ctx: &Context<'_>) -> Result<Alarm> {
        let now = scope::alarm(ctx, self.0.alarm.as_str()).await?;
        Ok(now.unwrap_or_else(|| Alarm::of_entry(&scope::api(ctx).plant, &self.0)))
    }

    /// Which occurrence, where there is one.
    async fn occurrence_id(&self) -> Option<ID> {
        self.0.occurrence.map(occurrence_id)
    }

    /// What happened.
    async fn kind(&self) -> TransitionKind {
        self.0.kind.into()
    }

    /// The displayed state before.
    async fn from(&self) -> AlarmState {
        self.0.from.into()
    }

    /// The displayed state after.
    async fn to(&self) -> AlarmState {
        self.0.to.into()
    }

    /// Severity after it.
    async fn severity(&self) -> Severity {
        self.0.facts.severity.into()
    }

    /// When the plant says that it happened.
    async fn source_time(&self) -> DateTime<Utc> {
        self.0.source_time.to_datetime()
    }

    /// When it was decided.
    async fn wall_time(&self) -> DateTime<Utc> {
        self.0.wall_time.to_datetime()
    }

    /// The scan that caused it, where one did.
    async fn scan(&self) -> Option<u64> {
        self.0.scan
    }

    /// The value that decided, where one did.
    async fn value(&self) -> Option<f64> {
        self.0.value.and_then(finite)
    }

    /// The limit that it was compared with.
    async fn limit(&self) -> Option<f64> {
        self.0.limit.and_then(finite)
    }

    /// Who did it, for a command.
    async fn by(&self) -> Option<&str> {
        self.0.by.as_deref()
    }

    /// What they said.
    async fn comment(&self) -> Option<&str> {
        self.0.comment.as_deref()
    }

    /// From which client.
    async fn client(&self) -> Option<&str> {
        self.0.client.as_deref()
    }
}
