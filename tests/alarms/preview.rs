//! A preview says what a change would have done, and a replay of the same history under that change does just that.

use std::fmt::Write;
use std::fs;
use std::time::Duration;

use tep::actors::SourceCommand;
use tep::config::SourceConfig;
use tep::domain::{AlarmId, LimitSettings, SourceState, SourceTime, TransitionKind};
use tep::storage::Preview;

use super::register::change;
use crate::support::{Home, TestPlant};

const ALARM: &str = "XMEAS_7/HIGH";
const ROWS: usize = 2_000;

/// Five and a half hours of a pressure that swings about the proposed limit, with noise that no two rows share, and a
/// quarter of an hour in which its instrument fails. It begins quietly, so that a change made meanwhile comes in time.
fn history() -> String {
    let mut noise = 12_345_u64;
    let mut text = "t_h,XMEAS_7\n".to_owned();
    for row in 0..ROWS {
        noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let jitter = (noise >> 40) as f64 / f64::from(1 << 24) - 0.5;
        let swing = 30.0 * (row as f64 / 37.0).sin() + 12.0 * (row as f64 / 5.0).sin() + 16.0 * jitter;
        let value = if row < 30 { 2_705.0 } else { 2_790.0 + swing };
        let value = (value / 0.05).round() * 0.05;
        let cell = if (900..990).contains(&row) { String::new() } else { format!("{value:.2}") };
        writeln!(text, "{:.9},{cell}", row as f64 * 10.0 / 3_600.0).unwrap();
    }
    text
}

fn proposed() -> LimitSettings {
    let (on_delay, off_delay) = (Duration::from_secs(20), Duration::from_secs(30));
    LimitSettings { value: 2_800.01, deadband: 10.02, on_delay, off_delay }
}

/// Waits until the whole file is in the history.
async fn ended(plant: &TestPlant) -> Preview {
    plant
        .until("the whole file in the history", async || {
            let state = plant.feed.values.latest()?.source.state;
            let found = preview(plant, proposed()).await?;
            (state == SourceState::Ended && found.samples == ROWS as u64).then_some(found)
        })
        .await
}

async fn preview(plant: &TestPlant, settings: LimitSettings) -> Option<Preview> {
    let definition = plant.plant().alarms.iter().find(|alarm| alarm.id == AlarmId::from(ALARM)).unwrap();
    let present = definition.limit.clone().unwrap();
    let tag = plant.plant().tag_index(&"XMEAS_7".into()).unwrap();
    let limits = [present.clone(), settings.of(&present)];
    let stretch = Duration::from_secs(86_400);
    plant.storage.preview_limits((definition, tag), &limits, stretch).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_prediction_is_what_a_replay_under_the_change_gives() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pressure.csv");
    fs::write(&file, history()).unwrap();
    let source = |speed: f64| SourceConfig::Replay { file: file.clone(), speed, period_seconds: 10.0 };

    let home = Home::new();
    let plant = home.start_with(source(20_000.0)).await;
    let predicted = ended(&plant).await;
    let before: Vec<TransitionKind> = plant.journal_of(ALARM).await.into_iter().map(|row| row.kind).collect();
    assert!(!before.contains(&TransitionKind::Raised), "the limit in force is far away: {before:?}");
    assert_eq!(predicted.outlooks[0].annunciated, 0);
    assert_eq!((predicted.samples, predicted.unusable), (ROWS as u64, 90));
    plant.stop().await;

    let home = Home::new();
    let plant = home.start_with(source(1.0)).await;
    change(&plant, "closer", |entry| entry.limit = Some(proposed())).await;
    plant.order(SourceCommand::SetSpeed(1_000.0)).await;
    let replayed = ended(&plant).await;
    let outlook = &predicted.outlooks[1];
    let wanted = usize::try_from(outlook.annunciated).unwrap();
    let raised = |kind| matches!(kind, TransitionKind::Raised | TransitionKind::RaisedAgain);
    let rows = plant
        .until("the journal", async || {
            let rows = plant.journal_of(ALARM).await;
            (rows.iter().filter(|row| raised(row.kind)).count() >= wanted).then_some(rows)
        })
        .await;
    assert!(wanted >= 8, "something is compared: {wanted}");
    // Each replay begins when it is started, so times count from its first row.
    let times = |of: &dyn Fn(TransitionKind) -> bool| -> Vec<_> {
        rows.iter().filter(|row| of(row.kind)).map(|row| row.source_time.since(replayed.from)).collect()
    };
    let of = |at: SourceTime| at.since(predicted.from);
    let predicted_raises: Vec<_> = outlook.excursions.iter().map(|one| of(one.raised_at)).collect();
    let predicted_ends: Vec<_> = outlook.excursions.iter().filter_map(|one| one.over_at).map(of).collect();
    assert_eq!(times(&raised), predicted_raises);
    assert_eq!(times(&|kind| kind == TransitionKind::ReturnedToNormal), predicted_ends);
    let again = &replayed.outlooks[1];
    assert_eq!(
        (again.annunciated, again.in_alarm),
        (outlook.annunciated, outlook.in_alarm),
        "asked of what was replayed"
    );
    plant.stop().await;
}
