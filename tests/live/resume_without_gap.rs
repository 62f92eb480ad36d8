use tep::feed::Cursor;

use super::site::{Site, alarm_events};

fn numbers(after: Cursor, range: impl IntoIterator<Item = i64>) -> Vec<String> {
    range.into_iter().map(|n| Cursor { sequence: after.sequence + n, ..after }.to_string()).collect()
}

async fn cursors(socket: &mut super::socket::Socket, count: usize) -> Vec<String> {
    let mut cursors = Vec::new();
    for _ in 0..count {
        cursors.push(socket.item("alarmEvents").await["cursor"].as_str().unwrap().to_owned());
    }
    cursors
}

#[tokio::test]
async fn a_client_that_comes_back_gets_every_event_once() {
    let site = Site::start().await;
    let (_, token) = site.sign_in("vera").await;
    let desk = site.desk_at().await;

    let mut socket = site.socket(&token).await;
    socket.subscribe("a", &alarm_events(None)).await;
    let first = socket.item("alarmEvents").await;
    assert_eq!(
        (first["__typename"].as_str(), first["cursor"].as_str()),
        (Some("AlarmSnapshot"), Some(&*desk.to_string()))
    );
    site.publish_alarms(desk, 3);
    assert_eq!(cursors(&mut socket, 3).await, numbers(desk, 1..=3));
    drop(socket);

    let third = Cursor { sequence: desk.sequence + 3, ..desk };
    site.publish_alarms(third, 3);
    let mut socket = site.socket(&token).await;
    socket.subscribe("b", &alarm_events(Some(&third.to_string()))).await;
    assert_eq!(cursors(&mut socket, 3).await, numbers(desk, 4..=6));
    site.end().await;
}

#[tokio::test]
async fn what_the_feed_has_forgotten_is_read_from_the_journal() {
    let site = Site::start().await;
    let (_, token) = site.sign_in("vera").await;
    let desk = site.desk_at().await;
    site.journal_alarms(desk, 10_010).await;
    site.publish_alarms(desk, 10_010);

    let second = Cursor { sequence: desk.sequence + 2, ..desk };
    let mut socket = site.socket(&token).await;
    socket.subscribe("a", &alarm_events(Some(&second.to_string()))).await;
    assert_eq!(cursors(&mut socket, 12).await, numbers(desk, 3..=14));
    site.end().await;
}
