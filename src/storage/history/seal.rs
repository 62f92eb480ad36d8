//! Moves complete hours from the database into files, so that a crash at any line loses and doubles nothing.
//!
//! Whether the plant is still ours is asked before an hour is written and proved when its rows are deleted; what an owner
//! writes that has lost it in between does no harm, see `layout`.
//!
//! The files of an hour are on the disk under their names before its rows are deleted. Until then both hold the same
//! scans, and every reader knows that rows lie over files. Rows that arrive for an hour already sealed are merged in.

use std::collections::{HashMap, HashSet};

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::{History, Hour, layout, read, table, write};
use crate::domain::SourceTime;
use crate::storage::columns::Layout;
use crate::storage::entities::scan;
use crate::storage::{OwnedPlant, Result};

const WHAT: &str = "seal an hour of history";

/// What was sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SealedHour {
    /// When the hour began, plant time.
    pub start: SourceTime,
    /// Scans that moved from the database into files.
    pub scans: u64,
    /// Files written, one a unit.
    pub files: u64,
    /// Their size in bytes.
    pub bytes: u64,
}

impl OwnedPlant {
    /// Seals every complete hour: one that has ended by `now` and after which a scan has come. The newest scan's hour
    /// stays in the database, and with it the newest scan.
    ///
    /// # Errors
    /// The hour at which it failed is still whole in the database; those before it are sealed. Call it again.
    pub async fn seal_due(&self, now: SourceTime) -> Result<Vec<SealedHour>> {
        let mut sealed = Vec::new();
        let mut from = SourceTime::from_micros(i64::MIN);
        let Some(newest) = self.row_time(from, true).await? else { return Ok(sealed) };
        let end = Hour::of(newest).min(Hour::of(now));
        while let Some(first) = self.row_time(from, false).await? {
            let hour = Hour::of(first);
            if hour >= end {
                break;
            }
            // A scan that came for this hour while it was written asks for another round.
            if let Some(done) = self.seal_hour(hour).await? {
                sealed.push(done);
                from = hour.next().start();
            }
        }
        Ok(sealed)
    }

    /// The time of the first row not before `from`, or of the last.
    async fn row_time(&self, from: SourceTime, last: bool) -> Result<Option<SourceTime>> {
        let rows = scan::Entity::find()
            .filter(scan::Column::Plant.eq(self.plant_id()))
            .filter(scan::Column::SourceTime.gte(from.as_micros()));
        let ordered = if last {
            rows.order_by_desc(scan::Column::SourceTime)
        } else {
            rows.order_by_asc(scan::Column::SourceTime)
        };
        let found = ordered.one(&self.db().read).await.map_err(self.failed(WHAT))?;
        Ok(found.map(|row| SourceTime::from_micros(row.source_time)))
    }

    /// `None` when rows of the hour changed meanwhile: nothing is lost, the hour is to be sealed again.
    async fn seal_hour(&self, hour: Hour) -> Result<Option<SealedHour>> {
        self.begin_fenced(WHAT).await?.rollback().await.map_err(self.failed(WHAT))?;
        let mut rows = Vec::new();
        let mut from = Some(hour.start());
        while let Some(start) = from {
            let (mut page, next) = self.rows_page(WHAT, start, hour.last()).await?;
            rows.append(&mut page);
            from = next;
        }
        let layouts = self.layouts(WHAT).await?;
        if let Some(row) = rows.iter().find(|row| !layouts.contains_key(&row.layout)) {
            return Err(self.unknown_layout(WHAT, row));
        }
        let written: HashSet<(i64, i64, i64)> = rows.iter().map(fingerprint).collect();
        let (history, term) = (self.0.history.clone(), self.term());
        let sealed = super::blocking(WHAT, move || history.write_rows(hour, term, &rows, &layouts)).await?;
        Ok(self.delete_sealed(hour, &written).await?.then_some(sealed))
    }

    /// Deletes the rows that were written, all or none: none when there is one that was not.
    async fn delete_sealed(&self, hour: Hour, written: &HashSet<(i64, i64, i64)>) -> Result<bool> {
        let tx = self.begin_fenced(WHAT).await?;
        let deleted = scan::Entity::delete_many()
            .filter(scan::Column::Plant.eq(self.plant_id()))
            .filter(scan::Column::SourceTime.between(hour.start().as_micros(), hour.last().as_micros()))
            .exec_with_returning(&tx)
            .await
            .map_err(self.failed(WHAT))?;
        if deleted.iter().all(|row| written.contains(&fingerprint(row))) {
            self.commit(WHAT, tx).await?;
            return Ok(true);
        }
        tx.rollback().await.map_err(self.failed(WHAT))?;
        Ok(false)
    }
}

/// Tells one row from another that was written over it: a scan that comes again comes at another time.
fn fingerprint(row: &scan::Model) -> (i64, i64, i64) {
    (row.source_time, row.ingest_time, row.number)
}

impl History {
    fn write_rows(
        &self,
        hour: Hour,
        term: i64,
        rows: &[scan::Model],
        layouts: &HashMap<String, Layout>,
    ) -> Result<SealedHour> {
        let mut sealed = SealedHour { start: hour.start(), scans: rows.len() as u64, files: 0, bytes: 0 };
        for (unit, rows) in table::by_unit(rows, layouts) {
            let path = layout::hour_path(&self.root, &unit, hour, term);
            let dir = layout::unit_dir(&self.root, &unit);
            let earlier = match layout::hours(&dir, hour, hour)?.first() {
                Some(file) => read::read_hour(&file.path)?,
                None => None,
            };
            let whole = match earlier {
                Some(earlier) => rows.over(earlier),
                None => rows,
            };
            sealed.bytes += write::write_hour(&path, self.plant.as_str(), &unit, &whole)?;
            sealed.files += 1;
            for replaced in layout::files(&dir, hour, hour)?.into_iter().filter(|file| file.term < term) {
                super::remove(WHAT, &replaced.path)?;
            }
        }
        Ok(sealed)
    }
}
