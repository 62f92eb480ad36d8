//! Design rules over the API: what is told of them, who may switch them, what is refused, what is remembered.

use serde_json::{Value, json};
use tep::storage::AuditFilter;

use super::site::Site;

const RULE: &str = "plant-tripped";

async fn rules(site: &Site, token: &str) -> Value {
    let query = "{ suppressionRules { key title why when state holds unknown enabled switchedBy switchedBecause \
                 alarms { key state } } firstOutGroups { key title first { key } alarms { key firstOut afterAlarm } } }";
    let (_, mut answer) = site.ask(token, query, json!({})).await;
    assert!(answer.get("errors").is_none(), "{answer}");
    answer["data"].take()
}

async fn switch(site: &Site, token: &str, rule: &str, enabled: bool, reason: &str, key: &str) -> Value {
    let query = "mutation($input: SetSuppressionRuleInput!) { setSuppressionRule(input: $input) { \
                 rule { key enabled switchedBy switchedBecause } userErrors { code path message } } }";
    let input = json!({ "rule": rule, "enabled": enabled, "reason": reason, "idempotencyKey": key });
    site.ask(token, query, json!({ "input": input })).await.1
}

#[tokio::test]
async fn a_rule_is_told_with_its_words_and_switched_once() {
    let site = Site::start().await;
    let (_, erik) = site.sign_in("erik").await;
    let told = rules(&site, &erik).await;
    let first = &told["suppressionRules"][0];
    assert_eq!((&first["key"], &first["enabled"]), (&json!(RULE), &json!(true)), "{first}");
    assert!(
        first["when"].as_str().unwrap().contains("SYSTEM/PLANT_TRIPPED") && !first["why"].as_str().unwrap().is_empty()
    );
    assert!(first["alarms"].as_array().unwrap().iter().any(|alarm| alarm["key"] == "XMEAS_12/LOW"), "{first}");
    let group = &told["firstOutGroups"][0];
    assert_eq!((&group["key"], &group["first"]), (&json!("reactor-trip"), &Value::Null), "{group}");

    let off = switch(&site, &erik, RULE, false, " being tested ", "a").await;
    let rule = &off["data"]["setSuppressionRule"]["rule"];
    assert_eq!((&rule["enabled"], &rule["switchedBy"]), (&json!(false), &json!("erik")), "{off}");
    assert_eq!(rule["switchedBecause"], "being tested");
    assert_eq!(
        switch(&site, &erik, RULE, true, "tested", "b").await["data"]["setSuppressionRule"]["rule"]["enabled"],
        true
    );
    let again = switch(&site, &erik, RULE, false, " being tested ", "a").await;
    assert_eq!(
        again["data"]["setSuppressionRule"]["rule"]["enabled"], true,
        "the same key does nothing twice: {again}"
    );
    for (rule, reason, key, code, field) in [
        ("no-such-rule", "why not", "c", "NOT_FOUND", json!(["input", "rule"])),
        (RULE, "  ", "d", "INVALID_INPUT", json!(["input", "reason"])),
        (RULE, "a reason", "", "INVALID_INPUT", json!(["input", "idempotencyKey"])),
        (RULE, "another order", "a", "IDEMPOTENCY_CONFLICT", json!(["input"])),
    ] {
        let answer = switch(&site, &erik, rule, true, reason, key).await;
        let refused = &answer["data"]["setSuppressionRule"];
        assert_eq!((&refused["rule"], &refused["userErrors"][0]["code"]), (&Value::Null, &json!(code)), "{answer}");
        assert_eq!(refused["userErrors"][0]["path"], field, "{answer}");
    }
    let filter =
        AuditFilter { who: Some("erik".into()), action: Some("suppression:set".into()), ..AuditFilter::default() };
    // Rows are written after the fact.
    loop {
        let rows = site.api.storage.audit_page(&filter, None, 20).await.unwrap();
        if rows.iter().any(|(_, row)| row.after.as_deref().is_some_and(|after| after.contains("off: being tested"))) {
            break;
        }
        tokio::task::yield_now().await;
    }
    site.end().await;
}

#[tokio::test]
async fn an_operator_sees_the_rules_and_may_not_switch_them() {
    let site = Site::start().await;
    let (_, olga) = site.sign_in("olga").await;
    assert_eq!(rules(&site, &olga).await["suppressionRules"][0]["key"], RULE);
    let answer = switch(&site, &olga, RULE, false, "it is quiet", "a").await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "FORBIDDEN", "{answer}");
    assert!(answer["errors"][0]["message"].as_str().unwrap().contains("engineer"), "{answer}");
    site.end().await;
}
