//! The Tennessee Eastman Process as a pure simulator.
//!
//! A chemical plant with a reactor, a condenser, a separator, a stripper and a gas recycle, published by Downs and
//! Vogel as a challenge to control engineers: 50 states, 41 measurements, 12 valves, 20 disturbances. Here it runs
//! under the decentralised controllers of the well-known fault-detection data sets, second by second, and reproduces
//! the public program to its last printed digit.
//!
//! ```
//! use tennessee_eastman::{Config, Idv, Plant, Xmeas};
//!
//! let mut plant = Plant::new(Config::default());
//! for record in plant.records(60)?.take(10) {
//!     println!("{} s: {} kPa", record.step, record.xmeas[Xmeas::ReactorPressure]);
//! }
//! plant.set_disturbance(Idv::ReactorWaterTemperature, true)?;
//! plant.step();
//! assert!(plant.measurements()[Xmeas::ReactorTemperature] > 120.0);
//! # Ok::<(), tennessee_eastman::OrderError>(())
//! ```
//!
//! Nothing in this crate waits, reads a clock, logs, or touches a file. Time inside is in hours, as the model has it;
//! one step is one second. Units are those of the publication: lbmol, ft³, torr, °C, 10⁶ Btu inside, metric in the
//! measurements.
//!
//! References: J. J. Downs, E. F. Vogel, *A plant-wide industrial process control problem*, Comput. Chem. Eng. 17
//! (1993) 245–255. P. R. Lyman, C. Georgakis, *Plant-wide control of the Tennessee Eastman problem*, Comput. Chem.
//! Eng. 19 (1995) 321–331. A. Bathelt, N. L. Ricker, M. Jelali, *Revision of the Tennessee Eastman process model*,
//! IFAC-PapersOnLine 48-8 (2015) 309–314. E. L. Russell, L. H. Chiang, R. D. Braatz, *Data-driven Methods for Fault Detection and
//! Diagnosis in Chemical Processes*, Springer 2000.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

// What the plant is made of
pub mod components;
pub mod properties;
pub mod state;
pub mod stream;

// Its parts, along the flow
pub mod compressor;
pub mod feed_zone;
pub mod reactor;
pub mod separator;
pub mod stripper;
pub mod two_phase;

// The plant as a whole, and what disturbs it
pub mod disturbances;
pub mod flowsheet;
pub mod splines;

// Instruments, valves, limits
pub mod added;
pub mod analysers;
pub mod cost;
pub mod measurements;
pub mod noise;
pub mod shutdown;
pub mod valves;

// What runs it
pub mod braatz;
pub mod control;
pub mod events;
pub mod fleet;
pub mod loops;
pub mod model;
pub mod modes;
pub mod plant;
pub mod revision;
pub mod samples;
pub mod snapshot;

// In words, for those who use it
pub mod tags;

pub use control::Purge;
pub use events::{Analyser, Event, EventKind, Watch};
pub use fleet::Fleet;
pub use loops::{Loop, LoopMode, Moves};
pub use measurements::XMEAS_COUNT;
pub use model::derivatives;
pub use modes::Mode;
pub use plant::{Config, OrderError, Plant, Record, Records, SEED_BRAATZ, SEED_DOWNS_VOGEL};
pub use revision::{ORIGINAL_IDV_COUNT, Revised, Revision};
pub use samples::{Sample, Samples};
pub use shutdown::Shutdown;
pub use snapshot::SnapshotError;
pub use tags::{
    DisturbanceKind, IDV_COUNT, Idv, Limits, Measured, Measurements, Positions, UnknownTag, XMV_COUNT, Xmeas, Xmv,
};
