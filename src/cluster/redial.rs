//! When an address is dialled again. Pure: time and chance are passed in.

use std::time::Duration;

/// The first pause after a failure; each one doubles.
const FIRST: Duration = Duration::from_millis(250);
/// The longest pause: a cable that is put back is noticed this soon.
const LONGEST: Duration = Duration::from_secs(5);

/// The pauses between the tries to reach one address.
#[derive(Clone, Debug, Default)]
pub struct Redial {
    failures: u32,
    due: Duration,
    under_way: bool,
}

impl Redial {
    /// Whether to dial now; the first try is due at once.
    pub fn is_due(&self, now: Duration) -> bool {
        !self.under_way && now >= self.due
    }

    /// A try has begun.
    pub fn begun(&mut self) {
        self.under_way = true;
    }

    /// A try has reached somebody; the next loss is answered quickly again.
    pub fn reached(&mut self, now: Duration) {
        *self = Self { due: now + FIRST, ..Self::default() };
    }

    /// A try has failed. `chance`, 0…1, spreads the next ones, so that nodes that lost each other at one moment do not
    /// call each other at one moment again and again.
    pub fn failed(&mut self, now: Duration, chance: f64) {
        let doubled = FIRST * 2u32.pow(self.failures.min(8));
        let pause = doubled.min(LONGEST).mul_f64(0.75 + 0.5 * chance.clamp(0.0, 1.0));
        self.failures = self.failures.saturating_add(1);
        self.due = now + pause;
        self.under_way = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pauses(chance: f64) -> Vec<u64> {
        let mut redial = Redial::default();
        let mut now = Duration::ZERO;
        let mut pauses = Vec::new();
        for _ in 0..7 {
            redial.failed(now, chance);
            let pause = redial.due - now;
            pauses.push(u64::try_from(pause.as_millis()).unwrap());
            now = redial.due;
            assert!(redial.is_due(now));
        }
        pauses
    }

    #[test]
    fn pauses_double_up_to_five_seconds_and_are_spread_by_a_quarter() {
        assert_eq!(pauses(0.5), [250, 500, 1000, 2000, 4000, 5000, 5000]);
        assert_eq!(pauses(0.0)[6], 3750);
        assert_eq!(pauses(1.0)[6], 6250);
    }

    #[test]
    fn an_address_is_not_dialled_twice_at_once() {
        let mut redial = Redial::default();
        assert!(redial.is_due(Duration::ZERO));
        redial.begun();
        assert!(!redial.is_due(Duration::from_secs(60)));
    }

    #[test]
    fn after_success_the_next_loss_is_answered_quickly() {
        let mut redial = Redial::default();
        (0..6).for_each(|_| redial.failed(Duration::ZERO, 0.5));
        redial.reached(Duration::from_secs(100));
        assert!(redial.is_due(Duration::from_millis(100_250)));
    }
}
