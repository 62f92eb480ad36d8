use super::*;

/// A model that has a network of some file.
fn model(file: &[u8]) -> ChartModel {
    let mut model = ChartModel::clone(&trained(Method::pca()));
    model.settings.method = Method::Onnx;
    model.network = Some(Network::new(file.to_vec(), vec![1.0; 4], vec![2.0; 4]));
    model
}

#[test]
fn a_network_travels_in_the_artefact_and_must_arrive_whole() {
    let sent = model(b"any bytes \x00\xff");
    let text = serde_json::to_string(&sent).expect("JSON");
    let read: ChartModel = serde_json::from_str(&text).expect("a model");
    // Other numbers lose a bit in JSON; the file must lose none.
    assert_eq!(read.network, sent.network);
    assert!(read.check().is_ok());
    let other: ChartModel =
        serde_json::from_str(&text.replace("YW55IGJ5dGVz", "WW55IGJ5dGVz")).expect("a model of another network");
    assert!(other.check().is_err_and(|error| error.to_string().contains("does not have the hash")), "{other:?}");
    assert!(serde_json::from_str::<ChartModel>(&text.replace("YW55IGJ5dGVz", "!!!!")).is_err());
}

#[test]
fn a_network_and_its_method_come_together() {
    let mut without = model(b"x");
    without.network = None;
    assert!(without.check().is_err_and(|error| error.to_string().contains("networks has 0 entries where 1")));
    let mut more = model(b"x");
    more.settings.method = Method::pca();
    assert!(more.check().is_err_and(|error| error.to_string().contains("networks has 1 entries where 0")));
    let mut narrow = model(b"x");
    narrow.network = Some(Network::new(b"x".to_vec(), vec![1.0; 3], vec![2.0; 4]));
    assert!(narrow.check().is_err_and(|error| error.to_string().contains("the network's mean has 3 entries where 4")));
    let plain = serde_json::to_string(&*trained(Method::pca())).expect("JSON");
    assert!(!plain.contains("network"), "models without one stay as they were");
}

#[test]
fn strangers_are_told_by_the_rows_and_not_by_what_the_network_left_of_them() {
    let model = model(b"x");
    let usual = [[1.0, 3.0, -1.0, 1.0]; 5];
    assert_eq!(model.standardised(&usual[0]).collect::<Vec<_>>(), [0.0, 1.0, -1.0, 0.0]);
    assert_eq!(model.stranger(usual.iter().map(|row| &row[..])), None);
    let strange = [[1.0, 3.0, 1_001.0, 1.0]; 5];
    let (tag, off) = model.stranger(strange.iter().map(|row| &row[..])).expect("a stranger");
    assert_eq!((tag.as_str(), off), ("C", 500.0));
}

#[test]
fn nothing_is_trained_here_that_is_trained_elsewhere() {
    let refused =
        train(&data(&[500], 1), &settings(Method::Onnx), WallTime::from_micros(0), &mut |_| ControlFlow::Continue(()));
    assert_eq!(refused, Err(TrainError::TrainedElsewhere));
}

#[cfg(not(feature = "onnx"))]
#[test]
fn a_build_without_networks_says_so_by_name() {
    let says = |words: String| assert!(words.contains("made without the feature `onnx`"), "{words}");
    says(Scorer::new(Arc::new(model(b"x"))).expect_err("no networks").to_string());
    says(tags_of_network(b"x").expect_err("no networks").to_string());
    let calibrated =
        calibrate(b"x".to_vec(), &data(&[500], 1), &settings(Method::Onnx), WallTime::from_micros(0), &mut |_| {
            ControlFlow::Continue(())
        });
    says(calibrated.expect_err("no networks").to_string());
}
