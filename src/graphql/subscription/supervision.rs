//! Following actors.

use std::collections::VecDeque;

use async_graphql::{Result, SimpleObject, Union};
use chrono::{DateTime, Utc};
use futures_util::Stream;

use super::discontinuity::Discontinuity;
use super::follow::{self, Follow};
use super::open::OpenSubscription;
use super::patience::patiently;
use crate::feed::{Cursor, Delivery, Subscriber, SupervisionFrame};
use crate::graphql::Api;
use crate::graphql::error::ApiError;
use crate::graphql::types::ActorNode;

/// What comes next in the stream of actors.
#[derive(Union)]
pub enum SupervisionItem {
    /// The whole tree.
    Snapshot(SupervisionSnapshot),
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
        ready: VecDeque::new(),
        snapshot_due: since.is_none(),
        open: OpenSubscription::to("supervision"),
    };
    follow::follow(follower)
}

struct Follower {
    api: Api,
    frames: Subscriber<SupervisionFrame>,
    ready: VecDeque<SupervisionItem>,
    snapshot_due: bool,
    open: OpenSubscription,
}

impl Follow for Follower {
    type Item = SupervisionItem;

    async fn next(&mut self) -> Result<Option<SupervisionItem>, ApiError> {
        loop {
            if let Some(item) = self.ready.pop_front() {
                return Ok(Some(item));
            }
            if std::mem::take(&mut self.snapshot_due) {
                return self.snapshot().await.map(Some);
            }
            match self.frames.next().await {
                Some(delivery) => self.take(delivery),
                None => return Ok(None),
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
        let tree = ActorNode::from(&patiently(|| self.api.actor_tree()).await?);
        Ok(SupervisionItem::Snapshot(SupervisionSnapshot { cursor, tree }))
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
                self.snapshot_due = true;
            }
        }
    }
}
