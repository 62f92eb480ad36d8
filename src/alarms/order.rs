//! The two orders of alarms: how a list is drawn, and in which order it was told.

use std::cmp::{Ordering, Reverse};

use crate::domain::AlarmFacts;

/// Order of the alarm list: the more severe first, then those who owe an acknowledgement, then the newest annunciation.
///
/// Equal alarms keep the order in which they came (sort stably), so a list does not jump.
pub fn display_order(a: &AlarmFacts, b: &AlarmFacts) -> Ordering {
    let key = |facts: &AlarmFacts| (Reverse(facts.severity), facts.acked, Reverse(facts.shown_since()));
    key(a).cmp(&key(b))
}

/// Order of annunciation: the newest first, whatever its severity; who joins a group silently
/// stands where its sound would have been; never shown last.
pub fn annunciation_order(a: &AlarmFacts, b: &AlarmFacts) -> Ordering {
    b.shown_since().cmp(&a.shown_since())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Severity, WallTime};

    fn facts(severity: Severity, acked: bool, annunciated: i64) -> AlarmFacts {
        AlarmFacts {
            acked,
            annunciated_at: (annunciated > 0).then(|| WallTime::from_micros(annunciated)),
            ..AlarmFacts::quiet(severity)
        }
    }

    #[test]
    fn the_list_is_drawn_by_severity_then_debt_then_age() {
        let mut list = [
            facts(Severity::Low, false, 90),
            facts(Severity::High, true, 80),
            facts(Severity::High, false, 10),
            facts(Severity::Critical, true, 5),
            facts(Severity::High, false, 20),
        ];
        list.sort_by(display_order);
        let drawn: Vec<_> = list.iter().map(|f| (f.severity, f.acked, f.annunciated_at)).collect();
        let at = |micros| Some(WallTime::from_micros(micros));
        assert_eq!(
            drawn,
            [
                (Severity::Critical, true, at(5)),
                (Severity::High, false, at(20)),
                (Severity::High, false, at(10)),
                (Severity::High, true, at(80)),
                (Severity::Low, false, at(90)),
            ]
        );
    }

    #[test]
    fn annunciation_goes_by_time_alone_and_the_never_told_come_last() {
        let mut list =
            [facts(Severity::Critical, false, 0), facts(Severity::Low, true, 9), facts(Severity::High, false, 3)];
        list.sort_by(annunciation_order);
        let told: Vec<_> = list.iter().map(|f| f.annunciated_at.map(WallTime::as_micros)).collect();
        assert_eq!(told, [Some(9), Some(3), None]);
    }
}
