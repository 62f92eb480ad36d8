use std::time::Duration;

use serde_json::{Value, json};
use tep::domain::WallTime;

use super::site::Site;

const BOARD: &str = "{ kpiBoard(hours: 2) { live from to calls newAlarms level acknowledged shelfRenewals \
    standing { listed shelved } rows { key actual verdict target } priorityMix { low medium high critical } \
    nuisances { badActors { key count } chattering { key } } periods { start calls newAlarms } } }";

/// Waits until the statistics have read the journal.
async fn live_board(site: &Site, token: &str) -> Value {
    for _ in 0..400 {
        let board = site.data(token, BOARD, json!({})).await["kpiBoard"].clone();
        if board["live"] == json!(true) && board["newAlarms"] != json!(0) {
            return board;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("the statistics did not follow in time");
}

/// Puts an alarm on the shelf.
async fn shelve(site: &Site, token: &str, alarm: &str, key: &str) {
    let order = "mutation($input: ShelveAlarmsInput!) { shelveAlarms(input: $input) { userErrors { message } \
        results { ok userErrors { message } } } }";
    let input = json!({
        "items": [{ "alarm": alarm }], "minutes": 30, "oneShot": false, "reason": "being repaired", "idempotencyKey": key
    });
    let answer = site.data(token, order, json!({ "input": input })).await;
    assert_eq!(answer["shelveAlarms"]["results"][0]["ok"], json!(true), "{answer}");
}

async fn export(site: &Site, token: &str, query: &str) -> (u16, String, String) {
    let mut request = reqwest::Client::new().get(format!("http://{}/exports/kpis.csv{query}", site.address));
    if !token.is_empty() {
        request = request.bearer_auth(token);
    }
    let answer = request.send().await.unwrap();
    let kind = answer.headers().get("content-type").map_or("", |kind| kind.to_str().unwrap()).to_owned();
    (answer.status().as_u16(), kind, answer.text().await.unwrap())
}

#[tokio::test]
async fn the_live_board_is_what_is_drawn_from_the_journal() {
    let site = Site::start().await;
    let (_, olga) = site.sign_in("olga").await;
    site.api.root.doors(&site.api.plant.id).await.unwrap();
    let pause = "mutation($input: PauseSimulationInput!) { pauseSimulation(input: $input) { userErrors { message } } }";
    let (_, erik) = site.sign_in("erik").await;
    // A source that a person pauses raises an alarm of the system.
    site.data(&erik, pause, json!({ "input": { "paused": true, "idempotencyKey": "p" } })).await;
    shelve(&site, &olga, "SYSTEM/DISK_LOW", "a").await;
    let unshelve = "mutation($input: AlarmsInput!) { unshelveAlarms(input: $input) { results { ok } } }";
    let input = json!({ "items": [{ "alarm": "SYSTEM/DISK_LOW" }], "idempotencyKey": "off" });
    let lifted = site.data(&olga, unshelve, json!({ "input": input })).await;
    assert_eq!(lifted["unshelveAlarms"]["results"][0]["ok"], json!(true), "{lifted}");
    shelve(&site, &olga, "SYSTEM/DISK_LOW", "b").await;
    let live = live_board(&site, &olga).await;
    assert_eq!((&live["shelfRenewals"], &live["standing"]["shelved"]), (&json!(1), &json!(1)), "{live}");
    assert_eq!(live["nuisances"]["badActors"][0]["key"], json!("SYSTEM/SOURCE_PAUSED"), "{live}");
    assert_eq!(live["rows"].as_array().unwrap().len(), 16);
    let ask = BOARD.replace("kpiBoard(hours: 2)", "alarmKpis(from: $from, to: $to)");
    let ask = format!("query($from: DateTime!, $to: DateTime!) {ask}");
    let hour = 3_600_000_000;
    let now = site.api.clock.now();
    let from = WallTime::from_micros((now.as_micros().div_euclid(hour) - 1) * hour);
    let asked = site.data(&olga, &ask, json!({ "from": from.to_datetime(), "to": now.to_datetime() })).await;
    for field in
        ["calls", "newAlarms", "level", "shelfRenewals", "standing", "priorityMix", "nuisances", "periods", "from"]
    {
        assert_eq!(asked["alarmKpis"][field], live[field], "{field}");
    }
    site.end().await;
}

#[tokio::test]
async fn the_board_is_exported_to_whom_may_read_the_journal() {
    let site = Site::start().await;
    let (_, vera) = site.sign_in("vera").await;
    let (status, kind, text) = export(&site, &vera, "").await;
    assert_eq!((status, kind.as_str()), (200, "text/csv; charset=utf-8"), "{text}");
    assert!(text.starts_with("section,key,title,value,unit,target,manageable,verdict\n"), "{text}");
    assert_eq!(text.lines().filter(|line| line.starts_with("kpi,")).count(), 16, "{text}");
    assert_eq!(export(&site, "", "").await.0, 401);
    for (query, says) in [
        ("?console=nowhere", "no console `nowhere`"),
        ("?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", "`from` must be before `to`"),
        ("?from=2020-01-01T00:00:00Z", "93 days"),
        ("?since=yesterday", "since"),
    ] {
        let (status, _, text) = export(&site, &vera, query).await;
        assert!(status == 400 && text.contains(says), "{query}: {status} {text}");
    }
    site.end().await;
}
