//! What time alone will do to alarms: shelves end, whoever has stood too long is called for again, and whoever a design
//! rule no longer hides comes back into view.
//!
//! Wall time, passed in. The agenda decides *when*, [`super::apply`] decides *what*; an entry that is no longer true when it
//! is due is recognised there and ignored.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::AlarmInput;
use crate::domain::{AlarmFacts, AlarmHandling, AlarmId, AlarmState, Shelving, WallTime};

/// Between two shelves or suppressions that end and call an operator: sixty in an hour at most, so that shelves which were
/// laid together, and alarms that one rule has hidden, do not come back as a flood (it begins above ten in ten minutes).
pub const RELEASE_GAP: Duration = Duration::from_secs(60);

/// How long an alarm may stand in a group, active and unacknowledged, before the operator is called for it by itself. In a
/// flood it waits for the flood's end.
pub const MEMBER_PATIENCE: Duration = Duration::from_secs(600);

/// What is due when, for every alarm that waits for something.
#[derive(Debug, Default)]
pub struct Agenda {
    due: BTreeSet<Due>,
    /// The same for those whose turn calls an operator: they may have to wait for each other.
    calls_due: BTreeSet<Due>,
    /// The same for members that outlive their group; in a flood they wait for its end.
    members_due: BTreeSet<Due>,
    entries: BTreeMap<(AlarmId, WaitsFor), Entry>,
    /// Alarms that no rule hides any more, and since when.
    released: BTreeMap<AlarmId, WallTime>,
    /// When the last shelf or suppression ended, or the last member outlived its group, that called an operator.
    last_call: Option<WallTime>,
    /// While there is a flood, nobody is called for the members of its groups.
    flood: bool,
}

/// Which alarm waits for what, and until when.
type Due = (WallTime, AlarmId, WaitsFor);

/// What an alarm waits for: both may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum WaitsFor {
    /// The end of its shelf, or to be called for again.
    Time,
    /// Its turn to come out from under a rule.
    Release,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Entry {
    at: WallTime,
    what: What,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum What {
    /// `calls`: the operator will owe something.
    ShelfEnds {
        until: WallTime,
        calls: bool,
    },
    StandsTooLong {
        since: WallTime,
    },
    /// It stands silent in a group.
    OutlivesItsGroup {
        since: WallTime,
    },
    /// `calls`: the operator will owe something.
    RuleEnded {
        calls: bool,
    },
}

impl What {
    /// Whether the operator will be called by it one at a time.
    const fn takes_turns(self) -> bool {
        matches!(
            self,
            Self::ShelfEnds { calls: true, .. } | Self::RuleEnded { calls: true } | Self::OutlivesItsGroup { .. }
        )
    }
}

impl Agenda {
    /// Enters what these facts wait for, in place of what the alarm waited for before.
    ///
    /// A shelf that would last longer from `now` than any may ends after the longest that may: the clock was set back
    /// while nobody looked, and a shelf always has an end.
    pub fn enter(&mut self, alarm: &AlarmId, facts: &AlarmFacts, handling: &AlarmHandling, now: WallTime) {
        self.put(alarm, WaitsFor::Time, Entry::of(facts, handling, now));
        if facts.suppressed_by.is_none() {
            self.released.remove(alarm);
        }
        let release = self.released.get(alarm).map(|since| Entry::release(facts, *since));
        self.put(alarm, WaitsFor::Release, release);
    }

    /// No rule hides the alarm any more: it comes back into view when its turn has come.
    pub fn release(&mut self, alarm: &AlarmId, facts: &AlarmFacts, now: WallTime) {
        let since = *self.released.entry(alarm.clone()).or_insert(now);
        self.put(alarm, WaitsFor::Release, Some(Entry::release(facts, since)));
    }

    /// A rule hides the alarm, again if it had been released and its turn had not come.
    pub fn keep(&mut self, alarm: &AlarmId) {
        self.released.remove(alarm);
        self.put(alarm, WaitsFor::Release, None);
    }

    fn put(&mut self, alarm: &AlarmId, waits: WaitsFor, entry: Option<Entry>) {
        if entry.is_none() && self.entries.is_empty() {
            return;
        }
        let key = (alarm.clone(), waits);
        if let Some(before) = self.entries.remove(&key) {
            self.list_of(before).remove(&(before.at, alarm.clone(), waits));
        }
        if let Some(entry) = entry {
            self.list_of(entry).insert((entry.at, alarm.clone(), waits));
            self.entries.insert(key, entry);
        }
    }

    fn list_of(&mut self, entry: Entry) -> &mut BTreeSet<Due> {
        match entry.what {
            What::ShelfEnds { calls: true, .. } | What::RuleEnded { calls: true } => &mut self.calls_due,
            What::OutlivesItsGroup { .. } => &mut self.members_due,
            _ => &mut self.due,
        }
    }

    /// A flood has begun or is over.
    pub fn flood(&mut self, runs: bool) {
        self.flood = runs;
    }

    /// Whose turn it is to call the operator.
    fn next_call(&self) -> Option<&Due> {
        let member = self.members_due.first().filter(|_| !self.flood);
        self.calls_due.first().into_iter().chain(member).min()
    }

    /// When to look next; `None` when nobody waits for anything.
    pub fn next(&self) -> Option<WallTime> {
        let first = |list: &BTreeSet<Due>| list.first().map(|(at, ..)| *at);
        let earliest = self.last_call.map(|at| at + RELEASE_GAP);
        let call = self.next_call().map(|(at, ..)| earliest.map_or(*at, |earliest| (*at).max(earliest)));
        first(&self.due).into_iter().chain(call).min()
    }

    /// Takes what is due at `now`, in order: of those who call an operator one at a time, and of each alarm one thing, since
    /// the other may mean something else after it.
    pub fn take_due(&mut self, now: WallTime) -> Vec<(AlarmId, AlarmInput)> {
        let mut taken = Vec::new();
        let mut seen = BTreeSet::new();
        // One call at most can be made now, so no more of them need to be looked at.
        let call = self.next_call().filter(|(at, ..)| *at <= now && self.may_call(now));
        let mut due: Vec<Due> = self.due.iter().take_while(|(at, ..)| *at <= now).chain(call).cloned().collect();
        due.sort();
        for (_, alarm, waits) in due {
            let Some(entry) = self.entries.get(&(alarm.clone(), waits)).copied() else { continue };
            if !seen.insert(alarm.clone()) {
                continue;
            }
            self.put(&alarm, waits, None);
            let input = match entry.what {
                What::ShelfEnds { until, .. } => AlarmInput::ShelfEnded { until },
                What::StandsTooLong { since } | What::OutlivesItsGroup { since } => AlarmInput::StoodTooLong { since },
                What::RuleEnded { .. } => AlarmInput::Unsuppress,
            };
            if entry.what.takes_turns() {
                self.last_call = Some(now);
            }
            taken.push((alarm, input));
        }
        taken
    }

    /// A clock that was set back cannot make anybody wait longer than the gap.
    fn may_call(&self, now: WallTime) -> bool {
        self.last_call.is_none_or(|last| now < last || now.since(last) >= RELEASE_GAP)
    }
}

impl Entry {
    fn release(facts: &AlarmFacts, since: WallTime) -> Self {
        let covered = facts.shelving != Shelving::None || facts.out_of_service.is_some();
        let calls = (facts.active || facts.latched) && !covered;
        Self { at: since, what: What::RuleEnded { calls } }
    }

    fn of(facts: &AlarmFacts, handling: &AlarmHandling, now: WallTime) -> Option<Self> {
        if let Some(until) = facts.shelving.until() {
            let calls =
                (facts.active || facts.latched) && facts.suppressed_by.is_none() && facts.out_of_service.is_none();
            return Some(Self { at: until.min(now + handling.shelve_max), what: What::ShelfEnds { until, calls } });
        }
        if let Some(group) =
            facts.group.as_ref().filter(|_| facts.is_silent() && facts.state() == AlarmState::Unacknowledged)
        {
            let (since, after) = (group.since, MEMBER_PATIENCE);
            return Some(Self { at: (since + after).min(now + after), what: What::OutlivesItsGroup { since } });
        }
        let since = facts.shown_since().filter(|_| facts.active && facts.state().in_alarm_list())?;
        let after = handling.re_alarm_after?;
        Some(Self { at: (since + after).min(now + after), what: What::StandsTooLong { since } })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Severity;

    const HOUR: Duration = Duration::from_secs(3600);

    fn at(minutes: u64) -> WallTime {
        WallTime::from_micros(0) + Duration::from_secs(60 * minutes)
    }

    fn handling() -> AlarmHandling {
        AlarmHandling { re_alarm_after: Some(HOUR), shelve_max: 8 * HOUR, ..AlarmHandling::of(Severity::High) }
    }

    fn shelved(until: WallTime, active: bool) -> AlarmFacts {
        AlarmFacts { active, shelving: Shelving::Timed { until }, ..AlarmFacts::quiet(Severity::High) }
    }

    fn standing(annunciated: WallTime) -> AlarmFacts {
        AlarmFacts { active: true, annunciated_at: Some(annunciated), ..AlarmFacts::quiet(Severity::High) }
    }

    fn agenda(of: &[(&str, AlarmFacts)], now: WallTime) -> Agenda {
        let mut agenda = Agenda::default();
        for (alarm, facts) in of {
            agenda.enter(&AlarmId::from(*alarm), facts, &handling(), now);
        }
        agenda
    }

    fn names(due: &[(AlarmId, AlarmInput)]) -> Vec<&str> {
        due.iter().map(|(alarm, _)| alarm.as_str()).collect()
    }

    #[test]
    fn nobody_waits_for_nothing() {
        let agenda = agenda(&[("A", AlarmFacts::quiet(Severity::High))], at(0));
        assert_eq!(agenda.next(), None);
    }

    #[test]
    fn a_shelf_ends_at_its_time_and_says_which_it_was() {
        let mut agenda = agenda(&[("A", shelved(at(30), true))], at(0));
        assert_eq!(agenda.next(), Some(at(30)));
        assert_eq!(agenda.take_due(at(29)), []);
        assert_eq!(agenda.take_due(at(30)), [("A".into(), AlarmInput::ShelfEnded { until: at(30) })]);
        assert_eq!((agenda.next(), agenda.take_due(at(31)).len()), (None, 0));
    }

    #[test]
    fn what_has_changed_waits_for_something_else() {
        let mut agenda = agenda(&[("A", shelved(at(30), true))], at(0));
        agenda.enter(&"A".into(), &standing(at(10)), &handling(), at(10));
        assert_eq!(agenda.take_due(at(69)), []);
        assert_eq!(agenda.take_due(at(70)), [("A".into(), AlarmInput::StoodTooLong { since: at(10) })]);
        agenda.enter(&"A".into(), &AlarmFacts::quiet(Severity::High), &handling(), at(71));
        assert_eq!(agenda.next(), None);
    }

    #[test]
    fn shelves_that_end_together_call_one_after_the_other() {
        let ends = ["A", "B", "C"].map(|alarm| (alarm, shelved(at(30), true)));
        let mut agenda = agenda(&ends, at(0));
        let silent = shelved(at(30), false);
        agenda.enter(&"D".into(), &silent, &handling(), at(0));
        assert_eq!(names(&agenda.take_due(at(30))), ["A", "D"], "who calls nobody need not wait");
        assert_eq!((agenda.next(), agenda.take_due(at(30)).len()), (Some(at(31)), 0));
        assert_eq!(names(&agenda.take_due(at(31))), ["B"]);
        assert_eq!(names(&agenda.take_due(at(45))), ["C"]);
    }

    #[test]
    fn at_most_ten_call_in_ten_minutes_however_many_end() {
        let ids: Vec<String> = (0..200).map(|n| format!("A{n}")).collect();
        let ends: Vec<_> = ids.iter().map(|id| (id.as_str(), shelved(at(5), true))).collect();
        let mut agenda = agenda(&ends, at(0));
        let mut calls = Vec::new();
        while let Some(next) = agenda.next() {
            calls.extend(agenda.take_due(next).iter().map(|_| next));
        }
        assert_eq!(calls.len(), 200, "every shelf ends");
        for window in calls.windows(11) {
            assert!(window[10].since(window[0]) >= Duration::from_secs(600));
        }
    }

    fn silent(since: WallTime) -> AlarmFacts {
        let occurrence = crate::domain::OccurrenceId(uuid::Uuid::from_u128(7));
        let group = Some(crate::domain::GroupPlace { leader: "ROOT".into(), occurrence, since });
        AlarmFacts { active: true, acked: false, group, ..AlarmFacts::quiet(Severity::Low) }
    }

    #[test]
    fn members_that_outlive_their_group_call_one_after_the_other_once_the_flood_is_over() {
        let mut agenda = agenda(&[("A", silent(at(0))), ("B", silent(at(0)))], at(0));
        agenda.flood(true);
        assert_eq!((agenda.next(), agenda.take_due(at(30)).len()), (None, 0));
        agenda.flood(false);
        assert_eq!(agenda.next(), Some(at(10)));
        assert_eq!(agenda.take_due(at(31)), [("A".into(), AlarmInput::StoodTooLong { since: at(0) })]);
        assert_eq!((agenda.next(), names(&agenda.take_due(at(32)))), (Some(at(32)), vec!["B"]));
    }

    #[test]
    fn who_has_acknowledged_a_member_is_not_called_for_it() {
        let seen = AlarmFacts { acked: true, ..silent(at(0)) };
        let never = AlarmHandling { re_alarm_after: None, ..handling() };
        let mut agenda = Agenda::default();
        agenda.enter(&"A".into(), &seen, &never, at(0));
        assert_eq!(agenda.next(), None);
    }

    #[test]
    fn the_next_look_passes_over_those_who_must_wait() {
        let mut agenda = agenda(&[("A", shelved(at(30), true)), ("B", shelved(at(30), true))], at(0));
        agenda.take_due(at(30));
        agenda.enter(
            &"C".into(),
            &standing(at(0)),
            &AlarmHandling { re_alarm_after: Some(HOUR / 2), ..handling() },
            at(0),
        );
        assert_eq!(agenda.next(), Some(at(30)));
        assert_eq!(names(&agenda.take_due(at(30))), ["C"]);
        assert_eq!(agenda.next(), Some(at(31)));
    }

    #[test]
    fn a_clock_that_was_set_back_lengthens_no_shelf_beyond_the_longest() {
        let agenda = agenda(&[("A", shelved(at(100_000), true))], at(0));
        assert_eq!(agenda.next(), Some(at(8 * 60)));
        let mut waiting = super::Agenda { last_call: Some(at(5_000)), ..super::Agenda::default() };
        waiting.enter(&"A".into(), &shelved(at(30), true), &handling(), at(0));
        assert_eq!(names(&waiting.take_due(at(30))), ["A"]);
    }

    fn suppressed(active: bool) -> AlarmFacts {
        AlarmFacts { active, suppressed_by: Some("tripped".into()), ..AlarmFacts::quiet(Severity::High) }
    }

    #[test]
    fn what_a_rule_no_longer_hides_comes_back_one_after_the_other() {
        let mut agenda = Agenda::default();
        for alarm in ["A", "B", "C"] {
            agenda.release(&alarm.into(), &suppressed(true), at(30));
        }
        agenda.release(&"D".into(), &suppressed(false), at(30));
        assert_eq!(agenda.next(), Some(at(30)));
        let first = agenda.take_due(at(30));
        assert_eq!(names(&first), ["A", "D"], "who calls nobody need not wait");
        assert!(first.iter().all(|(_, input)| *input == AlarmInput::Unsuppress));
        agenda.keep(&"B".into());
        assert_eq!(agenda.next(), Some(at(31)));
        assert_eq!(names(&agenda.take_due(at(31))), ["C"], "B is hidden again");
        assert_eq!(agenda.next(), None);
    }

    #[test]
    fn shelves_and_rules_that_end_share_one_gap() {
        let mut agenda = agenda(&[("A", shelved(at(30), true))], at(0));
        agenda.release(&"B".into(), &suppressed(true), at(30));
        assert_eq!(names(&agenda.take_due(at(30))), ["A"]);
        assert_eq!(agenda.next(), Some(at(31)));
        assert_eq!(names(&agenda.take_due(at(31))), ["B"]);
    }

    #[test]
    fn what_changes_while_it_waits_for_its_turn_keeps_its_place() {
        let mut agenda = Agenda::default();
        agenda.release(&"A".into(), &suppressed(true), at(1));
        agenda.release(&"B".into(), &suppressed(true), at(2));
        assert_eq!(names(&agenda.take_due(at(2))), ["A"]);
        agenda.enter(&"B".into(), &suppressed(false), &handling(), at(2));
        assert_eq!(names(&agenda.take_due(at(2))), ["B"], "it is over, so it calls nobody");
        agenda.release(&"C".into(), &suppressed(true), at(2));
        agenda.enter(&"C".into(), &AlarmFacts::quiet(Severity::High), &handling(), at(2));
        assert_eq!(agenda.next(), None, "it is not hidden any more");
    }

    #[test]
    fn of_one_alarm_one_thing_ends_at_a_time() {
        let both = AlarmFacts { suppressed_by: Some("tripped".into()), ..shelved(at(30), true) };
        let mut agenda = agenda(&[("A", both.clone())], at(0));
        agenda.release(&"A".into(), &both, at(30));
        assert_eq!(agenda.take_due(at(30)), [("A".into(), AlarmInput::ShelfEnded { until: at(30) })]);
        agenda.enter(&"A".into(), &suppressed(true), &handling(), at(30));
        assert_eq!(agenda.take_due(at(30)), [("A".into(), AlarmInput::Unsuppress)]);
    }
}
