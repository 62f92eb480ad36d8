//! Backups of a working plant, restored elsewhere.

use std::fs;
use std::sync::Arc;

use tep::config::StorageConfig;
use tep::domain::{ModelId, ModelState, Plant, TransitionKind};
use tep::storage::backup::{Overwrite, backup, restore};
use tep::storage::{Checkpoint, Model, ModelLife, OwnedPlant, PlantStorage, ScanBatch, Storage, StorageError};
use uuid::Uuid;

use super::house::{House, NOW, OwnDatabase, entry, person, scans, second, session, trend};
use super::on_both;

on_both!(
    a_backup_of_a_working_plant_is_restored_whole,
    a_damaged_archive_changes_nothing,
    what_is_there_is_replaced_only_when_told,
    a_restore_waits_for_nobody_to_work_there,
    a_restore_that_was_cut_off_after_it_counted_is_finished,
    a_restore_that_was_cut_off_before_it_counted_leaves_no_trace,
);

/// Something of everything.
async fn fill(storage: &OwnedPlant) {
    let checkpoint = Checkpoint { source: "simulator".into(), source_time: second(3_699), state: vec![1, 2, 3] };
    storage.append_scans(&ScanBatch { checkpoint: Some(checkpoint), ..scans(0..3_700) }).await.unwrap();
    storage.seal_due(second(3_700)).await.unwrap();
    let entries = [entry(1, 1, "P/HIGH", TransitionKind::Raised), entry(1, 2, "P/HIGH", TransitionKind::Acknowledged)];
    storage.append_journal(&entries, &[]).await.unwrap();
    let user = person("anna", "operator", "hash");
    storage.create_user(&user).await.unwrap();
    storage.create_session(&session(user.id, NOW)).await.unwrap();
    storage.set_setting("speed", "10").await.unwrap();
    let model = Model {
        id: ModelId(Uuid::now_v7()),
        detector: "pca".into(),
        version: "1".into(),
        trained_at: NOW,
        source: "x".into(),
        samples: 1,
        data_hash: "x".into(),
        settings_json: "{}".into(),
        limits_json: "{}".into(),
        measured_false_alarm_rate: Some(0.1 + 0.2),
        state: ModelState::Active,
        life: ModelLife::default(),
        artefact: (0..=255).collect(),
    };
    storage.save_model(&model).await.unwrap();
}

/// Everything that can be asked for.
async fn everything(storage: &PlantStorage) -> String {
    format!(
        "{:?}\n{:?}\n{:?}\n{:?}\n{:?}\n{:?}\n{:?}\n{:?}\n{:?}",
        trend(storage, 0, 4_000, 10_000).await,
        storage.last_scan().await.unwrap(),
        storage.checkpoint("simulator").await.unwrap(),
        storage.journal_after(0, 0, 100).await.unwrap(),
        storage.load_alarms().await.unwrap(),
        storage.list_users().await.unwrap(),
        storage.setting("speed").await.unwrap(),
        storage.list_models().await.unwrap(),
        storage.active_model(&"pca".into()).await.unwrap(),
    )
}

async fn open(config: &StorageConfig, plant: &Arc<Plant>) -> PlantStorage {
    Storage::open(config).await.unwrap().for_plant(Arc::clone(plant)).unwrap()
}

async fn a_backup_of_a_working_plant_is_restored_whole(house: House) {
    let storage = house.open().await;
    fill(&storage).await;
    let file = house.path("plant.tar.gz");
    let manifest = backup(&house.config, &file, NOW).await.unwrap();
    assert!(manifest.files.iter().any(|file| file.path.ends_with(".parquet")));
    assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 2, "the archive and the data, nothing else");
    let expected = everything(&storage).await;

    // Back into a place of the same kind, and across into one of the other.
    let other = match &house.config.database_url {
        Some(_) => None,
        None => Some(OwnDatabase::create().await),
    };
    let across = StorageConfig {
        data_dir: house.path("across"),
        database_url: other.as_ref().map(|own| own.url.clone().into()),
        ..StorageConfig::default()
    };
    assert_eq!(restore(&across, &file, Overwrite::Refuse).await.unwrap(), manifest);
    let restored = open(&across, &house.plant).await;
    assert_eq!(everything(&restored).await, expected);
    drop(restored);
    if let Some(own) = other {
        own.drop().await;
    }

    storage.set_setting("speed", "999").await.unwrap();
    storage.close().await.unwrap();
    drop(storage);
    restore(&house.config, &file, Overwrite::Replace).await.unwrap();
    assert_eq!(everything(&open(&house.config, &house.plant).await).await, expected);
    assert!(!house.config.data_dir.join(".restore").exists());
}

async fn a_damaged_archive_changes_nothing(house: House) {
    let storage = house.open().await;
    fill(&storage).await;
    let file = house.path("plant.tar.gz");
    backup(&house.config, &file, NOW).await.unwrap();
    let expected = everything(&storage).await;
    storage.close().await.unwrap();
    drop(storage);

    let whole = fs::read(&file).unwrap();
    let mut flipped = whole.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 0x10;
    for (name, bytes) in [("flipped", flipped.as_slice()), ("cut", &whole[..middle]), ("other", b"no archive")] {
        let damaged = house.path(name);
        fs::write(&damaged, bytes).unwrap();
        let error = restore(&house.config, &damaged, Overwrite::Replace).await.unwrap_err();
        assert!(matches!(error, StorageError::Corrupt { .. }), "{name}: {error:?}");
        assert!(error.to_string().contains(name), "{error}");
    }
    assert_eq!(everything(&house.plant_storage().await).await, expected);
    assert!(backup(&house.config, &file, NOW).await.is_err(), "an archive is never written over");
}

async fn what_is_there_is_replaced_only_when_told(house: House) {
    let storage = house.open().await;
    fill(&storage).await;
    let file = house.path("plant.tar.gz");
    backup(&house.config, &file, NOW).await.unwrap();
    storage.close().await.unwrap();
    drop(storage);
    let error = restore(&house.config, &file, Overwrite::Refuse).await.unwrap_err();
    assert!(matches!(error, StorageError::Conflict { .. }), "{error:?}");
    fs::remove_dir_all(house.config.history_dir()).unwrap();
    let error = restore(&house.config, &file, Overwrite::Refuse).await.unwrap_err();
    assert!(matches!(error, StorageError::Conflict { .. }), "the database alone is something too: {error:?}");
}

async fn a_restore_waits_for_nobody_to_work_there(house: House) {
    let storage = house.open().await;
    fill(&storage).await;
    let file = house.path("plant.tar.gz");
    backup(&house.config, &file, NOW).await.unwrap();
    let error = restore(&house.config, &file, Overwrite::Replace).await.unwrap_err();
    assert!(matches!(error, StorageError::Conflict { .. }), "{error:?}");
    assert!(error.to_string().contains("in use"), "{error}");
}

/// As a restore leaves things when it is cut off: its history beside the place, and a note of what is to be done.
fn cut_off(house: &House, id: &str) {
    let history = house.config.history_dir();
    let aside = house.config.data_dir.join(".restore");
    fs::create_dir_all(&aside).unwrap();
    fs::create_dir_all(history.join(".restore")).unwrap();
    fs::rename(history.join("plant=test-plant"), history.join(".restore/plant=test-plant")).unwrap();
    fs::write(aside.join("ready.json"), format!(r#"{{"id":"{id}","plants":["plant=test-plant"]}}"#)).unwrap();
}

async fn a_restore_that_was_cut_off_after_it_counted_is_finished(house: House) {
    let storage = house.open().await;
    fill(&storage).await;
    storage.set_setting("storage.restored", "this one").await.unwrap();
    let expected = everything(&storage).await;
    storage.close().await.unwrap();
    drop(storage);
    cut_off(&house, "this one");
    fs::create_dir_all(house.config.history_dir().join("plant=of-before/unit=reactor/day=2026-11-23")).unwrap();
    let storage = house.open().await;
    assert_eq!(everything(&storage).await, expected);
    assert!(!house.config.data_dir.join(".restore").exists());
    assert!(!house.config.history_dir().join("plant=of-before").exists(), "what was before goes");
}

async fn a_restore_that_was_cut_off_before_it_counted_leaves_no_trace(house: House) {
    let storage = house.open().await;
    fill(&storage).await;
    storage.close().await.unwrap();
    drop(storage);
    let aside = house.config.data_dir.join(".restore");
    fs::create_dir_all(aside.join("unpacked/database")).unwrap();
    if house.config.database_url.is_some() {
        // The note was written, the transaction that it names was never committed.
        cut_off(&house, "another one");
    }
    let storage = house.open().await;
    assert_eq!(storage.setting("speed").await.unwrap().as_deref(), Some("10"));
    assert!(!house.config.history_dir().join(".restore").exists());
    assert!(!aside.join("ready.json").exists());
}
