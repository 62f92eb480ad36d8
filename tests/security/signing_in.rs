//! Name and password.

use std::time::Duration;

use tep::security::{GateError, Role};

use super::{DESK, PASSWORD, TestGate};

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
