//! Samples: what the plant said, when, and how far to believe it.

use serde::{Deserialize, Serialize};

use super::ids::TagIndex;
use super::time::{SourceTime, WallTime};

/// How far a value may be believed; ordered from best to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[repr(u8)]
pub enum Quality {
    /// Believed.
    Good = 0,
    /// Usable with care, for example outside the instrument's range by a little.
    Uncertain = 1,
    /// Not to be used: missing, not a number, or far outside the instrument's range.
    Bad = 2,
    /// The last known value; nothing newer has come when it should have.
    Stale = 3,
}

impl Quality {
    /// The code under which history keeps this quality.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// From the code in history; an unknown code is [`Quality::Bad`], since nothing is known of it.
    pub const fn from_code(code: u8) -> Self {
        match code {
            0 => Self::Good,
            1 => Self::Uncertain,
            3 => Self::Stale,
            _ => Self::Bad,
        }
    }

    /// Whether a chart may use a value of this quality.
    pub const fn is_usable(self) -> bool {
        matches!(self, Self::Good | Self::Uncertain)
    }
}

/// One value of one tag.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// Which tag.
    pub tag: TagIndex,
    /// The value in the tag's engineering unit; NaN when there is none.
    pub value: f64,
    /// How far to believe it.
    pub quality: Quality,
    /// When the plant says that it was so.
    pub source_time: SourceTime,
    /// When it reached us.
    pub ingest_time: WallTime,
}

/// All tags of one plant at one source time, in the order of `Plant::tags`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scan {
    /// Counts the scans of this run of the source; correlates logs from sample to alarm.
    pub number: u64,
    /// When the plant says that it was so.
    pub source_time: SourceTime,
    /// When it reached us.
    pub ingest_time: WallTime,
    /// One value a tag, in engineering units; NaN where there is none.
    pub values: Vec<f64>,
    /// One quality a tag.
    pub qualities: Vec<Quality>,
}

impl Scan {
    /// The sample of one tag, or `None` when the scan is of a narrower plant.
    pub fn sample(&self, tag: TagIndex) -> Option<Sample> {
        Some(Sample {
            tag,
            value: *self.values.get(tag.get())?,
            quality: *self.qualities.get(tag.get())?,
            source_time: self.source_time,
            ingest_time: self.ingest_time,
        })
    }
}
