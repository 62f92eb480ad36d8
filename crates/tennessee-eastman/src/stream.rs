//! Streams between the vessels.

use crate::components::{COMPONENTS, Composition, sum};
use crate::properties::{liquid_enthalpy, vapour_enthalpy};

/// A flowing mixture.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Stream {
    /// Molar flow F, lbmol/h.
    pub flow: f64,
    /// Mole fractions x of A…H.
    pub fractions: Composition,
    /// Component flows, lbmol/h.
    pub components: Composition,
    /// Temperature, °C.
    pub temperature: f64,
    /// Molar enthalpy, 10⁶ Btu/lbmol.
    pub enthalpy: f64,
}

impl Stream {
    /// A vapour stream.
    #[must_use]
    #[inline]
    pub fn vapour(flow: f64, fractions: &Composition, temperature: f64) -> Self {
        Self::new(flow, fractions, temperature, vapour_enthalpy(fractions, temperature))
    }

    /// A liquid stream.
    #[must_use]
    #[inline]
    pub fn liquid(flow: f64, fractions: &Composition, temperature: f64) -> Self {
        Self::new(flow, fractions, temperature, liquid_enthalpy(fractions, temperature))
    }

    /// A vapour stream known by its component flows; `flow` is their sum.
    #[must_use]
    #[inline]
    pub fn vapour_of(components: Composition, temperature: f64) -> Self {
        let flow = sum(&components);
        let fractions = core::array::from_fn(|i| components[i] / flow);
        Self { flow, fractions, components, temperature, enthalpy: vapour_enthalpy(&fractions, temperature) }
    }

    #[inline]
    pub(crate) fn new(flow: f64, fractions: &Composition, temperature: f64, enthalpy: f64) -> Self {
        let mut components = [0.0; COMPONENTS];
        for i in 0..COMPONENTS {
            components[i] = fractions[i] * flow;
        }
        Self { flow, fractions: *fractions, components, temperature, enthalpy }
    }

    /// Enthalpy flow H·F, 10⁶ Btu/h.
    #[must_use]
    pub fn heat(&self) -> f64 {
        self.enthalpy * self.flow
    }
}
