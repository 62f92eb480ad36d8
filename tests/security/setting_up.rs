//! The first administrator.

use tep::config::SecurityConfig;
use tep::security::{Gate, GateError, Role, SessionKey};

use super::{DESK, OTHER_PASSWORD, PASSWORD, TestGate};

#[tokio::test(start_paused = true)]
async fn the_setup_token_creates_one_administrator_and_signs_them_in() {
    let test = TestGate::empty();
    assert!(test.gate.setup_required().await.unwrap());
    let token = test.gate.issue_setup_token().await.unwrap().unwrap().expose();
    let ada = test.gate.setup(&token, "Ada", PASSWORD, DESK).await.unwrap();
    assert_eq!((ada.principal.name.as_str(), ada.principal.role), ("ada", Role::Administrator));
    assert_eq!(test.gate.authenticate(&ada.token).await.unwrap(), ada.principal);
    assert!(!test.gate.setup_required().await.unwrap());
    assert!(test.gate.issue_setup_token().await.unwrap().is_none());
}

#[tokio::test(start_paused = true)]
async fn a_setup_token_works_once() {
    let test = TestGate::empty();
    let token = test.gate.issue_setup_token().await.unwrap().unwrap().expose();
    test.gate.setup(&token, "ada", PASSWORD, DESK).await.unwrap();
    let again = test.gate.setup(&token, "eve", OTHER_PASSWORD, DESK).await;
    assert!(matches!(again, Err(GateError::AlreadySetUp)));
    assert_eq!(test.gate.users().await.unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn of_two_who_come_at_the_same_time_one_becomes_administrator() {
    let test = TestGate::empty();
    let token = test.gate.issue_setup_token().await.unwrap().unwrap().expose();
    let (ada, eve) =
        tokio::join!(test.gate.setup(&token, "ada", PASSWORD, DESK), test.gate.setup(&token, "eve", PASSWORD, DESK));
    assert!(ada.is_ok() != eve.is_ok());
    assert_eq!(test.gate.users().await.unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn each_start_voids_the_token_of_the_last() {
    let test = TestGate::empty();
    let first = test.gate.issue_setup_token().await.unwrap().unwrap().expose();
    let second = test.gate.issue_setup_token().await.unwrap().unwrap().expose();
    assert!(matches!(test.gate.setup(&first, "ada", PASSWORD, DESK).await, Err(GateError::SetupToken)));
    test.gate.setup(&second, "ada", PASSWORD, DESK).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn nodes_that_share_their_key_print_one_token_whoever_starts_last() {
    let test = TestGate::empty();
    let node = |cookie: &str| {
        let key = SessionKey::derived(cookie, "a salt");
        Gate::new(test.accounts.clone(), key, test.clock, &SecurityConfig::default())
    };
    let (one, two) = (node("our cookie"), node("our cookie"));
    let first = one.issue_setup_token().await.unwrap().unwrap().expose();
    assert_eq!(two.issue_setup_token().await.unwrap().unwrap().expose(), first);
    assert_ne!(node("another cookie").issue_setup_token().await.unwrap().unwrap().expose(), first);
    two.issue_setup_token().await.unwrap();
    one.setup(&first, "ada", PASSWORD, DESK).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_refused_password_or_name_leaves_the_token_valid() {
    let test = TestGate::empty();
    let token = test.gate.issue_setup_token().await.unwrap().unwrap().expose();
    assert!(matches!(test.gate.setup(&token, "ada", "short", DESK).await, Err(GateError::Password(_))));
    assert!(matches!(test.gate.setup(&token, "ada lovelace", PASSWORD, DESK).await, Err(GateError::Name(_))));
    test.gate.setup(&token, "ada", PASSWORD, DESK).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn guessing_a_setup_token_is_slowed() {
    let test = TestGate::empty();
    test.gate.issue_setup_token().await.unwrap();
    for _ in 0..5 {
        assert!(matches!(
            test.gate.setup("0000-0000-0000-0000", "eve", PASSWORD, DESK).await,
            Err(GateError::SetupToken)
        ));
    }
    let sixth = test.gate.setup("0000-0000-0000-0000", "eve", PASSWORD, DESK).await;
    assert!(matches!(sixth, Err(GateError::TooMany { .. })));
}

#[tokio::test(start_paused = true)]
async fn only_a_hash_of_the_token_is_kept() {
    let test = TestGate::empty();
    let token = test.gate.issue_setup_token().await.unwrap().unwrap().expose();
    let kept = test.accounts.setup_token_hash().unwrap();
    assert_eq!(kept.len(), 64);
    assert!(!kept.contains(&token) && !kept.contains(&token.replace('-', "")));
}
