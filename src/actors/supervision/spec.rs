//! What a supervisor knows of a child before it has ever been started.

use super::orders::Pausing;
use super::restarts::{Backoff, Intensity};
use crate::domain::Importance;

/// Which ends of a child call for a restart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restart {
    /// Every end: the child is there for ever.
    Permanent,
    /// A disorderly end only: the child may have done its work.
    Transient,
    /// None: doing it again would do harm, or nobody waits for it any more.
    #[cfg_attr(not(test), expect(dead_code, reason = "no actor of today is a job that must not be repeated"))]
    Temporary,
}

/// One child as it is to be kept.
#[derive(Clone, Debug, PartialEq)]
pub struct ChildSpec {
    /// Its own name, unique among those of its role under one parent.
    pub name: String,
    /// What it is, for example `sensor`.
    pub role: &'static str,
    /// Whether its parent can do without it.
    pub importance: Importance,
    /// Which ends call for a restart.
    pub restart: Restart,
    /// How many restarts are too many.
    pub intensity: Intensity,
    /// How long each waits.
    pub backoff: Backoff,
    /// Whether it may be paused.
    pub pausing: Pausing,
}

impl ChildSpec {
    /// A child without which its parent cannot go on; permanent.
    pub fn essential(role: &'static str, name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            role,
            importance: Importance::Essential,
            restart: Restart::Permanent,
            intensity: Intensity::default(),
            backoff: Backoff::default(),
            pausing: Pausing::Refused("the plant cannot do without it"),
        }
    }

    /// A child without which its parent goes on degraded; permanent, and may be paused.
    pub fn auxiliary(role: &'static str, name: impl Into<String>) -> Self {
        Self { importance: Importance::Auxiliary, pausing: Pausing::Allowed, ..Self::essential(role, name) }
    }

    /// The same, with another word on pausing.
    pub fn pausing(self, pausing: Pausing) -> Self {
        Self { pausing, ..self }
    }

    /// The same, but an orderly end is the end of its work.
    pub fn transient(self) -> Self {
        Self { restart: Restart::Transient, ..self }
    }

    /// The same with other pauses.
    pub fn with_backoff(self, backoff: Backoff) -> Self {
        Self { backoff, ..self }
    }
}
