//! Grounding: every name, number, unit, time, direction and quotation of a text is held against the evidence. What does not
//! match is struck out where everybody sees it, and never left standing in silence.
//!
//! A number matches when the evidence has it in that unit: within half of the last digit as it is written, and never further
//! off than a fortieth of it (a tenth for a stretch of time). In a sentence that names tags it must be a number of one of
//! them, or of none; how long a tag or another alarm was apart from the alarm may be told only where it is named. What has no
//! digits, no quotation marks and no direction is not a claim that code can check; it stands as what it is, the opinion of
//! whoever is named above it.

mod facts;
mod lexer;
mod units;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use self::facts::Facts;
use self::lexer::{Kind, Token};
use super::evidence::Evidence;
use super::explanation::Explanation;

/// What kind of thing is claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClaimKind {
    /// A tag, an alarm, a fault, or anything else that is called by letters and digits.
    Name,
    /// A number with its unit.
    Number,
    /// A time of day.
    Time,
    /// Words in quotation marks.
    Quotation,
    /// That something went up or down.
    Direction,
}

/// One thing in a text that can be checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// Where it begins, in bytes of the text.
    pub from: usize,
    /// Where it ends.
    pub to: usize,
    /// What it is.
    pub kind: ClaimKind,
    /// The part of the evidence that bears it out; `None`: nothing does, and it is struck out.
    pub source: Option<String>,
}

/// A text with its claims.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grounded {
    /// Which text of the explanation, for example `causes[0]`.
    pub place: String,
    /// The text.
    pub text: String,
    /// What can be checked in it, in order.
    pub claims: Vec<Claim>,
}

impl Grounded {
    /// What is struck out, in order.
    pub fn struck(&self) -> impl Iterator<Item = &str> {
        self.claims.iter().filter(|claim| claim.source.is_none()).map(|claim| &self.text[claim.from..claim.to])
    }
}

/// Holds texts against one bundle of evidence.
#[derive(Clone, Debug)]
pub struct Grounds(Facts);

impl Grounds {
    /// What this evidence says.
    pub fn of(evidence: &Evidence) -> Self {
        Self(Facts::of(evidence))
    }

    /// The claims of one text, in order.
    pub fn check(&self, text: &str) -> Vec<Claim> {
        let tokens = lexer::read(text, &self.0.lexicon);
        tokens.split(|token| token.kind == Kind::Stop).flat_map(|sentence| self.sentence(sentence)).collect()
    }

    /// Every text of an explanation with its claims.
    pub fn ground(&self, explanation: &Explanation) -> Vec<Grounded> {
        let ground = |(place, text, _): (String, &str, &[String])| Grounded {
            place,
            text: text.to_owned(),
            claims: self.check(text),
        };
        explanation.texts().into_iter().map(ground).collect()
    }

    fn sentence(&self, tokens: &[Token]) -> Vec<Claim> {
        let about: BTreeSet<&String> = tokens.iter().filter_map(|token| self.0.tag_of(&token.kind)).collect();
        let directions = tokens.iter().filter(|token| matches!(token.kind, Kind::Direction(_))).count();
        let claim = |token: &Token| {
            let (kind, source) = match &token.kind {
                Kind::Name(name) => (ClaimKind::Name, self.0.has_name(name)),
                Kind::Phrase(number) => (ClaimKind::Name, self.0.has_phrase(*number)),
                Kind::Number(number) => (ClaimKind::Number, self.0.has_number(number, &about)),
                Kind::Moment(moment) => (ClaimKind::Time, self.0.has_moment(moment)),
                Kind::Quote(words) => (ClaimKind::Quotation, self.0.has_words(words)),
                // Of whom it is said is plain only where there is one tag and one direction.
                Kind::Direction(up) => match (about.first(), about.len(), directions) {
                    (Some(tag), 1, 1) => match self.0.direction(tag)? {
                        went_up if went_up == *up => (ClaimKind::Direction, self.0.has_name(tag)),
                        _ => (ClaimKind::Direction, None),
                    },
                    _ => return None,
                },
                Kind::Unreadable => (ClaimKind::Number, None),
                Kind::Stop => return None,
            };
            Some(Claim { from: token.from, to: token.to, kind, source: source.map(str::to_owned) })
        };
        tokens.iter().filter_map(claim).collect()
    }
}
