use serde_json::Value;

use super::site::{Site, alarm_events};

/// The events of a stream, as (name, data).
struct Events {
    answer: reqwest::Response,
    text: String,
}

impl Events {
    async fn next(&mut self) -> (String, String) {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let field = |name: &str| {
                    let line = event.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
                    line.unwrap_or_default().trim().to_owned()
                };
                let next = (field("event"), field("data"));
                self.text = rest.to_owned();
                if !next.0.is_empty() {
                    return next;
                }
            } else {
                let chunk = self.answer.chunk().await.unwrap().expect("the stream goes on");
                self.text += std::str::from_utf8(&chunk).unwrap();
            }
        }
    }
}

#[tokio::test]
async fn the_same_subscription_says_the_same_over_both() {
    let site = Site::start().await;
    let (_, token) = site.sign_in("olga").await;
    let desk = site.desk_at().await;
    let query = alarm_events(None);

    let mut socket = site.socket(&token).await;
    socket.subscribe("a", &query).await;
    let mut by_socket = vec![socket.item("alarmEvents").await];
    let answer = site.events(&token, &query).await;
    assert!(answer.headers()["content-type"].to_str().unwrap().starts_with("text/event-stream"));
    let mut events = Events { answer, text: String::new() };
    let item = |(event, data): (String, String)| {
        assert_eq!(event, "next");
        serde_json::from_str::<Value>(&data).unwrap()["data"]["alarmEvents"].take()
    };
    let mut by_events = vec![item(events.next().await)];

    site.publish_alarms(desk, 5);
    for _ in 0..5 {
        by_socket.push(socket.item("alarmEvents").await);
        by_events.push(item(events.next().await));
    }
    assert_eq!(by_socket, by_events);
    assert_eq!(by_events.last().unwrap()["alarm"]["state"], "UNACKNOWLEDGED");
    site.end().await;
}

#[tokio::test]
async fn a_query_is_answered_once_and_completed() {
    let site = Site::start().await;
    let (_, token) = site.sign_in("olga").await;
    let mut events = Events { answer: site.events(&token, "{ viewer { name role } }").await, text: String::new() };
    let (event, data) = events.next().await;
    assert_eq!(event, "next");
    let expected = serde_json::json!({ "data": { "viewer": { "name": "olga", "role": "OPERATOR" } } });
    assert_eq!(serde_json::from_str::<Value>(&data).unwrap(), expected);
    assert_eq!(events.next().await.0, "complete");
    site.end().await;
}
