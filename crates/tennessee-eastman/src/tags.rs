//! Names, units, ranges and limits of the measurements and of the manipulated variables.
//!
//! Base values are those of the base case before noise; normal limits are those of Downs & Vogel 1993. The ranges are our
//! suggestion for a display: the flow ranges are what a fully open valve gives, the others leave room beyond the limits.

use crate::closed_loop::XMV_COUNT;
use crate::measurements::{CONTINUOUS, NOISE, XMEAS_COUNT};

/// One measurement.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// XMEAS number, 1…41.
    pub number: u8,
    /// What is measured.
    pub title: &'static str,
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
    /// Standard deviation of the noise.
    pub noise: f64,
    /// Sampling interval and dead time of an analyser, h; none for a continuous instrument.
    pub interval_h: Option<f64>,
}

/// One manipulated variable, %.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Manipulated {
    /// XMV number, 1…12.
    pub number: u8,
    /// What is moved.
    pub title: &'static str,
    /// Position in the base case, %.
    pub base: f64,
}

/// Two limits, either of which may be absent.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "the names say what they are")]
pub struct Limits {
    pub low: Option<f64>,
    pub high: Option<f64>,
}

const NONE: Limits = Limits { low: None, high: None };

const fn within(low: f64, high: f64) -> Limits {
    Limits { low: Some(low), high: Some(high) }
}

const fn below(high: f64) -> Limits {
    Limits { low: None, high: Some(high) }
}

const fn measured(number: u8, title: &'static str, unit: &'static str, base: f64, range: Limits) -> Measured {
    let index = number as usize - 1;
    let interval_h = match index {
        0..CONTINUOUS => None,
        CONTINUOUS..36 => Some(0.1),
        _ => Some(0.25),
    };
    Measured { number, title, unit, base, range, normal: NONE, trip: NONE, noise: NOISE[index], interval_h }
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

const fn manipulated(number: u8, title: &'static str, base: f64) -> Manipulated {
    Manipulated { number, title, base }
}

/// XMEAS 1…41.
pub static MEASURED: [Measured; XMEAS_COUNT] = [
    measured(1, "A feed, stream 1", "kscmh", 0.2505213924, within(0.0, 1.017)),
    measured(2, "D feed, stream 2", "kg/h", 3664.038851, within(0.0, 5811.0)),
    measured(3, "E feed, stream 3", "kg/h", 4509.268197, within(0.0, 8354.0)),
    measured(4, "A and C feed, stream 4", "kscmh", 9.347742627, within(0.0, 15.25)),
    measured(5, "Recycle, stream 8", "kscmh", 26.90248629, within(0.0, 53.0)),
    measured(6, "Reactor feed, stream 6", "kscmh", 42.33884754, within(0.0, 85.0)),
    measured(7, "Reactor pressure", "kPa gauge", 2704.999984, within(2000.0, 3100.0))
        .normal(below(2895.0))
        .trips(below(3000.0)),
    measured(8, "Reactor level", "%", 74.99999674, within(0.0, 120.0))
        .normal(within(50.0, 100.0))
        .trips(within(-2.095545223, 114.4364782)),
    measured(9, "Reactor temperature", "°C", 120.3999996, within(0.0, 180.0)).normal(below(150.0)).trips(below(175.0)),
    measured(10, "Purge, stream 9", "kscmh", 0.3371170684, within(0.0, 1.0)),
    measured(11, "Separator temperature", "°C", 80.10940399, within(0.0, 150.0)),
    measured(12, "Separator level", "%", 50.00000058, within(0.0, 140.0))
        .normal(within(30.0, 100.0))
        .trips(within(2.694655172, 136.6462069)),
    measured(13, "Separator pressure", "kPa gauge", 2633.728051, within(2000.0, 3100.0)),
    measured(14, "Separator underflow, stream 10", "m³/h", 25.16017248, within(0.0, 66.0)),
    measured(15, "Stripper level", "%", 49.99999964, within(0.0, 135.0))
        .normal(within(30.0, 100.0))
        .trips(within(-27.43482428, 130.5214058)),
    measured(16, "Stripper pressure", "kPa gauge", 3102.213059, within(2000.0, 4000.0)),
    measured(17, "Stripper underflow (product), stream 11", "m³/h", 22.9487308, within(0.0, 50.0)),
    measured(18, "Stripper temperature", "°C", 65.73102977, within(0.0, 130.0)),
    measured(19, "Stripper steam flow", "kg/h", 230.307815, within(0.0, 460.0)),
    measured(20, "Compressor work", "kW", 341.4336788, within(0.0, 700.0)),
    measured(21, "Reactor cooling-water outlet temperature", "°C", 94.59927368, within(0.0, 150.0)),
    measured(22, "Condenser cooling-water outlet temperature", "°C", 77.29698181, within(0.0, 150.0)),
    measured(23, "A in reactor feed, stream 6", "mol%", 32.18761338, within(0.0, 100.0)),
    measured(24, "B in reactor feed, stream 6", "mol%", 8.893272401, within(0.0, 100.0)),
    measured(25, "C in reactor feed, stream 6", "mol%", 26.38329003, within(0.0, 100.0)),
    measured(26, "D in reactor feed, stream 6", "mol%", 6.882011757, within(0.0, 100.0)),
    measured(27, "E in reactor feed, stream 6", "mol%", 18.77630532, within(0.0, 100.0)),
    measured(28, "F in reactor feed, stream 6", "mol%", 1.656727301, within(0.0, 100.0)),
    measured(29, "A in purge, stream 9", "mol%", 32.95753556, within(0.0, 100.0)),
    measured(30, "B in purge, stream 9", "mol%", 13.82294501, within(0.0, 100.0)),
    measured(31, "C in purge, stream 9", "mol%", 23.97814147, within(0.0, 100.0)),
    measured(32, "D in purge, stream 9", "mol%", 1.256542452, within(0.0, 100.0)),
    measured(33, "E in purge, stream 9", "mol%", 18.57927571, within(0.0, 100.0)),
    measured(34, "F in purge, stream 9", "mol%", 2.263342078, within(0.0, 100.0)),
    measured(35, "G in purge, stream 9", "mol%", 4.84364139, within(0.0, 100.0)),
    measured(36, "H in purge, stream 9", "mol%", 2.298576322, within(0.0, 100.0)),
    measured(37, "D in product, stream 11", "mol%", 0.01786552465, within(0.0, 100.0)),
    measured(38, "E in product, stream 11", "mol%", 0.8357022452, within(0.0, 100.0)),
    measured(39, "F in product, stream 11", "mol%", 0.0985769118, within(0.0, 100.0)),
    measured(40, "G in product, stream 11", "mol%", 53.72397976, within(0.0, 100.0)),
    measured(41, "H in product, stream 11", "mol%", 43.82802098, within(0.0, 100.0)),
];

/// XMV 1…12.
pub static MANIPULATED: [Manipulated; XMV_COUNT] = [
    manipulated(1, "D feed valve, stream 2", 63.05263138),
    manipulated(2, "E feed valve, stream 3", 53.97970581),
    manipulated(3, "A feed valve, stream 1", 24.6435585),
    manipulated(4, "A and C feed valve, stream 4", 61.30192184),
    manipulated(5, "Compressor recycle valve", 22.20999908),
    manipulated(6, "Purge valve, stream 9", 40.06374741),
    manipulated(7, "Separator underflow valve, stream 10", 38.1003418),
    manipulated(8, "Stripper product valve, stream 11", 46.5341568),
    manipulated(9, "Stripper steam valve", 47.44573593),
    manipulated(10, "Reactor cooling-water valve", 41.10581207),
    manipulated(11, "Condenser cooling-water valve", 18.11349106),
    manipulated(12, "Agitator speed", 50.0),
];
