//! What crosses from node to node: one envelope, versioned, and what may stand in it.
//!
//! MessagePack with the names of fields, so that a field that is added does not need a version; unlike JSON it has a word for
//! a value that is none. A version that adds a kind of letter gets the next number; what a version no longer understands is answered with
//! [`Answer::NotUnderstood`], never with silence.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::relay::{Follow, News};
use crate::actors::{PartOrder, PartOutcome, elsewhere};
use crate::domain::{ActorPortrait, NodeName, PlantId};

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
    #[error("a letter that cannot be written: {0}")]
    Unwritable(#[from] rmp_serde::encode::Error),
    #[error("a letter that cannot be read: {0}")]
    Unreadable(#[from] rmp_serde::decode::Error),
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
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Question {
    /// Are you there?
    Echo(String),
    /// What has come in the streams of a plant?
    Follow(Follow),
    /// A question to a plant, or an order.
    Plant {
        /// Which.
        plant: PlantId,
        /// What is asked.
        question: elsewhere::Question,
    },
    /// The tree of actors of the node.
    Tree,
    /// An order to a part of the node's tree.
    Part(Box<PartOrder>),
}

/// What became of a question.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Answer {
    /// The same words again.
    Echo(String),
    /// What has come in the streams.
    News(Box<News>),
    /// What the plant says.
    Plant(Box<elsewhere::Answer>),
    /// The tree of actors.
    Tree(Box<ActorPortrait>),
    /// What came of an order to a part.
    Part(PartOutcome),
    /// It cannot be answered now: the plant is not at this node, or is being restarted.
    NotNow,
    /// The other node does not know this question: it runs another version.
    NotUnderstood(String),
    /// Too many questions are under way there.
    Busy,
}

/// Puts something into an envelope of this version.
pub(super) fn seal<T: Serialize>(version: Version, what: &T) -> Result<Vec<u8>, WireError> {
    let mut envelope = version.0.to_be_bytes().to_vec();
    rmp_serde::encode::write_named(&mut envelope, what)?;
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
    Ok(rmp_serde::from_slice(content)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_is_opened() {
        let letter = Letter::Beat { from: "a".into() };
        assert_eq!(open::<Letter>(&seal(NEWEST, &letter).unwrap()).unwrap(), letter);
        let values = [1.5, f64::NAN, f64::INFINITY];
        let opened: Vec<f64> = open(&seal(NEWEST, &values).unwrap()).unwrap();
        assert!(opened[0] == 1.5 && opened[1].is_nan() && opened[2].is_infinite());
    }

    #[test]
    fn what_cannot_be_opened_is_told_by_reason() {
        let letter = Letter::Leaving { from: "a".into() };
        let newer = seal(Version(NEWEST.0 + 1), &letter).unwrap();
        for (envelope, reason) in
            [(&newer[..], "version 2"), (&[0][..], "1 bytes"), (&[0, 1, 0xc1][..], "cannot be read")]
        {
            let error = open::<Letter>(envelope).unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
        }
    }
}
