//! A file of one run, whatever tags it has: for training and judging charts, where no plant file is asked.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use csv::{ReaderBuilder, Trim};
use flate2::read::MultiGzDecoder;

use super::replay::TableError;
use crate::domain::TagId;

/// Headings that are no tags: time and the labels that `tep simulate` writes.
const NOT_TAGS: [&str; 6] = ["step", "t_h", "time", "seed", "tripped", "run"];
/// The label that says what is wrong in a row.
const FAULT: &str = "fault";
/// What it says when nothing is.
const NO_FAULT: [&str; 4] = ["", "0", "normal", "none"];

/// All rows of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct RunFile {
    /// The headings that are tags, in the order of the file.
    pub tags: Vec<TagId>,
    /// One value a tag, row by row; NaN where there is none.
    pub rows: Vec<Vec<f64>>,
    /// The first row whose `fault` label says that something is wrong, with the label; `None` without such a row.
    pub fault: Option<(usize, String)>,
    /// Whether it has such labels at all.
    pub labelled: bool,
}

impl RunFile {
    /// Reads a `.csv` or `.csv.gz` file.
    ///
    /// # Errors
    /// When it cannot be read or makes no sense; the error names file, row and column.
    pub fn read(file: &Path) -> Result<Self, TableError> {
        let opened = File::open(file).map_err(|source| TableError::Unreadable { file: file.to_owned(), source })?;
        let gzipped = file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gz"));
        if gzipped { Self::parse(file, MultiGzDecoder::new(opened)) } else { Self::parse(file, opened) }
    }

    /// Reads CSV that is already there; `file` is what errors call it.
    ///
    /// # Errors
    /// As [`RunFile::read`].
    pub fn parse(file: &Path, bytes: impl Read) -> Result<Self, TableError> {
        let not_csv = |source| TableError::NotCsv { file: file.to_owned(), source };
        let mut reader = ReaderBuilder::new().flexible(true).trim(Trim::All).from_reader(bytes);
        let headings: Vec<String> = reader.headers().map_err(not_csv)?.iter().map(String::from).collect();
        let columns = Columns::of(file, &headings)?;
        let mut run = Self {
            tags: columns.tags.iter().map(|at| TagId::from(headings[*at].as_str())).collect(),
            rows: Vec::new(),
            fault: None,
            labelled: columns.fault.is_some(),
        };
        for record in reader.records() {
            let record = record.map_err(not_csv)?;
            let (row, line) = (run.rows.len() as u64 + 1, record.position().map_or(0, csv::Position::line));
            if record.len() != headings.len() {
                let (expected, found) = (headings.len(), record.len());
                return Err(TableError::Ragged { file: file.to_owned(), row, line, expected, found });
            }
            let value = |at: &usize| {
                number(&record[*at]).ok_or_else(|| TableError::Cell {
                    file: file.to_owned(),
                    row,
                    line,
                    heading: headings[*at].clone(),
                    problem: format!("`{}` is not a number", &record[*at]),
                })
            };
            let values = columns.tags.iter().map(value).collect::<Result<_, _>>()?;
            let label = columns.fault.map(|at| &record[at]).filter(|label| !NO_FAULT.contains(label));
            if let (None, Some(label)) = (&run.fault, label) {
                run.fault = Some((run.rows.len(), label.to_owned()));
            }
            run.rows.push(values);
        }
        if run.rows.is_empty() { Err(TableError::Empty { file: file.to_owned() }) } else { Ok(run) }
    }
}

/// An empty cell, or one that says that it is no number, is a missing value.
fn number(text: &str) -> Option<f64> {
    if text.is_empty() {
        return Some(f64::NAN);
    }
    text.parse::<f64>().ok().map(|value| if value.is_finite() { value } else { f64::NAN })
}

struct Columns {
    tags: Vec<usize>,
    fault: Option<usize>,
}

impl Columns {
    fn of(file: &Path, headings: &[String]) -> Result<Self, TableError> {
        let twice = headings.iter().enumerate().find(|(at, heading)| headings[..*at].contains(heading));
        if let Some((at, heading)) = twice {
            return Err(TableError::RepeatedColumn { file: file.to_owned(), column: at + 1, heading: heading.clone() });
        }
        let is_tag = |at: &usize| !NOT_TAGS.contains(&headings[*at].as_str()) && headings[*at] != FAULT;
        let tags: Vec<usize> = (0..headings.len()).filter(is_tag).collect();
        if tags.is_empty() {
            return Err(TableError::NoTags { file: file.to_owned() });
        }
        Ok(Self { tags, fault: headings.iter().position(|heading| heading == FAULT) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<RunFile, String> {
        RunFile::parse(Path::new("run.csv"), text.as_bytes()).map_err(|error| error.to_string())
    }

    #[test]
    fn tags_are_all_headings_that_are_neither_time_nor_label() {
        let run = parse("step,t_h,A,B,fault\n1,0.05,1.5,2,normal\n2,0.1,,3,0\n3,0.15,2,4,IDV4\n").expect("a run");
        assert_eq!(run.tags, ["A", "B"].map(TagId::from));
        assert_eq!((run.rows.len(), run.rows[2].clone()), (3, vec![2.0, 4.0]));
        assert!(run.rows[1][0].is_nan(), "a missing value stays missing");
        assert_eq!((run.fault, run.labelled), (Some((2, "IDV4".to_owned())), true));
    }

    #[test]
    fn what_makes_no_sense_is_named_with_row_and_column() {
        for (text, problem) in [
            ("A,B\n1,2\n1,x\n", "run.csv, row 2 (line 3), column `B`: `x` is not a number"),
            ("A,B\n1\n", "run.csv, row 1 (line 2): 1 cells under 2 headings"),
            ("A,A\n1,2\n", "run.csv, column 2: the heading `A` is there twice"),
            ("step,t_h\n1,2\n", "run.csv has no column of a tag"),
            ("A,B\n", "run.csv has no rows"),
        ] {
            assert_eq!(parse(text), Err(problem.to_owned()));
        }
    }
}
