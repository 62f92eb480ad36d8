//! Rings from which subscribers read, each with a sequence.
//!
//! A stream remembers its newest items. A subscriber holds a [`Cursor`]; whoever falls behind the ring is told so by a
//! [`Gap`], never by silence. Publishing never waits for a subscriber.

mod cursor;
mod frames;
mod stream;

pub use cursor::{Cursor, CursorError};
pub use frames::{AlarmEvent, AlarmView, SupervisionFrame, ValuesFrame};
pub use stream::{Delivery, Gap, GapReason, Stream, Subscriber};

use crate::config::bounds;
use crate::domain::DetectorPortrait;

/// Every stream of one plant.
#[derive(Clone, Debug)]
pub struct Feed {
    /// Scans, aligned and judged.
    pub values: Stream<ValuesFrame>,
    /// What happens to alarms, numbered by the alarm desk.
    pub alarms: Stream<AlarmEvent>,
    /// What plant-wide detectors say.
    pub detectors: Stream<DetectorPortrait>,
    /// What happens to actors.
    pub supervision: Stream<SupervisionFrame>,
}

impl Feed {
    /// Empty streams; `epoch` grows with each start of the process, so that a cursor of an earlier life is recognised.
    pub fn new(epoch: i64) -> Self {
        Self {
            values: Stream::new(epoch, bounds::FEED_VALUES.most),
            alarms: Stream::new(epoch, bounds::FEED_ALARMS.most),
            detectors: Stream::new(epoch, bounds::FEED_DETECTORS.most),
            supervision: Stream::new(epoch, bounds::FEED_SUPERVISION.most),
        }
    }

    /// The plant has become ours: what was told before, here or elsewhere, is another life, and every subscriber hears so.
    pub fn begin(&self, epoch: i64) {
        self.values.begin(epoch);
        self.alarms.begin(epoch);
        self.detectors.begin(epoch);
        self.supervision.begin(epoch);
    }
}
