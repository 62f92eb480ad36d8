//! The Tennessee Eastman Process as a pure simulator.
//!
//! A chemical plant with a reactor, a condenser, a separator, a stripper and a gas recycle, published by Downs and
//! Vogel as a challenge to control engineers: 50 states, 41 measurements, 12 valves, 20 disturbances. Here it runs
//! under the decentralised controllers of the well-known fault-detection data sets, second by second, and reproduces
//! the public program to its last printed digit.
//!
//! ```
//! use tennessee_eastman::{Options, Simulator};
//!
//! let mut plant = Simulator::new(Options::default());
//! for _ in 0..60 {
//!     plant.step();
//! }
//! plant.set_disturbance(4, true)?;
//! let record = plant.step();
//! assert_eq!(record.step, 61);
//! # Ok::<(), tennessee_eastman::UnknownDisturbance>(())
//! ```
//!
//! Nothing in this crate waits, reads a clock, logs, or touches a file. Time inside is in hours, as the model has it;
//! one step is one second. Units are those of the publication: lbmol, ft³, torr, °C, 10⁶ Btu inside, metric in the
//! measurements.
//!
//! References: J. J. Downs, E. F. Vogel, *A plant-wide industrial process control problem*, Comput. Chem. Eng. 17
//! (1993) 245–255. P. R. Lyman, C. Georgakis, *Plant-wide control of the Tennessee Eastman problem*, Comput. Chem.
//! Eng. 19 (1995) 321–331. E. L. Russell, L. H. Chiang, R. D. Braatz, *Data-driven Methods for Fault Detection and
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
pub mod analysers;
pub mod measurements;
pub mod noise;
pub mod shutdown;
pub mod valves;

// What runs it
pub mod closed_loop;
pub mod control;
pub mod model;
pub mod snapshot;

// In words, for those who use it
pub mod catalogue;
pub mod tags;

pub use catalogue::{Disturbance, DisturbanceKind, disturbances_catalogue};
pub use closed_loop::{Options, Record, SEED_BRAATZ, SEED_DOWNS_VOGEL, Simulator, ValveError, XMV_COUNT};
pub use disturbances::{IDV_COUNT, UnknownDisturbance};
pub use measurements::XMEAS_COUNT;
pub use model::derivatives;
pub use shutdown::Shutdown;
pub use snapshot::SnapshotError;
