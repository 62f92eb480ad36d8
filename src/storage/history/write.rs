//! Writes one hour of one unit: aside first, to the disk, then in one step to its name.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, Int64Array, RecordBatch, TimestampMicrosecondArray, UInt8Array};
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{WriterProperties, WriterPropertiesBuilder};
use parquet::schema::types::ColumnPath;

use super::layout::temporary;
use super::table::{TagColumn, UnitTable};
use crate::storage::columns::Column;
use crate::storage::{Result, StorageError};

pub(super) const TIME: &str = "time";
pub(super) const INGEST_TIME: &str = "ingest_time";
pub(super) const SCAN: &str = "scan";
pub(super) const TAGS_KEY: &str = "tep.tags";
const WHAT: &str = "seal an hour of history";

/// Beyond this share of different values a dictionary costs more than it saves.
const DICTIONARY_UP_TO: f64 = 0.5;

/// Name of a tag's quality column.
pub(super) fn quality_name(tag: &str) -> String {
    format!("{tag}__quality")
}

/// Writes the file and returns its size in bytes. Whoever looks sees the old file or the new one, whole.
pub(super) fn write_hour(path: &Path, plant: &str, unit: &str, table: &UnitTable) -> Result<u64> {
    let aside = temporary(path);
    let dir = path.parent().unwrap_or(Path::new("."));
    make_day(dir)?;
    let written = write_aside(&aside, plant, unit, table);
    if written.is_err() {
        // What was half-written is of use to nobody, least of all on a full disk.
        let _ = fs::remove_file(&aside);
    }
    let bytes = written?;
    fs::rename(&aside, path).map_err(|e| StorageError::io(WHAT, path, e))?;
    sync_dir(dir)?;
    Ok(bytes)
}

/// Makes the directories of a day, down to the disk.
fn make_day(dir: &Path) -> Result<()> {
    if dir.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(dir).map_err(|e| StorageError::io(WHAT, dir, e))?;
    dir.ancestors().skip(1).take(2).try_for_each(sync_dir)
}

fn write_aside(aside: &Path, plant: &str, unit: &str, table: &UnitTable) -> Result<u64> {
    // An hour is small. Written through the encoder, a full disk would come back as a text without its kind.
    let bytes = encode(plant, unit, table).map_err(|e| StorageError::parquet(WHAT, aside, e))?;
    let written = File::create(aside).and_then(|mut file| {
        file.write_all(&bytes)?;
        file.sync_all()
    });
    written.map_err(|e| StorageError::io(WHAT, aside, e))?;
    Ok(bytes.len() as u64)
}

/// A new name is on the disk only when its directory is.
pub(in crate::storage) fn sync_dir(dir: &Path) -> Result<()> {
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(|e| StorageError::io(WHAT, dir, e))
}

fn encode(plant: &str, unit: &str, table: &UnitTable) -> std::result::Result<Vec<u8>, ParquetError> {
    let schema = Arc::new(schema(table));
    let batch = RecordBatch::try_new(Arc::clone(&schema), arrays(table))?;
    let mut writer = ArrowWriter::try_new(Vec::new(), schema, Some(properties(plant, unit, table)?))?;
    writer.write(&batch)?;
    writer.into_inner()
}

fn schema(table: &UnitTable) -> Schema {
    let time = || DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    let mut fields = vec![
        Field::new(TIME, time(), false),
        Field::new(INGEST_TIME, time(), false),
        Field::new(SCAN, DataType::Int64, false),
    ];
    for tag in &table.columns {
        fields.push(Field::new(&tag.column.tag, DataType::Float64, true));
        fields.push(Field::new(quality_name(&tag.column.tag), DataType::UInt8, false));
    }
    Schema::new(fields)
}

fn arrays(table: &UnitTable) -> Vec<ArrayRef> {
    let time = |micros: &[i64]| Arc::new(TimestampMicrosecondArray::from(micros.to_vec()).with_timezone("UTC"));
    let mut arrays: Vec<ArrayRef> =
        vec![time(&table.times), time(&table.ingest_times), Arc::new(Int64Array::from(table.numbers.clone()))];
    for tag in &table.columns {
        // No value is no value: a NaN would spoil every average that somebody takes.
        arrays.push(Arc::new(tag.values.iter().map(|v| (!v.is_nan()).then_some(*v)).collect::<Float64Array>()));
        arrays.push(Arc::new(UInt8Array::from(tag.qualities.clone())));
    }
    arrays
}

fn properties(plant: &str, unit: &str, table: &UnitTable) -> std::result::Result<WriterProperties, ParquetError> {
    let version = env!("CARGO_PKG_VERSION");
    let columns: Vec<&Column> = table.columns.iter().map(|tag| &tag.column).collect();
    let tags = serde_json::to_string(&columns).map_err(|e| ParquetError::External(e.into()))?;
    let entry = |key: &str, value: &str| KeyValue::new(key.to_owned(), value.to_owned());
    let mut builder = WriterProperties::builder()
        .set_created_by(format!("tep {version}"))
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
        .set_key_value_metadata(Some(vec![
            entry("tep.version", version),
            entry("tep.plant", plant),
            entry("tep.unit", unit),
            entry(TAGS_KEY, &tags),
        ]));
    for name in [TIME, INGEST_TIME, SCAN] {
        builder = encoded(builder, name, Encoding::DELTA_BINARY_PACKED);
    }
    for tag in &table.columns {
        if !repeats_itself(tag) {
            builder = encoded(builder, &tag.column.tag, Encoding::BYTE_STREAM_SPLIT);
        }
    }
    Ok(builder.build())
}

fn encoded(builder: WriterPropertiesBuilder, column: &str, encoding: Encoding) -> WriterPropertiesBuilder {
    let path = || ColumnPath::new(vec![column.to_owned()]);
    builder.set_column_dictionary_enabled(path(), false).set_column_encoding(path(), encoding)
}

/// Whether the values are few enough, after rounding, for a dictionary.
fn repeats_itself(tag: &TagColumn) -> bool {
    let most = (tag.values.len() as f64 * DICTIONARY_UP_TO).ceil();
    let mut seen = HashSet::new();
    tag.values.iter().all(|value| {
        seen.insert(value.to_bits());
        seen.len() as f64 <= most
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: i64) -> UnitTable {
        let times: Vec<i64> = (0..rows).map(|s| s * 1_000_000).collect();
        let column = Column { tag: "A".into(), unit: "u".into(), unit_of_measure: "%".into(), resolution: 0.1 };
        UnitTable {
            ingest_times: times.clone(),
            numbers: times.clone(),
            columns: vec![TagColumn {
                column,
                values: times.iter().map(|t| *t as f64).collect(),
                qualities: vec![0; times.len()],
            }],
            times,
        }
    }

    #[test]
    fn a_full_disk_is_told_as_such() {
        let error = write_aside(Path::new("/dev/full"), "p", "u", &table(3_600)).unwrap_err();
        assert!(matches!(error, StorageError::DiskFull { .. }), "{error:?}");
    }

    #[test]
    fn a_failed_write_leaves_neither_a_file_nor_a_half_one() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("hour-00.parquet");
        // A directory stands where the file would be put aside.
        fs::create_dir(temporary(&path)).unwrap();
        assert!(write_hour(&path, "p", "u", &table(10)).is_err());
        assert!(!path.exists());
    }

    #[test]
    fn values_that_never_repeat_get_no_dictionary() {
        assert!(!repeats_itself(&table(100).columns[0]));
        let mut level = table(100);
        level.columns[0].values = (0..100).map(|i| f64::from(i % 7)).collect();
        assert!(repeats_itself(&level.columns[0]));
    }
}
