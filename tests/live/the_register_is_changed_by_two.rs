//! The rationalisation register through the API: who may, what is refused, and what is kept.

use serde_json::{Value, json};
use tep::domain::Severity;
use tep::security::Role;
use tep::storage::AuditFilter;

use super::site::Site;
use crate::security::PASSWORD;

const CHANGE: &str = "change { id version state proposedBy decidedBy needsAnotherPerson \
    differences { field before after } } entry { version registerDecides running { severity limit { value onDelaySeconds } } \
    pending { id } } userErrors { code path message }";

const ENTRY: &str = "query($alarm: String!) { registerEntry(alarm: $alarm) { key version registerDecides \
    approved { severity assessment { matrixSeverity } limit { value } } pending { id } drift { kind } \
    changes { version state reason decision } } registerDrift { alarm } alarm(id: $alarm) { severity } }";

async fn order(site: &Site, token: &str, name: &str, input: &Value) -> Value {
    let kind = match name {
        "proposeRegisterChange" => "ProposeRegisterChangeInput",
        "approveRegisterChange" => "ApproveRegisterChangeInput",
        _ => "EndRegisterChangeInput",
    };
    let text = format!("mutation($input: {kind}!) {{ {name}(input: $input) {{ {CHANGE} }} }}");
    site.data(token, &text, json!({ "input": input })).await[name].take()
}

#[track_caller]
fn refused(payload: &Value, code: &str, field: &str) {
    assert_eq!(payload["userErrors"][0]["code"], code, "{payload}");
    assert_eq!(payload["userErrors"][0]["path"], json!(["input", field]), "{payload}");
    assert_eq!(payload["change"], Value::Null, "{payload}");
}

#[tokio::test]
async fn a_change_is_proposed_by_one_and_approved_by_another() {
    let site = Site::start().await;
    site.gate().create_user("eva", Role::Engineer, PASSWORD).await.unwrap();
    let (_, erik) = site.sign_in("erik").await;
    let (_, eva) = site.sign_in("eva").await;
    let (_, olga) = site.sign_in("olga").await;
    let alarms = &site.api.plant.alarms;
    let alarm = alarms.iter().find(|alarm| alarm.severity == Severity::High && alarm.limit.is_some()).unwrap();
    let (id, limit) = (alarm.id.to_string(), alarm.limit.clone().unwrap().value);
    let assessment =
        json!({ "timeToRespondMinutes": 20, "safety": "NONE", "environment": "MINOR", "economics": "MAJOR" });
    let changes = json!({ "assessment": assessment, "limit": { "onDelaySeconds": 42 } });
    let mut input =
        json!({ "alarm": id, "baseVersion": 1, "changes": changes, "reason": "nuisance", "idempotencyKey": "p" });

    refused(&order(&site, &olga, "proposeRegisterChange", &input).await, "FORBIDDEN", "alarm");
    input["changes"]["limit"]["onDelaySeconds"] = json!(-1);
    refused(&order(&site, &erik, "proposeRegisterChange", &input).await, "INVALID_INPUT", "onDelaySeconds");
    input["changes"]["limit"]["onDelaySeconds"] = json!(42);
    let proposed = order(&site, &erik, "proposeRegisterChange", &input).await;
    let change = &proposed["change"];
    assert_eq!((&change["state"], &change["version"]), (&json!("PROPOSED"), &json!(2)), "{proposed}");
    assert_eq!(change["needsAnotherPerson"], true);
    assert_eq!(proposed["entry"]["running"]["severity"], "HIGH", "nothing has changed yet: {proposed}");
    assert_eq!(order(&site, &erik, "proposeRegisterChange", &input).await["change"], *change, "the same key");
    input["idempotencyKey"] = json!("p2");
    refused(&order(&site, &eva, "proposeRegisterChange", &input).await, "CHANGE_PENDING", "alarm");

    let approve = json!({ "change": change["id"], "reason": "agreed", "idempotencyKey": "a" });
    refused(&order(&site, &erik, "approveRegisterChange", &approve).await, "ANOTHER_PERSON_NEEDED", "change");
    refused(&order(&site, &olga, "approveRegisterChange", &approve).await, "FORBIDDEN", "alarm");
    let approved = order(&site, &eva, "approveRegisterChange", &approve).await;
    assert_eq!(approved["change"]["state"], "IN_FORCE", "{approved}");
    let running = &approved["entry"]["running"];
    assert_eq!(running["severity"], "LOW", "twenty minutes and a major consequence: {running}");
    assert_eq!(running["limit"], json!({ "value": limit, "onDelaySeconds": 42.0 }));
    assert_eq!(order(&site, &eva, "approveRegisterChange", &approve).await["change"], approved["change"]);

    let told = site.data(&olga, ENTRY, json!({ "alarm": id })).await;
    assert_eq!(told["registerEntry"]["approved"]["assessment"]["matrixSeverity"], "LOW", "{told}");
    assert_eq!(told["alarm"]["severity"], "LOW", "the desk shows it");
    assert_eq!((&told["registerEntry"]["drift"], &told["registerDrift"]), (&Value::Null, &json!([])));
    let states: Vec<_> = told["registerEntry"]["changes"].as_array().unwrap().iter().map(|c| &c["state"]).collect();
    assert_eq!(states, [&json!("IN_FORCE"), &json!("SUPERSEDED")]);
    let filter = AuditFilter { action: Some("register:approve".into()), ..AuditFilter::default() };
    let rows = site.api.storage.audit_page(&filter, None, 10).await.unwrap();
    let said = rows.iter().any(|(_, row)| {
        row.who == "eva" && row.allowed && row.after.as_ref().is_some_and(|after| after.contains("severity high → low"))
    });
    assert!(said, "{rows:?}");
    site.end().await;
}

#[tokio::test]
async fn a_proposal_is_rejected_or_taken_back() {
    let site = Site::start().await;
    let (_, erik) = site.sign_in("erik").await;
    let (_, ada) = site.sign_in("ada").await;
    let id = site.api.plant.alarms.iter().find(|alarm| alarm.severity == Severity::Low).unwrap().id.to_string();
    let propose = async |base: i64, key: &str| {
        let changes = json!({ "class": "quality" });
        let input =
            json!({ "alarm": id, "baseVersion": base, "changes": changes, "reason": "order", "idempotencyKey": key });
        order(&site, &erik, "proposeRegisterChange", &input).await
    };
    let end = |change: &Value, key: &str| json!({ "change": change, "reason": "no", "idempotencyKey": key });
    let first = propose(1, "1").await["change"]["id"].take();
    refused(&order(&site, &ada, "withdrawRegisterChange", &end(&first, "2")).await, "FORBIDDEN", "change");
    let rejected = order(&site, &ada, "rejectRegisterChange", &end(&first, "3")).await;
    assert_eq!(rejected["change"]["state"], "REJECTED", "{rejected}");
    let second = propose(1, "4").await["change"]["id"].take();
    let withdrawn = order(&site, &erik, "withdrawRegisterChange", &end(&second, "5")).await;
    assert_eq!(withdrawn["change"]["state"], "WITHDRAWN", "{withdrawn}");
    let moved = propose(7, "6").await;
    refused(&moved, "ENTRY_MOVED", "baseVersion");
    let nowhere = json!({ "change": "00000000-0000-0000-0000-000000000000", "reason": "no", "idempotencyKey": "7" });
    refused(&order(&site, &ada, "rejectRegisterChange", &nowhere).await, "NOT_FOUND", "change");

    let list = "{ unassessed: alarmRegister(filter: {unassessed: true}) { totalCount } alarmRegister(first: 2) { totalCount pendingCount driftCount \
        edges { cursor node { key } } pageInfo { hasNextPage endCursor } } alarmRegisterCsv \
        registerRules { secondPerson matrix { belowMinutes severe } } }";
    let told = site.data(&ada, list, json!({})).await;
    assert_eq!(told["unassessed"]["totalCount"], json!(0), "the alarms of the program bring their assessment");
    let register = &told["alarmRegister"];
    assert_eq!(register["totalCount"], site.api.plant.alarms.len(), "{register}");
    assert_eq!((&register["pendingCount"], &register["driftCount"]), (&json!(0), &json!(0)));
    let next = format!(
        "{{ alarmRegister(first: 1, after: {}) {{ edges {{ node {{ key }} }} }} }}",
        register["pageInfo"]["endCursor"]
    );
    let third = site.data(&ada, &next, json!({})).await["alarmRegister"]["edges"][0]["node"]["key"].take();
    assert_eq!(third, site.api.plant.alarms[2].id.as_str());
    let table = told["alarmRegisterCsv"].as_str().unwrap();
    assert_eq!(table.lines().next().unwrap().split(',').count(), 26);
    assert!(table.contains(&format!("\r\n{id},")), "{table}");
    let disk = table.lines().find(|line| line.starts_with("SYSTEM/DISK_LOW,")).unwrap();
    assert!(disk.contains(",low,low,120,none,none,major,system,"), "{disk}");
    assert_eq!(told["registerRules"]["matrix"][0], json!({ "belowMinutes": 3.0, "severe": "CRITICAL" }));
    site.end().await;
}

#[tokio::test]
async fn a_preview_is_of_a_limit_that_makes_sense() {
    let site = Site::start().await;
    let (_, vera) = site.sign_in("vera").await;
    let text = "query($input: PreviewLimitInput!) { previewLimit(input: $input) { samples present { annunciated days { begins } } \
        proposed { annunciated excursions { raisedAt overAt } } } }";
    let ask = async |alarm: &str, limit: Value, days: f64| {
        let input = json!({ "input": { "alarm": alarm, "limit": limit, "days": days } });
        site.ask(&vera, text, input).await.1
    };
    let alarm = "XMEAS_7/HIGH";
    for (alarm, limit, days, code, words) in [
        (alarm, json!({}), 0.0, "INVALID_INPUT", "days"),
        (alarm, json!({}), 32.0, "INVALID_INPUT", "at most 31"),
        (alarm, json!({ "value": 9_000 }), 1.0, "INVALID_INPUT", "range"),
        (alarm, json!({ "offDelaySeconds": -1 }), 1.0, "INVALID_INPUT", "length of time"),
        ("SYSTEM/DISK_LOW", json!({}), 1.0, "NOT_FOUND", "of a limit"),
    ] {
        let refused = ask(alarm, limit, days).await;
        assert_eq!(refused["errors"][0]["extensions"]["code"], code, "{refused}");
        assert!(refused["errors"][0]["message"].as_str().unwrap().contains(words), "{refused}");
    }
    let told = loop {
        let told = ask(alarm, json!({ "value": 2_899.5, "deadband": 1 }), 1.0).await;
        assert!(told.get("errors").is_none(), "{told}");
        if !told["data"]["previewLimit"].is_null() {
            break told["data"]["previewLimit"].clone();
        }
        tokio::task::yield_now().await;
    };
    assert!(told["samples"].as_u64().unwrap() >= 1, "{told}");
    assert_eq!((&told["present"]["annunciated"], &told["proposed"]["excursions"]), (&json!(0), &json!([])));
    site.end().await;
}

#[tokio::test]
async fn a_register_of_an_earlier_version_is_assessed_at_the_start_and_keeps_what_was_approved() {
    let site = Site::start().await;
    let ((_, erik), (_, ada)) = (site.sign_in("erik").await, site.sign_in("ada").await);
    let input = json!({ "alarm": "SYSTEM/DISK_LOW", "baseVersion": 1, "changes": { "guidance": "Call the depot." },
        "reason": "we have one", "idempotencyKey": "1" });
    let proposed = order(&site, &erik, "proposeRegisterChange", &input).await;
    let approve = json!({ "change": proposed["change"]["id"], "idempotencyKey": "2" });
    let approved = order(&site, &ada, "approveRegisterChange", &approve).await;
    assert_eq!(approved["change"]["state"], "IN_FORCE", "{approved}");
    // As an earlier version has kept them: it knew no assessment of what is built in.
    for column in ["after_entry", "before_entry", "file_entry"] {
        let blank = format!("json_remove({column}, '$.assessment', '$.class', '$.justification')");
        let sql = format!("UPDATE register_change SET {column} = {blank} WHERE {column} LIKE '{{%'");
        site.write(&sql).await;
    }
    let site = Site::start_on(site.end().await).await;
    let (_, ada) = site.sign_in("ada").await;
    let ask = "{ alarmRegister(first: 1) { driftCount totalCount } unassessed: alarmRegister(filter: {unassessed: true}) \
        { totalCount } registerEntry(alarm: \"SYSTEM/DISK_LOW\") { version registerDecides \
        approved { guidance class assessment { timeToRespondMinutes matrixSeverity } } \
        running { guidance assessment { timeToRespondMinutes } } inForce { reason origin } } }";
    let mut told = site.data(&ada, ask, json!({})).await;
    for _ in 0..400 {
        if told["unassessed"]["totalCount"] == json!(0) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
        told = site.data(&ada, ask, json!({})).await;
    }
    assert_eq!(
        (&told["unassessed"]["totalCount"], &told["alarmRegister"]["driftCount"]),
        (&json!(0), &json!(0)),
        "{told}"
    );
    let entry = &told["registerEntry"];
    assert_eq!((&entry["version"], &entry["registerDecides"]), (&json!(3), &json!(true)), "{entry}");
    let assessment = json!({ "timeToRespondMinutes": 120.0, "matrixSeverity": "LOW" });
    let expected = json!({ "guidance": "Call the depot.", "class": "system", "assessment": assessment });
    assert_eq!(entry["approved"], expected);
    assert_eq!(entry["running"]["guidance"], json!("Call the depot."));
    assert!(entry["inForce"]["reason"].as_str().unwrap().contains("as ada has approved it"), "{entry}");
    site.end().await;
}
