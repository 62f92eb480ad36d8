//! The random walks behind the random, drifting and pulsing disturbances: twelve in the original model, twenty in the
//! revised one.
//!
//! Each is a chain of cubics in time. They draw from the generator of the measurement noise **even while every
//! disturbance is off**, so a run with a fault and a run without share their noise as long as the draws coincide.

use crate::disturbances::Active;
use crate::noise::Generator;
use crate::revision::Revision;
use crate::tags::Idv;

/// How many walks there are. Those that a model does not have stay at rest.
pub const SPLINES: usize = 20;
/// In which order they are renewed: it decides who draws which random number.
const ORIGINAL_ORDER: [usize; 12] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
const REVISED_ORDER: [usize; SPLINES] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 13, 14, 15, 16, 17, 18, 19, 9, 10, 11];
/// These idle at zero and pulse; the others wander between random points.
const PULSING: core::ops::RangeInclusive<usize> = 9..=11;
/// End of the first piece, h.
const FIRST_END: f64 = 0.1;
/// A pulse decays within this time, h.
const DECAY: f64 = 0.1;

/// How one walk chooses its pieces.
struct Habit {
    /// The disturbance that lets it move.
    idv: Idv,
    /// Mean duration of a piece, h.
    duration: f64,
    /// Largest deviation from it, h.
    duration_spread: f64,
    /// Value at rest.
    rest: f64,
    /// Largest deviation of an end point from it.
    spread: f64,
}

const fn habit(idv: Idv, duration: f64, duration_spread: f64, rest: f64, spread: f64) -> Habit {
    Habit { idv, duration, duration_spread, rest, spread }
}

/// In the order of [`Walk`].
const HABITS: [Habit; SPLINES] = [
    habit(Idv::AcComposition, 0.5, 0.2, 0.485, 0.03),
    habit(Idv::AcComposition, 1.0, 0.7, 0.005, 0.003),
    habit(Idv::DFeedTemperatureRandom, 0.5, 0.25, 45.0, 10.0),
    habit(Idv::AcFeedTemperatureRandom, 1.0, 0.7, 45.0, 10.0),
    habit(Idv::ReactorWaterTemperatureRandom, 0.25, 0.15, 35.0, 10.0),
    habit(Idv::CondenserWaterTemperatureRandom, 0.25, 0.15, 40.0, 10.0),
    habit(Idv::Kinetics, 2.0, 1.0, 1.0, 0.25),
    habit(Idv::Kinetics, 2.0, 1.0, 1.0, 0.25),
    habit(Idv::SteamTransfer, 0.5, 0.4, 0.0, 0.25),
    habit(Idv::ReactorFouling, 2.0, 1.5, 0.0, 0.0),
    habit(Idv::CondenserFouling, 3.0, 2.0, 0.0, 0.0),
    habit(Idv::EffluentBlockage, 2.0, 1.5, 0.0, 0.0),
    // revised model only
    habit(Idv::AFeedTemperatureRandom, 0.25, 0.15, 45.0, 10.0),
    habit(Idv::EFeedTemperatureRandom, 0.5, 0.25, 45.0, 10.0),
    habit(Idv::AFeedPressure, 0.25, 0.15, 100.0, 5.0),
    habit(Idv::DFeedPressure, 0.5, 0.25, 400.0, 20.0),
    habit(Idv::EFeedPressure, 0.5, 0.25, 400.0, 20.0),
    habit(Idv::AcFeedPressure, 1.0, 0.7, 1500.0, 75.0),
    habit(Idv::ReactorWaterPressure, 0.2, 0.1, 1000.0, 50.0),
    habit(Idv::CondenserWaterPressure, 0.2, 0.1, 1200.0, 60.0),
];

/// What each walk stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say what they are")]
pub enum Walk {
    FractionOfA,
    FractionOfB,
    DFeedTemperature,
    AcFeedTemperature,
    ReactorWaterTemperature,
    CondenserWaterTemperature,
    ActivityOfReaction1,
    ActivityOfReaction2,
    SteamTransfer,
    ReactorFouling,
    CondenserFouling,
    EffluentBlockage,
    AFeedTemperature,
    EFeedTemperature,
    AFeedRange,
    DFeedRange,
    EFeedRange,
    AcFeedRange,
    ReactorWaterRange,
    CondenserWaterRange,
}

/// One piece: a + h·(b + h·(c + h·d)) with h the time since its start.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "the coefficients of a cubic")]
pub struct Spline {
    pub a: f64,
    pub b: f64,
    pub c: f64,
    pub d: f64,
    /// When the piece began, h.
    pub start: f64,
    /// When the next one begins, h.
    pub end: f64,
}

impl Spline {
    fn resting(value: f64) -> Self {
        Self { a: value, end: FIRST_END, ..Self::default() }
    }

    /// Value at time `t` (h).
    #[must_use]
    pub fn at(&self, t: f64) -> f64 {
        self.value(t - self.start)
    }

    fn value(&self, h: f64) -> f64 {
        self.a + h * (self.b + h * (self.c + h * self.d))
    }

    fn slope(&self, h: f64) -> f64 {
        self.b + h * (2.0 * self.c + 3.0 * h * self.d)
    }

    /// The next piece of a wandering walk: smooth through value and slope at the seam, to a random end point with
    /// slope zero.
    fn wander(&mut self, habit: &Habit, on: f64, generator: &mut Generator) {
        let length = self.end - self.start;
        let (value, slope) = (self.value(length), self.slope(length));
        self.start = self.end;
        let t = habit.duration_spread * generator.symmetric() + habit.duration;
        let target = habit.spread * generator.symmetric() * on + habit.rest;
        // The published model draws an end slope too and multiplies it by zero.
        let _ = generator.symmetric();
        self.a = value;
        self.b = slope;
        self.c = (3.0 * (target - value) - t * (2.0 * slope)) / (t * t);
        self.d = (2.0 * (value - target) + t * slope) / (t * t * t);
        self.end = self.start + t;
    }

    /// The next piece of a pulsing walk: from zero up to one along a parabola, or down again within 0.1 h. The revised
    /// model joins the parabola smoothly to what is left of the last pulse.
    fn pulse(&mut self, habit: &Habit, on: f64, smooth: bool, generator: &mut Generator) {
        let length = self.end - self.start;
        let (value, slope) = (self.value(length), self.slope(length));
        self.start = self.end;
        if value > 0.1 {
            self.a = value;
            self.b = slope;
            self.c = -(3.0 * value + 0.2 * slope) / 0.01;
            self.d = (2.0 * value + 0.1 * slope) / 0.001;
            self.end = self.start + DECAY;
            return;
        }
        let t = habit.duration_spread * generator.symmetric() + habit.duration;
        if smooth {
            self.a = value;
            self.b = slope;
            self.c = (on - 2.0 * slope * t) / (t * t);
            self.d = slope / (t * t);
        } else {
            self.a = 0.0;
            self.b = 0.0;
            self.c = on / (t * t);
            self.d = 0.0;
        }
        self.end = self.start + t;
    }
}

/// All walks, in the order of [`Walk`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Splines(pub [Spline; SPLINES]);

impl Splines {
    /// Everything at rest.
    #[must_use]
    pub fn at_rest() -> Self {
        Self(core::array::from_fn(|j| Spline::resting(HABITS[j].rest)))
    }

    /// Begins a new piece wherever the old one has ended. At most one per call and walk. A disturbance counts as it
    /// stands now, so it takes effect with the next piece and ends with the piece in which it is switched off.
    pub(crate) fn renew(&mut self, t: f64, active: &Active, revision: Revision, generator: &mut Generator) {
        let revised = revision.revised().is_some();
        let order: &[usize] = if revised { &REVISED_ORDER } else { &ORIGINAL_ORDER };
        for &j in order {
            let (spline, habit) = (&mut self.0[j], &HABITS[j]);
            if t >= spline.end {
                let on = active.level(habit.idv);
                if PULSING.contains(&j) {
                    spline.pulse(habit, on, revised, generator);
                } else {
                    spline.wander(habit, on, generator);
                }
            }
        }
    }

    /// Value of one walk at time `t` (h).
    #[must_use]
    pub fn at(&self, walk: Walk, t: f64) -> f64 {
        self.0[walk as usize].at(t)
    }
}
