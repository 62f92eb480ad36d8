use std::fs::{self, File};

use ::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, UInt64Type};

use super::*;

fn columns() -> Vec<Column> {
    let column = |name: &str, unit, kind| Column { name: name.into(), title: format!("The {name}"), unit, kind };
    vec![
        column("step", "", Kind::Whole),
        column("pressure", "kPa gauge", Kind::Number),
        column("fault", "", Kind::Text),
        column("tripped", "", Kind::Flag),
    ]
}

fn table(path: &Path) -> Table {
    let provenance = vec![("tep.seed", "77".to_owned())];
    Table::create("--out", path, &columns(), provenance).unwrap_or_else(|failure| panic!("{failure:?}"))
}

fn fill(table: &mut Table, rows: u64) -> io::Result<()> {
    (1..=rows).try_for_each(|step| {
        let number = Cell::Number(step as f64 / 3.0);
        table.row(&[Cell::Whole(step), number, Cell::Text("IDV_4"), Cell::Flag(step % 2 == 0)])
    })
}

#[test]
fn csv_reads_back_as_the_same_numbers() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("run.csv");
    let mut table = table(&path);
    fill(&mut table, 3).unwrap();
    table.finish().unwrap();
    let text = fs::read_to_string(path).unwrap();
    assert_eq!(
        text,
        "step,pressure,fault,tripped\n1,0.3333333333333333,IDV_4,0\n2,0.6666666666666666,IDV_4,1\n3,1.0,IDV_4,0\n"
    );
}

#[test]
fn a_name_that_ends_in_gz_is_gzipped_csv() {
    let dir = tempfile::tempdir().unwrap();
    let (plain, gzipped) = (dir.path().join("run.csv"), dir.path().join("run.csv.gz"));
    for path in [&plain, &gzipped] {
        let mut table = table(path);
        fill(&mut table, 1000).unwrap();
        table.finish().unwrap();
    }
    let unzipped = io::read_to_string(flate2::read::GzDecoder::new(File::open(gzipped).unwrap())).unwrap();
    assert_eq!(unzipped, fs::read_to_string(plain).unwrap());
}

#[test]
fn parquet_has_types_units_and_provenance_and_several_row_groups() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("run.parquet");
    let mut table = table(&path);
    fill(&mut table, 140_000).unwrap();
    let written = table.finish().unwrap();
    assert_eq!(written.bytes, fs::metadata(&path).unwrap().len());

    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap();
    let metadata = reader.metadata();
    assert_eq!(metadata.num_row_groups(), 3);
    let pairs = metadata.file_metadata().key_value_metadata().unwrap();
    assert!(pairs.iter().any(|pair| pair.key == "tep.seed" && pair.value.as_deref() == Some("77")));
    let field = reader.schema().field_with_name("pressure").unwrap();
    assert_eq!((field.metadata()["unit"].as_str(), field.metadata()["title"].as_str()), ("kPa gauge", "The pressure"));
    let mut step = 0;
    for batch in reader.build().unwrap() {
        let batch = batch.unwrap();
        let (steps, numbers) =
            (batch.column(0).as_primitive::<UInt64Type>(), batch.column(1).as_primitive::<Float64Type>());
        for row in 0..batch.num_rows() {
            step += 1;
            assert_eq!((steps.value(row), numbers.value(row)), (step, step as f64 / 3.0));
            assert_eq!(
                (batch.column(2).as_string::<i32>().value(row), batch.column(3).as_boolean().value(row)),
                ("IDV_4", step % 2 == 0)
            );
        }
    }
    assert_eq!(step, 140_000);
}

#[test]
fn a_full_disk_is_told_as_such_in_every_format() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["full.csv", "full.csv.gz", "full.parquet"] {
        let path = dir.path().join(name);
        std::os::unix::fs::symlink("/dev/full", &path).unwrap();
        let error = match Table::create("--out", &path, &columns(), Vec::new()) {
            Ok(mut table) => fill(&mut table, 40_000).and_then(|()| table.finish().map(|_| ())).unwrap_err(),
            Err(failure) => panic!("{name}: {failure:?}"),
        };
        assert_eq!(error.kind(), io::ErrorKind::StorageFull, "{name}: {error}");
    }
}
