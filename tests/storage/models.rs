//! Models of detectors.

use std::time::Duration;

use sea_orm::ConnectionTrait;
use tep::domain::{
    DetectorId, DetectorMethod, ModelId, ModelState, SourceTime, TrainingJob, TrainingJobId, TrainingJobState,
    TrainingOrigin,
};
use tep::storage::{Decision, Model, ModelLife, StorageError, artefact_hash};
use uuid::Uuid;

use super::house::{House, NOW};
use super::on_both;

on_both!(
    a_new_active_model_retires_the_one_before,
    a_model_comes_back_byte_for_byte,
    a_decision_makes_room_and_says_who_and_why,
    a_model_that_was_changed_underneath_is_not_used,
    a_training_job_outlives_a_restart,
);

fn model(version: u64, state: ModelState) -> Model {
    Model {
        id: ModelId(Uuid::now_v7()),
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
        life: ModelLife {
            method: Some("pca".into()),
            data_range_json: Some("[[\"seed 1\",960]]".into()),
            created_by: Some("erik".into()),
            ..ModelLife::default()
        },
        artefact: vec![0, 1, 255],
    }
}

fn decision(reason: &str) -> Decision {
    Decision { by: "anna".into(), at: NOW + Duration::from_secs(100), reason: reason.into() }
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
    let life = ModelLife {
        artefact_hash: Some(artefact_hash(&kept.artefact)),
        activated_at: Some(kept.trained_at),
        ..kept.life.clone()
    };
    let expected = Model { life, ..kept.clone() };
    assert_eq!(storage.active_model(&DetectorId::from("pca")).await.unwrap(), Some(expected.clone()));
    assert_eq!(storage.model(kept.id).await.unwrap(), Some(expected.clone()));
    assert_eq!(storage.list_models().await.unwrap(), [Model { artefact: Vec::new(), ..expected }]);
}

async fn a_decision_makes_room_and_says_who_and_why(house: House) {
    let storage = house.open().await;
    let pca = DetectorId::from("pca");
    let models = [(1, ModelState::Active), (2, ModelState::Shadow), (3, ModelState::Staged)];
    let models: Vec<Model> = models.into_iter().map(|(version, state)| model(version, state)).collect();
    for model in &models {
        storage.save_model(model).await.unwrap();
    }
    let states = async || -> Vec<(String, ModelState)> {
        storage.list_models().await.unwrap().into_iter().rev().map(|m| (m.version, m.state)).collect()
    };
    let named = |states: [ModelState; 3]| -> Vec<(String, ModelState)> {
        (1..).zip(states).map(|(n, state)| (format!("pca-{n}"), state)).collect()
    };
    use ModelState::{Active, Retired, Shadow, Staged};
    storage.decide_model(models[2].id, Shadow, &decision("compare")).await.unwrap();
    assert_eq!(states().await, named([Active, Staged, Shadow]));
    storage.decide_model(models[2].id, Active, &decision("better")).await.unwrap();
    assert_eq!(states().await, named([Retired, Staged, Active]));
    let active = storage.active_model(&pca).await.unwrap().unwrap();
    assert_eq!((active.life.decision, active.life.created_by), (Some(decision("better")), Some("erik".into())));
    assert_eq!(storage.model_before(&pca).await.unwrap().unwrap().id, models[0].id, "rolling back leads here");
    let refused = storage.decide_model(models[2].id, Retired, &decision("no")).await.unwrap_err();
    assert!(matches!(&refused, StorageError::Conflict { .. }), "{refused}");
    let unknown = storage.decide_model(ModelId(Uuid::now_v7()), Active, &decision("no")).await.unwrap_err();
    assert!(matches!(&unknown, StorageError::NotFound { .. }), "{unknown}");
    assert_eq!(states().await, named([Retired, Staged, Active]), "what was refused has changed nothing");
}

async fn a_model_that_was_changed_underneath_is_not_used(house: House) {
    let storage = house.open().await;
    let kept = model(1, ModelState::Active);
    storage.save_model(&kept).await.unwrap();
    house.database().await.execute_unprepared("UPDATE model SET artefact_hash = 'f00'").await.unwrap();
    let damaged = storage.active_model(&kept.detector).await.unwrap_err();
    assert!(matches!(&damaged, StorageError::Corrupt { .. }), "{damaged}");
}

async fn a_training_job_outlives_a_restart(house: House) {
    let storage = house.open().await;
    let origin =
        TrainingOrigin::History { since: SourceTime::from_micros(1), until: SourceTime::from_micros(2_000_000) };
    let queued = TrainingJob {
        id: TrainingJobId(Uuid::now_v7()),
        detector: DetectorId::from("pca"),
        method: DetectorMethod::Cva { past: 3, future: 2, states: 10 },
        advisory: vec!["Tr2".into()],
        origin,
        requested_by: "erik".into(),
        requested_at: NOW,
        reason: "the compressor was overhauled".into(),
        state: TrainingJobState::Queued,
        started_at: None,
        ended_at: None,
        outcome: None,
        model: None,
    };
    let running = TrainingJob { state: TrainingJobState::Running, started_at: Some(NOW), ..queued.clone() };
    for job in [&queued, &running] {
        storage.save_training_job(job).await.unwrap();
    }
    drop(storage);
    let storage = house.open().await;
    assert_eq!(storage.open_training_jobs().await.unwrap(), std::slice::from_ref(&running));
    let done = TrainingJob {
        state: TrainingJobState::Done,
        ended_at: Some(NOW),
        model: Some(ModelId(Uuid::now_v7())),
        ..running
    };
    storage.save_training_job(&done).await.unwrap();
    assert_eq!(storage.open_training_jobs().await.unwrap(), []);
    assert_eq!(storage.training_jobs(10).await.unwrap(), std::slice::from_ref(&done));
    assert_eq!(storage.training_job(done.id).await.unwrap(), Some(done));
}
