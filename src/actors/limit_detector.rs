//! The charts of the limits and conditions of one unit, and the watch over its instruments.

use std::sync::Arc;

use ractor::{ActorCell, ActorProcessingErr, RpcReplyPort, SpawnErr};
use ractor_cluster::RactorMessage;
use tokio::sync::watch;

use super::alarm_desk::AlarmDesk;
use super::mailbox::{self, Actor, Mailbox};
use super::portrait::{Poses, Sketch};
use super::unit::UnitScan;
use crate::config::plant as plant_file;
use crate::detect::quality::judge;
use crate::detect::{ConditionChart, LimitChart, Reading};
use crate::domain::{
    AlarmId, ConditionReport, ConditionTest, Contribution, Plant, Quality, Reference, Severity, TagIndex, UnitId,
};

/// The only way in.
#[derive(Clone, Debug)]
pub(super) struct LimitDetector(Mailbox<Msg>);

/// What the limit charts of a unit start with.
pub(super) struct Args {
    pub unit: UnitId,
    pub desk: AlarmDesk,
}

#[derive(RactorMessage)]
pub(super) enum Msg {
    ScanJudged(Arc<UnitScan>),
    Pose(RpcReplyPort<Sketch>),
}

impl Poses for Msg {
    fn pose(reply: RpcReplyPort<Sketch>) -> Self {
        Self::Pose(reply)
    }
}

impl LimitDetector {
    pub async fn start(args: Args, parent: ActorCell) -> Result<(Self, Mailbox<Msg>), SpawnErr> {
        let actor = mailbox::open(Behaviour, args, parent).await?;
        Ok((Self(actor.clone()), actor))
    }

    /// The unit holds its scans back while this one is being restarted, so a lost message is only a late one.
    pub fn scan_judged(&self, scan: Arc<UnitScan>) {
        drop(self.0.cast(Msg::ScanJudged(scan)));
    }
}

struct Behaviour;

struct State {
    plant: Arc<Plant>,
    desk: AlarmDesk,
    /// The plant that runs; its limits change when a change of the register takes effect.
    running: watch::Receiver<Arc<Plant>>,
    watches: Vec<Watch>,
    conditions: Vec<ConditionWatch>,
    instruments: Instruments,
    scans: u64,
}

/// One limit of one tag.
struct Watch {
    alarm: AlarmId,
    slot: usize,
    tag: TagIndex,
    chart: LimitChart,
}

/// One condition of one tag.
struct ConditionWatch {
    slot: usize,
    tag: TagIndex,
    /// The tag from which it is to deviate, and its place in the unit if it belongs to it.
    other: Option<(TagIndex, Option<usize>)>,
    chart: ConditionChart,
}

/// Whether every instrument of the unit gives something that can be used.
struct Instruments {
    alarm: AlarmId,
    unusable: Option<usize>,
}

impl Actor for Behaviour {
    type Msg = Msg;
    type State = State;
    type Arguments = Args;

    /// A restarted chart goes on from what the desk knows, so it neither raises again nor clears before it can know.
    async fn pre_start(&self, _: Mailbox<Msg>, args: Args) -> Result<State, ActorProcessingErr> {
        let active = args.desk.active_conditions().await?;
        let mut running = args.desk.running();
        let plant = Arc::clone(&running.borrow_and_update());
        let mut watches = Vec::new();
        let mut conditions = Vec::new();
        let slots: Vec<TagIndex> = plant.tags_of(&args.unit).map(|(index, _)| index).collect();
        for (slot, (index, tag)) in plant.tags_of(&args.unit).enumerate() {
            for condition in &tag.conditions {
                let other = match condition.test {
                    ConditionTest::Deviation { from: Reference::Tag(other), .. } => Some(other),
                    _ => None,
                };
                let other = other.map(|tag| (tag, slots.iter().position(|slot| *slot == tag)));
                let chart = ConditionChart::resume(condition.clone(), active.contains(&condition.alarm));
                conditions.push(ConditionWatch { slot, tag: index, other, chart });
            }
            for limit in &tag.limits {
                let alarm = plant_file::limit_alarm(&tag.id, limit.kind);
                let chart = LimitChart::resume(limit.clone(), active.contains(&alarm));
                watches.push(Watch { alarm, slot, tag: index, chart });
            }
        }
        let alarm = plant_file::instrument_alarm(&args.unit);
        let instruments = Instruments { alarm, unusable: None };
        Ok(State { plant, desk: args.desk, running, watches, conditions, instruments, scans: 0 })
    }

    async fn handle(&self, _: Mailbox<Msg>, message: Msg, state: &mut State) -> Result<(), ActorProcessingErr> {
        match message {
            Msg::ScanJudged(scan) => {
                state.scans += 1;
                state.retune();
                state.watch_limits(&scan);
                state.watch_conditions(&scan);
                state.watch_instruments(&scan);
            }
            Msg::Pose(reply) => {
                let words = match state.conditions.len() {
                    0 => format!("{} limits, {} scans", state.watches.len(), state.scans),
                    more => format!("{} limits, {more} conditions, {} scans", state.watches.len(), state.scans),
                };
                drop(reply.send(Sketch::at_work(words)));
            }
        }
        Ok(())
    }
}

impl State {
    /// A change of the register is looked at with the first scan after it, so that a chart never judges one scan by two limits.
    fn retune(&mut self) {
        // Without the desk nobody changes anything, and these charts are built anew with it.
        if !self.running.has_changed().unwrap_or(false) {
            return;
        }
        let plant = Arc::clone(&self.running.borrow_and_update());
        for watch in &mut self.watches {
            let kind = watch.chart.limit().kind;
            let now = plant.tag(watch.tag).and_then(|tag| tag.limits.iter().find(|limit| limit.kind == kind));
            if let Some(limit) = now.filter(|limit| *limit != watch.chart.limit()) {
                watch.chart.retune(limit.clone());
            }
        }
    }

    fn watch_limits(&mut self, scan: &UnitScan) {
        for watch in &mut self.watches {
            let (value, quality) = (scan.values[watch.slot], scan.qualities[watch.slot]);
            let Some(change) = watch.chart.push(scan.work.source_time, value, quality) else { continue };
            let report = watch.chart.report(change, watch.alarm.clone(), watch.tag, scan.work.number);
            self.desk.condition_changed(report);
        }
    }

    fn watch_conditions(&mut self, scan: &UnitScan) {
        let of_slot = |slot: usize| Reading { value: scan.values[slot], quality: scan.qualities[slot] };
        for watch in &mut self.conditions {
            let other = watch.other.map(|(tag, slot)| match slot {
                Some(slot) => of_slot(slot),
                None => of_another_unit(&self.plant, scan, tag),
            });
            let Some(change) = watch.chart.push(scan.work.source_time, of_slot(watch.slot), other) else { continue };
            self.desk.condition_changed(watch.chart.report(change, watch.tag, scan.work.number));
        }
    }

    fn watch_instruments(&mut self, scan: &UnitScan) {
        let unusable = |slot: &usize| !scan.qualities[*slot].is_usable();
        let slots: Vec<usize> = (0..scan.tags.len()).filter(unusable).collect();
        if self.instruments.unusable == Some(slots.len()) {
            return;
        }
        self.instruments.unusable = Some(slots.len());
        let share = 1.0 / slots.len().max(1) as f64;
        self.desk.condition_changed(ConditionReport {
            alarm: self.instruments.alarm.clone(),
            active: Some(!slots.is_empty()),
            severity: Severity::Low,
            source_time: scan.work.source_time,
            scan: scan.work.number,
            value: slots.len() as f64,
            limit: 0.0,
            contributions: slots.iter().map(|slot| Contribution { tag: scan.tags[*slot], share }).collect(),
        });
    }
}

/// A tag of another unit: the sensors there judge it by the same rule, and this unit does not wait for them.
fn of_another_unit(plant: &Plant, scan: &UnitScan, tag: TagIndex) -> Reading {
    let value = scan.work.values.get(tag.get()).copied().unwrap_or(f64::NAN);
    let said = scan.work.qualities.get(tag.get()).copied().unwrap_or(Quality::Bad);
    let quality = plant.tag(tag).map_or(Quality::Bad, |tag| judge(tag, value, said));
    Reading { value, quality }
}
