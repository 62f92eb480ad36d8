//! What the journal has been told and the database does not hold yet.
//!
//! It belongs to the root and outlives any writer: a transition that operators have seen must not vanish with the actor that
//! was to write it down. Whoever tells puts it in here first and knocks afterwards, so neither a mailbox that is discarded
//! nor a writer that dies half-way takes anything along. Only the end of the process does.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Oldest first. Cheap to clone; all clones are the same.
pub(super) struct Outbox<W>(Arc<Mutex<VecDeque<Arc<W>>>>);

impl<W> Clone for Outbox<W> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<W> Default for Outbox<W> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<W> std::fmt::Debug for Outbox<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outbox").field("waiting", &self.len()).finish()
    }
}

impl<W> Outbox<W> {
    pub fn put(&self, work: W) {
        self.waiting().push_back(Arc::new(work));
    }

    /// The oldest; it stays until it is [`Outbox::done`].
    pub fn oldest(&self) -> Option<Arc<W>> {
        self.waiting().front().cloned()
    }

    /// It is durable. A writer that was replaced while it wrote may say so of what its successor has written again; that
    /// takes nothing else out.
    pub fn done(&self, work: &Arc<W>) {
        let mut waiting = self.waiting();
        if waiting.front().is_some_and(|oldest| Arc::ptr_eq(oldest, work)) {
            waiting.pop_front();
        }
    }

    pub fn len(&self) -> usize {
        self.waiting().len()
    }

    pub fn is_empty(&self) -> bool {
        self.waiting().is_empty()
    }

    fn waiting(&self) -> MutexGuard<'_, VecDeque<Arc<W>>> {
        // Nothing can panic while it is locked but an allocation; the queue itself is whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_two_writers_have_both_written_is_taken_out_once() {
        let outbox = Outbox::default();
        outbox.put(1);
        outbox.put(2);
        let (of_the_old, of_the_new) = (outbox.oldest().unwrap(), outbox.oldest().unwrap());
        outbox.done(&of_the_new);
        outbox.done(&of_the_old);
        assert_eq!(outbox.oldest().as_deref(), Some(&2));
    }
}
