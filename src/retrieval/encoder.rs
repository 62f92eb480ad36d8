//! Who turns texts into vectors: a model in this process, or a server within the plant's network.

mod local;
mod remote;

use std::fmt;

use async_trait::async_trait;
use thiserror::Error;

pub use local::LocalEncoder;
pub use remote::{RemoteEncoder, RemotePlace};

/// Why there are no vectors.
#[derive(Debug, Error)]
pub enum EncodingError {
    /// The model's files cannot be used.
    #[error("the sentence encoder")]
    Model(#[from] sentence_encoder::EncoderError),
    /// The server cannot be reached, or does not answer in time.
    #[error("the server of embeddings cannot be reached: {0}")]
    Unreachable(String),
    /// The server has refused, or answers nonsense.
    #[error("the server of embeddings answers {0}")]
    Answer(String),
    /// The process goes down.
    #[error("the process goes down")]
    Ending,
}

/// Turns texts into vectors of length 1 whose scalar product tells how alike two meanings are.
#[async_trait]
pub trait Encoder: Send + Sync + fmt::Debug {
    /// What it is called. Vectors of two names cannot be compared.
    fn name(&self) -> &str;

    /// One vector for each text, all of one dimension.
    ///
    /// # Errors
    /// When there are none.
    async fn encode(&self, texts: Vec<String>) -> Result<Vec<Vec<f32>>, EncodingError>;
}
