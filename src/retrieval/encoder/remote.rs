//! A server that speaks the embeddings of OpenAI (LM Studio, llama.cpp, text-embeddings-inference and others).

use std::time::Duration;

use async_trait::async_trait;
use futures_util::StreamExt;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use serde::Deserialize;
use url::Url;

use super::{Encoder, EncodingError};
use crate::config::{Secret, bounds};

/// Longest that one batch may take; questions are given up earlier by who asks.
const PATIENCE: Duration = Duration::from_secs(60);
const CONNECT: Duration = Duration::from_secs(5);
/// Characters of a text that are sent: servers refuse what is longer than their model reads.
const TEXT_CHARS_MAX: usize = 2_000;

/// Where a server of embeddings is.
#[derive(Clone, Debug)]
pub struct RemotePlace {
    /// The address below which `/embeddings` lies, for example `http://127.0.0.1:1234/v1`.
    pub base_url: Url,
    /// The model, as the server calls it.
    pub model: String,
    /// What proves who we are.
    pub key: Option<Secret>,
}

/// A server of embeddings.
#[derive(Debug)]
pub struct RemoteEncoder {
    client: reqwest::Client,
    url: Url,
    model: String,
    key: Option<HeaderValue>,
    name: String,
}

#[derive(Deserialize)]
struct Answer {
    data: Vec<Embedding>,
}

#[derive(Deserialize)]
struct Embedding {
    index: usize,
    embedding: Vec<f32>,
}

impl RemoteEncoder {
    /// The way to a server. No redirect is followed, and no proxy of the environment is used.
    ///
    /// # Errors
    /// When address or key make no sense.
    pub fn at(place: RemotePlace) -> Result<Self, EncodingError> {
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .connect_timeout(CONNECT)
            .timeout(PATIENCE)
            .build()
            .map_err(|e| EncodingError::Unreachable(e.to_string()))?;
        let mut url = place.base_url;
        let told = format!("`{url}`, below which nothing can lie");
        url.path_segments_mut().map_err(|()| EncodingError::Unreachable(told))?.pop_if_empty().push("embeddings");
        let key = place.key.map(|key| {
            let mut value = HeaderValue::from_str(&format!("Bearer {}", key.expose()))
                .map_err(|_| EncodingError::Unreachable("the key has signs that no header takes".into()))?;
            value.set_sensitive(true);
            Ok::<_, EncodingError>(value)
        });
        let name = format!("{} at {}", place.model, url.authority());
        Ok(Self { client, url, model: place.model, key: key.transpose()?, name })
    }

    async fn ask(&self, texts: &[String]) -> Result<Answer, EncodingError> {
        let texts: Vec<String> = texts.iter().map(|text| text.chars().take(TEXT_CHARS_MAX).collect()).collect();
        let body = serde_json::json!({ "model": self.model, "input": texts, "encoding_format": "float" });
        let request =
            self.client.post(self.url.clone()).header(CONTENT_TYPE, "application/json").body(body.to_string());
        let request = match &self.key {
            Some(key) => request.header(AUTHORIZATION, key.clone()),
            None => request,
        };
        let away = |e: reqwest::Error| EncodingError::Unreachable(e.without_url().to_string());
        let response = request.send().await.map_err(away)?;
        if !response.status().is_success() {
            return Err(EncodingError::Answer(response.status().to_string()));
        }
        let mut bytes = Vec::new();
        let mut pieces = response.bytes_stream();
        while let Some(piece) = pieces.next().await {
            bytes.extend_from_slice(&piece.map_err(away)?);
            if bytes.len() > bounds::EMBEDDINGS.most {
                return Err(EncodingError::Answer(format!("more than {} bytes", bounds::EMBEDDINGS.most)));
            }
        }
        serde_json::from_slice(&bytes).map_err(|e| EncodingError::Answer(format!("no embeddings: {e}")))
    }
}

/// Brings a vector to length 1.
fn unit(mut vector: Vec<f32>) -> Option<Vec<f32>> {
    let length = vector.iter().map(|number| number * number).sum::<f32>().sqrt();
    (length.is_finite() && length > 0.0).then(|| {
        vector.iter_mut().for_each(|number| *number /= length);
        vector
    })
}

#[async_trait]
impl Encoder for RemoteEncoder {
    fn name(&self) -> &str {
        &self.name
    }

    async fn encode(&self, texts: Vec<String>) -> Result<Vec<Vec<f32>>, EncodingError> {
        let mut data = self.ask(&texts).await?.data;
        data.sort_by_key(|one| one.index);
        let complete = data.len() == texts.len() && data.iter().enumerate().all(|(at, one)| one.index == at);
        if !complete {
            return Err(EncodingError::Answer(format!("{} vectors for {} texts", data.len(), texts.len())));
        }
        let dimension = data.first().map_or(0, |one| one.embedding.len());
        let whole = |one: Embedding| {
            let has_it = one.embedding.len() == dimension;
            unit(one.embedding).filter(|_| has_it)
        };
        let vectors: Option<Vec<Vec<f32>>> = data.into_iter().map(whole).collect();
        vectors.ok_or_else(|| EncodingError::Answer("vectors that are none".into()))
    }
}
