//! The linear view through which all multivariate charts look: the present row, rows before it, and slow means.
//!
//! A row is standardised; the *window* of a sample is `[zₜ₋ₗ … zₜ₋₁ zₜ m¹ₜ₋₁ … mᵏₜ₋₁]`, oldest first, with exponential means
//! `mᵢ` of everything up to the row before. Each output is one row of a matrix times the window. One at a time and in
//! batch the same numbers are multiplied; only the order of the additions differs.

use nalgebra::{DMatrix, DMatrixView, Dim, Dyn, U1, ViewStorage};
use serde::{Deserialize, Serialize};

/// Rows that are multiplied at once in batch.
const BLOCK: usize = 256;

/// What a window is made of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Shape {
    /// Tags in a row.
    pub width: usize,
    /// Rows before the present one.
    pub lags: usize,
    /// Smoothing factors of the exponential means, 0…1.
    pub memory: Vec<f64>,
}

impl Shape {
    /// Entries of all rows of a window, without the means.
    pub(super) const fn row_entries(&self) -> usize {
        self.width * (self.lags + 1)
    }

    /// Entries of a window.
    pub(super) fn entries(&self) -> usize {
        self.row_entries() + self.width * self.memory.len()
    }
}

/// Standardisation and matrix, as a model keeps them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Lens {
    pub shape: Shape,
    /// Mean at normal operation, in the tags' units.
    pub mean: Vec<f64>,
    /// Standard deviation at normal operation, in the tags' units.
    pub deviation: Vec<f64>,
    /// Added to every output.
    pub offset: Vec<f64>,
    /// The matrix by columns: for each entry of the window its weight in every output.
    pub weights: Vec<f64>,
}

impl Lens {
    /// How many outputs there are; output `n` belongs to tag `n` modulo the width.
    pub(super) const fn outputs(&self) -> usize {
        self.offset.len()
    }
}

/// A lens with the rows that it has seen. Looking at a row allocates nothing.
#[derive(Clone, Debug)]
pub(super) struct View {
    lens: Lens,
    /// The inverse deviations, since a multiplication is cheaper.
    scale: Vec<f64>,
    /// Standardised rows one after the other; the window of row `n` is a stretch of it.
    rows: Vec<f64>,
    /// Where the next row goes, in rows.
    next: usize,
    /// The exponential means, one after the other.
    means: Vec<f64>,
    /// Means as they stood before each row of a block.
    block_means: DMatrix<f64>,
    outputs: DMatrix<f64>,
    seen: usize,
}

impl View {
    pub(super) fn new(lens: Lens) -> Self {
        let Shape { width, lags, memory } = &lens.shape;
        Self {
            scale: lens.deviation.iter().map(|deviation| 1.0 / deviation).collect(),
            rows: vec![0.0; (lags + BLOCK) * width],
            next: 0,
            means: vec![0.0; memory.len() * width],
            block_means: DMatrix::zeros(memory.len() * width, BLOCK),
            outputs: DMatrix::zeros(lens.outputs(), BLOCK),
            seen: 0,
            lens,
        }
    }

    /// How many rows it has seen since its start, at most as many as it needs.
    pub(super) const fn seen(&self) -> usize {
        self.seen
    }

    /// How many rows it needs before it has an output.
    pub(super) const fn needed(&self) -> usize {
        self.lens.shape.lags + 1
    }

    /// The outputs of the row taken last by [`Self::push`].
    pub(super) fn outputs(&self) -> &[f64] {
        &self.outputs.as_slice()[..self.lens.offset.len()]
    }

    /// Forgets all rows.
    pub(super) fn restart(&mut self) {
        self.means.fill(0.0);
        (self.next, self.seen) = (0, 0);
    }

    /// Looks at the next row, values in the tags' units; `None` while rows are missing in the window.
    pub(super) fn push(&mut self, row: &[f64]) -> Option<&[f64]> {
        self.take(row);
        let ready = self.seen >= self.needed();
        if ready {
            self.multiply();
        }
        self.remember();
        ready.then(|| &self.outputs.as_slice()[..self.lens.offset.len()])
    }

    /// Looks at many rows that follow each other, and hands on the outputs of every row that has some.
    pub(super) fn push_all<'a>(&mut self, rows: impl Iterator<Item = &'a [f64]>, mut each: impl FnMut(&[f64])) {
        let (mut waiting, width) = (0, self.lens.shape.width);
        for row in rows {
            self.take(row);
            if self.seen >= self.needed() {
                let means = self.means.as_slice();
                self.block_means.as_mut_slice()[waiting * means.len()..][..means.len()].copy_from_slice(means);
                waiting += 1;
            }
            self.remember();
            if waiting == BLOCK || (waiting > 0 && (self.next + 1) * width > self.rows.len()) {
                self.flush(waiting, &mut each);
                waiting = 0;
            }
        }
        self.flush(waiting, &mut each);
    }

    /// Standardises a row into the next place.
    fn take(&mut self, row: &[f64]) {
        let Shape { width, lags, .. } = self.lens.shape;
        if (self.next + 1) * width > self.rows.len() {
            self.rows.copy_within((self.next - lags) * width..self.next * width, 0);
            self.next = lags;
        }
        let place = &mut self.rows[self.next * width..(self.next + 1) * width];
        for (((slot, value), mean), scale) in place.iter_mut().zip(row).zip(&self.lens.mean).zip(&self.scale) {
            *slot = (value - mean) * scale;
        }
        self.next += 1;
        self.seen = (self.seen + 1).min(self.needed());
    }

    /// The row taken last joins the means.
    fn remember(&mut self) {
        let width = self.lens.shape.width;
        let last = &self.rows[(self.next - 1) * width..self.next * width];
        for (means, factor) in self.means.chunks_exact_mut(width).zip(&self.lens.shape.memory) {
            means.iter_mut().zip(last).for_each(|(mean, value)| *mean += factor * (value - *mean));
        }
    }

    fn multiply(&mut self) {
        let outputs = self.lens.offset.len();
        let window = &self.rows[(self.next * self.lens.shape.width - self.lens.shape.row_entries())..]
            [..self.lens.shape.row_entries()];
        let into = &mut self.outputs.as_mut_slice()[..outputs];
        into.copy_from_slice(&self.lens.offset);
        let (of_rows, of_means) = self.lens.weights.split_at(window.len() * outputs);
        add_product(into, of_rows, window);
        add_product(into, of_means, &self.means);
    }

    /// Multiplies the windows of the `count` rows taken last.
    fn flush(&mut self, count: usize, each: &mut impl FnMut(&[f64])) {
        if count == 0 {
            return;
        }
        let Lens { shape, offset, weights, .. } = &self.lens;
        let (outputs, entries) = (offset.len(), shape.row_entries());
        let first = self.next - count - shape.lags;
        let (of_rows, of_means) = weights.split_at(entries * outputs);
        let mut into = self.outputs.columns_mut(0, count);
        for mut column in into.column_iter_mut() {
            column.copy_from_slice(offset);
        }
        let matrix = DMatrixView::from_slice(of_rows, outputs, entries);
        into.gemm(1.0, &matrix, &overlapping(&self.rows[first * shape.width..], entries, count, shape.width), 1.0);
        if !self.means.is_empty() {
            let matrix = DMatrixView::from_slice(of_means, outputs, self.means.len());
            into.gemm(1.0, &matrix, &self.block_means.columns(0, count), 1.0);
        }
        self.outputs.as_slice()[..count * outputs].chunks_exact(outputs).for_each(each);
    }
}

/// Windows as columns of a matrix that overlap in memory: each begins one row after the one before.
fn overlapping(
    rows: &[f64],
    entries: usize,
    count: usize,
    width: usize,
) -> nalgebra::Matrix<f64, Dyn, Dyn, ViewStorage<'_, f64, Dyn, Dyn, U1, Dyn>> {
    let (shape, strides) = ((Dyn::from_usize(entries), Dyn::from_usize(count)), (U1, Dyn::from_usize(width)));
    DMatrixView::from_slice_with_strides_generic(rows, shape.0, shape.1, strides.0, strides.1)
}

/// `into += matrix · vector`, the matrix by columns. Four columns at a time, so that `into` is read and written a quarter
/// as often.
fn add_product(into: &mut [f64], matrix: &[f64], vector: &[f64]) {
    let outputs = into.len();
    let mut columns = matrix.chunks_exact(4 * outputs);
    let mut entries = vector.chunks_exact(4);
    for (four, entry) in columns.by_ref().zip(entries.by_ref()) {
        let (ab, cd) = four.split_at(2 * outputs);
        let ((a, b), (c, d)) = (ab.split_at(outputs), cd.split_at(outputs));
        for ((((slot, a), b), c), d) in into.iter_mut().zip(a).zip(b).zip(c).zip(d) {
            *slot += (a * entry[0] + b * entry[1]) + (c * entry[2] + d * entry[3]);
        }
    }
    for (column, entry) in columns.remainder().chunks_exact(outputs).zip(entries.remainder()) {
        into.iter_mut().zip(column).for_each(|(slot, weight)| *slot += weight * entry);
    }
}
