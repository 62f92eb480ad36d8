//! Finds passages of what is known: words by BM25, meaning by vectors, the two rankings fused.
//!
//! An index is derived: it holds nothing that cannot be made again from the documents. There is one trait,
//! [`PassageIndex`], and two homes: [`Embedded`], a file beside the data that is always there, and a Qdrant server where one
//! is configured. Whoever looks for something asks a [`Retriever`], which never fails and never waits long: what is away is
//! left out, and the [`Finding`] says so.

mod embedded;
mod encoder;
mod library;
mod qdrant;
mod reading;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use qdrant_client::QdrantError;
use thiserror::Error;

pub use embedded::Embedded;
pub use encoder::{Encoder, EncodingError, LocalEncoder, RemoteEncoder, RemotePlace};
pub use library::{By, Library, Standing};
pub use qdrant::{Qdrant, QdrantPlace};
pub use reading::{PDF_CPU_SECONDS, PDF_MEMORY_BYTES, Reader, ReadingError, take_apart};

use crate::domain::{FoundPassage, Passage, PassageFilter};
use crate::knowledge::terms;

/// Passages that each ranking gives to the fusion.
pub(crate) const CANDIDATES: usize = 50;
/// Terms of a question that are looked for; the rest is left out.
const TERMS_MAX: usize = 64;

/// Why an index does not answer.
#[derive(Debug, Error)]
pub enum IndexError {
    /// The file cannot be used.
    #[error("the index file {path}: {problem}")]
    File {
        /// Which file.
        path: String,
        /// What is wrong.
        problem: String,
    },
    /// The embedded database does not do what it is asked.
    #[error("the embedded index")]
    Embedded(#[from] sqlx::Error),
    /// The server does not do what it is asked.
    #[error("the Qdrant server")]
    Qdrant(#[source] Box<QdrantError>),
    /// It has not been filled yet.
    #[error("the index is still being filled")]
    Empty,
    /// What the index returns makes no sense.
    #[error("the index holds what it should not: {0}")]
    Nonsense(String),
}

impl From<QdrantError> for IndexError {
    fn from(error: QdrantError) -> Self {
        Self::Qdrant(Box::new(error))
    }
}

/// Where an index is at home.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Home {
    /// A file beside the data.
    Embedded,
    /// A Qdrant server.
    Qdrant,
}

impl fmt::Display for Home {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Embedded => "embedded",
            Self::Qdrant => "qdrant",
        })
    }
}

/// A passage with what is known of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The passage.
    pub passage: Arc<Passage>,
    /// Its meaning as a vector of length 1, once it has been computed.
    pub vector: Option<Arc<[f32]>>,
}

/// What an index is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Search {
    /// The words that count, none twice.
    pub terms: Vec<String>,
    /// The meaning; without it, words alone decide.
    pub vector: Option<Vec<f32>>,
    /// Which passages are looked at.
    pub filter: PassageFilter,
    /// How many are wanted.
    pub first: usize,
}

impl Search {
    /// For a question in words.
    pub fn new(question: &str, filter: PassageFilter, first: usize) -> Self {
        let mut wanted: Vec<String> = Vec::new();
        for term in terms(question) {
            if wanted.len() < TERMS_MAX && !wanted.contains(&term) {
                wanted.push(term);
            }
        }
        Self { terms: wanted, vector: None, filter, first }
    }
}

/// Passages that can be searched.
#[async_trait]
pub trait PassageIndex: Send + Sync + fmt::Debug {
    /// Where it is at home.
    fn home(&self) -> Home;

    /// From now on it holds just these. Whoever searches meanwhile finds what was there before or what is there now.
    ///
    /// # Errors
    /// When it cannot be filled; it then holds what it held, and can be filled again.
    async fn fill(&self, entries: &[Entry]) -> Result<(), IndexError>;

    /// The passages that fit, the best first; of equals the lower anchor.
    ///
    /// # Errors
    /// When it cannot be asked.
    async fn search(&self, search: &Search) -> Result<Vec<FoundPassage>, IndexError>;
}

/// How something was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Means {
    /// Where was searched.
    pub home: Home,
    /// Whether meaning counted, not only words.
    pub vectors: bool,
    /// What was left out and why, for people; `None` when everything that is configured took part.
    pub without: Option<String>,
}

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The passages, the best first.
    pub passages: Vec<FoundPassage>,
    /// How.
    pub means: Means,
}

/// Whoever finds passages.
#[async_trait]
pub trait Retriever: Send + Sync + fmt::Debug {
    /// The passages that answer a question best, at most `first` of them. Without a word that counts, those that the filter
    /// takes, in the order of their anchors. What cannot be asked is left out within half a second, and told.
    async fn passages(&self, question: &str, filter: &PassageFilter, first: usize) -> Finding;
}
