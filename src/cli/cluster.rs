//! `tep cluster …`: what a cluster needs before its nodes can be started.

use std::path::PathBuf;

use chrono::Utc;
use clap::Subcommand;

use crate::cluster::{Authority, IssueError};
use crate::domain::NodeName;

use super::Failure;

/// Several nodes that run as one.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make certificates by which nodes prove to each other who they are; the authority that signs them is made the first
    /// time
    Certificates(CertificatesArguments),
}

#[derive(Debug, clap::Args)]
pub(super) struct CertificatesArguments {
    /// Directory of the authority and of what it signs; keep authority.key away from the nodes
    #[arg(long, value_name = "DIR")]
    authority: PathBuf,
    /// A node, as its configuration calls it (`cluster.node`); may be given several times
    #[arg(long = "node", value_name = "NAME", required = true)]
    nodes: Vec<String>,
    /// How long the certificates of nodes are valid, months
    #[arg(long, value_name = "N", default_value_t = 36, value_parser = clap::value_parser!(u32).range(1..=240))]
    months: u32,
}

/// Does what the arguments say.
pub(super) fn run(command: Command) -> Result<(), Failure> {
    let Command::Certificates(arguments) = command;
    certificates(&arguments).map_err(|error| match error {
        IssueError::Name(_) | IssueError::Refused { .. } => Failure::Usage(error.into()),
        _ => Failure::Run(error.into()),
    })
}

fn certificates(arguments: &CertificatesArguments) -> Result<(), IssueError> {
    let now = Utc::now();
    let authority = Authority::open(&arguments.authority, now)?;
    let dir = arguments.authority.display();
    if authority.is_new {
        println!("made an authority: {dir}/authority.pem, and its key {dir}/authority.key, which no node needs");
    }
    for node in &arguments.nodes {
        let files = authority.issue(&NodeName::from(node.as_str()), arguments.months, now)?;
        println!("{node}: {} and {}", files.certificate.display(), files.private_key.display());
    }
    println!("give each node its two files and authority.pem, by a way that nobody else can read");
    Ok(())
}
