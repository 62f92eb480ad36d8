use std::io::Read;
use std::time::Duration;

use flate2::read::GzDecoder;
use serde_json::{Value, json};
use tep::storage::AuditEntry;

use super::site::Site;

const AUDIT: &str = "query($filter: AuditFilter, $first: Int, $after: String) { \
    audit(filter: $filter, first: $first, after: $after) { pageInfo { hasNextPage endCursor } \
    edges { cursor node { id at who action on allowed before what client } } } }";

/// An engineer who pauses, a viewer who may not, and six rows of an earlier day.
async fn busy_site() -> Site {
    let site = Site::start().await;
    let long_ago = site.api.clock.now() - Duration::from_secs(86_400);
    for n in 0..6_u64 {
        let entry = AuditEntry {
            at: long_ago + Duration::from_secs(n / 2),
            who: "paul".into(),
            action: "alarm:shelve".into(),
            resource: format!("alarm:tennessee-eastman/P{n}"),
            before: None,
            after: Some(format!("=order {n}")),
            from_where: Some("192.0.2.7".into()),
            allowed: true,
        };
        site.api.storage.append_audit(&entry).await.unwrap();
    }
    let (_, erik) = site.sign_in("erik").await;
    let (_, vera) = site.sign_in("vera").await;
    let pause = "mutation($input: PauseSimulationInput!) { pauseSimulation(input: $input) { userErrors { message } } }";
    let input = json!({ "input": { "paused": true, "idempotencyKey": "p" } });
    site.data(&erik, pause, input.clone()).await;
    let (_, refused) = site.ask(&vera, pause, input).await;
    assert_eq!(refused["errors"][0]["extensions"]["code"], json!("FORBIDDEN"), "{refused}");
    site
}

async fn rows(site: &Site, token: &str, filter: Value) -> Vec<Value> {
    let answer = site.data(token, AUDIT, json!({ "filter": filter, "first": 100 })).await;
    answer["audit"]["edges"].as_array().unwrap().iter().map(|edge| edge["node"].clone()).collect()
}

/// Waits until so many rows are there: they are written beside the answer.
async fn until(site: &Site, token: &str, filter: Value, count: usize) -> Vec<Value> {
    for _ in 0..400 {
        let found = rows(site, token, filter.clone()).await;
        if found.len() >= count {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("the audit did not follow in time: {:?}", rows(site, token, filter).await);
}

#[tokio::test]
async fn who_did_what_and_what_was_refused_is_read_page_by_page() {
    let site = busy_site().await;
    let (_, erik) = site.sign_in("erik").await;
    let refused = until(&site, &erik, json!({ "refused": true }), 1).await;
    assert_eq!(
        (&refused[0]["who"], &refused[0]["action"], &refused[0]["allowed"]),
        (&json!("vera"), &json!("source:control"), &json!(false))
    );
    assert!(refused[0]["what"].as_str().unwrap().contains("needs the role engineer"), "{}", refused[0]);
    let paused = until(&site, &erik, json!({ "who": " erik ", "action": "source:control" }), 1).await;
    assert_eq!((&paused[0]["allowed"], &paused[0]["on"]), (&json!(true), &json!("plant:tennessee-eastman")));
    assert_eq!(paused[0]["what"], json!("pause"));
    assert!(paused[0]["before"].as_str().unwrap().starts_with("simulator running, speed 1×"), "{}", paused[0]);
    let shelve = "mutation($input: ShelveAlarmsInput!) { shelveAlarms(input: $input) { results { ok } } }";
    let input = json!({ "items": [{ "alarm": "SYSTEM/DISK_LOW" }], "minutes": 6000, "oneShot": false,
        "reason": "being repaired", "idempotencyKey": "s" });
    site.data(&erik, shelve, json!({ "input": input })).await;
    let shelved = until(&site, &erik, json!({ "who": "erik", "action": "alarm:shelve" }), 1).await;
    assert_eq!(shelved[0]["on"], json!("alarm:tennessee-eastman/SYSTEM/DISK_LOW"));
    let what = shelved[0]["what"].as_str().unwrap();
    assert!(what.starts_with("shelve for 6000 min; being repaired; not done: "), "{what}");
    let all = until(&site, &erik, json!({}), 8).await;
    let newest_first = all.windows(2).all(|pair| pair[0]["at"].as_str() >= pair[1]["at"].as_str());
    assert!(newest_first, "{all:?}");
    let (mut seen, mut after) = (Vec::new(), Value::Null);
    loop {
        let page = site.data(&erik, AUDIT, json!({ "first": 3, "after": after })).await["audit"].clone();
        seen.extend(page["edges"].as_array().unwrap().iter().map(|edge| edge["node"].clone()));
        after = page["pageInfo"]["endCursor"].clone();
        if page["pageInfo"]["hasNextPage"] == json!(false) {
            break;
        }
    }
    assert_eq!(seen, all, "pages show every row once");
    let today = (site.api.clock.now() - Duration::from_secs(3_600)).to_datetime();
    assert_eq!(rows(&site, &erik, json!({ "to": today })).await.len(), 6);
    assert_eq!(rows(&site, &erik, json!({ "from": today })).await.len(), all.len() - 6);
    let (_, wrong) = site.ask(&erik, AUDIT, json!({ "after": "nonsense" })).await;
    assert_eq!(wrong["errors"][0]["extensions"]["code"], json!("INVALID_INPUT"), "{wrong}");
    for name in ["olga", "maria", "vera"] {
        let (_, token) = site.sign_in(name).await;
        let (_, answer) = site.ask(&token, AUDIT, json!({})).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], json!("FORBIDDEN"), "{name}: {answer}");
    }
    site.end().await;
}

#[tokio::test]
async fn the_audit_is_taken_away_as_a_table() {
    let site = busy_site().await;
    let (_, erik) = site.sign_in("erik").await;
    until(&site, &erik, json!({ "refused": true }), 1).await;
    let export = async |token: &str, query: &str| {
        let mut request = reqwest::Client::new().get(format!("http://{}/exports/audit.csv{query}", site.address));
        if !token.is_empty() {
            request = request.bearer_auth(token);
        }
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let (status, text) = export(&erik, "?action=alarm%3Ashelve").await;
    assert_eq!(status, 200, "{text}");
    let mut lines = text.lines();
    assert_eq!(lines.next().unwrap(), "\u{feff}time,who,action,on,decision,what,before,client");
    assert!(
        lines.next().unwrap().contains(",paul,alarm:shelve,alarm:tennessee-eastman/P5,allowed,'=order 5,"),
        "{text}"
    );
    assert_eq!(text.lines().count(), 7, "{text}");
    // As browsers ask, which take it packed.
    for place in ["exports/audit.csv", "exports/journal.csv", "exports/journal.json"] {
        let asked = reqwest::Client::new().get(format!("http://{}/{place}", site.address)).bearer_auth(&erik);
        let answer = asked.header("accept-encoding", "gzip").send().await.unwrap();
        assert_eq!(answer.headers()["content-encoding"], "gzip", "{place}");
        let packed = answer.bytes().await.unwrap_or_else(|e| panic!("{place} breaks off: {e}"));
        let mut text = String::new();
        GzDecoder::new(&*packed).read_to_string(&mut text).unwrap_or_else(|e| panic!("{place} is cut off: {e}"));
        assert!(!text.is_empty(), "{place}");
    }
    let (_, refused) = export(&erik, "?refused=true").await;
    assert!(refused.lines().skip(1).all(|line| line.contains(",refused,")) && refused.contains("vera"), "{refused}");
    assert_eq!(export("", "").await.0, 401);
    let (_, olga) = site.sign_in("olga").await;
    let (status, text) = export(&olga, "").await;
    assert!(status == 403 && text.contains("engineer"), "{status} {text}");
    let (status, text) = export(&erik, "?since=yesterday").await;
    assert!(status == 400 && text.contains("since"), "{status} {text}");
    site.end().await;
}
