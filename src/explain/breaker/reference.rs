//! The breaker as one would explain it: the whole history is kept and looked through each time.

use std::time::Duration;

use super::{BreakerSettings, BreakerState, Outcome};
use crate::domain::WallTime;

/// What the plain model remembers: everything.
pub(super) struct Reference {
    settings: BreakerSettings,
    /// What came of calls since it last began to serve, with the hard ones marked.
    history: Vec<(WallTime, Outcome)>,
    /// Until when each rest since then was to last.
    rests: Vec<WallTime>,
    /// How many of these rests were for an illness.
    trips: u32,
    /// When the probe that is out was sent.
    probe: Option<WallTime>,
    /// Passes of this life count; it ends with every rest, probe and return to service.
    pub life: u32,
}

impl Reference {
    pub fn new(settings: BreakerSettings) -> Self {
        Self { settings, history: Vec::new(), rests: Vec::new(), trips: 0, probe: None, life: 0 }
    }

    pub fn state(&self, now: WallTime) -> BreakerState {
        match self.rests.last() {
            None => BreakerState::Serving,
            Some(until) if now < *until => BreakerState::Resting { until: *until },
            Some(_) => BreakerState::Probing,
        }
    }

    /// Whether a call may be made now, and of which life it is.
    pub fn ask(&mut self, now: WallTime) -> Option<u32> {
        match self.state(now) {
            BreakerState::Serving => Some(self.life),
            BreakerState::Resting { .. } => None,
            BreakerState::Probing => {
                if self.probe.is_some_and(|sent| now.since(sent) < self.settings.probe_patience) {
                    return None;
                }
                self.probe = Some(now);
                self.life += 1;
                Some(self.life)
            }
        }
    }

    pub fn settle(&mut self, life: u32, outcome: Outcome, now: WallTime) {
        if life != self.life {
            return;
        }
        let serving = self.rests.is_empty();
        if outcome == Outcome::Neutral {
            self.probe = None;
            return;
        }
        self.history.push((now, outcome));
        match outcome {
            Outcome::Good if !serving => {
                self.history.clear();
                self.rests.clear();
                self.trips = 0;
                self.probe = None;
                self.life += 1;
            }
            Outcome::Good | Outcome::Neutral => {}
            Outcome::Poor { retry_after: Some(pause) } => self.rest(pause, now),
            Outcome::Poor { retry_after: None } if !serving => self.rest(self.settings.rest_first, now),
            Outcome::Poor { retry_after: None } => {
                if self.poor(now) {
                    self.trip(Duration::ZERO, now);
                }
            }
            Outcome::Hard { retry_after } => {
                if !serving || self.run() >= self.settings.hard_failures_max || self.poor(now) {
                    self.trip(retry_after.unwrap_or_default(), now);
                } else if let Some(pause) = retry_after {
                    self.rest(pause, now);
                }
            }
        }
    }

    /// Hard failures since the last good answer; poor ones neither count nor end the run.
    fn run(&self) -> u32 {
        let since_good = self.history.iter().rev().take_while(|(_, outcome)| *outcome != Outcome::Good);
        since_good.filter(|(_, outcome)| matches!(outcome, Outcome::Hard { .. })).count() as u32
    }

    fn poor(&self, now: WallTime) -> bool {
        let recent: Vec<_> = self.history.iter().filter(|(at, _)| now.since(*at) < self.settings.window).collect();
        let good = recent.iter().filter(|(_, outcome)| *outcome == Outcome::Good).count();
        recent.len() >= self.settings.sample_min && (good as f64) < self.settings.success_min * recent.len() as f64
    }

    fn trip(&mut self, at_least: Duration, now: WallTime) {
        let rest = (0..self.trips).fold(self.settings.rest_first, |rest, _| rest.saturating_mul(2));
        self.trips += 1;
        self.rest(rest.max(at_least), now);
    }

    fn rest(&mut self, pause: Duration, now: WallTime) {
        self.rests.push(now + pause.min(self.settings.rest_longest));
        self.probe = None;
        self.life += 1;
    }
}
