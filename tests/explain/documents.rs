//! What a site has written itself counts in explanations, and is told to nobody who may not see documents.

use std::collections::BTreeSet;

use tep::actors::{AskOrder, ExplainOrder, ProviderSetup};
use tep::domain::DataClass;
use tep::storage::StoredDocument;

use super::stage::{Furnishing, House, answer, document, roomy};
use super::{FIRST, olga};
use crate::broker::stage::{Model, say};

/// Words that stand in a document of the site and nowhere else.
const CANARY: &str = "KANARIENVOGEL";

fn documents() -> Vec<StoredDocument> {
    let text = format!(
        "# Loss of feed A\n\n## What we do here\n\nCall the **tank farm** before anything else, *always*; the word of the day \
         is {CANARY}.\n"
    );
    let menu = "# Canteen\n\n## Monday\n\nSoup is served low in salt and high in taste.\n";
    vec![document("loss-of-feed-a", &["XMEAS_1"], &text), document("canteen", &[], menu)]
}

async fn house(providers: Vec<ProviderSetup>) -> House {
    House::furnished(Furnishing { providers, documents: Some(documents()), ..Furnishing::default() }).await
}

#[tokio::test]
async fn what_the_site_has_written_is_quoted_with_its_place() {
    let house = house(Vec::new()).await;
    let occurrence = house.lose_the_a_feed(FIRST).await;
    let (kept, told) = house.explained(occurrence).await;
    let own: Vec<_> = kept.evidence.passages.iter().filter(|passage| passage.own).collect();
    let anchors: Vec<&str> = own.iter().map(|passage| passage.anchor.as_str()).collect();
    assert_eq!(anchors, ["documents/loss-of-feed-a#what-we-do-here"], "and nothing of soup");
    let wanted = format!("“Call the tank farm before anything else, always; the word of the day is {CANARY}.”");
    let check = told.explanation.checks.iter().find(|check| check.text == wanted);
    let check = check.unwrap_or_else(|| panic!("{:?}", told.explanation.checks));
    assert_eq!(check.cites, [own[0].id.clone()], "its citation resolves to the passage");
    assert!(told.grounded.iter().all(|text| text.struck().count() == 0), "{:?}", told.grounded);
    // Whoever asks about it is answered with it.
    let ask = AskOrder { alarm: FIRST.into(), occurrence, by: olga(), question: "Whom in the tank farm?".into() };
    let turn = house.explainer().await.ask(ask).await.unwrap();
    assert!(turn.answer.answer.iter().any(|said| said.text.contains("tank farm")), "{:?}", turn.answer);
    house.stop().await;
}

#[tokio::test]
async fn a_document_is_told_to_who_may_see_documents_and_to_nobody_else() {
    for (granted, is_told) in [(&DataClass::ALL[..], true), (&[DataClass::Process], false)] {
        let model = Model::new([say(&answer("Nothing is known."))]);
        let mut setup = roomy("control-room", &model);
        setup.capability.may_see = granted.iter().copied().collect::<BTreeSet<_>>();
        let house = house(vec![setup]).await;
        let occurrence = house.lose_the_a_feed(FIRST).await;
        let order = ExplainOrder { alarm: FIRST.into(), occurrence, by: olga(), afresh: false, with_model: true };
        let progress = house.explain(order).await;
        assert!(progress.written.is_some(), "{granted:?}: {:?}", progress.failure);
        let evidence = progress.evidence.expect("evidence");
        assert!(evidence.evidence.canonical().contains(CANARY), "people see it");
        let heard = format!("{:?}", model.heard());
        assert_eq!(heard.contains(CANARY), is_told, "{granted:?}");
        assert!(heard.contains("XMEAS_1"), "{granted:?}: it is told of the plant");
        house.stop().await;
    }
}
