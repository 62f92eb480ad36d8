//! What a home must answer, computed the long way: every passage, every word, every number.

use std::sync::Arc;

use tep::domain::{Passage, PassageFilter};
use tep::knowledge::{Bm25, Fields, fuse};
use tep::retrieval::{Entry, Search};

/// Of each ranking so many passages take part in the fusion.
const CANDIDATES: usize = 50;

/// Anchors with scores, the best first.
pub fn answer(entries: &[Entry], search: &Search) -> Vec<(String, f64)> {
    let fields: Vec<Fields> = entries.iter().map(|entry| Fields::of(&entry.passage)).collect();
    let bm25 = Bm25::of(&fields);
    let words = ranked(entries, &search.filter, |at| {
        let score = bm25.score(&fields[at], &search.terms);
        (score > 0.0).then_some(score)
    });
    let Some(wanted) = &search.vector else { return words.into_iter().take(search.first).collect() };
    let meaning = ranked(entries, &search.filter, |at| {
        let vector = entries[at].vector.as_ref()?;
        Some(vector.iter().zip(wanted).map(|(a, b)| f64::from(a * b)).sum())
    });
    let anchors =
        |ranking: Vec<(String, f64)>| ranking.into_iter().take(CANDIDATES).map(|(anchor, _)| anchor).collect();
    fuse(&[anchors(words), anchors(meaning)]).into_iter().take(search.first).collect()
}

fn ranked(entries: &[Entry], filter: &PassageFilter, score: impl Fn(usize) -> Option<f64>) -> Vec<(String, f64)> {
    let taken = (0..entries.len()).filter(|at| filter.takes(&entries[*at].passage));
    let mut ranked: Vec<(String, f64)> =
        taken.filter_map(|at| Some((entries[at].passage.anchor.to_string(), score(at)?))).collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    ranked
}

/// A vector of length 1 that has nothing to do with any meaning, the same for the same text.
pub fn vector(text: &str) -> Vec<f32> {
    const LENGTH: usize = 16;
    let mut state =
        text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    let mut numbers: Vec<f32> = (0..LENGTH)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f32 / (1_u64 << 23) as f32 - 1.0
        })
        .collect();
    let length = numbers.iter().map(|n| n * n).sum::<f32>().sqrt();
    numbers.iter_mut().for_each(|n| *n /= length);
    numbers
}

/// Passages with such vectors; every seventh has none yet.
pub fn entries(passages: &[Passage]) -> Vec<Entry> {
    let entry = |(at, passage): (usize, &Passage)| Entry {
        vector: (at % 7 != 0).then(|| vector(&passage.text).into()),
        passage: Arc::new(passage.clone()),
    };
    passages.iter().enumerate().map(entry).collect()
}
