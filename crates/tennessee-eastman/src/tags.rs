//! The names of measurements, manipulated variables and disturbances, and what there is to know about each.
//!
//! Base values are those of the base case before noise; normal limits are those of Downs & Vogel 1993. The ranges are our
//! suggestion for a display: the flow ranges are what a fully open valve gives, the others leave room beyond the limits.

use core::fmt;
use core::ops::{Index, IndexMut};
use core::str::FromStr;

use crate::measurements::{CONTINUOUS, NOISE, XMEAS_COUNT};
use crate::state::VALVES;

/// How many manipulated variables there are.
pub const XMV_COUNT: usize = VALVES;
/// How many disturbances there are in all. The original model has the first twenty.
pub const IDV_COUNT: usize = 28;

/// There is no such measurement, manipulated variable, disturbance or loop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownTag {
    /// What was looked for: `measurement`, `valve`, `disturbance`, `loop`.
    pub what: &'static str,
    /// What was found instead: a number or a name.
    pub found: String,
    /// How they are called.
    pub known: &'static str,
}

impl fmt::Display for UnknownTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no {} {}; they are {}", self.what, self.found, self.known)
    }
}

impl core::error::Error for UnknownTag {}

/// An enumeration numbered from one, its table, and the ways from number and name to it.
macro_rules! numbered {
    (
        $(#[$meta:meta])* $name:ident: $what:literal, $prefix:literal, $known:literal;
        $(#[$table_meta:meta])* $table:ident: [$about:ty; $count:expr] {
            $($variant:ident, $title:literal => $row:expr,)*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum $name {
            $(#[doc = concat!($title, ".")] $variant,)*
        }

        impl $name {
            /// All of them, in the order of their numbers.
            pub const ALL: [Self; $count] = [$(Self::$variant,)*];

            /// The published number, from 1.
            #[must_use]
            pub const fn number(self) -> u8 {
                self as u8 + 1
            }

            /// Where its number stands in an array of all: one less than [`Self::number`].
            #[must_use]
            pub const fn index(self) -> usize {
                self as usize
            }

            /// In words.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self {
                    $(Self::$variant => $title,)*
                }
            }

            fn unknown(found: impl fmt::Display) -> UnknownTag {
                UnknownTag { what: $what, found: found.to_string(), known: $known }
            }
        }

        impl TryFrom<u8> for $name {
            type Error = UnknownTag;

            fn try_from(number: u8) -> Result<Self, UnknownTag> {
                let index = usize::from(number).checked_sub(1);
                index.and_then(|index| Self::ALL.get(index)).copied().ok_or_else(|| Self::unknown(number))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), self.number())
            }
        }

        impl FromStr for $name {
            type Err = UnknownTag;

            fn from_str(name: &str) -> Result<Self, UnknownTag> {
                let number = name.strip_prefix($prefix).and_then(|number| number.parse::<u8>().ok());
                let found = number.and_then(|number| Self::try_from(number).ok());
                found.ok_or_else(|| Self::unknown(format_args!("`{name}`")))
            }
        }

        $(#[$table_meta])*
        static $table: [$about; $count] = [$($row,)*];
    };
}

/// What there is to know about a measurement.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// Unit of measure; `kscmh` is thousand standard cubic metres per hour.
    pub unit: &'static str,
    /// Value in the base case.
    pub base: f64,
    /// Suggested range of a display.
    pub range: Limits,
    /// Where the process should stay.
    pub normal: Limits,
    /// Where the plant trips.
    pub trip: Limits,
}

/// Two limits, either of which may be absent.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "the names say what they are")]
pub struct Limits {
    pub low: Option<f64>,
    pub high: Option<f64>,
}

impl Limits {
    /// Is a value within them? No number never is.
    #[must_use]
    pub fn contains(&self, value: f64) -> bool {
        value.is_finite() && self.low.is_none_or(|low| value >= low) && self.high.is_none_or(|high| value <= high)
    }
}

const NONE: Limits = Limits { low: None, high: None };

const fn within(low: f64, high: f64) -> Limits {
    Limits { low: Some(low), high: Some(high) }
}

const fn below(high: f64) -> Limits {
    Limits { low: None, high: Some(high) }
}

const fn measured(unit: &'static str, base: f64, range: Limits) -> Measured {
    Measured { unit, base, range, normal: NONE, trip: NONE }
}

impl Measured {
    const fn normal(mut self, limits: Limits) -> Self {
        self.normal = limits;
        self
    }

    const fn trips(mut self, limits: Limits) -> Self {
        self.trip = limits;
        self
    }
}

numbered! {
    /// A measurement, XMEAS 1…41.
    Xmeas: "measurement", "XMEAS_", "XMEAS_1 to XMEAS_41";
    MEASURED: [Measured; XMEAS_COUNT] {
        AFeed, "A feed, stream 1" => measured("kscmh", 0.2505213924, within(0.0, 1.017)),
        DFeed, "D feed, stream 2" => measured("kg/h", 3664.038851, within(0.0, 5811.0)),
        EFeed, "E feed, stream 3" => measured("kg/h", 4509.268197, within(0.0, 8354.0)),
        AcFeed, "A and C feed, stream 4" => measured("kscmh", 9.347742627, within(0.0, 15.25)),
        Recycle, "Recycle, stream 8" => measured("kscmh", 26.90248629, within(0.0, 53.0)),
        ReactorFeed, "Reactor feed, stream 6" => measured("kscmh", 42.33884754, within(0.0, 85.0)),
        ReactorPressure, "Reactor pressure" => measured("kPa gauge", 2704.999984, within(2000.0, 3100.0)).normal(below(2895.0)).trips(below(3000.0)),
        ReactorLevel, "Reactor level" => measured("%", 74.99999674, within(0.0, 120.0)).normal(within(50.0, 100.0)).trips(within(-2.095545223, 114.4364782)),
        ReactorTemperature, "Reactor temperature" => measured("°C", 120.3999996, within(0.0, 180.0)).normal(below(150.0)).trips(below(175.0)),
        Purge, "Purge, stream 9" => measured("kscmh", 0.3371170684, within(0.0, 1.0)),
        SeparatorTemperature, "Separator temperature" => measured("°C", 80.10940399, within(0.0, 150.0)),
        SeparatorLevel, "Separator level" => measured("%", 50.00000058, within(0.0, 140.0)).normal(within(30.0, 100.0)).trips(within(2.694655172, 136.6462069)),
        SeparatorPressure, "Separator pressure" => measured("kPa gauge", 2633.728051, within(2000.0, 3100.0)),
        SeparatorUnderflow, "Separator underflow, stream 10" => measured("m³/h", 25.16017248, within(0.0, 66.0)),
        StripperLevel, "Stripper level" => measured("%", 49.99999964, within(0.0, 135.0)).normal(within(30.0, 100.0)).trips(within(-27.43482428, 130.5214058)),
        StripperPressure, "Stripper pressure" => measured("kPa gauge", 3102.213059, within(2000.0, 4000.0)),
        StripperUnderflow, "Stripper underflow (product), stream 11" => measured("m³/h", 22.9487308, within(0.0, 50.0)),
        StripperTemperature, "Stripper temperature" => measured("°C", 65.73102977, within(0.0, 130.0)),
        StripperSteam, "Stripper steam flow" => measured("kg/h", 230.307815, within(0.0, 460.0)),
        CompressorWork, "Compressor work" => measured("kW", 341.4336788, within(0.0, 700.0)),
        ReactorWaterOutlet, "Reactor cooling-water outlet temperature" => measured("°C", 94.59927368, within(0.0, 150.0)),
        CondenserWaterOutlet, "Condenser cooling-water outlet temperature" => measured("°C", 77.29698181, within(0.0, 150.0)),
        FeedA, "A in reactor feed, stream 6" => measured("mol%", 32.18761338, within(0.0, 100.0)),
        FeedB, "B in reactor feed, stream 6" => measured("mol%", 8.893272401, within(0.0, 100.0)),
        FeedC, "C in reactor feed, stream 6" => measured("mol%", 26.38329003, within(0.0, 100.0)),
        FeedD, "D in reactor feed, stream 6" => measured("mol%", 6.882011757, within(0.0, 100.0)),
        FeedE, "E in reactor feed, stream 6" => measured("mol%", 18.77630532, within(0.0, 100.0)),
        FeedF, "F in reactor feed, stream 6" => measured("mol%", 1.656727301, within(0.0, 100.0)),
        PurgeA, "A in purge, stream 9" => measured("mol%", 32.95753556, within(0.0, 100.0)),
        PurgeB, "B in purge, stream 9" => measured("mol%", 13.82294501, within(0.0, 100.0)),
        PurgeC, "C in purge, stream 9" => measured("mol%", 23.97814147, within(0.0, 100.0)),
        PurgeD, "D in purge, stream 9" => measured("mol%", 1.256542452, within(0.0, 100.0)),
        PurgeE, "E in purge, stream 9" => measured("mol%", 18.57927571, within(0.0, 100.0)),
        PurgeF, "F in purge, stream 9" => measured("mol%", 2.263342078, within(0.0, 100.0)),
        PurgeG, "G in purge, stream 9" => measured("mol%", 4.84364139, within(0.0, 100.0)),
        PurgeH, "H in purge, stream 9" => measured("mol%", 2.298576322, within(0.0, 100.0)),
        ProductD, "D in product, stream 11" => measured("mol%", 0.01786552465, within(0.0, 100.0)),
        ProductE, "E in product, stream 11" => measured("mol%", 0.8357022452, within(0.0, 100.0)),
        ProductF, "F in product, stream 11" => measured("mol%", 0.0985769118, within(0.0, 100.0)),
        ProductG, "G in product, stream 11" => measured("mol%", 53.72397976, within(0.0, 100.0)),
        ProductH, "H in product, stream 11" => measured("mol%", 43.82802098, within(0.0, 100.0)),
    }
}

impl Xmeas {
    /// Unit, base value, ranges and limits.
    #[must_use]
    pub fn about(self) -> &'static Measured {
        &MEASURED[self.index()]
    }

    /// Unit of measure.
    #[must_use]
    pub fn unit(self) -> &'static str {
        self.about().unit
    }

    /// Standard deviation of the noise, in its unit.
    #[must_use]
    pub fn noise(self) -> f64 {
        NOISE[self.index()]
    }

    /// Sampling interval and dead time of an analyser, h; none for a continuous instrument.
    #[must_use]
    pub fn interval_h(self) -> Option<f64> {
        match self.index() {
            0..CONTINUOUS => None,
            CONTINUOUS..36 => Some(0.1),
            _ => Some(0.25),
        }
    }
}

numbered! {
    /// A manipulated variable, XMV 1…12, in %.
    Xmv: "valve", "XMV_", "XMV_1 to XMV_12";
    /// Positions in the base case, %.
    MANIPULATED: [f64; XMV_COUNT] {
        DFeed, "D feed valve, stream 2" => 63.05263138,
        EFeed, "E feed valve, stream 3" => 53.97970581,
        AFeed, "A feed valve, stream 1" => 24.6435585,
        AcFeed, "A and C feed valve, stream 4" => 61.30192184,
        CompressorRecycle, "Compressor recycle valve" => 22.20999908,
        Purge, "Purge valve, stream 9" => 40.06374741,
        SeparatorUnderflow, "Separator underflow valve, stream 10" => 38.1003418,
        StripperProduct, "Stripper product valve, stream 11" => 46.5341568,
        StripperSteam, "Stripper steam valve" => 47.44573593,
        ReactorWater, "Reactor cooling-water valve" => 41.10581207,
        CondenserWater, "Condenser cooling-water valve" => 18.11349106,
        Agitator, "Agitator speed" => 50.0,
    }
}

impl Xmv {
    /// Unit of measure.
    pub const UNIT: &'static str = "%";

    /// Position in the base case, %.
    #[must_use]
    pub fn base(self) -> f64 {
        MANIPULATED[self.index()]
    }
}

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

/// What there is to know about a disturbance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Disturbance {
    kind: DisturbanceKind,
    effect: &'static str,
}

const fn about(kind: DisturbanceKind, effect: &'static str) -> Disturbance {
    Disturbance { kind, effect }
}

use DisturbanceKind::{Drift, Pulses, Random, Step, Sticking};

numbered! {
    /// A disturbance, IDV 1…28. The original model has the first twenty, the revised one of 2015 all of them.
    Idv: "disturbance", "IDV_", "numbered 1 to 28";
    DISTURBANCES: [Disturbance; IDV_COUNT] {
        AcRatio, "A/C ratio of the A+C feed" => about(
            Step,
            "Stream 4 brings 3 mol% less A and as much more C, while B stays. The controllers make up for \
             the A with the A feed, which climbs to about three times its normal flow.",
        ),
        BComposition, "B in the A+C feed" => about(
            Step,
            "Stream 4 brings twice as much inert B (1.0 instead of 0.5 mol%) at an unchanged ratio of A \
             to C. B can leave only by the purge, which has to open wide.",
        ),
        DFeedTemperature, "D feed temperature" => about(
            Step,
            "The D feed arrives 5 °C warmer. The heat is so small against that of the reactor that \
             nothing visible moves.",
        ),
        ReactorWaterTemperature, "Reactor cooling-water temperature" => about(
            Step,
            "The reactor's cooling water arrives at 40 instead of 35 °C. The cooling valve opens within \
             minutes and holds the reactor temperature; afterwards only the valve position tells.",
        ),
        CondenserWaterTemperature, "Condenser cooling-water temperature" => about(
            Step,
            "The condenser's cooling water arrives at 45 instead of 40 °C. Separator temperature and \
             pressures are upset for hours until the condenser valve has opened enough; the cause \
             remains.",
        ),
        AFeedLoss, "A feed lost" => about(
            Step,
            "Stream 1 stops. Its valve opens fully without effect, A runs short, the reactions slow down, \
             pressure builds up, and the plant usually trips within hours.",
        ),
        AcHeaderPressure, "A+C header pressure" => about(
            Step,
            "Stream 4 delivers a fifth less at the same valve position. The valve opens until the flow is \
             restored, at the cost of its margin.",
        ),
        AcComposition, "Composition of the A+C feed" => about(
            Random,
            "A, B and C in stream 4 wander. Pressures and the purge follow the changing balance of \
             reactants and inerts.",
        ),
        DFeedTemperatureRandom, "D feed temperature" => about(
            Random,
            "The temperature of the D feed wanders by up to 10 °C. As with its step, hardly anything \
             notices.",
        ),
        AcFeedTemperatureRandom, "C feed temperature" => about(
            Random,
            "The temperature of stream 4 wanders by up to 10 °C. It enters at the bottom of the stripper, \
             so the stripper temperature and with it the steam flow are restless.",
        ),
        ReactorWaterTemperatureRandom, "Reactor cooling-water temperature" => about(
            Random,
            "The inlet of the reactor's cooling water wanders by up to 10 °C. The cooling valve swings to \
             follow and the reactor temperature is less steady.",
        ),
        CondenserWaterTemperatureRandom, "Condenser cooling-water temperature" => about(
            Random,
            "The inlet of the condenser's cooling water wanders by up to 10 °C. Condensation, separator \
             temperature, pressures and recycle all swing with it.",
        ),
        Kinetics, "Reaction kinetics" => about(
            Drift,
            "The rate constants of both product reactions drift by up to a quarter over hours. Heat \
             release, pressures and the split of the products move slowly together.",
        ),
        ReactorWaterValve, "Reactor cooling-water valve" => about(
            Sticking,
            "The valve ignores commands within 2 % of the last one it obeyed. The reactor temperature \
             loop hunts in a limit cycle.",
        ),
        CondenserWaterValve, "Condenser cooling-water valve" => about(
            Sticking,
            "The valve ignores commands within 2 % of the last one it obeyed. The condenser is so slow \
             that the measurements barely show it.",
        ),
        SteamTransfer, "Stripper steam heat transfer" => about(
            Random,
            "The heat transfer from the steam in the stripper wanders by up to a quarter. Stripper \
             temperature and steam flow move; the steam valve works against it. The publication does not \
             name this fault.",
        ),
        ReactorFouling, "Reactor heat transfer" => about(
            Pulses,
            "The cooling coil fouls over hours, losing up to 35 % of its heat transfer, and suddenly \
             recovers. The cooling-water outlet turns colder while its valve opens. The publication does \
             not name this fault.",
        ),
        CondenserFouling, "Condenser heat transfer" => about(
            Pulses,
            "The condenser fouls over hours, losing up to 25 % of its heat transfer, and suddenly \
             recovers. Less condenses, the pressure swings ever wider, and the plant may trip. The \
             publication does not name this fault.",
        ),
        ManyValves, "Recycle, separator, stripper and steam valves" => about(
            Sticking,
            "Valves 5, 7, 8 and 9 ignore commands within 2 % of the last one they obeyed. Several loops \
             are restless at once, the recycle flow most. The publication does not name this fault.",
        ),
        EffluentBlockage, "Reactor effluent flow" => about(
            Pulses,
            "The line from reactor to condenser blocks over hours, losing up to a quarter of its flow, \
             and suddenly clears. The pressure difference between reactor and separator grows. The \
             publication does not name this fault.",
        ),
        AFeedTemperatureRandom, "A feed temperature" => about(
            Random,
            "The temperature of the A feed wanders by up to 10 °C. The stream is small, so hardly \
             anything notices.",
        ),
        EFeedTemperatureRandom, "E feed temperature" => about(
            Random,
            "The temperature of the E feed wanders by up to 10 °C.",
        ),
        AFeedPressure, "A feed pressure" => about(
            Random,
            "The supply pressure of the A feed wanders, and with it the flow at a given valve position, \
             by up to 5 %.",
        ),
        DFeedPressure, "D feed pressure" => about(
            Random,
            "The supply pressure of the D feed wanders, and with it the flow at a given valve position, \
             by up to 5 %.",
        ),
        EFeedPressure, "E feed pressure" => about(
            Random,
            "The supply pressure of the E feed wanders, and with it the flow at a given valve position, \
             by up to 5 %.",
        ),
        AcFeedPressure, "A+C feed pressure" => about(
            Random,
            "The supply pressure of stream 4 wanders, and with it the flow at a given valve position, by \
             up to 5 %.",
        ),
        ReactorWaterPressure, "Reactor cooling-water pressure" => about(
            Random,
            "The supply pressure of the reactor's cooling water wanders within minutes, and with it the \
             flow, by up to 5 %.",
        ),
        CondenserWaterPressure, "Condenser cooling-water pressure" => about(
            Random,
            "The supply pressure of the condenser's cooling water wanders within minutes, and with it the \
             flow, by up to 5 %.",
        ),
    }
}

impl Idv {
    /// How it develops.
    #[must_use]
    pub fn kind(self) -> DisturbanceKind {
        DISTURBANCES[self.index()].kind
    }

    /// What it does physically.
    #[must_use]
    pub fn effect(self) -> &'static str {
        DISTURBANCES[self.index()].effect
    }
}

/// Values under the names of their tags; `values[tag]` is one of them.
macro_rules! labelled {
    ($(#[$meta:meta])* $name:ident, $tag:ident, $count:expr) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq)]
        pub struct $name(pub [f64; $count]);

        impl $name {
            /// All values, in the order of the numbers.
            #[must_use]
            pub const fn values(&self) -> &[f64; $count] {
                &self.0
            }

            /// All values, in the order of the numbers.
            pub fn iter(&self) -> core::slice::Iter<'_, f64> {
                self.0.iter()
            }
        }

        impl Index<$tag> for $name {
            type Output = f64;

            fn index(&self, tag: $tag) -> &f64 {
                &self.0[tag.index()]
            }
        }

        impl IndexMut<$tag> for $name {
            fn index_mut(&mut self, tag: $tag) -> &mut f64 {
                &mut self.0[tag.index()]
            }
        }

        impl<'a> IntoIterator for &'a $name {
            type Item = &'a f64;
            type IntoIter = core::slice::Iter<'a, f64>;

            fn into_iter(self) -> Self::IntoIter {
                self.iter()
            }
        }
    };
}

labelled! {
    /// XMEAS 1…41, in the units of [`Xmeas::unit`].
    Measurements, Xmeas, XMEAS_COUNT
}

labelled! {
    /// XMV 1…12, %.
    Positions, Xmv, XMV_COUNT
}
