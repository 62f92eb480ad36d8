use super::town::{PLANTS, Town};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn its_plants_have_another_owner_in_a_later_term_and_it_writes_nothing() {
    let town = Town::new().await;
    let (owner, term) = town.owner("north").await.unwrap();
    let other = (owner + 1) % 3;
    town.nodes[owner].signal("STOP");
    let (next, later) = town
        .until("another owner", async |town| town.owner_at(other, "north").await.filter(|(now, _)| *now != owner))
        .await;
    assert!(later > term, "term {later} after {term}");
    town.acknowledge(other, "north").await;
    let of_term = |rows: &[super::history::Row], epoch: i64| rows.iter().filter(|row| row.at.epoch < epoch).count();
    let journal = town.until("the journal", async |town| town.journal(other, "north").await).await;
    let epoch = journal.last().unwrap().at.epoch;
    let before = of_term(&journal, epoch);

    town.nodes[owner].signal("CONT");
    // It finds out that it owns nothing, and answers for the plant by asking the owner.
    town.until("the woken node knows the owner", async |town| {
        let (now, term) = town.owner_at(owner, "north").await?;
        let alarm = town.alarm(owner, "north").await.ok()?;
        (now == next && term == later && alarm["state"] == "ACKNOWLEDGED").then_some(())
    })
    .await;
    let journal = town.until("the journal", async |town| town.journal(other, "north").await).await;
    assert_eq!(of_term(&journal, epoch), before, "the woken node has written into a term that is over");
    for plant in PLANTS {
        town.until("every plant has an owner", async |town| town.owner(plant).await).await;
    }
    town.close().await;
}
