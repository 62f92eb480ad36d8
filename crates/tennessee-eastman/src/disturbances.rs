//! The disturbances: which are on, and what they do to the inputs of the plant.

use crate::components::{A, B, C, COMPONENTS, Composition};
use crate::splines::{Splines, Walk};
use crate::tags::{IDV_COUNT, Idv};

/// How strongly each disturbance acts: 0 is off, 1 fully on. The revised model knows the values between.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Active([f64; IDV_COUNT]);

impl Active {
    /// Only these, fully on.
    #[must_use]
    pub fn only(disturbances: impl IntoIterator<Item = Idv>) -> Self {
        let mut active = Self::default();
        for idv in disturbances {
            active.set(idv, 1.0);
        }
        active
    }

    /// How strongly `idv` acts, 0…1.
    #[must_use]
    pub fn level(&self, idv: Idv) -> f64 {
        self.0[idv.index()]
    }

    /// Does `idv` act at all?
    #[must_use]
    pub fn is_on(&self, idv: Idv) -> bool {
        self.level(idv) > 0.0
    }

    pub(crate) fn levels_mut(&mut self) -> &mut [f64; IDV_COUNT] {
        &mut self.0
    }

    pub(crate) fn set(&mut self, idv: Idv, level: f64) {
        self.0[idv.index()] = level;
    }
}

/// What the surroundings do to the plant at one instant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Inputs {
    /// Composition of stream 4. C makes up for what A and B leave.
    pub ac_feed: Composition,
    /// Temperature of the D feed, °C.
    pub d_feed_temperature: f64,
    /// Temperature of stream 4, °C.
    pub ac_feed_temperature: f64,
    /// Reactor cooling-water inlet temperature, °C.
    pub reactor_water_temperature: f64,
    /// Condenser cooling-water inlet temperature, °C.
    pub condenser_water_temperature: f64,
    /// Factors on the rate constants of reactions 1 and 2.
    pub activity: [f64; 2],
    /// Relative change of the steam heat transfer in the stripper.
    pub steam_transfer: f64,
    /// Fouling of the reactor coil, 0…1.
    pub reactor_fouling: f64,
    /// Fouling of the condenser, 0…1.
    pub condenser_fouling: f64,
    /// Blockage of the reactor effluent, 0…1.
    pub effluent_blockage: f64,
    /// What is left of the A feed.
    pub a_feed_supply: f64,
    /// What is left of the A+C feed.
    pub ac_feed_supply: f64,
    /// Temperature of the A feed, °C.
    pub a_feed_temperature: f64,
    /// Temperature of the E feed, °C.
    pub e_feed_temperature: f64,
    /// Flow of the A feed with its valve fully open, lbmol/h; it follows the supply pressure.
    pub a_feed_range: f64,
    /// The same of the D feed.
    pub d_feed_range: f64,
    /// The same of the E feed.
    pub e_feed_range: f64,
    /// The same of the A+C feed.
    pub ac_feed_range: f64,
    /// Flow of the reactor's cooling water with its valve fully open, gal/min.
    pub reactor_water_range: f64,
    /// The same of the condenser's cooling water.
    pub condenser_water_range: f64,
}

impl Inputs {
    /// The inputs at time `t` (h).
    #[must_use]
    pub fn at(t: f64, splines: &Splines, active: &Active) -> Self {
        let walk = |walk| splines.at(walk, t);
        let a =
            walk(Walk::FractionOfA) - active.level(Idv::AcRatio) * 0.03 - active.level(Idv::BComposition) * 2.43719e-3;
        let b = walk(Walk::FractionOfB) + active.level(Idv::BComposition) * 0.005;
        let mut ac_feed = [0.0; COMPONENTS];
        ac_feed[A] = a;
        ac_feed[B] = b;
        ac_feed[C] = 1.0 - a - b;
        Self {
            ac_feed,
            d_feed_temperature: walk(Walk::DFeedTemperature) + active.level(Idv::DFeedTemperature) * 5.0,
            ac_feed_temperature: walk(Walk::AcFeedTemperature),
            reactor_water_temperature: walk(Walk::ReactorWaterTemperature)
                + active.level(Idv::ReactorWaterTemperature) * 5.0,
            condenser_water_temperature: walk(Walk::CondenserWaterTemperature)
                + active.level(Idv::CondenserWaterTemperature) * 5.0,
            activity: [walk(Walk::ActivityOfReaction1), walk(Walk::ActivityOfReaction2)],
            steam_transfer: walk(Walk::SteamTransfer),
            reactor_fouling: walk(Walk::ReactorFouling),
            condenser_fouling: walk(Walk::CondenserFouling),
            effluent_blockage: walk(Walk::EffluentBlockage),
            a_feed_supply: 1.0 - active.level(Idv::AFeedLoss),
            ac_feed_supply: 1.0 - active.level(Idv::AcHeaderPressure) * 0.2,
            a_feed_temperature: walk(Walk::AFeedTemperature),
            e_feed_temperature: walk(Walk::EFeedTemperature),
            a_feed_range: walk(Walk::AFeedRange),
            d_feed_range: walk(Walk::DFeedRange),
            e_feed_range: walk(Walk::EFeedRange),
            ac_feed_range: walk(Walk::AcFeedRange),
            reactor_water_range: walk(Walk::ReactorWaterRange),
            condenser_water_range: walk(Walk::CondenserWaterRange),
        }
    }
}
