//! The twenty disturbances: which are on, and what they do to the inputs of the plant.

use core::fmt;

use crate::components::{A, B, C, COMPONENTS, Composition};
use crate::splines::{Splines, Walk};

/// How many disturbances the model has.
pub const IDV_COUNT: usize = 20;

/// Which disturbances are on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Active(pub [bool; IDV_COUNT]);

impl Active {
    /// Is disturbance `number` (1…20) on? Other numbers are never on.
    #[must_use]
    pub fn is_on(&self, number: u8) -> bool {
        self.get(number) == Ok(true)
    }

    pub(crate) fn get(&self, number: u8) -> Result<bool, UnknownDisturbance> {
        index(number).map(|i| self.0[i])
    }

    pub(crate) fn set(&mut self, number: u8, on: bool) -> Result<(), UnknownDisturbance> {
        index(number).map(|i| self.0[i] = on)
    }

    /// 1 if on, else 0, to multiply with.
    fn factor(&self, number: u8) -> f64 {
        f64::from(u8::from(self.is_on(number)))
    }
}

fn index(number: u8) -> Result<usize, UnknownDisturbance> {
    match usize::from(number) {
        n @ 1..=IDV_COUNT => Ok(n - 1),
        _ => Err(UnknownDisturbance(number)),
    }
}

/// There is no disturbance of this number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownDisturbance(pub u8);

impl fmt::Display for UnknownDisturbance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no disturbance {}; they are numbered 1 to {IDV_COUNT}", self.0)
    }
}

impl core::error::Error for UnknownDisturbance {}

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
}

impl Inputs {
    /// The inputs at time `t` (h).
    #[must_use]
    pub fn at(t: f64, splines: &Splines, active: &Active) -> Self {
        let walk = |walk| splines.at(walk, t);
        let a = walk(Walk::FractionOfA) - active.factor(1) * 0.03 - active.factor(2) * 2.43719e-3;
        let b = walk(Walk::FractionOfB) + active.factor(2) * 0.005;
        let mut ac_feed = [0.0; COMPONENTS];
        ac_feed[A] = a;
        ac_feed[B] = b;
        ac_feed[C] = 1.0 - a - b;
        Self {
            ac_feed,
            d_feed_temperature: walk(Walk::DFeedTemperature) + active.factor(3) * 5.0,
            ac_feed_temperature: walk(Walk::AcFeedTemperature),
            reactor_water_temperature: walk(Walk::ReactorWaterTemperature) + active.factor(4) * 5.0,
            condenser_water_temperature: walk(Walk::CondenserWaterTemperature) + active.factor(5) * 5.0,
            activity: [walk(Walk::ActivityOfReaction1), walk(Walk::ActivityOfReaction2)],
            steam_transfer: walk(Walk::SteamTransfer),
            reactor_fouling: walk(Walk::ReactorFouling),
            condenser_fouling: walk(Walk::CondenserFouling),
            effluent_blockage: walk(Walk::EffluentBlockage),
            a_feed_supply: 1.0 - active.factor(6),
            ac_feed_supply: 1.0 - active.factor(7) * 0.2,
        }
    }
}
