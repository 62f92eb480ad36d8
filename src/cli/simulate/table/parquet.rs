//! A table as Parquet, row group by row group, so that memory stays flat however long the run is.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;

use arrow_array::builder::{BooleanBuilder, Float64Builder, StringBuilder, UInt64Builder};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::schema::types::ColumnPath;

use super::{Cell, Column, Kind, Provenance};
use crate::cli::simulate::output::Output;

/// Rows in a group: few enough to be held when they are encoded, and so many that the list of groups, which is held until
/// the end, stays short.
const GROUP_ROWS: usize = 65_536;
/// Rows handed to the encoder at once.
const BATCH_ROWS: usize = 1_024;

/// A Parquet file in the making.
pub(super) struct Parquet {
    writer: ArrowWriter<Output>,
    schema: Arc<Schema>,
    columns: Vec<Builder>,
    waiting: usize,
}

enum Builder {
    Whole(UInt64Builder),
    Number(Float64Builder),
    Text(StringBuilder),
    Flag(BooleanBuilder),
}

impl Parquet {
    pub(super) fn new(output: Output, columns: &[Column], provenance: Provenance) -> io::Result<Self> {
        let schema = Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()));
        let properties = properties(columns, provenance).map_err(as_io)?;
        let writer = ArrowWriter::try_new(output, Arc::clone(&schema), Some(properties)).map_err(as_io)?;
        Ok(Self {
            writer,
            schema,
            columns: columns.iter().map(|column| Builder::of(column.kind)).collect(),
            waiting: 0,
        })
    }

    pub(super) fn row(&mut self, cells: &[Cell<'_>]) -> io::Result<()> {
        for (column, cell) in self.columns.iter_mut().zip(cells) {
            column.push(*cell);
        }
        self.waiting += 1;
        if self.waiting == BATCH_ROWS { self.hand_over() } else { Ok(()) }
    }

    pub(super) fn finish(mut self) -> io::Result<Output> {
        self.hand_over()?;
        self.writer.into_inner().map_err(as_io)
    }

    fn hand_over(&mut self) -> io::Result<()> {
        self.waiting = 0;
        let arrays = self.columns.iter_mut().map(Builder::take).collect();
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), arrays).map_err(io::Error::other)?;
        self.writer.write(&batch).map_err(as_io)
    }
}

impl Builder {
    fn of(kind: Kind) -> Self {
        match kind {
            Kind::Whole => Self::Whole(UInt64Builder::with_capacity(BATCH_ROWS)),
            Kind::Number => Self::Number(Float64Builder::with_capacity(BATCH_ROWS)),
            Kind::Text => Self::Text(StringBuilder::new()),
            Kind::Flag => Self::Flag(BooleanBuilder::with_capacity(BATCH_ROWS)),
        }
    }

    fn push(&mut self, cell: Cell<'_>) {
        match (self, cell) {
            (Self::Whole(column), Cell::Whole(value)) => column.append_value(value),
            (Self::Number(column), Cell::Number(value)) => column.append_value(value),
            (Self::Text(column), Cell::Text(text)) => column.append_value(text),
            (Self::Flag(column), Cell::Flag(flag)) => column.append_value(flag),
            (_, cell) => unreachable!("{cell:?} stands in a column of another kind"),
        }
    }

    fn take(&mut self) -> ArrayRef {
        match self {
            Self::Whole(column) => Arc::new(column.finish()),
            Self::Number(column) => Arc::new(column.finish()),
            Self::Text(column) => Arc::new(column.finish()),
            Self::Flag(column) => Arc::new(column.finish()),
        }
    }
}

fn field(column: &Column) -> Field {
    let kind = match column.kind {
        Kind::Whole => DataType::UInt64,
        Kind::Number => DataType::Float64,
        Kind::Text => DataType::Utf8,
        Kind::Flag => DataType::Boolean,
    };
    let said = [("title", column.title.as_str()), ("unit", column.unit)];
    let said: HashMap<String, String> =
        said.into_iter().filter(|(_, text)| !text.is_empty()).map(|(key, text)| (key.into(), text.into())).collect();
    Field::new(&column.name, kind, false).with_metadata(said)
}

/// Noisy numbers gain nothing by a dictionary; split by bytes they compress.
fn properties(columns: &[Column], provenance: Provenance) -> Result<WriterProperties, ParquetError> {
    let metadata = provenance.into_iter().map(|(key, value)| KeyValue::new(key.to_owned(), value)).collect();
    let mut builder = WriterProperties::builder()
        .set_created_by(format!("tep {}", env!("CARGO_PKG_VERSION")))
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
        .set_max_row_group_row_count(Some(GROUP_ROWS))
        .set_key_value_metadata(Some(metadata));
    for column in columns.iter().filter(|column| column.kind == Kind::Number) {
        let path = || ColumnPath::new(vec![column.name.clone()]);
        builder = builder
            .set_column_dictionary_enabled(path(), false)
            .set_column_encoding(path(), Encoding::BYTE_STREAM_SPLIT);
    }
    Ok(builder.build())
}

/// A full disk is still a full disk when it comes back through the encoder.
fn as_io(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(inner) => match inner.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(other) => io::Error::other(other),
        },
        other => io::Error::other(other),
    }
}
