//! BM25: how well the words of a passage answer those of a question. The same in every home of the index: an inverse
//! document frequency that the index knows, times a weight of the term in the passage, which is computed here.

use std::collections::BTreeMap;

use super::terms::terms;
use crate::domain::Passage;

/// Saturation and length normalisation as Robertson & Zaragoza (2009) suggest, and as SQLite has them built in.
const K1: f64 = 1.2;
const B: f64 = 0.75;
/// How much a word counts in the title (with what else it is called), the heading and the text. Measured on the questions of
/// `knowledge/evaluation`.
pub const FIELD_WEIGHTS: [f64; 3] = [3.0, 2.0, 1.0];

/// The terms of a passage by field: title, heading, text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fields(pub [Vec<String>; 3]);

impl Fields {
    /// Of a passage.
    pub fn of(passage: &Passage) -> Self {
        let title = format!("{} {}", passage.title, passage.also.join(" "));
        Self([terms(&title), terms(&passage.heading), terms(&passage.text)])
    }

    /// How many terms there are.
    pub fn len(&self) -> usize {
        self.0.iter().map(Vec::len).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How often each term stands there, by weight of its fields.
    pub fn counts(&self) -> BTreeMap<&str, f64> {
        let mut counts = BTreeMap::new();
        for (field, weight) in self.0.iter().zip(FIELD_WEIGHTS) {
            for term in field {
                *counts.entry(term.as_str()).or_default() += weight;
            }
        }
        counts
    }
}

/// What must be known of all passages to weigh one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bm25 {
    /// How many passages there are.
    passages: usize,
    /// In how many of them each term stands.
    spread: BTreeMap<String, usize>,
    /// How many terms they have together.
    length: usize,
}

impl Bm25 {
    /// Of all passages.
    pub fn of<'a>(all: impl IntoIterator<Item = &'a Fields>) -> Self {
        let mut bm25 = Self::default();
        for fields in all {
            bm25.passages += 1;
            bm25.length += fields.len();
            for term in fields.counts().into_keys() {
                *bm25.spread.entry(term.to_owned()).or_default() += 1;
            }
        }
        bm25
    }

    /// How rare a term is that stands in `spread` of `passages`. Never negative: a word that is everywhere still counts a
    /// little, which finds more than SQLite's own formula (measured on our questions: 65 % against 59 %).
    pub fn rarity(passages: usize, spread: usize) -> f64 {
        ((passages as f64 - spread as f64 + 0.5) / (spread as f64 + 0.5)).ln_1p()
    }

    /// The same as SQLite's `bm25()` has it, which is divided out of what it returns.
    pub fn rarity_in_sqlite(passages: usize, spread: usize) -> f64 {
        ((passages as f64 - spread as f64 + 0.5) / (spread as f64 + 0.5)).ln().max(1e-6)
    }

    /// What a term is worth in a passage, without its rarity.
    pub fn weight(&self, count: f64, length: usize) -> f64 {
        let usual = self.length as f64 / self.passages.max(1) as f64;
        count * (K1 + 1.0) / (count + K1 * (1.0 - B + B * length as f64 / usual.max(1.0)))
    }

    /// Each term of a passage with what it is worth there.
    pub fn weights(&self, fields: &Fields) -> Vec<(String, f64)> {
        let length = fields.len();
        fields.counts().into_iter().map(|(term, count)| (term.to_owned(), self.weight(count, length))).collect()
    }

    /// How well a passage answers these terms, none of which comes twice. What every home of the index must come to.
    pub fn score(&self, fields: &Fields, asked: &[String]) -> f64 {
        let (counts, length) = (fields.counts(), fields.len());
        let share = |term: &String| {
            let (Some(count), Some(spread)) = (counts.get(term.as_str()), self.spread.get(term)) else { return 0.0 };
            Self::rarity(self.passages, *spread) * self.weight(*count, length)
        };
        asked.iter().map(share).sum()
    }
}

/// The number of a term in a sparse vector: FNV-1a. Two of some ten thousand terms share one about once in a hundred
/// libraries, and then count as the same word.
pub fn term_number(term: &str) -> u32 {
    term.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(title: &str, text: &str) -> Fields {
        Fields([terms(title), Vec::new(), terms(text)])
    }

    #[test]
    fn rare_words_and_titles_count_more_and_length_less() {
        let all = [
            fields("valve", "water flows"),
            fields("pump", "water and the valve"),
            fields("pump", "water"),
            fields("pump", "water water water and very much else that is said about water in a long text"),
        ];
        let bm25 = Bm25::of(&all);
        let score = |at: usize, word: &str| bm25.score(&all[at], &terms(word));
        assert!(score(0, "valve") > score(1, "valve") && score(1, "valve") > 0.0, "a title counts more");
        assert_eq!(score(2, "valve"), 0.0);
        assert!(score(1, "valve") > score(1, "water"), "a rare word counts more");
        assert!(score(2, "water") > score(1, "water"), "a word counts more where less is said");
        assert!(score(3, "water") < 4.0 * score(2, "water"), "repetition saturates");
        assert!(score(0, "water") > 0.0, "a word that is everywhere counts a little");
        assert!(Bm25::default().score(&all[0], &terms("water")).abs() < 1e-12, "nobody knows nothing");
    }

    #[test]
    fn the_number_of_a_term_is_that_of_fnv() {
        assert_eq!(term_number(""), 0x811c_9dc5);
        assert_eq!(term_number("a"), 0xe40c_292c);
        assert_eq!(term_number("foobar"), 0xbf9c_f968);
    }
}
