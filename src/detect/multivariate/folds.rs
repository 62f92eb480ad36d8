//! Cross-validation: each row is scored by a model that has not seen it.

use std::ops::Range;

use crate::detect::TrainingData;

/// Whole runs are held out where there are at least this many.
const RUNS_TO_HOLD_OUT: usize = 5;
/// At most so many folds of whole runs.
const FOLDS_OF_RUNS: usize = 13;
/// Fewer runs are held out in about so many blocks.
const BLOCKS: usize = 10;

/// A stretch of one run that is held out together with the others of its fold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// Number of its fold.
    pub fold: usize,
    /// All rows of its run.
    pub run: Range<usize>,
    /// Its own rows.
    pub rows: Range<usize>,
}

/// All rows in pieces, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Folds {
    pub pieces: Vec<Piece>,
    pub count: usize,
    pub whole_runs: bool,
}

impl Folds {
    /// Whole runs in turn, else blocks.
    pub(super) fn of(data: &TrainingData) -> Self {
        let runs: Vec<Range<usize>> = data.runs().iter().filter(|run| run.rows > 0).map(|run| run.range()).collect();
        if runs.len() >= RUNS_TO_HOLD_OUT {
            let count = runs.len().min(FOLDS_OF_RUNS);
            let piece = |(n, run): (usize, Range<usize>)| Piece { fold: n % count, rows: run.clone(), run };
            return Self { pieces: runs.into_iter().enumerate().map(piece).collect(), count, whole_runs: true };
        }
        let size = data.rows().div_ceil(BLOCKS).max(1);
        let cut = |run: Range<usize>| {
            let (start, len) = (run.start, run.len());
            let blocks = (len as f64 / size as f64).round().max(1.0) as usize;
            (0..blocks).map(move |n| (run.clone(), start + len * n / blocks..start + len * (n + 1) / blocks))
        };
        let blocks = runs.into_iter().flat_map(cut).enumerate();
        let pieces: Vec<Piece> = blocks.map(|(fold, (run, rows))| Piece { fold, run, rows }).collect();
        Self { count: pieces.len(), pieces, whole_runs: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::TagId;

    fn data(runs: &[usize]) -> TrainingData {
        let mut data = TrainingData::new(vec![TagId::from("A"), TagId::from("B")]).expect("tags");
        for rows in runs {
            data.begin_run("run");
            (0..*rows).for_each(|n| data.push_row(&[n as f64, 1.0]).expect("a row"));
        }
        data
    }

    fn covers(folds: &Folds, rows: usize) -> bool {
        folds.pieces.iter().flat_map(|piece| piece.rows.clone()).eq(0..rows)
    }

    #[test]
    fn one_run_is_held_out_in_ten_blocks_that_cover_it_once() {
        let folds = Folds::of(&data(&[503]));
        assert_eq!((folds.count, folds.whole_runs), (10, false));
        assert!(covers(&folds, 503));
    }

    #[test]
    fn many_runs_are_held_out_whole_and_in_turn() {
        let folds = Folds::of(&data(&[40; 30]));
        assert_eq!((folds.count, folds.whole_runs), (13, true));
        assert!(covers(&folds, 1_200));
        assert_eq!(folds.pieces.iter().filter(|piece| piece.fold == 3).count(), 3);
    }

    #[test]
    fn no_block_spans_two_runs_and_empty_runs_are_no_runs() {
        let folds = Folds::of(&data(&[40, 0, 60, 50]));
        assert!(covers(&folds, 150));
        assert!(
            folds.pieces.iter().all(|piece| piece.run.start <= piece.rows.start && piece.rows.end <= piece.run.end)
        );
    }
}
