//! Recent scans and checkpoints.

use std::sync::Arc;

use tep::domain::Quality;
use tep::storage::{Checkpoint, ScanBatch};

use super::house::{House, plant, scan, scans, second, tag, trend};
use super::on_both;

on_both!(
    the_checkpoint_is_that_of_the_last_batch,
    a_scan_at_the_same_time_replaces_the_one_before,
    the_last_scan_comes_back_bit_for_bit,
    old_rows_are_read_under_the_plant_file_that_they_were_written_under,
    a_source_set_back_leaves_one_past,
    a_batch_of_many_seconds_is_written_in_one_go,
);

fn checkpoint(at: u64) -> Checkpoint {
    Checkpoint { source: "simulator".into(), source_time: second(at), state: vec![0, 255, at as u8] }
}

async fn the_checkpoint_is_that_of_the_last_batch(house: House) {
    let storage = house.open().await;
    assert_eq!(storage.checkpoint("simulator").await.unwrap(), None);
    for end in [10, 20] {
        let batch = ScanBatch { checkpoint: Some(checkpoint(end)), ..scans(end - 10..end) };
        storage.append_scans(&batch).await.unwrap();
    }
    drop(storage);
    let storage = house.open().await;
    assert_eq!(storage.checkpoint("simulator").await.unwrap(), Some(checkpoint(20)));
    assert_eq!(storage.checkpoint("replay").await.unwrap(), None);
    assert_eq!(storage.last_scan().await.unwrap().map(|scan| scan.source_time), Some(second(19)));
}

async fn a_scan_at_the_same_time_replaces_the_one_before(house: House) {
    let storage = house.open().await;
    storage.append_scans(&scans([1, 2, 2, 3])).await.unwrap();
    let mut again = scan(3, 3);
    again.values[0] = 1.0;
    storage.append_scans(&ScanBatch { scans: vec![Arc::new(again)], checkpoint: None }).await.unwrap();
    let answer = trend(&storage, 0, 10, 100).await;
    assert_eq!(answer.series[0].points.len(), 3);
    assert_eq!(answer.series[0].points[2].last, Some(1.0));
}

async fn the_last_scan_comes_back_bit_for_bit(house: House) {
    let storage = house.open().await;
    assert_eq!(storage.last_scan().await.unwrap(), None);
    let mut last = scan(9, 3);
    last.values = vec![0.1 + 0.2, f64::NAN, -0.0];
    last.qualities = vec![Quality::Uncertain, Quality::Bad, Quality::Stale];
    last.number = u64::MAX;
    storage.append_scans(&ScanBatch { scans: vec![Arc::new(last.clone())], checkpoint: None }).await.unwrap();
    let read = storage.last_scan().await.unwrap().expect("a scan");
    let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&read.values), bits(&last.values));
    assert_eq!((read.number, read.qualities, read.ingest_time), (u64::MAX, last.qualities, last.ingest_time));
}

async fn old_rows_are_read_under_the_plant_file_that_they_were_written_under(mut house: House) {
    let storage = house.open().await;
    storage.append_scans(&scans(0..10)).await.unwrap();
    let before = trend(&storage, 0, 9, 100).await;
    drop(storage);

    // A new tag in front: every position moves by one.
    let mut changed = plant();
    changed.tags.insert(0, tag("TEMPERATURE", "reactor", 0.1));
    house.plant = Arc::new(changed);
    let storage = house.open().await;
    let after = storage
        .trend(&tep::storage::TrendQuery {
            tags: (0..4).map(tep::domain::TagIndex).collect(),
            from: second(0),
            to: second(9),
            points: 100,
        })
        .await
        .unwrap();
    assert!(after.series[0].points.iter().all(|point| point.last.is_none() && point.quality == Quality::Bad));
    for (old, new) in before.series.iter().zip(&after.series[1..]) {
        assert_eq!(old.points, new.points);
    }
}

async fn a_source_set_back_leaves_one_past(house: House) {
    let storage = house.open().await;
    storage.append_scans(&scans(0..3_700)).await.unwrap();
    storage.append_scans(&scans(7_200..7_300)).await.unwrap();
    assert_eq!(storage.seal_due(second(7_300)).await.unwrap().len(), 2);
    storage.truncate_scans_after(second(1_000)).await.unwrap();
    let left = trend(&storage, 0, 10_000, 100_000).await;
    assert_eq!(left.series[2].points.len(), 1_001);
    assert_eq!(storage.last_scan().await.unwrap(), None);
    storage.append_scans(&scans(1_001..1_003)).await.unwrap();
    assert_eq!(trend(&storage, 0, 10_000, 100_000).await.series[0].points.len(), 1_003);
}

async fn a_batch_of_many_seconds_is_written_in_one_go(house: House) {
    let storage = house.open().await;
    storage.append_scans(&scans(0..1_234)).await.unwrap();
    assert_eq!(house.count("SELECT COUNT(*) FROM scan").await, 1_234);
    assert_eq!(trend(&storage, 0, 2_000, 5_000).await.series[1].points.len(), 1_234);
}
