//! From moments of windows to the matrix of a lens, method by method.

use nalgebra::{DMatrix, DVector, SymmetricEigen};

use super::gauge::{GaugeSpec, Smoothing};
use super::lens::Shape;
use super::method::Method;
use super::moments::Moments;

/// A direction with less than this share of the mean variance is noise of rounding, and is given this much.
const VARIANCE_FLOOR: f64 = 1e-7;
/// With fewer rows than this a regressor, residuals of the fitted rows are too small to whiten by.
const ROWS_PER_REGRESSOR: f64 = 50.0;

/// What a lens multiplies a window with.
#[derive(Clone, Debug)]
pub(super) struct Fitted {
    /// One row an output, one column an entry of the window.
    pub matrix: DMatrix<f64>,
    pub offset: DVector<f64>,
}

impl Fitted {
    /// With the offset that brings normal operation to zero.
    fn around(matrix: DMatrix<f64>, mean: &DVector<f64>) -> Self {
        let offset = -(&matrix * mean);
        Self { matrix, offset }
    }
}

/// The window that the moments are of. It may be longer than the one of the lens: the future is fitted, not watched.
pub(super) fn fit_shape(method: &Method, width: usize) -> Shape {
    let (lags, memory) = match method {
        Method::Ewma { .. } | Method::Cusum { .. } | Method::Pca { .. } | Method::Onnx => (0, Vec::new()),
        Method::Rate => (1, Vec::new()),
        Method::Dpca { lags, .. } => (*lags, Vec::new()),
        Method::Cva { past, future, .. } => (past + future - 1, Vec::new()),
        Method::Var { lags, memory, .. } => (*lags, memory.clone()),
    };
    Shape { width, lags, memory }
}

/// The window of the lens.
pub(super) fn lens_shape(method: &Method, width: usize) -> Shape {
    match method {
        Method::Cva { past, .. } => Shape { width, lags: past - 1, memory: Vec::new() },
        _ => fit_shape(method, width),
    }
}

/// The statistics of a method: name, whether it decides together with others, and what it takes.
///
/// What is slow has to have been seen: where the autoregression has no memory, the slow chart is a quick one, and there is no
/// long one. The raw chart does not decide with the others: what it finds they find, and it would take its share of the rate.
pub(super) fn gauges(method: &Method, width: usize) -> Vec<(&'static str, bool, GaugeSpec)> {
    let entries = lens_shape(method, width).row_entries();
    let spec = |first, outputs, smoothing| GaugeSpec { first, outputs, smoothing };
    let two = |first: &'static str, second: &'static str| {
        let none = Smoothing::None;
        vec![(first, true, spec(0, entries, none)), (second, true, spec(entries, entries, none))]
    };
    match method {
        Method::Ewma { factor } => {
            vec![("mean", true, spec(0, width, Smoothing::LargestMean { factor: *factor }))]
        }
        Method::Cusum { slack } => {
            vec![("sum", true, spec(0, width, Smoothing::LargestSum { slack: *slack, ceiling: f64::MAX }))]
        }
        Method::Rate => vec![("change", true, spec(0, width, Smoothing::Largest))],
        Method::Pca { .. } | Method::Dpca { .. } => two("T2", "SPE"),
        Method::Cva { .. } => two("Ts2", "Tr2"),
        Method::Onnx => vec![
            ("SPE", true, spec(0, width, Smoothing::None)),
            ("medium", true, spec(0, width, Smoothing::Squares { factor: 0.1 })),
        ],
        Method::Var { memory, .. } if memory.is_empty() => vec![
            ("raw", true, spec(0, width, Smoothing::None)),
            ("medium", true, spec(0, width, Smoothing::Squares { factor: 0.1 })),
            ("slow", true, spec(0, width, Smoothing::Shifts { vector: 0.8, factor: 0.1 })),
        ],
        Method::Var { .. } => vec![
            ("raw", false, spec(0, width, Smoothing::None)),
            ("medium", true, spec(0, width, Smoothing::Squares { factor: 0.25 })),
            ("slow", true, spec(0, width, Smoothing::Shifts { vector: 0.25, factor: 0.02 })),
            ("long", true, spec(0, width, Smoothing::Shifts { vector: 0.05, factor: 0.03 })),
        ],
    }
}

/// Fits to the sum of these moments. They are kept apart since innovations are whitened by what the others predict.
pub(super) fn fit(method: &Method, width: usize, parts: &[&Moments]) -> Fitted {
    let total = Moments::total(parts.iter().copied());
    match method {
        Method::Ewma { .. } | Method::Cusum { .. } | Method::Onnx => scaled(&total, DMatrix::identity(width, width)),
        Method::Rate => {
            let mut change = DMatrix::identity(width, 2 * width) * -1.0;
            (0..width).for_each(|n| change[(n, width + n)] = 1.0);
            scaled(&total, change)
        }
        Method::Pca { variance_kept } | Method::Dpca { variance_kept, .. } => components(&total, *variance_kept),
        Method::Cva { past, states, ridge, .. } => variates(&total, past * width, *states, *ridge),
        Method::Var { lags, ridge, shrinkage, .. } => {
            innovations(&total, parts, &Regression { width, lags: *lags, ridge: *ridge, shrinkage: *shrinkage })
        }
    }
}

/// Outputs of variance 1 about zero, each on its own.
fn scaled(total: &Moments, mut matrix: DMatrix<f64>) -> Fitted {
    let variance = (&matrix * total.covariance() * matrix.transpose()).diagonal();
    for (mut row, variance) in matrix.row_iter_mut().zip(variance.iter()) {
        row /= variance.max(f64::MIN_POSITIVE).sqrt();
    }
    Fitted::around(matrix, &total.mean())
}

/// T² and SPE, each entry of the window with an output of its own in both: `P Λ^½⁻ Pᵀ z` and `(I − P Pᵀ) z`.
fn components(total: &Moments, variance_kept: f64) -> Fitted {
    let covariance = total.covariance();
    let scale = covariance.diagonal().map(|variance| 1.0 / variance.max(f64::MIN_POSITIVE).sqrt());
    let scaling = DMatrix::from_diagonal(&scale);
    let eigen = Eigen::of(&scaling * covariance * &scaling);
    let kept = eigen.components_for(variance_kept);
    let root = eigen.map(|n, value| if n < kept { 1.0 / value.sqrt() } else { 0.0 });
    let rest = eigen.map(|n, _| if n < kept { 0.0 } else { 1.0 });
    Fitted::around(stacked(&root, &rest) * scaling, &total.mean())
}

/// T² of the state and T² of what is left of the whitened past: `U Uᵀ Σpp^½⁻ p` and `(I − U Uᵀ) Σpp^½⁻ p`.
fn variates(total: &Moments, past: usize, states: usize, ridge: f64) -> Fitted {
    let covariance = total.covariance();
    let future = covariance.ncols() - past;
    let whitening = |from: usize, entries: usize| {
        let mut variance: DMatrix<f64> = covariance.view((from, from), (entries, entries)).into_owned();
        (0..entries).for_each(|n| variance[(n, n)] *= 1.0 + ridge);
        Eigen::of(variance).map(|_, value| 1.0 / value.sqrt())
    };
    let (of_past, of_future) = (whitening(0, past), whitening(past, future));
    let between = &of_past * covariance.view((0, past), (past, future)) * of_future;
    let eigen = Eigen::of(&between * between.transpose());
    let states = states.clamp(1, past - 1);
    let state = eigen.map(|n, _| if n < states { 1.0 } else { 0.0 });
    let rest = DMatrix::identity(past, past) - &state;
    let mean = total.mean().rows(0, past).into_owned();
    Fitted::around(stacked(&(state * &of_past), &(rest * of_past)), &mean)
}

/// What a vector autoregression is fitted with.
struct Regression {
    width: usize,
    lags: usize,
    ridge: f64,
    shrinkage: f64,
}

impl Regression {
    /// The matrix from windows to prediction errors.
    fn errors(&self, moments: &Moments) -> DMatrix<f64> {
        let covariance = moments.about_zero();
        let present = self.lags * self.width..(self.lags + 1) * self.width;
        let regressors: Vec<usize> = (0..covariance.ncols()).filter(|entry| !present.contains(entry)).collect();
        let (before, of_present) = (covariance.select_rows(&regressors), present.clone());
        let cross = before.columns(of_present.start, self.width).into_owned();
        let mut variance = before.select_columns(&regressors);
        // Standardised values have variance 1, so the ridge is a share of it; the floor keeps collinear tags solvable.
        (0..regressors.len()).for_each(|n| variance[(n, n)] += self.ridge.max(1e-10));
        let solved = variance.cholesky().map(|root| root.solve(&cross));
        let coefficients = solved.unwrap_or_else(|| DMatrix::zeros(regressors.len(), self.width));
        let mut errors = DMatrix::zeros(self.width, covariance.ncols());
        (0..self.width).for_each(|n| errors[(n, present.start + n)] = 1.0);
        for (at, entry) in regressors.into_iter().enumerate() {
            (0..self.width).for_each(|n| errors[(n, entry)] = -coefficients[(at, n)]);
        }
        errors
    }

    /// The symmetric root that makes errors of unit covariance.
    fn whitening(&self, mut covariance: DMatrix<f64>) -> DMatrix<f64> {
        let diagonal = covariance.diagonal();
        covariance *= 1.0 - self.shrinkage;
        (0..self.width).for_each(|n| covariance[(n, n)] = diagonal[n]);
        Eigen::of(covariance).map(|_, value| 1.0 / value.sqrt())
    }
}

/// Whitened one-step prediction errors, one output a tag.
fn innovations(total: &Moments, parts: &[&Moments], regression: &Regression) -> Fitted {
    let errors = regression.errors(total);
    let regressors = (errors.ncols() - regression.width) as f64;
    let covariance = if total.rows >= ROWS_PER_REGRESSOR * regressors || parts.len() < 2 {
        &errors * total.about_zero() * errors.transpose()
    } else {
        // Errors on rows that the prediction has not seen, part by part.
        let mut sum = DMatrix::zeros(regression.width, regression.width);
        for (n, part) in parts.iter().enumerate() {
            let others = Moments::total(parts.iter().enumerate().filter(|(m, _)| *m != n).map(|(_, part)| *part));
            let unseen = regression.errors(&others);
            sum += &unseen * part.about_zero() * unseen.transpose() * part.rows;
        }
        sum / total.rows
    };
    let matrix = regression.whitening(covariance) * errors;
    // Zero is the mean of all rows already; the mean of a part of them would make its few rows look better known.
    Fitted { offset: DVector::zeros(matrix.nrows()), matrix }
}

fn stacked(upper: &DMatrix<f64>, lower: &DMatrix<f64>) -> DMatrix<f64> {
    let mut both = DMatrix::zeros(upper.nrows() + lower.nrows(), upper.ncols());
    both.rows_mut(0, upper.nrows()).copy_from(upper);
    both.rows_mut(upper.nrows(), lower.nrows()).copy_from(lower);
    both
}

/// Eigenvectors of a symmetric matrix, largest eigenvalue first, none below the floor.
struct Eigen {
    values: Vec<f64>,
    vectors: DMatrix<f64>,
}

impl Eigen {
    fn of(matrix: DMatrix<f64>) -> Self {
        let floor = VARIANCE_FLOOR * matrix.trace() / matrix.ncols() as f64;
        let eigen = SymmetricEigen::new(matrix);
        let mut order: Vec<usize> = (0..eigen.eigenvalues.len()).collect();
        order.sort_by(|&a, &b| eigen.eigenvalues[b].total_cmp(&eigen.eigenvalues[a]));
        let values = order.iter().map(|&n| eigen.eigenvalues[n].max(floor)).collect();
        Self { values, vectors: eigen.eigenvectors.select_columns(&order) }
    }

    /// How many it takes to keep this share of the variance; at least one, and at least one is left.
    fn components_for(&self, variance_kept: f64) -> usize {
        let total: f64 = self.values.iter().sum();
        let mut kept = 0.0;
        let enough = |value: &f64| {
            kept += value;
            kept >= variance_kept * total
        };
        self.values
            .iter()
            .position(enough)
            .map_or(self.values.len(), |n| n + 1)
            .clamp(1, (self.values.len() - 1).max(1))
    }

    /// `V f(Λ) Vᵀ`.
    fn map(&self, f: impl Fn(usize, f64) -> f64) -> DMatrix<f64> {
        let mut scaled = self.vectors.clone();
        for (n, (mut column, value)) in scaled.column_iter_mut().zip(&self.values).enumerate() {
            column *= f(n, *value);
        }
        scaled * self.vectors.transpose()
    }
}
