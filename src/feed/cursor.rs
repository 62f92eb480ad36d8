//! Where in a stream somebody is.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Where in a stream somebody is: after the item of this number. Opaque to clients, ordered for us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Cursor {
    /// Grows with each start of whoever numbers the stream.
    pub epoch: i64,
    /// Counts within the epoch; 0 is before its first item.
    pub sequence: i64,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.epoch, self.sequence)
    }
}

/// The text is not a cursor that this API has given out.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` is not a cursor of this API")]
pub struct CursorError(String);

impl FromStr for Cursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parse = || {
            let (epoch, sequence) = text.split_once('-')?;
            Some(Self { epoch: epoch.parse().ok()?, sequence: sequence.parse().ok()? })
        };
        parse().ok_or_else(|| CursorError(text.to_owned()))
    }
}
