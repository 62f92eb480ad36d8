//! Counts open subscriptions, and why each one ended.

use crate::telemetry::events;

/// Why a subscription has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// The client went away, or said that it has enough; or it was shown out.
    ByClient,
    /// TEP is stopping.
    FeedClosed,
    /// It could not go on.
    Failed,
}

impl Ended {
    const fn as_str(self) -> &'static str {
        match self {
            Self::ByClient => "by_client",
            Self::FeedClosed => "feed_closed",
            Self::Failed => "failed",
        }
    }
}

/// Held by each subscription as long as it is open.
pub(super) struct OpenSubscription {
    stream: &'static str,
    ended: Ended,
}

impl OpenSubscription {
    /// A subscription to this stream has begun.
    pub fn to(stream: &'static str) -> Self {
        events::subscription_opened(stream);
        Self { stream, ended: Ended::ByClient }
    }

    /// Says why it ends, when it is not the client who goes.
    pub fn ends(&mut self, why: Ended) {
        self.ended = why;
    }
}

impl Drop for OpenSubscription {
    fn drop(&mut self) {
        events::subscription_ended(self.stream, self.ended.as_str());
    }
}
