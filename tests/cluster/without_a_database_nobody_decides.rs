use futures_util::future::join_all;

use super::town::{PLANTS, Town};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn owners_stop_when_their_leases_run_out_and_go_on_when_it_is_back() {
    let town = Town::new().await;
    for plant in PLANTS {
        town.acknowledge(0, plant).await;
    }
    town.database_wires.iter().for_each(super::proxy::Proxy::cut);
    town.until("no node answers for any plant", async |town| {
        let asked = PLANTS.iter().flat_map(|plant| (0..3).map(move |node| town.alarm(node, plant)));
        let answers = join_all(asked).await;
        answers.iter().all(|answer| answer.as_ref().is_err_and(|error| error.contains("UNAVAILABLE"))).then_some(())
    })
    .await;
    town.database_wires.iter().for_each(super::proxy::Proxy::mend);
    for plant in PLANTS {
        town.until("the plant is at work with its acknowledgement", async |town| {
            town.owner(plant).await?;
            (town.alarm(0, plant).await.ok()?["state"] == "ACKNOWLEDGED").then_some(())
        })
        .await;
    }
    town.close().await;
}
