//! The sealed history: one Parquet file an hour and unit, open to every tool.
//!
//! Files are written once and replaced whole; the layout and what we gave up for it are in `docs/adr/`.

mod layout;
mod read;
mod seal;
mod table;
mod write;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use seal::SealedHour;

pub(super) use layout::{Hour, HourFile};
pub(super) use read::{Projected, read_tags};
pub(super) use write::sync_dir;

use super::connect::private_dir;
use super::{Result, StorageError};
use crate::domain::{PlantId, SourceTime};

/// Names the plant whose files lie here; readers of Parquet pass over names that begin with `_`.
pub(super) const OWNER_FILE: &str = "_plant";

/// The directory of the sealed history.
#[derive(Clone, Debug)]
pub(super) struct History {
    root: Arc<Path>,
    plant: PlantId,
}

/// What retention removed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Removed {
    pub files: u64,
    pub bytes: u64,
}

impl History {
    /// Makes the directory, or refuses one that belongs to another plant: two plants may both have a `reactor`.
    pub fn open(root: &Path, plant: &PlantId) -> Result<Self> {
        const WHAT: &str = "open the history";
        private_dir(root)?;
        let owner = root.join(OWNER_FILE);
        match fs::read_to_string(&owner) {
            Ok(text) if text.trim() == plant.as_str() => {}
            Ok(text) => {
                let problem =
                    format!("it holds plant {}, not {plant}; give each plant a directory of its own", text.trim());
                return Err(StorageError::conflict(WHAT, root.display(), problem));
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                fs::write(&owner, format!("{plant}\n")).map_err(|e| StorageError::io(WHAT, &owner, e))?;
            }
            Err(e) => return Err(StorageError::io(WHAT, &owner, e)),
        }
        Ok(Self { root: root.into(), plant: plant.clone() })
    }

    /// Space left where the history lies, MiB.
    pub fn free_mib(&self) -> Result<u64> {
        let stats = rustix::fs::statvfs(&*self.root)
            .map_err(|e| StorageError::io("ask for free space", &self.root, e.into()))?;
        Ok(stats.f_bavail.saturating_mul(stats.f_frsize) / (1024 * 1024))
    }

    /// The sealed hours of a unit that touch a span, oldest first.
    pub fn hours(&self, unit: &str, from: SourceTime, to: SourceTime) -> Result<Vec<HourFile>> {
        layout::hours(&layout::unit_dir(&self.root, unit), Hour::of(from), Hour::of(to))
    }

    /// Forgets every row after a time; returns how many there were, counted in the unit that had most.
    pub fn truncate_after(&self, time: SourceTime) -> Result<u64> {
        const WHAT: &str = "forget later history";
        let mut most = 0;
        for unit in layout::unit_dirs(&self.root)? {
            let mut gone = 0;
            // The newest first: stopped half-way, what is left is still one unbroken past.
            for file in layout::hours(&unit, Hour::of(time), EVER.1)?.into_iter().rev() {
                let Some(table) = read::read_hour(&file.path)? else { continue };
                let (before, kept) = (table.rows(), table.until(time.as_micros()));
                gone += (before - kept.rows()) as u64;
                if kept.rows() == 0 {
                    remove(WHAT, &file.path)?;
                } else if kept.rows() < before {
                    let name = kept.columns.first().map(|tag| tag.column.unit.clone()).unwrap_or_default();
                    write::write_hour(&file.path, self.plant.as_str(), &name, &kept)?;
                }
            }
            most = most.max(gone);
        }
        Ok(most)
    }

    /// Removes the hours that end before a time, and the days that are empty then.
    pub fn remove_before(&self, time: SourceTime) -> Result<Removed> {
        const WHAT: &str = "remove old history";
        let mut removed = Removed::default();
        for unit in layout::unit_dirs(&self.root)? {
            for file in layout::hours(&unit, EVER.0, Hour::of(time))? {
                if file.hour.last() >= time {
                    continue;
                }
                removed.bytes += fs::metadata(&file.path).map_or(0, |found| found.len());
                remove(WHAT, &file.path)?;
                removed.files += 1;
                // Fails while the day has other hours, and that is what keeps it.
                let _ = file.path.parent().map(fs::remove_dir);
            }
        }
        Ok(removed)
    }
}

/// Hours of four-digit years, as the names of directories can tell them: 1970 to 9999.
const EVER: (Hour, Hour) =
    (Hour::of(SourceTime::from_micros(0)), Hour::of(SourceTime::from_micros(253_402_300_799_999_999)));

/// Every sealed file of every unit.
pub(super) fn files_below(root: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for unit in layout::unit_dirs(root)? {
        found.extend(layout::hours(&unit, EVER.0, EVER.1)?.into_iter().map(|file| file.path));
    }
    Ok(found)
}

/// Names of the unit directories.
pub(super) fn unit_names(root: &Path) -> Result<Vec<String>> {
    let name = |dir: PathBuf| dir.file_name().map(|name| name.to_string_lossy().into_owned());
    Ok(layout::unit_dirs(root)?.into_iter().filter_map(name).collect())
}

fn remove(what: &'static str, path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(StorageError::io(what, path, e)),
        _ => Ok(()),
    }
}

/// Runs file work away from the workers of the runtime.
pub(super) async fn blocking<T, F>(what: &'static str, work: F) -> Result<T>
where
    T: Send + 'static,
    F: FnOnce() -> Result<T> + Send + 'static,
{
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(gone) => Err(StorageError::Unavailable { what, place: "the history".into(), source: gone.into() }),
    }
}
