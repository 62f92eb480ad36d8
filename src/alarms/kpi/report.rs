//! The board: what a tally says of an interval.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::hour::{HOUR, Hour, PERIOD, hour_of, quantile, start_of};
use super::level::EemuaLevel;
use super::nuisance::{BAD_ACTORS, Nuisances, counts, ranked, redundant};
use super::rows::{KpiKey, KpiRow};
use super::tally::{STALE_AFTER, Tally, Track};
use crate::domain::{AlarmId, AlarmState, WallTime};

const DAY: Duration = Duration::from_secs(24 * 3600);
/// More calls than this in an hour are too many.
const HOUR_BUSY_ABOVE: u32 = 30;
/// More calls than this in ten minutes are too many.
const PERIOD_BUSY_ABOVE: u32 = 10;

/// The board of one console over an interval.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KpiReport {
    /// The beginning of what was observed of the interval.
    pub from: WallTime,
    /// Its end.
    pub to: WallTime,
    /// Every figure, in the order of the board.
    pub rows: Vec<KpiRow>,
    /// How much is asked of the operator; `None` before an hour was observed.
    pub level: Option<EemuaLevel>,
    /// Calls of the interval.
    pub calls: u64,
    /// New alarms of the interval, those in groups among them.
    pub news: u64,
    /// How alarms stand at its end.
    pub standing: Standing,
    /// Calls by severity, ascending.
    pub severities: [u64; 4],
    /// Acknowledgements of the interval.
    pub acknowledged: u64,
    /// The delay within which half of them came; to five per cent.
    pub acknowledge_p50: Option<Duration>,
    /// The delay within which 95 of a hundred came; to five per cent.
    pub acknowledge_p95: Option<Duration>,
    /// Alarms that were shelved again within an hour after their shelf had ended.
    pub shelf_renewals: u64,
    /// Alarms that cost attention without being worth it.
    pub nuisances: Nuisances,
    /// Calls and new alarms in each ten minutes in which there were any, oldest first.
    pub periods: Vec<Period>,
    /// Floods, from and until, oldest first.
    pub floods: Vec<(WallTime, WallTime)>,
}

/// How alarms stand at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// In the alarm list.
    pub listed: u32,
    /// Of those, owing an acknowledgement.
    pub unacknowledged: u32,
    /// Shelved.
    pub shelved: u32,
    /// Suppressed by a design rule.
    pub suppressed: u32,
    /// Out of service.
    pub out_of_service: u32,
}

/// Ten minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// When they began.
    pub start: WallTime,
    /// Calls.
    pub calls: u32,
    /// New alarms, those in groups among them.
    pub news: u32,
}

impl Tally {
    /// The board from `from`, which is the beginning of an hour or of what is counted, until now.
    pub fn report(&self, from: WallTime, to: WallTime) -> KpiReport {
        let from = from.max(self.counts_from);
        let hours = || self.hours.range(hour_of(from)..=hour_of(to)).map(|(_, hour)| hour);
        let observed_from = from.max(self.watched_since).min(to);
        let observed = to.since(observed_from);
        let floods = self.floods_within(from, to);
        let counts = counts(hours());
        let sum = |of: fn(&Hour) -> u32| hours().map(|hour| u64::from(of(hour))).sum::<u64>();
        let calls = sum(|hour| hour.calls.iter().sum());
        let news = sum(|hour| hour.news.iter().sum());
        let severities = [0, 1, 2, 3].map(|n| hours().map(|hour| u64::from(hour.severities[n])).sum());
        let peak = hours().map(|hour| hour.peak).max().unwrap_or(0);
        let in_flood = floods.iter().map(|(since, until)| until.since(*since)).sum::<Duration>();
        let per = |span: Duration| rate(calls, observed, span);
        let busy = |n: u64, of: Duration| percent(n as f64, (observed.as_secs_f64() / of.as_secs_f64()).ceil());
        let busy_hours = sum(|hour| u32::from(hour.calls.iter().sum::<u32>() > HOUR_BUSY_ABOVE));
        let busy_periods = sum(|hour| hour.calls.iter().map(|calls| u32::from(*calls > PERIOD_BUSY_ABOVE)).sum());
        let chattering = ranked(&counts, |c| c.chattering);
        let fleeting = ranked(&counts, |c| c.fleeting);
        let mut bad_actors = ranked(&counts, |c| c.news);
        bad_actors.truncate(BAD_ACTORS);
        let of_top_ten: u64 = bad_actors.iter().map(|(_, n)| u64::from(*n)).sum();
        let flood_share = in_flood.as_secs_f64() / observed.as_secs_f64();
        let share_of = |severity: usize| percent(severities[severity] as f64, calls as f64);
        let actual = |key: KpiKey| match key {
            KpiKey::CallsPerDay => per(DAY),
            KpiKey::CallsPerHour => per(HOUR),
            KpiKey::CallsPerTenMinutes => per(PERIOD),
            KpiKey::HoursAboveThirty => busy(busy_hours, HOUR),
            KpiKey::PeriodsAboveTen => busy(busy_periods, PERIOD),
            KpiKey::PeakInTenMinutes => Some(f64::from(peak)),
            KpiKey::TimeInFlood => percent(in_flood.as_secs_f64(), observed.as_secs_f64()),
            KpiKey::TopTenShare => percent(of_top_ten as f64, news as f64),
            KpiKey::Chattering => Some(chattering.len() as f64),
            KpiKey::Fleeting => Some(fleeting.len() as f64),
            KpiKey::Stale => Some(self.most_stale_on_a_day(from, to) as f64),
            KpiKey::LowShare => share_of(0),
            KpiKey::MediumShare => share_of(1),
            KpiKey::HighShare => share_of(2),
            KpiKey::CriticalShare => share_of(3),
            KpiKey::Unauthorised => Some(sum(|hour| hour.unauthorised) as f64),
        };
        let mut delays: BTreeMap<u16, u32> = BTreeMap::new();
        for (step, n) in hours().flat_map(|hour| &hour.acknowledged) {
            *delays.entry(*step).or_default() += n;
        }
        KpiReport {
            from: observed_from,
            to,
            rows: KpiKey::ALL
                .iter()
                .map(|key| key.row(actual(*key), if *key == KpiKey::TopTenShare { news } else { calls }))
                .collect(),
            level: (observed >= HOUR).then(|| EemuaLevel::of(per(PERIOD).unwrap_or(0.0), peak, flood_share)),
            calls,
            news,
            standing: self.standing(),
            severities,
            acknowledged: delays.values().map(|n| u64::from(*n)).sum(),
            acknowledge_p50: quantile(&delays, 0.5),
            acknowledge_p95: quantile(&delays, 0.95),
            shelf_renewals: sum(|hour| hour.renewals),
            nuisances: Nuisances {
                redundant: redundant(hours(), &counts),
                stale: self.stale_now(to),
                chattering,
                fleeting,
                bad_actors,
            },
            periods: self.periods(from, to),
            floods,
        }
    }

    fn floods_within(&self, from: WallTime, to: WallTime) -> Vec<(WallTime, WallTime)> {
        let mut flood = self.flood.clone();
        let running = self.flood.since().map(|since| (since, flood.pass(to).unwrap_or(to)));
        let clipped = |(since, until): (WallTime, WallTime)| (since.max(from), until.min(to));
        self.floods.iter().copied().chain(running).map(clipped).filter(|(since, until)| since < until).collect()
    }

    fn stale_now(&self, to: WallTime) -> Vec<(AlarmId, WallTime)> {
        let is_stale = |track: &Track| track.standing_since.filter(|since| *since + STALE_AFTER < to);
        let mut stale: Vec<_> =
            self.tracks.iter().filter_map(|(alarm, track)| Some((alarm.clone(), is_stale(track)?))).collect();
        stale.sort_by_key(|(_, since)| *since);
        stale
    }

    /// The most alarms that were stale on one day, by days of UTC.
    fn most_stale_on_a_day(&self, from: WallTime, to: WallTime) -> usize {
        let now = self.stale_now(to).into_iter().map(|(alarm, since)| (alarm, since + STALE_AFTER, to));
        let mut days: BTreeMap<i64, BTreeSet<AlarmId>> = BTreeMap::new();
        for (alarm, since, until) in self.stale.iter().cloned().chain(now) {
            let (since, until) = (since.max(from), until.min(to));
            if since < until {
                for day in hour_of(since).div_euclid(24)..=hour_of(until).div_euclid(24) {
                    days.entry(day).or_default().insert(alarm.clone());
                }
            }
        }
        days.values().map(BTreeSet::len).max().unwrap_or(0)
    }

    fn standing(&self) -> Standing {
        let count = |is: fn(AlarmState) -> bool| {
            u32::try_from(self.tracks.values().filter(|track| is(track.state)).count()).unwrap_or(u32::MAX)
        };
        Standing {
            listed: count(AlarmState::in_alarm_list),
            unacknowledged: count(AlarmState::owes_acknowledgement),
            shelved: count(|state| state == AlarmState::Shelved),
            suppressed: count(|state| state == AlarmState::Suppressed),
            out_of_service: count(|state| state == AlarmState::OutOfService),
        }
    }

    fn periods(&self, from: WallTime, to: WallTime) -> Vec<Period> {
        let hours = self.hours.range(hour_of(from)..=hour_of(to));
        let of_hour = |(number, hour): (&i64, &Hour)| {
            let start = start_of(*number);
            let period = |n: u32| (start + PERIOD * n, hour.calls[n as usize], hour.news[n as usize]);
            [0, 1, 2, 3, 4, 5].map(period).map(|(start, calls, news)| Period { start, calls, news })
        };
        hours.flat_map(of_hour).filter(|period| period.calls > 0 || period.news > 0).collect()
    }
}

/// Of a shorter time than this span, or than an hour, nothing is said: one call in the first minute is not a thousand a day.
fn rate(calls: u64, observed: Duration, per: Duration) -> Option<f64> {
    if observed < per.min(HOUR) {
        return None;
    }
    let rate = calls as f64 * per.as_secs_f64() / observed.as_secs_f64();
    rate.is_finite().then_some(rate)
}

fn percent(part: f64, whole: f64) -> Option<f64> {
    let share = 100.0 * part / whole;
    share.is_finite().then_some(share)
}
