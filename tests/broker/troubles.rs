//! Models that fail, break down, or whose worker does.

use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::FutureExt;
use tep::actors::{ProviderSetup, Question, Refusal};
use tep::domain::ActorPortrait;
use tep::explain::{BreakerState, RetrySettings};
use tep::llm::LlmError;

use super::stage::{Act, Model, Stage, broken, provider, say, wait};

#[tokio::test(start_paused = true)]
async fn the_next_one_answers_and_what_was_told_is_thrown_away() {
    let (one, two) = (Model::new([Act::Fail(vec!["half an ans".into()], broken)]), Model::new([wait()]));
    let stage = Stage::with(vec![provider("one", &one), provider("two", &two)]).await;
    let mut listening = stage.broker().await.ask(stage.question("a")).await.unwrap();
    two.has_live(1).await;
    let progress = listening.now();
    assert_eq!((progress.attempt, progress.text.as_str()), (1, ""));
    assert_eq!(progress.provider, Some("two".into()));
    two.go_on();
    assert_eq!(listening.answer().await.unwrap().text, "yes");
}

#[tokio::test(start_paused = true)]
async fn a_passing_failure_is_tried_again_after_a_pause() {
    let model = Model::new([Act::Fail(Vec::new(), broken), say("second")]);
    let setup = ProviderSetup { retries: RetrySettings::default(), ..provider("one", &model) };
    let stage = Stage::with(vec![setup]).await;
    let began = stage.clock.now();
    assert_eq!(stage.ask(stage.question("a")).await.unwrap(), "second");
    assert!(stage.clock.now().since(began) <= Duration::from_secs(1));
    let refused: fn() -> LlmError = || LlmError::Refused { status: 400, message: "no".into() };
    let model = Model::new([Act::Fail(Vec::new(), refused)]);
    let setup = ProviderSetup { retries: RetrySettings::default(), ..provider("one", &model) };
    let stage = Stage::with(vec![setup]).await;
    let refusal = stage.ask(stage.question("a")).await.unwrap_err();
    assert!(refusal.to_string().contains("status 400"), "{refusal}");
    assert_eq!(model.asked(), 1, "what was refused once is refused again");
}

#[tokio::test(start_paused = true)]
async fn a_model_that_fails_is_left_alone_and_one_call_finds_out() {
    let model = Model::new(std::iter::repeat_n(Act::Fail(Vec::new(), broken), 5));
    let stage = Stage::with(vec![provider("one", &model)]).await;
    let ask = async |number: usize| {
        let question = Question { evidence_hash: number.to_string(), ..stage.question("a") };
        stage.ask(question).await
    };
    for number in 0..5 {
        assert!(ask(number).await.is_err());
    }
    let refusal = ask(5).await.unwrap_err();
    assert!(refusal.to_string().contains("left alone"), "{refusal}");
    assert_eq!(model.asked(), 5);
    let board = stage.broker().await.board().await.unwrap();
    let BreakerState::Resting { until } = board.providers[0].state else { panic!("{:?}", board.providers[0].state) };
    assert_eq!((board.providers[0].tally.failed, board.providers[0].tally.answered), (5, 0));
    tokio::time::advance(until.since(stage.clock.now())).await;
    assert_eq!(ask(6).await.unwrap(), "yes");
    assert_eq!(stage.broker().await.board().await.unwrap().providers[0].state, BreakerState::Serving);
}

#[tokio::test(start_paused = true)]
async fn a_defect_in_reading_an_answer_ends_that_call_alone() {
    let model = Model::new([wait(), Act::Panic]);
    let stage = Stage::with(vec![provider("one", &model)]).await;
    let broker = stage.broker().await;
    let healthy = broker.ask(stage.question("healthy")).await.unwrap();
    model.has_live(1).await;
    let odd = Question { evidence_hash: "odd".into(), ..stage.question("odd") };
    let refusal = stage.ask(odd).await.unwrap_err();
    assert!(refusal.to_string().contains("defect"), "{refusal}");
    model.go_on();
    assert_eq!(healthy.answer().await.unwrap().text, "yes");
}

fn find(actor: &ActorPortrait, path: &str) -> Option<ActorPortrait> {
    if actor.path == path {
        return Some(actor.clone());
    }
    actor.children.iter().find_map(|child| find(child, path))
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_is_killed_comes_back_and_its_questions_go_on() {
    let (one, two) = (Model::new([wait()]), Model::new([say("two")]));
    let stage = Stage::with(vec![provider("one", &one), provider("two", &two)]).await;
    let listening = stage.broker().await.ask(stage.question("a")).await.unwrap();
    one.has_live(1).await;
    let path = "root/broker:broker/model:one";
    let worker = find(&stage.root.tree().await.unwrap(), path).expect("the worker is in the tree");
    let id = worker.actor_id.unwrap();
    let number = id.rsplit('.').next().unwrap().parse().unwrap();
    ractor::registry::where_is_pid(ractor::ActorId::Local(number)).unwrap().kill();
    assert_eq!(listening.answer().await.unwrap().text, "two");
    one.has_live(0).await;
    let next = Question { evidence_hash: "b".into(), ..stage.question("b") };
    assert_eq!(stage.ask(next).await.unwrap(), "yes");
    assert_eq!(one.asked(), 2, "the first provider is asked again once its worker is back");
    assert_eq!(find(&stage.root.tree().await.unwrap(), path).unwrap().restarts, 1);
}

#[tokio::test(start_paused = true)]
async fn with_nobody_left_everybody_is_told_why() {
    let (one, two) = (Model::new([Act::Fail(Vec::new(), broken)]), Model::new([Act::Fail(Vec::new(), broken)]));
    let stage = Stage::with(vec![provider("one", &one), provider("two", &two)]).await;
    let Err(Refusal::NobodyAnswered(failures)) = stage.ask(stage.question("a")).await else { panic!("was answered") };
    let who: Vec<&str> = failures.iter().map(|failure| failure.provider.as_str()).collect();
    assert_eq!(who, ["one", "two"]);
}

#[tokio::test]
async fn a_call_that_is_under_way_when_the_node_ends_is_in_the_audit() {
    let model = Model::new([wait()]);
    let stage = Stage::with(vec![provider("only", &model)]).await;
    let listening = stage.broker().await.ask(stage.question("it hangs")).await.unwrap();
    model.was_asked(1).await;
    let memory = stage.end().await;
    let calls = memory.calls(1).now_or_never().expect("it is written before the node has ended");
    assert_eq!((calls[0].subject.as_str(), calls[0].outcome.as_str()), ("it hangs", "stopped"));
    assert!(matches!(listening.answer().await, Err(Refusal::Unavailable)));
    model.has_live(0).await;
}

#[tokio::test(start_paused = true)]
async fn a_node_does_not_wait_for_ever_for_an_audit_that_cannot_be_written() {
    let model = Model::new([wait()]);
    let stage = Stage::with(vec![provider("only", &model)]).await;
    let _listening = stage.broker().await.ask(stage.question("it hangs")).await.unwrap();
    model.was_asked(1).await;
    stage.memory.hangs.store(true, Ordering::SeqCst);
    let began = tokio::time::Instant::now();
    let memory = stage.end().await;
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    assert!(memory.calls(1).now_or_never().is_none());
}
