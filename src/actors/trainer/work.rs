//! One training at work, beside the mailbox of the trainer.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::task::spawn_blocking;

use super::Outcome;
use crate::actors::plant::{PlantHears, PlantSetup};
use crate::actors::portrait::Tell;
use crate::actors::training::{self, Material, TrainingError};
use crate::domain::{DetectorId, DetectorSpec, TrainingJob, TrainingJobId, TrainingOrigin, TrainingProgress, WallTime};
use crate::storage::Model;
use crate::telemetry::Clock;

/// How often a progress is told at most.
const TELL_PERIOD: Duration = Duration::from_millis(100);

/// Where files for training lie, below the data directory.
const FILES: &str = "training";

/// Ends a training when it is asked to, and when nobody holds it any more.
#[derive(Debug, Default)]
pub(super) struct Stop(Arc<AtomicBool>);

impl Stop {
    pub fn stop(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Drop for Stop {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Tells how far a training is, not too often, and hears whether it is to end.
#[derive(Clone)]
pub(super) struct Teller {
    detector: DetectorId,
    job: TrainingJobId,
    hears: Tell<PlantHears>,
    clock: Clock,
    stop: Arc<AtomicBool>,
    last: Option<WallTime>,
}

impl Teller {
    pub fn new(job: &TrainingJob, hears: Tell<PlantHears>, clock: Clock, stop: &Stop) -> Self {
        let (detector, stop) = (job.detector.clone(), Arc::clone(&stop.0));
        Self { detector, job: job.id, hears, clock, stop, last: None }
    }

    fn tell(&mut self, progress: TrainingProgress) -> ControlFlow<()> {
        let now = self.clock.now();
        if self.last.is_none_or(|at| now.since(at) >= TELL_PERIOD) {
            self.last = Some(now);
            let outcome = Outcome::Progress(TrainingProgress { job: Some(self.job), ..progress });
            self.hears.say(PlantHears::Trained { detector: self.detector.clone(), outcome });
        }
        if self.stop.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

/// The files of these names, in the one directory that is read from.
///
/// # Errors
/// Says which name is none, or is not there.
pub(super) fn files(data_dir: &Path, names: &[String]) -> Result<Vec<PathBuf>, String> {
    if names.is_empty() {
        return Err("name at least one file".to_owned());
    }
    let directory = data_dir.join(FILES);
    let file = |name: &String| {
        let plain = !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\', '\0']);
        if !plain {
            return Err(format!("`{name}` is not the name of a file in {}", directory.display()));
        }
        let file = directory.join(name);
        if file.is_file() { Ok(file) } else { Err(format!("there is no file {}", file.display())) }
    };
    names.iter().map(file).collect()
}

/// Does a job. Fitting and simulating block, so they have a thread of their own.
pub(super) async fn train(
    setup: PlantSetup,
    spec: DetectorSpec,
    origin: TrainingOrigin,
    mut teller: Teller,
) -> Result<Model, TrainingError> {
    let plant = setup.plant.clone();
    let now = setup.clock.now();
    let gathered: Option<Material> = match &origin {
        TrainingOrigin::History { since, until } => {
            let range = (*since, *until);
            let mut tell = |progress| teller.tell(progress);
            Some(training::from_history(&setup.storage, &plant, &spec, range, &mut tell).await?)
        }
        _ => None,
    };
    let trained = spawn_blocking(move || {
        let tell = &mut |progress| teller.tell(progress);
        let kept = training::kept_runs(&setup.storage_config.data_dir, &plant, &spec);
        let material = match (gathered, &origin) {
            (Some(material), _) => material,
            (None, TrainingOrigin::Files { names }) => {
                let files = files(&setup.storage_config.data_dir, names).map_err(TrainingError::NoFile)?;
                training::from_files(&plant, &spec, &files)?
            }
            (None, _) => training::from_simulator(&plant, &spec, Some(&kept), tell)?,
        };
        let model = training::on_material(&plant, &spec, material, now, tell);
        if !model.as_ref().is_err_and(TrainingError::was_wanted) {
            // What ends for good needs nothing to go on from.
            kept.forget();
        }
        model
    });
    trained.await.map_err(|lost| TrainingError::Lost(lost.to_string()))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_read_from_one_directory_only() {
        let home = tempfile::tempdir().expect("a directory");
        let directory = home.path().join(FILES);
        std::fs::create_dir(&directory).expect("a directory");
        std::fs::write(directory.join("monday.csv"), "A,B\n").expect("a file");
        std::fs::write(home.path().join("secret.csv"), "A,B\n").expect("a file");
        let named = |name: &str| files(home.path(), &[name.to_owned()]);
        assert_eq!(named("monday.csv"), Ok(vec![directory.join("monday.csv")]));
        for name in ["../secret.csv", "/etc/passwd", "..", "", ".hidden", "a\\b"] {
            assert!(named(name).is_err_and(|why| why.contains("not the name of a file")), "{name}");
        }
        assert!(named("tuesday.csv").is_err_and(|why| why.contains("there is no file")));
        assert!(files(home.path(), &[]).is_err());
    }
}
