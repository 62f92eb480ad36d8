//! The index in a Qdrant server: the same passages, the same words and vectors, the same answers.
//!
//! Words are a sparse vector, named `words`, whose values are the weights of BM25; the server multiplies them by the rarity of
//! each word (its modifier `idf` is the formula of [`Bm25::rarity`]). Meaning is a dense vector, named `meaning`. What a filter
//! looks at is payload with an index of keywords. Both rankings are fused by the server, with our constant.
//!
//! A collection is never changed once it is full: a node fills a new one, whose name tells what is in it, searches there from
//! then on, and deletes its others. So nobody sees half of it, and a node that starts again finds its collection as it left it.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use async_trait::async_trait;
use qdrant_client::qdrant::{
    Condition, CountPointsBuilder, CreateCollectionBuilder, CreateFieldIndexCollectionBuilder, Distance, FieldType,
    Filter, Modifier, NamedVectors, PointStruct, PrefetchQueryBuilder, Query, QueryPointsBuilder, RrfBuilder,
    ScoredPoint, SearchParamsBuilder, SparseVectorParamsBuilder, SparseVectorsConfigBuilder, UpsertPointsBuilder,
    Value, Vector, VectorInput, VectorParamsBuilder, VectorsConfigBuilder,
};
use qdrant_client::{Payload, QdrantError};
use sha2::{Digest, Sha256};
use url::Url;

use super::{CANDIDATES, Entry, Home, IndexError, PassageIndex, Search};
use crate::config::Secret;
use crate::domain::{FoundPassage, Passage, PassageFilter};
use crate::knowledge::{Bm25, Fields, RANK_CONSTANT, term_number};

/// Points that are sent at once.
const BATCH: usize = 64;
/// One request; searches are given up earlier by who asks.
const PATIENCE: Duration = Duration::from_secs(10);
const WORDS: &str = "words";
const MEANING: &str = "meaning";
const PASSAGE: &str = "passage";
const KEYWORDS: [&str; 6] = ["plant", "unit", "tags", "alarms", "kind", "origin"];
/// Digits that tell in the name of a collection what is in it.
const FINGERPRINT: usize = 16;

/// Where a Qdrant server is.
#[derive(Clone, Debug)]
pub struct QdrantPlace {
    /// Its address for gRPC, for example `http://127.0.0.1:6334`.
    pub url: Url,
    /// What proves who we are.
    pub key: Option<Secret>,
    /// What the names of our collections begin with; of each node another one.
    pub prefix: String,
}

/// A Qdrant server.
pub struct Qdrant {
    client: qdrant_client::Qdrant,
    url: Url,
    prefix: String,
    /// The collection that is searched, once one is full.
    current: RwLock<Option<Collection>>,
}

/// A collection that is full.
#[derive(Clone)]
struct Collection {
    name: Arc<str>,
    /// Whether any meaning was known when it was filled; without one it has no such vectors.
    has_meaning: bool,
}

impl fmt::Debug for Qdrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Qdrant").field("url", &self.url.as_str()).field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

impl Qdrant {
    /// The way to a server. Nothing is connected yet.
    ///
    /// # Errors
    /// When the address makes no sense.
    pub fn at(place: QdrantPlace) -> Result<Self, IndexError> {
        let config = qdrant_client::Qdrant::from_url(place.url.as_str()).timeout(PATIENCE).connect_timeout(PATIENCE);
        // The check would block the thread, and a server that is too old says so by refusing.
        let config = config.skip_compatibility_check();
        let config = match &place.key {
            Some(key) => config.api_key(key.expose()),
            None => config,
        };
        Ok(Self { client: config.build()?, url: place.url, prefix: place.prefix, current: RwLock::default() })
    }

    fn current(&self) -> Option<Collection> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn is_full(&self, name: &str, points: usize) -> Result<bool, QdrantError> {
        if !self.client.collection_exists(name).await? {
            return Ok(false);
        }
        let counted = self.client.count(CountPointsBuilder::new(name).exact(true)).await?;
        Ok(counted.result.is_some_and(|count| count.count == points as u64))
    }

    async fn create(&self, name: &str, entries: &[Entry]) -> Result<(), QdrantError> {
        self.client.delete_collection(name).await?;
        let mut words = SparseVectorsConfigBuilder::default();
        words.add_named_vector_params(WORDS, SparseVectorParamsBuilder::default().modifier(Modifier::Idf));
        let mut collection = CreateCollectionBuilder::new(name).sparse_vectors_config(words);
        if let Some(vector) = entries.iter().find_map(|entry| entry.vector.as_ref()) {
            let mut meaning = VectorsConfigBuilder::default();
            meaning.add_named_vector_params(MEANING, VectorParamsBuilder::new(vector.len() as u64, Distance::Dot));
            collection = collection.vectors_config(meaning);
        }
        self.client.create_collection(collection).await?;
        for keyword in KEYWORDS {
            let index = CreateFieldIndexCollectionBuilder::new(name, keyword, FieldType::Keyword).wait(true);
            self.client.create_field_index(index).await?;
        }
        Ok(())
    }

    async fn upload(&self, name: &str, entries: &[Entry]) -> Result<(), IndexError> {
        let fields: Vec<Fields> = entries.iter().map(|entry| Fields::of(&entry.passage)).collect();
        let bm25 = Bm25::of(&fields);
        let points =
            entries.iter().zip(&fields).enumerate().map(|(at, (entry, fields))| point(at, entry, fields, &bm25));
        let points = points.collect::<Result<Vec<_>, _>>()?;
        for batch in points.chunks(BATCH) {
            self.client.upsert_points(UpsertPointsBuilder::new(name, batch).wait(true)).await?;
        }
        Ok(())
    }

    /// Deletes the collections of this node that it does not search any more.
    async fn tidy(&self, kept: &str) -> Result<(), QdrantError> {
        for collection in self.client.list_collections().await?.collections {
            let fingerprint = collection.name.strip_prefix(&self.prefix).and_then(|rest| rest.strip_prefix('-'));
            let is_ours =
                fingerprint.is_some_and(|f| f.len() == FINGERPRINT && f.bytes().all(|b| b.is_ascii_hexdigit()));
            if is_ours && collection.name != kept {
                self.client.delete_collection(&collection.name).await?;
            }
        }
        Ok(())
    }
}

/// What is in a collection, in short.
fn fingerprint(entries: &[Entry]) -> Result<String, IndexError> {
    let mut hash = Sha256::new();
    for entry in entries {
        let data = serde_json::to_vec(&*entry.passage).map_err(|e| IndexError::Nonsense(e.to_string()))?;
        hash.update((data.len() as u64).to_le_bytes());
        hash.update(&data);
        let vector = entry.vector.as_deref().unwrap_or_default();
        hash.update((vector.len() as u64).to_le_bytes());
        vector.iter().for_each(|number| hash.update(number.to_le_bytes()));
    }
    Ok(hash.finalize().iter().take(FINGERPRINT / 2).map(|byte| format!("{byte:02x}")).collect())
}

fn point(at: usize, entry: &Entry, fields: &Fields, bm25: &Bm25) -> Result<PointStruct, IndexError> {
    let passage = &entry.passage;
    let data = serde_json::to_string(&**passage).map_err(|e| IndexError::Nonsense(e.to_string()))?;
    let mut payload = Payload::new();
    payload.insert(PASSAGE, data);
    payload.insert("kind", passage.kind.word());
    payload.insert("origin", passage.origin.word());
    if let Some(plant) = &passage.plant {
        payload.insert("plant", plant.as_str());
    }
    if let Some(unit) = &passage.unit {
        payload.insert("unit", unit.as_str());
    }
    let texts = |all: &mut dyn Iterator<Item = String>| Value::from(all.map(Value::from).collect::<Vec<_>>());
    payload.insert("tags", texts(&mut passage.tags.iter().map(ToString::to_string)));
    payload.insert("alarms", texts(&mut passage.alarms.iter().map(ToString::to_string)));
    let (numbers, weights): (Vec<u32>, Vec<f32>) =
        bm25.weights(fields).into_iter().map(|(term, weight)| (term_number(&term), weight as f32)).unzip();
    let mut vectors = NamedVectors::default();
    if !numbers.is_empty() {
        vectors = vectors.add_vector(WORDS, Vector::new_sparse(numbers, weights));
    }
    if let Some(vector) = &entry.vector {
        vectors = vectors.add_vector(MEANING, Vector::new_dense(vector.to_vec()));
    }
    Ok(PointStruct::new(at as u64, vectors, payload))
}

/// What a filter says, in the words of the server.
fn conditions(filter: &PassageFilter) -> Filter {
    let any = |key: &str, wanted: Vec<String>| (!wanted.is_empty()).then(|| Condition::matches(key, wanted));
    let all = [
        filter.plant.as_ref().map(|plant| {
            let this = Condition::matches("plant", vec![plant.to_string()]);
            Condition::from(Filter::should([this, Condition::is_empty("plant")]))
        }),
        // A single text with a space in it would be matched word by word.
        filter.unit.as_ref().map(|unit| Condition::matches("unit", vec![unit.to_string()])),
        any("tags", filter.tags.iter().map(ToString::to_string).collect()),
        any("alarms", filter.alarms.iter().map(ToString::to_string).collect()),
        any("kind", filter.kinds.iter().map(|kind| kind.word().to_owned()).collect()),
        any("origin", filter.origins.iter().map(|origin| origin.word().to_owned()).collect()),
    ];
    Filter::must(all.into_iter().flatten())
}

fn found(point: &ScoredPoint) -> Result<FoundPassage, IndexError> {
    let data = point.payload.get(PASSAGE).and_then(|value| value.as_str());
    let data = data.ok_or_else(|| IndexError::Nonsense("a point without a passage".into()))?;
    let passage: Passage = serde_json::from_str(data).map_err(|e| IndexError::Nonsense(e.to_string()))?;
    Ok(FoundPassage { passage: Arc::new(passage), score: f64::from(point.score) })
}

#[async_trait]
impl PassageIndex for Qdrant {
    fn home(&self) -> Home {
        Home::Qdrant
    }

    async fn fill(&self, entries: &[Entry]) -> Result<(), IndexError> {
        let mut entries = entries.to_vec();
        entries.sort_by(|a, b| a.passage.anchor.cmp(&b.passage.anchor));
        let name = format!("{}-{}", self.prefix, fingerprint(&entries)?);
        if !self.is_full(&name, entries.len()).await? {
            self.create(&name, &entries).await?;
            self.upload(&name, &entries).await?;
        }
        let has_meaning = entries.iter().any(|entry| entry.vector.is_some());
        let full = Collection { name: name.as_str().into(), has_meaning };
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(full);
        Ok(self.tidy(&name).await?)
    }

    async fn search(&self, search: &Search) -> Result<Vec<FoundPassage>, IndexError> {
        let Some(collection) = self.current() else { return Err(IndexError::Empty) };
        let filter = conditions(&search.filter);
        let numbers: Vec<u32> = search.terms.iter().map(|term| term_number(term)).collect();
        let words = (!numbers.is_empty()).then(|| {
            let ones = vec![1.0; numbers.len()];
            Query::new_nearest(VectorInput::new_sparse(numbers, ones))
        });
        let request = QueryPointsBuilder::new(collection.name.as_ref()).limit(search.first as u64).with_payload(true);
        let request = match (words, &search.vector) {
            (None, None) => return Ok(Vec::new()),
            (Some(words), None) => request.query(words).using(WORDS).filter(filter),
            (None, Some(_)) if !collection.has_meaning => return Ok(Vec::new()),
            (words, Some(vector)) => {
                let part = |query: Query, using: &str| {
                    let part = PrefetchQueryBuilder::default().query(query).using(using).filter(filter.clone());
                    part.limit(CANDIDATES as u64)
                };
                let mut request = request.query(Query::new_rrf(RrfBuilder::with_k(RANK_CONSTANT)));
                if let Some(words) = words {
                    request = request.add_prefetch(part(words, WORDS));
                }
                if collection.has_meaning {
                    let exact = SearchParamsBuilder::default().exact(true);
                    let meaning = part(Query::new_nearest(vector.clone()), MEANING);
                    request = request.add_prefetch(meaning.params(exact));
                }
                request
            }
        };
        let answer = self.client.query(request).await?;
        let mut passages = answer.result.iter().map(found).collect::<Result<Vec<_>, _>>()?;
        passages.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.passage.anchor.cmp(&b.passage.anchor)));
        Ok(passages)
    }
}
