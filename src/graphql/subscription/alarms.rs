//! Following alarms: each event once, in order. What the feed no longer holds is read from the journal; where the journal
//! cannot close the gap either, the client is told, and gets the alarm list afresh.

use std::collections::VecDeque;
use std::sync::Arc;

use async_graphql::{Result, SimpleObject, Union};
use futures_util::{FutureExt, Stream};

use super::discontinuity::Discontinuity;
use super::follow::{self, Follow};
use super::open::OpenSubscription;
use super::patience::patiently;
use crate::actors;
use crate::domain::{self, Plant};
use crate::feed::{self, Cursor, Delivery, Gap, Subscriber};
use crate::graphql::Api;
use crate::graphql::error::ApiError;
use crate::graphql::types::{Alarm, JournalEntry};

/// Alarms in one part of the list. A hundred thousand in one piece would be a gigabyte on the way to their text.
const PART: usize = 1_000;

/// From before everything: whoever goes on from here gets the list afresh.
const BEFORE_EVERYTHING: Cursor = Cursor { epoch: 0, sequence: 0 };

/// Most rows that are read from the journal to close a gap; beyond it a fresh list is the better answer.
const BACKFILL_MAX: usize = 10_000;

/// What comes next in the stream of alarms.
#[derive(Union)]
pub enum AlarmItem {
    /// The alarm list, or a part of it.
    Snapshot(AlarmSnapshot),
    /// Something has happened to one alarm.
    Event(Box<AlarmEvent>),
    /// Something is missing here.
    Discontinuity(Discontinuity),
}

/// Every alarm that is not simply normal. A long list comes in parts, one after the other with nothing between them.
#[derive(SimpleObject)]
pub struct AlarmSnapshot {
    /// Pass it as `since` to go on after this. Before the last part it is from before everything: whoever is cut off amid the
    /// list gets it afresh.
    cursor: String,
    /// Which part of the list this is, from 1.
    part: usize,
    /// How many parts the list has; once the last is there, it replaces all that was known.
    parts: usize,
    /// The alarms of the alarm list, and those that are shelved, suppressed or out of service.
    alarms: Vec<Alarm>,
}

/// Something has happened to one alarm.
#[derive(SimpleObject)]
pub struct AlarmEvent {
    /// Pass it as `since` to go on after this.
    cursor: String,
    /// What has happened.
    entry: JournalEntry,
    /// The alarm after it.
    alarm: Alarm,
    /// Whether it must be annunciated (again).
    annunciate: bool,
}

/// Follows all alarms.
pub(super) fn follow(api: &Api, since: Option<Cursor>) -> impl Stream<Item = Result<AlarmItem>> + use<> {
    let follower = Follower {
        past: api.clone(),
        plant: Arc::clone(&api.plant),
        events: api.feed.alarms.subscribe(since),
        covered: None,
        ready: VecDeque::new(),
        snapshot_due: since.is_none(),
        unheard: true,
        open: OpenSubscription::to("alarms"),
    };
    follow::follow(follower)
}

/// Who knows what the feed no longer holds.
trait Past: Send + Sync + 'static {
    fn snapshot(&self) -> impl Future<Output = Result<actors::AlarmSnapshot, ApiError>> + Send;

    fn journal_after(
        &self,
        at: Cursor,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<domain::JournalEntry>, ApiError>> + Send;
}

impl Past for Api {
    async fn snapshot(&self) -> Result<actors::AlarmSnapshot, ApiError> {
        self.alarm_snapshot().await
    }

    async fn journal_after(&self, at: Cursor, limit: usize) -> Result<Vec<domain::JournalEntry>, ApiError> {
        Self::journal_after(self, at, limit).await
    }
}

struct Follower<P> {
    past: P,
    plant: Arc<Plant>,
    events: Subscriber<feed::AlarmEvent>,
    /// Up to here the client knows everything. The desk may be a little ahead of the feed.
    covered: Option<Cursor>,
    ready: VecDeque<AlarmItem>,
    snapshot_due: bool,
    /// Whether the client has not heard anything yet, so that it cannot know whether its subscription stands.
    unheard: bool,
    open: OpenSubscription,
}

impl<P: Past> Follow for Follower<P> {
    type Item = AlarmItem;

    async fn next(&mut self) -> Result<Option<AlarmItem>, ApiError> {
        loop {
            if let Some(item) = self.ready.pop_front() {
                self.unheard = false;
                return Ok(Some(item));
            }
            if std::mem::take(&mut self.snapshot_due) {
                self.snapshot().await?;
                continue;
            }
            let delivery = match self.events.next().now_or_never() {
                Some(delivery) => delivery,
                // Nothing has happened since the client's cursor, and alarms may be quiet for days: the list itself says so.
                None if self.unheard => {
                    self.snapshot_due = true;
                    continue;
                }
                None => self.events.next().await,
            };
            match delivery {
                Some(Delivery::Item { cursor, .. }) if Some(cursor) <= self.covered => {}
                Some(Delivery::Item { item, .. }) => {
                    self.unheard = false;
                    let alarm = Alarm::new(&self.plant, &item.alarm);
                    return Ok(Some(event(&item.entry, alarm, item.annunciate)));
                }
                Some(Delivery::Gap(gap)) => self.close(gap).await?,
                None => return Ok(None),
            }
        }
    }

    fn open(&mut self) -> &mut OpenSubscription {
        &mut self.open
    }
}

impl<P: Past> Follower<P> {
    /// The feed goes on behind the snapshot: what that holds already is dropped by its number.
    async fn snapshot(&mut self) -> Result<(), ApiError> {
        let now = patiently(|| self.past.snapshot()).await?;
        self.covered = Some(now.cursor);
        let listed = now.alarms.iter().filter(|alarm| alarm.facts.state() != domain::AlarmState::Normal);
        let alarms: Vec<Alarm> = listed.map(|alarm| Alarm::new(&self.plant, alarm)).collect();
        // A list of nothing is said too.
        let parts = alarms.len().div_ceil(PART).max(1);
        let mut rest = alarms.into_iter();
        self.ready.extend((1..=parts).map(|part| {
            let cursor = if part == parts { now.cursor } else { BEFORE_EVERYTHING };
            let alarms = rest.by_ref().take(PART).collect();
            AlarmItem::Snapshot(AlarmSnapshot { cursor: cursor.to_string(), part, parts, alarms })
        }));
        Ok(())
    }

    async fn close(&mut self, gap: Gap) -> Result<(), ApiError> {
        if Some(gap.to) <= self.covered {
            return Ok(());
        }
        // A cursor that a query has given out just now may be ahead of the feed, but never ahead of the desk.
        if gap.from > gap.to && gap.from <= patiently(|| self.past.snapshot()).await?.cursor {
            self.covered = Some(gap.from);
            return Ok(());
        }
        let gap = Gap { from: self.covered.map_or(gap.from, |covered| covered.max(gap.from)), ..gap };
        match self.backfill(gap).await? {
            Some(rows) => {
                let backfilled = rows.into_iter().map(|row| {
                    let alarm = Alarm::of_entry(&self.plant, &row);
                    let annunciate = row.is_annunciated();
                    event(&Arc::new(row), alarm, annunciate)
                });
                self.ready.extend(backfilled);
            }
            None => {
                self.ready.push_back(AlarmItem::Discontinuity(gap.into()));
                self.snapshot_due = true;
            }
        }
        Ok(())
    }

    /// The rows of a gap, when the journal holds every one of them. It must also hold the row of the client's own cursor:
    /// what a client was told and the journal has lost in a crash can only be corrected by a fresh list.
    async fn backfill(&self, gap: Gap) -> Result<Option<Vec<domain::JournalEntry>>, ApiError> {
        if gap.from > gap.to || gap.from.sequence <= 0 {
            return Ok(None);
        }
        let before = Cursor { sequence: gap.from.sequence - 1, ..gap.from };
        let mut rows = self.past.journal_after(before, BACKFILL_MAX).await?;
        rows.retain(|row| JournalEntry::cursor(row) <= gap.to);
        Ok(follow_one_another(&rows, gap).then(|| rows.split_off(1)))
    }
}

/// Whether the rows lead from the client's cursor to the end of the gap with none missing.
fn follow_one_another(rows: &[domain::JournalEntry], gap: Gap) -> bool {
    let cursors: Vec<Cursor> = rows.iter().map(JournalEntry::cursor).collect();
    let starts = cursors.first() == Some(&gap.from);
    // A new epoch begins with 1; what the one before it still had to say stands in the journal or was never durable.
    let follows = |pair: &[Cursor]| {
        let [a, b] = pair else { return false };
        if a.epoch == b.epoch { b.sequence == a.sequence + 1 } else { b.sequence == 1 }
    };
    let ends =
        cursors.last().is_some_and(|last| *last == gap.to || (gap.to.sequence == 0 && last.epoch < gap.to.epoch));
    starts && ends && cursors.windows(2).all(follows)
}

fn event(entry: &Arc<domain::JournalEntry>, alarm: Alarm, annunciate: bool) -> AlarmItem {
    let cursor = JournalEntry::cursor(entry).to_string();
    AlarmItem::Event(Box::new(AlarmEvent { cursor, entry: JournalEntry::new(Arc::clone(entry)), alarm, annunciate }))
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::time::Duration;

    use super::*;
    use crate::domain::{
        AlarmDefinition, AlarmFacts, AlarmHandling, AlarmState, PlantId, Severity, SourceTime, WallTime,
    };
    use crate::feed::AlarmView;

    const DEFINITION_ID: &str = "XMEAS_7/HIGH";

    fn definition() -> AlarmDefinition {
        AlarmDefinition {
            id: DEFINITION_ID.into(),
            title: "Reactor pressure high".into(),
            unit: None,
            tag: None,
            detector: None,
            severity: Severity::High,
            handling: AlarmHandling::of(Severity::High),
            cause: String::new(),
            consequence: String::new(),
            guidance: String::new(),
            rationale: Default::default(),
            limit: None,
        }
    }

    fn plant() -> Arc<Plant> {
        Arc::new(Plant {
            id: PlantId::from("p"),
            name: "P".into(),
            scan_period: Duration::from_secs(1),
            lookup: Default::default(),
            stale_after: Duration::from_secs(5),
            units: vec![],
            tags: vec![],
            loops: vec![],
            detectors: vec![],
            alarms: vec![Arc::new(definition())],
            register: domain::RegisterRules::default(),
            suppression_rules: Vec::new(),
            eclipses: Vec::new(),
            first_out: Vec::new(),
            consoles: Vec::new(),
        })
    }

    fn row(epoch: i64, sequence: i64) -> domain::JournalEntry {
        domain::JournalEntry {
            epoch,
            sequence,
            alarm: DEFINITION_ID.into(),
            occurrence: None,
            kind: domain::TransitionKind::Raised,
            from: AlarmState::Normal,
            to: AlarmState::Unacknowledged,
            facts: AlarmFacts { active: true, acked: false, ..AlarmFacts::quiet(Severity::High) },
            source_time: SourceTime::from_micros(0),
            wall_time: WallTime::from_micros(0),
            scan: None,
            value: None,
            limit: None,
            by: None,
            comment: None,
            client: None,
            idempotency_key: None,
            contributions: vec![],
        }
    }

    fn view() -> Arc<AlarmView> {
        let facts = AlarmFacts { active: true, acked: false, ..AlarmFacts::quiet(Severity::High) };
        Arc::new(AlarmView {
            definition: Arc::new(definition()),
            facts,
            value: None,
            limit: None,
            contributions: vec![],
            acknowledged_by: None,
            acknowledged_at: None,
            comment: None,
            put_aside: Default::default(),
        })
    }

    /// A journal and a desk that say what the test wants; taking the snapshot may publish more, as life does.
    struct Told {
        journal: Vec<domain::JournalEntry>,
        snapshot_at: Cursor,
        meanwhile: Mutex<Vec<i64>>,
        standing: usize,
        stream: feed::Stream<feed::AlarmEvent>,
    }

    impl Past for Told {
        async fn snapshot(&self) -> Result<actors::AlarmSnapshot, ApiError> {
            for sequence in self.meanwhile.lock().unwrap().drain(..) {
                publish(&self.stream, 7, sequence);
            }
            Ok(actors::AlarmSnapshot {
                cursor: self.snapshot_at,
                alarms: vec![view(); self.standing],
                flood: domain::FloodReport::default(),
                rules: Vec::new(),
            })
        }

        async fn journal_after(&self, at: Cursor, limit: usize) -> Result<Vec<domain::JournalEntry>, ApiError> {
            Ok(self.journal.iter().filter(|row| JournalEntry::cursor(row) > at).take(limit).cloned().collect())
        }
    }

    fn at(epoch: i64, sequence: i64) -> Cursor {
        Cursor { epoch, sequence }
    }

    fn publish(stream: &feed::Stream<feed::AlarmEvent>, epoch: i64, sequence: i64) {
        let entry = Arc::new(row(epoch, sequence));
        stream.publish_at(at(epoch, sequence), feed::AlarmEvent { entry, alarm: view(), annunciate: true });
    }

    /// What a client reads: `S7-3` a snapshot, with `1/2` a part of one, `7-4` an event, `!` a discontinuity.
    async fn read(told: Told, since: Option<Cursor>, count: usize) -> Vec<String> {
        let mut follower = Follower {
            events: told.stream.subscribe(since),
            past: told,
            plant: plant(),
            covered: None,
            ready: VecDeque::new(),
            snapshot_due: since.is_none(),
            unheard: true,
            open: OpenSubscription::to("alarms"),
        };
        let mut seen = Vec::new();
        for _ in 0..count {
            seen.push(match follower.next().await.unwrap().unwrap() {
                AlarmItem::Snapshot(AlarmSnapshot { cursor, parts: 1, .. }) => format!("S{cursor}"),
                AlarmItem::Snapshot(AlarmSnapshot { cursor, part, parts, alarms }) => {
                    format!("S{cursor} {part}/{parts}: {}", alarms.len())
                }
                AlarmItem::Event(event) => event.cursor,
                AlarmItem::Discontinuity(_) => "!".to_owned(),
            });
        }
        seen
    }

    /// A feed in epoch 7 that remembers three events, of which it has seen five.
    fn told(journal: Vec<domain::JournalEntry>) -> Told {
        let stream = feed::Stream::new(7, 3);
        (1..=5).for_each(|sequence| publish(&stream, 7, sequence));
        Told { journal, snapshot_at: at(7, 5), meanwhile: Mutex::default(), standing: 1, stream }
    }

    fn rows(epoch: i64, sequences: impl IntoIterator<Item = i64>) -> Vec<domain::JournalEntry> {
        sequences.into_iter().map(|sequence| row(epoch, sequence)).collect()
    }

    #[tokio::test]
    async fn what_happens_while_the_snapshot_is_taken_is_neither_lost_nor_told_twice() {
        let mut told = told(vec![]);
        told.snapshot_at = at(7, 6);
        told.meanwhile = Mutex::new(vec![6, 7]);
        assert_eq!(read(told, None, 2).await, ["S7-6", "7-7"]);
    }

    #[tokio::test]
    async fn a_long_list_comes_in_parts_and_what_happens_meanwhile_comes_after_the_last() {
        let long = || {
            let mut told = told(rows(7, 1..=5));
            (told.snapshot_at, told.meanwhile, told.standing) = (at(7, 6), Mutex::new(vec![6, 7]), 2 * PART + 1);
            told
        };
        let parts = ["S0-0 1/3: 1000", "S0-0 2/3: 1000", "S7-6 3/3: 1"];
        assert_eq!(read(long(), None, 4).await, [&parts[..], &["7-7"]].concat());
        let cut_off: Cursor = "0-0".parse().unwrap();
        assert_eq!(read(long(), Some(cut_off), 4).await, [&["!"], &parts[..]].concat());
    }

    #[tokio::test]
    async fn a_cursor_within_reach_is_resumed_from_the_feed() {
        assert_eq!(read(told(vec![]), Some(at(7, 3)), 2).await, ["7-4", "7-5"]);
    }

    #[tokio::test]
    async fn whoever_has_missed_nothing_hears_so_at_once() {
        assert_eq!(read(told(vec![]), Some(at(7, 5)), 1).await, ["S7-5"]);
        // The desk has begun anew since, and nothing has happened in its new life yet.
        let quiet = Told { stream: feed::Stream::new(8, 3), snapshot_at: at(8, 0), ..told(rows(7, 1..=5)) };
        assert_eq!(read(quiet, Some(at(7, 5)), 1).await, ["S8-0"]);
    }

    #[tokio::test]
    async fn an_older_cursor_is_resumed_from_the_journal() {
        let told = told(rows(7, 1..=5));
        assert_eq!(read(told, Some(at(7, 1)), 4).await, ["7-2", "7-3", "7-4", "7-5"]);
    }

    #[tokio::test]
    async fn a_cursor_from_before_a_restart_is_resumed_from_the_journal() {
        let mut journal = rows(6, 1..=9);
        journal.extend(rows(7, 1..=2));
        assert_eq!(read(told(journal), Some(at(6, 8)), 3).await, ["6-9", "7-1", "7-2"]);
    }

    #[tokio::test]
    async fn a_journal_with_a_hole_is_not_believed() {
        for journal in [
            vec![],
            // A row of the gap is missing.
            rows(7, [1, 3, 4, 5]),
            // The row that the client has seen was lost in a crash.
            rows(7, [2, 3, 4, 5]),
        ] {
            assert_eq!(read(told(journal), Some(at(7, 1)), 2).await, ["!", "S7-5"]);
        }
    }

    #[tokio::test]
    async fn a_cursor_that_is_ahead_of_the_feed_waits_for_it() {
        let mut told = told(vec![]);
        told.snapshot_at = at(7, 6);
        told.meanwhile = Mutex::new(vec![6, 7]);
        assert_eq!(read(told, Some(at(7, 6)), 1).await, ["7-7"]);
    }

    #[tokio::test]
    async fn a_cursor_from_the_future_gets_the_list_afresh() {
        assert_eq!(read(told(rows(7, 1..=5)), Some(at(9, 1)), 2).await, ["!", "S7-5"]);
    }
}
