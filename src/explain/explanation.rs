//! An explanation: ranked causes, what to check, what to do, what is not known. The same shape whether it was computed or
//! written by a model, so that the two can be laid side by side.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use thiserror::Error;

use super::evidence::Evidence;

/// A cause that is none of those in the evidence.
pub const OTHER_CAUSE: &str = "other";
/// Causes that are ranked at most.
const CAUSES_MOST: usize = 5;
/// Statements in one list at most.
const STATEMENTS_MOST: usize = 8;
/// Statements in one list, and citations of one text, that a model is held to: small ones go on until they are stopped, and what
/// is ordered has to fit into what it may write.
const ORDERED_MOST: usize = 5;
/// Characters of one text at most.
const TEXT_MOST: usize = 1_200;

/// What an explanation comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Conclusion {
    /// Causes are named.
    Causes,
    /// Causes are named as a first suspicion, which later evidence confirms or refutes. Models are not offered it.
    Suspected,
    /// The evidence does not tell; a permitted answer.
    Inconclusive,
}

/// A text with what it rests on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// What is stated.
    pub text: String,
    /// The parts of the evidence on which it rests.
    pub cites: Vec<String>,
}

/// One cause that is held to be possible.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RankedCause {
    /// Its id in the evidence, or `other`.
    pub cause: String,
    /// What speaks of it, in words.
    pub statement: String,
    /// How sure, 0…1.
    pub confidence: f64,
    /// The parts of the evidence that speak for it.
    pub supports: Vec<String>,
    /// The parts that speak against it.
    pub contradicts: Vec<String>,
}

/// An explanation of one occurrence of an alarm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Explanation {
    /// What it comes to.
    pub conclusion: Conclusion,
    /// In a few sentences.
    pub summary: Statement,
    /// Causes, the likeliest first; empty when it is inconclusive.
    pub causes: Vec<RankedCause>,
    /// In which order things happened.
    #[serde(default)]
    pub course: Vec<Statement>,
    /// What to check next.
    pub checks: Vec<Statement>,
    /// What to do.
    pub actions: Vec<Statement>,
    /// What is not known.
    pub unknown: Vec<Statement>,
}

/// Why a text is no explanation of this evidence.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Malformed {
    /// It is no JSON of this shape.
    #[error("the answer is not of the ordered shape: {0}")]
    Shape(String),
    /// It cites what is not in the evidence.
    #[error("{place} cites `{id}`, which is not in the evidence")]
    Dangling {
        /// Where.
        place: String,
        /// What.
        id: String,
    },
    /// It names a cause that is not in the evidence.
    #[error("`{0}` is none of the causes in the evidence; write `other` for one that is not there")]
    UnknownCause(String),
    /// It rests on nothing.
    #[error("{0} cites nothing")]
    Unfounded(String),
    /// It contradicts itself.
    #[error("{0}")]
    Contradictory(&'static str),
    /// It is longer than anybody reads.
    #[error("{0} is too long")]
    TooLong(String),
}

impl Explanation {
    /// Reads an answer. Text around the JSON object is left out, for models that cannot help themselves.
    ///
    /// # Errors
    /// When it is no explanation of this evidence; the error says what is wrong, for the one who is to mend it.
    pub fn read(text: &str, evidence: &Evidence) -> Result<Self, Malformed> {
        let object = text.find('{').and_then(|from| text.rfind('}').and_then(|to| text.get(from..=to)));
        let object = object.ok_or_else(|| Malformed::Shape("there is no JSON object".into()))?;
        let mut read: Self = serde_json::from_str(object).map_err(|e| Malformed::Shape(e.to_string()))?;
        read.check(evidence)?;
        read.all_citations().for_each(once_each);
        Ok(read)
    }

    /// Whether every citation resolves, every cause is known, and nothing is claimed without a reason.
    ///
    /// # Errors
    /// Names the first thing that is wrong.
    pub fn check(&self, evidence: &Evidence) -> Result<(), Malformed> {
        let ids = evidence.ids();
        for (place, cites) in self.citations() {
            if let Some(id) = cites.iter().find(|id| !ids.contains(id.as_str())) {
                return Err(Malformed::Dangling { place, id: id.clone() });
            }
        }
        let mut named = BTreeSet::new();
        for cause in &self.causes {
            if cause.cause != OTHER_CAUSE && !evidence.causes.iter().any(|known| known.id == cause.cause) {
                return Err(Malformed::UnknownCause(cause.cause.clone()));
            }
            if cause.cause != OTHER_CAUSE && !named.insert(&cause.cause) {
                return Err(Malformed::Contradictory("a cause is named twice"));
            }
            if cause.supports.is_empty() {
                return Err(Malformed::Unfounded(format!("the cause `{}`", cause.cause)));
            }
            if !(0.0..=1.0).contains(&cause.confidence) {
                return Err(Malformed::Shape(format!("a confidence of {} is not between 0 and 1", cause.confidence)));
            }
        }
        if (self.conclusion == Conclusion::Inconclusive) != self.causes.is_empty() {
            return Err(Malformed::Contradictory("it is inconclusive exactly when it names no cause"));
        }
        let lists = [("course", &self.course), ("checks", &self.checks), ("actions", &self.actions)];
        for (name, list) in lists {
            if let Some(at) = list.iter().position(|statement| statement.cites.is_empty()) {
                return Err(Malformed::Unfounded(format!("{name}[{at}]")));
            }
        }
        if self.summary.cites.is_empty() {
            return Err(Malformed::Unfounded("the summary".into()));
        }
        self.check_length()
    }

    fn check_length(&self) -> Result<(), Malformed> {
        let lists = [&self.course, &self.checks, &self.actions, &self.unknown];
        if self.causes.len() > CAUSES_MOST || lists.iter().any(|list| list.len() > STATEMENTS_MOST) {
            return Err(Malformed::TooLong("a list".into()));
        }
        match self.texts().into_iter().find(|(_, text, _)| text.chars().count() > TEXT_MOST) {
            Some((place, ..)) => Err(Malformed::TooLong(place)),
            None => Ok(()),
        }
    }

    /// Every text with its place and what it cites, in reading order.
    pub fn texts(&self) -> Vec<(String, &str, &[String])> {
        let mut all = vec![("summary".to_owned(), self.summary.text.as_str(), self.summary.cites.as_slice())];
        for (at, cause) in self.causes.iter().enumerate() {
            all.push((format!("causes[{at}]"), &cause.statement, &cause.supports));
        }
        for (name, list) in self.lists() {
            for (at, statement) in list.iter().enumerate() {
                all.push((format!("{name}[{at}]"), &statement.text, &statement.cites));
            }
        }
        all
    }

    fn lists(&self) -> [(&'static str, &Vec<Statement>); 4] {
        [("course", &self.course), ("checks", &self.checks), ("actions", &self.actions), ("unknown", &self.unknown)]
    }

    fn citations(&self) -> Vec<(String, &[String])> {
        let against =
            self.causes.iter().enumerate().map(|(at, cause)| (format!("causes[{at}]"), &cause.contradicts[..]));
        self.texts().into_iter().map(|(place, _, cites)| (place, cites)).chain(against).collect()
    }

    fn all_citations(&mut self) -> impl Iterator<Item = &mut Vec<String>> {
        let lists = [&mut self.course, &mut self.checks, &mut self.actions, &mut self.unknown];
        let statements = std::iter::once(&mut self.summary).chain(lists.into_iter().flatten());
        let causes = self.causes.iter_mut().flat_map(|cause| [&mut cause.supports, &mut cause.contradicts]);
        statements.map(|statement| &mut statement.cites).chain(causes)
    }

    /// The JSON schema to which a model's answer is held: it can cite only what is there.
    pub fn schema(evidence: &Evidence) -> Value {
        let ids: Vec<&str> = evidence.ids().into_iter().collect();
        let causes: Vec<&str> = evidence.causes.iter().map(|cause| cause.id.as_str()).chain([OTHER_CAUSE]).collect();
        let statements = |least: usize| statements(&ids, least);
        // In steps: not every server holds a number between bounds.
        let confidences: Vec<f64> = (1..20).map(|step| f64::from(step) / 20.0).collect();
        let cause = json!({
            "type": "object",
            "properties": {
                "cause": {"enum": causes},
                "statement": {"type": "string"},
                "confidence": {"enum": confidences},
                "supports": cites(&ids, 1),
                "contradicts": cites(&ids, 0)
            },
            "required": ["cause", "statement", "confidence", "supports", "contradicts"],
            "additionalProperties": false
        });
        json!({
            "type": "object",
            "properties": {
                "conclusion": {"enum": ["causes", "inconclusive"]},
                "summary": statement(&ids, 1),
                "causes": {"type": "array", "maxItems": CAUSES_MOST, "items": cause},
                "course": statements(1),
                "checks": statements(1),
                "actions": statements(1),
                "unknown": statements(0)
            },
            "required": ["conclusion", "summary", "causes", "course", "checks", "actions", "unknown"],
            "additionalProperties": false
        })
    }
}

/// The schema of a list of texts, each of which cites so much at least.
pub(super) fn statements(ids: &[&str], least: usize) -> Value {
    json!({"type": "array", "maxItems": ORDERED_MOST, "items": statement(ids, least)})
}

fn statement(ids: &[&str], least: usize) -> Value {
    json!({
        "type": "object",
        "properties": {"text": {"type": "string"}, "cites": cites(ids, least)},
        "required": ["text", "cites"],
        "additionalProperties": false
    })
}

fn cites(ids: &[&str], least: usize) -> Value {
    json!({"type": "array", "minItems": least, "maxItems": ORDERED_MOST, "items": {"enum": ids}})
}

/// What is cited over and over is cited once.
fn once_each(cites: &mut Vec<String>) {
    let mut known = BTreeSet::new();
    cites.retain(|id| known.insert(id.clone()));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::sample::evidence;

    fn answer(change: impl FnOnce(&mut Value)) -> String {
        let statement = |text: &str, cite: &str| json!({"text": text, "cites": [cite]});
        let mut value = json!({
            "conclusion": "causes",
            "summary": statement("The A feed is lost.", "alarm"),
            "causes": [{
                "cause": "cause:idv-6", "statement": "The flow is gone.", "confidence": 0.8,
                "supports": ["tag:XMEAS_1"], "contradicts": []
            }],
            "course": [], "checks": [statement("Look.", "passage:1")], "actions": [], "unknown": []
        });
        change(&mut value);
        value.to_string()
    }

    #[test]
    fn an_answer_is_read_whatever_stands_around_it() {
        let text = format!("Here it is:\n```json\n{}\n```", answer(|_| {}));
        let read = Explanation::read(&text, &evidence()).expect("an explanation");
        assert_eq!(read.causes[0].cause, "cause:idv-6");
    }

    #[test]
    fn what_is_cited_over_and_over_is_cited_once() {
        let again = answer(|v| v["checks"][0]["cites"] = json!(["passage:1", "alarm", "passage:1", "alarm"]));
        let read = Explanation::read(&again, &evidence()).expect("an explanation");
        assert_eq!(read.checks[0].cites, ["passage:1", "alarm"]);
    }

    #[test]
    fn what_does_not_hold_together_is_refused_with_its_reason() {
        type Change = Box<dyn FnOnce(&mut Value)>;
        let cases: [(&str, Change); 8] = [
            ("summary cites `tag:XMEAS_99`", Box::new(|v| v["summary"]["cites"] = json!(["tag:XMEAS_99"]))),
            ("causes[0] cites `nothing`", Box::new(|v| v["causes"][0]["contradicts"] = json!(["nothing"]))),
            ("`cause:idv-99` is none", Box::new(|v| v["causes"][0]["cause"] = json!("cause:idv-99"))),
            ("the cause `cause:idv-6` cites nothing", Box::new(|v| v["causes"][0]["supports"] = json!([]))),
            ("checks[0] cites nothing", Box::new(|v| v["checks"][0]["cites"] = json!([]))),
            ("exactly when it names no cause", Box::new(|v| v["conclusion"] = json!("inconclusive"))),
            ("not between 0 and 1", Box::new(|v| v["causes"][0]["confidence"] = json!(1.5))),
            ("unknown field `order`", Box::new(|v| v["order"] = json!("open the valve"))),
        ];
        for (expected, change) in cases {
            let refused = Explanation::read(&answer(change), &evidence()).expect_err(expected).to_string();
            assert!(refused.contains(expected), "{refused}");
        }
        assert!(matches!(Explanation::read("I cannot.", &evidence()), Err(Malformed::Shape(_))));
        let long = answer(|v| v["summary"]["text"] = json!("x".repeat(TEXT_MOST + 1)));
        assert_eq!(Explanation::read(&long, &evidence()), Err(Malformed::TooLong("summary".into())));
    }

    #[test]
    fn inconclusive_is_an_answer() {
        let text = answer(|v| {
            v["conclusion"] = json!("inconclusive");
            v["causes"] = json!([]);
        });
        assert!(Explanation::read(&text, &evidence()).is_ok());
    }
}
