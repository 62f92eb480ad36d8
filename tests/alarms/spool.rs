//! While the database does not take anything, orders are answered from the spool, and a process that dies then takes
//! nothing along that was answered.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection};
use tep::actors::{AlarmCommand, AlarmOrder, SourceCommand};
use tep::config::plant::built_in;
use tep::domain::{AlarmState, JournalEntry, TransitionKind};
use tep::feed::AlarmView;
use tep::storage::{AuditFilter, Claimed, IdempotencyRecord, JournalRecord, Storage};
use tokio::runtime::{Builder, Runtime};

use super::orders::of;
use crate::support::{Home, TestPlant};

/// An alarm that a disturbance raises and keeps raised.
const ALARM: &str = "XMEAS_1/LOW";

/// What the desk may take to answer while the database does not; the database itself is waited for five seconds.
const QUICK: Duration = Duration::from_secs(4);

/// One life of a process; dropped, it is a kill.
fn process() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

async fn database(home: &Home) -> DatabaseConnection {
    let file = home.storage_config().data_dir.join("tep.sqlite");
    // One connection, so that what one statement locks the other unlocks.
    Database::connect(ConnectOptions::new(format!("sqlite://{}", file.display())).max_connections(1).to_owned())
        .await
        .unwrap()
}

/// Every spool of the plant, and what was set aside.
fn files(home: &Home) -> Vec<PathBuf> {
    let dir = home.storage_config().data_dir.join("spool/plant=tennessee-eastman");
    let Ok(entries) = fs::read_dir(dir) else { return Vec::new() };
    entries.map(|entry| entry.unwrap().path()).collect()
}

fn only_file(home: &Home, extension: &str) -> PathBuf {
    match files(home).as_slice() {
        [one] if one.extension().is_some_and(|is| is == extension) => one.clone(),
        other => panic!("one file .{extension}, not {other:?}"),
    }
}

async fn raised(plant: &TestPlant) -> Arc<AlarmView> {
    plant.order(SourceCommand::SetDisturbance { number: 6, active: true }).await;
    let view = plant.alarm_reaches(ALARM, AlarmState::Unacknowledged).await;
    // Nothing happens by itself any more.
    plant.order(SourceCommand::Pause(true)).await;
    view
}

/// Acknowledges while the database is locked, and dies. Gives the order, as it was answered.
fn acknowledged_and_killed(home: &Home) -> AlarmOrder {
    let process = process();
    let order = process.block_on(async {
        let plant = home.start().await;
        let seen = raised(&plant).await;
        let order = of(&seen, AlarmCommand::Acknowledge, "while it was locked");
        let other = database(home).await;
        other.execute_unprepared("BEGIN IMMEDIATE").await.unwrap();
        let begun = Instant::now();
        let answer = plant.doors().await.alarm_desk.carry_out(order.clone()).await.unwrap();
        assert!(begun.elapsed() < QUICK, "answered after {:?}", begun.elapsed());
        assert!(answer[0].result.is_ok(), "{:?}", answer[0].result);
        order
    });
    process.shutdown_background();
    order
}

fn acknowledgements(rows: &[JournalEntry]) -> Vec<&JournalEntry> {
    rows.iter().filter(|row| row.kind == TransitionKind::Acknowledged).collect()
}

#[test]
fn what_was_answered_while_the_database_was_locked_is_there_after_a_kill() {
    let home = Home::new();
    let order = acknowledged_and_killed(&home);
    only_file(&home, "spool");
    process().block_on(async {
        let plant = home.start().await;
        let view = plant.alarm(ALARM).await;
        assert!(view.facts.acked, "{view:?}");
        assert_eq!(view.acknowledged_by.as_deref(), Some("olga"));
        assert_eq!(files(&home), Vec::<PathBuf>::new(), "it is in the database now");
        let again = plant.doors().await.alarm_desk.carry_out(order.clone()).await.unwrap();
        assert!(again[0].result.is_ok(), "the key is known: {:?}", again[0].result);
        let rows = plant.journal_of(ALARM).await;
        let acknowledged = acknowledgements(&rows);
        assert_eq!(acknowledged.len(), 1, "{rows:?}");
        assert_eq!(acknowledged[0].idempotency_key, Some(order.idempotency_key));
        plant.stop().await;
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_refuses_costs_no_answer_and_no_row() {
    let home = Home::new();
    let plant = home.start().await;
    let view = raised(&plant).await;
    let other = database(&home).await;
    let trigger = "CREATE TRIGGER broken BEFORE INSERT ON alarm_journal BEGIN SELECT RAISE(ABORT, 'bad sector'); END";
    other.execute_unprepared(trigger).await.unwrap();
    let desk = plant.doors().await.alarm_desk;
    for key in ["one", "two", "three"] {
        let begun = Instant::now();
        let answer = desk.carry_out(of(&view, AlarmCommand::Comment, key)).await.unwrap();
        assert!(answer[0].result.is_ok() && begun.elapsed() < QUICK);
    }
    // The same key again, of which the database knows nothing yet.
    assert!(desk.carry_out(of(&view, AlarmCommand::Comment, "two")).await.unwrap()[0].result.is_ok());
    let sketch = plant.portrait("journal writer:journal").await.unwrap().reason.unwrap();
    assert!(sketch.contains("in the spool"), "{sketch}");
    only_file(&home, "spool");
    other.execute_unprepared("DROP TRIGGER broken").await.unwrap();
    plant.until("the end of the spool", async || files(&home).is_empty().then_some(())).await;
    let rows = plant.journal_of(ALARM).await;
    let said = rows.iter().filter(|row| row.kind == TransitionKind::Commented).count();
    assert_eq!(said, 3, "{rows:?}");
    plant.stop().await;
}

#[test]
fn what_is_in_the_spool_and_in_the_database_is_not_doubled() {
    let home = Home::new();
    acknowledged_and_killed(&home);
    let file = only_file(&home, "spool");
    let spooled = fs::read(&file).unwrap();
    let (first, again) = (process(), process());
    let before = first.block_on(async {
        let plant = home.start().await;
        let rows = plant.journal_of(ALARM).await;
        plant.stop().await;
        rows
    });
    // A crash between the commit and the end of the file.
    fs::write(&file, &spooled).unwrap();
    again.block_on(async {
        let plant = home.start().await;
        assert_eq!(plant.journal_of(ALARM).await, before);
        assert!(plant.alarm(ALARM).await.facts.acked);
        assert_eq!(files(&home), Vec::<PathBuf>::new(), "nothing in it was refused");
        plant.stop().await;
    });
}

#[test]
fn a_write_that_did_not_come_to_its_end_takes_nothing_else_along() {
    let home = Home::new();
    acknowledged_and_killed(&home);
    let file = only_file(&home, "spool");
    let mut bytes = fs::read(&file).unwrap();
    bytes.extend([7, 0, 0]);
    fs::write(&file, &bytes).unwrap();
    process().block_on(async {
        let plant = home.start().await;
        assert!(plant.alarm(ALARM).await.facts.acked);
        assert_eq!(files(&home), Vec::<PathBuf>::new());
        plant.stop().await;
    });
}

#[test]
fn a_damaged_spool_is_told_and_kept() {
    let home = Home::new();
    acknowledged_and_killed(&home);
    let file = only_file(&home, "spool");
    let mut bytes = fs::read(&file).unwrap();
    // The checksum of the first record's length.
    bytes[12] ^= 1;
    fs::write(&file, &bytes).unwrap();
    process().block_on(async {
        let plant = home.start().await;
        assert!(!plant.alarm(ALARM).await.facts.acked, "it cannot be read");
        assert_eq!(fs::read(only_file(&home, "damaged")).unwrap(), bytes);
        assert_eq!(audited(&plant, "spool damaged").await, ["TEP"]);
        plant.stop().await;
    });
}

/// Who stands in the audit with an action.
async fn audited(plant: &TestPlant, action: &str) -> Vec<String> {
    let filter = AuditFilter { action: Some(action.to_owned()), ..AuditFilter::default() };
    let page = plant.storage.audit_page(&filter, None, 100).await.unwrap();
    page.into_iter().map(|(_, row)| row.who).collect()
}

#[test]
fn what_comes_after_others_have_decided_is_refused_and_told() {
    let home = Home::new();
    acknowledged_and_killed(&home);
    let file = only_file(&home, "spool");
    let put_away = file.with_extension("elsewhere");
    fs::rename(&file, &put_away).unwrap();
    let (first, again) = (process(), process());
    first.block_on(async {
        let plant = home.start().await;
        let view = plant.alarm(ALARM).await;
        assert!(!view.facts.acked, "nobody knows of it");
        let mut order = of(&view, AlarmCommand::Acknowledge, "anew");
        order.by = "paul".into();
        assert!(plant.doors().await.alarm_desk.carry_out(order).await.unwrap()[0].result.is_ok());
        plant.stop().await;
    });
    fs::rename(&put_away, &file).unwrap();
    again.block_on(async {
        let plant = home.start().await;
        assert_eq!(plant.alarm(ALARM).await.acknowledged_by.as_deref(), Some("paul"));
        let rows = plant.journal_of(ALARM).await;
        assert_eq!(acknowledgements(&rows).len(), 1, "{rows:?}");
        only_file(&home, "refused");
        assert_eq!(audited(&plant, "order not carried over").await, ["olga"]);
        plant.stop().await;
    });
}

#[tokio::test]
async fn a_full_spool_takes_nothing_and_keeps_what_it_has() {
    let home = Home::new();
    let storage = Storage::open(&home.storage_config()).await.unwrap().for_plant(Arc::new(built_in())).unwrap();
    let claimed = storage.claim(&storage.holder(&"test".into()), Duration::from_secs(60)).await.unwrap();
    let Claimed::Ours(owned, _) = claimed else { panic!("nobody else is there") };
    let spool = owned.spool();
    let record = |size: usize| JournalRecord {
        entries: vec![],
        result: Some(IdempotencyRecord {
            key: "k".into(),
            user: "olga".into(),
            operation: "comment_alarms".into(),
            request_hash: "h".into(),
            result_json: "x".repeat(size),
            at: tep::domain::WallTime::from_micros(0),
        }),
        changes: vec![],
    };
    spool.append(vec![record(1_000)]).await.unwrap();
    let before = spool.bytes();
    let refused = spool.append(vec![record(70 << 20)]).await.unwrap_err();
    assert!(refused.to_string().contains("no space left"), "{refused}");
    assert_eq!((spool.bytes(), length(&only_file(&home, "spool"))), (before, before));
    spool.append(vec![record(10)]).await.unwrap();
    spool.clear().await.unwrap();
    assert_eq!(files(&home), Vec::<PathBuf>::new());
}

fn length(file: &Path) -> u64 {
    fs::metadata(file).unwrap().len()
}
