//! Trends over rows and files.

use std::sync::Arc;

use tep::domain::{Quality, TagIndex};
use tep::storage::{ScanBatch, StorageError, TrendQuery};

use super::house::{House, scan, scans, second, trend};
use super::on_both;

on_both!(
    every_extreme_of_a_long_span_is_kept,
    a_gap_and_a_source_that_starts_again_are_told,
    a_span_without_scans_is_empty,
    an_unknown_tag_is_named,
    only_usable_values_are_drawn,
);

async fn every_extreme_of_a_long_span_is_kept(house: House) {
    let storage = house.open().await;
    let mut batch = scans(0..7_300);
    let spikes = [(100, 500.0), (3_599, -500.0), (3_600, 600.0), (7_250, -600.0)];
    for (at, value) in spikes {
        let mut spike = scan(at, 3);
        spike.values[1] = value;
        batch.scans.push(Arc::new(spike));
    }
    storage.append_scans(&batch).await.unwrap();
    storage.seal_due(second(7_300)).await.unwrap();
    let answer = trend(&storage, 0, 7_299, 60).await;
    let level = &answer.series[1].points;
    assert!(level.len() <= 60);
    for (at, value) in spikes {
        let bucket = level.iter().rev().find(|point| point.time <= second(at)).expect("a bucket");
        let extreme = if value > 0.0 { bucket.max } else { bucket.min };
        assert_eq!(extreme, Some(value), "at {at}");
    }
    assert!(level.windows(2).all(|pair| pair[0].time < pair[1].time));
}

async fn a_gap_and_a_source_that_starts_again_are_told(house: House) {
    let storage = house.open().await;
    storage.append_scans(&scans((0..100).chain(200..300))).await.unwrap();
    let mut restarted = scan(300, 3);
    restarted.number = 0;
    storage.append_scans(&ScanBatch { scans: vec![Arc::new(restarted)], checkpoint: None }).await.unwrap();
    assert_eq!(trend(&storage, 0, 400, 10).await.discontinuities, [second(200), second(300)]);
}

async fn a_span_without_scans_is_empty(house: House) {
    let storage = house.open().await;
    storage.append_scans(&scans(0..10)).await.unwrap();
    for (from, to) in [(100, 200), (9, 3)] {
        let answer = trend(&storage, from, to, 10).await;
        assert!(answer.series.iter().all(|series| series.points.is_empty()), "{from} {to}");
        assert_eq!(answer.series.len(), 3);
    }
}

async fn an_unknown_tag_is_named(house: House) {
    let storage = house.open().await;
    let query = TrendQuery { tags: vec![TagIndex(3)], from: second(0), to: second(1), points: 10 };
    let error = storage.trend(&query).await.unwrap_err();
    assert!(matches!(error, StorageError::NotFound { .. }), "{error:?}");
    assert!(error.to_string().contains("position 3"), "{error}");
}

async fn only_usable_values_are_drawn(house: House) {
    let storage = house.open().await;
    let mut batch = scans(0..4);
    for (at, quality) in [(1, Quality::Bad), (2, Quality::Stale), (3, Quality::Uncertain)] {
        let mut odd = scan(at, 3);
        odd.qualities = vec![quality; 3];
        batch.scans.push(Arc::new(odd));
    }
    storage.append_scans(&batch).await.unwrap();
    let points = &trend(&storage, 0, 3, 10).await.series[0].points;
    let told: Vec<(bool, Quality)> = points.iter().map(|point| (point.last.is_some(), point.quality)).collect();
    assert_eq!(
        told,
        [(true, Quality::Good), (false, Quality::Bad), (false, Quality::Stale), (true, Quality::Uncertain)]
    );
}
