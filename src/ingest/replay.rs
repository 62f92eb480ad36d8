//! A file of samples as a source.

mod table;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sha2::{Digest, Sha256};

pub use table::{Row, RowTime, Table, TableError};

use super::checkpoint::{Checkpoint, CheckpointError, Kind, eight};
use super::source::{Next, RawScan, Source, SourceError, SourceOrder, SourceStatus};
use crate::domain::{DisturbanceState, Plant, Quality, SourceTime};

/// Of the file's hash, what a checkpoint carries; behind it stands the source time of the file's first row.
const HASH: usize = 32;
const PAYLOAD: usize = HASH + 8;

/// A CSV file, row by row, one scan a row. It is read as it is needed, however long it is.
#[derive(Debug)]
pub struct Replay {
    file: PathBuf,
    hash: [u8; HASH],
    table: Table,
    /// Rows delivered so far.
    number: u64,
    rows: u64,
    clock: RowClock,
    /// Of the row that was delivered last.
    last: Option<SourceTime>,
}

/// Which source time a row has.
#[derive(Clone, Copy, Debug)]
struct RowClock {
    /// Source time of the first row.
    origin: SourceTime,
    /// `t_h` of the first row, h.
    first_hours: f64,
    period: Duration,
}

impl RowClock {
    fn time(&self, number: u64, time: Option<RowTime>) -> SourceTime {
        match time {
            Some(RowTime::At(at)) => at,
            Some(RowTime::Hours(hours)) => {
                let micros = ((hours - self.first_hours) * 3.6e9).round() as i64;
                SourceTime::from_micros(self.origin.as_micros().saturating_add(micros))
            }
            None => {
                let span = self.period.as_nanos().saturating_mul(u128::from(number - 1)) / 1_000;
                let micros = i64::try_from(span).unwrap_or(i64::MAX);
                SourceTime::from_micros(self.origin.as_micros().saturating_add(micros))
            }
        }
    }
}

/// What a first reading of the whole file tells.
struct Survey {
    rows: u64,
    first: Option<RowTime>,
    last: Option<RowTime>,
}

impl Replay {
    /// Opens `file`; its first row is at `start` when it has no `time` column, and rows are `period` apart when it has no
    /// `t_h` either. The whole file is checked first, so that a bad cell is told now and not in the middle of the night.
    /// With a checkpoint it goes on at the row after.
    ///
    /// # Errors
    /// When the file cannot be read or makes no sense, or the checkpoint is not of this file.
    pub fn open(
        file: &Path,
        period: Duration,
        plant: &Plant,
        checkpoint: Option<&[u8]>,
        start: SourceTime,
    ) -> Result<Self, SourceError> {
        let survey = survey(file, plant)?;
        let hash = hash(file).map_err(|source| TableError::Unreadable { file: file.to_owned(), source })?;
        let first_hours = match survey.first {
            Some(RowTime::Hours(hours)) => hours,
            _ => 0.0,
        };
        let origin = match survey.first {
            Some(RowTime::At(at)) => at,
            _ => start,
        };
        let period = survey.spacing().unwrap_or(period);
        let clock = RowClock { origin, first_hours, period };
        let table = Table::open(file, plant)?;
        let mut replay = Self { file: file.to_owned(), hash, table, number: 0, rows: survey.rows, clock, last: None };
        if let Some(bytes) = checkpoint {
            replay.resume(&Checkpoint::decode(bytes)?)?;
        }
        Ok(replay)
    }

    fn resume(&mut self, from: &Checkpoint) -> Result<(), SourceError> {
        if from.kind != Kind::Replay {
            return Err(SourceError::OtherSource { found: from.kind.name(), wanted: Kind::Replay.name() });
        }
        let found = from.payload.len();
        if found != PAYLOAD {
            return Err(CheckpointError::WrongLength { expected: PAYLOAD, found }.into());
        }
        let (hash, origin) = from.payload.split_at(HASH);
        if hash != self.hash || from.number > self.rows {
            return Err(SourceError::OtherFile(self.file.clone()));
        }
        self.clock.origin = SourceTime::from_micros(i64::from_le_bytes(eight(origin)));
        for _ in 0..from.number {
            self.table.next_row()?;
        }
        self.number = from.number;
        self.last = Some(from.source_time);
        Ok(())
    }

    fn scan(&mut self, row: Row) -> RawScan {
        self.number += 1;
        let source_time = self.clock.time(self.number, row.time);
        self.last = Some(source_time);
        let quality = |value: &f64| if value.is_nan() { Quality::Bad } else { Quality::Good };
        RawScan {
            number: self.number,
            source_time,
            qualities: row.values.iter().map(quality).collect(),
            values: row.values,
            checkpoint: Some(self.checkpoint()),
        }
    }
}

impl Source for Replay {
    fn kind(&self) -> &'static str {
        Kind::Replay.name()
    }

    fn next_scan(&mut self) -> Result<Next, SourceError> {
        Ok(match self.table.next_row()? {
            Some(row) => Next::Scan(self.scan(row)),
            None => Next::Ended,
        })
    }

    fn period(&self) -> Duration {
        self.clock.period
    }

    fn status(&self) -> SourceStatus {
        if self.number >= self.rows { SourceStatus::Ended } else { SourceStatus::Running }
    }

    fn control(&mut self, _order: SourceOrder) -> Result<(), SourceError> {
        Err(SourceError::NotControllable(self.kind()))
    }

    fn checkpoint(&self) -> Vec<u8> {
        let mut payload = self.hash.to_vec();
        payload.extend(self.clock.origin.as_micros().to_le_bytes());
        let source_time = self.last.unwrap_or(self.clock.origin);
        Checkpoint { kind: Kind::Replay, number: self.number, source_time, payload }.encode()
    }

    fn controllable(&self) -> bool {
        false
    }

    fn disturbances(&self) -> Vec<DisturbanceState> {
        Vec::new()
    }

    fn plant_hours(&self) -> f64 {
        self.last.map_or(0.0, |last| last.since(self.clock.origin).as_secs_f64() / 3600.0)
    }
}

impl Survey {
    /// Plant time between two rows on average, where the file tells.
    fn spacing(&self) -> Option<Duration> {
        let gaps = u32::try_from(self.rows.checked_sub(1)?).ok().filter(|gaps| *gaps > 0)?;
        let span = match (self.first?, self.last?) {
            (RowTime::At(first), RowTime::At(last)) => last.since(first),
            (RowTime::Hours(first), RowTime::Hours(last)) => {
                Duration::try_from_secs_f64((last - first) * 3600.0).ok()?
            }
            _ => return None,
        };
        // Milliseconds are enough to pace by, and 1/3600 h comes back as one second.
        let millis = (span.as_secs_f64() * 1e3 / f64::from(gaps)).round();
        Some(Duration::from_millis(millis as u64)).filter(|spacing| !spacing.is_zero())
    }
}

/// Reads the whole file once and keeps nothing of it.
fn survey(file: &Path, plant: &Plant) -> Result<Survey, TableError> {
    let mut table = Table::open(file, plant)?;
    let mut survey = Survey { rows: 0, first: None, last: None };
    while let Some(row) = table.next_row()? {
        survey.rows += 1;
        if survey.rows == 1 {
            survey.first = row.time;
        }
        survey.last = row.time;
    }
    if survey.rows == 0 {
        return Err(TableError::Empty { file: file.to_owned() });
    }
    Ok(survey)
}

fn hash(file: &Path) -> io::Result<[u8; HASH]> {
    let mut hasher = Sha256::new();
    io::copy(&mut File::open(file)?, &mut hasher)?;
    Ok(hasher.finalize().into())
}

#[cfg(test)]
mod tests;
