//! `tep serve`: starts everything in order, and stops it in the other.

use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tracing::{info, warn};

use crate::actors::{PlantSetup, Root};
use crate::config::Config;
use crate::domain::Plant;
use crate::feed::Feed;
use crate::graphql::{self, Api};
use crate::ingest::Sources;
use crate::security::{Authority, Gate};
use crate::storage::Storage;
use crate::telemetry::{Clock, Metrics};

/// Runs the platform until it is told to stop.
///
/// # Errors
/// When something cannot be started (the error says what to do), or the tree of actors cannot be kept alive.
pub async fn serve(config: Config) -> anyhow::Result<()> {
    let metrics = Metrics::install()?;
    let clock = Clock::system();
    let plant = super::plant(&config)?;
    // The doors to the street come first: a busy port is told before anything has been touched.
    let web = listen(SocketAddr::new(config.server.address, config.server.port), "server.port").await?;
    let metrics_at = SocketAddr::new(config.server.metrics_address, config.server.metrics_port);
    let metrics_door = listen(metrics_at, "server.metrics_port").await?;

    let storage = super::storage(&config, &plant).await?;
    let authority = Authority::load(config.security.policies_dir.as_deref())?;
    let gate = Arc::new(super::gate(storage.clone(), &config.storage.data_dir, &config.security, clock)?);
    let feed = Feed::new(storage.begin_epoch().await?);
    let (root, ended) = Root::start(setup(&config, &plant, &storage, &feed, clock)).await.map_err(told)?;

    let (stop, stopping) = watch::channel(false);
    let api = Api {
        plant: Arc::clone(&plant),
        feed,
        storage: storage.clone(),
        root: root.clone(),
        authority,
        gate: Arc::clone(&gate),
        clock,
    };
    let pages = graphql::router(api, &config.server, stopping.clone());
    let metrics_token = config.server.metrics_token.clone();
    let numbers = graphql::metrics_router(move || metrics.render(), metrics_token);
    greet(&web, &plant, &storage, &gate).await?;
    let web = tokio::spawn(serve_on(web, pages, stopping.clone()));
    let numbers = tokio::spawn(serve_on(metrics_door, numbers, stopping));

    let failed = tokio::select! {
        reason = told_to_stop() => { info!("stopping: {}", reason?); false }
        _ = ended => true,
    };
    let patience = Duration::from_secs(config.server.shutdown_seconds);
    root.shut_down(patience).await;
    stop.send_replace(true);
    drop(tokio::time::timeout(Duration::from_secs(2), async { drop((web.await, numbers.await)) }).await);
    storage.close().await?;
    if failed {
        bail!("the plant could not be kept alive; see the log above");
    }
    info!("stopped");
    Ok(())
}

fn setup(config: &Config, plant: &Arc<Plant>, storage: &Storage, feed: &Feed, clock: Clock) -> PlantSetup {
    PlantSetup {
        plant: Arc::clone(plant),
        source: config.plant.source.clone(),
        sources: Sources::built_in(),
        storage_config: config.storage.clone(),
        storage: storage.clone(),
        feed: feed.clone(),
        clock,
    }
}

/// The runtime's own wrapping of the reason says nothing to a person.
fn told(error: ractor::SpawnErr) -> anyhow::Error {
    match error {
        ractor::SpawnErr::StartupFailed(reason) => anyhow::anyhow!("the plant cannot be started: {reason}"),
        other => other.into(),
    }
}

async fn listen(at: SocketAddr, key: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(at).await.with_context(|| {
        format!("cannot listen at {at}: is another program (or another TEP) there? Stop it, or set `{key}`")
    })
}

async fn serve_on(door: TcpListener, pages: axum::Router, mut stopping: watch::Receiver<bool>) {
    let stop = async move { drop(stopping.wait_for(|stop| *stop).await) };
    let service = pages.into_make_service_with_connect_info::<SocketAddr>();
    if let Err(error) = axum::serve(door, service).with_graceful_shutdown(stop).await {
        warn!("a listener ended: {error}");
    }
}

/// The opening lines: where to look and how to sign in. They are for a person, so they go to standard output.
async fn greet(web: &TcpListener, plant: &Plant, storage: &Storage, gate: &Gate) -> anyhow::Result<()> {
    let token = gate.issue_setup_token().await?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "\n  TEP watches {}: open http://{}/", plant.name, web.local_addr()?)?;
    match token {
        Some(token) => {
            writeln!(out, "  First start: create the administrator there, with this set-up token: {}", token.expose())?;
        }
        None => writeln!(out, "  Sign in with your account (forgotten: `tep user reset-password NAME`).")?,
    }
    writeln!(out, "  Everything is kept in {}. Stop with Ctrl-C.\n", storage.describe())?;
    out.flush()?;
    Ok(())
}

async fn told_to_stop() -> anyhow::Result<&'static str> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(tokio::select! {
        _ = terminate.recv() => "asked by the service manager",
        _ = interrupt.recv() => "asked at the keyboard",
    })
}
