//! What the revised model of 2015 measures beside XMEAS 1…41: the conditions of feeds and cooling water.
//!
//! | number | what | unit |
//! |---|---|---|
//! | 42–45 | temperatures of the A, D, E and A+C feeds | °C |
//! | 46, 47 | inlet temperature and flow of the reactor's cooling water | °C, m³/h |
//! | 48, 49 | the same of the condenser's | °C, m³/h |
//! | 50–55 | A…F in the A feed, sampled like the gases | mol% |
//! | 56–61 | A…F in the D feed | mol% |
//! | 62–67 | A…F in the E feed | mol% |
//! | 68–73 | A…F in the A+C feed | mol% |
//!
//! The 24 analyses take their noise from the beginning of the table of all added measurements, as in the published
//! program, so the first eight have 0.01, 0.01, 0.01, 0.01, 0.01, 0.125, 0.01, 0.125. The order of draws is ours: the continuous
//! ones after XMEAS 22, the analyses after XMEAS 36.

use crate::components::single;
use crate::disturbances::Inputs;
use crate::flowsheet::Flowsheet;
use crate::noise::Generator;

/// How many there are: XMEAS 42…73.
pub const ADDED_COUNT: usize = 32;
/// The first eight are continuous.
const CONTINUOUS: usize = 8;
const ANALYSED: usize = ADDED_COUNT - CONTINUOUS;
/// Six components of each feed.
const COMPONENTS: usize = 6;
/// gal/min to m³/h.
#[expect(clippy::excessive_precision, reason = "the published digits, rounded to single precision by the compiler")]
const CUBIC_METRES: f64 = single(0.003_785_411_784) * 60.0;

/// Standard deviation of the noise of XMEAS 42…73, as tabulated: temperatures 0.01 °C, flows 0.125 m³/h, analyses 0.01.
const NOISE: [f64; ADDED_COUNT] = {
    let mut noise = [0.01; ADDED_COUNT];
    noise[5] = 0.125;
    noise[7] = 0.125;
    noise
};

/// The added measurements, and the samples that are being analysed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Added {
    /// XMEAS 42…73.
    pub values: [f64; ADDED_COUNT],
    sampled: [f64; ANALYSED],
}

impl Default for Added {
    fn default() -> Self {
        Self { values: [0.0; ADDED_COUNT], sampled: [0.0; ANALYSED] }
    }
}

impl Added {
    /// Reported is what is there, without noise.
    pub(crate) fn start(&mut self, plant: &Flowsheet) {
        self.sampled = compositions(plant);
        self.values[CONTINUOUS..].copy_from_slice(&self.sampled);
    }

    /// XMEAS 42…49.
    pub(crate) fn measure(&mut self, plant: &Flowsheet, inputs: &Inputs, mut noise: impl FnMut(f64) -> f64) {
        let now = [
            inputs.a_feed_temperature,
            inputs.d_feed_temperature,
            inputs.e_feed_temperature,
            inputs.ac_feed_temperature,
            inputs.reactor_water_temperature,
            plant.coil.water * CUBIC_METRES,
            inputs.condenser_water_temperature,
            plant.condenser.water * CUBIC_METRES,
        ];
        for ((value, now), sigma) in self.values.iter_mut().zip(now).zip(NOISE) {
            *value = now + noise(sigma);
        }
    }

    /// XMEAS 50…73: reports the samples taken an interval ago and takes new ones.
    pub(crate) fn sample(&mut self, plant: &Flowsheet, noisy: bool, generator: &mut Generator) {
        let now = compositions(plant);
        for ((value, sampled), sigma) in self.values[CONTINUOUS..].iter_mut().zip(self.sampled).zip(NOISE) {
            *value = sampled + generator.gaussian(if noisy { sigma } else { 0.0 });
        }
        self.sampled = now;
    }

    pub(crate) fn numbers(&mut self) -> impl Iterator<Item = &mut f64> {
        self.values.iter_mut().chain(&mut self.sampled)
    }
}

fn compositions(plant: &Flowsheet) -> [f64; ANALYSED] {
    let feeds = [&plant.feeds.a, &plant.feeds.d, &plant.feeds.e, &plant.feeds.ac];
    core::array::from_fn(|k| feeds[k / COMPONENTS].fractions[k % COMPONENTS] * 100.0)
}
