//! How often and when a call is tried again. A provider that is ill is not made worse by those who try again.

use std::time::Duration;

/// What one call puts in, and what one retry takes out, when retries may be one in a hundred for each per cent.
const RETRY: u32 = 100;

/// How retries are spent and spaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetrySettings {
    /// Retries as a share of first attempts, per cent.
    pub percent: u32,
    /// Retries that may be saved up in quiet times; at least one is there at the start.
    pub saved_max: u32,
    /// Attempts at one call, the first included.
    pub attempts_max: u32,
    /// The longest pause before the first retry; it doubles with each.
    pub pause_first: Duration,
    /// No pause is longer than this.
    pub pause_longest: Duration,
}

impl Default for RetrySettings {
    fn default() -> Self {
        Self {
            percent: 10,
            saved_max: 10,
            attempts_max: 3,
            pause_first: Duration::from_millis(500),
            pause_longest: Duration::from_secs(8),
        }
    }
}

/// The retries that one provider may still be troubled with.
#[derive(Clone, Debug)]
pub struct RetryBudget {
    settings: RetrySettings,
    /// Hundredths of a retry.
    saved: u32,
}

impl RetryBudget {
    /// With one retry saved, so that the first call of a day may be tried again.
    pub const fn new(settings: RetrySettings) -> Self {
        Self { settings, saved: RETRY }
    }

    /// A call is made for the first time.
    pub fn first_attempt(&mut self) {
        let most = self.settings.saved_max.max(1).saturating_mul(RETRY);
        self.saved = self.saved.saturating_add(self.settings.percent).min(most);
    }

    /// Whether a call that has failed `failed` times may be made again, and after which pause. `chance` is drawn evenly
    /// from 0…1 by the caller: the pause is anything up to the longest of its turn, so that many do not come back at once.
    pub fn retry(&mut self, failed: u32, chance: f64) -> Option<Duration> {
        if failed >= self.settings.attempts_max || self.saved < RETRY {
            return None;
        }
        self.saved -= RETRY;
        let doubled = 2u32.checked_pow(failed.saturating_sub(1)).unwrap_or(u32::MAX);
        let longest = self.settings.pause_first.saturating_mul(doubled).min(self.settings.pause_longest);
        Some(longest.mul_f64(chance.clamp(0.0, 1.0)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn retries_never_exceed_their_share_of_traffic(
            percent in 0u32..=50,
            calls in prop::collection::vec((0u32..6, 0.0..1.0f64), 0..400),
        ) {
            let settings = RetrySettings { percent, ..RetrySettings::default() };
            let mut budget = RetryBudget::new(settings);
            let (mut first, mut again) = (0u32, 0u32);
            for (fails, chance) in calls {
                budget.first_attempt();
                first += 1;
                for failed in 1..=fails {
                    let Some(pause) = budget.retry(failed, chance) else { break };
                    again += 1;
                    prop_assert!(failed < settings.attempts_max);
                    prop_assert!(pause <= settings.pause_longest);
                    prop_assert!(pause <= settings.pause_first * 2u32.pow(failed - 1));
                }
                prop_assert!(again * 100 <= first * percent + 100, "{again} retries of {first} calls");
            }
        }
    }

    #[test]
    fn quiet_times_save_up_only_so_much() {
        let mut budget = RetryBudget::new(RetrySettings { saved_max: 3, ..RetrySettings::default() });
        (0..1_000).for_each(|_| budget.first_attempt());
        let had = (0..10).filter(|_| budget.retry(1, 0.5).is_some()).count();
        assert_eq!(had, 3);
    }

    #[test]
    fn a_call_is_given_up_after_its_last_attempt() {
        let mut budget = RetryBudget::new(RetrySettings::default());
        (0..100).for_each(|_| budget.first_attempt());
        assert_eq!(budget.retry(1, 1.0), Some(Duration::from_millis(500)));
        assert_eq!(budget.retry(2, 1.0), Some(Duration::from_secs(1)));
        assert_eq!(budget.retry(3, 1.0), None);
        assert_eq!(budget.retry(1, 0.0), Some(Duration::ZERO));
    }
}
