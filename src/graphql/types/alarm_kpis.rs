//! The board of alarm performance.

use std::sync::Arc;
use std::time::Duration;

use async_graphql::{Enum, Object, SimpleObject};
use chrono::{DateTime, Utc};

use crate::alarms::{self, KpiReport, KpiRow};
use crate::domain::{self, AlarmId, WallTime};

/// How much an alarm system asks of its operator, by the levels of EEMUA 191.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "alarms::EemuaLevel")]
pub enum EemuaLevel {
    /// Less than one call in ten minutes on average, never ten, hardly any flood.
    Predictive,
    /// Up to ten calls in ten minutes on average.
    Robust,
    /// As robust on average, with higher peaks or more time in flood.
    Stable,
    /// Ten to a hundred calls in ten minutes on average.
    Reactive,
    /// More than a hundred calls in ten minutes on average.
    Overloaded,
}

/// Whether a figure is where it should be.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "alarms::KpiVerdict")]
pub enum KpiVerdict {
    /// It meets its target.
    Met,
    /// It misses the target and can still be managed.
    Manageable,
    /// It misses both.
    Missed,
    /// There is nothing to judge yet, or too little: shares are judged from a hundred calls or alarms on.
    Unknown,
}

/// One figure of the board beside its target.
#[derive(SimpleObject, Clone)]
pub struct AlarmKpi {
    /// Which figure, for example `CALLS_PER_DAY`.
    key: String,
    /// Its name for people.
    title: &'static str,
    /// Its value; null when there is nothing to take it from.
    actual: Option<f64>,
    /// Its unit; empty for a count.
    unit: &'static str,
    /// Its target in words.
    target: &'static str,
    /// What can still be managed, where the standard says so.
    manageable: Option<&'static str>,
    /// Whether it is where it should be.
    verdict: KpiVerdict,
}

impl From<&KpiRow> for AlarmKpi {
    fn from(row: &KpiRow) -> Self {
        Self {
            key: shouted(&format!("{:?}", row.key)),
            title: row.key.title(),
            actual: row.actual,
            unit: row.key.unit(),
            target: row.key.target(),
            manageable: row.key.manageable(),
            verdict: row.verdict.into(),
        }
    }
}

/// `CallsPerDay` as `CALLS_PER_DAY`.
fn shouted(name: &str) -> String {
    let mut shouted = String::new();
    for (at, letter) in name.chars().enumerate() {
        if at > 0 && letter.is_uppercase() {
            shouted.push('_');
        }
        shouted.extend(letter.to_uppercase());
    }
    shouted
}

/// How alarms stand at one moment.
#[derive(SimpleObject, Clone)]
pub struct AlarmsStanding {
    /// In the alarm list.
    listed: u32,
    /// Of those, owing an acknowledgement.
    unacknowledged: u32,
    /// Shelved.
    shelved: u32,
    /// Suppressed by a design rule.
    suppressed: u32,
    /// Out of service.
    out_of_service: u32,
}

/// Calls and new alarms of ten minutes.
#[derive(SimpleObject, Clone)]
pub struct AlarmPeriod {
    /// When they began, wall time.
    start: DateTime<Utc>,
    /// Calls.
    calls: u32,
    /// New alarms, those in groups among them.
    new_alarms: u32,
}

/// A flood, or the part of it within the interval.
#[derive(SimpleObject, Clone)]
pub struct FloodSpan {
    /// From, wall time.
    from: DateTime<Utc>,
    /// Until, wall time.
    to: DateTime<Utc>,
}

/// Calls of each severity.
#[derive(SimpleObject, Clone)]
pub struct PriorityMix {
    /// Calls of low severity.
    low: u64,
    /// Calls of medium severity.
    medium: u64,
    /// Calls of high severity.
    high: u64,
    /// Calls of critical severity.
    critical: u64,
}

/// An alarm that costs attention without being worth it.
#[derive(SimpleObject, Clone)]
pub struct NuisanceAlarm {
    /// Its id in the plant.
    key: String,
    /// What an operator reads first; the id when it is no longer configured.
    title: String,
    /// How often; null for one that is stale.
    count: Option<u32>,
    /// Since when it is stale, wall time.
    since: Option<DateTime<Utc>>,
}

/// Two alarms of which the second nearly always follows the first within a minute.
#[derive(SimpleObject, Clone)]
pub struct RedundantAlarms {
    /// The id of the first.
    first: String,
    /// The id of the second.
    second: String,
    /// How often the first came.
    count: u32,
    /// In which share of these the second followed, 0…1.
    share: f64,
}

/// Alarms that cost attention without being worth it; each list the worst first.
#[derive(SimpleObject, Clone)]
pub struct NuisanceAlarms {
    /// Came three times or more within a minute.
    chattering: Vec<NuisanceAlarm>,
    /// Were over in less than ten seconds.
    fleeting: Vec<NuisanceAlarm>,
    /// Have been active for more than a day and still are.
    stale: Vec<NuisanceAlarm>,
    /// The ten that came most often.
    bad_actors: Vec<NuisanceAlarm>,
    /// Pairs of which one may say nothing that the other has not said.
    redundant: Vec<RedundantAlarms>,
}

/// How well the alarms of one console serve its operator over an interval of wall time.
pub struct AlarmKpis {
    plant: Arc<domain::Plant>,
    report: KpiReport,
    live: bool,
}

impl AlarmKpis {
    /// The board of a console.
    pub(in crate::graphql) fn new(plant: &Arc<domain::Plant>, report: KpiReport, live: bool) -> Self {
        Self { plant: Arc::clone(plant), report, live }
    }

    fn title(&self, alarm: &AlarmId) -> String {
        let known = self.plant.alarm(alarm);
        known.map_or_else(|| alarm.to_string(), |definition| definition.title.clone())
    }

    fn counted(&self, alarms: &[(AlarmId, u32)]) -> Vec<NuisanceAlarm> {
        let one = |(alarm, count): &(AlarmId, u32)| NuisanceAlarm {
            key: alarm.to_string(),
            title: self.title(alarm),
            count: Some(*count),
            since: None,
        };
        alarms.iter().map(one).collect()
    }
}

/// How well the alarms of one console serve its operator over an interval of wall time.
#[Object]
impl AlarmKpis {
    /// The beginning of what was observed of the interval.
    async fn from(&self) -> DateTime<Utc> {
        self.report.from.to_datetime()
    }

    /// Its end.
    async fn to(&self) -> DateTime<Utc> {
        self.report.to.to_datetime()
    }

    /// Whether it comes from the statistics that follow the plant; else it was drawn from the journal, with the same result.
    async fn live(&self) -> bool {
        self.live
    }

    /// Every figure, in the order of the board.
    #[graphql(complexity = "16 * child_complexity + 1")]
    async fn rows(&self) -> Vec<AlarmKpi> {
        self.report.rows.iter().map(AlarmKpi::from).collect()
    }

    /// How much is asked of the operator; null before an hour was observed.
    async fn level(&self) -> Option<EemuaLevel> {
        self.report.level.map(Into::into)
    }

    /// Calls of the interval.
    async fn calls(&self) -> u64 {
        self.report.calls
    }

    /// New alarms of the interval, those in groups among them.
    async fn new_alarms(&self) -> u64 {
        self.report.news
    }

    /// How alarms stand at its end.
    async fn standing(&self) -> AlarmsStanding {
        let now = self.report.standing;
        AlarmsStanding {
            listed: now.listed,
            unacknowledged: now.unacknowledged,
            shelved: now.shelved,
            suppressed: now.suppressed,
            out_of_service: now.out_of_service,
        }
    }

    /// Calls of each severity.
    async fn priority_mix(&self) -> PriorityMix {
        let [low, medium, high, critical] = self.report.severities;
        PriorityMix { low, medium, high, critical }
    }

    /// Acknowledgements of the interval.
    async fn acknowledged(&self) -> u64 {
        self.report.acknowledged
    }

    /// Seconds within which half of the acknowledgements came, to five per cent.
    async fn acknowledge_seconds_p50(&self) -> Option<f64> {
        self.report.acknowledge_p50.as_ref().map(Duration::as_secs_f64)
    }

    /// Seconds within which 95 of a hundred acknowledgements came, to five per cent.
    async fn acknowledge_seconds_p95(&self) -> Option<f64> {
        self.report.acknowledge_p95.as_ref().map(Duration::as_secs_f64)
    }

    /// Alarms that were shelved again within an hour after their shelf had ended.
    async fn shelf_renewals(&self) -> u64 {
        self.report.shelf_renewals
    }

    /// Calls and new alarms in each ten minutes in which there were any, oldest first.
    #[graphql(complexity = "50 * child_complexity + 1")]
    async fn periods(&self) -> Vec<AlarmPeriod> {
        let one = |period: &alarms::Period| AlarmPeriod {
            start: period.start.to_datetime(),
            calls: period.calls,
            new_alarms: period.news,
        };
        self.report.periods.iter().map(one).collect()
    }

    /// Floods of the interval, oldest first.
    #[graphql(complexity = "10 * child_complexity + 1")]
    async fn floods(&self) -> Vec<FloodSpan> {
        let one = |(from, to): &(WallTime, WallTime)| FloodSpan { from: from.to_datetime(), to: to.to_datetime() };
        self.report.floods.iter().map(one).collect()
    }

    /// Alarms that cost attention without being worth it.
    #[graphql(complexity = "20 * child_complexity + 1")]
    async fn nuisances(&self) -> NuisanceAlarms {
        let all = &self.report.nuisances;
        let stale = |(alarm, since): &(AlarmId, WallTime)| NuisanceAlarm {
            key: alarm.to_string(),
            title: self.title(alarm),
            count: None,
            since: Some(since.to_datetime()),
        };
        let pair = |pair: &alarms::RedundantPair| RedundantAlarms {
            first: pair.first.to_string(),
            second: pair.second.to_string(),
            count: pair.count,
            share: pair.share,
        };
        NuisanceAlarms {
            chattering: self.counted(&all.chattering),
            fleeting: self.counted(&all.fleeting),
            stale: all.stale.iter().map(stale).collect(),
            bad_actors: self.counted(&all.bad_actors),
            redundant: all.redundant.iter().map(pair).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_named_as_enums_are() {
        assert_eq!(shouted("PeakInTenMinutes"), "PEAK_IN_TEN_MINUTES");
    }
}
