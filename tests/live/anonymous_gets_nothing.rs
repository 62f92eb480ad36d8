use serde_json::json;

use super::site::{Site, alarm_events};
use super::socket::Socket;

#[tokio::test]
async fn whoever_has_not_signed_in_sees_the_pages_and_the_health_only() {
    let site = Site::start().await;
    for query in [
        "{ viewer { name } }",
        "{ plant { name } }",
        "{ tag(id: \"XMEAS_7\") { id } }",
        "{ alarms { totalCount } }",
        "{ journal { pageInfo { hasNextPage } } }",
        "{ detectors { id } }",
        "{ actorTree { key } }",
        "{ disturbances { number } }",
        "{ node(id: \"UGxhbnQ6cA\") { id } }",
        "{ __typename }",
        "{ __schema { types { name } } }",
        "mutation { resetSimulation(input: {idempotencyKey: \"k\"}) { userErrors { code } } }",
        "{ this is not even a document",
    ] {
        for token in ["", "not.a.token"] {
            let (status, answer) = site.ask(token, query, json!({})).await;
            assert_eq!(status, 401, "{query}");
            assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAUTHENTICATED", "{query}");
            assert!(answer["data"].is_null(), "{query}");
        }
    }
    assert_eq!(site.events("", &alarm_events(None)).await.status(), 401);
    let get = async |path: &str| reqwest::get(format!("http://{}{path}", site.address)).await.unwrap();
    for (path, status) in [("/", 200), ("/health/live", 200), ("/health/ready", 200), ("/auth/state", 200)] {
        assert_eq!(get(path).await.status(), status, "{path}");
    }
    for (path, status) in [("/graphql", 405), ("/graphql/stream", 405), ("/metrics", 404)] {
        assert_eq!(get(path).await.status(), status, "{path}");
    }
    let page = get("/").await;
    for header in ["content-security-policy", "x-content-type-options", "referrer-policy", "x-request-id"] {
        assert!(page.headers().contains_key(header), "{header}");
    }
    site.end().await;
}

#[tokio::test]
async fn a_socket_is_closed_by_the_code_of_what_is_wrong() {
    let site = Site::start().await;
    let (_, token) = site.sign_in("olga").await;
    let hello = json!({ "type": "connection_init" });
    let welcome = json!({ "type": "connection_init", "payload": { "authorization": format!("Bearer {token}") } });
    let subscribe = json!({ "type": "subscribe", "id": "1", "payload": { "query": alarm_events(None) } });
    for (messages, code) in [
        (vec![&hello], 4403),
        (vec![&subscribe], 4401),
        (vec![&welcome, &welcome], 4429),
        (vec![&welcome, &subscribe, &subscribe], 4409),
        (vec![&json!({ "type": "start", "id": "1" })], 4400),
    ] {
        let mut socket = Socket::connect(site.address, &[]).await.unwrap();
        for message in &messages {
            socket.say(message).await;
        }
        let closed = loop {
            if let Err(code) = socket.hear().await {
                break code;
            }
        };
        assert_eq!(closed, code, "{messages:?}");
    }
    site.end().await;
}

#[tokio::test]
async fn a_cookie_opens_a_socket_for_our_own_page_only() {
    let site = Site::start().await;
    let (_, token) = site.sign_in("olga").await;
    let cookie = format!("tep_session={token}");
    let ours = format!("http://{}", site.address);
    let mut socket = Socket::connect(site.address, &[("cookie", &cookie), ("origin", &ours)]).await.unwrap();
    socket.say(&json!({ "type": "connection_init" })).await;
    assert_eq!(socket.hear().await, Ok(json!({ "type": "connection_ack" })));
    for headers in [vec![("cookie", cookie.as_str()), ("origin", "http://evil.example")], vec![("cookie", &cookie)]] {
        assert_eq!(Socket::connect(site.address, &headers).await.err(), Some(403), "{headers:?}");
    }
    site.end().await;
}
