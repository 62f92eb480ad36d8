//! How often somebody may try to sign in.
//!
//! Three counts. One address trying many names, one address trying one name, and many addresses trying one name. The
//! last is the most generous: nobody should be able to lock an operator out from another desk with a few wrong
//! passwords.

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use governor::clock::Clock as TickSource;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

use crate::telemetry::Clock;

/// Attempts a minute from one address for one name.
const PAIR_PER_MINUTE: NonZeroU32 = NonZeroU32::new(5).expect("five is not zero");

/// Attempts a minute for one name from anywhere.
const NAME_PER_MINUTE: NonZeroU32 = NonZeroU32::new(30).expect("thirty is not zero");

/// Attempts between two sweeps of the counts that have run out.
const SWEEP_EVERY: u32 = 256;

type Limiter<K> = RateLimiter<K, HashMapStateStore<K>, Ticks, NoOpMiddleware<Nanos>>;

/// Our clock, as the limiter reads it.
#[derive(Clone, Copy, Debug)]
struct Ticks(Clock);

impl TickSource for Ticks {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Nanos::new(u64::try_from(self.0.now().as_micros()).unwrap_or_default().saturating_mul(1_000))
    }
}

/// Counts attempts.
pub(super) struct Throttle {
    ticks: Ticks,
    by_address: Limiter<IpAddr>,
    by_pair: Limiter<(IpAddr, String)>,
    by_name: Limiter<String>,
    attempts: AtomicU32,
}

impl Throttle {
    /// Lets this many attempts a minute come from one address.
    pub fn new(clock: Clock, address_per_minute: NonZeroU32) -> Self {
        let ticks = Ticks(clock);
        Self {
            ticks,
            by_address: RateLimiter::hashmap_with_clock(Quota::per_minute(address_per_minute), ticks),
            by_pair: RateLimiter::hashmap_with_clock(Quota::per_minute(PAIR_PER_MINUTE), ticks),
            by_name: RateLimiter::hashmap_with_clock(Quota::per_minute(NAME_PER_MINUTE), ticks),
            attempts: AtomicU32::new(0),
        }
    }

    /// Counts an attempt, or says how long to wait before the next.
    pub fn admit(&self, from: IpAddr, name: &str) -> Result<(), Duration> {
        let from = network(from);
        self.sweep();
        self.by_address.check_key(&from).map_err(|not| not.wait_time_from(self.ticks.now()))?;
        self.by_pair.check_key(&(from, name.to_owned())).map_err(|not| not.wait_time_from(self.ticks.now()))?;
        self.by_name.check_key(&name.to_owned()).map_err(|not| not.wait_time_from(self.ticks.now()))
    }

    /// Every name that anybody types makes an entry; those of the last minute are enough.
    fn sweep(&self) {
        if self.attempts.fetch_add(1, Ordering::Relaxed).is_multiple_of(SWEEP_EVERY) {
            self.by_address.retain_recent();
            self.by_pair.retain_recent();
            self.by_name.retain_recent();
        }
    }
}

/// Whoever has one address of version 6 has as many as they like within the same /64.
fn network(from: IpAddr) -> IpAddr {
    match from.to_canonical() {
        IpAddr::V4(v4) => v4.into(),
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64)).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::WallTime;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1));

    fn throttle(address_per_minute: u32) -> Throttle {
        let clock = Clock::starting_at(WallTime::from_micros(1_800_000_000_000_000));
        Throttle::new(clock, NonZeroU32::new(address_per_minute).unwrap())
    }

    #[tokio::test(start_paused = true)]
    async fn the_sixth_attempt_for_a_name_waits_as_long_as_it_is_told() {
        let throttle = throttle(100);
        for _ in 0..5 {
            throttle.admit(HERE, "olga").unwrap();
        }
        let wait = throttle.admit(HERE, "olga").unwrap_err();
        assert_eq!(wait.as_secs_f64().round(), 12.0);
        throttle.admit(HERE, "otto").unwrap();
        tokio::time::advance(wait).await;
        throttle.admit(HERE, "olga").unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn one_address_may_not_try_many_names() {
        let throttle = throttle(10);
        for n in 0..10 {
            throttle.admit(HERE, &format!("name{n}")).unwrap();
        }
        assert!(throttle.admit(HERE, "name10").is_err());
        throttle.admit(IpAddr::from([10, 0, 0, 2]), "name10").unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn the_addresses_of_one_network_count_as_one() {
        let throttle = throttle(10);
        let admitted = |prefix: &str| {
            let address = |n: u32| format!("{prefix}::{n:x}").parse::<IpAddr>().unwrap();
            (1..=100).filter(|n| throttle.admit(address(*n), &format!("name{n}")).is_ok()).count()
        };
        assert_eq!(admitted("2001:db8:0:1"), 10);
        assert_eq!(admitted("2001:db8:0:2"), 10, "another network");
        assert_eq!(network("::ffff:10.0.0.1".parse().unwrap()), HERE);
    }

    #[tokio::test(start_paused = true)]
    async fn a_stranger_does_not_lock_an_operator_out_but_many_strangers_are_slowed() {
        let throttle = throttle(100);
        while throttle.admit(HERE, "olga").is_ok() {}
        throttle.admit(IpAddr::from([10, 0, 0, 2]), "olga").unwrap();
        let admitted = (3..=100).filter(|n| throttle.admit(IpAddr::from([10, 0, 0, *n]), "olga").is_ok()).count();
        assert_eq!(admitted, 24, "30 a minute, less the 6 before");
    }

    #[tokio::test(start_paused = true)]
    async fn counts_that_have_run_out_are_forgotten() {
        let throttle = throttle(10);
        for n in 0..1_000_u32 {
            let _ = throttle.admit(IpAddr::from(n.to_be_bytes()), &format!("name{n}"));
        }
        tokio::time::advance(Duration::from_secs(120)).await;
        for _ in 0..SWEEP_EVERY {
            let _ = throttle.admit(HERE, "olga");
        }
        assert!(throttle.by_name.len() < 10, "{}", throttle.by_name.len());
    }
}
