//! Following actors: the whole tree, then what changes in it, and what happens to single actors.
//!
//! A diff is between what this client was sent last and the newest drawing of the tree. So a client that reads slowly gets
//! fewer and larger diffs, and nothing piles up for it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use async_graphql::{Result, SimpleObject, Union};
use chrono::{DateTime, Utc};
use futures_util::Stream;
use tokio::sync::watch;

use super::discontinuity::Discontinuity;
use super::follow::{self, Follow};
use super::open::OpenSubscription;
use super::patience::patiently;
use crate::domain::ActorPortrait;
use crate::feed::{Cursor, Delivery, Subscriber, SupervisionFrame};
use crate::graphql::Api;
use crate::graphql::error::ApiError;
use crate::graphql::types::ActorNode;

/// What comes next in the stream of actors.
#[derive(Union)]
pub enum SupervisionItem {
    /// The whole tree.
    Snapshot(SupervisionSnapshot),
    /// What has changed in the tree.
    Diff(SupervisionDiff),
    /// Something has happened to one actor.
    Event(SupervisionEvent),
    /// Something is missing here.
    Discontinuity(Discontinuity),
}

/// The whole tree.
#[derive(SimpleObject)]
pub struct SupervisionSnapshot {
    /// Pass it as `since` to go on after this.
    cursor: String,
    /// The root with everything below.
    tree: ActorNode,
}

/// What has changed in the tree since the snapshot, or the diff before.
#[derive(SimpleObject)]
pub struct SupervisionDiff {
    /// Pass it as `since` to go on after this.
    cursor: String,
    /// The actors of which something has changed, parents before their children.
    changes: Vec<ActorChange>,
    /// Keys of the actors that are no longer in the tree.
    gone: Vec<String>,
}

/// What has changed of one actor.
#[derive(SimpleObject)]
pub struct ActorChange {
    /// Its place in the tree.
    key: String,
    /// The fields that have changed; all of them for an actor that is new.
    fields: Vec<String>,
    /// The actor after it, without its children.
    actor: ActorNode,
}

/// Something has happened to an actor.
#[derive(SimpleObject)]
pub struct SupervisionEvent {
    /// Pass it as `since` to go on after this.
    cursor: String,
    /// When, wall time.
    at: DateTime<Utc>,
    /// The actor after it, without its children.
    actor: ActorNode,
    /// What has happened, in a sentence.
    message: String,
}

/// Follows all actors.
pub(super) fn follow(api: &Api, since: Option<Cursor>) -> impl Stream<Item = Result<SupervisionItem>> + use<> {
    let follower = Follower {
        api: api.clone(),
        frames: api.feed.supervision.subscribe(since),
        tree: api.watch_tree(),
        sent: None,
        ready: VecDeque::new(),
        open: OpenSubscription::to("supervision"),
    };
    follow::follow(follower)
}

struct Follower {
    api: Api,
    frames: Subscriber<SupervisionFrame>,
    tree: watch::Receiver<Arc<ActorPortrait>>,
    /// The tree as the client knows it; a snapshot is due while it knows none.
    sent: Option<ActorNode>,
    ready: VecDeque<SupervisionItem>,
    open: OpenSubscription,
}

impl Follow for Follower {
    type Item = SupervisionItem;

    async fn next(&mut self) -> Result<Option<SupervisionItem>, ApiError> {
        loop {
            if let Some(item) = self.ready.pop_front() {
                return Ok(Some(item));
            }
            if self.sent.is_none() {
                return self.snapshot().await.map(Some);
            }
            tokio::select! {
                biased;
                delivery = self.frames.next() => match delivery {
                    Some(delivery) => self.take(delivery),
                    None => return Ok(None),
                },
                drawn = self.tree.changed() => match drawn {
                    Ok(()) => self.compare(),
                    Err(_) => return Ok(None),
                },
            }
        }
    }

    fn open(&mut self) -> &mut OpenSubscription {
        &mut self.open
    }
}

impl Follower {
    /// A snapshot may already hold what the feed tells next; telling a state twice does no harm.
    async fn snapshot(&mut self) -> Result<SupervisionItem, ApiError> {
        let cursor = self.frames.at().to_string();
        // A drawing of before is older than what is asked for now, and must not be compared with it.
        self.tree.mark_unchanged();
        let tree = ActorNode::from(&patiently(|| self.api.actor_tree()).await?);
        self.sent = Some(tree.clone());
        Ok(SupervisionItem::Snapshot(SupervisionSnapshot { cursor, tree }))
    }

    /// Says what the newest drawing shows otherwise than the client knows it.
    fn compare(&mut self) {
        let Some(sent) = &self.sent else { return };
        let now = ActorNode::from(self.tree.borrow_and_update().as_ref());
        // The root draws itself alone before it has looked for the first time.
        if now.children.is_empty() {
            return;
        }
        let (changes, gone) = difference(sent, &now);
        self.sent = Some(now);
        if !(changes.is_empty() && gone.is_empty()) {
            let cursor = self.frames.at().to_string();
            self.ready.push_back(SupervisionItem::Diff(SupervisionDiff { cursor, changes, gone }));
        }
    }

    fn take(&mut self, delivery: Delivery<SupervisionFrame>) {
        match delivery {
            Delivery::Item { cursor, item, .. } => {
                self.ready.push_back(SupervisionItem::Event(SupervisionEvent {
                    cursor: cursor.to_string(),
                    at: item.at.to_datetime(),
                    actor: ActorNode::from(&item.actor),
                    message: item.message.clone(),
                }));
            }
            Delivery::Gap(gap) => {
                self.ready.push_back(SupervisionItem::Discontinuity(gap.into()));
                self.sent = None;
            }
        }
    }
}

/// What is different between two drawings of a tree, parents before their children, and what is gone.
fn difference(before: &ActorNode, now: &ActorNode) -> (Vec<ActorChange>, Vec<String>) {
    let (mut known, mut changes) = (BTreeMap::new(), Vec::new());
    visit(before, &mut |actor| {
        known.insert(actor.key.as_str(), actor);
    });
    visit(now, &mut |actor| {
        let fields: Vec<String> =
            actor.changed_since(known.remove(actor.key.as_str())).into_iter().map(str::to_owned).collect();
        if !fields.is_empty() {
            changes.push(ActorChange { key: actor.key.clone(), fields, actor: actor.alone() });
        }
    });
    (changes, known.into_keys().map(str::to_owned).collect())
}

fn visit<'a>(actor: &'a ActorNode, see: &mut impl FnMut(&'a ActorNode)) {
    see(actor);
    actor.children.iter().for_each(|child| visit(child, see));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Health, Importance, MailboxState};

    fn actor(path: &str, health: Health, depth: u64, children: Vec<ActorPortrait>) -> ActorPortrait {
        ActorPortrait {
            path: path.into(),
            name: path.into(),
            role: "part".into(),
            importance: Importance::Auxiliary,
            health,
            reason: None,
            restarts: 0,
            last_error: None,
            started_at: None,
            detail: None,
            mailbox: MailboxState { depth, ..MailboxState::default() },
            not_pausable: None,
            actor_id: None,
            children,
        }
    }

    fn told(before: &ActorPortrait, now: &ActorPortrait) -> (Vec<(String, Vec<String>)>, Vec<String>) {
        let (changes, gone) = difference(&before.into(), &now.into());
        (changes.into_iter().map(|change| (change.key, change.fields)).collect(), gone)
    }

    #[test]
    fn a_diff_names_paths_and_fields_and_nothing_that_has_stayed() {
        let leaf = |path: &str, health, depth| actor(path, health, depth, vec![]);
        let before =
            actor("r", Health::Running, 0, vec![leaf("r/a", Health::Running, 0), leaf("r/b", Health::Running, 1)]);
        assert_eq!(told(&before, &before), (vec![], vec![]));
        let now = actor("r", Health::Running, 0, vec![leaf("r/a", Health::Paused, 0), leaf("r/c", Health::Running, 0)]);
        let (changes, gone) = told(&before, &now);
        assert_eq!(changes[0], ("r/a".into(), vec!["health".into()]));
        assert_eq!((changes[1].0.as_str(), changes[1].1.len()), ("r/c", 10), "of a new one everything");
        assert_eq!((changes.len(), gone), (2, vec!["r/b".to_owned()]));
    }
}
