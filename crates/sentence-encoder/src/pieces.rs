//! Text to numbers: words in lower case without accents, divided into the longest pieces that the vocabulary has.

use std::collections::HashMap;

use serde::Deserialize;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Characters of a word that are looked at; a longer one is unknown.
const WORD_MAX: usize = 100;

#[derive(Deserialize)]
struct File {
    normalizer: Normalizer,
    model: Model,
}

#[derive(Deserialize)]
struct Normalizer {
    #[serde(rename = "type")]
    kind: String,
    lowercase: bool,
}

#[derive(Deserialize)]
struct Model {
    #[serde(rename = "type")]
    kind: String,
    vocab: HashMap<String, u32>,
}

/// The vocabulary.
#[derive(Debug)]
pub(crate) struct Pieces {
    vocab: HashMap<String, u32>,
    unknown: u32,
    begin: u32,
    end: u32,
}

impl Pieces {
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let file: File = serde_json::from_slice(bytes).map_err(|e| e.to_string())?;
        if file.model.kind != "WordPiece" || file.normalizer.kind != "BertNormalizer" || !file.normalizer.lowercase {
            return Err(format!("{} after {}, not WordPiece in lower case", file.model.kind, file.normalizer.kind));
        }
        let vocab = file.model.vocab;
        let special = |name: &str| vocab.get(name).copied().ok_or_else(|| format!("it has no {name}"));
        let (unknown, begin, end) = (special("[UNK]")?, special("[CLS]")?, special("[SEP]")?);
        Ok(Self { vocab, unknown, begin, end })
    }

    /// The highest number.
    pub(crate) fn most(&self) -> usize {
        self.vocab.values().copied().max().unwrap_or_default() as usize
    }

    /// The pieces of a text between the marks of its ends, at most so many with them.
    pub(crate) fn split(&self, text: &str, most: usize) -> Vec<usize> {
        let mut numbers = vec![self.begin as usize];
        for word in words(text) {
            if numbers.len() + 1 >= most {
                break;
            }
            numbers.extend(self.pieces(&word).into_iter().map(|number| number as usize));
        }
        numbers.truncate(most.saturating_sub(1).max(1));
        numbers.push(self.end as usize);
        numbers
    }

    fn pieces(&self, word: &str) -> Vec<u32> {
        if word.chars().count() > WORD_MAX {
            return vec![self.unknown];
        }
        let (mut found, mut from) = (Vec::new(), 0);
        while from < word.len() {
            let ends = word.char_indices().map(|(at, c)| at + c.len_utf8()).filter(|end| *end > from);
            let longest = ends.rev().find_map(|end| {
                let piece = &word[from..end];
                let number = if from == 0 { self.vocab.get(piece) } else { self.vocab.get(&format!("##{piece}")) };
                number.map(|number| (*number, end))
            });
            match longest {
                Some((number, end)) => {
                    found.push(number);
                    from = end;
                }
                None => return vec![self.unknown],
            }
        }
        found
    }
}

/// Words and marks of punctuation, each by itself.
fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let kept = text.chars().filter(|c| *c != '\u{fffd}' && (!c.is_control() || c.is_whitespace()));
    for c in kept.nfd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase) {
        let last = words.len() - 1;
        if c.is_whitespace() {
            words.push(String::new());
        } else if is_punctuation(c) || is_ideograph(c) {
            words.push(c.to_string());
            words.push(String::new());
        } else {
            words[last].push(c);
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Of ASCII, of Latin-1, and of the blocks of general, supplemental and Chinese punctuation.
fn is_punctuation(c: char) -> bool {
    c.is_ascii_punctuation()
        || matches!(c, '¡' | '§' | '«' | '¶' | '·' | '»' | '¿')
        || matches!(u32::from(c), 0x2010..=0x2027 | 0x2030..=0x205e | 0x2e00..=0x2e7f | 0x3001..=0x3003 | 0x3008..=0x3011 | 0xff01..=0xff0f)
}

fn is_ideograph(c: char) -> bool {
    matches!(u32::from(c), 0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xf900..=0xfaff | 0x20000..=0x2fa1f)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_divided_into_the_longest_known_pieces() {
        let names = ["[UNK]", "[CLS]", "[SEP]", "press", "##ure", "pressure", "##s", "cafe", ".", "x"];
        let vocab = names.iter().zip(0_u32..).map(|(name, number)| ((*name).to_owned(), number)).collect();
        let pieces = Pieces { vocab, unknown: 0, begin: 1, end: 2 };
        #[track_caller]
        fn check(pieces: &Pieces, text: &str, expected: &[usize]) {
            assert_eq!(pieces.split(text, 100), expected, "{text}");
        }
        check(&pieces, "Pressures.", &[1, 5, 6, 8, 2]);
        check(&pieces, "Café  x", &[1, 7, 9, 2]);
        check(&pieces, "xq x", &[1, 0, 9, 2]);
        check(&pieces, "", &[1, 2]);
        check(&pieces, &"x".repeat(101), &[1, 0, 2]);
        assert_eq!(pieces.split(&"pressures ".repeat(9), 6), [1, 5, 6, 5, 6, 2]);
        assert_eq!(pieces.split("x x", 2), [1, 2]);
    }
}
