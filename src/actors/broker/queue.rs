//! The queue before one provider: the highest priority first, of one priority the oldest; bounded, and nobody in it waits
//! longer than they want. Pure.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::domain::WallTime;

/// A place in the queue: priority, then order of arrival.
type Place = (Reverse<u8>, u64);

/// Somebody who waits.
#[derive(Debug)]
struct Waiting<T> {
    until: WallTime,
    who: T,
}

/// The queue.
#[derive(Debug)]
pub(super) struct Queue<T> {
    most: usize,
    arrived: u64,
    waiting: BTreeMap<Place, Waiting<T>>,
}

impl<T: PartialEq> Queue<T> {
    pub fn new(most: usize) -> Self {
        Self { most, arrived: 0, waiting: BTreeMap::new() }
    }

    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Lets somebody stand at the end of their priority. Whoever has to leave for it is handed back: the last of the
    /// lowest priority, which may be the one who has come.
    pub fn push(&mut self, priority: u8, until: WallTime, who: T) -> Option<T> {
        self.arrived += 1;
        self.waiting.insert((Reverse(priority), self.arrived), Waiting { until, who });
        if self.waiting.len() <= self.most {
            return None;
        }
        self.waiting.pop_last().map(|(_, last)| last.who)
    }

    /// Puts somebody back to the head of their priority.
    pub fn put_back(&mut self, priority: u8, until: WallTime, who: T) {
        let first = self.waiting.range((Reverse(priority), 0)..).next().map_or(u64::MAX / 2, |((_, at), _)| *at);
        self.waiting.insert((Reverse(priority), first.saturating_sub(1)), Waiting { until, who });
    }

    /// The next.
    pub fn pop(&mut self) -> Option<T> {
        self.waiting.pop_first().map(|(_, first)| first.who)
    }

    /// Whoever has waited as long as they wanted.
    pub fn expired(&mut self, now: WallTime) -> Vec<T> {
        self.waiting.extract_if(.., |_, waiting| waiting.until <= now).map(|(_, waiting)| waiting.who).collect()
    }

    /// Somebody leaves.
    pub fn remove(&mut self, who: &T) {
        self.waiting.retain(|_, waiting| waiting.who != *who);
    }

    /// Everybody leaves.
    pub fn clear(&mut self) {
        self.waiting.clear();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: i64) -> WallTime {
        WallTime::from_micros(seconds * 1_000_000)
    }

    #[test]
    fn whoever_is_put_back_is_next_among_their_own() {
        let mut queue = Queue::new(10);
        for (priority, who) in [(1, "low"), (3, "a"), (3, "b")] {
            assert_eq!(queue.push(priority, at(9), who), None);
        }
        let first = queue.pop().unwrap();
        queue.put_back(3, at(9), first);
        queue.put_back(2, at(9), "between");
        assert_eq!(
            [queue.pop(), queue.pop(), queue.pop(), queue.pop()],
            [Some("a"), Some("b"), Some("between"), Some("low")]
        );
    }

    #[test]
    fn the_last_of_the_lowest_priority_makes_room() {
        let mut queue = Queue::new(2);
        assert_eq!(queue.push(2, at(9), "a"), None);
        assert_eq!(queue.push(1, at(9), "b"), None);
        assert_eq!(queue.push(1, at(9), "c"), Some("c"));
        assert_eq!(queue.push(4, at(9), "d"), Some("b"));
        assert_eq!(queue.len(), 2);
    }

    proptest! {
        #[test]
        fn it_serves_like_a_sorted_list(
            arrivals in prop::collection::vec((0u8..5, 0i64..20), 0..40), most in 1usize..8, now in 0i64..20,
        ) {
            let mut queue = Queue::new(most);
            let mut list: Vec<(u8, usize, i64)> = Vec::new();
            for (number, (priority, until)) in arrivals.into_iter().enumerate() {
                let left = queue.push(priority, at(until), number);
                list.push((priority, number, until));
                list.sort_by_key(|(priority, number, _)| (Reverse(*priority), *number));
                let expected = (list.len() > most).then(|| list.pop().unwrap().1);
                prop_assert_eq!(left, expected);
            }
            let mut gone = queue.expired(at(now));
            gone.sort_unstable();
            let mut late: Vec<usize> = list.extract_if(.., |(_, _, until)| *until <= now).map(|(_, n, _)| n).collect();
            late.sort_unstable();
            prop_assert_eq!(gone, late);
            let served: Vec<usize> = std::iter::from_fn(|| queue.pop()).collect();
            prop_assert_eq!(served, list.into_iter().map(|(_, number, _)| number).collect::<Vec<_>>());
        }
    }
}
