//! Forgets what is older than the configuration asks to keep.

use std::collections::BTreeSet;
use std::time::Duration;

use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter};

use super::entities::{alarm_current, alarm_journal};
use super::{OwnedPlant, Result, history};
use crate::domain::{OccurrenceId, SourceTime, WallTime};

const DAY: Duration = Duration::from_secs(24 * 3_600);

/// What was forgotten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RetentionReport {
    /// Sealed files.
    pub history_files: u64,
    /// Their size in bytes.
    pub history_bytes: u64,
    /// Rows of the alarm journal.
    pub journal_rows: u64,
    /// Results of commands.
    pub command_results: u64,
    /// Sessions that had ended.
    pub sessions: u64,
    /// Bundles of evidence, with what was explained from them.
    pub evidence: u64,
    /// Incidents of which nobody has said anything.
    pub incidents: u64,
}

impl OwnedPlant {
    /// Deletes sealed history and journal rows beyond the configured age, results of commands after two days, and sessions
    /// a month after their end; evidence and explanations go with the journal, those that a person has judged excepted. The rows from which current alarms are restored stay, however old: the last row of each
    /// alarm and every row of an open occurrence.
    ///
    /// # Errors
    /// What was deleted by then stays deleted; call it again.
    pub async fn apply_retention(&self, now_source: SourceTime, now_wall: WallTime) -> Result<RetentionReport> {
        const WHAT: &str = "forget what is too old";
        let mut report = RetentionReport::default();
        let keep = self.keep();
        if keep.history_days > 0 {
            let before = now_source - DAY * keep.history_days;
            let history = self.0.history.clone();
            let removed = history::blocking(WHAT, move || history.remove_before(before)).await?;
            (report.history_files, report.history_bytes) = (removed.files, removed.bytes);
        }
        if keep.journal_days > 0 {
            let before = now_wall - DAY * keep.journal_days;
            report.journal_rows = self.forget_journal(before).await?;
            report.evidence = self.forget_explanations(before).await?;
            report.incidents = self.forget_incidents(before).await?;
        }
        report.command_results = self.idempotency_purge(now_wall - 2 * DAY).await?;
        report.sessions = self.forget_sessions(now_wall - 30 * DAY).await?;
        Ok(report)
    }

    async fn forget_journal(&self, before: WallTime) -> Result<u64> {
        const WHAT: &str = "forget old rows of the journal";
        use alarm_journal::{Column, Entity};
        let alarms = self.load_alarms().await?;
        let open: BTreeSet<String> = alarms
            .iter()
            .filter(|(_, facts, _)| facts.open)
            .filter_map(|(_, facts, _)| facts.occurrence.as_ref().map(OccurrenceId::to_string))
            .collect();
        let is_last = Query::select()
            .expr(Expr::val(1))
            .from(alarm_current::Entity)
            .and_where(alarm_current::Column::Plant.into_expr().equals((Entity, Column::Plant)))
            .and_where(alarm_current::Column::Epoch.into_expr().equals((Entity, Column::Epoch)))
            .and_where(alarm_current::Column::Sequence.into_expr().equals((Entity, Column::Sequence)))
            .take();
        let of_no_open = Condition::any().add(Column::Occurrence.is_null()).add(Column::Occurrence.is_not_in(open));
        let tx = self.begin_fenced(WHAT).await?;
        let gone = Entity::delete_many()
            .filter(Column::Plant.eq(self.plant_id()))
            .filter(Column::WallTime.lt(before.as_micros()))
            .filter(of_no_open)
            .filter(Expr::exists(is_last).not())
            .exec(&tx)
            .await
            .map_err(self.failed(WHAT))?;
        self.commit(WHAT, tx).await?;
        Ok(gone.rows_affected)
    }
}
