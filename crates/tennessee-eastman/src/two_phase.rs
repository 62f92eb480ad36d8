//! Vapour over liquid: what reactor and separator have in common.

use crate::components::{COMPONENTS, CONDENSABLE, Composition, D, sum};
use crate::properties::{GAS_CONSTANT, KELVIN, liquid_density, vapour_pressure};
use crate::state::Inventory;

/// A closed vessel with liquid D…H below a vapour of all components.
///
/// A, B and C are ideal gases that do not dissolve; D…H follow Raoult's law. (Downs & Vogel 1993, assumptions.)
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TwoPhase {
    /// Mole fractions in the liquid; A, B, C are zero.
    pub liquid: Composition,
    /// Temperature, °C.
    pub temperature: f64,
    /// Liquid density, lbmol/ft³.
    pub density: f64,
    /// Liquid volume, ft³.
    pub liquid_volume: f64,
    /// Vapour volume, ft³.
    pub vapour_volume: f64,
    /// Partial pressures, torr.
    pub partial_pressures: Composition,
    /// Pressure, torr.
    pub pressure: f64,
    /// Mole fractions in the vapour.
    pub vapour: Composition,
}

impl TwoPhase {
    /// The liquid of `inventory`: its amount, lbmol, and its composition.
    pub(crate) fn liquid(inventory: &Inventory) -> (f64, Composition) {
        let total = sum(&inventory.holdup[CONDENSABLE]);
        let mut liquid = [0.0; COMPONENTS];
        for i in CONDENSABLE {
            liquid[i] = inventory.holdup[i] / total;
        }
        (total, liquid)
    }

    /// The equilibrium of `inventory` in a vessel of `volume` ft³, with `total` lbmol of `liquid` in it.
    #[inline]
    pub(crate) fn settle(
        inventory: &Inventory,
        (total, liquid): (f64, Composition),
        volume: f64,
        temperature: f64,
    ) -> Self {
        let holdup = &inventory.holdup;
        let kelvin = temperature + KELVIN;
        let density = liquid_density(&liquid, temperature);
        let liquid_volume = total / density;
        let vapour_volume = volume - liquid_volume;

        let mut partial_pressures = [0.0; COMPONENTS];
        for i in 0..D {
            partial_pressures[i] = holdup[i] * GAS_CONSTANT * kelvin / vapour_volume;
        }
        for i in CONDENSABLE {
            partial_pressures[i] = vapour_pressure(i, temperature) * liquid[i];
        }
        let pressure = sum(&partial_pressures);
        let vapour = partial_pressures.map(|p| p / pressure);
        Self { liquid, temperature, density, liquid_volume, vapour_volume, partial_pressures, pressure, vapour }
    }
}
