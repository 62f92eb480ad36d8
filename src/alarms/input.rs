//! What may happen to an alarm: news from a chart, a design rule or a timer, or a command from a person.

use std::time::Duration;

use crate::domain::{ConditionReport, OccurrenceId, Quality, Severity, SourceTime, WallTime};

/// What happened, as the rules understand it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AlarmInput {
    /// A chart says whether the condition holds, past delay and deadband (`ON` and `OFF` of the specification).
    Condition {
        /// Whether it holds.
        active: bool,
        /// How severe it is now; only looked at while it holds.
        severity: Severity,
        /// Plant time of the change.
        at: SourceTime,
    },
    /// The quality of what the alarm watches.
    Quality(Quality),
    /// The alarm has stood for as long as it may without the operator being called again.
    StoodTooLong {
        /// The annunciation from which the time was counted; one of an earlier annunciation arrives late.
        since: WallTime,
    },
    /// The time of a shelf is over.
    ShelfEnded {
        /// The end of the shelf that was meant; one of an earlier shelf arrives late.
        until: WallTime,
    },
    /// A design rule has begun to hide the alarm.
    Suppress {
        /// The rule's id.
        rule: String,
    },
    /// No design rule hides the alarm any more.
    Unsuppress,
    /// An operator has taken notice of one occurrence.
    Acknowledge {
        /// The occurrence that the operator saw.
        occurrence: OccurrenceId,
    },
    /// An operator resets a latched alarm.
    Reset,
    /// An operator puts the alarm aside.
    Shelve {
        /// For how long at most.
        lasting: Duration,
        /// Whether the shelf ends with the condition.
        one_shot: bool,
    },
    /// An operator takes the alarm off the shelf.
    Unshelve,
    /// Maintenance takes the alarm out of service.
    TakeOutOfService {
        /// Under which work order.
        work_order: String,
        /// Who does it.
        by: String,
    },
    /// The alarm comes back into service.
    ReturnToService {
        /// Who does it.
        by: String,
    },
    /// Somebody is given the care of the alarm; `None` takes it from them.
    Assign {
        /// Who.
        to: Option<String>,
    },
    /// Somebody writes a remark into the journal.
    Comment,
    /// An approved change of the register has taken effect; the definition is the new one already.
    Reconfigured,
    /// The plant file runs as nobody has approved; `None`: the alarm runs as was approved.
    Unapproved {
        /// What the file has made of the alarm, as a fingerprint.
        edit: Option<String>,
    },
}

impl AlarmInput {
    /// What a report means for its alarm, in the order in which it is to be applied.
    ///
    /// A chart that speaks of the condition can see it, so the quality comes first and thaws a frozen alarm.
    pub fn of_report(report: &ConditionReport) -> impl Iterator<Item = Self> {
        let seen =
            report.active.map(|active| Self::Condition { active, severity: report.severity, at: report.source_time });
        let quality = if seen.is_some() { Quality::Good } else { Quality::Bad };
        std::iter::once(Self::Quality(quality)).chain(seen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::AlarmId;

    fn report(active: Option<bool>) -> ConditionReport {
        ConditionReport {
            alarm: AlarmId::from("XMEAS_7/HIGH"),
            active,
            severity: Severity::High,
            source_time: SourceTime::from_micros(7),
            scan: 3,
            value: 2_950.0,
            limit: 2_895.0,
            contributions: Vec::new(),
        }
    }

    #[test]
    fn a_report_without_a_condition_only_tells_that_nobody_can_see() {
        let inputs: Vec<_> = AlarmInput::of_report(&report(None)).collect();
        assert_eq!(inputs, [AlarmInput::Quality(Quality::Bad)]);
    }

    #[test]
    fn a_report_with_a_condition_thaws_before_it_tells() {
        let inputs: Vec<_> = AlarmInput::of_report(&report(Some(true))).collect();
        let at = SourceTime::from_micros(7);
        let condition = AlarmInput::Condition { active: true, severity: Severity::High, at };
        assert_eq!(inputs, [AlarmInput::Quality(Quality::Good), condition]);
    }
}
