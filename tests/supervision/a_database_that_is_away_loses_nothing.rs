//! While somebody else holds the database, scans wait; the operator is told; afterwards nothing is missing.

use sea_orm::{ConnectionTrait, Database};
use tep::domain::AlarmState;

use crate::support::{Home, assert_without_gap};

#[tokio::test(flavor = "multi_thread")]
async fn scans_wait_and_the_operator_is_told() {
    let home = Home::new();
    let plant = home.start().await;
    plant.scans(100).await;
    let file = home.storage_config().data_dir.join("tep.sqlite");
    let other = Database::connect(format!("sqlite://{}", file.display())).await.unwrap();
    other.execute_unprepared("BEGIN IMMEDIATE").await.unwrap();
    // The desk decides and the feed speaks although the journal cannot write.
    let waiting = plant.alarm_reaches("SYSTEM/HISTORIAN_BEHIND", AlarmState::Unacknowledged).await;
    assert!(waiting.comment.as_ref().is_some_and(|detail| !detail.is_empty()), "it says what is the matter");
    other.execute_unprepared("ROLLBACK").await.unwrap();
    plant.alarm_reaches("SYSTEM/HISTORIAN_BEHIND", AlarmState::RtnUnacknowledged).await;
    plant.scans(100).await;
    let period = plant.plant().scan_period;
    plant.stop().await;

    let plant = home.start().await;
    assert_without_gap(&plant.kept().await, period);
    plant.stop().await;
}
