//! Changing passwords, and managing people.

use tep::security::{GateError, Role};

use super::{DESK, OTHER_PASSWORD, PASSWORD, TestGate};

#[tokio::test(start_paused = true)]
async fn a_changed_password_ends_the_other_sessions_and_keeps_this_one() {
    let test = TestGate::peopled().await;
    let here = test.gate.sign_in("olga", PASSWORD, DESK).await.unwrap();
    let there = test.gate.sign_in("olga", PASSWORD, DESK).await.unwrap();
    let ada = test.gate.sign_in("ada", PASSWORD, DESK).await.unwrap();
    test.gate.change_password(&here.principal, PASSWORD, OTHER_PASSWORD, DESK).await.unwrap();
    test.gate.authenticate(&here.token).await.unwrap();
    test.gate.authenticate(&ada.token).await.unwrap();
    assert!(matches!(test.gate.authenticate(&there.token).await, Err(GateError::Unauthenticated)));
    assert!(matches!(test.gate.sign_in("olga", PASSWORD, DESK).await, Err(GateError::Credentials)));
    test.gate.sign_in("olga", OTHER_PASSWORD, DESK).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_password_is_changed_only_by_who_knows_it_and_only_for_a_good_one() {
    let test = TestGate::peopled().await;
    let olga = test.gate.sign_in("olga", PASSWORD, DESK).await.unwrap().principal;
    let change = async |current, new| test.gate.change_password(&olga, current, new, DESK).await.map_err(|e| e.code());
    assert_eq!(change("not the password", OTHER_PASSWORD).await, Err("CURRENT_PASSWORD_WRONG"));
    assert_eq!(change(PASSWORD, "Password2026!").await, Err("PASSWORD_REFUSED"));
    test.gate.sign_in("olga", PASSWORD, DESK).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn guessing_the_current_password_from_an_open_session_is_slowed() {
    let test = TestGate::peopled().await;
    let olga = test.gate.sign_in("olga", PASSWORD, DESK).await.unwrap().principal;
    let mut codes = Vec::new();
    for _ in 0..5 {
        codes.extend(
            test.gate.change_password(&olga, "a guess", OTHER_PASSWORD, DESK).await.map_err(|e| e.code()).err(),
        );
    }
    assert_eq!(codes.last(), Some(&"RATE_LIMITED"), "{codes:?}");
}

#[tokio::test(start_paused = true)]
async fn a_reset_password_ends_every_session() {
    let test = TestGate::peopled().await;
    let olga = test.gate.sign_in("olga", PASSWORD, DESK).await.unwrap();
    test.gate.reset_password("olga", OTHER_PASSWORD).await.unwrap();
    assert!(matches!(test.gate.authenticate(&olga.token).await, Err(GateError::Unauthenticated)));
    test.gate.sign_in("olga", OTHER_PASSWORD, DESK).await.unwrap();
}

/// The revocation of a reset may run just before the session is there that the old password opens.
#[tokio::test(start_paused = true)]
async fn a_password_that_is_replaced_while_it_is_checked_opens_no_session() {
    let test = TestGate::peopled().await;
    test.accounts.replace_hash_before_next_session("$argon2id$of-the-new-password");
    assert!(matches!(test.gate.sign_in("olga", PASSWORD, DESK).await, Err(GateError::Credentials)));
    assert_eq!(test.accounts.open_session_count(), 0);
}

#[tokio::test(start_paused = true)]
async fn two_accounts_never_share_a_name() {
    let test = TestGate::peopled().await;
    let again = test.gate.create_user("OLGA", Role::Viewer, PASSWORD).await;
    assert!(matches!(again, Err(GateError::NameTaken(name)) if name == "olga"));
}

#[tokio::test(start_paused = true)]
async fn the_last_administrator_stays() {
    let test = TestGate::peopled().await;
    assert!(matches!(test.gate.set_disabled("ada", true).await, Err(GateError::LastAdministrator(_))));
    assert!(matches!(test.gate.set_role("ada", Role::Viewer).await, Err(GateError::LastAdministrator(_))));
    test.gate.set_role("olga", Role::Administrator).await.unwrap();
    test.gate.set_disabled("ada", true).await.unwrap();
    assert!(matches!(test.gate.set_role("olga", Role::Viewer).await, Err(GateError::LastAdministrator(_))));
}

#[tokio::test(start_paused = true)]
async fn nobody_can_be_changed_who_does_not_exist() {
    let test = TestGate::peopled().await;
    assert!(
        matches!(test.gate.set_role("otto", Role::Viewer).await, Err(GateError::NoSuchUser(name)) if name == "otto")
    );
    assert!(matches!(test.gate.reset_password("otto", PASSWORD).await, Err(GateError::NoSuchUser(_))));
}
