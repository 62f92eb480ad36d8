//! First and second moments of windows: all that any of the methods fits to.

use nalgebra::{DMatrix, DVector};

use super::lens::Shape;

/// Count, sum and sum of products of windows. Moments of parts add up to those of the whole, so a model without a part of
/// the rows costs no second look at the rows.
#[derive(Clone, Debug)]
pub(super) struct Moments {
    pub rows: f64,
    sum: DVector<f64>,
    product: DMatrix<f64>,
}

impl Moments {
    pub(super) fn zeros(entries: usize) -> Self {
        Self { rows: 0.0, sum: DVector::zeros(entries), product: DMatrix::zeros(entries, entries) }
    }

    /// Takes windows, one a column.
    pub(super) fn take(&mut self, windows: &DMatrix<f64>) {
        self.rows += windows.ncols() as f64;
        self.sum += windows.column_sum();
        self.product.gemm(1.0, windows, &windows.transpose(), 1.0);
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.rows += other.rows;
        self.sum += &other.sum;
        self.product += &other.product;
    }

    /// The sum of some moments.
    pub(super) fn total<'a>(parts: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut parts = parts.into_iter();
        let Some(first) = parts.next() else { return Self::zeros(0) };
        let mut total = first.clone();
        parts.for_each(|part| total.add(part));
        total
    }

    pub(super) fn mean(&self) -> DVector<f64> {
        &self.sum / self.rows.max(1.0)
    }

    /// Second moment about zero, per row.
    pub(super) fn about_zero(&self) -> DMatrix<f64> {
        &self.product / self.rows.max(1.0)
    }

    pub(super) fn covariance(&self) -> DMatrix<f64> {
        let mean = self.mean();
        let mut second = self.about_zero();
        second.ger(-1.0, &mean, &mean, 1.0);
        second
    }
}

/// The windows of an unbroken run of standardised rows, one a column; the first belongs to row `shape.lags`.
pub(super) fn windows(rows: &[f64], shape: &Shape) -> DMatrix<f64> {
    let Shape { width, lags, memory } = shape;
    let count = (rows.len() / width).saturating_sub(*lags);
    let mut windows = DMatrix::zeros(shape.entries(), count);
    let mut means = vec![0.0; width * memory.len()];
    for (at, row) in rows.chunks_exact(*width).enumerate() {
        if let Some(column) = at.checked_sub(*lags).filter(|column| *column < count) {
            let window = &mut windows.as_mut_slice()[column * shape.entries()..(column + 1) * shape.entries()];
            let (of_rows, of_means) = window.split_at_mut(shape.row_entries());
            of_rows.copy_from_slice(&rows[column * width..(at + 1) * width]);
            of_means.copy_from_slice(&means);
        }
        for (means, factor) in means.chunks_exact_mut(*width).zip(memory) {
            means.iter_mut().zip(row).for_each(|(mean, value)| *mean += factor * (value - *mean));
        }
    }
    windows
}
