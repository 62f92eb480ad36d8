//! Reading an answer back while it is still being written: a pseudonym may come in two pieces.

use super::{DIGITS, Kind, Pseudonyms, lookalike};

/// Longest pseudonym.
const LONGEST: usize = "PERSON#".len() + DIGITS;

/// Reads one answer back, piece by piece. Hold on to it until [`Revealer::finish`].
#[derive(Clone, Debug, Default)]
pub struct Revealer {
    /// The end of what was told, as long as it may be the beginning of a pseudonym.
    kept: Vec<char>,
}

impl Revealer {
    /// What can be read back for certain, this piece included.
    pub fn reveal(&mut self, names: &Pseudonyms, piece: &str) -> String {
        self.kept.extend(piece.chars());
        let sure = (self.kept.len().saturating_sub(LONGEST - 1)..self.kept.len())
            .find(|at| may_begin(&self.kept[*at..]))
            .unwrap_or(self.kept.len());
        self.take(names, sure)
    }

    /// The rest, when no more will come.
    pub fn finish(mut self, names: &Pseudonyms) -> String {
        let all = self.kept.len();
        self.take(names, all)
    }

    fn take(&mut self, names: &Pseudonyms, sure: usize) -> String {
        let mut plain = String::new();
        let mut at = 0;
        while at < sure {
            let length = lookalike(&self.kept, at).unwrap_or(1);
            let written: String = self.kept[at..at + length].iter().collect();
            // A model may write it in lower case.
            match names.spelled.get(&written.to_ascii_uppercase()) {
                Some(spelling) if length > 1 => plain.push_str(spelling),
                _ => plain.push_str(&written),
            }
            at += length;
        }
        self.kept.drain(..at);
        plain
    }
}

/// Whether this end of a text may become a pseudonym with what comes next.
fn may_begin(end: &[char]) -> bool {
    Kind::ALL.iter().any(|kind| {
        let beginning = kind.beginning();
        let fits = |(at, letter): (usize, &char)| match beginning.chars().nth(at) {
            Some(expected) => expected.eq_ignore_ascii_case(letter),
            None => letter.is_ascii_digit(),
        };
        end.len() < beginning.len() + DIGITS && end.iter().enumerate().all(fits)
    })
}
