//! Normal operation out of files.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Material, TrainingError};
use crate::detect::TrainingData;
use crate::detect::quality::judge;
use crate::domain::{DetectorSpec, Plant, Quality};
use crate::ingest::{self, NormalFile};

/// By how much rows may be further apart than a detector samples, or closer, as a share of its period: samples move through
/// the phases of a plant, a scan later each time.
const PERIOD_OFF: f64 = 0.1;

/// Files of normal operation, each an unbroken run at the detector's sample period.
///
/// # Errors
/// When a file cannot be used: it cannot be read, lacks a tag of the detector, has rows that are further apart than it
/// samples, or values that no instrument of this plant gives.
pub fn from_files(plant: &Plant, spec: &DetectorSpec, files: &[PathBuf]) -> Result<Material, TrainingError> {
    let mut data = TrainingData::new(plant.tags.iter().map(|tag| tag.id.clone()).collect())?;
    for path in files {
        let (file, name) = (ingest::normal_file(path, plant)?, name(path));
        check(plant, spec, &file, &name)?;
        data.begin_run(name);
        file.rows.iter().try_for_each(|row| data.push_row(row))?;
    }
    let names: Vec<String> = files.iter().map(|path| name(path)).collect();
    Ok(Material { data, source: names.join(", ") })
}

fn name(path: &Path) -> String {
    path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

fn check(plant: &Plant, spec: &DetectorSpec, file: &NormalFile, name: &str) -> Result<(), TrainingError> {
    if let Some(found) = file.period.filter(|found| is_other(*found, spec.sample_period)) {
        return Err(TrainingError::Period { file: name.to_owned(), found, needed: spec.sample_period });
    }
    for (index, tag) in spec.tags.iter().filter_map(|index| Some((index, plant.tag(*index)?))) {
        if !file.has.get(index.get()).is_some_and(|has| *has) {
            return Err(TrainingError::NoColumn { file: name.to_owned(), tag: tag.id.clone() });
        }
        // What is missing is told by whoever learns from the rows.
        let value = |row: &Vec<f64>| row.get(index.get()).copied().filter(|value| value.is_finite());
        let absurd = |value: &f64| judge(tag, *value, Quality::Good) == Quality::Bad;
        let found = file.rows.iter().enumerate().find_map(|(at, row)| Some((at, value(row).filter(absurd)?)));
        if let Some((at, value)) = found {
            return Err(TrainingError::BeyondBelief {
                file: name.to_owned(),
                row: at + 1,
                tag: tag.id.clone(),
                value,
                unit: tag.unit_of_measure.clone(),
                low: tag.range_low,
                high: tag.range_high,
            });
        }
    }
    Ok(())
}

fn is_other(found: Duration, needed: Duration) -> bool {
    (found.as_secs_f64() / needed.as_secs_f64() - 1.0).abs() > PERIOD_OFF
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::fs;

    use super::*;
    use crate::config::plant::built_in;

    /// A file of ten rows of the built-in plant at its normal values, as `change` leaves them, in the order of `columns`.
    fn read(columns: &[&str], change: impl Fn(usize, &str) -> Option<String>) -> Result<Material, String> {
        let (home, plant) = (tempfile::tempdir().expect("a directory"), built_in());
        let path = home.path().join("monday.csv");
        let mut text = columns.join(",") + "\r\n";
        for row in 1..=10 {
            let normal = |column: &str| {
                let tag = plant.tags.iter().find(|tag| tag.id.as_str() == column);
                tag.map_or_else(|| (row as f64 * 0.05).to_string(), |tag| tag.normal.to_string())
            };
            let cells: Vec<String> =
                columns.iter().map(|column| change(row, column).unwrap_or_else(|| normal(column))).collect();
            write!(text, "{}\r\n", cells.join(",")).expect("text");
        }
        fs::write(&path, text).expect("a file");
        from_files(&plant, &plant.detectors[0], &[path]).map_err(|error| error.in_words())
    }

    fn columns() -> Vec<String> {
        let measured = (1..=22).map(|n| format!("XMEAS_{n}"));
        measured.chain((1..=11).map(|n| format!("XMV_{n}"))).collect()
    }

    #[test]
    fn columns_are_found_by_name_in_any_order() {
        let columns = columns();
        let names: Vec<&str> = columns.iter().map(String::as_str).collect();
        let turned: Vec<&str> = names.iter().rev().copied().collect();
        let (one, other) = (read(&names, |_, _| None).expect("rows"), read(&turned, |_, _| None).expect("rows"));
        assert_eq!((one.data.rows(), one.source.as_str()), (10, "monday.csv"));
        assert_eq!(one.data.content_hash(), other.data.content_hash());
    }

    #[test]
    fn a_file_that_is_not_of_this_detector_is_refused_by_name() {
        let columns = columns();
        let names: Vec<&str> = columns.iter().map(String::as_str).collect();
        let refused = |columns: &[&str], change: &dyn Fn(usize, &str) -> Option<String>| {
            read(columns, change).expect_err("it makes no sense")
        };
        let without: Vec<&str> = names.iter().filter(|name| **name != "XMEAS_9").copied().collect();
        assert_eq!(refused(&without, &|_, _| None), "monday.csv has no column of XMEAS_9, which the detector looks at");
        let in_mpa = |row: usize, column: &str| (column == "XMEAS_7" && row > 3).then(|| "2.705".to_owned());
        let said = refused(&names, &in_mpa);
        assert!(
            said.starts_with("monday.csv, row 4: XMEAS_7 is 2.705 kPa gauge, and its instrument measures"),
            "{said}"
        );
        let timed: Vec<&str> = ["t_h"].into_iter().chain(names.iter().copied()).collect();
        assert!(read(&timed, |_, _| None).is_ok(), "a row every three minutes");
        let hourly = |row: usize, column: &str| (column == "t_h").then(|| row.to_string());
        let said = refused(&timed, &hourly);
        assert!(
            said.starts_with("the rows of monday.csv are 3600 s apart, and the detector samples every 180 s"),
            "{said}"
        );
        let text = |row: usize, column: &str| (column == "XMV_3" && row == 7).then(|| "n/a".to_owned());
        let said = refused(&names, &text);
        assert!(said.ends_with("monday.csv, row 7 (line 8), column `XMV_3`: `n/a` is not a number"), "{said}");
    }
}
