//! What things are called in a sentence that a person reads: in refusals, the audit, tables and logs. Other than the names
//! under which they are kept, these may be worded better at any time.

use std::fmt;

use super::alarm::{AlarmState, TransitionKind};
use super::incident::Judgement;
use super::model::TrainingOrigin;
use super::portrait::Health;
use super::register::ChangeState;
use super::sample::Quality;

impl AlarmState {
    /// What it is called: `returned, unacknowledged`.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Unacknowledged => "unacknowledged",
            Self::Acknowledged => "acknowledged",
            Self::RtnUnacknowledged => "returned, unacknowledged",
            Self::LatchedUnacknowledged => "latched, unacknowledged",
            Self::LatchedAcknowledged => "latched, acknowledged",
            Self::Shelved => "shelved",
            Self::Suppressed => "suppressed by design",
            Self::OutOfService => "out of service",
        }
    }
}

impl TransitionKind {
    /// What it is called: `returned to normal`.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Raised => "raised",
            Self::RaisedAgain => "raised again",
            Self::Worsened => "worsened",
            Self::ReturnedToNormal => "returned to normal",
            Self::Acknowledged => "acknowledged",
            Self::Reset => "reset",
            Self::QualityChanged => "quality changed",
            Self::ReAlarmed => "called again",
            Self::Shelved => "shelved",
            Self::Unshelved => "taken off the shelf",
            Self::ShelfEnded => "shelf ended",
            Self::Suppressed => "suppressed by design",
            Self::Unsuppressed => "no longer suppressed",
            Self::TakenOutOfService => "taken out of service",
            Self::ReturnedToService => "returned to service",
            Self::Assigned => "assigned",
            Self::Commented => "remark",
            Self::ConfigurationChanged => "configuration changed",
        }
    }
}

impl Quality {
    /// What it is called: `stale`.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Uncertain => "uncertain",
            Self::Bad => "bad",
            Self::Stale => "stale",
        }
    }
}

impl ChangeState {
    /// What it is called: `in force`.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::InForce => "in force",
            Self::Superseded => "superseded",
            Self::Rejected => "rejected",
            Self::Withdrawn => "taken back",
        }
    }
}

impl Judgement {
    /// What it is called: `partly right`.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::PartlyRight => "partly right",
            Self::Wrong => "wrong",
        }
    }
}

impl Health {
    /// What it is called: `degraded`.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Running => "running",
            Self::Degraded => "degraded",
            Self::Stopped => "stopped",
            Self::Paused => "paused",
            Self::Finished => "finished",
        }
    }
}

/// What is learnt from: `history from 2026-01-01T00:00:00.000Z to 2026-01-02T00:00:00.000Z`.
impl fmt::Display for TrainingOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Simulator => f.write_str("the simulator"),
            Self::History { since, until } => write!(f, "history from {since} to {until}"),
            Self::Files { names } if names.is_empty() => f.write_str("no files"),
            Self::Files { names } => write!(f, "files {}", names.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::SourceTime;

    #[test]
    fn no_word_for_people_is_a_name_of_the_program() {
        let kinds = [TransitionKind::RaisedAgain, TransitionKind::ReAlarmed, TransitionKind::ConfigurationChanged];
        let states = [AlarmState::RtnUnacknowledged, AlarmState::LatchedAcknowledged, AlarmState::OutOfService];
        let judgements = [Judgement::Right, Judgement::PartlyRight, Judgement::Wrong];
        let words = kinds.map(TransitionKind::words).into_iter().chain(states.map(AlarmState::words));
        for words in words.chain(judgements.map(Judgement::words)) {
            let plain = words.chars().all(|letter| letter.is_lowercase() || matches!(letter, ' ' | ','));
            assert!(plain, "{words}");
        }
    }

    #[test]
    fn what_is_learnt_from_is_told_with_its_ends() {
        let at = |seconds: i64| SourceTime::from_micros(seconds * 1_000_000);
        let check = |origin: TrainingOrigin, expected: &str| assert_eq!(origin.to_string(), expected);
        check(TrainingOrigin::Simulator, "the simulator");
        check(
            TrainingOrigin::History { since: at(0), until: at(3_600) },
            "history from 1970-01-01T00:00:00.000Z to 1970-01-01T01:00:00.000Z",
        );
        check(TrainingOrigin::Files { names: vec!["a.csv".into(), "b.csv".into()] }, "files a.csv, b.csv");
        check(TrainingOrigin::Files { names: Vec::new() }, "no files");
    }
}
