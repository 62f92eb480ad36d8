//! What the plant file says and nobody has approved: it is journalled once, and until somebody approves it or takes it back.

use std::sync::Arc;

use tep::alarms::register::RegisterCommand;
use tep::config::plant::built_in;
use tep::domain::{AlarmState, JournalEntry, Plant, RegisterEntry, TransitionKind};

use super::register::{order, put};
use crate::support::{Home, TestPlant};

const ALARM: &str = "XMEAS_7/HIGH";

/// The built-in plant after somebody has written another corrective action into its file.
fn edited(guidance: &str) -> Arc<Plant> {
    let mut plant = built_in();
    let at = plant.alarm_index(&ALARM.into()).expect("the plant has it");
    Arc::make_mut(&mut plant.alarms[at]).guidance = guidance.to_owned();
    Arc::new(plant)
}

/// The first start, which copies the plant file into the register.
async fn begin(home: &Home) {
    let plant = home.start().await;
    let entered = async || plant.storage.register_history(&ALARM.into(), 1).await.unwrap().pop();
    plant.until("the first entries", entered).await;
    plant.stop().await;
}

/// What the journal holds of the changes of one alarm, once there are so many.
async fn changes(plant: &TestPlant, alarm: &str, count: usize) -> Vec<JournalEntry> {
    let told = async || {
        let mut rows = plant.journal_of(alarm).await;
        rows.retain(|row| row.kind == TransitionKind::ConfigurationChanged);
        (rows.len() >= count).then_some(rows)
    };
    let rows = plant.until("the changes of the alarm", told).await;
    assert_eq!(rows.len(), count, "{rows:#?}");
    rows
}

fn is_told(row: &JournalEntry) -> (bool, bool, &str) {
    (row.is_unauthorised(), row.facts.unapproved.is_some(), row.comment.as_deref().unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_is_told_once_until_somebody_approves_it() {
    let home = Home::new();
    begin(&home).await;
    let file = edited("Close the valve.");
    let words = "edited in the plant file; nobody has approved it: corrective action rewritten";
    for _ in 0..2 {
        let plant = home.start_edited(&file).await;
        let rows = changes(&plant, ALARM, 1).await;
        assert_eq!(is_told(&rows[0]), (true, true, words));
        assert_eq!((rows[0].by.as_deref(), rows[0].from, rows[0].to), (None, AlarmState::Normal, AlarmState::Normal));
        plant.stop().await;
    }
    let plant = home.start_edited(&file).await;
    let definition = file.alarm(&ALARM.into()).expect("the plant has it");
    let after = Some(Box::new(RegisterEntry::from(&**definition)));
    let propose = RegisterCommand::Propose { alarm: ALARM.into(), base: 1, after, reason: "better".into() };
    let proposed = put(&plant, order(propose, "paul", "propose")).await.unwrap();
    let approve = RegisterCommand::Approve { change: proposed.id, reason: None };
    put(&plant, order(approve, "eva", "approve")).await.unwrap();
    let rows = changes(&plant, ALARM, 2).await;
    let approved = "approved as the plant file has it; proposed by paul: better";
    assert_eq!((is_told(&rows[1]), rows[1].by.as_deref()), ((false, false, approved), Some("eva")));
    plant.stop().await;

    // What is approved runs whatever the file says from now on, so another edit changes nothing.
    home.start_edited(&file).await.stop().await;
    home.start_edited(&edited("Call the shift leader.")).await.stop().await;
    let plant = home.start_edited(&file).await;
    changes(&plant, ALARM, 2).await;
    plant.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alarm_that_the_file_has_lost_is_told_once_and_that_it_is_there_again() {
    let home = Home::new();
    begin(&home).await;
    let mut plant = built_in();
    let tag = plant.tags.iter_mut().rev().find(|tag| tag.limits.len() == 1).expect("a tag with one limit");
    let id = tag.id.clone();
    tag.limits.clear();
    let at = plant.alarms.iter().position(|alarm| alarm.tag.as_ref() == Some(&id) && alarm.limit.is_some());
    let alarm = plant.alarms.remove(at.expect("its alarm")).id.clone();
    let file = Arc::new(plant);
    for _ in 0..2 {
        let plant = home.start_edited(&file).await;
        let rows = changes(&plant, alarm.as_str(), 1).await;
        assert_eq!(is_told(&rows[0]), (true, true, "gone from the plant file; nobody has approved that"));
        plant.stop().await;
    }
    let plant = home.start().await;
    let rows = changes(&plant, alarm.as_str(), 2).await;
    assert_eq!(is_told(&rows[1]), (false, false, "runs again as was approved"));
    assert_eq!((rows[1].by.as_deref(), plant.alarm(alarm.as_str()).await.facts.state()), (None, AlarmState::Normal));
    plant.stop().await;
}
