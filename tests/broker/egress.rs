//! Nothing leaves that may not: a canary in every part of a question is never heard.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::json;
use tep::actors::{Asker, ProviderSetup, Question, Refusal};
use tep::domain::{DataClass, Locality};
use tep::explain::{Capability, Kind};
use tep::llm::{AnswerSchema, Message, Speaker};

use super::stage::{Act, Model, Stage, provider, say};

/// A tag that stands nowhere else.
const CANARY: &str = "CANARY_8531";

fn with_canary(question: Question) -> Question {
    Question {
        system: format!("You know {CANARY}."),
        messages: vec![
            Message { speaker: Speaker::User, text: format!("{CANARY}=7; canary 8531, said Olga Oberländer's shift") },
            Message { speaker: Speaker::Model, text: format!("{{\"tag\":\"{CANARY}\"}}") },
        ],
        schema: Some(AnswerSchema {
            name: "answer".into(),
            schema: json!({"properties": {"tag": {"enum": [CANARY]}}}),
        }),
        words: Arc::from([(Kind::Tag, CANARY.to_owned()), (Kind::Person, "Olga Oberländer".to_owned())]),
        classes: BTreeSet::from([DataClass::Process, DataClass::People]),
        ..question
    }
}

fn cloud(model: &Arc<Model>, may_see: &[DataClass], hides: bool) -> ProviderSetup {
    let setup = provider("cloud", model);
    let may_see = may_see.iter().copied().collect();
    let capability = Capability { locality: Locality::Cloud, may_see, ..setup.capability.clone() };
    ProviderSetup { capability, hides, ..setup }
}

#[tokio::test(start_paused = true)]
async fn nothing_leaves_that_nobody_has_granted() {
    for granted in [&[][..], &[DataClass::Process], &[DataClass::People, DataClass::Documents]] {
        for by in [Asker::nobody(), Asker { name: Some("anna".into()), role: tep::security::Role::Administrator }] {
            let model = Model::new([]);
            let stage = Stage::with(vec![cloud(&model, granted, false)]).await;
            let question = Question { by, ..with_canary(stage.question("a")) };
            let refusal = stage.ask(question).await.unwrap_err();
            assert!(matches!(&refusal, Refusal::NobodyAnswered(_)), "{refusal}");
            assert!(refusal.to_string().contains("may not be told"), "{refusal}");
            assert!(model.heard().is_empty());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_hidden_does_not_leave_and_comes_back_in_the_answer() {
    let answer = Act::Say(["{\"tag\": \"TA", "G#0000\", \"by\": \"PERSON#00", "00\"}"].map(str::to_owned).to_vec());
    let model = Model::new([answer]);
    let stage = Stage::with(vec![cloud(&model, &DataClass::ALL, true)]).await;
    let reply = stage.ask(with_canary(stage.question("a"))).await.unwrap();
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&reply).unwrap(),
        json!({"tag": CANARY, "by": "Olga Oberländer"})
    );
    let heard = format!("{:?}", model.heard()).to_lowercase();
    for word in ["canary", "8531", "olga", "oberl"] {
        assert!(!heard.contains(word), "{word} has left: {heard}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_local_model_that_may_see_it_is_told_as_it_is() {
    let model = Model::new([say("seen")]);
    let stage = Stage::with(vec![provider("near", &model)]).await;
    stage.ask(with_canary(stage.question("a"))).await.unwrap();
    assert!(model.heard()[0].system.contains(CANARY));
}

/// Names that stand in a document: of somebody with an account, of somebody whom an administrator has listed, and the address of
/// one who is marked by nothing but that.
const DOCUMENT: &str =
    "Ring Marek Dvořák, or Dvořáks deputy; else Novák (Jana Novák, jana.novak@plant.example). MAREK knows.";

#[tokio::test(start_paused = true)]
async fn people_whom_the_system_knows_do_not_leave_in_a_document_and_come_back() {
    let answer = say(r##"{"ring": "PERSON#0000 or PERSON#0001"}"##);
    let model = Model::new([answer]);
    let stage = Stage::with(vec![cloud(&model, &DataClass::ALL, true)]).await;
    *stage.memory.people.lock().unwrap() = vec!["Marek Dvořák".into(), "operator".into()];
    let messages = vec![Message { speaker: Speaker::User, text: format!("An operator reads: {DOCUMENT}") }];
    let schema = Some(AnswerSchema { name: "answer".into(), schema: json!({"type": "object"}) });
    let reply = stage.ask(Question { messages, schema, ..stage.question("a") }).await.unwrap();
    assert_eq!(reply, r#"{"ring":"Marek Dvořák or Dvořák"}"#, "each is read back as it was spelled");
    let heard = format!("{:?}", model.heard()).to_lowercase();
    for word in ["marek", "dvořák", "jana", "novák"] {
        assert!(!heard.contains(word), "{word} has left: {heard}");
    }
    assert!(heard.contains("an operator reads"), "a role is nobody's name: {heard}");
}

#[tokio::test(start_paused = true)]
async fn without_knowing_whom_to_hide_nothing_is_sent_to_who_gets_pseudonyms() {
    let (far, near) = (Model::new([]), Model::new([say("near")]));
    let stage = Stage::with(vec![cloud(&far, &DataClass::ALL, true), provider("near", &near)]).await;
    stage.memory.away.store(true, std::sync::atomic::Ordering::SeqCst);
    let refusal = stage.broker().await.ask_only(stage.question("a"), "cloud".into()).await.unwrap().answer().await;
    assert!(refusal.unwrap_err().to_string().contains("whom to hide is not known"));
    assert!(far.heard().is_empty());
    assert_eq!(stage.ask(stage.question("b")).await.unwrap(), "near", "who is told names needs no pseudonyms");
}
