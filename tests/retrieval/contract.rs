//! What is expected of every home of the index.

use std::sync::Arc;

use tep::domain::{DocumentKind, DocumentOrigin, FoundPassage, PassageFilter};
use tep::knowledge::{built_in, questions};
use tep::retrieval::{Embedded, Entry, PassageIndex, Search};

use super::expected;

/// Two rankings are the same when every score is; among scores that do not differ, any order is right.
#[track_caller]
fn agree(asked: &Search, found: &[FoundPassage], expected: &[(String, f64)], tolerance: f64) {
    assert_eq!(found.len(), expected.len(), "{asked:?}");
    for (at, (found, (anchor, score))) in found.iter().zip(expected).enumerate() {
        assert!(
            (found.score - score).abs() <= tolerance * score.abs().max(1e-3),
            "place {at} of {asked:?}: {found:?} for {anchor} {score}"
        );
        let here = found.passage.anchor.as_str();
        let tied = expected.iter().any(|(a, s)| a == here && (s - score).abs() <= tolerance * score.abs().max(1e-3));
        let cut = at + 1 == expected.len()
            || (expected[expected.len() - 1].1 - score).abs() <= tolerance * score.abs().max(1e-3);
        assert!(tied || cut, "place {at} of {asked:?}: {here}, not {anchor}");
    }
}

async fn check(index: &dyn PassageIndex, entries: &[Entry], asked: &Search, tolerance: f64) {
    let found = index.search(asked).await.unwrap();
    agree(asked, &found, &expected::answer(entries, asked), tolerance);
    for one in &found {
        let entry = entries.iter().find(|entry| entry.passage.anchor == one.passage.anchor).unwrap();
        assert_eq!(one.passage, entry.passage, "a passage comes back as it went in");
    }
}

/// Words alone, and words with meaning, for every question of the sheet.
async fn finds_what_is_expected(index: &dyn PassageIndex, tolerance: f64) {
    let entries = expected::entries(&built_in().passages);
    index.fill(&entries).await.unwrap();
    for question in questions() {
        let mut asked = Search::new(&question.ask, PassageFilter::default(), 10);
        check(index, &entries, &asked, tolerance).await;
        asked.vector = Some(expected::vector(&question.ask));
        check(index, &entries, &asked, tolerance).await;
    }
    let nothing = Search::new("?", PassageFilter::default(), 10);
    assert_eq!(index.search(&nothing).await.unwrap(), [], "no word, no passage");
    let unknown = Search::new("zyzzyva", PassageFilter::default(), 10);
    assert_eq!(index.search(&unknown).await.unwrap(), []);
}

/// Every filter alone, and some together.
async fn filters_by_what_a_passage_is_about(index: &dyn PassageIndex, tolerance: f64) {
    let mut passages = built_in().passages.clone();
    for (at, passage) in passages.iter_mut().enumerate() {
        passage.plant = [None, Some("north".into()), Some("south".into())][at % 3].clone();
        passage.origin = [DocumentOrigin::BuiltIn, DocumentOrigin::Folder, DocumentOrigin::Uploaded][at % 5 % 3];
    }
    let entries = expected::entries(&passages);
    index.fill(&entries).await.unwrap();
    let filters = [
        PassageFilter { plant: Some("north".into()), ..PassageFilter::default() },
        PassageFilter { unit: Some("reactor".into()), ..PassageFilter::default() },
        PassageFilter { unit: Some("nowhere".into()), ..PassageFilter::default() },
        PassageFilter { tags: vec!["XMEAS_7".into(), "XMV_10".into()], ..PassageFilter::default() },
        PassageFilter { alarms: vec!["XMEAS_7/HIGH".into()], ..PassageFilter::default() },
        PassageFilter { kinds: vec![DocumentKind::Loop, DocumentKind::Valve], ..PassageFilter::default() },
        PassageFilter { origins: vec![DocumentOrigin::Folder], ..PassageFilter::default() },
        PassageFilter {
            plant: Some("south".into()),
            unit: Some("reactor".into()),
            tags: vec!["XMEAS_9".into()],
            kinds: vec![DocumentKind::Disturbance, DocumentKind::Response],
            ..PassageFilter::default()
        },
    ];
    for filter in filters {
        for question in ["reactor pressure is high, what now?", "cooling water", "which valve moves the level"] {
            let mut asked = Search::new(question, filter.clone(), 20);
            check(index, &entries, &asked, tolerance).await;
            asked.vector = Some(expected::vector(question));
            check(index, &entries, &asked, tolerance).await;
        }
    }
}

/// It holds what it was filled with last, and nothing else.
async fn holds_what_it_was_filled_with_last(index: &dyn PassageIndex, tolerance: f64) {
    let all = expected::entries(&built_in().passages);
    let ask = || Search {
        vector: Some(expected::vector("pressure")),
        ..Search::new("reactor pressure valve", PassageFilter::default(), 30)
    };
    index.fill(&all).await.unwrap();
    let mut fewer: Vec<Entry> = all.iter().step_by(2).cloned().collect();
    for entry in fewer.iter_mut().step_by(3) {
        let mut passage = (*entry.passage).clone();
        passage.text = format!("The valve of the reactor's pressure. {}", passage.text);
        *entry = Entry { vector: Some(expected::vector(&passage.text).into()), passage: Arc::new(passage) };
    }
    index.fill(&fewer).await.unwrap();
    check(index, &fewer, &ask(), tolerance).await;
    index.fill(&fewer).await.unwrap();
    check(index, &fewer, &ask(), tolerance).await;
    index.fill(&[]).await.unwrap();
    assert_eq!(index.search(&ask()).await.unwrap(), []);
    index.fill(&all).await.unwrap();
    check(index, &all, &ask(), tolerance).await;
}

/// All of it. `tolerance` is relative: a home may calculate with numbers of 32 bits.
pub async fn keeps_the_contract(index: &dyn PassageIndex, tolerance: f64) {
    finds_what_is_expected(index, tolerance).await;
    filters_by_what_a_passage_is_about(index, tolerance).await;
    holds_what_it_was_filled_with_last(index, tolerance).await;
}

#[tokio::test]
async fn the_embedded_index_keeps_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    let index = Embedded::open(&folder.path().join("index.db")).await.unwrap();
    keeps_the_contract(&index, 1e-6).await;
}

#[tokio::test]
async fn the_index_in_memory_keeps_the_contract() {
    keeps_the_contract(&Embedded::in_memory().await.unwrap(), 1e-6).await;
}
