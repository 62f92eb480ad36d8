//! How far plain words lead: BM25 over the passages, without vectors or filters. A search that the program comes with must
//! find more.

use std::collections::HashMap;

use super::article;
use super::questions::sheet;

/// Saturation and length normalisation as Robertson & Zaragoza (2009) suggest.
const K1: f64 = 1.2;
const B: f64 = 0.75;
/// Say little about what is asked.
const SILENT: &str = "the an is it of to in and or what how do i we if at its when on for which does be with by my are am \
                      can from this that has have";
/// One of the expected passages among the first five, share of the questions.
const FOUND_MIN: f64 = 0.6;

struct Index {
    /// Article and anchor, how often each word stands there, how many words there are.
    passages: Vec<(String, HashMap<String, f64>, f64)>,
    /// In how many passages a word stands.
    spread: HashMap<String, f64>,
    length: f64,
}

fn words(text: &str) -> Vec<String> {
    let text = text.to_lowercase();
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '.')
        .map(|part| part.trim_matches('.').to_owned())
        .filter(|part| !part.is_empty() && !SILENT.split_whitespace().any(|silent| silent == part))
        .map(|part| stem(&part).to_owned())
        .collect()
}

fn stem(word: &str) -> &str {
    let mut shorter = ["ing", "ed", "es", "s"].into_iter().filter_map(|end| word.strip_suffix(end));
    shorter.find(|stem| stem.len() >= 3).unwrap_or(word)
}

impl Index {
    fn of_the_articles() -> Self {
        let mut passages = Vec::new();
        let mut spread: HashMap<String, f64> = HashMap::new();
        for (id, article) in article::all() {
            for passage in &article.passages {
                let context = format!("{} {}", article.heading, article.front.also.join(" "));
                let text = format!("{context} {} {}", passage.heading, passage.text);
                let mut counts: HashMap<String, f64> = HashMap::new();
                words(&text).into_iter().for_each(|word| *counts.entry(word).or_default() += 1.0);
                counts.keys().for_each(|word| *spread.entry(word.clone()).or_default() += 1.0);
                let length: f64 = counts.values().sum();
                passages.push((format!("{id}#{}", passage.anchor()), counts, length));
            }
        }
        let length = passages.iter().map(|(_, _, length)| length).sum::<f64>() / passages.len() as f64;
        Self { passages, spread, length }
    }

    fn score(&self, counts: &HashMap<String, f64>, length: f64, asked: &[String]) -> f64 {
        let many = self.passages.len() as f64;
        let share = |word: &String| {
            let (Some(count), Some(spread)) = (counts.get(word), self.spread.get(word)) else { return 0.0 };
            let rare = ((many - spread + 0.5) / (spread + 0.5)).ln_1p();
            rare * count * (K1 + 1.0) / (count + K1 * (1.0 - B + B * length / self.length))
        };
        asked.iter().map(share).sum()
    }

    /// Article and anchor of all passages, the best first.
    fn search(&self, ask: &str) -> Vec<&str> {
        let asked = words(ask);
        let mut ranked: Vec<(f64, &str)> = self
            .passages
            .iter()
            .map(|(place, counts, length)| (self.score(counts, *length, &asked), place.as_str()))
            .collect();
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
        ranked.into_iter().map(|(_, place)| place).collect()
    }
}

#[test]
fn plain_words_find_most_answers_among_the_first_five() {
    let index = Index::of_the_articles();
    let questions = sheet();
    let found = |first: usize, hard: bool| {
        let asked: Vec<_> = questions.iter().filter(|question| question.hard || !hard).collect();
        let hits = asked.iter().filter(|question| {
            index.search(&question.ask).into_iter().take(first).any(|place| question.expect.iter().any(|e| e == place))
        });
        hits.count() as f64 / asked.len() as f64
    };
    let shares =
        [1, 3, 5, 10].map(|first| format!("{first}: {:.3}, hard {:.3}", found(first, false), found(first, true)));
    println!(
        "{} questions, {} passages, found among the first {}",
        questions.len(),
        index.passages.len(),
        shares.join("; ")
    );
    assert!(found(5, false) >= FOUND_MIN, "{shares:?}");
}
