//! Pseudonyms: what a prompt calls tags, units and persons before it leaves the plant, and how the answer is read back.
//!
//! Every spelling gets a pseudonym of its own (`xmeas 7` another than `XMEAS_7`), so that a text comes back letter by letter.
//! A pseudonym has a fixed length and no letter that JSON would have to escape. What looks like a pseudonym and is none of
//! ours is hidden too, so that nothing is read back that was never hidden.

mod revealing;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use serde_json::Value;
use thiserror::Error;

pub use self::revealing::Revealer;

/// Digits of a pseudonym.
const DIGITS: usize = 4;
/// Most pseudonyms of one kind.
const MOST: usize = 10_000;
/// A name of so many letters is hidden at the beginning of a longer word too: `Schmidt` in `Schmidts`.
const NAME_LETTERS_MIN: usize = 4;
/// What may stand for one another between the parts of a name, or be left out: `XMEAS_7`, `XMEAS(7`, `xmeas 7`, `XMEAS7`.
const SEPARATORS: [char; 6] = ['_', '-', ' ', '(', '.', '/'];

/// What a hidden word is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A tag.
    Tag,
    /// A unit, or the plant itself.
    Unit,
    /// A person.
    Person,
    /// It looked like a pseudonym in the original already.
    Lookalike,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Tag, Self::Unit, Self::Person, Self::Lookalike];

    /// How its pseudonyms begin.
    const fn beginning(self) -> &'static str {
        match self {
            Self::Tag => "TAG#",
            Self::Unit => "UNIT#",
            Self::Person => "PERSON#",
            Self::Lookalike => "WORD#",
        }
    }
}

/// There are more different words than pseudonyms; the text must not leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("more than {MOST} different words of one kind would have to be hidden")]
pub struct TooMany;

/// Hides known words, and reads them back. One for each conversation: it remembers what it has hidden.
#[derive(Clone, Debug)]
pub struct Pseudonyms {
    /// What is to be hidden by its first letter: the letters in lower case, longest first.
    words: HashMap<char, Vec<(Kind, Vec<char>)>>,
    hidden: HashMap<(Kind, String), String>,
    spelled: HashMap<String, String>,
    counts: HashMap<Kind, usize>,
}

impl Pseudonyms {
    /// Hides these words, whatever their case and separators. Words without a letter or digit are left alone.
    pub fn new<'a>(words: impl IntoIterator<Item = (Kind, &'a str)>) -> Self {
        let letters = |(kind, word): (Kind, &str)| (kind, word.trim().chars().map(lower).collect::<Vec<char>>());
        let mut words: Vec<_> = words.into_iter().map(letters).collect();
        words.retain(|(_, letters)| letters.first().is_some_and(|first| first.is_alphanumeric()));
        words.sort_by(|a, b| b.1.len().cmp(&a.1.len()).then_with(|| a.cmp(b)));
        words.dedup();
        let mut by_first: HashMap<char, Vec<(Kind, Vec<char>)>> = HashMap::new();
        for (kind, letters) in words {
            by_first.entry(letters[0]).or_default().push((kind, letters));
        }
        Self { words: by_first, hidden: HashMap::new(), spelled: HashMap::new(), counts: HashMap::new() }
    }

    /// The text with every known word hidden.
    ///
    /// # Errors
    /// When there are more words than pseudonyms.
    pub fn hide(&mut self, text: &str) -> Result<String, TooMany> {
        let letters: Vec<char> = text.chars().collect();
        let mut hidden = String::with_capacity(text.len());
        let (mut at, mut hidden_until) = (0, 0);
        while at < letters.len() {
            // After what was hidden a new word begins, whatever its letters.
            match self.found(&letters, at, at == hidden_until) {
                Some((kind, length)) => {
                    let spelling: String = letters[at..at + length].iter().collect();
                    hidden.push_str(&self.pseudonym(kind, spelling)?);
                    at += length;
                    hidden_until = at;
                }
                None => {
                    hidden.push(letters[at]);
                    at += 1;
                }
            }
        }
        Ok(hidden)
    }

    /// JSON with every known word hidden, in its texts and in its keys.
    ///
    /// # Errors
    /// When there are more words than pseudonyms.
    pub fn hide_json(&mut self, value: &Value) -> Result<Value, TooMany> {
        Ok(match value {
            Value::String(text) => Value::String(self.hide(text)?),
            Value::Array(all) => Value::Array(all.iter().map(|one| self.hide_json(one)).collect::<Result<_, _>>()?),
            Value::Object(all) => {
                let hide = |(key, one): (&String, &Value)| Ok((self.hide(key)?, self.hide_json(one)?));
                Value::Object(all.iter().map(hide).collect::<Result<_, TooMany>>()?)
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        })
    }

    /// The text with every pseudonym of ours read back; others stay.
    pub fn reveal(&self, text: &str) -> String {
        let mut revealer = Revealer::default();
        let mut plain = revealer.reveal(self, text);
        plain.push_str(&revealer.finish(self));
        plain
    }

    /// JSON with every pseudonym of ours read back, in its texts and in its keys.
    pub fn reveal_json(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.reveal(text)),
            Value::Array(all) => Value::Array(all.iter().map(|one| self.reveal_json(one)).collect()),
            Value::Object(all) => {
                Value::Object(all.iter().map(|(key, one)| (self.reveal(key), self.reveal_json(one))).collect())
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        }
    }

    /// The longest known word that stands here, and its length in letters.
    fn found(&self, text: &[char], at: usize, begins: bool) -> Option<(Kind, usize)> {
        if let Some(length) = lookalike(text, at) {
            return Some((Kind::Lookalike, length));
        }
        if !text[at].is_alphanumeric() {
            return None;
        }
        let stands = |(kind, word): &(Kind, Vec<char>)| {
            let length = length_of(word, text, at)?;
            bounded((*kind, word), text, (at, length), begins).then_some((*kind, length))
        };
        self.words.get(&lower(text[at]))?.iter().filter_map(stands).max_by_key(|(_, length)| *length)
    }

    fn pseudonym(&mut self, kind: Kind, spelling: String) -> Result<String, TooMany> {
        let key = (kind, spelling);
        if let Some(known) = self.hidden.get(&key) {
            return Ok(known.clone());
        }
        let count = self.counts.entry(kind).or_default();
        if *count >= MOST {
            return Err(TooMany);
        }
        let pseudonym = format!("{}{count:0DIGITS$}", kind.beginning());
        *count += 1;
        self.spelled.insert(pseudonym.clone(), key.1.clone());
        self.hidden.insert(key, pseudonym.clone());
        Ok(pseudonym)
    }
}

/// Lower case of one letter; the few that become several stay as they are.
fn lower(letter: char) -> char {
    let mut lower = letter.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(one), None) => one,
        _ => letter,
    }
}

/// How many letters of the text are this word; `None` when it does not stand there.
fn length_of(word: &[char], text: &[char], at: usize) -> Option<usize> {
    let mut here = at;
    for (index, letter) in word.iter().enumerate() {
        let next = text.get(here).copied();
        let inside = index > 0 && index + 1 < word.len();
        if inside && SEPARATORS.contains(letter) {
            // Any separator stands for any other, and for none.
            here += usize::from(next.is_some_and(|next| SEPARATORS.contains(&next)));
        } else if next.map(lower) == Some(*letter) {
            here += 1;
        } else {
            return None;
        }
    }
    Some(here - at)
}

/// Whether what was found is a word by itself: digits do not go on as digits, nor letters as letters.
fn bounded((kind, word): (Kind, &[char]), text: &[char], (at, length): (usize, usize), begins: bool) -> bool {
    let goes_on = |a: char, b: char| a.is_numeric() && b.is_numeric() || a.is_alphabetic() && b.is_alphabetic();
    let starts = begins || at == 0 || !goes_on(text[at - 1], text[at]);
    let ends = text.get(at + length).is_none_or(|next| !goes_on(text[at + length - 1], *next));
    starts && (ends || kind == Kind::Person && word.len() >= NAME_LETTERS_MIN)
}

/// The length of what looks like a pseudonym here.
fn lookalike(text: &[char], at: usize) -> Option<usize> {
    Kind::ALL.iter().find_map(|kind| {
        let beginning = kind.beginning();
        let length = beginning.len() + DIGITS;
        let there = text.get(at..at + length)?;
        let same = |(a, b): (char, &char)| a.eq_ignore_ascii_case(b);
        let digits = there[beginning.len()..].iter().all(char::is_ascii_digit);
        (beginning.chars().zip(there).all(same) && digits).then_some(length)
    })
}
