//! How often, and for how long, delivery is tried.

use std::time::Duration;

/// The first pause after a failure; each further one is twice as long.
const FIRST: Duration = Duration::from_secs(1);
/// No pause is longer, so a server that is back is found within a minute.
const LONGEST: Duration = Duration::from_secs(60);
/// A pause is longer or shorter by up to this share of it, so that many do not come back at once.
const JITTER: f64 = 0.2;

/// A channel that has failed so often in a row is not delivering, and an alarm says so.
pub const FAILURES_TOLD: u32 = 3;

/// How long to wait after so many failures in a row; `chance` is 0…1. What the other end asks for is waited for at least.
pub fn pause_after(failures: u32, asked_for: Option<Duration>, chance: f64) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    let pause = FIRST.saturating_mul(1 << doublings).min(LONGEST);
    let swing = 1.0 + JITTER * (2.0 * chance.clamp(0.0, 1.0) - 1.0);
    pause.mul_f64(swing).max(asked_for.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_limit_and_what_is_asked_for_is_waited_for() {
        let seconds = |failures, asked: Option<u64>, chance| {
            pause_after(failures, asked.map(Duration::from_secs), chance).as_secs_f64()
        };
        for (failures, asked, chance, expected) in [
            (0, None, 0.5, 1.0),
            (1, None, 0.5, 1.0),
            (1, None, 0.0, 0.8),
            (1, None, 1.0, 1.2),
            (4, None, 0.5, 8.0),
            (7, None, 0.5, 60.0),
            (u32::MAX, None, 1.0, 72.0),
            (1, Some(30), 0.5, 30.0),
            (7, Some(1), 0.5, 60.0),
        ] {
            let got = seconds(failures, asked, chance);
            assert!((got - expected).abs() < 1e-9, "{failures} {asked:?} {chance}: {got}");
        }
    }
}
