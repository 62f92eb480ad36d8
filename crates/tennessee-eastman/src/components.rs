//! The eight components and the constants of their property correlations.
//!
//! A, B and C are gases that never condense in the reactor or the separator; D to H are the two liquid reactants,
//! the by-product and the two products. Source: Downs & Vogel 1993, table 1, and the coefficients of their model.

/// How many components the plant knows.
pub const COMPONENTS: usize = 8;

/// Mole fractions, holdups or flows of A…H, in this order.
pub type Composition = [f64; COMPONENTS];

/// Index of component A in a [`Composition`].
pub const A: usize = 0;
/// Index of component B (inert).
pub const B: usize = 1;
/// Index of component C.
pub const C: usize = 2;
/// Index of component D.
pub const D: usize = 3;
/// Index of component E.
pub const E: usize = 4;
/// Index of component F (by-product).
pub const F: usize = 5;
/// Index of component G (product).
pub const G: usize = 6;
/// Index of component H (product).
pub const H: usize = 7;

/// The components that condense: D…H.
pub const CONDENSABLE: core::ops::Range<usize> = D..COMPONENTS;

/// Widens a single-precision literal exactly.
///
/// The published model keeps many constants in single precision. The analysers and the sticking valves compare
/// accumulated sums of such numbers, so a "better" 273.15 is a different plant.
pub(crate) const fn single(literal: f32) -> f64 {
    literal as f64
}

const fn singles(literals: [f32; COMPONENTS]) -> Composition {
    let mut wide = [0.0; COMPONENTS];
    let mut i = 0;
    while i < COMPONENTS {
        wide[i] = single(literals[i]);
        i += 1;
    }
    wide
}

/// Molar mass M, lb/lbmol.
pub const MOLAR_MASS: Composition = singles([2.0, 25.4, 28.0, 32.0, 46.0, 48.0, 62.0, 76.0]);

/// Vapour pressure, constant term (ln torr). A, B and C have none.
pub const ANTOINE_A: Composition = singles([0.0, 0.0, 0.0, 15.92, 16.35, 16.35, 16.43, 17.21]);
/// Vapour pressure, numerator (ln torr · °C).
pub const ANTOINE_B: Composition = singles([0.0, 0.0, 0.0, -1444.0, -2114.0, -2114.0, -2748.0, -3318.0]);
/// Vapour pressure, offset of the temperature (°C).
pub const ANTOINE_C: Composition = singles([0.0, 0.0, 0.0, 259.0, 265.5, 265.5, 232.9, 249.6]);

/// Liquid density, constant term, lb/ft³.
pub const DENSITY_0: Composition = singles([1.0, 1.0, 1.0, 23.3, 33.9, 32.8, 49.9, 50.5]);
/// Liquid density, linear in °C.
pub const DENSITY_1: Composition = singles([0.0, 0.0, 0.0, -0.0700, -0.0957, -0.0995, -0.0191, -0.0541]);
/// Liquid density, quadratic in °C.
pub const DENSITY_2: Composition = singles([0.0, 0.0, 0.0, -0.0002, -0.000152, -0.000233, -0.000425, -0.000150]);

/// Liquid heat capacity, constant term, 10⁶ Btu/(lb·°F).
pub const LIQUID_HEAT_0: Composition = [1e-6, 1e-6, 1e-6, 0.960e-6, 0.573e-6, 0.652e-6, 0.515e-6, 0.471e-6];
/// Liquid heat capacity, linear in °C.
pub const LIQUID_HEAT_1: Composition = [0.0, 0.0, 0.0, 8.70e-9, 2.41e-9, 2.18e-9, 5.65e-10, 8.70e-10];
/// Liquid heat capacity, quadratic in °C.
pub const LIQUID_HEAT_2: Composition = [0.0, 0.0, 0.0, 4.81e-11, 1.82e-11, 1.94e-11, 3.82e-12, 2.62e-12];

/// Heat of vaporisation at 0 °C, 10⁶ Btu/lb.
pub const VAPORISATION: Composition = [1e-6, 1e-6, 1e-6, 86.7e-6, 160e-6, 160e-6, 225e-6, 209e-6];
/// Vapour heat capacity, constant term, 10⁶ Btu/(lb·°F).
pub const VAPOUR_HEAT_0: Composition =
    [3.411e-6, 0.3799e-6, 0.2491e-6, 0.3567e-6, 0.3463e-6, 0.3930e-6, 0.170e-6, 0.150e-6];
/// Vapour heat capacity, linear in °C.
pub const VAPOUR_HEAT_1: Composition = [7.18e-10, 1.08e-9, 1.36e-11, 8.51e-10, 8.96e-10, 1.02e-9, 0.0, 0.0];
/// Vapour heat capacity, quadratic in °C.
pub const VAPOUR_HEAT_2: Composition = [6.0e-13, -3.98e-13, -3.93e-14, -3.12e-13, -3.27e-13, -3.12e-13, 0.0, 0.0];

/// Added up in the order A…H, from zero.
pub(crate) fn sum(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |sum, value| sum + value)
}
