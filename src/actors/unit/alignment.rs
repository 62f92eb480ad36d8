//! Puts together what the sensors of one unit say of one scan.

use std::collections::VecDeque;
use std::sync::Arc;

use super::RawWork;
use crate::actors::aligner::Aligner;
use crate::actors::sensor::Judged;
use crate::domain::Quality;

/// The scans that some sensor still owes its judgement, oldest first. Their number is bounded by the tickets of the
/// ingest door.
pub(super) struct Alignment {
    width: usize,
    open: VecDeque<(Open, Aligner)>,
}

/// One scan on its way through the sensors.
pub(super) struct Open {
    pub work: Arc<RawWork>,
    pub values: Vec<f64>,
    pub qualities: Vec<Quality>,
    judged: Vec<bool>,
    missing: usize,
}

impl Alignment {
    pub fn new(width: usize) -> Self {
        Self { width, open: VecDeque::new() }
    }

    pub fn open(&mut self, work: Arc<RawWork>, aligner: Aligner) {
        let open = Open {
            work,
            values: vec![f64::NAN; self.width],
            qualities: vec![Quality::Bad; self.width],
            judged: vec![false; self.width],
            missing: self.width,
        };
        self.open.push_back((open, aligner));
    }

    pub fn judged(&mut self, judged: &Judged) {
        self.fill(judged.scan, judged.slot, judged.value, judged.quality);
    }

    /// Nobody judges this sample, so it is bad: the value is kept for those who look, and no chart uses it.
    pub fn unjudged(&mut self, scan: u64, slot: usize, value: f64) {
        self.fill(scan, slot, value, Quality::Bad);
    }

    /// A sensor has died with samples in its mailbox: they will not be judged any more.
    pub fn sensor_lost(&mut self, slot: usize) {
        for (open, _) in &mut self.open {
            open.fill(slot, f64::NAN, Quality::Bad);
        }
    }

    pub fn take_complete(&mut self) -> Option<(Open, Aligner)> {
        self.open.front().is_some_and(|(open, _)| open.missing == 0).then(|| self.open.pop_front()).flatten()
    }

    fn fill(&mut self, scan: u64, slot: usize, value: f64, quality: Quality) {
        if let Some((open, _)) = self.open.iter_mut().find(|(open, _)| open.work.number == scan) {
            open.fill(slot, value, quality);
        }
    }
}

impl Open {
    fn fill(&mut self, slot: usize, value: f64, quality: Quality) {
        if !self.judged[slot] {
            self.judged[slot] = true;
            self.values[slot] = value;
            self.qualities[slot] = quality;
            self.missing -= 1;
        }
    }
}
