//! An approved change of the register: it takes effect in the plant that runs, is one row, and survives a restart.

use std::sync::Arc;
use std::time::Duration;

use tep::actors::{RegisterOrder, SourceCommand};
use tep::alarms::register::{RegisterCommand, RegisterRefused};
use tep::domain::{
    AlarmState, ChangeId, ChangeState, LimitSettings, RegisterChange, RegisterEntry, Severity, TransitionKind,
};

use crate::support::{Home, TestPlant};

const ALARM: &str = "XMEAS_7/HIGH";

pub(super) fn order(command: RegisterCommand, by: &str, key: &str) -> RegisterOrder {
    RegisterOrder { command, by: by.into(), client: None, idempotency_key: key.into() }
}

pub(super) async fn put(plant: &TestPlant, order: RegisterOrder) -> Result<Box<RegisterChange>, RegisterRefused> {
    plant.doors().await.alarm_desk.change_register(order).await.expect("the desk answers")
}

/// Proposes a change of the alarm and approves it; the keys are made from `word`.
pub(super) async fn change(
    plant: &TestPlant,
    word: &str,
    change: impl FnOnce(&mut RegisterEntry),
) -> Box<RegisterChange> {
    let now = plant.storage.register_history(&ALARM.into(), 1).await.unwrap().remove(0);
    let mut entry = now.after.map(Arc::unwrap_or_clone).expect("the register holds it");
    change(&mut entry);
    let (base, after) = (now.version, Some(Box::new(entry)));
    let propose = RegisterCommand::Propose { alarm: ALARM.into(), base, after, reason: word.into() };
    let proposed = put(plant, order(propose, "paul", &format!("propose {word}"))).await.unwrap();
    let approve = RegisterCommand::Approve { change: proposed.id, reason: None };
    put(plant, order(approve, "eva", &format!("approve {word}"))).await.unwrap()
}

/// A limit so close to normal operation that noise alone crosses it, and that does not clear for an hour of the plant.
fn close(entry: &mut RegisterEntry, normal: f64) {
    let hour = Duration::from_secs(3_600);
    entry.limit = Some(LimitSettings { value: normal + 0.2, deadband: 0.1, on_delay: Duration::ZERO, off_delay: hour });
}

async fn kinds(plant: &TestPlant) -> Vec<TransitionKind> {
    plant.journal_of(ALARM).await.into_iter().map(|row| row.kind).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approved_change_takes_effect_at_once_and_after_a_restart() {
    use TransitionKind::{ConfigurationChanged, Raised, ReturnedToNormal};
    let home = Home::new();
    let plant = home.start().await;
    plant.scans(5).await;
    let normal = plant.plant().tags[6].normal;
    let before = plant.alarm(ALARM).await;
    let approved = change(&plant, "closer", |entry| close(entry, normal)).await;
    assert_eq!((approved.state, approved.version), (ChangeState::InForce, 2));
    let raised = plant.alarm_reaches(ALARM, AlarmState::Unacknowledged).await;
    assert_eq!(raised.limit, Some(normal + 0.2), "the chart watches the new limit");

    // While it stands, its severity and its limit change: shown at once, and nothing is raised or cleared by that.
    let far = before.definition.limit.clone().expect("an alarm of a limit").value;
    change(&plant, "further", |entry| {
        entry.severity = Severity::Critical;
        entry.justification = Some("The relief valve is being repaired.".into());
        entry.limit.as_mut().unwrap().value = far;
    })
    .await;
    let now = plant.alarm(ALARM).await;
    assert_eq!((now.facts.severity, now.facts.occurrence), (Severity::Critical, raised.facts.occurrence));
    plant.scans(20).await;
    assert_eq!(kinds(&plant).await, [ConfigurationChanged, Raised, ConfigurationChanged]);
    let row = plant.journal_of(ALARM).await.remove(2);
    let words = row.comment.unwrap();
    assert!(words.contains(&format!("limit {} → {far}", normal + 0.2)), "{words}");
    assert!(words.contains("→ critical") && words.contains("proposed by paul: further"), "{words}");
    assert_eq!((row.by.as_deref(), row.limit), (Some("eva"), Some(far)));
    plant.stop().await;

    let plant = home.start().await;
    let now = plant.alarm(ALARM).await;
    assert_eq!((now.definition.severity, now.definition.limit.as_ref().unwrap().value), (Severity::Critical, far));
    assert_eq!(now.facts.occurrence, raised.facts.occurrence, "the occurrence goes on");
    change(&plant, "quicker", |entry| entry.limit.as_mut().unwrap().off_delay = Duration::ZERO).await;
    plant.alarm_reaches(ALARM, AlarmState::RtnUnacknowledged).await;
    plant.until("the last row", async || (kinds(&plant).await.len() >= 5).then_some(())).await;
    let expected = [ConfigurationChanged, Raised, ConfigurationChanged, ConfigurationChanged, ReturnedToNormal];
    assert_eq!(kinds(&plant).await, expected, "the plant itself clears it, once");
    plant.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_desk_and_its_charts_come_back_with_what_is_in_force() {
    let home = Home::new();
    let plant = home.start().await;
    let normal = plant.plant().tags[6].normal;
    change(&plant, "quiet", |entry| entry.limit.as_mut().unwrap().on_delay = Duration::from_secs(80_000)).await;
    for part in ["limit charts:limits", "unit:reactor", "alarm desk:alarms"] {
        plant.kill(part).await;
        plant.scans(3).await;
        let now = plant.alarm(ALARM).await;
        let delay = now.definition.limit.as_ref().map(|limit| limit.on_delay);
        assert_eq!(delay, Some(Duration::from_secs(80_000)), "after the end of {part}");
    }
    change(&plant, "closer", |entry| close(entry, normal)).await;
    plant.alarm_reaches(ALARM, AlarmState::Unacknowledged).await;
    plant.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_order_gives_the_first_answer() {
    let home = Home::new();
    let plant = home.start().await;
    plant.scans(2).await;
    let entry = plant.storage.register_history(&ALARM.into(), 1).await.unwrap().remove(0).after.unwrap();
    let after = Some(Box::new(RegisterEntry { class: Some("quality".into()), ..Arc::unwrap_or_clone(entry) }));
    let propose = RegisterCommand::Propose { alarm: ALARM.into(), base: 1, after, reason: "audit".into() };
    let first = put(&plant, order(propose.clone(), "paul", "k1")).await.unwrap();
    assert_eq!(put(&plant, order(propose.clone(), "paul", "k1")).await.unwrap(), first);
    let other = put(&plant, order(propose.clone(), "paul", "k2")).await;
    assert_eq!(other, Err(RegisterRefused::ChangePending("paul".into())));
    let reused = order(RegisterCommand::Approve { change: first.id, reason: None }, "paul", "k1");
    assert!(plant.doors().await.alarm_desk.change_register(reused).await.is_err(), "a key is for one order");
    let unknown = RegisterCommand::Approve { change: ChangeId(uuid::Uuid::nil()), reason: None };
    assert_eq!(put(&plant, order(unknown, "eva", "k3")).await, Err(RegisterRefused::UnknownChange));
    let approve = RegisterCommand::Approve { change: first.id, reason: None };
    put(&plant, order(approve, "paul", "k4")).await.unwrap();
    assert_eq!(plant.journal_of(ALARM).await, [], "what does not touch the plant that runs is no row of the journal");
    plant.order(SourceCommand::Pause(true)).await;
    plant.stop().await;
}
