//! The stripper: stream 4 drives dissolved reactants out of the separator liquid; steam heats the sump.

use crate::components::{A, B, C, COMPONENTS, Composition, D, E, F, G, H, single};
use crate::disturbances::Inputs;
use crate::feed_zone::Feeds;
use crate::properties::liquid_density;
use crate::state::{Inventory, VALVES};
use crate::stream::Stream;

/// Volume of the sump at 100 % of the level scale, ft³.
pub(crate) const SUMP: f64 = 156.5;

/// The liquid in the sump.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sump {
    /// Mole fractions; A, B, C are dissolved.
    pub liquid: Composition,
    /// Temperature, °C.
    pub temperature: f64,
    /// Density, lbmol/ft³.
    pub density: f64,
    /// Volume, ft³.
    pub volume: f64,
}

impl Sump {
    /// `total` lbmol of `liquid`.
    #[inline]
    pub(crate) fn settle((total, liquid): (f64, Composition), temperature: f64) -> Self {
        let density = liquid_density(&liquid, temperature);
        Self { liquid, temperature, density, volume: total / density }
    }
}

/// Below this underflow from the separator (lbmol/h) the splits are fixed.
const LEAST_UNDERFLOW: f64 = single(0.1);
/// Overhead split of A, B and C.
const GAS_SPLIT: [f64; 3] = [single(0.995), single(0.991), single(0.99)];
/// Volatility of D…H in the stripping factor.
const VOLATILITY: [f64; 5] = [single(8.5010), single(11.402), single(11.795), single(0.0480), single(0.0242)];
/// Overhead split of D…H when there is hardly any liquid to strip.
const DRY_SPLIT: [f64; 5] = [single(0.9999), single(0.999), single(0.999), single(0.99), single(0.98)];

/// Fraction of each component that leaves overhead.
#[must_use]
pub(crate) fn overhead_split(sump: &Sump, ac_feed: &Stream, underflow: &Stream) -> Composition {
    let mut split = [0.0; COMPONENTS];
    split[A] = GAS_SPLIT[0];
    split[B] = GAS_SPLIT[1];
    split[C] = GAS_SPLIT[2];
    let heavy = if underflow.flow > LEAST_UNDERFLOW {
        let factor = ac_feed.flow / underflow.flow * temperature_factor(sump.temperature);
        VOLATILITY.map(|k| k * factor / (1.0 + k * factor))
    } else {
        DRY_SPLIT
    };
    for (i, fraction) in [D, E, F, G, H].into_iter().zip(heavy) {
        split[i] = fraction;
    }
    split
}

/// How stripping rises with the temperature of the sump: a hyperbola, cut off at both ends.
fn temperature_factor(celsius: f64) -> f64 {
    if celsius > 170.0 {
        celsius - single(120.262)
    } else if celsius < single(5.292) {
        single(0.1)
    } else {
        single(363.744) / (177.0 - celsius) - REFERENCE
    }
}

#[expect(clippy::excessive_precision, reason = "the published digits, rounded to single precision by the compiler")]
const REFERENCE: f64 = single(2.22579488);

/// Heat conductance of the steam valve fully open, 10⁶ Btu/(h·°C).
const STEAM_RANGE: f64 = single(0.03);
/// Condensing temperature of the steam, °C.
const STEAM_TEMPERATURE: f64 = 100.0;
/// Flow of the product with its valve fully open, lbmol/h.
const PRODUCT_RANGE: f64 = 1000.0;

/// Streams and heat of the stripper.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stripper {
    /// Overhead split of A…H.
    pub split: Composition,
    /// Overhead to the feed zone, flowsheet stream 5.
    pub overhead: Stream,
    /// What trickles into the sump, lbmol/h.
    pub into_sump: Composition,
    /// Product, flowsheet stream 11.
    pub product: Stream,
    /// Heat from the steam, 10⁶ Btu/h.
    pub duty: f64,
}

impl Stripper {
    #[inline]
    pub(crate) fn new(sump: &Sump, feeds: &Feeds, underflow: &Stream, valves: &[f64; VALVES], inputs: &Inputs) -> Self {
        let split = overhead_split(sump, &feeds.ac, underflow);
        let mut up = [0.0; COMPONENTS];
        let mut down = [0.0; COMPONENTS];
        for i in 0..COMPONENTS {
            let inflow = feeds.ac.components[i] + underflow.components[i];
            up[i] = split[i] * inflow;
            down[i] = inflow - up[i];
        }
        let conductance = valves[8] * STEAM_RANGE * (1.0 + inputs.steam_transfer) / 100.0;
        let duty = if sump.temperature < STEAM_TEMPERATURE {
            conductance * (STEAM_TEMPERATURE - sump.temperature)
        } else {
            0.0
        };
        Self {
            split,
            overhead: Stream::vapour_of(up, sump.temperature),
            into_sump: down,
            product: Stream::liquid(valves[7] * PRODUCT_RANGE / 100.0, &sump.liquid, sump.temperature),
            duty,
        }
    }

    /// Balances of A…H in the sump (lbmol/h) and of energy over the whole column (10⁶ Btu/h).
    #[must_use]
    pub(crate) fn balance(&self, ac_feed: &Stream, underflow: &Stream) -> Inventory {
        Inventory {
            holdup: core::array::from_fn(|i| self.into_sump[i] - self.product.components[i]),
            energy: ac_feed.heat() + underflow.heat() - self.overhead.heat() - self.product.heat() + self.duty,
        }
    }
}
