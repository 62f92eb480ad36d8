//! The board of alarm performance: from the statistics that follow the plant where they can say, else from the journal.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::Api;
use super::api::storage_error;
use super::error::ApiError;
use super::types::AlarmKpis;
use crate::alarms::{KPI_WINDOW, KpiReport, RUN_UP, Tally};
use crate::domain::{AlarmId, Console, WallTime};

/// The longest interval of which a board is drawn.
const INTERVAL_MAX: Duration = Duration::from_secs(93 * 24 * 3600);

/// Rows that are read at once.
const PAGE: u64 = 1_000;

/// Rows of which a board is drawn at most: what takes longer than a request may take is better asked of a shorter interval.
const ROWS_MAX: u64 = 300_000;

const HOUR_MICROS: i64 = 3_600_000_000;

impl Api {
    /// The console of this id, or the first.
    pub(super) fn console(&self, id: Option<&str>) -> Result<&Console, ApiError> {
        let consoles = &self.plant.consoles;
        let found = match id {
            None => consoles.first(),
            Some(id) => consoles.iter().find(|console| console.id.as_str() == id),
        };
        let known = || consoles.iter().map(|console| console.id.as_str()).collect::<Vec<_>>().join(", ");
        let unknown = || format!("the plant has no console `{}`; it has {}", id.unwrap_or_default(), known());
        found.ok_or_else(|| ApiError::invalid(unknown()))
    }

    /// The board of a console over the last hours, as it is now.
    pub(super) async fn kpi_board(&self, console: &Console, hours: i32) -> Result<AlarmKpis, ApiError> {
        let most = KPI_WINDOW.as_secs() / 3600;
        let hours = u32::try_from(hours).ok().filter(|hours| *hours > 0 && u64::from(*hours) <= most);
        let hours = hours.ok_or_else(|| ApiError::invalid(format!("`hours` is 1 to {most}")))?;
        let now = self.clock.now();
        // The board remembers whole hours; the last one has only begun.
        let this_hour = WallTime::from_micros(now.as_micros().div_euclid(HOUR_MICROS) * HOUR_MICROS);
        let from = this_hour - Duration::from_secs(3600) * (hours - 1);
        let statistics = match self.is_here() {
            true => self.doors().await.ok().and_then(|doors| doors.statistics),
            false => None,
        };
        let live = match statistics {
            Some(statistics) => statistics.board(console.id.clone(), from).await.ok().flatten(),
            None => None,
        };
        match live {
            Some(report) => Ok(AlarmKpis::new(&self.plant, *report, true)),
            None => Ok(AlarmKpis::new(&self.plant, self.kpi_report(console, from, now).await?, false)),
        }
    }

    /// The board of a console over any interval, from the journal.
    pub(super) async fn kpis(
        &self,
        console: &Console,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> Result<KpiReport, ApiError> {
        let (from, to) = (WallTime::from_datetime(from), WallTime::from_datetime(to).min(self.clock.now()));
        if from >= to {
            return Err(ApiError::invalid("`from` must be before `to`, and not in the future"));
        }
        if to.since(from) > INTERVAL_MAX {
            let days = INTERVAL_MAX.as_secs() / 86_400;
            return Err(ApiError::limit("INTERVAL", format!("a board is drawn of {days} days at most")));
        }
        self.kpi_report(console, from, to).await
    }

    async fn kpi_report(&self, console: &Console, from: WallTime, to: WallTime) -> Result<KpiReport, ApiError> {
        let failed = |e| storage_error("reading the journal for the board", &e);
        let watched_since = self.storage.journal_begins().await.map_err(failed)?.unwrap_or(to);
        let alarms: Option<BTreeSet<AlarmId>> = console.alarms(&self.plant);
        let mut tally = Tally::new(alarms, from, watched_since);
        for (alarm, facts, last) in self.storage.load_alarms().await.map_err(failed)? {
            if last.wall_time < from - RUN_UP {
                tally.stood(&alarm, &facts);
            }
        }
        let first = self.storage.journal_row_at(from - RUN_UP).await.map_err(failed)?;
        let mut after = first.map(|at| (at.epoch, at.sequence - 1));
        let mut rows = 0;
        while let Some((epoch, sequence)) = after {
            let page = self.storage.journal_after(epoch, sequence, PAGE).await.map_err(failed)?;
            rows += page.len() as u64;
            if rows > ROWS_MAX {
                let message = format!("there are more than {ROWS_MAX} rows in this interval; ask of a shorter one");
                return Err(ApiError::limit("ROWS", message));
            }
            let is_last = (page.len() as u64) < PAGE || page.last().is_some_and(|entry| entry.wall_time > to);
            after = page.last().filter(|_| !is_last).map(|entry| (entry.epoch, entry.sequence));
            page.iter().filter(|entry| entry.wall_time <= to).for_each(|entry| tally.feed(entry));
        }
        tally.pass(to);
        Ok(tally.report(from, to))
    }
}
