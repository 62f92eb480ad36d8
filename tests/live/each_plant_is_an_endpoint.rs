use serde_json::{Value, json};

use super::site::Site;

async fn ask(site: &Site, token: &str, path: &str) -> (u16, Value) {
    let request = reqwest::Client::new()
        .post(format!("http://{}{path}", site.address))
        .json(&json!({ "query": "{ plant { key } plants { key health } }" }));
    let request = if token.is_empty() { request } else { request.bearer_auth(token) };
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

#[tokio::test]
async fn a_plant_answers_under_its_id_and_the_first_without_one() {
    let site = Site::start().await;
    let (_, olga) = site.sign_in("olga").await;
    for path in ["/graphql", "/plants/tennessee-eastman/graphql"] {
        let (status, answer) = ask(&site, &olga, path).await;
        assert_eq!(status, 200, "{path}: {answer}");
        assert_eq!(answer["data"]["plant"]["key"], "tennessee-eastman", "{path}");
        assert_eq!(answer["data"]["plants"], json!([{ "key": "tennessee-eastman", "health": "RUNNING" }]), "{path}");
    }
    site.end().await;
}

#[tokio::test]
async fn a_plant_that_is_not_there_is_told_to_whoever_has_signed_in() {
    let site = Site::start().await;
    let (_, olga) = site.sign_in("olga").await;
    let (status, answer) = ask(&site, &olga, "/plants/nowhere/graphql").await;
    assert_eq!((status, &answer["errors"][0]["extensions"]["code"]), (404, &json!("NOT_FOUND")), "{answer}");
    assert!(answer["errors"][0]["message"].as_str().unwrap().contains("nowhere"), "{answer}");
    let (status, answer) = ask(&site, "", "/plants/nowhere/graphql").await;
    assert_eq!((status, &answer["errors"][0]["extensions"]["code"]), (401, &json!("UNAUTHENTICATED")), "{answer}");
    site.end().await;
}
