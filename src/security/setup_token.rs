//! The one-time set-up token: read from the console, typed into the page.

use std::fmt;

use sha2::{Digest, Sha256};

/// Crockford's alphabet: no I, L, O, U, so that nothing is mistaken when it is read out.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Characters of a token; five bits each, so 80 bits.
const LENGTH: usize = 16;

/// Lets its first bearer create the first administrator. Printed like `K7QM-4F2P-9XWD-3HTN`; only its hash is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct SetupToken(String);

impl SetupToken {
    /// A fresh one.
    pub(super) fn generate() -> Self {
        Self::of(rand::random())
    }

    /// The one that these bytes make; five bits of each of the first sixteen count.
    pub(super) fn of(bytes: [u8; 32]) -> Self {
        Self(bytes[..LENGTH].iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect())
    }

    /// The hash of what somebody typed, whatever its case, dashes and blanks, and with look-alikes understood.
    pub(super) fn hash_typed(typed: &str) -> String {
        let plain: String = typed
            .chars()
            .filter(|c| !c.is_whitespace() && *c != '-')
            .take(LENGTH + 1)
            .map(|c| match c.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            })
            .collect();
        Self(plain).hash()
    }

    /// What is kept of it. Its 80 random bits make a slow hash needless.
    pub(super) fn hash(&self) -> String {
        Sha256::digest(self.0.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// As it is printed on the console; say it nowhere else.
    pub fn expose(&self) -> String {
        let groups: Vec<&str> = (0..LENGTH / 4).map(|group| &self.0[group * 4..group * 4 + 4]).collect();
        groups.join("-")
    }
}

impl fmt::Debug for SetupToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_printed_in_four_groups() {
        let printed = SetupToken::generate().expose();
        assert_eq!(printed.len(), 19);
        assert!(printed.split('-').all(|group| group.len() == 4), "{printed}");
    }

    #[test]
    fn a_token_is_recognised_however_it_is_typed() {
        let token = SetupToken("K7QM4F209XWD3H1N".into());
        for typed in ["K7QM-4F20-9XWD-3H1N", "k7qm 4f20 9xwd 3h1n", "K7QM4F2O9XWD3HIN", " k7qm-4f2o-9xwd-3hln\n"] {
            assert_eq!(SetupToken::hash_typed(typed), token.hash(), "{typed:?}");
        }
        for typed in ["", "K7QM-4F20-9XWD-3H1", "K7QM-4F20-9XWD-3H1NN", "K7QM-4F20-9XWD-3H1P"] {
            assert_ne!(SetupToken::hash_typed(typed), token.hash(), "{typed:?}");
        }
    }

    #[test]
    fn no_two_tokens_are_alike_and_none_shows_itself_in_a_log() {
        let (one, other) = (SetupToken::generate(), SetupToken::generate());
        assert_ne!(one, other);
        assert_eq!(format!("{one:?}"), "[redacted]");
    }
}
