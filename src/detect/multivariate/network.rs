//! A network that was trained elsewhere, in front of a lens: what the charts see of a row is what the network could not
//! reconstruct of it.
//!
//! All that follows (standardisation, statistics, limits, contributions) is that of the other methods. The network itself is
//! an ONNX file, and running one is a feature of the build; without it a model with a network is refused in words.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::model::ChartModel;
use super::record::ModelError;
use crate::detect::training_data::hex;

/// A network as a model keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Network {
    /// The ONNX file as it came.
    #[serde(with = "text")]
    file: Vec<u8>,
    /// Its SHA-256, in hexadecimal.
    sha256: String,
    /// Mean of each tag in the rows that the limits rest on, in the tags' units.
    pub(super) mean: Vec<f64>,
    /// Standard deviation of each tag there, in the tags' units.
    pub(super) deviation: Vec<f64>,
}

impl Network {
    pub(super) fn new(file: Vec<u8>, mean: Vec<f64>, deviation: Vec<f64>) -> Self {
        Self { sha256: hex(&Sha256::digest(&file)), file, mean, deviation }
    }

    /// SHA-256 of the ONNX file, in hexadecimal.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// Whether the file is the one that it was.
    pub(super) fn is_sound(&self) -> bool {
        hex(&Sha256::digest(&self.file)) == self.sha256
    }
}

/// Base64: a model is JSON.
mod text {
    use base64::Engine;
    use base64::prelude::BASE64_STANDARD;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(file: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64_STANDARD.encode(file))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        BASE64_STANDARD.decode(String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// Why there is no network to run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NetworkError {
    /// This build runs none.
    #[error(
        "this build of TEP runs no networks: it was made without the feature `onnx` (cargo build --release --features onnx)"
    )]
    NotBuilt,
    /// The file is none that can be used.
    #[error("{0}")]
    File(String),
}

/// The names of its columns that an ONNX file tells, if it does.
///
/// # Errors
/// When it is no ONNX file, or this build runs no networks.
pub fn tags_of_network(file: &[u8]) -> Result<Option<Vec<String>>, NetworkError> {
    engine::tags(file)
}

/// Rows through a network. Unlike a lens it allocates.
#[derive(Clone, Debug)]
pub(super) struct Residuals {
    engine: engine::Engine,
    /// What is left of the row taken last, in the tags' units.
    left: Vec<f64>,
}

impl Residuals {
    /// A network that is ready to run.
    pub(super) fn open(file: &[u8], width: usize) -> Result<Self, NetworkError> {
        Ok(Self { engine: engine::open(file, width)?, left: vec![0.0; width] })
    }

    /// The network of a model, where it has one.
    pub(super) fn of_model(model: &ChartModel) -> Result<Option<Self>, ModelError> {
        let Some(network) = &model.network else { return Ok(None) };
        let opened = Self::open(&network.file, model.tags.len());
        opened.map(Some).map_err(|problem| ModelError::Network { version: model.version.clone(), problem })
    }

    /// Takes a row, and gives what the network cannot reconstruct of it; not a number where it has no answer.
    pub(super) fn take(&mut self, row: &[f64]) -> &[f64] {
        if !engine::reconstruct(&self.engine, row, &mut self.left) {
            self.left.fill(f64::NAN);
        }
        self.left.iter_mut().zip(row).for_each(|(left, value)| *left = value - *left);
        &self.left
    }

    /// What is left of the row taken last.
    pub(super) fn left(&self) -> &[f64] {
        &self.left
    }
}

#[cfg(feature = "onnx")]
mod engine {
    use super::NetworkError;

    pub(super) type Engine = onnx_network::Network;

    fn told(error: &onnx_network::OnnxError) -> NetworkError {
        NetworkError::File(error.to_string())
    }

    pub(super) fn tags(file: &[u8]) -> Result<Option<Vec<String>>, NetworkError> {
        onnx_network::tags(file).map_err(|error| told(&error))
    }

    pub(super) fn open(file: &[u8], width: usize) -> Result<Engine, NetworkError> {
        Engine::parse(file, width).map_err(|error| told(&error))
    }

    pub(super) fn reconstruct(engine: &Engine, row: &[f64], into: &mut [f64]) -> bool {
        engine.reconstruct(row, into).is_ok()
    }
}

#[cfg(not(feature = "onnx"))]
mod engine {
    use super::NetworkError;

    /// There is none in this build.
    #[derive(Clone, Copy, Debug)]
    pub(super) enum Engine {}

    pub(super) const fn tags(_: &[u8]) -> Result<Option<Vec<String>>, NetworkError> {
        Err(NetworkError::NotBuilt)
    }

    pub(super) const fn open(_: &[u8], _: usize) -> Result<Engine, NetworkError> {
        Err(NetworkError::NotBuilt)
    }

    pub(super) const fn reconstruct(engine: &Engine, _: &[f64], _: &mut [f64]) -> bool {
        match *engine {}
    }
}
