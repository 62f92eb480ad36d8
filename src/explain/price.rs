//! What a model costs.

use crate::domain::{Money, Usage};

/// Tokens that a price is told for.
const MILLION: i128 = 1_000_000;

/// The price of one model, per million tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Price {
    /// For what it reads.
    pub input: Money,
    /// For what it writes.
    pub output: Money,
}

impl Price {
    /// What a call has cost, rounded up to a millionth.
    pub fn of(&self, usage: Usage) -> Money {
        part(self.input, usage.input) + part(self.output, usage.output)
    }
}

fn part(price: Money, tokens: u32) -> Money {
    let micros = (i128::from(price.as_micros()) * i128::from(tokens) + MILLION - 1) / MILLION;
    Money::from_micros(i64::try_from(micros).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_costs_what_it_reads_and_writes_and_never_too_little() {
        let price = Price { input: Money::from_micros(3_000_000), output: Money::from_micros(15_000_000) };
        #[track_caller]
        fn check(price: Price, input: u32, output: u32, micros: i64) {
            assert_eq!(price.of(Usage { input, output }), Money::from_micros(micros));
        }
        check(price, 0, 0, 0);
        check(price, 1_000_000, 0, 3_000_000);
        check(price, 2_000, 500, 13_500);
        check(Price { input: Money::from_micros(1), output: Money::ZERO }, 1, 9, 1);
        check(Price::default(), u32::MAX, u32::MAX, 0);
    }
}
