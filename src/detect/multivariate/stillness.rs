//! Tags that stand still: an instrument or a valve that repeats its value for longer than it ever did in training.
//!
//! An autoregression predicts what does not move perfectly, so its innovations are quietest where something is stuck.

use crate::detect::TrainingData;

/// How many rows longer than ever in training is too long, less a half.
pub(super) const LIMIT: f64 = 2.5;

/// Counts for how many rows each tag has repeated its value.
#[derive(Clone, Debug)]
pub(super) struct Stillness {
    /// For how many rows each did in training at most.
    longest: Vec<u32>,
    last: Vec<f64>,
    repeats: Vec<u32>,
}

impl Stillness {
    pub(super) fn new(longest: Vec<u32>) -> Self {
        Self { last: vec![f64::NAN; longest.len()], repeats: vec![0; longest.len()], longest }
    }

    pub(super) fn restart(&mut self) {
        self.last.fill(f64::NAN);
        self.repeats.fill(0);
    }

    /// Takes the next row.
    pub(super) fn take(&mut self, row: &[f64]) {
        for ((repeats, last), value) in self.repeats.iter_mut().zip(&mut self.last).zip(row) {
            // Not a number equals nothing, itself neither, so the first row repeats nothing.
            *repeats = if last == value { repeats.saturating_add(1) } else { 0 };
            *last = *value;
        }
    }

    /// By how many rows the stillest tag stands still for longer than in training.
    pub(super) fn statistic(&self) -> f64 {
        let excess = |(repeats, longest): (&u32, &u32)| repeats.saturating_sub(*longest);
        f64::from(self.repeats.iter().zip(&self.longest).map(excess).max().unwrap_or(0))
    }

    /// Adds each tag's excess to `into`, times `weight`.
    pub(super) fn add_parts(&self, weight: f64, into: &mut [f64]) {
        for ((slot, repeats), longest) in into.iter_mut().zip(&self.repeats).zip(&self.longest) {
            *slot += weight * f64::from(repeats.saturating_sub(*longest));
        }
    }
}

/// For how many rows each tag repeats its value at most, in all runs.
pub(super) fn longest(data: &TrainingData) -> Vec<u32> {
    let mut longest = vec![0; data.tags().len()];
    each_row(data, |_, repeats| longest.iter_mut().zip(repeats).for_each(|(longest, n)| *longest = (*longest).max(*n)));
    longest
}

/// The statistic of rows that were held out: for each row of `rows` (with its fold) against the longest stillness in all
/// other folds.
pub(super) fn held_out(data: &TrainingData, rows: &[(usize, usize)], folds: usize) -> Vec<f64> {
    let width = data.tags().len();
    let mut fold_of = vec![None; data.rows()];
    rows.iter().for_each(|(row, fold)| fold_of[*row] = Some(*fold));
    let mut of_fold = vec![vec![0; width]; folds];
    each_row(data, |row, repeats| {
        if let Some(fold) = fold_of[row] {
            of_fold[fold].iter_mut().zip(repeats).for_each(|(longest, n)| *longest = (*longest).max(*n));
        }
    });
    let of_others = |fold: usize| -> Vec<u32> {
        let others = || of_fold.iter().enumerate().filter(|(n, _)| *n != fold);
        (0..width).map(|tag| others().map(|(_, longest)| longest[tag]).max().unwrap_or(0)).collect()
    };
    let of_others: Vec<Vec<u32>> = (0..folds).map(of_others).collect();
    let mut statistic = Vec::with_capacity(rows.len());
    each_row(data, |row, repeats| {
        if let Some(fold) = fold_of[row] {
            let excess = repeats.iter().zip(&of_others[fold]).map(|(n, longest)| n.saturating_sub(*longest));
            statistic.push(f64::from(excess.max().unwrap_or(0)));
        }
    });
    statistic
}

fn each_row(data: &TrainingData, mut each: impl FnMut(usize, &[u32])) {
    let mut still = Stillness::new(vec![0; data.tags().len()]);
    for run in data.runs() {
        still.restart();
        for row in run.range() {
            still.take(data.row(row));
            each(row, &still.repeats);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::TagId;

    fn data(rows: &[[f64; 2]]) -> TrainingData {
        let mut data = TrainingData::new(vec![TagId::from("A"), TagId::from("B")]).expect("tags");
        rows.iter().for_each(|row| data.push_row(row).expect("a row"));
        data
    }

    #[test]
    fn only_a_stillness_longer_than_any_in_training_counts() {
        let normal = data(&[[1.0, 5.0], [2.0, 5.0], [3.0, 5.0], [4.0, 6.0]]);
        assert_eq!(longest(&normal), [0, 2]);
        let mut still = Stillness::new(longest(&normal));
        let mut push = |row: [f64; 2]| {
            still.take(&row);
            still.statistic()
        };
        let seen: Vec<f64> =
            [[1.0, 7.0], [2.0, 7.0], [3.0, 7.0], [3.0, 7.0], [3.0, 7.0], [4.0, 8.0]].map(&mut push).to_vec();
        assert_eq!(seen, [0.0, 0.0, 0.0, 1.0, 2.0, 0.0]);
        let mut parts = [0.0; 2];
        for _ in 0..4 {
            push([9.0, 9.0]);
        }
        still.add_parts(1.0, &mut parts);
        assert_eq!(parts, [3.0, 1.0]);
    }

    #[test]
    fn held_out_rows_are_compared_with_the_other_folds() {
        let rows = data(&[[1.0, 1.0], [2.0, 2.0], [3.0, 3.0], [3.0, 4.0], [3.0, 5.0], [4.0, 6.0]]);
        let folds: Vec<(usize, usize)> = (0..6).map(|row| (row, row / 3)).collect();
        assert_eq!(held_out(&rows, &folds, 2), [0.0, 0.0, 0.0, 1.0, 2.0, 0.0]);
    }
}
