//! The space in which incidents of one age are compared: scaled so that two incidents of one cause lie about as far apart in
//! every direction.

use nalgebra::{Cholesky, DMatrix, DVector, Dyn};

/// An incident with its place among the causes.
#[derive(Clone, Debug)]
pub(super) struct Point {
    /// Which of the incidents it is.
    pub incident: usize,
    /// Position of its cause.
    pub cause: usize,
    /// Its coordinates.
    pub at: DVector<f64>,
}

/// Incidents of one age.
#[derive(Clone, Debug)]
pub(super) struct Space {
    /// Its inverse makes coordinates of fingerprints.
    root: Cholesky<f64, Dyn>,
    points: Vec<Point>,
    /// Of each cause that has points: its position, the mean of its points, and how many they are.
    means: Vec<(usize, DVector<f64>, usize)>,
}

impl Space {
    /// The space of these incidents: position, cause and fingerprint of each. `shrinkage` draws what is common to incidents of
    /// one cause to its diagonal, 0…1: few incidents do not show how many numbers move together. `None` when there are too few
    /// incidents to know how far apart they lie.
    pub fn of(incidents: &[(usize, usize, &[f32])], shrinkage: f64) -> Option<Self> {
        let entries = incidents.first()?.2.len();
        let points: Vec<Point> = incidents
            .iter()
            .map(|(incident, cause, print)| {
                let at = DVector::from_iterator(entries, print.iter().map(|value| f64::from(*value)));
                Point { incident: *incident, cause: *cause, at }
            })
            .collect();
        let means = means_of(&points);
        let freedom = points.len().checked_sub(means.len()).filter(|freedom| *freedom > 0)?;
        let mut off = DMatrix::zeros(entries, points.len());
        for (mut column, point) in off.column_iter_mut().zip(&points) {
            let mean = means.iter().find(|(cause, ..)| *cause == point.cause).map(|(_, mean, _)| mean)?;
            column.copy_from(&(&point.at - mean));
        }
        let mut within = &off * off.transpose() / freedom as f64;
        let diagonal = within.diagonal();
        within *= 1.0 - shrinkage;
        for (n, variance) in diagonal.iter().enumerate() {
            within[(n, n)] = variance + FLOOR;
        }
        let root = Cholesky::new(within)?;
        let mut space = Self { root, points, means };
        let Self { root, points, .. } = &mut space;
        points.iter_mut().for_each(|point| {
            root.l_dirty().solve_lower_triangular_mut(&mut point.at);
        });
        space.means = means_of(&space.points);
        Some(space)
    }

    /// The same space with more incidents in it; distances stay what they were.
    pub fn with(&self, more: &[(usize, usize, &[f32])]) -> Self {
        let mut space = self.clone();
        let entries = self.root.l_dirty().nrows();
        let fits = more.iter().filter(|(.., print)| print.len() == entries);
        space.points.extend(fits.map(|(incident, cause, print)| Point {
            incident: *incident,
            cause: *cause,
            at: self.place(print),
        }));
        space.means = means_of(&space.points);
        space
    }

    /// Where a fingerprint lies.
    pub fn place(&self, print: &[f32]) -> DVector<f64> {
        let mut at = DVector::from_iterator(print.len(), print.iter().map(|value| f64::from(*value)));
        self.root.l_dirty().solve_lower_triangular_mut(&mut at);
        at
    }

    /// The squared distance to each cause that has incidents, by position: to the mean of its incidents, which is the less
    /// certain the fewer they are.
    pub fn to_causes(&self, at: &DVector<f64>) -> Vec<(usize, f64)> {
        let squared = |mean: &DVector<f64>, count: usize| (at - mean).norm_squared() / (1.0 + 1.0 / count as f64);
        self.means.iter().map(|(cause, mean, count)| (*cause, squared(mean, *count))).collect()
    }

    /// The distance to each incident, the nearest first.
    pub fn nearest(&self, at: &DVector<f64>) -> Vec<(&Point, f64)> {
        let mut all: Vec<(&Point, f64)> = self.points.iter().map(|point| (point, (&point.at - at).norm())).collect();
        all.sort_by(|a, b| a.1.total_cmp(&b.1));
        all
    }

    /// How many incidents of a cause there are.
    pub fn support(&self, cause: usize) -> usize {
        self.means.iter().find(|(of, ..)| *of == cause).map_or(0, |(.., count)| *count)
    }
}

/// Least variance of a number within a cause.
const FLOOR: f64 = 1e-4;

fn means_of(points: &[Point]) -> Vec<(usize, DVector<f64>, usize)> {
    let mut causes: Vec<usize> = points.iter().map(|point| point.cause).collect();
    causes.sort_unstable();
    causes.dedup();
    let mean = |cause: usize| {
        let mine: Vec<&Point> = points.iter().filter(|point| point.cause == cause).collect();
        let sum = mine.iter().skip(1).fold(mine[0].at.clone(), |sum, point| sum + &point.at);
        (cause, sum / mine.len() as f64, mine.len())
    };
    causes.into_iter().map(mean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two causes that differ in the first number by little and vary in the second by much.
    fn prints() -> Vec<(usize, usize, Vec<f32>)> {
        let wobble = |n: usize| (n as f32 * 1.7).sin();
        (0..20).map(|n| (n, n % 2, vec![(n % 2) as f32 + 0.1 * wobble(n), 10.0 * wobble(3 * n + 1)])).collect()
    }

    fn space() -> Space {
        let prints = prints();
        let refs: Vec<(usize, usize, &[f32])> = prints.iter().map(|(n, c, p)| (*n, *c, &p[..])).collect();
        Space::of(&refs, 0.2).expect("enough incidents")
    }

    #[test]
    fn what_varies_within_a_cause_does_not_tell_causes_apart() {
        let space = space();
        let to = space.to_causes(&space.place(&[0.9, -9.0]));
        assert!(to[1].1 < to[0].1, "{to:?}");
        assert_eq!((space.support(0), space.support(7)), (10, 0));
    }

    #[test]
    fn an_incident_is_nearest_to_itself_and_more_may_join() {
        let space = space();
        let third = prints()[3].2.clone();
        let near = space.nearest(&space.place(&third));
        assert_eq!((near[0].0.incident, near[0].1), (3, 0.0));
        let wider = space.with(&[(20, 2, &[5.0, 0.0]), (21, 2, &[5.0])]);
        let to = wider.to_causes(&wider.place(&[5.0, 0.0]));
        assert_eq!(to.len(), 3, "a cause of its own; what is of another width is left out");
        assert!(to[2].1 < 1e-9, "{to:?}");
    }

    #[test]
    fn a_single_incident_makes_no_space() {
        assert!(Space::of(&[(0, 0, &[1.0, 2.0])], 0.5).is_none());
        assert!(Space::of(&[], 0.5).is_none());
    }
}
