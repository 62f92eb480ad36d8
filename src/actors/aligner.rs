//! The scan aligner: sends each scan of the source to the units, puts their judged parts together again, and gives the
//! whole to the plant-wide detectors, the historian and the publisher, in order.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use ractor::{ActorCell, ActorProcessingErr, RpcReplyPort, SpawnErr};
use ractor_cluster::RactorMessage;

use super::chart_detector::ChartDetector;
use super::design_rules::DesignRules;
use super::diagnostician::Diagnostician;
use super::historian::Historian;
use super::mailbox::{self, Actor, Mailbox};
use super::plant::{PlantHears, SystemCondition};
use super::portrait::{Poses, Sketch, Tell};
use super::publisher::Publisher;
use super::unit::{ProcessUnit, RawWork, UnitScan};
use crate::config::plant as plant_file;
use crate::domain::{DetectorId, Plant, Quality, Scan, SourceReport, SourceState, WallTime};
use crate::telemetry::{Clock, events};

/// How often the aligner looks whether the source still speaks.
const WATCH_PERIOD: Duration = Duration::from_secs(1);

/// The only way in.
#[derive(Clone, Debug)]
pub(super) struct Aligner(Mailbox<Msg>);

/// What the aligner starts with.
pub(super) struct Args {
    pub plant: Arc<Plant>,
    pub units: Vec<ProcessUnit>,
    pub detectors: BTreeMap<DetectorId, ChartDetector>,
    pub diagnostician: Option<Diagnostician>,
    pub rules: Option<DesignRules>,
    pub historian: Historian,
    pub publisher: Publisher,
    pub clock: Clock,
    pub plant_hears: Tell<PlantHears>,
}

/// What belongs to a scan and comes out with it at the other end.
#[derive(Debug)]
pub(super) struct Luggage {
    /// The source's state after this scan, to be saved with it.
    pub checkpoint: Option<Vec<u8>>,
    /// Whether plant time did not simply go on since the scan before.
    pub discontinuous: bool,
}

#[derive(RactorMessage)]
pub(super) enum Msg {
    ScanArrived { work: Arc<RawWork>, luggage: Luggage },
    UnitJudged(Arc<UnitScan>),
    UnitReplaced { position: usize, unit: ProcessUnit },
    DetectorReplaced { id: DetectorId, detector: Option<ChartDetector> },
    DiagnosticianReplaced(Option<Diagnostician>),
    RulesReplaced(Option<DesignRules>),
    SourceReported(SourceReport),
    Watch,
    Pose(RpcReplyPort<Sketch>),
}

impl Poses for Msg {
    fn pose(reply: RpcReplyPort<Sketch>) -> Self {
        Self::Pose(reply)
    }
}

impl Aligner {
    pub async fn start(args: Args, parent: ActorCell) -> Result<(Self, Mailbox<Msg>), SpawnErr> {
        let actor = mailbox::open(Behaviour, args, parent).await?;
        Ok((Self(actor.clone()), actor))
    }

    pub fn scan_arrived(&self, work: Arc<RawWork>, luggage: Luggage) {
        self.tell(Msg::ScanArrived { work, luggage });
    }

    pub fn unit_judged(&self, part: Arc<UnitScan>) {
        self.tell(Msg::UnitJudged(part));
    }

    pub fn unit_replaced(&self, position: usize, unit: ProcessUnit) {
        self.tell(Msg::UnitReplaced { position, unit });
    }

    pub fn detector_replaced(&self, id: DetectorId, detector: Option<ChartDetector>) {
        self.tell(Msg::DetectorReplaced { id, detector });
    }

    pub fn diagnostician_replaced(&self, diagnostician: Option<Diagnostician>) {
        self.tell(Msg::DiagnosticianReplaced(diagnostician));
    }

    pub fn rules_replaced(&self, rules: Option<DesignRules>) {
        self.tell(Msg::RulesReplaced(rules));
    }

    pub fn source_reported(&self, report: SourceReport) {
        self.tell(Msg::SourceReported(report));
    }

    /// The aligner is essential: when it is gone, the source is about to be restarted with it.
    fn tell(&self, what: Msg) {
        drop(self.0.cast(what));
    }
}

struct Behaviour;

struct State {
    args: Args,
    open: VecDeque<Open>,
    /// Who gets scans as long as it keeps up.
    detectors: BTreeMap<DetectorId, Reader<ChartDetector>>,
    diagnostician: Option<Reader<Diagnostician>>,
    publisher: Reader<Publisher>,
    source: Option<SourceReport>,
    last_scan_at: WallTime,
    silent: bool,
    /// Whether it has said that scans come.
    introduced: bool,
    aligned: u64,
}

/// Somebody who is left behind rather than waited for.
struct Reader<D> {
    door: D,
    /// Whether the next scan that it gets does not follow the last one that it got.
    broken: bool,
}

impl<D> Reader<D> {
    fn new(door: D) -> Self {
        Self { door, broken: false }
    }
}

struct Open {
    work: Arc<RawWork>,
    luggage: Luggage,
    parts: Vec<Option<Arc<UnitScan>>>,
}

impl Actor for Behaviour {
    type Msg = Msg;
    type State = State;
    type Arguments = Args;

    async fn pre_start(&self, myself: Mailbox<Msg>, args: Args) -> Result<State, ActorProcessingErr> {
        myself.send_interval(WATCH_PERIOD, || Msg::Watch);
        let last_scan_at = args.clock.now();
        let detectors = args.detectors.iter().map(|(id, door)| (id.clone(), Reader::new(door.clone()))).collect();
        Ok(State {
            publisher: Reader::new(args.publisher.clone()),
            detectors,
            diagnostician: args.diagnostician.clone().map(Reader::new),
            args,
            open: VecDeque::new(),
            source: None,
            last_scan_at,
            silent: false,
            introduced: false,
            aligned: 0,
        })
    }

    async fn handle(&self, myself: Mailbox<Msg>, message: Msg, state: &mut State) -> Result<(), ActorProcessingErr> {
        match message {
            Msg::ScanArrived { work, luggage } => state.distribute(work, luggage, &Aligner(myself)),
            Msg::UnitJudged(part) => state.put_together(part),
            Msg::UnitReplaced { position, unit } => state.ask_successor(position, unit, &Aligner(myself)),
            Msg::DetectorReplaced { id, detector } => state.replace_detector(&id, detector),
            Msg::DiagnosticianReplaced(door) => state.diagnostician = door.map(Reader::new),
            Msg::RulesReplaced(rules) => state.args.rules = rules,
            Msg::SourceReported(report) => state.source_reported(report),
            Msg::Watch => state.watch(),
            Msg::Pose(reply) => drop(reply.send(state.sketch())),
        }
        Ok(())
    }
}

impl State {
    fn distribute(&mut self, work: Arc<RawWork>, luggage: Luggage, myself: &Aligner) {
        self.last_scan_at = work.ingest_time;
        // Also the first scan of all: an alarm may still stand of an earlier life.
        if self.silent || !std::mem::replace(&mut self.introduced, true) {
            self.silent = false;
            self.say_silent(false);
        }
        for unit in &self.args.units {
            unit.scan_arrived(Arc::clone(&work), myself.clone());
        }
        let parts = vec![None; self.args.units.len()];
        self.open.push_back(Open { work, luggage, parts });
    }

    fn put_together(&mut self, part: Arc<UnitScan>) {
        let Some(open) = self.open.iter_mut().find(|open| open.work.number == part.work.number) else { return };
        let position = part.position;
        open.parts[position] = Some(part);
        while self.open.front().is_some_and(|open| open.parts.iter().all(Option::is_some)) {
            if let Some(complete) = self.open.pop_front() {
                self.hand_on(complete);
            }
        }
    }

    fn hand_on(&mut self, open: Open) {
        let discontinuous = open.luggage.discontinuous;
        let scan = Arc::new(whole(&self.args.plant, &open));
        events::scan_aligned(&self.args.plant.id, &scan, self.args.clock.now());
        for detector in self.detectors.values_mut() {
            let broken = detector.broken || discontinuous;
            detector.broken = !detector.door.scan_aligned(Arc::clone(&scan), broken);
        }
        if let Some(diagnostician) = &mut self.diagnostician {
            let broken = diagnostician.broken || discontinuous;
            diagnostician.broken = !diagnostician.door.scan_aligned(Arc::clone(&scan), broken);
        }
        if let Some(rules) = &self.args.rules {
            rules.scan_aligned(Arc::clone(&scan));
        }
        let broken = self.publisher.broken || discontinuous;
        let folded = !self.publisher.door.scan_aligned(Arc::clone(&scan), broken);
        self.publisher.broken = folded && broken;
        self.args.historian.scan_aligned(scan, open.luggage.checkpoint, open.work.ticket.clone());
        self.aligned += 1;
    }

    /// A unit has been restarted: its successor is asked for everything that its predecessor still owed.
    fn ask_successor(&mut self, position: usize, unit: ProcessUnit, myself: &Aligner) {
        for open in self.open.iter().filter(|open| open.parts[position].is_none()) {
            unit.scan_arrived(Arc::clone(&open.work), myself.clone());
        }
        self.args.units[position] = unit;
    }

    fn replace_detector(&mut self, id: &DetectorId, detector: Option<ChartDetector>) {
        self.detectors.remove(id);
        self.detectors.extend(detector.map(|detector| (id.clone(), Reader::new(detector))));
    }

    fn source_reported(&mut self, report: SourceReport) {
        // A pause is not silence: the time of the last scan moves along with it.
        self.last_scan_at = self.args.clock.now();
        self.source = Some(report);
    }

    fn watch(&mut self) {
        let Some(source) = &self.source else { return };
        let speaks = matches!(source.state, SourceState::Running | SourceState::ShutDown);
        let quiet_for = self.args.clock.now().since(self.last_scan_at);
        if speaks && !self.silent && quiet_for >= self.args.plant.stale_after {
            let message = format!("no scan for {} s", quiet_for.as_secs());
            let report = SourceReport { state: SourceState::Silent, message: Some(message), ..source.clone() };
            self.args.publisher.source_fell_silent(report);
            self.silent = true;
            self.say_silent(true);
            self.args.rules.iter().for_each(DesignRules::source_fell_silent);
        }
    }

    fn say_silent(&self, active: bool) {
        let silence = self.args.plant.stale_after.as_secs();
        let detail = if active { format!("no scan for {silence} s") } else { "scans come".to_owned() };
        let condition = SystemCondition { alarm: plant_file::SOURCE_SILENT.into(), active, detail };
        self.args.plant_hears.say(PlantHears::System(condition));
    }

    fn sketch(&self) -> Sketch {
        if self.silent {
            return Sketch::degraded("the source is silent");
        }
        Sketch::at_work(format!("{} scans aligned, {} under way", self.aligned, self.open.len()))
    }
}

fn whole(plant: &Plant, open: &Open) -> Scan {
    let mut values = vec![f64::NAN; plant.tags.len()];
    let mut qualities = vec![Quality::Bad; plant.tags.len()];
    for part in open.parts.iter().flatten() {
        for (slot, tag) in part.tags.iter().enumerate() {
            values[tag.get()] = part.values[slot];
            qualities[tag.get()] = part.qualities[slot];
        }
    }
    let RawWork { number, source_time, ingest_time, .. } = *open.work;
    Scan { number, source_time, ingest_time, values, qualities }
}
