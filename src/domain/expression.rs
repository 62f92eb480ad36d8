//! When a design rule holds: an expression in CEL, the Common Expression Language, over values, qualities and alarms.
//!
//! A small part of the language is allowed: constants, comparisons, arithmetic, `&&`, `||`, `!`, `? :` and `in` a list of
//! constants. There are no loops and no functions, so an evaluation takes as many steps as the expression has parts. Types
//! and names are checked when the plant file is read, so what can go wrong later is only that something is not known.

mod check;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::{Arc, LazyLock};

use cel::{Context, Env, Program, Value};

use super::ids::{AlarmId, TagId};
use super::sample::Quality;

/// Longest expression, characters.
const LENGTH_MAX: usize = 2_000;

/// The language as it comes, without extensions. Made once: it is the same for every evaluation.
static LANGUAGE: LazyLock<Arc<Env>> = LazyLock::new(|| Arc::new(Env::stdlib()));

/// A checked expression. Two are equal when they are written the same.
#[derive(Clone)]
pub struct Expression {
    text: String,
    program: Arc<Program>,
    inputs: Inputs,
}

/// What an expression looks at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inputs {
    /// Tags whose values it uses.
    pub values: BTreeSet<TagId>,
    /// Tags whose qualities it uses.
    pub qualities: BTreeSet<TagId>,
    /// Alarms of which it asks whether their condition holds.
    pub alarms: BTreeSet<AlarmId>,
}

/// What a name may mean.
pub trait Names {
    /// Whether there is such a tag.
    fn has_tag(&self, tag: &str) -> bool;
    /// Whether there is such an alarm.
    fn has_alarm(&self, alarm: &str) -> bool;
}

/// How things are at the moment of an evaluation.
pub trait Situation {
    /// The value of a tag in its unit; `None` when it cannot be used.
    fn value(&self, tag: &TagId) -> Option<f64>;
    /// The quality of a tag; `None` before its first sample.
    fn quality(&self, tag: &TagId) -> Option<Quality>;
    /// Whether the condition of an alarm holds; `None` when nobody knows.
    fn active(&self, alarm: &AlarmId) -> Option<bool>;
}

impl Expression {
    /// Reads an expression.
    ///
    /// # Errors
    /// What is wrong with it and at which character, for people.
    pub fn parse(text: &str, names: &dyn Names) -> Result<Self, String> {
        let length = text.chars().count();
        if length > LENGTH_MAX {
            return Err(format!("has {length} characters; at most {LENGTH_MAX} are allowed"));
        }
        if text.trim().is_empty() {
            return Err("says nothing".into());
        }
        let program = Program::compile(text).map_err(|errors| check::syntax(&errors))?;
        let inputs = check::checked(&program, names)?;
        Ok(Self { text: text.to_owned(), program: Arc::new(program), inputs })
    }

    /// As it is written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What it looks at.
    pub const fn inputs(&self) -> &Inputs {
        &self.inputs
    }

    /// Whether it is true; `None` when that cannot be said, because something that decides is not known.
    ///
    /// `false && unknown` is false and `true || unknown` is true, in either order; what else depends on something unknown
    /// is unknown.
    pub fn evaluate(&self, now: &dyn Situation) -> Option<bool> {
        let mut context = Context::with_env(Arc::clone(&LANGUAGE));
        let known = |tag: &TagId| now.value(tag).map(|value| (tag.to_string(), value));
        let values: HashMap<String, f64> = self.inputs.values.iter().filter_map(known).collect();
        let known = |tag: &TagId| now.quality(tag).map(|quality| (tag.to_string(), word(quality).to_owned()));
        let qualities: HashMap<String, String> = self.inputs.qualities.iter().filter_map(known).collect();
        let known = |alarm: &AlarmId| now.active(alarm).map(|active| (alarm.to_string(), active));
        let alarms: HashMap<String, bool> = self.inputs.alarms.iter().filter_map(known).collect();
        context.add_variable_from_value(check::VALUE, values);
        context.add_variable_from_value(check::QUALITY, qualities);
        context.add_variable_from_value(check::ACTIVE, alarms);
        match self.program.execute(&context) {
            Ok(Value::Bool(holds)) => Some(holds),
            _ => None,
        }
    }

    /// What it looks at and is not known now, for people; empty when everything is.
    pub fn unknown(&self, now: &dyn Situation) -> Vec<String> {
        let values = self.inputs.values.iter().filter(|tag| now.value(tag).is_none()).map(ToString::to_string);
        let qualities = self.inputs.qualities.iter().filter(|tag| now.quality(tag).is_none()).map(ToString::to_string);
        let alarms = self.inputs.alarms.iter().filter(|alarm| now.active(alarm).is_none()).map(ToString::to_string);
        let all: BTreeSet<String> = values.chain(qualities).chain(alarms).collect();
        all.into_iter().collect()
    }
}

impl Inputs {
    /// Whether it looks at any tag, and so at scans.
    pub fn needs_scans(&self) -> bool {
        !self.values.is_empty() || !self.qualities.is_empty()
    }
}

/// A quality as expressions name it.
const fn word(quality: Quality) -> &'static str {
    match quality {
        Quality::Good => "good",
        Quality::Uncertain => "uncertain",
        Quality::Bad => "bad",
        Quality::Stale => "stale",
    }
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Expression").field(&self.text).finish()
    }
}
