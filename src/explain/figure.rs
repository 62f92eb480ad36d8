//! Numbers as a sentence shows them: no finer than means anything, and never so coarse that the evidence does not bear them out.

use super::evidence::TagItem;

/// Digits that count and are always shown: with them a number is within half a per cent of what it stands for.
const DIGITS_LEAST: i32 = 3;

/// Digits that count and stand in the evidence.
const DIGITS_MOST: i32 = 4;

/// A number with three digits that count, and with the fourth only where the value usually strays less than the third: a pressure
/// that strays by 6 kPa is told in whole kPa. Noughts at the end are told as far as the value strays, since they were measured.
pub(super) fn figure(value: f64, strays: Option<f64>) -> String {
    if value == 0.0 || !value.is_finite() {
        return "0".to_owned();
    }
    let counting = DIGITS_LEAST - 1 - exponent(value);
    let straying = strays.filter(|strays| *strays > 0.0).map_or(0, |strays| -exponent(strays));
    let decimals = usize::try_from(counting.max(straying).min(DIGITS_MOST - 1 - exponent(value))).unwrap_or(0);
    let written = format!("{value:.decimals$}");
    // Noughts at the end were measured as far as the value strays; behind that they are there for the three digits only.
    let measured = usize::try_from(straying).unwrap_or(0);
    let spare = written.bytes().rev().take_while(|digit| *digit == b'0').count().min(decimals.saturating_sub(measured));
    written[..written.len() - spare].trim_end_matches('.').to_owned()
}

/// The place of the first digit that counts: 0 for 5, 2 for 120, -1 for 0.3.
fn exponent(value: f64) -> i32 {
    value.abs().log10().floor() as i32
}

/// The same with its unit.
pub(super) fn measured(value: f64, strays: Option<f64>, unit: &str) -> String {
    format!("{} {unit}", figure(value, strays)).trim_end().to_owned()
}

/// A share of a hundred, with its mark: whole where that is within a fortieth of it.
pub(super) fn percent(value: f64) -> String {
    let decimals = match value.abs() {
        value if value >= 20.0 => 0,
        value if value >= 2.0 => 1,
        _ => 2,
    };
    format!("{value:.decimals$} %")
}

impl TagItem {
    /// One of its values, as finely as means anything.
    pub(super) fn told(&self, value: f64) -> String {
        measured(value, Some(self.strays), &self.unit_of_measure)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::explain::evidence::told;

    #[test]
    fn a_number_is_told_as_finely_as_it_means_something() {
        for (value, strays, expected) in [
            (2_896.0, Some(6.2), "2896"),
            (2_704.6, Some(6.2), "2705"),
            (24.63, Some(1.1), "24.6"),
            (120.4, Some(0.02), "120.4"),
            (120.46, Some(0.02), "120.5"),
            (81.0, Some(0.2), "81.0"),
            (0.2513, Some(0.003), "0.251"),
            (0.25, Some(0.003), "0.250"),
            (-0.000_8, Some(0.031), "-0.0008"),
            (7.0, Some(3.0), "7"),
            (700.0, Some(0.3), "700.0"),
            (0.2513, None, "0.251"),
            (43.871, Some(0.5), "43.9"),
            (100.0, Some(1.1), "100"),
            (4.2, None, "4.2"),
            (-3.25, None, "-3.25"),
            (0.0, Some(0.1), "0"),
            (1.371_9, None, "1.37"),
            (412.5, None, "412"),
        ] {
            assert_eq!(figure(value, strays), expected, "{value} that strays by {strays:?}");
        }
        assert_eq!(measured(24.63, Some(1.1), "%"), "24.6 %");
        assert_eq!(measured(24.63, None, ""), "24.6");
    }

    #[test]
    fn a_share_is_told_whole_where_that_says_the_same() {
        for (value, expected) in
            [(82.34, "82 %"), (19.96, "20.0 %"), (20.0, "20 %"), (3.44, "3.4 %"), (1.234, "1.23 %")]
        {
            assert_eq!(percent(value), expected, "{value}");
        }
    }

    proptest! {
        /// Whatever is told is within half of its last digit, and within a fortieth, of what stands in the evidence.
        #[test]
        fn what_is_told_is_what_stands_in_the_evidence(value in -1e6..1e6f64, strays in 1e-6..1e4f64, share in 0.5..100.0f64) {
            let value = told(value);
            let text = figure(value, Some(strays));
            let read: f64 = text.parse().expect("a number");
            prop_assert!((read - value).abs() <= 0.006 * value.abs(), "{text} of {value}");
            let text = percent(told(share));
            let read: f64 = text.trim_end_matches(" %").parse().expect("a number");
            prop_assert!((read - told(share)).abs() <= 0.025 * share + 1e-9, "{text} of {share}");
        }
    }
}
