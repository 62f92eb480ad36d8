//! What one tag did over a window: before, at the onset, now, how far from what is usual, and since when.

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::domain::{SourceTime, TagIndex};

/// Over so much plant time values are averaged, so that noise is no departure.
const SMOOTH: Duration = Duration::from_secs(300);
/// A smoothed value so many deviations away has departed.
const DEPARTED: f64 = 3.0;
/// The same of a value that is measured so rarely that there is one in that time: an analyser's, which noise alone takes beyond
/// the other bound every other hour.
const DEPARTED_ALONE: f64 = 4.5;
/// One that strays so many times wider than usual has departed too, though its mean has not.
const WIDENED: f64 = 2.0;
/// The same of one of which only 2, 3, 4… different values are known, an analyser's: of so few of one that strays as usual, one in
/// ten thousand comes to that (square root of the chi-squared quantile over its degrees of freedom).
const WIDENED_FEW: [f64; 7] = [3.89, 3.03, 2.65, 2.42, 2.27, 2.15, 2.07];
/// Where nobody has learnt what is usual, the beginning of a window says nothing of it when the window is shorter.
const UNLEARNT_SPAN: Duration = Duration::from_secs(1_800);
/// Nor does it with fewer different values than this: an analyser's few tell neither its mean nor how far it strays.
const UNLEARNT_VALUES: usize = 20;
/// A widening is looked for over so much plant time.
const STRAY_SPAN: Duration = Duration::from_secs(1_800);

/// What is usual of a tag, from a model of normal operation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Usual {
    /// Mean, in the tag's unit.
    pub mean: f64,
    /// Standard deviation, in the tag's unit; above 0.
    pub deviation: f64,
}

impl Usual {
    /// How many deviations a value is from the mean; negative when below.
    pub(super) fn away(&self, value: f64) -> f64 {
        (value - self.mean) / self.deviation
    }
}

/// The values of one tag over a window.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    /// Which tag.
    pub tag: TagIndex,
    /// Usable values, ascending by time.
    pub points: Vec<(SourceTime, f64)>,
    /// What is usual; `None`: nobody has learnt it, and the beginning of the window stands for it.
    pub usual: Option<Usual>,
}

/// What a trace comes to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Course {
    pub usual: Usual,
    pub before: f64,
    /// Mean of the last minutes, or the value that has just called.
    pub now: f64,
    /// Deviations of `now` from what is usual.
    pub departure: f64,
    pub widening: f64,
    /// From what widening on it has departed, of so many values.
    pub widened_from: f64,
    /// From how many deviations on it has departed.
    pub bound: f64,
    pub departed_at: Option<SourceTime>,
}

impl Course {
    /// How much it has departed, in deviations, whichever way.
    pub fn strength(&self) -> f64 {
        strength(self.departure, self.widening * WIDENED / self.widened_from)
    }

    /// Whether it can be said that it has departed, or that it has not.
    pub fn is_judged(&self) -> bool {
        self.bound.is_finite()
    }

    /// Whether it has departed by the end of the window.
    pub fn has_departed(&self) -> bool {
        self.strength() >= self.bound
    }

    /// The same of a tag whose last value has just called: that is what it stands at. The mean of the last minutes tells how it
    /// was before.
    pub fn called_at(mut self, value: f64, trace: &Trace) -> Self {
        let side = self.departure.signum();
        (self.now, self.departure) = (value, self.usual.away(value));
        if !self.has_departed() {
            self.departed_at = None;
        } else if self.departed_at.is_none() || self.departure.signum() != side {
            self.departed_at = trace.leaves(&self);
        }
        self
    }
}

/// How much a tag has departed, in deviations, whichever way.
pub(super) fn strength(departure: f64, widening: f64) -> f64 {
    let widened = if widening >= WIDENED { DEPARTED * widening / WIDENED } else { 0.0 };
    departure.abs().max(widened)
}

impl Trace {
    /// What it comes to; `None` with too few values to say anything. `least` is the smallest deviation that means anything:
    /// the tag's resolution.
    pub(super) fn course(&self, least: f64) -> Option<Course> {
        if self.points.len() < 4 {
            return None;
        }
        let (first, last) = (self.points[0].0, self.points[self.points.len() - 1].0);
        let start: Vec<f64> = self.between(first, first + Duration::from_micros(micros(last.since(first)) / 4));
        let is_told = different(&start) >= UNLEARNT_VALUES && last.since(first) >= UNLEARNT_SPAN;
        let usual = self.usual.unwrap_or_else(|| {
            let strays = if is_told { deviation(&start) } else { deviation(&self.between(first, last)) };
            Usual { mean: mean(&start), deviation: strays }
        });
        let usual = Usual { deviation: usual.deviation.max(least).max(f64::MIN_POSITIVE), ..usual };
        let smooth = SMOOTH.min(Duration::from_micros(micros(last.since(first)) / 8));
        let newest = self.between(last - smooth, last);
        let alone = newest.windows(2).all(|pair| pair[0] == pair[1]);
        let bound = match self.usual {
            None if !is_told => f64::INFINITY,
            _ if alone => DEPARTED_ALONE,
            _ => DEPARTED,
        };
        let now = mean(&newest);
        let before = mean(&self.between(first, first + smooth));
        let tail = self.between(last - STRAY_SPAN.min(last.since(first) / 2), last);
        let different = different(&tail);
        let few = different.checked_sub(2).and_then(|at| WIDENED_FEW.get(at)).copied();
        let widened_from = if different < 2 { f64::INFINITY } else { few.unwrap_or(WIDENED) };
        let widening = (deviation(&tail) / usual.deviation).max(0.0);
        let departure = usual.away(now);
        let mut course = Course { usual, before, now, departure, widening, widened_from, bound, departed_at: None };
        if course.has_departed() {
            course.departed_at = self.departure(usual, smooth, &course);
        }
        Some(course)
    }

    /// The mean about a time.
    pub(super) fn about(&self, at: SourceTime) -> Option<f64> {
        let near = self.between(at - SMOOTH / 2, at + SMOOTH / 2);
        (!near.is_empty()).then(|| mean(&near))
    }

    /// From when on the smoothed value has been away for most of the time, on the side on which it ends; for one that only
    /// strays wider, from its first large excursion on.
    fn departure(&self, usual: Usual, smooth: Duration, course: &Course) -> Option<SourceTime> {
        let ends = course.departure;
        let shifted = ends.abs() >= course.bound;
        let bound = if shifted { course.bound } else { 2.0 * DEPARTED };
        let is_beyond = |away: f64| if shifted { away * ends.signum() >= bound } else { away.abs() >= bound };
        let (mut sum, mut begin, mut candidate) = (0.0, 0, None);
        let mut back = 0u32;
        for (at, (time, value)) in self.points.iter().enumerate() {
            sum += value;
            while time.since(self.points[begin].0) > smooth {
                sum -= self.points[begin].1;
                begin += 1;
            }
            let smoothed = if shifted { sum / (at + 1 - begin) as f64 } else { *value };
            let away = usual.away(smoothed);
            if is_beyond(away) {
                candidate = candidate.or_else(|| Some(self.first_beyond(begin..=at, usual, is_beyond)));
                back = 0;
            } else if shifted {
                back += 1;
                // A few values back inside are noise; many are another story.
                if back > 12 {
                    candidate = None;
                }
            }
        }
        candidate
    }

    /// When the first of these values is beyond: that of a mean began before it was.
    fn first_beyond(&self, values: RangeInclusive<usize>, usual: Usual, is_beyond: impl Fn(f64) -> bool) -> SourceTime {
        let last = *values.end();
        let first = values.into_iter().find(|at| is_beyond(usual.away(self.points[*at].1)));
        self.points[first.unwrap_or(last)].0
    }

    /// Since when its values themselves have been beyond the bound, on the side on which they end.
    fn leaves(&self, course: &Course) -> Option<SourceTime> {
        let beyond = |value: f64| course.usual.away(value) * course.departure.signum() >= course.bound;
        let still = self.points.iter().rev().take_while(|(_, value)| beyond(*value));
        still.last().or(self.points.last()).map(|(at, _)| *at)
    }

    fn between(&self, from: SourceTime, to: SourceTime) -> Vec<f64> {
        self.points.iter().filter(|(at, _)| (from..=to).contains(at)).map(|(_, value)| *value).collect()
    }
}

fn micros(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
}

/// How many values there are, one that is held counted once.
fn different(values: &[f64]) -> usize {
    usize::from(!values.is_empty()) + values.windows(2).filter(|pair| pair[0] != pair[1]).count()
}

fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / values.len() as f64 }
}

fn deviation(values: &[f64]) -> f64 {
    if values.len() < 2 {
        return 0.0;
    }
    let mean = mean(values);
    (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (values.len() - 1) as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    const USUAL: Usual = Usual { mean: 10.0, deviation: 1.0 };

    /// Two hours, a value each half minute.
    fn trace(value: impl Fn(f64) -> f64) -> Trace {
        let at = |n: u32| SourceTime::from_micros(0) + Duration::from_secs(30) * n;
        let noise = |n: u32| f64::from((n * 7_919) % 13) / 6.0 - 1.0;
        let points = (0..240).map(|n| (at(n), value(f64::from(n) / 2.0) + noise(n))).collect();
        Trace { tag: TagIndex(0), points, usual: Some(USUAL) }
    }

    #[test]
    fn a_step_is_found_where_it_is() {
        let course = trace(|minute| if minute < 60.0 { 10.0 } else { 17.0 }).course(0.1).unwrap();
        let at = course.departed_at.expect("it has departed").since(SourceTime::from_micros(0)).as_secs() / 60;
        assert_eq!(at, 60);
        assert!((6.5..7.5).contains(&course.departure) && (course.before - 10.0).abs() < 0.5, "{course:?}");
    }

    #[test]
    fn noise_is_no_departure_and_one_that_came_back_has_none_now() {
        let quiet = trace(|_| 10.0).course(0.1).unwrap();
        assert!(!quiet.has_departed() && quiet.departed_at.is_none(), "{quiet:?}");
        let back = trace(|minute| if (20.0..40.0).contains(&minute) { 20.0 } else { 10.0 }).course(0.1).unwrap();
        assert!(!back.has_departed(), "{back:?}");
    }

    #[test]
    fn what_an_analyser_tells_once_has_to_be_further_away() {
        // One value every quarter of an hour, held until the next.
        let held = |last: f64| {
            let mut analyser = trace(|_| 0.0);
            for (at, point) in analyser.points.iter_mut().enumerate() {
                point.1 = if at < 210 { 10.0 + (at / 30 % 2) as f64 } else { last };
            }
            analyser.course(0.1).unwrap()
        };
        assert!(!held(14.0).has_departed(), "{:?}", held(14.0));
        assert!(held(15.0).has_departed() && held(15.0).departed_at.is_some(), "{:?}", held(15.0));
    }

    #[test]
    fn of_few_values_a_wider_spread_says_less() {
        let held = |width: f64| {
            let mut analyser = trace(|_| 0.0);
            // One value every ten minutes, three in the time in which a widening is looked for.
            for (at, point) in analyser.points.iter_mut().enumerate() {
                point.1 = 10.0 + width * [1.0, -1.0, 0.0][at / 20 % 3];
            }
            analyser.course(0.1).unwrap()
        };
        let (wide, wider) = (held(2.8), held(6.0));
        assert!(wide.widening > WIDENED && !wide.has_departed(), "{wide:?}");
        assert!(wider.has_departed(), "{wider:?}");
    }

    #[test]
    fn what_nobody_has_learnt_is_not_told_from_a_few_values() {
        let analyser = |usual| {
            let mut analyser = trace(|_| 0.0);
            for (at, point) in analyser.points.iter_mut().enumerate() {
                point.1 = 10.0 + [0.0, 0.1, 0.2, 0.9, -0.9, 0.7, 2.0, 2.5][at / 30 % 8];
            }
            Trace { usual, ..analyser }.course(0.01).unwrap()
        };
        let unknown = analyser(None);
        assert!(!unknown.is_judged() && !unknown.has_departed() && unknown.departed_at.is_none(), "{unknown:?}");
        assert!(unknown.usual.deviation > 0.5, "by two values of the beginning it would stray by 0.05: {unknown:?}");
        assert!(analyser(Some(Usual { mean: 10.0, deviation: 0.3 })).has_departed());
    }

    #[test]
    fn one_that_only_strays_wider_has_departed() {
        let course = trace(|minute| 10.0 + if minute > 60.0 { 8.0 * (minute * 2.0).sin() } else { 0.0 });
        let course = course.course(0.1).unwrap();
        assert!(course.widening > 4.0 && course.has_departed() && course.departed_at.is_some(), "{course:?}");
    }

    #[test]
    fn at_its_call_a_tag_stands_at_the_value_that_called() {
        // It jumps half a minute before the end: the mean of the last minutes has hardly heard of it.
        let jumped = trace(|minute| if minute < 119.0 { 10.0 } else { 20.0 });
        let mean = jumped.course(0.1).unwrap();
        assert!(!mean.has_departed() && mean.departed_at.is_none(), "{mean:?}");
        let (last, value) = jumped.points[239];
        let called = mean.called_at(value, &jumped);
        assert_eq!((called.now, called.departed_at), (value, Some(last - Duration::from_secs(30))));
        assert!(called.has_departed() && (called.departure - (value - 10.0)).abs() < 1e-9, "{called:?}");
        // It fell and has leapt above: since when it was below says nothing of that.
        let leapt = trace(|minute| {
            if minute < 60.0 {
                10.0
            } else if minute < 119.5 {
                3.0
            } else {
                17.0
            }
        });
        let called = leapt.course(0.1).unwrap().called_at(leapt.points[239].1, &leapt);
        assert_eq!(called.departed_at, Some(leapt.points[239].0));
        // Its limit lies within what is usual: it calls, and has not departed.
        let usual = trace(|_| 10.0).course(0.1).unwrap().called_at(11.0, &jumped);
        assert_eq!((usual.now, usual.departed_at), (11.0, None));
    }

    #[test]
    fn without_a_model_the_beginning_stands_for_what_is_usual() {
        let mut unknown = trace(|minute| if minute < 90.0 { 10.0 } else { 5.0 });
        unknown.usual = None;
        let course = unknown.course(0.01).unwrap();
        assert!(course.departure < -3.0 && course.departed_at.is_some(), "{course:?}");
        let mut short = unknown.clone();
        short.points.drain(..190);
        assert!(!short.course(0.01).unwrap().has_departed(), "of minutes nobody knows what is usual");
        unknown.points.truncate(3);
        assert_eq!(unknown.course(0.01), None, "three values say nothing");
    }
}
