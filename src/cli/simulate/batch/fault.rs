//! What goes wrong in a run of a batch, in the grammar of the command line.

use std::fmt;
use std::str::FromStr;

use anyhow::Result;
use serde::{Serialize, Serializer};

use crate::cli::simulate::schedule::Schedule;
use crate::cli::simulate::window::{Disturbed, Held, Window};

/// Nothing (`0`), or parts joined with `+`: `4`, `XMV_4=61.302`, each with its own time behind `@` where it has one.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fault(Vec<Part>);

#[derive(Clone, Debug, PartialEq)]
enum Part {
    Disturbance(When<Disturbed>),
    Valve(When<Held>),
}

/// At the onset of the plan, or at its own time.
#[derive(Clone, Debug, PartialEq)]
enum When<T> {
    Onset(T),
    Own(Window<T>),
}

impl Fault {
    /// Whether some part does not say when it begins.
    pub(super) fn needs_onset(&self) -> bool {
        self.0.iter().any(|part| matches!(part, Part::Disturbance(When::Onset(_)) | Part::Valve(When::Onset(_))))
    }

    /// What is done, and when.
    ///
    /// # Errors
    /// When a valve is held at two positions at once.
    pub(super) fn schedule(&self, onset_h: f64) -> Result<Schedule> {
        let (mut disturbances, mut holds) = (Vec::new(), Vec::new());
        for part in &self.0 {
            match part {
                Part::Disturbance(when) => disturbances.push(when.window(onset_h)),
                Part::Valve(when) => holds.push(when.window(onset_h)),
            }
        }
        Schedule::new(disturbances, holds)
    }

    /// The same for the name of a file.
    pub(super) fn slug(&self) -> String {
        let parts: Vec<String> = self
            .0
            .iter()
            .map(|part| match part {
                Part::Disturbance(_) => format!("idv{part}"),
                Part::Valve(_) => part.to_string().to_lowercase(),
            })
            .collect();
        if parts.is_empty() { "normal".to_owned() } else { parts.join("+") }
    }
}

impl<T: Clone> When<T> {
    fn window(&self, onset_h: f64) -> Window<T> {
        match self {
            Self::Onset(what) => Window { what: what.clone(), from_h: onset_h, until_h: None },
            Self::Own(window) => window.clone(),
        }
    }
}

impl<T: FromStr<Err = String>> FromStr for When<T> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.contains('@') { text.parse().map(Self::Own) } else { text.parse().map(Self::Onset) }
    }
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "0" {
            return Ok(Self(Vec::new()));
        }
        let part = |part: &str| {
            if part.starts_with('X') { part.parse().map(Part::Valve) } else { part.parse().map(Part::Disturbance) }
        };
        text.split('+').map(|text| part(text.trim())).collect::<Result<_, _>>().map(Self)
    }
}

impl<T: fmt::Display> fmt::Display for When<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Onset(what) => what.fmt(f),
            Self::Own(window) => window.fmt(f),
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Disturbance(when) => when.fmt(f),
            Self::Valve(when) => when.fmt(f),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<String> = self.0.iter().map(Part::to_string).collect();
        f.write_str(if parts.is_empty() { "0" } else { "" })?;
        f.write_str(&parts.join("+"))
    }
}

impl Serialize for Fault {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}
