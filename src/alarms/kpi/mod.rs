//! How well the alarm system serves its operators (ISA-18.2, IEC 62682, EEMUA 191), per console.
//!
//! A [`Tally`] is fed journal rows one at a time, in order, and remembers hours, not rows; [`Tally::report`] draws the board
//! from it. Fed with the rows of an interval it gives the same board as one that has followed the plant all along: so the live
//! board and a question about last month are one code, and a test compares both with the words of the specification.
//!
//! Everything is counted in wall time: these are figures about people.

mod hour;
mod level;
mod nuisance;
mod report;
mod rows;
mod tally;

#[cfg(test)]
mod naive;
#[cfg(test)]
mod tests;

pub use level::EemuaLevel;
pub use nuisance::{Nuisances, RedundantPair};
pub use report::{KpiReport, Period, Standing};
pub use rows::{KpiKey, KpiRow, KpiVerdict};
pub use tally::{KPI_WINDOW, RUN_UP, Tally};
