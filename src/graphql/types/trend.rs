//! Values over time.

use async_graphql::{InputObject, SimpleObject};
use chrono::{DateTime, Utc};

use super::{Quality, Tag};

/// Which values over which time.
#[derive(InputObject, Clone, Debug)]
pub struct TrendInput {
    /// Tag ids, at most 60.
    pub(in crate::graphql) tags: Vec<String>,
    /// Plant time from which on.
    pub(in crate::graphql) from: DateTime<Utc>,
    /// Plant time up to which.
    pub(in crate::graphql) to: DateTime<Utc>,
    /// Points a tag, at most 2000; each keeps the minimum and the maximum of its bucket.
    #[graphql(default = 500)]
    pub(in crate::graphql) points: Option<i32>,
}

/// Values over time.
#[derive(SimpleObject, Clone)]
pub struct Trend {
    /// Plant time from which on.
    pub(in crate::graphql) from: DateTime<Utc>,
    /// Plant time up to which.
    pub(in crate::graphql) to: DateTime<Utc>,
    /// One series a tag, in the order of the input.
    pub(in crate::graphql) series: Vec<TrendSeries>,
    /// Plant times at which plant time did not simply go on (a reset, another file).
    pub(in crate::graphql) discontinuities: Vec<DateTime<Utc>>,
}

/// Values of one tag over time.
#[derive(SimpleObject, Clone)]
pub struct TrendSeries {
    /// Which tag.
    pub(in crate::graphql) tag: Tag,
    /// Its points, oldest first.
    pub(in crate::graphql) points: Vec<TrendPoint>,
}

/// One bucket of a series.
#[derive(SimpleObject, Clone, Debug)]
pub struct TrendPoint {
    /// Start of the bucket, plant time.
    pub(in crate::graphql) time: DateTime<Utc>,
    /// Smallest usable value.
    pub(in crate::graphql) min: Option<f64>,
    /// Largest usable value.
    pub(in crate::graphql) max: Option<f64>,
    /// Last usable value.
    pub(in crate::graphql) last: Option<f64>,
    /// Worst quality.
    pub(in crate::graphql) quality: Quality,
}
