//! Following values.

use std::time::Duration;

use async_graphql::{Result, SimpleObject, Union};
use chrono::{DateTime, Utc};
use futures_util::{Stream, StreamExt, stream};
use tokio::time::{Instant, sleep_until};

use super::discontinuity::Discontinuity;
use super::frames::{Folded, Frames};
use super::open::{Ended, OpenSubscription};
use crate::domain::{Plant, TagIndex};
use crate::feed::Cursor;
use crate::graphql::Api;
use crate::graphql::error::{ApiError, ErrorCode};
use crate::graphql::types::{Quality, Source, finite};

/// No eye follows more than ten frames a second.
const FRAME_PERIOD: Duration = Duration::from_millis(100);

/// What comes next in the stream of values.
#[derive(Union)]
pub enum ValuesItem {
    /// Values.
    Batch(ValuesBatch),
    /// Something is missing here.
    Discontinuity(Discontinuity),
}

/// One scan, and what was folded into it.
#[derive(SimpleObject)]
pub struct ValuesBatch {
    /// Pass it as `since` to go on after this.
    cursor: String,
    /// Whether it starts afresh instead of going on after the batch before.
    snapshot: bool,
    /// When the plant says that it was so.
    source_time: DateTime<Utc>,
    /// When it reached TEP.
    ingest_time: DateTime<Utc>,
    /// Counts the scans of this run of the source.
    scan: u64,
    /// How many earlier scans are folded into this one.
    conflated: u64,
    /// How the source is doing.
    source: Source,
    /// The values of the tags that were asked for, in the order of the plant.
    values: Vec<TagValue>,
}

/// The value of one tag.
#[derive(SimpleObject)]
pub struct TagValue {
    /// Which tag.
    tag: String,
    /// In the tag's unit; null when there is none.
    value: Option<f64>,
    /// How far to believe it.
    quality: Quality,
}

/// Follows values of some tags, or of all.
pub(super) fn follow(
    api: &Api,
    tags: Option<Vec<String>>,
    since: Option<Cursor>,
) -> Result<impl Stream<Item = Result<ValuesItem>> + use<>, ApiError> {
    let follower = Follower {
        frames: Frames::attach(&api.feed.values, since),
        selected: select(&api.plant, tags)?,
        snapshot_due: since.is_none(),
        next_at: Instant::now(),
        open: OpenSubscription::to("values"),
    };
    let batches = stream::unfold(follower, |mut follower| async {
        follower.next().await.map(|items| (stream::iter(items), follower))
    });
    Ok(batches.flatten().map(Ok))
}

type Selected = Vec<(TagIndex, String)>;

fn select(plant: &Plant, tags: Option<Vec<String>>) -> Result<Selected, ApiError> {
    let Some(wanted) = tags else {
        return Ok((0u16..).map(TagIndex).zip(plant.tags.iter().map(|tag| tag.id.to_string())).collect());
    };
    let find = |tag: String| match plant.tag_index(&tag.as_str().into()) {
        Some(index) => Ok((index, tag)),
        None => Err(ApiError::new(ErrorCode::NotFound, format!("the plant has no tag `{tag}`"))),
    };
    let mut selected = wanted.into_iter().map(find).collect::<Result<Selected, _>>()?;
    selected.sort();
    selected.dedup();
    Ok(selected)
}

struct Follower {
    frames: Frames,
    selected: Selected,
    snapshot_due: bool,
    next_at: Instant,
    open: OpenSubscription,
}

impl Follower {
    async fn next(&mut self) -> Option<Vec<ValuesItem>> {
        sleep_until(self.next_at).await;
        let Some(folded) = self.frames.next().await else {
            self.open.ends(Ended::FeedClosed);
            return None;
        };
        self.next_at = Instant::now() + FRAME_PERIOD;
        let broken = folded.broken.map(|(from, reason)| Discontinuity::new(from, folded.cursor, reason));
        let snapshot = std::mem::take(&mut self.snapshot_due) || broken.is_some();
        let batch = ValuesItem::Batch(batch(&self.selected, &folded, snapshot));
        Some(broken.map(ValuesItem::Discontinuity).into_iter().chain([batch]).collect())
    }
}

fn batch(selected: &[(TagIndex, String)], folded: &Folded, snapshot: bool) -> ValuesBatch {
    let scan = &folded.frame.scan;
    let value = |(index, tag): &(TagIndex, String)| {
        let sample = scan.sample(*index)?;
        Some(TagValue { tag: tag.clone(), value: finite(sample.value), quality: sample.quality.into() })
    };
    ValuesBatch {
        cursor: folded.cursor.to_string(),
        snapshot,
        source_time: scan.source_time.to_datetime(),
        ingest_time: scan.ingest_time.to_datetime(),
        scan: scan.number,
        conflated: folded.conflated,
        source: Source::from(folded.frame.source.as_ref()),
        values: selected.iter().filter_map(value).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::frames::tests::stream_of;
    use super::*;

    #[test]
    fn a_value_that_is_none_is_null() {
        let stream = stream_of(&[(3, false)]);
        let frame = stream.latest().unwrap();
        let folded = Folded { cursor: stream.tip(), frame, conflated: 0, broken: None };
        let selected = [(TagIndex(0), "A".to_owned()), (TagIndex(1), "B".to_owned())];
        let batch = batch(&selected, &folded, true);
        assert_eq!(batch.values.iter().map(|value| value.value).collect::<Vec<_>>(), [Some(3.0), None]);
    }
}
