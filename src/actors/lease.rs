//! A plant's right to decide, as its actors see it.
//!
//! A claim holds until a moment of the monotonic clock, which moves on while a process is frozen. Whoever decides or
//! publishes asks first; past that moment another node may be the owner, so nothing is decided and nothing is told, even
//! if nobody has come round yet to stop the plant. A lease that is lost stays lost: the plant is built anew on a new claim.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use thiserror::Error;
use tokio::time::Instant;

use crate::storage::StorageError;

/// The lease under which a plant runs. Cheap to clone; all clones are the same lease.
#[derive(Clone, Debug)]
pub struct Lease(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    anchor: Instant,
    /// Microseconds after the anchor; [`u64::MAX`] when it does not run out by itself.
    valid_until: AtomicU64,
    lost: OnceLock<Arc<str>>,
}

/// The plant is not ours any more, and whoever acts for it is to stop.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("lease lost: {0}")]
pub struct LeaseLost(pub Arc<str>);

impl Lease {
    /// A lease that does not run out by itself: nobody else is waiting for the plant.
    pub fn lasting() -> Self {
        Self::from_micros(u64::MAX)
    }

    /// A lease that runs out unless it is extended.
    pub fn until(moment: Instant) -> Self {
        let lease = Self::from_micros(0);
        lease.extend(moment);
        lease
    }

    fn from_micros(valid_until: u64) -> Self {
        let valid_until = AtomicU64::new(valid_until);
        Self(Arc::new(Inner { anchor: Instant::now(), valid_until, lost: OnceLock::new() }))
    }

    /// Whether it never runs out by itself: nobody else is waiting for the plant.
    pub fn is_lasting(&self) -> bool {
        self.0.valid_until.load(Ordering::Relaxed) == u64::MAX
    }

    /// It has been renewed until then. It never becomes shorter by this, and what is lost does not come back.
    pub fn extend(&self, until: Instant) {
        let micros = until.saturating_duration_since(self.0.anchor).as_micros();
        let micros = u64::try_from(micros).unwrap_or(u64::MAX - 1);
        self.0.valid_until.fetch_max(micros, Ordering::Relaxed);
    }

    /// Somebody has found out that the plant is not ours any more.
    pub fn lose(&self, why: &str) {
        // The first reason is the one to tell.
        let _ = self.0.lost.set(why.into());
    }

    /// A write has failed: loses the lease when it was because somebody else owns the plant.
    ///
    /// # Errors
    /// When the lease is lost.
    pub fn lost_by(&self, error: &StorageError) -> Result<(), LeaseLost> {
        if let StorageError::Fenced { .. } = error {
            self.lose(&error.to_string());
            return self.check();
        }
        Ok(())
    }

    /// Whether the plant may decide and publish now.
    ///
    /// # Errors
    /// When it may not, and why.
    pub fn check(&self) -> Result<(), LeaseLost> {
        let valid_until = self.0.valid_until.load(Ordering::Relaxed);
        if valid_until != u64::MAX && self.0.lost.get().is_none() {
            let now = self.0.anchor.elapsed().as_micros();
            if now >= u128::from(valid_until) {
                self.lose("it was not renewed in time");
            }
        }
        self.0.lost.get().map_or(Ok(()), |why| Err(LeaseLost(Arc::clone(why))))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_lease_that_is_not_renewed_runs_out_and_stays_lost() {
        let lease = Lease::until(Instant::now() + Duration::from_secs(3));
        tokio::time::advance(Duration::from_secs(2)).await;
        assert!(lease.check().is_ok());
        lease.extend(Instant::now() + Duration::from_secs(3));
        tokio::time::advance(Duration::from_millis(2_999)).await;
        assert!(lease.check().is_ok());
        tokio::time::advance(Duration::from_millis(1)).await;
        let lost = lease.check().unwrap_err();
        assert_eq!(lost.to_string(), "lease lost: it was not renewed in time");
        lease.extend(Instant::now() + Duration::from_secs(60));
        assert_eq!(lease.check(), Err(lost), "a renewal that comes late does not bring it back");
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_reason_is_told_to_everybody() {
        let lease = Lease::lasting();
        tokio::time::advance(Duration::from_secs(1_000_000)).await;
        assert!(lease.clone().check().is_ok());
        lease.clone().lose("node b has it");
        lease.lose("something else");
        assert_eq!(lease.check().unwrap_err().to_string(), "lease lost: node b has it");
    }
}
