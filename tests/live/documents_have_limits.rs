use serde_json::{Value, json};

use super::site::Site;

fn code(answer: &Value) -> (&str, &str) {
    let extensions = &answer["errors"][0]["extensions"];
    (extensions["code"].as_str().unwrap_or_default(), extensions["limit"].as_str().unwrap_or_default())
}

#[tokio::test]
async fn each_limit_is_refused_with_its_code() {
    let site = Site::start().await;
    let (_, token) = site.sign_in("vera").await;
    let deep = (0..16).fold("key".to_owned(), |inner, _| format!("children {{ {inner} }}"));
    let aliases: String = (0..60).map(|n| format!("a{n}: plant {{ id }} ")).collect();
    let history = "{ alarms(first: 500) { edges { node { history(first: 500) { id } } } } }";
    for (query, expected) in [
        (format!("{{ actorTree {{ {deep} }} }}"), ("LIMIT_EXCEEDED", "DEPTH")),
        (history.to_owned(), ("LIMIT_EXCEEDED", "COMPLEXITY")),
        (format!("{{ {aliases} }}"), ("LIMIT_EXCEEDED", "ALIASES")),
        ("{ alarms(first: 501) { totalCount } }".into(), ("LIMIT_EXCEEDED", "LIST")),
        ("{ alarms(first: 0) { totalCount } }".into(), ("INVALID_INPUT", "")),
        ("{ nowhere }".into(), ("INVALID_INPUT", "")),
        ("{ plant { ".into(), ("INVALID_INPUT", "")),
        ("{ journal(after: \"x\") { pageInfo { endCursor } } }".into(), ("INVALID_INPUT", "")),
        ("{ __schema { types { name } } }".into(), ("FORBIDDEN", "")),
        (
            "mutation { resetSimulation(input: {idempotencyKey: \"k\"}) { userErrors { code } } }".into(),
            ("FORBIDDEN", ""),
        ),
    ] {
        let (_, answer) = site.ask(&token, &query, json!({})).await;
        assert_eq!(code(&answer), expected, "{query}: {answer}");
    }
    site.end().await;
}

#[tokio::test]
async fn the_transport_has_limits_too() {
    let site = Site::start().await;
    let (_, token) = site.sign_in("vera").await;
    let post = async |kind: &str, body: String| {
        let request = reqwest::Client::new().post(format!("http://{}/graphql", site.address)).bearer_auth(&token);
        let answer = request.header("content-type", kind).body(body).send().await.unwrap();
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
    };
    let batch = r#"[{"query":"{ viewer { name } }"}]"#.to_owned();
    let large = json!({ "query": "x".repeat(2 * 1024 * 1024) }).to_string();
    for (kind, body, status, expected) in [
        ("application/json", batch, 400, ("LIMIT_EXCEEDED", "BATCH")),
        ("application/json", large, 413, ("LIMIT_EXCEEDED", "BODY")),
        ("application/json", "{".to_owned(), 400, ("INVALID_INPUT", "")),
        ("text/plain", "{}".to_owned(), 415, ("INVALID_INPUT", "")),
    ] {
        let (found, answer) = post(kind, body).await;
        assert_eq!((found, code(&answer)), (status, expected), "{answer}");
    }
    site.end().await;
}

#[tokio::test]
async fn an_engineer_may_ask_for_the_schema() {
    let site = Site::start().await;
    let (_, token) = site.sign_in("erik").await;
    let data = site.data(&token, "{ __schema { queryType { name } } }", json!({})).await;
    assert_eq!(data["__schema"]["queryType"]["name"], "Query");
    site.end().await;
}
