//! Rows of the broker's table that nothing else shows: who asks to be left alone is, retries are rationed, a stream is cut when
//! everything is switched off, what is left out is counted, and what is remembered is exactly what was asked.

use std::time::Duration;

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusRecorder};
use tep::actors::{ProviderSetup, Question, Refusal};
use tep::config::bounds;
use tep::explain::{BreakerSettings, BreakerState, RetrySettings};
use tep::llm::LlmError;

use super::stage::{Act, Model, Stage, broken, order, provider, say, wait};

/// A minute that a provider asks for.
const PAUSE: Duration = Duration::from_secs(60);

fn one_too_many() -> LlmError {
    LlmError::RateLimited { retry_after: Some(PAUSE), message: "slow down".into() }
}

/// The same question about other evidence.
fn numbered(stage: &Stage, number: usize) -> Question {
    Question { evidence_hash: number.to_string(), ..stage.question("a") }
}

/// What is counted on this thread, on which all actors of these tests run.
fn counting() -> PrometheusRecorder {
    PrometheusBuilder::new().build_recorder()
}

#[tokio::test(start_paused = true)]
async fn who_asks_for_a_pause_is_given_just_that_and_the_next_is_asked_meanwhile() {
    let (one, two) = (Model::new([Act::Fail(Vec::new(), one_too_many)]), Model::new([]));
    let retries = RetrySettings::default();
    let stage = Stage::with(vec![ProviderSetup { retries, ..provider("one", &one) }, provider("two", &two)]).await;
    let began = stage.clock.now();
    stage.ask(numbered(&stage, 0)).await.unwrap();
    assert_eq!((one.asked(), two.asked()), (1, 1), "it is not tried again, whatever the retries allow");
    let board = stage.broker().await.board().await.unwrap();
    let BreakerState::Resting { until } = board.providers[0].state else { panic!("{:?}", board.providers[0].state) };
    assert!(until.since(began) >= PAUSE && until.since(began) < PAUSE + Duration::from_secs(2), "{until}");
    stage.ask(numbered(&stage, 1)).await.unwrap();
    assert_eq!((one.asked(), two.asked()), (1, 2));
    tokio::time::advance(until.since(stage.clock.now())).await;
    stage.ask(numbered(&stage, 2)).await.unwrap();
    assert_eq!((one.asked(), two.asked()), (2, 2), "the pause is over");
}

#[tokio::test(start_paused = true)]
async fn a_tenth_of_the_calls_is_tried_again_and_no_more() {
    const CALLS: usize = 100;
    let model = Model::new(std::iter::repeat_n(Act::Fail(Vec::new(), broken), 3 * CALLS));
    // Never left alone, so that only the ration holds retries back.
    let breaker = BreakerSettings { hard_failures_max: u32::MAX, sample_min: usize::MAX, ..BreakerSettings::default() };
    let setup = ProviderSetup { breaker, retries: RetrySettings::default(), ..provider("one", &model) };
    let stage = Stage::with(vec![setup]).await;
    for number in 0..CALLS {
        assert!(stage.ask(numbered(&stage, number)).await.is_err());
    }
    let again = model.asked() - CALLS;
    assert!(
        (1..=CALLS / 10 + 1).contains(&again),
        "{again} of {CALLS} were tried again; one may be in hand at the start"
    );
}

#[tokio::test(start_paused = true)]
async fn a_stream_is_cut_within_a_second_when_everything_is_switched_off() {
    let model = Model::new([Act::Wait(vec!["half an ".into(), "answer".into()])]);
    let stage = Stage::with(vec![provider("one", &model)]).await;
    let broker = stage.broker().await;
    let mut listening = broker.ask(stage.question("a")).await.unwrap();
    model.has_live(1).await;
    while listening.now().text != "half an answer" {
        assert!(listening.changed().await, "it is being told");
    }
    let began = stage.clock.now();
    broker.kill(Some(order("drill"))).await.unwrap();
    model.has_live(0).await;
    assert_eq!(listening.answer().await, Err(Refusal::Killed { reason: "drill".into() }));
    assert!(stage.clock.now().since(began) < Duration::from_secs(1));
    let row = &stage.memory.calls(1).await[0];
    assert_eq!(row.outcome, "killed");
    assert!(row.output_tokens > 0, "what was told before has been paid for: {row:?}");
}

#[tokio::test(start_paused = true)]
async fn who_was_told_half_an_answer_hears_that_it_counts_no_more() {
    let one = Model::new([Act::Fail(vec!["The pump ".into(), "is broken".into()], broken)]);
    let two = Model::new([Act::Say(vec!["The valve ".into(), "sticks".into()])]);
    let stage = Stage::with(vec![provider("one", &one), provider("two", &two)]).await;
    let mut listening = stage.broker().await.ask(stage.question("a")).await.unwrap();
    let mut shown: Vec<(u32, String)> = Vec::new();
    loop {
        let now = listening.now();
        shown.push((now.attempt, now.text));
        if !listening.changed().await {
            break;
        }
    }
    assert!(shown.iter().all(|(attempt, text)| *attempt > 0 || "The pump is broken".starts_with(text)), "{shown:?}");
    assert!(shown.iter().all(|(attempt, text)| *attempt == 0 || "The valve sticks".starts_with(text)), "{shown:?}");
    assert_eq!(listening.answer().await.unwrap().text, "The valve sticks");
}

#[tokio::test(start_paused = true)]
async fn what_is_left_out_is_counted() {
    let recorder = counting();
    let _here = metrics::set_default_local_recorder(&recorder);
    let model = Model::new([wait()]);
    let one = ProviderSetup { concurrent_calls: 1, ..provider("one", &model) };
    let stage = Stage::with(vec![one]).await;
    let broker = stage.broker().await;
    let mut all = vec![broker.ask(numbered(&stage, 0)).await.unwrap()];
    model.has_live(1).await;
    let soon = stage.clock.now() + Duration::from_secs(5);
    for number in 1..=bounds::MODEL_QUEUE.most + 1 {
        let question = Question { expires_at: soon, ..numbered(&stage, number) };
        all.push(broker.ask(question).await.unwrap());
    }
    let last = all.pop().expect("the one too many");
    assert_eq!(last.answer().await, Err(Refusal::Shed));
    for waits in all.drain(1..) {
        assert_eq!(waits.answer().await, Err(Refusal::Expired));
    }
    let drawn = recorder.handle().render();
    let count = |policy: &str| {
        let wanted = format!("tep_shed_total{{door=\"model queue\",policy=\"{policy}\"}} ");
        drawn.lines().find_map(|line| line.strip_prefix(&wanted)?.parse::<usize>().ok())
    };
    assert_eq!((count("shed"), count("expired")), (Some(1), Some(bounds::MODEL_QUEUE.most)), "{drawn}");
    assert_eq!(model.asked(), 1, "nobody is asked for what nobody waits for");
}

#[tokio::test(start_paused = true)]
async fn a_call_is_measured_under_the_names_of_opentelemetry() {
    let recorder = counting();
    let _here = metrics::set_default_local_recorder(&recorder);
    let (one, two) = (Model::new([say("yes")]), Model::new([Act::Fail(Vec::new(), broken)]));
    let stage = Stage::with(vec![provider("one", &one), provider("two", &two)]).await;
    let broker = stage.broker().await;
    for (number, provider) in ["one", "two"].into_iter().enumerate() {
        drop(broker.ask_only(numbered(&stage, number), provider.into()).await.unwrap().answer().await);
    }
    let drawn = recorder.handle().render();
    for wanted in [
        "gen_ai_client_token_usage_sum{gen_ai_operation_name=\"chat\",gen_ai_provider_name=\"",
        "gen_ai_token_type=\"input\"} 1000",
        "gen_ai_token_type=\"output\"} 100",
        "gen_ai_client_operation_duration_count{",
        "gen_ai_request_model=\"one-model\"",
        "error_type=\"",
        "gen_ai_client_operation_time_to_first_chunk_count{",
    ] {
        assert!(drawn.contains(wanted), "{wanted} in {drawn}");
    }
}

#[tokio::test(start_paused = true)]
async fn only_exactly_the_same_is_remembered() {
    let model = Model::new([say("one"), say("two"), say("three"), say("four")]);
    let stage = Stage::with(vec![provider("one", &model), provider("two", &model)]).await;
    assert_eq!(stage.ask(stage.question("a")).await.unwrap(), "one");
    assert_eq!(stage.ask(stage.question("a")).await.unwrap(), "one", "remembered");
    let newer = Question { prompt_version: "explain-alarm@2".into(), ..stage.question("a") };
    assert_eq!(stage.ask(newer).await.unwrap(), "two", "another version of the prompt");
    let other = Question { evidence_hash: "e1 ".into(), ..stage.question("a") };
    assert_eq!(stage.ask(other).await.unwrap(), "three", "evidence that is all but the same");
    let by_two = stage.broker().await.ask_only(stage.question("a"), "two".into()).await.unwrap();
    assert_eq!(by_two.answer().await.unwrap().text, "four", "another model");
}

#[tokio::test(start_paused = true)]
async fn tokens_of_a_minute_are_counted_before_they_are_spent() {
    let (small, other) = (Model::new([]), Model::new([]));
    // Room for one question with its longest answer, and not for two.
    let limited = ProviderSetup { tokens_per_minute: Some(900), ..provider("small", &small) };
    let stage = Stage::with(vec![limited, provider("other", &other)]).await;
    for number in 0..2 {
        stage.ask(numbered(&stage, number)).await.unwrap();
    }
    assert_eq!((small.asked(), other.asked()), (1, 1));
    tokio::time::advance(Duration::from_secs(61)).await;
    stage.ask(numbered(&stage, 2)).await.unwrap();
    assert_eq!(small.asked(), 2, "a minute later there is room again");
}
