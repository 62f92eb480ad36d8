//! The reactor: kinetics, cooling, and the pipes into and out of it.
//!
//! Four exothermic, irreversible reactions (Downs & Vogel 1993):
//!
//! | | | |
//! |---|---|---|
//! | 1 | A + C + D → G | product |
//! | 2 | A + C + E → H | product |
//! | 3 | A + E → F | by-product |
//! | 4 | 3 D → 2 F | by-product |

use crate::components::{A, B, C, COMPONENTS, Composition, D, E, F, G, H, single};
use crate::disturbances::Inputs;
use crate::feed_zone::FeedZone;
use crate::properties::{KELVIN, molar_mass};
use crate::revision::Kinetics;
use crate::state::{Inventory, VALVES};
use crate::stream::Stream;
use crate::two_phase::TwoPhase;

/// Volume of the reactor, ft³.
pub(crate) const VOLUME: f64 = 1300.0;

/// ln of the pre-exponential factors of reactions 1, 2 and 3.
#[expect(clippy::excessive_precision, reason = "the published digits, rounded to single precision by the compiler")]
const LN_FACTOR: [f64; 3] = [single(31.5859536), single(3.00094014), single(53.4060443)];
/// Rate constant of reaction 4 over that of reaction 3.
const REACTION_4_OVER_3: f64 = 0.767488334;
/// Heat released by reactions 1 and 2, 10⁶ Btu/lbmol. Reactions 3 and 4 carry none in the model.
const HEAT_OF_REACTION: [f64; 2] = [0.06899381054, 0.05];

/// What the reactions do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reactions {
    /// Rates of reactions 1–4 in the whole vapour space, lbmol/h.
    pub rates: [f64; 4],
    /// Net production of A…H, lbmol/h.
    pub production: Composition,
    /// Heat released, 10⁶ Btu/h.
    pub heat: f64,
}

impl Reactions {
    /// Rates from the partial pressures (torr):
    ///
    /// * r₁ = k₁·p_A^1.1544·p_C^0.3735·p_D and r₂ = k₂·p_A^1.1544·p_C^0.3735·p_E, while A and C are present
    /// * r₃ = k₃·p_A·p_E
    /// * r₄ = k₄·p_A·p_D, although reaction 4 consumes no A
    ///
    /// each times the vapour volume, with k = exp(ln factor − activation/T). `activity` scales k₁ and k₂ (IDV 13).
    #[must_use]
    #[inline]
    pub(crate) fn new(vessel: &TwoPhase, activity: [f64; 2], kinetics: &Kinetics) -> Self {
        let kelvin = vessel.temperature + KELVIN;
        let constant = |j: usize| (LN_FACTOR[j] - kinetics.activation[j] / kelvin).exp();
        let k1 = constant(0) * activity[0];
        let k2 = constant(1) * activity[1];
        let k3 = constant(2);
        let k4 = k3 * REACTION_4_OVER_3;

        let p = &vessel.partial_pressures;
        let (mut r1, mut r2) = (0.0, 0.0);
        if p[A] > 0.0 && p[C] > 0.0 {
            let a = p[A].powf(kinetics.order_a);
            let c = p[C].powf(kinetics.order_c);
            r1 = k1 * a * c * p[D];
            r2 = k2 * a * c * p[E];
        }
        let r3 = k3 * p[A] * p[E];
        let r4 = k4 * p[A] * p[D];
        let rates = [r1, r2, r3, r4].map(|r| r * vessel.vapour_volume);
        Self::from_rates(rates)
    }

    fn from_rates(rates: [f64; 4]) -> Self {
        let [r1, r2, r3, r4] = rates;
        let mut production = [0.0; COMPONENTS];
        production[A] = -r1 - r2 - r3;
        production[B] = 0.0;
        production[C] = -r1 - r2;
        production[D] = -r1 - 1.5 * r4;
        production[E] = -r2 - r3;
        production[F] = r3 + r4;
        production[G] = r1;
        production[H] = r2;
        Self { rates, production, heat: r1 * HEAT_OF_REACTION[0] + r2 * HEAT_OF_REACTION[1] }
    }
}

/// Heat-transfer coefficient of the fully covered coil, 10⁶ Btu/(h·°C) at a stirrer factor of one.
const COIL: f64 = 855490e-6;
/// Volume of liquid per unit of coil coverage, ft³.
const COIL_VOLUME: f64 = single(7.8);
const COIL_SLOPE: f64 = single(0.025);
/// Heat transfer lost when the fouling of IDV 17 is complete.
const FOULING: f64 = 0.35;
/// Heat capacity of the water in the coil, in pounds of water.
const WATER_HOLDUP: f64 = 7060.0;

/// The cooling coil in the reactor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Coil {
    /// Cooling-water flow, gal/min.
    pub water: f64,
    /// Agitator speed, in hundreds of rpm: 1.5…2.5.
    pub agitator: f64,
    /// Heat-transfer coefficient times area, 10⁶ Btu/(h·°C).
    pub conductance: f64,
    /// Heat into the reactor (negative), 10⁶ Btu/h.
    pub duty: f64,
}

impl Coil {
    /// The duty is UA·(T_water − T_reactor); UA falls off when the liquid leaves the coil uncovered and follows a
    /// parabola in the agitator speed.
    #[must_use]
    #[inline]
    pub(crate) fn new(vessel: &TwoPhase, valves: &[f64; VALVES], outlet: f64, inputs: &Inputs) -> Self {
        let water = valves[9] * inputs.reactor_water_range / 100.0;
        let agitator = (valves[11] + 150.0) / 100.0;
        let level = vessel.liquid_volume / COIL_VOLUME;
        let covered = if level > 50.0 {
            1.0
        } else if level < 10.0 {
            0.0
        } else {
            COIL_SLOPE * vessel.liquid_volume / COIL_VOLUME - 0.25
        };
        let conductance = covered * (-0.5 * (agitator * agitator) + 2.75 * agitator - 2.5) * COIL;
        let duty = conductance * (outlet - vessel.temperature) * (1.0 - FOULING * inputs.reactor_fouling);
        Self { water, agitator, conductance, duty }
    }

    /// Rate of change of the water outlet temperature, °C/h.
    #[must_use]
    pub(crate) fn outlet_rate(&self, outlet: f64, inlet: f64) -> f64 {
        water_rate(self.water, inlet, outlet, self.duty) / WATER_HOLDUP
    }
}

/// Water, lb/h per gal/min.
const POUNDS_PER_GALLON: f64 = single(500.53);
/// °F per °C. The water balances have it in single precision, the enthalpies in double.
const FAHRENHEIT_PER_CELSIUS: f64 = single(1.8);

/// Heat taken up by a stirred cooling-water volume, lb·°C/h: W·500.53·(T_in − T_out) − Q·10⁶/1.8.
pub(crate) fn water_rate(gallons: f64, inlet: f64, outlet: f64, duty: f64) -> f64 {
    gallons * POUNDS_PER_GALLON * (inlet - outlet) - duty * 1e6 / FAHRENHEIT_PER_CELSIUS
}

/// Flow coefficient of the feed pipe, lb/(h·√torr).
const FEED_PIPE: f64 = 1937.6;
/// Flow coefficient of the effluent pipe, lb/(h·√torr).
const EFFLUENT_PIPE: f64 = 4574.21;
/// Flow lost when the blockage of IDV 20 is complete.
const BLOCKAGE: f64 = 0.25;

/// Reactor feed, flowsheet stream 6: driven by the pressure of the feed zone.
#[must_use]
pub(crate) fn feed(header: &FeedZone, vessel: &TwoPhase) -> Stream {
    let mass = FEED_PIPE * head(header.pressure, vessel.pressure).sqrt();
    Stream::vapour(mass / molar_mass(&header.vapour), &header.vapour, header.temperature)
}

/// Reactor effluent, flowsheet stream 7: vapour to the condenser, driven by the pressure above the separator's.
#[must_use]
pub(crate) fn effluent(vessel: &TwoPhase, separator: &TwoPhase, inputs: &Inputs) -> Stream {
    let mass =
        EFFLUENT_PIPE * head(vessel.pressure, separator.pressure).sqrt() * (1.0 - BLOCKAGE * inputs.effluent_blockage);
    Stream::vapour(mass / molar_mass(&vessel.vapour), &vessel.vapour, vessel.temperature)
}

/// Pressure difference that drives a flow; nothing flows backwards.
pub(crate) fn head(upstream: f64, downstream: f64) -> f64 {
    (upstream - downstream).max(0.0)
}

/// Balances of A…H (lbmol/h) and of energy (10⁶ Btu/h).
#[must_use]
pub(crate) fn balance(feed: &Stream, effluent: &Stream, reactions: &Reactions, coil: &Coil) -> Inventory {
    Inventory {
        holdup: core::array::from_fn(|i| feed.components[i] - effluent.components[i] + reactions.production[i]),
        energy: feed.heat() - effluent.heat() + reactions.heat + coil.duty,
    }
}
