//! An alarm that stands is explained anew by itself, and whoever follows it hears of that.

use std::time::Duration;

use async_graphql::{Request, Variables};
use futures_util::StreamExt;
use serde_json::{Value, json};
use tep::actors::SourceCommand;
use tep::explain::Conclusion;
use tep::graphql;
use tep::security::Role;

use super::FIRST;
use super::asking::{api, visitor};
use super::stage::House;

/// Plant time after the call at which it is looked at again.
const LOOKS: [Duration; 2] = [Duration::from_secs(1_800), Duration::from_secs(7_200)];

#[tokio::test]
async fn it_is_explained_anew_when_there_is_more_to_compare_and_whoever_follows_hears_of_it() {
    let house = House::start(Vec::new()).await;
    let occurrence = house.lose_the_a_feed(FIRST).await;
    let (first, _) = house.explained(occurrence).await;
    let raised = first.evidence.alarm.raised_at;
    let document = "subscription($o: ID!) { explanation(occurrenceId: $o) { computed { key evidenceHash conclusion } over nextLook } }";
    let request = Request::new(document).variables(Variables::from_json(json!({ "o": occurrence.to_string() })));
    let (api, visitor) = (api(&house).await, visitor("vera", Role::Viewer));
    let mut told = graphql::schema().execute_stream(request, api, visitor);
    house.plant.order(SourceCommand::SetSpeed(1_000.0)).await;
    let mut computed: Vec<String> = Vec::new();
    let mut next_looks: Vec<Value> = Vec::new();
    // It ends by itself once nothing more comes.
    while let Some(answer) = told.next().await {
        assert!(answer.errors.is_empty(), "{:?}", answer.errors);
        let update = answer.data.into_json().unwrap()["explanation"].take();
        let key = update["computed"]["key"].as_str().map(str::to_owned);
        computed.extend(key.filter(|key| computed.last() != Some(key)));
        if next_looks.last() != Some(&update["nextLook"]) {
            next_looks.push(update["nextLook"].clone());
        }
    }
    assert_eq!(computed.len(), 3, "at the call and twice after it: {computed:?}");
    assert_eq!(next_looks.last(), Some(&Value::Null), "{next_looks:?}");
    let due = (raised + LOOKS[0]).to_datetime();
    let told_when =
        next_looks[0].as_str().expect("when it is looked at first").parse::<chrono::DateTime<chrono::Utc>>();
    assert!((told_when.unwrap() - due).num_seconds().abs() <= 1, "{next_looks:?}");
    let mut kept = house.plant.storage.explanations(occurrence).await.unwrap();
    kept.reverse();
    for (explanation, look) in kept.iter().zip([Duration::ZERO].into_iter().chain(LOOKS)) {
        let evidence = house.plant.storage.evidence(&explanation.evidence_hash).await.unwrap().unwrap().evidence;
        assert!(evidence.window.to >= raised + look, "{look:?}");
        assert_eq!(explanation.explanation.check(&evidence), Ok(()));
    }
    // The plant is too young for a comparison with incidents of the past, so all of them are suspicions.
    let named = |at: usize| kept[at].explanation.causes.iter().map(|cause| cause.cause.as_str()).collect::<Vec<_>>();
    assert_eq!((kept[0].explanation.conclusion, named(0)[0]), (Conclusion::Suspected, "cause:idv-6"));
    assert!(named(2).contains(&"cause:idv-6"), "{:?}", named(2));
    house.stop().await;
}
