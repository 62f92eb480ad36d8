use std::time::{Duration, Instant};

use super::town::{PLANTS, Town};

/// From the end of a node to its plants at work elsewhere, with their alarms.
const WITHIN: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn its_plants_run_elsewhere_within_seconds_with_their_alarms_and_acknowledgements() {
    let mut town = Town::new().await;
    let (owner, term) = town.owner("north").await.unwrap();
    let other = (owner + 1) % 3;
    // Acknowledged at a node that does not own it.
    town.acknowledge(other, "north").await;
    let theirs: Vec<&str> = {
        let mut theirs = Vec::new();
        for plant in PLANTS {
            if town.owner(plant).await.is_some_and(|(node, _)| node == owner) {
                theirs.push(plant);
            }
        }
        theirs
    };
    let since = Instant::now();
    town.nodes[owner].kill();
    for plant in theirs {
        town.until("another owner with the alarm", async |town| {
            let (now, _) = town.owner_at(other, plant).await?;
            (now != owner && town.alarm(other, plant).await.is_ok()).then_some(())
        })
        .await;
    }
    let took = since.elapsed();
    assert!(took < WITHIN, "the plants were at work elsewhere after {took:?}");
    println!("the plants were at work elsewhere after {took:?}");
    let (_, later) = town.owner("north").await.unwrap();
    assert!(later > term);
    let alarm = town.alarm(other, "north").await.unwrap();
    assert_eq!((alarm["state"].as_str(), alarm["acknowledgedBy"].as_str()), (Some("ACKNOWLEDGED"), Some("admin")));
    // The dead one comes back, and is given work or not, as is fair.
    town.nodes[owner].start();
    town.until("the node is back", async |town| town.alarm(owner, "north").await.ok()).await;
    town.close().await;
}
