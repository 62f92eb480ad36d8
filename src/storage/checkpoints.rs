//! Where a source was, saved in the same breath as the scans that it had told by then.

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, DatabaseTransaction, DbErr, EntityTrait};

use super::entities::checkpoint;
use super::{PlantStorage, Result};
use crate::domain::SourceTime;

/// All that a source needs to go on where it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which source, for example `simulator`.
    pub source: String,
    /// Up to and including this scan everything is saved.
    pub source_time: SourceTime,
    /// What the source remembers, in its own format.
    pub state: Vec<u8>,
}

impl PlantStorage {
    /// The last checkpoint of a source; `None` when it never saved one.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn checkpoint(&self, source: &str) -> Result<Option<Checkpoint>> {
        let found = checkpoint::Entity::find_by_id((self.plant_id().to_owned(), source.to_owned()))
            .one(&self.db().read)
            .await
            .map_err(self.failed("read a checkpoint"))?;
        Ok(found.map(|row| Checkpoint {
            source: row.source,
            source_time: SourceTime::from_micros(row.source_time),
            state: row.state,
        }))
    }

    pub(super) async fn save_checkpoint(
        &self,
        tx: &DatabaseTransaction,
        checkpoint: &Checkpoint,
    ) -> std::result::Result<(), DbErr> {
        let row = checkpoint::ActiveModel {
            plant: Set(self.plant_id().to_owned()),
            source: Set(checkpoint.source.clone()),
            source_time: Set(checkpoint.source_time.as_micros()),
            state: Set(checkpoint.state.clone()),
        };
        let replace = OnConflict::columns([checkpoint::Column::Plant, checkpoint::Column::Source])
            .update_columns([checkpoint::Column::SourceTime, checkpoint::Column::State])
            .to_owned();
        checkpoint::Entity::insert(row).on_conflict(replace).exec_without_returning(tx).await?;
        Ok(())
    }
}
