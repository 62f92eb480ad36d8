//! What people find of an explanation, over the API; and that each explanation is shown with the evidence that it rests on.

use async_graphql::{Request, Variables};
use serde_json::{Value, json};
use tep::graphql::{self, Api};
use tep::security::Role;
use tep::storage::AuditFilter;
use uuid::Uuid;

use super::FIRST;
use super::asking::{api, visitor};
use super::stage::House;

const EXPLANATIONS: &str = "explanation { evidence { hash } explanations { key evidenceHash summary { cites } \
    restsOn { key at } verdicts { judgement cause comment by } } } userErrors { code path message }";

/// Carries out a mutation as somebody; its payload.
async fn carry_out(api: &Api, who: (&str, Role), field: &str, kind: &str, input: Value) -> Value {
    let document = format!("mutation($input: {kind}!) {{ answer: {field}(input: $input) {{ {EXPLANATIONS} }} }}");
    let request = Request::new(document).variables(Variables::from_json(json!({ "input": input })));
    let answer = graphql::schema().execute(request, api.clone(), visitor(who.0, who.1)).await;
    assert!(answer.errors.is_empty(), "{:?}", answer.errors);
    answer.data.into_json().unwrap()["answer"].take()
}

#[tokio::test]
async fn an_operator_judges_an_explanation_once_under_a_key() {
    let house = House::start(Vec::new()).await;
    let occurrence = house.lose_the_a_feed(FIRST).await;
    let (_, told) = house.explained(occurrence).await;
    let api = api(&house).await;
    let (olga, vera) = (("olga", Role::Operator), ("vera", Role::Viewer));
    let judge = async |who, key: &str, judgement: &str, more: Value| {
        let mut input = json!({ "explanation": told.id.to_string(), "judgement": judgement, "idempotencyKey": key });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        carry_out(&api, who, "judgeExplanation", "JudgeExplanationInput", input).await
    };
    let code = |answer: &Value| (answer["userErrors"][0]["code"].clone(), answer["userErrors"][0]["path"][1].clone());
    let refused = judge(vera, "a", "RIGHT", json!({})).await;
    assert_eq!((code(&refused).0, &refused["explanation"]), (json!("FORBIDDEN"), &Value::Null), "{refused}");

    let said = judge(olga, "a", "PARTLY", json!({ "cause": "a blocked filter", "comment": " found at six " })).await;
    let verdict =
        json!({ "judgement": "PARTLY", "cause": "a blocked filter", "comment": "found at six", "by": "olga" });
    assert_eq!(said["explanation"]["explanations"][0]["verdicts"], json!([verdict]), "{said}");
    assert_eq!(
        judge(olga, "a", "PARTLY", json!({ "cause": "a blocked filter", "comment": " found at six " })).await,
        said
    );
    let conflict = judge(olga, "a", "WRONG", json!({})).await;
    assert_eq!(code(&conflict).0, json!("IDEMPOTENCY_CONFLICT"), "{conflict}");

    let (unknown, long) = (Uuid::now_v7().to_string(), "x".repeat(1_001));
    for (more, expected) in [
        (json!({ "explanation": unknown }), ("NOT_FOUND", "explanation")),
        (json!({ "explanation": "yesterday's" }), ("NOT_FOUND", "explanation")),
        (json!({ "comment": long }), ("INVALID_INPUT", "comment")),
        (json!({ "cause": long }), ("INVALID_INPUT", "cause")),
        (json!({ "idempotencyKey": " " }), ("INVALID_INPUT", "idempotencyKey")),
    ] {
        let refused = judge(olga, "b", "RIGHT", more).await;
        assert_eq!(code(&refused), (json!(expected.0), json!(expected.1)), "{refused}");
    }
    let kept = api.storage.explanation_verdicts(occurrence).await.unwrap();
    assert_eq!(kept.len(), 1, "what was refused is not kept");
    let filter = AuditFilter { who: Some("olga".into()), ..AuditFilter::default() };
    let audited = async || {
        let rows = api.storage.audit_page(&filter, None, 50).await.unwrap();
        rows.iter().any(|(_, row)| {
            row.action == "explanation:judge"
                && row.after.as_ref().is_some_and(|after| after.contains("blocked filter"))
        })
    };
    while !audited().await {
        tokio::task::yield_now().await;
    }
    house.stop().await;
}

#[tokio::test]
async fn each_explanation_rests_on_its_own_evidence_and_not_on_the_newest() {
    let house = House::start(Vec::new()).await;
    let occurrence = house.lose_the_a_feed(FIRST).await;
    let (kept, _) = house.explained(occurrence).await;
    let api = api(&house).await;
    let input = json!({ "alarm": FIRST, "occurrenceId": occurrence.to_string(), "afresh": true, "withModel": false,
                        "idempotencyKey": "anew" });
    let answer = carry_out(&api, ("olga", Role::Operator), "explainAlarm", "ExplainAlarmInput", input).await;
    let all = answer["explanation"]["explanations"].as_array().unwrap();
    let [newest, first] = &all[..] else { panic!("two explanations: {answer}") };
    assert_eq!(first["evidenceHash"], json!(kept.hash));
    assert_ne!(newest["evidenceHash"], first["evidenceHash"]);
    assert_eq!(answer["explanation"]["evidence"]["hash"], newest["evidenceHash"]);
    for told in all {
        let rests: Vec<&str> =
            told["restsOn"].as_array().unwrap().iter().filter_map(|one| one["key"].as_str()).collect();
        let cited = told["summary"]["cites"].as_array().unwrap();
        assert!(!cited.is_empty() && cited.iter().all(|one| rests.contains(&one.as_str().unwrap())), "{told}");
    }
    house.stop().await;
}
