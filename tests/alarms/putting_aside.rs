//! Shelves and maintenance, across time, crashes and restarts.

use std::time::Duration;

use tep::actors::{AlarmCommand, AlarmOrder, SourceCommand};
use tep::domain::{AlarmState, TransitionKind};

use super::orders::of;
use crate::support::Home;

const ALARM: &str = "XMEAS_1/LOW";

fn shelve(seconds: u64) -> AlarmCommand {
    AlarmCommand::Shelve { lasting: Duration::from_secs(seconds), one_shot: false }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shelf_ends_by_itself_and_the_operator_is_called_again() {
    let home = Home::new();
    let plant = home.start().await;
    plant.order(SourceCommand::SetDisturbance { number: 6, active: true }).await;
    let raised = plant.alarm_reaches(ALARM, AlarmState::Unacknowledged).await;
    let desk = plant.doors().await.alarm_desk;
    let outcome = desk.carry_out(of(&raised, shelve(1), "s")).await.unwrap();
    let shelved = outcome[0].result.as_ref().unwrap();
    assert_eq!(shelved.facts.state(), AlarmState::Shelved);
    let back = plant.alarm_reaches(ALARM, AlarmState::Unacknowledged).await;
    assert_eq!(back.facts.occurrence, raised.facts.occurrence, "the same occurrence, still owed");
    assert!(back.facts.annunciated_at > raised.facts.annunciated_at);
    plant
        .until("the journal", async || {
            let kinds: Vec<_> = plant.journal_of(ALARM).await.into_iter().map(|row| row.kind).collect();
            kinds.contains(&TransitionKind::ShelfEnded).then_some(())
        })
        .await;
    plant.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shelf_outlives_a_crash_of_the_desk_and_a_restart() {
    let home = Home::new();
    let plant = home.start().await;
    plant.scans(5).await;
    let quiet = plant.alarm(ALARM).await;
    let desk = plant.doors().await.alarm_desk;
    let outcome = desk.carry_out(of(&quiet, shelve(3600), "s")).await.unwrap();
    let done = outcome[0].result.as_ref().unwrap();
    let (until, put_there) = (done.facts.shelving.until(), done.put_aside.clone());
    assert!(until.is_some());
    let shelf = put_there.shelf.as_ref().unwrap();
    assert_eq!((shelf.by.as_deref(), shelf.reason.as_deref()), (Some("olga"), Some("seen")));
    let remark = AlarmOrder { comment: Some("still leaks".into()), ..of(done, AlarmCommand::Comment, "c") };
    desk.carry_out(remark).await.unwrap();
    plant.kill("alarm desk:alarms").await;
    assert_eq!(plant.alarm_reaches(ALARM, AlarmState::Shelved).await.facts.shelving.until(), until);
    plant.stop().await;
    let plant = home.start().await;
    let shelved = plant.alarm_reaches(ALARM, AlarmState::Shelved).await;
    assert_eq!((shelved.facts.shelving.until(), shelved.comment.as_deref()), (until, Some("still leaks")));
    assert_eq!(shelved.put_aside, put_there, "a remark, a crash and a restart change nothing of who has put it there");
    let desk = plant.doors().await.alarm_desk;
    desk.carry_out(of(&shelved, AlarmCommand::Unshelve, "u")).await.unwrap();
    let back = plant.alarm(ALARM).await;
    assert_eq!((back.facts.state(), back.put_aside.shelf.as_ref()), (AlarmState::Normal, None));
    plant.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shelf_that_ended_while_nobody_was_there_ends_at_the_start() {
    let home = Home::new();
    let plant = home.start().await;
    plant.scans(5).await;
    let quiet = plant.alarm(ALARM).await;
    plant.doors().await.alarm_desk.carry_out(of(&quiet, shelve(1), "s")).await.unwrap();
    plant.stop().await;
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let plant = home.start().await;
    plant.alarm_reaches(ALARM, AlarmState::Normal).await;
    plant.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alarm_out_of_service_lives_unseen_and_comes_back_with_its_debt() {
    let home = Home::new();
    let plant = home.start().await;
    plant.scans(5).await;
    let quiet = plant.alarm(ALARM).await;
    let desk = plant.doors().await.alarm_desk;
    let take = AlarmCommand::TakeOutOfService { work_order: "WO-17".into() };
    desk.carry_out(of(&quiet, take, "t")).await.unwrap();
    plant.order(SourceCommand::SetDisturbance { number: 6, active: true }).await;
    let hidden = plant
        .until("the hidden condition", async || Some(plant.alarm(ALARM).await).filter(|view| view.facts.active))
        .await;
    assert_eq!((hidden.facts.state(), hidden.facts.annunciated_at), (AlarmState::OutOfService, None));
    let taken = hidden.put_aside.maintenance.as_ref().unwrap();
    assert_eq!((taken.by.as_deref(), taken.reason.as_deref()), (Some("olga"), Some("seen")));
    desk.carry_out(of(&hidden, AlarmCommand::ReturnToService, "r")).await.unwrap();
    let back = plant.alarm(ALARM).await;
    assert_eq!(back.facts.state(), AlarmState::Unacknowledged);
    assert!(back.facts.annunciated_at.is_some() && back.facts.out_of_service_by.is_none());
    plant.stop().await;
}
