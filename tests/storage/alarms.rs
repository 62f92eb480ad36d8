//! The journal, and what is restored from it.

use std::collections::BTreeMap;
use std::time::Duration;

use tep::domain::{AlarmFacts, AlarmId, JournalEntry, TransitionKind};
use tep::storage::{
    IdempotencyRecord, JournalCursor, JournalFilter, LastTransition, OwnedPlant, Remembered, StorageError,
};

use super::house::{House, NOW, entry, second};
use super::on_both;

use TransitionKind::{Acknowledged, Raised, RaisedAgain, ReturnedToNormal};

on_both!(
    a_repeated_append_doubles_nothing,
    another_entry_at_the_same_place_is_a_conflict,
    replaying_the_journal_gives_the_current_alarms,
    an_acknowledgement_survives_a_restart_word_for_word,
    every_start_gets_a_higher_epoch,
    the_stream_resumes_after_any_entry,
    the_journal_is_paged_newest_first_without_gap_or_repeat,
    the_journal_is_searched_in_any_letters,
    each_alarms_history_comes_in_one_go,
    the_result_of_a_command_is_kept_with_its_journal_row,
    a_key_is_told_apart_by_its_request,
    results_are_forgotten_after_their_time,
    retention_keeps_what_alarms_are_restored_from,
);

async fn story(storage: &OwnedPlant) -> Vec<JournalEntry> {
    let entries = vec![
        entry(1, 1, "P/HIGH", Raised),
        entry(1, 2, "L/LOW", Raised),
        entry(1, 3, "P/HIGH", Acknowledged),
        entry(1, 4, "L/LOW", ReturnedToNormal),
        entry(2, 1, "L/LOW", RaisedAgain),
    ];
    storage.append_journal(&entries, &[]).await.unwrap();
    storage.journal_after(0, 0, 100).await.unwrap()
}

async fn a_repeated_append_doubles_nothing(house: House) {
    let storage = house.open().await;
    let entries = story(&storage).await;
    let alarms = storage.load_alarms().await.unwrap();
    storage.append_journal(&entries, &[]).await.unwrap();
    storage.append_journal(&entries[1..3], &[]).await.unwrap();
    assert_eq!(storage.journal_after(0, 0, 100).await.unwrap(), entries);
    assert_eq!(storage.load_alarms().await.unwrap(), alarms);
}

async fn another_entry_at_the_same_place_is_a_conflict(house: House) {
    let storage = house.open().await;
    let entries = story(&storage).await;
    let batch = [entry(2, 2, "P/HIGH", ReturnedToNormal), entry(2, 1, "OTHER/HIGH", Raised)];
    let error = storage.append_journal(&batch, &[]).await.unwrap_err();
    assert!(matches!(error, StorageError::Conflict { .. }), "{error:?}");
    assert!(error.to_string().contains("epoch 2, sequence 1"), "{error}");
    assert_eq!(storage.journal_after(0, 0, 100).await.unwrap(), entries, "nothing of the batch was written");
}

async fn replaying_the_journal_gives_the_current_alarms(house: House) {
    let storage = house.open().await;
    for one in story(&storage).await {
        storage.append_journal(&[one], &[]).await.unwrap();
    }
    let mut replayed: BTreeMap<AlarmId, (AlarmFacts, LastTransition)> = BTreeMap::new();
    for entry in storage.journal_after(0, 0, 100).await.unwrap() {
        let last = LastTransition::after(replayed.get(&entry.alarm).map(|(_, last)| last), &entry);
        replayed.insert(entry.alarm.clone(), (entry.facts.clone(), last));
    }
    let replayed: Vec<_> = replayed.into_iter().map(|(alarm, (facts, last))| (alarm, facts, last)).collect();
    assert_eq!(storage.load_alarms().await.unwrap(), replayed);
    assert_eq!(replayed.len(), 2);
}

async fn an_acknowledgement_survives_a_restart_word_for_word(house: House) {
    let storage = house.open().await;
    story(&storage).await;
    drop(storage);
    let alarms = house.open().await.load_alarms().await.unwrap();
    let (_, facts, last) = alarms.iter().find(|(alarm, ..)| alarm.as_str() == "P/HIGH").expect("the alarm");
    assert!(facts.acked && facts.active);
    assert_eq!(last.acknowledged_by.as_deref(), Some("anna"));
    assert_eq!(last.acknowledged_at, Some(NOW + Duration::from_secs(3)));
    assert_eq!(last.comment.as_deref(), Some("Seen: 100% of it\u{fffd}"));
    assert_eq!(last.value, Some(2_903.471_823_645_1), "the value that raised it, to the last bit");
    let (_, _, again) = alarms.iter().find(|(alarm, ..)| alarm.as_str() == "L/LOW").expect("the alarm");
    assert_eq!((again.acknowledged_by.as_deref(), again.epoch, again.sequence), (None, 2, 1));
}

async fn every_start_gets_a_higher_epoch(house: House) {
    // Claiming the plant begins the first of its term.
    let storage = house.open().await;
    assert_eq!(storage.begin_epoch().await.unwrap(), 2);
    drop(storage);
    let storage = house.open().await;
    let (a, b) = tokio::join!(storage.begin_epoch(), storage.begin_epoch());
    let mut two = [a.unwrap(), b.unwrap()];
    two.sort_unstable();
    assert_eq!(two, [4, 5]);
}

async fn the_stream_resumes_after_any_entry(house: House) {
    let storage = house.open().await;
    let entries = story(&storage).await;
    for (at, seen) in entries.iter().enumerate() {
        let rest = storage.journal_after(seen.epoch, seen.sequence, 100).await.unwrap();
        assert_eq!(rest, entries[at + 1..], "after {} {}", seen.epoch, seen.sequence);
    }
    assert_eq!(storage.journal_after(0, 0, 2).await.unwrap(), entries[..2]);
}

async fn the_journal_is_paged_newest_first_without_gap_or_repeat(house: House) {
    let storage = house.open().await;
    let mut expected = story(&storage).await;
    expected.reverse();
    let mut read = Vec::new();
    let mut before: Option<JournalCursor> = None;
    loop {
        let page = storage.journal_page(&JournalFilter::default(), before, 2).await.unwrap();
        let Some(last) = page.last() else { break };
        before = Some(last.cursor);
        read.extend(page.into_iter().map(|row| row.entry));
    }
    assert_eq!(read, expected);
}

async fn the_journal_is_searched_in_any_letters(house: House) {
    let storage = house.open().await;
    story(&storage).await;
    let found = async |filter: JournalFilter| {
        let page = storage.journal_page(&filter, None, 100).await.unwrap();
        page.into_iter().map(|row| (row.entry.epoch, row.entry.sequence)).collect::<Vec<_>>()
    };
    let search = |text: &str| JournalFilter { search: Some(text.into()), ..JournalFilter::default() };
    assert_eq!(found(search("ANNA")).await, [(1, 3)]);
    assert_eq!(found(search("p/high")).await, [(1, 3), (1, 1)]);
    assert_eq!(found(search("100%")).await, [(1, 3)]);
    assert_eq!(found(search("p_high")).await, [], "a sign of a pattern stands for itself");
    assert_eq!(found(search("1%o")).await, []);
    let low = vec![AlarmId::from("L/LOW")];
    assert_eq!(found(JournalFilter { alarms: Some(low), ..Default::default() }).await, [(2, 1), (1, 4), (1, 2)]);
    assert_eq!(found(JournalFilter { alarms: Some(Vec::new()), ..Default::default() }).await, []);
    let span = JournalFilter { source_from: Some(second(2)), source_to: Some(second(3)), ..Default::default() };
    assert_eq!(found(span).await, [(1, 3), (1, 2)]);
    let late = JournalFilter { from: Some(NOW + Duration::from_secs(4)), ..Default::default() };
    assert_eq!(found(late).await, [(1, 4)]);
}

async fn each_alarms_history_comes_in_one_go(house: House) {
    let storage = house.open().await;
    story(&storage).await;
    let asked = ["L/LOW", "NONE/HIGH", "P/HIGH"].map(AlarmId::from);
    let histories = storage.alarm_history(&asked, 2).await.unwrap();
    let told: Vec<(String, Vec<(i64, i64)>)> = histories
        .iter()
        .map(|(alarm, rows)| (alarm.to_string(), rows.iter().map(|row| (row.epoch, row.sequence)).collect()))
        .collect();
    assert_eq!(
        told,
        [("L/LOW".into(), vec![(2, 1), (1, 4)]), ("NONE/HIGH".into(), vec![]), ("P/HIGH".into(), vec![(1, 3), (1, 1)])]
    );
}

fn record(key: &str, hash: &str) -> IdempotencyRecord {
    IdempotencyRecord {
        key: key.into(),
        user: "anna".into(),
        operation: "acknowledgeAlarms".into(),
        request_hash: hash.into(),
        result_json: r#"{"ok":true}"#.into(),
        at: NOW,
    }
}

async fn the_result_of_a_command_is_kept_with_its_journal_row(house: House) {
    let storage = house.open().await;
    let result = record("k1", "h1");
    let acknowledged = [entry(1, 1, "P/HIGH", Acknowledged)];
    storage.append_journal(&acknowledged, std::slice::from_ref(&result)).await.unwrap();
    let known = storage.idempotency_get("anna", "k1", "acknowledgeAlarms", "h1").await.unwrap();
    assert_eq!(known, Remembered::Same(result.clone()));
    // A result that cannot be kept takes the journal row with it.
    let error = storage
        .append_journal(&[entry(1, 2, "L/LOW", Acknowledged)], &[record("k2", "h"), record("k1", "other")])
        .await
        .unwrap_err();
    assert!(matches!(error, StorageError::Conflict { .. }), "{error:?}");
    assert_eq!(storage.journal_after(1, 1, 10).await.unwrap(), []);
    assert_eq!(
        storage.idempotency_get("anna", "k2", "acknowledgeAlarms", "h").await.unwrap(),
        Remembered::Never,
        "all or nothing"
    );
}

async fn a_key_is_told_apart_by_its_request(house: House) {
    let storage = house.open().await;
    storage.idempotency_put(&record("k", "h")).await.unwrap();
    storage.idempotency_put(&record("k", "h")).await.unwrap();
    let ask = async |user: &str, operation: &str, hash: &str| {
        storage.idempotency_get(user, "k", operation, hash).await.unwrap()
    };
    assert_eq!(ask("anna", "acknowledgeAlarms", "h").await, Remembered::Same(record("k", "h")));
    assert_eq!(ask("anna", "acknowledgeAlarms", "h2").await, Remembered::Other);
    assert_eq!(ask("anna", "setDisturbance", "h").await, Remembered::Other);
    assert_eq!(ask("bert", "acknowledgeAlarms", "h").await, Remembered::Never);
    assert!(matches!(storage.idempotency_put(&record("k", "h2")).await, Err(StorageError::Conflict { .. })));
}

async fn results_are_forgotten_after_their_time(house: House) {
    let storage = house.open().await;
    storage.idempotency_put(&record("k", "h")).await.unwrap();
    let day = Duration::from_secs(24 * 3_600);
    let kept = storage.apply_retention(second(0), NOW + day).await.unwrap();
    assert_eq!(kept.command_results, 0);
    let gone = storage.apply_retention(second(0), NOW + 2 * day + Duration::from_secs(1)).await.unwrap();
    assert_eq!(gone.command_results, 1);
}

async fn retention_keeps_what_alarms_are_restored_from(mut house: House) {
    house.config.journal_days = 1;
    let storage = house.open().await;
    let mut closed = entry(1, 9, "L/LOW", Acknowledged);
    closed.facts.open = false;
    closed.facts.active = false;
    story(&storage).await;
    closed.epoch = 2;
    storage.append_journal(&[closed], &[]).await.unwrap();
    let alarms = storage.load_alarms().await.unwrap();
    let report = storage.apply_retention(second(0), NOW + Duration::from_secs(3 * 24 * 3_600)).await.unwrap();
    // P/HIGH is open: both its rows stay. L/LOW is closed, in the same occurrence by id here, so they stay as well.
    assert_eq!(report.journal_rows, 0);
    storage.append_journal(&[other_occurrence(3, 1, Raised), other_occurrence(3, 2, Acknowledged)], &[]).await.unwrap();
    let report = storage.apply_retention(second(0), NOW + Duration::from_secs(3 * 24 * 3_600)).await.unwrap();
    assert_eq!(report.journal_rows, 1, "the first row of the closed occurrence; its last one tells the state");
    assert_eq!(storage.load_alarms().await.unwrap()[..2], alarms[..]);
}

/// A row of an occurrence of its own, closed.
fn other_occurrence(epoch: i64, sequence: i64, kind: TransitionKind) -> JournalEntry {
    let mut row = entry(epoch, sequence, "Z/HIGH", kind);
    row.occurrence = Some(tep::domain::OccurrenceId(uuid::Uuid::from_u128(8)));
    row.facts.occurrence = row.occurrence;
    row.facts.open = false;
    row
}
