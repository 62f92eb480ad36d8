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

pub(super) use layout::{Hour, HourFile, plant_dir};
pub(super) use read::{Projected, read_tags};
pub(super) use write::sync_dir;

use super::connect::private_dir;
use super::{Result, StorageError};
use crate::domain::{PlantId, SourceTime};

/// Earlier versions kept one plant's units in the directory itself, and named the plant in this file.
const OWNER_FILE: &str = "_plant";

/// The sealed history of one plant.
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
    /// Makes the plant's directory below that of all plants, and moves there what an earlier version has left.
    pub fn open(all: &Path, plant: &PlantId) -> Result<Self> {
        let root = layout::plant_dir(all, plant.as_str());
        private_dir(&root)?;
        adopt(all, &root, plant)?;
        Ok(Self { root: root.into(), plant: plant.clone() })
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
            for file in layout::files(&unit, EVER.0, Hour::of(time))? {
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

/// Moves the units of a plant that an earlier version kept without a directory of their own. Stopped half-way, it goes on
/// where it stopped; of two nodes that do it at once, each finds what the other has moved already.
fn adopt(all: &Path, root: &Path, plant: &PlantId) -> Result<()> {
    const WHAT: &str = "move the history to the plant's own directory";
    let owner = all.join(OWNER_FILE);
    match fs::read_to_string(&owner) {
        Ok(text) if text.trim() == plant.as_str() => {}
        Ok(_) => return Ok(()),
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(e) => return Err(StorageError::io(WHAT, &owner, e)),
    }
    for unit in layout::unit_dirs(all)? {
        let target = root.join(unit.file_name().unwrap_or_default());
        match fs::rename(&unit, &target) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(e) if e.kind() == io::ErrorKind::DirectoryNotEmpty => {
                let problem = format!("{} stands there already; put one of them away", target.display());
                return Err(StorageError::conflict(WHAT, unit.display(), problem));
            }
            moved => moved.map_err(|e| StorageError::io(WHAT, &unit, e))?,
        }
    }
    sync_dir(root)?;
    remove(WHAT, &owner)?;
    sync_dir(all)
}

/// Space left where the history lies, MiB.
pub(super) fn free_mib(dir: &Path) -> Result<u64> {
    let stats = rustix::fs::statvfs(dir).map_err(|e| StorageError::io("ask for free space", dir, e.into()))?;
    Ok(stats.f_bavail.saturating_mul(stats.f_frsize) / (1024 * 1024))
}

/// Every sealed file of every plant that counts.
pub(super) fn files_below(all: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for plant in layout::plant_dirs(all)? {
        for unit in layout::unit_dirs(&plant)? {
            found.extend(layout::hours(&unit, EVER.0, EVER.1)?.into_iter().map(|file| file.path));
        }
    }
    Ok(found)
}

/// Names of the plant directories.
pub(super) fn plant_names(all: &Path) -> Result<Vec<String>> {
    let name = |dir: PathBuf| dir.file_name().map(|name| name.to_string_lossy().into_owned());
    Ok(layout::plant_dirs(all)?.into_iter().filter_map(name).collect())
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

#[cfg(test)]
mod tests {
    use super::*;

    fn old_layout(dir: &Path, plant: &str) -> PathBuf {
        let day = dir.join("unit=reactor/day=2026-11-23");
        fs::create_dir_all(&day).unwrap();
        fs::write(day.join("hour-05.parquet"), b"old").unwrap();
        fs::write(dir.join(OWNER_FILE), format!("{plant}\n")).unwrap();
        day
    }

    #[test]
    fn what_an_earlier_version_has_left_is_moved_to_its_plant_and_to_no_other() {
        let dir = tempfile::tempdir().unwrap();
        old_layout(dir.path(), "north");
        History::open(dir.path(), &"south".into()).unwrap();
        assert!(dir.path().join("unit=reactor").exists(), "these are not the south's");
        History::open(dir.path(), &"north".into()).unwrap();
        assert!(dir.path().join("plant=north/unit=reactor/day=2026-11-23/hour-05.parquet").is_file());
        assert!(!dir.path().join("unit=reactor").exists());
        assert!(!dir.path().join(OWNER_FILE).exists());
        assert_eq!(files_below(dir.path()).unwrap().len(), 1);
    }

    #[test]
    fn nothing_is_moved_over_what_stands_there_already() {
        let dir = tempfile::tempdir().unwrap();
        old_layout(dir.path(), "north");
        let there = dir.path().join("plant=north/unit=reactor/day=2026-11-24");
        fs::create_dir_all(&there).unwrap();
        let refused = History::open(dir.path(), &"north".into()).unwrap_err();
        assert!(refused.to_string().contains("unit=reactor"), "{refused}");
        assert!(there.is_dir() && dir.path().join("unit=reactor").is_dir());
    }
}
