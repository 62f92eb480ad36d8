//! The continuous measurements XMEAS 1–22 and the noise of all instruments.

use crate::components::single;
use crate::flowsheet::Flowsheet;
use crate::properties::molar_mass;
use crate::state::State;
use crate::stream::Stream;
use crate::stripper::SUMP;

/// How many measurements there are.
pub const XMEAS_COUNT: usize = 41;
/// The first 22 are continuous, the rest come from analysers.
pub const CONTINUOUS: usize = 22;

/// Standard deviation of the noise on XMEAS 1…41, in the unit of each.
pub const NOISE: [f64; XMEAS_COUNT] = [
    0.0012, 18.0, 22.0, 0.05, 0.2, 0.21, 0.3, 0.5, 0.01, 0.0017, 0.01, 1.0, 0.3, 0.125, 1.0, 0.3, 0.115, 0.01, 1.15,
    0.2, 0.01, 0.01, // analysers: reactor feed, purge, product
    0.25, 0.1, 0.25, 0.1, 0.25, 0.025, 0.25, 0.1, 0.25, 0.1, 0.25, 0.025, 0.05, 0.05, 0.01, 0.01, 0.01, 0.5, 0.5,
];

/// ft³ in a cubic metre.
pub(crate) const CUBIC_FEET_PER_CUBIC_METRE: f64 = single(35.3145);
/// Thousand standard cubic feet in a lbmol of gas.
const STANDARD_VOLUME: f64 = single(0.359);
const KILOGRAM_PER_POUND: f64 = single(0.454);
const ATMOSPHERE_KPA: f64 = single(101.325);
/// Steam condensed by 10⁶ Btu, lb.
const STEAM_PER_HEAT: f64 = 1040.0;
/// kW in 10⁶ Btu/h.
const KILOWATT: f64 = 293.07;

/// Absolute torr to kPa gauge.
pub(crate) fn gauge_kpa(torr: f64) -> f64 {
    (torr - 760.0) / 760.0 * ATMOSPHERE_KPA
}

/// Gas flow, thousand standard m³/h.
fn kscmh(stream: &Stream) -> f64 {
    stream.flow * STANDARD_VOLUME / CUBIC_FEET_PER_CUBIC_METRE
}

fn kilograms(stream: &Stream) -> f64 {
    stream.flow * molar_mass(&stream.fractions) * KILOGRAM_PER_POUND
}

/// XMEAS 1…22 before noise.
#[must_use]
pub fn continuous(plant: &Flowsheet, state: &State) -> [f64; CONTINUOUS] {
    let p = plant;
    [
        kscmh(&p.feeds.a),
        kilograms(&p.feeds.d),
        kilograms(&p.feeds.e),
        kscmh(&p.feeds.ac),
        kscmh(&p.compressor.recycle),
        kscmh(&p.reactor_feed),
        gauge_kpa(p.reactor.pressure),
        (p.reactor.liquid_volume - single(84.6)) / single(666.7) * 100.0,
        p.reactor.temperature,
        kscmh(&p.purge),
        p.separator.temperature,
        (p.separator.liquid_volume - 27.5) / 290.0 * 100.0,
        gauge_kpa(p.separator.pressure),
        p.underflow.flow / p.separator.density / CUBIC_FEET_PER_CUBIC_METRE,
        (p.sump.volume - 78.25) / SUMP * 100.0,
        gauge_kpa(p.feed_zone.pressure),
        p.stripper.product.flow / p.sump.density / CUBIC_FEET_PER_CUBIC_METRE,
        p.sump.temperature,
        p.stripper.duty * STEAM_PER_HEAT * KILOGRAM_PER_POUND,
        p.compressor.work * KILOWATT,
        state.reactor_water,
        state.condenser_water,
    ]
}
