//! The desk before one provider: its breaker, its limits, its queue, and how many calls are under way.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::clock::Clock as TickSource;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};

use super::queue::Queue;
use super::setup::{Held, ProviderSetup, Tally};
use super::worker::Worker;
use crate::config::bounds;
use crate::explain::{Breaker, RetryBudget};
use crate::telemetry::Clock;

type Limiter = RateLimiter<NotKeyed, InMemoryState, Ticks, NoOpMiddleware<Nanos>>;

/// Our clock, as the limiter reads it.
#[derive(Clone, Copy, Debug)]
struct Ticks(Clock);

impl TickSource for Ticks {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Nanos::new(u64::try_from(self.0.now().as_micros()).unwrap_or_default().saturating_mul(1_000))
    }
}

/// The desk.
pub(super) struct Desk {
    pub setup: Arc<ProviderSetup>,
    pub breaker: Breaker,
    pub held: Option<Held>,
    pub retries: RetryBudget,
    pub queue: Queue<u64>,
    pub running: u32,
    pub worker: Option<Worker>,
    /// Whether its worker could not be kept alive.
    pub left_out: bool,
    pub tally: Tally,
    ticks: Ticks,
    calls: Option<Limiter>,
    tokens: Option<Limiter>,
    /// Whether a reminder is under way already.
    pub reminded: bool,
}

impl Desk {
    pub fn new(setup: ProviderSetup, clock: Clock) -> Self {
        let ticks = Ticks(clock);
        let limiter = |per_minute: Option<u32>| {
            let quota = Quota::per_minute(per_minute.and_then(NonZeroU32::new)?);
            Some(RateLimiter::direct_with_clock(quota, ticks))
        };
        Self {
            breaker: Breaker::new(setup.breaker),
            held: None,
            retries: RetryBudget::new(setup.retries),
            queue: Queue::new(bounds::MODEL_QUEUE.most),
            running: 0,
            worker: None,
            left_out: false,
            tally: Tally::default(),
            ticks,
            calls: limiter(setup.calls_per_minute),
            tokens: limiter(setup.tokens_per_minute),
            reminded: false,
            setup: Arc::new(setup),
        }
    }

    /// Holds the breaker, or lets it judge for itself again.
    pub fn hold(&mut self, held: Option<Held>) {
        self.breaker.set(held.as_ref().map(Held::hold));
        self.held = held;
    }

    /// Whether another call may be begun, for all that is known of the desk.
    pub fn has_room(&self) -> bool {
        self.worker.is_some() && self.running < self.setup.concurrent_calls
    }

    /// Counts a call of so many tokens, or says how long to wait; `None` when it would never be let through.
    pub fn admit(&self, tokens: u32) -> Result<(), Option<Duration>> {
        if let (Some(limiter), Some(tokens)) = (&self.tokens, NonZeroU32::new(tokens)) {
            match limiter.check_n(tokens) {
                Ok(Ok(())) => {}
                Ok(Err(not_yet)) => return Err(Some(not_yet.wait_time_from(self.ticks.now()))),
                Err(_never) => return Err(None),
            }
        }
        match self.calls.as_ref().map(RateLimiter::check) {
            Some(Err(not_yet)) => Err(Some(not_yet.wait_time_from(self.ticks.now()))),
            _ => Ok(()),
        }
    }
}
