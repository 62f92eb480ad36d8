//! Who owns a plant, and that nobody else can write for it.

use std::time::Duration;

use sea_orm::{ConnectionTrait, TransactionTrait};
use tep::domain::{ModelId, ModelState, TransitionKind};
use tep::storage::{
    Checkpoint, Claimed, Holder, IdempotencyRecord, Model, ModelLife, OwnedPlant, ScanBatch, StorageError,
};
use tokio::time::Instant;
use uuid::Uuid;

use super::house::{HOUR, House, NOW, claimed, entry, scans, second};
use super::on_both;

on_both!(
    a_plant_is_held_by_one_until_the_claim_has_run_out,
    a_server_that_was_killed_has_its_plant_back_at_once,
    a_plant_that_is_given_back_is_free_at_once,
    each_plant_is_held_by_itself,
    an_owner_that_was_overtaken_can_write_nothing_at_all,
    a_node_whose_clock_is_wrong_is_treated_as_any_other,
    a_renewal_waits_for_no_writer_and_no_writer_for_it,
);

fn holder(node: &str) -> Holder {
    Holder { node: node.into(), home: Uuid::from_u128(node.bytes().map(u128::from).sum()) }
}

fn is_fenced(error: &StorageError) -> bool {
    matches!(error, StorageError::Fenced { .. })
}

async fn a_plant_is_held_by_one_until_the_claim_has_run_out(house: House) {
    let plant = house.plant_storage().await;
    let before = Instant::now();
    let first = plant.claim(&holder("a"), Duration::from_millis(800)).await.unwrap();
    let Claimed::Ours(a, claim) = first else { panic!("{first:?}") };
    assert!(claim.valid_until >= before + Duration::from_millis(800));
    let refused = plant.claim(&holder("b"), HOUR).await.unwrap();
    let Claimed::Held(lease) = refused else { panic!("{refused:?}") };
    assert_eq!((lease.term, lease.node), (1, Some("a".into())));
    assert!(lease.left > Duration::ZERO && lease.left <= Duration::from_millis(800), "{:?}", lease.left);

    // While it is renewed it stays, beyond the time for which it was claimed.
    let renewed_until = a.renew(Duration::from_millis(1_500)).await.unwrap();
    tokio::time::sleep_until(claim.valid_until).await;
    assert!(matches!(plant.claim(&holder("b"), HOUR).await.unwrap(), Claimed::Held(_)));
    tokio::time::sleep_until(renewed_until).await;
    let b = claimed_when_free(&plant, &holder("b")).await;
    assert_eq!(b.term(), 2);
    assert!(is_fenced(&a.renew(HOUR).await.unwrap_err()));
    assert!(is_fenced(&a.release().await.unwrap_err()));
    let told = a.append_scans(&scans(0..1)).await.unwrap_err().to_string();
    assert!(told.contains("plant test-plant") && told.contains("node b") && told.contains("term 2"), "{told}");
}

/// The database's clock and ours differ by less than a statement takes; a claim may come a little too early.
async fn claimed_when_free(plant: &tep::storage::PlantStorage, holder: &Holder) -> OwnedPlant {
    loop {
        if let Claimed::Ours(owned, _) = plant.claim(holder, HOUR).await.unwrap() {
            return owned;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn a_server_that_was_killed_has_its_plant_back_at_once(house: House) {
    let first = house.open().await;
    let again = house.open().await;
    assert_eq!((first.term(), again.term()), (1, 2));
    assert!(is_fenced(&first.append_scans(&scans(0..1)).await.unwrap_err()), "what is left of the first is shut out");
    again.append_scans(&scans(0..1)).await.unwrap();
    // The same name elsewhere is another server.
    let namesake = Holder { home: Uuid::from_u128(1), ..again.holder().clone() };
    assert!(matches!(again.claim(&namesake, HOUR).await.unwrap(), Claimed::Held(_)));
}

async fn a_plant_that_is_given_back_is_free_at_once(house: House) {
    let plant = house.plant_storage().await;
    let a = claimed(&plant, &holder("a")).await;
    a.append_scans(&scans(0..1)).await.unwrap();
    a.release().await.unwrap();
    assert!(!plant.leases().await.unwrap()[0].is_held());
    let b = claimed(&plant, &holder("b")).await;
    b.append_scans(&scans(1..2)).await.unwrap();
    assert!(is_fenced(&a.append_scans(&scans(2..3)).await.unwrap_err()));
}

async fn each_plant_is_held_by_itself(mut house: House) {
    let north = house.plant_storage().await;
    house.plant = std::sync::Arc::new(tep::domain::Plant { id: "south".into(), ..super::house::plant() });
    let south = house.plant_storage().await;
    let (a, b) = (claimed(&north, &holder("a")).await, claimed(&south, &holder("b")).await);
    a.append_scans(&scans(0..2)).await.unwrap();
    b.append_scans(&scans(0..2)).await.unwrap();
    let leases = south.leases().await.unwrap();
    let held: Vec<_> = leases.iter().map(|lease| (lease.plant.as_str(), lease.node.clone(), lease.term)).collect();
    assert_eq!(held, [("south", Some("b".into()), 1), ("test-plant", Some("a".into()), 1)]);
}

fn model() -> Model {
    Model {
        id: ModelId(Uuid::now_v7()),
        detector: "pca".into(),
        version: "1".into(),
        trained_at: NOW,
        source: "x".into(),
        samples: 1,
        data_hash: "x".into(),
        settings_json: "{}".into(),
        limits_json: "{}".into(),
        measured_false_alarm_rate: None,
        state: ModelState::Active,
        life: ModelLife::default(),
        artefact: Vec::new(),
    }
}

async fn an_owner_that_was_overtaken_can_write_nothing_at_all(mut house: House) {
    house.config.journal_days = 1;
    let plant = house.plant_storage().await;
    let a = claimed(&plant, &holder("a")).await;
    a.append_scans(&scans(0..3_700)).await.unwrap();
    a.release().await.unwrap();
    let b = claimed(&plant, &holder("b")).await;
    b.append_journal(&[entry(2, 1, "P/HIGH", TransitionKind::Raised)], &[]).await.unwrap();

    let checkpoint = Checkpoint { source: "simulator".into(), source_time: second(9), state: vec![1] };
    let answer = IdempotencyRecord {
        key: "k".into(),
        user: "anna".into(),
        operation: "acknowledge_alarms".into(),
        request_hash: "h".into(),
        result_json: "[]".into(),
        at: NOW,
    };
    let attempts = [
        ("scans", a.append_scans(&scans(3_700..3_701)).await.err()),
        ("a checkpoint", a.append_scans(&ScanBatch { scans: vec![], checkpoint: Some(checkpoint) }).await.err()),
        ("the journal", a.append_journal(&[entry(1, 1, "P/HIGH", TransitionKind::Raised)], &[]).await.err()),
        ("an answer", a.append_journal(&[], &[answer]).await.err()),
        ("a model", a.save_model(&model()).await.err()),
        ("a pause", a.save_setting("pause/test-plant/unit", Some("{}")).await.err()),
        ("the end of a pause", a.save_setting("pause/test-plant/unit", None).await.err()),
        ("an epoch", a.begin_epoch().await.err()),
        ("forgetting scans", a.truncate_scans_after(second(1)).await.err()),
        ("forgetting the journal", a.apply_retention(second(0), NOW + 99 * HOUR).await.err()),
        ("sealing", a.seal_due(second(3_700)).await.err()),
    ];
    for (what, error) in attempts {
        assert!(error.as_ref().is_some_and(is_fenced), "{what}: {error:?}");
    }
    assert_eq!(house.count("SELECT COUNT(*) FROM scan").await, 3_700);
    assert_eq!(house.count("SELECT COUNT(*) FROM checkpoint").await, 0);
    assert_eq!(house.count("SELECT COUNT(*) FROM alarm_journal").await, 1);
    assert_eq!(house.count("SELECT COUNT(*) FROM idempotency").await, 0);
    assert_eq!(house.count("SELECT COUNT(*) FROM model").await, 0);
    assert!(house.history_files().is_empty());
    assert_eq!(b.begin_epoch().await.unwrap(), 3);
    b.append_scans(&scans(3_700..3_702)).await.unwrap();
    assert_eq!(b.seal_due(second(3_701)).await.unwrap().len(), 1);
}

/// Whatever a node takes for the time, only the database's clock decides when a claim runs out.
async fn a_node_whose_clock_is_wrong_is_treated_as_any_other(house: House) {
    let plant = house.plant_storage().await;
    let a = claimed(&plant, &holder("a")).await;
    let database = house.database().await;
    assert!(matches!(plant.claim(&holder("b"), HOUR).await.unwrap(), Claimed::Held(_)));
    // The row is the database's time: an hour away now, and gone when the database says so.
    let left = plant.leases().await.unwrap()[0].left;
    assert!(left > HOUR - Duration::from_secs(60) && left <= HOUR, "{left:?}");
    database.execute_unprepared("UPDATE plant_lease SET expires_at = 1").await.unwrap();
    database.close().await.unwrap();
    assert_eq!(claimed(&plant, &holder("b")).await.term(), 2);
    assert!(is_fenced(&a.append_scans(&scans(0..1)).await.unwrap_err()));
}

async fn a_renewal_waits_for_no_writer_and_no_writer_for_it(house: House) {
    let a = house.open().await;
    let writing = async {
        for at in 0..60 {
            a.append_scans(&scans(at * 100..at * 100 + 100)).await.unwrap();
        }
    };
    let renewing = async {
        for _ in 0..60 {
            a.renew(HOUR).await.unwrap();
        }
    };
    tokio::join!(writing, renewing);
    assert_eq!(house.count("SELECT COUNT(*) FROM scan").await, 6_000);
}

/// A take-over waits for a write that is open, and whoever writes after it is shut out. On SQLite there is one writer.
#[tokio::test]
async fn a_take_over_waits_for_a_write_that_is_open() {
    super::house::on_postgres(async |house: House| {
        let plant = house.plant_storage().await;
        let a = claimed(&plant, &holder("a")).await;
        let database = house.database().await;
        database.execute_unprepared("UPDATE plant_lease SET expires_at = 1").await.unwrap();
        // What every write of an owner holds while it is open.
        let open = database.begin().await.unwrap();
        open.execute_unprepared("SELECT 1 FROM plant_lease WHERE plant = 'test-plant' AND term = 1 FOR KEY SHARE")
            .await
            .unwrap();
        a.renew(Duration::from_millis(1)).await.expect("a renewal does not wait for it");
        a.append_scans(&scans(0..1)).await.expect("nor does another write");
        tokio::time::sleep(Duration::from_millis(5)).await;
        let taken = tokio::spawn({
            let plant = plant.clone();
            async move { plant.claim(&holder("b"), HOUR).await }
        });
        blocked_by_a_lock(&database).await;
        assert!(!taken.is_finished(), "it waits");
        open.commit().await.unwrap();
        let Claimed::Ours(b, _) = taken.await.unwrap().unwrap() else { panic!("b has it") };
        assert!(is_fenced(&a.append_scans(&scans(1..2)).await.unwrap_err()));
        b.append_scans(&scans(1..2)).await.unwrap();
        database.close().await.unwrap();
    })
    .await;
}

/// A node that freezes in the middle of a write does not keep its plant for ever: the server ends the write.
#[tokio::test]
async fn a_frozen_writer_does_not_keep_the_plant() {
    super::house::on_postgres(async |house: House| {
        let plant = house.plant_storage().await;
        claimed(&plant, &holder("a")).await;
        let frozen = house.database().await;
        frozen.execute_unprepared("UPDATE plant_lease SET expires_at = 1").await.unwrap();
        let open = frozen.begin().await.unwrap();
        open.execute_unprepared("SET LOCAL idle_in_transaction_session_timeout = 300").await.unwrap();
        open.execute_unprepared("SELECT 1 FROM plant_lease WHERE plant = 'test-plant' AND term = 1 FOR KEY SHARE")
            .await
            .unwrap();
        let started = Instant::now();
        let Claimed::Ours(b, _) = plant.claim(&holder("b"), HOUR).await.unwrap() else { panic!("b has it") };
        assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
        b.append_scans(&scans(0..1)).await.unwrap();
        assert!(open.commit().await.is_err(), "what it had begun is gone");
    })
    .await;
}

async fn blocked_by_a_lock(database: &sea_orm::DatabaseConnection) {
    let waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let statement = || sea_orm::Statement::from_string(sea_orm::DbBackend::Postgres, waiting);
    while database.query_one_raw(statement()).await.unwrap().is_none() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
