//! The plane of normal operation, and how far from it and within it a row lies.

use nalgebra::{DMatrix, DVector, SymmetricEigen};

/// The two statistics of one row.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Statistics {
    /// Hotelling's T²: how unusual the row is within the plane.
    pub t2: f64,
    /// Squared prediction error: how far the row is from the plane.
    pub spe: f64,
}

/// Mean, deviation and principal axes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Projection {
    pub(super) mean: Vec<f64>,
    pub(super) deviation: Vec<f64>,
    /// One axis a component, each with one entry a tag.
    pub(super) loadings: Vec<Vec<f64>>,
    /// The variance along every axis, largest first; those beyond the components belong to the residual.
    pub(super) eigenvalues: Vec<f64>,
}

/// Room for one row, kept so that scoring allocates nothing.
#[derive(Clone, Debug)]
pub(super) struct Scratch {
    /// The standardised row, and after projecting, its distance from the plane by tag.
    pub(super) residual: Vec<f64>,
    /// Position along each axis, in units of its deviation.
    pub(super) scores: Vec<f64>,
}

impl Projection {
    /// Fits all axes to rows; [`Projection::keep`] then chooses how many are components.
    pub(super) fn fit<'a>(rows: impl Iterator<Item = &'a [f64]> + Clone, width: usize) -> Self {
        let (mean, deviation) = standard(rows.clone(), width);
        let mut covariance = DMatrix::<f64>::zeros(width, width);
        let mut z = DVector::zeros(width);
        let mut count = 0_usize;
        for row in rows {
            for (at, value) in row.iter().enumerate() {
                z[at] = (value - mean[at]) / deviation[at];
            }
            covariance.ger(1.0, &z, &z, 1.0);
            count += 1;
        }
        covariance /= (count.max(2) - 1) as f64;
        let eigen = SymmetricEigen::new(covariance);
        let mut order: Vec<usize> = (0..width).collect();
        order.sort_by(|&a, &b| eigen.eigenvalues[b].total_cmp(&eigen.eigenvalues[a]));
        let axis = |&at: &usize| upright(eigen.eigenvectors.column(at).iter().copied().collect());
        Self {
            loadings: order.iter().map(axis).collect(),
            // Rounding may leave the smallest a hair below zero.
            eigenvalues: order.iter().map(|&at| eigen.eigenvalues[at].max(0.0)).collect(),
            mean,
            deviation,
        }
    }

    /// How many axes it takes to keep this share of the variance; at least one, and at least one stays in the residual.
    pub(super) fn components_for(&self, variance_kept: f64) -> usize {
        let total: f64 = self.eigenvalues.iter().sum();
        let mut kept = 0.0;
        let enough = |value: &f64| {
            kept += value;
            kept >= variance_kept * total
        };
        let needed = self.eigenvalues.iter().position(enough).map_or(self.eigenvalues.len(), |at| at + 1);
        needed.clamp(1, self.eigenvalues.len() - 1)
    }

    /// Keeps the first axes as components.
    pub(super) fn keep(mut self, components: usize) -> Self {
        self.loadings.truncate(components);
        self
    }

    pub(super) fn scratch(&self) -> Scratch {
        Scratch { residual: vec![0.0; self.mean.len()], scores: vec![0.0; self.loadings.len()] }
    }

    /// Scores one row, values in the tags' units; `scratch` keeps what contributions need.
    pub(super) fn score(&self, row: &[f64], scratch: &mut Scratch) -> Statistics {
        let standardised = row.iter().zip(&self.mean).zip(&self.deviation).map(|((x, mean), sd)| (x - mean) / sd);
        scratch.residual.iter_mut().zip(standardised).for_each(|(slot, z)| *slot = z);
        let mut t2 = 0.0;
        for ((axis, variance), slot) in self.loadings.iter().zip(&self.eigenvalues).zip(&mut scratch.scores) {
            // The axes are orthogonal, so what one has taken away changes nothing along the others.
            let along = dot(axis, &scratch.residual);
            scratch.residual.iter_mut().zip(axis).for_each(|(left, part)| *left -= along * part);
            *slot = along / variance.sqrt();
            t2 += *slot * *slot;
        }
        Statistics { t2, spe: dot(&scratch.residual, &scratch.residual) }
    }

    /// Adds each tag's part of T² to `into`, times `weight`, for the row scored last: the complete decomposition of
    /// Alcala & Qin (2009), whose parts are never negative and add up to T².
    pub(super) fn add_t2_parts(&self, scratch: &Scratch, weight: f64, into: &mut [f64]) {
        for (at, slot) in into.iter_mut().enumerate() {
            let root: f64 = self.loadings.iter().zip(&scratch.scores).map(|(axis, score)| axis[at] * score).sum();
            *slot += weight * root * root;
        }
    }
}

/// Mean and standard deviation of every column.
fn standard<'a>(rows: impl Iterator<Item = &'a [f64]> + Clone, width: usize) -> (Vec<f64>, Vec<f64>) {
    let mut mean = vec![0.0; width];
    let mut squares = vec![0.0; width];
    let mut count = 0.0;
    for row in rows {
        // Welford: no cancellation for a small spread around a large mean.
        count += 1.0;
        for ((mean, square), value) in mean.iter_mut().zip(&mut squares).zip(row) {
            let off = value - *mean;
            *mean += off / count;
            *square += off * (value - *mean);
        }
    }
    let deviation = squares.iter().map(|square| (square / (count - 1.0_f64).max(1.0)).sqrt()).collect();
    (mean, deviation)
}

/// An axis has no direction of its own; the largest entry is made positive, so that equal data gives an equal model.
fn upright(axis: Vec<f64>) -> Vec<f64> {
    let largest = axis.iter().copied().max_by(|a, b| a.abs().total_cmp(&b.abs())).unwrap_or(1.0);
    if largest < 0.0 { axis.into_iter().map(|entry| -entry).collect() } else { axis }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two tags that move together and a third of its own.
    fn rows() -> Vec<Vec<f64>> {
        let wave = |n: u32, rate: f64| (f64::from(n) * rate).sin();
        (0..400).map(|n| vec![10.0 + wave(n, 0.7), 200.0 - 30.0 * wave(n, 0.7) + wave(n, 3.1), wave(n, 1.9)]).collect()
    }

    fn fitted(components: usize) -> Projection {
        let rows = rows();
        Projection::fit(rows.iter().map(Vec::as_slice), 3).keep(components)
    }

    #[test]
    fn standardised_variances_add_up_to_the_number_of_tags() {
        let all = fitted(3);
        assert!((all.eigenvalues.iter().sum::<f64>() - 3.0).abs() < 1e-9);
        assert!(all.eigenvalues.windows(2).all(|pair| pair[0] >= pair[1]));
        assert_eq!((all.components_for(0.5), all.components_for(0.9), all.components_for(1.0)), (1, 2, 2));
    }

    #[test]
    fn axes_are_orthonormal() {
        let all = fitted(3);
        for (i, a) in all.loadings.iter().enumerate() {
            for (j, b) in all.loadings.iter().enumerate() {
                let expected = f64::from(u8::from(i == j));
                assert!((dot(a, b) - expected).abs() < 1e-12, "axes {i} and {j}");
            }
        }
    }

    #[test]
    fn with_all_axes_nothing_is_left_and_t2_is_the_distance_of_mahalanobis() {
        let all = fitted(3);
        let mut scratch = all.scratch();
        let mean_t2 = rows().iter().map(|row| all.score(row, &mut scratch).t2).sum::<f64>() / 400.0;
        // The mean of T² over its own training rows is k (n − 1) / n.
        assert!((mean_t2 - 3.0 * 399.0 / 400.0).abs() < 1e-9, "{mean_t2}");
        assert!(all.score(&rows()[7], &mut scratch).spe < 1e-20);
    }

    #[test]
    fn a_broken_relation_shows_in_spe_and_an_unusual_size_in_t2() {
        let plane = fitted(2);
        let mut scratch = plane.scratch();
        let broken = plane.score(&[11.0, 230.0, 0.0], &mut scratch);
        let large = plane.score(&[14.0, 80.0, 0.0], &mut scratch);
        assert!(broken.spe > 1.0 && broken.t2 < 3.0, "{broken:?}");
        assert!(large.t2 > 10.0 && large.spe < 0.5, "{large:?}");
    }

    #[test]
    fn the_parts_of_t2_add_up_to_it() {
        let plane = fitted(2);
        let mut scratch = plane.scratch();
        let t2 = plane.score(&[14.0, 80.0, 1.3], &mut scratch).t2;
        let mut parts = [0.0; 3];
        plane.add_t2_parts(&scratch, 1.0, &mut parts);
        assert!((parts.iter().sum::<f64>() - t2).abs() < 1e-9 * t2);
        assert!(parts.iter().all(|&part| part >= 0.0));
    }
}
