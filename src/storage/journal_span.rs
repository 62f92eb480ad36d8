//! Where in time the journal begins, and where a time begins in the journal.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::entities::alarm_journal;
use super::journal::JournalCursor;
use super::{PlantStorage, Result};
use crate::domain::WallTime;

const WHAT: &str = "look where the alarm journal begins";

impl PlantStorage {
    /// When the oldest row that is kept was decided; `None` for an empty journal.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn journal_begins(&self) -> Result<Option<WallTime>> {
        Ok(self.first_row(WallTime::from_micros(i64::MIN)).await?.map(|(_, at)| at))
    }

    /// The first row that was decided at `since` or after it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn journal_row_at(&self, since: WallTime) -> Result<Option<JournalCursor>> {
        Ok(self.first_row(since).await?.map(|(cursor, _)| cursor))
    }

    async fn first_row(&self, since: WallTime) -> Result<Option<(JournalCursor, WallTime)>> {
        use alarm_journal::Column;
        let found: Option<(i64, i64, i64)> = alarm_journal::Entity::find()
            .select_only()
            .columns([Column::Epoch, Column::Sequence, Column::WallTime])
            .filter(Column::Plant.eq(self.plant_id()))
            .filter(Column::WallTime.gte(since.as_micros()))
            .order_by_asc(Column::WallTime)
            .order_by_asc(Column::Epoch)
            .order_by_asc(Column::Sequence)
            .limit(1)
            .into_tuple()
            .one(&self.db().read)
            .await
            .map_err(self.failed(WHAT))?;
        Ok(found.map(|(epoch, sequence, at)| (JournalCursor { epoch, sequence }, WallTime::from_micros(at))))
    }
}
