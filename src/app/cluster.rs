//! This node's part in a cluster.

use std::sync::Arc;

use anyhow::Context;
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;
use tokio::sync::watch;
use uuid::Uuid;

use crate::actors::{PlantSite, Root};
use crate::cluster::{Cluster, ClusterSetup, CredentialFiles, Credentials, Introduction, NEWEST, OLDEST, Rhythm};
use crate::config::{ClusterConfig, Config, Secret};
use crate::domain::{Members, NodeName, Plant};
use crate::storage::Storage;
use crate::telemetry::Clock;

/// What is needed to be found by others, opened before anything else is touched.
pub(super) struct Threshold {
    listener: TcpListener,
    credentials: Credentials,
    cookie: Secret,
}

/// What this node is called, in which home, and what it serves.
pub(super) struct Resident<'a> {
    pub node: &'a NodeName,
    pub plants: &'a [PlantSite],
    pub clock: Clock,
}

impl Threshold {
    /// Listens and reads the proofs; `None` for a node alone.
    pub async fn open(config: &ClusterConfig, node: &NodeName) -> anyhow::Result<Option<Self>> {
        if !config.enabled {
            return Ok(None);
        }
        let files = CredentialFiles {
            certificate: config.certificate.clone().context("cluster.certificate must be set")?,
            private_key: config.private_key.clone().context("cluster.private_key must be set")?,
            authority: config.authority.clone().context("cluster.authority must be set")?,
        };
        let credentials = Credentials::read(&files, node)?;
        let cookie = config.read_cookie()?.context("cluster.cookie_file must be set")?;
        let listener = super::serve::listen(config.listen, "cluster.listen").await?;
        Ok(Some(Self { listener, credentials, cookie }))
    }

    /// Takes part.
    pub async fn enter(
        self,
        config: &Config,
        resident: Resident<'_>,
        storage: &Storage,
        root: &Root,
        members: watch::Sender<Members>,
    ) -> anyhow::Result<(Cluster, tokio::task::JoinHandle<()>)> {
        let me = Introduction {
            node: resident.node.clone(),
            boot: Uuid::now_v7(),
            address: config.cluster.advertised(),
            product: env!("CARGO_PKG_VERSION").to_owned(),
            wire_oldest: OLDEST.0,
            wire_newest: NEWEST.0,
            schema: storage.schema(),
            database: storage.database_id().await?,
            plants: digest(resident.plants.iter().map(|site| &site.plant)),
        };
        let feeds = resident.plants.iter().map(|site| (site.plant.id.clone(), site.feed.clone())).collect();
        let setup = ClusterSetup {
            listener: self.listener,
            credentials: self.credentials,
            cookie: self.cookie,
            me,
            peers: config.cluster.peers.clone(),
            rhythm: Rhythm::default(),
            clock: resident.clock,
            members,
            root: root.clone(),
            feeds,
        };
        Cluster::start(setup).await.context("this node cannot take part in the cluster")
    }
}

/// Tells whether two nodes of one version have the same plant files.
fn digest<'a>(plants: impl Iterator<Item = &'a Arc<Plant>>) -> String {
    let mut hash = Sha256::new();
    plants.for_each(|plant| hash.update(format!("{plant:?}")));
    format!("{:x}", hash.finalize())
}
