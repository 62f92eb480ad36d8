//! Models of detectors.

use std::time::Duration;

use tep::domain::DetectorId;
use tep::storage::{Model, ModelState};
use uuid::Uuid;

use super::house::{House, NOW};
use super::on_both;

on_both!(a_new_active_model_retires_the_one_before, a_model_comes_back_byte_for_byte);

fn model(version: u64, state: ModelState) -> Model {
    Model {
        id: Uuid::now_v7(),
        detector: DetectorId::from("pca"),
        version: format!("pca-{version}"),
        trained_at: NOW + Duration::from_secs(version),
        source: "simulated normal operation, 48 h".into(),
        samples: 960,
        data_hash: "abc".into(),
        settings_json: "{}".into(),
        limits_json: "{}".into(),
        measured_false_alarm_rate: Some(0.01),
        state,
        artefact: vec![0, 1, 255],
    }
}

async fn a_new_active_model_retires_the_one_before(house: House) {
    let storage = house.open().await;
    let pca = DetectorId::from("pca");
    assert_eq!(storage.active_model(&pca).await.unwrap(), None);
    storage.save_model(&model(1, ModelState::Active)).await.unwrap();
    storage.save_model(&model(2, ModelState::Staged)).await.unwrap();
    storage.save_model(&model(3, ModelState::Active)).await.unwrap();
    let active = storage.active_model(&pca).await.unwrap().expect("a model");
    assert_eq!(active.version, "pca-3");
    let listed = storage.list_models().await.unwrap();
    let told: Vec<(&str, ModelState)> = listed.iter().map(|m| (m.version.as_str(), m.state)).collect();
    assert_eq!(told, [("pca-3", ModelState::Active), ("pca-2", ModelState::Staged), ("pca-1", ModelState::Retired)]);
    let taken = Model { version: "pca-4".into(), ..active.clone() };
    storage.save_model(&taken).await.unwrap_err();
    assert_eq!(storage.active_model(&pca).await.unwrap(), Some(active), "a failed save retires nothing");
}

async fn a_model_comes_back_byte_for_byte(house: House) {
    let storage = house.open().await;
    let kept = Model { measured_false_alarm_rate: None, ..model(1, ModelState::Active) };
    storage.save_model(&kept).await.unwrap();
    drop(storage);
    let storage = house.open().await;
    assert_eq!(storage.active_model(&DetectorId::from("pca")).await.unwrap(), Some(kept));
}
