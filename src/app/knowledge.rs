//! The library as configured.

use std::sync::Arc;

use anyhow::Context;
use tracing::warn;

use crate::config::{Config, KnowledgeConfig};
use crate::domain::NodeName;
use crate::retrieval::{
    Embedded, Encoder, Library, LocalEncoder, PassageIndex, Qdrant, QdrantPlace, RemoteEncoder, RemotePlace,
};

/// The file of the embedded index, in the data directory. It can be deleted at any time.
const INDEX: &str = "knowledge-index.db";
/// Where a sentence encoder is looked for when none is named.
const ENCODER: &str = "encoder";

/// Opens the library. A file that cannot be used is no reason not to start: then the index is in memory.
///
/// # Errors
/// When an encoder or a server is named that cannot be used; the error names the key.
pub async fn library(config: &Config, node: &NodeName) -> anyhow::Result<Library> {
    let path = config.storage.data_dir.join(INDEX);
    let embedded = match Embedded::open(&path).await {
        Ok(embedded) => embedded,
        Err(e) => {
            warn!(failure = %e, "the index of the knowledge is kept in memory");
            Embedded::in_memory().await?
        }
    };
    Ok(Library::new(embedded, server(&config.knowledge, node)?, encoder(config)?))
}

/// A library in memory, for a command that runs beside a server.
///
/// # Errors
/// As [`library`].
pub async fn library_in_memory(config: &Config) -> anyhow::Result<Library> {
    Ok(Library::new(Embedded::in_memory().await?, None, encoder(config)?))
}

fn server(config: &KnowledgeConfig, node: &NodeName) -> anyhow::Result<Option<Arc<dyn PassageIndex>>> {
    let Some(server) = &config.qdrant else { return Ok(None) };
    let named = || "configuration key `knowledge.qdrant`";
    let node: String = node.as_str().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let place = QdrantPlace {
        url: server.address().map_err(anyhow::Error::msg).with_context(named)?,
        key: server.read_key().map_err(anyhow::Error::msg).with_context(named)?,
        prefix: format!("{}-{node}", server.collection),
    };
    Ok(Some(Arc::new(Qdrant::at(place).with_context(named)?)))
}

fn encoder(config: &Config) -> anyhow::Result<Option<Arc<dyn Encoder>>> {
    if let Some(server) = &config.knowledge.embeddings {
        let named = || "configuration key `knowledge.embeddings`";
        let place = RemotePlace {
            base_url: server.address().map_err(anyhow::Error::msg).with_context(named)?,
            model: server.model.clone(),
            key: server.read_key().map_err(anyhow::Error::msg).with_context(named)?,
        };
        return Ok(Some(Arc::new(RemoteEncoder::at(place).with_context(named)?)));
    }
    let folder = match &config.knowledge.encoder {
        Some(folder) => folder.clone(),
        None => Some(config.storage.data_dir.join(ENCODER)).filter(|folder| folder.is_dir()).unwrap_or_default(),
    };
    if folder.as_os_str().is_empty() {
        return Ok(None);
    }
    let encoder = LocalEncoder::load(&folder);
    let encoder =
        encoder.with_context(|| format!("the sentence encoder in {} (`knowledge.encoder`)", folder.display()))?;
    Ok(Some(Arc::new(encoder)))
}
