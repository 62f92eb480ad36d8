//! What the journal has been told and the database does not hold yet.
//!
//! It belongs to the root and outlives any writer: a transition that operators have seen must not vanish with the actor that
//! was to write it down. Whoever tells puts it in here first and knocks afterwards, so neither a mailbox that is discarded
//! nor a writer that dies half-way takes anything along. What the end of the process would take along is put into the spool
//! meanwhile, oldest first; the outbox remembers how far that has come.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// Oldest first. Cheap to clone; all clones are the same.
pub(super) struct Outbox<W>(Arc<Inner<W>>);

struct Inner<W> {
    queue: Mutex<Queue<W>>,
    arrived: Notify,
}

struct Queue<W> {
    waiting: VecDeque<Arc<W>>,
    /// So many of the oldest lie in the spool as well.
    spooled: usize,
}

impl<W> Clone for Outbox<W> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<W> Default for Outbox<W> {
    fn default() -> Self {
        let queue = Mutex::new(Queue { waiting: VecDeque::new(), spooled: 0 });
        Self(Arc::new(Inner { queue, arrived: Notify::new() }))
    }
}

impl<W> std::fmt::Debug for Outbox<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outbox").field("waiting", &self.len()).field("spooled", &self.spooled()).finish()
    }
}

impl<W> Outbox<W> {
    pub fn put(&self, work: W) {
        self.queue().waiting.push_back(Arc::new(work));
        self.0.arrived.notify_one();
    }

    /// Waits until something was put in since this was asked for last.
    pub async fn arrival(&self) {
        self.0.arrived.notified().await;
    }

    /// The oldest, as long as they weigh no more than `most` together, but at least one; they stay until they are
    /// [`Outbox::done`].
    pub fn oldest(&self, most: usize, weight: impl Fn(&W) -> usize) -> Vec<Arc<W>> {
        let queue = self.queue();
        let mut weighed = 0;
        let fits = |work: &&Arc<W>| {
            let is_first = weighed == 0;
            weighed += weight(work).max(1);
            is_first || weighed <= most
        };
        queue.waiting.iter().take_while(fits).cloned().collect()
    }

    /// They are durable. A writer that was replaced while it wrote may say so of what its successor has written again; that
    /// takes nothing else out.
    pub fn done(&self, works: &[Arc<W>]) {
        let mut queue = self.queue();
        for work in works {
            if queue.waiting.front().is_some_and(|oldest| Arc::ptr_eq(oldest, work)) {
                queue.waiting.pop_front();
                queue.spooled = queue.spooled.saturating_sub(1);
            }
        }
    }

    /// What is not in the spool, oldest first, at most so many.
    pub fn beyond_the_spool(&self, most: usize) -> Vec<Arc<W>> {
        let queue = self.queue();
        queue.waiting.iter().skip(queue.spooled).take(most).cloned().collect()
    }

    /// So many more are in the spool.
    pub fn spool_holds(&self, more: usize) {
        let mut queue = self.queue();
        queue.spooled = (queue.spooled + more).min(queue.waiting.len());
    }

    /// How many of those that wait lie in the spool.
    pub fn spooled(&self) -> usize {
        self.queue().spooled
    }

    pub fn len(&self) -> usize {
        self.queue().waiting.len()
    }

    pub fn is_empty(&self) -> bool {
        self.queue().waiting.is_empty()
    }

    fn queue(&self) -> MutexGuard<'_, Queue<W>> {
        // Nothing can panic while it is locked but an allocation; the queue itself is whole.
        self.0.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holding(works: &[usize]) -> Outbox<usize> {
        let outbox = Outbox::default();
        works.iter().for_each(|work| outbox.put(*work));
        outbox
    }

    fn values(works: &[Arc<usize>]) -> Vec<usize> {
        works.iter().map(|work| **work).collect()
    }

    fn oldest(outbox: &Outbox<usize>, most: usize) -> Vec<Arc<usize>> {
        outbox.oldest(most, |weight| *weight)
    }

    #[test]
    fn what_two_writers_have_both_written_is_taken_out_once() {
        let outbox = holding(&[1, 2]);
        let (of_the_old, of_the_new) = (oldest(&outbox, 1), oldest(&outbox, 1));
        outbox.done(&of_the_new);
        outbox.done(&of_the_old);
        assert_eq!(values(&oldest(&outbox, 9)), [2]);
    }

    #[test]
    fn as_many_are_taken_together_as_their_weight_allows() {
        let outbox = holding(&[3, 0, 2, 9, 1]);
        assert_eq!(values(&oldest(&outbox, 6)), [3, 0, 2]);
        outbox.done(&oldest(&outbox, 6));
        assert_eq!(values(&oldest(&outbox, 6)), [9], "what is too heavy goes alone");
    }

    #[test]
    fn it_remembers_how_far_the_spool_has_come() {
        let outbox = holding(&[1, 2, 3]);
        assert_eq!(values(&outbox.beyond_the_spool(2)), [1, 2]);
        outbox.spool_holds(2);
        outbox.put(4);
        assert_eq!(values(&outbox.beyond_the_spool(9)), [3, 4]);
        outbox.done(&oldest(&outbox, 1));
        assert_eq!((outbox.spooled(), values(&outbox.beyond_the_spool(9))), (1, vec![3, 4]));
        outbox.done(&oldest(&outbox, 9));
        assert_eq!((outbox.spooled(), outbox.len()), (0, 0));
    }
}
