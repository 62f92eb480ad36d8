//! What a model is trained on: rows of normal operation, tags by name, in unbroken runs.

use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::domain::TagId;

/// Rows of values, one column a tag, at the sample period of the model that is to be trained.
///
/// Rows of one run follow each other without a gap; between runs the plant was elsewhere.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainingData {
    tags: Vec<TagId>,
    values: Vec<f64>,
    runs: Vec<Run>,
}

/// An unbroken stretch of rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Where it comes from, for people: a file or a period of history.
    pub name: String,
    /// Position of its first row among all rows.
    pub first_row: usize,
    /// How many rows it has.
    pub rows: usize,
}

impl Run {
    /// The positions of its rows among all rows.
    pub const fn range(&self) -> std::ops::Range<usize> {
        self.first_row..self.first_row + self.rows
    }
}

/// Why rows are not training data.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TrainingDataError {
    /// There is no column at all.
    #[error("training data needs at least one tag")]
    NoTags,
    /// Two columns carry one name.
    #[error("tag {0} stands in two columns of the training data")]
    DuplicateTag(TagId),
    /// A row is of another width than the heading.
    #[error("row {row} of {run} has {got} values for {expected} tags")]
    Width {
        /// The run that it would join.
        run: String,
        /// Its number within the run, from 1.
        row: usize,
        /// How many tags there are.
        expected: usize,
        /// How many values it has.
        got: usize,
    },
    /// A tag that the model needs is not there.
    #[error("the training data has no tag {0}")]
    MissingTag(TagId),
}

impl TrainingData {
    /// Without rows yet; the order of `tags` is the order of columns.
    ///
    /// # Errors
    /// When there is no tag, or one stands twice.
    pub fn new(tags: Vec<TagId>) -> Result<Self, TrainingDataError> {
        if tags.is_empty() {
            return Err(TrainingDataError::NoTags);
        }
        let twice = tags.iter().enumerate().find(|(n, tag)| tags[..*n].contains(tag));
        match twice {
            Some((_, tag)) => Err(TrainingDataError::DuplicateTag(tag.clone())),
            None => Ok(Self { tags, values: Vec::new(), runs: Vec::new() }),
        }
    }

    /// Begins a new unbroken run; rows pushed from now on belong to it.
    pub fn begin_run(&mut self, name: impl Into<String>) {
        self.runs.push(Run { name: name.into(), first_row: self.rows(), rows: 0 });
    }

    /// Adds the next row of the present run, values in the tags' units, in the order of the tags.
    ///
    /// # Errors
    /// When the row is too wide or too narrow; nothing is added then.
    pub fn push_row(&mut self, row: &[f64]) -> Result<(), TrainingDataError> {
        if self.runs.is_empty() {
            self.begin_run("run 1");
        }
        let run = self.runs.last_mut().expect("a run was begun");
        if row.len() != self.tags.len() {
            let (run, row_number) = (run.name.clone(), run.rows + 1);
            return Err(TrainingDataError::Width { run, row: row_number, expected: self.tags.len(), got: row.len() });
        }
        run.rows += 1;
        self.values.extend_from_slice(row);
        Ok(())
    }

    /// The tags, in the order of columns.
    pub fn tags(&self) -> &[TagId] {
        &self.tags
    }

    /// The unbroken runs, in the order in which they came.
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// How many rows there are in all runs.
    pub fn rows(&self) -> usize {
        self.values.len() / self.tags.len()
    }

    /// One row by its position among all rows.
    pub fn row(&self, at: usize) -> &[f64] {
        let width = self.tags.len();
        &self.values[at * width..(at + 1) * width]
    }

    /// Run and number within the run (from 1) of a row, for messages.
    pub fn place(&self, at: usize) -> (&str, usize) {
        let holds = |run: &&Run| run.range().contains(&at);
        self.runs.iter().find(holds).map_or(("", at + 1), |run| (run.name.as_str(), at - run.first_row + 1))
    }

    /// The same rows with only these tags, in this order.
    ///
    /// # Errors
    /// When one of them is missing, or named twice.
    pub fn select(&self, tags: &[TagId]) -> Result<Self, TrainingDataError> {
        let column = |tag: &TagId| {
            let at = self.tags.iter().position(|have| have == tag);
            at.ok_or_else(|| TrainingDataError::MissingTag(tag.clone()))
        };
        let columns = tags.iter().map(column).collect::<Result<Vec<_>, _>>()?;
        let chosen = Self::new(tags.to_vec())?;
        let values = (0..self.rows()).flat_map(|at| columns.iter().map(move |&column| self.row(at)[column])).collect();
        Ok(Self { values, runs: self.runs.clone(), ..chosen })
    }

    /// SHA-256 over tags, run lengths and the bits of all values, in hexadecimal: equal data has an equal hash,
    /// whatever its runs are called.
    pub fn content_hash(&self) -> String {
        let mut hash = Sha256::new();
        for tag in &self.tags {
            hash.update(tag.as_str());
            hash.update([0]);
        }
        for run in &self.runs {
            hash.update((run.rows as u64).to_le_bytes());
        }
        for value in &self.values {
            hash.update(value.to_bits().to_le_bytes());
        }
        hex(&hash.finalize())
    }
}

/// Bytes in hexadecimal, lower case.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(names: &[&str]) -> Vec<TagId> {
        names.iter().map(|&name| TagId::from(name)).collect()
    }

    fn two_runs() -> TrainingData {
        let mut data = TrainingData::new(tags(&["A", "B", "C"])).expect("tags");
        data.begin_run("monday");
        data.push_row(&[1.0, 2.0, 3.0]).expect("a row");
        data.push_row(&[4.0, 5.0, 6.0]).expect("a row");
        data.begin_run("tuesday");
        data.push_row(&[7.0, 8.0, 9.0]).expect("a row");
        data
    }

    #[test]
    fn rows_are_found_by_position_and_by_run() {
        let data = two_runs();
        assert_eq!((data.rows(), data.row(2)), (3, &[7.0, 8.0, 9.0][..]));
        assert_eq!((data.place(1), data.place(2)), (("monday", 2), ("tuesday", 1)));
        assert_eq!(data.runs()[1].range(), 2..3);
    }

    #[test]
    fn a_row_of_another_width_is_named_and_adds_nothing() {
        let mut data = two_runs();
        let error = data.push_row(&[1.0]).expect_err("too narrow");
        assert_eq!(error.to_string(), "row 2 of tuesday has 1 values for 3 tags");
        assert_eq!(data, two_runs());
    }

    #[test]
    fn a_heading_that_names_a_tag_twice_or_none_is_refused() {
        assert_eq!(TrainingData::new(tags(&["A", "B", "A"])), Err(TrainingDataError::DuplicateTag(TagId::from("A"))));
        assert_eq!(TrainingData::new(Vec::new()), Err(TrainingDataError::NoTags));
    }

    #[test]
    fn selected_tags_come_in_the_order_asked_for() {
        let chosen = two_runs().select(&tags(&["C", "A"])).expect("both are there");
        assert_eq!((chosen.row(1), chosen.runs().len()), (&[6.0, 4.0][..], 2));
        assert_eq!(two_runs().select(&tags(&["D"])), Err(TrainingDataError::MissingTag(TagId::from("D"))));
    }

    #[test]
    fn the_hash_follows_names_bits_and_runs_but_not_what_runs_are_called() {
        let data = two_runs();
        let mut renamed = data.clone();
        renamed.runs[0].name = "sunday".into();
        assert_eq!(renamed.content_hash(), data.content_hash());
        let mut joined = data.clone();
        joined.runs = vec![Run { name: "all".into(), first_row: 0, rows: 3 }];
        let mut nudged = data.clone();
        nudged.values[4] = 5.0_f64.next_up();
        let mut other = data.clone();
        other.tags[2] = TagId::from("D");
        let hashes: std::collections::BTreeSet<_> =
            [&data, &joined, &nudged, &other].map(TrainingData::content_hash).into();
        assert_eq!(hashes.len(), 4);
        assert!(hashes.iter().all(|hash| hash.len() == 64));
    }
}
