//! How records lie in the file: each in a frame that tells its own length, with a checksum of the length and one of the
//! record, so that a write that did not come to its end is told from damage.
//!
//! ```text
//! TEPSPL1\n │ length u32 │ CRC-32 of the length │ CRC-32 of the record │ record (MessagePack, by names) │ length …
//! ```
//!
//! Numbers are little-endian. MessagePack keeps every float to its last bit, which a JSON reader may not.

use flate2::Crc;

use crate::storage::JournalRecord;

/// What every file begins with; a later form will have another number.
pub(super) const MAGIC: &[u8; 8] = b"TEPSPL1\n";

/// Length and two checksums.
const HEAD: usize = 12;

/// What a file holds.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Contents {
    pub records: Vec<JournalRecord>,
    /// Bytes of a last record that was not written to its end. Nobody was told that it is kept.
    pub torn_bytes: usize,
    /// What is neither whole nor an unfinished end: where, and what is the matter.
    pub damage: Vec<String>,
}

/// Appends a record's frame.
pub(super) fn encode(record: &JournalRecord, frames: &mut Vec<u8>) -> Result<(), String> {
    let body = rmp_serde::to_vec_named(record).map_err(|e| e.to_string())?;
    let length = u32::try_from(body.len()).map_err(|_| "a record of more than 4 GiB".to_owned())?.to_le_bytes();
    frames.extend(length);
    frames.extend(checksum(&length).to_le_bytes());
    frames.extend(checksum(&body).to_le_bytes());
    frames.extend(body);
    Ok(())
}

/// Reads a whole file. What is whole is given, whatever lies around it.
pub(super) fn decode(bytes: &[u8]) -> Contents {
    let mut contents = Contents::default();
    let Some(mut rest) = bytes.strip_prefix(MAGIC) else {
        if MAGIC.starts_with(bytes) || is_blank(bytes) {
            contents.torn_bytes = bytes.len();
        } else {
            contents.damage.push("it does not begin as a spool of this version does".to_owned());
        }
        return contents;
    };
    while !rest.is_empty() {
        let at = bytes.len() - rest.len();
        let Some((head, behind)) = rest.split_first_chunk::<HEAD>() else {
            contents.torn_bytes = rest.len();
            break;
        };
        let [length, its_checksum, body_checksum] = words(head);
        if checksum(&length.to_le_bytes()) != its_checksum {
            // After a power cut a file may have grown by blocks that were never filled.
            if is_blank(rest) {
                contents.torn_bytes = rest.len();
            } else {
                contents.damage.push(format!("{} bytes from byte {at} on are no record", rest.len()));
            }
            break;
        }
        let Some((body, after)) = behind.split_at_checked(length as usize) else {
            contents.torn_bytes = rest.len();
            break;
        };
        match read(body, body_checksum) {
            Ok(record) => contents.records.push(record),
            Err(_) if after.is_empty() => contents.torn_bytes = rest.len(),
            Err(problem) => contents.damage.push(format!("the record at byte {at}: {problem}")),
        }
        rest = after;
    }
    contents
}

fn read(body: &[u8], expected: u32) -> Result<JournalRecord, String> {
    if checksum(body) != expected {
        return Err("its checksum is wrong".to_owned());
    }
    rmp_serde::from_slice(body).map_err(|e| e.to_string())
}

fn words(head: &[u8; HEAD]) -> [u32; 3] {
    let word = |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
    [word(0), word(4), word(8)]
}

fn checksum(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

fn is_blank(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == 0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{AlarmFacts, AlarmState, JournalEntry, Severity, SourceTime, TransitionKind, WallTime};
    use crate::storage::IdempotencyRecord;

    fn entry(sequence: i64, value: Option<f64>) -> JournalEntry {
        JournalEntry {
            epoch: 3,
            sequence,
            alarm: "P/HIGH".into(),
            occurrence: None,
            kind: TransitionKind::Acknowledged,
            from: AlarmState::Unacknowledged,
            to: AlarmState::Acknowledged,
            facts: AlarmFacts::quiet(Severity::High),
            source_time: SourceTime::from_micros(1),
            wall_time: WallTime::from_micros(2),
            scan: Some(7),
            value,
            limit: None,
            by: Some("olga".into()),
            comment: Some("gesehen, früh".into()),
            client: None,
            idempotency_key: Some("k".into()),
            contributions: vec![],
        }
    }

    fn record(sequence: i64, value: Option<f64>) -> JournalRecord {
        let result = IdempotencyRecord {
            key: format!("k{sequence}"),
            user: "olga".into(),
            operation: "acknowledge_alarms".into(),
            request_hash: "h".into(),
            result_json: "[]".into(),
            at: WallTime::from_micros(2),
        };
        JournalRecord { entries: vec![entry(sequence, value)], result: Some(result), changes: Vec::new() }
    }

    fn file(records: &[JournalRecord]) -> (Vec<u8>, Vec<usize>) {
        let mut bytes = MAGIC.to_vec();
        let mut ends = vec![bytes.len()];
        for record in records {
            encode(record, &mut bytes).unwrap();
            ends.push(bytes.len());
        }
        (bytes, ends)
    }

    fn records(values: &[Option<f64>]) -> Vec<JournalRecord> {
        (1..).zip(values).map(|(sequence, value)| record(sequence, *value)).collect()
    }

    proptest! {
        #[test]
        fn what_was_written_is_read_to_the_last_bit(
            values in proptest::collection::vec(proptest::option::of(-1e300_f64..1e300), 0..6),
        ) {
            let written = records(&values);
            let (bytes, _) = file(&written);
            let read = decode(&bytes);
            prop_assert_eq!(read, Contents { records: written, torn_bytes: 0, damage: vec![] });
        }

        #[test]
        fn a_write_that_ends_anywhere_loses_only_what_was_not_finished(
            count in 1_usize..5, cut in any::<proptest::sample::Index>(), blanks in 0_usize..40,
        ) {
            let written = records(&vec![Some(0.1); count]);
            let (bytes, ends) = file(&written);
            let cut = cut.index(bytes.len() + 1);
            let whole = ends.iter().filter(|end| **end <= cut).count().saturating_sub(1);
            let torn = cut - ends.iter().rev().find(|end| **end <= cut).copied().unwrap_or(0);
            let read = decode(&bytes[..cut]);
            prop_assert_eq!(&read.records, &written[..whole]);
            prop_assert_eq!((read.torn_bytes, read.damage.len()), (torn, 0));
            // The same at a boundary, with a tail that the disk had only reserved.
            let mut blank = bytes[..ends[whole]].to_vec();
            blank.resize(blank.len() + blanks, 0);
            let read = decode(&blank);
            prop_assert_eq!((&read.records[..], read.damage.len()), (&written[..whole], 0));
        }

        #[test]
        fn a_changed_byte_is_told_unless_it_looks_like_an_unfinished_end(
            count in 2_usize..5, at in any::<proptest::sample::Index>(), flip in 1_u8..=255,
        ) {
            let written = records(&vec![Some(0.1); count]);
            let (mut bytes, ends) = file(&written);
            let at = at.index(bytes.len());
            bytes[at] ^= flip;
            let read = decode(&bytes);
            let told = !read.damage.is_empty() || read.torn_bytes > 0;
            prop_assert!(told, "byte {} was changed and nothing is told", at);
            prop_assert!(read.records.iter().all(|record| written.contains(record)), "nothing is made up");
            if at < ends[count - 1] {
                prop_assert!(!read.damage.is_empty(), "before the last record it is damage");
            }
        }
    }

    #[test]
    fn damage_before_the_last_record_is_told_and_what_lies_behind_it_is_read() {
        let written = records(&[Some(1.0), Some(2.0), Some(3.0)]);
        let (mut bytes, ends) = file(&written);
        let inside = ends[1] + HEAD + 3;
        bytes[inside] ^= 0x40;
        let read = decode(&bytes);
        assert_eq!(read.records, [written[0].clone(), written[2].clone()]);
        assert_eq!(read.damage, [format!("the record at byte {}: its checksum is wrong", ends[1])]);
    }

    #[test]
    fn a_file_of_something_else_is_not_taken_for_an_empty_one() {
        assert_eq!(decode(b"").torn_bytes, 0);
        assert_eq!(decode(b"TEPSP").torn_bytes, 5);
        assert_eq!(decode(b"TEPSPL9\nwhatever").damage.len(), 1);
    }
}
