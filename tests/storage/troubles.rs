//! Full disks, locked files, wrong places: told for what they are, with nothing lost.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use tep::config::{Secret, StorageConfig};
use tep::storage::{Storage, StorageError};

use super::house::{House, scans, second, trend};
use super::on_both;

on_both!(
    the_door_tells_which_database_it_is,
    a_damaged_history_file_is_named,
    a_history_that_cannot_be_written_loses_nothing
);

async fn the_door_tells_which_database_it_is(house: House) {
    let storage = house.open().await;
    storage.ping().await.unwrap();
    let expected = if house.config.database_url.is_some() { "PostgreSQL 127.0.0.1" } else { "SQLite /" };
    assert!(storage.describe().starts_with(expected), "{}", storage.describe());
    assert!(storage.free_mib().await.unwrap() > 0);
    let mode = fs::metadata(&house.config.data_dir).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700, "others may not look into the data directory");
}

async fn a_damaged_history_file_is_named(house: House) {
    let storage = house.open().await;
    storage.append_scans(&scans(0..3_700)).await.unwrap();
    storage.seal_due(second(3_700)).await.unwrap();
    let file = house.config.history_dir().join("plant=test-plant/unit=reactor/day=2026-11-23/hour-00-t1.parquet");
    fs::write(&file, b"PAR1 this is none").unwrap();
    let query =
        tep::storage::TrendQuery { tags: vec![tep::domain::TagIndex(0)], from: second(0), to: second(10), points: 10 };
    let error = storage.trend(&query).await.unwrap_err();
    assert!(matches!(error, StorageError::Corrupt { .. }), "{error:?}");
    assert!(error.to_string().contains("plant=test-plant/unit=reactor/day=2026-11-23/hour-00-t1.parquet"), "{error}");
}

async fn a_history_that_cannot_be_written_loses_nothing(house: House) {
    let storage = house.open().await;
    storage.append_scans(&scans(0..3_700)).await.unwrap();
    let expected = trend(&storage, 0, 3_699, 10_000).await;
    // A file stands where the second unit's directory would be.
    let obstacle = house.config.history_dir().join("plant=test-plant/unit=stripper");
    fs::write(&obstacle, b"").unwrap();
    storage.seal_due(second(3_700)).await.unwrap_err();
    assert_eq!(house.count("SELECT COUNT(*) FROM scan").await, 3_700, "every row is still there");
    fs::remove_file(&obstacle).unwrap();
    assert_eq!(storage.seal_due(second(3_700)).await.unwrap().len(), 1);
    assert_eq!(trend(&storage, 0, 3_699, 10_000).await, expected);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unavailable_and_its_password_stays_secret() {
    let house = House::new(Some("postgres://tep:s3cret@127.0.0.1:1/tep".into()));
    let error = Storage::open(&house.config).await.unwrap_err();
    assert!(matches!(error, StorageError::Unavailable { .. }), "{error:?}");
    let told = format!("{error} {error:?} {:?}", std::error::Error::source(&error));
    assert!(told.contains("127.0.0.1:1/tep") && !told.contains("s3cret"), "{told}");
}

#[tokio::test]
async fn a_data_directory_may_have_any_name() {
    let mut house = House::new(None);
    for name in ["with space", "50%20?mode=ro", "#1 & ünï"] {
        house.config.data_dir = house.path(name);
        let storage = house.open().await;
        storage.append_scans(&scans(0..3)).await.unwrap();
        assert!(house.config.data_dir.join("tep.sqlite").is_file(), "{name}");
    }
}

#[tokio::test]
async fn a_file_that_is_no_database_is_told_as_damaged() {
    let house = House::new(None);
    fs::create_dir_all(&house.config.data_dir).unwrap();
    fs::write(house.config.data_dir.join("tep.sqlite"), vec![b'x'; 8_192]).unwrap();
    let error = Storage::open(&house.config).await.unwrap_err();
    assert!(matches!(error, StorageError::Corrupt { .. }), "{error:?}");
}

#[tokio::test]
async fn an_url_of_an_unknown_kind_is_refused() {
    let house = House::new(None);
    let config = StorageConfig { database_url: Some(Secret::from("mysql://x/y".to_owned())), ..house.config.clone() };
    let error = Storage::open(&config).await.unwrap_err();
    assert!(matches!(error, StorageError::Refused { .. }), "{error:?}");
}
