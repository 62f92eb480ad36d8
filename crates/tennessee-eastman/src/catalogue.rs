//! The twenty disturbances in words, for people who choose one.

use core::fmt;

use crate::disturbances::IDV_COUNT;

/// How a disturbance develops.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DisturbanceKind {
    /// At once, and then constant.
    Step,
    /// A random walk between limits.
    Random,
    /// A slow random walk.
    Drift,
    /// A valve that does not move until the command differs by more than 2 %.
    Sticking,
    /// Grows over hours, recovers within minutes, and begins again.
    Pulses,
}

impl fmt::Display for DisturbanceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Step => "step",
            Self::Random => "random",
            Self::Drift => "drift",
            Self::Sticking => "sticking",
            Self::Pulses => "pulses",
        })
    }
}

/// One disturbance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disturbance {
    /// IDV number, 1…20.
    pub number: u8,
    /// What is disturbed.
    pub title: &'static str,
    /// How it develops.
    pub kind: DisturbanceKind,
    /// What it does physically.
    pub effect: &'static str,
}

/// All disturbances, in the order of their numbers.
#[must_use]
pub fn disturbances_catalogue() -> &'static [Disturbance; IDV_COUNT] {
    &CATALOGUE
}

const fn entry(number: u8, title: &'static str, kind: DisturbanceKind, effect: &'static str) -> Disturbance {
    Disturbance { number, title, kind, effect }
}

use DisturbanceKind::{Drift, Pulses, Random, Step, Sticking};

static CATALOGUE: [Disturbance; IDV_COUNT] = [
    entry(
        1,
        "A/C ratio of the A+C feed",
        Step,
        "Stream 4 brings 3 mol% less A and as much more C, while B stays. The controllers make up for the A with the \
         A feed, which climbs to about three times its normal flow.",
    ),
    entry(
        2,
        "B in the A+C feed",
        Step,
        "Stream 4 brings twice as much inert B (1.0 instead of 0.5 mol%) at an unchanged ratio of A to C. B can leave \
         only by the purge, which has to open wide.",
    ),
    entry(
        3,
        "D feed temperature",
        Step,
        "The D feed arrives 5 °C warmer. The heat is so small against that of the reactor that nothing visible moves.",
    ),
    entry(
        4,
        "Reactor cooling-water temperature",
        Step,
        "The reactor's cooling water arrives at 40 instead of 35 °C. The cooling valve opens within minutes and holds \
         the reactor temperature; afterwards only the valve position tells.",
    ),
    entry(
        5,
        "Condenser cooling-water temperature",
        Step,
        "The condenser's cooling water arrives at 45 instead of 40 °C. Separator temperature and pressures are upset for \
         hours until the condenser valve has opened enough; the cause remains.",
    ),
    entry(
        6,
        "A feed lost",
        Step,
        "Stream 1 stops. Its valve opens fully without effect, A runs short, the reactions slow down, pressure builds \
         up, and the plant usually trips within hours.",
    ),
    entry(
        7,
        "A+C header pressure",
        Step,
        "Stream 4 delivers a fifth less at the same valve position. The valve opens until the flow is restored, at the \
         cost of its margin.",
    ),
    entry(
        8,
        "Composition of the A+C feed",
        Random,
        "A, B and C in stream 4 wander. Pressures and the purge follow the changing balance of reactants and inerts.",
    ),
    entry(
        9,
        "D feed temperature",
        Random,
        "The temperature of the D feed wanders by up to 10 °C. As with its step, hardly anything notices.",
    ),
    entry(
        10,
        "C feed temperature",
        Random,
        "The temperature of stream 4 wanders by up to 10 °C. It enters at the bottom of the stripper, so the stripper \
         temperature and with it the steam flow are restless.",
    ),
    entry(
        11,
        "Reactor cooling-water temperature",
        Random,
        "The inlet of the reactor's cooling water wanders by up to 10 °C. The cooling valve swings to follow and the \
         reactor temperature is less steady.",
    ),
    entry(
        12,
        "Condenser cooling-water temperature",
        Random,
        "The inlet of the condenser's cooling water wanders by up to 10 °C. Condensation, separator temperature, \
         pressures and recycle all swing with it.",
    ),
    entry(
        13,
        "Reaction kinetics",
        Drift,
        "The rate constants of both product reactions drift by up to a quarter over hours. Heat release, pressures \
         and the split of the products move slowly together.",
    ),
    entry(
        14,
        "Reactor cooling-water valve",
        Sticking,
        "The valve ignores commands within 2 % of the last one it obeyed. The reactor temperature loop hunts in a \
         limit cycle.",
    ),
    entry(
        15,
        "Condenser cooling-water valve",
        Sticking,
        "The valve ignores commands within 2 % of the last one it obeyed. The condenser is so slow that the \
         measurements barely show it.",
    ),
    entry(
        16,
        "Stripper steam heat transfer",
        Random,
        "The heat transfer from the steam in the stripper wanders by up to a quarter. Stripper temperature and steam \
         flow move; the steam valve works against it. The publication does not name this fault.",
    ),
    entry(
        17,
        "Reactor heat transfer",
        Pulses,
        "The cooling coil fouls over hours, losing up to 35 % of its heat transfer, and suddenly recovers. The \
         cooling-water outlet turns colder while its valve opens. The publication does not name this fault.",
    ),
    entry(
        18,
        "Condenser heat transfer",
        Pulses,
        "The condenser fouls over hours, losing up to 25 % of its heat transfer, and suddenly recovers. Less \
         condenses, the pressure swings ever wider, and the plant may trip. The publication does not name this fault.",
    ),
    entry(
        19,
        "Recycle, separator, stripper and steam valves",
        Sticking,
        "Valves 5, 7, 8 and 9 ignore commands within 2 % of the last one they obeyed. Several loops are restless at \
         once, the recycle flow most. The publication does not name this fault.",
    ),
    entry(
        20,
        "Reactor effluent flow",
        Pulses,
        "The line from reactor to condenser blocks over hours, losing up to a quarter of its flow, and suddenly \
         clears. The pressure difference between reactor and separator grows. The publication does not name this fault.",
    ),
];
