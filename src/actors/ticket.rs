//! The bound of the ingest door.
//!
//! Mailboxes have no bound, so each scan carries a ticket until every limit chart has looked at it and it is durable. When
//! all tickets are out, the source waits: nothing is dropped, memory stays flat, and the lag shows.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::config::bounds;

/// How many scans may be on their way at once.
pub(super) const SCANS_UNDER_WAY_MAX: usize = bounds::SCANS_UNDER_WAY.most;

/// Gives out the tickets.
#[derive(Clone, Debug)]
pub(super) struct TicketOffice(Arc<Semaphore>);

/// One scan's right to be under way; given back when the last clone is dropped.
#[derive(Clone, Debug)]
pub(super) struct Ticket {
    _permit: Arc<OwnedSemaphorePermit>,
}

impl TicketOffice {
    pub fn new() -> Self {
        Self(Arc::new(Semaphore::new(SCANS_UNDER_WAY_MAX)))
    }

    /// A ticket, or `None` while all are out.
    pub fn take(&self) -> Option<Ticket> {
        Arc::clone(&self.0).try_acquire_owned().ok().map(|permit| Ticket { _permit: Arc::new(permit) })
    }

    /// Whether the source has to wait.
    pub fn is_sold_out(&self) -> bool {
        self.0.available_permits() == 0
    }

    /// Waits until no scan is under way.
    pub async fn all_back(&self) {
        drop(self.0.acquire_many(SCANS_UNDER_WAY_MAX as u32).await);
    }

    /// Scans under way.
    pub fn under_way(&self) -> usize {
        SCANS_UNDER_WAY_MAX - self.0.available_permits()
    }
}
