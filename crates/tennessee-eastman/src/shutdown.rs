//! The limits at which the plant trips.

use core::fmt;

use crate::flowsheet::Flowsheet;
use crate::measurements::{CUBIC_FEET_PER_CUBIC_METRE, gauge_kpa};

/// Why the plant has tripped. A tripped plant stands still for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shutdown {
    /// Reactor pressure above 3000 kPa gauge.
    ReactorPressureHigh,
    /// Reactor liquid above 24 m³.
    ReactorLevelHigh,
    /// Reactor liquid below 2 m³.
    ReactorLevelLow,
    /// Reactor temperature above 175 °C.
    ReactorTemperatureHigh,
    /// Separator liquid above 12 m³.
    SeparatorLevelHigh,
    /// Separator liquid below 1 m³.
    SeparatorLevelLow,
    /// Stripper liquid above 8 m³.
    StripperLevelHigh,
    /// Stripper liquid below 1 m³.
    StripperLevelLow,
}

impl Shutdown {
    /// All causes, in the order of their codes.
    pub const ALL: [Self; 8] = [
        Self::ReactorPressureHigh,
        Self::ReactorLevelHigh,
        Self::ReactorLevelLow,
        Self::ReactorTemperatureHigh,
        Self::SeparatorLevelHigh,
        Self::SeparatorLevelLow,
        Self::StripperLevelHigh,
        Self::StripperLevelLow,
    ];

    /// The code of the cause, 1…8.
    #[must_use]
    pub fn code(self) -> u8 {
        self as u8 + 1
    }

    /// The cause that has this code.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.code() == code)
    }

    /// Judges the values before noise. If several limits are broken, the one with the highest code is named, as the
    /// revised model of Bathelt, Ricker & Jelali (2015) does.
    #[must_use]
    pub fn judge(plant: &Flowsheet) -> Option<Self> {
        let reactor = plant.reactor.liquid_volume / CUBIC_FEET_PER_CUBIC_METRE;
        let separator = plant.separator.liquid_volume / CUBIC_FEET_PER_CUBIC_METRE;
        let stripper = plant.sump.volume / CUBIC_FEET_PER_CUBIC_METRE;
        let broken = [
            gauge_kpa(plant.reactor.pressure) > 3000.0,
            reactor > 24.0,
            reactor < 2.0,
            plant.reactor.temperature > 175.0,
            separator > 12.0,
            separator < 1.0,
            stripper > 8.0,
            stripper < 1.0,
        ];
        Self::ALL.into_iter().zip(broken).rev().find_map(|(cause, broken)| broken.then_some(cause))
    }
}

impl fmt::Display for Shutdown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ReactorPressureHigh => "reactor pressure above 3000 kPa gauge",
            Self::ReactorLevelHigh => "more than 24 m³ of liquid in the reactor",
            Self::ReactorLevelLow => "less than 2 m³ of liquid in the reactor",
            Self::ReactorTemperatureHigh => "reactor temperature above 175 °C",
            Self::SeparatorLevelHigh => "more than 12 m³ of liquid in the separator",
            Self::SeparatorLevelLow => "less than 1 m³ of liquid in the separator",
            Self::StripperLevelHigh => "more than 8 m³ of liquid in the stripper",
            Self::StripperLevelLow => "less than 1 m³ of liquid in the stripper",
        })
    }
}
