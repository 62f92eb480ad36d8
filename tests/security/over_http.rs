//! The gate as browsers and scripts meet it.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::connect_info::MockConnectInfo;
use axum::http::{HeaderMap, Request, StatusCode};
use axum::routing::{get, post};
use axum::{Router, middleware};
use serde_json::{Value, json};
use tep::graphql::{auth, caller};
use tep::security::{Gate, Role};
use tower::ServiceExt;

use super::{OTHER_PASSWORD, PASSWORD, TestGate};

const HOST: &str = "127.0.0.1:8800";
type Header<'a> = (&'a str, &'a str);

const PAGE: Header = ("origin", "http://127.0.0.1:8800");
const JSON: Header = ("content-type", "application/json");

/// The entrance, and behind it a room that tells whom it sees.
fn entrance(gate: &Arc<Gate>, secure_cookies: bool) -> Router {
    let tell = |caller::Caller(who): caller::Caller| async move { who.map_or("nobody".to_owned(), |who| who.name) };
    Router::new()
        .route("/room", get(tell))
        .route("/room", post(tell))
        .layer(middleware::from_fn_with_state(gate.clone(), caller::identify))
        .merge(auth::routes(gate.clone(), secure_cookies))
        .layer(MockConnectInfo(SocketAddr::from(([10, 0, 0, 1], 50_000))))
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|e| panic!("{e}: {}", self.text))
    }

    fn code(&self) -> String {
        self.json()["code"].as_str().unwrap().to_owned()
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no {name} in {:?}", self.headers)).to_str().unwrap()
    }

    /// `tep_session=…`, as the browser sends it back.
    fn cookie(&self) -> String {
        self.header("set-cookie").split(';').next().unwrap().to_owned()
    }
}

async fn ask(router: &Router, method: &str, path: &str, headers: &[Header<'_>], body: &str) -> Answer {
    let mut request = Request::builder().method(method).uri(path).header("host", HOST);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = router.clone().oneshot(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    let text = String::from_utf8(to_bytes(response.into_body(), 1 << 20).await.unwrap().to_vec()).unwrap();
    Answer { status, headers, text }
}

/// As the page does it.
async fn post_from_page(router: &Router, path: &str, cookie: &str, body: &Value) -> Answer {
    ask(router, "POST", path, &[JSON, PAGE, ("cookie", cookie)], &body.to_string()).await
}

async fn sign_in(router: &Router, name: &str, password: &str) -> Answer {
    post_from_page(router, "/auth/sign-in", "", &json!({ "name": name, "password": password })).await
}

#[tokio::test(start_paused = true)]
async fn a_stranger_sets_tep_up_signs_out_and_in_again() {
    let test = TestGate::empty();
    let router = entrance(&test.gate, false);
    let state = ask(&router, "GET", "/auth/state", &[], "").await;
    assert_eq!(state.json(), json!({ "setupRequired": true, "user": null, "expiresAt": null }));

    let token = test.gate.issue_setup_token().await.unwrap().unwrap().expose();
    let given = json!({ "token": token, "name": "Ada", "password": PASSWORD });
    let welcome = post_from_page(&router, "/auth/setup", "", &given).await;
    assert_eq!(welcome.status, StatusCode::OK, "{}", welcome.text);
    let expected = json!({
        "setupRequired": false,
        "user": { "name": "ada", "role": "ADMINISTRATOR" },
        "expiresAt": "2027-01-15T20:00:00Z"
    });
    assert_eq!(welcome.json(), expected);
    let cookie = welcome.cookie();
    assert_eq!(ask(&router, "GET", "/auth/state", &[("cookie", &cookie)], "").await.json(), expected);
    assert_eq!(ask(&router, "GET", "/room", &[("cookie", &cookie)], "").await.text, "ada");

    let bye = post_from_page(&router, "/auth/sign-out", &cookie, &json!({})).await;
    assert_eq!(bye.cookie(), "tep_session=");
    assert!(bye.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(ask(&router, "GET", "/room", &[("cookie", &cookie)], "").await.text, "nobody");
    let state = ask(&router, "GET", "/auth/state", &[("cookie", &cookie)], "").await;
    assert_eq!(state.json(), json!({ "setupRequired": false, "user": null, "expiresAt": null }));

    assert_eq!(sign_in(&router, "ada", PASSWORD).await.json(), expected);
    assert_eq!(post_from_page(&router, "/auth/setup", "", &given).await.status, StatusCode::CONFLICT);
}

#[tokio::test(start_paused = true)]
async fn no_script_of_a_page_reads_the_cookie_and_no_other_site_makes_a_browser_send_it() {
    let test = TestGate::peopled().await;
    let plain = sign_in(&entrance(&test.gate, false), "olga", PASSWORD).await;
    let cookie = plain.header("set-cookie");
    for attribute in ["; HttpOnly", "; SameSite=Strict", "; Path=/", "; Max-Age=43200"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    assert!(!cookie.contains("; Secure"), "{cookie}");
    assert_eq!(plain.header("cache-control"), "no-store");
    let secure = sign_in(&entrance(&test.gate, true), "olga", PASSWORD).await;
    assert!(secure.header("set-cookie").contains("; Secure"));
}

#[tokio::test(start_paused = true)]
async fn refusals_have_a_status_a_code_and_words() {
    let test = TestGate::peopled().await;
    let router = entrance(&test.gate, false);
    let wrong = sign_in(&router, "olga", "not the password").await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    assert_eq!(wrong.json(), json!({ "code": "CREDENTIALS_WRONG", "message": "Name or password is wrong." }));
    assert_eq!(sign_in(&router, "nobody", PASSWORD).await.text, wrong.text);

    let cookie = sign_in(&router, "olga", PASSWORD).await.cookie();
    let change = async |cookie: &str, current: &str, new: &str| {
        let answer =
            post_from_page(&router, "/auth/password", cookie, &json!({ "current": current, "new": new })).await;
        (answer.status.as_u16(), answer.code())
    };
    assert_eq!(change("", PASSWORD, OTHER_PASSWORD).await, (401, "UNAUTHENTICATED".into()));
    assert_eq!(change(&cookie, "not it", OTHER_PASSWORD).await, (403, "CURRENT_PASSWORD_WRONG".into()));
    assert_eq!(change(&cookie, PASSWORD, "short").await, (422, "PASSWORD_REFUSED".into()));

    assert_eq!(sign_in(&router, "olga", "not it either").await.code(), "CREDENTIALS_WRONG");
    let limited = sign_in(&router, "olga", PASSWORD).await;
    assert_eq!((limited.status.as_u16(), limited.code()), (429, "RATE_LIMITED".into()));
    let wait: u64 = limited.header("retry-after").parse().unwrap();
    assert!((1..=12).contains(&wait), "{wait}");

    test.gate.set_disabled("olga", true).await.unwrap();
    tokio::time::advance(std::time::Duration::from_secs(60)).await;
    assert_eq!(sign_in(&router, "olga", PASSWORD).await.status, StatusCode::FORBIDDEN);

    test.accounts.set_unreachable(true);
    let away = sign_in(&router, "ada", PASSWORD).await;
    assert_eq!((away.status.as_u16(), away.code()), (503, "UNAVAILABLE".into()));
    assert!(!away.text.contains("database"), "internals stay inside: {}", away.text);
}

#[tokio::test(start_paused = true)]
async fn a_changed_password_keeps_this_browser_and_ends_the_other() {
    let test = TestGate::peopled().await;
    let router = entrance(&test.gate, false);
    let here = sign_in(&router, "olga", PASSWORD).await.cookie();
    let there = sign_in(&router, "olga", PASSWORD).await.cookie();
    let given = json!({ "current": PASSWORD, "new": OTHER_PASSWORD });
    let changed = post_from_page(&router, "/auth/password", &here, &given).await;
    assert_eq!(changed.json()["user"]["name"], "olga");
    assert_eq!(ask(&router, "GET", "/room", &[("cookie", &here)], "").await.text, "olga");
    assert_eq!(ask(&router, "GET", "/room", &[("cookie", &there)], "").await.text, "nobody");
}

#[tokio::test(start_paused = true)]
async fn bodies_that_are_not_the_json_that_is_asked_for_are_refused() {
    let test = TestGate::peopled().await;
    let router = entrance(&test.gate, false);
    let good = json!({ "name": "olga", "password": PASSWORD }).to_string();
    let send = async |kind: &str, body: &str| {
        let answer = ask(&router, "POST", "/auth/sign-in", &[PAGE, ("content-type", kind)], body).await;
        (answer.status.as_u16(), answer.json()["code"].as_str().map(str::to_owned))
    };
    assert_eq!(send("text/plain", &good).await, (415, Some("CONTENT_TYPE".into())));
    assert_eq!(send("application/x-www-form-urlencoded", "name=olga").await, (415, Some("CONTENT_TYPE".into())));
    assert_eq!(send("application/json", "{").await, (422, Some("INVALID_INPUT".into())));
    assert_eq!(send("application/json", "{\"name\":\"olga\"}").await, (422, Some("INVALID_INPUT".into())));
    assert_eq!(send("application/json", "{\"name\":1,\"password\":[]}").await, (422, Some("INVALID_INPUT".into())));
    let odd = json!({ "name": "olga", "password": PASSWORD, "role": "administrator" }).to_string();
    assert_eq!(send("application/json", &odd).await, (422, Some("INVALID_INPUT".into())));
    let long = json!({ "name": "olga", "password": "x".repeat(20_000) }).to_string();
    assert_eq!(send("application/json", &long).await, (413, Some("INVALID_INPUT".into())));
    assert_eq!(send("application/json; charset=utf-8", &good).await, (200, None));
}

#[tokio::test(start_paused = true)]
async fn what_a_cookie_authorises_must_come_from_our_own_page() {
    let test = TestGate::peopled().await;
    let router = entrance(&test.gate, false);
    let cookie = sign_in(&router, "olga", PASSWORD).await.cookie();
    let token = cookie.trim_start_matches("tep_session=");
    let bearer = format!("Bearer {token}");
    let upgrade = ("upgrade", "websocket");
    let evil = ("origin", "http://evil.example");
    let cookie = ("cookie", cookie.as_str());
    let cases: [(&str, &str, &[Header], u16, &str); 9] = [
        ("our page", "POST", &[cookie, PAGE], 200, "olga"),
        ("another page", "POST", &[cookie, evil], 403, "ORIGIN_MISMATCH"),
        ("a page that hides", "POST", &[cookie, ("origin", "null")], 403, "ORIGIN_MISMATCH"),
        ("nobody knows which page", "POST", &[cookie], 403, "ORIGIN_MISMATCH"),
        ("a socket of our page", "GET", &[cookie, upgrade, PAGE], 200, "olga"),
        ("a socket of another page", "GET", &[cookie, upgrade, evil], 403, "ORIGIN_MISMATCH"),
        ("a script", "POST", &[("authorization", &bearer)], 200, "olga"),
        ("a script with a forged token", "POST", &[("authorization", "Bearer a.b.c")], 200, "nobody"),
        ("a stranger", "POST", &[], 200, "nobody"),
    ];
    for (what, method, headers, status, says) in cases {
        let answer = ask(&router, method, "/room", headers, "").await;
        assert_eq!(answer.status.as_u16(), status, "{what}: {}", answer.text);
        assert!(answer.text.contains(says), "{what}: {}", answer.text);
    }
}

/// Otherwise another site could sign a browser in as somebody else, and read later what was typed there.
#[tokio::test(start_paused = true)]
async fn another_site_signs_nobody_in() {
    let test = TestGate::peopled().await;
    let router = entrance(&test.gate, false);
    let body = json!({ "name": "olga", "password": PASSWORD }).to_string();
    let evil = ask(&router, "POST", "/auth/sign-in", &[JSON, ("origin", "http://evil.example")], &body).await;
    assert_eq!((evil.status.as_u16(), evil.code()), (403, "ORIGIN_MISMATCH".into()));
    let script = ask(&router, "POST", "/auth/sign-in", &[JSON], &body).await;
    assert_eq!(script.status, StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn an_unreachable_database_makes_nobody_of_nobody() {
    let test = TestGate::peopled().await;
    let router = entrance(&test.gate, false);
    let cookie = sign_in(&router, "olga", PASSWORD).await.cookie();
    test.accounts.set_unreachable(true);
    let answer = ask(&router, "GET", "/room", &[("cookie", &cookie)], "").await;
    assert_eq!((answer.status.as_u16(), answer.code()), (503, "UNAVAILABLE".into()));
    assert_eq!(ask(&router, "GET", "/room", &[], "").await.text, "nobody");
    test.accounts.set_unreachable(false);
    test.gate.set_role("olga", Role::Viewer).await.unwrap();
    assert_eq!(ask(&router, "GET", "/room", &[("cookie", &cookie)], "").await.text, "nobody");
}
