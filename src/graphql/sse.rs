//! Documents over server-sent events, for networks that break WebSockets: graphql-sse in its mode of distinct connections,
//! one `POST` an operation, answered by the events `next` and at last `complete`.

use std::convert::Infallible;
use std::time::Duration;

use async_graphql::Response as Answer;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::header::{ACCEPT, CACHE_CONTROL};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::future::{Either, select};
use futures_util::{FutureExt, Stream, StreamExt, stream};

use super::error::ApiError;
use super::http::{Named, Server, read_document, refusal};
use super::scope::Visitor;
use crate::security::Principal;

/// A comment is sent after so long a silence, so that proxies keep the connection.
const KEEP_ALIVE: Duration = Duration::from_secs(12);

pub(super) async fn open(
    State(server): State<Server>,
    named: Named,
    visitor: Visitor,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let Some(principal) = visitor.principal.clone() else {
        return refusal(StatusCode::UNAUTHORIZED, ApiError::unauthenticated());
    };
    let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !accept.contains("text/event-stream") {
        let error = ApiError::invalid("ask for events, with the header Accept: text/event-stream");
        return refusal(StatusCode::NOT_ACCEPTABLE, error);
    }
    let asked = server.api(&named, &visitor).and_then(|api| Ok((api.clone(), read_document(&headers, body)?)));
    let (api, document) = match asked {
        Ok(asked) => asked,
        Err((status, error)) => return refusal(status, error),
    };
    let Ok(permit) = server.streams.clone().try_acquire_owned() else {
        let error = ApiError::limit("STREAMS", "too many streams are open; close one, or try again later");
        return refusal(StatusCode::SERVICE_UNAVAILABLE, error);
    };
    let answers = server.schema.execute_stream(document, api, visitor);
    let events = until_shown_out(server, principal, answers).map(move |event| {
        // The permit lives as long as the stream.
        let _held = &permit;
        Ok::<_, Infallible>(event)
    });
    let unbuffered = (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    let uncached = (CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    ([unbuffered, uncached], Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE))).into_response()
}

/// The answers as events, until there are no more, the session ends, or TEP stops.
fn until_shown_out(
    server: Server,
    principal: Principal,
    answers: impl Stream<Item = Answer> + Send + 'static,
) -> impl Stream<Item = Event> {
    let shown_out = async move {
        let session = server.gate.ended(&principal).boxed();
        match select(session, server.stopping().boxed()).await {
            Either::Left(_) => Some(ApiError::unauthenticated()),
            Either::Right(_) => None,
        }
    };
    let last_words = stream::once(shown_out)
        .filter_map(|error| async { error.map(|error| Answer::from_errors(vec![error.into_server_error()])) });
    // Whichever ends first ends the stream.
    let answers = answers.map(Some).chain(stream::iter([None]));
    let goodbye = last_words.map(Some).chain(stream::iter([None]));
    stream::select(answers, goodbye)
        .take_while(|answer| std::future::ready(answer.is_some()))
        .filter_map(|answer| std::future::ready(answer.as_ref().and_then(next)))
        .chain(stream::iter([Event::default().event("complete").data("")]))
}

fn next(answer: &Answer) -> Option<Event> {
    Event::default().event("next").json_data(answer).ok()
}
