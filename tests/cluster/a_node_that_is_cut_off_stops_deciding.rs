use std::time::{Duration, Instant};

use super::town::Town;

/// No question hangs much longer than this while its owner cannot be reached.
const QUESTION: Duration = Duration::from_secs(4);
/// Without a database it takes longer: who asks is looked up first.
const WITHOUT_A_DATABASE: Duration = Duration::from_secs(12);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_says_so_at_once_the_others_go_on_and_it_finds_its_way_back() {
    let town = Town::new().await;
    let (owner, term) = town.owner("north").await.unwrap();
    let other = (owner + 1) % 3;
    // From the other nodes and from the database: it is alone.
    town.part_from_nodes(owner, true);
    town.database_wires[owner].cut();
    town.until("another owner", async |town| town.owner_at(other, "north").await.filter(|(now, _)| *now != owner))
        .await;
    town.acknowledge(other, "north").await;
    let asked = Instant::now();
    let answer = town.alarm(owner, "north").await;
    assert!(asked.elapsed() < WITHOUT_A_DATABASE, "the question hung for {:?}", asked.elapsed());
    assert!(answer.as_ref().is_err_and(|error| error.contains("UNAVAILABLE")), "{answer:?}");

    town.part_from_nodes(owner, false);
    town.database_wires[owner].mend();
    town.until("the node is back among the others", async |town| {
        let alarm = town.alarm(owner, "north").await.ok()?;
        let (_, now) = town.owner_at(owner, "north").await?;
        (alarm["state"] == "ACKNOWLEDGED" && now > term).then_some(())
    })
    .await;
    town.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_owner_that_loses_sight_of_the_others_alone_keeps_its_plants() {
    let town = Town::new().await;
    let (owner, term) = town.owner("north").await.unwrap();
    let other = (owner + 1) % 3;
    town.part_from_nodes(owner, true);
    // The others cannot ask it, and say so; but its lease stands, so nobody takes the plant away.
    town.until("the others give it up", async |town| {
        let asked = Instant::now();
        let answer = town.alarm(other, "north").await;
        assert!(asked.elapsed() < QUESTION, "the question hung for {:?}", asked.elapsed());
        answer.is_err_and(|error| error.contains("UNAVAILABLE")).then_some(())
    })
    .await;
    town.acknowledge(owner, "north").await;
    assert_eq!(town.owner_at(owner, "north").await, Some((owner, term)));
    town.part_from_nodes(owner, false);
    town.until("the others can ask it again", async |town| {
        (town.alarm(other, "north").await.ok()?["state"] == "ACKNOWLEDGED").then_some(())
    })
    .await;
    town.close().await;
}
