//! One stream: a bounded ring and its subscribers.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::cursor::Cursor;

/// A bounded ring of the newest items, each with its cursor. Cheap to clone; all clones are the same stream.
pub struct Stream<T> {
    inner: Arc<Inner<T>>,
}

struct Inner<T> {
    ring: Mutex<Ring<T>>,
    tip: watch::Sender<Cursor>,
}

struct Ring<T> {
    items: VecDeque<(Cursor, Arc<T>)>,
    capacity: usize,
    /// Nothing at or before this cursor can be had any more.
    lost_through: Cursor,
    tip: Cursor,
}

/// Why a subscriber does not get everything after its cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GapReason {
    /// The cursor is of an earlier life of the process.
    Restarted,
    /// The ring has moved on.
    TooOld,
}

/// What a subscriber will never get from this stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The subscriber's cursor.
    pub from: Cursor,
    /// Where it continues.
    pub to: Cursor,
    /// Why.
    pub reason: GapReason,
}

/// What a subscriber gets next.
#[derive(Debug)]
pub enum Delivery<T> {
    /// The next item.
    Item {
        /// Its cursor.
        cursor: Cursor,
        /// The item.
        item: Arc<T>,
        /// How many earlier items were folded into it; always 0 from [`Subscriber::next`].
        conflated: u64,
    },
    /// Items that cannot be had; the subscriber continues behind them.
    Gap(Gap),
}

/// Reads one stream from a cursor on.
pub struct Subscriber<T> {
    stream: Stream<T>,
    at: Cursor,
    tip: watch::Receiver<Cursor>,
}

impl<T> Clone for Stream<T> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner) }
    }
}

impl<T> fmt::Debug for Stream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ring = self.ring();
        f.debug_struct("Stream").field("held", &ring.items.len()).field("tip", &ring.tip).finish()
    }
}

impl<T> Stream<T> {
    /// An empty stream that remembers at most `capacity` items.
    pub fn new(epoch: i64, capacity: usize) -> Self {
        let start = Cursor { epoch, sequence: 0 };
        let ring = Ring { items: VecDeque::new(), capacity: capacity.max(1), lost_through: start, tip: start };
        Self { inner: Arc::new(Inner { ring: Mutex::new(ring), tip: watch::Sender::new(start) }) }
    }

    /// Adds an item under the next number of the current epoch.
    pub fn publish(&self, item: T) -> Cursor {
        let mut ring = self.ring();
        let cursor = Cursor { epoch: ring.tip.epoch, sequence: ring.tip.sequence + 1 };
        ring.push(cursor, item);
        drop(ring);
        self.inner.tip.send_replace(cursor);
        cursor
    }

    /// Adds an item under a number that its author has given. A number that is not after the newest is a repetition
    /// and is left out.
    pub fn publish_at(&self, cursor: Cursor, item: T) {
        let mut ring = self.ring();
        if cursor <= ring.tip {
            return;
        }
        ring.push(cursor, item);
        drop(ring);
        self.inner.tip.send_replace(cursor);
    }

    /// Begins a new life, of the process or of the author of the items: forgets what it holds, so that whoever goes on from
    /// before is told of the gap. What an author has said last may have been lost on the way here, so nobody is led from one
    /// life into the next as if nothing lay between.
    pub fn begin(&self, epoch: i64) {
        self.break_at(Cursor { epoch, sequence: 0 });
    }

    /// Goes on behind this cursor: what lies before it cannot be had here, and whoever goes on from before is told so.
    pub fn break_at(&self, cursor: Cursor) {
        let mut ring = self.ring();
        if cursor <= ring.tip {
            return;
        }
        ring.items.clear();
        ring.lost_through = cursor;
        ring.tip = cursor;
        drop(ring);
        self.inner.tip.send_replace(cursor);
    }

    /// The newest cursor.
    pub fn tip(&self) -> Cursor {
        self.ring().tip
    }

    /// The newest item.
    pub fn latest(&self) -> Option<Arc<T>> {
        self.ring().items.back().map(|(_, item)| Arc::clone(item))
    }

    /// The newest `count` items, oldest first.
    pub fn recent(&self, count: usize) -> Vec<Arc<T>> {
        let ring = self.ring();
        let skip = ring.items.len().saturating_sub(count);
        ring.items.iter().skip(skip).map(|(_, item)| Arc::clone(item)).collect()
    }

    /// Reads on after `since`, or from now on when it is `None`.
    pub fn subscribe(&self, since: Option<Cursor>) -> Subscriber<T> {
        let tip = self.inner.tip.subscribe();
        Subscriber { stream: self.clone(), at: since.unwrap_or_else(|| self.tip()), tip }
    }

    fn ring(&self) -> MutexGuard<'_, Ring<T>> {
        // A panic while the lock was held can only have come from an allocation; the ring itself is whole.
        self.inner.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Ring<T> {
    fn push(&mut self, cursor: Cursor, item: T) {
        if self.items.len() == self.capacity
            && let Some((lost, _)) = self.items.pop_front()
        {
            self.lost_through = lost;
        }
        self.items.push_back((cursor, Arc::new(item)));
        self.tip = cursor;
    }

    fn gap_after(&self, at: Cursor) -> Option<Gap> {
        let from_the_future = at > self.tip;
        if at >= self.lost_through && !from_the_future {
            return None;
        }
        let restarted = from_the_future || at.epoch < self.lost_through.epoch;
        let reason = if restarted { GapReason::Restarted } else { GapReason::TooOld };
        let to = if from_the_future { self.tip } else { self.lost_through };
        Some(Gap { from: at, to, reason })
    }
}

impl<T> Subscriber<T> {
    /// Where the subscriber is.
    pub fn at(&self) -> Cursor {
        self.at
    }

    /// Goes on from `cursor`, as after a snapshot that covers everything up to it.
    pub fn continue_after(&mut self, cursor: Cursor) {
        self.at = cursor;
    }

    /// Waits until there is something behind the cursor, without taking it.
    pub async fn arrival(&mut self) {
        // The stream outlives its subscribers, so there is always somebody who could tell.
        drop(self.tip.wait_for(|tip| *tip > self.at).await);
    }

    /// The next item, in order, none left out; waits for one. `None` when the stream is gone.
    pub async fn next(&mut self) -> Option<Delivery<T>> {
        loop {
            if let Some(delivery) = self.take(false) {
                return Some(delivery);
            }
            self.tip.changed().await.ok()?;
        }
    }

    /// The newest item, with how many were folded into it; waits for one. For values, where only the last one counts.
    pub async fn next_latest(&mut self) -> Option<Delivery<T>> {
        loop {
            if let Some(delivery) = self.take(true) {
                return Some(delivery);
            }
            self.tip.changed().await.ok()?;
        }
    }

    fn take(&mut self, newest: bool) -> Option<Delivery<T>> {
        self.tip.mark_unchanged();
        let ring = self.stream.ring();
        if let Some(gap) = ring.gap_after(self.at) {
            self.at = gap.to;
            // For values, what was missed is folded into the newest, unless it belongs to an earlier life.
            if !newest || gap.reason == GapReason::Restarted {
                return Some(Delivery::Gap(gap));
            }
        }
        let first = ring.items.partition_point(|(cursor, _)| *cursor <= self.at);
        let (chosen, conflated) = if newest {
            (ring.items.len().checked_sub(1)?, ring.items.len().checked_sub(first + 1)?)
        } else {
            (first, 0)
        };
        let (cursor, item) = ring.items.get(chosen).filter(|(cursor, _)| *cursor > self.at)?;
        let delivery = Delivery::Item { cursor: *cursor, item: Arc::clone(item), conflated: conflated as u64 };
        self.at = *cursor;
        Some(delivery)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(epoch: i64, sequence: i64) -> Cursor {
        Cursor { epoch, sequence }
    }

    async fn drained(subscriber: &mut Subscriber<i32>, count: usize) -> Vec<i32> {
        let mut items = Vec::new();
        for _ in 0..count {
            match subscriber.next().await {
                Some(Delivery::Item { item, .. }) => items.push(*item),
                other => panic!("expected an item, got {other:?}"),
            }
        }
        items
    }

    #[tokio::test]
    async fn a_subscriber_resumes_after_its_cursor_without_gap_or_overlap() {
        let stream = Stream::new(7, 10);
        stream.publish(1);
        let second = stream.publish(2);
        stream.publish(3);
        let mut subscriber = stream.subscribe(Some(second));
        stream.publish(4);
        assert_eq!(drained(&mut subscriber, 2).await, [3, 4]);
    }

    #[tokio::test]
    async fn a_slow_reader_is_told_what_it_missed() {
        let stream = Stream::new(7, 3);
        let mut subscriber = stream.subscribe(None);
        for n in 1..=5 {
            stream.publish(n);
        }
        let Some(Delivery::Gap(gap)) = subscriber.next().await else { panic!("expected a gap") };
        assert_eq!(gap, Gap { from: at(7, 0), to: at(7, 2), reason: GapReason::TooOld });
        assert_eq!(drained(&mut subscriber, 3).await, [3, 4, 5]);
    }

    #[tokio::test]
    async fn a_cursor_of_an_earlier_life_is_recognised() {
        let stream: Stream<i32> = Stream::new(7, 3);
        let mut subscriber = stream.subscribe(Some(at(6, 40)));
        let Some(Delivery::Gap(gap)) = subscriber.next().await else { panic!("expected a gap") };
        assert_eq!(gap.reason, GapReason::Restarted);
        stream.publish(1);
        assert_eq!(drained(&mut subscriber, 1).await, [1]);
    }

    #[tokio::test]
    async fn who_follows_into_a_new_life_is_told_of_the_gap() {
        let stream = Stream::new(7, 3);
        stream.publish(1);
        let mut subscriber = stream.subscribe(Some(at(7, 0)));
        stream.begin(9);
        let Some(Delivery::Gap(gap)) = subscriber.next().await else { panic!("expected a gap") };
        assert_eq!((gap.to, gap.reason), (at(9, 0), GapReason::Restarted));
        stream.begin(8);
        assert_eq!(stream.publish(2), at(9, 1), "an older life does not begin again");
        assert_eq!(drained(&mut subscriber, 1).await, [2]);
    }

    #[tokio::test]
    async fn a_cursor_from_the_future_is_a_restart_too() {
        let stream: Stream<i32> = Stream::new(7, 3);
        let mut subscriber = stream.subscribe(Some(at(9, 1)));
        let Some(Delivery::Gap(gap)) = subscriber.next().await else { panic!("expected a gap") };
        assert_eq!((gap.reason, gap.to), (GapReason::Restarted, at(7, 0)));
    }

    #[tokio::test]
    async fn values_are_folded_into_the_newest() {
        let stream = Stream::new(7, 3);
        let mut subscriber = stream.subscribe(None);
        for n in 1..=3 {
            stream.publish(n);
        }
        let Some(Delivery::Item { item, conflated, .. }) = subscriber.next_latest().await else {
            panic!("expected one")
        };
        assert_eq!((*item, conflated), (3, 2));
    }

    #[test]
    fn a_repeated_number_is_published_once() {
        let stream = Stream::new(7, 3);
        stream.publish_at(at(7, 1), 1);
        stream.publish_at(at(7, 1), 1);
        assert_eq!(stream.recent(10).len(), 1);
    }

    #[test]
    fn cursors_survive_their_text() {
        let cursor = at(12, 34);
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
        assert!("elsewhere".parse::<Cursor>().is_err());
    }
}
