//! A CSV file of samples: tag ids as headings, one row a sample, plain or gzipped.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use chrono::DateTime;
use csv::{ReaderBuilder, StringRecord, Trim};
use flate2::read::MultiGzDecoder;
use thiserror::Error;

use crate::domain::{Plant, SourceTime, TagId};

/// Why a file of samples cannot be used.
#[derive(Debug, Error)]
pub enum TableError {
    /// It cannot be opened or read.
    #[error("{} cannot be read", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// It is not CSV.
    #[error("{} is not a CSV file", file.display())]
    NotCsv {
        /// The file.
        file: PathBuf,
        /// Where, and why not.
        source: csv::Error,
    },
    /// A heading is neither a tag nor a time.
    #[error(
        "{}, column {column}: the plant has no tag `{heading}`; other headings may be `step`, `t_h` or `time`",
        file.display()
    )]
    UnknownColumn {
        /// The file.
        file: PathBuf,
        /// The column, from 1.
        column: usize,
        /// Its heading.
        heading: String,
    },
    /// A heading is there twice.
    #[error("{}, column {column}: the heading `{heading}` is there twice", file.display())]
    RepeatedColumn {
        /// The file.
        file: PathBuf,
        /// The second column, from 1.
        column: usize,
        /// Its heading.
        heading: String,
    },
    /// No heading is a tag.
    #[error("{} has no column of a tag", file.display())]
    NoTags {
        /// The file.
        file: PathBuf,
    },
    /// There are headings, but no rows.
    #[error("{} has no rows", file.display())]
    Empty {
        /// The file.
        file: PathBuf,
    },
    /// A row has more or fewer cells than there are headings.
    #[error("{}, row {row} (line {line}): {found} cells under {expected} headings", file.display())]
    Ragged {
        /// The file.
        file: PathBuf,
        /// The row, from 1, without the headings.
        row: u64,
        /// The line, from 1, with the headings.
        line: u64,
        /// How many there should be.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// A cell is not what its column wants.
    #[error("{}, row {row} (line {line}), column `{heading}`: {problem}", file.display())]
    Cell {
        /// The file.
        file: PathBuf,
        /// The row, from 1, without the headings.
        row: u64,
        /// The line, from 1, with the headings.
        line: u64,
        /// The heading of the column.
        heading: String,
        /// What is wrong.
        problem: String,
    },
}

/// What a row says of its time.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub enum RowTime {
    /// Column `t_h`: hours since the start of its run.
    Hours(f64),
    /// Column `time`: an instant.
    At(SourceTime),
}

/// One row.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// One value a tag, in the order of the plant; NaN where there is none.
    pub values: Vec<f64>,
    /// When, if the file says so.
    pub time: Option<RowTime>,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Tag(usize),
    Hours,
    Time,
    Step,
}

/// An open file, before its next row.
pub struct Table {
    file: PathBuf,
    reader: csv::Reader<Box<dyn Read + Send>>,
    record: StringRecord,
    headings: Vec<String>,
    columns: Vec<Column>,
    tags: usize,
    row: u64,
    last: Option<RowTime>,
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table").field("file", &self.file).field("row", &self.row).finish_non_exhaustive()
    }
}

impl Table {
    /// Opens a `.csv` or `.csv.gz` file and reads its headings.
    ///
    /// # Errors
    /// When it cannot be read, or a heading is neither a tag of the plant nor `step`, `t_h` or `time`.
    pub fn open(file: &Path, plant: &Plant) -> Result<Self, TableError> {
        let opened = File::open(file).map_err(|source| TableError::Unreadable { file: file.to_owned(), source })?;
        let gzipped = file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gz"));
        let bytes: Box<dyn Read + Send> =
            if gzipped { Box::new(MultiGzDecoder::new(opened)) } else { Box::new(opened) };
        let mut reader = ReaderBuilder::new().flexible(true).trim(Trim::All).from_reader(bytes);
        let headings: Vec<String> =
            reader.headers().map_err(|source| unreadable(file, source))?.iter().map(String::from).collect();
        Ok(Self {
            file: file.to_owned(),
            reader,
            record: StringRecord::new(),
            columns: columns(file, &headings, plant)?,
            headings,
            tags: plant.tags.len(),
            row: 0,
            last: None,
        })
    }

    /// The next row, or `None` behind the last.
    ///
    /// # Errors
    /// When the row has too many or too few cells, a cell is not a number, or time does not advance.
    pub fn next_row(&mut self) -> Result<Option<Row>, TableError> {
        let more = self.reader.read_record(&mut self.record).map_err(|source| unreadable(&self.file, source))?;
        if !more {
            return Ok(None);
        }
        self.row += 1;
        if self.record.len() != self.headings.len() {
            return Err(TableError::Ragged {
                file: self.file.clone(),
                row: self.row,
                line: self.line(),
                expected: self.headings.len(),
                found: self.record.len(),
            });
        }
        let mut row = Row { values: vec![f64::NAN; self.tags], time: None };
        for at in 0..self.columns.len() {
            self.cell(at, &mut row)?;
        }
        self.last = row.time;
        Ok(Some(row))
    }

    fn cell(&self, at: usize, row: &mut Row) -> Result<(), TableError> {
        let text = &self.record[at];
        match self.columns[at] {
            Column::Tag(tag) => row.values[tag] = self.value(at, text)?,
            Column::Hours => match text.parse::<f64>() {
                Ok(hours) if hours.is_finite() => {
                    row.time = row.time.or(Some(self.advanced(at, RowTime::Hours(hours))?))
                }
                _ => return Err(self.wrong(at, format!("`{text}` is not a number of hours"))),
            },
            Column::Time => match DateTime::parse_from_rfc3339(text) {
                Ok(time) => {
                    let time = RowTime::At(SourceTime::from_datetime(time.to_utc()));
                    row.time = Some(self.advanced(at, time)?);
                }
                Err(_) => return Err(self.wrong(at, format!("`{text}` is not a time as in 2026-01-31T12:00:00Z"))),
            },
            Column::Step => {}
        }
        Ok(())
    }

    /// An empty cell, or one that says that it is no number, is a missing value; anything else must be a number.
    fn value(&self, at: usize, text: &str) -> Result<f64, TableError> {
        if text.is_empty() {
            return Ok(f64::NAN);
        }
        match text.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(value),
            Ok(_) => Ok(f64::NAN),
            Err(_) => Err(self.wrong(at, format!("`{text}` is not a number"))),
        }
    }

    fn advanced(&self, at: usize, time: RowTime) -> Result<RowTime, TableError> {
        match self.last {
            Some(last) if time.partial_cmp(&last) != Some(std::cmp::Ordering::Greater) => {
                Err(self.wrong(at, format!("`{}` is not after the row before", &self.record[at])))
            }
            _ => Ok(time),
        }
    }

    fn wrong(&self, at: usize, problem: String) -> TableError {
        TableError::Cell {
            file: self.file.clone(),
            row: self.row,
            line: self.line(),
            heading: self.headings[at].clone(),
            problem,
        }
    }

    /// Between lines that end as on Windows the reader counts one too few.
    fn line(&self) -> u64 {
        self.record.position().map_or(0, csv::Position::line).max(self.row + 1)
    }

    /// Whether the file has a column of the tag at this position of the plant.
    pub fn has(&self, tag: usize) -> bool {
        self.columns.iter().any(|column| matches!(column, Column::Tag(at) if *at == tag))
    }
}

fn columns(file: &Path, headings: &[String], plant: &Plant) -> Result<Vec<Column>, TableError> {
    let mut columns = Vec::with_capacity(headings.len());
    for (at, heading) in headings.iter().enumerate() {
        let (file, column) = (file.to_owned(), at + 1);
        if headings[..at].contains(heading) {
            return Err(TableError::RepeatedColumn { file, column, heading: heading.clone() });
        }
        columns.push(match heading.as_str() {
            "step" => Column::Step,
            "t_h" => Column::Hours,
            "time" => Column::Time,
            tag => match plant.tag_index(&TagId::from(tag)) {
                Some(index) => Column::Tag(index.get()),
                None => return Err(TableError::UnknownColumn { file, column, heading: heading.clone() }),
            },
        });
    }
    if !columns.iter().any(|column| matches!(column, Column::Tag(_))) {
        return Err(TableError::NoTags { file: file.to_owned() });
    }
    // Where both are there, the instant is the truth and the hours are not looked at.
    if columns.contains(&Column::Time) {
        for column in &mut columns {
            if *column == Column::Hours {
                *column = Column::Step;
            }
        }
    }
    Ok(columns)
}

fn unreadable(file: &Path, source: csv::Error) -> TableError {
    let file = file.to_owned();
    if source.is_io_error() {
        if let csv::ErrorKind::Io(source) = source.into_kind() {
            return TableError::Unreadable { file, source };
        }
        return TableError::Unreadable { file, source: io::ErrorKind::Other.into() };
    }
    TableError::NotCsv { file, source }
}
