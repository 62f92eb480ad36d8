//! The clock, logs, metrics and the events worth telling.

pub mod clock;

pub use clock::Clock;
