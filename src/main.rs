//! `tep`: one binary.

use std::process::ExitCode;

use clap::Parser;

use tep::cli::{Arguments, Failure};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // Two cryptography libraries are linked; whoever comes first would have to guess which one is meant.
    if rustls::crypto::aws_lc_rs::default_provider().install_default().is_err() {
        eprintln!("tep: the cryptography library was set up twice");
        return ExitCode::FAILURE;
    }
    let arguments = Arguments::parse();
    match tep::cli::run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Usage(problem)) => {
            eprintln!("tep: {problem:#}");
            ExitCode::from(2)
        }
        Err(Failure::Run(problem)) => {
            eprintln!("tep: {problem:#}");
            ExitCode::FAILURE
        }
    }
}
