//! What charts are worth: detection rates with the false alarm rates beside them, over many runs of known truth.
//!
//! Rates count raw exceedances of a limit; delays and episodes count confirmed alarms. An alarm that is never confirmed has
//! no delay; in means and medians over runs it counts with all samples of its run, so that it cannot make them better.

use serde::Serialize;

use super::score::{confirmed, rate};

/// Exceedances in a row that confirm an alarm, as in operation.
pub const CONFIRM_AFTER: u32 = 3;
/// The faults that hardly show.
const HARD: [u32; 3] = [3, 9, 15];
/// The faults over which means are taken.
const FAULTS: u32 = 21;

/// What is known of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    /// The normal test run of the benchmark.
    NormalTest,
    /// A normal run that served neither fit nor limits.
    Unseen,
    /// A run with a fault from a row on.
    Fault {
        /// Number of the fault.
        idv: u32,
        /// First faulty row, from 0.
        onset: usize,
    },
}

/// What one chart made of one run, row by row; `None` where it had no statistic.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoredRun {
    /// What is known of it.
    pub truth: Truth,
    /// Whether each row exceeds.
    pub exceeded: Vec<Option<bool>>,
}

/// The figures of one fault.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FaultFigures {
    /// Number of the fault.
    pub idv: u32,
    /// Share of rows from the onset on that exceed, percent, mean over runs.
    pub fdr: f64,
    /// Samples from the onset to the confirmed alarm, mean over runs in which there was one.
    pub delay: Option<f64>,
    /// The longest delay of those.
    pub delay_max: Option<f64>,
    /// Runs without a confirmed alarm.
    pub undetected: usize,
    /// Runs of this fault.
    pub runs: usize,
}

/// The figures of one chart; rates in percent, `None` where no run tells.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Figures {
    /// Mean detection rate over IDV 1–21 without 3, 9 and 15; `None` unless all were run.
    pub avg18: Option<f64>,
    /// Mean detection rate over IDV 1–21; `None` unless all were run.
    pub avg21: Option<f64>,
    /// False alarm rate on the normal test run.
    pub far_normal_test: Option<f64>,
    /// False alarm rate before the onsets.
    pub far_prefault: Option<f64>,
    /// False alarm rate on unseen normal runs.
    pub far_unseen: Option<f64>,
    /// Confirmed false alarms a day, over all normal rows.
    pub episodes_per_day: Option<f64>,
    /// Median of the delays of all runs of the 18 faults, samples.
    pub delay_median: Option<f64>,
    /// Mean of them, samples.
    pub delay_mean: Option<f64>,
    /// Fault by fault.
    pub per_fault: Vec<FaultFigures>,
    /// How many runs were scored.
    pub runs: usize,
    /// Days of normal operation on which the false alarms were counted.
    pub normal_days: f64,
}

/// The figures of one chart from all its runs, whose rows are `hours_a_sample` apart.
pub fn figures(runs: &[ScoredRun], hours_a_sample: f64) -> Figures {
    let normal_days = runs.iter().map(|run| run.normal().len()).sum::<usize>() as f64 * hours_a_sample / 24.0;
    let episodes: usize = runs.iter().map(ScoredRun::episodes).sum();
    let per_fault = per_fault(runs);
    let delays = delays(runs);
    Figures {
        avg18: mean_over(&per_fault, |idv| !HARD.contains(&idv)),
        avg21: mean_over(&per_fault, |_| true),
        far_normal_test: false_alarm_rate(runs, |truth| truth == Truth::NormalTest),
        far_prefault: false_alarm_rate(runs, |truth| matches!(truth, Truth::Fault { .. })),
        far_unseen: false_alarm_rate(runs, |truth| truth == Truth::Unseen),
        episodes_per_day: (normal_days > 0.0).then(|| episodes as f64 / normal_days),
        delay_median: median(&delays),
        delay_mean: (!delays.is_empty()).then(|| delays.iter().sum::<f64>() / delays.len() as f64),
        per_fault,
        runs: runs.len(),
        normal_days,
    }
}

impl ScoredRun {
    fn onset(&self) -> usize {
        match self.truth {
            Truth::Fault { onset, .. } => onset.min(self.exceeded.len()),
            Truth::NormalTest | Truth::Unseen => self.exceeded.len(),
        }
    }

    /// The rows of normal operation on which the chart had a statistic.
    fn normal(&self) -> Vec<bool> {
        self.exceeded[..self.onset()].iter().flatten().copied().collect()
    }

    fn faulty(&self) -> Vec<bool> {
        self.exceeded[self.onset()..].iter().flatten().copied().collect()
    }

    fn alarms(&self) -> Vec<bool> {
        let exceeded: Vec<bool> = self.exceeded.iter().map(|exceeded| exceeded.unwrap_or(false)).collect();
        confirmed(&exceeded, CONFIRM_AFTER)
    }

    /// Confirmed alarms that began in normal operation.
    fn episodes(&self) -> usize {
        let alarms = self.alarms();
        (0..self.onset()).filter(|&n| alarms[n] && (n == 0 || !alarms[n - 1])).count()
    }

    fn delay(&self) -> Option<f64> {
        self.alarms()[self.onset()..].iter().position(|&alarm| alarm).map(|delay| delay as f64)
    }
}

fn per_fault(runs: &[ScoredRun]) -> Vec<FaultFigures> {
    let of = |wanted: u32| move |run: &&ScoredRun| matches!(run.truth, Truth::Fault { idv, .. } if idv == wanted);
    let mut faults: Vec<u32> = runs
        .iter()
        .filter_map(|run| match run.truth {
            Truth::Fault { idv, .. } => Some(idv),
            Truth::NormalTest | Truth::Unseen => None,
        })
        .collect();
    faults.sort_unstable();
    faults.dedup();
    let figures = |idv: u32| {
        let rates: Vec<f64> = runs.iter().filter(of(idv)).filter_map(|run| rate(&run.faulty())).collect();
        let delays: Vec<Option<f64>> = runs.iter().filter(of(idv)).map(ScoredRun::delay).collect();
        let found: Vec<f64> = delays.iter().flatten().copied().collect();
        FaultFigures {
            idv,
            fdr: 100.0 * rates.iter().sum::<f64>() / rates.len().max(1) as f64,
            delay: (!found.is_empty()).then(|| found.iter().sum::<f64>() / found.len() as f64),
            delay_max: found.iter().copied().reduce(f64::max),
            undetected: delays.iter().filter(|delay| delay.is_none()).count(),
            runs: delays.len(),
        }
    };
    faults.into_iter().map(figures).collect()
}

/// Mean detection rate over the faults that count, when each of them was run.
fn mean_over(faults: &[FaultFigures], counts: impl Fn(u32) -> bool) -> Option<f64> {
    let wanted: Vec<u32> = (1..=FAULTS).filter(|idv| counts(*idv)).collect();
    let rate = |idv: &u32| faults.iter().find(|fault| fault.idv == *idv).map(|fault| fault.fdr);
    let rates: Option<Vec<f64>> = wanted.iter().map(rate).collect();
    rates.map(|rates| rates.iter().sum::<f64>() / wanted.len() as f64)
}

fn false_alarm_rate(runs: &[ScoredRun], counts: impl Fn(Truth) -> bool) -> Option<f64> {
    let rows: Vec<bool> = runs.iter().filter(|run| counts(run.truth)).flat_map(ScoredRun::normal).collect();
    rate(&rows).map(|rate| 100.0 * rate)
}

/// The delays of all runs of the faults that can be seen, in ascending order.
fn delays(runs: &[ScoredRun]) -> Vec<f64> {
    let delay = |run: &ScoredRun| match run.truth {
        Truth::Fault { idv, .. } if idv <= FAULTS && !HARD.contains(&idv) => {
            Some(run.delay().unwrap_or((run.exceeded.len() - run.onset()) as f64))
        }
        _ => None,
    };
    let mut delays: Vec<f64> = runs.iter().filter_map(delay).collect();
    delays.sort_by(f64::total_cmp);
    delays
}

fn median(sorted: &[f64]) -> Option<f64> {
    let upper = sorted.get(sorted.len() / 2)?;
    let lower = sorted[(sorted.len() - 1) / 2];
    Some(0.5 * (lower + upper))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `x` exceeds, `.` does not, `?` has no statistic.
    fn run(truth: Truth, marks: &str) -> ScoredRun {
        let exceeded = marks.chars().map(|mark| (mark != '?').then_some(mark == 'x')).collect();
        ScoredRun { truth, exceeded }
    }

    fn fault(idv: u32, marks: &str) -> ScoredRun {
        let onset = marks.find('|').expect("an onset");
        run(Truth::Fault { idv, onset }, &marks.replace('|', ""))
    }

    #[test]
    fn rates_are_kept_apart_by_what_their_rows_are() {
        let runs = [
            run(Truth::NormalTest, "?..x......"),
            run(Truth::Unseen, "....."),
            fault(1, "?x..|xxxx"),
            fault(1, "....|..xx"),
        ];
        let figures = figures(&runs, 1.0);
        assert!((figures.far_normal_test.unwrap() - 100.0 / 9.0).abs() < 1e-9, "rows without a statistic do not count");
        assert_eq!(figures.far_unseen, Some(0.0));
        assert!((figures.far_prefault.unwrap() - 100.0 / 7.0).abs() < 1e-9, "one of the seven rows before the onsets");
        assert_eq!((figures.per_fault[0].fdr, figures.per_fault[0].runs), (75.0, 2));
        assert_eq!(
            (figures.avg18, figures.avg21, figures.runs),
            (None, None, 4),
            "no mean over faults that were not run"
        );
    }

    #[test]
    fn a_fault_that_is_never_confirmed_counts_with_its_whole_run() {
        let runs = [fault(1, "....|xxxxxxxxx"), fault(2, "....|x.x.x.x.x"), fault(3, "....|.........")];
        let figures = figures(&runs, 1.0);
        assert_eq!((figures.per_fault[0].delay, figures.per_fault[1].delay), (Some(2.0), None));
        assert_eq!(figures.per_fault[1].undetected, 1);
        assert_eq!((figures.delay_median, figures.delay_mean), (Some(5.5), Some(5.5)), "fault 3 is not among the 18");
    }

    #[test]
    fn episodes_are_confirmed_alarms_that_began_in_normal_operation() {
        let runs = [run(Truth::Unseen, "xxx...xxxx...x.."), fault(1, "xx..xxx.|xxx")];
        let figures = figures(&runs, 1.0);
        assert_eq!(figures.episodes_per_day, Some(3.0));
        assert_eq!(figures.normal_days, 1.0);
    }

    #[test]
    fn means_need_every_fault_they_are_over() {
        let runs: Vec<ScoredRun> = (1..=21).map(|idv| fault(idv, if idv == 3 { ".|.." } else { ".|xx" })).collect();
        let figures = figures(&runs, 1.0);
        assert_eq!(figures.avg18, Some(100.0));
        assert!((figures.avg21.unwrap() - 2_000.0 / 21.0).abs() < 1e-9);
    }
}
