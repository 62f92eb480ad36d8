//! What is behind a detector's alarm: the tags in which it began, the causes it may have, and what cannot be told.
//!
//! Plain values; who computes them is `crate::diagnosis`. Tags and causes go by their names, so that a diagnosis outlives
//! the plant file under which it was made.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::ids::{CauseId, TagId};
use super::time::SourceTime;

/// What can honestly be said of one incident.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Diagnosis {
    /// The stretch of plant time that it looked at.
    pub window: DiagnosisWindow,
    /// The tags in which the incident shows first, the likeliest first; their shares add up to at most 1.
    pub roots: Vec<Root>,
    /// The causes it may have, the likeliest first; their scores add up to at most 1.
    pub causes: Vec<Candidate>,
    /// How much of that can be told.
    pub told: Told,
    /// When the plant will shut itself down if it goes on as such incidents have; `None` when none of them has led there.
    pub time_to_trip: Option<TimeToTrip>,
    /// The known incidents that resemble it most, the nearest first.
    pub similar: Vec<SimilarIncident>,
    /// Version of the library of incidents that it was compared with.
    pub library: String,
}

/// A stretch of plant time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiagnosisWindow {
    /// Plant time of the first sample that the diagnosis rests on.
    pub from: SourceTime,
    /// Plant time at which the incident first left normal operation, as far as it can be told afterwards.
    pub departed: SourceTime,
    /// Plant time of the last sample.
    pub until: SourceTime,
}

/// A tag in which an incident shows first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Root {
    /// Which tag.
    pub tag: TagId,
    /// Its share in what makes the incident unusual, 0…1.
    pub share: f64,
    /// Plant time at which this tag first left what the samples before predict; `None` when no single sample stands out.
    #[serde(default)]
    pub departed: Option<SourceTime>,
}

/// A cause of incidents: a fault that is known by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// Names it everywhere, for example `idv-5`.
    pub id: CauseId,
    /// What people call it, for example `Condenser cooling water inlet temperature, step`.
    pub name: String,
}

/// A cause that an incident may have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// Which cause.
    pub cause: Cause,
    /// How likely it is among the causes of the library, 0…1, calibrated on incidents that the library did not hold.
    pub score: f64,
    /// How many known incidents of this cause the score rests on.
    pub support: u32,
}

/// How much can be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Told {
    /// It is this cause.
    One(CauseId),
    /// It is one of these, which cannot be told apart by what has been seen so far; the likeliest first.
    OneOf(Vec<CauseId>),
    /// It cannot be told, for this reason.
    Inconclusive(Inconclusive),
}

/// Why a diagnosis cannot name a cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Inconclusive {
    /// It resembles no known incident.
    UnlikeAllKnown,
    /// It resembles too many: the samples so far fit more than half of the causes.
    FitsTooMany,
    /// The samples lie within what normal operation shows.
    NothingUnusual,
    /// The incident is too young to compare.
    TooFewSamples,
    /// Too few samples are known before it.
    TooFewBefore,
    /// No library of incidents fits this plant.
    NoLibrary,
}

impl Inconclusive {
    /// The reason as a sentence for people.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::UnlikeAllKnown => "It resembles no incident that is known.",
            Self::FitsTooMany => "It resembles too many causes; more samples may tell.",
            Self::NothingUnusual => {
                "Seen through the library, the samples lie within what normal operation shows, so there is nothing to compare."
            }
            Self::TooFewSamples => "It has just begun: five samples are needed before it can be compared.",
            Self::TooFewBefore => {
                "Too few samples are known before it. After a start, a reset, a gap or a bad value they are collected anew."
            }
            Self::NoLibrary => "No library of incidents fits this plant, so there is nothing to compare it with.",
        }
    }
}

/// When the plant will shut itself down, counted from the last sample of the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeToTrip {
    /// Nine in ten of the known incidents that tripped took longer, plant time.
    pub early: Duration,
    /// Half of them took longer, plant time.
    pub median: Duration,
    /// One in ten took longer, plant time.
    pub late: Duration,
    /// How many known incidents of the causes in question led to a trip.
    pub tripped: u32,
    /// How many known incidents of those causes there are.
    pub of: u32,
}

/// A known incident that resembles this one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SimilarIncident {
    /// Names it: a simulated run of the library (`idv-5/3`), or an occurrence of this plant.
    pub incident: String,
    /// Its cause; `None` for an incident of this plant of which nobody has said it.
    pub cause: Option<Cause>,
    /// How far away it is; 1 is as far as incidents of one cause usually lie apart.
    pub distance: f64,
    /// Whether it happened in this plant; otherwise it was simulated.
    pub own: bool,
}
