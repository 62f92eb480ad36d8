//! `tep serve`: starts everything in order, and stops it in the other.

use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use futures_util::future::{Either, pending};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tracing::{error, info, warn};

use super::cluster::{Resident, Threshold};
use crate::actors::{LibrarySetup, NodeSetup, Notifications, PlantSite, Root, Terms};
use crate::cluster::Cluster;
use crate::config::{Config, SourceConfig};
use crate::domain::{Member, Members, Plant};
use crate::feed::Feed;
use crate::graphql::{self, Api, Knowledge, Plants};
use crate::ingest::Sources;
use crate::registry::Registry;
use crate::retrieval::{Reader, Retriever};
use crate::security::{Authority, Gate};
use crate::storage::{Holder, Storage};
use crate::telemetry::{Clock, Metrics};

/// Runs the platform until it is told to stop.
///
/// # Errors
/// When something cannot be started (the error says what to do), or the tree of actors cannot be kept alive.
pub async fn serve(config: Config) -> anyhow::Result<()> {
    let metrics = Metrics::install()?;
    let clock = Clock::system();
    let plants = super::plants(&config)?;
    // The doors to the street come first: a busy port is told before anything has been touched.
    let web = listen(SocketAddr::new(config.server.address, config.server.port), "server.port").await?;
    let metrics_at = SocketAddr::new(config.server.metrics_address, config.server.metrics_port);
    let metrics_door = listen(metrics_at, "server.metrics_port").await?;

    let node = super::node_name(&config);
    let threshold = Threshold::open(&config.cluster, &node).await?;

    let storage = super::storage(&config).await?;
    let _serving = storage.lock_for_serving()?;
    let authority = Authority::load(config.security.policies_dir.as_deref())?;
    let gate = Arc::new(super::gate(storage.clone(), &config, clock).await?);
    let holder = storage.holder(&node);
    // Until the link between nodes has met anybody, this node is alone among them.
    let (members, living) = watch::channel(Members::new([myself(&config, &holder, clock)]));
    let notifications = super::notifications(&config, &plants, &authority)?;
    let sites = sites(&config, &plants, &storage, notifications.as_ref())?;
    let broker = super::broker(&config, &authority, &storage, clock)?;
    let library = super::library(&config, &node).await?;
    let ids = plants.iter().map(|(plant, _)| plant.id.clone()).collect();
    let shelves = super::shelves(&storage, config.knowledge.folder.as_ref(), ids, Reader::of_this_program());
    let knowledge = Knowledge::new(library.clone(), storage.clone(), Reader::of_this_program());
    let retriever = Some(Arc::new(library.clone()) as Arc<dyn Retriever>);
    let kept = LibrarySetup { library, shelves, clock };
    let terms = terms(&config, living);
    let setup = NodeSetup { plants: sites.clone(), holder, terms, broker, library: Some(kept), retriever, clock };
    let (root, ended) = Root::start(setup).await?;
    let resident = Resident { node: &node, plants: &sites, clock };
    let (cluster, parted) = match threshold {
        Some(threshold) => {
            let (cluster, parted) = threshold.enter(&config, resident, &storage, &root, members).await?;
            (Some(cluster), Either::Left(parted))
        }
        None => (None, Either::Right(pending())),
    };

    let registry = Registry::open(&config.registry)?;
    let (stop, stopping) = watch::channel(false);
    let served: Arc<[Arc<Plant>]> = plants.iter().map(|(plant, _)| Arc::clone(plant)).collect();
    let api = |site: &PlantSite| Api {
        plant: Arc::clone(&site.plant),
        plants: Arc::clone(&served),
        feed: site.feed.clone(),
        storage: site.storage.clone(),
        root: root.clone(),
        elsewhere: cluster.as_ref().map(Cluster::elsewhere),
        authority: authority.clone(),
        gate: Arc::clone(&gate),
        notifications: site.notifications.clone(),
        knowledge: Some(knowledge.clone()),
        registry: registry.clone(),
        clock,
    };
    let apis = Plants::new(sites.iter().map(api).collect());
    let pages = graphql::router(apis, Arc::clone(&gate), &config.server, stopping.clone());
    let metrics_token = config.server.metrics_token.clone();
    let numbers = graphql::metrics_router(move || metrics.render(), metrics_token);
    greet(&web, &served, &storage, &gate).await?;
    let web = tokio::spawn(serve_on(web, pages, stopping.clone()));
    let numbers = tokio::spawn(serve_on(metrics_door, numbers, stopping));

    let failed = tokio::select! {
        reason = told_to_stop() => { info!("stopping: {}", reason?); false }
        _ = ended => true,
        _ = parted => { error!("this node cannot take part in the cluster any more"); true }
    };
    let patience = Duration::from_secs(config.server.shutdown_seconds);
    root.shut_down(patience).await;
    if let Some(cluster) = cluster {
        cluster.leave().await;
    }
    stop.send_replace(true);
    drop(tokio::time::timeout(Duration::from_secs(2), async { drop((web.await, numbers.await)) }).await);
    storage.close().await?;
    if failed {
        bail!("no plant could be kept alive; see the log above");
    }
    info!("stopped");
    Ok(())
}

fn sites(
    config: &Config,
    plants: &[(Arc<Plant>, SourceConfig)],
    storage: &Storage,
    notifications: Option<&Notifications>,
) -> anyhow::Result<Vec<PlantSite>> {
    let site = |(plant, source): &(Arc<Plant>, SourceConfig)| {
        Ok(PlantSite {
            plant: Arc::clone(plant),
            source: source.clone(),
            sources: Sources::built_in(),
            storage_config: config.storage.clone(),
            storage: storage.for_plant(Arc::clone(plant))?,
            // The first life begins with the first claim.
            feed: Feed::new(0),
            notifications: notifications.cloned(),
        })
    };
    plants.iter().map(site).collect()
}

fn terms(config: &Config, members: watch::Receiver<Members>) -> Terms {
    if config.cluster.enabled { Terms::Shared { lease: config.cluster.lease(), members } } else { Terms::Alone }
}

fn myself(config: &Config, holder: &Holder, clock: Clock) -> Member {
    Member { node: holder.node.clone(), address: config.cluster.advertised(), since: clock.now() }
}

pub(super) async fn listen(at: SocketAddr, key: &str) -> anyhow::Result<TcpListener> {
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
async fn greet(web: &TcpListener, plants: &[Arc<Plant>], storage: &Storage, gate: &Gate) -> anyhow::Result<()> {
    let token = gate.issue_setup_token().await?;
    let names: Vec<&str> = plants.iter().map(|plant| plant.name.as_str()).collect();
    let mut out = std::io::stdout().lock();
    writeln!(out, "\n  TEP watches {}: open http://{}/", names.join(", "), web.local_addr()?)?;
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
