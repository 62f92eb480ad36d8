//! Sentences to vectors: the forward pass of BERT as `all-MiniLM-L6-v2` has it, pure, without a framework.

mod bert;
mod pieces;
mod weights;

use std::fs;
use std::path::Path;

use thiserror::Error;

pub use bert::Shape;

use bert::Bert;
use pieces::Pieces;
use weights::Weights;

/// Word pieces of a text that are read, with the two that mark its ends; the model was trained so.
const PIECES_MAX: usize = 256;

/// Why a model cannot be used.
#[derive(Debug, Error)]
pub enum EncoderError {
    /// A file cannot be read.
    #[error("{file} cannot be read")]
    File {
        /// Which.
        file: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file is not what it should be.
    #[error("{file}: {problem}")]
    Content {
        /// Which.
        file: String,
        /// What is wrong.
        problem: String,
    },
}

fn content(file: &str, problem: impl Into<String>) -> EncoderError {
    EncoderError::Content { file: file.to_owned(), problem: problem.into() }
}

/// A model that turns sentences into vectors.
#[derive(Debug)]
pub struct Encoder {
    pieces: Pieces,
    bert: Bert,
    fingerprint: u32,
}

impl Encoder {
    /// Reads a model from a folder with `config.json`, `tokenizer.json` and `model.safetensors`.
    ///
    /// # Errors
    /// When a file is missing, damaged, or of a model that is built in another way; the error names the file.
    pub fn load(folder: &Path) -> Result<Self, EncoderError> {
        let read = |name: &str| {
            let path = folder.join(name);
            fs::read(&path).map_err(|source| EncoderError::File { file: path.display().to_string(), source })
        };
        let shape = Shape::parse(&read("config.json")?).map_err(|problem| content("config.json", problem))?;
        let pieces = Pieces::parse(&read("tokenizer.json")?).map_err(|problem| content("tokenizer.json", problem))?;
        let bytes = read("model.safetensors")?;
        let weights = Weights::parse(&bytes).map_err(|problem| content("model.safetensors", problem))?;
        let bert = Bert::new(shape, &weights).map_err(|problem| content("model.safetensors", problem))?;
        if pieces.most() >= shape.vocab_size {
            let problem =
                format!("it numbers word pieces up to {}, the model knows {}", pieces.most(), shape.vocab_size);
            return Err(content("tokenizer.json", problem));
        }
        Ok(Self { pieces, bert, fingerprint: weights.fingerprint() })
    }

    /// Tells two sets of weights apart: vectors of one mean nothing to the other.
    pub fn fingerprint(&self) -> u32 {
        self.fingerprint
    }

    /// How many numbers a vector has.
    pub fn dimension(&self) -> usize {
        self.bert.shape().hidden_size
    }

    /// The meaning of a text, as a vector of length 1. A long text is read as far as 256 word pieces.
    pub fn encode(&self, text: &str) -> Vec<f32> {
        let most = PIECES_MAX.min(self.bert.shape().max_position_embeddings);
        self.bert.forward(&self.pieces.split(text, most))
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    const HIDDEN: usize = 8;

    /// A model of one layer whose weights are noise.
    fn tiny(change: impl Fn(&mut Vec<(String, Vec<usize>)>)) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        let config = format!(
            r#"{{"model_type":"bert","hidden_act":"gelu","hidden_size":{HIDDEN},"intermediate_size":16,"num_attention_heads":2,
            "num_hidden_layers":1,"max_position_embeddings":32,"vocab_size":12,"layer_norm_eps":1e-12}}"#
        );
        fs::write(folder.path().join("config.json"), config).expect("written");
        let vocab = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "pump", "valve", "##s", "is", "high", ".", "press", "##ure"];
        let vocab: Vec<String> = vocab.iter().enumerate().map(|(at, word)| format!("\"{word}\":{at}")).collect();
        let tokenizer = format!(
            r#"{{"normalizer":{{"type":"BertNormalizer","lowercase":true}},"model":{{"type":"WordPiece","unk_token":"[UNK]","vocab":{{{}}}}}}}"#,
            vocab.join(",")
        );
        fs::write(folder.path().join("tokenizer.json"), tokenizer).expect("written");
        let mut tensors: Vec<(String, Vec<usize>)> = vec![
            ("embeddings.word_embeddings.weight".into(), vec![12, HIDDEN]),
            ("embeddings.position_embeddings.weight".into(), vec![32, HIDDEN]),
            ("embeddings.token_type_embeddings.weight".into(), vec![2, HIDDEN]),
        ];
        let mut norm = |name: &str| {
            tensors.push((format!("{name}.weight"), vec![HIDDEN]));
            tensors.push((format!("{name}.bias"), vec![HIDDEN]));
        };
        norm("embeddings.LayerNorm");
        norm("encoder.layer.0.attention.output.LayerNorm");
        norm("encoder.layer.0.output.LayerNorm");
        for (name, out, inner) in [
            ("attention.self.query", HIDDEN, HIDDEN),
            ("attention.self.key", HIDDEN, HIDDEN),
            ("attention.self.value", HIDDEN, HIDDEN),
            ("attention.output.dense", HIDDEN, HIDDEN),
            ("intermediate.dense", 16, HIDDEN),
            ("output.dense", HIDDEN, 16),
        ] {
            tensors.push((format!("encoder.layer.0.{name}.weight"), vec![out, inner]));
            tensors.push((format!("encoder.layer.0.{name}.bias"), vec![out]));
        }
        change(&mut tensors);
        let (mut header, mut data) = (String::new(), Vec::new());
        let mut state = 1_u64;
        for (name, shape) in &tensors {
            let begin = data.len();
            for _ in 0..shape.iter().product::<usize>() {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                data.extend((((state >> 40) as f32 / (1_u64 << 23) as f32) - 1.0).to_le_bytes());
            }
            let comma = if header.is_empty() { "" } else { "," };
            write!(
                header,
                r#"{comma}"{name}":{{"dtype":"F32","shape":{shape:?},"data_offsets":[{begin},{}]}}"#,
                data.len()
            )
            .expect("a string takes everything");
        }
        let header = format!("{{{header}}}");
        let bytes = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &data].concat();
        fs::write(folder.path().join("model.safetensors"), bytes).expect("written");
        folder
    }

    #[test]
    fn a_vector_has_length_one_and_depends_on_the_text_alone() {
        let folder = tiny(|_| {});
        let encoder = Encoder::load(folder.path()).expect("a model");
        let (one, again, other) =
            (encoder.encode("Pressure is high."), encoder.encode("  pressure   IS high ."), encoder.encode("pumps"));
        assert_eq!(one.len(), encoder.dimension());
        assert_eq!(one, again, "case and spaces do not count");
        assert_ne!(one, other);
        for text in ["", "pump", &"valve ".repeat(500), "\u{0}\u{fffd}漢字 é"] {
            let length: f32 = encoder.encode(text).iter().map(|n| n * n).sum();
            assert!((length - 1.0).abs() < 1e-5, "{text:?}: {length}");
        }
        assert_ne!(encoder.encode("pump valve"), encoder.encode("valve pump"), "the order of words counts");
    }

    #[test]
    fn a_model_that_is_incomplete_or_of_another_make_is_refused_by_name() {
        #[track_caller]
        fn check(folder: &Path, expected: &str) {
            let error = Encoder::load(folder).expect_err(expected).to_string();
            assert!(error.contains(expected), "{error}");
        }
        let missing = tiny(|tensors| tensors.retain(|(name, _)| !name.contains("self.key.weight")));
        check(missing.path(), "encoder.layer.0.attention.self.key.weight");
        let narrow = tiny(|tensors| tensors[0].1 = vec![12, HIDDEN - 1]);
        check(narrow.path(), "embeddings.word_embeddings.weight");
        let whole = tiny(|_| {});
        let path = whole.path().join("model.safetensors");
        let bytes = fs::read(&path).expect("read");
        for cut in [0, 7, 8, 40, bytes.len() - 1] {
            fs::write(&path, &bytes[..cut]).expect("written");
            check(whole.path(), "model.safetensors");
        }
        let relu = tiny(|_| {});
        let config = relu.path().join("config.json");
        let text = fs::read_to_string(&config).expect("read").replace("\"gelu\"", "\"relu\"");
        fs::write(&config, text).expect("written");
        check(relu.path(), "hidden_act");
        fs::remove_file(relu.path().join("tokenizer.json")).expect("removed");
        fs::write(&config, "{}").expect("written");
        check(relu.path(), "config.json");
        check(&relu.path().join("nowhere"), "nowhere");
    }
}
