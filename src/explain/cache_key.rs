//! When an answer may be given again: for exactly the same question, never for one that is like it.

use std::fmt;

use sha2::{Digest, Sha256};

/// Names one question to one model. Two keys are equal only when model, version of the prompt and evidence are.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CacheKey([u8; 32]);

impl CacheKey {
    /// The key of a question: the model with its provider, the version of the prompt, and the hash of the evidence.
    pub fn new(model: &str, prompt_version: &str, evidence_hash: &str) -> Self {
        let mut hash = Sha256::new();
        for part in [model, prompt_version, evidence_hash] {
            // With its length, so that no two different questions run together to the same text.
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        Self(hash.finalize().into())
    }
}

impl fmt::Display for CacheKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for CacheKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CacheKey({self})")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn keys_are_equal_exactly_when_all_three_parts_are(
            a in prop::array::uniform3("[ab]{0,3}"),
            b in prop::array::uniform3("[ab]{0,3}"),
        ) {
            let key = |parts: &[String; 3]| CacheKey::new(&parts[0], &parts[1], &parts[2]);
            prop_assert_eq!(key(&a) == key(&b), a == b);
        }
    }

    #[test]
    fn a_key_is_written_as_64_hexadecimal_digits() {
        let text = CacheKey::new("m", "p", "e").to_string();
        assert!(text.len() == 64 && text.chars().all(|c| c.is_ascii_hexdigit()), "{text}");
    }
}
