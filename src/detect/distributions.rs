//! Quantiles of the distributions that textbook limits rest on.

/// Quantile of the standard normal distribution, `p` in 0…1 exclusive.
///
/// Acklam's rational approximation, relative error below 1.2e-9.
pub(super) fn normal_quantile(p: f64) -> f64 {
    const A: [f64; 6] = [
        -3.969_683_028_665_376e1,
        2.209_460_984_245_205e2,
        -2.759_285_104_469_687e2,
        1.383_577_518_672_69e2,
        -3.066_479_806_614_716e1,
        2.506_628_277_459_239,
    ];
    const B: [f64; 6] = [
        -5.447_609_879_822_406e1,
        1.615_858_368_580_409e2,
        -1.556_989_798_598_866e2,
        6.680_131_188_771_972e1,
        -1.328_068_155_288_572e1,
        1.0,
    ];
    const C: [f64; 6] = [
        -7.784_894_002_430_293e-3,
        -3.223_964_580_411_365e-1,
        -2.400_758_277_161_838,
        -2.549_732_539_343_734,
        4.374_664_141_464_968,
        2.938_163_982_698_783,
    ];
    const D: [f64; 5] =
        [7.784_695_709_041_462e-3, 3.224_671_290_700_398e-1, 2.445_134_137_142_996, 3.754_408_661_907_416, 1.0];
    const TAIL: f64 = 0.024_25;
    let horner = |coefficients: &[f64], x: f64| coefficients.iter().fold(0.0, |sum, c| sum * x + c);
    let tail = |p: f64| {
        let q = (-2.0 * p.ln()).sqrt();
        horner(&C, q) / horner(&D, q)
    };
    if p < TAIL {
        tail(p)
    } else if p > 1.0 - TAIL {
        -tail(1.0 - p)
    } else {
        let q = p - 0.5;
        let r = q * q;
        q * horner(&A, r) / horner(&B, r)
    }
}

/// Quantile of the F distribution with `d1` and `d2` degrees of freedom, `p` in 0…1 exclusive.
pub(super) fn f_quantile(p: f64, d1: f64, d2: f64) -> f64 {
    // The distribution function is regularised incomplete beta at x = d1 F / (d1 F + d2); x lies in 0…1, so bisect there.
    let (mut low, mut high) = (0.0_f64, 1.0_f64);
    for _ in 0..100 {
        let middle = 0.5 * (low + high);
        if incomplete_beta(d1 / 2.0, d2 / 2.0, middle) < p { low = middle } else { high = middle }
    }
    let x = 0.5 * (low + high);
    d2 * x / (d1 * (1.0 - x))
}

/// Regularised incomplete beta function, by Lentz's continued fraction.
fn incomplete_beta(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return x.clamp(0.0, 1.0);
    }
    let front = (ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (-x).ln_1p()).exp();
    // The fraction converges quickly on this side of the mean only.
    if x < (a + 1.0) / (a + b + 2.0) {
        front * beta_fraction(a, b, x) / a
    } else {
        1.0 - front * beta_fraction(b, a, 1.0 - x) / b
    }
}

fn beta_fraction(a: f64, b: f64, x: f64) -> f64 {
    let away_from_zero = |value: f64| if value.abs() < 1e-300 { 1e-300 } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / away_from_zero(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = d;
    for m in 1..500_u32 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let before = fraction;
        for term in [even, odd] {
            d = 1.0 / away_from_zero(1.0 + term * d);
            c = away_from_zero(1.0 + term / c);
            fraction *= c * d;
        }
        if (fraction - before).abs() <= 1e-15 * fraction.abs() {
            break;
        }
    }
    fraction
}

/// Logarithm of the gamma function for positive arguments, by Lanczos.
fn ln_gamma(x: f64) -> f64 {
    const G: [f64; 9] = [
        0.999_999_999_999_809_9,
        676.520_368_121_885_1,
        -1_259.139_216_722_402_8,
        771.323_428_777_653_1,
        -176.615_029_162_140_6,
        12.507_343_278_686_905,
        -0.138_571_095_265_720_12,
        9.984_369_578_019_572e-6,
        1.505_632_735_149_311_6e-7,
    ];
    let x = x - 1.0;
    let t = x + 7.5;
    let series = G[1..].iter().zip(1_u32..).fold(G[0], |sum, (g, n)| sum + g / (x + f64::from(n)));
    0.5 * (2.0 * std::f64::consts::PI).ln() + (x + 0.5) * t.ln() - t + series.ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(got: f64, table: f64, tolerance: f64) {
        assert!((got - table).abs() <= tolerance, "{got} against {table} of the table");
    }

    #[test]
    fn normal_quantiles_are_those_of_the_tables() {
        for (p, z) in
            [(0.5, 0.0), (0.95, 1.644_853_627), (0.99, 2.326_347_874), (0.999, 3.090_232_306), (0.01, -2.326_347_874)]
        {
            check(normal_quantile(p), z, 1e-8);
        }
    }

    #[test]
    fn f_quantiles_are_those_of_the_tables() {
        for (p, d1, d2, f) in [
            (0.95, 1.0, 10.0, 4.964_6),
            (0.99, 5.0, 10.0, 5.636_3),
            (0.95, 10.0, 20.0, 2.347_9),
            (0.99, 10.0, 120.0, 2.472_1),
            (0.99, 1.0, 120.0, 6.850_9),
        ] {
            check(f_quantile(p, d1, d2), f, 1e-3);
        }
        // With many degrees of freedom behind, d1 · F becomes χ²: 15.086 for five at 99 %.
        check(5.0 * f_quantile(0.99, 5.0, 1e7), 15.086_3, 1e-3);
    }
}
