//! Ten times as much as a moment ago, for a plant minute each: nothing piles up beyond its bound, and nothing restarts.
//! The load program in `tests/load` does the same for a minute of the clock, and measures memory.

use tep::actors::SourceCommand;
use tep::config::bounds;
use tep::domain::{ActorPortrait, Health};

use crate::support::{Home, assert_without_gap};

fn visit(actor: &ActorPortrait, see: &mut impl FnMut(&ActorPortrait)) {
    see(actor);
    actor.children.iter().for_each(|child| visit(child, see));
}

#[tokio::test(flavor = "multi_thread")]
async fn mailboxes_stay_within_the_bound_and_empty_themselves_again() {
    let home = Home::new();
    let plant = home.start().await;
    plant.order(SourceCommand::SetSpeed(100.0)).await;
    plant.scans(60).await;
    let mut deepest = 0;
    for speed in [1000.0, 100.0] {
        plant.order(SourceCommand::SetSpeed(speed)).await;
        for _ in 0..20 {
            plant.scans(30).await;
            let tree = plant.until("the tree", async || plant.root.tree().await.ok()).await;
            visit(&tree, &mut |actor| deepest = deepest.max(actor.mailbox.depth));
        }
    }
    // A scan is one message for each sensor, unit and chart, and for its unit one more from each sensor.
    let widest = plant.plant().units.iter().map(|unit| plant.plant().tags_of(&unit.id).count()).max().unwrap_or(0);
    let bound = bounds::SCANS_UNDER_WAY.most * (widest + 2);
    assert!(deepest as usize <= bound, "{deepest} messages in one mailbox, and {bound} are the most that can be");
    plant.order(SourceCommand::Pause(true)).await;
    plant
        .until("empty mailboxes", async || {
            let tree = plant.root.tree().await.ok()?;
            let mut waiting = 0;
            // Their own timers and this very question may stand there.
            visit(&tree, &mut |actor| waiting += actor.mailbox.depth.saturating_sub(2));
            (waiting == 0).then_some(())
        })
        .await;
    let tree = plant.root.tree().await.unwrap();
    visit(&tree, &mut |actor| {
        assert_eq!((actor.restarts, actor.last_error.as_deref()), (0, None), "{}", actor.path);
        let calm = matches!(actor.health, Health::Running | Health::Paused | Health::Degraded);
        assert!(calm, "{} is {:?}", actor.path, actor.health);
    });
    let period = plant.plant().scan_period;
    plant.stop().await;
    let plant = home.start().await;
    assert_without_gap(&plant.kept().await, period);
    plant.stop().await;
}
