//! The clock, logs, metrics and the events worth telling.

pub mod clock;
pub mod events;
mod logging;
mod recorder;

pub use clock::Clock;
pub use logging::{Lines, LoggingError, init as init_logging};
pub use recorder::{Metrics, RecorderError};
