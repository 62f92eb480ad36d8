//! The simulator: plant and controllers advanced second by second.

use core::fmt;

use crate::control::{Controllers, INITIAL_XMV, STEP_H};
use crate::disturbances::{Active, IDV_COUNT, UnknownDisturbance};
use crate::measurements::XMEAS_COUNT;
use crate::model::{Memory, derivatives};
use crate::shutdown::Shutdown;
use crate::state::{State, VALVES};

/// How many manipulated variables there are.
pub const XMV_COUNT: usize = VALVES;
/// Seed of the plant file distributed with the data sets of Russell, Chiang & Braatz.
pub const SEED_BRAATZ: u64 = 4_651_207_995;
/// Seed of the plant file of Downs & Vogel.
pub const SEED_DOWNS_VOGEL: u64 = 1_431_655_765;

/// How to run the plant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Where the random generator starts.
    pub seed: u64,
    /// Do the instruments have noise? The random disturbances are the same either way.
    pub noise: bool,
    /// Do the controllers run? Otherwise the valves stay where they are put.
    pub closed_loop: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { seed: SEED_DOWNS_VOGEL, noise: true, closed_loop: true }
    }
}

/// What an observer of one step writes down.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Record {
    /// Number of the step, from 1. One step is one second.
    pub step: u64,
    /// XMEAS 1…41 as the controllers saw them in this step. They stem from the model call of the step before.
    pub xmeas: [f64; XMEAS_COUNT],
    /// XMV 1…12 after the controllers and before the limits 0…100 %, which they may exceed for a moment.
    pub xmv: [f64; XMV_COUNT],
}

/// One plant. A clone is a fork: both go on from here on their own and, undisturbed, identically.
#[derive(Clone, Debug, PartialEq)]
pub struct Simulator {
    pub(crate) options: Options,
    pub(crate) step: u64,
    /// Accumulated, h. The analysers compare it with accumulated sampling times, so it must not be computed as step·h.
    pub(crate) time_h: f64,
    pub(crate) state: State,
    pub(crate) memory: Memory,
    pub(crate) controllers: Controllers,
    pub(crate) xmeas: [f64; XMEAS_COUNT],
    pub(crate) xmv: [f64; XMV_COUNT],
    pub(crate) active: Active,
    pub(crate) holds: Holds,
    pub(crate) shutdown: Option<Shutdown>,
}

/// Valves that do not listen to their controllers.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Holds {
    pub(crate) held: [bool; XMV_COUNT],
    pub(crate) percent: [f64; XMV_COUNT],
}

impl Simulator {
    /// A plant in the base case at time zero, all disturbances off.
    #[must_use]
    pub fn new(options: Options) -> Self {
        let state = State::base_case();
        let mut memory = Memory::new(options.seed, options.noise);
        let active = Active::default();
        let start = derivatives(0.0, &state, &state.valves, &active, &mut memory);
        Self {
            options,
            step: 0,
            time_h: 0.0,
            state,
            memory,
            controllers: Controllers::default(),
            xmeas: start.xmeas,
            // The controllers know the valve positions to five figures only.
            xmv: if options.closed_loop { INITIAL_XMV } else { state.valves },
            active,
            holds: Holds::default(),
            shutdown: start.shutdown,
        }
    }

    /// One second: controllers, holds, record, one Euler step of the plant, limits of the valves.
    pub fn step(&mut self) -> Record {
        self.step += 1;
        if self.options.closed_loop {
            self.controllers.run(self.step, &self.xmeas, &mut self.xmv);
        }
        self.apply_holds();
        let record = Record { step: self.step, xmeas: self.xmeas, xmv: self.xmv };

        let now = derivatives(self.time_h, &self.state, &self.xmv, &self.active, &mut self.memory);
        self.xmeas = now.xmeas;
        self.shutdown = now.shutdown;
        self.state.advance(&now.rates, STEP_H);
        self.time_h += STEP_H;
        self.limit_valves();
        record
    }

    fn apply_holds(&mut self) {
        for (xmv, (held, percent)) in self.xmv.iter_mut().zip(self.holds.held.into_iter().zip(self.holds.percent)) {
            if held {
                *xmv = percent;
            }
        }
    }

    /// The agitator (XMV 12) is never touched.
    fn limit_valves(&mut self) {
        for xmv in &mut self.xmv[..XMV_COUNT - 1] {
            *xmv = xmv.clamp(0.0, 100.0);
        }
    }

    /// How the plant is run.
    #[must_use]
    pub fn options(&self) -> Options {
        self.options
    }

    /// How many seconds have been simulated.
    #[must_use]
    pub fn steps_done(&self) -> u64 {
        self.step
    }

    /// The latest XMEAS 1…41.
    #[must_use]
    pub fn xmeas(&self) -> &[f64; XMEAS_COUNT] {
        &self.xmeas
    }

    /// The latest XMV 1…12, within their limits.
    #[must_use]
    pub fn xmv(&self) -> &[f64; XMV_COUNT] {
        &self.xmv
    }

    /// The states of the plant.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The plant's own time, h: the sum of single-precision seconds, a little more than steps/3600.
    #[must_use]
    pub fn time_h(&self) -> f64 {
        self.time_h
    }

    /// Has the plant tripped, and why? A tripped plant no longer moves; only its controllers and analysers go on.
    #[must_use]
    pub fn shutdown(&self) -> Option<Shutdown> {
        self.shutdown
    }

    /// Switches disturbance `idv` (1…20) from the next step on.
    ///
    /// # Errors
    ///
    /// If there is no such disturbance.
    pub fn set_disturbance(&mut self, idv: u8, on: bool) -> Result<(), UnknownDisturbance> {
        self.active.set(idv, on)
    }

    /// Is disturbance `idv` (1…20) on?
    ///
    /// # Errors
    ///
    /// If there is no such disturbance.
    pub fn disturbance(&self, idv: u8) -> Result<bool, UnknownDisturbance> {
        self.active.get(idv)
    }

    /// All disturbances; the first is IDV 1.
    #[must_use]
    pub fn disturbances(&self) -> [bool; IDV_COUNT] {
        self.active.0
    }

    /// Forces XMV `xmv` (1…12) to `percent` from the next step on, whatever its controller wants.
    ///
    /// # Errors
    ///
    /// If there is no such valve or `percent` is not within 0…100.
    pub fn hold_valve(&mut self, xmv: u8, percent: f64) -> Result<(), ValveError> {
        let index = valve_index(xmv)?;
        if !(0.0..=100.0).contains(&percent) {
            return Err(ValveError::OutOfRange(percent));
        }
        self.holds.held[index] = true;
        self.holds.percent[index] = percent;
        Ok(())
    }

    /// Gives XMV `xmv` (1…12) back to its controller, which goes on from where the valve is. A valve without
    /// controller stays there.
    ///
    /// # Errors
    ///
    /// If there is no such valve.
    pub fn release_valve(&mut self, xmv: u8) -> Result<(), ValveError> {
        let index = valve_index(xmv)?;
        self.holds.held[index] = false;
        self.holds.percent[index] = 0.0;
        Ok(())
    }

    /// Where XMV 1…12 are held, if they are.
    #[must_use]
    pub fn held_valves(&self) -> [Option<f64>; XMV_COUNT] {
        core::array::from_fn(|j| self.holds.held[j].then_some(self.holds.percent[j]))
    }
}

fn valve_index(xmv: u8) -> Result<usize, ValveError> {
    match usize::from(xmv) {
        n @ 1..=XMV_COUNT => Ok(n - 1),
        _ => Err(ValveError::Unknown(xmv)),
    }
}

/// Why a valve cannot be held or released.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ValveError {
    /// There is no valve of this number.
    Unknown(u8),
    /// The position is not within 0…100 %.
    OutOfRange(f64),
}

impl fmt::Display for ValveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(xmv) => write!(f, "there is no valve {xmv}; they are numbered 1 to {XMV_COUNT}"),
            Self::OutOfRange(percent) => write!(f, "a valve cannot be held at {percent} %, only within 0 to 100 %"),
        }
    }
}

impl core::error::Error for ValveError {}
