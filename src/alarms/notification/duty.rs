//! Who is on duty, and when it is quiet. Hours are those of the clock on the wall of the roster's time zone.

use chrono::{Datelike, Days, NaiveDate, NaiveTime};

use crate::domain::{ContactName, Quiet, Roster, Severity, Shift, WallTime};

/// Who is on duty at this moment: everybody of every shift that is on, each once, in the order of the roster. A shift
/// has begun at its first moment and is over at its last, so the second of two that touch takes over without a gap.
pub fn on_duty(roster: &Roster, at: WallTime) -> Vec<ContactName> {
    let local = roster.zone.local(at);
    let (date, time) = (local.date(), local.time());
    let is_on = |shift: &&Shift| {
        let overnight = shift.to <= shift.from;
        let begun_today = begins_on(roster, shift, Some(date)) && time >= shift.from && (overnight || time < shift.to);
        let begun_yesterday =
            overnight && time < shift.to && begins_on(roster, shift, date.checked_sub_days(Days::new(1)));
        begun_today || begun_yesterday
    };
    let mut contacts: Vec<ContactName> = Vec::new();
    for contact in roster.shifts.iter().filter(is_on).flat_map(|shift| &shift.contacts) {
        if !contacts.contains(contact) {
            contacts.push(contact.clone());
        }
    }
    if contacts.is_empty() { roster.otherwise.clone() } else { contacts }
}

fn begins_on(roster: &Roster, shift: &Shift, date: Option<NaiveDate>) -> bool {
    date.is_some_and(|date| shift.days.contains(&day_of(roster, date)))
}

/// The number of a day: of the week from Monday, or of the roster's cycle; also before the cycle's first day.
fn day_of(roster: &Roster, date: NaiveDate) -> u32 {
    let Some(cycle) = roster.cycle else { return date.weekday().number_from_monday() };
    let passed = date.signed_duration_since(cycle.start).num_days().rem_euclid(i64::from(cycle.days.max(1)));
    u32::try_from(passed).unwrap_or(0) + 1
}

/// Whether an alarm of this severity waits now.
pub fn is_quiet(quiet: &Quiet, severity: Severity, at: WallTime) -> bool {
    severity < quiet.below && within(quiet.zone.local(at).time(), quiet.from, quiet.to)
}

fn within(time: NaiveTime, from: NaiveTime, to: NaiveTime) -> bool {
    if to <= from { time >= from || time < to } else { time >= from && time < to }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use chrono::{DateTime, FixedOffset};
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{Cycle, TimeZone};

    fn at(text: &str) -> WallTime {
        WallTime::from_datetime(DateTime::parse_from_rfc3339(text).unwrap().to_utc())
    }

    fn time(text: &str) -> NaiveTime {
        NaiveTime::parse_from_str(text, "%H:%M").unwrap()
    }

    fn shift(days: impl IntoIterator<Item = u32>, from: &str, to: &str, who: &str) -> Shift {
        Shift { days: days.into_iter().collect(), from: time(from), to: time(to), contacts: vec![who.into()] }
    }

    fn roster(zone: TimeZone, shifts: Vec<Shift>) -> Roster {
        Roster { zone, cycle: None, shifts, otherwise: vec!["chief".into()] }
    }

    fn berlin() -> TimeZone {
        TimeZone::Named(chrono_tz::Europe::Berlin)
    }

    #[track_caller]
    fn check(roster: &Roster, moment: &str, who: &str) {
        let names: Vec<String> = on_duty(roster, at(moment)).iter().map(ToString::to_string).collect();
        assert_eq!(names.join(" "), who, "{moment}");
    }

    #[test]
    fn one_shift_hands_over_to_the_next_without_a_gap() {
        let week = 1..=7;
        let roster = roster(
            berlin(),
            vec![
                shift(week.clone(), "06:00", "14:00", "early"),
                shift(week.clone(), "14:00", "22:00", "late"),
                shift(week, "22:00", "06:00", "night"),
            ],
        );
        for (moment, who) in [
            ("2026-11-25T04:59:59Z", "night"),
            ("2026-11-25T05:00:00Z", "early"),
            ("2026-11-25T12:59:59.999Z", "early"),
            ("2026-11-25T13:00:00Z", "late"),
            ("2026-11-25T21:00:00Z", "night"),
            ("2026-11-25T23:00:00Z", "night"),
            // Summer time: the same hours of the wall are an hour earlier.
            ("2026-07-01T03:59:59Z", "night"),
            ("2026-07-01T04:00:00Z", "early"),
        ] {
            check(&roster, moment, who);
        }
    }

    #[test]
    fn a_night_belongs_to_the_day_on_which_it_begins() {
        // Friday night only.
        let roster = roster(berlin(), vec![shift([5], "22:00", "06:00", "friday")]);
        check(&roster, "2026-11-27T20:59:59Z", "chief");
        check(&roster, "2026-11-27T21:00:00Z", "friday");
        check(&roster, "2026-11-27T23:00:00Z", "friday");
        check(&roster, "2026-11-28T04:59:59Z", "friday");
        check(&roster, "2026-11-28T05:00:00Z", "chief");
        check(&roster, "2026-11-28T21:30:00Z", "chief");
    }

    #[test]
    fn a_shift_from_midnight_to_midnight_is_a_whole_day() {
        let roster =
            roster(TimeZone::Fixed(FixedOffset::east_opt(3600).unwrap()), vec![shift([1], "00:00", "00:00", "m")]);
        check(&roster, "2026-11-22T22:59:59Z", "chief");
        check(&roster, "2026-11-22T23:00:00Z", "m");
        check(&roster, "2026-11-23T22:59:59Z", "m");
        check(&roster, "2026-11-23T23:00:00Z", "chief");
    }

    #[test]
    fn daylight_saving_neither_skips_nor_doubles_anybody() {
        let roster =
            roster(berlin(), vec![shift(1..=7, "22:00", "02:30", "first"), shift(1..=7, "02:30", "06:00", "second")]);
        // The clock goes from 02:00 to 03:00 at 01:00Z on 29 March: 02:30 does not exist, the second begins at 03:00.
        check(&roster, "2026-03-29T00:59:59Z", "first");
        check(&roster, "2026-03-29T01:00:00Z", "second");
        // The clock goes from 03:00 to 02:00 at 01:00Z on 25 October: the hour from 02:00 to 03:00 is there twice.
        check(&roster, "2026-10-25T00:29:59Z", "first");
        check(&roster, "2026-10-25T00:30:00Z", "second");
        check(&roster, "2026-10-25T01:00:00Z", "first");
        check(&roster, "2026-10-25T01:30:00Z", "second");
    }

    #[test]
    fn a_cycle_begins_anew_and_was_there_before_its_start() {
        let mut roster = roster(
            TimeZone::Named(chrono_tz::UTC),
            vec![shift([1, 2], "06:00", "18:00", "a"), shift([3, 4], "06:00", "18:00", "b")],
        );
        roster.cycle = Some(Cycle { start: NaiveDate::from_ymd_opt(2026, 11, 23).unwrap(), days: 4 });
        for (day, who) in [(22, "b"), (23, "a"), (24, "a"), (25, "b"), (26, "b"), (27, "a")] {
            check(&roster, &format!("2026-11-{day}T12:00:00Z"), who);
        }
    }

    #[test]
    fn overlapping_shifts_are_both_on_duty_and_nobody_is_told_twice() {
        let roster = roster(
            TimeZone::Named(chrono_tz::UTC),
            vec![
                shift(1..=7, "06:00", "15:00", "a"),
                shift(1..=7, "14:00", "22:00", "b"),
                shift([3], "14:00", "16:00", "a"),
            ],
        );
        check(&roster, "2026-11-25T14:30:00Z", "a b");
        check(&roster, "2026-11-25T15:30:00Z", "b a");
    }

    #[test]
    fn quiet_hours_hold_back_what_is_less_severe() {
        let quiet = Quiet { zone: berlin(), from: time("22:00"), to: time("06:00"), below: Severity::High };
        assert!(is_quiet(&quiet, Severity::Medium, at("2026-11-25T21:00:00Z")));
        assert!(is_quiet(&quiet, Severity::Low, at("2026-11-26T04:59:59Z")));
        assert!(!is_quiet(&quiet, Severity::Medium, at("2026-11-26T05:00:00Z")));
        assert!(!is_quiet(&quiet, Severity::High, at("2026-11-25T23:00:00Z")));
    }

    proptest! {
        /// At every instant somebody is on duty, and nobody twice.
        #[test]
        fn somebody_is_always_on_duty(
            micros in -5_000_000_000_000_000_i64..5_000_000_000_000_000,
            days in proptest::collection::btree_set(1_u32..8, 0..7),
            from in 0_u32..1440, to in 0_u32..1440, cycle in proptest::option::of(1_u32..29),
        ) {
            let clock = |minutes: u32| NaiveTime::from_hms_opt(minutes / 60, minutes % 60, 0).unwrap();
            let days: BTreeSet<u32> = days;
            let shift = Shift { days, from: clock(from), to: clock(to), contacts: vec!["a".into(), "b".into()] };
            let start = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();
            let cycle = cycle.map(|days| Cycle { start, days });
            let roster = Roster { zone: berlin(), cycle, shifts: vec![shift.clone(), shift], otherwise: vec!["c".into()] };
            let on = on_duty(&roster, WallTime::from_micros(micros));
            prop_assert!(on == ["a".into(), "b".into()] || on == ["c".into()]);
        }

        /// Three shifts that cover the day leave no instant to the one who stands in.
        #[test]
        fn shifts_that_cover_the_day_leave_no_gap(micros in 0_i64..4_000_000_000_000_000, a in 0_u32..1440, b in 0_u32..1440) {
            let clock = |minutes: u32| NaiveTime::from_hms_opt(minutes / 60, minutes % 60, 0).unwrap();
            let week: BTreeSet<u32> = (1..=7).collect();
            let shift = |from, to| Shift { days: week.clone(), from: clock(from), to: clock(to), contacts: vec!["a".into()] };
            prop_assume!(a != b);
            let roster = roster(berlin(), vec![shift(a, b), shift(b, a)]);
            prop_assert_eq!(on_duty(&roster, WallTime::from_micros(micros)), vec!["a".into()]);
        }
    }
}
