//! How far scores may be believed, measured on incidents that the library did not hold: which causes can be told apart, and
//! when an incident is like none of them.

use serde::{Deserialize, Serialize};

use super::space::Space;

/// Share of incidents of which the set of possible causes shall hold the true one.
///
/// More than the 95 % that are promised: three of the causes are so alike that nearly all misses would be theirs, and the few
/// incidents of a library show the tail of what may come badly.
const COVERAGE: f64 = 0.97;
/// Share of incidents of known causes that may be taken for unknown ones.
const STRANGE: f64 = 0.01;
/// Temperatures that are tried, each by so much larger than the one before.
const STEP: f64 = 1.25;
const TEMPERATURES: i32 = 30;

/// What was measured at one age.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Calibration {
    /// By what squared distances are divided before they become scores.
    pub temperature: f64,
    /// A cause is possible when its score is at least this.
    pub possible_from: f64,
    /// An incident further than this from every known one is like none of them.
    pub strange_from: f64,
    /// How far an incident of a known cause usually is from its nearest one: the median.
    pub usual_distance: f64,
}

/// An incident seen by a space that does not hold it.
#[derive(Clone, Debug)]
pub(super) struct HeldOut {
    /// Position of the true cause.
    pub cause: usize,
    /// Squared distance to each cause.
    pub to_causes: Vec<(usize, f64)>,
    /// Distance to the nearest incident.
    pub nearest: f64,
}

/// Every incident, seen by the space of all that are not of its fold. `incidents`: position, cause, fold, fingerprint.
pub(super) fn held_out(incidents: &[(usize, usize, usize, &[f32])], shrinkage: f64) -> Vec<HeldOut> {
    let mut folds: Vec<usize> = incidents.iter().map(|(_, _, fold, _)| *fold).collect();
    folds.sort_unstable();
    folds.dedup();
    let mut all = Vec::with_capacity(incidents.len());
    for fold in folds {
        let others: Vec<(usize, usize, &[f32])> = incidents
            .iter()
            .filter(|(_, _, of, _)| *of != fold)
            .map(|(incident, cause, _, print)| (*incident, *cause, *print))
            .collect();
        let Some(space) = Space::of(&others, shrinkage) else { continue };
        for (_, cause, _, print) in incidents.iter().filter(|(_, _, of, _)| *of == fold) {
            let at = space.place(print);
            let nearest = space.nearest(&at).first().map_or(f64::INFINITY, |(_, distance)| *distance);
            all.push(HeldOut { cause: *cause, to_causes: space.to_causes(&at), nearest });
        }
    }
    all
}

impl Calibration {
    /// From incidents that were held out; `None` without any.
    pub fn of(held_out: &[HeldOut]) -> Option<Self> {
        if held_out.is_empty() {
            return None;
        }
        let loss = |temperature: f64| -> f64 {
            held_out.iter().map(|one| -score_of(one, temperature).max(f64::MIN_POSITIVE).ln()).sum()
        };
        let temperatures = (0..TEMPERATURES).map(|n| STEP.powi(n));
        let temperature = temperatures.min_by(|a, b| loss(*a).total_cmp(&loss(*b)))?;
        let scores = ascending(held_out.iter().map(|one| score_of(one, temperature)));
        let nearest = ascending(held_out.iter().map(|one| one.nearest));
        let rank = |share: f64| ((held_out.len() as f64 * share).floor() as usize).min(held_out.len() - 1);
        // One more incident would be as likely in any place among these; so many places lie below the threshold.
        let missed = ((held_out.len() + 1) as f64 * (1.0 - COVERAGE)).floor() as usize;
        Some(Self {
            temperature,
            possible_from: scores[missed.saturating_sub(1)],
            strange_from: nearest[rank(1.0 - STRANGE)],
            usual_distance: nearest[rank(0.5)].max(f64::MIN_POSITIVE),
        })
    }

    /// The causes with their scores, which add up to 1, the likeliest first.
    pub fn scores(&self, to_causes: &[(usize, f64)]) -> Vec<(usize, f64)> {
        scores(to_causes, self.temperature)
    }
}

fn scores(to_causes: &[(usize, f64)], temperature: f64) -> Vec<(usize, f64)> {
    let least = to_causes.iter().map(|(_, squared)| *squared).fold(f64::INFINITY, f64::min);
    let weight = |squared: f64| (-0.5 * (squared - least) / temperature).exp();
    let total: f64 = to_causes.iter().map(|(_, squared)| weight(*squared)).sum();
    let mut scores: Vec<(usize, f64)> =
        to_causes.iter().map(|(cause, squared)| (*cause, weight(*squared) / total)).collect();
    scores.sort_by(|a, b| b.1.total_cmp(&a.1));
    scores
}

fn score_of(one: &HeldOut, temperature: f64) -> f64 {
    let found = scores(&one.to_causes, temperature).into_iter().find(|(cause, _)| *cause == one.cause);
    found.map_or(0.0, |(_, score)| score)
}

fn ascending(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_by(f64::total_cmp);
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Causes 0 and 1 look alike, cause 2 lies elsewhere.
    fn alike() -> Vec<(usize, usize, usize, Vec<f32>)> {
        let wobble = |n: usize, k: f32| (n as f32 * k).sin();
        (0..60)
            .map(|n| {
                let cause = n % 3;
                let far = if cause == 2 { 20.0 } else { 0.0 };
                (n, cause, n / 3 % 10, vec![far + wobble(n, 1.7), wobble(n, 2.9), wobble(n, 4.3)])
            })
            .collect()
    }

    fn seen() -> Vec<HeldOut> {
        let alike = alike();
        let refs: Vec<(usize, usize, usize, &[f32])> = alike.iter().map(|(n, c, f, p)| (*n, *c, *f, &p[..])).collect();
        held_out(&refs, 0.3)
    }

    #[test]
    fn causes_that_look_alike_are_both_possible_and_the_other_is_not() {
        let seen = seen();
        assert_eq!(seen.len(), 60);
        let calibration = Calibration::of(&seen).expect("incidents");
        let mut covered = 0;
        for one in &seen {
            let scores = calibration.scores(&one.to_causes);
            assert!((scores.iter().map(|(_, score)| score).sum::<f64>() - 1.0).abs() < 1e-9);
            let possible: Vec<usize> = scores
                .iter()
                .filter(|(_, score)| *score >= calibration.possible_from)
                .map(|(cause, _)| *cause)
                .collect();
            covered += usize::from(possible.contains(&one.cause));
            if one.cause == 2 {
                assert_eq!(possible, [2]);
            } else {
                assert!(!possible.contains(&2), "{scores:?}");
            }
        }
        assert!(covered >= 57, "{covered} of 60");
    }

    #[test]
    fn what_lies_far_from_all_is_strange_and_what_is_known_hardly_ever() {
        let seen = seen();
        let calibration = Calibration::of(&seen).expect("incidents");
        assert!(seen.iter().filter(|one| one.nearest > calibration.strange_from).count() <= 1);
        assert!(calibration.usual_distance < calibration.strange_from);
        assert!(Calibration::of(&[]).is_none());
    }
}
