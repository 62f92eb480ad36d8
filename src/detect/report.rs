//! What of a detector's verdicts is news to the alarm desk.

use crate::domain::{AlarmId, ChartRole, ConditionReport, DetectorState, Severity, Verdict};

/// Watches the verdicts of one detector, and reports when its alarm is to hear of it.
///
/// As a limit chart does, it speaks when the condition changes, when it is blinded, and when it can see (again).
/// Warming up is no news: the alarm stays what it was until the detector knows.
#[derive(Clone, Debug)]
pub struct VerdictReporter {
    alarm: AlarmId,
    severity: Severity,
    /// What was reported last.
    told: Option<Option<bool>>,
}

impl VerdictReporter {
    /// For the alarm of one detector.
    pub const fn new(alarm: AlarmId, severity: Severity) -> Self {
        Self { alarm, severity, told: None }
    }

    /// The report that a verdict is worth, if it is worth one. Its value is the largest statistic over its limit of the charts
    /// that decide (NaN when there is none), its limit 1.
    pub fn report(&mut self, verdict: &Verdict) -> Option<ConditionReport> {
        let active = match verdict.state {
            DetectorState::Alarm => Some(true),
            DetectorState::Normal => Some(false),
            DetectorState::Blind { .. } => None,
            DetectorState::WarmingUp { .. } | DetectorState::Untrained | DetectorState::Absent { .. } => return None,
        };
        if self.told.replace(active) == Some(active) {
            return None;
        }
        Some(ConditionReport {
            alarm: self.alarm.clone(),
            active,
            severity: self.severity,
            source_time: verdict.source_time,
            scan: verdict.scan,
            value: decisive(verdict),
            limit: 1.0,
            contributions: verdict.contributions.clone(),
        })
    }
}

fn decisive(verdict: &Verdict) -> f64 {
    let decides = verdict.scores.iter().filter(|score| score.role == ChartRole::Deciding);
    decides.map(|score| score.statistic / score.limit).fold(f64::NAN, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ChartScore, DetectorId, SourceTime, TagIndex};

    fn verdict(state: DetectorState, statistics: &[f64]) -> Verdict {
        let score =
            |&statistic: &f64| ChartScore { chart: "T2".into(), statistic, limit: 10.0, role: ChartRole::Deciding };
        Verdict {
            detector: DetectorId::from("pca"),
            source_time: SourceTime::from_micros(1),
            scan: 5,
            state,
            scores: statistics.iter().map(score).collect(),
            contributions: Vec::new(),
            model_version: None,
        }
    }

    #[test]
    fn it_reports_changes_and_blindness_once_and_keeps_silent_while_warming_up() {
        let mut reporter = VerdictReporter::new(AlarmId::from("pca/VERDICT"), Severity::High);
        let warm = DetectorState::WarmingUp { have: 1, need: 3 };
        let blind = DetectorState::Blind { tags: vec![TagIndex(3)] };
        let steps = [
            (DetectorState::Untrained, None),
            (warm.clone(), None),
            (DetectorState::Normal, Some(Some(false))),
            (DetectorState::Normal, None),
            (DetectorState::Alarm, Some(Some(true))),
            (blind.clone(), Some(None)),
            (blind, None),
            (warm, None),
            (DetectorState::Alarm, Some(Some(true))),
        ];
        for (n, (state, expected)) in steps.into_iter().enumerate() {
            let told = reporter.report(&verdict(state.clone(), &[4.0])).map(|report| report.active);
            assert_eq!(told, expected, "step {n}: {state:?}");
        }
    }

    #[test]
    fn its_value_is_the_largest_statistic_over_its_limit() {
        let mut reporter = VerdictReporter::new(AlarmId::from("pca/VERDICT"), Severity::High);
        let report = reporter.report(&verdict(DetectorState::Alarm, &[12.0, 35.0])).expect("news");
        assert_eq!((report.value, report.limit, report.scan), (3.5, 1.0, 5));
    }
}
