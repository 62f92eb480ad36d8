//! How good a search is: questions as people at the panel ask them, and the passages that answer them.

use serde::{Deserialize, Serialize};

/// How many of the first passages are looked at.
pub(super) const FIRST: [usize; 4] = [1, 3, 5, 10];

/// A question with what answers it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// As it is asked.
    pub ask: String,
    /// Anchors of the passages that answer it; one of them is enough.
    pub expect: Vec<String>,
    /// It gives symptoms and wants the disturbance.
    #[serde(default)]
    pub hard: bool,
}

/// A sheet of questions, as it lies in its file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sheet {
    pub(super) questions: Vec<Question>,
}

/// Shares of questions whose answer is among the first so many passages.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Recall {
    /// How many questions were asked.
    pub questions: usize,
    /// Answered by the very first passage.
    pub at_1: f64,
    /// By one of the first three.
    pub at_3: f64,
    /// By one of the first five.
    pub at_5: f64,
    /// By one of the first ten.
    pub at_10: f64,
}

/// Measures answers: for each question the anchors that were found, the best first.
pub fn recall<'a>(answers: impl IntoIterator<Item = (&'a Question, &'a [String])>) -> Recall {
    let (mut questions, mut hits) = (0_usize, [0_usize; FIRST.len()]);
    for (question, found) in answers {
        questions += 1;
        let place = found.iter().position(|anchor| question.expect.contains(anchor));
        for (hit, first) in hits.iter_mut().zip(FIRST) {
            *hit += usize::from(place.is_some_and(|place| place < first));
        }
    }
    let [at_1, at_3, at_5, at_10] = hits.map(|hit| hit as f64 / questions.max(1) as f64);
    Recall { questions, at_1, at_3, at_5, at_10 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_expected_passage_is_enough_and_its_place_counts() {
        let question = |expect: &[&str]| Question {
            ask: "why?".into(),
            expect: expect.iter().map(|e| (*e).to_owned()).collect(),
            hard: false,
        };
        let found: Vec<String> = ["a", "b", "c", "d", "e", "f"].map(String::from).to_vec();
        let questions = [question(&["a"]), question(&["x", "b"]), question(&["f"]), question(&["x"])];
        let measured = recall(questions.iter().map(|question| (question, found.as_slice())));
        assert_eq!(measured, Recall { questions: 4, at_1: 0.25, at_3: 0.5, at_5: 0.5, at_10: 0.75 });
        assert_eq!(recall([]).at_5, 0.0);
    }
}
