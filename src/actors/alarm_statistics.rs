//! The alarm statistics: follow what happens to alarms, and draw the board of each console from it.
//!
//! They stand beside the way: they read the journal of the last thirty days once, page by page, and then follow the feed. Nobody
//! waits for them, and when they are gone the board is drawn from the journal alone, which gives the same figures.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use ractor::{ActorCell, ActorProcessingErr, RpcReplyPort, SpawnErr};
use ractor_cluster::RactorMessage;
use tracing::{info, warn};

use super::mailbox::{self, Actor, Mailbox};
use super::portrait::{Poses, Sketch};
use crate::alarms::{KPI_WINDOW, KpiReport, RUN_UP, Tally};
use crate::domain::{Console, ConsoleId, Plant, WallTime};
use crate::feed::{AlarmEvent, Cursor, Delivery, Feed, Subscriber};
use crate::storage::PlantStorage;
use crate::telemetry::Clock;

/// Rows that are read at once; between two pages others are answered.
const PAGE: u64 = 1_000;

/// How often the feed is looked at when nobody asks, so that its ring does not run away.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Nothing has been journalled yet; the first row says since when the plant is watched.
const NOT_YET: WallTime = WallTime::from_micros(i64::MAX);

/// Pause before a reading is tried again.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// The only way in.
#[derive(Clone, Debug)]
pub struct AlarmStatistics(Mailbox<Msg>);

/// What the statistics start with.
pub(super) struct Args {
    pub plant: Arc<Plant>,
    pub storage: PlantStorage,
    pub feed: Feed,
    pub clock: Clock,
}

#[derive(RactorMessage)]
pub(super) enum Msg {
    ReadOn,
    LookDue,
    Board { console: ConsoleId, from: WallTime, reply: RpcReplyPort<Option<Box<KpiReport>>> },
    Pose(RpcReplyPort<Sketch>),
}

impl Poses for Msg {
    fn pose(reply: RpcReplyPort<Sketch>) -> Self {
        Self::Pose(reply)
    }
}

impl AlarmStatistics {
    pub(super) async fn start(args: Args, parent: ActorCell) -> Result<(Self, Mailbox<Msg>), SpawnErr> {
        let actor = mailbox::open(Behaviour, args, parent).await?;
        for first in [Msg::ReadOn, Msg::LookDue] {
            actor.cast(first).map_err(|error| SpawnErr::StartupFailed(error.to_string().into()))?;
        }
        Ok((Self(actor.clone()), actor))
    }

    /// The board of a console from the beginning of an hour until now; `None` for a console that there is not, and while the
    /// journal is still being read.
    ///
    /// # Errors
    /// While the statistics are being restarted.
    pub async fn board(
        &self,
        console: ConsoleId,
        from: WallTime,
    ) -> Result<Option<Box<KpiReport>>, super::Unavailable> {
        let question = |reply| Msg::Board { console, from, reply };
        super::answer(self.0.call(question, Some(super::PATIENCE)).await)
    }
}

struct Behaviour;

struct State {
    args: Args,
    tallies: BTreeMap<ConsoleId, Tally>,
    /// Everything up to here is counted.
    counted: Cursor,
    /// Where the feed is read.
    events: Subscriber<AlarmEvent>,
    /// Whether the journal is being read.
    reads: bool,
    /// The journal must be read up to here, since the feed no longer holds it.
    missing_to: Option<Cursor>,
    rows: u64,
    trouble: Option<String>,
}

impl Actor for Behaviour {
    type Msg = Msg;
    type State = State;
    type Arguments = Args;

    async fn pre_start(&self, _: Mailbox<Msg>, args: Args) -> Result<State, ActorProcessingErr> {
        let now = args.clock.now();
        let from = now - KPI_WINDOW;
        let watched_since = args.storage.journal_begins().await?.unwrap_or(NOT_YET);
        let first = args.storage.journal_row_at(from - RUN_UP).await?;
        let before = args.storage.load_alarms().await?;
        let tally = |console: &Console| {
            let mut tally = Tally::new(console.alarms(&args.plant), from, watched_since);
            for (alarm, facts, last) in &before {
                if last.wall_time < from - RUN_UP {
                    tally.stood(alarm, facts);
                }
            }
            (console.id.clone(), tally)
        };
        let tallies = args.plant.consoles.iter().map(tally).collect();
        let begin = || before.iter().map(|(_, _, last)| Cursor { epoch: last.epoch, sequence: last.sequence }).max();
        // Without a row in the window whatever comes lies behind the newest.
        let counted = match first {
            Some(at) => Cursor { epoch: at.epoch, sequence: at.sequence - 1 },
            None => begin().unwrap_or(Cursor { epoch: 0, sequence: 0 }),
        };
        let events = args.feed.alarms.subscribe(Some(counted));
        Ok(State { args, tallies, counted, events, reads: true, missing_to: None, rows: 0, trouble: None })
    }

    async fn handle(&self, myself: Mailbox<Msg>, message: Msg, state: &mut State) -> Result<(), ActorProcessingErr> {
        match message {
            Msg::ReadOn => state.read_on(&myself).await?,
            Msg::LookDue => {
                state.follow(&myself)?;
                myself.send_after(LOOK_EVERY, || Msg::LookDue);
            }
            Msg::Board { console, from, reply } => {
                state.follow(&myself)?;
                drop(reply.send(state.board(&console, from)));
            }
            Msg::Pose(reply) => drop(reply.send(state.sketch())),
        }
        Ok(())
    }
}

impl State {
    /// Reads a page of the journal; behind the last one the feed goes on.
    async fn read_on(&mut self, myself: &Mailbox<Msg>) -> Result<(), ActorProcessingErr> {
        let page = match self.args.storage.journal_after(self.counted.epoch, self.counted.sequence, PAGE).await {
            Ok(page) => page,
            Err(problem) => {
                if self.trouble.is_none() {
                    warn!("the alarm statistics wait for the journal: {problem}");
                }
                self.trouble = Some(problem.to_string());
                myself.send_after(RETRY_AFTER, || Msg::ReadOn);
                return Ok(());
            }
        };
        self.trouble = None;
        for entry in &page {
            self.count(entry);
        }
        if page.len() as u64 == PAGE {
            myself.cast(Msg::ReadOn)?;
            return Ok(());
        }
        // A new life begins with nothing before it; else what the feed has lost may not be written down yet.
        if self.missing_to.is_some_and(|to| to.sequence > 0 && self.counted < to) {
            myself.send_after(RETRY_AFTER, || Msg::ReadOn);
            return Ok(());
        }
        self.missing_to = None;
        self.reads = false;
        info!(rows = self.rows, "the alarm statistics follow the alarms from here");
        Ok(())
    }

    /// Counts what the feed holds. What it no longer holds is read from the journal.
    fn follow(&mut self, myself: &Mailbox<Msg>) -> Result<(), ActorProcessingErr> {
        while !self.reads
            && let Some(Some(delivery)) = self.events.next().now_or_never()
        {
            match delivery {
                Delivery::Item { item, .. } => self.count(&item.entry),
                Delivery::Gap(gap) => {
                    self.missing_to = Some(gap.to);
                    self.reads = true;
                    myself.cast(Msg::ReadOn)?;
                }
            }
        }
        Ok(())
    }

    fn count(&mut self, entry: &crate::domain::JournalEntry) {
        let at = Cursor { epoch: entry.epoch, sequence: entry.sequence };
        if at <= self.counted {
            return;
        }
        self.counted = at;
        self.rows += 1;
        self.tallies.values_mut().for_each(|tally| tally.feed(entry));
    }

    fn board(&mut self, console: &ConsoleId, from: WallTime) -> Option<Box<KpiReport>> {
        if self.reads {
            return None;
        }
        let now = self.args.clock.now();
        let tally = self.tallies.get_mut(console)?;
        tally.forget_before(now - KPI_WINDOW - RUN_UP);
        tally.pass(now);
        Some(Box::new(tally.report(from, now)))
    }

    fn sketch(&self) -> Sketch {
        match (&self.trouble, self.reads) {
            (Some(trouble), _) => Sketch::degraded(format!("waits for the journal: {trouble}")),
            (None, true) => Sketch::at_work(format!("reads the journal, {} rows so far", self.rows)),
            (None, false) => Sketch::at_work(format!("{} rows counted", self.rows)),
        }
    }
}
