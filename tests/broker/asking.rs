//! Who is asked, in which order, once for all who want to know, and what it costs.

use std::sync::Arc;
use std::time::Duration;

use tep::actors::{Gist, ProviderSetup, Question, Refusal, Spent};
use tep::domain::{BudgetScope, BudgetSpan, DataClass, Locality, Money, Purpose, Severity};
use tep::explain::{Capability, Charge, Limit, Price};

use uuid::Uuid;

use super::stage::{Act, Model, Stage, provider, say, wait};

#[tokio::test(start_paused = true)]
async fn an_answer_comes_piece_by_piece_and_is_remembered() {
    let model = Model::new([Act::Say(vec!["cooling ".into(), "water".into()])]);
    let stage = Stage::with(vec![provider("one", &model)]).await;
    let broker = stage.broker().await;
    let mut listening = broker.ask(stage.question("a")).await.unwrap();
    while listening.changed().await {}
    let progress = listening.now();
    let reply = progress.outcome.unwrap().unwrap();
    assert_eq!((reply.text.as_str(), progress.text.as_str(), progress.attempt), ("cooling water", "cooling water", 0));
    assert_eq!((reply.provider.as_str(), reply.remembered), ("one", false));
    let again = broker.ask(stage.question("another alarm, the same evidence")).await.unwrap().answer().await.unwrap();
    assert!(again.remembered && again.text == "cooling water" && again.cost == Money::ZERO);
    assert_eq!(model.asked(), 1);
    let other = Question { evidence_hash: "e2".into(), ..stage.question("a") };
    assert_eq!(stage.ask(other).await.unwrap(), "yes");
    assert_eq!(model.asked(), 2, "other evidence is another question");
    let rows = stage.memory.calls(2).await;
    assert!(rows.iter().all(|row| row.prompt_hash.len() == 64 && row.outcome == "answered"), "{rows:?}");
    assert_eq!(rows[0].evidence_ids, ["sample/1", "alarm/2"]);
    assert_eq!((rows[0].input_tokens, rows[0].output_tokens), (1_000, 100));
}

#[tokio::test(start_paused = true)]
async fn what_is_no_use_is_forgotten_and_asked_again() {
    let model = Model::new([say("rubbish"), say("cooling water")]);
    let stage = Stage::with(vec![provider("one", &model)]).await;
    let broker = stage.broker().await;
    let useless = broker.ask(stage.question("a")).await.unwrap().answer().await.unwrap();
    broker.forget(&stage.question("a"), &useless);
    let other = Question { evidence_hash: "e2".into(), ..stage.question("a") };
    broker.forget(&other, &useless);
    let again = broker.ask(stage.question("a")).await.unwrap().answer().await.unwrap();
    assert_eq!((again.text.as_str(), again.remembered, model.asked()), ("cooling water", false, 2));
    assert!(broker.ask(stage.question("a")).await.unwrap().answer().await.unwrap().remembered);
}

#[tokio::test(start_paused = true)]
async fn many_who_ask_the_same_share_one_call() {
    let model = Model::new([wait()]);
    let stage = Stage::with(vec![provider("one", &model)]).await;
    let broker = stage.broker().await;
    let mut listeners = Vec::new();
    for _ in 0..20 {
        listeners.push(broker.ask(stage.question("a")).await.unwrap());
    }
    model.was_asked(1).await;
    assert_eq!(broker.board().await.unwrap().questions, 1);
    model.go_on();
    for listening in listeners {
        assert_eq!(listening.answer().await.unwrap().text, "yes");
    }
    assert_eq!(model.asked(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_nobody_listens_to_any_more_is_ended() {
    let model = Model::new([wait()]);
    let stage = Stage::with(vec![provider("one", &model)]).await;
    let broker = stage.broker().await;
    let first = broker.ask(stage.question("a")).await.unwrap();
    let second = broker.ask(stage.question("a")).await.unwrap();
    model.has_live(1).await;
    drop(first);
    assert_eq!(broker.board().await.unwrap().questions, 1);
    drop(second);
    model.has_live(0).await;
    assert_eq!(stage.memory.calls(1).await[0].outcome, "abandoned");
    assert_eq!(broker.board().await.unwrap().providers[0].running, 0);
}

#[tokio::test(start_paused = true)]
async fn whoever_goes_before_they_could_listen_leaves_nothing_behind() {
    let model = Model::new([wait()]);
    let stage = Stage::with(vec![provider("one", &model)]).await;
    let broker = stage.broker().await;
    let mut asking = Box::pin(broker.ask(stage.question("a")));
    assert!(futures_util::poll!(&mut asking).is_pending());
    drop(asking);
    // The question is taken in before this one, and given up before the next.
    assert_eq!(broker.board().await.unwrap().questions, 1);
    assert_eq!(broker.board().await.unwrap().questions, 0);
    assert_eq!(stage.memory.calls(1).await[0].outcome, "abandoned");
}

#[tokio::test(start_paused = true)]
async fn the_highest_alarm_is_asked_for_first_and_no_more_calls_than_allowed_at_once() {
    let model = Model::new([wait(), wait(), wait(), wait()]);
    let one = ProviderSetup { concurrent_calls: 1, ..provider("one", &model) };
    let stage = Stage::with(vec![one]).await;
    let broker = stage.broker().await;
    let mut listeners = Vec::new();
    for (subject, severity) in [
        ("first", None),
        ("low", Some(Severity::Low)),
        ("critical", Some(Severity::Critical)),
        ("high", Some(Severity::High)),
    ] {
        let question = Question { severity, evidence_hash: subject.into(), ..stage.question(subject) };
        listeners.push(broker.ask(question).await.unwrap());
    }
    for served in 1..=4 {
        model.was_asked(served).await;
        model.has_live(1).await;
        assert_eq!(broker.board().await.unwrap().providers[0].waiting, 4 - served);
        model.go_on();
    }
    for listening in listeners {
        listening.answer().await.unwrap();
    }
    let order: Vec<String> = model.heard().iter().map(|request| request.messages[0].text.clone()).collect();
    assert_eq!(order, ["Why first?", "Why critical?", "Why high?", "Why low?"]);
}

#[tokio::test(start_paused = true)]
async fn who_has_waited_too_long_is_told_so() {
    let model = Model::new([wait()]);
    let one = ProviderSetup { concurrent_calls: 1, ..provider("one", &model) };
    let stage = Stage::with(vec![one]).await;
    let broker = stage.broker().await;
    let _first = broker.ask(stage.question("first")).await.unwrap();
    let soon = stage.clock.now() + Duration::from_secs(5);
    let waits = Question { expires_at: soon, evidence_hash: "w".into(), ..stage.question("waits") };
    let answer = broker.ask(waits).await.unwrap().answer().await;
    assert_eq!(answer, Err(Refusal::Expired));
    assert!(stage.clock.now().since(soon) < Duration::from_secs(1));
    let called = Model::new([wait()]);
    let other = Stage::with(vec![provider("one", &called)]).await;
    let two = other.clock.now() + Duration::from_secs(2);
    let question = Question { expires_at: two, ..other.question("called") };
    assert_eq!(other.ask(question).await, Err(Refusal::Expired), "a call that takes too long is ended");
    called.has_live(0).await;
    let late = Question { expires_at: stage.clock.now(), ..stage.question("late") };
    assert_eq!(broker.ask(late).await.err(), Some(Refusal::Expired));
    assert_eq!(model.asked(), 1);
}

#[tokio::test(start_paused = true)]
async fn local_models_are_asked_before_those_elsewhere() {
    let (far, near) = (Model::new([]), Model::new([say("near")]));
    let elsewhere = provider("far", &far);
    let capability = Capability { locality: Locality::Cloud, ..elsewhere.capability.clone() };
    let stage = Stage::with(vec![ProviderSetup { capability, ..elsewhere }, provider("near", &near)]).await;
    assert_eq!(stage.ask(stage.question("a")).await.unwrap(), "near");
    assert_eq!(far.asked(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_does_not_fit_is_asked_of_nobody() {
    let model = Model::new([]);
    let stage = Stage::with(vec![provider("one", &model)]).await;
    let long = Question { system: "1 2 3 4 ".repeat(5_000), ..stage.question("a") };
    let refusal = stage.ask(long).await.unwrap_err();
    assert!(refusal.to_string().contains("tokens of context"), "{refusal}");
    assert_eq!(model.asked(), 0);
}

/// A price at which a call of a thousand tokens in and a hundred out costs 2 cents and may cost up to 5.
fn priced(setup: ProviderSetup) -> ProviderSetup {
    let (input, output) = (Money::from_micros(10_000_000), Money::from_micros(100_000_000));
    let capability = Capability { price: Price { input, output }, ..setup.capability.clone() };
    ProviderSetup { capability, ..setup }
}

#[tokio::test(start_paused = true)]
async fn no_more_is_spent_than_is_allowed_and_a_restart_does_not_forget() {
    let limit = Limit {
        per: BudgetSpan::Day,
        scope: BudgetScope::EachUser,
        soft: Some(Money::from_micros(50_000)),
        hard: Money::from_micros(100_000),
    };
    let (dear, free) = (Model::new([]), Model::new([]));
    let providers = || vec![priced(provider("dear", &dear)), provider("free", &free)];
    let stage = Stage::again(providers(), vec![limit], Arc::default()).await;
    let ask = async |stage: &Stage, number: usize| {
        let question = Question { evidence_hash: number.to_string(), ..stage.question("a") };
        stage.broker().await.ask(question).await.unwrap().answer().await.unwrap().provider.to_string()
    };
    for number in 0..3 {
        assert_eq!(ask(&stage, number).await, "dear");
    }
    let standing = stage.broker().await.board().await.unwrap().budget;
    assert_eq!((standing[0].spent, standing[0].whose.as_str()), (Money::from_micros(60_000), "user olga"));
    assert_eq!(ask(&stage, 3).await, "free", "the next could cost five cents more");
    let olga = Charge { user: Some("olga".into()), plant: "p".into(), unit: None, purpose: Purpose::Explanation };
    let spent = |at, micros| Spent { call: Uuid::now_v7(), at, charge: olga.clone(), cost: Money::from_micros(micros) };
    let before = spent(stage.clock.now(), 60_000);
    let memory = stage.end().await;
    *memory.spent.lock().unwrap() = vec![before.clone()];
    let stage = Stage::again(providers(), vec![limit], memory).await;
    assert_eq!(ask(&stage, 4).await, "free");
    stage.end().await;
    // Of one budget every node hears what the others spend, and its own calls are not counted twice.
    let stage = Stage::again(providers(), vec![limit], Arc::default()).await;
    assert_eq!(ask(&stage, 5).await, "dear");
    let own = stage.memory.calls(1).await[0].clone();
    let own = Spent { call: own.id, at: own.at, charge: own.charge, cost: own.cost };
    *stage.memory.spent.lock().unwrap() = vec![own, before, spent(stage.clock.now(), 10_000)];
    tokio::time::sleep(Duration::from_secs(60)).await;
    let standing = stage.broker().await.board().await.unwrap().budget;
    assert_eq!(
        standing[0].spent,
        Money::from_micros(90_000),
        "its own 20, and 70 of others, once however often it hears"
    );
    assert_eq!(ask(&stage, 6).await, "free");
}

#[tokio::test(start_paused = true)]
async fn who_is_asked_too_often_waits_or_the_next_is_asked() {
    let (slow, other) = (Model::new([]), Model::new([]));
    let limited = |per_minute| ProviderSetup { calls_per_minute: Some(per_minute), ..provider("slow", &slow) };
    let stage = Stage::with(vec![limited(1), provider("other", &other)]).await;
    for number in 0..3 {
        let question = Question { evidence_hash: number.to_string(), ..stage.question("a") };
        stage.ask(question).await.unwrap();
    }
    assert_eq!((slow.asked(), other.asked()), (1, 2), "a minute is too long to wait");
    let stage = Stage::with(vec![limited(20)]).await;
    let began = stage.clock.now();
    for number in 0..22 {
        let question = Question { evidence_hash: number.to_string(), ..stage.question("a") };
        stage.ask(question).await.unwrap();
    }
    let took = stage.clock.now().since(began).as_secs_f64();
    assert!((5.9..7.0).contains(&took), "two more than twenty wait three seconds each: {took}");
}

#[tokio::test(start_paused = true)]
async fn several_are_compared_and_nobody_waits_for_the_third_when_two_agree() {
    let (a, b, c) = (Model::new([say("pump: T1 T2")]), Model::new([wait()]), Model::new([say("pump: T2 T3")]));
    let stage = Stage::with(vec![provider("a", &a), provider("b", &b), provider("c", &c)]).await;
    let gist = |text: &str| {
        let (cause, tags) = text.split_once(": ")?;
        Some(Gist { cause: cause.into(), tags: tags.split(' ').map(str::to_owned).collect() })
    };
    let names = ["a", "b", "c"].map(Into::into);
    let compared = stage.broker().await.compare(&stage.question("q"), &names, gist).await;
    assert_eq!(compared.agreed, ["a".into(), "c".into()]);
    assert!((compared.tags_in_common - 1.0 / 3.0).abs() < 1e-9, "{}", compared.tags_in_common);
    assert_eq!(compared.all[1].outcome, Err(Refusal::Abandoned));
    b.has_live(0).await;
    assert_eq!(compared.all[0].outcome.as_ref().unwrap().text, "pump: T1 T2");
}

#[tokio::test(start_paused = true)]
async fn a_question_needs_somebody_who_may_see_all_of_it() {
    let (blind, sees) = (Model::new([]), Model::new([]));
    let setup = provider("blind", &blind);
    let capability = Capability { may_see: [DataClass::People].into(), ..setup.capability.clone() };
    let stage = Stage::with(vec![ProviderSetup { capability, ..setup }, provider("sees", &sees)]).await;
    stage.ask(stage.question("a")).await.unwrap();
    assert_eq!((blind.asked(), sees.asked()), (0, 1));
}
