//! What a person may order of one part of the tree, and why not.

use std::borrow::Cow;

use ractor::RpcReplyPort;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::domain::WallTime;

/// What is to be done to a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartCommand {
    /// End it, once it has finished what it was told, and start it anew with whom it takes along.
    Restart,
    /// Take it out of the tree until it is resumed; it survives every restart, of the process too.
    Pause,
    /// Bring a paused part back.
    Resume,
}

/// An order of a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartOrder {
    /// Which part: its path in the tree.
    pub path: String,
    /// What to do.
    pub command: PartCommand,
    /// Who orders it.
    pub by: String,
    /// Why.
    pub reason: String,
    /// Under which key a repetition is recognised while the order is being carried out.
    pub key: String,
}

/// Why an order was not carried out.
#[derive(Clone, Debug, PartialEq, Eq, Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartRefused {
    /// There is no such part.
    #[error("there is no part `{0}`")]
    Unknown(String),
    /// The plant cannot do without it, or another does it better.
    #[error("it may not be paused: {0}")]
    NotPausable(Cow<'static, str>),
    /// It is paused, so there is nothing to restart.
    #[error("it is paused; resume it instead")]
    Paused,
    /// The same order is being carried out.
    #[error("the same order is being carried out just now")]
    Repeated,
    /// Part of the way to it is being restarted.
    #[error("a part of the tree is being restarted; try again in a moment")]
    Unavailable,
    /// It acts, but could not be made durable.
    #[error("the order acts, but the database could not hold it; it may be forgotten at a restart")]
    StorageUnavailable,
}

/// What came of an order.
pub type PartOutcome = Result<(), PartRefused>;

/// To whom the outcome is told.
pub(crate) type PartReply = RpcReplyPort<PartOutcome>;

/// Whether a part may be paused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pausing {
    /// It may; while it is paused it is not there, and its absence shows.
    Allowed,
    /// It may, and stays there: it knows itself how to stand still.
    Itself,
    /// It may not.
    Refused(&'static str),
}

/// Who has paused a part, and why. Kept as a setting until the part is resumed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Paused {
    /// Who.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: WallTime,
}

impl Paused {
    /// In words.
    pub fn words(&self) -> String {
        format!("paused by {}: {}", self.by, self.reason)
    }
}

/// Under which name the pause of a part is kept.
pub(crate) fn setting(path: &str) -> String {
    format!("paused:{path}")
}
