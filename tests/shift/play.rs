//! A whole shift: life after life until its script is through, judged on the way.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use tempfile::TempDir;
use tep::actors::train;
use tep::config::StorageConfig;
use tep::domain::{ModelState, Plant, SourceTime, TagIndex, WallTime};
use tep::security::Authority;
use tep::storage::{Model, PlantStorage, Storage, TrendQuery};

use super::checker::{Checker, Violation};
use super::faults::Intruder;
use super::life::{self, End};
use super::outsiders::{Asked, Outsiders};
use super::people::{Operator, Reader};
use super::record::{Record, Seen};
use super::script::{Script, Step};
use super::stage::Stage;
use super::tampered::Tampering;

/// When every shift begins.
const BEGINS: WallTime = WallTime::from_micros(1_800_000_000_000_000);
/// How long a process is away before it is started again, milliseconds.
const DOWN_MS: u64 = 1_000;
/// A platform that falls over so often will never stand.
const LIVES_MAX: usize = 60;

/// A shift while it is played.
pub struct Shift {
    pub seed: u64,
    pub plant: Arc<Plant>,
    pub script: VecDeque<Step>,
    pub record: Record,
    pub storage_config: StorageConfig,
    pub authority: Authority,
    pub tampering: Tampering,
    pub intruder: Intruder,
    pub operator: Arc<Mutex<Operator>>,
    pub outsiders: Outsiders,
    pub readers: [(&'static str, Arc<Mutex<Reader>>); 3],
    /// Milliseconds since the shift began, at the start of this life.
    pub elapsed_ms: u64,
    /// By how much somebody has set the clock of the machine, seconds.
    pub clock_set_by: i64,
    _home: TempDir,
}

/// What came of a shift.
pub struct Outcome {
    pub record: Record,
    /// How often models and the vector store were asked.
    pub asked: Asked,
    pub violation: Option<Violation>,
}

/// Plays the script of a seed.
pub fn play(seed: u64, script: &Script) -> Outcome {
    let mut shift = Shift::of(seed, script);
    for _ in 0..LIVES_MAX {
        if shift.one_life() {
            shift.look_back();
            break;
        }
        if shift.record.violation().is_some() {
            break;
        }
    }
    Outcome { violation: shift.record.violation(), asked: shift.outsiders.asked(), record: shift.record }
}

impl Shift {
    fn of(seed: u64, script: &Script) -> Self {
        let home = home();
        let plant = life::plant();
        let storage_config = StorageConfig {
            data_dir: home.path().join("data"),
            min_free_mib: 0,
            // A lock is waited for in real time; the retries that follow are in virtual time.
            patience_ms: 10,
            ..StorageConfig::default()
        };
        let intruder = Intruder::at(storage_config.data_dir.join("tep.sqlite"));
        let shift = Self {
            seed,
            record: Record::watched_by(Checker::new(&plant)),
            plant,
            script: script.0.iter().cloned().collect(),
            storage_config,
            authority: life::authority(),
            tampering: Tampering::default(),
            intruder,
            operator: Arc::new(Mutex::new(Operator::of_seed(seed))),
            outsiders: Outsiders::default(),
            readers: ["steady reader", "slow reader", "leaving reader"].map(|name| (name, Arc::default())),
            elapsed_ms: 0,
            clock_set_by: 0,
            _home: home,
        };
        shift.move_in();
        shift
    }

    /// What the clock of the machine says at the start of this life.
    pub fn machine_time(&self) -> WallTime {
        let set_by = self.clock_set_by * 1_000_000;
        WallTime::from_micros(BEGINS.as_micros() + set_by) + Duration::from_millis(self.elapsed_ms)
    }

    /// The detector is trained already: a first training is the business of other tests.
    fn move_in(&self) {
        plain_runtime().block_on(async {
            let storage = self.open().await;
            storage.install_model(model(&self.plant)).await.expect("the model is kept");
            storage.close().await.expect("storage closes");
        });
    }

    /// Whether the shift is over.
    fn one_life(&mut self) -> bool {
        let stage = Stage::default();
        let runtime = stage.runtime();
        let end = runtime.block_on(self.live(&stage));
        stage.end();
        // A kill: whatever still runs is dropped where it stands.
        drop(runtime);
        plain_runtime().block_on(self.intruder.tidy_up());
        self.elapsed_ms += DOWN_MS;
        matches!(end, End::Over)
    }

    /// What is left on disk when all is over.
    fn look_back(&self) {
        if self.record.violation().is_some() {
            return;
        }
        plain_runtime().block_on(async {
            let storage = self.open().await;
            self.record.note(Seen::Journal(life::journal(&storage).await));
            self.record.note(Seen::Kept(kept(&storage).await));
            storage.close().await.expect("storage closes");
        });
    }

    async fn open(&self) -> PlantStorage {
        // Between lives nobody is in a hurry.
        let config = StorageConfig { patience_ms: 60_000, ..self.storage_config.clone() };
        let storage = Storage::open(&config).await.expect("storage opens");
        storage.for_plant(Arc::clone(&self.plant)).expect("its history opens")
    }
}

/// In memory where there is such a place: what a disk takes to hold on to each commit is the business of other tests.
fn home() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a directory")
}

async fn kept(storage: &PlantStorage) -> Vec<(SourceTime, Option<f64>)> {
    let Some(last) = storage.last_scan().await.expect("the last scan can be read") else { return Vec::new() };
    let from = last.source_time - Duration::from_secs(7 * 86_400);
    let query = TrendQuery { tags: vec![TagIndex(0)], from, to: last.source_time, points: 1_000_000 };
    let trend = storage.trend(&query).await.expect("the history can be read");
    trend.series[0].points.iter().map(|point| (point.time, point.last)).collect()
}

fn plain_runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// Trained once for all shifts.
fn model(plant: &Plant) -> &'static Model {
    static MODEL: OnceLock<Model> = OnceLock::new();
    MODEL.get_or_init(|| {
        let go_on = &mut |_| std::ops::ControlFlow::Continue(());
        let model = train::on_simulated_plant(plant, &plant.detectors[0], BEGINS, go_on).expect("a model");
        Model { state: ModelState::Active, ..model }
    })
}

/// Leaves out one step after the other as long as the same rule stays broken.
pub fn shrunk(seed: u64, script: &Script, violation: &Violation) -> (Script, Outcome) {
    let mut script = script.clone();
    let mut outcome = None;
    let mut index = 0;
    while index < script.0.len() {
        let shorter = script.without(index);
        let tried = play(seed, &shorter);
        if tried.violation.as_ref().is_some_and(|v| v.problem.invariant == violation.problem.invariant) {
            script = shorter;
            outcome = Some(tried);
        } else {
            index += 1;
        }
    }
    let outcome = outcome.unwrap_or_else(|| play(seed, &script));
    (script, outcome)
}

/// What a person needs to find the fault.
pub fn report(seed: u64, script: &Script, outcome: &Outcome) -> String {
    let mut text = String::new();
    let Some(violation) = &outcome.violation else { return text };
    let _ = writeln!(text, "\nThe shift of seed {seed} broke a rule.\n\n{violation}\n\nThe script:\n{script}");
    let _ = writeln!(text, "Around it:\n{}", outcome.record.around(violation.index, 25, 5));
    let _ = writeln!(text, "Again: TEP_TEST_SHIFT_SEED={seed} cargo test --test all shift::a_shift -- --nocapture");
    let _ = writeln!(
        text,
        "With this script: put it into a file, and add TEP_TEST_SHIFT_SCRIPT=FILE (docs/how-to/replay-a-shift.md)"
    );
    text
}
