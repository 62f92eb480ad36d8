//! Which normal rows are fitted and which are held out, so that limits never come from rows that the model has seen.

use std::ops::{ControlFlow, Range};

use super::projection::{Projection, Statistics};
use crate::detect::{Run, TrainingData};

/// Held-out rows are scored and judged in about this many blocks.
const BLOCKS: usize = 10;
/// Rows on either side of a held-out block that are not fitted either: neighbours in time resemble it.
const MARGIN: usize = 5;
/// Fewer held-out runs than this share their rows with the fit, in blocks.
const RUNS_TO_SPLIT: usize = 3;

/// How the rows are divided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Plan {
    /// Some runs are fitted, the others held out.
    ByRun { fitted: Vec<Range<usize>>, held_out: Vec<Range<usize>>, runs: usize },
    /// All rows are fitted in the end; each block is scored by a model without it.
    ByBlock { fitted: Vec<Range<usize>>, blocks: Vec<Range<usize>> },
}

impl Plan {
    /// Holds out every third of several runs, else blocks.
    pub(super) fn of(data: &TrainingData, rows_needed: usize) -> Self {
        let runs: Vec<&Run> = data.runs().iter().filter(|run| run.rows > 0).collect();
        let (third, others): (Vec<_>, Vec<_>) = runs.iter().enumerate().partition(|(n, _)| n % 3 == 2);
        let ranges = |runs: Vec<(usize, &&Run)>| runs.into_iter().map(|(_, run)| run.range()).collect::<Vec<_>>();
        let (fitted, whole) = (ranges(others), ranges(third));
        let fitted_rows: usize = fitted.iter().map(ExactSizeIterator::len).sum();
        if runs.len() >= RUNS_TO_SPLIT && fitted_rows >= rows_needed {
            return Self::ByRun { fitted, held_out: in_blocks(&whole), runs: whole.len() };
        }
        let all: Vec<_> = runs.iter().map(|run| run.range()).collect();
        Self::ByBlock { blocks: in_blocks(&all), fitted: all }
    }

    /// The rows that the final model is fitted to.
    pub(super) fn fitted(&self) -> &[Range<usize>] {
        match self {
            Self::ByRun { fitted, .. } | Self::ByBlock { fitted, .. } => fitted,
        }
    }

    /// The blocks of held-out rows.
    pub(super) fn held_out(&self) -> &[Range<usize>] {
        match self {
            Self::ByRun { held_out, .. } => held_out,
            Self::ByBlock { blocks, .. } => blocks,
        }
    }

    /// Scores every held-out block by a model that has not seen it; `after_block` may stop it.
    pub(super) fn score(
        &self,
        data: &TrainingData,
        fitted: &Projection,
        mut after_block: impl FnMut() -> ControlFlow<()>,
    ) -> ControlFlow<(), Vec<Vec<Statistics>>> {
        let mut scored = Vec::with_capacity(self.held_out().len());
        for block in self.held_out() {
            let without = match self {
                Self::ByRun { .. } => None,
                Self::ByBlock { .. } => Some(without(data, block, fitted.loadings.len())),
            };
            let model = without.as_ref().unwrap_or(fitted);
            let mut scratch = model.scratch();
            scored.push(block.clone().map(|at| model.score(data.row(at), &mut scratch)).collect());
            after_block()?;
        }
        ControlFlow::Continue(scored)
    }
}

/// A model of all rows but a block and its neighbours.
fn without(data: &TrainingData, block: &Range<usize>, components: usize) -> Projection {
    let others = around(block, data.rows()).into_iter().flatten().map(|at| data.row(at));
    Projection::fit(others, data.tags().len()).keep(components)
}

/// The rows before and after a block, but for its neighbours.
fn around(block: &Range<usize>, rows: usize) -> [Range<usize>; 2] {
    [0..block.start.saturating_sub(MARGIN), (block.end + MARGIN).min(rows)..rows]
}

/// Cuts runs into about [`BLOCKS`] blocks that never span two runs.
fn in_blocks(runs: &[Range<usize>]) -> Vec<Range<usize>> {
    let rows: usize = runs.iter().map(ExactSizeIterator::len).sum();
    let size = rows.div_ceil(BLOCKS).max(1);
    let cut = |run: &Range<usize>| {
        let pieces = (run.len() as f64 / size as f64).round().max(1.0) as usize;
        let (start, len) = (run.start, run.len());
        (0..pieces).map(move |n| start + len * n / pieces..start + len * (n + 1) / pieces)
    };
    runs.iter().flat_map(cut).collect()
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

    #[test]
    fn a_single_run_is_held_out_in_blocks_that_cover_it_once() {
        let plan = Plan::of(&data(&[503]), 100);
        assert_eq!(plan.fitted(), std::slice::from_ref(&(0..503)));
        let blocks = plan.held_out();
        assert_eq!((blocks.len(), blocks[0].start, blocks[9].end), (10, 0, 503));
        assert!(blocks.windows(2).all(|pair| pair[0].end == pair[1].start));
    }

    #[test]
    fn neither_a_block_nor_its_neighbours_are_fitted() {
        assert_eq!(around(&(100..150), 500), [0..95, 155..500]);
        assert_eq!(around(&(0..50), 500), [0..0, 55..500]);
        assert_eq!(around(&(450..500), 500), [0..445, 500..500]);
    }

    #[test]
    fn of_several_runs_every_third_is_held_out_whole() {
        let plan = Plan::of(&data(&[100, 100, 50, 100]), 100);
        assert_eq!(plan.fitted(), [0..100, 100..200, 250..350]);
        assert_eq!(plan.held_out().first().map(|block| block.start), Some(200));
        assert_eq!(plan.held_out().last().map(|block| block.end), Some(250));
    }

    #[test]
    fn too_little_to_fit_without_a_run_is_held_out_in_blocks_of_no_two_runs() {
        let plan = Plan::of(&data(&[40, 60, 50]), 120);
        assert!(matches!(plan, Plan::ByBlock { .. }));
        let spans = |block: &Range<usize>| [40, 100].iter().any(|edge| block.start < *edge && *edge < block.end);
        assert!(!plan.held_out().iter().any(spans), "{:?}", plan.held_out());
        assert_eq!(plan.held_out().iter().map(ExactSizeIterator::len).sum::<usize>(), 150);
    }
}
