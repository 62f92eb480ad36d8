//! A person may restart any part, and put some aside; what is put aside is never shown as normal.

use tep::actors::{PartCommand, PartOrder, PartRefused, SourceCommand};
use tep::domain::{AlarmState, DetectorState, Health, Quality, TagId};

use crate::support::{Home, TestPlant, assert_without_gap};

const PLANT: &str = "root/plant:tennessee-eastman";

async fn order(plant: &TestPlant, part: &str, command: PartCommand) -> Result<(), PartRefused> {
    let path = if part.is_empty() { PLANT.to_owned() } else { format!("{PLANT}/{part}") };
    let key = format!("{command:?} {path}");
    let (by, reason) = ("erik".into(), "to see what happens".into());
    plant.root.order(PartOrder { path, command, by, reason, key }).await
}

async fn health(plant: &TestPlant, part: &str, wanted: Health) {
    let found = async || plant.portrait(part).await.filter(|portrait| portrait.health == wanted);
    plant.until(&format!("{part} {wanted:?}"), found).await;
}

async fn quality(plant: &TestPlant, tag: &str) -> Quality {
    let index = plant.plant().tag_index(&TagId::from(tag)).unwrap();
    plant.scans(50).await.sample(index).unwrap().quality
}

#[tokio::test(flavor = "multi_thread")]
async fn every_part_is_restarted_by_hand_without_a_gap() {
    let home = Home::new();
    let plant = home.start().await;
    for part in [
        "source:source",
        "scan aligner:aligner",
        "historian:historian",
        "unit:reactor",
        "unit:reactor/limit charts:limits",
        "unit:reactor/sensor:XMEAS_7",
        "detector:multivariate",
        "publisher:feed",
        "journal writer:journal",
        "alarm desk:alarms",
        "",
    ] {
        plant.scans(40).await;
        let shown = if part.is_empty() { "plant:tennessee-eastman" } else { part };
        let before = plant.portrait(shown).await.and_then(|portrait| portrait.actor_id);
        order(&plant, part, PartCommand::Restart).await.unwrap_or_else(|refused| panic!("{part}: {refused}"));
        let now = plant.until(shown, async || plant.portrait(shown).await?.actor_id).await;
        assert_ne!(Some(now), before, "{part} is another actor");
        plant.scans(40).await;
    }
    let tree = plant.portrait("plant:tennessee-eastman").await.unwrap();
    assert_eq!((tree.restarts, tree.last_error), (0, None), "an order is no failure");
    let period = plant.plant().scan_period;
    plant.stop().await;
    let plant = home.start().await;
    assert_without_gap(&plant.kept().await, period);
    plant.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_out_comes_back_by_order() {
    let home = Home::new();
    let plant = home.start().await;
    for _ in 0..4 {
        plant.until("a living sensor", async || plant.portrait("sensor:XMEAS_9").await?.actor_id).await;
        plant.kill("sensor:XMEAS_9").await;
    }
    health(&plant, "sensor:XMEAS_9", Health::Stopped).await;
    order(&plant, "unit:reactor/sensor:XMEAS_9", PartCommand::Restart).await.unwrap();
    health(&plant, "sensor:XMEAS_9", Health::Running).await;
    assert_eq!(quality(&plant, "XMEAS_9").await, Quality::Good);
    health(&plant, "unit:reactor", Health::Running).await;
    plant.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_sensor_gives_bad_readings_and_stays_paused_through_every_restart() {
    const SENSOR: &str = "unit:reactor/sensor:XMEAS_7";
    let home = Home::new();
    let plant = home.start().await;
    order(&plant, SENSOR, PartCommand::Pause).await.unwrap();
    order(&plant, SENSOR, PartCommand::Pause).await.expect("to pause what is paused changes nothing");
    assert_eq!(order(&plant, SENSOR, PartCommand::Restart).await, Err(PartRefused::Paused));
    assert_eq!(quality(&plant, "XMEAS_7").await, Quality::Bad);
    plant.alarm_reaches("SYSTEM/INSTRUMENT/reactor", AlarmState::Unacknowledged).await;
    health(&plant, "unit:reactor", Health::Degraded).await;
    plant.kill("unit:reactor").await;
    health(&plant, SENSOR, Health::Paused).await;
    plant.stop().await;

    let plant = home.start().await;
    let sensor = plant.portrait(SENSOR).await.unwrap();
    assert_eq!(sensor.health, Health::Paused);
    assert_eq!(sensor.reason.as_deref(), Some("paused by erik: to see what happens"));
    assert_eq!(quality(&plant, "XMEAS_7").await, Quality::Bad);
    order(&plant, SENSOR, PartCommand::Resume).await.unwrap();
    assert_eq!(quality(&plant, "XMEAS_7").await, Quality::Good);
    plant.stop().await;
    let plant = home.start().await;
    assert_eq!(quality(&plant, "XMEAS_7").await, Quality::Good, "nor does a pause come back");
    plant.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_detector_says_nothing_and_an_alarm_says_so() {
    let home = Home::new();
    let plant = home.start().await;
    order(&plant, "detector:multivariate", PartCommand::Pause).await.unwrap();
    plant.alarm_reaches("SYSTEM/DETECTOR_DEGRADED/multivariate", AlarmState::Unacknowledged).await;
    let absent = |state: &DetectorState| matches!(state, DetectorState::Absent { why } if why.contains("erik"));
    assert!(absent(&plant.detector().await.state));
    let told = async || plant.feed.detectors.latest().filter(|portrait| absent(&portrait.state));
    plant.until("a screen without its last verdict", told).await;
    health(&plant, "plant:tennessee-eastman", Health::Degraded).await;
    order(&plant, "detector:multivariate", PartCommand::Resume).await.unwrap();
    plant.alarm_reaches("SYSTEM/DETECTOR_DEGRADED/multivariate", AlarmState::RtnUnacknowledged).await;
    plant.until("a detector", async || (!absent(&plant.detector().await.state)).then_some(())).await;
    plant.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn scans_pass_paused_limit_charts_by_and_an_alarm_says_so() {
    const LIMITS: &str = "unit:reactor/limit charts:limits";
    let home = Home::new();
    let plant = home.start().await;
    order(&plant, LIMITS, PartCommand::Pause).await.unwrap();
    let told = plant.alarm_reaches("SYSTEM/LIMITS_PAUSED/reactor", AlarmState::Unacknowledged).await;
    assert!(told.comment.as_ref().is_some_and(|words| words.contains("erik")), "{:?}", told.comment);
    plant.scans(100).await;
    health(&plant, LIMITS, Health::Paused).await;
    order(&plant, LIMITS, PartCommand::Resume).await.unwrap();
    plant.alarm_reaches("SYSTEM/LIMITS_PAUSED/reactor", AlarmState::RtnUnacknowledged).await;
    plant.scans(100).await;
    plant.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_source_takes_no_scan_and_an_alarm_says_so() {
    let home = Home::new();
    let plant = home.start().await;
    plant.scans(20).await;
    order(&plant, "source:source", PartCommand::Pause).await.unwrap();
    plant.alarm_reaches("SYSTEM/SOURCE_PAUSED", AlarmState::Unacknowledged).await;
    health(&plant, "source:source", Health::Paused).await;
    plant.stop().await;
    let plant = home.start().await;
    health(&plant, "source:source", Health::Paused).await;
    plant.order(SourceCommand::Pause(false)).await;
    plant.alarm_reaches("SYSTEM/SOURCE_PAUSED", AlarmState::RtnUnacknowledged).await;
    plant.scans(20).await;
    plant.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_plant_cannot_do_without_is_not_paused() {
    let home = Home::new();
    let plant = home.start().await;
    for part in
        ["alarm desk:alarms", "journal writer:journal", "historian:historian", "scan aligner:aligner", "unit:feed", ""]
    {
        let refused = order(&plant, part, PartCommand::Pause).await;
        assert!(matches!(refused, Err(PartRefused::NotPausable(_))), "{part}: {refused:?}");
    }
    for part in ["nobody:here", "unit:reactor/sensor:XMEAS_1000", "sensor:XMEAS_7", "unit:react"] {
        for command in [PartCommand::Restart, PartCommand::Pause, PartCommand::Resume] {
            let refused = order(&plant, part, command).await;
            assert!(matches!(refused, Err(PartRefused::Unknown(_))), "{part}: {refused:?}");
        }
    }
    plant.scans(20).await;
    plant.stop().await;
}
