//! One disturbance of the simulated plant.

use async_graphql::SimpleObject;

use crate::domain::DisturbanceState;

/// One disturbance that can be switched on in a simulated plant.
#[derive(SimpleObject, Clone, Debug)]
pub struct Disturbance {
    /// Its number, as in the literature.
    number: u8,
    /// What it is.
    title: String,
    /// `step`, `random`, `drift`, `sticking` or `pulses`.
    kind: String,
    /// What it does to the plant.
    effect: String,
    /// Whether it is on.
    active: bool,
}

impl From<DisturbanceState> for Disturbance {
    fn from(state: DisturbanceState) -> Self {
        let DisturbanceState { number, title, kind, effect, active } = state;
        Self { number, title, kind, effect, active }
    }
}
