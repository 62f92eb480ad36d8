//! `tep replay`: the platform on a file of samples instead of the simulated plant.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};

use crate::app;
use crate::config::{Config, PlantConfig, SourceConfig};
use crate::domain::SourceTime;
use crate::ingest::Replay;

/// Which file to replay, and how fast.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Samples (.csv or .csv.gz): headings are tag ids, and step, t_h or time where there is one
    file: PathBuf,
    /// The plant whose samples these are, when several are configured
    #[arg(long, value_name = "ID")]
    plant: Option<String>,
    /// Times real time, 1 to 100000
    #[arg(long, value_name = "N", default_value_t = 1.0)]
    speed: f64,
    /// Seconds of plant time between two rows, when the file does not say
    #[arg(long, value_name = "SECONDS", default_value_t = 180.0)]
    period: f64,
}

impl Arguments {
    /// Makes the file the source. What is kept of it goes into a directory of its own, so that it never mixes with the
    /// history of the plant.
    ///
    /// # Errors
    /// When the file is not one of samples of this plant, or speed or period make no sense.
    pub fn apply(self, config: &mut Config) -> Result<()> {
        config.storage.data_dir = config.storage.data_dir.join(format!("replay-{}", stem(&self.file)));
        let (plant, _) = app::one_plant(config, self.plant.as_deref())?;
        let id = plant.id.to_string();
        let source = SourceConfig::Replay { file: self.file.clone(), speed: self.speed, period_seconds: self.period };
        let configured = config.plants.get(&id).cloned().unwrap_or_default();
        config.plants = BTreeMap::from([(id, PlantConfig { source, ..configured })]);
        config.validate()?;
        let (period, start) = (Duration::from_secs_f64(self.period), SourceTime::from_micros(0));
        Replay::open(&self.file, period, &plant, None, start).context("nothing to replay")?;
        Ok(())
    }
}

/// The file's name without endings, in letters that every file system takes.
fn stem(file: &Path) -> String {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    let name = name.strip_suffix(".csv").unwrap_or(name);
    name.chars().map(|c| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn braatz(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("data/braatz").join(name)
    }

    #[test]
    fn a_replay_keeps_to_a_directory_of_its_own() {
        let mut config = Config::default();
        let file = braatz("d06_te.csv.gz");
        Arguments { file: file.clone(), plant: None, speed: 500.0, period: 180.0 }.apply(&mut config).unwrap();
        assert_eq!(config.storage.data_dir, Path::new("var/replay-d06_te"));
        let source = &config.plants["tennessee-eastman"].source;
        assert!(matches!(source, SourceConfig::Replay { file: replayed, .. } if *replayed == file));
    }

    #[test]
    fn what_makes_no_sense_is_refused_by_name() {
        #[track_caller]
        fn check(file: PathBuf, speed: f64, period: f64, says: &str) {
            let error = Arguments { file, plant: None, speed, period }.apply(&mut Config::default()).unwrap_err();
            assert!(format!("{error:#}").contains(says), "{error:#}");
        }
        check(braatz("d99.csv.gz"), 1.0, 180.0, "d99.csv.gz");
        check(braatz("README.md"), 1.0, 180.0, "README.md");
        check(braatz("d00.csv.gz"), 0.5, 180.0, "speed");
        check(braatz("d00.csv.gz"), f64::NAN, 180.0, "speed");
        check(braatz("d00.csv.gz"), 1.0, 0.0, "period_seconds");
        check(braatz("d00.csv.gz"), 1.0, f64::INFINITY, "period_seconds");
    }

    #[test]
    fn a_name_is_turned_into_one_that_every_file_system_takes() {
        let names = ["a/b/d06_te.csv.gz", "run 1: new.csv", "x.txt", "/"].map(|name| stem(Path::new(name)));
        assert_eq!(names, ["d06_te", "run_1__new", "x.txt", ""]);
    }
}
