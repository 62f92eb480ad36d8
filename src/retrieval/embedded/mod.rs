//! The index that is always there: a file of SQLite, with FTS5 for the words and exact cosine for the meaning.
//!
//! Words go into FTS5 as the terms of [`terms`](crate::knowledge::terms), so that its own tokeniser has nothing to decide.
//! What it returns for one term is the weight of the term in each passage times SQLite's rarity; the rarity is exchanged for
//! that of [`Bm25`], and the sum over the terms is the score. Passages and vectors are a few megabytes and stay in memory as well.

mod file;

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use sqlx::sqlite::SqlitePool;
use sqlx::{Row, Sqlite, SqliteConnection, Transaction};

use super::{CANDIDATES, Entry, Home, IndexError, PassageIndex, Search};
use crate::domain::{FoundPassage, Passage, PassageFilter, PassageId};
use crate::knowledge::{Bm25, Fields, fuse};

/// A change waits for another one at its beginning, not in its middle.
const CHANGE: &str = "BEGIN IMMEDIATE";

/// The embedded index. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Embedded {
    pool: SqlitePool,
    held: Arc<RwLock<Arc<Held>>>,
    /// The file; `None` in memory.
    path: Option<Arc<Path>>,
}

/// A passage as it is held in memory.
#[derive(Clone, Debug)]
struct Line {
    /// Its row in the file; never used twice.
    row: i64,
    /// Digest of everything that is told of the passage.
    digest: Vec<u8>,
    entry: Entry,
}

/// Everything that the file holds, in the order of the anchors.
#[derive(Debug, Default)]
struct Held {
    lines: Vec<Line>,
    places: HashMap<i64, usize>,
}

impl Held {
    fn new(mut lines: Vec<Line>) -> Self {
        lines.sort_by(|a, b| a.entry.passage.anchor.cmp(&b.entry.passage.anchor));
        let places = lines.iter().enumerate().map(|(place, line)| (line.row, place)).collect();
        Self { lines, places }
    }
}

impl Embedded {
    /// Opens the index in a file. One that is damaged, or was written by another version, is thrown away: it is derived.
    ///
    /// # Errors
    /// When the file can neither be opened nor made anew.
    pub async fn open(path: &Path) -> Result<Self, IndexError> {
        let pool = file::open(path).await?;
        Self::over(pool, Some(path.into())).await
    }

    /// An index in memory, gone with the process.
    ///
    /// # Errors
    /// When SQLite does not start.
    pub async fn in_memory() -> Result<Self, IndexError> {
        Self::over(file::in_memory().await?, None).await
    }

    async fn over(pool: SqlitePool, path: Option<Arc<Path>>) -> Result<Self, IndexError> {
        let lines = file::read(&mut *pool.acquire().await?).await?;
        Ok(Self { pool, held: Arc::new(RwLock::new(Arc::new(Held::new(lines)))), path })
    }

    /// Where it is kept; `None` in memory.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Everything that it holds, in the order of the anchors.
    pub fn entries(&self) -> Vec<Entry> {
        self.held().lines.iter().map(|line| line.entry.clone()).collect()
    }

    /// Passages that have no vector yet.
    pub fn without_vector(&self) -> Vec<Arc<Passage>> {
        let held = self.held();
        let lines = held.lines.iter().filter(|line| line.entry.vector.is_none());
        lines.map(|line| Arc::clone(&line.entry.passage)).collect()
    }

    /// From now on the vectors are those of this encoder: the vectors of another one are thrown away.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub async fn encoded_by(&self, encoder: Option<&str>) -> Result<(), IndexError> {
        let mut change = self.pool.begin_with(CHANGE).await?;
        let encoder = encoder.unwrap_or_default();
        if file::encoder(&mut change).await? != encoder {
            file::set_encoder(&mut change, encoder).await?;
            self.commit(change).await?;
        }
        Ok(())
    }

    /// Keeps vectors of length 1. A passage that is not here any more is passed over.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub async fn set_vectors(&self, vectors: &[(PassageId, Arc<[f32]>)]) -> Result<(), IndexError> {
        let mut change = self.pool.begin_with(CHANGE).await?;
        for (anchor, vector) in vectors {
            file::set_vector(&mut change, anchor, vector).await?;
        }
        self.commit(change).await
    }

    /// Closes the file.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    fn held(&self) -> Arc<Held> {
        Arc::clone(&self.held.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Writes, and holds what was written.
    async fn commit(&self, mut change: Transaction<'_, Sqlite>) -> Result<(), IndexError> {
        let held = Held::new(file::read(&mut change).await?);
        change.commit().await?;
        *self.held.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(held);
        Ok(())
    }

    /// Places of the passages in which a word stands, the best first, with their scores.
    async fn by_words(&self, held: &Held, search: &Search) -> Result<Vec<(usize, f64)>, IndexError> {
        let mut reading = self.pool.begin().await?;
        let passages: i64 = sqlx::query_scalar("SELECT count(*) FROM passage").fetch_one(&mut *reading).await?;
        let passages = usize::try_from(passages).unwrap_or_default();
        let mut scores: HashMap<i64, f64> = HashMap::new();
        for term in &search.terms {
            let weights = file::weights(&mut reading, term).await?;
            let spread = weights.len();
            let rarity = Bm25::rarity(passages, spread) / Bm25::rarity_in_sqlite(passages, spread);
            weights.into_iter().for_each(|(row, weight)| *scores.entry(row).or_default() += weight * rarity);
        }
        // A row that was written after `held` was read is found by the next search.
        let known = scores.into_iter().filter_map(|(row, score)| Some((*held.places.get(&row)?, score)));
        Ok(best(held, &search.filter, known))
    }

    /// Places of the passages by likeness of meaning, the best first.
    fn by_meaning(held: &Held, filter: &PassageFilter, wanted: &[f32]) -> Vec<(usize, f64)> {
        let likeness = |(place, line): (usize, &Line)| {
            let vector = line.entry.vector.as_ref().filter(|vector| vector.len() == wanted.len())?;
            let dot: f32 = vector.iter().zip(wanted).map(|(a, b)| a * b).sum();
            Some((place, f64::from(dot)))
        };
        best(held, filter, held.lines.iter().enumerate().filter_map(likeness))
    }
}

/// What the filter takes, the best first; of equals the lower anchor, which is the lower place.
fn best(held: &Held, filter: &PassageFilter, scored: impl Iterator<Item = (usize, f64)>) -> Vec<(usize, f64)> {
    let mut taken: Vec<(usize, f64)> =
        scored.filter(|(place, _)| filter.takes(&held.lines[*place].entry.passage)).collect();
    taken.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    taken
}

#[async_trait]
impl PassageIndex for Embedded {
    fn home(&self) -> Home {
        Home::Embedded
    }

    /// Vectors that an entry does not bring along are kept while the passage has not changed.
    async fn fill(&self, entries: &[Entry]) -> Result<(), IndexError> {
        let mut change = self.pool.begin_with(CHANGE).await?;
        let before = self.held();
        let mut gone: HashMap<&PassageId, &Line> =
            before.lines.iter().map(|line| (&line.entry.passage.anchor, line)).collect();
        for entry in entries {
            let data = serde_json::to_string(&*entry.passage).map_err(|e| IndexError::Nonsense(e.to_string()))?;
            let digest = file::digest(&data);
            match gone.remove(&entry.passage.anchor) {
                Some(line) if line.digest == digest => {}
                Some(line) => {
                    file::delete(&mut change, line.row).await?;
                    insert(&mut change, &entry.passage, &data, &digest).await?;
                }
                None => insert(&mut change, &entry.passage, &data, &digest).await?,
            }
            if let Some(vector) = &entry.vector {
                file::set_vector(&mut change, &entry.passage.anchor, vector).await?;
            }
        }
        for line in gone.into_values() {
            file::delete(&mut change, line.row).await?;
        }
        self.commit(change).await
    }

    async fn search(&self, search: &Search) -> Result<Vec<FoundPassage>, IndexError> {
        let held = self.held();
        let words = self.by_words(&held, search).await?;
        let meaning = search.vector.as_ref().map(|vector| Self::by_meaning(&held, &search.filter, vector));
        let ranked = match meaning {
            None => words,
            Some(meaning) => {
                let places = |ranking: Vec<(usize, f64)>| -> Vec<usize> {
                    ranking.into_iter().take(CANDIDATES).map(|(place, _)| place).collect()
                };
                fuse(&[places(words), places(meaning)])
            }
        };
        let found = |(place, score): (usize, f64)| FoundPassage {
            passage: Arc::clone(&held.lines[place].entry.passage),
            score,
        };
        Ok(ranked.into_iter().take(search.first).map(found).collect())
    }
}

async fn insert(
    change: &mut SqliteConnection,
    passage: &Passage,
    data: &str,
    digest: &[u8],
) -> Result<(), sqlx::Error> {
    let [title, heading, text] = Fields::of(passage).0.map(|field| field.join(" "));
    let row = sqlx::query("INSERT INTO passage (anchor, digest, data) VALUES (?, ?, ?) RETURNING row")
        .bind(passage.anchor.as_str())
        .bind(digest)
        .bind(data)
        .fetch_one(&mut *change)
        .await?;
    let row: i64 = row.try_get(0)?;
    sqlx::query("INSERT INTO words (rowid, title, heading, text) VALUES (?, ?, ?, ?)")
        .bind(row)
        .bind(title)
        .bind(heading)
        .bind(text)
        .execute(change)
        .await?;
    Ok(())
}
