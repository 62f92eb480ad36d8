//! How good a chart was on a run of which the truth is known.
//!
//! Rates count raw exceedances of the chart's limit; delays and episodes count confirmed alarms.

/// What a chart made of one run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Detection {
    /// Share of samples from the onset on that exceed the limit, 0…1; `None` when there are none.
    pub detection_rate: Option<f64>,
    /// Share of samples before the onset that exceed the limit, 0…1; `None` when there are none.
    pub false_alarm_rate: Option<f64>,
    /// Samples from the onset to the first confirmed alarm, 0 when it is confirmed at the onset; `None` when it never is.
    pub delay_samples: Option<usize>,
    /// Confirmed alarms that began before the onset.
    pub false_alarm_episodes: usize,
}

/// Scores one run: `exceeded[n]` tells whether sample `n` exceeds the limit, and `onset` is the first faulty sample
/// (`exceeded.len()` for a normal run).
pub fn score(exceeded: &[bool], onset: usize, confirm_after: u32) -> Detection {
    let (before, after) = exceeded.split_at(onset.min(exceeded.len()));
    let alarms = confirmed(exceeded, confirm_after);
    let began = |n: &usize| alarms[*n] && (*n == 0 || !alarms[*n - 1]);
    Detection {
        detection_rate: rate(after),
        false_alarm_rate: rate(before),
        delay_samples: alarms[before.len()..].iter().position(|&alarm| alarm),
        false_alarm_episodes: (0..before.len()).filter(began).count(),
    }
}

/// Share of samples that exceed, 0…1; `None` without samples.
pub fn rate(exceeded: &[bool]) -> Option<f64> {
    let hits = exceeded.iter().filter(|&&hit| hit).count();
    (!exceeded.is_empty()).then(|| hits as f64 / exceeded.len() as f64)
}

/// Where an alarm stands: from the `confirm_after`-th exceedance in a row until the `confirm_after`-th non-exceedance in
/// a row.
pub fn confirmed(exceeded: &[bool], confirm_after: u32) -> Vec<bool> {
    let (mut alarm, mut against) = (false, 0);
    let confirm = |&hit: &bool| {
        against = if hit == alarm { 0 } else { against + 1 };
        if against >= confirm_after.max(1) {
            (alarm, against) = (hit, 0);
        }
        alarm
    };
    exceeded.iter().map(confirm).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(marks: &str) -> Vec<bool> {
        marks.chars().map(|mark| mark == 'x').collect()
    }

    #[test]
    fn an_alarm_stands_from_its_confirmation_until_its_end_is_confirmed() {
        for (exceeded, alarm) in [("..xx..xxx.x..x...x", "........xxxxxxxx.."), ("xxx", "..x"), ("", "")] {
            assert_eq!(confirmed(&run(exceeded), 3), run(&alarm.replace(' ', "")), "{exceeded}");
        }
        assert_eq!(confirmed(&run("x.x"), 1), run("x.x"));
        assert_eq!(confirmed(&run("x.x"), 0), run("x.x"), "nothing confirms faster than at once");
    }

    #[test]
    fn rates_count_exceedances_and_delays_count_confirmed_alarms() {
        let detection = score(&run("x...xxx....|.xxxx.x".replace('|', "").as_str()), 11, 3);
        assert_eq!(detection.false_alarm_rate, Some(4.0 / 11.0));
        assert_eq!(detection.detection_rate, Some(5.0 / 7.0));
        assert_eq!(detection.delay_samples, Some(3));
        assert_eq!(detection.false_alarm_episodes, 1);
    }

    #[test]
    fn a_normal_run_has_no_detection_rate_and_no_delay() {
        let detection = score(&run("..x."), 4, 3);
        assert_eq!((detection.detection_rate, detection.delay_samples), (None, None));
        assert_eq!(detection.false_alarm_rate, Some(0.25));
        assert_eq!(score(&[], 0, 3).false_alarm_rate, None);
    }
}
