//! The random generator: one stream for measurement noise and disturbances alike.

/// Multiplier of the congruential generator.
const MULTIPLIER: u32 = 9_228_907;
/// Modulus 2³².
const MODULUS: f64 = 4_294_967_296.0;
/// Uniform numbers that make one approximately normal one.
const UNIFORMS: usize = 12;
/// MULTIPLIER¹ … MULTIPLIER¹² modulo 2³²: the next twelve draws at once.
const POWERS: [u32; UNIFORMS] = {
    let mut powers = [MULTIPLIER; UNIFORMS];
    let mut i = 1;
    while i < UNIFORMS {
        powers[i] = powers[i - 1].wrapping_mul(MULTIPLIER);
        i += 1;
    }
    powers
};

/// The generator of the published model: G ← (G · 9228907) mod 2³², where the product is first rounded to a double.
///
/// The product may exceed 2⁵³, so in the beginning the low bits are lost and the sequence is not that of an integer
/// generator. Each loss leaves a multiple of a higher power of two, which the multiplication keeps; once G is a
/// multiple of 8 every product is exact. From then on the sequence *is* that of an integer generator, and the draws
/// of one Gaussian can be computed side by side instead of one after the other, with the same bits.
///
/// The price of fidelity: at most 2²⁷ draws before the noise repeats, about 141 simulated hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Generator {
    /// G. Above 2³² only before the first draw.
    state: u64,
}

impl Generator {
    /// Starts at `seed`. Odd seeds of seven digits or more are good ones; a multiple of a large power of two
    /// (zero above all) has a short period or none.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { state: seed as f64 as u64 }
    }

    /// The number G, which continues the sequence when given to [`Generator::new`].
    #[must_use]
    pub fn state(&self) -> u64 {
        self.state
    }

    /// From now on every product is exact.
    fn is_exact(&self) -> bool {
        self.state <= u64::from(u32::MAX) && self.state.is_multiple_of(8)
    }

    /// The next G, an integer below 2³².
    fn draw(&mut self) -> u32 {
        let next = if self.is_exact() {
            (self.state as u32).wrapping_mul(MULTIPLIER)
        } else {
            let product = self.state as f64 * f64::from(MULTIPLIER);
            if product < 9e18 {
                product as u64 as u32
            } else {
                // Only the first draw from an extravagant seed; the low bits no longer fit an integer.
                (product % MODULUS) as u32
            }
        };
        self.state = u64::from(next);
        next
    }

    /// A number in (−1, 1), evenly distributed.
    pub fn symmetric(&mut self) -> f64 {
        2.0 * f64::from(self.draw()) / MODULUS - 1.0
    }

    /// A number with mean 0 and standard deviation `sigma`: the sum of twelve uniform numbers less six.
    ///
    /// The sum is taken in integers; in doubles it would be exact as well (36 bits), so nothing changes.
    pub fn gaussian(&mut self, sigma: f64) -> f64 {
        let mut sum = 0_u64;
        if self.is_exact() {
            let g = self.state as u32;
            for power in POWERS {
                sum += u64::from(g.wrapping_mul(power));
            }
            self.state = u64::from(g.wrapping_mul(POWERS[UNIFORMS - 1]));
        } else {
            for _ in 0..UNIFORMS {
                sum += u64::from(self.draw());
            }
        }
        (sum as f64 / MODULUS - 6.0) * sigma
    }
}
