//! A follower as the stream that a subscription is.

use std::future::Future;

use async_graphql::Result;
use futures_util::{Stream, stream};

use super::open::{Ended, OpenSubscription};
use crate::graphql::error::ApiError;

/// Reads a stream for one client, item by item.
pub(super) trait Follow: Send + 'static {
    /// What the client gets.
    type Item: Send;

    /// The next item; `None` when nothing more will come.
    fn next(&mut self) -> impl Future<Output = Result<Option<Self::Item>, ApiError>> + Send;

    /// Its place among the open subscriptions.
    fn open(&mut self) -> &mut OpenSubscription;
}

/// The items of a follower. An error is the last of them.
pub(super) fn follow<F: Follow>(follower: F) -> impl Stream<Item = Result<F::Item>> + use<F> {
    stream::unfold(Some(follower), |follower| async {
        let mut follower = follower?;
        let next = follower.next().await;
        follower.open().ends(match &next {
            Ok(Some(_)) => Ended::ByClient,
            Ok(None) => Ended::FeedClosed,
            Err(_) => Ended::Failed,
        });
        match next.transpose()? {
            Ok(item) => Some((Ok(item), Some(follower))),
            Err(e) => Some((Err(e.into()), None)),
        }
    })
}
