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

/// Vapour internal energy: enthalpy less R·T.
#[must_use]
pub fn vapour_internal_energy(fractions: &Composition, celsius: f64) -> f64 {
    vapour_enthalpy(fractions, celsius) - GAS_ENERGY * (celsius + KELVIN)
}

/// T·(a + bT/2 + cT²/3): a quadratic heat capacity integrated from 0 °C.
fn sensible(a: f64, b: f64, c: f64, t: f64) -> f64 {
    t * (a + b * t / 2.0 + c * (t * t) / 3.0)
}

fn liquid_heat_capacity(fractions: &Composition, t: f64) -> f64 {
    let mut sum = 0.0;
    for i in 0..COMPONENTS {
        let capacity = LIQUID_HEAT_0[i] + LIQUID_HEAT_1[i] * t + LIQUID_HEAT_2[i] * (t * t);
        sum += fractions[i] * MOLAR_MASS[i] * (FAHRENHEIT_PER_CELSIUS * capacity);
    }
    sum
}

fn vapour_heat_capacity(fractions: &Composition, t: f64) -> f64 {
    let mut sum = 0.0;
    for i in 0..COMPONENTS {
        let capacity = VAPOUR_HEAT_0[i] + VAPOUR_HEAT_1[i] * t + VAPOUR_HEAT_2[i] * (t * t);
        sum += fractions[i] * MOLAR_MASS[i] * (FAHRENHEIT_PER_CELSIUS * capacity);
    }
    sum
}

/// Temperature (°C) of a liquid whose molar enthalpy is `energy`. `start` is where Newton's method begins.
#[must_use]
pub fn liquid_temperature(fractions: &Composition, energy: f64, start: f64) -> f64 {
    newton(start, |t| (liquid_enthalpy(fractions, t) - energy, liquid_heat_capacity(fractions, t)))
}

/// Temperature (°C) of a vapour whose molar internal energy is `energy`.
#[must_use]
pub fn vapour_temperature(fractions: &Composition, energy: f64, start: f64) -> f64 {
    newton(start, |t| (vapour_internal_energy(fractions, t) - energy, vapour_heat_capacity(fractions, t) - GAS_ENERGY))
}

/// Newton's method until the update is below 1e-12 °C; without convergence the start value is the answer.
fn newton(start: f64, error_and_slope: impl Fn(f64) -> (f64, f64)) -> f64 {
    let mut t = start;
    for _ in 0..100 {
        let (error, slope) = error_and_slope(t);
        let update = -error / slope;
        t += update;
        if update.abs() < 1e-12 {
            return t;
        }
    }
    start
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
