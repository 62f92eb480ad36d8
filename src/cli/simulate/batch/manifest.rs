//! What a directory of runs contains: a journal while it grows, a manifest when it is whole.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, ensure};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::plan::{Plan, Planned};
use crate::cli::Failure;
use crate::cli::simulate::model::Start;
use crate::cli::simulate::output::{Output, Written, alone, hexadecimal};
use crate::cli::simulate::run::{Run, Told};

const MANIFEST: &str = "manifest.json";
const JOURNAL: &str = ".journal.jsonl";
/// Of the layout of manifest and journal.
const LAYOUT: u32 = 1;

/// Whose directory it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Owner {
    layout: u32,
    /// Who simulated; another version may round differently.
    version: String,
    plan_sha256: String,
}

/// One file that is there, whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Entry {
    pub run: u64,
    pub file: String,
    pub seed: u64,
    pub fault: String,
    pub onset_h: Option<f64>,
    /// Of operation, 0 for the base case.
    pub mode: Start,
    /// As on the command line: `4@8`.
    pub disturbances: Vec<String>,
    pub holds: Vec<String>,
    pub hours: f64,
    pub every_s: u64,
    pub noise: bool,
    pub rows: u64,
    pub tripped: Option<TripEntry>,
    pub bytes: u64,
    pub sha256: String,
}

/// When the plant tripped, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct TripEntry {
    pub step: u64,
    pub t_h: f64,
    pub cause: String,
}

#[derive(Serialize)]
struct Manifest<'a> {
    #[serde(flatten)]
    owner: &'a Owner,
    plan: &'a Plan,
    runs: Vec<&'a Entry>,
}

/// The part of a manifest that is read back.
#[derive(Deserialize)]
struct Found {
    #[serde(flatten)]
    owner: Owner,
    runs: Vec<Entry>,
}

/// A directory of runs that is ours alone as long as this lives.
pub(super) struct Directory {
    path: PathBuf,
    owner: Owner,
    journal: File,
    entries: BTreeMap<u64, Entry>,
    /// Whether the manifest says what the entries say.
    told: bool,
}

impl Owner {
    pub(super) fn of(plan: &Plan) -> Result<Self> {
        Ok(Self { layout: LAYOUT, version: env!("CARGO_PKG_VERSION").to_owned(), plan_sha256: plan.sha256()? })
    }

    fn same(&self, there: &Self, dir: &Path) -> Result<()> {
        let dir = dir.display();
        ensure!(there.plan_sha256 == self.plan_sha256, "--out {dir}: belongs to another plan; take another directory");
        ensure!(
            there == self,
            "--out {dir}: was begun by version {}, this is {}; take another directory",
            there.version,
            self.version
        );
        Ok(())
    }
}

impl Entry {
    pub(super) fn new(planned: &Planned, run: &Run, told: &Told, written: Written) -> Self {
        let trip = told.tripped.as_ref();
        let orders = run.schedule.written();
        Self {
            run: planned.number,
            file: planned.file.clone(),
            seed: planned.seed,
            fault: planned.fault.to_string(),
            onset_h: planned.onset_h,
            mode: planned.mode,
            disturbances: orders.disturbances,
            holds: orders.holds,
            hours: planned.hours,
            every_s: planned.every_s,
            noise: planned.noise,
            rows: told.rows,
            tripped: trip.map(|trip| TripEntry { step: trip.step, t_h: trip.hour(), cause: trip.message.clone() }),
            bytes: written.bytes,
            sha256: written.sha256,
        }
    }

    /// Whether the file is as it was written.
    pub(super) fn is_whole(&self, dir: &Path) -> io::Result<bool> {
        let mut file = match File::open(dir.join(&self.file)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            opened => opened?,
        };
        if file.metadata()?.len() != self.bytes {
            return Ok(false);
        }
        let mut digest = Sha256::new();
        let mut piece = vec![0; 1 << 16];
        loop {
            match file.read(&mut piece)? {
                0 => return Ok(hexadecimal(&digest.finalize()) == self.sha256),
                some => digest.update(&piece[..some]),
            }
        }
    }
}

impl Directory {
    /// Makes the directory, or goes on in one of the same plan.
    ///
    /// # Errors
    /// A directory that belongs to another plan, or to nobody and is not empty, is a usage error.
    pub(super) fn open(path: &Path, owner: Owner) -> Result<Self, Failure> {
        match fs::create_dir(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(Failure::Usage(anyhow!("--out {}: there is no directory to make it in", path.display())));
            }
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(Failure::Run(anyhow!(error).context(format!("--out {}: cannot be made", path.display()))));
            }
            _ => {}
        }
        ours_or_empty(path).map_err(Failure::Usage)?;
        let journal = alone(&path.join(JOURNAL)).with_context(|| format!("--out {}", path.display()))?;
        let mut directory = Self { path: path.to_owned(), owner, journal, entries: BTreeMap::new(), told: false };
        directory.read_manifest().map_err(Failure::Usage)?;
        directory.read_journal()?;
        Ok(directory)
    }

    /// What is said to be there of a run.
    pub(super) fn entry(&self, run: u64) -> Option<Entry> {
        self.entries.get(&run).cloned()
    }

    /// How many runs are said to be there.
    pub(super) fn entries(&self) -> usize {
        self.entries.len()
    }

    /// Where the files are.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Remembers a file, on the disk.
    pub(super) fn append(&mut self, entry: Entry) -> Result<()> {
        let mut line = serde_json::to_vec(&entry)?;
        line.push(b'\n');
        self.journal.write_all(&line).and_then(|()| self.journal.sync_data()).with_context(|| self.about(JOURNAL))?;
        self.told = false;
        self.entries.insert(entry.run, entry);
        Ok(())
    }

    /// Writes the manifest, and takes the journal away.
    pub(super) fn finish(self, plan: &Plan) -> Result<(), Failure> {
        if !self.told {
            let manifest = Manifest { owner: &self.owner, plan, runs: self.entries.values().collect() };
            let mut file = Output::create("--out", &self.path.join(MANIFEST))?;
            let written = serde_json::to_vec_pretty(&manifest)
                .map_err(io::Error::other)
                .and_then(|text| file.write_all(&text))
                .and_then(|()| file.finish());
            written.with_context(|| self.about(MANIFEST))?;
        }
        fs::remove_file(self.path.join(JOURNAL)).with_context(|| self.about(JOURNAL))?;
        Ok(())
    }

    fn about(&self, name: &str) -> String {
        format!("cannot write {}", self.path.join(name).display())
    }

    fn read_manifest(&mut self) -> Result<()> {
        let path = self.path.join(MANIFEST);
        let text = match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            read => read.with_context(|| format!("{} cannot be read", path.display()))?,
        };
        let found: Found = serde_json::from_slice(&text)
            .with_context(|| format!("{} is not a manifest of a batch", path.display()))?;
        self.owner.same(&found.owner, &self.path)?;
        self.entries.extend(found.runs.into_iter().map(|entry| (entry.run, entry)));
        self.told = true;
        Ok(())
    }

    /// A line that has no end was being written when its writer was killed; it is cut off.
    fn read_journal(&mut self) -> Result<(), Failure> {
        let about = || format!("{} cannot be read", self.path.join(JOURNAL).display());
        let mut text = String::new();
        self.journal.read_to_string(&mut text).with_context(about)?;
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        self.journal.set_len(whole as u64).with_context(about)?;
        self.journal.seek(SeekFrom::End(0)).with_context(about)?;
        let mut lines = text[..whole].lines();
        match lines.next() {
            Some(line) => {
                let there: Owner = serde_json::from_str(line).with_context(about).map_err(Failure::Usage)?;
                self.owner.same(&there, &self.path).map_err(Failure::Usage)?;
            }
            None => {
                let mut line = serde_json::to_vec(&self.owner).map_err(anyhow::Error::from)?;
                line.push(b'\n');
                self.journal.write_all(&line).with_context(|| self.about(JOURNAL))?;
            }
        }
        for line in lines {
            let entry: Entry = serde_json::from_str(line).with_context(about)?;
            self.told = false;
            self.entries.insert(entry.run, entry);
        }
        Ok(())
    }
}

fn ours_or_empty(path: &Path) -> Result<()> {
    let about = || format!("--out {}", path.display());
    ensure!(path.is_dir(), "{}: is not a directory", about());
    if path.join(MANIFEST).exists() || path.join(JOURNAL).exists() {
        return Ok(());
    }
    let foreign = fs::read_dir(path).with_context(about)?.next().is_some();
    ensure!(!foreign, "{}: is not empty and was not made by a batch; take another directory", about());
    Ok(())
}
