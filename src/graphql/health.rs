//! Whether TEP lives, and whether it can do its work: for watchdogs, load balancers and people in a hurry.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;

use super::http::Server;

/// The routes under `/health`, open to everybody: they tell nothing but yes and no.
pub(super) fn routes() -> Router<Server> {
    Router::new().route("/health/live", get(live)).route("/health/ready", get(ready))
}

#[derive(Serialize)]
struct Live {
    status: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Ready {
    status: &'static str,
    checks: Checks,
}

#[derive(Serialize)]
struct Checks {
    /// Whether the database answers.
    storage: bool,
    /// Whether the plant is supervised.
    plant: bool,
}

async fn live() -> Response {
    uncached(StatusCode::OK, Live { status: "live", version: env!("CARGO_PKG_VERSION") })
}

async fn ready(State(server): State<Server>) -> Response {
    let (storage, plant) = tokio::join!(server.api.storage.ping(), server.api.root.doors());
    let checks = Checks { storage: storage.is_ok(), plant: plant.is_ok() && !server.is_stopping() };
    let ready = checks.storage && checks.plant;
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    uncached(status, Ready { status: if ready { "ready" } else { "not ready" }, checks })
}

fn uncached(status: StatusCode, body: impl Serialize) -> Response {
    (status, [(CACHE_CONTROL, "no-store")], Json(body)).into_response()
}
