//! Reads frames of values, and folds those that have come meanwhile into the newest, without losing sight of a break among
//! them.

use std::sync::Arc;

use futures_util::FutureExt;

use super::discontinuity::DiscontinuityReason;
use crate::feed::{Cursor, Delivery, GapReason, Stream, Subscriber, ValuesFrame};

/// The newest frame, and what lies between it and the frame before.
pub(super) struct Folded {
    pub cursor: Cursor,
    pub frame: Arc<ValuesFrame>,
    /// How many frames are folded into it.
    pub conflated: u64,
    /// After which cursor plant time or the numbering broke, and why.
    pub broken: Option<(Cursor, DiscontinuityReason)>,
}

/// Reads the frames of one client.
pub(super) struct Frames {
    subscriber: Subscriber<ValuesFrame>,
    /// Whether the client has seen a frame, so that a break could surprise it.
    begun: bool,
}

/// What has come since the client last looked.
#[derive(Default)]
struct Haul {
    newest: Option<(Cursor, Arc<ValuesFrame>)>,
    seen: u64,
    broken: Option<(Cursor, DiscontinuityReason)>,
}

impl Frames {
    /// Without a cursor the first frame is the newest one that there is, so that a page need not wait for a scan.
    pub fn attach(stream: &Stream<ValuesFrame>, since: Option<Cursor>) -> Self {
        let tip = stream.tip();
        let before_tip = Cursor { sequence: (tip.sequence - 1).max(0), ..tip };
        Self { subscriber: stream.subscribe(Some(since.unwrap_or(before_tip))), begun: since.is_some() }
    }

    /// Waits for a frame; `None` when the stream is gone.
    pub async fn next(&mut self) -> Option<Folded> {
        let from = self.subscriber.at();
        let mut haul = Haul::default();
        let mut delivery = self.subscriber.next().await?;
        loop {
            haul.take(delivery, from);
            delivery = match self.subscriber.next().now_or_never() {
                Some(more) => more?,
                None if haul.newest.is_some() => break,
                None => self.subscriber.next().await?,
            };
        }
        let (cursor, frame) = haul.newest?;
        let begun = std::mem::replace(&mut self.begun, true);
        Some(Folded { cursor, frame, conflated: haul.seen.saturating_sub(1), broken: haul.broken.filter(|_| begun) })
    }
}

impl Haul {
    fn take(&mut self, delivery: Delivery<ValuesFrame>, from: Cursor) {
        match delivery {
            Delivery::Item { cursor, item, .. } => {
                if item.discontinuous {
                    self.broken.get_or_insert((from, DiscontinuityReason::SourceReset));
                }
                self.seen += 1;
                self.newest = Some((cursor, item));
            }
            // Nothing before it counts any more.
            Delivery::Gap(gap) if gap.reason == GapReason::Restarted => {
                self.broken = Some((gap.from, DiscontinuityReason::Restarted));
            }
            // What the ring has lost is folded like everything else; whether plant time broke meanwhile, nobody knows.
            Delivery::Gap(gap) => {
                self.seen += u64::try_from(gap.to.sequence - gap.from.sequence).unwrap_or(0);
                self.broken.get_or_insert((from, DiscontinuityReason::Conflated));
            }
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::domain::{Quality, Scan, SourceReport, SourceState, SourceTime, WallTime};

    fn frame(number: u32, discontinuous: bool) -> ValuesFrame {
        let scan = Scan {
            number: u64::from(number),
            source_time: SourceTime::from_micros(0),
            ingest_time: WallTime::from_micros(0),
            values: vec![f64::from(number), f64::NAN],
            qualities: vec![Quality::Good, Quality::Bad],
        };
        let source = SourceReport {
            kind: "simulator".into(),
            state: SourceState::Running,
            message: None,
            speed: 1.0,
            achieved_speed: 1.0,
            plant_time: None,
            plant_hours: 0.0,
            controllable: true,
        };
        ValuesFrame { scan: Arc::new(scan), source: Arc::new(source), discontinuous }
    }

    /// A stream that remembers four frames.
    pub(in crate::graphql::subscription) fn stream_of(frames: &[(u32, bool)]) -> Stream<ValuesFrame> {
        let stream = Stream::new(7, 4);
        for (number, discontinuous) in frames {
            stream.publish(frame(*number, *discontinuous));
        }
        stream
    }

    async fn read(stream: &Stream<ValuesFrame>, since: Option<i64>) -> (u64, u64, Option<DiscontinuityReason>) {
        let since = since.map(|sequence| Cursor { epoch: 7, sequence });
        let folded = Frames::attach(stream, since).next().await.unwrap();
        (folded.frame.scan.number, folded.conflated, folded.broken.map(|(_, reason)| reason))
    }

    #[tokio::test]
    async fn a_new_client_gets_the_newest_frame_at_once() {
        assert_eq!(read(&stream_of(&[(1, false), (2, false), (3, true)]), None).await, (3, 0, None));
    }

    #[tokio::test]
    async fn frames_that_came_meanwhile_are_folded_and_counted() {
        assert_eq!(read(&stream_of(&[(1, false), (2, false), (3, false)]), Some(0)).await, (3, 2, None));
    }

    #[tokio::test]
    async fn a_client_that_looked_away_too_long_is_told() {
        let stream = stream_of(&[(1, false), (2, false), (3, false), (4, false), (5, false), (6, false)]);
        assert_eq!(read(&stream, Some(0)).await, (6, 5, Some(DiscontinuityReason::Conflated)));
    }

    #[tokio::test]
    async fn a_reset_is_told_also_when_its_frame_is_folded() {
        let stream = stream_of(&[(8, false), (1, true), (2, false)]);
        assert_eq!(read(&stream, Some(1)).await, (2, 1, Some(DiscontinuityReason::SourceReset)));
    }

    #[tokio::test]
    async fn a_cursor_of_an_earlier_life_starts_afresh() {
        let stream = stream_of(&[(1, false)]);
        let old = Some(Cursor { epoch: 6, sequence: 900 });
        let folded = Frames::attach(&stream, old).next().await.unwrap();
        assert_eq!(folded.broken.map(|(_, reason)| reason), Some(DiscontinuityReason::Restarted));
    }
}
