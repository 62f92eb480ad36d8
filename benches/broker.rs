//! What the broker adds to a call: everything but the provider's own time, against a local model that answers at once.
//!
//! `cargo bench --bench broker` first paces a thousand calls a second for five seconds and prints the percentiles of each
//! call's overhead, then measures single calls, without and with pseudonyms. The target is 0.2 ms at the 99th percentile.
//! Hiding 53 tags in two pages of prompt costs more than that, and at a thousand calls a second more than there is.

#![allow(clippy::unwrap_used, reason = "a bench stops at the first thing that goes wrong")]

#[allow(dead_code, reason = "the tests use more of it")]
#[path = "../tests/broker/stage.rs"]
mod stage;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use stage::{Model, Stage, provider};
use tep::actors::{Broker, ProviderSetup, Question};
use tep::explain::Kind;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

/// That of the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Calls a second, and for how many seconds.
const CALLS: usize = 1_000;
const SECONDS: usize = 5;

struct Bench {
    runtime: Runtime,
    stage: Stage,
    broker: Broker,
    question: Question,
    number: AtomicU64,
}

impl Bench {
    /// `hides`: with pseudonyms for as many tags as the built-in plant has, in a prompt of two pages.
    fn new(hides: bool) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let (stage, broker, question) = runtime.block_on(async {
            let setup = ProviderSetup { hides, concurrent_calls: 1_000, ..provider("instant", &Model::new([])) };
            let stage = Stage::with(vec![setup]).await;
            let (broker, mut question) = (stage.broker().await, stage.question("bench"));
            let tags: Vec<String> = (1..=53).map(|number| format!("XMEAS_{number}")).collect();
            question.words = tags.iter().map(|tag| (Kind::Tag, tag.clone())).collect();
            question.messages[0].text = tags.iter().map(|tag| format!("{tag} was 12.5 and is 13.7 now; ")).collect();
            (stage, broker, question)
        });
        Self { runtime, stage, broker, question, number: AtomicU64::new(0) }
    }

    /// One call that was never made before, and how long it took.
    async fn call(broker: Broker, mut question: Question, number: u64) -> Duration {
        question.evidence_hash = number.to_string();
        let began = Instant::now();
        broker.ask(question).await.unwrap().answer().await.unwrap();
        began.elapsed()
    }

    fn next(&self) -> u64 {
        self.number.fetch_add(1, Ordering::Relaxed)
    }

    fn one(&self) -> Duration {
        self.runtime.block_on(Self::call(self.broker.clone(), self.question.clone(), self.next()))
    }

    /// A thousand calls a second, each begun when it is due, whatever became of the one before.
    fn paced(&self) -> Vec<Duration> {
        self.runtime.block_on(async {
            let mut beat = tokio::time::interval(Duration::from_secs(1) / CALLS as u32);
            let mut calls = JoinSet::new();
            for _ in 0..CALLS * SECONDS {
                beat.tick().await;
                calls.spawn(Self::call(self.broker.clone(), self.question.clone(), self.next()));
            }
            calls.join_all().await
        })
    }
}

fn percentiles(what: &str) {
    let bench = Bench::new(false);
    (0..100).for_each(|_| assert!(bench.one() > Duration::ZERO));
    let mut all = bench.paced();
    all.sort_unstable();
    let at = |share: f64| all[((all.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    println!(
        "{what}: {} calls at {CALLS} a second: p50 {:.3} ms, p99 {:.3} ms, longest {:.3} ms",
        all.len(),
        at(0.5),
        at(0.99),
        at(1.0)
    );
    let rows = bench.runtime.block_on(bench.stage.memory.calls(all.len()));
    assert!(rows.len() >= all.len(), "every call is in the audit");
}

fn main() {
    percentiles("as it is");
    divan::main();
}

#[divan::bench(args = [false, true])]
fn one_call(bencher: divan::Bencher<'_, '_>, hides: bool) {
    let bench = Arc::new(Bench::new(hides));
    bencher.bench(|| bench.one());
}
