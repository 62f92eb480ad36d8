//! The fifty states of the plant and its initial condition.

use crate::components::{COMPONENTS, Composition, single, sum};

/// How many states the differential equations have.
pub const STATE_COUNT: usize = 50;
/// How many valves (and manipulated variables) there are.
pub const VALVES: usize = 12;

/// What one vessel holds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Inventory {
    /// Holdup of A…H, lbmol. In reactor and separator A, B, C are vapour and D…H liquid; the small amount of
    /// D…H in their vapour is neglected.
    pub holdup: Composition,
    /// Internal energy, 10⁶ Btu. In reactor and separator it is attributed to the liquid alone.
    pub energy: f64,
}

impl Inventory {
    /// All of it: the amount, lbmol, and the composition.
    pub(crate) fn mixture(&self) -> (f64, Composition) {
        let total = sum(&self.holdup);
        (total, self.holdup.map(|amount| amount / total))
    }
}

/// The state of the plant; the same shape holds its rate of change per hour.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct State {
    /// Reactor, states 1–9.
    pub reactor: Inventory,
    /// Separator, states 10–18.
    pub separator: Inventory,
    /// Stripper sump, states 19–27.
    pub stripper: Inventory,
    /// Feed zone, the vapour header upstream of the reactor, states 28–36.
    pub feed_zone: Inventory,
    /// Reactor cooling-water outlet temperature, °C, state 37.
    pub reactor_water: f64,
    /// Condenser cooling-water outlet temperature, °C, state 38.
    pub condenser_water: f64,
    /// Valve positions, %, states 39–50; the last is the agitator speed.
    pub valves: [f64; VALVES],
}

impl State {
    /// The base case of Downs & Vogel (operating mode 1).
    #[must_use]
    pub fn base_case() -> Self {
        Self::from_array(&BASE_CASE)
    }

    /// From the numbering of the published model (state 1 first).
    #[must_use]
    pub fn from_array(y: &[f64; STATE_COUNT]) -> Self {
        let inventory =
            |first: usize| Inventory { holdup: core::array::from_fn(|i| y[first + i]), energy: y[first + COMPONENTS] };
        Self {
            reactor: inventory(0),
            separator: inventory(9),
            stripper: inventory(18),
            feed_zone: inventory(27),
            reactor_water: y[36],
            condenser_water: y[37],
            valves: core::array::from_fn(|j| y[38 + j]),
        }
    }

    /// In the numbering of the published model (state 1 first).
    #[must_use]
    pub fn to_array(&self) -> [f64; STATE_COUNT] {
        let mut y = [0.0; STATE_COUNT];
        let vessels = [&self.reactor, &self.separator, &self.stripper, &self.feed_zone];
        for (vessel, place) in vessels.into_iter().zip(y.chunks_exact_mut(COMPONENTS + 1)) {
            place[..COMPONENTS].copy_from_slice(&vessel.holdup);
            place[COMPONENTS] = vessel.energy;
        }
        y[36] = self.reactor_water;
        y[37] = self.condenser_water;
        y[38..].copy_from_slice(&self.valves);
        y
    }

    /// One explicit Euler step: y ← y + h·y′, with `rate` per hour and `hours` = h.
    pub(crate) fn advance(&mut self, rate: &State, hours: f64) {
        let vessel = |v: &mut Inventory, r: &Inventory| {
            for (holdup, rate) in v.holdup.iter_mut().zip(r.holdup) {
                *holdup += hours * rate;
            }
            v.energy += hours * r.energy;
        };
        vessel(&mut self.reactor, &rate.reactor);
        vessel(&mut self.separator, &rate.separator);
        vessel(&mut self.stripper, &rate.stripper);
        vessel(&mut self.feed_zone, &rate.feed_zone);
        self.reactor_water += hours * rate.reactor_water;
        self.condenser_water += hours * rate.condenser_water;
        for (valve, rate) in self.valves.iter_mut().zip(rate.valves) {
            *valve += hours * rate;
        }
    }
}

#[expect(clippy::excessive_precision, reason = "the published digits, rounded to single precision by the compiler")]
const BASE_CASE: [f64; STATE_COUNT] = [
    // reactor
    single(10.40491389),
    single(4.363996017),
    single(7.570059737),
    single(0.4230042431),
    single(24.15513437),
    single(2.942597645),
    single(154.3770655),
    single(159.1865960),
    single(2.808522723),
    // separator
    single(63.75581199),
    single(26.74026066),
    single(46.38532432),
    single(0.2464521543),
    single(15.20484404),
    single(1.852266172),
    single(52.44639459),
    single(41.20394008),
    single(0.5699317760),
    // stripper; B, D and F are doubles in the published model
    single(0.4306056376),
    7.9906200783e-3,
    single(0.9056036089),
    1.6054258216e-2,
    single(0.7509759687),
    8.8582855955e-2,
    single(48.27726193),
    single(39.38459028),
    single(0.3755297257),
    // feed zone
    single(107.7562698),
    single(29.77250546),
    single(88.32481135),
    single(23.03929507),
    single(62.85848794),
    single(5.546318688),
    single(11.92244772),
    single(5.555448243),
    single(0.9218489762),
    // cooling-water outlets
    single(94.59927549),
    single(77.29698353),
    // valves
    single(63.05263039),
    single(53.97970677),
    single(24.64355755),
    single(61.30192144),
    single(22.21000000),
    single(40.06374673),
    single(38.10034370),
    single(46.53415582),
    single(47.44573456),
    single(41.10581288),
    single(18.11349055),
    single(50.00000000),
];
