//! The nineteen control loops by name: what each measures and moves, and who runs it.

use core::fmt;
use core::str::FromStr;

use crate::tags::{UnknownTag, Xmeas, Xmv};

/// A control loop. The published numbers run to 20; there is no loop 12.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Loop {
    /// Loop 1: D feed, by valve 1.
    DFeed = 1,
    /// Loop 2: E feed, by valve 2.
    EFeed = 2,
    /// Loop 3: A feed, by valve 3.
    AFeed = 3,
    /// Loop 4: A and C feed, by valve 4.
    AcFeed = 4,
    /// Loop 5: recycle flow, by valve 5.
    Recycle = 5,
    /// Loop 6: purge, by valve 6. The pressure override belongs to it.
    Purge = 6,
    /// Loop 7: separator level, by valve 7.
    SeparatorLevel = 7,
    /// Loop 8: stripper level, by valve 8.
    StripperLevel = 8,
    /// Loop 9: steam to the stripper, by valve 9.
    StripperSteam = 9,
    /// Loop 10: cooling-water outlet of the reactor, by valve 10.
    ReactorWaterOutlet = 10,
    /// Loop 11: product flow, by the condenser's cooling water, valve 11.
    StripperUnderflow = 11,
    /// Loop 13: A in the reactor feed, by the set point of loop 3.
    FeedA = 13,
    /// Loop 14: D in the reactor feed, by the set point of loop 1.
    FeedD = 14,
    /// Loop 15: E in the reactor feed, by the set point of loop 2.
    FeedE = 15,
    /// Loop 16: stripper temperature, by the set point of loop 9.
    StripperTemperature = 16,
    /// Loop 17: reactor level, by the set point of loop 4.
    ReactorLevel = 17,
    /// Loop 18: reactor temperature, by the set point of loop 10.
    ReactorTemperature = 18,
    /// Loop 19: B in the purge, by the set point of loop 6.
    PurgeB = 19,
    /// Loop 20: E in the product, by the set point of loop 16.
    ProductE = 20,
}

/// What a loop moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moves {
    /// A valve.
    Valve(Xmv),
    /// The set point of an inner loop.
    Setpoint(Loop),
}

/// Who runs a loop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LoopMode {
    /// Its controller.
    #[default]
    Automatic,
    /// The operator: the controller watches its error and moves nothing.
    Manual,
}

impl Loop {
    /// All loops, in the order of their numbers.
    pub const ALL: [Self; 19] = [
        Self::DFeed,
        Self::EFeed,
        Self::AFeed,
        Self::AcFeed,
        Self::Recycle,
        Self::Purge,
        Self::SeparatorLevel,
        Self::StripperLevel,
        Self::StripperSteam,
        Self::ReactorWaterOutlet,
        Self::StripperUnderflow,
        Self::FeedA,
        Self::FeedD,
        Self::FeedE,
        Self::StripperTemperature,
        Self::ReactorLevel,
        Self::ReactorTemperature,
        Self::PurgeB,
        Self::ProductE,
    ];

    /// The published number, 1…11 or 13…20.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }

    pub(crate) const fn index(self) -> usize {
        self as usize - 1
    }

    /// What it controls. The unit of its set point is that of this measurement.
    #[must_use]
    pub const fn measurement(self) -> Xmeas {
        match self {
            Self::DFeed => Xmeas::DFeed,
            Self::EFeed => Xmeas::EFeed,
            Self::AFeed => Xmeas::AFeed,
            Self::AcFeed => Xmeas::AcFeed,
            Self::Recycle => Xmeas::Recycle,
            Self::Purge => Xmeas::Purge,
            Self::SeparatorLevel => Xmeas::SeparatorLevel,
            Self::StripperLevel => Xmeas::StripperLevel,
            Self::StripperSteam => Xmeas::StripperSteam,
            Self::ReactorWaterOutlet => Xmeas::ReactorWaterOutlet,
            Self::StripperUnderflow => Xmeas::StripperUnderflow,
            Self::FeedA => Xmeas::FeedA,
            Self::FeedD => Xmeas::FeedD,
            Self::FeedE => Xmeas::FeedE,
            Self::StripperTemperature => Xmeas::StripperTemperature,
            Self::ReactorLevel => Xmeas::ReactorLevel,
            Self::ReactorTemperature => Xmeas::ReactorTemperature,
            Self::PurgeB => Xmeas::PurgeB,
            Self::ProductE => Xmeas::ProductE,
        }
    }

    /// What it moves.
    #[must_use]
    pub const fn moves(self) -> Moves {
        match self {
            Self::DFeed => Moves::Valve(Xmv::DFeed),
            Self::EFeed => Moves::Valve(Xmv::EFeed),
            Self::AFeed => Moves::Valve(Xmv::AFeed),
            Self::AcFeed => Moves::Valve(Xmv::AcFeed),
            Self::Recycle => Moves::Valve(Xmv::CompressorRecycle),
            Self::Purge => Moves::Valve(Xmv::Purge),
            Self::SeparatorLevel => Moves::Valve(Xmv::SeparatorUnderflow),
            Self::StripperLevel => Moves::Valve(Xmv::StripperProduct),
            Self::StripperSteam => Moves::Valve(Xmv::StripperSteam),
            Self::ReactorWaterOutlet => Moves::Valve(Xmv::ReactorWater),
            Self::StripperUnderflow => Moves::Valve(Xmv::CondenserWater),
            Self::FeedA => Moves::Setpoint(Self::AFeed),
            Self::FeedD => Moves::Setpoint(Self::DFeed),
            Self::FeedE => Moves::Setpoint(Self::EFeed),
            Self::StripperTemperature => Moves::Setpoint(Self::StripperSteam),
            Self::ReactorLevel => Moves::Setpoint(Self::AcFeed),
            Self::ReactorTemperature => Moves::Setpoint(Self::ReactorWaterOutlet),
            Self::PurgeB => Moves::Setpoint(Self::Purge),
            Self::ProductE => Moves::Setpoint(Self::StripperTemperature),
        }
    }

    /// The loop that moves its set point, if there is one.
    #[must_use]
    pub fn outer(self) -> Option<Self> {
        Self::ALL.into_iter().find(|outer| outer.moves() == Moves::Setpoint(self))
    }

    /// The loop that moves a valve; none moves the agitator.
    #[must_use]
    pub fn of_valve(xmv: Xmv) -> Option<Self> {
        Self::ALL.into_iter().find(|inner| inner.moves() == Moves::Valve(xmv))
    }

    fn unknown(found: impl fmt::Display) -> UnknownTag {
        UnknownTag { what: "loop", found: found.to_string(), known: "LOOP_1 to LOOP_11 and LOOP_13 to LOOP_20" }
    }
}

impl TryFrom<u8> for Loop {
    type Error = UnknownTag;

    fn try_from(number: u8) -> Result<Self, UnknownTag> {
        Self::ALL.into_iter().find(|one| one.number() == number).ok_or_else(|| Self::unknown(number))
    }
}

impl fmt::Display for Loop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LOOP_{}", self.number())
    }
}

impl FromStr for Loop {
    type Err = UnknownTag;

    fn from_str(name: &str) -> Result<Self, UnknownTag> {
        let number = name.strip_prefix("LOOP_").and_then(|number| number.parse::<u8>().ok());
        let found = number.and_then(|number| Self::try_from(number).ok());
        found.ok_or_else(|| Self::unknown(format_args!("`{name}`")))
    }
}
