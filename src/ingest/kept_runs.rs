//! Simulated runs that a training has finished, kept until it is done: one that was cut off goes on behind them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sha2::{Digest, Sha256};
use tracing::warn;

use super::training::NormalRun;
use crate::domain::Plant;

/// SHA-256, width and number of rows stand before the values.
const HEAD: usize = 32 + 4 + 4;

/// The kept runs of one plant, length and period.
#[derive(Clone, Debug)]
pub struct KeptRuns {
    directory: PathBuf,
    /// Part of the names of its files: whatever would make another run makes another name.
    key: String,
    width: usize,
}

impl KeptRuns {
    /// Those below a directory, which need not be there yet.
    pub fn of(directory: &Path, plant: &Plant, hours: f64, period: Duration) -> Self {
        let mut hash = Sha256::new();
        hash.update(env!("CARGO_PKG_VERSION"));
        plant.tags.iter().for_each(|tag| hash.update(format!("{}\n", tag.id)));
        hash.update(hours.to_le_bytes());
        [plant.scan_period, period].iter().for_each(|span| hash.update(span.as_nanos().to_le_bytes()));
        let key = hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Self { directory: directory.to_owned(), key, width: plant.tags.len() }
    }

    /// The run of a seed, if it was finished and is as it was written.
    pub(super) fn take(&self, seed: u64, rows: usize) -> Option<NormalRun> {
        let bytes = fs::read(self.file(seed)).ok()?;
        let (head, values) = bytes.split_at_checked(HEAD)?;
        let sound = head[..32] == Sha256::digest([&head[32..], values].concat())[..]
            && head[32..] == self.shape(rows)
            && values.len() == rows * self.width * 8;
        let number = |eight: &[u8]| f64::from_le_bytes(eight.try_into().unwrap_or_default());
        let row = |row: &[u8]| row.chunks_exact(8).map(number).collect();
        sound.then(|| NormalRun { seed, rows: values.chunks_exact(self.width * 8).map(row).collect() })
    }

    /// Keeps a finished run. Where that fails the training only loses what it could have gone on from.
    pub(super) fn keep(&self, run: &NormalRun) {
        if let Err(problem) = self.write(run) {
            warn!(directory = %self.directory.display(), "a simulated run could not be kept: {problem}");
        }
    }

    fn write(&self, run: &NormalRun) -> io::Result<()> {
        fs::create_dir_all(&self.directory)?;
        let mut body = self.shape(run.rows.len()).to_vec();
        run.rows.iter().flatten().for_each(|value| body.extend_from_slice(&value.to_le_bytes()));
        let file = self.file(run.seed);
        let part = file.with_extension(format!("part-{}", std::process::id()));
        fs::write(&part, [&Sha256::digest(&body)[..], &body].concat())?;
        fs::rename(&part, &file)
    }

    /// Forgets all of them, also those that a process has left half written.
    pub fn forget(&self) {
        let Ok(entries) = fs::read_dir(&self.directory) else { return };
        let ours = |entry: &fs::DirEntry| entry.file_name().to_string_lossy().starts_with(&self.key);
        entries.flatten().filter(ours).for_each(|entry| drop(fs::remove_file(entry.path())));
    }

    fn shape(&self, rows: usize) -> [u8; 8] {
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes();
        let mut shape = [0; 8];
        shape[..4].copy_from_slice(&number(self.width));
        shape[4..].copy_from_slice(&number(rows));
        shape
    }

    fn file(&self, seed: u64) -> PathBuf {
        self.directory.join(format!("{}-{seed}.run", self.key))
    }
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use super::super::training::normal_operation;
    use super::*;
    use crate::config::plant::built_in;

    const MINUTES_3: Duration = Duration::from_secs(180);
    const SEEDS: [u64; 3] = [1, 2, 3];

    #[test]
    fn a_training_that_was_cut_off_goes_on_behind_its_finished_runs() {
        let (home, plant) = (tempfile::tempdir().expect("a directory"), built_in());
        let kept = KeptRuns::of(&home.path().join("simulated"), &plant, 1.0, MINUTES_3);
        let all = |kept: Option<&KeptRuns>, stop_at: u64| {
            let mut heard = Vec::new();
            let runs = normal_operation(&plant, &SEEDS, 1.0, MINUTES_3, kept, |done, _| {
                heard.push(done);
                if done == stop_at { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
            (runs.expect("a plant"), heard)
        };
        let (whole, _) = all(None, 0);
        let (cut, _) = all(Some(&kept), 45);
        assert_eq!(cut, whole[..2]);
        let (resumed, heard) = all(Some(&kept), 0);
        assert_eq!(resumed, whole);
        assert_eq!(
            (heard[0], heard[1], heard[2], heard.len()),
            (20, 40, 41, 22),
            "two runs at once, then sample by sample"
        );
        kept.forget();
        assert_eq!(fs::read_dir(home.path().join("simulated")).expect("a directory").count(), 0);
    }

    #[test]
    fn a_damaged_run_or_one_of_another_plant_is_simulated_again() {
        let (home, plant) = (tempfile::tempdir().expect("a directory"), built_in());
        let kept = KeptRuns::of(home.path(), &plant, 1.0, MINUTES_3);
        let run = NormalRun { seed: 7, rows: vec![vec![1.5; plant.tags.len()]; 2] };
        kept.keep(&run);
        assert_eq!(kept.take(7, 2), Some(run));
        assert_eq!(kept.take(7, 3), None, "of another length");
        assert_eq!(kept.take(8, 2), None, "of another seed");
        let mut other = plant.clone();
        other.tags.swap(0, 1);
        assert_eq!(KeptRuns::of(home.path(), &other, 1.0, MINUTES_3).take(7, 2), None, "of another order of tags");
        let file = kept.file(7);
        let mut bytes = fs::read(&file).expect("a file");
        *bytes.last_mut().expect("bytes") ^= 1;
        fs::write(&file, &bytes).expect("a file");
        assert_eq!(kept.take(7, 2), None, "damaged");
        fs::write(&file, &bytes[..20]).expect("a file");
        assert_eq!(kept.take(7, 2), None, "cut off");
    }
}
