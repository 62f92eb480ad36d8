//! What is done to the plant during a run, and when.

use std::str::FromStr;

use anyhow::{Result, bail};
use tennessee_eastman::{IDV_COUNT, Simulator, XMV_COUNT};

use super::{HOURS_MAX, SECONDS_IN_HOUR};

/// Something done from one step on, until just before another.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Window<T> {
    pub what: T,
    pub from: u64,
    pub until: Option<u64>,
}

/// A disturbance, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Disturbed(pub u8);

/// A valve held at a position.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Held {
    pub valve: u8,
    pub percent: f64,
}

impl<T> Window<T> {
    fn covers(&self, step: u64) -> bool {
        self.from <= step && self.until.is_none_or(|until| step < until)
    }

    fn changes_at(&self, step: u64) -> bool {
        self.from == step || self.until == Some(step)
    }

    fn overlaps(&self, other: &Self) -> bool {
        self.until.is_none_or(|until| other.from < until) && other.until.is_none_or(|until| self.from < until)
    }
}

impl<T: FromStr<Err = String>> FromStr for Window<T> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some((what, when)) = text.split_once('@') else {
            return Err("says no hour; write @ and the hour, as in 4@8".into());
        };
        let what = what.parse()?;
        let (from, until) = match when.split_once("..") {
            Some((from, until)) => (hour(from)?, Some(step_of(hour(until)?))),
            None => (hour(when)?, None),
        };
        // Before the first step nothing can be done.
        let from = step_of(from).max(1);
        if until.is_some_and(|until| until <= from) {
            return Err(format!("ends before it begins: {when}"));
        }
        Ok(Self { what, from, until })
    }
}

impl FromStr for Disturbed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse::<u8>() {
            Ok(number) if (1..=IDV_COUNT).contains(&usize::from(number)) => Ok(Self(number)),
            _ => Err(format!("there is no disturbance `{text}`; they are numbered 1 to {IDV_COUNT}")),
        }
    }
}

impl FromStr for Held {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some((valve, percent)) = text.split_once('=') else {
            return Err("says no position; write = and percent, as in XMV_4=61.302@8".into());
        };
        let number = valve.strip_prefix("XMV_").and_then(|number| number.parse::<u8>().ok());
        let Some(number) = number.filter(|number| (1..=XMV_COUNT).contains(&usize::from(*number))) else {
            return Err(format!("there is no valve `{valve}`; they are XMV_1 to XMV_{XMV_COUNT}"));
        };
        match percent.parse::<f64>() {
            Ok(percent) if (0.0..=100.0).contains(&percent) => Ok(Self { valve: number, percent }),
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
#[derive(Debug)]
pub(super) struct Schedule {
    disturbances: Vec<Window<Disturbed>>,
    holds: Vec<Window<Held>>,
}

impl Schedule {
    /// A disturbance asked for twice acts as long as either says; a valve cannot be held at two positions.
    pub(super) fn new(disturbances: &[Window<Disturbed>], holds: &[Window<Held>]) -> Result<Self> {
        for (at, one) in holds.iter().enumerate() {
            if holds[..at].iter().any(|other| other.what.valve == one.what.valve && other.overlaps(one)) {
                bail!("--hold: XMV_{} is held twice at the same time", one.what.valve);
            }
        }
        Ok(Self { disturbances: disturbances.to_vec(), holds: holds.to_vec() })
    }

    /// Does what is due before the controllers of `step`.
    pub(super) fn apply(&mut self, step: u64, plant: &mut Simulator) {
        let all = &self.disturbances;
        for window in all.iter().filter(|window| window.changes_at(step)) {
            let number = window.what.0;
            let on = all.iter().any(|other| other.what.0 == number && other.covers(step));
            plant.set_disturbance(number, on).expect("the number was checked when it was read");
        }
        for ended in self.holds.iter().filter(|window| window.until == Some(step)) {
            plant.release_valve(ended.what.valve).expect("the valve was checked when it was read");
        }
        for begun in self.holds.iter().filter(|window| window.from == step) {
            let Held { valve, percent } = begun.what;
            plant.hold_valve(valve, percent).expect("valve and position were checked when they were read");
        }
    }
}
