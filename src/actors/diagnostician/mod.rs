//! The diagnostician: says what is behind the alarms of plant-wide detectors as long as they stand, behind what begins under one
//! of them, and behind the advice of charts that raise none.
//!
//! It stands beside the way. It keeps the last hours of samples, follows what happens to alarms, and lets a task beside its
//! mailbox compute and write: one at a time, so whatever it costs, nobody waits for it. When it is gone, alarms have no diagnosis
//! yet; its successor reads again which alarms stand and what the plant did before.

mod standing;
mod work;

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use ractor::{ActorCell, ActorProcessingErr, RpcReplyPort, SpawnErr};
use ractor_cluster::RactorMessage;
use tracing::{info, warn};

use uuid::{NoContext, Timestamp, Uuid};

use self::standing::{Looked, Standings};
use super::hindsight;
use super::mailbox::{self, Actor, Mailbox};
use super::portrait::{Poses, Sketch};
use crate::config::bounds;
use crate::detect::{Due, Sampler};
use crate::diagnosis::{Libraries, Library, Stretch};
use crate::domain::{DetectorPortrait, OccurrenceId, Plant, Scan, SourceTime, TagIndex};
use crate::feed::{AlarmEvent, Delivery, Feed, Subscriber};
use crate::storage::{OwnedPlant, StorageError};
use crate::telemetry::{Clock, events};

/// Samples that are kept: eight hours before an alarm in which it may have begun, and some to warm up on.
const SAMPLES_KEPT: usize = 320;
/// Samples after an alarm for which it is diagnosed anew: later, its beginning is no longer among those that are kept.
const SAMPLES_WATCHED: u32 = 100;
/// Incidents that are looked through after a restart, the newest.
const RESTORED: u64 = 300;
/// How often the feeds are looked at.
const LOOK_PERIOD: Duration = Duration::from_millis(500);

/// The only way in.
#[derive(Clone, Debug)]
pub(super) struct Diagnostician(Mailbox<Msg>);

/// What the diagnostician starts with.
pub(super) struct Args {
    pub plant: Arc<Plant>,
    pub storage: OwnedPlant,
    pub feed: Feed,
    pub clock: Clock,
}

#[derive(RactorMessage)]
pub(super) enum Msg {
    Opened(Box<Option<Fitting>>),
    ScanAligned { scan: Arc<Scan>, discontinuous: bool },
    Remembered(Stretch),
    LookDue,
    Diagnosed { incident: OccurrenceId, until: SourceTime, outcome: Result<Looked, String> },
    Pose(RpcReplyPort<Sketch>),
}

impl Poses for Msg {
    fn pose(reply: RpcReplyPort<Sketch>) -> Self {
        Self::Pose(reply)
    }
}

impl Diagnostician {
    pub async fn start(args: Args, parent: ActorCell) -> Result<(Self, Mailbox<Msg>), SpawnErr> {
        let actor = mailbox::open(Behaviour, args, parent).await?;
        Ok((Self(actor.clone()), actor))
    }

    /// One that cannot keep up misses scans and begins its samples anew. False when it has missed this one.
    pub fn scan_aligned(&self, scan: Arc<Scan>, discontinuous: bool) -> bool {
        if self.0.is_full(&bounds::DIAGNOSTICIAN) {
            events::shed(bounds::DIAGNOSTICIAN.door, bounds::DIAGNOSTICIAN.when_full.policy());
            return false;
        }
        self.0.cast(Msg::ScanAligned { scan, discontinuous }).is_ok()
    }
}

struct Behaviour;

struct State {
    args: Args,
    /// What to compare with; `None` while it is being read, and when none fits this plant.
    library: Option<Fitting>,
    /// Whether it has been read.
    opened: bool,
    sampler: Sampler,
    samples: Stretch,
    standings: Standings,
    events: Subscriber<AlarmEvent>,
    reports: Subscriber<DetectorPortrait>,
    /// Whether a task is at work.
    busy: bool,
    diagnosed: u64,
    trouble: Option<String>,
}

/// Libraries, and where the tags that they look at stand in a scan.
#[derive(Clone, Debug)]
pub(super) struct Fitting {
    libraries: Libraries,
    tags: Vec<TagIndex>,
}

impl Actor for Behaviour {
    type Msg = Msg;
    type State = State;
    type Arguments = Args;

    async fn pre_start(&self, myself: Mailbox<Msg>, args: Args) -> Result<State, ActorProcessingErr> {
        // The feed first: what happens while the alarms are read is heard then, once or twice.
        let (events, reports) = (args.feed.alarms.subscribe(None), args.feed.detectors.subscribe(None));
        let mut state = State {
            library: None,
            opened: false,
            sampler: Sampler::new(Duration::from_secs(180)),
            samples: Stretch::new(1),
            standings: Standings::default(),
            events,
            reports,
            busy: false,
            diagnosed: 0,
            trouble: None,
            args,
        };
        state.read_standing().await?;
        let before = state.args.storage.incidents(RESTORED).await?;
        state.standings.restore(before);
        state.open(&myself);
        myself.send_interval(LOOK_PERIOD, || Msg::LookDue);
        Ok(state)
    }

    async fn handle(&self, myself: Mailbox<Msg>, message: Msg, state: &mut State) -> Result<(), ActorProcessingErr> {
        match message {
            Msg::Opened(library) => {
                state.take_library(*library, &myself);
                state.diagnose_next(&myself);
            }
            Msg::ScanAligned { scan, discontinuous } => {
                if state.take(&scan, discontinuous) {
                    state.diagnose_next(&myself);
                }
            }
            Msg::Remembered(before) => state.prepend(&before),
            Msg::LookDue => {
                state.follow().await?;
                state.diagnose_next(&myself);
            }
            Msg::Diagnosed { incident, until, outcome } => {
                state.finish(incident, until, outcome);
                state.diagnose_next(&myself);
            }
            Msg::Pose(reply) => drop(reply.send(state.sketch())),
        }
        Ok(())
    }
}

/// The libraries of this build, when the plant has every tag that they look at.
fn fitting(plant: &Plant) -> Option<Fitting> {
    let libraries = match Libraries::built_in() {
        Ok(libraries) => libraries,
        Err(problem) => {
            warn!("alarms are diagnosed without a library of incidents: {problem}");
            return None;
        }
    };
    let tags: Option<Vec<TagIndex>> = libraries.tags().iter().map(|tag| plant.tag_index(tag)).collect();
    if tags.is_none() {
        info!(plant = %plant.id, "no library of incidents fits this plant");
    }
    tags.map(|tags| Fitting { libraries, tags })
}

impl State {
    /// Reads the library beside the mailbox: the plant does not wait for it.
    fn open(&self, myself: &Mailbox<Msg>) {
        let (plant, myself) = (Arc::clone(&self.args.plant), myself.clone());
        tokio::task::spawn_blocking(move || drop(myself.cast(Msg::Opened(Box::new(fitting(&plant))))));
    }

    fn take_library(&mut self, library: Option<Fitting>, myself: &Mailbox<Msg>) {
        self.opened = true;
        if let Some(Fitting { libraries, tags }) = &library {
            self.sampler = Sampler::new(libraries.period());
            self.samples = Stretch::new(tags.len());
        }
        self.library = library;
        self.remember(myself);
    }

    /// Which alarms stand, as the journal has it.
    async fn read_standing(&mut self) -> Result<(), StorageError> {
        for (alarm, facts, last) in self.args.storage.load_alarms().await? {
            self.standings.changed(&self.args.plant, &alarm, &facts, &last.contributions);
        }
        Ok(())
    }

    /// Takes a scan; true when it was a sample of which a diagnosis can be made.
    fn take(&mut self, scan: &Scan, discontinuous: bool) -> bool {
        let Some(Fitting { libraries, tags }) = &self.library else { return false };
        if discontinuous {
            self.samples.keep_last(0);
        }
        match self.sampler.tick(scan.source_time) {
            Due::NotYet => return false,
            Due::Sample => {}
            Due::SampleAfterGap => {
                let reach = libraries.period() * 2;
                // The first sample of all may follow what was remembered.
                let follows = |last: &SourceTime| scan.source_time > *last && scan.source_time.since(*last) < reach;
                let goes_on = self.samples.times().last().is_some_and(follows);
                if !goes_on {
                    self.samples.keep_last(0);
                }
            }
        }
        let value = |tag: &TagIndex| {
            let usable = scan.qualities.get(tag.get()).is_some_and(|quality| quality.is_usable());
            scan.values.get(tag.get()).copied().filter(|value| usable && value.is_finite())
        };
        match tags.iter().map(value).collect::<Option<Vec<f64>>>() {
            Some(row) => {
                self.samples.push(scan.source_time, &row);
                self.samples.keep_last(SAMPLES_KEPT);
                true
            }
            // What comes after a blind sample does not follow what came before.
            None => {
                self.samples.keep_last(0);
                false
            }
        }
    }

    /// Hears what has happened to alarms, and what detectors say. What the feed of alarms no longer holds is read from the
    /// journal; what a detector said last says all of it.
    async fn follow(&mut self) -> Result<(), StorageError> {
        while let Some(Some(delivery)) = self.events.next().now_or_never() {
            match delivery {
                Delivery::Item { item, .. } => {
                    let (entry, contributions) = (&item.entry, &item.alarm.contributions);
                    self.standings.changed(&self.args.plant, &entry.alarm, &entry.facts, contributions);
                }
                Delivery::Gap(_) => self.read_standing().await?,
            }
        }
        while let Some(Some(delivery)) = self.reports.next().now_or_never() {
            let Delivery::Item { item: report, .. } = delivery else { continue };
            let plant = Arc::clone(&self.args.plant);
            let spec = plant.detectors.iter().find(|spec| spec.id == report.detector);
            if let (Some(spec), Some(verdict)) = (spec, &report.verdict) {
                let clock = self.args.clock;
                self.standings.advised(&plant, spec, verdict, || fresh(clock));
            }
        }
        Ok(())
    }

    /// Lets a task look at the incident that has waited longest for it, if none is at work.
    fn diagnose_next(&mut self, myself: &Mailbox<Msg>) {
        if self.busy || !self.opened {
            return;
        }
        let newest = self.samples.times().last().copied();
        let watched = self.library.as_ref().map(|fitting| fitting.libraries.period() * SAMPLES_WATCHED);
        let Some(job) = self.standings.next(newest, watched) else { return };
        let until = newest.unwrap_or(job.standing.raised).max(job.standing.raised);
        let libraries = self.library.as_ref().map(|fitting| fitting.libraries.clone());
        let (samples, storage, clock) = (self.samples.clone(), self.args.storage.clone(), self.args.clock);
        let myself = myself.clone();
        self.busy = true;
        tokio::spawn(async move {
            let incident = job.standing.id;
            let outcome = work::look_at(job, libraries, samples, &storage, clock).await;
            drop(myself.cast(Msg::Diagnosed { incident, until, outcome }));
        });
    }

    fn finish(&mut self, incident: OccurrenceId, until: SourceTime, outcome: Result<Looked, String>) {
        self.busy = false;
        match outcome {
            Ok(looked) => {
                if let Some(onset) = &looked.onset {
                    info!(incident = %incident, "something else began at {} while its alarm stood", onset.began);
                }
                self.standings.looked_at(incident, until, looked, fresh(self.args.clock));
                self.diagnosed += 1;
                if self.trouble.take().is_some() {
                    info!("diagnoses are kept again");
                }
            }
            Err(problem) => {
                self.standings.failed(incident, until);
                if self.trouble.is_none() {
                    warn!("a diagnosis was not kept: {problem}");
                }
                self.trouble = Some(problem);
            }
        }
    }

    /// Reads beside the mailbox what the plant did before, so that an alarm soon after a restart can be diagnosed.
    fn remember(&self, myself: &Mailbox<Msg>) {
        let Some(Fitting { libraries, tags }) = &self.library else { return };
        let (period, tags) = (libraries.period(), tags.clone());
        let (storage, myself) = (self.args.storage.clone(), myself.clone());
        tokio::spawn(async move {
            match remembered(&storage, tags, period).await {
                Ok(Some(before)) => drop(myself.cast(Msg::Remembered(before))),
                Ok(None) => {}
                Err(problem) => warn!("what the plant did before cannot be read for diagnoses: {problem}"),
            }
        });
    }

    /// Puts what was remembered before the samples that have come since, if they follow.
    fn prepend(&mut self, before: &Stretch) {
        let Some(Fitting { libraries, .. }) = &self.library else { return };
        let follows = match (before.times().last(), self.samples.times().first()) {
            (Some(last), Some(first)) => first > last && first.since(*last) < libraries.period() * 2,
            (last, None) => last.is_some(),
            _ => false,
        };
        if follows {
            let mut whole = before.clone();
            for at in 0..self.samples.rows() {
                whole.push(self.samples.times()[at], self.samples.row(at));
            }
            self.samples = whole;
        }
    }

    fn sketch(&self) -> Sketch {
        match (&self.trouble, &self.library) {
            (Some(trouble), _) => Sketch::degraded(format!("cannot keep diagnoses: {trouble}")),
            (None, None) if !self.opened => Sketch::at_work("reads its library of incidents"),
            (None, None) => Sketch::at_work("no library of incidents fits this plant"),
            (None, Some(Fitting { libraries, .. })) => {
                let go_on = match self.standings.len() {
                    1 => "1 incident goes on".to_owned(),
                    more => format!("{more} incidents go on"),
                };
                Sketch::at_work(format!(
                    "{}, {} samples, {go_on}, looked at {} times",
                    libraries.all().map(Library::version).collect::<Vec<_>>().join(" and "),
                    self.samples.rows(),
                    self.diagnosed
                ))
            }
        }
    }
}

/// The last hours from history, one row a period; `None` when there are none.
async fn remembered(
    storage: &OwnedPlant,
    tags: Vec<TagIndex>,
    period: Duration,
) -> Result<Option<Stretch>, StorageError> {
    let Some(last) = storage.last_scan().await? else { return Ok(None) };
    let samples = hindsight::stretch(storage, tags, period, last.source_time).await?;
    Ok((samples.rows() > 0).then_some(samples))
}

/// An id for an incident that no alarm has called for.
fn fresh(clock: Clock) -> OccurrenceId {
    let micros = clock.now().as_micros().max(0).unsigned_abs();
    let nanos = u32::try_from(micros % 1_000_000).unwrap_or(0) * 1_000;
    OccurrenceId(Uuid::new_v7(Timestamp::from_unix(NoContext, micros / 1_000_000, nanos)))
}
