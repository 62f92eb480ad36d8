//! Recent scans: one row each, values and qualities as plain bytes, until their hour is sealed.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};

use super::checkpoints::Checkpoint;
use super::columns::{Layout, quality_at, value_at, values_to_bytes};
use super::entities::{scan, scan_layout};
use super::{OwnedPlant, PlantStorage, Result, StorageError, patiently};
use crate::domain::{Scan, SourceTime, WallTime};

/// Rows in one statement; seven parameters a row keep well below what either database takes.
const ROWS_A_STATEMENT: usize = 500;

/// Rows fetched at a time, so that reading takes bounded memory.
const ROWS_A_PAGE: u64 = 2_000;

/// Scans that are saved together, with where their source was after the last of them.
#[derive(Clone, Debug, Default)]
pub struct ScanBatch {
    /// The scans, oldest first.
    pub scans: Vec<Arc<Scan>>,
    /// Where the source was after them.
    pub checkpoint: Option<Checkpoint>,
}

impl OwnedPlant {
    /// Saves scans and checkpoint in one transaction: all or nothing. A scan at a source time that is already there
    /// replaces it, so a batch may be repeated.
    ///
    /// # Errors
    /// Nothing of the batch was saved.
    pub async fn append_scans(&self, batch: &ScanBatch) -> Result<()> {
        if batch.scans.is_empty() && batch.checkpoint.is_none() {
            return Ok(());
        }
        patiently(|| self.append_scans_once(batch)).await
    }

    async fn append_scans_once(&self, batch: &ScanBatch) -> Result<()> {
        const WHAT: &str = "write scans";
        let tx = self.begin_fenced(WHAT).await?;
        self.insert_scans(&tx, &batch.scans).await.map_err(self.failed(WHAT))?;
        if let Some(checkpoint) = &batch.checkpoint {
            self.save_checkpoint(&tx, checkpoint).await.map_err(self.failed(WHAT))?;
        }
        self.commit(WHAT, tx).await
    }

    async fn insert_scans(&self, tx: &DatabaseTransaction, scans: &[Arc<Scan>]) -> std::result::Result<(), DbErr> {
        // PostgreSQL refuses a statement that writes one row twice; the last one counts.
        let unique: BTreeMap<SourceTime, &Scan> = scans.iter().map(|scan| (scan.source_time, scan.as_ref())).collect();
        let rows: Vec<&Scan> = unique.into_values().collect();
        for chunk in rows.chunks(ROWS_A_STATEMENT) {
            let replace = OnConflict::columns([scan::Column::Plant, scan::Column::SourceTime])
                .update_columns([
                    scan::Column::IngestTime,
                    scan::Column::Number,
                    scan::Column::Layout,
                    scan::Column::TagValues,
                    scan::Column::TagQualities,
                ])
                .to_owned();
            scan::Entity::insert_many(chunk.iter().map(|scan| self.scan_row(scan)))
                .on_conflict(replace)
                .exec_without_returning(tx)
                .await?;
        }
        Ok(())
    }

    fn scan_row(&self, scan: &Scan) -> scan::ActiveModel {
        scan::ActiveModel {
            plant: Set(self.plant_id().to_owned()),
            source_time: Set(scan.source_time.as_micros()),
            ingest_time: Set(scan.ingest_time.as_micros()),
            number: Set(scan.number.cast_signed()),
            layout: Set(self.0.layout.id.clone()),
            tag_values: Set(values_to_bytes(&scan.values)),
            tag_qualities: Set(scan.qualities.iter().map(|quality| quality.code()).collect()),
        }
    }

    /// Forgets every scan after a time, sealed ones too; returns how many hours of files and rows it touched as rows.
    /// For a source that is set back: without it, two pasts would lie over one another.
    ///
    /// # Errors
    /// When the database or a file does not let go; repeat it then.
    pub async fn truncate_scans_after(&self, time: SourceTime) -> Result<u64> {
        const WHAT: &str = "forget later scans";
        // Nobody can take the plant over while the files change.
        let tx = self.begin_fenced(WHAT).await?;
        let history = self.0.history.clone();
        let sealed = super::history::blocking(WHAT, move || history.truncate_after(time)).await?;
        let recent = scan::Entity::delete_many()
            .filter(scan::Column::Plant.eq(self.plant_id()))
            .filter(scan::Column::SourceTime.gt(time.as_micros()))
            .exec(&tx)
            .await
            .map_err(self.failed(WHAT))?;
        self.commit(WHAT, tx).await?;
        Ok(sealed + recent.rows_affected)
    }

    pub(super) async fn remember_layout(&self) -> Result<()> {
        let row = scan_layout::ActiveModel {
            plant: Set(self.plant_id().to_owned()),
            layout: Set(self.0.layout.id.clone()),
            tags: Set(self.0.layout.to_text()),
        };
        let known =
            OnConflict::columns([scan_layout::Column::Plant, scan_layout::Column::Layout]).do_nothing().to_owned();
        scan_layout::Entity::insert(row)
            .on_conflict(known)
            .exec_without_returning(&self.db().write)
            .await
            .map_err(self.failed("remember the order of the tags"))?;
        Ok(())
    }
}

impl PlantStorage {
    /// The newest scan, in the order of the plant's tags of now. Sealing leaves it where it is.
    ///
    /// # Errors
    /// When the database does not answer, or the row cannot be read.
    pub async fn last_scan(&self) -> Result<Option<Scan>> {
        const WHAT: &str = "read the last scan";
        let found = scan::Entity::find()
            .filter(scan::Column::Plant.eq(self.plant_id()))
            .order_by_desc(scan::Column::SourceTime)
            .one(&self.db().read)
            .await
            .map_err(self.failed(WHAT))?;
        let Some(row) = found else { return Ok(None) };
        let layouts = self.layouts(WHAT).await?;
        let layout = layouts.get(&row.layout).ok_or_else(|| self.unknown_layout(WHAT, &row))?;
        let tags: Vec<String> = self.0.plant.tags.iter().map(|tag| tag.id.to_string()).collect();
        let places = layout.positions(&tags);
        Ok(Some(Scan {
            number: row.number.cast_unsigned(),
            source_time: SourceTime::from_micros(row.source_time),
            ingest_time: WallTime::from_micros(row.ingest_time),
            values: places.iter().map(|at| at.map_or(f64::NAN, |at| value_at(&row.tag_values, at))).collect(),
            qualities: places.iter().map(|at| quality_at(&row.tag_qualities, at.unwrap_or(usize::MAX))).collect(),
        }))
    }

    /// Recent rows from one time to another, both included, oldest first, a page at a time.
    pub(super) async fn rows_page(
        &self,
        what: &'static str,
        from: SourceTime,
        to: SourceTime,
    ) -> Result<(Vec<scan::Model>, Option<SourceTime>)> {
        let rows = scan::Entity::find()
            .filter(scan::Column::Plant.eq(self.plant_id()))
            .filter(scan::Column::SourceTime.between(from.as_micros(), to.as_micros()))
            .order_by_asc(scan::Column::SourceTime)
            .limit(ROWS_A_PAGE)
            .all(&self.db().read)
            .await
            .map_err(self.failed(what))?;
        let full = rows.len() as u64 == ROWS_A_PAGE;
        let next = rows.last().filter(|_| full).map(|row| SourceTime::from_micros(row.source_time.saturating_add(1)));
        Ok((rows, next))
    }

    /// Every layout under which a row of this plant was ever written.
    pub(super) async fn layouts(&self, what: &'static str) -> Result<HashMap<String, Layout>> {
        let rows = scan_layout::Entity::find()
            .filter(scan_layout::Column::Plant.eq(self.plant_id()))
            .all(&self.db().read)
            .await
            .map_err(self.failed(what))?;
        rows.into_iter()
            .map(|row| match Layout::from_text(&row.tags) {
                Ok(layout) => Ok((row.layout, layout)),
                Err(e) => Err(self.corrupt(what, format!("layout {}: {e}", row.layout))),
            })
            .collect()
    }

    pub(super) fn unknown_layout(&self, what: &'static str, row: &scan::Model) -> StorageError {
        self.corrupt(what, format!("the scan at {} names the unknown layout {}", row.source_time, row.layout))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use sea_orm::ConnectionTrait;

    use super::*;
    use crate::config::StorageConfig;
    use crate::domain::{Plant, PlantId, Quality, RegisterRules};
    use crate::storage::{Claimed, Storage};

    fn plant() -> Plant {
        Plant {
            id: PlantId::from("p"),
            name: "P".into(),
            scan_period: Duration::from_secs(1),
            lookup: Default::default(),
            stale_after: Duration::from_secs(5),
            units: Vec::new(),
            tags: Vec::new(),
            loops: Vec::new(),
            detectors: Vec::new(),
            alarms: Vec::new(),
            register: RegisterRules::default(),
            suppression_rules: Vec::new(),
            eclipses: Vec::new(),
            first_out: Vec::new(),
            consoles: Vec::new(),
        }
    }

    fn batch(scans: u64) -> ScanBatch {
        let scan = |number: u64| Scan {
            number,
            source_time: SourceTime::from_micros(number.cast_signed()),
            ingest_time: WallTime::from_micros(0),
            values: vec![1.0; 53],
            qualities: vec![Quality::Good; 53],
        };
        ScanBatch { scans: (0..scans).map(|number| Arc::new(scan(number))).collect(), checkpoint: None }
    }

    async fn storage_with(dir: &tempfile::TempDir, pragma: &str) -> OwnedPlant {
        let config = StorageConfig { data_dir: dir.path().to_owned(), ..StorageConfig::default() };
        let storage = Storage::open(&config).await.unwrap().for_plant(Arc::new(plant())).unwrap();
        let holder = storage.holder(&"test".into());
        let claimed = storage.claim(&holder, Duration::from_secs(3_600)).await.unwrap();
        let Claimed::Ours(storage, _) = claimed else { panic!("{claimed:?}") };
        // There is one connection for changes, so what is set on it holds for the next change.
        storage.db().write.execute_unprepared(pragma).await.unwrap();
        storage
    }

    #[tokio::test]
    async fn a_full_disk_is_told_as_such_and_takes_the_whole_batch_back() {
        let dir = tempfile::tempdir().unwrap();
        // SQLite refuses to grow beyond this exactly as it does on a full disk.
        let storage = storage_with(&dir, "PRAGMA max_page_count = 60").await;
        let error = storage.append_scans(&batch(5_000)).await.unwrap_err();
        assert!(matches!(error, StorageError::DiskFull { .. }), "{error:?}");
        assert_eq!(storage.last_scan().await.unwrap(), None, "nothing half-written");
        storage.append_scans(&batch(3)).await.unwrap();
        assert_eq!(storage.last_scan().await.unwrap().map(|scan| scan.number), Some(2));
    }

    #[tokio::test]
    async fn a_database_locked_by_somebody_else_is_a_passing_trouble() {
        let dir = tempfile::tempdir().unwrap();
        let storage = storage_with(&dir, "PRAGMA busy_timeout = 0").await;
        let other =
            super::super::connect::open_sqlite(&dir.path().join("tep.sqlite"), Duration::from_secs(5)).await.unwrap();
        let held = other.begin().await.unwrap();
        let error = storage.append_scans(&batch(3)).await.unwrap_err();
        assert!(error.is_transient(), "{error:?}");
        held.rollback().await.unwrap();
        storage.append_scans(&batch(3)).await.unwrap();
    }
}
