//! Alarms that cost attention without being worth it.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::hour::{Counts, Hour};
use crate::domain::{AlarmId, WallTime};

/// The most frequent alarms that are named.
pub(super) const BAD_ACTORS: usize = 10;
/// A share of fewer than this is chance.
const PAIR_SUPPORT_MIN: u32 = 5;
/// Above this share one of two says nothing that the other has not said.
const PAIR_SHARE_ABOVE: f64 = 0.8;
/// Pairs that are named.
const PAIRS_MAX: usize = 100;

/// Alarms that cost attention without being worth it; each list the worst first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Nuisances {
    /// Came three times or more within a minute, and how often that was so.
    pub chattering: Vec<(AlarmId, u32)>,
    /// Were over in less than ten seconds, and how often.
    pub fleeting: Vec<(AlarmId, u32)>,
    /// Have been active for more than a day and still are, and since when.
    pub stale: Vec<(AlarmId, WallTime)>,
    /// The ten that came most often, and how often.
    pub bad_actors: Vec<(AlarmId, u32)>,
    /// Pairs of which the second nearly always follows the first within a minute.
    pub redundant: Vec<RedundantPair>,
}

/// Two alarms of which the second nearly always follows the first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RedundantPair {
    /// Comes first.
    pub first: AlarmId,
    /// Follows within a minute.
    pub second: AlarmId,
    /// How often the first came.
    pub count: u32,
    /// In which share of these the second followed, 0…1.
    pub share: f64,
}

/// What hours say of each alarm, together.
pub(super) fn counts<'a>(hours: impl Iterator<Item = &'a Hour>) -> BTreeMap<AlarmId, Counts> {
    let mut all: BTreeMap<AlarmId, Counts> = BTreeMap::new();
    for (alarm, counts) in hours.flat_map(|hour| &hour.alarms) {
        let sum = all.entry(alarm.clone()).or_default();
        sum.news += counts.news;
        sum.fleeting += counts.fleeting;
        sum.chattering += counts.chattering;
    }
    all
}

/// Those of which there is something to say, the most first.
pub(super) fn ranked(counts: &BTreeMap<AlarmId, Counts>, of: impl Fn(&Counts) -> u32) -> Vec<(AlarmId, u32)> {
    let mut ranked: Vec<_> = counts.iter().map(|(alarm, c)| (alarm.clone(), of(c))).filter(|(_, n)| *n > 0).collect();
    ranked.sort_by_key(|(_, n)| Reverse(*n));
    ranked
}

pub(super) fn redundant<'a>(
    hours: impl Iterator<Item = &'a Hour>,
    counts: &BTreeMap<AlarmId, Counts>,
) -> Vec<RedundantPair> {
    let mut pairs: BTreeMap<&(AlarmId, AlarmId), u32> = BTreeMap::new();
    for (pair, n) in hours.flat_map(|hour| &hour.pairs) {
        *pairs.entry(pair).or_default() += n;
    }
    let pair = |((first, second), n): (&(AlarmId, AlarmId), u32)| {
        let count = counts.get(first).map_or(0, |counts| counts.news);
        let share = if count == 0 { 0.0 } else { f64::from(n) / f64::from(count) };
        let named = count >= PAIR_SUPPORT_MIN && share > PAIR_SHARE_ABOVE;
        named.then(|| RedundantPair { first: first.clone(), second: second.clone(), count, share })
    };
    let mut found: Vec<_> = pairs.into_iter().filter_map(pair).collect();
    found.sort_by(|a, b| b.share.total_cmp(&a.share).then(b.count.cmp(&a.count)));
    found.truncate(PAIRS_MAX);
    found
}
