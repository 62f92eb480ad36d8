//! The layers. A matrix has one column for each word piece.

use nalgebra::{DMatrix, DVector};
use serde::Deserialize;

use crate::weights::Weights;

/// How a model is built, as `config.json` tells.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Numbers of a vector.
    pub hidden_size: usize,
    /// Numbers between the two halves of a layer's end.
    pub intermediate_size: usize,
    /// Heads of the attention.
    pub num_attention_heads: usize,
    /// Layers.
    pub num_hidden_layers: usize,
    /// Word pieces of a text at most.
    pub max_position_embeddings: usize,
    /// Word pieces that are known.
    pub vocab_size: usize,
    /// Keeps a division from failing.
    pub layer_norm_eps: f32,
}

#[derive(Deserialize)]
struct Config {
    model_type: String,
    hidden_act: String,
    #[serde(default)]
    position_embedding_type: Option<String>,
    hidden_size: usize,
    intermediate_size: usize,
    num_attention_heads: usize,
    num_hidden_layers: usize,
    max_position_embeddings: usize,
    vocab_size: usize,
    layer_norm_eps: f32,
}

impl Shape {
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let config: Config = serde_json::from_slice(bytes).map_err(|e| e.to_string())?;
        let positions = config.position_embedding_type.unwrap_or_else(|| "absolute".into());
        for (key, value, expected) in [
            ("model_type", &config.model_type, "bert"),
            ("hidden_act", &config.hidden_act, "gelu"),
            ("position_embedding_type", &positions, "absolute"),
        ] {
            if value != expected {
                return Err(format!("{key} is {value}, not {expected}"));
            }
        }
        let heads = config.num_attention_heads;
        if heads == 0 || config.hidden_size == 0 || !config.hidden_size.is_multiple_of(heads) {
            return Err(format!("{} numbers cannot be shared by {heads} heads", config.hidden_size));
        }
        if config.max_position_embeddings < 2 {
            return Err("max_position_embeddings leaves no room for a text".into());
        }
        Ok(Self {
            hidden_size: config.hidden_size,
            intermediate_size: config.intermediate_size,
            num_attention_heads: heads,
            num_hidden_layers: config.num_hidden_layers,
            max_position_embeddings: config.max_position_embeddings,
            vocab_size: config.vocab_size,
            layer_norm_eps: config.layer_norm_eps,
        })
    }
}

/// A matrix and what is added to its product.
#[derive(Debug)]
struct Linear {
    weight: DMatrix<f32>,
    bias: DVector<f32>,
}

impl Linear {
    fn read(weights: &Weights<'_>, name: &str, out: usize, inner: usize) -> Result<Self, String> {
        let weight = weights.tensor(&format!("{name}.weight"), &[out, inner])?;
        let bias = weights.tensor(&format!("{name}.bias"), &[out])?;
        Ok(Self { weight: DMatrix::from_row_slice(out, inner, &weight), bias: DVector::from_vec(bias) })
    }

    fn of(&self, x: &DMatrix<f32>) -> DMatrix<f32> {
        let mut y = DMatrix::from_fn(self.bias.len(), x.ncols(), |row, _| self.bias[row]);
        y.gemm(1.0, &self.weight, x, 1.0);
        y
    }
}

/// Brings each column to mean 0 and spread 1, then to what was learned.
#[derive(Debug)]
struct Norm {
    weight: Vec<f32>,
    bias: Vec<f32>,
    eps: f32,
}

impl Norm {
    fn read(weights: &Weights<'_>, name: &str, shape: Shape) -> Result<Self, String> {
        let read = |part: &str| weights.tensor(&format!("{name}.{part}"), &[shape.hidden_size]);
        Ok(Self { weight: read("weight")?, bias: read("bias")?, eps: shape.layer_norm_eps })
    }

    fn apply(&self, x: &mut DMatrix<f32>) {
        for mut column in x.column_iter_mut() {
            let count = column.len() as f32;
            let mean = column.iter().sum::<f32>() / count;
            let spread = (column.iter().map(|n| (n - mean).powi(2)).sum::<f32>() / count + self.eps).sqrt();
            for ((n, weight), bias) in column.iter_mut().zip(&self.weight).zip(&self.bias) {
                *n = (*n - mean) / spread * weight + bias;
            }
        }
    }
}

#[derive(Debug)]
struct Layer {
    query: Linear,
    key: Linear,
    value: Linear,
    attended: Linear,
    attended_norm: Norm,
    wide: Linear,
    narrow: Linear,
    norm: Norm,
    heads: usize,
}

impl Layer {
    fn read(weights: &Weights<'_>, at: usize, shape: Shape) -> Result<Self, String> {
        let (hidden, between) = (shape.hidden_size, shape.intermediate_size);
        let linear = |name: &str, out, inner| Linear::read(weights, &format!("encoder.layer.{at}.{name}"), out, inner);
        let norm = |name: &str| Norm::read(weights, &format!("encoder.layer.{at}.{name}"), shape);
        Ok(Self {
            query: linear("attention.self.query", hidden, hidden)?,
            key: linear("attention.self.key", hidden, hidden)?,
            value: linear("attention.self.value", hidden, hidden)?,
            attended: linear("attention.output.dense", hidden, hidden)?,
            attended_norm: norm("attention.output.LayerNorm")?,
            wide: linear("intermediate.dense", between, hidden)?,
            narrow: linear("output.dense", hidden, between)?,
            norm: norm("output.LayerNorm")?,
            heads: shape.num_attention_heads,
        })
    }

    fn of(&self, x: &DMatrix<f32>) -> DMatrix<f32> {
        let mut y = self.attended.of(&self.attention(x));
        y += x;
        self.attended_norm.apply(&mut y);
        let mut wide = self.wide.of(&y);
        wide.apply(|n| *n = gelu(*n));
        let mut out = self.narrow.of(&wide);
        out += &y;
        self.norm.apply(&mut out);
        out
    }

    /// Each piece takes from all pieces, by how well they answer what it asks.
    fn attention(&self, x: &DMatrix<f32>) -> DMatrix<f32> {
        let (query, keys, value) = (self.query.of(x), self.key.of(x).transpose(), self.value.of(x));
        let width = x.nrows() / self.heads;
        let scale = 1.0 / (width as f32).sqrt();
        let mut taken = DMatrix::zeros(x.nrows(), x.ncols());
        for head in (0..self.heads).map(|head| head * width) {
            let mut shares = DMatrix::zeros(x.ncols(), x.ncols());
            shares.gemm(scale, &keys.columns(head, width), &query.rows(head, width), 0.0);
            softmax(&mut shares);
            taken.rows_mut(head, width).gemm(1.0, &value.rows(head, width), &shares, 0.0);
        }
        taken
    }
}

/// Each column becomes shares that sum to 1.
fn softmax(x: &mut DMatrix<f32>) {
    for mut column in x.column_iter_mut() {
        let most = column.max();
        column.apply(|n| *n = (*n - most).exp());
        let sum = column.sum();
        column /= sum;
    }
}

/// GELU, with the error function after Abramowitz & Stegun 7.1.26 (right to 1.5e-7).
fn gelu(x: f32) -> f32 {
    let z = x.abs() * std::f32::consts::FRAC_1_SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * z);
    let polynomial = t * (0.254_829_6 + t * (-0.284_496_72 + t * (1.421_413_8 + t * (-1.453_152_1 + t * 1.061_405_4))));
    let erf = (1.0 - polynomial * (-z * z).exp()).copysign(x);
    0.5 * x * (1.0 + erf)
}

/// All of it.
#[derive(Debug)]
pub(crate) struct Bert {
    shape: Shape,
    words: Vec<f32>,
    /// Of each place; what every text of one sentence is given is added already.
    places: Vec<f32>,
    norm: Norm,
    layers: Vec<Layer>,
}

impl Bert {
    pub(crate) fn new(shape: Shape, weights: &Weights<'_>) -> Result<Self, String> {
        let hidden = shape.hidden_size;
        let words = weights.tensor("embeddings.word_embeddings.weight", &[shape.vocab_size, hidden])?;
        let mut places =
            weights.tensor("embeddings.position_embeddings.weight", &[shape.max_position_embeddings, hidden])?;
        let kinds = weights.tensor("embeddings.token_type_embeddings.weight", &[2, hidden])?;
        for place in places.chunks_mut(hidden) {
            place.iter_mut().zip(&kinds).for_each(|(number, kind)| *number += kind);
        }
        let norm = Norm::read(weights, "embeddings.LayerNorm", shape)?;
        let layers = (0..shape.num_hidden_layers).map(|at| Layer::read(weights, at, shape));
        Ok(Self { shape, words, places, norm, layers: layers.collect::<Result<_, _>>()? })
    }

    pub(crate) const fn shape(&self) -> Shape {
        self.shape
    }

    /// The mean of the last layer over all pieces, brought to length 1.
    pub(crate) fn forward(&self, pieces: &[usize]) -> Vec<f32> {
        let hidden = self.shape.hidden_size;
        let embedded = |row: usize, at: usize| self.words[pieces[at] * hidden + row] + self.places[at * hidden + row];
        let mut x = DMatrix::from_fn(hidden, pieces.len(), embedded);
        self.norm.apply(&mut x);
        for layer in &self.layers {
            x = layer.of(&x);
        }
        let mean = x.column_mean();
        let length = mean.norm().max(f32::MIN_POSITIVE);
        mean.iter().map(|number| number / length).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gelu_is_that_of_the_tables() {
        for (x, expected) in [(0.0, 0.0), (1.0, 0.841_344_7), (-1.0, -0.158_655_3), (3.0, 2.995_95), (-6.0, 0.0)] {
            assert!((gelu(x) - expected).abs() < 1e-5, "{x}: {}", gelu(x));
        }
    }
}
