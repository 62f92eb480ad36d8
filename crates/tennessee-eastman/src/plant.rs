//! The plant: process and controllers advanced second by second.

use core::fmt;
use core::num::NonZeroU32;

use crate::added::ADDED_COUNT;
use crate::control::{Controllers, INITIAL_XMV, Purge};
use crate::disturbances::{Active, Inputs};
use crate::flowsheet::Flowsheet;
use crate::loops::{Loop, LoopMode};
use crate::model::{Memory, derivatives, observe, surroundings};
use crate::modes::Mode;
use crate::revision::Revision;
use crate::shutdown::Shutdown;
use crate::state::State;
use crate::tags::{Idv, Measurements, Positions, XMV_COUNT, Xmv};

/// Seed of the plant file distributed with the data sets of Russell, Chiang & Braatz.
pub const SEED_BRAATZ: u64 = 4_651_207_995;
/// Seed of the plant file of Downs & Vogel.
pub const SEED_DOWNS_VOGEL: u64 = 1_431_655_765;

/// How to run the plant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// Where the random generator starts.
    pub seed: u64,
    /// Do the instruments have noise? The random disturbances are the same either way.
    pub noise: bool,
    /// Do the controllers run? Otherwise the valves stay where they are put.
    pub closed_loop: bool,
    /// Which of the published models it is.
    pub revision: Revision,
    /// Where it begins.
    pub mode: Mode,
}

impl Default for Config {
    fn default() -> Self {
        Self { seed: SEED_DOWNS_VOGEL, noise: true, closed_loop: true, revision: Revision::Original, mode: Mode::Base }
    }
}

/// What an observer of one step writes down.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Record {
    /// Number of the step, from 1. One step is one second.
    pub step: u64,
    /// XMEAS 1…41 as the controllers saw them in this step. They stem from the model call of the step before.
    pub xmeas: Measurements,
    /// XMV 1…12 after the controllers and before the limits 0…100 %, which they may exceed for a moment.
    pub xmv: Positions,
}

/// One plant. A clone is a fork: both go on from here on their own and, undisturbed, identically.
#[derive(Clone, Debug, PartialEq)]
pub struct Plant {
    pub(crate) config: Config,
    pub(crate) step: u64,
    /// Accumulated, h. The analysers compare it with accumulated sampling times, so it must not be computed as step·h.
    pub(crate) time_h: f64,
    pub(crate) state: State,
    pub(crate) memory: Memory,
    pub(crate) controllers: Controllers,
    pub(crate) xmeas: Measurements,
    pub(crate) xmv: Positions,
    pub(crate) active: Active,
    pub(crate) holds: Holds,
    pub(crate) shutdown: Option<Shutdown>,
    /// When the model was last evaluated, h.
    pub(crate) evaluated_h: f64,
}

/// Valves that do not listen to their controllers.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Holds {
    pub(crate) held: [bool; XMV_COUNT],
    pub(crate) percent: [f64; XMV_COUNT],
}

impl Plant {
    /// A plant at rest at time zero, all disturbances off, all loops in automatic.
    ///
    /// In the base case the set points are the published ones. In another mode they are what is measured there.
    #[must_use]
    pub fn new(config: Config) -> Self {
        let state = config.mode.state();
        let mut memory = Memory::new(config.seed, config.noise, config.revision);
        let active = Active::default();
        let start = derivatives(0.0, &state, &state.valves, &active, &mut memory);
        let xmeas = Measurements(start.xmeas);
        let (controllers, xmv) = match config.mode {
            // The controllers know the valve positions to five figures only.
            Mode::Base if config.closed_loop => (Controllers::default(), Positions(INITIAL_XMV)),
            Mode::Base => (Controllers::default(), Positions(state.valves)),
            _ => (Controllers::resting_at(&xmeas, &Positions(state.valves)), Positions(state.valves)),
        };
        Self {
            config,
            step: 0,
            time_h: 0.0,
            state,
            memory,
            controllers,
            xmeas,
            xmv,
            active,
            holds: Holds::default(),
            shutdown: start.shutdown,
            evaluated_h: 0.0,
        }
    }

    /// One second: controllers, holds, record, one Euler step of the plant, limits of the valves.
    pub fn step(&mut self) -> Record {
        self.step += 1;
        if self.config.closed_loop {
            self.controllers.run(self.step, &self.xmeas.0, &mut self.xmv.0);
        }
        self.apply_holds();
        let record = Record { step: self.step, xmeas: self.xmeas, xmv: self.xmv };

        let inputs = surroundings(self.time_h, &self.active, &mut self.memory);
        let plant = Flowsheet::solve(&self.state, &inputs, self.config.revision, &mut self.memory.temperatures);
        let now = observe(self.time_h, &self.state, &self.xmv.0, &self.active, &mut self.memory, &inputs, &plant);
        self.xmeas = Measurements(now.xmeas);
        self.shutdown = now.shutdown;
        self.evaluated_h = self.time_h;
        let step_h = self.config.revision.step_h();
        self.state.advance(&now.rates, step_h);
        self.time_h += step_h;
        self.limit_valves();
        record
    }

    fn apply_holds(&mut self) {
        for (xmv, (held, percent)) in self.xmv.0.iter_mut().zip(self.holds.held.into_iter().zip(self.holds.percent)) {
            if held {
                *xmv = percent;
            }
        }
    }

    /// The agitator (XMV 12) is never touched.
    fn limit_valves(&mut self) {
        for xmv in &mut self.xmv.0[..XMV_COUNT - 1] {
            *xmv = xmv.clamp(0.0, 100.0);
        }
    }

    /// How the plant is run.
    #[must_use]
    pub fn config(&self) -> Config {
        self.config
    }

    /// How many seconds have been simulated.
    #[must_use]
    pub fn steps_done(&self) -> u64 {
        self.step
    }

    /// The latest measurements; `plant.measurements()[Xmeas::ReactorPressure]` is one of them.
    #[must_use]
    pub fn measurements(&self) -> &Measurements {
        &self.xmeas
    }

    /// XMEAS 42…73 of the revised model; see [`crate::added`] for what they are.
    #[must_use]
    pub fn added_measurements(&self) -> Option<&[f64; ADDED_COUNT]> {
        let options = self.config.revision.revised()?;
        options.added_measurements.then_some(&self.memory.added.values)
    }

    /// What the plant costs to run, $/h; see [`crate::cost`].
    #[must_use]
    pub fn operating_cost_per_h(&self) -> f64 {
        crate::cost::per_hour(&self.xmeas, self.state.valves[Xmv::StripperProduct.index()])
    }

    /// The latest XMV 1…12, within their limits.
    #[must_use]
    pub fn positions(&self) -> &Positions {
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

    /// What the surroundings did to the plant in the last step.
    #[must_use]
    pub fn inputs(&self) -> Inputs {
        Inputs::at(self.evaluated_h, &self.memory.splines, &self.active)
    }

    /// The disturbances that this plant has.
    #[must_use]
    pub fn disturbances(&self) -> &'static [Idv] {
        self.config.revision.disturbances()
    }

    /// Switches a disturbance from the next step on.
    ///
    /// # Errors
    ///
    /// If this plant does not have it.
    pub fn set_disturbance(&mut self, idv: Idv, on: bool) -> Result<(), OrderError> {
        self.set_amplitude(idv, f64::from(u8::from(on)))
    }

    /// Lets a disturbance act with a strength within 0…1 from the next step on. Only the revised model with its option
    /// [`Revised::amplitudes`](crate::Revised::amplitudes) knows more than 0 and 1.
    ///
    /// # Errors
    ///
    /// If this plant does not have the disturbance, or not of this strength.
    pub fn set_amplitude(&mut self, idv: Idv, amplitude: f64) -> Result<(), OrderError> {
        if !self.disturbances().contains(&idv) {
            return Err(OrderError::NotInRevision(idv));
        }
        let between = self.config.revision.revised().is_some_and(|options| options.amplitudes);
        let possible = if between { (0.0..=1.0).contains(&amplitude) } else { amplitude == 0.0 || amplitude == 1.0 };
        if !possible {
            return Err(OrderError::Amplitude { idv, amplitude });
        }
        self.active.set(idv, amplitude);
        Ok(())
    }

    /// How strongly a disturbance acts, 0…1.
    #[must_use]
    pub fn amplitude(&self, idv: Idv) -> f64 {
        self.active.level(idv)
    }

    /// Is this disturbance on?
    #[must_use]
    pub fn is_disturbed(&self, idv: Idv) -> bool {
        self.active.is_on(idv)
    }

    /// Forces a valve to `percent` from the next step on, whatever its controller wants: as if it were stuck.
    ///
    /// # Errors
    ///
    /// If `percent` is not within 0…100.
    pub fn hold_valve(&mut self, xmv: Xmv, percent: f64) -> Result<(), OrderError> {
        if !(0.0..=100.0).contains(&percent) {
            return Err(OrderError::Position { xmv, percent });
        }
        self.holds.held[xmv.index()] = true;
        self.holds.percent[xmv.index()] = percent;
        Ok(())
    }

    /// Gives a valve back to its controller, which goes on from where the valve is. A valve without controller stays
    /// there. Nothing happens if it was not held.
    pub fn release_valve(&mut self, xmv: Xmv) {
        self.holds.held[xmv.index()] = false;
        self.holds.percent[xmv.index()] = 0.0;
    }

    /// Where a valve is held, if it is.
    #[must_use]
    pub fn held(&self, xmv: Xmv) -> Option<f64> {
        let at = xmv.index();
        self.holds.held[at].then_some(self.holds.percent[at])
    }

    /// Puts a valve to `percent`, where it stays until somebody moves it.
    ///
    /// # Errors
    ///
    /// If `percent` is not within 0…100, a loop in automatic moves the valve, or it is held.
    pub fn move_valve(&mut self, xmv: Xmv, percent: f64) -> Result<(), OrderError> {
        if !(0.0..=100.0).contains(&percent) {
            return Err(OrderError::Position { xmv, percent });
        }
        if self.held(xmv).is_some() {
            return Err(OrderError::Held(xmv));
        }
        if let Some(by) = Loop::of_valve(xmv).filter(|&one| self.config.closed_loop && self.controllers.acts(one)) {
            return Err(OrderError::ValveInAutomatic { xmv, by });
        }
        self.xmv[xmv] = percent;
        Ok(())
    }

    /// What a loop is to hold, in the unit of its measurement.
    #[must_use]
    pub fn setpoint(&self, of: Loop) -> f64 {
        self.controllers.setpoints[of.index()]
    }

    /// Gives a loop another set point. Its controller answers at its next execution, with a step of K·Δe at first.
    ///
    /// # Errors
    ///
    /// If the value is not within the range of the measurement, an outer loop moves the set point, or there are no
    /// controllers.
    pub fn set_setpoint(&mut self, of: Loop, value: f64) -> Result<(), OrderError> {
        self.needs_controllers()?;
        let range = of.measurement().about().range;
        if !range.contains(value) {
            return Err(OrderError::Setpoint { of, value });
        }
        if let Some(by) = of.outer().filter(|&outer| self.controllers.acts(outer)) {
            return Err(OrderError::SetpointInAutomatic { of, by });
        }
        self.controllers.setpoints[of.index()] = value;
        Ok(())
    }

    /// Who runs a loop.
    #[must_use]
    pub fn loop_mode(&self, of: Loop) -> LoopMode {
        if self.controllers.manual[of.index()] { LoopMode::Manual } else { LoopMode::Automatic }
    }

    /// Gives a loop to the operator, or back to its controller, without a jump of its output either way.
    ///
    /// In manual the controller follows its error and moves nothing; a loop outside of it waits as well, since it would
    /// move a set point that nobody follows. Back in automatic, output and set point go on from where they are, so a loop
    /// with a reset time then works off its error, and one without keeps the offset that it finds. The pressure override
    /// belongs to the purge loop: in manual there is none.
    ///
    /// # Errors
    ///
    /// If there are no controllers.
    pub fn set_loop_mode(&mut self, of: Loop, mode: LoopMode) -> Result<(), OrderError> {
        self.needs_controllers()?;
        self.controllers.set_manual(of, mode == LoopMode::Manual);
        Ok(())
    }

    /// Does a loop move anything now? Not in manual, and not while the loop inside it is in manual.
    #[must_use]
    pub fn loop_acts(&self, of: Loop) -> bool {
        self.config.closed_loop && self.controllers.acts(of)
    }

    /// Who moves the purge valve.
    #[must_use]
    pub fn purge_override(&self) -> Purge {
        self.controllers.purge
    }

    fn needs_controllers(&self) -> Result<(), OrderError> {
        if self.config.closed_loop { Ok(()) } else { Err(OrderError::NoControllers) }
    }

    /// The records of every `period_s`-th second from now on, without end.
    ///
    /// # Errors
    ///
    /// If the period is zero.
    pub fn records(&mut self, period_s: u32) -> Result<Records<'_>, OrderError> {
        let period_s = NonZeroU32::new(period_s).ok_or(OrderError::Period)?;
        Ok(Records { plant: self, period_s: u64::from(period_s.get()) })
    }
}

/// An endless iterator over the records whose step is a multiple of the period. Made by [`Plant::records`].
#[derive(Debug)]
pub struct Records<'a> {
    plant: &'a mut Plant,
    period_s: u64,
}

impl Iterator for Records<'_> {
    type Item = Record;

    fn next(&mut self) -> Option<Record> {
        loop {
            let record = self.plant.step();
            if record.step.is_multiple_of(self.period_s) {
                return Some(record);
            }
        }
    }
}

/// Why the plant does not do what it is told. Nothing has changed then.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum OrderError {
    /// Only the revised model has this disturbance.
    NotInRevision(Idv),
    /// A valve cannot be put there.
    Position {
        /// The valve.
        xmv: Xmv,
        /// Where it should go, %.
        percent: f64,
    },
    /// The valve is held; release it first.
    Held(Xmv),
    /// A controller moves the valve; put the loop into manual first.
    ValveInAutomatic {
        /// The valve.
        xmv: Xmv,
        /// Whose it is.
        by: Loop,
    },
    /// The set point is not within the range of the measurement.
    Setpoint {
        /// The loop.
        of: Loop,
        /// What was asked for.
        value: f64,
    },
    /// An outer loop moves the set point; put that one into manual first.
    SetpointInAutomatic {
        /// The loop.
        of: Loop,
        /// The outer one.
        by: Loop,
    },
    /// The plant was started without controllers.
    NoControllers,
    /// The plant has no disturbances of this strength: it is not within 0…1, or between while the model knows on and off
    /// only.
    Amplitude {
        /// The disturbance.
        idv: Idv,
        /// How strong it should be.
        amplitude: f64,
    },
    /// A period that is not a positive number of seconds.
    Period,
}

impl fmt::Display for OrderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotInRevision(idv) => {
                write!(f, "{idv} is a disturbance of the revised model of 2015; the original one has IDV_1 to IDV_20")
            }
            Self::Position { xmv, percent } => {
                write!(f, "{xmv} cannot be put to {percent} %, only within 0 to 100 %")
            }
            Self::Held(xmv) => write!(f, "{xmv} is held; release it before it is moved"),
            Self::ValveInAutomatic { xmv, by } => {
                write!(f, "{xmv} is moved by {by}; put that loop into manual before the valve is moved")
            }
            Self::Setpoint { of, value } => {
                let (tag, range) = (of.measurement(), of.measurement().about().range);
                let (low, high) = (range.low.unwrap_or(f64::NEG_INFINITY), range.high.unwrap_or(f64::INFINITY));
                write!(f, "{of} cannot hold {tag} at {value}, only within {low} to {high} {}", tag.unit())
            }
            Self::SetpointInAutomatic { of, by } => {
                write!(f, "the set point of {of} is moved by {by}; put that loop into manual before")
            }
            Self::NoControllers => f.write_str("this plant runs without controllers, so it has no loops"),
            Self::Amplitude { idv, amplitude } => {
                write!(f, "{idv} cannot act with the strength {amplitude} in this model")
            }
            Self::Period => f.write_str("a period has to be a positive number of seconds"),
        }
    }
}

impl core::error::Error for OrderError {}
