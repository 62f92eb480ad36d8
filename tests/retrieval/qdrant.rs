//! The Qdrant home against the contract server, and against a live one where `TEP_TEST_QDRANT_URL` names it
//! (`make test-qdrant QDRANT_URL=…`).

use tep::domain::PassageFilter;
use tep::knowledge::built_in;
use tep::retrieval::{IndexError, PassageIndex, Qdrant, QdrantPlace, Search};

use super::contract::keeps_the_contract;
use super::expected;
use super::qdrant_server::{Server, serve};

/// It calculates with numbers of 32 bits.
const TOLERANCE: f64 = 1e-5;

fn at(url: &str, prefix: &str) -> Qdrant {
    Qdrant::at(QdrantPlace {
        url: url.parse().unwrap(),
        key: Some("let me in".to_owned().into()),
        prefix: prefix.into(),
    })
    .unwrap()
}

fn asked() -> Search {
    Search::new("reactor pressure", PassageFilter::default(), 5)
}

#[tokio::test]
async fn the_contract_server_keeps_the_contract() {
    let server = Server::wanting("let me in");
    let url = serve(server.clone()).await;
    keeps_the_contract(&at(&url, "tep-passages-one"), TOLERANCE).await;
    assert_eq!(server.collections().len(), 1, "the others are deleted: {:?}", server.collections());
}

#[tokio::test]
#[ignore = "wants a live Qdrant server: make test-qdrant QDRANT_URL=…"]
async fn a_live_server_keeps_the_contract() {
    let url = std::env::var("TEP_TEST_QDRANT_URL").expect("run this by make test-qdrant QDRANT_URL=http://…:6334");
    let key = std::env::var("TEP_TEST_QDRANT_KEY").ok().map(Into::into);
    let index = Qdrant::at(QdrantPlace { url: url.parse().unwrap(), key, prefix: "tep-test-passages".into() }).unwrap();
    keeps_the_contract(&index, TOLERANCE).await;
}

#[tokio::test]
async fn a_full_collection_is_found_again_and_not_filled_twice() {
    let server = Server::wanting("let me in");
    let url = serve(server.clone()).await;
    let entries = expected::entries(&built_in().passages[..50]);
    at(&url, "tep-a").fill(&entries).await.unwrap();
    let upserted = server.upserted();
    let again = at(&url, "tep-a");
    assert!(matches!(again.search(&asked()).await, Err(IndexError::Empty)), "a node that has just started knows none");
    again.fill(&entries).await.unwrap();
    assert_eq!(server.upserted(), upserted, "nothing was sent again");
    assert_eq!(again.search(&asked()).await.unwrap().len(), 5);
    // One that was broken off half way is filled anew.
    server.forget_some_points();
    at(&url, "tep-a").fill(&entries).await.unwrap();
    assert_eq!(server.upserted(), 2 * upserted);
}

#[tokio::test]
async fn nodes_leave_the_collections_of_others_alone() {
    let server = Server::wanting("let me in");
    let url = serve(server.clone()).await;
    let entries = expected::entries(&built_in().passages[..20]);
    let (one, other) = (at(&url, "tep"), at(&url, "tep-other"));
    one.fill(&entries).await.unwrap();
    other.fill(&entries[..10]).await.unwrap();
    one.fill(&entries[5..]).await.unwrap();
    let names = server.collections();
    assert_eq!(names.len(), 2, "{names:?}");
    assert_eq!(other.search(&asked()).await.unwrap().len(), 5);
}

#[tokio::test]
async fn a_server_that_refuses_or_is_away_is_told() {
    let url = serve(Server::wanting("another key")).await;
    let refused = at(&url, "tep").fill(&[]).await.unwrap_err();
    let IndexError::Qdrant(why) = &refused else { panic!("{refused:?}") };
    assert!(why.to_string().contains("key"), "{why}");
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert!(matches!(at(&format!("http://{closed}"), "tep").fill(&[]).await, Err(IndexError::Qdrant(_))));
}
