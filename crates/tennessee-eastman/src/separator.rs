//! The condenser and the vapour–liquid separator with its purge and its underflow.

use crate::components::single;
use crate::disturbances::Inputs;
use crate::properties::molar_mass;
use crate::reactor::{head, water_rate};
use crate::state::{Inventory, VALVES};
use crate::stream::Stream;
use crate::two_phase::TwoPhase;

/// Volume of the separator, ft³.
pub(crate) const VOLUME: f64 = 3500.0;

/// Largest heat-transfer coefficient of the condenser, 10⁶ Btu/(h·°C).
const CONDENSER: f64 = single(0.404655);
/// Flow at which half of it is reached, lbmol/h.
const HALF_FLOW: f64 = single(3528.73);
/// Heat transfer lost when the fouling of IDV 18 is complete.
const FOULING: f64 = 0.25;
/// Heat capacity of the water in the condenser, in pounds of water.
const WATER_HOLDUP: f64 = 11138.0;

/// The condenser between reactor and separator.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Condenser {
    /// Cooling-water flow, gal/min.
    pub water: f64,
    /// Heat into the separator (negative), 10⁶ Btu/h.
    pub duty: f64,
}

impl Condenser {
    /// The duty is UA·(T_water − T_effluent), with UA rising with the fourth power of the effluent flow.
    #[must_use]
    pub(crate) fn new(effluent: &Stream, valves: &[f64; VALVES], outlet: f64, inputs: &Inputs) -> Self {
        let water = valves[10] * inputs.condenser_water_range / 100.0;
        let ratio = effluent.flow / HALF_FLOW;
        let squared = ratio * ratio;
        let conductance = CONDENSER * (1.0 - 1.0 / (1.0 + squared * squared));
        let duty = conductance * (outlet - effluent.temperature) * (1.0 - FOULING * inputs.condenser_fouling);
        Self { water, duty }
    }

    /// Rate of change of the water outlet temperature, °C/h.
    #[must_use]
    pub(crate) fn outlet_rate(&self, outlet: f64, inlet: f64) -> f64 {
        water_rate(self.water, inlet, outlet, self.duty) / WATER_HOLDUP
    }
}

/// Flow coefficient of the purge valve, lb/(h·√torr) per %.
const PURGE_VALVE: f64 = 0.151169;
/// Flow of the underflow with its valve fully open, lbmol/h.
const UNDERFLOW_RANGE: f64 = 1500.0;
/// The purge leaves to the atmosphere, torr.
const ATMOSPHERE: f64 = 760.0;

/// Purge, flowsheet stream 9.
#[must_use]
pub(crate) fn purge(vessel: &TwoPhase, valves: &[f64; VALVES]) -> Stream {
    let mass = valves[5] * PURGE_VALVE * head(vessel.pressure, ATMOSPHERE).sqrt();
    Stream::vapour(mass / molar_mass(&vessel.vapour), &vessel.vapour, vessel.temperature)
}

/// Underflow to the stripper, flowsheet stream 10.
#[must_use]
pub(crate) fn underflow(vessel: &TwoPhase, valves: &[f64; VALVES]) -> Stream {
    Stream::liquid(valves[6] * UNDERFLOW_RANGE / 100.0, &vessel.liquid, vessel.temperature)
}

/// Balances of A…H (lbmol/h) and of energy (10⁶ Btu/h).
///
/// The recycle leaves with the enthalpy it has *after* the compressor, so the work of compression is taken out of the
/// separator. That is an error of the published model, and part of its behaviour.
#[must_use]
pub(crate) fn balance(
    effluent: &Stream,
    recycle: &Stream,
    purge: &Stream,
    underflow: &Stream,
    condenser: &Condenser,
) -> Inventory {
    Inventory {
        holdup: core::array::from_fn(|i| {
            effluent.components[i] - recycle.components[i] - purge.components[i] - underflow.components[i]
        }),
        energy: effluent.heat() - recycle.heat() - purge.heat() - underflow.heat() + condenser.duty,
    }
}
