//! The sentence encoder with its real weights, which `scripts/with-encoder` fetches.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tep::domain::PassageFilter;
use tep::knowledge::{built_in, questions, recall};
use tep::retrieval::{By, Embedded, Encoder, Library, LocalEncoder, Retriever};

/// Shares of the questions whose answer is among the first five passages. Found were 75.7 % by words, 62.2 % by
/// meaning, and 86.5 % by both; see `docs/adr/0017-retrieval.md`.
const WORDS_MIN: f64 = 0.75;
const MEANING_MIN: f64 = 0.60;
const BOTH_MIN: f64 = 0.84;

fn encoder() -> LocalEncoder {
    let folder = std::env::var("TEP_TEST_ENCODER").expect("run this by scripts/with-encoder cargo test …");
    LocalEncoder::load(folder.as_ref()).unwrap()
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The sentences and the numbers with which the documentation of sentence-transformers introduces this model.
#[tokio::test]
#[ignore = "wants a real sentence encoder: scripts/with-encoder"]
async fn it_computes_what_the_original_computes() {
    let sentences = ["The weather is lovely today.", "It's so sunny outside!", "He drove to the stadium."];
    let vectors = encoder().encode(sentences.map(str::to_owned).to_vec()).await.unwrap();
    let likeness = |a: usize, b: usize| dot(&vectors[a], &vectors[b]);
    for (a, b, expected) in [(0, 0, 1.0), (0, 1, 0.6660), (0, 2, 0.1046), (1, 2, 0.1411)] {
        let found = likeness(a, b);
        assert!((found - expected).abs() < 6e-5, "{a} and {b}: {found}, not {expected}");
    }
}

#[tokio::test]
#[ignore = "wants a real sentence encoder: scripts/with-encoder"]
async fn words_and_meaning_together_find_most_answers() {
    let library = Library::new(Embedded::in_memory().await.unwrap(), None, Some(Arc::new(encoder())));
    library.stock(built_in().passages.clone()).await.unwrap();
    let began = Instant::now();
    while library.compute_meanings().await.unwrap() > 0 {}
    println!("{} passages encoded in {:.1} s", built_in().passages.len(), began.elapsed().as_secs_f64());
    let asked = questions();
    let mut shares = Vec::new();
    for by in [By::Words, By::Meaning, By::Both] {
        let mut found = Vec::new();
        for question in &asked {
            let passages = library.measured(&question.ask, by, 10).await.unwrap();
            found.push(passages.into_iter().map(|one| one.passage.anchor.to_string()).collect::<Vec<_>>());
        }
        let measured = recall(asked.iter().zip(found.iter().map(Vec::as_slice)));
        println!("{by}: {measured:?}");
        shares.push(measured.at_5);
    }
    assert!(shares[0] >= WORDS_MIN && shares[1] >= MEANING_MIN && shares[2] >= BOTH_MIN, "{shares:?}");
    assert!(shares[2] > shares[0] && shares[2] > shares[1], "together they find more: {shares:?}");
    let began = Instant::now();
    let found = library.passages("the vessel gets too hot", &PassageFilter::default(), 5).await;
    assert!(found.means.vectors && found.means.without.is_none(), "{:?}", found.means);
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
}
