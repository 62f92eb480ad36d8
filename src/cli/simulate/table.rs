//! Rows into a file: CSV, gzipped CSV or Parquet, as its name says.

mod parquet;

use std::io::{self, BufWriter, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

use self::parquet::Parquet;
use super::Failure;
use super::output::{Output, Written};

/// What one column holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Column {
    pub name: String,
    /// In words; for whoever reads the file's metadata.
    pub title: String,
    pub unit: &'static str,
    pub kind: Kind,
}

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Whole,
    Number,
    Text,
    Flag,
}

/// One value. Its kind is the column's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Cell<'a> {
    Whole(u64),
    Number(f64),
    Text(&'a str),
    Flag(bool),
}

/// Where a file's content comes from: keys and values for its metadata, where the format has any.
pub(super) type Provenance = Vec<(&'static str, String)>;

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) enum Format {
    #[serde(rename = "csv")]
    Csv,
    #[serde(rename = "csv.gz")]
    Gzip,
    #[serde(rename = "parquet")]
    Parquet,
}

impl Format {
    /// What the ending of a name asks for.
    pub(super) fn of(path: &Path) -> Self {
        match path.extension().and_then(|extension| extension.to_str()).map(str::to_ascii_lowercase).as_deref() {
            Some("gz") => Self::Gzip,
            Some("parquet") => Self::Parquet,
            _ => Self::Csv,
        }
    }

    /// The ending of such files.
    pub(super) fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Gzip => "csv.gz",
            Self::Parquet => "parquet",
        }
    }
}

/// A table in the making. Given up, it leaves no file.
pub(super) struct Table {
    sink: Sink,
    rows: u64,
}

enum Sink {
    Csv(BufWriter<Output>),
    Gzip(BufWriter<GzEncoder<Output>>),
    Parquet(Box<Parquet>),
}

impl Table {
    /// Begins a table at `path`, or on standard output for `-`. `flag` is what errors call the path.
    ///
    /// # Errors
    /// When nothing can be written there; see [`Output::create`].
    pub(super) fn create(flag: &str, path: &Path, columns: &[Column], provenance: Provenance) -> Result<Self, Failure> {
        let output = Output::create(flag, path)?;
        let sink = match Format::of(path) {
            Format::Csv => Sink::Csv(BufWriter::new(output)),
            Format::Gzip => Sink::Gzip(BufWriter::new(GzEncoder::new(output, Compression::default()))),
            Format::Parquet => Sink::Parquet(Box::new(
                Parquet::new(output, columns, provenance).map_err(|error| cannot_write(path, error))?,
            )),
        };
        let mut table = Self { sink, rows: 0 };
        table.headings(columns).map_err(|error| cannot_write(path, error))?;
        Ok(table)
    }

    fn headings(&mut self, columns: &[Column]) -> io::Result<()> {
        let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
        match &mut self.sink {
            Sink::Csv(out) => writeln!(out, "{}", names.join(",")),
            Sink::Gzip(out) => writeln!(out, "{}", names.join(",")),
            Sink::Parquet(_) => Ok(()),
        }
    }

    /// Appends a row with one cell for each column.
    pub(super) fn row(&mut self, cells: &[Cell<'_>]) -> io::Result<()> {
        self.rows += 1;
        match &mut self.sink {
            Sink::Csv(out) => csv_row(out, cells),
            Sink::Gzip(out) => csv_row(out, cells),
            Sink::Parquet(out) => out.row(cells),
        }
    }

    /// How many rows there are.
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// Completes the file and gives it its name.
    pub(super) fn finish(self) -> io::Result<Written> {
        let output = match self.sink {
            Sink::Csv(out) => out.into_inner().map_err(io::IntoInnerError::into_error)?,
            Sink::Gzip(out) => out.into_inner().map_err(io::IntoInnerError::into_error)?.finish()?,
            Sink::Parquet(out) => out.finish()?,
        };
        output.finish()
    }
}

/// Rust prints the shortest digits that read back as the same number. Texts are ours, without quotes and ends of line.
fn csv_row(out: &mut impl Write, cells: &[Cell<'_>]) -> io::Result<()> {
    for (at, cell) in cells.iter().enumerate() {
        if at > 0 {
            out.write_all(b",")?;
        }
        match cell {
            Cell::Whole(value) => write!(out, "{value}")?,
            Cell::Number(value) => write!(out, "{value:?}")?,
            Cell::Text(text) if text.contains(',') => write!(out, "\"{text}\"")?,
            Cell::Text(text) => out.write_all(text.as_bytes())?,
            Cell::Flag(flag) => write!(out, "{}", u8::from(*flag))?,
        }
    }
    out.write_all(b"\n")
}

/// What to say when a file could not be written.
pub(super) fn cannot_write(path: &Path, error: io::Error) -> Failure {
    Failure::Run(anyhow::anyhow!(error).context(format!("cannot write {}", path.display())))
}

#[cfg(test)]
mod tests;
