//! Takes a PDF apart, in a process of its own: from standard input to standard output, within limits that it sets itself.

use rustix::process::{Resource, Rlimit, setrlimit};

use super::Failure;
use crate::retrieval::{PDF_CPU_SECONDS, PDF_MEMORY_BYTES, take_apart};

/// Does it. Whoever has started it reads the answer; when a limit is reached the system ends this process.
///
/// # Errors
/// When the limits cannot be set, or nobody listens.
pub fn run() -> Result<(), Failure> {
    let limit = |most| Rlimit { current: Some(most), maximum: Some(most) };
    setrlimit(Resource::Cpu, limit(PDF_CPU_SECONDS)).map_err(anyhow::Error::from)?;
    setrlimit(Resource::As, limit(PDF_MEMORY_BYTES)).map_err(anyhow::Error::from)?;
    setrlimit(Resource::Core, limit(0)).map_err(anyhow::Error::from)?;
    // A document may be nested deeper than a thread of usual size can follow; deeper than this it is ended.
    let reading = std::thread::Builder::new().stack_size(64 << 20);
    let reading = reading.spawn(|| take_apart(std::io::stdin().lock(), std::io::stdout().lock()));
    let done = reading.map_err(anyhow::Error::from)?.join();
    match done {
        Ok(told) => told.map_err(|e| Failure::Run(e.into())),
        Err(_) => Err(Failure::Run(anyhow::anyhow!("the PDF cannot be read"))),
    }
}
