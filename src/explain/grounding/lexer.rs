//! Finding in a text whatever can be checked: names, numbers with their units, times of day, quotations, directions.

use std::collections::BTreeSet;

use super::units::{Unit, Units, lower};

/// Something in a text, with its place in bytes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub from: usize,
    pub to: usize,
    pub kind: Kind,
}

/// What it is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// Something with digits that is called so, in the one way of writing names.
    Name(String),
    /// A phrase that the evidence knows, by its number.
    Phrase(usize),
    /// A number.
    Number(Number),
    /// A time of day.
    Moment(Moment),
    /// Words in quotation marks, without the marks.
    Quote(String),
    /// Something goes up (true) or down.
    Direction(bool),
    /// Digits that nobody can read.
    Unreadable,
    /// The end of a sentence.
    Stop,
}

/// A number as it is written.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Number {
    pub value: f64,
    /// Half of its last digit.
    pub half: f64,
    pub unit: Unit,
}

/// A time of day, perhaps with its date and its seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    pub date: Option<(i32, u32, u32)>,
    pub hour: u32,
    pub minute: u32,
    pub second: Option<u32>,
}

const UP: [&str; 13] = [
    "rose",
    "risen",
    "rising",
    "rises",
    "rise",
    "increased",
    "increasing",
    "increases",
    "climbed",
    "climbing",
    "climbs",
    "grew",
    "upwards",
];
const DOWN: [&str; 14] = [
    "fell",
    "fallen",
    "falling",
    "falls",
    "fall",
    "decreased",
    "decreasing",
    "decreases",
    "dropped",
    "dropping",
    "drops",
    "sank",
    "sinking",
    "downwards",
];
const NUMBERS: [(&str, f64); 13] = [
    ("zero", 0.0),
    ("two", 2.0),
    ("three", 3.0),
    ("four", 4.0),
    ("five", 5.0),
    ("six", 6.0),
    ("seven", 7.0),
    ("eight", 8.0),
    ("nine", 9.0),
    ("ten", 10.0),
    ("eleven", 11.0),
    ("twelve", 12.0),
    ("twenty", 20.0),
];
/// A number in words before one of these is a claim.
const COUNTED: [&str; 8] = ["alarms", "tags", "causes", "valves", "loops", "sensors", "detectors", "incidents"];

/// What the lexer must know of the evidence.
#[derive(Clone, Debug)]
pub(super) struct Lexicon {
    /// What names begin with, in lower case: `xmeas`, so that `XMEAS 7` is read as one.
    pub prefixes: BTreeSet<String>,
    /// Phrases in lower case, the longest first, each with its number.
    pub phrases: Vec<(Vec<char>, usize)>,
    pub units: Units,
}

/// The one way of writing a name: letters and digits in lower case, without leading noughts. `XMEAS(07)` is `xmeas7`.
pub(super) fn name(written: &str) -> String {
    let mut plain = String::with_capacity(written.len());
    let mut digits_before = false;
    let letters: Vec<char> = written.chars().map(superscript).filter(|c| c.is_alphanumeric()).map(lower).collect();
    for (at, letter) in letters.iter().enumerate() {
        let leading = *letter == '0' && !digits_before && letters.get(at + 1).is_some_and(char::is_ascii_digit);
        if !leading {
            plain.push(*letter);
            digits_before = letter.is_ascii_digit();
        }
    }
    plain
}

fn superscript(letter: char) -> char {
    match letter {
        '²' => '2',
        '³' => '3',
        other => other,
    }
}

/// Reads a text.
pub(super) fn read(text: &str, lexicon: &Lexicon) -> Vec<Token> {
    let letters: Vec<char> = text.chars().collect();
    let mut places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    places.push(text.len());
    let mut reader = Reader { text: &letters, places: &places, lexicon, at: 0, found: Vec::new() };
    while reader.at < letters.len() {
        reader.step();
    }
    reader.found
}

struct Reader<'a> {
    text: &'a [char],
    places: &'a [usize],
    lexicon: &'a Lexicon,
    at: usize,
    found: Vec<Token>,
}

impl Reader<'_> {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.text.get(self.at + ahead).copied()
    }

    fn push(&mut self, from: usize, to: usize, kind: Kind) {
        self.found.push(Token { from: self.places[from], to: self.places[to], kind });
        self.at = to;
    }

    fn word_begins(&self) -> bool {
        self.at == 0 || !self.text[self.at - 1].is_alphanumeric()
    }

    fn step(&mut self) {
        let letter = self.text[self.at];
        if let Some(end) = self.quote_end(letter) {
            let inner: String = self.text[self.at + 1..end].iter().collect();
            return self.push(self.at, end + 1, Kind::Quote(inner));
        }
        if letter.is_alphanumeric()
            && self.word_begins()
            && let Some((length, number)) = self.phrase()
        {
            return self.push(self.at, self.at + length, Kind::Phrase(number));
        }
        if letter.is_ascii_digit() {
            return self.digits();
        }
        if letter.is_alphabetic() {
            return self.word();
        }
        if letter.is_numeric() && !matches!(letter, '²' | '³') {
            return self.push(self.at, self.at + 1, Kind::Unreadable);
        }
        let ends = matches!(letter, '.' | '!' | '?' | ';' | '\n') && self.peek(1).is_none_or(char::is_whitespace);
        if ends {
            return self.push(self.at, self.at + 1, Kind::Stop);
        }
        self.at += 1;
    }

    fn quote_end(&self, letter: char) -> Option<usize> {
        let close: &[char] = match letter {
            '"' => &['"'],
            '“' => &['”', '"'],
            '„' => &['“', '”'],
            '«' => &['»'],
            '`' => &['`'],
            _ => return None,
        };
        let rest = &self.text[self.at + 1..];
        let length = rest.iter().position(|c| close.contains(c))?;
        (length > 0).then_some(self.at + 1 + length)
    }

    fn phrase(&self) -> Option<(usize, usize)> {
        let rest = &self.text[self.at..];
        let stands = |(phrase, _): &&(Vec<char>, usize)| {
            let there =
                rest.get(..phrase.len()).is_some_and(|there| there.iter().zip(phrase).all(|(a, b)| lower(*a) == *b));
            there && !rest.get(phrase.len()).is_some_and(|next| next.is_alphanumeric())
        };
        self.lexicon.phrases.iter().find(stands).map(|(phrase, number)| (phrase.len(), *number))
    }

    /// A word, or a name: what has digits or underscores in it, or a known beginning before digits.
    fn word(&mut self) {
        let from = self.at;
        let mut to = from;
        while to < self.text.len() && (self.text[to].is_alphanumeric() || self.text[to] == '_') {
            to += 1;
        }
        let word: String = self.text[from..to].iter().collect();
        let has_digits = word.chars().any(|c| c.is_numeric()) || word.contains('_');
        if has_digits {
            return self.push(from, to, Kind::Name(name(&word)));
        }
        let plain = word.to_lowercase();
        if let Some(end) = self.name_goes_on(&plain, to) {
            let whole: String = self.text[from..end].iter().collect();
            let closed = self.text.get(end) == Some(&')') && whole.contains('(');
            return self.push(from, end + usize::from(closed), Kind::Name(name(&whole)));
        }
        if UP.contains(&plain.as_str()) || DOWN.contains(&plain.as_str()) {
            return self.push(from, to, Kind::Direction(UP.contains(&plain.as_str())));
        }
        if let Some((_, value)) = NUMBERS.iter().find(|(word, _)| *word == plain) {
            return self.number_in_words(from, to, *value);
        }
        self.at = to;
    }

    /// Where a name ends that goes on with digits: `FI-101` anyway, `XMEAS 7` and `XMEAS(7)` after a known beginning.
    fn name_goes_on(&self, word: &str, to: usize) -> Option<usize> {
        let known = self.lexicon.prefixes.contains(word);
        let gap = match self.text.get(to)? {
            '-' => 1,
            ' ' | '\u{a0}' | '(' | '#' | '/' if known => 1,
            _ => return None,
        };
        let digits = self.text[to + gap..].iter().take_while(|c| c.is_ascii_alphanumeric()).count();
        let starts = self.text.get(to + gap).is_some_and(char::is_ascii_digit);
        starts.then_some(to + gap + digits)
    }

    fn number_in_words(&mut self, from: usize, to: usize, value: f64) {
        let gap = self.text[to..].iter().take_while(|c| **c == ' ' || **c == '-').count();
        let rest = &self.text[to + gap..];
        if let Some((unit, length)) = self.lexicon.units.at(rest).filter(|_| gap > 0) {
            return self.push(from, to + gap + length, Kind::Number(Number { value, half: 0.0, unit }));
        }
        let next: String = rest.iter().take_while(|c| c.is_alphabetic()).map(|c| lower(*c)).collect();
        if COUNTED.contains(&next.as_str()) {
            return self.push(from, to, Kind::Number(Number { value, half: 0.0, unit: Unit::None }));
        }
        self.at = to;
    }

    fn digits(&mut self) {
        let from = self.at;
        if let Some((moment, length)) = moment(&self.text[from..]) {
            return self.push(from, from + length, Kind::Moment(moment));
        }
        let (value, half, length) = number(&self.text[from..]);
        let mut to = from + length;
        // The mark of a list is no claim.
        let line_begins = self.text[..from].iter().rev().take_while(|c| **c != '\n').all(|c| c.is_whitespace());
        if line_begins && matches!(self.text.get(to), Some('.' | ')')) && self.text.get(to + 1) == Some(&' ') {
            self.at = to + 1;
            return;
        }
        let sign_at = from.checked_sub(1).filter(|at| matches!(self.text[*at], '-' | '−' | '–'));
        let signed = sign_at
            .filter(|at| at.checked_sub(1).is_none_or(|b| !self.text[b].is_alphanumeric() && self.text[b] != '%'));
        let value = if signed.is_some() { -value } else { value };
        let gap = self.text[to..].iter().take_while(|c| matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '-')).count();
        let mut unit = Unit::None;
        if let Some((found, length)) = self.lexicon.units.at(&self.text[to + gap.min(2)..]).filter(|_| gap < 3) {
            (unit, to) = (found, to + gap.min(2) + length);
        } else if self.text.get(to).is_some_and(|c| c.is_alphabetic() || *c == '_') {
            return self.digits_in_a_name(from, to);
        }
        self.push(signed.unwrap_or(from), to, Kind::Number(Number { value, half, unit }));
    }

    /// Digits that go on as letters: `1st`, or a name that begins with digits.
    fn digits_in_a_name(&mut self, from: usize, digits_end: usize) {
        let mut to = digits_end;
        while to < self.text.len() && (self.text[to].is_alphanumeric() || self.text[to] == '_') {
            to += 1;
        }
        let whole: String = self.text[from..to].iter().collect();
        let ordinal = ["st", "nd", "rd", "th"].iter().find_map(|end| whole.strip_suffix(end)?.parse::<f64>().ok());
        let kind = match ordinal {
            Some(value) => Kind::Number(Number { value, half: 0.0, unit: Unit::None }),
            None => Kind::Name(name(&whole)),
        };
        self.push(from, to, kind);
    }
}

/// A number, half of its last digit, and its length in letters. Commas part thousands.
fn number(text: &[char]) -> (f64, f64, usize) {
    let digit = |at: usize| text.get(at).is_some_and(char::is_ascii_digit);
    let mut written = String::new();
    let mut at = 0;
    while digit(at) {
        written.push(text[at]);
        at += 1;
        let thousands = text.get(at) == Some(&',') && (1..=3).all(|n| digit(at + n)) && !digit(at + 4);
        if thousands && written.len() <= 9 {
            at += 1;
        }
    }
    let mut decimals = 0;
    if text.get(at) == Some(&'.') && digit(at + 1) {
        written.push('.');
        at += 1;
        while digit(at) {
            written.push(text[at]);
            at += 1;
            decimals += 1;
        }
    }
    let value = written.parse().unwrap_or(f64::INFINITY);
    (value, 0.5 * 10f64.powi(-decimals), at)
}

/// A time of day that stands here, and its length in letters.
fn moment(text: &[char]) -> Option<(Moment, usize)> {
    let number = |at: usize, length: usize| -> Option<u32> {
        let digits = text.get(at..at + length)?;
        digits.iter().all(char::is_ascii_digit).then(|| digits.iter().collect::<String>().parse().ok())?
    };
    let (mut at, mut date) = (0, None);
    if text.get(4) == Some(&'-') && text.get(7) == Some(&'-') {
        let (year, month, day) = (number(0, 4)?, number(5, 2)?, number(8, 2)?);
        date = Some((i32::try_from(year).ok()?, month, day));
        at = 10;
        if !matches!(text.get(at), Some('T' | ' ')) {
            return None;
        }
        at += 1;
    }
    let wide = if text.get(at + 1) == Some(&':') { 1 } else { 2 };
    let hour = number(at, wide)?;
    if text.get(at + wide) != Some(&':') {
        return None;
    }
    let minute = number(at + wide + 1, 2)?;
    at += wide + 3;
    let mut second = None;
    if text.get(at) == Some(&':') && text.get(at + 1).is_some_and(char::is_ascii_digit) {
        second = Some(number(at + 1, 2)?);
        at += 3;
        if text.get(at) == Some(&'.') && text.get(at + 1).is_some_and(char::is_ascii_digit) {
            at += 1;
            while text.get(at).is_some_and(char::is_ascii_digit) {
                at += 1;
            }
        }
    }
    if text.get(at) == Some(&'Z') {
        at += 1;
    }
    Some((Moment { date, hour, minute, second }, at))
}
