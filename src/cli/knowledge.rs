//! Looks something up in what is known, and measures how well that works.

use std::time::Instant;

use serde::Serialize;

use super::Failure;
use crate::app;
use crate::config::Config;
use crate::domain::{DocumentKind, PassageFilter};
use crate::knowledge::{Question, Recall, built_in, questions, recall};
use crate::retrieval::{By, Library, Retriever};

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Find passages of the articles that TEP comes with
    Search(Search),
    /// Ask the committed questions, and print how often their answer is among the first passages
    Measure(Measure),
}

#[derive(Debug, clap::Args)]
pub struct Search {
    /// What is looked for
    #[arg(required = true, num_args = 1..)]
    words: Vec<String>,
    /// Only of this unit
    #[arg(long)]
    unit: Option<String>,
    /// Only about this tag
    #[arg(long)]
    tag: Option<String>,
    /// Only of this kind: unit, measurement, valve, loop, disturbance, response
    #[arg(long)]
    kind: Option<String>,
    /// At most so many
    #[arg(long, default_value_t = 5)]
    first: usize,
}

#[derive(Debug, clap::Args)]
pub struct Measure {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Does what the command says. Nothing is written: the index is in memory.
///
/// # Errors
/// When the encoder cannot be used, or a filter names what there is not.
pub async fn run(config: &Config, command: Command) -> Result<(), Failure> {
    let library = app::library_in_memory(config).await?;
    library.stock(built_in().passages.clone()).await.map_err(anyhow::Error::from)?;
    let began = Instant::now();
    while library.compute_meanings().await.map_err(anyhow::Error::msg)? > 0 {}
    match command {
        Command::Search(search) => find(&library, &search).await,
        Command::Measure(measure) => Ok(measured(&library, measure.json, began).await?),
    }
}

async fn find(library: &Library, search: &Search) -> Result<(), Failure> {
    let kind = |word: &String| {
        let known = DocumentKind::ALL.into_iter().find(|kind| kind.word() == word);
        known.ok_or_else(|| Failure::Usage(anyhow::anyhow!("--kind {word}: there is no such kind")))
    };
    let filter = PassageFilter {
        unit: search.unit.as_deref().map(Into::into),
        tags: search.tag.iter().map(|tag| tag.as_str().into()).collect(),
        kinds: search.kind.iter().map(kind).collect::<Result<_, _>>()?,
        ..PassageFilter::default()
    };
    let found = library.passages(&search.words.join(" "), &filter, search.first).await;
    for one in &found.passages {
        println!("{:.4}  {}  {}: {}", one.score, one.passage.anchor, one.passage.title, one.passage.heading);
    }
    if let Some(without) = &found.means.without {
        eprintln!("{without}");
    }
    Ok(())
}

/// How good one way of searching is.
#[derive(Serialize)]
struct Measured {
    by: String,
    all: Recall,
    hard: Recall,
    /// Median of the time of one search, milliseconds.
    median_ms: f64,
}

#[derive(Serialize)]
struct Report {
    passages: usize,
    encoder: Option<String>,
    encoding_seconds: f64,
    searches: Vec<Measured>,
}

async fn measured(library: &Library, json: bool, began: Instant) -> anyhow::Result<()> {
    let encoding_seconds = began.elapsed().as_secs_f64();
    let standing = library.standing();
    let mut ways = vec![By::Words];
    if standing.encoder.is_some() {
        ways.extend([By::Meaning, By::Both]);
    }
    let asked = questions();
    let mut searches = Vec::new();
    for by in ways {
        searches.push(one_way(library, &asked, by).await?);
    }
    let report = Report { passages: standing.passages, encoder: standing.encoder, encoding_seconds, searches };
    if json {
        println!("{}", serde_json::to_string_pretty(&report)?);
        return Ok(());
    }
    match &report.encoder {
        Some(encoder) => println!("{} passages, encoder {encoder} ({encoding_seconds:.1} s)", report.passages),
        None => println!("{} passages, no encoder: words alone", report.passages),
    }
    println!("\n{:8} {:>5} {:>7} {:>7} {:>7} {:>7} {:>9}", "", "asked", "R@1", "R@3", "R@5", "R@10", "median");
    for one in &report.searches {
        for (of, recall) in [("", &one.all), (" hard", &one.hard)] {
            println!(
                "{:13} {:3} {:6.1}% {:6.1}% {:6.1}% {:6.1}% {:6.1} ms",
                format!("{}{of}", one.by),
                recall.questions,
                recall.at_1 * 100.0,
                recall.at_3 * 100.0,
                recall.at_5 * 100.0,
                recall.at_10 * 100.0,
                one.median_ms
            );
        }
    }
    Ok(())
}

async fn one_way(library: &Library, asked: &[Question], by: By) -> anyhow::Result<Measured> {
    let (mut found, mut times) = (Vec::new(), Vec::new());
    for question in asked {
        let began = Instant::now();
        let passages = library.measured(&question.ask, by, 10).await.map_err(anyhow::Error::msg)?;
        times.push(began.elapsed().as_secs_f64() * 1_000.0);
        found.push(passages.into_iter().map(|one| one.passage.anchor.to_string()).collect::<Vec<_>>());
    }
    times.sort_by(f64::total_cmp);
    let answers = || asked.iter().zip(found.iter().map(Vec::as_slice));
    Ok(Measured {
        by: by.to_string(),
        all: recall(answers()),
        hard: recall(answers().filter(|(question, _)| question.hard)),
        median_ms: times.get(times.len() / 2).copied().unwrap_or_default(),
    })
}
