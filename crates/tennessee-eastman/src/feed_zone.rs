//! The four feeds and the vapour header in which they meet the recycle, upstream of the reactor.

use crate::components::{A, B, COMPONENTS, Composition, D, E, F, single};
use crate::disturbances::Inputs;
use crate::properties::{GAS_CONSTANT, KELVIN};
use crate::state::VALVES;
use crate::stream::Stream;

/// Volume of the feed zone, ft³.
const VOLUME: f64 = 5000.0;

const PURE: f64 = single(0.9999);
const TRACE: f64 = single(0.0001);

const fn binary(main: usize, trace: usize) -> Composition {
    let mut fractions = [0.0; COMPONENTS];
    fractions[main] = PURE;
    fractions[trace] = TRACE;
    fractions
}

/// Composition of the D feed: a trace of B.
const D_FEED: Composition = binary(D, B);
/// Composition of the E feed: a trace of F.
const E_FEED: Composition = binary(E, F);
/// Composition of the A feed: a trace of B.
const A_FEED: Composition = binary(A, B);

/// Keeps the flow of stream 4 above zero, lbmol/h.
const AC_FEED_LEAST: f64 = 1e-10;

/// The fresh feeds, flowsheet streams 1–4. The valves meter molar flows: pressure plays no part.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Feeds {
    /// Stream 2, valve 1.
    pub d: Stream,
    /// Stream 3, valve 2.
    pub e: Stream,
    /// Stream 1, valve 3.
    pub a: Stream,
    /// Stream 4, valve 4: A and C, to the bottom of the stripper.
    pub ac: Stream,
}

impl Feeds {
    #[inline]
    pub(crate) fn new(valves: &[f64; VALVES], inputs: &Inputs) -> Self {
        let d = valves[0] * inputs.d_feed_range / 100.0;
        let e = valves[1] * inputs.e_feed_range / 100.0;
        let a = valves[2] * inputs.a_feed_supply * inputs.a_feed_range / 100.0;
        let ac = valves[3] * inputs.ac_feed_supply * inputs.ac_feed_range / 100.0 + AC_FEED_LEAST;
        Self {
            d: Stream::vapour(d, &D_FEED, inputs.d_feed_temperature),
            e: Stream::vapour(e, &E_FEED, inputs.e_feed_temperature),
            a: Stream::vapour(a, &A_FEED, inputs.a_feed_temperature),
            ac: Stream::vapour(ac, &inputs.ac_feed, inputs.ac_feed_temperature),
        }
    }
}

/// The vapour header.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FeedZone {
    /// Mole fractions.
    pub vapour: Composition,
    /// Temperature, °C.
    pub temperature: f64,
    /// Pressure, torr; it is also the pressure of the stripper.
    pub pressure: f64,
}

impl FeedZone {
    /// `total` lbmol of `vapour`.
    #[inline]
    pub(crate) fn settle((total, vapour): (f64, Composition), temperature: f64) -> Self {
        let pressure = total * GAS_CONSTANT * (temperature + KELVIN) / VOLUME;
        Self { vapour, temperature, pressure }
    }
}
