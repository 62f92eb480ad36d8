//! Language models over the API: how they stand, who may order them about, and what outlives a restart.

use serde_json::{Value, json};
use tep::storage::AuditFilter;

use super::site::Site;

const STANDS: &str = "killed { by reason } order currency configured questions \
     providers { key model locality maySee pseudonyms state held { by reason } atWork running waiting answered } \
     budget { per whose spent hard }";

async fn broker(site: &Site, token: &str) -> Value {
    site.data(token, &format!("{{ broker {{ {STANDS} }} }}"), json!({})).await["broker"].take()
}

async fn order(site: &Site, token: &str, what: &str, kind: &str, input: Value) -> Value {
    let query = format!(
        "mutation($input: {kind}!) {{ {what}(input: $input) {{ ok broker {{ {STANDS} }} userErrors {{ code path }} }} }}"
    );
    site.ask(token, &query, json!({ "input": input })).await.1
}

async fn kill(site: &Site, token: &str, killed: bool, reason: &str, key: &str) -> Value {
    let input = json!({ "killed": killed, "reason": reason, "idempotencyKey": key });
    order(site, token, "killSwitch", "KillSwitchInput", input).await
}

async fn hold(site: &Site, token: &str, provider: &str, what: &str, key: &str) -> Value {
    let input = json!({ "provider": provider, "order": what, "reason": "it makes things up", "idempotencyKey": key });
    order(site, token, "setBreaker", "SetBreakerInput", input).await
}

#[tokio::test]
async fn everybody_sees_how_models_stand_and_administrators_order_them_about() {
    let site = Site::start().await;
    let ((_, vera), (_, erik), (_, ada)) =
        (site.sign_in("vera").await, site.sign_in("erik").await, site.sign_in("ada").await);
    let stands = broker(&site, &vera).await;
    assert_eq!(
        (&stands["configured"], &stands["killed"], &stands["order"]),
        (&json!(true), &json!(null), &json!("LOCAL_FIRST"))
    );
    let model = &stands["providers"][0];
    assert_eq!(
        (&model["key"], &model["locality"], &model["state"]),
        (&json!("control-room"), &json!("LOCAL"), &json!("SERVING"))
    );
    assert_eq!(
        (&model["maySee"], &model["pseudonyms"], &model["atWork"]),
        (&json!(["PROCESS"]), &json!(false), &json!(true))
    );

    for token in [&vera, &erik] {
        let refused = kill(&site, token, true, "drill", "a").await;
        assert_eq!(refused["errors"][0]["extensions"]["code"], "FORBIDDEN", "{refused}");
        assert!(refused["errors"][0]["message"].as_str().unwrap().contains("administrator"), "{refused}");
    }
    let killed = kill(&site, &ada, true, "drill", "a").await;
    let (done, stands) = (&killed["data"]["killSwitch"]["ok"], &killed["data"]["killSwitch"]["broker"]);
    assert_eq!((done, &stands["killed"]), (&json!(true), &json!({"by": "ada", "reason": "drill"})), "{killed}");
    for (key, reason, code, field) in [
        ("a", "another", "IDEMPOTENCY_CONFLICT", "idempotencyKey"),
        ("b", " ", "INVALID_INPUT", "reason"),
        ("", "r", "INVALID_INPUT", "idempotencyKey"),
    ] {
        let refused = kill(&site, &ada, true, reason, key).await["data"]["killSwitch"].take();
        assert_eq!(refused["userErrors"], json!([{"code": code, "path": ["input", field]}]), "{refused}");
    }
    let held = hold(&site, &ada, "control-room", "REST", "c").await["data"]["setBreaker"].take();
    assert_eq!(held["broker"]["providers"][0]["state"], "RESTING", "{held}");
    let unknown = hold(&site, &ada, "nobody", "REST", "d").await["data"]["setBreaker"].take();
    assert_eq!(unknown["userErrors"], json!([{"code": "NOT_FOUND", "path": ["input", "provider"]}]));

    let site = Site::start_on(site.end().await).await;
    let (_, ada) = site.sign_in("ada").await;
    let stands = broker(&site, &ada).await;
    assert_eq!(stands["killed"]["reason"], "drill", "{stands}");
    assert_eq!(stands["providers"][0]["held"], json!({"by": "ada", "reason": "it makes things up"}));
    let lifted = kill(&site, &ada, false, "the drill is over", "e").await;
    assert_eq!(lifted["data"]["killSwitch"]["broker"]["killed"], json!(null), "{lifted}");
    let judged = hold(&site, &ada, "control-room", "JUDGE", "f").await["data"]["setBreaker"].take();
    assert_eq!(judged["broker"]["providers"][0]["state"], "SERVING", "{judged}");

    let filter = AuditFilter {
        who: Some("ada".into()),
        action: Some("llm:control".into()),
        allowed: Some(true),
        ..AuditFilter::default()
    };
    loop {
        // Rows are written after the fact, in the order of telling.
        let rows = site.api.storage.audit_page(&filter, None, 20).await.unwrap();
        let words: Vec<String> = rows.into_iter().filter_map(|(_, row)| row.after).collect();
        if words.iter().any(|words| words.contains("set_breaker control-room to judge by itself")) {
            assert!(words.iter().any(|words| words.contains("kill_switch killed true: drill")), "{words:?}");
            break;
        }
        tokio::task::yield_now().await;
    }
    site.end().await;
}
