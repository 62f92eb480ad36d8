//! The autoencoder of `training/autoencoder` computes here what it computed where it was trained.

use std::fs;
use std::path::PathBuf;

use onnx_network::{Network, tags};
use serde::Deserialize;

/// Rows and what scikit-learn made of them, in double precision.
#[derive(Deserialize)]
struct Reference {
    tags: Vec<String>,
    deviation: Vec<f64>,
    rows: Vec<Vec<f64>>,
    reconstructed: Vec<Vec<f64>>,
}

/// The network computes in single precision; in standard deviations that is at most so much.
const CLOSE: f64 = 1e-3;

fn file(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "../../training/autoencoder", name].iter().collect()
}

#[test]
fn it_gives_what_scikit_learn_gave() {
    let bytes = fs::read(file("autoencoder.onnx")).expect("the network");
    let reference: Reference =
        serde_json::from_slice(&fs::read(file("reference.json")).expect("the reference")).expect("JSON");
    assert_eq!(tags(&bytes), Ok(Some(reference.tags.clone())));
    let network = Network::parse(&bytes, reference.tags.len()).expect("a network");
    let mut back = vec![0.0; network.width()];
    let mut moved = 0.0_f64;
    for (row, expected) in reference.rows.iter().zip(&reference.reconstructed) {
        network.reconstruct(row, &mut back).expect("a row");
        for (n, (got, expected)) in back.iter().zip(expected).enumerate() {
            let off = (got - expected).abs() / reference.deviation[n];
            assert!(off < CLOSE, "{}: {got} instead of {expected}", reference.tags[n]);
            moved = moved.max((got - row[n]).abs() / reference.deviation[n]);
        }
    }
    assert!(reference.rows.len() >= 8 && moved > 0.1, "rows that a network which does nothing would not pass");
}
