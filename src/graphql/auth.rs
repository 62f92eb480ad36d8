//! Setting up, signing in and out, and changing one's password: the REST routes under `/auth`.
//!
//! The session travels in an `HttpOnly` cookie, so no script on our pages can read it. The cookie's value is the token;
//! a script of an engineer may show it as `Authorization: Bearer …` instead.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{ConnectInfo, DefaultBodyLimit, FromRequest, Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, SET_COOKIE};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::caller::{Caller, SESSION_COOKIE, comes_from_another_page, identify};
use crate::config::bounds;
use crate::security::{Gate, GateError, Principal, SignedIn};

/// Most bytes of a request: a name, a password and a token are short.
const BODY_BYTES_MAX: usize = bounds::SIGN_IN_BODY.most;

#[derive(Clone)]
struct Entrance {
    gate: Arc<Gate>,
    secure_cookies: bool,
}

/// The routes under `/auth`. The server must tell the address of the client (`into_make_service_with_connect_info`),
/// since attempts are counted by it.
pub fn routes(gate: Arc<Gate>, secure_cookies: bool) -> Router {
    Router::new()
        .route("/auth/state", get(state))
        .route("/auth/setup", post(setup))
        .route("/auth/sign-in", post(sign_in))
        .route("/auth/sign-out", post(sign_out))
        .route("/auth/password", post(change_password))
        .layer(from_fn_with_state(gate.clone(), identify))
        .layer(from_fn(never_cached))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(Entrance { gate, secure_cookies })
}

async fn never_cached(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// What the page must know before it shows anything.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AuthState {
    setup_required: bool,
    user: Option<SignedInUser>,
    expires_at: Option<DateTime<Utc>>,
}

#[derive(Serialize)]
struct SignedInUser {
    name: String,
    /// As the API's enum `Role` writes it.
    role: String,
}

impl AuthState {
    fn of(principal: Option<&Principal>, setup_required: bool) -> Self {
        Self {
            setup_required,
            user: principal.map(|p| SignedInUser { name: p.name.clone(), role: p.role.as_str().to_ascii_uppercase() }),
            expires_at: principal.map(|p| p.expires_at.to_datetime()),
        }
    }
}

async fn state(State(entrance): State<Entrance>, Caller(caller): Caller) -> Result<Json<AuthState>, Refusal> {
    // Whoever has signed in has an account, so nobody need be counted.
    let setup_required = caller.is_none() && entrance.gate.setup_required().await?;
    Ok(Json(AuthState::of(caller.as_ref(), setup_required)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Setup {
    token: String,
    name: String,
    password: String,
}

async fn setup(
    State(entrance): State<Entrance>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    Body(given): Body<Setup>,
) -> Result<Response, Refusal> {
    let from = from.ip().to_canonical();
    let signed_in = entrance.gate.setup(&given.token, &given.name, &given.password, from).await?;
    Ok(entrance.welcome(&signed_in))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignIn {
    name: String,
    password: String,
}

async fn sign_in(
    State(entrance): State<Entrance>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    Body(given): Body<SignIn>,
) -> Result<Response, Refusal> {
    let signed_in = entrance.gate.sign_in(&given.name, &given.password, from.ip().to_canonical()).await?;
    Ok(entrance.welcome(&signed_in))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignOut {}

async fn sign_out(
    State(entrance): State<Entrance>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    Caller(caller): Caller,
    Body(SignOut {}): Body<SignOut>,
) -> Result<Response, Refusal> {
    if let Some(who) = caller {
        entrance.gate.sign_out(&who, from.ip().to_canonical()).await?;
    }
    let forget = entrance.cookie("", 0);
    Ok(([(SET_COOKIE, forget)], Json(AuthState::of(None, false))).into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChangePassword {
    current: String,
    new: String,
}

async fn change_password(
    State(entrance): State<Entrance>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    Caller(caller): Caller,
    Body(given): Body<ChangePassword>,
) -> Result<Json<AuthState>, Refusal> {
    let who = caller.ok_or(GateError::Unauthenticated)?;
    entrance.gate.change_password(&who, &given.current, &given.new, from.ip().to_canonical()).await?;
    Ok(Json(AuthState::of(Some(&who), false)))
}

impl Entrance {
    fn welcome(&self, signed_in: &SignedIn) -> Response {
        let cookie = self.cookie(&signed_in.token, signed_in.lasts.as_secs());
        ([(SET_COOKIE, cookie)], Json(AuthState::of(Some(&signed_in.principal), false))).into_response()
    }

    fn cookie(&self, token: &str, max_age_seconds: u64) -> String {
        let secure = if self.secure_cookies { "; Secure" } else { "" };
        format!("{SESSION_COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={max_age_seconds}{secure}")
    }
}

/// The body of a `POST`: JSON that says it is, from no page but ours. A form on another site can send neither.
struct Body<T>(T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        if comes_from_another_page(request.headers()) {
            return Err(Refusal::origin());
        }
        let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let essence = kind.split(';').next().unwrap_or_default().trim();
        if !essence.eq_ignore_ascii_case("application/json") {
            let message = "Send JSON, with the header Content-Type: application/json.";
            return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "CONTENT_TYPE", message));
        }
        let bytes = Bytes::from_request(request, state).await.map_err(|e| {
            let message = format!("The body cannot be read, or is longer than {BODY_BYTES_MAX} bytes.");
            Refusal::new(e.status(), "INVALID_INPUT", message)
        })?;
        serde_json::from_slice(&bytes).map(Self).map_err(|e| {
            Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "INVALID_INPUT", format!("The body cannot be used: {e}."))
        })
    }
}

/// A refusal as the page reads it: `{code, message}`, with `Retry-After` where waiting helps.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    code: &'static str,
    message: String,
    retry_after_seconds: Option<u64>,
}

impl Refusal {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), retry_after_seconds: None }
    }

    /// The request comes from a page of another address, or does not say from which.
    pub fn origin() -> Self {
        let message = "This request does not come from a page of this address. Scripts send Authorization: Bearer.";
        Self::new(StatusCode::FORBIDDEN, "ORIGIN_MISMATCH", message)
    }
}

impl From<GateError> for Refusal {
    fn from(error: GateError) -> Self {
        let status = match &error {
            GateError::Credentials | GateError::Unauthenticated => StatusCode::UNAUTHORIZED,
            GateError::Disabled | GateError::SetupToken | GateError::CurrentPassword => StatusCode::FORBIDDEN,
            GateError::NoSuchUser(_) => StatusCode::NOT_FOUND,
            GateError::AlreadySetUp | GateError::NameTaken(_) | GateError::LastAdministrator(_) => StatusCode::CONFLICT,
            GateError::Name(_) | GateError::Password(_) => StatusCode::UNPROCESSABLE_ENTITY,
            GateError::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            GateError::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            GateError::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let retry_after_seconds = error.retry_after_seconds();
        Self { status, code: error.code(), message: sentence(&error.to_string()), retry_after_seconds }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = Json(serde_json::json!({ "code": self.code, "message": self.message }));
        let mut response = (self.status, body).into_response();
        if let Some(seconds) = self.retry_after_seconds {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// An error's words as a sentence for people.
fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), letters.as_str()))
}
