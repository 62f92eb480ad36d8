//! Any actor may end; the operator's picture stays true.

use tep::actors::{AlarmCommand, AlarmOrder, OrderItem, SourceCommand};
use tep::domain::{AlarmState, DetectorState, Health, Quality, SourceState, TagId};
use tep::feed::Delivery;

use crate::support::{Home, assert_without_gap};

fn acknowledge(view: &tep::feed::AlarmView, key: &str) -> AlarmOrder {
    AlarmOrder {
        command: AlarmCommand::Acknowledge,
        items: vec![OrderItem { alarm: view.definition.id.clone(), occurrence: view.facts.occurrence }],
        by: "anna".into(),
        comment: Some("seen".into()),
        client: None,
        idempotency_key: key.into(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crashed_sensor_is_restarted_alone() {
    let home = Home::new();
    let plant = home.start().await;
    plant.scans(50).await;
    plant.kill("sensor:XMEAS_7").await;
    let back = plant
        .until("its restart", async || {
            plant.portrait("sensor:XMEAS_7").await.filter(|sensor| sensor.health == Health::Running)
        })
        .await;
    assert_eq!(back.restarts, 1);
    assert!(back.last_error.is_some(), "the supervision page says why");
    let unit = plant.portrait("unit:reactor").await.unwrap();
    assert_eq!((unit.restarts, unit.health), (0, Health::Running));
    let index = plant.plant().tag_index(&TagId::from("XMEAS_7")).unwrap();
    let scan = plant.scans(200).await;
    assert_eq!(scan.sample(index).unwrap().quality, Quality::Good);
    plant.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sensor_that_keeps_dying_leaves_its_unit_degraded_and_says_so() {
    let home = Home::new();
    let plant = home.start().await;
    plant.scans(10).await;
    for _ in 0..4 {
        plant.until("a living sensor", async || plant.portrait("sensor:XMEAS_9").await?.actor_id).await;
        plant.kill("sensor:XMEAS_9").await;
    }
    let unit = plant
        .until("a degraded unit", async || {
            plant.portrait("unit:reactor").await.filter(|unit| unit.health == Health::Degraded)
        })
        .await;
    assert_eq!(unit.reason.as_deref(), Some("goes on without XMEAS_9"));
    let index = plant.plant().tag_index(&TagId::from("XMEAS_9")).unwrap();
    let scan = plant.scans(100).await;
    assert_eq!(scan.sample(index).unwrap().quality, Quality::Bad, "nobody pretends that it is still judged");
    plant.alarm_reaches("SYSTEM/INSTRUMENT/reactor", AlarmState::Unacknowledged).await;
    plant.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crashed_desk_comes_back_with_its_alarms_and_acknowledgements() {
    let home = Home::new();
    let plant = home.start().await;
    plant.order(SourceCommand::SetDisturbance { number: 6, active: true }).await;
    let raised = plant.alarm_reaches("XMEAS_1/LOW", AlarmState::Unacknowledged).await;
    let desk = plant.doors().await.alarm_desk;
    let outcome = desk.carry_out(acknowledge(&raised, "k1")).await.unwrap();
    assert!(outcome[0].result.is_ok());
    plant.kill("alarm desk:alarms").await;
    let after = plant.alarm_reaches("XMEAS_1/LOW", AlarmState::Acknowledged).await;
    assert_eq!(after.facts.occurrence, raised.facts.occurrence);
    assert_eq!((after.acknowledged_by.as_deref(), after.comment.as_deref()), (Some("anna"), Some("seen")));
    plant.scans(100).await;
    plant.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_part_of_the_way_ends_the_scans_go_on_without_gap() {
    let home = Home::new();
    let plant = home.start().await;
    for part in [
        "source:source",
        "scan aligner:aligner",
        "unit:stripper",
        "limit charts:limits",
        "detector:multivariate",
        "publisher:feed",
        "historian:historian",
        "journal writer:journal",
        "alarm desk:alarms",
    ] {
        plant.scans(40).await;
        plant.kill(part).await;
        plant.scans(40).await;
    }
    let plant_tree = plant.portrait("plant:tennessee-eastman").await.unwrap();
    assert_eq!(plant_tree.restarts, 0, "each was mended where it broke");
    plant.doors().await;
    let period = plant.plant().scan_period;
    plant.stop().await;
    let plant = home.start().await;
    assert_without_gap(&plant.kept().await, period);
    plant.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_detector_never_says_normal_before_it_can_know() {
    let home = Home::new();
    let plant = home.start().await;
    let is_normal = |state: &DetectorState| *state == DetectorState::Normal;
    plant.until("a normal detector", async || is_normal(&plant.detector().await.state).then_some(())).await;
    let mut told = plant.feed.detectors.subscribe(None);
    plant.kill("detector:multivariate").await;
    let mut since_restart: Option<Vec<DetectorState>> = None;
    while !since_restart.as_ref().is_some_and(|states| states.iter().any(is_normal)) {
        let Some(Delivery::Item { item, .. }) = told.next().await else { panic!("the stream goes on") };
        // A restarted detector introduces itself without a verdict.
        if item.verdict.is_none() {
            since_restart = Some(Vec::new());
        }
        if let Some(states) = &mut since_restart {
            states.push(item.state.clone());
        }
    }
    let states = since_restart.expect("it was restarted");
    let confirm_after = plant.plant().detectors[0].confirm_after as usize;
    let (normal, before) = states.split_last().expect("at least one state");
    assert!(is_normal(normal));
    assert!(before.len() >= confirm_after, "it takes {confirm_after} samples to know: {states:?}");
    assert!(before.iter().all(|state| matches!(state, DetectorState::WarmingUp { .. })), "{states:?}");
    plant.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tripped_plant_is_an_alarm_and_not_a_calm_picture() {
    let home = Home::new();
    let plant = home.start().await;
    plant.order(SourceCommand::SetDisturbance { number: 6, active: true }).await;
    plant.order(SourceCommand::SetSpeed(1000.0)).await;
    plant.alarm_reaches("SYSTEM/PLANT_TRIPPED", AlarmState::Unacknowledged).await;
    let report = plant
        .until("the shut-down source", async || {
            plant.feed.values.latest().filter(|frame| frame.source.state == SourceState::ShutDown)
        })
        .await;
    assert!(report.source.message.as_ref().is_some_and(|message| !message.is_empty()));
    plant.order(SourceCommand::Reset).await;
    plant.alarm_reaches("SYSTEM/PLANT_TRIPPED", AlarmState::RtnUnacknowledged).await;
    plant.stop().await;
}
