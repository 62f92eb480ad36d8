//! Where the files of the sealed history lie: `plant=north/unit=reactor/day=2026-11-23/hour-05-t7.parquet`, plant time in
//! UTC.
//!
//! `name=value` directories are what DuckDB, pandas and Spark know as Hive partitions. The number behind the `t` is the
//! term of the owner that wrote the file: a directory knows no fence, so an owner that has been frozen and wakes in the
//! middle of sealing may still put its file there. It cannot put it over its successor's, and of two files of one hour
//! the one of the later term counts.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use crate::domain::SourceTime;
use crate::storage::{Result, StorageError};

const MICROS_AN_HOUR: i64 = 3_600_000_000;

/// One hour of plant time, counted since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::storage) struct Hour(i64);

impl Hour {
    pub const fn of(time: SourceTime) -> Self {
        Self(time.as_micros().div_euclid(MICROS_AN_HOUR))
    }

    pub const fn start(self) -> SourceTime {
        SourceTime::from_micros(self.0.saturating_mul(MICROS_AN_HOUR))
    }

    /// The last microsecond that belongs to it.
    pub const fn last(self) -> SourceTime {
        SourceTime::from_micros(self.0.saturating_add(1).saturating_mul(MICROS_AN_HOUR).saturating_sub(1))
    }

    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    fn datetime(self) -> DateTime<Utc> {
        self.start().to_datetime()
    }

    fn day_dir(self) -> String {
        self.datetime().format("day=%Y-%m-%d").to_string()
    }

    fn file_name(self, term: i64) -> String {
        format!("{}-t{term}.parquet", self.datetime().format("hour-%H"))
    }

    /// The hour, and the term of the owner that wrote it, from the names of a day's directory and an hour's file; `None`
    /// for names that are not ours. Before there were terms, names had none.
    fn parse(day_dir: &str, file_name: &str) -> Option<(Self, i64)> {
        let day = day_dir.strip_prefix("day=")?;
        let name = file_name.strip_prefix("hour-")?.strip_suffix(".parquet")?;
        let (hour, term) = match name.split_once("-t") {
            Some((hour, term)) => (hour, term.parse().ok()?),
            None => (name, 0),
        };
        let start = DateTime::parse_from_rfc3339(&format!("{day}T{hour}:00:00Z")).ok()?;
        Some((Self::of(SourceTime::from_datetime(start.to_utc())), term))
    }
}

/// A sealed hour of one unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::storage) struct HourFile {
    pub hour: Hour,
    /// The term of the owner that wrote it.
    pub term: i64,
    pub path: PathBuf,
}

/// The directory of one plant.
pub(in crate::storage) fn plant_dir(root: &Path, plant: &str) -> PathBuf {
    root.join(format!("plant={}", plain(plant)))
}

/// The directory of one unit.
pub(super) fn unit_dir(root: &Path, unit: &str) -> PathBuf {
    root.join(format!("unit={}", plain(unit)))
}

/// Ids come from a file that somebody wrote, so what could lead elsewhere is written as `%2F`.
fn plain(id: &str) -> String {
    let mut name = String::new();
    for byte in id.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.') {
            name.push(char::from(byte));
        } else {
            name.push_str(&format!("%{byte:02X}"));
        }
    }
    name
}

/// The file of an hour that the owner of a term writes.
pub(super) fn hour_path(root: &Path, unit: &str, hour: Hour, term: i64) -> PathBuf {
    unit_dir(root, unit).join(hour.day_dir()).join(hour.file_name(term))
}

/// A name beside a file that no reader takes for history.
pub(super) fn temporary(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.tmp"))
}

/// Every plant directory.
pub(super) fn plant_dirs(root: &Path) -> Result<Vec<PathBuf>> {
    directories(root, "plant=")
}

/// Every unit directory of a plant.
pub(super) fn unit_dirs(plant: &Path) -> Result<Vec<PathBuf>> {
    directories(plant, "unit=")
}

fn directories(below: &Path, prefix: &str) -> Result<Vec<PathBuf>> {
    Ok(names(below)?.into_iter().filter(|name| name.starts_with(prefix)).map(|name| below.join(name)).collect())
}

/// The sealed hours under a unit's directory that lie from one hour to another, both included, oldest first, each once.
pub(super) fn hours(unit_dir: &Path, from: Hour, to: Hour) -> Result<Vec<HourFile>> {
    let mut found = files(unit_dir, from, to)?;
    // The latest term comes first, and the first one is kept.
    found.sort_unstable_by_key(|file| (file.hour, std::cmp::Reverse(file.term)));
    found.dedup_by_key(|file| file.hour);
    Ok(found)
}

/// Every file of these hours, also one that a later term has replaced.
pub(super) fn files(unit_dir: &Path, from: Hour, to: Hour) -> Result<Vec<HourFile>> {
    let mut found = Vec::new();
    let (first, last) = (from.day_dir(), to.day_dir());
    for day in names(unit_dir)? {
        // Days of four-digit years compare as their names do.
        if !day.starts_with("day=") || day < first || day > last {
            continue;
        }
        let dir = unit_dir.join(&day);
        for name in names(&dir)? {
            if let Some((hour, term)) = Hour::parse(&day, &name).filter(|(hour, _)| (from..=to).contains(hour)) {
                found.push(HourFile { hour, term, path: dir.join(name) });
            }
        }
    }
    found.sort_unstable_by_key(|file| (file.hour, file.term));
    Ok(found)
}

/// Names in a directory; none where there is no directory.
fn names(dir: &Path) -> Result<Vec<String>> {
    const WHAT: &str = "list the history";
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(StorageError::io(WHAT, dir, e)),
    };
    entries
        .map(|entry| match entry {
            Ok(entry) => Ok(entry.file_name().to_string_lossy().into_owned()),
            Err(e) => Err(StorageError::io(WHAT, dir, e)),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> SourceTime {
        SourceTime::from_datetime(DateTime::parse_from_rfc3339(text).unwrap().to_utc())
    }

    #[test]
    fn an_hour_knows_its_file_and_a_file_its_hour() {
        let hour = Hour::of(at("2026-11-23T05:59:59.999999Z"));
        let path = hour_path(&plant_dir(Path::new("h"), "north"), "reactor", hour, 7);
        assert_eq!(path, Path::new("h/plant=north/unit=reactor/day=2026-11-23/hour-05-t7.parquet"));
        assert_eq!(Hour::parse("day=2026-11-23", "hour-05-t7.parquet"), Some((hour, 7)));
        assert_eq!(Hour::parse("day=2026-11-23", "hour-05.parquet"), Some((hour, 0)), "of earlier versions");
        assert_eq!(hour.last(), at("2026-11-23T05:59:59.999999Z"));
        assert_eq!(hour.next(), Hour::of(at("2026-11-23T06:00:00Z")));
    }

    #[test]
    fn names_that_are_not_ours_are_no_hours() {
        for name in [".hour-05.parquet.tmp", "hour-24.parquet", "hour-5.csv", "hour-05-t.parquet", "notes.txt"] {
            assert_eq!(Hour::parse("day=2026-11-23", name), None, "{name}");
        }
    }

    #[test]
    fn a_unit_cannot_lead_out_of_the_history() {
        assert_eq!(unit_dir(Path::new("h"), "../etc"), Path::new("h/unit=..%2Fetc"));
    }

    #[test]
    fn of_two_files_of_one_hour_that_of_the_later_term_counts() {
        let dir = tempfile::tempdir().unwrap();
        let hour = Hour::of(at("2026-11-23T05:00:00Z"));
        for term in [9, 11, 10] {
            let path = hour_path(dir.path(), "reactor", hour, term);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, b"").unwrap();
        }
        let unit = unit_dir(dir.path(), "reactor");
        assert_eq!(hours(&unit, hour, hour).unwrap().iter().map(|file| file.term).collect::<Vec<_>>(), [11]);
        assert_eq!(files(&unit, hour, hour).unwrap().len(), 3);
    }
}
