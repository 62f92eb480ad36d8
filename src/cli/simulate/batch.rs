//! A labelled data set: all runs of a plan, on all cores, each in its own file; what is there already stays.

mod fault;
mod manifest;
mod plan;

use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use anyhow::{Context, anyhow};

use self::manifest::{Directory, Entry, Owner};
use self::plan::{Plan, Planned};
use super::progress::{Progress, Stop};
use super::run::{Labels, Unfinished};
use super::table::{Table, cannot_write};
use super::{Failure, run_steps};

/// Makes what is missing of a plan's data set.
///
/// # Errors
/// A plan that is not understood and a directory of something else are usage errors.
pub(super) fn run(plan: &Path, dir: &Path, jobs: Option<usize>, stop: &Stop) -> Result<(), Failure> {
    let plan = read(plan).map_err(Failure::Usage)?;
    let directory = Directory::open(dir, Owner::of(&plan)?)?;
    let runs = plan.runs();
    let jobs = jobs.unwrap_or_else(|| thread::available_parallelism().map_or(1, usize::from)).min(runs.len());
    let progress = Progress::new(runs.iter().map(|run| run_steps(run.hours)).sum(), stop.clone());
    let (directory, made) = Batch { runs: &runs, progress: &progress }.make(directory, jobs)?;
    drop(progress);
    if made.done() < runs.len() {
        let (there, all) = (directory.entries(), runs.len());
        return Err(Failure::Run(anyhow!(
            "stopped: {there} of {all} runs are done; the same command goes on from there"
        )));
    }
    directory.finish(&plan)?;
    made.tell(dir);
    Ok(())
}

fn read(path: &Path) -> anyhow::Result<Plan> {
    let text = fs::read_to_string(path).with_context(|| format!("--batch {}: cannot be read", path.display()))?;
    Plan::read(&text).with_context(|| format!("--batch {}", path.display()))
}

/// All that is to be there in the end.
struct Batch<'a> {
    runs: &'a [Planned],
    progress: &'a Progress,
}

/// What became of a run.
enum Outcome {
    /// Its file is there, and whole.
    Kept,
    Made(Box<Entry>),
    /// Its file was there and is not what it was; a new one has been made.
    Mended(Box<Entry>),
}

/// How it went.
#[derive(Debug, Default)]
struct Made {
    kept: usize,
    made: usize,
    mended: Vec<String>,
    tripped: usize,
}

impl Batch<'_> {
    /// Files are written by `jobs` threads; only this one writes the journal.
    fn make(&self, mut directory: Directory, jobs: usize) -> Result<(Directory, Made), Failure> {
        let known: Vec<Option<Entry>> = self.runs.iter().map(|run| directory.entry(run.number)).collect();
        let path = directory.path().to_owned();
        let work = Mutex::new(self.runs.iter().zip(known));
        let (outcomes, heard) = sync_channel(jobs);
        let made = thread::scope(|scope| {
            for _ in 0..jobs {
                let (outcomes, work, path) = (outcomes.clone(), &work, &path);
                scope.spawn(move || self.labour(work, path, &outcomes));
            }
            drop(outcomes);
            let made = self.listen(&heard, &mut directory);
            if made.is_err() {
                self.progress.stop().order();
            }
            // Nobody waits for an ear that is not there any more.
            drop(heard);
            made
        })?;
        Ok((directory, made))
    }

    fn labour<'r>(
        &self,
        work: &Mutex<impl Iterator<Item = (&'r Planned, Option<Entry>)>>,
        dir: &Path,
        outcomes: &SyncSender<Result<Outcome, Failure>>,
    ) {
        loop {
            let next = work.lock().map(|mut work| work.next());
            let Ok(Some((planned, known))) = next else { return };
            if self.progress.stop().is_ordered() {
                return;
            }
            let Some(outcome) = self.one(planned, known, dir).transpose() else { return };
            if outcomes.send(outcome).is_err() {
                return;
            }
        }
    }

    /// Looks at one file, and makes it where it has to be made. None when we were told to stop.
    fn one(&self, planned: &Planned, known: Option<Entry>, dir: &Path) -> Result<Option<Outcome>, Failure> {
        let path = dir.join(&planned.file);
        let was_there = known.is_some();
        if let Some(entry) = known
            && entry.is_whole(dir).with_context(|| format!("{} cannot be read", path.display()))?
        {
            let _either_way = self.progress.advance(run_steps(planned.hours));
            return Ok(Some(Outcome::Kept));
        }
        let run = planned.run()?;
        let labels = Labels::Run(planned.number);
        let mut table = Table::create("--out", &path, &run.columns(labels), run.provenance())?;
        let told = match run.clone().write(&mut table, None, labels, self.progress) {
            Ok((told, _)) => told,
            Err(Unfinished::Stopped) => return Ok(None),
            Err(Unfinished::Unwritten(error)) => return Err(cannot_write(&path, error)),
        };
        let written = table.finish().map_err(|error| cannot_write(&path, error))?;
        let entry = Box::new(Entry::new(planned, &run, &told, written));
        Ok(Some(if was_there { Outcome::Mended(entry) } else { Outcome::Made(entry) }))
    }

    fn listen(&self, heard: &Receiver<Result<Outcome, Failure>>, directory: &mut Directory) -> Result<Made, Failure> {
        let mut made = Made::default();
        for outcome in heard {
            match outcome? {
                Outcome::Kept => made.kept += 1,
                Outcome::Made(entry) => {
                    made.made += 1;
                    directory.append(*entry)?;
                }
                Outcome::Mended(entry) => {
                    made.mended.push(entry.file.clone());
                    directory.append(*entry)?;
                }
            }
            self.progress.say(format!("{} of {} runs", made.done(), self.runs.len()));
        }
        made.tripped =
            self.runs.iter().filter_map(|run| directory.entry(run.number)).filter(|e| e.tripped.is_some()).count();
        Ok(made)
    }
}

impl Made {
    fn done(&self) -> usize {
        self.kept + self.made + self.mended.len()
    }

    fn tell(&self, dir: &Path) {
        for file in &self.mended {
            eprintln!("tep: {file} was not as the manifest says, and is made anew");
        }
        let made = self.made + self.mended.len();
        let kept = if self.kept > 0 { format!(", {} were there and whole", self.kept) } else { String::new() };
        eprintln!("tep: {made} runs written to {}{kept}; the plant trips in {} of all", dir.display(), self.tripped);
    }
}

#[cfg(test)]
mod tests;
