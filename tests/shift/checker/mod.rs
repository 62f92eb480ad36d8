//! The judge of a shift: plain rules over what was seen from outside, written from the specification and not from the code.
//!
//! It is shown every entry as it is written down, so a shift ends at the first rule that is broken.

mod alarms;
mod detector;
mod doctored;
mod history;
mod model;
mod readers;
mod settled;
mod shelves;
mod values;

use std::fmt;
use std::sync::Arc;

use tep::domain::Plant;

use super::record::Entry;

/// What is wrong with an entry: which rule it breaks, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    pub invariant: &'static str,
    pub what: String,
}

/// A broken rule, and the entry that broke it.
#[derive(Clone, Debug, PartialEq)]
pub struct Violation {
    pub problem: Problem,
    pub index: usize,
}

impl Violation {
    pub fn at(problem: Problem, index: usize) -> Self {
        Self { problem, index }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.problem.invariant, self.problem.what)
    }
}

type Verdict = Result<(), Problem>;

/// A rule over the entries, in the order in which they were seen.
trait Rule: Send {
    fn see(&mut self, entry: &Entry) -> Verdict;
}

/// Every rule.
pub struct Checker(Vec<Box<dyn Rule>>);

impl Checker {
    pub fn new(plant: &Arc<Plant>) -> Self {
        Self(vec![
            Box::new(alarms::Journalled::new(plant)),
            Box::new(alarms::Deserved::new(plant)),
            Box::new(alarms::Answers::default()),
            Box::new(shelves::Shelves),
            Box::new(readers::Readers::default()),
            Box::new(values::Forward::default()),
            Box::new(detector::Honest::new(plant)),
            Box::new(history::Unbroken::new(plant)),
            Box::new(settled::Settled::default()),
        ])
    }

    pub fn see(&mut self, entry: &Entry) -> Verdict {
        self.0.iter_mut().try_for_each(|rule| rule.see(entry))
    }
}

/// The rule is broken unless it holds.
fn holds(condition: bool, invariant: &'static str, what: impl FnOnce() -> String) -> Verdict {
    if condition { Ok(()) } else { Err(Problem { invariant, what: what() }) }
}
