//! Orders of several kinds, by item and by key.

use tep::actors::{AlarmCommand, AlarmOrder, OrderItem, OrderRefused, SourceCommand};
use tep::alarms::CommandRefused;
use tep::domain::{AlarmState, OccurrenceId};
use tep::feed::AlarmView;
use uuid::Uuid;

use crate::support::Home;

/// An order of one alarm, as the operator saw it.
pub(super) fn of(view: &AlarmView, command: AlarmCommand, key: &str) -> AlarmOrder {
    AlarmOrder {
        command,
        items: vec![OrderItem { alarm: view.definition.id.clone(), occurrence: view.facts.occurrence }],
        by: "olga".into(),
        comment: Some("seen".into()),
        client: None,
        idempotency_key: key.into(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_order_of_whatever_kind_gives_the_first_answer() {
    let home = Home::new();
    let plant = home.start().await;
    plant.scans(5).await;
    let quiet = plant.alarm("XMEAS_7/HIGH").await;
    let desk = plant.doors().await.alarm_desk;
    for command in [
        AlarmCommand::Comment,
        AlarmCommand::Assign { to: Some("paul".into()) },
        AlarmCommand::TakeOutOfService { work_order: "WO-17".into() },
        AlarmCommand::ReturnToService,
    ] {
        let order = of(&quiet, command.clone(), command.operation());
        let first = desk.carry_out(order.clone()).await.unwrap();
        let again = desk.carry_out(order).await.unwrap();
        for outcome in [&first[0], &again[0]] {
            assert!(outcome.result.is_ok(), "{command:?}: {:?}", outcome.result);
        }
    }
    let rows = plant.journal_of("XMEAS_7/HIGH").await;
    assert_eq!(rows.len(), 4, "each was carried out once: {rows:?}");
    let refused = desk.carry_out(of(&quiet, AlarmCommand::ReturnToService, "another")).await.unwrap();
    assert_eq!(refused[0].result.as_ref().err(), Some(&OrderRefused::Rules(CommandRefused::InService)));
    let reused = desk.carry_out(of(&quiet, AlarmCommand::Unshelve, AlarmCommand::Comment.operation())).await;
    assert!(reused.is_err(), "a key is for one order");
    plant.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_for_an_earlier_occurrence_changes_nothing() {
    let home = Home::new();
    let plant = home.start().await;
    plant.order(SourceCommand::SetDisturbance { number: 6, active: true }).await;
    let raised = plant.alarm_reaches("XMEAS_1/LOW", AlarmState::Unacknowledged).await;
    let desk = plant.doors().await.alarm_desk;
    let shelve = AlarmCommand::Shelve { lasting: std::time::Duration::from_secs(600), one_shot: false };
    for command in [AlarmCommand::Acknowledge, shelve] {
        let mut order = of(&raised, command.clone(), command.operation());
        order.items[0].occurrence = Some(OccurrenceId(Uuid::from_u128(1)));
        let outcome = desk.carry_out(order).await.unwrap();
        assert_eq!(outcome[0].result.as_ref().err(), Some(&OrderRefused::OccurrenceMismatch), "{command:?}");
    }
    assert_eq!(plant.alarm("XMEAS_1/LOW").await.facts.state(), AlarmState::Unacknowledged);
    plant.stop().await;
}
