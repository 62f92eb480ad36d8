use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::site::Site;

/// A definition of the pages' documents, with the name that it goes by.
struct Definition {
    name: String,
    text: String,
    is_fragment: bool,
}

fn read_into(definitions: &mut Vec<Definition>, directory: &Path) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_into(definitions, &path);
        } else if path.extension().is_some_and(|extension| extension == "graphql") {
            definitions.extend(fs::read_to_string(&path).unwrap().split("\n}").filter_map(definition));
        }
    }
}

fn definition(text: &str) -> Option<Definition> {
    let code: String = text.lines().filter(|line| !line.starts_with('#')).map(|line| format!("{line}\n")).collect();
    let mut words = code.split_whitespace();
    let kind = words.next()?.to_owned();
    let name = words.next()?.split('(').next()?.to_owned();
    Some(Definition { name, text: format!("{code}}}\n"), is_fragment: kind == "fragment" })
}

/// An operation with every fragment that it needs.
fn document(operation: &Definition, definitions: &[Definition]) -> String {
    let mut text = operation.text.clone();
    while let Some(missing) = definitions.iter().find(|one| {
        one.is_fragment
            && text.split_whitespace().any(|word| word == format!("...{}", one.name))
            && !text.contains(&format!("fragment {} on", one.name))
    }) {
        text += &missing.text;
    }
    text
}

/// The id of nothing.
const NIL: &str = "00000000-0000-0000-0000-000000000000";

/// What the pages give with an operation, as large as they ever do.
fn variables(operation: &str) -> Value {
    let key = format!("key of {operation}");
    let input = match operation {
        "Trend" => {
            json!({ "tags": ["XMEAS_7"], "from": "2026-01-01T00:00:00Z", "to": "2028-01-01T00:00:00Z", "points": 2000 })
        }
        "SetDisturbance" => json!({ "number": 4, "active": true, "idempotencyKey": key }),
        "SetSimulationSpeed" => json!({ "speed": 2.0, "idempotencyKey": key }),
        "PauseSimulation" => json!({ "paused": false, "idempotencyKey": key }),
        "SendTestNotification" => json!({ "channel": "nowhere", "contact": null, "idempotencyKey": key }),
        "RetryNotification" => json!({ "id": "00000000-0000-0000-0000-000000000000" }),
        "SetSuppressionRule" => {
            json!({ "rule": "plant-tripped", "enabled": true, "reason": "a reason", "idempotencyKey": key })
        }
        "ExplainAlarm" | "AskAboutAlarm" | "CompareExplanations" => {
            let mut input = json!({ "alarm": "nowhere", "occurrenceId": NIL, "idempotencyKey": key });
            let own = match operation {
                "ExplainAlarm" => json!({ "afresh": true, "withModel": true }),
                "AskAboutAlarm" => json!({ "question": "Why?" }),
                _ => json!({ "providers": null }),
            };
            input.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
            input
        }
        "JudgeExplanation" => {
            json!({ "explanation": NIL, "judgement": "PARTLY", "cause": "idv-6", "comment": null, "idempotencyKey": key })
        }
        "JudgeIncident" => {
            json!({ "occurrenceId": NIL, "judgement": "PARTLY_RIGHT", "cause": "idv-6", "comment": null, "idempotencyKey": key })
        }
        "SetBreaker" => {
            json!({ "provider": "nobody", "order": "JUDGE", "reason": "an audit", "idempotencyKey": key })
        }
        "KillSwitch" => json!({ "killed": false, "reason": "an audit", "idempotencyKey": key }),
        "RestartActor" | "PauseActor" | "ResumeActor" => {
            json!({ "key": "root/nowhere", "reason": "a reason", "idempotencyKey": key })
        }
        "RemoveKnowledgeDocument" => json!({ "id": "documents/none", "idempotencyKey": key }),
        "TrainDetector" => {
            json!({ "detector": "nobody", "method": "var", "from": "SIMULATOR", "since": null, "until": null, "files": null, "reason": "a reason", "idempotencyKey": key })
        }
        "CancelTraining" => json!({ "job": "nowhere", "reason": "a reason", "idempotencyKey": key }),
        "PromoteModel" => json!({ "model": "nowhere", "to": "ACTIVE", "reason": "a reason", "idempotencyKey": key }),
        "RetireModel" => json!({ "model": "nowhere", "reason": "a reason", "idempotencyKey": key }),
        "PublishModel" => json!({ "model": "nowhere", "reason": "a reason", "idempotencyKey": key }),
        "PullModel" => {
            json!({ "detector": "nobody", "alias": "approved", "number": null, "reason": "a reason", "idempotencyKey": key })
        }
        "RollBackModel" => json!({ "detector": "nobody", "reason": "a reason", "idempotencyKey": key }),
        "PreviewLimit" => json!({ "alarm": "XMEAS_7/HIGH", "limit": { "onDelaySeconds": 30 }, "days": 31 }),
        "ProposeRegisterChange" => {
            let changes = json!({ "class": "quality", "limit": { "deadband": 3 }, "handling": { "latching": true } });
            let (alarm, reason) = ("XMEAS_7/HIGH", "an audit");
            json!({ "alarm": alarm, "baseVersion": 1, "changes": changes, "reason": reason, "idempotencyKey": key })
        }
        "ApproveRegisterChange" | "RejectRegisterChange" | "WithdrawRegisterChange" => {
            json!({ "change": "00000000-0000-0000-0000-000000000000", "reason": "an audit", "idempotencyKey": key })
        }
        order if order.ends_with("Alarms") || order.contains("AlarmsTo") || order.contains("AlarmsOut") => {
            let item = json!({ "alarm": "nowhere", "occurrenceId": "00000000-0000-0000-0000-000000000000" });
            let mut input = json!({ "items": vec![item; 500], "idempotencyKey": key });
            let own = match order {
                "ShelveAlarms" => json!({ "minutes": 30, "oneShot": false, "reason": "noisy" }),
                "TakeAlarmsOutOfService" => json!({ "workOrder": "WO-17", "comment": null }),
                "AssignAlarms" => json!({ "to": "paul" }),
                "CommentAlarms" => json!({ "comment": "looked at it" }),
                _ => json!({ "comment": null }),
            };
            input.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
            input
        }
        _ => json!({ "idempotencyKey": key }),
    };
    json!({ "input": input, "occurrenceId": NIL, "occurrence": NIL, "id": "XMEAS_7/HIGH", "alarm": "XMEAS_7/HIGH", "filter": null, "first": 200, "after": null, "since": null, "count": 160, "console": null, "hours": 720, "question": "why?", "tag": "XMEAS_7", "withTag": true })
}

/// Only the variables that the document declares.
fn given(document: &str, operation: &str) -> Value {
    let all = variables(operation);
    let declared = |name: &&String| document.contains(&format!("${name}:"));
    all.as_object().unwrap().iter().filter(|(name, _)| declared(name)).map(|(k, v)| (k.clone(), v.clone())).collect()
}

#[tokio::test]
async fn every_document_of_the_pages_fits_the_schema_and_its_limits() {
    let site = Site::start().await;
    let mut values = site.api.feed.values.subscribe(None);
    values.next().await.unwrap();
    let mut definitions = Vec::new();
    read_into(&mut definitions, Path::new("web/src"));
    let operations: Vec<&Definition> = definitions.iter().filter(|one| !one.is_fragment).collect();
    assert!(operations.len() >= 10, "the pages have more documents than {}", operations.len());
    let ((_, of_vera), (_, of_erik), (_, of_ada)) =
        (site.sign_in("vera").await, site.sign_in("erik").await, site.sign_in("ada").await);
    for operation in operations {
        let text = document(operation, &definitions);
        // A viewer has the tightest limits; orders, and the audit, need somebody who may.
        let token = match operation.name.as_str() {
            "SetBreaker" | "KillSwitch" => &of_ada,
            "Audit" => &of_erik,
            _ if text.trim_start().starts_with("mutation") => &of_erik,
            _ => &of_vera,
        };
        let mut answer = site.events_with(token, &text, given(&text, &operation.name)).await;
        let mut first = String::new();
        while !first.contains("\n\n") {
            first += std::str::from_utf8(&answer.chunk().await.unwrap().expect("an answer")).unwrap();
        }
        assert!(first.contains("event: next") && !first.contains("\"errors\""), "{}: {first}", operation.name);
    }
    site.end().await;
}
