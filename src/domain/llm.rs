//! Nouns of language models: who answers, what it costs, and what may be said to whom.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Sub};

use serde::{Deserialize, Serialize};

/// An amount of money, in millionths of the configured currency. Never negative by itself; it may be in a difference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Money(i64);

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// From millionths of the currency.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Millionths of the currency.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// From whole units of the currency, to the nearest millionth; `None` for what is no amount or too large to count.
    pub fn from_units(units: f64) -> Option<Self> {
        let micros = (units * 1e6).round();
        (units.is_finite() && (0.0..1e15).contains(&micros)).then_some(Self(micros as i64))
    }

    /// Whole units of the currency, for people.
    pub fn as_units(self) -> f64 {
        self.0 as f64 / 1e6
    }
}

impl Add for Money {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Money {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Money {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::ZERO, Add::add)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.4}", self.as_units())
    }
}

/// Where a provider computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Locality {
    /// Within the network of the plant.
    Local,
    /// Elsewhere: whatever it is told has left the plant.
    Cloud,
}

impl Locality {
    /// Its name in configuration, policies and API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Cloud => "cloud",
        }
    }
}

/// What kind of thing a prompt tells; each may be kept from a provider by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DataClass {
    /// Tags, values, alarms and verdicts of the plant.
    Process,
    /// Names of persons and what they have written: comments, shift notes, questions.
    People,
    /// Passages of the knowledge base and of documents that users have added.
    Documents,
}

impl DataClass {
    /// All classes.
    pub const ALL: [Self; 3] = [Self::Process, Self::People, Self::Documents];

    /// Its name in configuration, policies and API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Process => "process",
            Self::People => "people",
            Self::Documents => "documents",
        }
    }
}

impl fmt::Display for DataClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a model is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// Explaining an alarm.
    Explanation,
    /// Answering somebody's question about an alarm.
    Question,
    /// Measuring how well a model explains.
    Evaluation,
}

impl Purpose {
    /// All purposes.
    pub const ALL: [Self; 3] = [Self::Explanation, Self::Question, Self::Evaluation];

    /// Its name in configuration, audit and API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Explanation => "explanation",
            Self::Question => "question",
            Self::Evaluation => "evaluation",
        }
    }
}

/// What a model has read and written, tokens as the provider counts them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Usage {
    /// Read: the prompt.
    pub input: u32,
    /// Written: the answer, and what the model thought before it.
    pub output: u32,
}

/// The language that a provider speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dialect {
    /// Anthropic Messages.
    Anthropic,
    /// Google Gemini `generateContent`.
    Gemini,
    /// Chat completions of OpenAI, as many local servers speak them.
    OpenaiCompatible,
}

impl Dialect {
    /// What OpenTelemetry calls such a provider.
    pub const fn telemetry_name(self) -> &'static str {
        match self {
            Self::Anthropic => "anthropic",
            Self::Gemini => "gcp.gemini",
            Self::OpenaiCompatible => "openai",
        }
    }
}

/// Which providers are asked first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OrderPolicy {
    /// Models within the network of the plant, then those elsewhere.
    #[default]
    LocalFirst,
    /// Models elsewhere, then those within the network of the plant.
    CloudFirst,
}

/// How long a limit of the budget counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BudgetSpan {
    /// An hour of the clock.
    Hour,
    /// A day of the calendar, in UTC.
    Day,
}

impl BudgetSpan {
    /// Its name in configuration and API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
        }
    }
}

/// Whose spending a limit of the budget counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BudgetScope {
    /// Everything together.
    Everything,
    /// Each user apart; what TEP asks by itself is one of them.
    EachUser,
    /// Each unit of each plant apart; what is about a plant as a whole is one of them.
    EachUnit,
    /// Each purpose apart.
    EachPurpose,
}

impl BudgetScope {
    /// Its name in configuration and API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Everything => "everything",
            Self::EachUser => "each-user",
            Self::EachUnit => "each-unit",
            Self::EachPurpose => "each-purpose",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_counted_in_millionths() {
        for (units, micros) in [(0.0, Some(0)), (0.25, Some(250_000)), (3.0, Some(3_000_000)), (0.000_000_4, Some(0))] {
            assert_eq!(Money::from_units(units).map(Money::as_micros), micros, "{units}");
        }
        for nonsense in [-0.1, f64::NAN, f64::INFINITY, 1e12] {
            assert_eq!(Money::from_units(nonsense), None, "{nonsense}");
        }
        assert_eq!(Money::from_micros(1_234_567).to_string(), "1.2346");
    }
}
