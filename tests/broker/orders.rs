//! What administrators order: every call stopped, one breaker held.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tep::actors::{HoldOrder, Ledger, OrderFailed, Question, Refusal};
use tep::explain::BreakerState;

use super::stage::{Memory, Model, Stage, order, provider, wait};

#[tokio::test(start_paused = true)]
async fn one_order_ends_every_call_and_outlives_a_restart() {
    let (one, two) = (Model::new([wait(), wait()]), Model::new([wait()]));
    let providers = || vec![provider("one", &one), provider("two", &two)];
    let stage = Stage::with(providers()).await;
    let broker = stage.broker().await;
    let mut listeners = Vec::new();
    for number in 0..2 {
        let question = Question { evidence_hash: number.to_string(), ..stage.question("a") };
        listeners.push(broker.ask(question).await.unwrap());
    }
    listeners.push(broker.ask_only(stage.question("b"), "two".into()).await.unwrap());
    one.has_live(2).await;
    two.has_live(1).await;
    let began = stage.clock.now();
    broker.kill(Some(order("drill"))).await.unwrap();
    one.has_live(0).await;
    two.has_live(0).await;
    assert!(stage.clock.now().since(began) < Duration::from_secs(1));
    let killed = Refusal::Killed { reason: "drill".into() };
    for listening in listeners {
        assert_eq!(listening.answer().await, Err(killed.clone()));
    }
    assert_eq!(broker.ask(stage.question("c")).await.err(), Some(killed.clone()));
    assert!(stage.memory.calls(3).await.iter().all(|row| row.outcome == "killed" && row.prompt_hash.len() == 64));
    let memory = stage.end().await;
    let stage = Stage::again(providers(), Vec::new(), memory).await;
    assert_eq!(stage.ask(stage.question("d")).await, Err(killed));
    let broker = stage.broker().await;
    assert_eq!(broker.board().await.unwrap().killed, Some(order("drill")));
    broker.kill(None).await.unwrap();
    assert_eq!(stage.ask(stage.question("e")).await.unwrap(), "yes");
}

#[tokio::test(start_paused = true)]
async fn what_another_node_is_told_is_obeyed_within_a_second() {
    let model = Model::new([wait()]);
    let stage = Stage::with(vec![provider("one", &model)]).await;
    let _listening = stage.broker().await.ask(stage.question("a")).await.unwrap();
    model.has_live(1).await;
    let began = stage.clock.now();
    stage.memory.killed_elsewhere(Some(order("drill")));
    model.has_live(0).await;
    assert!(stage.clock.now().since(began) < Duration::from_secs(1));
    stage.memory.killed_elsewhere(None);
    tokio::time::timeout(Duration::from_secs(1), async {
        while stage.ask(stage.question("b")).await.is_err() {
            tokio::time::advance(Duration::from_millis(100)).await;
        }
    })
    .await
    .unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_breaker_is_held_through_a_restart_until_it_is_let_go() {
    let (one, two) = (Model::new([]), Model::new([]));
    let providers = || vec![provider("one", &one), provider("two", &two)];
    let stage = Stage::with(providers()).await;
    let hold = |serving| HoldOrder { provider: "one".into(), serving, order: order("it makes things up") };
    stage.broker().await.hold(hold(Some(false))).await.unwrap();
    let nobody = HoldOrder { provider: "three".into(), ..hold(None) };
    assert_eq!(stage.broker().await.hold(nobody).await, Err(OrderFailed::UnknownProvider));
    let ask = async |stage: &Stage, number: usize| {
        let question = Question { evidence_hash: number.to_string(), ..stage.question("a") };
        stage.broker().await.ask(question).await.unwrap().answer().await.unwrap().provider.to_string()
    };
    assert_eq!(ask(&stage, 0).await, "two");
    let memory: Arc<_> = stage.end().await;
    let stage = Stage::again(providers(), Vec::new(), memory).await;
    assert_eq!(ask(&stage, 1).await, "two");
    let board = stage.broker().await.board().await.unwrap();
    assert!(matches!(board.providers[0].state, BreakerState::Resting { .. }));
    assert_eq!(board.providers[0].held.as_ref().unwrap().order.reason, "it makes things up");
    stage.broker().await.hold(hold(None)).await.unwrap();
    assert_eq!(ask(&stage, 2).await, "one");
}

#[tokio::test(start_paused = true)]
async fn an_order_is_obeyed_while_the_database_is_away_and_written_down_later() {
    let model = Model::new([wait()]);
    let stage = Stage::with(vec![provider("one", &model)]).await;
    let broker = stage.broker().await;
    let _listening = broker.ask(stage.question("a")).await.unwrap();
    model.has_live(1).await;
    stage.memory.away.store(true, Ordering::SeqCst);
    assert_eq!(broker.kill(Some(order("drill"))).await, Err(OrderFailed::NotDurable));
    model.has_live(0).await;
    assert_eq!(broker.kill(None).await, Err(OrderFailed::NotLifted));
    tokio::time::advance(Duration::from_secs(60)).await;
    assert!(broker.ask(stage.question("b")).await.is_err());
    stage.memory.away.store(false, Ordering::SeqCst);
    tokio::time::timeout(Duration::from_secs(2), async {
        while stage.memory.killed().await.unwrap().is_none() {
            tokio::time::advance(Duration::from_millis(100)).await;
        }
    })
    .await
    .unwrap();
    assert!(broker.ask(stage.question("c")).await.is_err());
    broker.kill(None).await.unwrap();
    assert_eq!(stage.ask(stage.question("d")).await.unwrap(), "yes");
}

#[tokio::test(start_paused = true)]
async fn nothing_is_asked_before_it_is_known_what_was_ordered() {
    let model = Model::new([]);
    let memory: Arc<Memory> = Arc::default();
    memory.away.store(true, Ordering::SeqCst);
    let stage = Stage::again(vec![provider("one", &model)], Vec::new(), Arc::clone(&memory)).await;
    assert_eq!(stage.ask(stage.question("a")).await, Err(Refusal::Unavailable));
    memory.away.store(false, Ordering::SeqCst);
    tokio::time::timeout(Duration::from_secs(2), async {
        while stage.ask(stage.question("a")).await.is_err() {
            tokio::time::advance(Duration::from_millis(100)).await;
        }
    })
    .await
    .unwrap();
    assert_eq!(model.asked(), 1);
}
