//! The three gas chromatographs, XMEAS 23–41, in mole %.
//!
//! A sample taken at one instant is reported when the next one is taken, and held until then: dead time and sampling
//! interval are the same. Reactor feed and purge are sampled every 0.1 h, the product every 0.25 h.

use crate::added::Added;
use crate::components::{D, single};
use crate::flowsheet::Flowsheet;
use crate::measurements::{CONTINUOUS, NOISE, XMEAS_COUNT};
use crate::noise::Generator;

/// How many compositions are reported.
pub const ANALYSED: usize = XMEAS_COUNT - CONTINUOUS;
/// The first 14 come from the gas analysers (A…F of the reactor feed, A…H of the purge), the rest (D…H) from the
/// product analyser.
const GAS: usize = 14;
const GAS_INTERVAL: f64 = single(0.1);
const PRODUCT_INTERVAL: f64 = 0.25;

/// What the analysers remember between samples.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Analysers {
    /// Reported values XMEAS 23…41.
    pub reported: [f64; ANALYSED],
    /// The samples being analysed.
    pub sampled: [f64; ANALYSED],
    /// When the gas analysers are next due, h.
    pub gas_due: f64,
    /// When the product analyser is next due, h.
    pub product_due: f64,
}

impl Analysers {
    /// Starts in a plant at rest: reported is what is there, without noise.
    pub(crate) fn start(&mut self, plant: &Flowsheet) {
        let now = compositions(plant);
        *self = Self { reported: now, sampled: now, gas_due: GAS_INTERVAL, product_due: PRODUCT_INTERVAL };
    }

    /// Takes the samples due at time `t` (h), and with those of the gases the added ones of the revised model.
    pub(crate) fn sample(
        &mut self,
        t: f64,
        plant: &Flowsheet,
        noise: bool,
        generator: &mut Generator,
        added: Option<&mut Added>,
    ) {
        if t >= self.gas_due {
            self.exchange(0..GAS, &compositions(plant), noise, generator);
            if let Some(added) = added {
                added.sample(plant, noise, generator);
            }
            self.gas_due += GAS_INTERVAL;
        }
        if t >= self.product_due {
            self.exchange(GAS..ANALYSED, &compositions(plant), noise, generator);
            self.product_due += PRODUCT_INTERVAL;
        }
    }

    fn exchange(
        &mut self,
        which: core::ops::Range<usize>,
        now: &[f64; ANALYSED],
        noise: bool,
        generator: &mut Generator,
    ) {
        for k in which {
            let sigma = if noise { NOISE[CONTINUOUS + k] } else { 0.0 };
            self.reported[k] = self.sampled[k] + generator.gaussian(sigma);
            self.sampled[k] = now[k];
        }
    }
}

fn compositions(plant: &Flowsheet) -> [f64; ANALYSED] {
    let feed = &plant.reactor_feed.fractions[..6];
    let purge = &plant.purge.fractions[..];
    let product = &plant.stripper.product.fractions[D..];
    let mut percent = [0.0; ANALYSED];
    for (place, fraction) in percent.iter_mut().zip(feed.iter().chain(purge).chain(product)) {
        *place = fraction * 100.0;
    }
    percent
}
