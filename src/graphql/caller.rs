//! Who makes a request: read from its cookie or its `Authorization` header, before anything else looks at it.
//!
//! A browser sends the cookie by itself, also when another site told it to ask; so what a cookie authorises must come
//! from one of our own pages. A script shows `Authorization: Bearer …` by intent, which needs no such proof.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::{AUTHORIZATION, COOKIE, HOST, ORIGIN, UPGRADE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::auth::Refusal;
use crate::security::{Gate, GateError, Principal};

/// The cookie that holds the token of a session.
pub const SESSION_COOKIE: &str = "tep_session";

/// Who makes the request, if it is somebody who has signed in. An extractor for every route behind [`identify`]; without
/// it everybody is nobody.
#[derive(Clone, Debug, Default)]
pub struct Caller(pub Option<Principal>);

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_default())
    }
}

/// Middleware: looks who makes the request and leaves a [`Caller`] for the routes. A token that is not believed makes the
/// caller nobody; the routes say what nobody may do.
pub async fn identify(State(gate): State<Arc<Gate>>, mut request: Request, next: Next) -> Response {
    let headers = request.headers();
    let (token, by_cookie) = match (bearer(headers), session_cookie(headers)) {
        (Some(token), _) => (Some(token), false),
        (None, cookie) => (cookie, true),
    };
    if token.is_some() && by_cookie && may_change_something(&request) && !comes_from_our_page(headers) {
        return Refusal::origin().into_response();
    }
    let caller = match token {
        None => Caller(None),
        Some(token) => match gate.authenticate(token).await {
            Ok(principal) => Caller(Some(principal)),
            Err(GateError::Unauthenticated) => Caller(None),
            Err(e) => return Refusal::from(e).into_response(),
        },
    };
    request.extensions_mut().insert(caller);
    next.run(request).await
}

/// The token of an `Authorization: Bearer …` header.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The token in the session's cookie.
fn session_cookie(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(name, value)| (name == SESSION_COOKIE && !value.is_empty()).then_some(value))
}

/// A WebSocket begins as a `GET`, but orders come over it.
fn may_change_something(request: &Request) -> bool {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    !reads || request.headers().contains_key(UPGRADE)
}

/// Whether the page that asks has the address that is asked. Browsers name it with every `POST` and every WebSocket.
pub(super) fn comes_from_our_page(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let origin = text(ORIGIN).and_then(|origin| origin.split_once("://")).map(|(_, authority)| authority);
    origin.zip(text(HOST)).is_some_and(|(origin, host)| origin.eq_ignore_ascii_case(host))
}

/// Whether a page with another address asks; a script, which names none, does not count.
pub(super) fn comes_from_another_page(headers: &HeaderMap) -> bool {
    headers.contains_key(ORIGIN) && !comes_from_our_page(headers)
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn headers(pairs: &[(HeaderName, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(name.clone(), HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn the_token_is_found_among_other_cookies_and_schemes() {
        let cookie = |value| session_cookie(&headers(&[(COOKIE, value)])).map(str::to_owned);
        assert_eq!(cookie("a=b; tep_session=x.y.z; c=d").as_deref(), Some("x.y.z"));
        assert_eq!(cookie("tep_session=x.y.z").as_deref(), Some("x.y.z"));
        assert_eq!(cookie("xtep_session=x.y.z; tep_session_2=a").as_deref(), None);
        assert_eq!(cookie("tep_session=").as_deref(), None);
        let two = headers(&[(COOKIE, "a=b"), (COOKIE, "tep_session=x.y.z")]);
        assert_eq!(session_cookie(&two), Some("x.y.z"));
        assert_eq!(bearer(&headers(&[(AUTHORIZATION, "bearer x.y.z")])), Some("x.y.z"));
        assert_eq!(bearer(&headers(&[(AUTHORIZATION, "Basic eDp5")])), None);
    }

    #[test]
    fn only_a_page_of_the_asked_address_is_ours() {
        let check = |origin: &'static str, host: &'static str, ours: bool| {
            assert_eq!(comes_from_our_page(&headers(&[(ORIGIN, origin), (HOST, host)])), ours, "{origin} asks {host}");
        };
        check("http://127.0.0.1:8800", "127.0.0.1:8800", true);
        check("https://Plant.example", "plant.example", true);
        check("http://[::1]:8800", "[::1]:8800", true);
        check("http://127.0.0.1:9999", "127.0.0.1:8800", false);
        check("https://plant.example.evil.example", "plant.example", false);
        check("null", "plant.example", false);
        check("", "", false);
        assert!(!comes_from_our_page(&headers(&[(HOST, "plant.example")])));
        assert!(!comes_from_another_page(&headers(&[(HOST, "plant.example")])));
        assert!(comes_from_another_page(&headers(&[(HOST, "plant.example"), (ORIGIN, "null")])));
    }
}
