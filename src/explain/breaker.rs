//! The breaker of one model of one provider: it is called while it answers, left alone while it does not, and asked by one
//! call at a time whether it does again.
//!
//! ```text
//! Serving ──run of hard failures, or too few good answers──► Resting ──its time is up──► Probing
//!    ▲                                                          ▲                          │
//!    └────────────────────── the probe was answered ────────────┼──────────────────────────┤
//!                                                               └── it was not ────────────┘
//! ```

#[cfg(test)]
mod reference;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::time::Duration;

use thiserror::Error;

use crate::domain::WallTime;

/// Most outcomes that are remembered, however many there are within the window.
const OUTCOMES_MAX: usize = 1_000;

/// When a breaker trips, and for how long.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BreakerSettings {
    /// So many hard failures one after the other trip it.
    pub hard_failures_max: u32,
    /// Outcomes count for so long.
    pub window: Duration,
    /// The share of good ones is judged from so many on.
    pub sample_min: usize,
    /// A smaller share of good outcomes trips it, 0…1.
    pub success_min: f64,
    /// How long it rests the first time; doubled each time that the probe fails.
    pub rest_first: Duration,
    /// It never rests longer than this, whatever a provider asks for.
    pub rest_longest: Duration,
    /// A probe of which nothing is heard for so long is lost.
    pub probe_patience: Duration,
}

impl Default for BreakerSettings {
    fn default() -> Self {
        Self {
            hard_failures_max: 5,
            window: Duration::from_secs(60),
            sample_min: 10,
            success_min: 0.5,
            rest_first: Duration::from_secs(10),
            rest_longest: Duration::from_secs(600),
            probe_patience: Duration::from_secs(180),
        }
    }
}

/// What came of a call, as far as the health of the provider is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was answered.
    Good,
    /// It was turned away for being one too many: the provider lives, and asks to be left alone for a while.
    Poor {
        /// For how long, when it has said so.
        retry_after: Option<Duration>,
    },
    /// It was not answered: no connection, too late, broken off, or an error of the provider.
    Hard {
        /// When it may be tried again, when the provider has said so.
        retry_after: Option<Duration>,
    },
    /// It says nothing of the provider: called off, or refused for what was asked.
    Neutral,
}

/// How a breaker stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BreakerState {
    /// Calls go through.
    Serving,
    /// No calls until then.
    Resting {
        /// When the first may be tried.
        until: WallTime,
    },
    /// One call at a time finds out.
    Probing,
}

/// What an administrator has ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// No calls until the order is taken back.
    Resting,
    /// Calls go through whatever comes of them.
    Serving,
}

/// The permission for one call. Hand it back with what came of it.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "a probe that is never handed back blocks the next one until it counts as lost"]
pub struct Pass {
    generation: u64,
    probe: bool,
}

impl Pass {
    /// Whether this call finds out for all others.
    pub const fn is_probe(&self) -> bool {
        self.probe
    }
}

/// Why a call may not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Refused {
    /// The provider is left alone.
    #[error("it is left alone until {until} after failures")]
    Resting {
        /// When the first may be tried.
        until: WallTime,
    },
    /// Another call is finding out.
    #[error("another call is finding out whether it answers again")]
    ProbeUnderWay,
    /// An administrator has said so.
    #[error("an administrator has switched it off")]
    Held,
}

#[derive(Clone, Copy, Debug)]
enum Mode {
    Serving,
    Resting { until: WallTime },
    Probing { since: Option<WallTime> },
}

/// The breaker. Its times are wall times that never go back.
#[derive(Clone, Debug)]
pub struct Breaker {
    settings: BreakerSettings,
    mode: Mode,
    hold: Option<Hold>,
    /// Grows with every change of mode: an outcome of an earlier time says nothing of now.
    generation: u64,
    /// Outcomes within the window, oldest first, and whether each was good.
    outcomes: VecDeque<(WallTime, bool)>,
    hard_in_a_row: u32,
    /// Rests since it last served.
    rests_in_a_row: u32,
}

impl Breaker {
    /// A breaker that lets calls through.
    pub const fn new(settings: BreakerSettings) -> Self {
        Self {
            settings,
            mode: Mode::Serving,
            hold: None,
            generation: 0,
            outcomes: VecDeque::new(),
            hard_in_a_row: 0,
            rests_in_a_row: 0,
        }
    }

    /// How it stands, the order of an administrator included.
    pub fn state(&self, now: WallTime) -> BreakerState {
        match (self.hold, self.mode) {
            (Some(Hold::Serving), _) | (None, Mode::Serving) => BreakerState::Serving,
            (Some(Hold::Resting), _) => BreakerState::Resting { until: WallTime::from_micros(i64::MAX) },
            (None, Mode::Resting { until }) if now < until => BreakerState::Resting { until },
            (None, Mode::Resting { .. } | Mode::Probing { .. }) => BreakerState::Probing,
        }
    }

    /// What an administrator has ordered.
    pub const fn hold(&self) -> Option<Hold> {
        self.hold
    }

    /// Asks for one call.
    ///
    /// # Errors
    /// While calls may not be made; the error tells why.
    pub fn ask(&mut self, now: WallTime) -> Result<Pass, Refused> {
        match self.hold {
            Some(Hold::Resting) => return Err(Refused::Held),
            Some(Hold::Serving) => return Ok(Pass { generation: self.generation, probe: false }),
            None => {}
        }
        match self.mode {
            Mode::Serving => Ok(Pass { generation: self.generation, probe: false }),
            Mode::Resting { until } if now < until => Err(Refused::Resting { until }),
            Mode::Probing { since: Some(since) } if now.since(since) < self.settings.probe_patience => {
                Err(Refused::ProbeUnderWay)
            }
            Mode::Resting { .. } | Mode::Probing { .. } => {
                self.change(Mode::Probing { since: Some(now) });
                Ok(Pass { generation: self.generation, probe: true })
            }
        }
    }

    /// Tells what came of a call. That of an earlier time is ignored.
    pub fn settle(&mut self, pass: Pass, outcome: Outcome, now: WallTime) {
        if pass.generation != self.generation {
            return;
        }
        match outcome {
            Outcome::Neutral => {
                // Whoever comes next finds out instead.
                if let Mode::Probing { .. } = self.mode {
                    self.mode = Mode::Probing { since: None };
                }
            }
            Outcome::Good => self.good(now),
            Outcome::Poor { retry_after } => self.poor(retry_after, now),
            Outcome::Hard { retry_after } => self.hard(retry_after, now),
        }
    }

    /// An administrator holds it in a state, or lets it judge for itself again, from a clean record.
    pub fn set(&mut self, hold: Option<Hold>) {
        self.hold = hold;
        self.serve();
    }

    fn good(&mut self, now: WallTime) {
        if matches!(self.mode, Mode::Serving) {
            self.hard_in_a_row = 0;
            self.remember(true, now);
        } else {
            self.serve();
        }
    }

    fn poor(&mut self, retry_after: Option<Duration>, now: WallTime) {
        self.remember(false, now);
        match (retry_after, self.mode) {
            // Whoever asks for a pause is given it; that is no illness, so the next rest is no longer for it.
            (Some(pause), _) => self.rest(pause, now),
            (None, Mode::Serving) if self.is_poor() => self.trip(Duration::ZERO, now),
            (None, Mode::Serving) => {}
            (None, _) => self.rest(self.settings.rest_first, now),
        }
    }

    fn hard(&mut self, retry_after: Option<Duration>, now: WallTime) {
        self.remember(false, now);
        self.hard_in_a_row = self.hard_in_a_row.saturating_add(1);
        let serving = matches!(self.mode, Mode::Serving);
        let spent = self.hard_in_a_row >= self.settings.hard_failures_max || self.is_poor();
        match retry_after {
            _ if !serving || spent => self.trip(retry_after.unwrap_or_default(), now),
            Some(pause) => self.rest(pause, now),
            None => {}
        }
    }

    fn remember(&mut self, good: bool, now: WallTime) {
        let window = self.settings.window;
        self.outcomes.push_back((now, good));
        while self.outcomes.len() > OUTCOMES_MAX
            || self.outcomes.front().is_some_and(|(at, _)| now.since(*at) >= window)
        {
            self.outcomes.pop_front();
        }
    }

    fn is_poor(&self) -> bool {
        let good = self.outcomes.iter().filter(|(_, good)| *good).count();
        let all = self.outcomes.len();
        all >= self.settings.sample_min.max(1) && (good as f64) < self.settings.success_min * all as f64
    }

    /// Rests for longer each time that it does no good.
    fn trip(&mut self, at_least: Duration, now: WallTime) {
        let doubled = 2u32.checked_pow(self.rests_in_a_row).unwrap_or(u32::MAX);
        self.rests_in_a_row = self.rests_in_a_row.saturating_add(1);
        self.rest(self.settings.rest_first.saturating_mul(doubled).max(at_least), now);
    }

    fn rest(&mut self, pause: Duration, now: WallTime) {
        // Held in service, it stays there and keeps counting.
        if self.hold.is_none() {
            self.change(Mode::Resting { until: now + pause.min(self.settings.rest_longest) });
        }
    }

    fn serve(&mut self) {
        self.outcomes.clear();
        self.hard_in_a_row = 0;
        self.rests_in_a_row = 0;
        self.change(Mode::Serving);
    }

    fn change(&mut self, mode: Mode) {
        self.mode = mode;
        self.generation += 1;
    }
}
