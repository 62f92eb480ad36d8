//! One value of one tag.

use async_graphql::{Enum, SimpleObject};
use chrono::{DateTime, Utc};

use crate::domain;

/// How far a value may be believed, from best to worst.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "domain::Quality")]
pub enum Quality {
    /// Believed.
    Good,
    /// Usable with care.
    Uncertain,
    /// Not to be used.
    Bad,
    /// The last known value; nothing newer has come when it should have.
    Stale,
}

/// One value of one tag.
#[derive(SimpleObject, Clone, Debug)]
pub struct Value {
    /// In the tag's unit; null when there is none.
    value: Option<f64>,
    /// How far to believe it.
    quality: Quality,
    /// When the plant says that it was so.
    source_time: DateTime<Utc>,
    /// When it reached TEP.
    ingest_time: DateTime<Utc>,
}

impl Value {
    /// From a sample; `stale` when nothing newer has come in the time in which something should have.
    pub(in crate::graphql) fn of(sample: domain::Sample, stale: bool) -> Self {
        let quality = if stale { sample.quality.max(domain::Quality::Stale) } else { sample.quality };
        Self {
            value: finite(sample.value),
            quality: quality.into(),
            source_time: sample.source_time.to_datetime(),
            ingest_time: sample.ingest_time.to_datetime(),
        }
    }
}

/// A number that JSON can carry.
pub(in crate::graphql) fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}
