//! Valve positions: first-order lag behind the command, and stiction.

use crate::disturbances::Active;
use crate::state::VALVES;
use crate::tags::Idv;

/// Time constants, s; the last is the agitator.
const LAG_S: [f64; VALVES] = [8.0, 8.0, 6.0, 9.0, 7.0, 5.0, 5.0, 5.0, 120.0, 5.0, 5.0, 5.0];
/// A sticking valve ignores commands that differ from the obeyed one by no more than this, %.
const STICK_BAND: f64 = 2.0;

/// The command each valve is following. A sticking valve keeps an old one.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ValveCommands(pub [f64; VALVES]);

impl ValveCommands {
    /// Takes over the commands that the valves accept, each held within 0…100 %.
    pub(crate) fn follow(&mut self, xmv: &[f64; VALVES], sticking: &[f64; VALVES], at_start: bool) {
        for j in 0..VALVES {
            let obeyed = &mut self.0[j];
            let band = STICK_BAND * sticking[j];
            if at_start || (*obeyed - xmv[j]).abs() > band {
                *obeyed = xmv[j];
            }
            *obeyed = obeyed.clamp(0.0, 100.0);
        }
    }

    /// Rates of the valve positions, %/h: (command − position)/τ.
    #[must_use]
    pub(crate) fn rates(&self, positions: &[f64; VALVES]) -> [f64; VALVES] {
        core::array::from_fn(|j| (self.0[j] - positions[j]) / (LAG_S[j] / 3600.0))
    }
}

/// How much the valves stick, 0…1: 10 under IDV 14, 11 under IDV 15, and 5, 7, 8, 9 under IDV 19.
#[must_use]
pub(crate) fn sticking(active: &Active) -> [f64; VALVES] {
    let mut stuck = [0.0; VALVES];
    stuck[9] = active.level(Idv::ReactorWaterValve);
    stuck[10] = active.level(Idv::CondenserWaterValve);
    for j in [4, 6, 7, 8] {
        stuck[j] = active.level(Idv::ManyValves);
    }
    stuck
}
