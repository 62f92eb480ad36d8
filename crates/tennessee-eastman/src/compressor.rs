//! The recycle compressor with its recycle valve, flowsheet stream 8.

use crate::components::single;
use crate::feed_zone::FeedZone;
use crate::properties::molar_mass;
use crate::reactor::head;
use crate::state::VALVES;
use crate::stream::Stream;
use crate::two_phase::TwoPhase;

/// Largest mass flow, lb/h.
const LARGEST_FLOW: f64 = 280275.0;
/// How the mass flow falls with the cube of the pressure ratio, lb/h.
const FLOW_SLOPE: f64 = LARGEST_FLOW / 1.197;
/// Largest pressure ratio of the performance curve.
const LARGEST_RATIO: f64 = single(1.3);
/// Flow coefficient of the recycle valve, lb/(h·√torr) per %.
const RECYCLE_VALVE: f64 = 53.349;
/// Keeps the net flow above zero, lb/h.
const LEAST_FLOW: f64 = 1e-3;
/// 0 °C in kelvin, here in double precision.
const KELVIN: f64 = 273.15;

/// The compressor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Compressor {
    /// Work, 10⁶ Btu/h; negative when the pressures are reversed.
    pub work: f64,
    /// Net recycle to the feed zone, hotter by the work.
    pub recycle: Stream,
}

impl Compressor {
    /// The gross mass flow follows the performance curve m = 280275·(1 + (1 − π³)/1.197) of the pressure ratio π;
    /// what the recycle valve lets back is subtracted. `purge` lends its enthalpy: it leaves the same vapour.
    #[must_use]
    #[inline]
    pub(crate) fn new(separator: &TwoPhase, header: &FeedZone, purge: &Stream, valves: &[f64; VALVES]) -> Self {
        let mass = molar_mass(&separator.vapour);
        let ratio = (header.pressure / separator.pressure).clamp(1.0, LARGEST_RATIO);
        let gross = LARGEST_FLOW + FLOW_SLOPE * (1.0 - ratio * ratio * ratio);
        let rise = header.pressure - separator.pressure;
        let work = gross * (separator.temperature + KELVIN) * 1.8e-6 * 1.9872 * rise / (mass * separator.pressure);
        let back = valves[4] * RECYCLE_VALVE * head(header.pressure, separator.pressure).sqrt();
        let flow = (gross - back).max(LEAST_FLOW) / mass;
        let enthalpy = purge.enthalpy + work / flow;
        Self { work, recycle: Stream::new(flow, &separator.vapour, separator.temperature, enthalpy) }
    }
}
