//! What is known beforehand over the API: searched by everybody, added to by engineers.

use reqwest::StatusCode;
use serde_json::{Value, json};
use tep::storage::AuditFilter;
use url::Url;

use super::site::Site;
use crate::retrieval::pdf;

fn place(site: &Site, facts: &[(&str, &str)]) -> Url {
    Url::parse_with_params(&format!("http://{}/knowledge/documents", site.address), facts).unwrap()
}

/// Uploads a file.
async fn add(site: &Site, token: &str, facts: &[(&str, &str)], content: &[u8]) -> (StatusCode, Value) {
    let answer = reqwest::Client::new()
        .post(place(site, facts))
        .header("content-type", "application/octet-stream")
        .bearer_auth(token)
        .body(content.to_vec())
        .send()
        .await
        .unwrap();
    (answer.status(), answer.json().await.unwrap())
}

async fn search(site: &Site, token: &str, question: &str, filter: Value) -> Vec<Value> {
    let query = "query($q: String!, $f: KnowledgeFilter) { searchKnowledge(question: $q, filter: $f, first: 5) \
                 { home byMeaning without passages { anchor title heading text kind origin unit tags score } } }";
    let mut found = site.data(token, query, json!({ "q": question, "f": filter })).await["searchKnowledge"].take();
    assert_eq!((&found["home"], &found["without"]), (&json!("EMBEDDED"), &json!(null)), "{found}");
    found["passages"].as_array_mut().unwrap().drain(..).collect()
}

/// The librarian has read everything when this returns.
async fn opened(site: &Site, token: &str) {
    while site.data(token, "{ knowledge { readAt } }", json!({})).await["knowledge"]["readAt"].is_null() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn everybody_reads_and_searches_what_tep_comes_with() {
    let site = Site::start().await;
    let (_, vera) = site.sign_in("vera").await;
    opened(&site, &vera).await;
    let found = search(&site, &vera, "will the purge override save us before the reactor trips?", json!(null)).await;
    assert!(found.iter().any(|one| one["anchor"] == "loops/purge-rate#when-it-is-in-trouble"), "{found:?}");
    let loops =
        search(&site, &vera, "which loop controls the level", json!({ "kinds": ["LOOP"], "unit": "reactor" })).await;
    assert!(
        !loops.is_empty() && loops.iter().all(|one| one["kind"] == "LOOP" && one["unit"] == "reactor"),
        "{loops:?}"
    );
    let query = "query($f: KnowledgeFilter, $a: String) { knowledgeDocuments(filter: $f, first: 3, after: $a) \
                 { totalCount pageInfo { hasNextPage endCursor } edges { node { id kind passageCount passages { anchor } } } } }";
    let (mut ids, mut after) = (Vec::new(), Value::Null);
    loop {
        let filter = json!({ "alarm": "XMEAS_7/HIGH" });
        let page = site.data(&vera, query, json!({ "f": filter, "a": after })).await["knowledgeDocuments"].take();
        ids.extend(
            page["edges"].as_array().unwrap().iter().map(|edge| edge["node"]["id"].as_str().unwrap().to_owned()),
        );
        if page["pageInfo"]["hasNextPage"] == false {
            assert_eq!(page["totalCount"], ids.len());
            break;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
    assert!(ids.contains(&"responses/reactor-pressure-high".to_owned()) && ids.is_sorted(), "{ids:?}");
    let query = "query($id: String!) { knowledgeDocument(id: $id) { title origin tags passages { heading } } }";
    let article = site.data(&vera, query, json!({ "id": "disturbances/IDV_06" })).await["knowledgeDocument"].take();
    assert_eq!(article["origin"], "BUILT_IN");
    assert_eq!(article["passages"][0]["heading"], "Cause and effects", "in the order of the article: {article}");
    let none = site.data(&vera, query, json!({ "id": "disturbances/IDV_99" })).await;
    assert_eq!(none["knowledgeDocument"], Value::Null);
    let (_, long) = site
        .ask(&vera, "query($q: String!) { searchKnowledge(question: $q) { home } }", json!({ "q": "a".repeat(1_001) }))
        .await;
    assert_eq!(long["errors"][0]["extensions"]["code"], "INVALID_INPUT", "{long}");
    site.end().await;
}

#[tokio::test]
async fn an_engineer_adds_documents_that_everybody_finds_and_removes_them_again() {
    let site = Site::start().await;
    let ((_, erik), (_, olga)) = (site.sign_in("erik").await, site.sign_in("olga").await);
    let text = b"# Seal oil\n\n## Alarm\n\nWhen the seal oil of the recycle compressor foams, change over to the spare cooler.\n";
    let facts = [("name", "Seal oil.md"), ("unit", "compressor"), ("tags", "XMEAS_20, XMEAS_5")];
    let (refused, why) = add(&site, &olga, &facts, text).await;
    assert_eq!((refused, &why["errors"][0]["extensions"]["code"]), (StatusCode::FORBIDDEN, &json!("FORBIDDEN")));
    let (_, nobody) = add(&site, "none", &facts, text).await;
    assert_eq!(nobody["errors"][0]["extensions"]["code"], "UNAUTHENTICATED", "{nobody}");
    let (status, added) = add(&site, &erik, &facts, text).await;
    assert_eq!((status, &added["id"]), (StatusCode::CREATED, &json!("documents/seal-oil")), "{added}");
    let (_, again) = add(&site, &erik, &facts, text).await;
    assert_eq!(again["id"], added["id"], "the same file again is the same document");
    let (_, other) = add(&site, &erik, &[("name", "Seal oil.txt")], b"Another text about seals.").await;
    assert_eq!(other["id"], "documents/seal-oil-2");
    let (status, manual) = add(
        &site,
        &erik,
        &[("name", "manual.pdf"), ("title", "Flare")],
        &pdf::with_pages(&["The flare drum is drained twice a shift."]),
    )
    .await;
    assert_eq!((status, &manual["id"]), (StatusCode::CREATED, &json!("documents/flare")), "{manual}");

    let found = search(&site, &olga, "seal oil foams", json!({ "unit": "compressor" })).await;
    assert_eq!((&found[0]["anchor"], &found[0]["origin"]), (&json!("documents/seal-oil#alarm"), &json!("UPLOADED")));
    assert_eq!(found[0]["tags"], json!(["XMEAS_20", "XMEAS_5"]));
    let found = search(&site, &olga, "how often is the flare drum drained?", json!({ "origins": ["UPLOADED"] })).await;
    assert_eq!((&found[0]["anchor"], &found[0]["title"]), (&json!("documents/flare#page-1"), &json!("Flare")));

    let file = |id: &'static str, token: String| {
        reqwest::Client::new().get(place(&site, &[("id", id)])).bearer_auth(token).send()
    };
    let got = file("documents/seal-oil", olga.clone()).await.unwrap();
    assert_eq!(got.headers()["content-disposition"], "attachment; filename=\"Seal oil.md\"");
    assert_eq!(got.bytes().await.unwrap().as_ref(), text);
    assert_eq!(file("documents/none", olga.clone()).await.unwrap().status(), StatusCode::NOT_FOUND);
    assert_eq!(file("documents/seal-oil", "none".into()).await.unwrap().status(), StatusCode::UNAUTHORIZED);

    let remove = async |token: &str, id: &str, key: &str| {
        let query = "mutation($i: RemoveKnowledgeDocumentInput!) { removeKnowledgeDocument(input: $i) { ok userErrors { code path } } }";
        site.ask(token, query, json!({ "i": { "id": id, "idempotencyKey": key } })).await.1
    };
    let refused = remove(&olga, "documents/flare", "a").await;
    assert_eq!(refused["errors"][0]["extensions"]["code"], "FORBIDDEN", "{refused}");
    for _ in 0..2 {
        let removed = remove(&erik, "documents/flare", "b").await;
        assert_eq!(removed["data"]["removeKnowledgeDocument"]["ok"], true, "{removed}");
    }
    let built_in = remove(&erik, "disturbances/IDV_06", "c").await["data"]["removeKnowledgeDocument"].take();
    assert_eq!(built_in["userErrors"], json!([{ "code": "NOT_FOUND", "path": ["input", "id"] }]));
    let found = search(&site, &olga, "flare drum", json!({ "origins": ["UPLOADED"] })).await;
    assert!(found.iter().all(|one| one["title"] != "Flare"), "{found:?}");

    let filter = AuditFilter {
        who: Some("erik".into()),
        action: Some("knowledge:edit".into()),
        allowed: Some(true),
        ..AuditFilter::default()
    };
    loop {
        // Rows are written after the fact, in the order of telling.
        let rows = site.api.storage.audit_page(&filter, None, 20).await.unwrap();
        let words: Vec<String> = rows.into_iter().filter_map(|(_, row)| row.after).collect();
        if words.iter().any(|words| words.starts_with("removed the document documents/flare")) {
            assert_eq!(words.iter().filter(|words| words.starts_with("added the document")).count(), 3, "{words:?}");
            break;
        }
        tokio::task::yield_now().await;
    }
    let site = Site::start_on(site.end().await).await;
    let (_, olga) = site.sign_in("olga").await;
    opened(&site, &olga).await;
    let found = search(&site, &olga, "seal oil foams", json!(null)).await;
    assert_eq!(found[0]["anchor"], "documents/seal-oil#alarm", "it outlives a restart");
    site.end().await;
}

#[tokio::test]
async fn what_cannot_be_a_document_is_refused_in_words() {
    let site = Site::start().await;
    let (_, erik) = site.sign_in("erik").await;
    let check = async |facts: &[(&str, &str)], content: &[u8], status: StatusCode, says: &str| {
        let (got, why) = add(&site, &erik, facts, content).await;
        let message = why["errors"][0]["message"].as_str().unwrap_or_default().to_owned();
        assert!(got == status && message.contains(says), "{facts:?}: {got} {why}");
    };
    let nonsense = StatusCode::UNPROCESSABLE_ENTITY;
    check(&[("name", "a.docx")], b"x", nonsense, ".md, .txt or .pdf").await;
    check(&[("name", "a.md"), ("unit", "nowhere")], b"x", nonsense, "no unit `nowhere`").await;
    check(&[("name", "a.md"), ("tags", "XMEAS_7,XMEAS_99")], b"x", nonsense, "no tag `XMEAS_99`").await;
    check(&[("name", "a.md")], b"", nonsense, "no text").await;
    check(&[("name", "a.md")], b"# Only a heading", nonsense, "no text").await;
    check(&[("name", "a.md")], b"+++\nunit = 5\n+++\nText", nonsense, "front matter").await;
    check(&[("name", "a.txt")], b"\xff\xfe", nonsense, "UTF-8").await;
    check(&[("name", "a.pdf")], b"text", nonsense, "no PDF").await;
    check(&[("name", "a.pdf")], b"%PDF-1.4 garbage", nonsense, "the PDF cannot be read").await;
    check(&[("name", &format!("{}.md", "a".repeat(300)))], b"x", nonsense, "name").await;
    check(&[("name", "a\nb.md")], b"x", nonsense, "name").await;
    check(&[("title", "no name")], b"x", StatusCode::BAD_REQUEST, "name").await;
    check(&[("name", "a.txt")], &vec![b'a'; 17 << 20], StatusCode::PAYLOAD_TOO_LARGE, "16777216").await;
    let plain = reqwest::Client::new().post(format!("http://{}/knowledge/documents?name=a.md", site.address));
    let plain = plain.header("content-type", "text/plain").bearer_auth(&erik).body("x").send().await.unwrap();
    assert_eq!(plain.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    site.end().await;
}
