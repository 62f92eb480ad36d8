//! The tables are made, unmade and made again.

use sea_orm::{ConnectionTrait, Statement};
use sea_orm_migration::MigratorTrait;

use super::house::{House, scans};
use super::on_both;

on_both!(
    every_step_can_be_taken_back_and_taken_again,
    opening_twice_keeps_what_is_there,
    four_that_start_at_once_all_find_their_tables,
);

async fn tables(house: &House) -> Vec<String> {
    let sql = if house.config.database_url.is_some() {
        "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
    } else {
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY 1"
    };
    let database = house.database().await;
    let rows = database.query_all_raw(Statement::from_string(house.backend(), sql)).await.unwrap();
    rows.iter().map(|row| row.try_get("", "name").unwrap()).collect()
}

async fn every_step_can_be_taken_back_and_taken_again(house: House) {
    drop(house.open().await);
    let full = tables(&house).await;
    assert!(full.len() > 13, "{full:?}");
    let database = house.database().await;
    for left in (0..migrations::names().len()).rev() {
        migrations::Migrator::down(&database, Some(1)).await.unwrap();
        let applied = migrations::Migrator::get_applied_migrations(&database).await.unwrap();
        assert_eq!(applied.len(), left);
    }
    assert_eq!(tables(&house).await, ["seaql_migrations"]);
    migrations::Migrator::up(&database, None).await.unwrap();
    assert_eq!(tables(&house).await, full);
    house.open().await.append_scans(&scans(0..3)).await.unwrap();
}

async fn opening_twice_keeps_what_is_there(house: House) {
    let storage = house.open().await;
    storage.append_scans(&scans(0..3)).await.unwrap();
    let second = house.open().await;
    assert_eq!(second.last_scan().await.unwrap(), storage.last_scan().await.unwrap());
    assert!(second.last_scan().await.unwrap().is_some());
}

async fn four_that_start_at_once_all_find_their_tables(house: House) {
    let (a, b, c, d) = tokio::join!(house.open(), house.open(), house.open(), house.open());
    // Each claim of the four begins a term, and only the owner of the last may write.
    for storage in [a, b, c, d] {
        let written = storage.append_scans(&scans(0..3)).await;
        assert_eq!(written.is_ok(), storage.term() == 4, "term {}: {written:?}", storage.term());
    }
    assert_eq!(house.count("SELECT COUNT(*) FROM scan").await, 3);
}
