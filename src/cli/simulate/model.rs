//! Which plant is simulated: edition of the model, and where it begins.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use tennessee_eastman::{Mode, Revised, Revision};

/// The year of the publication that the model follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub(super) enum Edition {
    /// Downs & Vogel, IDV 1 to 20.
    #[default]
    Original,
    /// Bathelt, Ricker & Jelali, IDV 1 to 28.
    Revised,
}

/// The mode of operation that a run begins in; 0 is the base case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub(super) struct Start(u8);

impl Edition {
    /// For the plant. `amplitudes`: whether disturbances act with less than their full strength.
    pub(super) fn revision(self, amplitudes: bool) -> Revision {
        match self {
            Self::Original => Revision::Original,
            Self::Revised => Revision::Revised2015(Revised { amplitudes, ..Revised::default() }),
        }
    }
}

impl TryFrom<u16> for Edition {
    type Error = String;

    fn try_from(year: u16) -> Result<Self, String> {
        match year {
            1993 => Ok(Self::Original),
            2015 => Ok(Self::Revised),
            _ => Err(format!("there is no revision {year}; they are 1993 and 2015")),
        }
    }
}

impl From<Edition> for u16 {
    fn from(edition: Edition) -> Self {
        match edition {
            Edition::Original => 1993,
            Edition::Revised => 2015,
        }
    }
}

impl FromStr for Edition {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.parse::<u16>().map_err(|_| "is not a year; the revisions are 1993 and 2015".to_owned())?.try_into()
    }
}

impl Start {
    /// For the plant.
    pub(super) fn mode(self) -> Mode {
        Mode::ALL[usize::from(self.0)]
    }
}

impl TryFrom<u8> for Start {
    type Error = String;

    fn try_from(number: u8) -> Result<Self, String> {
        let known = usize::from(number) < Mode::ALL.len();
        if known {
            Ok(Self(number))
        } else {
            Err(format!("there is no mode {number}; 0 is the base case, then 1 to 6"))
        }
    }
}

impl From<Start> for u8 {
    fn from(start: Start) -> Self {
        start.0
    }
}

impl FromStr for Start {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.parse::<u8>().map_err(|_| "is not the number of a mode, 0 to 6".to_owned())?.try_into()
    }
}
