//! What open connections learn.

use std::time::Duration;

use tep::config::SecurityConfig;
use tep::security::{Gate, Principal, Role, SessionEnd};
use tokio::time::{Instant, timeout};

use super::{DESK, OTHER_PASSWORD, PASSWORD, TestGate};

/// Runs the change while a connection of `olga` is open, and gives how it ended and after how long.
async fn end_after(test: &TestGate, who: &Principal, change: impl Future<Output = ()>) -> (SessionEnd, Duration) {
    let connection = test.gate.ended(who);
    tokio::pin!(connection);
    assert!(timeout(Duration::from_secs(60), &mut connection).await.is_err(), "nothing has happened yet");
    change.await;
    let start = Instant::now();
    let end = connection.await;
    (end, start.elapsed())
}

#[tokio::test(start_paused = true)]
async fn whatever_ends_a_session_closes_its_connections_at_once() {
    let test = TestGate::peopled().await;
    let gate = test.gate.clone();
    let sign_in = async || gate.sign_in("olga", PASSWORD, DESK).await.unwrap().principal;

    let olga = sign_in().await;
    let (end, late) = end_after(&test, &olga, async { gate.sign_out(&olga, DESK).await.unwrap() }).await;
    assert_eq!((end, late), (SessionEnd::Revoked, Duration::ZERO), "sign-out");

    let olga = sign_in().await;
    let change = async { gate.set_role("olga", Role::Engineer).await.unwrap() };
    assert_eq!(end_after(&test, &olga, change).await, (SessionEnd::Revoked, Duration::ZERO), "another role");

    let (olga, other) = (sign_in().await, sign_in().await);
    let change = async { gate.change_password(&other, PASSWORD, OTHER_PASSWORD, DESK).await.unwrap() };
    assert_eq!(end_after(&test, &olga, change).await, (SessionEnd::Revoked, Duration::ZERO), "another password");

    let olga = gate.sign_in("olga", OTHER_PASSWORD, DESK).await.unwrap().principal;
    let change = async { gate.set_disabled("olga", true).await.unwrap() };
    assert_eq!(end_after(&test, &olga, change).await, (SessionEnd::Revoked, Duration::ZERO), "disabled");
}

/// `tep user disable` runs in a process of its own.
#[tokio::test(start_paused = true)]
async fn what_another_process_revokes_closes_within_five_seconds() {
    let test = TestGate::peopled().await;
    let elsewhere = Gate::new(test.accounts.clone(), test.key.clone(), test.clock, &SecurityConfig::default());
    let olga = test.gate.sign_in("olga", PASSWORD, DESK).await.unwrap().principal;
    let change = async { elsewhere.set_disabled("olga", true).await.unwrap() };
    let (end, late) = end_after(&test, &olga, change).await;
    assert_eq!(end, SessionEnd::Revoked);
    assert!(late <= Duration::from_secs(5), "{late:?}");
}

#[tokio::test(start_paused = true)]
async fn a_connection_ends_when_the_time_of_its_session_is_over() {
    let test = TestGate::peopled().await;
    let olga = test.gate.sign_in("olga", PASSWORD, DESK).await.unwrap().principal;
    let start = Instant::now();
    assert_eq!(test.gate.ended(&olga).await, SessionEnd::Expired);
    assert_eq!(start.elapsed().as_secs(), 12 * 3600);
}

#[tokio::test(start_paused = true)]
async fn a_connection_outlives_a_database_that_is_away() {
    let test = TestGate::peopled().await;
    let olga = test.gate.sign_in("olga", PASSWORD, DESK).await.unwrap().principal;
    let change = async { test.accounts.set_unreachable(true) };
    let connection = test.gate.ended(&olga);
    tokio::pin!(connection);
    change.await;
    assert!(timeout(Duration::from_secs(600), &mut connection).await.is_err());
    test.accounts.set_unreachable(false);
    test.gate.sign_out(&olga, DESK).await.unwrap();
    assert_eq!(connection.await, SessionEnd::Revoked);
}

#[tokio::test(start_paused = true)]
async fn a_revocation_is_counted_for_those_who_watch() {
    let test = TestGate::peopled().await;
    let olga = test.gate.sign_in("olga", PASSWORD, DESK).await.unwrap().principal;
    let mut watch = test.gate.watch();
    test.gate.sign_out(&olga, DESK).await.unwrap();
    watch.changed().await.unwrap();
}
