//! What an alarm would have done over a stretch of history: its life is gone through with nobody acknowledging, and counted.

use std::time::Duration;

use uuid::Uuid;

use super::{AlarmInput, apply};
use crate::domain::{AlarmDefinition, AlarmFacts, OccurrenceId, Quality, SourceTime, TransitionKind, WallTime};

/// So many of the newest excursions are told one by one.
const TOLD: usize = 200;
/// An alarm that is over sooner was fleeting.
const FLEETING: Duration = Duration::from_secs(10);
/// Three annunciations within this time chatter.
const CHATTER: Duration = Duration::from_secs(60);
const DAY_MICROS: i64 = 86_400_000_000;

/// One excursion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Excursion {
    /// When the operator was called.
    pub raised_at: SourceTime,
    /// When the condition was over; `None` while it stands at the end of the stretch.
    pub over_at: Option<SourceTime>,
}

/// What happened on one day (UTC) of plant time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutlookDay {
    /// When it begins.
    pub begins: SourceTime,
    /// How often the operator was called.
    pub annunciated: u64,
    /// How long the condition held.
    pub in_alarm: Duration,
}

/// The counts of a stretch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outlook {
    /// How often the operator was called.
    pub annunciated: u64,
    /// Annunciations that were at least the third within a minute.
    pub chattering: u64,
    /// Excursions that were over within ten seconds.
    pub fleeting: u64,
    /// How long the condition held, all together.
    pub in_alarm: Duration,
    /// The longest that it held without a break.
    pub longest: Duration,
    /// One for each day that the stretch touches, the first first.
    pub days: Vec<OutlookDay>,
    /// The newest excursions, oldest first.
    pub excursions: Vec<Excursion>,
}

/// Goes through the life of one alarm, change by change, in bounded memory.
#[derive(Clone, Debug)]
pub struct OutlookTally {
    definition: AlarmDefinition,
    facts: AlarmFacts,
    outlook: Outlook,
    /// The two last annunciations.
    recent: [Option<SourceTime>; 2],
    stands: Option<SourceTime>,
    occurrences: u128,
}

impl OutlookTally {
    /// Of an alarm of which nothing has happened, over a stretch that begins at `from`.
    pub fn new(definition: AlarmDefinition, from: SourceTime, to: SourceTime) -> Self {
        let facts = AlarmFacts::quiet(definition.severity);
        let mut outlook = Outlook::default();
        let mut day = from.as_micros().div_euclid(DAY_MICROS);
        while day.saturating_mul(DAY_MICROS) <= to.as_micros() {
            let begins = SourceTime::from_micros(day.saturating_mul(DAY_MICROS));
            outlook.days.push(OutlookDay { begins, annunciated: 0, in_alarm: Duration::ZERO });
            day += 1;
        }
        Self { definition, facts, outlook, recent: [None; 2], stands: None, occurrences: 0 }
    }

    /// The chart says whether the condition holds; `None`: nobody can see, so everything stays as it is.
    pub fn condition_changed(&mut self, active: Option<bool>, at: SourceTime) {
        let quality = if active.is_some() { Quality::Good } else { Quality::Bad };
        self.input(AlarmInput::Quality(quality), at);
        if let Some(active) = active {
            let severity = self.definition.severity;
            self.input(AlarmInput::Condition { active, severity, at }, at);
        }
    }

    fn input(&mut self, input: AlarmInput, at: SourceTime) {
        self.occurrences += 1;
        let fresh = OccurrenceId(Uuid::from_u128(self.occurrences));
        // What is counted does not depend on the wall.
        let wall = WallTime::from_micros(at.as_micros());
        // News is never refused.
        let Ok(step) = apply(&self.facts, &self.definition, input, wall, fresh) else { return };
        self.facts = step.facts;
        match step.transition.map(|transition| transition.kind) {
            Some(TransitionKind::Raised | TransitionKind::RaisedAgain) => self.raised(at),
            Some(TransitionKind::ReturnedToNormal) => self.over(at),
            _ => {}
        }
    }

    fn raised(&mut self, at: SourceTime) {
        self.outlook.annunciated += 1;
        if let Some(day) = self.day(at) {
            day.annunciated += 1;
        }
        let [before_last, last] = self.recent;
        if before_last.is_some_and(|earlier| at >= earlier && at.since(earlier) <= CHATTER) {
            self.outlook.chattering += 1;
        }
        self.recent = [last, Some(at)];
        self.stands = Some(at);
        if self.outlook.excursions.len() == TOLD {
            self.outlook.excursions.remove(0);
        }
        self.outlook.excursions.push(Excursion { raised_at: at, over_at: None });
    }

    fn over(&mut self, at: SourceTime) {
        let Some(since) = self.stands.take() else { return };
        self.held(since, at);
        if at.since(since) < FLEETING {
            self.outlook.fleeting += 1;
        }
        if let Some(last) = self.outlook.excursions.last_mut() {
            last.over_at = Some(at);
        }
    }

    /// The condition held from one time to another; each day gets its share.
    fn held(&mut self, since: SourceTime, until: SourceTime) {
        let span = until.since(since);
        self.outlook.in_alarm += span;
        self.outlook.longest = self.outlook.longest.max(span);
        for day in &mut self.outlook.days {
            let ends = SourceTime::from_micros(day.begins.as_micros().saturating_add(DAY_MICROS));
            day.in_alarm += until.min(ends).since(since.max(day.begins));
        }
    }

    fn day(&mut self, at: SourceTime) -> Option<&mut OutlookDay> {
        let first = self.outlook.days.first()?.begins.as_micros();
        let position = (at.as_micros() - first).div_euclid(DAY_MICROS);
        self.outlook.days.get_mut(usize::try_from(position).ok()?)
    }

    /// The counts, at the end of the stretch; an excursion that stands is counted up to there.
    pub fn finish(mut self, end: SourceTime) -> Outlook {
        if let Some(since) = self.stands.take() {
            self.held(since, end);
        }
        self.outlook
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{AlarmHandling, Severity};

    fn definition(latching: bool) -> AlarmDefinition {
        AlarmDefinition {
            id: "P/HIGH".into(),
            title: String::new(),
            unit: None,
            tag: None,
            detector: None,
            severity: Severity::Low,
            handling: AlarmHandling { latching, ..AlarmHandling::of(Severity::Low) },
            cause: String::new(),
            consequence: String::new(),
            guidance: String::new(),
            rationale: Default::default(),
            limit: None,
        }
    }

    fn second(second: i64) -> SourceTime {
        SourceTime::from_micros(second * 1_000_000)
    }

    fn outlook(latching: bool, changes: &[(i64, Option<bool>)], end: i64) -> Outlook {
        let mut tally = OutlookTally::new(definition(latching), second(0), second(end));
        for (at, active) in changes {
            tally.condition_changed(*active, second(*at));
        }
        tally.finish(second(end))
    }

    const ON: Option<bool> = Some(true);
    const OFF: Option<bool> = Some(false);

    #[test]
    fn each_return_of_the_condition_calls_again_whoever_has_not_acknowledged() {
        for latching in [false, true] {
            let told = outlook(latching, &[(10, ON), (15, OFF), (30, ON), (50, OFF), (200, ON)], 260);
            assert_eq!((told.annunciated, told.chattering, told.fleeting), (3, 0, 1));
            assert_eq!((told.in_alarm.as_secs(), told.longest.as_secs()), (85, 60), "the last one stands to the end");
            assert_eq!(told.excursions.last(), Some(&Excursion { raised_at: second(200), over_at: None }));
        }
    }

    #[test]
    fn three_within_a_minute_chatter() {
        let told = outlook(false, &[(0, ON), (20, OFF), (40, ON), (50, OFF), (60, ON), (61, OFF), (63, ON)], 100);
        assert_eq!((told.annunciated, told.chattering), (4, 2));
    }

    #[test]
    fn while_nobody_can_see_nothing_comes_or_goes() {
        let told = outlook(false, &[(0, ON), (5, None), (90, ON), (95, OFF)], 100);
        assert_eq!((told.annunciated, told.in_alarm.as_secs()), (1, 95));
    }

    #[test]
    fn an_excursion_over_midnight_counts_for_both_days() {
        let day = 86_400;
        let told = outlook(false, &[(day - 100, ON), (day + 50, OFF)], 2 * day - 1);
        let of_days: Vec<_> = told.days.iter().map(|day| (day.annunciated, day.in_alarm.as_secs())).collect();
        assert_eq!(of_days, [(1, 100), (0, 50)]);
    }
}
