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
    /// Put aside by a person.
    Paused,
    /// It has done its work.
    Finished,
}

/// One actor of the supervision tree.
#[derive(SimpleObject, Clone, Debug)]
pub struct ActorNode {
    /// Its place in the tree, for example `root/plant:tennessee-eastman/unit:reactor/sensor:XMEAS_7`.
    pub(in crate::graphql) key: String,
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
    /// Messages in its mailbox, the one in hand included.
    mailbox_depth: u64,
    /// Age of the oldest of them, seconds.
    mailbox_oldest_seconds: f64,
    /// Why it may not be paused; null: it may.
    not_pausable: Option<String>,
    /// Its children, in order of start.
    #[graphql(complexity = "3 * child_complexity + 1")]
    pub(in crate::graphql) children: Vec<ActorNode>,
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
            mailbox_depth: actor.mailbox.depth,
            mailbox_oldest_seconds: (actor.mailbox.oldest.as_secs_f64() * 100.0).round() / 100.0,
            not_pausable: actor.not_pausable.clone(),
            children: actor.children.iter().map(Self::from).collect(),
        }
    }
}

/// Whether a field is the same in two drawings.
type Same = fn(&ActorNode, &ActorNode) -> bool;

impl ActorNode {
    /// The same without its children.
    pub(in crate::graphql) fn alone(&self) -> Self {
        Self { children: Vec::new(), ..self.clone() }
    }

    /// The fields that differ from an earlier drawing of the same actor, children aside; all of them when there is none.
    pub(in crate::graphql) fn changed_since(&self, before: Option<&Self>) -> Vec<&'static str> {
        let fields: [(&'static str, Same); 10] = [
            ("importance", |a, b| a.importance == b.importance),
            ("health", |a, b| a.health == b.health),
            ("reason", |a, b| a.reason == b.reason),
            ("restarts", |a, b| a.restarts == b.restarts),
            ("lastError", |a, b| a.last_error == b.last_error),
            ("startedAt", |a, b| a.started_at == b.started_at),
            ("detail", |a, b| a.detail == b.detail),
            ("mailboxDepth", |a, b| a.mailbox_depth == b.mailbox_depth),
            ("mailboxOldestSeconds", |a, b| a.mailbox_oldest_seconds == b.mailbox_oldest_seconds),
            ("notPausable", |a, b| a.not_pausable == b.not_pausable),
        ];
        let differs = |same: Same| before.is_none_or(|before| !same(self, before));
        fields.into_iter().filter(|(_, same)| differs(*same)).map(|(name, _)| name).collect()
    }
}
