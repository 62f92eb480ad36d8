//! Charts that turn samples into verdicts; pure, with time passed in.

mod confirmation;
mod distributions;
pub mod limit;
pub mod pca;
pub mod quality;
mod report;
mod sampler;
pub mod score;
pub mod training_data;

pub use limit::{LimitChange, LimitChart};
pub use report::VerdictReporter;
pub use training_data::{Run, TrainingData, TrainingDataError};
