//! What Prometheus reads, on a listener of its own.

use axum::Router;
use axum::extract::State;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use sha2::{Digest, Sha256};

use crate::config::Secret;

/// `/metrics`. With a token it is given only to whoever shows that.
pub fn metrics_router<R>(render: R, token: Option<Secret>) -> Router
where
    R: Fn() -> String + Clone + Send + Sync + 'static,
{
    Router::new().route("/metrics", get(metrics::<R>)).with_state((render, token))
}

async fn metrics<R>(State((render, token)): State<(R, Option<Secret>)>, headers: HeaderMap) -> Response
where
    R: Fn() -> String + Clone + Send + Sync + 'static,
{
    if token.is_some_and(|token| !shows(&headers, &token)) {
        return (StatusCode::UNAUTHORIZED, [(WWW_AUTHENTICATE, "Bearer")], "a token is needed\n").into_response();
    }
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], render()).into_response()
}

/// Compared as digests, so that the time that it takes tells nothing about the token.
fn shows(headers: &HeaderMap, token: &Secret) -> bool {
    let shown = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let shown = shown.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    shown.is_some_and(|(_, shown)| Sha256::digest(shown.trim()) == Sha256::digest(token.expose()))
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::Request;
    use tower::ServiceExt;

    use super::*;

    async fn status(token: Option<&str>, shown: Option<&str>) -> StatusCode {
        let router = metrics_router(|| "tep_up 1\n".to_owned(), token.map(|token| Secret::from(token.to_owned())));
        let mut request = Request::get("/metrics");
        if let Some(shown) = shown {
            request = request.header(AUTHORIZATION, shown);
        }
        router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap().status()
    }

    #[tokio::test]
    async fn a_configured_token_is_asked_for() {
        assert_eq!(status(None, None).await, StatusCode::OK);
        assert_eq!(status(Some("s3cret"), None).await, StatusCode::UNAUTHORIZED);
        assert_eq!(status(Some("s3cret"), Some("Bearer guess")).await, StatusCode::UNAUTHORIZED);
        assert_eq!(status(Some("s3cret"), Some("Bearer s3cret")).await, StatusCode::OK);
    }
}
