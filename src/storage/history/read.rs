//! Reads a sealed hour: whole to merge it, or a few columns of it for a trend.

use std::fs::File;
use std::io;
use std::path::Path;

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type, TimestampMicrosecondType, UInt8Type};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::table::{NO_QUALITY, TagColumn, UnitTable};
use super::write::{INGEST_TIME, SCAN, TAGS_KEY, TIME, quality_name};
use crate::storage::columns::Column;
use crate::storage::{Result, StorageError};

const WHAT: &str = "read the history";

/// Opens a file; `None` when it is not there (any more).
fn open(path: &Path) -> Result<Option<ParquetRecordBatchReaderBuilder<File>>> {
    match File::open(path) {
        Ok(file) => {
            ParquetRecordBatchReaderBuilder::try_new(file).map(Some).map_err(|e| StorageError::parquet(WHAT, path, e))
        }
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(StorageError::io(WHAT, path, e)),
    }
}

/// The columns that the footer tells of.
fn columns(path: &Path, builder: &ParquetRecordBatchReaderBuilder<File>) -> Result<Vec<Column>> {
    let corrupt = |problem: String| StorageError::corrupt(WHAT, path.display(), problem);
    let footer = builder.metadata().file_metadata().key_value_metadata();
    let tags = footer
        .and_then(|entries| entries.iter().find(|entry| entry.key == TAGS_KEY))
        .and_then(|entry| entry.value.as_deref())
        .ok_or_else(|| corrupt(format!("the footer has no {TAGS_KEY}")))?;
    serde_json::from_str(tags).map_err(|e| corrupt(format!("footer {TAGS_KEY}: {e}")))
}

/// The whole hour; `None` when it was never sealed.
pub(super) fn read_hour(path: &Path) -> Result<Option<UnitTable>> {
    let Some(builder) = open(path)? else { return Ok(None) };
    let columns = columns(path, &builder)?;
    let mut table = UnitTable {
        columns: columns
            .into_iter()
            .map(|column| TagColumn { column, values: Vec::new(), qualities: Vec::new() })
            .collect(),
        ..UnitTable::default()
    };
    for batch in batches(path, builder, None)? {
        let batch = batch?;
        table.times.extend(times(path, &batch, TIME)?);
        table.ingest_times.extend(times(path, &batch, INGEST_TIME)?);
        table.numbers.extend(numbers(path, &batch)?);
        for tag in &mut table.columns {
            let (values, qualities) = tag_cells(&batch, &tag.column.tag);
            tag.values.extend(values);
            tag.qualities.extend(qualities);
        }
    }
    Ok(Some(table))
}

/// Times, scan numbers and the named tags of an hour, nothing else of it touched.
#[derive(Clone, Debug, Default)]
pub(in crate::storage) struct Projected {
    pub times: Vec<i64>,
    pub numbers: Vec<i64>,
    /// One a named tag, in the order asked for: values and quality codes.
    pub tags: Vec<(Vec<f64>, Vec<u8>)>,
}

/// Reads a few tags of an hour; a tag that the file does not know is bad throughout.
pub(in crate::storage) fn read_tags(path: &Path, tags: &[String]) -> Result<Option<Projected>> {
    let Some(builder) = open(path)? else { return Ok(None) };
    let mut wanted: Vec<String> = vec![TIME.into(), SCAN.into()];
    wanted.extend(tags.iter().flat_map(|tag| [tag.clone(), quality_name(tag)]));
    let mut projected = Projected { tags: vec![Default::default(); tags.len()], ..Projected::default() };
    for batch in batches(path, builder, Some(&wanted))? {
        let batch = batch?;
        projected.times.extend(times(path, &batch, TIME)?);
        projected.numbers.extend(numbers(path, &batch)?);
        for (tag, cells) in tags.iter().zip(&mut projected.tags) {
            let (values, qualities) = tag_cells(&batch, tag);
            cells.0.extend(values);
            cells.1.extend(qualities);
        }
    }
    Ok(Some(projected))
}

fn batches(
    path: &Path,
    builder: ParquetRecordBatchReaderBuilder<File>,
    wanted: Option<&[String]>,
) -> Result<impl Iterator<Item = Result<RecordBatch>>> {
    let builder = match wanted {
        None => builder,
        Some(wanted) => {
            // By position: a tag's name may hold a dot, which a path would split.
            let fields = builder.schema().fields().iter().enumerate();
            let roots: Vec<usize> =
                fields.filter(|(_, field)| wanted.contains(field.name())).map(|(at, _)| at).collect();
            let mask = ProjectionMask::roots(builder.parquet_schema(), roots);
            builder.with_projection(mask)
        }
    };
    let reader = builder.with_batch_size(4_096).build().map_err(|e| StorageError::parquet(WHAT, path, e))?;
    let path = path.to_owned();
    Ok(reader.map(move |batch| batch.map_err(|e| StorageError::corrupt(WHAT, path.display(), e))))
}

fn times(path: &Path, batch: &RecordBatch, name: &str) -> Result<Vec<i64>> {
    batch
        .column_by_name(name)
        .and_then(|column| column.as_primitive_opt::<TimestampMicrosecondType>())
        .map(|column| column.values().to_vec())
        .ok_or_else(|| StorageError::corrupt(WHAT, path.display(), format!("column {name} is missing or no time")))
}

fn numbers(path: &Path, batch: &RecordBatch) -> Result<Vec<i64>> {
    batch
        .column_by_name(SCAN)
        .and_then(|column| column.as_primitive_opt::<Int64Type>())
        .map(|column| column.values().to_vec())
        .ok_or_else(|| StorageError::corrupt(WHAT, path.display(), "column scan is missing or no number"))
}

fn tag_cells(batch: &RecordBatch, tag: &str) -> (Vec<f64>, Vec<u8>) {
    let values = batch.column_by_name(tag).and_then(|column| column.as_primitive_opt::<Float64Type>());
    let qualities = batch.column_by_name(&quality_name(tag)).and_then(|column| column.as_primitive_opt::<UInt8Type>());
    (
        values.map_or_else(
            || vec![f64::NAN; batch.num_rows()],
            |column| column.iter().map(|value| value.unwrap_or(f64::NAN)).collect(),
        ),
        qualities.map_or_else(|| vec![NO_QUALITY; batch.num_rows()], |column| column.values().to_vec()),
    )
}
