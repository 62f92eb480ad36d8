//! One actor of the supervision tree.

use async_graphql::{Enum, SimpleObject};
use chrono::{DateTime, Utc};

use crate::domain::{self, ActorPortrait, Importance, WallTime};

/// How an actor or a unit is.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "domain::Health")]
pub enum Health {
    /// Starting, or waiting for its restart.
    Starting,
    /// At work.
    Running,
    /// At work, with something missing.
    Degraded,
    /// Gone for good.
    Stopped,
}

/// One actor of the supervision tree.
#[derive(SimpleObject, Clone, Debug)]
pub struct ActorNode {
    /// Its place in the tree, for example `root/plant:tennessee-eastman/unit:reactor/sensor:XMEAS_7`.
    key: String,
    /// Its own name, for example `XMEAS_7`.
    name: String,
    /// What it is: `sensor`, `unit`, …
    role: String,
    /// `ESSENTIAL` or `AUXILIARY`: whether the plant can do without it.
    importance: String,
    /// How it is.
    health: Health,
    /// Why, when it is not simply running.
    reason: Option<String>,
    /// Restarts since its parent started.
    restarts: u32,
    /// The last failure.
    last_error: Option<String>,
    /// When it was last started.
    started_at: Option<DateTime<Utc>>,
    /// A few words on what it has done and holds.
    detail: Option<String>,
    /// Its children, in order of start.
    #[graphql(complexity = "3 * child_complexity + 1")]
    children: Vec<ActorNode>,
}

impl From<&ActorPortrait> for ActorNode {
    fn from(actor: &ActorPortrait) -> Self {
        let importance = match actor.importance {
            Importance::Essential => "ESSENTIAL",
            Importance::Auxiliary => "AUXILIARY",
        };
        Self {
            key: actor.path.clone(),
            name: actor.name.clone(),
            role: actor.role.clone(),
            importance: importance.into(),
            health: actor.health.into(),
            reason: actor.reason.clone(),
            restarts: actor.restarts,
            last_error: actor.last_error.clone(),
            started_at: actor.started_at.map(WallTime::to_datetime),
            detail: actor.detail.clone(),
            children: actor.children.iter().map(Self::from).collect(),
        }
    }
}
