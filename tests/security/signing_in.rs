//! Name and password.

use std::time::Duration;

use tep::security::{GateError, Role};

use super::{DESK, OTHER_PASSWORD, PASSWORD, TestGate};

#[tokio::test(start_paused = true)]
async fn the_right_password_lets_in_whatever_the_case_of_the_name() {
    let test = TestGate::peopled().await;
    let olga = test.gate.sign_in(" Olga", PASSWORD, DESK).await.unwrap();
    assert_eq!((olga.principal.name.as_str(), olga.principal.role), ("olga", Role::Operator));
    assert_eq!(test.gate.authenticate(&olga.token).await.unwrap(), olga.principal);
}

#[tokio::test(start_paused = true)]
async fn a_wrong_password_and_an_unknown_name_are_told_the_same() {
    let test = TestGate::peopled().await;
    let told = |result: Result<_, GateError>| {
        let error = result.map(|_: tep::security::SignedIn| ()).unwrap_err();
        (error.code(), error.to_string())
    };
    let wrong = told(test.gate.sign_in("olga", "copper ladder 8 rain", DESK).await);
    assert_eq!(wrong.0, "CREDENTIALS_WRONG");
    for name in ["nobody", "", "olga' or 1=1 --", &"x".repeat(100_000)] {
        assert_eq!(told(test.gate.sign_in(name, PASSWORD, DESK).await), wrong, "{:.20?}", name);
    }
}

#[tokio::test(start_paused = true)]
async fn the_sixth_attempt_within_a_minute_is_told_when_to_come_back_even_with_the_right_password() {
    let test = TestGate::peopled().await;
    for _ in 0..5 {
        assert!(matches!(test.gate.sign_in("olga", "not the password", DESK).await, Err(GateError::Credentials)));
    }
    let sixth = test.gate.sign_in("olga", PASSWORD, DESK).await.map(|_| ()).unwrap_err();
    assert_eq!(sixth.code(), "RATE_LIMITED");
    let wait = sixth.retry_after_seconds().unwrap();
    assert!((1..=12).contains(&wait), "{wait}");
    tokio::time::advance(Duration::from_secs(wait)).await;
    test.gate.sign_in("olga", PASSWORD, DESK).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_disabled_user_is_refused_and_only_who_knows_the_password_learns_why() {
    let test = TestGate::peopled().await;
    test.gate.set_disabled("olga", true).await.unwrap();
    assert!(matches!(test.gate.sign_in("olga", PASSWORD, DESK).await, Err(GateError::Disabled)));
    assert!(matches!(test.gate.sign_in("olga", "not the password", DESK).await, Err(GateError::Credentials)));
    test.gate.set_disabled("olga", false).await.unwrap();
    test.gate.sign_in("olga", PASSWORD, DESK).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn sessions_long_over_are_forgotten() {
    let test = TestGate::peopled().await;
    test.gate.sign_in("olga", PASSWORD, DESK).await.unwrap();
    tokio::time::advance(Duration::from_secs(32 * 24 * 3600)).await;
    test.gate.sign_in("olga", PASSWORD, DESK).await.unwrap();
    assert_eq!(test.accounts.session_count(), 1);
}

#[tokio::test(start_paused = true)]
async fn accounts_that_cannot_be_reached_are_not_a_wrong_password() {
    let test = TestGate::peopled().await;
    test.accounts.set_unreachable(true);
    assert!(matches!(test.gate.sign_in("olga", PASSWORD, DESK).await, Err(GateError::Unavailable(_))));
}

#[tokio::test(start_paused = true)]
async fn whoever_comes_and_goes_is_in_the_audit_and_what_was_typed_as_a_name_is_not() {
    let test = TestGate::peopled().await;
    let olga = test.gate.sign_in("Olga", PASSWORD, DESK).await.unwrap().principal;
    test.gate.change_password(&olga, PASSWORD, OTHER_PASSWORD, DESK).await.unwrap();
    test.gate.sign_out(&olga, DESK).await.unwrap();
    assert!(test.gate.sign_in("olga", PASSWORD, DESK).await.is_err());
    assert!(test.gate.sign_in(OTHER_PASSWORD, "olga", DESK).await.is_err());
    test.gate.set_disabled("olga", true).await.unwrap();
    assert!(test.gate.sign_in("olga", OTHER_PASSWORD, DESK).await.is_err());
    let expected = [
        "user:manage by console of ada from command line: created with the role administrator",
        "user:manage by console of olga from command line: created with the role operator",
        "sign-in by olga of olga from 10.0.0.1: as operator",
        "password by olga of olga from 10.0.0.1: a new password; other sessions are over",
        "sign-out by olga of olga from 10.0.0.1: the session is over",
        "refused sign-in by nobody of olga from 10.0.0.1: wrong name or password",
        "refused sign-in by nobody of – from 10.0.0.1: wrong name or password",
        "user:manage by console of olga from command line: disabled",
        "refused sign-in by nobody of olga from 10.0.0.1: the account is disabled",
    ];
    assert_eq!(test.accounts.audit(), expected);
}

#[tokio::test(start_paused = true)]
async fn nobody_is_kept_out_because_the_audit_cannot_be_written() {
    let test = TestGate::peopled().await;
    test.accounts.set_audit_full(true);
    test.gate.sign_in("olga", PASSWORD, DESK).await.unwrap();
}
