//! Where the files of the sealed history lie: `unit=reactor/day=2026-11-23/hour-05.parquet`, plant time in UTC.
//!
//! `name=value` directories are what DuckDB, pandas and Spark know as Hive partitions.

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

    fn file_name(self) -> String {
        self.datetime().format("hour-%H.parquet").to_string()
    }

    /// From the names of a day's directory and an hour's file; `None` for names that are not ours.
    fn parse(day_dir: &str, file_name: &str) -> Option<Self> {
        let day = day_dir.strip_prefix("day=")?;
        let hour = file_name.strip_prefix("hour-")?.strip_suffix(".parquet")?;
        let start = DateTime::parse_from_rfc3339(&format!("{day}T{hour}:00:00Z")).ok()?;
        Some(Self::of(SourceTime::from_datetime(start.to_utc())))
    }
}

/// A sealed hour of one unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::storage) struct HourFile {
    pub hour: Hour,
    pub path: PathBuf,
}

/// The directory of one unit. Ids come from a file that somebody wrote, so what could lead elsewhere is written as `%2F`.
pub(super) fn unit_dir(root: &Path, unit: &str) -> PathBuf {
    let mut name = String::from("unit=");
    for byte in unit.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.') {
            name.push(char::from(byte));
        } else {
            name.push_str(&format!("%{byte:02X}"));
        }
    }
    root.join(name)
}

pub(super) fn hour_path(root: &Path, unit: &str, hour: Hour) -> PathBuf {
    unit_dir(root, unit).join(hour.day_dir()).join(hour.file_name())
}

/// A name beside a file that no reader takes for history.
pub(super) fn temporary(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.tmp"))
}

/// Every unit directory.
pub(super) fn unit_dirs(root: &Path) -> Result<Vec<PathBuf>> {
    Ok(names(root)?.into_iter().filter(|name| name.starts_with("unit=")).map(|name| root.join(name)).collect())
}

/// The sealed hours under a unit's directory that lie from one hour to another, both included, oldest first.
pub(super) fn hours(unit_dir: &Path, from: Hour, to: Hour) -> Result<Vec<HourFile>> {
    let mut found = Vec::new();
    let (first, last) = (from.day_dir(), to.day_dir());
    for day in names(unit_dir)? {
        // Days of four-digit years compare as their names do.
        if !day.starts_with("day=") || day < first || day > last {
            continue;
        }
        let dir = unit_dir.join(&day);
        for name in names(&dir)? {
            if let Some(hour) = Hour::parse(&day, &name).filter(|hour| (from..=to).contains(hour)) {
                found.push(HourFile { hour, path: dir.join(name) });
            }
        }
    }
    found.sort_unstable_by_key(|file| file.hour);
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
        let path = hour_path(Path::new("h"), "reactor", hour);
        assert_eq!(path, Path::new("h/unit=reactor/day=2026-11-23/hour-05.parquet"));
        assert_eq!(Hour::parse("day=2026-11-23", "hour-05.parquet"), Some(hour));
        assert_eq!(hour.last(), at("2026-11-23T05:59:59.999999Z"));
        assert_eq!(hour.next(), Hour::of(at("2026-11-23T06:00:00Z")));
    }

    #[test]
    fn names_that_are_not_ours_are_no_hours() {
        for name in [".hour-05.parquet.tmp", "hour-24.parquet", "hour-5.csv", "notes.txt"] {
            assert_eq!(Hour::parse("day=2026-11-23", name), None, "{name}");
        }
    }

    #[test]
    fn a_unit_cannot_lead_out_of_the_history() {
        assert_eq!(unit_dir(Path::new("h"), "../etc"), Path::new("h/unit=..%2Fetc"));
    }
}
