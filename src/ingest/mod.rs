//! Where samples come from: one trait, and the sources that keep it.
//!
//! A source produces the next scan of plant time when it is asked; how fast it is asked, and by which clock, is the
//! business of whoever asks ([`Pacer`] tells how many scans are due).

pub mod checkpoint;
pub mod kept_runs;
pub mod pacer;
pub mod replay;
pub mod run_file;
pub mod simulator;
pub mod source;
pub mod training;

pub use checkpoint::CheckpointError;
pub use kept_runs::KeptRuns;
pub use pacer::Pacer;
pub use replay::{Replay, TableError};
pub use run_file::RunFile;
pub use simulator::SimulatedPlant;
pub use source::{Next, RawScan, Source, SourceError, SourceOrder, SourceStatus, Sources, open};
pub use training::{NormalFile, NormalRun, normal_file, normal_operation};
