//! Principal component analysis with the charts T² and SPE (Jackson & Mudholkar 1979; MacGregor & Kourti 1995).
//!
//! [`train`] makes a [`PcaModel`] from normal operation, [`PcaChart`] watches a plant with it, [`PcaScorer`] scores rows
//! in batch. The equations are in `docs/detectors/pca.md`.

mod chart;
mod held_out;
mod limits;
mod model;
mod projection;
#[cfg(test)]
pub(in crate::detect) mod sample_plant;
mod scorer;
mod train;

pub use chart::{PcaChart, Reading};
pub use limits::PcaLimits;
pub use model::{HeldOut, ModelError, PcaModel, TrainingRecord};
pub use projection::Statistics;
pub use scorer::PcaScorer;
pub use train::{PcaSettings, Progress, TrainError, train};
pub(in crate::detect) use train::{check_rows, refuse_constant_tags};
