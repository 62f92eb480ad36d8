//! One life of the process: the platform as `tep serve` builds it, the people around it, and what goes wrong meanwhile.

use std::sync::Arc;
use std::time::Duration;

use tep::actors::{AlarmSnapshot, NodeSetup, PlantSite, Root, SourceCommand};
use tep::config::{SecurityConfig, SourceConfig};
use tep::domain::{ActorPortrait, JournalEntry, Plant, SourceState, WallTime};
use tep::feed::{Delivery, Feed, Stream};
use tep::graphql::Api;
use tep::security::{Authority, Gate, Principal, Role, SessionId, SessionKey, UserId};
use tep::storage::{PlantStorage, Storage};
use tep::telemetry::Clock;
use tokio::task::{AbortHandle, JoinHandle, JoinSet};
use tokio::time::{Instant, sleep, timeout};

use super::faults;
use super::people;
use super::play::Shift;
use super::record::{Ending, Record, Seen, unwell};
use super::script::Fault;
use super::stage::Stage;
use crate::security::accounts::MemoryAccounts;
use crate::support::alone;

/// The plant of every shift, the one that is built in.
pub const PLANT: &str = "tennessee-eastman";

/// × real time; a shift of a minute is an hour and a half of the plant.
pub const SPEED: f64 = 80.0;
/// How long an orderly stop may take.
const STOP_PATIENCE: Duration = Duration::from_secs(15);
/// After the last fault, everything is well again within this time, or what is not well is told.
const SETTLE_MAX: Duration = Duration::from_secs(45);
/// How long it must stay so.
const CALM: Duration = Duration::from_secs(4);

/// A running platform and everybody around it.
pub struct Life {
    root: Root,
    ended: JoinHandle<()>,
    feed: Feed,
    storage: PlantStorage,
    /// Who watches and works; all go with the process.
    _people: JoinSet<()>,
    operator: AbortHandle,
    /// Faults that last.
    faults: JoinSet<()>,
    /// When it began, in milliseconds of the shift and on its own clock.
    began: (u64, Instant),
}

/// How a life ended: to be followed by another, or as the end of the shift.
pub enum End {
    Another,
    Over,
}

impl Shift {
    /// Lives one life on its stage.
    pub async fn live(&mut self, stage: &Stage) -> End {
        self.record.life_begins(self.elapsed_ms);
        let Some(mut life) = self.start(stage).await else { return self.end_of_life(Ending::Fell) };
        while let Some(step) = self.script.front().cloned() {
            if let Err(ending) = life.until(step.at_ms, &self.record).await {
                return ending.map_or(End::Over, |ending| self.end_of_life(ending));
            }
            self.script.pop_front();
            self.record.note(Seen::Fault(step.fault.to_string()));
            match step.fault {
                Fault::Kill => return self.end_of_life(Ending::Killed),
                Fault::Restart => {
                    let ending = self.stop(life, stage).await;
                    return self.end_of_life(ending);
                }
                fault => self.begin(fault, &mut life, stage),
            }
        }
        match self.settle(&mut life).await {
            Ok(()) => {
                let ending = self.stop(life, stage).await;
                self.end_of_life(ending);
                End::Over
            }
            Err(Some(ending)) => self.end_of_life(ending),
            Err(None) => End::Over,
        }
    }

    fn end_of_life(&mut self, ending: Ending) -> End {
        self.record.life_ends(ending);
        self.elapsed_ms = self.record.now_ms();
        End::Another
    }

    async fn start(&self, stage: &Stage) -> Option<Life> {
        let began = (self.elapsed_ms, Instant::now());
        let opened = Storage::open(&self.storage_config);
        let storage = stage.meanwhile_time_stands(opened).await.expect("storage opens");
        let ledger = Arc::new(tep::app::StoredLedger(storage.clone()));
        let storage = storage.for_plant(Arc::clone(&self.plant)).expect("its history opens");
        stage.watch(&storage);
        let clock = Clock::starting_at(self.machine_time());
        let feed = Feed::new(0);
        let mut people = JoinSet::new();
        listen(&mut people, &feed, &self.record);
        let site = PlantSite {
            plant: Arc::clone(&self.plant),
            source: SourceConfig::Simulator { speed: SPEED, seed: self.seed | 1 },
            sources: self.tampering.sources(&self.record),
            storage_config: self.storage_config.clone(),
            storage: storage.clone(),
            feed: feed.clone(),
            notifications: None,
        };
        let setup = NodeSetup {
            broker: Some(self.outsiders.broker(&self.authority, ledger, &self.record, clock)),
            retriever: Some(self.outsiders.retriever(&self.record)),
            ..alone(vec![site], clock)
        };
        let (root, ended) = match Root::start(setup).await {
            Ok(started) => started,
            Err(problem) => {
                self.record.note(Seen::Fault(format!("the platform does not start: {problem}")));
                return None;
            }
        };
        // What an earlier life has left in its spool is carried over; of this life there may be rows already.
        let this_life = feed.alarms.tip().epoch;
        let mut rows = journal(&storage).await;
        rows.retain(|row| row.epoch < this_life);
        self.record.note(Seen::Journal(rows));
        let api = Api {
            plants: [Arc::clone(&self.plant)].into(),
            plant: Arc::clone(&self.plant),
            feed: feed.clone(),
            registry: None,
            notifications: None,
            knowledge: None,
            storage: storage.clone(),
            root: root.clone(),
            elsewhere: None,
            authority: self.authority.clone(),
            gate: gate(clock),
            clock,
        };
        for (name, reader) in &self.readers {
            people.spawn(people::read(name, api.clone(), viewer(), Arc::clone(reader), self.record.clone()));
        }
        let operator = people.spawn(people::operate(root.clone(), Arc::clone(&self.operator), self.record.clone()));
        Some(Life { root, ended, feed, storage, _people: people, operator, faults: JoinSet::new(), began })
    }

    fn begin(&mut self, fault: Fault, life: &mut Life, stage: &Stage) {
        let (root, stage, intruder) = (life.root.clone(), stage.clone(), self.intruder.clone());
        let now = self.record.now_ms();
        match fault {
            Fault::Crash { path, times } => drop(life.faults.spawn(faults::crash(root, path, times))),
            Fault::Ambush { path, at } => {
                life.faults.spawn(faults::ambush(root, path, at, self.record.clone()));
            }
            Fault::LockDatabase { millis } => drop(life.faults.spawn(intruder.lock(stage, millis))),
            Fault::FailWrites { table, millis } => drop(life.faults.spawn(intruder.fail_writes(stage, table, millis))),
            Fault::SetClock { seconds } => self.clock_set_by += seconds,
            Fault::Corrupt { tag, how, scans } => self.tampering.begin(&self.plant, &tag, how, scans),
            Fault::Burst { speed, millis } => {
                let (there, back) = (SourceCommand::SetSpeed(speed as f64), SourceCommand::SetSpeed(SPEED));
                life.faults.spawn(faults::order_for(root, there, millis, back));
            }
            Fault::SlowReader { millis } => self.readers[1].1.lock().unwrap().slow_until_ms = now + millis,
            Fault::LeaveReader { millis } => self.readers[2].1.lock().unwrap().away_until_ms = now + millis,
            Fault::ModelsOut { millis } => self.outsiders.models_are_out_until(now + millis),
            Fault::VectorsOut { millis } => self.outsiders.vectors_are_out_until(now + millis),
            Fault::Disturb { number, on } => {
                life.faults.spawn(faults::order(root, SourceCommand::SetDisturbance { number, active: on }));
            }
            Fault::Pause { millis } => {
                let (there, back) = (SourceCommand::Pause(true), SourceCommand::Pause(false));
                life.faults.spawn(faults::order_for(root, there, millis, back));
            }
            Fault::Reset => drop(life.faults.spawn(faults::order(root, SourceCommand::Reset))),
            Fault::Restart | Fault::Kill => unreachable!("the process itself is somebody else's"),
        }
    }

    /// Stops the process in order. When the database cannot be written meanwhile, what waits for it is lost as in a kill.
    async fn stop(&self, life: Life, stage: &Stage) -> Ending {
        let starved = self.intruder.is_at_work();
        let Life { root, ended, storage, .. } = life;
        root.shut_down(STOP_PATIENCE).await;
        drop(timeout(STOP_PATIENCE, ended).await.expect("the tree ends"));
        let closed = stage.meanwhile_time_stands(storage.close()).await;
        if starved || closed.is_err() { Ending::Killed } else { Ending::Orderly }
    }

    /// Nothing goes wrong any more: everybody puts right what they have done, and the platform has to be well soon.
    async fn settle(&self, life: &mut Life) -> Result<(), Option<Ending>> {
        self.tampering.end();
        for (_, reader) in &self.readers {
            reader.lock().unwrap().comes_back();
        }
        self.record.note(Seen::Fault("none any more".into()));
        let faults = std::mem::take(&mut life.faults).join_all();
        life.meanwhile(faults, &self.record).await?;
        for command in [SourceCommand::SetSpeed(SPEED), SourceCommand::Pause(false)] {
            life.meanwhile(faults::order(life.root.clone(), command), &self.record).await?;
        }
        for number in 1..=20 {
            let command = SourceCommand::SetDisturbance { number, active: false };
            life.meanwhile(faults::order(life.root.clone(), command), &self.record).await?;
        }
        let began = Instant::now();
        while began.elapsed() < SETTLE_MAX && !life.is_well().await {
            life.rest(Duration::from_secs(1), &self.record).await?;
        }
        let before = life.newest_scan();
        life.rest(CALM, &self.record).await?;
        let scans_go_on = life.newest_scan() > before;
        let state = life.feed.values.latest().map(|frame| frame.source.state);
        life.meanwhile(faults::order(life.root.clone(), SourceCommand::Pause(true)), &self.record).await?;
        // Nobody acts any more, and whoever reads catches up.
        life.operator.abort();
        life.rest(CALM, &self.record).await?;
        match life.picture().await {
            Some((desk, tree)) => {
                let shown = desk.alarms.iter().map(|view| (view.definition.id.clone(), view.facts.clone())).collect();
                self.record.note(Seen::Desk(shown));
                self.record.note(Seen::Settled { unwell: unwell(&tree), state, scans_go_on });
            }
            None => self.unsettled(state, scans_go_on),
        }
        Ok(())
    }

    fn unsettled(&self, state: Option<SourceState>, scans_go_on: bool) {
        let nobody = super::record::Unwell {
            path: "root".into(),
            health: tep::domain::Health::Stopped,
            reason: Some("it gives no doors".into()),
        };
        self.record.note(Seen::Settled { unwell: vec![nobody], state, scans_go_on });
    }
}

impl Life {
    /// Lives on until a time of the shift. `Err` when the process ends before, or, without an ending, when a rule is broken.
    async fn until(&mut self, at_ms: u64, record: &Record) -> Result<(), Option<Ending>> {
        let due = self.began.1 + Duration::from_millis(at_ms.saturating_sub(self.began.0));
        self.meanwhile(tokio::time::sleep_until(due), record).await
    }

    async fn rest(&mut self, span: Duration, record: &Record) -> Result<(), Option<Ending>> {
        self.meanwhile(sleep(span), record).await
    }

    async fn meanwhile<T>(&mut self, work: impl Future<Output = T>, record: &Record) -> Result<T, Option<Ending>> {
        let mut work = std::pin::pin!(work);
        loop {
            if record.violation().is_some() {
                return Err(None);
            }
            tokio::select! {
                biased;
                _ = &mut self.ended => return Err(Some(Ending::Fell)),
                done = &mut work => return Ok(done),
                () = sleep(Duration::from_millis(250)) => {}
            }
        }
    }

    fn newest_scan(&self) -> u64 {
        self.feed.values.latest().map_or(0, |frame| frame.scan.number)
    }

    /// What the desk shows, and the tree; `None` while a part of it is missing.
    async fn picture(&self) -> Option<(AlarmSnapshot, ActorPortrait)> {
        let desk = self.root.doors(&PLANT.into()).await.ok()?.alarm_desk.snapshot().await.ok()?;
        Some((desk, self.root.tree().await.ok()?))
    }

    async fn is_well(&self) -> bool {
        self.root.tree().await.is_ok_and(|tree| unwell(&tree).is_empty())
    }
}

/// Writes down what the feed tells.
fn listen(people: &mut JoinSet<()>, feed: &Feed, record: &Record) {
    tap(people, &feed.alarms, record, |_, event| Seen::Told(Arc::clone(&event.entry)));
    tap(people, &feed.values, record, |cursor, frame| Seen::Values {
        cursor,
        number: frame.scan.number,
        source_time: frame.scan.source_time,
        discontinuous: frame.discontinuous,
        state: frame.source.state,
    });
    tap(people, &feed.detectors, record, |_, portrait| Seen::Detector {
        state: portrait.state.clone(),
        verdict: portrait.verdict.is_some(),
    });
}

fn tap<T: Send + Sync + 'static>(
    people: &mut JoinSet<()>,
    stream: &Stream<T>,
    record: &Record,
    seen: impl Fn(tep::feed::Cursor, &T) -> Seen + Send + 'static,
) {
    let (mut items, record) = (stream.subscribe(None), record.clone());
    people.spawn(async move {
        while let Some(delivery) = items.next().await {
            match delivery {
                Delivery::Item { cursor, item, .. } => record.note(seen(cursor, &item)),
                Delivery::Gap(gap) => record.note(Seen::Fault(format!("the recorder itself fell behind: {gap:?}"))),
            }
        }
    });
}

/// Every row of the journal, oldest first.
pub async fn journal(storage: &PlantStorage) -> Vec<JournalEntry> {
    storage.journal_after(0, 0, 1_000_000).await.expect("the journal can be read")
}

fn gate(clock: Clock) -> Arc<Gate> {
    let key = SessionKey::ephemeral().expect("a key");
    Arc::new(Gate::new(Arc::new(MemoryAccounts::default()), key, clock, &SecurityConfig::default()))
}

fn viewer() -> Principal {
    Principal {
        user: UserId::new(WallTime::from_micros(1)),
        name: "vera".into(),
        role: Role::Viewer,
        session: SessionId::new(WallTime::from_micros(1)),
        expires_at: WallTime::from_micros(i64::MAX),
    }
}

/// The rules of who may do what are the same for every shift.
pub fn authority() -> Authority {
    Authority::load(None).expect("the built-in policies")
}

/// The plant of every shift.
pub fn plant() -> Arc<Plant> {
    Arc::new(tep::config::plant::built_in())
}
