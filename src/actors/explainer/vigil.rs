//! Alarms that are looked at again by themselves while they stand: when an operator is called an incident is minutes old, and
//! incidents of the past tell little of it.

use std::time::Duration;

use tokio::sync::watch;

use super::ExplanationProgress;
use crate::domain::{AlarmId, OccurrenceId, Severity, SourceTime};

/// Plant time after the call at which evidence is frozen anew: when incidents of the past can be compared, and when they tell most.
pub(super) const LOOKS: [Duration; 2] = [Duration::from_secs(1_800), Duration::from_secs(7_200)];
/// Alarms that are looked at again; of more, the least severe stay as they were explained at their call.
const MOST: usize = 64;

/// An alarm that is looked at again while it stands.
#[derive(Debug)]
pub(super) struct Standing {
    pub alarm: AlarmId,
    pub occurrence: OccurrenceId,
    pub severity: Severity,
    /// When the operator was called, plant time.
    pub called: SourceTime,
    /// How far back it was looked at already, plant time.
    pub seen: SourceTime,
    /// Who follows its explanation.
    pub told: watch::Sender<ExplanationProgress>,
}

impl Standing {
    fn next_look(&self) -> Option<SourceTime> {
        LOOKS.into_iter().map(|look| self.called + look).find(|at| *at > self.seen)
    }
}

/// Who is looked at again, and when. Whoever follows is told when that will be.
#[derive(Debug, Default)]
pub(super) struct Vigil(Vec<Standing>);

impl Vigil {
    /// Puts an alarm on; one that is there already stays as it is.
    pub fn enter(&mut self, standing: Standing) {
        if standing.next_look().is_none() || self.0.iter().any(|known| known.occurrence == standing.occurrence) {
            return;
        }
        tell(&standing);
        self.0.push(standing);
        if self.0.len() > MOST
            && let Some(least) = (0..self.0.len()).min_by_key(|at| (self.0[*at].severity, self.0[*at].called))
        {
            self.leave(least);
        }
    }

    /// An alarm stands no more.
    pub fn closed(&mut self, occurrence: OccurrenceId) {
        if let Some(at) = self.0.iter().position(|known| known.occurrence == occurrence) {
            self.leave(at);
        }
    }

    fn leave(&mut self, at: usize) {
        let gone = self.0.swap_remove(at);
        gone.told.send_modify(|progress| progress.next_look = None);
    }

    /// When an occurrence is looked at next.
    pub fn next_look(&self, occurrence: OccurrenceId) -> Option<SourceTime> {
        self.0.iter().find(|known| known.occurrence == occurrence).and_then(Standing::next_look)
    }

    /// Who follows an occurrence that is looked at again.
    pub fn told(&self, occurrence: OccurrenceId) -> Option<&watch::Sender<ExplanationProgress>> {
        self.0.iter().find(|known| known.occurrence == occurrence).map(|known| &known.told)
    }

    /// Whether anybody is to be looked at at a time of the plant.
    pub fn is_due(&self, now: SourceTime) -> bool {
        self.0.iter().any(|standing| standing.next_look().is_some_and(|at| at <= now))
    }

    /// Who is to be looked at at a time of the plant, however many looks are behind it, of those that are not at work.
    pub fn due(
        &mut self,
        now: SourceTime,
        at_work: impl Fn(OccurrenceId) -> bool,
    ) -> Vec<(AlarmId, OccurrenceId, Severity)> {
        let mut due = Vec::new();
        for standing in &mut self.0 {
            if standing.next_look().is_some_and(|at| at <= now) && !at_work(standing.occurrence) {
                standing.seen = now;
                due.push((standing.alarm.clone(), standing.occurrence, standing.severity));
            }
        }
        due
    }

    /// Forgets those that are looked at no more, once their last look has begun.
    pub fn tidy(&mut self) {
        self.0.retain(|standing| standing.next_look().is_some());
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

fn tell(standing: &Standing) {
    let next_look = standing.next_look();
    standing.told.send_modify(|progress| progress.next_look = next_look);
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn minute(minutes: u64) -> SourceTime {
        SourceTime::from_micros(0) + Duration::from_secs(60 * minutes)
    }

    fn standing(number: u128, severity: Severity, called: u64) -> (Standing, watch::Receiver<ExplanationProgress>) {
        let (told, follows) = watch::channel(ExplanationProgress::default());
        let occurrence = OccurrenceId(Uuid::from_u128(number));
        let (called, alarm) = (minute(called), AlarmId::from("A/HIGH"));
        (Standing { alarm, occurrence, severity, called, seen: called, told }, follows)
    }

    fn due(vigil: &mut Vigil, now: u64) -> Vec<u128> {
        let due = vigil.due(minute(now), |occurrence| occurrence.0.as_u128() == 9);
        due.into_iter().map(|(_, occurrence, _)| occurrence.0.as_u128()).collect()
    }

    #[test]
    fn an_alarm_is_looked_at_twice_and_who_follows_knows_when() {
        let mut vigil = Vigil::default();
        let (first, follows) = standing(1, Severity::High, 10);
        vigil.enter(first);
        assert_eq!(follows.borrow().next_look, Some(minute(40)));
        assert!(due(&mut vigil, 39).is_empty() && !vigil.is_due(minute(39)) && vigil.is_due(minute(40)));
        assert_eq!(due(&mut vigil, 40), [1]);
        assert_eq!(vigil.next_look(OccurrenceId(Uuid::from_u128(1))), Some(minute(130)));
        assert!(due(&mut vigil, 41).is_empty(), "once each");
        assert_eq!(due(&mut vigil, 500), [1]);
        vigil.tidy();
        assert_eq!(vigil.len(), 0);
    }

    #[test]
    fn looks_that_were_missed_are_one_and_who_is_at_work_is_left_alone() {
        let mut vigil = Vigil::default();
        vigil.enter(standing(1, Severity::High, 0).0);
        vigil.enter(standing(9, Severity::High, 0).0);
        assert_eq!(due(&mut vigil, 1_000), [1]);
        assert!(due(&mut vigil, 1_001).is_empty());
    }

    #[test]
    fn an_alarm_that_is_gone_is_not_looked_at_and_who_follows_hears_of_it() {
        let mut vigil = Vigil::default();
        let (first, follows) = standing(1, Severity::High, 0);
        vigil.enter(first);
        vigil.closed(OccurrenceId(Uuid::from_u128(1)));
        assert_eq!(follows.borrow().next_look, None);
        assert!(due(&mut vigil, 1_000).is_empty());
    }

    #[test]
    fn of_too_many_the_least_severe_and_oldest_goes() {
        let mut vigil = Vigil::default();
        for number in 0..MOST as u128 {
            vigil.enter(standing(number, Severity::High, 0).0);
        }
        let (low, follows) = standing(1_000, Severity::Low, 0);
        vigil.enter(low);
        assert_eq!((vigil.len(), follows.borrow().next_look), (MOST, None));
    }
}
