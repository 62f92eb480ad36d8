//! The rows of the board: each figure beside its target.

use serde::{Deserialize, Serialize};

/// A figure of the board.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum KpiKey {
    /// Calls a day, on average.
    CallsPerDay,
    /// Calls an hour, on average.
    CallsPerHour,
    /// Calls in ten minutes, on average.
    CallsPerTenMinutes,
    /// Share of hours with more than thirty calls, per cent.
    HoursAboveThirty,
    /// Share of periods of ten minutes with more than ten calls, per cent.
    PeriodsAboveTen,
    /// Most calls in any ten minutes.
    PeakInTenMinutes,
    /// Share of time in flood, per cent.
    TimeInFlood,
    /// Share of the ten most frequent in all new alarms, per cent.
    TopTenShare,
    /// Alarms that chatter.
    Chattering,
    /// Alarms that are fleeting.
    Fleeting,
    /// Most stale alarms on any day.
    Stale,
    /// Share of calls of low severity, per cent.
    LowShare,
    /// Share of calls of medium severity, per cent.
    MediumShare,
    /// Share of calls of high severity, per cent.
    HighShare,
    /// Share of calls of critical severity, per cent.
    CriticalShare,
    /// Alarms put aside, or changed, without a name that answers for it.
    Unauthorised,
}

/// From how many calls or alarms on a share of them is judged.
const SHARES_FROM: u64 = 100;

/// Whether a figure is where it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum KpiVerdict {
    /// It meets its target.
    Met,
    /// It misses the target and can still be managed.
    Manageable,
    /// It misses both.
    Missed,
    /// There is nothing to judge yet, or too little.
    Unknown,
}

impl KpiVerdict {
    /// What it is called: `nothing to judge`.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Manageable => "manageable",
            Self::Missed => "missed",
            Self::Unknown => "nothing to judge",
        }
    }
}

/// One row of the board.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KpiRow {
    /// Which figure.
    pub key: KpiKey,
    /// Its value; `None` when there is nothing to take it from.
    pub actual: Option<f64>,
    /// Whether it is where it should be.
    pub verdict: KpiVerdict,
}

/// What a figure is held against.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Bound {
    /// Not more than.
    Most(f64),
    /// Less than.
    Below(f64),
    /// Not less than.
    Least(f64),
}

impl Bound {
    fn holds(self, value: f64) -> bool {
        match self {
            Self::Most(most) => value <= most,
            Self::Below(below) => value < below,
            Self::Least(least) => value >= least,
        }
    }
}

impl KpiKey {
    /// Every figure, in the order of the board.
    pub const ALL: [Self; 16] = [
        Self::CallsPerDay,
        Self::CallsPerHour,
        Self::CallsPerTenMinutes,
        Self::HoursAboveThirty,
        Self::PeriodsAboveTen,
        Self::PeakInTenMinutes,
        Self::TimeInFlood,
        Self::TopTenShare,
        Self::Chattering,
        Self::Fleeting,
        Self::Stale,
        Self::LowShare,
        Self::MediumShare,
        Self::HighShare,
        Self::CriticalShare,
        Self::Unauthorised,
    ];

    /// Its name for people.
    pub const fn title(self) -> &'static str {
        match self {
            Self::CallsPerDay => "Annunciated per day",
            Self::CallsPerHour => "Annunciated per hour, average",
            Self::CallsPerTenMinutes => "Annunciated per 10 min, average",
            Self::HoursAboveThirty => "Hours with more than 30",
            Self::PeriodsAboveTen => "10-min periods with more than 10",
            Self::PeakInTenMinutes => "Maximum in any 10 min",
            Self::TimeInFlood => "Time in flood",
            Self::TopTenShare => "Share of the 10 most frequent",
            Self::Chattering => "Chattering alarms",
            Self::Fleeting => "Fleeting alarms",
            Self::Stale => "Stale alarms, most on any day",
            Self::LowShare => "Priority mix: low",
            Self::MediumShare => "Priority mix: medium",
            Self::HighShare => "Priority mix: high",
            Self::CriticalShare => "Priority mix: critical",
            Self::Unauthorised => "Unauthorised suppression or change",
        }
    }

    /// Its unit; empty for a count.
    pub const fn unit(self) -> &'static str {
        match self {
            Self::HoursAboveThirty
            | Self::PeriodsAboveTen
            | Self::TimeInFlood
            | Self::TopTenShare
            | Self::LowShare
            | Self::MediumShare
            | Self::HighShare
            | Self::CriticalShare => "%",
            _ => "",
        }
    }

    /// Its target in words.
    pub const fn target(self) -> &'static str {
        match self {
            Self::CallsPerDay => "≤ 144",
            Self::CallsPerHour => "≤ 6",
            Self::CallsPerTenMinutes => "≤ 1",
            Self::HoursAboveThirty | Self::PeriodsAboveTen | Self::TimeInFlood | Self::CriticalShare => "< 1 %",
            Self::PeakInTenMinutes => "≤ 10",
            Self::TopTenShare => "≤ 5 %",
            Self::Chattering | Self::Fleeting | Self::Unauthorised => "0",
            Self::Stale => "< 5",
            Self::LowShare => "≥ 80 %",
            Self::MediumShare => "≤ 15 %",
            Self::HighShare => "≤ 5 %",
        }
    }

    /// What can still be managed, in words, where the specification says so.
    pub const fn manageable(self) -> Option<&'static str> {
        match self {
            Self::CallsPerDay => Some("≤ 288"),
            Self::CallsPerHour => Some("≤ 12"),
            Self::CallsPerTenMinutes => Some("≤ 2"),
            _ => None,
        }
    }

    const fn bounds(self) -> (Bound, Option<Bound>) {
        match self {
            Self::CallsPerDay => (Bound::Most(144.0), Some(Bound::Most(288.0))),
            Self::CallsPerHour => (Bound::Most(6.0), Some(Bound::Most(12.0))),
            Self::CallsPerTenMinutes => (Bound::Most(1.0), Some(Bound::Most(2.0))),
            Self::HoursAboveThirty | Self::PeriodsAboveTen | Self::TimeInFlood | Self::CriticalShare => {
                (Bound::Below(1.0), None)
            }
            Self::PeakInTenMinutes => (Bound::Most(10.0), None),
            Self::TopTenShare | Self::HighShare => (Bound::Most(5.0), None),
            Self::Chattering | Self::Fleeting | Self::Unauthorised => (Bound::Most(0.0), None),
            Self::Stale => (Bound::Below(5.0), None),
            Self::LowShare => (Bound::Least(80.0), None),
            Self::MediumShare => (Bound::Most(15.0), None),
        }
    }

    /// Of how many calls or alarms a share must be before it is judged: one critical call of ten says nothing of one per cent,
    /// and ten alarms are always their own ten most frequent.
    const fn judged_from(self) -> u64 {
        match self {
            Self::TopTenShare | Self::LowShare | Self::MediumShare | Self::HighShare | Self::CriticalShare => {
                SHARES_FROM
            }
            _ => 0,
        }
    }

    /// The row with this value, taken from so many calls or alarms.
    pub(super) fn row(self, actual: Option<f64>, from: u64) -> KpiRow {
        let (target, manageable) = self.bounds();
        let verdict = match actual {
            None => KpiVerdict::Unknown,
            Some(_) if from < self.judged_from() => KpiVerdict::Unknown,
            Some(value) if target.holds(value) => KpiVerdict::Met,
            Some(value) if manageable.is_some_and(|bound| bound.holds(value)) => KpiVerdict::Manageable,
            Some(_) => KpiVerdict::Missed,
        };
        KpiRow { key: self, actual, verdict }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_held_against_its_target_and_what_can_be_managed() {
        for (key, value, expected) in [
            (KpiKey::CallsPerDay, Some(144.0), KpiVerdict::Met),
            (KpiKey::CallsPerDay, Some(145.0), KpiVerdict::Manageable),
            (KpiKey::CallsPerDay, Some(289.0), KpiVerdict::Missed),
            (KpiKey::TimeInFlood, Some(1.0), KpiVerdict::Missed),
            (KpiKey::PeakInTenMinutes, Some(10.0), KpiVerdict::Met),
            (KpiKey::Stale, Some(5.0), KpiVerdict::Missed),
            (KpiKey::LowShare, Some(79.9), KpiVerdict::Missed),
            (KpiKey::TopTenShare, None, KpiVerdict::Unknown),
        ] {
            assert_eq!(key.row(value, 100).verdict, expected, "{key:?} {value:?}");
        }
        for (key, value, expected) in [
            (KpiKey::LowShare, Some(0.0), KpiVerdict::Unknown),
            (KpiKey::TopTenShare, Some(100.0), KpiVerdict::Unknown),
            (KpiKey::CallsPerDay, Some(289.0), KpiVerdict::Missed),
        ] {
            assert_eq!(key.row(value, 99).verdict, expected, "{key:?} {value:?} of 99");
        }
    }
}
