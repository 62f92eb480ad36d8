//! Answering a question about an alarm without a model: the parts of the evidence and the passages that have its words, and those
//! that a search has found for it.

use std::collections::BTreeSet;

use super::conclusion::concluded;
use super::evidence::{Evidence, PassageItem};
use super::explanation::{Conclusion, Statement};
use super::prompt::FollowUp;

/// Passages that are quoted.
const PASSAGES_MOST: usize = 2;
/// Tags that are told.
const TAGS_MOST: usize = 4;
/// Words that say nothing about what is asked.
const EMPTY: [&str; 40] = [
    "what", "why", "when", "where", "which", "does", "this", "that", "with", "from", "have", "been", "will", "would",
    "should", "could", "there", "their", "then", "than", "about", "into", "alarm", "happen", "happens", "happened",
    "please", "tell", "your", "they", "them", "some", "still", "just", "like", "need", "must", "here", "after",
    "before",
];

/// What people ask of every alarm, in whole words, and under which headings of an article it is answered.
const ALWAYS_ASKED: [(&[&str], &[&str]); 3] = [
    (
        &["do nothing", "ignore", "wait", "how long", "how much time", "trip", "dangerous", "risk", "serious"],
        &["trip-risk"],
    ),
    (
        &["should i do", "should we do", "to do", "do i do", "can i do", "must i do", "do now", "do next"],
        &["what-to-do", "checks-and-actions"],
    ),
    (&["or", "apart", "difference", "how do i know", "how do we know", "sure"], &["telling-it-apart"]),
];

/// What being found by a search is worth in words in common, the best first.
const FOUND_WORTH: [usize; 3] = [4, 2, 1];

/// The answer. `found` are the anchors of passages that a search has found for the question, the best first.
pub fn answer(evidence: &Evidence, question: &str, found: &[String]) -> FollowUp {
    let asked = words(question);
    let plain = question.to_lowercase();
    let named = |tag: &str, name: &str| plain.contains(&tag.to_lowercase()) || plain.contains(&name.to_lowercase());
    let tags = evidence.tags.iter().filter(|tag| named(tag.tag.as_str(), &tag.name)).take(TAGS_MOST).map(|tag| {
        let (now, usual) = (tag.told(tag.now), tag.told(tag.usual));
        let text = format!("{} ({}) stood at {now}; usual is {usual}.", tag.name, tag.tag);
        Statement { text, cites: vec![tag.id.clone()] }
    });
    let mut ranked: Vec<(usize, &PassageItem)> = evidence
        .passages
        .iter()
        .map(|passage| {
            let place = found.iter().position(|anchor| *anchor == passage.anchor);
            let worth = place.map_or(0, |at| FOUND_WORTH.get(at).copied().unwrap_or(1));
            (2 * overlap(passage, &asked) + worth, passage)
        })
        .filter(|(worth, _)| *worth > 0)
        .collect();
    ranked.sort_by_key(|(worth, _)| std::cmp::Reverse(*worth));
    let mut passages = always_asked(evidence, question);
    for (_, passage) in ranked {
        if !passages.iter().any(|known| known.id == passage.id) {
            passages.push(passage);
        }
    }
    let passages = passages.into_iter().take(PASSAGES_MOST).map(|passage| Statement {
        text: super::deterministic::quotation(&passage.text),
        cites: vec![passage.id.clone()],
    });
    let answer: Vec<Statement> = tags.chain(passages).collect();
    let unknown = if answer.is_empty() {
        "Nothing in the evidence of this alarm, and nothing that was found, has the words of the question."
    } else {
        "No language model has answered: this is what the evidence and the articles say to the words of the question."
    };
    FollowUp { answer, unknown: vec![Statement { text: unknown.into(), cites: Vec::new() }] }
}

/// Passages of the likeliest cause, and of the response to this alarm, that answer what is asked of every alarm.
fn always_asked<'a>(evidence: &'a Evidence, question: &str) -> Vec<&'a PassageItem> {
    let best = evidence.causes.first().filter(|_| concluded(evidence) != Conclusion::Inconclusive);
    let question: Vec<String> = question.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase).collect();
    let question = format!(" {} ", question.join(" "));
    let asks = |words: &[&str]| words.iter().any(|words| question.contains(&format!(" {words} ")));
    let headings = ALWAYS_ASKED.iter().filter(|(words, _)| asks(words)).flat_map(|(_, headings)| *headings);
    let under = |heading: &&str| {
        let of_cause = best.and_then(|cause| evidence.passage(&cause.article, heading));
        let of_alarm = |passage: &&PassageItem| {
            passage.anchor.starts_with("responses/")
                && passage.anchor.split_once('#').is_some_and(|(_, at)| at == *heading)
        };
        of_cause.or_else(|| evidence.passages.iter().find(of_alarm))
    };
    headings.filter_map(under).collect()
}

fn words(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '_').map(str::to_lowercase);
    words.filter(|word| word.len() > 3 && !EMPTY.contains(&word.as_str())).collect()
}

fn overlap(passage: &PassageItem, asked: &BTreeSet<String>) -> usize {
    let there = words(&format!("{} {}", passage.title, passage.text));
    // A word and its plural are the same question.
    let has = |word: &&String| there.iter().any(|known| known.starts_with(word.trim_end_matches('s')));
    asked.iter().filter(has).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::Grounds;
    use crate::explain::sample::evidence;

    #[test]
    fn what_is_named_is_told_and_what_fits_is_quoted() {
        let bundle = evidence();
        let told = answer(&bundle, "How far is XMEAS_1, and what about the supply pressures?", &[]);
        assert_eq!(told.answer[0].text, "A feed (XMEAS_1) stood at 0 kscmh; usual is 0.250 kscmh.");
        assert!(told.answer[1].text.contains("supply pressure of feed A"), "{told:?}");
        assert!(told.ground(&Grounds::of(&bundle)).iter().all(|text| text.struck().count() == 0));
        let told = answer(&bundle, "Who won the match?", &[]);
        assert!(told.answer.is_empty() && !told.unknown.is_empty());
    }

    #[test]
    fn what_was_found_for_the_question_comes_before_what_shares_a_word() {
        let found = |anchor: &str, text: &str| PassageItem {
            id: String::new(),
            anchor: anchor.into(),
            title: anchor.into(),
            text: text.into(),
            own: true,
        };
        let texts = [found("documents/a", "Ring **Kim** first."), found("documents/b", "The plant is nice.")];
        let bundle = evidence().with_passages(texts.into());
        assert_eq!(
            bundle.passages.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(),
            ["passage:1", "passage:2", "passage:3"]
        );
        let told = answer(&bundle, "Whom do I telephone about the plant?", &["documents/a".into()]);
        assert_eq!(told.answer[0].text, "“Ring Kim first.”", "no word in common, and found by its meaning");
        assert_eq!(told.answer[0].cites, ["passage:2"]);
        assert_eq!(bundle.clone().with_passages(vec![found("documents/a", "again")]), bundle);
    }

    #[test]
    fn what_is_asked_of_every_alarm_is_answered_by_the_article_of_its_cause() {
        let of = |heading: &str| PassageItem {
            id: String::new(),
            anchor: format!("disturbances/IDV_06#{heading}"),
            title: heading.into(),
            text: format!("Under {heading}."),
            own: false,
        };
        let other =
            PassageItem { anchor: "disturbances/IDV_23#trip-risk".into(), ..of("Nothing to do or to wait for") };
        let bundle = evidence().with_passages(vec![other, of("trip-risk"), of("telling-it-apart")]);
        let first = |question: &str| {
            answer(&bundle, question, &["disturbances/IDV_23#trip-risk".into()]).answer[0].cites[0].clone()
        };
        for (question, passage) in [
            ("What happens if I do nothing?", "passage:3"),
            ("How long do we have?", "passage:3"),
            ("Is it the valve or the supply?", "passage:4"),
            ("Will it trip?", "passage:3"),
            ("What should I do?", "passage:1"),
            // There is neither a trip nor anything sure in it.
            ("What about the stripper pressure of A?", "passage:2"),
        ] {
            assert_eq!(first(question), passage, "{question}");
        }
        let mut unknown = bundle.clone();
        unknown.causes.clear();
        let told = answer(&unknown, "How long do we have?", &[]);
        assert!(told.answer.is_empty(), "of a cause that is not known nothing is told: {told:?}");
    }
}
