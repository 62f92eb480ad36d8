//! The rationalisation register is kept with what has become of each change.

use std::time::Duration;

use tep::domain::{
    AlarmHandling, ChangeId, ChangeOrigin, ChangeState, LimitSettings, RegisterChange, RegisterEntry, Severity,
    TransitionKind,
};
use uuid::Uuid;

use super::house::{House, NOW, entry};
use super::on_both;

on_both!(
    a_change_comes_back_as_it_was_kept,
    a_change_takes_effect_with_its_journal_row_or_not_at_all,
    an_earlier_state_that_comes_late_undoes_nothing,
);

fn change(id: u128, version: i64, state: ChangeState) -> RegisterChange {
    let says = RegisterEntry {
        cause: "Rain.".into(),
        consequence: "„Flood“".into(),
        guidance: "Open the gate.".into(),
        severity: Severity::High,
        handling: AlarmHandling::of(Severity::High),
        limit: Some(LimitSettings {
            value: 0.1 + 0.2,
            deadband: 1.0 / 3.0,
            on_delay: Duration::from_millis(1_500),
            off_delay: Duration::ZERO,
        }),
        assessment: None,
        class: Some("quality".into()),
        justification: None,
    };
    RegisterChange {
        id: ChangeId(Uuid::from_u128(id)),
        alarm: "P/HIGH".into(),
        version,
        state,
        origin: ChangeOrigin::Person,
        before: None,
        after: Some(says.into()),
        file: None,
        reason: "nuisance".into(),
        proposed_by: "paul".into(),
        proposed_at: NOW,
        decided_by: None,
        decided_at: None,
        decision: None,
    }
}

async fn a_change_comes_back_as_it_was_kept(house: House) {
    let storage = house.open().await;
    let proposed = change(1, 1, ChangeState::Proposed);
    storage.append_record(&[], &[], std::slice::from_ref(&proposed)).await.unwrap();
    assert_eq!(storage.register_changes().await.unwrap(), std::slice::from_ref(&proposed));
    let approved = RegisterChange {
        state: ChangeState::InForce,
        decided_by: Some("eva".into()),
        decided_at: Some(NOW),
        decision: Some("agreed".into()),
        ..proposed
    };
    let other = change(2, 2, ChangeState::Rejected);
    let next = RegisterChange { file: other.after.clone(), ..other };
    storage.append_record(&[], &[], &[approved.clone(), next.clone()]).await.unwrap();
    assert_eq!(storage.register_now().await.unwrap(), std::slice::from_ref(&approved));
    assert_eq!(storage.register_history(&"P/HIGH".into(), 10).await.unwrap(), [next, approved]);
    assert_eq!(storage.register_history(&"P/LOW".into(), 10).await.unwrap(), []);
}

async fn a_change_takes_effect_with_its_journal_row_or_not_at_all(house: House) {
    let storage = house.open().await;
    let row = entry(1, 1, "P/HIGH", TransitionKind::ConfigurationChanged);
    storage.append_journal(std::slice::from_ref(&row), &[]).await.unwrap();
    let another = entry(1, 1, "P/HIGH", TransitionKind::Raised);
    let in_force = change(1, 1, ChangeState::InForce);
    let refused = storage.append_record(&[another], &[], std::slice::from_ref(&in_force)).await;
    assert!(refused.is_err(), "another row stands there");
    assert_eq!(storage.register_changes().await.unwrap(), []);
    storage.append_record(&[row], &[], std::slice::from_ref(&in_force)).await.unwrap();
    assert_eq!(storage.register_changes().await.unwrap(), [in_force]);
}

async fn an_earlier_state_that_comes_late_undoes_nothing(house: House) {
    let storage = house.open().await;
    for state in [ChangeState::Proposed, ChangeState::InForce, ChangeState::Superseded] {
        storage.append_record(&[], &[], &[change(1, 1, state)]).await.unwrap();
    }
    for late in [ChangeState::InForce, ChangeState::Proposed] {
        storage.append_record(&[], &[], &[change(1, 1, late)]).await.unwrap();
        assert_eq!(storage.register_changes().await.unwrap(), [change(1, 1, ChangeState::Superseded)]);
    }
}
