//! Whether TEP lives, and whether it can do its work: for watchdogs, load balancers and people in a hurry.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use futures_util::future::join_all;
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
    /// Whether a plant is at work here, or this node of a cluster has none to keep at work.
    plants: bool,
}

async fn live() -> Response {
    uncached(StatusCode::OK, Live { status: "live", version: env!("CARGO_PKG_VERSION") })
}

async fn ready(State(server): State<Server>) -> Response {
    let checks = Checks { storage: storage(&server).await, plants: plants(&server).await && !server.is_stopping() };
    let ready = checks.storage && checks.plants;
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    uncached(status, Ready { status: if ready { "ready" } else { "not ready" }, checks })
}

async fn storage(server: &Server) -> bool {
    match server.plants.get(None) {
        Some(api) => api.storage.ping().await.is_ok(),
        None => false,
    }
}

/// One plant that has stopped is no reason to send nobody here any more, as long as there is another.
async fn plants(server: &Server) -> bool {
    let here = server.plants.iter().filter(|api| api.is_here());
    let doors = join_all(here.map(async |api| api.root.doors(&api.plant.id).await.is_ok())).await;
    doors.is_empty() || doors.contains(&true)
}

fn uncached(status: StatusCode, body: impl Serialize) -> Response {
    (status, [(CACHE_CONTROL, "no-store")], Json(body)).into_response()
}
