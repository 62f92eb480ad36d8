//! Enthalpy, density and vapour pressure of mixtures, and the temperature that belongs to an energy.
//!
//! Temperatures are in °C, molar enthalpies in 10⁶ Btu/lbmol, densities in lbmol/ft³, pressures in torr.

use crate::components::{
    ANTOINE_A, ANTOINE_B, ANTOINE_C, COMPONENTS, Composition, DENSITY_0, DENSITY_1, DENSITY_2, LIQUID_HEAT_0,
    LIQUID_HEAT_1, LIQUID_HEAT_2, MOLAR_MASS, VAPORISATION, VAPOUR_HEAT_0, VAPOUR_HEAT_1, VAPOUR_HEAT_2, single,
};

/// 0 °C in kelvin.
pub const KELVIN: f64 = single(273.15);
/// Gas constant, torr·ft³/(lbmol·K).
pub const GAS_CONSTANT: f64 = single(998.9);
/// Gas constant as an energy, 10⁶ Btu/(lbmol·°C).
const GAS_ENERGY: f64 = 3.57696 / 1e6;
/// The heat capacities are per °F, the temperatures in °C.
const FAHRENHEIT_PER_CELSIUS: f64 = 1.8;

/// Mean molar mass Σ zᵢMᵢ, lb/lbmol.
#[must_use]
pub fn molar_mass(fractions: &Composition) -> f64 {
    let mut sum = 0.0;
    for i in 0..COMPONENTS {
        sum += fractions[i] * MOLAR_MASS[i];
    }
    sum
}

/// Liquid enthalpy Σ zᵢMᵢ · 1.8·T·(a + bT/2 + cT²/3).
#[must_use]
pub fn liquid_enthalpy(fractions: &Composition, celsius: f64) -> f64 {
    let mut sum = 0.0;
    for i in 0..COMPONENTS {
        sum += fractions[i]
            * MOLAR_MASS[i]
            * (FAHRENHEIT_PER_CELSIUS * sensible(LIQUID_HEAT_0[i], LIQUID_HEAT_1[i], LIQUID_HEAT_2[i], celsius));
    }
    sum
}

/// Vapour enthalpy: the sensible heat of the vapour plus the heat of vaporisation at 0 °C.
#[must_use]
pub fn vapour_enthalpy(fractions: &Composition, celsius: f64) -> f64 {
    let mut sum = 0.0;
    for i in 0..COMPONENTS {
        let heat = FAHRENHEIT_PER_CELSIUS * sensible(VAPOUR_HEAT_0[i], VAPOUR_HEAT_1[i], VAPOUR_HEAT_2[i], celsius);
        sum += fractions[i] * MOLAR_MASS[i] * (heat + VAPORISATION[i]);
    }
    sum
}

/// T·(a + bT/2 + cT²/3): a quadratic heat capacity integrated from 0 °C.
fn sensible(a: f64, b: f64, c: f64, t: f64) -> f64 {
    t * (a + b * t / 2.0 + c * (t * t) / 3.0)
}

/// How many vessels have a temperature to find.
const VESSELS: usize = 4;

/// What is known of the contents of reactor, separator, stripper sump and feed zone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Contents {
    /// Mole fractions: three liquids and a vapour.
    pub fractions: [Composition; VESSELS],
    /// Molar enthalpy of the liquids, molar internal energy of the vapour, 10⁶ Btu/lbmol.
    pub energy: [f64; VESSELS],
    /// Where the search begins, °C.
    pub start: [f64; VESSELS],
}

/// Coefficients of component i in the four vessels: liquid, liquid, liquid, vapour.
const fn by_vessel(liquid: Composition, vapour: Composition) -> [[f64; VESSELS]; COMPONENTS] {
    let mut table = [[0.0; VESSELS]; COMPONENTS];
    let mut i = 0;
    while i < COMPONENTS {
        table[i] = [liquid[i], liquid[i], liquid[i], vapour[i]];
        i += 1;
    }
    table
}

const HEAT_0: [[f64; VESSELS]; COMPONENTS] = by_vessel(LIQUID_HEAT_0, VAPOUR_HEAT_0);
const HEAT_1: [[f64; VESSELS]; COMPONENTS] = by_vessel(LIQUID_HEAT_1, VAPOUR_HEAT_1);
const HEAT_2: [[f64; VESSELS]; COMPONENTS] = by_vessel(LIQUID_HEAT_2, VAPOUR_HEAT_2);
const HEAT_OF_VAPORISATION: [[f64; VESSELS]; COMPONENTS] = by_vessel([0.0; COMPONENTS], VAPORISATION);
const EXPANSION: [f64; VESSELS] = [0.0, 0.0, 0.0, GAS_ENERGY];
/// The search ends when a step is smaller, °C.
const TOLERANCE: f64 = 1e-12;
const ITERATIONS_MAX: usize = 100;

impl Contents {
    /// Newton's method for the four temperatures side by side, each until its own update is below 1e-12 °C. Without
    /// convergence the start value is the answer.
    ///
    /// A vessel alone would take as long: its sums and its division are a chain of dependent operations, and four chains fit
    /// into the time of one. The terms of vapour are there for the liquids too, with zeros, which changes no bit.
    pub(crate) fn temperatures(&self) -> [f64; VESSELS] {
        let masses = self.masses();
        let mut t = self.start;
        let mut found = [false; VESSELS];
        for _ in 0..ITERATIONS_MAX {
            let (energy, slope) = energy_and_slope(&masses, &t);
            for v in 0..VESSELS {
                let update = -(energy[v] - self.energy[v]) / slope[v];
                if !found[v] {
                    t[v] += update;
                }
                found[v] |= update.abs() < TOLERANCE;
            }
            if found == [true; VESSELS] {
                return t;
            }
        }
        core::array::from_fn(|v| if found[v] { t[v] } else { self.start[v] })
    }

    /// Mass of component i in a mole of each vessel's contents.
    fn masses(&self) -> [[f64; VESSELS]; COMPONENTS] {
        core::array::from_fn(|i| core::array::from_fn(|v| self.fractions[v][i] * MOLAR_MASS[i]))
    }
}

fn energy_and_slope(masses: &[[f64; VESSELS]; COMPONENTS], t: &[f64; VESSELS]) -> ([f64; VESSELS], [f64; VESSELS]) {
    let (mut energy, mut slope) = ([0.0; VESSELS], [0.0; VESSELS]);
    for i in 0..COMPONENTS {
        for v in 0..VESSELS {
            let heat = FAHRENHEIT_PER_CELSIUS * sensible(HEAT_0[i][v], HEAT_1[i][v], HEAT_2[i][v], t[v]);
            energy[v] += masses[i][v] * (heat + HEAT_OF_VAPORISATION[i][v]);
            let capacity = HEAT_0[i][v] + HEAT_1[i][v] * t[v] + HEAT_2[i][v] * (t[v] * t[v]);
            slope[v] += masses[i][v] * (FAHRENHEIT_PER_CELSIUS * capacity);
        }
    }
    for v in 0..VESSELS {
        energy[v] -= EXPANSION[v] * (t[v] + KELVIN);
        slope[v] -= EXPANSION[v];
    }
    (energy, slope)
}

/// Molar density of a liquid, lbmol/ft³: the molar volumes of the components add up.
#[must_use]
pub fn liquid_density(fractions: &Composition, celsius: f64) -> f64 {
    let mut volume = 0.0;
    for i in 0..COMPONENTS {
        volume += fractions[i] * MOLAR_MASS[i] / (DENSITY_0[i] + (DENSITY_1[i] + DENSITY_2[i] * celsius) * celsius);
    }
    1.0 / volume
}

/// Vapour pressure of pure component `i` (D…H), torr: exp(A + B/(T + C)).
#[must_use]
pub fn vapour_pressure(i: usize, celsius: f64) -> f64 {
    (ANTOINE_A[i] + ANTOINE_B[i] / (celsius + ANTOINE_C[i])).exp()
}
