//! How much an alarm system asks of its operator, by the levels of EEMUA 191.

use serde::{Deserialize, Serialize};

/// The level of performance; the worst of three figures decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum EemuaLevel {
    /// Less than one call in ten minutes on average, never ten, hardly any flood.
    Predictive,
    /// Up to ten calls in ten minutes on average or in a peak below a hundred.
    Robust,
    /// As robust on average, with higher peaks or more time in flood.
    Stable,
    /// Ten to a hundred calls in ten minutes on average: the operator only reacts.
    Reactive,
    /// More than a hundred calls in ten minutes on average.
    Overloaded,
}

impl EemuaLevel {
    /// What it is called: `overloaded`.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Predictive => "predictive",
            Self::Robust => "robust",
            Self::Stable => "stable",
            Self::Reactive => "reactive",
            Self::Overloaded => "overloaded",
        }
    }

    /// The level of an average and a peak of calls in ten minutes and a share of time in flood, 0…1.
    pub fn of(average: f64, peak: u32, in_flood: f64) -> Self {
        if average > 100.0 {
            Self::Overloaded
        } else if average > 10.0 {
            Self::Reactive
        } else if peak > 100 || in_flood > 0.05 {
            Self::Stable
        } else if average < 1.0 && peak < 10 && in_flood < 0.01 {
            Self::Predictive
        } else {
            Self::Robust
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_figure_decides() {
        for (average, peak, in_flood, expected) in [
            (0.3, 4, 0.0, EemuaLevel::Predictive),
            (0.3, 10, 0.0, EemuaLevel::Robust),
            (0.3, 4, 0.02, EemuaLevel::Robust),
            (1.5, 9, 0.0, EemuaLevel::Robust),
            (1.5, 101, 0.0, EemuaLevel::Stable),
            (1.5, 9, 0.06, EemuaLevel::Stable),
            (10.5, 20, 0.0, EemuaLevel::Reactive),
            (101.0, 20, 0.0, EemuaLevel::Overloaded),
        ] {
            assert_eq!(EemuaLevel::of(average, peak, in_flood), expected, "{average}, {peak}, {in_flood}");
        }
    }
}
