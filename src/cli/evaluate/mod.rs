//! `tep evaluate`: how good the charts are, on runs of known truth, all charts side by side.

pub(super) mod benchmark;
mod diagnosis;
mod explanations;
mod files;
mod judge;
mod report;
mod second;
pub(super) mod simulated;

use std::path::PathBuf;

use anyhow::{Context, anyhow};
use clap::ValueEnum;
use tokio::runtime::Handle;

use super::Failure;
use crate::config::Config;
use crate::diagnosis::{Libraries, Library};
use crate::domain::TagId;
use judge::{Exam, Group};
use report::Report;

/// Normal runs that a fresh model is trained on.
const FRESH_TRAINING_RUNS: u64 = 65;

/// What is trained on and what is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Protocol {
    /// Train on the 500 normal rows of the public benchmark, judge its 22 test files
    #[value(name = "braatz-500")]
    Braatz500,
    /// Train on 65 simulated normal runs of 48 h, judge runs of new seeds, and the public test files beside them
    Fresh,
    /// Train and judge files of your own
    Files,
}

/// What to evaluate, and where to write it.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// What is trained on and what is judged; with --train it is `files`, else `braatz-500`
    #[arg(long, value_enum)]
    protocol: Option<Protocol>,
    /// Runs of each fault, each from a new seed (`fresh`)
    #[arg(long, default_value_t = 10, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_000))]
    seeds: u64,
    /// Normal runs of 48 h, never trained on, on which false alarms are counted; 0 for none
    #[arg(long, default_value_t = 75, value_name = "N", value_parser = clap::value_parser!(u64).range(0..=1_000))]
    unseen: u64,
    /// From which number on seeds are drawn: another number, other runs
    #[arg(long, default_value_t = 7_000_000, value_name = "N", value_parser = clap::value_parser!(u64).range(1..1_000_000_000))]
    first_seed: u64,
    /// Files of normal operation (.csv, .csv.gz), each an unbroken run (`files`)
    #[arg(long, num_args = 1.., value_name = "FILE")]
    train: Vec<PathBuf>,
    /// Files to judge, with the columns of those (`files`)
    #[arg(long, num_args = 1.., value_name = "FILE")]
    test: Vec<PathBuf>,
    /// Rows of normal operation at the beginning of each test file that has no `fault` column and is not named as in the
    /// benchmark (`files`)
    #[arg(long, value_name = "ROWS")]
    onset: Option<usize>,
    /// Minutes between two rows (`files`)
    #[arg(long, default_value_t = 3.0, value_name = "MINUTES")]
    period: f64,
    /// Tags to use, by name; `all` for all columns. Without it the 33 continuous measurements and valves, if they are there
    #[arg(long, value_delimiter = ',', value_name = "TAG,…")]
    tags: Vec<String>,
    /// Directory of the benchmark's files; without it those in the program itself
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Share of normal rows that may exceed, percent
    #[arg(long, default_value_t = 1.0, value_name = "PERCENT")]
    level: f64,
    /// A network that was trained elsewhere, judged beside the other charts; its limits come from the rows that they are trained
    /// on, which it must not have seen. Its file names its columns, else they are those of the rows
    #[arg(long, value_name = "FILE", conflicts_with_all = ["diagnosis", "explanations"])]
    onnx: Option<PathBuf>,
    /// Judge diagnoses instead of charts: the cause, the tags where it began, and the time to a trip, on `--seeds` new runs of
    /// each fault and on the public test files
    #[arg(long, conflicts_with_all = ["protocol", "train", "test"])]
    diagnosis: bool,
    /// Judge instead what is told of a fault that begins while the alarm of another stands, on `--seeds` new runs of each
    /// (`--diagnosis`)
    #[arg(long, requires = "diagnosis")]
    second_faults: bool,
    /// Directory of the libraries of incidents to judge, as `tep incidents` writes them; without it those in the program itself
    /// (`--diagnosis`)
    #[arg(long, value_name = "DIR", requires = "diagnosis")]
    library: Option<PathBuf>,
    /// Judge explanations instead, the one that is computed from evidence and that of every configured language model: whether
    /// they name the cause, or rightly none, and whether everything in them can be traced, on `--seeds` new runs of each fault
    #[arg(long, conflicts_with_all = ["protocol", "train", "test", "diagnosis"])]
    explanations: bool,
    /// Ask these language models only, by their names in `llm.providers` of --config; `none` asks none (`--explanations`)
    #[arg(long, value_delimiter = ',', value_name = "NAME,…", requires = "explanations")]
    models: Vec<String>,
    /// Print one JSON document instead of the tables
    #[arg(long)]
    json: bool,
    /// Also write evaluation.csv and evaluation.json into this directory
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Trains, judges, and prints what came out.
///
/// # Errors
/// What cannot be read or makes no sense is a usage error.
pub fn run(arguments: &Arguments, config: &Config, runtime: &Handle) -> Result<(), Failure> {
    if arguments.explanations {
        return runtime.block_on(judge_explanations(arguments, config));
    }
    if arguments.diagnosis {
        return judge_diagnoses(arguments);
    }
    let exam = exam(arguments).map_err(Failure::Usage)?;
    eprintln!("tep: training on {}", exam.trained_on);
    let calibrated = |file: &PathBuf| {
        let network = judge::calibrate_network(&exam, file);
        network.with_context(|| format!("--onnx {}", file.display())).map_err(Failure::Usage)
    };
    let network = arguments.onnx.as_ref().map(calibrated).transpose()?;
    let mut models = judge::train_all(&exam).map_err(Failure::Usage)?;
    models.extend(network);
    let judged = judge::judge(&exam, &models).map_err(Failure::Usage)?;
    let report = Report::new(&exam, &models, &judged);
    if let Some(dir) = &arguments.out {
        report.write(dir).with_context(|| format!("--out {}", dir.display())).map_err(Failure::Run)?;
    }
    if arguments.json {
        println!("{}", report.json())
    } else {
        print!("{}", report.tables())
    }
    Ok(())
}

fn libraries(arguments: &Arguments) -> Result<Libraries, Failure> {
    let Some(dir) = &arguments.library else { return Libraries::built_in().map_err(|e| Failure::Run(e.into())) };
    let read = |name: &str| -> anyhow::Result<Library> {
        let path = dir.join(name);
        let unpack = || -> anyhow::Result<Library> { Ok(Library::unpack(&std::fs::read(&path)?)?) };
        unpack().with_context(|| format!("--library: {}", path.display()))
    };
    let both = || Ok(Libraries::new(read(Libraries::EVERY_PHASE)?, vec![read(Libraries::IN_STEP)?])?);
    both().map_err(Failure::Usage)
}

async fn judge_explanations(arguments: &Arguments, config: &Config) -> Result<(), Failure> {
    let none = Config::default();
    let (config, models) = match arguments.models.as_slice() {
        [only] if only == "none" => (&none, &[][..]),
        models => (config, models),
    };
    let report = explanations::evaluate(config, models, arguments.first_seed, arguments.seeds).await?;
    if let Some(dir) = &arguments.out {
        report.write(dir).with_context(|| format!("--out {}", dir.display())).map_err(Failure::Run)?;
    }
    if arguments.json {
        println!("{}", report.json())
    } else {
        print!("{}", report.tables())
    }
    Ok(())
}

fn judge_diagnoses(arguments: &Arguments) -> Result<(), Failure> {
    let (libraries, first, seeds) = (libraries(arguments)?, arguments.first_seed, arguments.seeds);
    let report = if arguments.second_faults {
        diagnosis::evaluate_second_faults(&libraries, first, seeds)?
    } else {
        let files = benchmark::Files::open(arguments.data.as_deref()).map_err(Failure::Usage)?;
        diagnosis::evaluate(&libraries, first, seeds, &files)?
    };
    if let Some(dir) = &arguments.out {
        report.write(dir).with_context(|| format!("--out {}", dir.display())).map_err(Failure::Run)?;
    }
    if arguments.json {
        println!("{}", report.json())
    } else {
        print!("{}", report.tables())
    }
    Ok(())
}

fn exam(arguments: &Arguments) -> anyhow::Result<Exam> {
    let named = !arguments.train.is_empty() || !arguments.test.is_empty();
    let protocol = arguments.protocol.unwrap_or(if named { Protocol::Files } else { Protocol::Braatz500 });
    if named && protocol != Protocol::Files {
        return Err(anyhow!("--train and --test belong to --protocol files; the others bring their own"));
    }
    anyhow::ensure!(
        arguments.level > 0.0 && arguments.level < 50.0,
        "--level {}: a share of rows above 0 and below 50 percent",
        arguments.level
    );
    anyhow::ensure!(
        arguments.period > 0.0 && arguments.period.is_finite(),
        "--period {}: a number of minutes above 0",
        arguments.period
    );
    let mut exam = match protocol {
        Protocol::Braatz500 => braatz_500(arguments)?,
        Protocol::Fresh => fresh(arguments)?,
        Protocol::Files => files::exam(&arguments.train, &arguments.test, arguments.onset, &wanted(arguments))?,
    };
    exam.level = arguments.level / 100.0;
    exam.minutes = if protocol == Protocol::Files { arguments.period } else { 3.0 };
    Ok(exam)
}

fn wanted(arguments: &Arguments) -> Vec<TagId> {
    arguments.tags.iter().map(|tag| TagId::from(tag.trim())).collect()
}

fn braatz_500(arguments: &Arguments) -> anyhow::Result<Exam> {
    let files = benchmark::Files::open(arguments.data.as_deref())?;
    let tags = files::chosen(&wanted(arguments), &benchmark::tags())?;
    let mut exam = Exam::new("braatz-500", "the 500 normal rows of d00", files.run("d00")?.select(&tags)?);
    exam.told = files.told();
    exam.add_benchmark(&files, Group::Main)?;
    exam.add_unseen(arguments.first_seed, arguments.unseen);
    Ok(exam)
}

fn fresh(arguments: &Arguments) -> anyhow::Result<Exam> {
    let files = benchmark::Files::open(arguments.data.as_deref())?;
    let tags = files::chosen(&wanted(arguments), &benchmark::tags())?;
    eprintln!("tep: simulating {FRESH_TRAINING_RUNS} normal runs of 48 h to train on");
    let normal = simulated::normal_runs(arguments.first_seed, FRESH_TRAINING_RUNS)?;
    let mut exam = Exam::new("fresh", "65 simulated normal runs of 48 h", normal.select(&tags)?);
    exam.told = files.told();
    exam.add_faults(arguments.first_seed, arguments.seeds);
    exam.add_unseen(arguments.first_seed, arguments.unseen);
    exam.add_benchmark(&files, Group::Benchmark)?;
    exam.add_normal_test(&files)?;
    Ok(exam)
}
