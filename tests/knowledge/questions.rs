//! The questions by which a search is measured.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde::Deserialize;

use super::article::{self, Kind};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sheet {
    questions: Vec<Question>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    pub ask: String,
    /// Article and anchor of the passages that answer it; one of them is enough.
    pub expect: Vec<String>,
    /// It gives symptoms and wants the disturbance.
    #[serde(default)]
    pub hard: bool,
}

pub fn sheet() -> Vec<Question> {
    let path = article::folder().join("evaluation/questions.toml");
    let text = fs::read_to_string(&path).unwrap();
    toml::from_str::<Sheet>(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display())).questions
}

#[test]
fn every_question_has_its_passages() {
    let articles = article::all();
    let mut asked = BTreeSet::new();
    for question in sheet() {
        assert!(asked.insert(question.ask.to_lowercase()), "asked twice: {}", question.ask);
        assert!((1..=2).contains(&question.expect.len()), "{}: {:?}", question.ask, question.expect);
        for expected in &question.expect {
            let (article, anchor) = expected.split_once('#').unwrap_or_else(|| panic!("{expected} has no anchor"));
            let article = articles.get(article).unwrap_or_else(|| panic!("{}: no article {expected}", question.ask));
            assert!(article.passages.iter().any(|p| p.anchor() == anchor), "{}: no {expected}", question.ask);
        }
        let disturbance =
            question.expect.iter().any(|expected| expected.starts_with(article::folder_of(Kind::Disturbance)));
        assert!(!question.hard || disturbance, "hard, but no disturbance: {}", question.ask);
    }
}

#[test]
fn the_questions_are_many_and_of_all_kinds() {
    let questions = sheet();
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    for expected in questions.iter().flat_map(|question| &question.expect) {
        *kinds.entry(expected.split('/').next().unwrap_or_default().to_owned()).or_default() += 1;
    }
    assert!(questions.len() >= 80, "{} questions", questions.len());
    assert!(questions.iter().filter(|question| question.hard).count() >= 10);
    for kind in [Kind::Unit, Kind::Measurement, Kind::Valve, Kind::Loop, Kind::Disturbance, Kind::Response] {
        let found = kinds.get(article::folder_of(kind)).copied().unwrap_or_default();
        assert!(found >= 10, "{found} passages of {}", article::folder_of(kind));
    }
}

#[test]
fn no_question_gives_its_answer_away() {
    let articles = article::all();
    let headings = articles.values().flat_map(|article| {
        let passages = article.passages.iter().map(|passage| passage.heading.to_lowercase());
        passages.chain([article.heading.to_lowercase()])
    });
    let headings: BTreeSet<String> = headings.collect();
    for question in sheet() {
        let ask = question.ask.to_lowercase();
        let copied = headings.iter().find(|heading| heading.contains(' ') && ask.contains(heading.as_str()));
        assert_eq!(copied, None, "copied: {}", question.ask);
    }
}
