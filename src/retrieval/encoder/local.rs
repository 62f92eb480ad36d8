//! The model in this process.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;

use super::{Encoder, EncodingError};

/// A model in this process. A batch is computed on a thread that may block, one text after the other.
#[derive(Clone, Debug)]
pub struct LocalEncoder {
    model: Arc<sentence_encoder::Encoder>,
    name: String,
}

impl LocalEncoder {
    /// Reads the model in a folder; takes about as long as reading 90 MB.
    ///
    /// # Errors
    /// When a file is missing, or not what it should be.
    pub fn load(folder: &Path) -> Result<Self, EncodingError> {
        let model = sentence_encoder::Encoder::load(folder)?;
        let folder = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let name = format!("{folder}/{:08x}", model.fingerprint());
        Ok(Self { model: Arc::new(model), name })
    }
}

#[async_trait]
impl Encoder for LocalEncoder {
    fn name(&self) -> &str {
        &self.name
    }

    async fn encode(&self, texts: Vec<String>) -> Result<Vec<Vec<f32>>, EncodingError> {
        let model = Arc::clone(&self.model);
        let computed = tokio::task::spawn_blocking(move || texts.iter().map(|text| model.encode(text)).collect());
        computed.await.map_err(|_| EncodingError::Ending)
    }
}
