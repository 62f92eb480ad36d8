//! On-delay and off-delay in plant time: whoever says that something is so must insist.
//!
//! The only place where delays are counted: limits, conditions and design rules all ask here. Delays compare source times,
//! so the answer is the same at 1 × and at 1000 ×, whatever the interval of the scans.

use std::time::Duration;

use crate::domain::SourceTime;

/// On which side of limit and deadband a value lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// It argues for the condition.
    Beyond,
    /// Neither for nor against it.
    Deadband,
    /// It argues against it.
    Back,
}

/// A condition with its delays, sample by sample.
#[derive(Clone, Debug)]
pub struct OnDelay {
    on_delay: Duration,
    off_delay: Duration,
    known: Known,
    /// Since when the value has been on the other side, without a gap.
    crossed_since: Option<SourceTime>,
    cadence: Cadence,
}

/// What is known of the condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    /// Nothing yet: the value has not stayed on one side for the delay of that side.
    Nothing,
    Holds,
    Over,
}

impl OnDelay {
    /// Of a condition of which nothing is known.
    pub fn new(on_delay: Duration, off_delay: Duration) -> Self {
        Self { on_delay, off_delay, known: Known::Nothing, crossed_since: None, cadence: Cadence::default() }
    }

    /// Of a condition that is known from before a restart.
    pub fn resume(on_delay: Duration, off_delay: Duration, holds: bool) -> Self {
        let known = if holds { Known::Holds } else { Known::Over };
        Self { known, ..Self::new(on_delay, off_delay) }
    }

    /// Goes on with other delays: what is known stands, and a delay that is under way begins anew.
    pub fn retune(&mut self, on_delay: Duration, off_delay: Duration) {
        self.on_delay = on_delay;
        self.off_delay = off_delay;
        self.crossed_since = None;
    }

    /// Whether the condition holds, past its delays; `None` before that is known.
    pub const fn holds(&self) -> Option<bool> {
        match self.known {
            Known::Nothing => None,
            Known::Holds => Some(true),
            Known::Over => Some(false),
        }
    }

    /// Takes the next sample.
    pub fn push(&mut self, at: SourceTime, side: Side) {
        match self.crossing(side) {
            Some((next, delay)) => self.wait(at, delay, next),
            None => {
                self.cadence.tick(at, Duration::ZERO);
                self.crossed_since = None;
            }
        }
    }

    /// The next sample follows none: what lies between was not seen.
    pub fn interrupt(&mut self) {
        self.cadence.interrupt();
    }

    /// What the value argues for, if for another than the present, and how long it must insist.
    const fn crossing(&self, side: Side) -> Option<(Known, Duration)> {
        match (self.known, side) {
            (Known::Nothing | Known::Over, Side::Beyond) => Some((Known::Holds, self.on_delay)),
            (Known::Nothing | Known::Holds, Side::Back) => Some((Known::Over, self.off_delay)),
            _ => None,
        }
    }

    fn wait(&mut self, at: SourceTime, delay: Duration, next: Known) {
        let unbroken = self.cadence.tick(at, delay);
        let since = self.crossed_since.filter(|_| unbroken).unwrap_or(at);
        self.crossed_since = Some(since);
        if at.since(since) >= delay {
            self.known = next;
            self.crossed_since = None;
        }
    }
}

/// An on-delay behind an instrument that may be blind. It speaks when its condition changes, when its instrument becomes
/// unusable, and when it can see (again): a repeated condition is no transition at the desk, but it thaws an alarm that was
/// frozen before a restart.
#[derive(Clone, Debug)]
pub(super) struct Sight {
    delay: OnDelay,
    instrument: Instrument,
}

/// What has been told of the instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Instrument {
    Silent,
    Usable,
    Unusable,
}

impl Sight {
    pub fn new(delay: OnDelay) -> Self {
        Self { delay, instrument: Instrument::Silent }
    }

    /// Goes on with other delays.
    pub fn retune(&mut self, on_delay: Duration, off_delay: Duration) {
        self.delay.retune(on_delay, off_delay);
    }

    /// Whether the condition holds; `None` before that is known and while the instrument is unusable.
    pub const fn active(&self) -> Option<bool> {
        match self.instrument {
            Instrument::Unusable => None,
            _ => self.delay.holds(),
        }
    }

    /// Takes a sample that can be used, and says whether there is something to tell.
    pub fn see(&mut self, at: SourceTime, side: Side) -> bool {
        let before = (self.delay.holds(), self.instrument);
        self.instrument = Instrument::Usable;
        self.delay.push(at, side);
        self.delay.holds().is_some() && before != (self.delay.holds(), self.instrument)
    }

    /// Bad and stale samples freeze the condition; that is told once.
    pub fn lose(&mut self) -> bool {
        self.delay.interrupt();
        std::mem::replace(&mut self.instrument, Instrument::Unusable) != Instrument::Unusable
    }
}

/// Tells a gap from a slow scan: what was not seen for longer than a delay does not count as "all along", unless samples
/// always come that slowly.
#[derive(Clone, Copy, Debug, Default)]
struct Cadence {
    last: Option<SourceTime>,
    interval: Option<Duration>,
}

impl Cadence {
    /// Takes the time of the next sample, and says whether it follows the last one without a gap.
    fn tick(&mut self, at: SourceTime, delay: Duration) -> bool {
        let usual = self.interval;
        let Some(last) = self.last.replace(at) else { return false };
        if at < last {
            // The plant was reset: what was seen before is another run.
            self.interval = None;
            return false;
        }
        let interval = at.since(last);
        self.interval = Some(interval);
        interval <= delay || usual.is_some_and(|usual| interval <= usual * 2)
    }

    /// The last sample was not seen, so the next one follows none; the rhythm is remembered.
    fn interrupt(&mut self) {
        self.last = None;
    }
}
