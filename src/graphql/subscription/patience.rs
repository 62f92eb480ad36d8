//! Patience with actors that are being restarted: a page that follows them must not fall over for two seconds' absence.

use std::future::Future;
use std::time::Duration;

use backon::{ConstantBuilder, Retryable};

use crate::graphql::error::{ApiError, ErrorCode};

/// Asks again for some seconds while what is asked is not there.
pub(super) async fn patiently<T, F, Fut>(ask: F) -> Result<T, ApiError>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T, ApiError>>,
{
    let patience = ConstantBuilder::new().with_delay(Duration::from_millis(500)).with_max_times(20);
    ask.retry(patience).when(|e| e.code == ErrorCode::Unavailable).await
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_comes_back_is_waited_for_and_what_does_not_is_given_up() {
        let asked = Cell::new(0);
        let ask = |until: u32| {
            asked.set(asked.get() + 1);
            let answer = if asked.get() < until { Err(ApiError::unavailable("the desk")) } else { Ok(asked.get()) };
            async { answer }
        };
        assert_eq!(patiently(|| ask(3)).await, Ok(3));
        assert!(patiently(|| ask(u32::MAX)).await.is_err());
        asked.set(0);
        let refused = || {
            asked.set(asked.get() + 1);
            async { Err::<(), _>(ApiError::invalid("no")) }
        };
        assert!(patiently(refused).await.is_err());
        assert_eq!(asked.get(), 1);
    }
}
