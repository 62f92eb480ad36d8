//! The publisher: puts what has happened into the feed, in the order in which it was told.

use std::sync::Arc;

use ractor::{ActorCell, ActorProcessingErr, RpcReplyPort, SpawnErr};
use ractor_cluster::RactorMessage;

use super::lease::Lease;
use super::mailbox::{self, Actor, Mailbox};
use super::portrait::{Poses, Sketch};
use crate::config::bounds;
use crate::domain::{DetectorPortrait, Quality, Scan, SourceReport, SourceTime};
use crate::feed::{AlarmEvent, Cursor, Feed, Stream, SupervisionFrame, ValuesFrame};
use crate::telemetry::events;

/// The only way in.
#[derive(Clone, Debug)]
pub struct Publisher {
    actor: Mailbox<Msg>,
    values: Stream<ValuesFrame>,
}

/// What the publisher starts with.
pub(super) struct Args {
    pub feed: Feed,
    pub lease: Lease,
    pub source: SourceReport,
    /// The newest durable scan of an earlier life.
    pub last: Option<Scan>,
}

#[derive(RactorMessage)]
pub(super) enum Msg {
    ScanAligned { scan: Arc<Scan>, discontinuous: bool },
    SourceReported(SourceReport),
    SourceFellSilent(SourceReport),
    AlarmChanged { cursor: Cursor, event: AlarmEvent },
    AlarmNumberingStarted(Cursor),
    DetectorReported(DetectorPortrait),
    ActorChanged(SupervisionFrame),
    Pose(RpcReplyPort<Sketch>),
}

impl Poses for Msg {
    fn pose(reply: RpcReplyPort<Sketch>) -> Self {
        Self::Pose(reply)
    }
}

impl Publisher {
    pub(super) async fn start(args: Args, parent: ActorCell) -> Result<(Self, Mailbox<Msg>), SpawnErr> {
        let values = args.feed.values.clone();
        let actor = mailbox::open(Behaviour, args, parent).await?;
        Ok((Self { actor: actor.clone(), values }, actor))
    }

    /// False when the scan is folded into the next one, since readers only want the newest.
    pub(super) fn scan_aligned(&self, scan: Arc<Scan>, discontinuous: bool) -> bool {
        if self.actor.is_full(&bounds::PUBLISHER) {
            events::shed(bounds::PUBLISHER.door, bounds::PUBLISHER.when_full.policy());
            return false;
        }
        self.tell(Msg::ScanAligned { scan, discontinuous });
        true
    }

    /// The plant time that is on the screens now; `None` before the first scan.
    pub(super) fn plant_time(&self) -> Option<SourceTime> {
        self.values.latest().map(|frame| frame.scan.source_time)
    }

    pub(super) fn source_reported(&self, report: SourceReport) {
        self.tell(Msg::SourceReported(report));
    }

    pub(super) fn source_fell_silent(&self, report: SourceReport) {
        self.tell(Msg::SourceFellSilent(report));
    }

    pub(super) fn alarm_changed(&self, cursor: Cursor, event: AlarmEvent) {
        self.tell(Msg::AlarmChanged { cursor, event });
    }

    pub(super) fn alarm_numbering_started(&self, cursor: Cursor) {
        self.tell(Msg::AlarmNumberingStarted(cursor));
    }

    pub(super) fn detector_reported(&self, portrait: DetectorPortrait) {
        self.tell(Msg::DetectorReported(portrait));
    }

    pub(super) fn actor_changed(&self, frame: SupervisionFrame) {
        self.tell(Msg::ActorChanged(frame));
    }

    /// The publisher is essential: when it is gone, everybody who tells it anything is about to be restarted.
    fn tell(&self, what: Msg) {
        drop(self.actor.cast(what));
    }
}

struct Behaviour;

pub(super) struct State {
    feed: Feed,
    lease: Lease,
    source: Arc<SourceReport>,
    scans: u64,
}

impl Actor for Behaviour {
    type Msg = Msg;
    type State = State;
    type Arguments = Args;

    async fn pre_start(&self, _: Mailbox<Msg>, args: Args) -> Result<State, ActorProcessingErr> {
        Ok(State::open(args))
    }

    async fn handle(&self, _: Mailbox<Msg>, message: Msg, state: &mut State) -> Result<(), ActorProcessingErr> {
        if !matches!(message, Msg::Pose(_)) {
            state.lease.check()?;
        }
        match message {
            Msg::ScanAligned { scan, discontinuous } => {
                state.scans += 1;
                state.publish_values(scan, discontinuous);
            }
            Msg::SourceReported(report) => {
                state.source = Arc::new(report);
                state.publish_last_scan_again(|_| ());
            }
            Msg::SourceFellSilent(report) => {
                state.source = Arc::new(report);
                state.publish_last_scan_again(turn_stale);
            }
            Msg::AlarmChanged { cursor, event } => state.feed.alarms.publish_at(cursor, event),
            Msg::AlarmNumberingStarted(cursor) => state.feed.alarms.begin(cursor.epoch),
            Msg::DetectorReported(portrait) => drop_cursor(state.feed.detectors.publish(portrait)),
            Msg::ActorChanged(frame) => drop_cursor(state.feed.supervision.publish(frame)),
            Msg::Pose(reply) => {
                let _ = reply.send(Sketch::at_work(format!("{} scans published", state.scans)));
            }
        }
        Ok(())
    }
}

impl State {
    /// A replay at its end sends no scan after a restart, and still has to be shown to be set back.
    fn open(args: Args) -> Self {
        let state = Self { feed: args.feed, lease: args.lease, source: Arc::new(args.source), scans: 0 };
        if let (None, Some(mut scan)) = (state.feed.values.latest(), args.last) {
            turn_stale(&mut scan);
            state.publish_values(Arc::new(scan), false);
        }
        state
    }

    fn publish_values(&self, scan: Arc<Scan>, discontinuous: bool) {
        drop_cursor(self.feed.values.publish(ValuesFrame { scan, source: Arc::clone(&self.source), discontinuous }));
    }

    /// Readers learn from a frame how the source is, also when no scan comes with it.
    fn publish_last_scan_again(&self, change: impl Fn(&mut Scan)) {
        if let Some(last) = self.feed.values.latest() {
            let mut scan = (*last.scan).clone();
            change(&mut scan);
            self.publish_values(Arc::new(scan), false);
        }
    }
}

fn turn_stale(scan: &mut Scan) {
    scan.qualities.iter_mut().filter(|quality| quality.is_usable()).for_each(|quality| *quality = Quality::Stale);
}

/// The sequence of these streams is the ring's own; nobody waits for the number.
fn drop_cursor(_: Cursor) {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{SourceState, WallTime};

    fn scan(number: u64) -> Scan {
        Scan {
            number,
            source_time: SourceTime::from_micros(0),
            ingest_time: WallTime::from_micros(0),
            values: vec![1.0, 2.0],
            qualities: vec![Quality::Good, Quality::Bad],
        }
    }

    fn opened(feed: &Feed, last: Option<Scan>) -> State {
        let source = SourceReport {
            kind: "replay".into(),
            state: SourceState::Ended,
            message: None,
            speed: 1.0,
            achieved_speed: 0.0,
            plant_time: None,
            plant_hours: 0.0,
            controllable: true,
        };
        State::open(Args { feed: feed.clone(), lease: Lease::lasting(), source, last })
    }

    #[test]
    fn the_last_durable_scan_is_shown_greyed_until_a_newer_one_comes() {
        let feed = Feed::new(1);
        opened(&feed, None);
        assert!(feed.values.latest().is_none());
        opened(&feed, Some(scan(7)));
        let shown = feed.values.latest().unwrap();
        assert_eq!(
            (shown.scan.number, shown.scan.qualities.as_slice()),
            (7, [Quality::Stale, Quality::Bad].as_slice())
        );
        // A publisher that is restarted in a running plant has nothing older to tell.
        opened(&feed, Some(scan(3)));
        assert_eq!(feed.values.latest().unwrap().scan.number, 7);
    }
}
