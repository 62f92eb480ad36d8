//! Grouping by cause and time: which alarm calls the operator, and which one joins the group of an alarm that has.
//!
//! Nothing is hidden. A member stands in the list beneath its leader, is counted and journalled, and owes its own
//! acknowledgement; it only makes no sound of its own. See decision 9 in `docs/adr`.
//!
//! [`Grouping::decide`] looks, [`Grouping::remember`] learns from the journal row that follows: so a desk that is started
//! anew and is told the newest rows decides as if it had never been away.

use std::collections::VecDeque;
use std::time::Duration;

use super::cause::{Causes, Kinship};
use super::flood::{FLOOD_WINDOW, Flood};
use super::lifecycle::Step;
use crate::domain::{
    ALARM_FLOOD, AlarmDefinition, AlarmFacts, AlarmId, FloodReport, GroupPlace, JournalEntry, NamedContribution,
    OccurrenceId, Plant, Severity, TransitionKind, WallTime,
};

/// How long after the last alarm of a group another one may join it by cause.
pub const CONSEQUENCE_WINDOW: Duration = Duration::from_secs(600);

/// How long a group takes members in at most.
pub const GROUP_LASTS_MAX: Duration = Duration::from_secs(3600);

/// Calls that an operator can follow within ten minutes.
pub const CALLS_MAX: usize = 10;

/// Leaders that are remembered; the calls of an hour do not come near it.
const LEADERS_MAX: usize = 256;

/// How many of the calls within ten minutes an alarm may find made already and still make its own: the more severe, the
/// more. What is left stays free for the critical, which always call, and for the alarm of the flood itself.
pub const fn turns(severity: Severity) -> usize {
    match severity {
        Severity::Low => CALLS_MAX - 5,
        Severity::Medium => CALLS_MAX - 4,
        Severity::High => CALLS_MAX - 3,
        Severity::Critical => usize::MAX,
    }
}

/// The same for the alarm of the flood itself.
const FLOOD_TURNS: usize = CALLS_MAX - 2;

/// Which groups are open, how many calls were made of late, and whether there is a flood.
#[derive(Clone, Debug, Default)]
pub struct Grouping {
    causes: Causes,
    leaders: Vec<Leader>,
    calls: VecDeque<WallTime>,
    flood: Flood,
}

/// An alarm that has called, and whose consequences may follow.
#[derive(Clone, Debug, PartialEq)]
struct Leader {
    alarm: AlarmId,
    occurrence: OccurrenceId,
    /// The highest severity in the group for which an operator was called.
    called_for: Severity,
    began: WallTime,
    /// When the group last took somebody in.
    last: WallTime,
    contributions: Vec<NamedContribution>,
}

impl Leader {
    fn takes_in(&self, now: WallTime) -> bool {
        now.since(self.last) < CONSEQUENCE_WINDOW && now.since(self.began) < GROUP_LASTS_MAX
    }

    fn place(&self, now: WallTime) -> GroupPlace {
        GroupPlace { leader: self.alarm.clone(), occurrence: self.occurrence, since: now }
    }
}

impl Grouping {
    /// A plant in which nothing has happened.
    pub fn of(plant: &Plant) -> Self {
        Self { causes: Causes::of(plant), ..Self::default() }
    }

    /// A flood that stands according to the journal and began before the rows that were remembered.
    pub fn flood_began(&mut self, at: WallTime) {
        self.flood.began(at);
    }

    /// Decides whether a step calls the operator or joins a group, and writes that into it.
    pub fn decide(
        &mut self,
        alarm: &AlarmDefinition,
        before: &AlarmFacts,
        step: &mut Step,
        contributions: &[NamedContribution],
        now: WallTime,
    ) {
        let Some(transition) = &mut step.transition else { return };
        let begins = transition.kind == TransitionKind::Raised;
        if begins {
            step.facts.group = None;
        }
        if !transition.annunciate {
            return;
        }
        self.pass(now);
        let is_the_flood = alarm.id.as_str() == ALARM_FLOOD;
        let stays = is_the_flood
            || matches!(transition.kind, TransitionKind::Worsened | TransitionKind::ReAlarmed)
            || self.leaders.iter().any(|leader| leader.alarm == alarm.id);
        let standing = step.facts.group.clone();
        let joined = if stays { None } else { self.leader_for(alarm, contributions, now) };
        let has_turn = self.calls.len() < if is_the_flood { FLOOD_TURNS } else { turns(step.facts.severity) };
        let sounds = match joined {
            Some(leader) => {
                has_turn && (step.facts.severity > leader.called_for || step.facts.severity == Severity::Critical)
            }
            None => has_turn,
        };
        let own =
            step.facts.occurrence.map(|occurrence| GroupPlace { leader: alarm.id.clone(), occurrence, since: now });
        step.facts.group = match (joined, standing) {
            (Some(leader), _) => Some(leader.place(now)),
            (None, Some(place)) if stays => Some(GroupPlace { since: if sounds { place.since } else { now }, ..place }),
            // It waits for its turn in a group of its own.
            (None, _) => own.filter(|_| !sounds),
        };
        if !sounds {
            transition.annunciate = false;
            step.facts.annunciated_at = if begins { None } else { before.annunciated_at };
        }
    }

    /// The group that the alarm joins, if it joins one: that of its nearest cause, or in a flood the oldest.
    fn leader_for(&self, alarm: &AlarmDefinition, told: &[NamedContribution], now: WallTime) -> Option<&Leader> {
        let open = || self.leaders.iter().filter(|leader| leader.takes_in(now));
        let kinship = |leader: &Leader| self.causes.kinship((&leader.alarm, &leader.contributions), (&alarm.id, told));
        let mut nearest: Option<(Kinship, &Leader)> = None;
        for leader in open() {
            // Of equally near ones it is the oldest, which is nearest to the root.
            if let Some(kin) = kinship(leader).filter(|kin| nearest.is_none_or(|(best, _)| *kin > best)) {
                nearest = Some((kin, leader));
            }
        }
        let has_turn = self.calls.len() < turns(alarm.severity);
        let floods = self.flood.is_near() && self.causes.is_of_the_process(&alarm.id);
        let by_time = || if floods || !has_turn { self.oldest() } else { None };
        nearest.map(|(_, leader)| leader).or_else(by_time)
    }

    fn oldest(&self) -> Option<&Leader> {
        self.leaders.iter().min_by_key(|leader| leader.began)
    }

    /// Learns from a journal row. Rows come in order.
    pub fn remember(&mut self, entry: &JournalEntry) {
        let now = entry.wall_time;
        self.pass(now);
        if entry.is_annunciated() {
            self.calls.push_back(now);
        }
        if entry.alarm.as_str() == ALARM_FLOOD {
            return;
        }
        if entry.is_new_alarm() {
            self.flood.new_alarm(now);
        }
        if !entry.facts.open || !entry.to.in_alarm_list() {
            self.leaders.retain(|leader| leader.alarm != entry.alarm);
            return;
        }
        match (&entry.facts.group, entry.occurrence) {
            (Some(group), _) => self.joined(group, entry),
            (None, Some(occurrence)) if entry.is_annunciated() => self.leads(occurrence, entry),
            _ => {}
        }
    }

    fn joined(&mut self, group: &GroupPlace, entry: &JournalEntry) {
        let Some(leader) = self.leaders.iter_mut().find(|leader| leader.occurrence == group.occurrence) else { return };
        if group.since == entry.wall_time {
            leader.last = leader.last.max(entry.wall_time);
        }
        if entry.is_annunciated() {
            leader.called_for = leader.called_for.max(entry.facts.severity);
        }
    }

    fn leads(&mut self, occurrence: OccurrenceId, entry: &JournalEntry) {
        let now = entry.wall_time;
        let known = self.leaders.iter_mut().find(|leader| leader.occurrence == occurrence);
        if let Some(leader) = known {
            leader.last = now;
            leader.called_for = leader.called_for.max(entry.facts.severity);
            return;
        }
        self.leaders.retain(|leader| leader.alarm != entry.alarm);
        if self.leaders.len() == LEADERS_MAX {
            self.leaders.remove(0);
        }
        self.leaders.push(Leader {
            alarm: entry.alarm.clone(),
            occurrence,
            called_for: entry.facts.severity,
            began: now,
            last: now,
            contributions: entry.contributions.clone(),
        });
    }

    /// Time passes: forgets calls and groups that are over.
    pub fn pass(&mut self, now: WallTime) {
        self.flood.pass(now);
        while self.calls.front().is_some_and(|at| now.since(*at) >= FLOOD_WINDOW) {
            self.calls.pop_front();
        }
        self.leaders.retain(|leader| leader.takes_in(now));
    }

    /// Whether there is a flood.
    pub fn is_flood(&self) -> bool {
        self.flood.since().is_some()
    }

    /// When a flood is over, if nothing more comes.
    pub fn flood_ends_at(&self) -> Option<WallTime> {
        self.flood.ends_at()
    }

    /// What is to be told of the flood.
    pub fn report(&self, now: WallTime) -> FloodReport {
        FloodReport { since: self.flood.since(), count: self.flood.count(now) as u64 }
    }
}

#[cfg(test)]
mod tests;
