//! Reading the reference files and comparing with them.

use std::io::Read;
use std::path::PathBuf;

use flate2::read::GzDecoder;

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

/// The text of a compressed reference file.
pub fn unpacked(name: &str) -> String {
    let file = std::fs::File::open(path(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
    let mut text = String::new();
    GzDecoder::new(file).read_to_string(&mut text).unwrap_or_else(|e| panic!("{name}: {e}"));
    text
}

/// The text of a plain reference file.
pub fn plain(name: &str) -> String {
    std::fs::read_to_string(path(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// The rows of a compressed CSV file, without the header.
pub fn rows(name: &str) -> Vec<Vec<f64>> {
    let text = unpacked(name);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader
        .records()
        .map(|record| {
            let record = record.unwrap_or_else(|e| panic!("{name}: {e}"));
            record.iter().map(|cell| cell.parse().unwrap_or_else(|e| panic!("{name}: {cell}: {e}"))).collect()
        })
        .collect()
}

/// Difference relative to the reference, absolute near zero.
pub fn difference(found: f64, expected: f64) -> f64 {
    if found == expected {
        return 0.0;
    }
    let difference = (found - expected).abs() / expected.abs().max(1e-3);
    if difference.is_nan() { f64::INFINITY } else { difference }
}

/// The largest difference of two lists of equal length.
pub fn largest_difference(found: &[f64], expected: &[f64]) -> f64 {
    assert_eq!(found.len(), expected.len());
    found.iter().zip(expected).map(|(f, e)| difference(*f, *e)).fold(0.0, f64::max)
}
