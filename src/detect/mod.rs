//! Charts that turn samples into verdicts; pure, with time passed in.

pub mod condition;
mod confirmation;
pub mod evaluation;
pub mod limit;
pub mod multivariate;
mod on_delay;
pub mod quality;
mod rate;
mod report;
#[cfg(test)]
mod sample_plant;
mod sampler;
pub mod score;
pub mod training_data;

pub use condition::{ConditionChange, ConditionChart, Reading};
pub use limit::{LimitChange, LimitChart};
pub use on_delay::{OnDelay, Side};
pub use report::VerdictReporter;
pub use sampler::{Due, Picked, Sampler, Thinning};
pub use training_data::{Run, TrainingData, TrainingDataError};
