//! A run seen at any period, also between the seconds.
//!
//! Record n is what an observer sees at n seconds. At a time between n and n + 1 seconds
//!
//! * the continuous measurements XMEAS 1…22 lie on the straight line between the two records,
//! * the analyses XMEAS 23…41 and the manipulated variables XMV 1…12 are those of record n: an analyser holds its report and
//!   a digital controller its output.
//!
//! At whole seconds a sample *is* the record. The noise of two records is averaged in between, so interpolated values are a
//! little less noisy than recorded ones.

use crate::measurements::CONTINUOUS;
use crate::plant::{OrderError, Plant, Record};
use crate::tags::{Measurements, Positions};

/// The plant at an instant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// Seconds of plant time: whole ones are numbers of steps.
    pub time_s: f64,
    /// XMEAS 1…41.
    pub xmeas: Measurements,
    /// XMV 1…12.
    pub xmv: Positions,
}

/// An endless iterator over samples, made by [`Plant::samples`].
#[derive(Debug)]
pub struct Samples<'a> {
    plant: &'a mut Plant,
    period_s: f64,
    begin_s: f64,
    taken: u64,
    /// The two records around the next sample.
    earlier: Record,
    later: Record,
}

impl Plant {
    /// Samples every `period_s` seconds, which need not be whole, from the next record on.
    ///
    /// # Errors
    ///
    /// If the period is not a positive number.
    pub fn samples(&mut self, period_s: f64) -> Result<Samples<'_>, OrderError> {
        if !(period_s > 0.0 && period_s.is_finite()) {
            return Err(OrderError::Period);
        }
        let earlier = self.step();
        let begin_s = earlier.step as f64;
        Ok(Samples { plant: self, period_s, begin_s, taken: 0, earlier, later: earlier })
    }
}

impl Iterator for Samples<'_> {
    type Item = Sample;

    fn next(&mut self) -> Option<Sample> {
        // A product, not a sum: no error accumulates.
        let time_s = self.begin_s + self.taken as f64 * self.period_s;
        self.taken += 1;
        while (self.later.step as f64) < time_s {
            self.earlier = self.later;
            self.later = self.plant.step();
        }
        if self.later.step as f64 == time_s {
            self.earlier = self.later;
        }
        let part = time_s - self.earlier.step as f64;
        let mut xmeas = self.earlier.xmeas;
        for (value, later) in xmeas.0[..CONTINUOUS].iter_mut().zip(&self.later.xmeas.0) {
            *value += part * (later - *value);
        }
        Some(Sample { time_s, xmeas, xmv: self.earlier.xmv })
    }
}
