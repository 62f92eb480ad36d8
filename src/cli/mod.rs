//! The command line: one binary, `serve` by default.
//!
//! Exit codes: 0 done, 1 could not be done, 2 could not be understood (an unknown flag, file, tag or key).

mod backup;
mod cluster;
mod evaluate;
mod fetch_encoder;
mod import;
mod incidents;
mod knowledge;
mod models;
mod read_pdf;
mod replay;
mod simulate;
mod train;
mod user;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::app;
use crate::config::{Config, LogFormat};
use crate::telemetry::{Clock, Lines, init_logging};

/// TEP: an on-premises intelligence platform for process plants.
#[derive(Debug, Parser)]
#[command(name = "tep", version, about, max_term_width = 120)]
pub struct Arguments {
    #[command(flatten)]
    everywhere: Everywhere,
    #[command(subcommand)]
    command: Option<Command>,
}

/// Flags that every command understands. They win over environment and file.
#[derive(Debug, clap::Args)]
struct Everywhere {
    /// Configuration file; without it, tep.toml in the working directory if there is one
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Directory of database, history, keys and models
    #[arg(long, global = true, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Port of the web page and the API
    #[arg(long, global = true, value_name = "PORT")]
    port: Option<u16>,
}

/// What to do.
#[derive(Debug, Subcommand)]
enum Command {
    /// Run the platform (this is what happens without a command)
    Serve,
    /// Run the simulated plant and write what it measures to files
    Simulate(Box<simulate::Arguments>),
    /// Train a detector on normal operation
    Train(train::Arguments),
    /// What detectors have learned, here and in another registry; and the encoder that finds knowledge by its meaning
    #[command(subcommand)]
    Models(models::Command),
    /// Measure how good the charts are, on runs of known truth
    Evaluate(Box<evaluate::Arguments>),
    /// Make the libraries of simulated incidents that diagnoses are compared with
    Incidents(incidents::Arguments),
    /// Run the platform on a CSV file instead of the simulated plant
    Replay(replay::Arguments),
    /// Local accounts
    #[command(subcommand)]
    User(user::Command),
    /// Several nodes that run as one
    #[command(subcommand)]
    Cluster(cluster::Command),
    /// Bring the database up to date, and say what it is
    Migrate,
    /// The configuration
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Write everything that is kept into one file; works while the server runs
    Backup(backup::BackupArguments),
    /// Put a backup back; refuses to overwrite
    Restore(backup::RestoreArguments),
    /// What is known beforehand: look something up, and measure how well that works
    #[command(subcommand)]
    Knowledge(knowledge::Command),
    /// Take a PDF apart, from standard input to standard output; TEP does so in a process of its own
    #[command(hide = true)]
    ReadPdf,
    /// Ask a running server whether it is ready (for containers and scripts)
    Health,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Print what is in force, secrets redacted
    Print,
}

/// Why a command has not been done.
#[derive(Debug)]
pub enum Failure {
    /// It could not be understood.
    Usage(anyhow::Error),
    /// It could not be done.
    Run(anyhow::Error),
}

impl Failure {
    /// The same, with what it is about in front.
    fn about(self, what: &str) -> Self {
        match self {
            Self::Usage(error) => Self::Usage(error.context(what.to_owned())),
            Self::Run(error) => Self::Run(error.context(what.to_owned())),
        }
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Run(error)
    }
}

/// Does what the arguments say.
///
/// # Errors
/// See [`Failure`].
pub fn run(arguments: Arguments) -> Result<(), Failure> {
    if matches!(arguments.command, Some(Command::ReadPdf)) {
        return read_pdf::run();
    }
    let mut config = configured(&arguments.everywhere).map_err(Failure::Usage)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(anyhow::Error::from)?;
    match arguments.command.unwrap_or(Command::Serve) {
        Command::Serve => {
            start_logging(&config).map_err(Failure::Usage)?;
            Ok(runtime.block_on(app::serve(config))?)
        }
        Command::Replay(replay) => {
            replay.apply(&mut config).map_err(Failure::Usage)?;
            start_logging(&config).map_err(Failure::Usage)?;
            Ok(runtime.block_on(app::serve(config))?)
        }
        Command::Simulate(simulate) => simulate::run(&simulate, runtime.handle()),
        Command::Train(train) => runtime.block_on(train::run(&config, &train)),
        Command::Models(command) => runtime.block_on(models::run(&config, &command)),
        Command::Evaluate(evaluate) => evaluate::run(&evaluate, &config, runtime.handle()),
        Command::Incidents(incidents) => incidents::run(&incidents),
        Command::User(command) => Ok(runtime.block_on(manage_users(&config, command))?),
        Command::Cluster(command) => cluster::run(command),
        Command::Migrate => Ok(runtime.block_on(migrate(&config))?),
        Command::Config(ConfigCommand::Print) => Ok(print(&config)?),
        Command::Backup(to) => runtime.block_on(backup::backup(&config, &to)),
        Command::Restore(from) => runtime.block_on(backup::restore(&config, &from)),
        Command::Knowledge(command) => runtime.block_on(knowledge::run(&config, command)),
        Command::ReadPdf => read_pdf::run(),
        Command::Health => Ok(runtime.block_on(health(&config))?),
    }
}

fn configured(flags: &Everywhere) -> anyhow::Result<Config> {
    let mut config = Config::load(flags.config.as_deref())?;
    if let Some(data_dir) = &flags.data_dir {
        config.storage.data_dir.clone_from(data_dir);
    }
    if let Some(port) = flags.port {
        config.server.port = port;
    }
    Ok(config)
}

fn start_logging(config: &Config) -> anyhow::Result<()> {
    let lines = match config.telemetry.format {
        LogFormat::Text => Lines::Text,
        LogFormat::Json => Lines::Json,
    };
    Ok(init_logging(&config.telemetry.log, lines)?)
}

async fn manage_users(config: &Config, command: user::Command) -> anyhow::Result<()> {
    let storage = app::storage(config).await?;
    let gate = app::gate(storage.clone(), config, Clock::system()).await?;
    let done = user::run(&gate, command).await;
    storage.close().await?;
    Ok(done?)
}

async fn migrate(config: &Config) -> anyhow::Result<()> {
    let storage = app::storage(config).await?;
    println!("up to date: {}", storage.describe());
    Ok(storage.close().await?)
}

fn print(config: &Config) -> anyhow::Result<()> {
    print!("{}", toml::to_string_pretty(config)?);
    Ok(())
}

/// A GET by hand: a whole HTTP client for one line would be the larger part of this command.
async fn health(config: &Config) -> anyhow::Result<()> {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let server = &config.server;
    let address = if server.address.is_unspecified() { "127.0.0.1".to_owned() } else { server.address.to_string() };
    let mut stream = tokio::net::TcpStream::connect((address.as_str(), server.port)).await?;
    stream.write_all(format!("GET /health/ready HTTP/1.0\r\nHost: {address}\r\n\r\n").as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    println!("{body}");
    anyhow::ensure!(
        answer.starts_with("HTTP/1.0 200") || answer.starts_with("HTTP/1.1 200"),
        "the server is not ready"
    );
    Ok(())
}
