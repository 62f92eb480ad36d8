//! What is hidden by design, and what came first: across changes, orders, crashes and restarts.

use tep::actors::{AlarmCommand, AlarmOrder, RuleReport, SourceCommand};
use tep::alarms::RuleState;
use tep::config::SourceConfig;
use tep::domain::{AlarmId, AlarmState, TransitionKind};

use crate::support::{Home, TestPlant};

/// Hidden while a feed is lost.
const HIDDEN: &str = "XMEAS_17/LOW";
const RULE: &str = "product-without-feed";

async fn rule(plant: &TestPlant, id: &str) -> RuleReport {
    let rules = plant.until("the rules", async || Some(plant.doors().await.alarm_desk.snapshot().await.ok()?.rules));
    rules.await.into_iter().find(|report| report.rule.as_str() == id).expect("the rule is configured")
}

async fn rule_reaches(plant: &TestPlant, id: &str, state: RuleState) {
    plant.until(&format!("{id} {state:?}"), async || (rule(plant, id).await.state == state).then_some(())).await;
}

async fn switch(plant: &TestPlant, enabled: bool, key: &str) {
    let order = AlarmOrder {
        command: AlarmCommand::SetRule { rule: RULE.into(), enabled },
        items: Vec::new(),
        by: "erik".into(),
        comment: Some("the product meter is under test".into()),
        client: None,
        idempotency_key: key.into(),
    };
    plant.doors().await.alarm_desk.carry_out(order).await.unwrap();
}

async fn lose_feed_a(plant: &TestPlant, lost: bool) {
    plant.order(SourceCommand::SetDisturbance { number: 6, active: lost }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_hides_its_alarms_while_it_holds_and_lets_them_come_back() {
    let home = Home::new();
    let plant = home.start().await;
    lose_feed_a(&plant, true).await;
    let hidden = plant.alarm_reaches(HIDDEN, AlarmState::Suppressed).await;
    assert_eq!(hidden.facts.suppressed_by.as_deref(), Some(RULE));
    assert_eq!(rule(&plant, RULE).await.state, RuleState::Holds);
    lose_feed_a(&plant, false).await;
    plant.alarm_reaches(HIDDEN, AlarmState::Normal).await;
    assert_eq!(rule(&plant, RULE).await.state, RuleState::Over);
    let rows = plant.until("the journal", async || {
        let rows = plant.journal_of(HIDDEN).await;
        rows.iter().any(|row| row.kind == TransitionKind::Unsuppressed).then_some(rows)
    });
    let rows = rows.await;
    let first = rows.iter().find(|row| row.kind == TransitionKind::Suppressed).expect("a row");
    assert_eq!(first.comment.as_deref(), Some("A feed is lost"), "the journal says what the rule is called");
    plant.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_is_switched_off_hides_nothing_also_after_a_restart() {
    let home = Home::new();
    let plant = home.start().await;
    lose_feed_a(&plant, true).await;
    plant.alarm_reaches(HIDDEN, AlarmState::Suppressed).await;
    switch(&plant, false, "off").await;
    assert!(!rule(&plant, RULE).await.is_enabled());
    plant
        .until("it is in view", async || {
            (plant.alarm(HIDDEN).await.facts.state() != AlarmState::Suppressed).then_some(())
        })
        .await;
    plant.stop().await;
    let plant = home.start().await;
    rule_reaches(&plant, RULE, RuleState::Holds).await;
    let switched = rule(&plant, RULE).await.switched.expect("it is remembered who switched it off");
    assert_eq!((switched.enabled, switched.by.as_str()), (false, "erik"));
    assert_ne!(plant.alarm(HIDDEN).await.facts.state(), AlarmState::Suppressed);
    switch(&plant, true, "on").await;
    plant.alarm_reaches(HIDDEN, AlarmState::Suppressed).await;
    plant.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_rule_hides_stays_hidden_through_crashes_and_a_restart() {
    let home = Home::new();
    let plant = home.start().await;
    lose_feed_a(&plant, true).await;
    plant.alarm_reaches(HIDDEN, AlarmState::Suppressed).await;
    plant.kill("design rules:rules").await;
    rule_reaches(&plant, RULE, RuleState::Holds).await;
    plant.kill("alarm desk:alarms").await;
    plant.alarm_reaches(HIDDEN, AlarmState::Suppressed).await;
    rule_reaches(&plant, RULE, RuleState::Holds).await;
    plant.stop().await;
    let plant = home.start().await;
    rule_reaches(&plant, RULE, RuleState::Holds).await;
    assert_eq!(plant.alarm(HIDDEN).await.facts.state(), AlarmState::Suppressed);
    plant.stop().await;
    let plant = home.start().await;
    let kinds: Vec<_> = plant.journal_of(HIDDEN).await.into_iter().map(|row| row.kind).collect();
    let released = kinds.iter().filter(|kind| **kind == TransitionKind::Unsuppressed).count();
    assert_eq!(released, 0, "a restart does not call for what means nothing: {kinds:?}");
    plant.stop().await;
}

/// Feed A is lost and nobody acts, until the plant trips on reactor pressure.
#[tokio::test(flavor = "multi_thread")]
async fn on_the_way_to_a_trip_the_graver_alarm_hides_the_lesser_and_the_first_is_marked() {
    let home = Home::new();
    let plant = home.start_with(SourceConfig::Simulator { speed: 1000.0, seed: 1_431_655_765 }).await;
    lose_feed_a(&plant, true).await;
    let high = plant.alarm_reaches("XMEAS_7/HIGH", AlarmState::Suppressed).await;
    assert_eq!(high.facts.suppressed_by.as_deref(), Some("eclipsed by XMEAS_7/HIGH_HIGH"));
    let gravest = plant.alarm("XMEAS_7/HIGH_HIGH").await;
    let itself = AlarmId::from("XMEAS_7/HIGH_HIGH");
    assert_eq!((gravest.facts.state(), &gravest.facts.first_out), (AlarmState::Unacknowledged, &Some(itself.clone())));
    let tripped = plant.alarm_reaches("SYSTEM/PLANT_TRIPPED", AlarmState::Unacknowledged).await;
    assert_eq!(tripped.facts.first_out, Some(itself.clone()), "the trip came after its cause");
    let idle = plant.alarm_reaches("XMEAS_12/LOW", AlarmState::Suppressed).await;
    assert_eq!(idle.facts.suppressed_by.as_deref(), Some("plant-tripped"));
    plant.stop().await;
    let plant = home.start().await;
    assert_eq!(plant.alarm("SYSTEM/PLANT_TRIPPED").await.facts.first_out, Some(itself), "a restart forgets nothing");
    plant.stop().await;
}
