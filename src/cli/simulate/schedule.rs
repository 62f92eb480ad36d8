//! What is done to the plant during a run, and when.

use std::fmt;
use std::str::FromStr;

use anyhow::{Result, bail};
use tennessee_eastman::{Idv, ORIGINAL_IDV_COUNT, Plant, UnknownTag, Xmv};

use super::run::{HOURS_MAX, SECONDS_IN_HOUR};

/// Something done from one hour on, until just before another. Written `WHAT@H` or `WHAT@H..H2`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Window<T> {
    pub what: T,
    pub from_h: f64,
    pub until_h: Option<f64>,
}

/// A disturbance, written as its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Disturbed(pub Idv);

/// A valve held at a position.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Held {
    pub valve: Xmv,
    pub percent: f64,
}

impl<T> Window<T> {
    /// The first step. Before step 1 nothing can be done.
    fn from(&self) -> u64 {
        step_of(self.from_h).max(1)
    }

    fn until(&self) -> Option<u64> {
        self.until_h.map(step_of)
    }

    fn covers(&self, step: u64) -> bool {
        self.from() <= step && self.until().is_none_or(|until| step < until)
    }

    /// Begins in this step. In the first of a run, so does everything that began earlier.
    fn begins(&self, step: u64, first: u64) -> bool {
        self.from() == step || (step == first && self.covers(step))
    }

    fn overlaps(&self, other: &Self) -> bool {
        self.until().is_none_or(|until| other.from() < until) && other.until().is_none_or(|until| self.from() < until)
    }
}

impl<T: FromStr<Err = String>> FromStr for Window<T> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some((what, when)) = text.split_once('@') else {
            return Err("says no hour; write @ and the hour, as in 4@8".into());
        };
        let what = what.parse()?;
        let (from_h, until_h) = match when.split_once("..") {
            Some((from, until)) => (hour(from)?, Some(hour(until)?)),
            None => (hour(when)?, None),
        };
        let window = Self { what, from_h, until_h };
        if window.until().is_some_and(|until| until <= window.from()) {
            return Err(format!("ends before it begins: {when}"));
        }
        Ok(window)
    }
}

impl<T: fmt::Display> fmt::Display for Window<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.what, self.from_h)?;
        self.until_h.map_or(Ok(()), |until| write!(f, "..{until}"))
    }
}

impl fmt::Display for Disturbed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.number().fmt(f)
    }
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.valve, self.percent)
    }
}

impl FromStr for Disturbed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = text.parse().ok().and_then(|number: u8| Idv::try_from(number).ok());
        match found.filter(|idv| idv.index() < ORIGINAL_IDV_COUNT) {
            Some(idv) => Ok(Self(idv)),
            None => Err(format!("there is no disturbance `{text}`; they are numbered 1 to {ORIGINAL_IDV_COUNT}")),
        }
    }
}

impl FromStr for Held {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some((valve, percent)) = text.split_once('=') else {
            return Err("says no position; write = and percent, as in XMV_4=61.302@8".into());
        };
        let valve = valve.parse().map_err(|unknown: UnknownTag| unknown.to_string())?;
        match percent.parse::<f64>() {
            Ok(percent) if (0.0..=100.0).contains(&percent) => Ok(Self { valve, percent }),
            _ => Err(format!("`{percent}` is not a position within 0 to 100 %")),
        }
    }
}

fn hour(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(hour) if (0.0..=HOURS_MAX).contains(&hour) => Ok(hour),
        _ => Err(format!("`{text}` is not an hour of the run")),
    }
}

fn step_of(hour: f64) -> u64 {
    (hour * SECONDS_IN_HOUR).round() as u64
}

/// All that is done during one run.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Schedule {
    disturbances: Vec<Window<Disturbed>>,
    holds: Vec<Window<Held>>,
}

impl Schedule {
    /// A disturbance asked for twice acts as long as either says; a valve cannot be held at two positions.
    pub(super) fn new(disturbances: Vec<Window<Disturbed>>, holds: Vec<Window<Held>>) -> Result<Self> {
        for (at, one) in holds.iter().enumerate() {
            if holds[..at].iter().any(|other| other.what.valve == one.what.valve && other.overlaps(one)) {
                bail!("--hold: {} is held twice at the same time", one.what.valve);
            }
        }
        Ok(Self { disturbances, holds })
    }

    /// Refuses what would never be seen in a run of the steps after `done` until `last`.
    pub(super) fn within(&self, done: u64, last: u64) -> Result<()> {
        self.disturbances.iter().try_for_each(|window| seen("--idv", window, done, last))?;
        self.holds.iter().try_for_each(|window| seen("--hold", window, done, last))
    }

    /// Does what is due before the controllers of `step`, in a run whose first step is `first`. True if the disturbances or
    /// holds have changed.
    pub(super) fn apply(&self, step: u64, first: u64, plant: &mut Plant) -> bool {
        let mut changed = false;
        let all = &self.disturbances;
        for window in all.iter().filter(|window| window.begins(step, first) || window.until() == Some(step)) {
            let number = window.what.0;
            let on = all.iter().any(|other| other.what.0 == number && other.covers(step));
            plant.set_disturbance(number, on).expect("the number was checked when it was read");
            changed = true;
        }
        for ended in self.holds.iter().filter(|window| window.until() == Some(step)) {
            plant.release_valve(ended.what.valve);
            changed = true;
        }
        for begun in self.holds.iter().filter(|window| window.begins(step, first)) {
            let Held { valve, percent } = begun.what;
            plant.hold_valve(valve, percent).expect("the position was checked when it was read");
            changed = true;
        }
        changed
    }

    /// The disturbances as they are written on the command line.
    pub(super) fn disturbances(&self) -> Vec<String> {
        self.disturbances.iter().map(Window::to_string).collect()
    }

    /// The held valves as they are written on the command line.
    pub(super) fn holds(&self) -> Vec<String> {
        self.holds.iter().map(Window::to_string).collect()
    }
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
