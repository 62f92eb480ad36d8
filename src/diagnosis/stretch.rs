//! Samples that follow each other, as a diagnosis looks at them.

use crate::domain::SourceTime;

/// Rows of values with their times, oldest first, one column a tag of the frame that will look at them.
#[derive(Clone, Debug, PartialEq)]
pub struct Stretch {
    width: usize,
    times: Vec<SourceTime>,
    values: Vec<f64>,
}

impl Stretch {
    /// Without rows yet; `width` is how many values a row has.
    pub fn new(width: usize) -> Self {
        Self { width: width.max(1), times: Vec::new(), values: Vec::new() }
    }

    /// Adds the next row, values in the tags' units. A row of another width is refused: false, and nothing has changed.
    pub fn push(&mut self, time: SourceTime, row: &[f64]) -> bool {
        if row.len() != self.width {
            return false;
        }
        self.times.push(time);
        self.values.extend_from_slice(row);
        true
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.times.len()
    }

    /// One row.
    pub fn row(&self, at: usize) -> &[f64] {
        &self.values[at * self.width..(at + 1) * self.width]
    }

    /// Plant time of each row.
    pub fn times(&self) -> &[SourceTime] {
        &self.times
    }

    /// Forgets all but the last `rows` rows.
    pub fn keep_last(&mut self, rows: usize) {
        let gone = self.rows().saturating_sub(rows);
        self.times.drain(..gone);
        self.values.drain(..gone * self.width);
    }

    /// Forgets all but the first `rows` rows.
    pub fn keep_first(&mut self, rows: usize) {
        self.times.truncate(rows);
        self.values.truncate(rows * self.width);
    }

    /// The last row that is not after a time.
    pub fn at(&self, time: SourceTime) -> Option<usize> {
        self.times.partition_point(|row| *row <= time).checked_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_keeps_the_newest_rows_and_finds_them_by_time() {
        let mut stretch = Stretch::new(2);
        let at = SourceTime::from_micros;
        for n in 0..5_i64 {
            assert!(stretch.push(at(10 * n), &[n as f64, -(n as f64)]));
        }
        assert!(!stretch.push(at(60), &[1.0]), "a row of another width");
        stretch.keep_last(3);
        assert_eq!((stretch.rows(), stretch.row(0)), (3, &[2.0, -2.0][..]));
        assert_eq!([19, 20, 39, 99].map(|time| stretch.at(at(time))), [None, Some(0), Some(1), Some(2)]);
        stretch.keep_last(9);
        assert_eq!(stretch.rows(), 3);
    }
}
