//! Two times that must never be mixed up: the plant's and the wall's.
//!
//! Delays, deadbands, rates and charts follow [`SourceTime`], which runs at 1000 × when the plant does. Who did what when,
//! and every timer that a person waits for, follows [`WallTime`].

use std::fmt;
use std::ops::{Add, Sub};
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

macro_rules! instant {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(i64);

        impl $name {
            /// From microseconds since 1970-01-01T00:00:00Z.
            pub const fn from_micros(micros: i64) -> Self {
                Self(micros)
            }

            /// Microseconds since 1970-01-01T00:00:00Z.
            pub const fn as_micros(self) -> i64 {
                self.0
            }

            /// The same instant as a calendar time.
            pub fn to_datetime(self) -> DateTime<Utc> {
                DateTime::from_timestamp_micros(self.0).unwrap_or_default()
            }

            /// From a calendar time.
            pub fn from_datetime(at: DateTime<Utc>) -> Self {
                Self(at.timestamp_micros())
            }

            /// How long after `earlier` this is; zero when it is not after.
            pub fn since(self, earlier: Self) -> Duration {
                Duration::from_micros(self.0.saturating_sub(earlier.0).max(0).unsigned_abs())
            }
        }

        impl Add<Duration> for $name {
            type Output = Self;

            fn add(self, span: Duration) -> Self {
                Self(self.0.saturating_add(i64::try_from(span.as_micros()).unwrap_or(i64::MAX)))
            }
        }

        impl Sub<Duration> for $name {
            type Output = Self;

            fn sub(self, span: Duration) -> Self {
                Self(self.0.saturating_sub(i64::try_from(span.as_micros()).unwrap_or(i64::MAX)))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.to_datetime().to_rfc3339_opts(SecondsFormat::Millis, true))
            }
        }
    };
}

instant!(
    /// When the plant says that something was so.
    SourceTime
);
instant!(
    /// When we, at the wall clock, took notice or acted.
    WallTime
);
