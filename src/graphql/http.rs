//! The entrance: routes, limits of the transport, correlation, and queries and mutations over HTTP.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::{Request as Document, Response as Answer};
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{ConnectInfo, DefaultBodyLimit, FromRequestParts, MatchedPath, RawPathParams, Request, State};
use axum::http::header::{CONTENT_TYPE, USER_AGENT};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, timeout};
use tower_http::compression::CompressionLayer;
use tower_http::timeout::TimeoutLayer;
use tracing::{Instrument, info_span};

use super::caller::{Caller, comes_from_another_page, identify};
use super::error::{ApiError, ErrorCode};
use super::{
    Api, Plants, RequestId, Schema, Visitor, audit, auth, documents, exports, health, journal_export, schema, sse, web,
    ws,
};
use crate::config::{ServerConfig, bounds};
use crate::security::Gate;
use crate::telemetry::events;

/// Most bytes of a request.
const BODY_BYTES_MAX: usize = bounds::REQUEST_BODY.most;

/// Longest execution of a query or a mutation.
const EXECUTION_MAX: Duration = Duration::from_secs(20);

/// Longest time from the first byte of a request to its answer, streams excepted.
const REQUEST_MAX: Duration = Duration::from_secs(30);

/// Longest time from the first byte of a document to its answer; a PDF is taken apart meanwhile.
const DOCUMENT_MAX: Duration = Duration::from_secs(90);

/// Most streams that are open at once, sockets and event streams together.
const STREAMS_MAX: usize = bounds::STREAMS.most;

/// Longest name of a client that is remembered.
const AGENT_CHARS_MAX: usize = 120;

/// What the routes share.
#[derive(Clone)]
pub(super) struct Server {
    pub plants: Plants,
    pub gate: Arc<Gate>,
    pub schema: Schema,
    /// One permit a stream.
    pub streams: Arc<Semaphore>,
    /// One permit a query or mutation that is executed.
    executions: Arc<Semaphore>,
    /// One permit an export of the journal.
    pub exports: Arc<Semaphore>,
    /// True when TEP stops, so that streams end and the listener can close.
    stop: watch::Receiver<bool>,
}

/// Which plant an address names: `/plants/{plant}/…`, or the first.
#[derive(Clone, Debug)]
pub(super) struct Named(Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let named = RawPathParams::from_request_parts(parts, state).await.ok();
        let id = named.and_then(|params| params.iter().find(|(name, _)| *name == "plant").map(|(_, id)| id.to_owned()));
        Ok(Self(id))
    }
}

impl Server {
    /// The API of the plant that an address names. Whoever has not signed in does not learn which plants there are.
    pub fn api(&self, named: &Named, visitor: &Visitor) -> Result<&Api, (StatusCode, ApiError)> {
        let Named(id) = named;
        self.plants.get(id.as_deref()).ok_or_else(|| match &visitor.principal {
            None => (StatusCode::UNAUTHORIZED, ApiError::unauthenticated()),
            Some(_) => {
                let message = format!("there is no plant `{}`", id.as_deref().unwrap_or_default());
                (StatusCode::NOT_FOUND, ApiError::new(ErrorCode::NotFound, message))
            }
        })
    }

    /// Comes back when TEP stops.
    pub fn stopping(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut stop = self.stop.clone();
        // Whoever could have said so is gone: that is a stop, too.
        async move { drop(stop.wait_for(|stop| *stop).await) }
    }

    /// Whether TEP stops.
    pub fn is_stopping(&self) -> bool {
        *self.stop.borrow()
    }
}

/// Everything that is served to people and programs: each plant under `/plants/{plant}/graphql`, and the first under
/// `/graphql` as well. The server must tell the address of the client
/// (`into_make_service_with_connect_info`); the streams end when `stop` turns true, or its sender is gone.
pub fn router(plants: Plants, gate: Arc<Gate>, config: &ServerConfig, stop: watch::Receiver<bool>) -> Router {
    let (streams, executions) = (Semaphore::new(STREAMS_MAX), Semaphore::new(bounds::EXECUTIONS.most));
    let (streams, executions) = (Arc::new(streams), Arc::new(executions));
    let exports = Arc::new(Semaphore::new(bounds::EXPORTS.most));
    let server = Server { plants, gate: Arc::clone(&gate), schema: schema(), streams, executions, exports, stop };
    let streams = Router::new()
        .route("/graphql/ws", get(ws::open))
        .route("/graphql/stream", post(sse::open))
        .route("/exports/journal.csv", get(journal_export::csv))
        .route("/exports/journal.json", get(journal_export::json))
        .route("/plants/{plant}/exports/journal.csv", get(journal_export::csv))
        .route("/plants/{plant}/exports/journal.json", get(journal_export::json))
        .route("/exports/audit.csv", get(audit::csv))
        .route("/plants/{plant}/graphql/ws", get(ws::open))
        .route("/plants/{plant}/graphql/stream", post(sse::open));
    let files = Router::new()
        .route("/knowledge/documents", post(documents::add).get(documents::file))
        .route("/plants/{plant}/knowledge/documents", post(documents::add).get(documents::file))
        .layer(DefaultBodyLimit::max(bounds::DOCUMENT_FILE.most))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, DOCUMENT_MAX));
    let short = Router::new()
        .route("/graphql", post(execute))
        .route("/plants/{plant}/graphql", post(execute))
        .route("/exports/kpis.csv", get(exports::kpis))
        .route("/plants/{plant}/exports/kpis.csv", get(exports::kpis))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, REQUEST_MAX));
    streams
        .merge(short)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .merge(files)
        .layer(from_fn_with_state(Arc::clone(&gate), identify))
        .merge(health::routes())
        .with_state(server)
        .merge(auth::routes(gate, config.secure_cookies))
        .fallback(web::page)
        .layer(from_fn(web::protect))
        .layer(CompressionLayer::new().gzip(true))
        .layer(from_fn(correlate))
}

/// Gives each request an id, a span and a place in the statistics.
async fn correlate(mut request: Request, next: Next) -> Response {
    const HEADER: &str = "x-request-id";
    let id = RequestId::taken_over(request.headers().get(HEADER).and_then(|value| value.to_str().ok()));
    request.extensions_mut().insert(id.clone());
    let route = request.extensions().get::<MatchedPath>().map_or("page", MatchedPath::as_str).to_owned();
    let span = info_span!("request", id = %id, method = %request.method(), route = %route);
    let started = Instant::now();
    let mut response = next.run(request).instrument(span).await;
    events::request_answered(route, response.status().as_u16(), started.elapsed());
    if let Ok(value) = HeaderValue::from_str(id.as_str()) {
        response.headers_mut().insert(HEADER, value);
    }
    response
}

impl<S: Send + Sync> FromRequestParts<S> for Visitor {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let Caller(principal) = Caller::from_request_parts(parts, state).await?;
        let address = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|from| from.0.ip().to_canonical());
        let agent = parts.headers.get(USER_AGENT).and_then(|value| value.to_str().ok());
        let agent = agent.map(|words| words.chars().take(AGENT_CHARS_MAX).collect());
        let request = parts.extensions.get::<RequestId>().cloned().unwrap_or_default();
        Ok(Self { principal, address, agent, request })
    }
}

/// An error of the transport, in the form of every other error.
pub(super) fn refusal(status: StatusCode, error: ApiError) -> Response {
    (status, Json(Answer::from_errors(vec![error.into_server_error()]))).into_response()
}

/// The document in a body. Only JSON is read, which no form of another site can send; and one document at a time.
pub(super) fn read_document(
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Document, (StatusCode, ApiError)> {
    if comes_from_another_page(headers) {
        let error = ApiError::new(ErrorCode::Forbidden, "this request comes from a page of another address");
        return Err((StatusCode::FORBIDDEN, error));
    }
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json") {
        let error = ApiError::invalid("send JSON, with the header Content-Type: application/json");
        return Err((StatusCode::UNSUPPORTED_MEDIA_TYPE, error));
    }
    let body = body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            let error = ApiError::limit("BODY", format!("a request has at most {BODY_BYTES_MAX} bytes"));
            (StatusCode::PAYLOAD_TOO_LARGE, error)
        }
        status => (status, ApiError::invalid("the body cannot be read")),
    })?;
    if body.trim_ascii_start().first() == Some(&b'[') {
        return Err((StatusCode::BAD_REQUEST, ApiError::limit("BATCH", "one document at a time")));
    }
    serde_json::from_slice(&body)
        .map_err(|e| (StatusCode::BAD_REQUEST, ApiError::invalid(format!("the body is not a GraphQL request: {e}"))))
}

async fn execute(
    State(server): State<Server>,
    named: Named,
    visitor: Visitor,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    // Whoever has not signed in learns nothing, not even whether the document makes sense.
    if visitor.principal.is_none() {
        return refusal(StatusCode::UNAUTHORIZED, ApiError::unauthenticated());
    }
    let asked = server.api(&named, &visitor).and_then(|api| Ok((api.clone(), read_document(&headers, body)?)));
    let (api, document) = match asked {
        Ok(asked) => asked,
        Err((status, error)) => return refusal(status, error),
    };
    let Ok(_permit) = server.executions.try_acquire() else {
        events::shed(bounds::EXECUTIONS.door, bounds::EXECUTIONS.when_full.policy());
        return refusal(StatusCode::SERVICE_UNAVAILABLE, ApiError::unavailable("TEP is busy: the answer"));
    };
    match timeout(EXECUTION_MAX, server.schema.execute(document, api, visitor)).await {
        Ok(answer) => Json(answer).into_response(),
        Err(_) => {
            let error = ApiError::limit("TIME", format!("it took longer than {} s", EXECUTION_MAX.as_secs()));
            refusal(StatusCode::OK, error)
        }
    }
}
