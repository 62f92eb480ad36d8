//! Models of detectors over the API: who may, what is refused, what is answered twice alike, and what the audit keeps.

use std::time::Duration;

use serde_json::{Value, json};
use tep::storage::AuditFilter;

use super::site::Site;

const PAYLOAD: &str =
    "model { key state decidedBy decision } job { key state requestedBy } userErrors { code path message }";

async fn order(site: &Site, token: &str, what: &str, kind: &str, input: Value) -> Value {
    let query = format!("mutation($input: {kind}!) {{ {what}(input: $input) {{ {PAYLOAD} }} }}");
    let (_, mut answer) = site.ask(token, &query, json!({ "input": input })).await;
    assert!(answer.get("errors").is_none(), "{answer}");
    answer["data"][what].take()
}

async fn read(site: &Site, token: &str, query: &str) -> Value {
    let (_, mut answer) = site.ask(token, query, json!({})).await;
    assert!(answer.get("errors").is_none(), "{answer}");
    answer["data"].take()
}

/// The models once there are so many, newest first.
async fn models(site: &Site, token: &str, count: usize) -> Vec<Value> {
    let wait = async {
        loop {
            let data = read(
                site,
                token,
                "{ models { key version state createdBy measuredFalseAlarmRate charts { chart decides } } }",
            )
            .await;
            let models = data["models"].as_array().expect("a list").clone();
            if models.len() >= count {
                return models;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(180), wait).await.expect("so many models")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_is_trained_promoted_and_rolled_back_by_those_who_may() {
    let site = Site::start_watched().await;
    let (_, erik) = site.sign_in("erik").await;
    let (_, olga) = site.sign_in("olga").await;
    let first = models(&site, &erik, 1).await.remove(0);
    assert_eq!((&first["state"], &first["createdBy"]), (&json!("ACTIVE"), &json!("TEP")), "{first}");
    let charts = first["charts"].as_array().expect("a list");
    assert!(charts.contains(&json!({ "chart": "slow", "decides": false })), "{first}");

    let train = json!({
        "detector": "multivariate", "method": "pca", "from": "SIMULATOR", "reason": "to compare", "idempotencyKey": "a",
    });
    let refused = order(&site, &olga, "trainDetector", "TrainDetectorInput", train.clone()).await;
    assert_eq!(refused["userErrors"][0]["code"], "FORBIDDEN", "{refused}");
    let ordered = order(&site, &erik, "trainDetector", "TrainDetectorInput", train.clone()).await;
    assert_eq!(ordered["job"]["requestedBy"], "erik", "{ordered}");
    let again = order(&site, &erik, "trainDetector", "TrainDetectorInput", train).await;
    assert_eq!(again["job"]["key"], ordered["job"]["key"], "one order is one job");
    let second = models(&site, &erik, 2)
        .await
        .into_iter()
        .find(|one| one["version"].as_str().is_some_and(|v| v.starts_with("pca-")));
    let second = second.expect("the model that was ordered");
    assert_eq!(second["state"], "STAGED", "{second}");

    let promote = |key: &str, reason: &str| json!({ "model": second["key"], "reason": reason, "idempotencyKey": key });
    let silent = order(&site, &erik, "promoteModel", "PromoteModelInput", promote("b", " ")).await;
    assert_eq!(silent["userErrors"][0]["path"], json!(["input", "reason"]), "{silent}");
    let forbidden = order(&site, &olga, "promoteModel", "PromoteModelInput", promote("b", "mine")).await;
    assert_eq!(forbidden["userErrors"][0]["code"], "FORBIDDEN", "{forbidden}");
    let done = order(&site, &erik, "promoteModel", "PromoteModelInput", promote("c", "quieter")).await;
    assert_eq!((&done["model"]["state"], &done["model"]["decidedBy"]), (&json!("ACTIVE"), &json!("erik")), "{done}");
    let retire = json!({ "model": second["key"], "reason": "away with it", "idempotencyKey": "d" });
    let in_use = order(&site, &erik, "retireModel", "RetireModelInput", retire).await;
    assert_eq!(in_use["userErrors"][0]["code"], "INVALID_INPUT", "{in_use}");
    let back = json!({ "detector": "multivariate", "reason": "too nervous", "idempotencyKey": "e" });
    let rolled = order(&site, &erik, "rollBackModel", "RollBackModelInput", back).await;
    assert_eq!(
        (&rolled["model"]["key"], &rolled["model"]["decision"]),
        (&first["key"], &json!("too nervous")),
        "{rolled}"
    );
    let nothing = json!({ "model": "no such key", "reason": "why not", "idempotencyKey": "f" });
    let unknown = order(&site, &erik, "promoteModel", "PromoteModelInput", nothing).await;
    assert_eq!(unknown["userErrors"][0]["code"], "NOT_FOUND", "{unknown}");

    let publish = json!({ "model": first["key"], "reason": "for the other plant", "idempotencyKey": "g" });
    let nowhere = order(&site, &erik, "publishModel", "PublishModelInput", publish.clone()).await;
    assert!(nowhere["userErrors"][0]["message"].as_str().is_some_and(|why| why.contains("registry.url")), "{nowhere}");
    let forbidden = order(&site, &olga, "publishModel", "PublishModelInput", publish).await;
    assert_eq!(forbidden["userErrors"][0]["code"], "FORBIDDEN", "{forbidden}");

    // Rows are written after the fact.
    let filter = AuditFilter { who: Some("erik".into()), ..AuditFilter::default() };
    let kept = async |action: &str, words: &str| {
        let rows = site.api.storage.audit_page(&filter, None, 50).await.unwrap();
        rows.iter()
            .any(|(_, row)| row.action == action && row.after.as_ref().is_some_and(|after| after.contains(words)))
    };
    let wait = async {
        while !(kept("detector:train", "to compare").await && kept("detector:promote", "too nervous").await) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), wait).await.expect("the audit has both");
    site.end().await;
}
