//! Logs: readable lines for people, or one JSON object a line for collectors.

use std::io::IsTerminal;

use thiserror::Error;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;
use tracing_subscriber::util::TryInitError;

/// Why logs cannot be written as configured.
#[derive(Debug, Error)]
pub enum LoggingError {
    /// The filter makes no sense.
    #[error("configuration key `telemetry.log`: `{filter}` is not a log filter")]
    Filter {
        /// As configured.
        filter: String,
        /// Why.
        source: ParseError,
    },
    /// Somebody has set up logs before.
    #[error("logs were set up twice")]
    Twice(#[source] TryInitError),
}

/// For whom the lines of the log are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lines {
    /// For people.
    Text,
    /// For collectors: one JSON object a line.
    Json,
}

/// Starts writing logs to standard error; standard output belongs to what a person asked for.
///
/// # Errors
/// When the filter makes no sense or logs were set up before.
pub fn init(filter: &str, lines: Lines) -> Result<(), LoggingError> {
    use tracing_subscriber::util::SubscriberInitExt;
    let filter =
        EnvFilter::try_new(filter).map_err(|source| LoggingError::Filter { filter: filter.to_owned(), source })?;
    let colours = std::io::stderr().is_terminal();
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours).with_writer(std::io::stderr);
    match lines {
        Lines::Text => builder.with_target(false).finish().try_init(),
        Lines::Json => builder.json().flatten_event(true).finish().try_init(),
    }
    .map_err(LoggingError::Twice)
}
