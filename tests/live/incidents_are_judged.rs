//! What people find of incidents, over the API: who may say it, what is refused, and that the incident is known by it then.

use serde_json::{Value, json};
use tep::domain::{Candidate, Cause, CauseId, Diagnosis, DiagnosisWindow, OccurrenceId, SourceTime, Told};
use tep::storage::AuditFilter;
use uuid::Uuid;

use super::site::Site;

const VERDICT: &str = "verdict { judgement cause { key name } comment by }";

async fn judge(site: &Site, token: &str, input: Value) -> Value {
    let query = format!(
        "mutation($input: JudgeIncidentInput!) {{ judgeIncident(input: $input) {{ incident {{ occurrenceId {VERDICT} }} \
         userErrors {{ code path message }} }} }}"
    );
    site.data(token, &query, json!({ "input": input })).await["judgeIncident"].take()
}

/// An incident that has been diagnosed, with a fingerprint in the frame `frame-1`.
async fn diagnosed(site: &Site) -> OccurrenceId {
    let occurrence = OccurrenceId(Uuid::now_v7());
    let cause = |number: u32| Cause { id: CauseId::from(format!("idv-{number}")), name: format!("Fault {number}") };
    let diagnosis = Diagnosis {
        window: DiagnosisWindow {
            from: SourceTime::from_micros(0),
            departed: SourceTime::from_micros(1),
            until: SourceTime::from_micros(2),
        },
        roots: Vec::new(),
        causes: vec![Candidate { cause: cause(4), score: 0.9, support: 10 }],
        told: Told::One(CauseId::from("idv-4")),
        time_to_trip: None,
        similar: Vec::new(),
        library: "library-1".into(),
    };
    let sql = format!(
        "INSERT INTO incident (plant, occurrence, alarm, detector, began, updated, diagnosis, frame, age, fingerprint) \
         VALUES ('{}', '{occurrence}', '{}', 'multivariate', 0, 0, '{}', 'frame-1', 5, x'0000803f')",
        site.api.plant.id,
        site.api.plant.alarms[0].id,
        serde_json::to_string(&diagnosis).unwrap(),
    );
    site.write(&sql).await;
    occurrence
}

#[tokio::test]
async fn an_operator_says_what_it_was_and_it_is_known_by_that() {
    let site = Site::start().await;
    let occurrence = diagnosed(&site).await;
    let ((_, olga), (_, vera)) = (site.sign_in("olga").await, site.sign_in("vera").await);
    let input = |key: &str, judgement: &str, cause: Option<&str>| {
        json!({ "occurrenceId": occurrence.to_string(), "judgement": judgement, "cause": cause, "comment": " said the field ",
                "idempotencyKey": key })
    };
    let refused = judge(&site, &vera, input("a", "RIGHT", None)).await;
    assert_eq!((&refused["userErrors"][0]["code"], &refused["incident"]), (&json!("FORBIDDEN"), &json!(null)));
    assert!(site.api.storage.known_incidents("frame-1", 10).await.unwrap().is_empty());

    let said = judge(&site, &olga, input("a", "WRONG", Some("idv-14"))).await;
    let verdict = &said["incident"]["verdict"];
    assert_eq!((&verdict["judgement"], &verdict["by"]), (&json!("WRONG"), &json!("olga")), "{said}");
    assert_eq!((&verdict["cause"]["key"], &verdict["comment"]), (&json!("idv-14"), &json!("said the field")), "{said}");
    assert_ne!(verdict["cause"]["name"], "idv-14", "the library knows what it is called");
    let known = site.api.storage.known_incidents("frame-1", 10).await.unwrap();
    assert_eq!(known.iter().map(|one| one.occurrence).collect::<Vec<_>>(), [occurrence]);

    let again = judge(&site, &olga, input("a", "WRONG", Some("idv-14"))).await;
    assert_eq!(again, said, "the same key gives the first answer again");
    let conflict = judge(&site, &olga, input("a", "RIGHT", None)).await;
    assert_eq!(conflict["userErrors"][0]["code"], "IDEMPOTENCY_CONFLICT", "{conflict}");
    let newest = judge(&site, &olga, input("b", "PARTLY_RIGHT", Some("a blocked filter"))).await;
    let cause = json!({ "key": "a blocked filter", "name": "a blocked filter" });
    assert_eq!(newest["incident"]["verdict"]["cause"], cause, "a cause may be new");

    let read = site
        .data(
            &olga,
            &format!("query($o: ID!) {{ incident(occurrenceId: $o) {{ {VERDICT} }} }}"),
            json!({ "o": occurrence.to_string() }),
        )
        .await;
    assert_eq!(read["incident"]["verdict"], newest["incident"]["verdict"]);
    let filter = AuditFilter { who: Some("olga".into()), ..AuditFilter::default() };
    let told = async || {
        let rows = site.api.storage.audit_page(&filter, None, 50).await.unwrap();
        rows.iter().any(|(_, row)| {
            row.action == "explanation:judge"
                && row.after.as_ref().is_some_and(|after| after.contains("blocked filter"))
        })
    };
    while !told().await {
        tokio::task::yield_now().await;
    }
    site.end().await;
}

#[tokio::test]
async fn what_cannot_be_judged_is_refused_by_name() {
    let site = Site::start().await;
    let occurrence = diagnosed(&site).await;
    let (_, olga) = site.sign_in("olga").await;
    let unknown = Uuid::now_v7().to_string();
    let known = occurrence.to_string();
    let long = "x".repeat(1_001);
    for (id, comment, key, code, path) in [
        (unknown.as_str(), "why", "a", "NOT_FOUND", "occurrenceId"),
        ("yesterday's", "why", "a", "INVALID_INPUT", "occurrenceId"),
        (known.as_str(), long.as_str(), "a", "INVALID_INPUT", "comment"),
        (known.as_str(), "why", " ", "INVALID_INPUT", "idempotencyKey"),
    ] {
        let input = json!({ "occurrenceId": id, "judgement": "RIGHT", "comment": comment, "idempotencyKey": key });
        let refused = judge(&site, &olga, input).await;
        let error = &refused["userErrors"][0];
        assert_eq!((&error["code"], &error["path"]), (&json!(code), &json!(["input", path])), "{refused}");
    }
    site.end().await;
}
