use serde_json::{Value, json};
use tep::domain::Severity;
use tep::storage::AuditFilter;

use super::site::Site;

const DISTURB: &str = "mutation($input: SetDisturbanceInput!) { setDisturbance(input: $input) { \
    source { kind } disturbances { number active } userErrors { code path message } } }";

const ACKNOWLEDGE: &str = "mutation($input: AcknowledgeAlarmsInput!) { acknowledgeAlarms(input: $input) { \
    results { alarm ok userErrors { code path } } userErrors { code path } } }";

fn active(payload: &Value, number: u64) -> Option<bool> {
    let all = payload["disturbances"].as_array()?;
    all.iter().find(|one| one["number"] == number)?["active"].as_bool()
}

#[tokio::test]
async fn an_order_under_one_key_is_carried_out_once() {
    let site = Site::start().await;
    let (_, token) = site.sign_in("erik").await;
    let order = async |number: i32, active: bool, key: &str| {
        let input = json!({ "input": { "number": number, "active": active, "idempotencyKey": key } });
        site.data(&token, DISTURB, input).await["setDisturbance"].take()
    };
    assert_eq!(active(&order(4, true, "a").await, 4), Some(true));
    assert_eq!(active(&order(4, false, "b").await, 4), Some(false));
    // The first answer again, and the disturbance stays off.
    let again = order(4, true, "a").await;
    assert_eq!((active(&again, 4), again["userErrors"].as_array().map(Vec::len)), (Some(false), Some(0)));
    for (number, key, code, field) in [
        (5, "a", "IDEMPOTENCY_CONFLICT", "idempotencyKey"),
        (99, "c", "INVALID_INPUT", "number"),
        (-1, "d", "INVALID_INPUT", "number"),
        (4, "", "INVALID_INPUT", "idempotencyKey"),
    ] {
        let refused = order(number, true, key).await;
        assert_eq!(refused["userErrors"][0]["code"], code, "{refused}");
        assert_eq!(refused["userErrors"][0]["path"], json!(["input", field]), "{refused}");
    }
    site.end().await;
}

#[tokio::test]
async fn each_item_of_an_acknowledgement_has_its_own_answer() {
    let site = Site::start().await;
    let (_, token) = site.sign_in("olga").await;
    let quiet = site.api.plant.alarms[0].id.to_string();
    let never = "00000000-0000-0000-0000-000000000000";
    let items = json!([
        { "alarm": "nowhere", "occurrenceId": never },
        { "alarm": quiet, "occurrenceId": never },
        { "alarm": quiet, "occurrenceId": "no id" },
    ]);
    let input = json!({ "input": { "items": items, "idempotencyKey": "a" } });
    let payload = site.data(&token, ACKNOWLEDGE, input).await["acknowledgeAlarms"].take();
    let code = |position: usize| payload["results"][position]["userErrors"][0]["code"].as_str().unwrap().to_owned();
    assert_eq!(code(0), "NOT_FOUND", "{payload}");
    assert!(["NOT_ACKNOWLEDGEABLE", "OCCURRENCE_MISMATCH"].contains(&&*code(1)), "{payload}");
    assert_eq!(code(2), "INVALID_INPUT", "{payload}");
    assert_eq!(payload["results"][2]["userErrors"][0]["path"], json!(["input", "items", "2", "occurrenceId"]));
    site.end().await;
}

const ORDER: &str = "mutation($shelve: ShelveAlarmsInput!, $out: TakeAlarmsOutOfServiceInput!) { \
    shelveAlarms(input: $shelve) { results { ok alarmNow { state shelvedUntil comment } userErrors { code path message } } \
        userErrors { code path } } \
    takeAlarmsOutOfService(input: $out) { results { ok alarmNow { state workOrder } userErrors { code } } \
        userErrors { code path } } }";

#[tokio::test]
async fn a_shelf_has_a_reason_a_length_and_an_end() {
    let site = Site::start().await;
    let (_, olga) = site.sign_in("olga").await;
    let alarm = site.api.plant.alarms.iter().find(|alarm| alarm.severity < Severity::Critical).unwrap().id.to_string();
    let items = json!([{ "alarm": alarm }]);
    let order = async |minutes: f64, reason: &str, key: &str| {
        let shelve = json!({ "items": items, "minutes": minutes, "reason": reason, "idempotencyKey": key });
        let out = json!({ "items": items, "workOrder": "WO-17", "idempotencyKey": format!("{key}-out") });
        site.data(&olga, ORDER, json!({ "shelve": shelve, "out": out })).await
    };
    for (minutes, reason, code, path) in [
        (30.0, " ", "INVALID_INPUT", json!(["input", "reason"])),
        (-1.0, "noisy", "INVALID_INPUT", json!(["input", "minutes"])),
    ] {
        let refused = order(minutes, reason, code).await["shelveAlarms"].take();
        assert_eq!((&refused["userErrors"][0]["code"], &refused["userErrors"][0]["path"]), (&json!(code), &path));
    }
    let too_long = order(100_000.0, "noisy", "a").await["shelveAlarms"]["results"][0].take();
    assert_eq!(too_long["userErrors"][0]["code"], "SHELF_TOO_LONG", "{too_long}");
    let both = order(30.0, "noisy", "b").await;
    let shelved = &both["shelveAlarms"]["results"][0]["alarmNow"];
    assert_eq!((&shelved["state"], &shelved["comment"]), (&json!("SHELVED"), &json!("noisy")), "{both}");
    assert!(shelved["shelvedUntil"].is_string(), "{both}");
    let forbidden = &both["takeAlarmsOutOfService"]["results"][0]["userErrors"][0]["code"];
    assert_eq!(forbidden, "FORBIDDEN", "maintenance does that");
    let twice = order(30.0, "noisy", "c").await["shelveAlarms"]["results"][0].take();
    assert_eq!(twice["userErrors"][0]["code"], "STATE_FORBIDS", "{twice}");

    let (_, maria) = site.sign_in("maria").await;
    let shelve = json!({ "items": items, "minutes": 1, "reason": "no", "idempotencyKey": "d" });
    let out = json!({ "items": items, "workOrder": "WO-17", "idempotencyKey": "e" });
    let both = site.data(&maria, ORDER, json!({ "shelve": shelve, "out": out })).await;
    assert_eq!(both["shelveAlarms"]["results"][0]["userErrors"][0]["code"], "FORBIDDEN");
    let taken = &both["takeAlarmsOutOfService"]["results"][0]["alarmNow"];
    assert_eq!((&taken["state"], &taken["workOrder"]), (&json!("OUT_OF_SERVICE"), &json!("WO-17")), "{both}");
    site.end().await;
}

#[tokio::test]
async fn whoever_may_not_is_told_why_and_the_audit_knows() {
    let site = Site::start().await;
    let (_, token) = site.sign_in("vera").await;
    let quiet = site.api.plant.alarms[0].id.to_string();
    let items = json!([{ "alarm": quiet, "occurrenceId": "00000000-0000-0000-0000-000000000000" }]);
    let payload = site.data(&token, ACKNOWLEDGE, json!({ "input": { "items": items, "idempotencyKey": "a" } })).await;
    assert_eq!(payload["acknowledgeAlarms"]["results"][0]["userErrors"][0]["code"], "FORBIDDEN", "{payload}");
    let input = json!({ "input": { "number": 4, "active": true, "idempotencyKey": "a" } });
    let (_, answer) = site.ask(&token, DISTURB, input).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "FORBIDDEN");
    assert!(answer["errors"][0]["message"].as_str().unwrap().contains("engineer"), "{answer}");

    let filter = AuditFilter { who: Some("vera".into()), allowed: Some(false), ..AuditFilter::default() };
    let actions = async || {
        let rows = site.api.storage.audit_page(&filter, None, 10).await.unwrap();
        let mut actions: Vec<String> = rows.into_iter().map(|(_, row)| row.action).collect();
        actions.sort();
        actions
    };
    // The journal writer is asked in order, so an answer of its neighbour comes after the rows.
    while actions().await.len() < 2 {
        tokio::task::yield_now().await;
    }
    assert_eq!(actions().await, ["alarm:acknowledge", "source:control"]);
    site.end().await;
}

#[tokio::test]
async fn the_page_learns_everything_in_one_document() {
    let site = Site::start().await;
    let (_, token) = site.sign_in("olga").await;
    let query = "{ viewer { name permissions { action allowed reason } } \
        plant { name units { key health worstAlarm activeAlarms tags { key limits { kind } } } tags { key latest { value } } \
        loops { key measured { key } } source { kind state speed } } \
        alarms { totalCount cursor edges { node { key history { kind } } } } \
        journal { edges { node { kind } } pageInfo { hasNextPage } } \
        detectors { key } disturbances { number } actorTree { key children { key children { key role health } } } }";
    let data = site.data(&token, query, json!({})).await;
    assert_eq!(data["plant"]["units"].as_array().map(Vec::len), Some(site.api.plant.units.len()));
    assert_eq!(data["disturbances"].as_array().map(Vec::len), Some(20));
    let id = site.data(&token, "{ unit(id: \"reactor\") { id } }", json!({})).await["unit"]["id"].take();
    let nodes = "query($ids: [ID!]!) { nodes(ids: $ids) { id ... on Unit { key } } }";
    let found = site.data(&token, nodes, json!({ "ids": [id, "nobody"] })).await;
    assert_eq!(found["nodes"], json!([{ "id": id, "key": "reactor" }, null]));
    let trend = "query($input: TrendInput!) { trend(input: $input) { series { tag { key } points { min } } } }";
    let span = json!({ "tags": ["XMEAS_7"], "from": "2026-01-01T00:00:00Z", "to": "2028-01-01T00:00:00Z" });
    let drawn = site.data(&token, trend, json!({ "input": span })).await;
    assert_eq!(drawn["trend"]["series"][0]["tag"]["key"], "XMEAS_7");
    site.end().await;
}

#[tokio::test]
async fn a_plant_that_was_paused_is_shown_after_a_restart_and_can_be_let_go_on() {
    const PAUSE: &str = "mutation($input: PauseSimulationInput!) { pauseSimulation(input: $input) { \
        source { state } userErrors { code } } }";
    let site = Site::start().await;
    let (_, token) = site.sign_in("erik").await;
    let mut values = site.api.feed.values.subscribe(None);
    values.next().await.unwrap();
    let pause = async |site: &Site, token: &str, paused: bool| {
        let input = json!({ "input": { "paused": paused, "idempotencyKey": format!("{paused}") } });
        site.data(token, PAUSE, input).await["pauseSimulation"]["source"]["state"].take()
    };
    assert_eq!(pause(&site, &token, true).await, "PAUSED");

    let site = Site::start_on(site.end().await).await;
    let (_, token) = site.sign_in("erik").await;
    let query = "{ plant { source { state controllable } } tag(id: \"XMEAS_7\") { latest { quality } } }";
    let mut shown = site.data(&token, query, json!({})).await;
    // The source introduces itself a moment after the plant has been put together.
    while shown["plant"]["source"]["state"] != "PAUSED" || shown["plant"]["source"]["controllable"] != true {
        tokio::task::yield_now().await;
        shown = site.data(&token, query, json!({})).await;
    }
    assert!(shown["tag"]["latest"].is_object(), "{shown}");
    assert_eq!(pause(&site, &token, false).await, "RUNNING");
    site.end().await;
}
