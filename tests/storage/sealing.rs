//! Hours move from the database into files, and nobody sees the seam.

use std::sync::Arc;

use tep::domain::{Plant, Quality};
use tep::storage::ScanBatch;

use super::house::{HOUR, House, NOW, START, scan, scans, second, trend};
use super::on_both;

on_both!(
    a_trend_is_the_same_before_and_after_sealing,
    only_complete_hours_are_sealed_and_the_newest_scan_stays,
    a_crash_between_files_and_rows_loses_and_doubles_nothing,
    a_crash_between_two_units_files_is_finished,
    a_late_scan_is_merged_into_its_sealed_hour,
    sealing_twice_changes_nothing,
    old_history_is_removed_by_days_of_plant_time,
    two_plants_with_a_reactor_each_keep_apart,
);

async fn a_trend_is_the_same_before_and_after_sealing(house: House) {
    let storage = house.open().await;
    let mut batch = scans(0..7_300);
    let mut odd = scan(3_599, 3);
    odd.values = vec![f64::NAN, 1e12, 3.000_4];
    odd.qualities = vec![Quality::Bad, Quality::Bad, Quality::Uncertain];
    batch.scans.push(Arc::new(odd));
    storage.append_scans(&batch).await.unwrap();
    let mut before = Vec::new();
    for (from, to, points) in [(0, 7_299, 10_000), (0, 7_299, 100), (1_800, 5_400, 7), (3_599, 3_600, 10)] {
        before.push(((from, to, points), trend(&storage, from, to, points).await));
    }
    let sealed = storage.seal_due(second(7_300)).await.unwrap();
    assert_eq!(
        sealed.iter().map(|hour| (hour.start, hour.scans, hour.files)).collect::<Vec<_>>(),
        [(START, 3_600, 2), (START + HOUR, 3_600, 2)]
    );
    assert_eq!(house.count("SELECT COUNT(*) FROM scan").await, 100);
    for ((from, to, points), expected) in before {
        assert_eq!(trend(&storage, from, to, points).await, expected, "{from} {to} {points}");
    }
}

async fn only_complete_hours_are_sealed_and_the_newest_scan_stays(house: House) {
    let storage = house.open().await;
    assert!(storage.seal_due(second(99_999)).await.unwrap().is_empty());
    storage.append_scans(&scans(0..3_600)).await.unwrap();
    assert!(storage.seal_due(second(99_999)).await.unwrap().is_empty(), "nothing came after the hour yet");
    storage.append_scans(&scans([3_600])).await.unwrap();
    assert!(storage.seal_due(second(3_599)).await.unwrap().is_empty(), "the hour has not ended");
    assert_eq!(storage.seal_due(second(3_600)).await.unwrap().len(), 1);
    assert_eq!(
        house.history_files(),
        [
            "plant=test-plant/unit=reactor/day=2026-11-23/hour-00-t1.parquet",
            "plant=test-plant/unit=stripper/day=2026-11-23/hour-00-t1.parquet"
        ]
    );
    assert_eq!(storage.last_scan().await.unwrap(), Some(scan(3_600, 3)));
}

async fn a_crash_between_files_and_rows_loses_and_doubles_nothing(house: House) {
    let storage = house.open().await;
    storage.append_scans(&scans(0..3_700)).await.unwrap();
    let expected = trend(&storage, 0, 3_699, 10_000).await;
    storage.seal_due(second(3_700)).await.unwrap();
    // As if the process had died after the files had their names and before the rows were deleted.
    storage.append_scans(&scans(0..3_600)).await.unwrap();
    drop(storage);
    let storage = house.open().await;
    assert_eq!(trend(&storage, 0, 3_699, 10_000).await, expected, "while both hold the hour");
    let sealed = storage.seal_due(second(3_700)).await.unwrap();
    assert_eq!(sealed.len(), 1);
    assert_eq!(trend(&storage, 0, 3_699, 10_000).await, expected, "after it was finished");
    assert_eq!(house.count("SELECT COUNT(*) FROM scan").await, 100);
}

async fn a_crash_between_two_units_files_is_finished(house: House) {
    let storage = house.open().await;
    storage.append_scans(&scans(0..3_700)).await.unwrap();
    let expected = trend(&storage, 0, 3_699, 50).await;
    storage.seal_due(second(3_700)).await.unwrap();
    // As if it had died after the first unit's file, with the second one's only half written.
    let second_file =
        house.config.history_dir().join("plant=test-plant/unit=stripper/day=2026-11-23/hour-00-t1.parquet");
    std::fs::write(second_file.with_file_name(".hour-00-t1.parquet.tmp"), b"PAR1 and no more").unwrap();
    std::fs::remove_file(&second_file).unwrap();
    storage.append_scans(&scans(0..3_600)).await.unwrap();
    assert_eq!(trend(&storage, 0, 3_699, 50).await, expected);
    storage.seal_due(second(3_700)).await.unwrap();
    assert_eq!(trend(&storage, 0, 3_699, 50).await, expected);
    assert!(second_file.exists());
    assert!(!second_file.with_file_name(".hour-00-t1.parquet.tmp").exists());
}

async fn a_late_scan_is_merged_into_its_sealed_hour(house: House) {
    let storage = house.open().await;
    storage.append_scans(&scans((0..3_700).filter(|at| *at != 77))).await.unwrap();
    storage.seal_due(second(3_700)).await.unwrap();
    assert_eq!(trend(&storage, 70, 80, 100).await.series[0].points.len(), 10);
    let mut corrected = scan(78, 3);
    corrected.values[0] = 12.5;
    let late = ScanBatch { scans: vec![Arc::new(scan(77, 3)), Arc::new(corrected)], checkpoint: None };
    storage.append_scans(&late).await.unwrap();
    let unsealed = trend(&storage, 70, 80, 100).await;
    assert_eq!(unsealed.series[0].points.len(), 11);
    assert_eq!(unsealed.series[0].points[8].last, Some(12.5));
    storage.seal_due(second(3_700)).await.unwrap();
    assert_eq!(trend(&storage, 70, 80, 100).await, unsealed);
    assert_eq!(trend(&storage, 0, 3_599, 10_000).await.series[2].points.len(), 3_600);
}

async fn sealing_twice_changes_nothing(house: House) {
    let storage = house.open().await;
    storage.append_scans(&scans(0..3_700)).await.unwrap();
    storage.seal_due(second(3_700)).await.unwrap();
    let files = house.history_files();
    assert!(storage.seal_due(second(3_700)).await.unwrap().is_empty());
    assert_eq!(house.history_files(), files);
}

async fn old_history_is_removed_by_days_of_plant_time(mut house: House) {
    house.config.history_days = 2;
    let storage = house.open().await;
    let day = 24 * 3_600;
    storage.append_scans(&scans([0, 3_600, day, 2 * day, 2 * day + 3_600])).await.unwrap();
    storage.seal_due(second(3 * day)).await.unwrap();
    assert_eq!(house.history_files().len(), 8);
    let report = storage.apply_retention(second(2 * day + 3_600), NOW).await.unwrap();
    assert_eq!(report.history_files, 2, "the first hour of two units");
    assert!(report.history_bytes > 0);
    assert!(!house.history_files().iter().any(|file| file.ends_with("day=2026-11-23/hour-00-t1.parquet")));
    storage.apply_retention(second(4 * day), NOW).await.unwrap();
    assert!(
        !house.config.history_dir().join("plant=test-plant/unit=reactor/day=2026-11-23").exists(),
        "an empty day goes too"
    );
    assert_eq!(storage.last_scan().await.unwrap(), Some(scan(2 * day + 3_600, 3)));
}

async fn two_plants_with_a_reactor_each_keep_apart(mut house: House) {
    let first = house.open().await;
    house.plant = Arc::new(Plant { id: "other-plant".into(), ..super::house::plant() });
    let second_plant = house.open().await;
    first.append_scans(&scans(0..3_700)).await.unwrap();
    second_plant.append_scans(&scans(100..3_700)).await.unwrap();
    first.seal_due(second(3_700)).await.unwrap();
    second_plant.seal_due(second(3_700)).await.unwrap();
    assert_eq!(trend(&first, 0, 3_699, 10_000).await.series[0].points.len(), 3_700);
    assert_eq!(trend(&second_plant, 0, 3_699, 10_000).await.series[0].points.len(), 3_600);
    assert_eq!(house.history_files().len(), 4);
}
