//! What is done to the plant during a run, and when.

use std::collections::BTreeSet;
use std::fmt;

use anyhow::{Context, Result, bail};
use tennessee_eastman::{LoopMode, Moves, OrderError, Plant};

use super::run::SECONDS_IN_HOUR;
use super::window::{Disturbed, Held, Manual, SetPoint, Window};

/// All that is done during one run.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Schedule {
    disturbances: Vec<Window<Disturbed>>,
    holds: Vec<Window<Held>>,
    set_points: Vec<Window<SetPoint>>,
    manuals: Vec<Window<Manual>>,
}

impl Schedule {
    /// A disturbance asked for twice acts as long as either says, with the greater strength; a valve cannot be held at two
    /// positions, nor a loop be in manual twice.
    pub(super) fn new(disturbances: Vec<Window<Disturbed>>, holds: Vec<Window<Held>>) -> Result<Self> {
        once("--hold", &holds, |held| held.valve)?;
        Ok(Self { disturbances, holds, ..Self::default() })
    }

    /// The same, with orders to the loops.
    pub(super) fn with_loops(
        mut self,
        mut set_points: Vec<Window<SetPoint>>,
        manuals: Vec<Window<Manual>>,
    ) -> Result<Self> {
        if let Some(ended) = set_points.iter().find(|order| order.until_h.is_some()) {
            bail!("--set-point {ended}: a set point stays until another one is given; leave out what is behind ..");
        }
        once("--manual", &manuals, |manual| manual.of)?;
        // In a run that goes on from a snapshot the last of those before it counts.
        set_points.sort_by_key(Window::from);
        self.set_points = set_points;
        self.manuals = manuals;
        Ok(self)
    }

    /// Refuses what would never be seen in a run of the steps after `done` until `last`, and what such a plant cannot do.
    pub(super) fn check(&self, plant: &Plant, last: u64) -> Result<()> {
        let done = plant.steps_done();
        self.disturbances.iter().try_for_each(|window| seen("--idv", window, done, last))?;
        self.holds.iter().try_for_each(|window| seen("--hold", window, done, last))?;
        self.set_points.iter().try_for_each(|window| seen("--set-point", window, done, last))?;
        self.manuals.iter().try_for_each(|window| seen("--manual", window, done, last))?;
        let mut rehearsal = plant.clone();
        self.steps(done + 1).into_iter().try_for_each(|step| self.apply(step, done + 1, &mut rehearsal))
    }

    /// In which steps something is done, in a run whose first step is `first`.
    pub(super) fn steps(&self, first: u64) -> BTreeSet<u64> {
        let both = |from: u64, until: Option<u64>| [Some(from.max(first)), until].into_iter().flatten();
        let mut steps = BTreeSet::new();
        steps.extend(self.disturbances.iter().flat_map(|window| both(window.from(), window.until())));
        steps.extend(self.holds.iter().flat_map(|window| both(window.from(), window.until())));
        steps.extend(self.set_points.iter().flat_map(|window| both(window.from(), window.until())));
        steps.extend(self.manuals.iter().flat_map(|window| both(window.from(), window.until())));
        steps
    }

    /// Does what is due before the controllers of `step`, in a run whose first step is `first`.
    ///
    /// # Errors
    /// When the plant refuses an order; [`Schedule::check`] finds that before the run.
    pub(super) fn apply(&self, step: u64, first: u64, plant: &mut Plant) -> Result<()> {
        let all = &self.disturbances;
        for window in all.iter().filter(|window| window.begins(step, first) || window.until() == Some(step)) {
            let idv = window.what.idv;
            let acting = all.iter().filter(|other| other.what.idv == idv && other.covers(step));
            let level = acting.map(|other| other.what.amplitude).fold(0.0, f64::max);
            plant.set_amplitude(idv, level).with_context(|| format!("--idv {window}"))?;
        }
        for ended in self.manuals.iter().filter(|window| window.until() == Some(step)) {
            let automatic = plant.set_loop_mode(ended.what.of, LoopMode::Automatic);
            automatic.with_context(|| format!("--manual {ended}"))?;
        }
        for begun in self.manuals.iter().filter(|window| window.begins(step, first)) {
            take(plant, begun.what).with_context(|| format!("--manual {begun}"))?;
        }
        for order in self.set_points.iter().filter(|window| window.begins(step, first)) {
            let SetPoint { of, value } = order.what;
            plant.set_setpoint(of, value).with_context(|| format!("--set-point {order}"))?;
        }
        for ended in self.holds.iter().filter(|window| window.until() == Some(step)) {
            plant.release_valve(ended.what.valve);
        }
        for begun in self.holds.iter().filter(|window| window.begins(step, first)) {
            let Held { valve, percent } = begun.what;
            plant.hold_valve(valve, percent).with_context(|| format!("--hold {begun}"))?;
        }
        Ok(())
    }

    /// Whether some disturbance acts with less than its full strength.
    pub(super) fn has_amplitudes(&self) -> bool {
        self.disturbances.iter().any(|window| window.what.amplitude < 1.0)
    }

    /// All orders as they are written on the command line, by flag.
    pub(super) fn written(&self) -> Written {
        let texts = |texts: &mut dyn Iterator<Item = String>| texts.collect::<Vec<_>>();
        Written {
            disturbances: texts(&mut self.disturbances.iter().map(Window::to_string)),
            holds: texts(&mut self.holds.iter().map(Window::to_string)),
            set_points: texts(&mut self.set_points.iter().map(Window::to_string)),
            manuals: texts(&mut self.manuals.iter().map(Window::to_string)),
        }
    }
}

/// Orders in the grammar of the command line.
pub(super) struct Written {
    pub disturbances: Vec<String>,
    pub holds: Vec<String>,
    pub set_points: Vec<String>,
    pub manuals: Vec<String>,
}

/// Puts a loop into manual, and its output where it shall be.
fn take(plant: &mut Plant, manual: Manual) -> Result<(), OrderError> {
    plant.set_loop_mode(manual.of, LoopMode::Manual)?;
    match (manual.output, manual.of.moves()) {
        (None, _) => Ok(()),
        (Some(percent), Moves::Valve(valve)) => plant.move_valve(valve, percent),
        (Some(value), Moves::Setpoint(inner)) => plant.set_setpoint(inner, value),
    }
}

fn once<T: fmt::Display, K: PartialEq + fmt::Display>(
    flag: &str,
    windows: &[Window<T>],
    of: impl Fn(&T) -> K,
) -> Result<()> {
    for (at, one) in windows.iter().enumerate() {
        if windows[..at].iter().any(|other| of(&other.what) == of(&one.what) && other.overlaps(one)) {
            bail!("{flag} {one}: {} is there twice at the same time", of(&one.what));
        }
    }
    Ok(())
}

fn seen<T: fmt::Display>(flag: &str, window: &Window<T>, done: u64, last: u64) -> Result<()> {
    let hours = |step: u64| step as f64 / SECONDS_IN_HOUR;
    if window.from() > last {
        bail!("{flag} {window}: begins after the end of the run at {} h", hours(last));
    }
    if window.until().is_some_and(|until| until <= done + 1) {
        bail!("{flag} {window}: ends before the beginning of the run at {} h", hours(done));
    }
    Ok(())
}
