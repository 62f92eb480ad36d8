use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::site::{Site, alarm_events};

#[tokio::test]
async fn signing_out_closes_what_the_session_has_opened_within_five_seconds() {
    let site = Site::start().await;
    let (olga, token) = site.sign_in("olga").await;
    let (_, of_vera) = site.sign_in("vera").await;
    let mut socket = site.socket(&token).await;
    socket.subscribe("a", &alarm_events(None)).await;
    socket.item("alarmEvents").await;
    let mut other = site.socket(&of_vera).await;
    let events = site.events(&token, &alarm_events(None)).await;

    let started = Instant::now();
    site.gate().sign_out(&olga, std::net::Ipv4Addr::LOCALHOST.into()).await.unwrap();
    assert_eq!(socket.hear().await, Err(4403));
    let rest = timeout(Duration::from_secs(5), events.text()).await.expect("the stream ends").unwrap();
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    assert!(rest.contains("UNAUTHENTICATED") && rest.contains("event: complete"), "{rest}");

    // Somebody else's session is not touched.
    other.subscribe("a", "{ viewer { name } }").await;
    assert_eq!(other.item("viewer").await["name"], "vera");
    site.end().await;
}

#[tokio::test]
async fn a_stop_ends_sockets_and_streams_with_a_reason() {
    let site = Site::start().await;
    let (_, token) = site.sign_in("olga").await;
    let mut socket = site.socket(&token).await;
    let events = site.events(&token, &alarm_events(None)).await;
    site.end().await;
    assert_eq!(socket.hear().await, Err(1001));
    assert!(events.text().await.unwrap().contains("event: complete"));
}
