//! A server that speaks Qdrant's published protobuf and does what its documentation says, for what we ask of it: collections
//! with named sparse and dense vectors, the modifier `idf`, keywords in filters, prefetch and reciprocal rank fusion. What
//! we do not use is `UNIMPLEMENTED`; what Qdrant refuses, it refuses too.
//!
//! It calculates anew for each question, and in numbers of 32 bits as Qdrant does. It shares no code with what it tests.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard};

use ::qdrant_client::qdrant::collections_server::{Collections, CollectionsServer};
use ::qdrant_client::qdrant::condition::ConditionOneOf;
use ::qdrant_client::qdrant::r#match::MatchValue;
use ::qdrant_client::qdrant::points_server::{Points, PointsServer};
use ::qdrant_client::qdrant::query::Variant;
use ::qdrant_client::qdrant::value::Kind;
use ::qdrant_client::qdrant::vectors_config::Config;
use ::qdrant_client::qdrant::*;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status};

/// The server. Cheap to clone.
#[derive(Clone)]
pub struct Server {
    key: String,
    held: Arc<Mutex<Held>>,
}

#[derive(Default)]
struct Held {
    collections: BTreeMap<String, Collection>,
    upserted: usize,
}

#[derive(Default)]
struct Collection {
    /// Sparse vectors by name, and whether their modifier is `idf`.
    sparse: HashMap<String, bool>,
    /// Dense vectors by name, with their size.
    dense: HashMap<String, usize>,
    keywords: HashSet<String>,
    points: BTreeMap<u64, Point>,
}

struct Point {
    payload: HashMap<String, Value>,
    sparse: HashMap<String, HashMap<u32, f32>>,
    dense: HashMap<String, Vec<f32>>,
}

/// Starts it at a free port, and says where.
pub async fn serve(server: Server) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let served = tonic::transport::Server::builder()
        .add_service(CollectionsServer::new(server.clone()))
        .add_service(PointsServer::new(server).max_decoding_message_size(64 << 20))
        .serve_with_incoming(TcpListenerStream::new(listener));
    tokio::spawn(served);
    url
}

impl Server {
    /// One that lets in who has this key.
    pub fn wanting(key: &str) -> Self {
        Self { key: key.into(), held: Arc::default() }
    }

    /// Names of the collections.
    pub fn collections(&self) -> Vec<String> {
        self.held.lock().unwrap().collections.keys().cloned().collect()
    }

    /// How many points were ever sent.
    pub fn upserted(&self) -> usize {
        self.held.lock().unwrap().upserted
    }

    /// Half of the points of each collection are gone, as if their writing had been broken off.
    pub fn forget_some_points(&self) {
        for collection in self.held.lock().unwrap().collections.values_mut() {
            collection.points.retain(|id, _| id % 2 == 0);
        }
    }

    /// What is held, for who has the key; with what was asked.
    fn admit<T>(&self, request: Request<T>) -> Result<(MutexGuard<'_, Held>, T), Status> {
        let key = request.metadata().get("api-key").and_then(|key| key.to_str().ok());
        if key != Some(self.key.as_str()) {
            return Err(Status::unauthenticated("Invalid API key or JWT"));
        }
        Ok((self.held.lock().unwrap(), request.into_inner()))
    }
}

fn missing(name: &str) -> Status {
    Status::not_found(format!("Not found: Collection `{name}` doesn't exist!"))
}

fn wrong(what: impl Into<String>) -> Status {
    Status::invalid_argument(what)
}

fn done<T>(answer: T) -> Result<Response<T>, Status> {
    Ok(Response::new(answer))
}

impl Held {
    fn collection(&mut self, name: &str) -> Result<&mut Collection, Status> {
        self.collections.get_mut(name).ok_or_else(|| missing(name))
    }

    fn create(&mut self, wanted: CreateCollection) -> Result<CollectionOperationResponse, Status> {
        let name = wanted.collection_name;
        if self.collections.contains_key(&name) {
            return Err(Status::already_exists(format!("Wrong input: Collection `{name}` already exists!")));
        }
        let idf = |params: &SparseVectorParams| params.modifier == Some(Modifier::Idf as i32);
        let sparse = wanted.sparse_vectors_config.unwrap_or_default().map;
        let dense = match wanted.vectors_config.and_then(|config| config.config) {
            None => HashMap::new(),
            Some(Config::ParamsMap(all)) => all.map,
            Some(Config::Params(_)) => return Err(wrong("this server wants named vectors")),
        };
        let linear =
            |params: &VectorParams| [Distance::Dot, Distance::Cosine].iter().any(|d| *d as i32 == params.distance);
        if !dense.values().all(linear) {
            return Err(wrong("this server knows dot and cosine only"));
        }
        let collection = Collection {
            sparse: sparse.iter().map(|(name, params)| (name.clone(), idf(params))).collect(),
            dense: dense.into_iter().map(|(name, params)| (name, params.size as usize)).collect(),
            ..Collection::default()
        };
        self.collections.insert(name, collection);
        Ok(CollectionOperationResponse { result: true, time: 0.0 })
    }

    fn upsert(&mut self, sent: UpsertPoints) -> Result<PointsOperationResponse, Status> {
        self.upserted += sent.points.len();
        let collection = self.collection(&sent.collection_name)?;
        for point in sent.points {
            let Some(point_id::PointIdOptions::Num(id)) = point.id.and_then(|id| id.point_id_options) else {
                return Err(wrong("this server wants numbers as ids"));
            };
            let Some(vectors::VectorsOptions::Vectors(named)) = point.vectors.and_then(|v| v.vectors_options) else {
                return Err(wrong("this server wants named vectors"));
            };
            let mut kept = Point { payload: point.payload, sparse: HashMap::new(), dense: HashMap::new() };
            for (name, vector) in named.vectors {
                match vector.vector {
                    Some(vector::Vector::Sparse(sparse)) if collection.sparse.contains_key(&name) => {
                        let count = sparse.indices.len();
                        let pairs: HashMap<u32, f32> =
                            sparse.indices.into_iter().zip(sparse.values.iter().copied()).collect();
                        if pairs.len() != count || sparse.values.len() != count {
                            return Err(wrong("Validation error: indices must be unique, and as many as values"));
                        }
                        kept.sparse.insert(name, pairs);
                    }
                    Some(vector::Vector::Dense(dense)) if collection.dense.get(&name) == Some(&dense.data.len()) => {
                        kept.dense.insert(name, dense.data);
                    }
                    other => {
                        return Err(wrong(format!("Not existing vector name, or wrong dimension: {name} {other:?}")));
                    }
                }
            }
            collection.points.insert(id, kept);
        }
        Ok(PointsOperationResponse::default())
    }

    fn query(&mut self, asked: QueryPoints) -> Result<QueryResponse, Status> {
        let collection = self.collection(&asked.collection_name)?;
        let limit = asked.limit.unwrap_or(10);
        let variant = |query: Option<Query>| query.and_then(|query| query.variant).ok_or_else(|| wrong("no query"));
        let ranked = if asked.prefetch.is_empty() {
            collection.nearest(variant(asked.query)?, asked.using.as_deref(), asked.filter.as_ref(), limit)?
        } else {
            let Variant::Rrf(fusion) = variant(asked.query)? else { return Err(wrong("this server fuses by rrf")) };
            let k = fusion.k.unwrap_or(2) as f32;
            let mut scores: BTreeMap<u64, f32> = BTreeMap::new();
            for part in asked.prefetch {
                let using = part.using.as_deref();
                let limit = part.limit.unwrap_or(10);
                let ranking = collection.nearest(variant(part.query)?, using, part.filter.as_ref(), limit)?;
                for (place, (id, _)) in ranking.into_iter().enumerate() {
                    *scores.entry(id).or_default() += 1.0 / (place as f32 + k);
                }
            }
            let mut fused: Vec<(u64, f32)> = scores.into_iter().collect();
            fused.sort_by(|a, b| b.1.total_cmp(&a.1));
            fused.truncate(limit as usize);
            fused
        };
        let with_payload = asked.with_payload.is_some();
        let point = |(id, score): (u64, f32)| ScoredPoint {
            id: Some(id.into()),
            payload: if with_payload { collection.points[&id].payload.clone() } else { HashMap::new() },
            score,
            ..ScoredPoint::default()
        };
        Ok(QueryResponse { result: ranked.into_iter().map(point).collect(), time: 0.0, usage: None })
    }
}

impl Collection {
    fn nearest(
        &self,
        query: Variant,
        using: Option<&str>,
        filter: Option<&Filter>,
        limit: u64,
    ) -> Result<Vec<(u64, f32)>, Status> {
        let Variant::Nearest(VectorInput { variant: Some(input) }) = query else {
            return Err(wrong("no nearest query"));
        };
        let name = using.unwrap_or_default();
        let unknown = || wrong(format!("Wrong input: Not existing vector name error: {name}"));
        let mut scored: Vec<(u64, f32)> = match input {
            vector_input::Variant::Sparse(sparse) => {
                let idf = *self.sparse.get(name).ok_or_else(unknown)?;
                let all: Vec<_> =
                    self.points.iter().filter_map(|(id, point)| Some((*id, point.sparse.get(name)?))).collect();
                let many = all.len() as f32;
                let rarity = |index: &u32| {
                    let spread = all.iter().filter(|(_, words)| words.contains_key(index)).count() as f32;
                    ((many - spread + 0.5) / (spread + 0.5) + 1.0).ln()
                };
                let wanted: Vec<(u32, f32)> = sparse
                    .indices
                    .iter()
                    .zip(sparse.values)
                    .map(|(index, value)| (*index, if idf { value * rarity(index) } else { value }))
                    .collect();
                let score = |words: &HashMap<u32, f32>| {
                    let shared: Vec<f32> = wanted.iter().filter_map(|(i, w)| Some(w * words.get(i)?)).collect();
                    (!shared.is_empty()).then(|| shared.iter().sum())
                };
                all.iter().filter_map(|(id, words)| Some((*id, score(words)?))).collect()
            }
            vector_input::Variant::Dense(dense) => {
                let size = *self.dense.get(name).ok_or_else(unknown)?;
                if size != dense.data.len() {
                    return Err(wrong(format!("Wrong input: Vector dimension error: expected dim: {size}")));
                }
                let dot = |vector: &Vec<f32>| vector.iter().zip(&dense.data).map(|(a, b)| a * b).sum();
                self.points.iter().filter_map(|(id, point)| Some((*id, dot(point.dense.get(name)?)))).collect()
            }
            _ => return Err(wrong("this server knows sparse and dense vectors only")),
        };
        if let Some(filter) = filter {
            let mut kept = Vec::new();
            for (id, score) in scored {
                if self.takes(filter, &self.points[&id])? {
                    kept.push((id, score));
                }
            }
            scored = kept;
        }
        scored.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        scored.truncate(limit as usize);
        Ok(scored)
    }

    fn takes(&self, filter: &Filter, point: &Point) -> Result<bool, Status> {
        if !filter.must_not.is_empty() || filter.min_should.is_some() {
            return Err(wrong("this server knows must and should only"));
        }
        let mut all = true;
        for condition in &filter.must {
            all &= self.holds(condition, point)?;
        }
        let mut any = filter.should.is_empty();
        for condition in &filter.should {
            any |= self.holds(condition, point)?;
        }
        Ok(all && any)
    }

    fn holds(&self, condition: &Condition, point: &Point) -> Result<bool, Status> {
        match &condition.condition_one_of {
            Some(ConditionOneOf::Filter(inner)) => self.takes(inner, point),
            Some(ConditionOneOf::IsEmpty(empty)) => {
                let kind = point.payload.get(&empty.key).and_then(|value| value.kind.as_ref());
                Ok(match kind {
                    None | Some(Kind::NullValue(_)) => true,
                    Some(Kind::ListValue(list)) => list.values.is_empty(),
                    Some(_) => false,
                })
            }
            Some(ConditionOneOf::Field(field)) => {
                let Some(MatchValue::Keywords(wanted)) = field.r#match.as_ref().and_then(|m| m.match_value.as_ref())
                else {
                    return Err(wrong("this server matches any of some keywords"));
                };
                // Qdrant itself would search without an index; in strict mode it refuses.
                if !self.keywords.contains(&field.key) {
                    return Err(wrong(format!("Bad request: Index required but not found for \"{}\"", field.key)));
                }
                let is_wanted = |value: &Value| value.as_str().is_some_and(|text| wanted.strings.contains(text));
                Ok(match point.payload.get(&field.key) {
                    None => false,
                    Some(Value { kind: Some(Kind::ListValue(list)) }) => list.values.iter().any(is_wanted),
                    Some(value) => is_wanted(value),
                })
            }
            other => Err(wrong(format!("this server knows no condition {other:?}"))),
        }
    }
}

/// A service of which the rest is not implemented.
macro_rules! service {
    ($service:ident { $($done:item)* } without { $($name:ident($asked:ident) -> $answer:ident;)* }) => {
        #[tonic::async_trait]
        impl $service for Server {
            $($done)*
            $(async fn $name(&self, _: Request<$asked>) -> Result<Response<$answer>, Status> {
                Err(Status::unimplemented(stringify!($name)))
            })*
        }
    };
}

service! {
    Collections {
        async fn list(&self, request: Request<ListCollectionsRequest>) -> Result<Response<ListCollectionsResponse>, Status> {
            let (held, _) = self.admit(request)?;
            let collections = held.collections.keys().map(|name| CollectionDescription { name: name.clone() }).collect();
            done(ListCollectionsResponse { collections, time: 0.0 })
        }
        async fn create(&self, request: Request<CreateCollection>) -> Result<Response<CollectionOperationResponse>, Status> {
            let (mut held, wanted) = self.admit(request)?;
            done(held.create(wanted)?)
        }
        async fn delete(&self, request: Request<DeleteCollection>) -> Result<Response<CollectionOperationResponse>, Status> {
            let (mut held, wanted) = self.admit(request)?;
            let result = held.collections.remove(&wanted.collection_name).is_some();
            done(CollectionOperationResponse { result, time: 0.0 })
        }
        async fn collection_exists(
            &self,
            request: Request<CollectionExistsRequest>,
        ) -> Result<Response<CollectionExistsResponse>, Status> {
            let (held, wanted) = self.admit(request)?;
            let exists = held.collections.contains_key(&wanted.collection_name);
            done(CollectionExistsResponse { result: Some(CollectionExists { exists }), time: 0.0 })
        }
    } without {
        get(GetCollectionInfoRequest) -> GetCollectionInfoResponse;
        update(UpdateCollection) -> CollectionOperationResponse;
        update_aliases(ChangeAliases) -> CollectionOperationResponse;
        list_collection_aliases(ListCollectionAliasesRequest) -> ListAliasesResponse;
        list_aliases(ListAliasesRequest) -> ListAliasesResponse;
        collection_cluster_info(CollectionClusterInfoRequest) -> CollectionClusterInfoResponse;
        update_collection_cluster_setup(UpdateCollectionClusterSetupRequest) -> UpdateCollectionClusterSetupResponse;
        create_shard_key(CreateShardKeyRequest) -> CreateShardKeyResponse;
        delete_shard_key(DeleteShardKeyRequest) -> DeleteShardKeyResponse;
        list_shard_keys(ListShardKeysRequest) -> ListShardKeysResponse;
    }
}

service! {
    Points {
        async fn upsert(&self, request: Request<UpsertPoints>) -> Result<Response<PointsOperationResponse>, Status> {
            let (mut held, sent) = self.admit(request)?;
            done(held.upsert(sent)?)
        }
        async fn create_field_index(
            &self,
            request: Request<CreateFieldIndexCollection>,
        ) -> Result<Response<PointsOperationResponse>, Status> {
            let (mut held, wanted) = self.admit(request)?;
            if wanted.field_type != Some(FieldType::Keyword as i32) {
                return Err(wrong("this server knows an index of keywords only"));
            }
            held.collection(&wanted.collection_name)?.keywords.insert(wanted.field_name);
            done(PointsOperationResponse::default())
        }
        async fn count(&self, request: Request<CountPoints>) -> Result<Response<CountResponse>, Status> {
            let (mut held, wanted) = self.admit(request)?;
            let count = held.collection(&wanted.collection_name)?.points.len() as u64;
            done(CountResponse { result: Some(CountResult { count }), ..CountResponse::default() })
        }
        async fn query(&self, request: Request<QueryPoints>) -> Result<Response<QueryResponse>, Status> {
            let (mut held, asked) = self.admit(request)?;
            done(held.query(asked)?)
        }
    } without {
        delete(DeletePoints) -> PointsOperationResponse;
        get(GetPoints) -> GetResponse;
        update_vectors(UpdatePointVectors) -> PointsOperationResponse;
        delete_vectors(DeletePointVectors) -> PointsOperationResponse;
        set_payload(SetPayloadPoints) -> PointsOperationResponse;
        overwrite_payload(SetPayloadPoints) -> PointsOperationResponse;
        delete_payload(DeletePayloadPoints) -> PointsOperationResponse;
        clear_payload(ClearPayloadPoints) -> PointsOperationResponse;
        delete_field_index(DeleteFieldIndexCollection) -> PointsOperationResponse;
        create_vector_name(CreateVectorNameRequest) -> PointsOperationResponse;
        delete_vector_name(DeleteVectorNameRequest) -> PointsOperationResponse;
        search(SearchPoints) -> SearchResponse;
        search_batch(SearchBatchPoints) -> SearchBatchResponse;
        search_groups(SearchPointGroups) -> SearchGroupsResponse;
        scroll(ScrollPoints) -> ScrollResponse;
        recommend(RecommendPoints) -> RecommendResponse;
        recommend_batch(RecommendBatchPoints) -> RecommendBatchResponse;
        recommend_groups(RecommendPointGroups) -> RecommendGroupsResponse;
        discover(DiscoverPoints) -> DiscoverResponse;
        discover_batch(DiscoverBatchPoints) -> DiscoverBatchResponse;
        update_batch(UpdateBatchPoints) -> UpdateBatchResponse;
        query_batch(QueryBatchPoints) -> QueryBatchResponse;
        query_groups(QueryPointGroups) -> QueryGroupsResponse;
        facet(FacetCounts) -> FacetResponse;
        search_matrix_pairs(SearchMatrixPoints) -> SearchMatrixPairsResponse;
        search_matrix_offsets(SearchMatrixPoints) -> SearchMatrixOffsetsResponse;
    }
}
