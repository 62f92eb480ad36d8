//! All chance of a shift: one seed, and from it a stream of its own for everybody who needs one.

/// SplitMix64 (Steele, Lea, Flood 2014): small, and the same on every machine and in every version.
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// A stream of its own for somebody, so that what one draws moves nobody else's dice.
    pub fn stream_for(seed: u64, who: &str) -> Self {
        // FNV-1a over the name, then one step, so that like names do not give like streams.
        let hash = who
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
        Self(Self(seed ^ hash).next())
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.next() % (high - low + 1)
    }

    /// True so many times in a hundred.
    pub fn percent(&mut self, percent: u64) -> bool {
        self.between(1, 100) <= percent
    }

    /// One of them.
    pub fn one_of<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.between(0, choices.len() as u64 - 1) as usize]
    }
}

#[test]
fn a_seed_is_the_same_everywhere() {
    // The first numbers that the authors' own program gives for this seed.
    let mut chance = Chance(1_234_567);
    let drawn: Vec<u64> = (0..3).map(|_| chance.next()).collect();
    assert_eq!(drawn, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    assert_ne!(Chance::stream_for(7, "operator").next(), Chance::stream_for(7, "engineer").next());
}
