//! The benchmark files of Braatz and colleagues: one row a sample of 3 minutes, headings are tags.

use std::fs::File;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use tep::detect::TrainingData;
use tep::domain::TagId;

/// Row of a test file at which its fault begins.
pub const ONSET: usize = 160;

/// The variables of the usual protocol: continuous measurements and valves, without the analysers.
pub fn protocol_tags() -> Vec<TagId> {
    let measured = (1..=22).map(|n| format!("XMEAS_{n}"));
    measured.chain((1..=11).map(|n| format!("XMV_{n}"))).map(TagId::from).collect()
}

/// One file, for example `d04_te`, as a run of its own.
pub fn read(name: &str) -> TrainingData {
    let path = directory().join(format!("{name}.csv.gz"));
    let file = File::open(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let mut reader = csv::Reader::from_reader(GzDecoder::new(file));
    let tags = reader.headers().expect("a heading").iter().map(TagId::from).collect();
    let mut data = TrainingData::new(tags).expect("a sound heading");
    data.begin_run(name);
    for record in reader.records() {
        let row: Vec<f64> = record.expect("a row").iter().map(|cell| cell.parse().expect("a number")).collect();
        data.push_row(&row).expect("a full row");
    }
    data
}

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data/braatz")
}
