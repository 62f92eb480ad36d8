//! What one tag did over a window: before, at the onset, now, how far from what is usual, and since when.

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
/// Where nobody has learnt what is usual, the beginning of a window says nothing of it when the window is shorter.
const UNLEARNT_SPAN: Duration = Duration::from_secs(1_800);
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
    pub now: f64,
    /// Deviations of `now` from what is usual.
    pub departure: f64,
    pub widening: f64,
    /// From how many deviations on it has departed.
    pub bound: f64,
    pub departed_at: Option<SourceTime>,
}

impl Course {
    /// How much it has departed, in deviations, whichever way.
    pub fn strength(&self) -> f64 {
        strength(self.departure, self.widening)
    }

    /// Whether it has departed by the end of the window.
    pub fn has_departed(&self) -> bool {
        self.strength() >= self.bound
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
        let usual = self.usual.unwrap_or_else(|| Usual { mean: mean(&start), deviation: deviation(&start) });
        let usual = Usual { deviation: usual.deviation.max(least).max(f64::MIN_POSITIVE), ..usual };
        let smooth = SMOOTH.min(Duration::from_micros(micros(last.since(first)) / 8));
        let newest = self.between(last - smooth, last);
        let alone = newest.windows(2).all(|pair| pair[0] == pair[1]);
        let bound = match self.usual {
            None if last.since(first) < UNLEARNT_SPAN => f64::INFINITY,
            _ if alone => DEPARTED_ALONE,
            _ => DEPARTED,
        };
        let now = mean(&newest);
        let before = mean(&self.between(first, first + smooth));
        let tail = self.between(last - STRAY_SPAN.min(last.since(first) / 2), last);
        let widening = (deviation(&tail) / usual.deviation).max(0.0);
        let departure = (now - usual.mean) / usual.deviation;
        let mut course = Course { usual, before, now, departure, widening, bound, departed_at: None };
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
        let (mut sum, mut begin, mut candidate) = (0.0, 0, None);
        let mut back = 0u32;
        for (at, (time, value)) in self.points.iter().enumerate() {
            sum += value;
            while time.since(self.points[begin].0) > smooth {
                sum -= self.points[begin].1;
                begin += 1;
            }
            let smoothed = if shifted { sum / (at + 1 - begin) as f64 } else { *value };
            let away = (smoothed - usual.mean) / usual.deviation;
            let is_away = if shifted { away * ends.signum() >= bound } else { away.abs() >= bound };
            if is_away {
                candidate = candidate.or(Some(self.points[if shifted { begin } else { at }].0));
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

    fn between(&self, from: SourceTime, to: SourceTime) -> Vec<f64> {
        self.points.iter().filter(|(at, _)| (from..=to).contains(at)).map(|(_, value)| *value).collect()
    }
}

fn micros(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
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
        assert!((55..=62).contains(&at), "minute {at}");
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
    fn one_that_only_strays_wider_has_departed() {
        let course = trace(|minute| 10.0 + if minute > 60.0 { 8.0 * (minute * 2.0).sin() } else { 0.0 });
        let course = course.course(0.1).unwrap();
        assert!(course.widening > 4.0 && course.has_departed() && course.departed_at.is_some(), "{course:?}");
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
