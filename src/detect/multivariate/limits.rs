//! Limits of charts that decide together.

/// By how much limits are raised, times one over the rows: what few rows show of normal operation is less than there is.
/// Chosen on simulated runs, see `docs/evaluation.md`.
const GUARD: f64 = 50.0;

/// The limits of some charts from statistics of held-out normal rows, one list a chart, all of equal length: each chart's
/// quantile at one tail share, the share at which charts marked `joint` together exceed on `rate` of the rows. Charts that
/// are not marked get the quantile at `rate` itself.
///
/// The share is what bisection over it would find; here it is read off: a row exceeds from its smallest tail share on.
pub(super) fn joint_limits(statistics: &[Vec<f64>], joint: &[bool], rate: f64) -> Vec<f64> {
    let sorted: Vec<Vec<f64>> = statistics.iter().map(|values| ascending(values)).collect();
    let rows = statistics.first().map_or(0, Vec::len);
    let mut shares = vec![1.0_f64; rows];
    for (values, ordered) in
        statistics.iter().zip(&sorted).zip(joint).filter(|(_, joint)| **joint).map(|(pair, _)| pair)
    {
        for (share, value) in shares.iter_mut().zip(values) {
            let not_below = rows - ordered.partition_point(|other| other < value);
            *share = share.min(not_below as f64 / rows as f64);
        }
    }
    let share = quantile(&ascending(&shares), rate).min(rate);
    let at = |(ordered, joint): (&Vec<f64>, &bool)| quantile(ordered, 1.0 - if *joint { share } else { rate });
    sorted.iter().zip(joint).map(at).collect()
}

/// By which factor limits from so many rows are raised.
pub(super) fn guard(rows: usize) -> f64 {
    1.0 + GUARD / rows.max(1) as f64
}

fn ascending(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted
}

/// Quantile of ascending values, interpolated between neighbours.
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

    fn rate(statistics: &[Vec<f64>], limits: &[f64], joint: &[bool]) -> f64 {
        let rows = statistics[0].len();
        let exceeds = |n: &usize| (0..limits.len()).any(|chart| joint[chart] && statistics[chart][*n] > limits[chart]);
        (0..rows).filter(exceeds).count() as f64 / rows as f64
    }

    #[test]
    fn charts_that_decide_together_meet_the_rate_together() {
        let apart = vec![(0..1_000).map(f64::from).collect(), (0..1_000).rev().map(f64::from).collect()];
        let alike: Vec<Vec<f64>> = vec![(0..1_000).map(f64::from).collect(); 2];
        let mixed =
            [617_u32, 389, 211].map(|step| (0..1_000_u32).map(|n| f64::from(n * step % 1_000)).collect()).to_vec();
        for statistics in [apart, alike, mixed] {
            let joint = vec![true; statistics.len()];
            let limits = joint_limits(&statistics, &joint, 0.02);
            let got = rate(&statistics, &limits, &joint);
            assert!((0.014..=0.023).contains(&got), "{got} with {limits:?}");
        }
    }

    #[test]
    fn a_chart_of_its_own_gets_the_quantile_of_its_own() {
        let values: Vec<f64> = (0..=1_000).map(f64::from).collect();
        let reversed = values.iter().rev().copied().collect();
        let limits = joint_limits(&[values, reversed], &[false, true], 0.01);
        assert!((limits[0] - 990.0).abs() < 1e-9 && (limits[1] - 990.0).abs() < 1.5, "{limits:?}");
    }

    #[test]
    fn few_rows_are_guarded_more_than_many() {
        assert!((guard(500) - 1.1).abs() < 0.001);
        assert!((guard(62_400) - 1.000_8).abs() < 0.000_1);
    }
}
