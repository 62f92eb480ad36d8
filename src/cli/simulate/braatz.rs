//! The public fault-detection data sets anew, each from its published seed.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Mutex;
use std::thread;

use anyhow::anyhow;
use tennessee_eastman::braatz::{COLUMNS, DATA_SETS, DataSet, Fault, find};

use super::Failure;
use super::progress::{Progress, Stop};
use super::run::tag_columns;
use super::table::{Cell, Provenance, Table, cannot_write};

/// Which of the data sets.
#[derive(Clone, Copy, Debug)]
pub(super) enum Which {
    /// All whose seed is known.
    All,
    One(&'static DataSet),
}

impl FromStr for Which {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        if name == "all" { Ok(Self::All) } else { find(name).map(Self::One).map_err(|error| error.to_string()) }
    }
}

/// Writes one data set to a file, or all of them into a directory.
///
/// # Errors
/// When no seed is known, or a file cannot be written.
pub(super) fn run(which: Which, out: Option<&Path>, stop: &Stop) -> Result<(), Failure> {
    match which {
        Which::One(set) => {
            let path = out.map_or_else(|| PathBuf::from(format!("{}.csv", set.name)), Path::to_owned);
            let progress = Progress::new(set.rows() as u64, stop.clone());
            let rows = write(set, &path, &progress)?;
            drop(progress);
            eprintln!("tep: {rows} rows of {} written to {}", set.name, path.display());
            Ok(())
        }
        Which::All => all(out.unwrap_or(Path::new(".")), stop),
    }
}

fn all(dir: &Path, stop: &Stop) -> Result<(), Failure> {
    match fs::create_dir(dir) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && dir.is_dir() => {}
        Err(error) => return Err(Failure::Usage(anyhow!(error).context(format!("--out {}", dir.display())))),
        Ok(()) => {}
    }
    let (known, unknown): (Vec<&DataSet>, Vec<&DataSet>) = DATA_SETS.iter().partition(|set| set.seed.is_some());
    let progress = Progress::new(known.iter().map(|set| set.rows() as u64).sum(), stop.clone());
    let work = Mutex::new(known.iter());
    let labour = || -> Result<(), Failure> {
        while let Some(set) = work.lock().ok().and_then(|mut work| work.next()) {
            write(set, &dir.join(format!("{}.csv.gz", set.name)), &progress)?;
        }
        Ok(())
    };
    let jobs = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let labourers: Vec<_> = (0..jobs).map(|_| scope.spawn(labour)).collect();
        let ended =
            labourers.into_iter().map(|one| one.join().map_err(|_| Failure::Run(anyhow!("a thread panicked")))?);
        ended.collect::<Result<(), Failure>>()
    })?;
    drop(progress);
    let names: Vec<&str> = unknown.iter().map(|set| set.name).collect();
    eprintln!("tep: {} data sets written to {}; no seed is known for {}", known.len(), dir.display(), names.join(", "));
    Ok(())
}

fn write(set: &'static DataSet, path: &Path, progress: &Progress) -> Result<usize, Failure> {
    let rows = set.run().map_err(|error| {
        let there = anyhow!("{error}; the published file is data/braatz/{}.csv.gz of the source", set.name);
        Failure::Run(there.context(format!("--braatz {}", set.name)))
    })?;
    let columns: Vec<_> = tag_columns().take(COLUMNS).collect();
    let mut table = Table::create("--out", path, &columns, provenance(set))?;
    for values in rows {
        if progress.advance(1).is_break() {
            return Err(Failure::Run(anyhow!("stopped before the end of {}", set.name)));
        }
        table.row(&values.map(Cell::Number)).map_err(|error| cannot_write(path, error))?;
    }
    table.finish().map_err(|error| cannot_write(path, error))?;
    Ok(set.rows())
}

fn provenance(set: &DataSet) -> Provenance {
    let fault = match set.fault {
        Fault::None => "0".to_owned(),
        Fault::Disturbance(idv) => format!("{}@{}", idv.number(), set.fault_step() / 3600),
        Fault::Stuck(xmv, percent) => format!("{xmv}={percent}@{}", set.fault_step() / 3600),
    };
    vec![
        ("tep.version", env!("CARGO_PKG_VERSION").into()),
        ("tep.plant", format!("Tennessee Eastman process, simulated; data set {}", set.name)),
        ("tep.seed", set.seed.unwrap_or_default().to_string()),
        ("tep.fault", fault),
    ]
}

#[cfg(test)]
mod tests;
