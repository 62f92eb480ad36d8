//! Which of the published models the plant is.
//!
//! The plant is the same in all of them. They differ in the constants of the kinetics, in the length of a second, in the
//! disturbances, and in what is measured beside XMEAS 1…41.

use crate::components::single;
use crate::tags::Idv;

/// How many disturbances the original model has: IDV 1…20.
pub const ORIGINAL_IDV_COUNT: usize = 20;

/// A published model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Revision {
    /// Downs & Vogel (1993), as the public Fortran program computes it: IDV 1…20.
    #[default]
    Original,
    /// The same with the quotients E/R formed in double precision, as the public data sets seem to have been made.
    OriginalDouble,
    /// Bathelt, Ricker & Jelali (2015): IDV 1…28.
    Revised2015(Revised),
}

/// The options of the revised model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Revised {
    /// Disturbances may act with any strength within 0…1, not only fully.
    pub amplitudes: bool,
    /// Noise and disturbances draw from two random generators, both started at the seed. Then the disturbances do not
    /// depend on how many instruments are noisy.
    pub separate_streams: bool,
    /// The 32 added measurements are made; see [`crate::added`]. Their noise takes its turn in the random numbers.
    pub added_measurements: bool,
}

impl Revision {
    /// The revised model, all options off.
    pub const REVISED_2015: Self =
        Self::Revised2015(Revised { amplitudes: false, separate_streams: false, added_measurements: false });

    /// The disturbances that it has.
    #[must_use]
    pub fn disturbances(self) -> &'static [Idv] {
        if self.revised().is_some() { &Idv::ALL } else { &Idv::ALL[..ORIGINAL_IDV_COUNT] }
    }

    /// Its options, if it is the revised model.
    #[must_use]
    pub const fn revised(self) -> Option<Revised> {
        match self {
            Self::Revised2015(options) => Some(options),
            Self::Original | Self::OriginalDouble => None,
        }
    }

    /// Length of a step, h. The original divides in single precision, and its analysers compare sums of the result.
    pub(crate) const fn step_h(self) -> f64 {
        match self {
            Self::Original | Self::OriginalDouble => single(1.0 / 3600.0),
            Self::Revised2015(_) => 1.0 / 3600.0,
        }
    }

    pub(crate) const fn kinetics(self) -> &'static Kinetics {
        match self {
            Self::Original => &SINGLE,
            Self::OriginalDouble => &DOUBLE,
            Self::Revised2015(_) => &REVISED,
        }
    }
}

/// Constants of the kinetics that differ between the models.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Kinetics {
    /// Activation energies of reactions 1, 2 and 3 over R, K.
    pub activation: [f64; 3],
    /// Order of reactions 1 and 2 in A.
    pub order_a: f64,
    /// Order of reactions 1 and 2 in C.
    pub order_c: f64,
}

/// Divided in single precision.
const SINGLE: Kinetics = Kinetics {
    activation: [single(40000.0 / 1.987), single(20000.0 / 1.987), single(60000.0 / 1.987)],
    order_a: single(1.1544),
    order_c: single(0.3735),
};

/// R is a single-precision constant, the division is in double precision.
const DOUBLE: Kinetics =
    Kinetics { activation: [40000.0 / single(1.987), 20000.0 / single(1.987), 60000.0 / single(1.987)], ..SINGLE };

#[expect(clippy::excessive_precision, reason = "the published digits, rounded to single precision by the compiler")]
const REVISED: Kinetics = Kinetics {
    activation: [single(20130.85052843482), single(10065.42526421741), single(30196.27579265224)],
    order_a: 1.1544,
    order_c: 0.3735,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quotients_are_the_published_ones() {
        assert_eq!(SINGLE.activation, [20130.8515625, 10065.42578125, 30196.275390625]);
        assert_eq!(DOUBLE.activation, [20130.850644378108, 10065.425322189054, 30196.275966567162]);
        assert_eq!(REVISED.activation, [20130.849609375, 10065.4248046875, 30196.275390625]);
    }
}
