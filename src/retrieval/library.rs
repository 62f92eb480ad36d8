//! Everything that is known, ready to be searched: the embedded index, a Qdrant server where one is configured, and whoever
//! turns texts into vectors.
//!
//! A search is answered by what is there. The server and the encoder are asked for a moment only; one that does not answer
//! rests before it is asked again, so that an outage costs one search its patience and no other one anything.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::{Instant, timeout};

use super::{Embedded, Encoder, Entry, Finding, Home, IndexError, Means, PassageIndex, Retriever, Search};
use crate::domain::{FoundPassage, Passage, PassageFilter};
use crate::knowledge::TagNames;

/// How long a search waits for the meaning of a question, and for the server.
const MEANING_PATIENCE: Duration = Duration::from_millis(250);
const SERVER_PATIENCE: Duration = Duration::from_millis(250);
/// How long one that did not answer is left alone.
const REST: Duration = Duration::from_secs(15);
/// Passages whose meaning is computed at once.
const BATCH: usize = 16;

/// What is asked, and when it may be asked again.
#[derive(Debug, Default)]
struct Rest {
    until: Option<Instant>,
    problem: Option<String>,
}

/// A helper that may be away.
#[derive(Debug, Default)]
struct Helper(Mutex<Rest>);

impl Helper {
    fn is_resting(&self) -> Option<String> {
        let rest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        rest.until.filter(|until| Instant::now() < *until).and_then(|_| rest.problem.clone())
    }

    fn failed(&self, problem: &str) {
        let rest = Rest { until: Some(Instant::now() + REST), problem: Some(problem.to_owned()) };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = rest;
    }

    fn answered(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Rest::default();
    }

    fn problem(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).problem.clone()
    }
}

/// Everything that is known. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Library(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    embedded: Embedded,
    server: Option<Arc<dyn PassageIndex>>,
    encoder: Option<Arc<dyn Encoder>>,
    names: RwLock<Arc<TagNames>>,
    asks_server: Helper,
    asks_encoder: Helper,
}

/// How a library stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Passages that can be found.
    pub passages: usize,
    /// Of them, those whose meaning is known.
    pub with_meaning: usize,
    /// Who computes meanings; `None`: words alone decide.
    pub encoder: Option<String>,
    /// What is wrong with who computes meanings.
    pub encoder_problem: Option<String>,
    /// Whether a Qdrant server is configured.
    pub has_server: bool,
    /// What is wrong with the server.
    pub server_problem: Option<String>,
}

fn told(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        text = format!("{text}: {source}");
        next = source.source();
    }
    text
}

impl Library {
    /// Over an index that is there, with whoever helps.
    pub fn new(embedded: Embedded, server: Option<Arc<dyn PassageIndex>>, encoder: Option<Arc<dyn Encoder>>) -> Self {
        let names = TagNames::of(embedded.entries().iter().map(|entry| &*entry.passage));
        Self(Arc::new(Inner {
            embedded,
            server,
            encoder,
            names: RwLock::new(Arc::new(names)),
            asks_server: Helper::default(),
            asks_encoder: Helper::default(),
        }))
    }

    /// From now on these passages can be found, by their words at once.
    ///
    /// # Errors
    /// When the index cannot be written; what could be found can still be found.
    pub async fn stock(&self, passages: Vec<Passage>) -> Result<(), IndexError> {
        let inner = &self.0;
        let names = TagNames::of(&passages);
        inner.embedded.encoded_by(inner.encoder.as_ref().map(|encoder| encoder.name())).await?;
        let entry = |passage| Entry { passage: Arc::new(passage), vector: None };
        inner.embedded.fill(&passages.into_iter().map(entry).collect::<Vec<_>>()).await?;
        *inner.names.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(names);
        Ok(())
    }

    /// Computes the meaning of some passages that have none yet, and says how many are left; without an encoder none are.
    ///
    /// # Errors
    /// What stands in the way, in words; it can be tried again.
    pub async fn compute_meanings(&self) -> Result<usize, String> {
        let inner = &self.0;
        let Some(encoder) = &inner.encoder else { return Ok(0) };
        let mut waiting = inner.embedded.without_vector();
        let left = waiting.len().saturating_sub(BATCH);
        waiting.truncate(BATCH);
        if waiting.is_empty() {
            return Ok(0);
        }
        let vectors = encoder.encode(waiting.iter().map(|passage| meant(passage)).collect()).await;
        let vectors = vectors.map_err(|e| {
            let problem = told(&e);
            inner.asks_encoder.failed(&problem);
            problem
        })?;
        inner.asks_encoder.answered();
        let kept: Vec<_> =
            waiting.iter().map(|passage| passage.anchor.clone()).zip(vectors.into_iter().map(Arc::from)).collect();
        inner.embedded.set_vectors(&kept).await.map_err(|e| told(&e))?;
        Ok(left)
    }

    /// Brings the server, where there is one, to what the embedded index holds.
    ///
    /// # Errors
    /// What stands in the way, in words; it can be tried again.
    pub async fn fill_server(&self) -> Result<(), String> {
        let Some(server) = &self.0.server else { return Ok(()) };
        match server.fill(&self.0.embedded.entries()).await {
            Ok(()) => {
                self.0.asks_server.answered();
                Ok(())
            }
            Err(e) => {
                let problem = told(&e);
                self.0.asks_server.failed(&problem);
                Err(problem)
            }
        }
    }

    /// How it stands.
    pub fn standing(&self) -> Standing {
        let (inner, entries) = (&self.0, self.0.embedded.entries());
        Standing {
            passages: entries.len(),
            with_meaning: entries.iter().filter(|entry| entry.vector.is_some()).count(),
            encoder: inner.encoder.as_ref().map(|encoder| encoder.name().to_owned()),
            encoder_problem: inner.asks_encoder.problem(),
            has_server: inner.server.is_some(),
            server_problem: inner.asks_server.problem(),
        }
    }

    /// Everything that is known, in the order of the anchors.
    pub fn everything(&self) -> Vec<Arc<Passage>> {
        self.0.embedded.entries().into_iter().map(|entry| entry.passage).collect()
    }

    /// Searches one home with what is given; for measurements, where nothing is left out in silence.
    ///
    /// # Errors
    /// When the index or the encoder does not answer.
    pub async fn measured(&self, question: &str, by: By, first: usize) -> Result<Vec<FoundPassage>, String> {
        let mut search = Search::new(question, PassageFilter::default(), first);
        if by != By::Words {
            let encoder = self.0.encoder.as_ref().ok_or("there is no encoder")?;
            let vectors = encoder.encode(vec![self.spelled(question)]).await.map_err(|e| told(&e))?;
            search.vector = vectors.into_iter().next();
        }
        if by == By::Meaning {
            search.terms.clear();
        }
        let home: &dyn PassageIndex = match &self.0.server {
            Some(server) => &**server,
            None => &self.0.embedded,
        };
        home.search(&search).await.map_err(|e| told(&e))
    }

    fn spelled(&self, question: &str) -> String {
        let names = Arc::clone(&self.0.names.read().unwrap_or_else(PoisonError::into_inner));
        names.spelled(question)
    }

    /// The meaning of a question; `Err` tells why there is none, `Ok(None)` that nobody is configured to compute it.
    async fn meaning(&self, question: &str) -> Result<Option<Vec<f32>>, String> {
        let Some(encoder) = &self.0.encoder else { return Ok(None) };
        if let Some(problem) = self.0.asks_encoder.is_resting() {
            return Err(problem);
        }
        let failed = |problem: String| {
            self.0.asks_encoder.failed(&problem);
            problem
        };
        match timeout(MEANING_PATIENCE, encoder.encode(vec![self.spelled(question)])).await {
            Ok(Ok(vectors)) => Ok(vectors.into_iter().next()),
            Ok(Err(e)) => Err(failed(told(&e))),
            // It may be busy with passages: a slow answer is no reason to leave it alone.
            Err(_) => Err(format!("no answer within {} ms", MEANING_PATIENCE.as_millis())),
        }
    }

    async fn by_server(&self, search: &Search) -> Option<Result<Vec<FoundPassage>, String>> {
        let server = self.0.server.as_ref()?;
        if let Some(problem) = self.0.asks_server.is_resting() {
            return Some(Err(problem));
        }
        let problem = match timeout(SERVER_PATIENCE, server.search(search)).await {
            Ok(Ok(found)) => return Some(Ok(found)),
            Ok(Err(IndexError::Empty)) => return Some(Err(IndexError::Empty.to_string())),
            Ok(Err(e)) => told(&e),
            Err(_) => format!("no answer within {} ms", SERVER_PATIENCE.as_millis()),
        };
        self.0.asks_server.failed(&problem);
        Some(Err(problem))
    }
}

/// What a search goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// BM25 alone.
    Words,
    /// Vectors alone.
    Meaning,
    /// Both, fused.
    Both,
}

impl fmt::Display for By {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Words => "sparse",
            Self::Meaning => "dense",
            Self::Both => "hybrid",
        })
    }
}

/// What of a passage is turned into a vector: title, heading and text, without the targets of links.
fn meant(passage: &Passage) -> String {
    format!("{}. {}. {}", passage.title, passage.heading, crate::knowledge::without_links(&passage.text))
}

#[async_trait]
impl Retriever for Library {
    async fn passages(&self, question: &str, filter: &PassageFilter, first: usize) -> Finding {
        let mut search = Search::new(question, filter.clone(), first);
        let mut without: Vec<String> = Vec::new();
        if question.trim().is_empty() {
            let taken = self.everything().into_iter().filter(|passage| filter.takes(passage)).take(first);
            let passages = taken.map(|passage| FoundPassage { passage, score: 0.0 }).collect();
            return Finding { passages, means: Means { home: Home::Embedded, vectors: false, without: None } };
        }
        match self.meaning(question).await {
            Ok(vector) => search.vector = vector,
            Err(problem) => without.push(format!("by words alone: {problem}")),
        }
        let vectors = search.vector.is_some();
        let means = |home, without: Vec<String>| Means {
            home,
            vectors,
            without: (!without.is_empty()).then(|| without.join("; ")),
        };
        match self.by_server(&search).await {
            Some(Ok(passages)) => return Finding { passages, means: means(Home::Qdrant, without) },
            Some(Err(problem)) => without.push(format!("without the Qdrant server: {problem}")),
            None => {}
        }
        let passages = match self.0.embedded.search(&search).await {
            Ok(passages) => passages,
            Err(e) => {
                without.push(format!("without the index: {}", told(&e)));
                Vec::new()
            }
        };
        Finding { passages, means: means(Home::Embedded, without) }
    }
}
