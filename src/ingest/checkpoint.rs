//! What is saved of a source beside its scans, so that it goes on after exactly the last one that was kept.
//!
//! Little-endian: `TEPC`, version (2), kind of source (1), 0 (1), scan number (8), source time in µs (8), what only that
//! source understands, and the first 8 bytes of the SHA-256 of all before.

use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::domain::SourceTime;

const MAGIC: [u8; 4] = *b"TEPC";
const VERSION: u16 = 1;
const HEADER: usize = 24;
const CHECKSUM: usize = 8;

/// Whose checkpoint it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// The simulated plant's.
    Simulator = 1,
    /// A replayed file's.
    Replay = 2,
}

impl Kind {
    /// As people know it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Simulator => "simulator",
            Self::Replay => "replay",
        }
    }
}

/// A checkpoint, unpacked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Whose it is.
    pub kind: Kind,
    /// Number of the scan after which it was taken.
    pub number: u64,
    /// Source time of that scan.
    pub source_time: SourceTime,
    /// What only that source understands.
    pub payload: Vec<u8>,
}

/// Why bytes are not a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CheckpointError {
    /// They do not begin as one, or end too early.
    #[error("these {0} bytes are not a checkpoint")]
    NotACheckpoint(usize),
    /// They were written by another version.
    #[error("checkpoint version {0} is not known, only {VERSION}")]
    UnknownVersion(u16),
    /// The checksum is wrong.
    #[error("the checksum of the checkpoint is wrong: it is damaged")]
    Damaged,
    /// The checksum is right, but no source of ours is of this kind.
    #[error("no source is of kind {0}")]
    UnknownKind(u8),
    /// The checksum is right, but the source's own part is not as it writes it.
    #[error("the source's own part has {found} bytes, not {expected}")]
    WrongLength {
        /// As it writes it.
        expected: usize,
        /// As it was found.
        found: usize,
    },
}

impl Checkpoint {
    /// As bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER + self.payload.len() + CHECKSUM);
        bytes.extend(MAGIC);
        bytes.extend(VERSION.to_le_bytes());
        bytes.extend([self.kind as u8, 0]);
        bytes.extend(self.number.to_le_bytes());
        bytes.extend(self.source_time.as_micros().to_le_bytes());
        bytes.extend(&self.payload);
        let checksum = checksum(&bytes);
        bytes.extend(checksum);
        bytes
    }

    /// From bytes.
    ///
    /// # Errors
    /// When they are not a checkpoint of this version, or damaged.
    pub fn decode(bytes: &[u8]) -> Result<Self, CheckpointError> {
        if bytes.len() < HEADER + CHECKSUM || !bytes.starts_with(&MAGIC) {
            return Err(CheckpointError::NotACheckpoint(bytes.len()));
        }
        let version = u16::from_le_bytes([bytes[4], bytes[5]]);
        if version != VERSION {
            return Err(CheckpointError::UnknownVersion(version));
        }
        let (body, found) = bytes.split_at(bytes.len() - CHECKSUM);
        if checksum(body) != *found {
            return Err(CheckpointError::Damaged);
        }
        let kind = match body[6] {
            1 => Kind::Simulator,
            2 => Kind::Replay,
            other => return Err(CheckpointError::UnknownKind(other)),
        };
        Ok(Self {
            kind,
            number: u64::from_le_bytes(eight(&body[8..])),
            source_time: SourceTime::from_micros(i64::from_le_bytes(eight(&body[16..]))),
            payload: body[HEADER..].to_vec(),
        })
    }
}

/// The first eight of `bytes`, padded with zeros.
pub(super) fn eight(bytes: &[u8]) -> [u8; 8] {
    let mut first = [0; 8];
    for (to, from) in first.iter_mut().zip(bytes) {
        *to = *from;
    }
    first
}

fn checksum(bytes: &[u8]) -> [u8; CHECKSUM] {
    eight(&Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some() -> Checkpoint {
        Checkpoint { kind: Kind::Replay, number: 7, source_time: SourceTime::from_micros(-5), payload: vec![1, 2, 3] }
    }

    #[test]
    fn a_checkpoint_comes_back_as_it_was() {
        assert_eq!(Checkpoint::decode(&some().encode()), Ok(some()));
    }

    #[test]
    fn no_damaged_byte_goes_unnoticed() {
        let good = some().encode();
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 0x10;
            assert!(Checkpoint::decode(&bad).is_err(), "byte {at}");
            assert!(Checkpoint::decode(&good[..at]).is_err(), "only {at} bytes");
        }
    }

    #[test]
    fn a_later_version_is_refused_by_its_number() {
        let mut later = some().encode();
        later[4] = 9;
        assert_eq!(Checkpoint::decode(&later), Err(CheckpointError::UnknownVersion(9)));
    }
}
