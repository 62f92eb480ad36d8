//! How far one value may be believed, from what its instrument can measure.

use crate::domain::{Quality, Tag};

/// Share of the range by which a value may lie outside before it can only be an instrument's fault.
const BEYOND_BELIEF: f64 = 0.1;

/// Judges one value of one tag; never better than the source itself says.
///
/// Not a number is bad. Outside the range by more than a tenth of it is bad (NAMUR NE 43 draws such a line for 4–20 mA
/// signals); outside by less is uncertain, and charts still use it: a plant in trouble leaves its ranges first.
pub fn judge(tag: &Tag, value: f64, said: Quality) -> Quality {
    let span = tag.range_high - tag.range_low;
    let outside = (tag.range_low - value).max(value - tag.range_high);
    let ours = if !value.is_finite() || outside > span * BEYOND_BELIEF {
        Quality::Bad
    } else if outside > 0.0 {
        Quality::Uncertain
    } else {
        Quality::Good
    };
    said.max(ours)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{SignalKind, TagRole};

    fn tag(range_low: f64, range_high: f64) -> Tag {
        Tag {
            id: "T".into(),
            name: String::new(),
            description: String::new(),
            unit_of_measure: "%".into(),
            unit: "reactor".into(),
            kind: SignalKind::Level,
            role: TagRole::Measured,
            range_low,
            range_high,
            normal: 50.0,
            resolution: 0.1,
            limits: Vec::new(),
            conditions: Vec::new(),
        }
    }

    fn check(value: f64, said: Quality, expected: Quality) {
        assert_eq!(judge(&tag(0.0, 100.0), value, said), expected, "{value} said to be {said:?}");
    }

    #[test]
    fn a_value_within_range_is_as_good_as_its_source_says() {
        check(50.0, Quality::Good, Quality::Good);
        check(0.0, Quality::Good, Quality::Good);
        check(50.0, Quality::Uncertain, Quality::Uncertain);
        check(50.0, Quality::Stale, Quality::Stale);
    }

    #[test]
    fn a_value_a_little_outside_is_uncertain_and_far_outside_bad() {
        check(104.0, Quality::Good, Quality::Uncertain);
        check(-10.0, Quality::Good, Quality::Uncertain);
        check(111.0, Quality::Good, Quality::Bad);
        check(-10.1, Quality::Good, Quality::Bad);
    }

    #[test]
    fn what_is_not_a_number_is_bad() {
        check(f64::NAN, Quality::Good, Quality::Bad);
        check(f64::INFINITY, Quality::Good, Quality::Bad);
    }
}
