//! Models and the vector store are away, and no alarm and no subscription waits for them. To the millisecond it is shown in
//! `tests/shift`; here with servers that hang, stop and come back.

use std::sync::Arc;

use tep::actors::{ExplainOrder, PartCommand, PartOrder};
use tep::domain::{AlarmState, Severity};
use tep::feed::{AlarmEvent, Delivery, Subscriber};
use tep::retrieval::{Home, Qdrant, QdrantPlace, Retriever};

use super::stage::{Furnishing, House, answer, document, roomy};
use super::{FIRST, olga};
use crate::broker::stage::{Model, say, wait};
use crate::retrieval::library::Mute;
use crate::retrieval::qdrant_server::{Server, serve};

const MISSING: &str = "SYSTEM/LANGUAGE_MODELS_MISSING";

/// How many events there are; panics when one is missing.
fn all_in_order(mut events: Subscriber<AlarmEvent>) -> usize {
    let (mut last, mut seen) = (None, 0);
    while let Some(Some(delivery)) = futures_util::FutureExt::now_or_never(events.next()) {
        let Delivery::Item { cursor, item, .. } = delivery else { panic!("a gap: {delivery:?}") };
        if let Some(last) = last {
            assert_eq!(cursor.sequence, last + 1, "not one is missing");
        }
        (last, seen) = (Some(cursor.sequence), seen + 1);
        assert_eq!(item.entry.sequence, cursor.sequence);
    }
    seen
}

/// Every provider hangs, and the alarms of a plant that goes down arrive one after the other all the same, each as it is
/// decided, and each is explained from its evidence.
#[tokio::test]
async fn an_outage_of_every_model_delays_no_alarm_and_no_subscription() {
    let model = Model::new((0..1_000).map(|_| wait()));
    let house = House::start_asking(vec![("control-room", &model)], Some(Severity::Low)).await;
    let events = house.plant.feed.alarms.subscribe(None);
    house.lose_the_a_feed(FIRST).await;
    house.plant.alarm_reaches("XMEAS_7/HIGH", AlarmState::Unacknowledged).await;
    model.was_asked(1).await;
    assert!(all_in_order(events) >= 2);
    // It may stand in a group without having called anybody, so it is asked for.
    let occurrence = house.plant.alarm("XMEAS_7/HIGH").await.facts.occurrence.expect("an occurrence");
    let order = ExplainOrder { alarm: "XMEAS_7/HIGH".into(), occurrence, by: olga(), afresh: false, with_model: false };
    let mut follows = house.explainer().await.explain(order).await.unwrap();
    let progress = follows.wait_for(|progress| progress.computed.is_some() || progress.over).await.unwrap().clone();
    assert!(progress.computed.is_some(), "{:?}", progress.failure);
    // Nor does the explainer itself: without it alarms go on, and it comes back.
    house.plant.kill("explainer").await;
    house.plant.scans(5).await;
    house.explainer().await;
    house.stop().await;
}

/// The store of vectors hangs from the beginning: what is known is found in the embedded index, and the evidence says so.
#[tokio::test]
async fn a_vector_store_that_hangs_delays_no_alarm_and_is_told_in_the_evidence() {
    let mute = Arc::new(Mute::default());
    let documents = vec![document("feed-a", &["XMEAS_1"], "# Feed A\n\nCall the tank farm when feed A fails.\n")];
    let (documents, server) = (Some(documents), Some(Arc::clone(&mute) as _));
    let house = House::furnished(Furnishing { documents, server, ..Furnishing::default() }).await;
    let events = house.plant.feed.alarms.subscribe(None);
    let occurrence = house.lose_the_a_feed(FIRST).await;
    let (kept, told) = house.explained(occurrence).await;
    assert!(mute.asked() >= 1, "it was asked");
    assert!(kept.evidence.passages.iter().any(|passage| passage.own), "{:?}", kept.evidence.passages);
    assert!(
        kept.evidence.missing.iter().any(|missing| missing.contains("which is away")),
        "{:?}",
        kept.evidence.missing
    );
    assert!(told.explanation.unknown.iter().any(|unknown| unknown.text.contains("which is away")));
    assert!(all_in_order(events) >= 1);
    house.stop().await;
}

/// A store that speaks Qdrant is searched, and stops; the next alarm comes and is explained all the same.
#[tokio::test(flavor = "multi_thread")]
async fn a_vector_store_that_stops_delays_no_alarm() {
    let apart = tokio::runtime::Runtime::new().unwrap();
    let url = apart.spawn(serve(Server::wanting("k"))).await.unwrap();
    let place = QdrantPlace { url: url.parse().unwrap(), key: Some("k".to_owned().into()), prefix: "tep".into() };
    let documents = vec![document("feed-a", &["XMEAS_1"], "# Feed A\n\nCall the tank farm when feed A fails.\n")];
    let furnishing = Furnishing {
        documents: Some(documents),
        server: Some(Arc::new(Qdrant::at(place).unwrap())),
        ..Furnishing::default()
    };
    let house = House::furnished(furnishing).await;
    let library = house.library.clone().expect("a library");
    let home = async || library.passages("feed A", &Default::default(), 1).await.means.home;
    house.plant.until("the store to be full", async || (home().await == Home::Qdrant).then_some(())).await;
    let first = house.lose_the_a_feed(FIRST).await;
    let (kept, _) = house.explained(first).await;
    assert!(kept.evidence.passages.iter().any(|passage| passage.own));
    assert!(
        !kept.evidence.missing.iter().any(|missing| missing.contains("which is away")),
        "{:?}",
        kept.evidence.missing
    );
    apart.shutdown_background();
    assert_eq!(home().await, Home::Embedded, "it has stopped");
    let events = house.plant.feed.alarms.subscribe(None);
    let view = house.plant.alarm_reaches("XMEAS_7/HIGH", AlarmState::Unacknowledged).await;
    let occurrence = view.facts.occurrence.expect("an occurrence");
    let order = ExplainOrder { alarm: "XMEAS_7/HIGH".into(), occurrence, by: olga(), afresh: true, with_model: false };
    let mut follows = house.explainer().await.explain(order).await.unwrap();
    let progress = follows.wait_for(|progress| progress.over).await.unwrap().clone();
    assert!(progress.computed.is_some(), "{:?}", progress.failure);
    assert!(all_in_order(events) >= 1);
    house.stop().await;
}

/// A broker that cannot be kept alive is told as an alarm, since nobody is to believe that a model has looked; put back by
/// order, the alarm goes.
#[tokio::test]
async fn a_broker_that_stays_away_raises_a_system_alarm() {
    let model = Model::new([say(&answer("Nothing is known."))]);
    let providers = vec![roomy("control-room", &model)];
    let house = House::furnished(Furnishing { providers, ..Furnishing::default() }).await;
    let quiet = house.plant.alarm(MISSING).await;
    assert!(!quiet.facts.active, "it is there");
    for _ in 0..4 {
        house.plant.until("the broker", async || house.plant.portrait("root/broker:broker").await?.actor_id).await;
        house.plant.kill("root/broker:broker").await;
    }
    let told = house.plant.alarm_reaches(MISSING, AlarmState::Unacknowledged).await;
    assert!(told.facts.active);
    // Alarms go on, and are explained from their evidence.
    let occurrence = house.lose_the_a_feed(FIRST).await;
    let (_, explained) = house.explained(occurrence).await;
    assert_eq!(explained.explainer, "deterministic");
    let order = PartOrder {
        path: "root/broker:broker".into(),
        command: PartCommand::Restart,
        by: "anna".into(),
        reason: "it is needed".into(),
        key: "1".into(),
    };
    house.plant.root.order(order).await.unwrap();
    house.plant.until("the alarm to go", async || (!house.plant.alarm(MISSING).await.facts.active).then_some(())).await;
    house.stop().await;
}
