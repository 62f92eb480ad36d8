//! What crosses from node to node: one envelope, versioned, and what may stand in it.
//!
//! A version that adds a kind of letter gets the next number; what a version no longer understands is answered with
//! [`Answer::NotUnderstood`], never with silence.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::domain::NodeName;

/// A version of the envelope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub u16);

/// The oldest version that this build understands.
pub const OLDEST: Version = Version(1);
/// The newest version that this build understands.
pub const NEWEST: Version = Version(1);

/// Why an envelope cannot be opened.
#[derive(Debug, Error)]
pub(super) enum WireError {
    #[error("an envelope of {0} bytes")]
    Short(usize),
    #[error("an envelope of version {0}, this node understands {old}…{new}", old = OLDEST.0, new = NEWEST.0)]
    Version(u16),
    #[error("a letter that cannot be read: {0}")]
    Letter(#[from] serde_json::Error),
}

/// Something told, without an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Letter {
    /// The sender lives.
    Beat {
        /// Who.
        from: NodeName,
    },
    /// The sender goes in good order.
    Leaving {
        /// Who.
        from: NodeName,
    },
}

/// Something asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Question {
    /// Are you there? For tests of the line.
    Echo(String),
}

/// What became of a question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Answer {
    /// The same words again.
    Echo(String),
    /// The other node does not know this question: it runs another version.
    NotUnderstood(String),
    /// Too many questions are under way there.
    Busy,
}

/// Puts something into an envelope of this version.
pub(super) fn seal<T: Serialize>(version: Version, what: &T) -> Result<Vec<u8>, WireError> {
    let mut envelope = version.0.to_be_bytes().to_vec();
    serde_json::to_writer(&mut envelope, what)?;
    Ok(envelope)
}

/// Takes out of an envelope what is in it.
pub(super) fn open<T: DeserializeOwned>(envelope: &[u8]) -> Result<T, WireError> {
    let Some((version, content)) = envelope.split_first_chunk::<2>() else {
        return Err(WireError::Short(envelope.len()));
    };
    let version = u16::from_be_bytes(*version);
    if !(OLDEST.0..=NEWEST.0).contains(&version) {
        return Err(WireError::Version(version));
    }
    Ok(serde_json::from_slice(content)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_is_opened() {
        let letter = Letter::Beat { from: "a".into() };
        assert_eq!(open::<Letter>(&seal(NEWEST, &letter).unwrap()).unwrap(), letter);
    }

    #[test]
    fn what_cannot_be_opened_is_told_by_reason() {
        let letter = Letter::Leaving { from: "a".into() };
        let newer = seal(Version(NEWEST.0 + 1), &letter).unwrap();
        for (envelope, reason) in [(&newer[..], "version 2"), (&[0][..], "1 bytes"), (&[0, 1, b'?'][..], "a letter")] {
            let error = open::<Letter>(envelope).unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
        }
    }
}
