//! The figures again, from the words of the specification and a whole journal at once: slow, plain, and nothing of the tally.

use std::collections::{BTreeMap, BTreeSet};

use super::KpiKey;
use super::hour::step_of;
use crate::domain::{AlarmId, AlarmState, JournalEntry, Severity, TransitionKind, WallTime};

/// A journal, and the interval that is asked about, in microseconds.
pub(super) struct Naive<'a> {
    pub journal: &'a [JournalEntry],
    pub from: i64,
    pub to: i64,
}

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

fn time(entry: &JournalEntry) -> i64 {
    entry.wall_time.as_micros()
}

impl<'a> Naive<'a> {
    fn all_news(&self) -> Vec<&'a JournalEntry> {
        self.journal.iter().filter(|entry| entry.is_new_alarm()).collect()
    }

    fn all_calls(&self) -> Vec<&'a JournalEntry> {
        self.journal.iter().filter(|entry| entry.is_annunciated()).collect()
    }

    fn asked(&self, entry: &JournalEntry) -> bool {
        time(entry) >= self.from
    }

    fn calls(&self) -> Vec<&'a JournalEntry> {
        self.all_calls().into_iter().filter(|entry| self.asked(entry)).collect()
    }

    fn observed(&self) -> i64 {
        let first = self.journal.first().map_or(self.to, time);
        self.to - self.from.max(first).min(self.to)
    }

    fn per(&self, span: i64) -> Option<f64> {
        let observed = self.observed();
        (observed >= span.min(HOUR)).then(|| self.calls().len() as f64 * span as f64 / observed as f64)
    }

    fn busy(&self, span: i64, above: usize) -> Option<f64> {
        let mut spans: BTreeMap<i64, usize> = BTreeMap::new();
        for call in self.calls() {
            *spans.entry(time(call).div_euclid(span)).or_default() += 1;
        }
        let all = (self.observed() as f64 / span as f64).ceil();
        (all > 0.0).then(|| 100.0 * spans.values().filter(|n| **n > above).count() as f64 / all)
    }

    fn peak(&self) -> usize {
        let all = self.all_calls();
        // Rows of one moment come one after the other.
        let within = |n: usize| all[..=n].iter().filter(|one| time(one) > time(all[n]) - 10 * MINUTE).count();
        (0..all.len()).filter(|n| self.asked(all[*n])).map(within).max().unwrap_or(0)
    }

    pub fn floods(&self) -> Vec<(i64, i64)> {
        let news: Vec<i64> = self.all_news().into_iter().map(time).collect();
        let ends = news.iter().map(|at| at + 10 * MINUTE);
        let moments: BTreeSet<i64> = news.iter().copied().chain(ends).filter(|at| *at <= self.to).collect();
        let (mut since, mut floods) = (None, Vec::new());
        for now in moments {
            let in_window = |at: &&i64| **at > now - 10 * MINUTE;
            let before = news.iter().filter(in_window).filter(|at| **at < now).count();
            if let Some(began) = since.filter(|_| before < 5) {
                floods.push((began, now));
                since = None;
            }
            let with = news.iter().filter(in_window).filter(|at| **at <= now).count();
            if since.is_none() && with > before && with > 10 {
                since = Some(now);
            }
        }
        floods.extend(since.map(|began| (began, self.to)));
        let clipped = floods.into_iter().map(|(since, until)| (since.max(self.from), until.min(self.to)));
        clipped.filter(|(since, until)| since < until).collect()
    }

    fn counts(&self) -> BTreeMap<&'a AlarmId, u32> {
        let mut counts = BTreeMap::new();
        for entry in self.all_news().into_iter().filter(|entry| self.asked(entry)) {
            *counts.entry(&entry.alarm).or_default() += 1;
        }
        counts
    }

    fn top_ten(&self) -> Option<f64> {
        let mut counts: Vec<u32> = self.counts().into_values().collect();
        counts.sort_by_key(|n| std::cmp::Reverse(*n));
        let all: u32 = counts.iter().sum();
        (all > 0).then(|| 100.0 * f64::from(counts.iter().take(10).sum::<u32>()) / f64::from(all))
    }

    fn chattering(&self) -> usize {
        let news = self.all_news();
        let chatters = |(n, entry): (usize, &&'a JournalEntry)| {
            let of_it = news[..=n].iter().filter(|one| one.alarm == entry.alarm);
            let often = of_it.filter(|one| time(one) >= time(entry) - MINUTE).count() >= 3;
            (often && self.asked(entry)).then_some(&entry.alarm)
        };
        news.iter().enumerate().filter_map(chatters).collect::<BTreeSet<_>>().len()
    }

    fn fleeting(&self) -> usize {
        let over = |(n, entry): (usize, &'a JournalEntry)| {
            let mut later = self.journal[n..].iter().filter(|one| one.alarm == entry.alarm);
            let end = later.find(|one| !one.facts.active)?;
            (time(end) - time(entry) < 10 * SECOND && self.asked(end)).then_some(&entry.alarm)
        };
        let news = self.journal.iter().enumerate().filter(|(_, entry)| entry.is_new_alarm());
        news.filter_map(over).collect::<BTreeSet<_>>().len()
    }

    fn stale(&self) -> usize {
        let stands = |state| matches!(state, AlarmState::Unacknowledged | AlarmState::Acknowledged);
        let mut days: BTreeMap<i64, BTreeSet<&AlarmId>> = BTreeMap::new();
        for alarm in self.journal.iter().map(|entry| &entry.alarm).collect::<BTreeSet<_>>() {
            let mut since = None;
            let rows =
                self.journal.iter().filter(|entry| entry.alarm == *alarm).map(|entry| (time(entry), Some(entry.to)));
            for (now, state) in rows.chain([(self.to, None)]) {
                if state.is_some_and(stands) {
                    since = since.or(Some(now));
                    continue;
                }
                if let Some(began) = since.take() {
                    let (first, last) = ((began + DAY).max(self.from), now.min(self.to));
                    for day in first.div_euclid(DAY)..=last.div_euclid(DAY) {
                        if first < last {
                            days.entry(day).or_default().insert(alarm);
                        }
                    }
                }
            }
        }
        days.values().map(BTreeSet::len).max().unwrap_or(0)
    }

    fn share(&self, severity: Severity) -> Option<f64> {
        let calls = self.calls();
        let of_it = calls.iter().filter(|call| call.facts.severity == severity).count();
        (!calls.is_empty()).then(|| 100.0 * of_it as f64 / calls.len() as f64)
    }

    fn orders(&self, is: impl Fn(&JournalEntry) -> bool) -> usize {
        self.journal.iter().filter(|entry| self.asked(entry) && is(entry)).count()
    }

    pub fn renewals(&self) -> usize {
        let ends_shelf = |row: &JournalEntry| match row.kind {
            TransitionKind::ShelfEnded | TransitionKind::Unshelved => true,
            TransitionKind::ReturnedToNormal => row.from == AlarmState::Shelved && row.to != AlarmState::Shelved,
            _ => false,
        };
        let of_alarm = |n: usize| self.journal[..n].iter().rev().filter(move |row| row.alarm == self.journal[n].alarm);
        let renewed = |n: &usize| {
            of_alarm(*n).find(|row| ends_shelf(row)).is_some_and(|end| time(&self.journal[*n]) - time(end) <= HOUR)
        };
        let shelved = |n: &usize| self.asked(&self.journal[*n]) && self.journal[*n].kind == TransitionKind::Shelved;
        (0..self.journal.len()).filter(shelved).filter(renewed).count()
    }

    /// Steps of the delays of all acknowledgements, sorted.
    pub fn delays(&self) -> Vec<u16> {
        let acknowledged =
            self.journal.iter().filter(|row| self.asked(row) && row.kind == TransitionKind::Acknowledged);
        let delay = |row: &JournalEntry| Some(step_of(row.wall_time.since(row.facts.shown_since()?)));
        let mut delays: Vec<u16> = acknowledged.filter_map(delay).collect();
        delays.sort_unstable();
        delays
    }

    /// First, second, how often the first came, how often the second followed within a minute.
    pub fn pairs(&self) -> Vec<(AlarmId, AlarmId, u32, u32)> {
        let news = self.all_news();
        let mut followed: BTreeMap<(&AlarmId, &AlarmId), u32> = BTreeMap::new();
        for (n, first) in news.iter().enumerate().filter(|(_, first)| self.asked(first)) {
            let within =
                news[n + 1..].iter().filter(|one| time(one) <= time(first) + MINUTE && one.alarm != first.alarm);
            for second in within.map(|one| &one.alarm).collect::<BTreeSet<_>>() {
                *followed.entry((&first.alarm, second)).or_default() += 1;
            }
        }
        let counts = self.counts();
        let count = |first: &AlarmId| counts.get(first).copied().unwrap_or(0);
        let named = followed.into_iter().map(|((a, b), n)| (a.clone(), b.clone(), count(a), n));
        named.filter(|(_, _, count, n)| *count >= 5 && f64::from(*n) > 0.8 * f64::from(*count)).collect()
    }

    pub fn figure(&self, key: KpiKey) -> Option<f64> {
        match key {
            KpiKey::CallsPerDay => self.per(DAY),
            KpiKey::CallsPerHour => self.per(HOUR),
            KpiKey::CallsPerTenMinutes => self.per(10 * MINUTE),
            KpiKey::HoursAboveThirty => self.busy(HOUR, 30),
            KpiKey::PeriodsAboveTen => self.busy(10 * MINUTE, 10),
            KpiKey::PeakInTenMinutes => Some(self.peak() as f64),
            KpiKey::TimeInFlood => {
                let flooded: i64 = self.floods().iter().map(|(since, until)| until - since).sum();
                (self.observed() > 0).then(|| 100.0 * flooded as f64 / self.observed() as f64)
            }
            KpiKey::TopTenShare => self.top_ten(),
            KpiKey::Chattering => Some(self.chattering() as f64),
            KpiKey::Fleeting => Some(self.fleeting() as f64),
            KpiKey::Stale => Some(self.stale() as f64),
            KpiKey::LowShare => self.share(Severity::Low),
            KpiKey::MediumShare => self.share(Severity::Medium),
            KpiKey::HighShare => self.share(Severity::High),
            KpiKey::CriticalShare => self.share(Severity::Critical),
            KpiKey::Unauthorised => {
                let aside = |kind| matches!(kind, TransitionKind::Shelved | TransitionKind::TakenOutOfService);
                let changed = |row: &JournalEntry| {
                    row.kind == TransitionKind::ConfigurationChanged && row.facts.unapproved.is_some()
                };
                Some(self.orders(|row| row.by.is_none() && (aside(row.kind) || changed(row))) as f64)
            }
        }
    }
}

/// The wall time of so many microseconds.
pub(super) fn wall(micros: i64) -> WallTime {
    WallTime::from_micros(micros)
}
