//! How an actor has ended.

use std::fmt;

use ractor::{ActorId, SupervisionEvent};

/// How an actor has ended. The runtime's own words for it are pinned by `tests/runtime_promises.rs`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exit {
    /// It stopped of itself, or finished its queue and stopped when asked to.
    Normal,
    /// It was asked to stop, with a reason.
    Shutdown(String),
    /// It was ended from outside, in the middle of whatever it did.
    Killed,
    /// Its handler returned an error, or panicked.
    Failed(String),
    /// It ended before it was alive.
    NotStarted(String),
}

impl Exit {
    /// Whether the actor was able to end as it wanted.
    pub fn is_orderly(&self) -> bool {
        matches!(self, Self::Normal | Self::Shutdown(_))
    }

    /// Which actor an event of the runtime says has ended, and how; `None` for any other event.
    pub fn of(event: SupervisionEvent) -> Option<(ActorId, Self)> {
        match event {
            SupervisionEvent::ActorFailed(cell, error) => Some((cell.get_id(), Self::Failed(error.to_string()))),
            SupervisionEvent::ActorTerminated(cell, _, reason) => {
                let exit = match reason.as_deref() {
                    None | Some("Drained") => Self::Normal,
                    Some("killed") => Self::Killed,
                    Some(why) => Self::Shutdown(why.to_owned()),
                };
                Some((cell.get_id(), exit))
            }
            _ => None,
        }
    }
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Normal => f.write_str("stopped"),
            Self::Shutdown(why) => write!(f, "stopped: {why}"),
            Self::Killed => f.write_str("killed"),
            Self::Failed(why) => f.write_str(why),
            Self::NotStarted(why) => write!(f, "could not be started: {why}"),
        }
    }
}
