//! Stopping empties the way from source to sink, and starting goes on where it stopped.

use tep::actors::SourceCommand;

use crate::support::Home;

#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_in_is_kept_and_the_run_goes_on() {
    let home = Home::new();
    let plant = home.start().await;
    plant.order(SourceCommand::SetDisturbance { number: 4, active: true }).await;
    plant.scans(500).await;
    let feed = plant.feed.clone();
    plant.stop().await;
    let last_shown = feed.values.latest().unwrap().scan.number;

    let plant = home.start().await;
    let first = plant.scans(1).await;
    let kept = plant.storage.last_scan().await.unwrap().unwrap();
    assert!(kept.number >= last_shown, "the last scan that was shown was kept");
    assert!(first.number > last_shown, "the run goes on");
    let on: Vec<u8> = plant
        .doors()
        .await
        .source
        .disturbances()
        .await
        .unwrap()
        .iter()
        .filter(|disturbance| disturbance.active)
        .map(|disturbance| disturbance.number)
        .collect();
    assert_eq!(on, [4], "what was ordered still acts");
    plant.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_given_while_paused_survives() {
    let home = Home::new();
    let plant = home.start().await;
    plant.scans(20).await;
    plant.order(SourceCommand::Pause(true)).await;
    plant.order(SourceCommand::SetSpeed(250.0)).await;
    plant.order(SourceCommand::SetDisturbance { number: 11, active: true }).await;
    plant.stop().await;

    let plant = home.start().await;
    let disturbances = plant.doors().await.source.disturbances().await.unwrap();
    assert!(disturbances.iter().any(|disturbance| disturbance.number == 11 && disturbance.active));
    let before = plant.storage.last_scan().await.unwrap().unwrap().number;
    plant.order(SourceCommand::SetSpeed(300.0)).await;
    assert_eq!(plant.storage.last_scan().await.unwrap().unwrap().number, before, "still paused, no scan came");
    plant.order(SourceCommand::Pause(false)).await;
    plant.scans(1).await;
    plant.stop().await;
}
