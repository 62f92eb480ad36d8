//! Following plant-wide detectors.

use std::collections::VecDeque;

use async_graphql::{Result, SimpleObject, Union};
use futures_util::Stream;

use super::discontinuity::Discontinuity;
use super::follow::{self, Follow};
use super::open::OpenSubscription;
use super::patience::patiently;
use crate::domain::DetectorPortrait;
use crate::feed::{Cursor, Delivery, Subscriber};
use crate::graphql::Api;
use crate::graphql::error::ApiError;
use crate::graphql::types::Detector;

/// What comes next in the stream of detectors.
#[derive(Union)]
pub enum DetectorItem {
    /// All detectors.
    Snapshot(DetectorSnapshot),
    /// One has said something.
    Event(DetectorEvent),
    /// Something is missing here.
    Discontinuity(Discontinuity),
}

/// All detectors.
#[derive(SimpleObject)]
pub struct DetectorSnapshot {
    /// Pass it as `since` to go on after this.
    cursor: String,
    /// The detectors.
    detectors: Vec<Detector>,
}

/// A detector has said something.
#[derive(SimpleObject)]
pub struct DetectorEvent {
    /// Pass it as `since` to go on after this.
    cursor: String,
    /// The detector after it.
    detector: Detector,
}

/// Follows all detectors.
pub(super) fn follow(api: &Api, since: Option<Cursor>) -> impl Stream<Item = Result<DetectorItem>> + use<> {
    let follower = Follower {
        api: api.clone(),
        portraits: api.feed.detectors.subscribe(since),
        ready: VecDeque::new(),
        snapshot_due: since.is_none(),
        open: OpenSubscription::to("detectors"),
    };
    follow::follow(follower)
}

struct Follower {
    api: Api,
    portraits: Subscriber<DetectorPortrait>,
    ready: VecDeque<DetectorItem>,
    snapshot_due: bool,
    open: OpenSubscription,
}

impl Follow for Follower {
    type Item = DetectorItem;

    async fn next(&mut self) -> Result<Option<DetectorItem>, ApiError> {
        loop {
            if let Some(item) = self.ready.pop_front() {
                return Ok(Some(item));
            }
            if std::mem::take(&mut self.snapshot_due) {
                return self.snapshot().await.map(Some);
            }
            match self.portraits.next().await {
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
    async fn snapshot(&mut self) -> Result<DetectorItem, ApiError> {
        let cursor = self.portraits.at().to_string();
        let portraits = patiently(|| self.api.detectors()).await?;
        let detectors = portraits.iter().filter_map(|portrait| Detector::new(&self.api.plant, portrait)).collect();
        Ok(DetectorItem::Snapshot(DetectorSnapshot { cursor, detectors }))
    }

    fn take(&mut self, delivery: Delivery<DetectorPortrait>) {
        match delivery {
            Delivery::Item { cursor, item, .. } => {
                let event = |detector| DetectorItem::Event(DetectorEvent { cursor: cursor.to_string(), detector });
                self.ready.extend(Detector::new(&self.api.plant, &item).map(event));
            }
            Delivery::Gap(gap) => {
                self.ready.push_back(DetectorItem::Discontinuity(gap.into()));
                self.snapshot_due = true;
            }
        }
    }
}
