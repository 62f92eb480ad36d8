//! What a source remembers over a restart: its own state, and what operators have ordered.

use thiserror::Error;

/// First byte of the form in which it is kept.
const FORM: u8 = 1;

/// What a source remembers.
#[derive(Debug, PartialEq)]
pub(super) struct Memory {
    /// × real time, as last ordered.
    pub speed: f64,
    /// Whether it was paused.
    pub paused: bool,
    /// Its own state, as it writes it.
    pub source: Vec<u8>,
}

/// What was kept is not what a source writes.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("the saved state of the source cannot be read: {0}; move the data directory away to begin anew")]
pub(super) struct MemoryError(&'static str);

impl Memory {
    /// Form, speed (8 bytes, little-endian), paused (1 byte), the source's own state.
    pub fn encode(speed: f64, paused: bool, source: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(10 + source.len());
        bytes.push(FORM);
        bytes.extend(speed.to_le_bytes());
        bytes.push(u8::from(paused));
        bytes.extend(source);
        bytes
    }

    pub fn decode(bytes: &[u8]) -> Result<Self, MemoryError> {
        let (form, rest) = bytes.split_first().ok_or(MemoryError("it is empty"))?;
        if *form != FORM {
            return Err(MemoryError("it was written by another version"));
        }
        let (speed, rest) = rest.split_first_chunk::<8>().ok_or(MemoryError("it is too short"))?;
        let (paused, source) = rest.split_first().ok_or(MemoryError("it is too short"))?;
        let speed = f64::from_le_bytes(*speed);
        if !(speed.is_finite() && speed > 0.0) {
            return Err(MemoryError("its speed makes no sense"));
        }
        Ok(Self { speed, paused: *paused != 0, source: source.to_vec() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_comes_back() {
        let memory = Memory { speed: 250.0, paused: true, source: vec![1, 2, 3] };
        assert_eq!(Memory::decode(&Memory::encode(250.0, true, &[1, 2, 3])), Ok(memory));
    }

    #[test]
    fn garbage_is_an_error_and_not_a_new_start() {
        for bytes in [&[][..], &[2; 20], &[1, 0, 0], &[1, 0, 0, 0, 0, 0, 0, 0, 0], &[255]] {
            assert!(Memory::decode(bytes).is_err(), "{bytes:?}");
        }
    }
}
