//! Correlates an answer with the log.

use std::fmt;

use uuid::Uuid;

/// Correlates an answer with the log; the answer carries it in the header `x-request-id`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(String);

/// Longest id that is taken over from a proxy.
const FOREIGN_MAX: usize = 64;

impl RequestId {
    /// A new one, ordered by time.
    pub fn new() -> Self {
        Self(Uuid::now_v7().simple().to_string())
    }

    /// The one that a proxy has given, when it is short and plain enough for a log; otherwise a new one.
    pub fn taken_over(given: Option<&str>) -> Self {
        let plain = |text: &&str| {
            !text.is_empty()
                && text.len() <= FOREIGN_MAX
                && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        };
        given.filter(plain).map_or_else(Self::new, |text| Self(text.to_owned()))
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for RequestId {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_ids_are_taken_over() {
        assert_eq!(RequestId::taken_over(Some("trace-42")).as_str(), "trace-42");
        for odd in ["", "a b", "line\nbreak", &"x".repeat(65)] {
            assert_ne!(RequestId::taken_over(Some(odd)).as_str(), odd);
        }
    }
}
