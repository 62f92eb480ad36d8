//! What happens to a plant, as a list of events.
//!
//! A [`Watch`] compares the plant with how it was at the last look. It remembers that one condition and no history, so a long
//! run costs no memory; who wants a history keeps the events.

use crate::control::Purge;
use crate::loops::{Loop, LoopMode};
use crate::plant::Plant;
use crate::shutdown::Shutdown;
use crate::tags::{Idv, Xmv};

/// Something that has happened.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Event {
    /// The step after which it was seen, from 0.
    pub step: u64,
    /// Plant time then, h.
    pub time_h: f64,
    /// What it is.
    pub kind: EventKind,
}

/// What can happen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum EventKind {
    /// A disturbance acts with another strength; 0 is off.
    Disturbed(Idv, f64),
    /// The plant has tripped.
    Tripped(Shutdown),
    /// An analyser has reported and taken its next sample.
    Sampled(Analyser),
    /// The pressure override has taken or released the purge valve.
    Override(Purge),
    /// A loop was given to the operator or back to its controller.
    LoopMode(Loop, LoopMode),
    /// An operator has given a set point that no outer loop moves.
    Setpoint(Loop, f64),
    /// A valve is held at this position, or released.
    Held(Xmv, Option<f64>),
}

/// The analysers that sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Analyser {
    /// Reactor feed and purge, every 0.1 h.
    Gas,
    /// Product, every 0.25 h.
    Product,
}

/// Sees what has happened to a plant since the last look.
#[derive(Clone, Debug)]
pub struct Watch {
    disturbances: [f64; Idv::ALL.len()],
    shutdown: Option<Shutdown>,
    due: [f64; 2],
    purge: Purge,
    loops: [LoopMode; Loop::ALL.len()],
    setpoints: [f64; Loop::ALL.len()],
    held: [Option<f64>; Xmv::ALL.len()],
}

impl Watch {
    /// Begins to watch: what is so now is no event.
    #[must_use]
    pub fn new(plant: &Plant) -> Self {
        let analysers = &plant.memory.analysers;
        Self {
            disturbances: Idv::ALL.map(|idv| plant.amplitude(idv)),
            shutdown: plant.shutdown(),
            due: [analysers.gas_due, analysers.product_due],
            purge: plant.purge_override(),
            loops: Loop::ALL.map(|one| plant.loop_mode(one)),
            setpoints: Loop::ALL.map(|one| plant.setpoint(one)),
            held: Xmv::ALL.map(|xmv| plant.held(xmv)),
        }
    }

    /// What has happened since the last look. Looked at after every step, nothing is missed; what came and went between
    /// two looks is not seen.
    pub fn look(&mut self, plant: &Plant) -> Vec<Event> {
        let now = Self::new(plant);
        let before = core::mem::replace(self, now);
        let mut kinds = Vec::new();
        self.differences(&before, plant, &mut kinds);
        let (step, time_h) = (plant.steps_done(), plant.time_h());
        kinds.into_iter().map(|kind| Event { step, time_h, kind }).collect()
    }

    fn differences(&self, before: &Self, plant: &Plant, kinds: &mut Vec<EventKind>) {
        for idv in Idv::ALL {
            let level = self.disturbances[idv.index()];
            if level != before.disturbances[idv.index()] {
                kinds.push(EventKind::Disturbed(idv, level));
            }
        }
        for xmv in Xmv::ALL {
            let held = self.held[xmv.index()];
            if held != before.held[xmv.index()] {
                kinds.push(EventKind::Held(xmv, held));
            }
        }
        for (at, one) in Loop::ALL.into_iter().enumerate() {
            if self.loops[at] != before.loops[at] {
                kinds.push(EventKind::LoopMode(one, self.loops[at]));
            }
            let by_hand = one.outer().is_none_or(|outer| !plant.loop_acts(outer));
            if by_hand && self.setpoints[at] != before.setpoints[at] {
                kinds.push(EventKind::Setpoint(one, self.setpoints[at]));
            }
        }
        if self.purge != before.purge {
            kinds.push(EventKind::Override(self.purge));
        }
        for (at, analyser) in [Analyser::Gas, Analyser::Product].into_iter().enumerate() {
            if self.due[at] > before.due[at] {
                kinds.push(EventKind::Sampled(analyser));
            }
        }
        if let Some(cause) = self.shutdown.filter(|_| before.shutdown.is_none()) {
            kinds.push(EventKind::Tripped(cause));
        }
    }
}
