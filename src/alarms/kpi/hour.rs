//! What is remembered of one hour, and how times to acknowledge are kept without keeping each of them.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::domain::{AlarmId, WallTime};

pub(super) const HOUR: Duration = Duration::from_secs(3600);
/// Six periods make an hour.
pub(super) const PERIOD: Duration = Duration::from_secs(600);

/// What happened within one hour at one console.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Hour {
    /// Calls in each of its six periods of ten minutes.
    pub calls: [u32; 6],
    /// New alarms in each of them, those in groups among them.
    pub news: [u32; 6],
    /// Most calls within ten minutes that ended in this hour.
    pub peak: u32,
    /// Calls by severity, ascending.
    pub severities: [u32; 4],
    /// How often each alarm came.
    pub alarms: BTreeMap<AlarmId, Counts>,
    /// Of the new alarms `.0` of this hour, how many were followed by `.1` within a minute.
    pub pairs: BTreeMap<(AlarmId, AlarmId), u32>,
    /// Acknowledgements by the step of their delay.
    pub acknowledged: BTreeMap<u16, u32>,
    /// Alarms that were shelved again within an hour after their shelf had ended.
    pub renewals: u32,
    /// Alarms put aside by nobody who could be named.
    pub unauthorised: u32,
}

/// How often one alarm came within an hour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub news: u32,
    /// Times that it was over in less than ten seconds.
    pub fleeting: u32,
    /// Times that it came for at least the third time in a minute.
    pub chattering: u32,
}

/// The number of the hour since 1970.
pub(super) fn hour_of(at: WallTime) -> i64 {
    at.as_micros().div_euclid(micros(HOUR))
}

/// Which of the six periods of its hour.
pub(super) fn period_of(at: WallTime) -> usize {
    let into = at.as_micros().rem_euclid(micros(HOUR)) / micros(PERIOD);
    usize::try_from(into).unwrap_or(0).min(5)
}

/// When an hour began.
pub(super) fn start_of(hour: i64) -> WallTime {
    WallTime::from_micros(hour.saturating_mul(micros(HOUR)))
}

pub(super) fn micros(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}

/// Each step is longer than the one before by this factor, so a quantile is right to five per cent.
const STEP: f64 = 1.05;

/// The step that a delay falls into: step n ends at 1.05ⁿ seconds.
pub(super) fn step_of(delay: Duration) -> u16 {
    let steps = delay.as_secs_f64().max(1.0).ln() / STEP.ln();
    // A delay that ends a step falls into it, whatever the last bit of the logarithm says.
    (steps - 1e-9).ceil().clamp(0.0, f64::from(u16::MAX)) as u16
}

/// The end of a step.
pub(super) fn delay_of(step: u16) -> Duration {
    Duration::try_from_secs_f64(STEP.powi(i32::from(step))).unwrap_or(Duration::MAX)
}

/// The delay within which this share of all came, 0…1; `None` when there are none.
pub(super) fn quantile(steps: &BTreeMap<u16, u32>, share: f64) -> Option<Duration> {
    let all: u64 = steps.values().map(|count| u64::from(*count)).sum();
    let wanted = (share * all as f64).ceil().max(1.0) as u64;
    let mut passed = 0;
    steps.iter().find_map(|(step, count)| {
        passed += u64::from(*count);
        (passed >= wanted).then(|| delay_of(*step))
    })
}
