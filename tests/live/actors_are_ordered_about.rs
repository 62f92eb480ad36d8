//! Parts of the tree over the API: who may, what is refused, what is remembered, and what watchers see.

use serde_json::{Value, json};
use tep::storage::AuditFilter;

use super::site::Site;

const PLANT: &str = "root/plant:tennessee-eastman";
const SENSOR: &str = "unit:reactor/sensor:XMEAS_7";

async fn order(site: &Site, token: &str, what: &str, part: &str, reason: &str, key: &str) -> (u16, Value) {
    let query = format!(
        "mutation($input: ActorInput!) {{ {what}(input: $input) {{ ok actor {{ key health reason }} \
         userErrors {{ code path message }} }} }}"
    );
    let input = json!({ "key": format!("{PLANT}/{part}"), "reason": reason, "idempotencyKey": key });
    site.ask(token, &query, json!({ "input": input })).await
}

#[tokio::test]
async fn an_order_is_checked_carried_out_once_and_audited() {
    let site = Site::start().await;
    let (_, erik) = site.sign_in("erik").await;
    let ask = async |what: &str, part: &str, reason: &str, key: &str| {
        let (_, mut answer) = order(&site, &erik, what, part, reason, key).await;
        assert!(answer.get("errors").is_none(), "{answer}");
        answer["data"][what].take()
    };
    let paused = ask("pauseActor", SENSOR, "being calibrated", "a").await;
    assert_eq!((&paused["ok"], &paused["actor"]["health"]), (&json!(true), &json!("PAUSED")), "{paused}");
    assert_eq!(paused["actor"]["reason"], "paused by erik: being calibrated");
    assert_eq!(ask("resumeActor", SENSOR, "calibrated", "b").await["actor"]["health"], "RUNNING");
    // The first answer again, and nothing happens.
    assert_eq!(ask("pauseActor", SENSOR, "being calibrated", "a").await["actor"]["health"], "RUNNING");
    for (what, part, reason, key, code, field) in [
        ("pauseActor", "alarm desk:alarms", "quiet please", "c", "NOT_PAUSABLE", "key"),
        ("restartActor", "unit:nowhere", "no reason", "d", "NOT_FOUND", "key"),
        ("restartActor", SENSOR, "  ", "e", "INVALID_INPUT", "reason"),
        ("restartActor", SENSOR, "a reason", "", "INVALID_INPUT", "idempotencyKey"),
        ("pauseActor", SENSOR, "another", "a", "IDEMPOTENCY_CONFLICT", "idempotencyKey"),
    ] {
        let refused = ask(what, part, reason, key).await;
        assert_eq!((&refused["ok"], &refused["userErrors"][0]["code"]), (&json!(false), &json!(code)), "{refused}");
        assert_eq!(refused["userErrors"][0]["path"], json!(["input", field]), "{refused}");
    }
    assert_eq!(ask("restartActor", "source:source", "it hangs", "f").await["ok"], true);

    let told = async |what: &str| {
        let filter = AuditFilter { who: Some("erik".into()), action: Some(what.into()), ..AuditFilter::default() };
        let rows = site.api.storage.audit_page(&filter, None, 20).await.unwrap();
        rows.into_iter().filter_map(|(_, row)| row.after).collect::<Vec<_>>()
    };
    // Rows are written after the fact, in the order of telling.
    let restarts = loop {
        let rows = told("supervision:restart").await;
        if rows.iter().any(|row| row.contains("it hangs")) {
            break rows;
        }
        tokio::task::yield_now().await;
    };
    assert!(restarts.iter().any(|row| row.contains("unit:nowhere") && row.contains("not done")), "{restarts:?}");
    let pauses = told("supervision:pause").await;
    assert_eq!(pauses.iter().filter(|row| row.contains("being calibrated")).count(), 1, "{pauses:?}");
    site.end().await;
}

#[tokio::test]
async fn whoever_may_not_restart_or_pause_is_told_which_role_may() {
    let site = Site::start().await;
    let (_, olga) = site.sign_in("olga").await;
    for what in ["restartActor", "pauseActor", "resumeActor"] {
        let (_, answer) = order(&site, &olga, what, SENSOR, "just so", "a").await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "FORBIDDEN", "{answer}");
        assert!(answer["errors"][0]["message"].as_str().unwrap().contains("engineer"), "{answer}");
    }
    site.end().await;
}

#[tokio::test]
async fn watchers_get_the_tree_and_then_what_changes_in_it() {
    let site = Site::start().await;
    let (_, erik) = site.sign_in("erik").await;
    let mut socket = site.socket(&erik).await;
    let query = "subscription { supervisionEvents { __typename \
         ... on SupervisionSnapshot { tree { key children { key children { key mailboxDepth notPausable } } } } \
         ... on SupervisionDiff { cursor changes { key fields actor { key health reason } } gone } \
         ... on SupervisionEvent { message actor { key } } } }";
    socket.subscribe("1", query).await;
    let first = socket.item("supervisionEvents").await;
    assert_eq!(first["__typename"], "SupervisionSnapshot");
    assert_eq!(first["tree"]["children"][0]["key"], PLANT);
    let (_, answer) = order(&site, &erik, "pauseActor", SENSOR, "being calibrated", "a").await;
    assert_eq!(answer["data"]["pauseActor"]["ok"], true, "{answer}");
    let path = format!("{PLANT}/{SENSOR}");
    let (mut told, mut shown) = (false, false);
    while !(told && shown) {
        let item = socket.item("supervisionEvents").await;
        match item["__typename"].as_str() {
            Some("SupervisionEvent") => {
                told |= item["actor"]["key"] == *path && item["message"].as_str().unwrap().contains("calibrated");
            }
            Some("SupervisionDiff") => {
                let changes = item["changes"].as_array().unwrap();
                let change = changes.iter().find(|change| change["key"] == *path);
                if let Some(change) = change.filter(|change| change["actor"]["health"] == "PAUSED") {
                    let fields = change["fields"].as_array().unwrap();
                    assert!(fields.contains(&json!("health")) && fields.contains(&json!("reason")), "{change}");
                    assert!(!fields.contains(&json!("importance")), "what has stayed is not told: {change}");
                    shown = true;
                }
            }
            other => panic!("{other:?}"),
        }
    }
    site.end().await;
}
