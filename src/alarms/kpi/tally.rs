//! What is remembered of the journal: hours, floods, and how each alarm stands.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use super::hour::{Hour, hour_of, period_of, step_of};
use crate::alarms::flood::{FLOOD_WINDOW, Flood};
use crate::domain::{AlarmFacts, AlarmId, AlarmState, JournalEntry, Severity, TransitionKind, WallTime};

/// How far back the live board looks.
pub const KPI_WINDOW: Duration = Duration::from_secs(30 * 24 * 3600);

/// How long before an interval the rows begin that must be fed for it: what stands for a day is stale.
pub const RUN_UP: Duration = Duration::from_secs(48 * 3600);

/// Active for longer than this is stale.
pub(super) const STALE_AFTER: Duration = Duration::from_secs(24 * 3600);
/// Over in less than this is fleeting.
const FLEETING_UNDER: Duration = Duration::from_secs(10);
/// So many times within a minute is chattering.
const CHATTERS_AT: usize = 3;
const CHATTER_WINDOW: Duration = Duration::from_secs(60);
/// What follows within this may be the same thing said twice.
const PAIR_WINDOW: Duration = Duration::from_secs(60);
/// New alarms of the last minute that are looked at for pairs; in a flood everything follows everything.
const PAIR_CANDIDATES_MAX: usize = 64;
/// Put on the shelf again within this after its shelf ended is a shelf that was renewed.
const RENEWED_WITHIN: Duration = Duration::from_secs(3600);
/// Calls within ten minutes that are told apart.
const CALLS_MAX: usize = 10_000;

/// What is remembered of the journal, for one console.
#[derive(Clone, Debug)]
pub struct Tally {
    /// The alarms of the console; `None` for those of the whole plant.
    alarms: Option<BTreeSet<AlarmId>>,
    /// Rows before this tell how alarms stand, and are not counted.
    pub(super) counts_from: WallTime,
    /// The plant has been watched since.
    pub(super) watched_since: WallTime,
    /// When the rows begin that are fed.
    fed_from: WallTime,
    pub(super) hours: BTreeMap<i64, Hour>,
    pub(super) tracks: BTreeMap<AlarmId, Track>,
    pub(super) flood: Flood,
    pub(super) floods: VecDeque<(WallTime, WallTime)>,
    pub(super) stale: VecDeque<(AlarmId, WallTime, WallTime)>,
    calls: VecDeque<WallTime>,
    recent: VecDeque<Recent>,
    /// When the last shelf of each alarm ended.
    shelves_ended: BTreeMap<AlarmId, WallTime>,
}

/// How one alarm stands.
#[derive(Clone, Debug)]
pub(super) struct Track {
    pub state: AlarmState,
    /// Since when it is active where everybody can see it.
    pub standing_since: Option<WallTime>,
    /// When it came last.
    came: Option<WallTime>,
    came_before: VecDeque<WallTime>,
}

/// A new alarm of the last minute, and what has followed it.
#[derive(Clone, Debug)]
struct Recent {
    alarm: AlarmId,
    at: WallTime,
    followed_by: BTreeSet<AlarmId>,
}

/// Whether its shelf has ended with this row: by its time, by hand, or with the condition.
fn takes_off_the_shelf(entry: &JournalEntry) -> bool {
    let by_order_or_time = matches!(entry.kind, TransitionKind::ShelfEnded | TransitionKind::Unshelved);
    let with_condition = entry.kind == TransitionKind::ReturnedToNormal && entry.from == AlarmState::Shelved;
    by_order_or_time || (with_condition && entry.to != AlarmState::Shelved)
}

fn stands(state: AlarmState) -> bool {
    matches!(state, AlarmState::Unacknowledged | AlarmState::Acknowledged)
}

impl Tally {
    /// Counts the rows from `counts_from` on, of the plant that is watched since `watched_since` (its first row). Feed it the
    /// rows from [`RUN_UP`] before, and tell it with [`Tally::stood`] of alarms that have none.
    pub fn new(alarms: Option<BTreeSet<AlarmId>>, counts_from: WallTime, watched_since: WallTime) -> Self {
        Self {
            alarms,
            counts_from,
            watched_since,
            fed_from: counts_from - RUN_UP,
            hours: BTreeMap::new(),
            tracks: BTreeMap::new(),
            flood: Flood::default(),
            floods: VecDeque::new(),
            stale: VecDeque::new(),
            calls: VecDeque::new(),
            recent: VecDeque::new(),
            shelves_ended: BTreeMap::new(),
        }
    }

    /// An alarm whose last row lies before those that are fed.
    pub fn stood(&mut self, alarm: &AlarmId, facts: &AlarmFacts) {
        if self.is_ours(alarm) && !self.tracks.contains_key(alarm) {
            let track = Track::of(facts.state(), facts, self.fed_from);
            self.tracks.insert(alarm.clone(), track);
        }
    }

    fn is_ours(&self, alarm: &AlarmId) -> bool {
        self.alarms.as_ref().is_none_or(|alarms| alarms.contains(alarm))
    }

    /// The next row of the journal.
    pub fn feed(&mut self, entry: &JournalEntry) {
        self.watched_since = self.watched_since.min(entry.wall_time);
        if !self.is_ours(&entry.alarm) {
            return;
        }
        self.pass(entry.wall_time);
        self.count_call(entry);
        self.count_new_alarm(entry);
        self.count_orders(entry);
        self.follow(entry);
    }

    /// Time passes; a flood may end by it.
    pub fn pass(&mut self, now: WallTime) {
        let began = self.flood.since();
        if let (Some(began), Some(ended)) = (began, self.flood.pass(now)) {
            self.floods.push_back((began, ended));
        }
    }

    /// Forgets what lies before this.
    pub fn forget_before(&mut self, at: WallTime) {
        self.counts_from = self.counts_from.max(at);
        self.hours = self.hours.split_off(&hour_of(at));
        self.floods.retain(|(_, until)| *until > at);
        self.stale.retain(|(_, _, until)| *until > at);
    }

    fn hour(&mut self, at: WallTime) -> Option<&mut Hour> {
        (at >= self.counts_from).then(|| self.hours.entry(hour_of(at)).or_default())
    }

    fn count_call(&mut self, entry: &JournalEntry) {
        if !entry.is_annunciated() {
            return;
        }
        let now = entry.wall_time;
        while self.calls.front().is_some_and(|at| now.since(*at) >= FLOOD_WINDOW) || self.calls.len() >= CALLS_MAX {
            self.calls.pop_front();
        }
        self.calls.push_back(now);
        let within = u32::try_from(self.calls.len()).unwrap_or(u32::MAX);
        if let Some(hour) = self.hour(now) {
            hour.calls[period_of(now)] += 1;
            hour.peak = hour.peak.max(within);
            hour.severities[place(entry.facts.severity)] += 1;
        }
    }

    fn count_new_alarm(&mut self, entry: &JournalEntry) {
        if !entry.is_new_alarm() {
            return;
        }
        let now = entry.wall_time;
        self.flood.new_alarm(now);
        let track = self
            .tracks
            .entry(entry.alarm.clone())
            .or_insert_with(|| Track::of(entry.from, &entry.facts, self.fed_from));
        let chatters = track.comes(now);
        self.count_pairs(&entry.alarm, now);
        if let Some(hour) = self.hour(now) {
            hour.news[period_of(now)] += 1;
            let counts = hour.alarms.entry(entry.alarm.clone()).or_default();
            counts.news += 1;
            counts.chattering += u32::from(chatters);
        }
    }

    /// A pair belongs to the hour of its first, which is what it is a share of.
    fn count_pairs(&mut self, alarm: &AlarmId, now: WallTime) {
        while self.recent.front().is_some_and(|first| now.since(first.at) > PAIR_WINDOW)
            || self.recent.len() >= PAIR_CANDIDATES_MAX
        {
            self.recent.pop_front();
        }
        let counts_from = self.counts_from;
        for first in &mut self.recent {
            let is_first_time = first.alarm != *alarm && first.followed_by.insert(alarm.clone());
            if is_first_time && first.at >= counts_from {
                let hour = self.hours.entry(hour_of(first.at)).or_default();
                *hour.pairs.entry((first.alarm.clone(), alarm.clone())).or_default() += 1;
            }
        }
        self.recent.push_back(Recent { alarm: alarm.clone(), at: now, followed_by: BTreeSet::new() });
    }

    fn count_orders(&mut self, entry: &JournalEntry) {
        let now = entry.wall_time;
        let unauthorised = entry.is_unauthorised();
        let ended = self.shelves_ended.get(&entry.alarm);
        let renews = entry.kind == TransitionKind::Shelved && ended.is_some_and(|at| now.since(*at) <= RENEWED_WITHIN);
        if takes_off_the_shelf(entry) {
            self.shelves_ended.insert(entry.alarm.clone(), now);
        }
        let shown = entry.facts.shown_since().filter(|_| entry.kind == TransitionKind::Acknowledged);
        if let Some(hour) = self.hour(now).filter(|_| unauthorised || renews || shown.is_some()) {
            hour.unauthorised += u32::from(unauthorised);
            hour.renewals += u32::from(renews);
            if let Some(shown) = shown {
                *hour.acknowledged.entry(step_of(now.since(shown))).or_default() += 1;
            }
        }
    }

    /// How the alarm stands after the row; what it was before tells how long it had stood.
    fn follow(&mut self, entry: &JournalEntry) {
        let now = entry.wall_time;
        let track = self
            .tracks
            .entry(entry.alarm.clone())
            .or_insert_with(|| Track::of(entry.from, &entry.facts, self.fed_from));
        track.state = entry.to;
        let stood_since = track.standing_since;
        let is_over = !entry.facts.active;
        let was_fleeting =
            is_over && track.came.take_if(|_| is_over).is_some_and(|came| now.since(came) < FLEETING_UNDER);
        if stands(entry.to) {
            track.standing_since = Some(stood_since.unwrap_or(now));
        } else {
            track.standing_since = None;
            if let Some(stale) = stood_since.map(|since| since + STALE_AFTER).filter(|stale| *stale < now) {
                self.stale.push_back((entry.alarm.clone(), stale, now));
            }
        }
        if was_fleeting && let Some(hour) = self.hour(now) {
            hour.alarms.entry(entry.alarm.clone()).or_default().fleeting += 1;
        }
    }
}

impl Track {
    /// An alarm that stands already when the first of its rows is fed has stood since before those that are.
    fn of(state: AlarmState, facts: &AlarmFacts, fed_from: WallTime) -> Self {
        let shown = facts.shown_since().map_or(fed_from, |at| at.min(fed_from));
        let standing_since = stands(state).then_some(shown);
        Self { state, standing_since, came: None, came_before: VecDeque::new() }
    }

    /// It has come; whether it chatters by that.
    fn comes(&mut self, now: WallTime) -> bool {
        self.came = Some(now);
        self.came_before.push_back(now);
        if self.came_before.len() > CHATTERS_AT {
            self.came_before.pop_front();
        }
        self.came_before.len() == CHATTERS_AT
            && self.came_before.front().is_some_and(|first| now.since(*first) <= CHATTER_WINDOW)
    }
}

/// The place of a severity in a list of all, ascending.
pub(super) const fn place(severity: Severity) -> usize {
    match severity {
        Severity::Low => 0,
        Severity::Medium => 1,
        Severity::High => 2,
        Severity::Critical => 3,
    }
}
