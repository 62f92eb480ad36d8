//! The decentralised controllers: nineteen loops in the scheme of Lyman & Georgakis (1995), with the tunings
//! distributed by Russell, Chiang & Braatz (2000).
//!
//! All are digital PI controllers in velocity form. With the error e as a percentage of the instrument span,
//!
//! ```text
//! Δ = K·[(e − e_old) + e·P/T]        P: period, T: reset time; without T the second term is absent
//! ```
//!
//! is added to the output. Seven flow, two level, one temperature and one flow controller move valves; eight others
//! move setpoints:
//!
//! ```text
//! % E in product ► stripper temperature ► steam flow ► XMV 9
//! % A, % D, % E in reactor feed ► A, D, E feed flow ► XMV 3, 1, 2
//! reactor level ► A+C feed flow ► XMV 4
//! reactor temperature ► reactor cooling-water outlet ► XMV 10
//! % B in purge ► purge rate ► XMV 6
//! ```
//!
//! Inner loops run first, so a new setpoint reaches its valve three seconds later. The proportional-only loops leave an
//! offset by design.

use crate::components::single;
use crate::loops::{Loop, Moves};
use crate::measurements::XMEAS_COUNT;
use crate::state::VALVES;
use crate::tags::{Measurements, Positions, Xmeas, Xmv};

/// The integration step, h: one second, divided in single precision.
const STEP_H: f64 = single(1.0 / 3600.0);
/// Loops are numbered 1…20; there is no loop 12.
pub const LOOPS: usize = 20;

/// Where a loop acts.
enum Output {
    /// XMV of this number.
    Valve(usize),
    /// Setpoint of the loop of this number, whose span converts per cent to its unit.
    Setpoint(usize, f64),
}

struct Tuning {
    name: Loop,
    number: usize,
    /// XMEAS number.
    measurement: usize,
    output: Output,
    setpoint: f64,
    gain: f64,
    /// h
    reset: Option<f64>,
    span: f64,
}

/// Periods of the three groups of loops, s.
const FAST: u16 = 3;
const GAS: u16 = 360;
const PRODUCT: u16 = 900;

/// The loop of this number.
const fn named(number: usize) -> Loop {
    Loop::ALL[if number < 12 { number - 1 } else { number - 2 }]
}

const fn valve(number: usize, measurement: usize, xmv: usize, setpoint: f64, gain: f64, span: f64) -> Tuning {
    Tuning { name: named(number), number, measurement, output: Output::Valve(xmv), setpoint, gain, reset: None, span }
}

const fn cascade(
    number: usize,
    measurement: usize,
    inner: (usize, f64),
    setpoint: f64,
    gain: f32,
    reset_s: f32,
    span: f64,
) -> Tuning {
    Tuning {
        name: named(number),
        number,
        measurement,
        output: Output::Setpoint(inner.0, inner.1),
        setpoint,
        gain: single(gain),
        reset: Some(single(reset_s / 3600.0)),
        span,
    }
}

const fn with_reset(mut plain: Tuning, reset_s: f32) -> Tuning {
    plain.reset = Some(single(reset_s / 3600.0));
    plain
}

/// The purge loop, which the pressure override may take over.
const PURGE: usize = 6;
const PURGE_SETPOINT: f64 = single(0.33712);

/// Fast loops, in the order of execution.
const FAST_LOOPS: [Tuning; 14] = [
    valve(1, 2, 1, 3664.0, 1.0, 5811.0),
    valve(2, 3, 2, single(4509.3), 1.0, 8354.0),
    valve(3, 1, 3, single(0.25052), 1.0, single(1.017)),
    valve(4, 4, 4, single(9.3477), 1.0, 15.25),
    with_reset(valve(5, 5, 5, single(26.902), single(-0.083), 53.0), 1.0),
    valve(PURGE, 10, 6, PURGE_SETPOINT, single(1.22), 1.0),
    valve(7, 12, 7, 50.0, single(-2.06), 70.0),
    valve(8, 15, 8, 50.0, single(-1.62), 70.0),
    valve(9, 19, 9, single(230.31), single(0.41), 460.0),
    with_reset(valve(10, 21, 10, single(94.599), single(-0.156 * 10.0), 150.0), 1452.0),
    with_reset(valve(11, 17, 11, single(22.949), single(1.09), 46.0), 2600.0),
    cascade(16, 18, (9, 460.0), single(65.731), 1.69 / 10.0, 236.0, 130.0),
    cascade(17, 8, (4, 15.25), 75.0, 11.1 / 10.0, 3168.0, 50.0),
    cascade(18, 9, (10, 150.0), single(120.40), 2.83 * 10.0, 982.0, 150.0),
];

/// Loops on the gas analysers.
const GAS_LOOPS: [Tuning; 4] = [
    cascade(13, 23, (3, single(1.017)), single(32.188), 18.0, 3168.0, 100.0),
    cascade(14, 26, (1, 5811.0), single(6.8820), 8.3, 3168.0, 100.0),
    cascade(15, 27, (2, 8354.0), single(18.776), 2.37, 5069.0, 100.0),
    cascade(19, 30, (PURGE, 1.0), single(13.823), -83.2 / 5.0 / 3.0, 6336.0, 26.0),
];

/// Loop on the product analyser.
const PRODUCT_LOOPS: [Tuning; 1] = [cascade(20, 38, (16, 130.0), single(0.83570), -16.3 / 5.0, 12408.0, single(1.6))];

/// Where the controllers expect the valves at the start, %.
pub(crate) const INITIAL_XMV: [f64; VALVES] = [
    single(63.053),
    single(53.980),
    single(24.644),
    single(61.302),
    single(22.210),
    single(40.064),
    single(38.100),
    single(46.534),
    single(47.446),
    single(41.106),
    single(18.114),
    50.0,
];

/// Who moves the purge valve.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Purge {
    /// The flow controller.
    #[default]
    Controlled,
    /// The separator pressure reached 2950 kPa gauge: wide open until it is back at 2633.7.
    Venting,
    /// The pressure fell to 2300 kPa gauge: shut until it is back at 2633.7.
    Closed,
}

/// XMEAS of the separator pressure, kPa gauge, and the limits of the override.
const SEPARATOR_PRESSURE: usize = 13;
const VENT_ABOVE: f64 = 2950.0;
const CLOSE_BELOW: f64 = 2300.0;
const RELEASE_AT: f64 = single(2633.7);
/// Purge valve at the release, %.
const RELEASED_VALVE: f64 = single(40.060);

/// What the controllers remember.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Controllers {
    /// Setpoint of loop n at n − 1.
    pub setpoints: [f64; LOOPS],
    /// Error of loop n at its last execution, % of span.
    pub errors: [f64; LOOPS],
    /// Who moves the purge valve.
    pub purge: Purge,
    /// Whether loop n at n − 1 is in manual.
    pub manual: [bool; LOOPS],
    /// Where the override lets go.
    pub release: Release,
}

/// Where the pressure override gives the purge valve back, and with what.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Release {
    /// Separator pressure, kPa gauge.
    pub pressure: f64,
    /// Valve, %.
    pub valve: f64,
    /// Set point of the purge loop, kscmh.
    pub setpoint: f64,
}

impl Default for Controllers {
    fn default() -> Self {
        let mut setpoints = [0.0; LOOPS];
        for control in FAST_LOOPS.iter().chain(&GAS_LOOPS).chain(&PRODUCT_LOOPS) {
            setpoints[control.number - 1] = control.setpoint;
        }
        let release = Release { pressure: RELEASE_AT, valve: RELEASED_VALVE, setpoint: PURGE_SETPOINT };
        Self { setpoints, errors: [0.0; LOOPS], purge: Purge::default(), manual: [false; LOOPS], release }
    }
}

impl Controllers {
    /// For a plant at rest elsewhere than in the base case: what is measured there is wanted.
    pub(crate) fn resting_at(xmeas: &Measurements, xmv: &Positions) -> Self {
        let mut controllers = Self::default();
        for control in Loop::ALL {
            controllers.setpoints[control.index()] = xmeas[control.measurement()];
        }
        controllers.release = Release {
            pressure: xmeas[Xmeas::SeparatorPressure],
            valve: xmv[Xmv::Purge],
            setpoint: xmeas[Xmeas::Purge],
        };
        controllers
    }

    pub(crate) fn set_manual(&mut self, of: Loop, manual: bool) {
        self.manual[of.index()] = manual;
        if manual && of == Loop::Purge {
            self.purge = Purge::Controlled;
        }
    }

    /// Does this loop move anything? An outer loop whose inner loop is in manual would wind up, so it waits.
    #[must_use]
    pub fn acts(&self, control: Loop) -> bool {
        !self.manual[control.index()]
            && match control.moves() {
                Moves::Valve(_) => true,
                Moves::Setpoint(inner) => self.acts(inner),
            }
    }

    /// Runs the loops that are due in step `step` (1, 2, …).
    pub(crate) fn run(&mut self, step: u64, xmeas: &[f64; XMEAS_COUNT], xmv: &mut [f64; VALVES]) {
        self.run_group(&FAST_LOOPS, FAST, step, xmeas, xmv);
        self.run_group(&GAS_LOOPS, GAS, step, xmeas, xmv);
        self.run_group(&PRODUCT_LOOPS, PRODUCT, step, xmeas, xmv);
    }

    fn run_group(
        &mut self,
        loops: &[Tuning],
        period: u16,
        step: u64,
        xmeas: &[f64; XMEAS_COUNT],
        xmv: &mut [f64; VALVES],
    ) {
        if !step.is_multiple_of(u64::from(period)) {
            return;
        }
        for control in loops {
            if control.number == PURGE
                && !self.manual[PURGE - 1]
                && self.override_purge(xmeas[SEPARATOR_PRESSURE - 1], xmv)
            {
                continue;
            }
            self.run_loop(control, f64::from(period), xmeas, xmv);
        }
    }

    fn run_loop(&mut self, control: &Tuning, period: f64, xmeas: &[f64; XMEAS_COUNT], xmv: &mut [f64; VALVES]) {
        let n = control.number - 1;
        let error = (self.setpoints[n] - xmeas[control.measurement - 1]) * 100.0 / control.span;
        // A loop that moves nothing follows its error, so that it goes on without a jump.
        let previous = core::mem::replace(&mut self.errors[n], error);
        if !self.acts(control.name) {
            return;
        }
        let mut change = error - previous;
        if let Some(reset) = control.reset {
            change += error * STEP_H * period / reset;
        }
        change *= control.gain;
        match control.output {
            Output::Valve(number) => xmv[number - 1] += change,
            Output::Setpoint(number, scale) => self.setpoints[number - 1] += change * scale / 100.0,
        }
    }

    /// Keeps the separator pressure within bounds by the purge. True while the flow controller has to stand back.
    fn override_purge(&mut self, pressure: f64, xmv: &mut [f64; VALVES]) -> bool {
        let purge_valve = &mut xmv[5];
        if pressure >= VENT_ABOVE {
            self.purge = Purge::Venting;
            *purge_valve = 100.0;
        } else if self.purge == Purge::Venting && pressure >= self.release.pressure {
            *purge_valve = 100.0;
        } else if self.purge == Purge::Venting {
            self.release_purge(purge_valve);
        } else if pressure <= CLOSE_BELOW {
            self.purge = Purge::Closed;
            *purge_valve = 0.0;
        } else if self.purge == Purge::Closed && pressure <= self.release.pressure {
            *purge_valve = 0.0;
        } else if self.purge == Purge::Closed {
            self.release_purge(purge_valve);
        } else {
            return false;
        }
        true
    }

    fn release_purge(&mut self, purge_valve: &mut f64) {
        *purge_valve = self.release.valve;
        self.setpoints[PURGE - 1] = self.release.setpoint;
        self.errors[PURGE - 1] = 0.0;
        self.purge = Purge::Controlled;
    }
}
