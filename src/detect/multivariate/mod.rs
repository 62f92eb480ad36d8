//! Multivariate charts of one make: principal components with and without lags, canonical variates, innovations of an
//! autoregression, and what a network trained elsewhere cannot reconstruct.
//!
//! They differ in what they are fitted to only. In operation each is a matrix times a window of rows ([`lens`]), then sums
//! of squares, plain or smoothed ([`gauge`]). So one implementation streams and scores in batch, allocates nothing per
//! sample, and knows each tag's part of every statistic. The equations are in `docs/detectors/`.

mod calibrate;
mod drift;
mod fit;
mod folds;
mod gauge;
mod lens;
mod limits;
mod method;
mod model;
mod moments;
mod network;
mod record;
mod rows;
mod scorer;
mod stillness;
#[cfg(test)]
mod tests;
mod train;
mod watch;

pub use calibrate::calibrate;
pub use drift::{DriftWatch, Usual};
pub use gauge::Smoothing;
pub use method::Method;
pub use model::{ChartModel, ChartSettings, ModelledChart};
pub use network::{Network, NetworkError, tags_of_network};
pub use record::{HeldOut, ModelError, TrainingRecord};
pub use rows::{Progress, TrainError};
pub use scorer::Scorer;
pub use train::{train, train_with_advice};
pub use watch::{ModelChart, Reading};
