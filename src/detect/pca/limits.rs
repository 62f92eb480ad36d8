//! Limits of the two charts: from held-out normal rows, and by the textbook for comparison.

use serde::{Deserialize, Serialize};

use super::projection::Statistics;
use crate::detect::distributions::{f_quantile, normal_quantile};

/// Above which value a statistic counts as an exceedance.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PcaLimits {
    /// Of T²; dimensionless.
    pub t2: f64,
    /// Of SPE; dimensionless.
    pub spe: f64,
}

impl PcaLimits {
    /// Whether either statistic is above its limit.
    pub fn exceeded_by(&self, statistics: Statistics) -> bool {
        statistics.t2 > self.t2 || statistics.spe > self.spe
    }

    /// The quantiles of held-out rows at which the two charts together exceed on at most `false_alarm_rate` of them.
    ///
    /// Both charts get the same share; it is found by bisection, since how often they exceed together is in the data.
    pub(super) fn from_held_out(held_out: &[Statistics], false_alarm_rate: f64) -> Self {
        let sorted = |pick: fn(&Statistics) -> f64| {
            let mut values: Vec<f64> = held_out.iter().map(pick).collect();
            values.sort_by(f64::total_cmp);
            values
        };
        let (t2, spe) = (sorted(|s| s.t2), sorted(|s| s.spe));
        let at = |share: f64| Self { t2: quantile(&t2, 1.0 - share), spe: quantile(&spe, 1.0 - share) };
        let (mut low, mut high) = (0.0, false_alarm_rate);
        for _ in 0..50 {
            let middle = 0.5 * (low + high);
            if at(middle).rate(held_out) <= false_alarm_rate { low = middle } else { high = middle }
        }
        at(low)
    }

    /// Share of rows above either limit, 0…1.
    pub(super) fn rate(&self, rows: &[Statistics]) -> f64 {
        let hits = rows.iter().filter(|&&row| self.exceeded_by(row)).count();
        hits as f64 / rows.len().max(1) as f64
    }

    /// The limits of the textbook, each chart at `false_alarm_rate`: T² by the F distribution for rows that were not
    /// fitted, SPE by Jackson & Mudholkar (1979). Both take rows for independent and normal, which a plant's are not.
    pub(super) fn analytic(eigenvalues: &[f64], components: usize, rows: usize, false_alarm_rate: f64) -> Self {
        let (k, n) = (components as f64, rows as f64);
        let f = f_quantile(1.0 - false_alarm_rate, k, n - k);
        let t2 = k * (n * n - 1.0) / (n * (n - k)) * f;
        Self { t2, spe: jackson_mudholkar(&eigenvalues[components..], false_alarm_rate) }
    }
}

fn jackson_mudholkar(residual: &[f64], false_alarm_rate: f64) -> f64 {
    let theta = |power: i32| residual.iter().map(|value| value.powi(power)).sum::<f64>();
    let (first, second, third) = (theta(1), theta(2), theta(3));
    if second <= 0.0 {
        return 0.0;
    }
    let h = 1.0 - 2.0 * first * third / (3.0 * second * second);
    let c = normal_quantile(1.0 - false_alarm_rate);
    let inner = c * (2.0 * second * h * h).sqrt() / first + 1.0 + second * h * (h - 1.0) / (first * first);
    first * inner.powf(1.0 / h)
}

/// Quantile of sorted values, interpolated between neighbours.
fn quantile(sorted: &[f64], p: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::INFINITY };
    let position = p.clamp(0.0, 1.0) * last as f64;
    let below = position.floor() as usize;
    let above = (below + 1).min(last);
    sorted[below] + (position - below as f64) * (sorted[above] - sorted[below])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(pairs: impl IntoIterator<Item = (f64, f64)>) -> Vec<Statistics> {
        pairs.into_iter().map(|(t2, spe)| Statistics { t2, spe }).collect()
    }

    #[test]
    fn both_charts_together_meet_the_rate() {
        // Two charts that exceed on different rows, on the same rows, and by chance.
        let apart = rows((0..1_000).map(|n| (f64::from(n), f64::from(999 - n))));
        let alike = rows((0..1_000).map(|n| (f64::from(n), f64::from(n))));
        let mixed = rows((0..1_000_u32).map(|n| (f64::from(n * 617 % 1_000), f64::from(n * 389 % 1_000))));
        for (held_out, share) in [(apart, 0.005), (alike, 0.01), (mixed, 0.005)] {
            let limits = PcaLimits::from_held_out(&held_out, 0.01);
            assert!((limits.rate(&held_out) - 0.01).abs() <= 0.002, "{}", limits.rate(&held_out));
            let t2_alone = held_out.iter().filter(|row| row.t2 > limits.t2).count() as f64 / 1_000.0;
            assert!((t2_alone - share).abs() <= 0.001, "{t2_alone}");
        }
    }

    #[test]
    fn a_quantile_lies_between_its_neighbours() {
        for (p, expected) in [(0.0, 1.0), (0.5, 2.5), (1.0, 4.0), (2.0 / 3.0, 3.0)] {
            assert!((quantile(&[1.0, 2.0, 3.0, 4.0], p) - expected).abs() < 1e-12);
        }
    }

    #[test]
    fn the_textbook_limits_are_those_of_their_formulas() {
        // With equal residual variances SPE / variance is χ²: 23.209 for ten at 99 %; Jackson & Mudholkar come close.
        let limits =
            PcaLimits::analytic(&[5.0, 3.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0], 2, 1_000_000, 0.01);
        assert!((limits.spe / 2.0 - 23.209).abs() < 0.1, "{}", limits.spe);
        // With very many rows T² is χ²: 9.210 for two at 99 %.
        assert!((limits.t2 - 9.210).abs() < 0.01, "{}", limits.t2);
    }
}
