//! The grammar of orders: `WHAT@H` or `WHAT@H..H2`.

use std::fmt;
use std::str::FromStr;

use tennessee_eastman::{Idv, Loop, UnknownTag, Xmv};

use super::run::{HOURS_MAX, SECONDS_IN_HOUR};

/// Something done from one hour on, until just before another. Written `WHAT@H` or `WHAT@H..H2`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Window<T> {
    pub what: T,
    pub from_h: f64,
    pub until_h: Option<f64>,
}

/// A disturbance and its strength, 1 unless it is said: `4` or `4=0.5`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Disturbed {
    pub idv: Idv,
    pub amplitude: f64,
}

/// A valve held at a position, %: `XMV_4=61.302`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Held {
    pub valve: Xmv,
    pub percent: f64,
}

/// What a loop shall hold, in the unit of its measurement: `LOOP_17=80`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct SetPoint {
    pub of: Loop,
    pub value: f64,
}

/// A loop in manual, and where its output is put: `LOOP_17` or `LOOP_10=45`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Manual {
    pub of: Loop,
    pub output: Option<f64>,
}

impl<T> Window<T> {
    /// The first step. Before step 1 nothing can be done.
    pub(super) fn from(&self) -> u64 {
        step_of(self.from_h).max(1)
    }

    pub(super) fn until(&self) -> Option<u64> {
        self.until_h.map(step_of)
    }

    pub(super) fn covers(&self, step: u64) -> bool {
        self.from() <= step && self.until().is_none_or(|until| step < until)
    }

    /// Begins in this step. In the first of a run, so does everything that began earlier.
    pub(super) fn begins(&self, step: u64, first: u64) -> bool {
        self.from() == step || (step == first && self.covers(step))
    }

    pub(super) fn overlaps(&self, other: &Self) -> bool {
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
        write!(f, "{}", self.idv.number())?;
        if self.amplitude < 1.0 { write!(f, "={}", self.amplitude) } else { Ok(()) }
    }
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.valve, self.percent)
    }
}

impl fmt::Display for SetPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.of, self.value)
    }
}

impl fmt::Display for Manual {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.of)?;
        self.output.map_or(Ok(()), |output| write!(f, "={output}"))
    }
}

impl FromStr for Disturbed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (number, amplitude) = text.split_once('=').map_or((text, "1"), |(number, strength)| (number, strength));
        let idv = number.parse().ok().and_then(|number: u8| Idv::try_from(number).ok());
        let idv = idv.ok_or_else(|| {
            format!("there is no disturbance `{number}`; they are numbered 1 to 20, and to 28 in the revision of 2015")
        })?;
        match amplitude.parse::<f64>() {
            Ok(amplitude) if amplitude > 0.0 && amplitude <= 1.0 => Ok(Self { idv, amplitude }),
            _ => Err(format!("`{amplitude}` is not a strength above 0 and up to 1")),
        }
    }
}

impl FromStr for SetPoint {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some((of, value)) = text.split_once('=') else {
            return Err("says no value; write = and the value, as in LOOP_17=80@8".into());
        };
        Ok(Self { of: loop_of(of)?, value: finite(value)? })
    }
}

impl FromStr for Manual {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((of, output)) => Ok(Self { of: loop_of(of)?, output: Some(finite(output)?) }),
            None => Ok(Self { of: loop_of(text)?, output: None }),
        }
    }
}

fn loop_of(text: &str) -> Result<Loop, String> {
    text.parse().map_err(|unknown: UnknownTag| unknown.to_string())
}

fn finite(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|value: &f64| value.is_finite()).ok_or_else(|| format!("`{text}` is not a number"))
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
