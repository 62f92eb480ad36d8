//! The public benchmark's files: in the program itself, or from a directory.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use flate2::read::MultiGzDecoder;
use rust_embed::RustEmbed;

use crate::detect::TrainingData;
use crate::domain::TagId;
use crate::ingest::RunFile;

/// The benchmark as it is in the repository, with its licence: the comparison works wherever the program is.
#[derive(RustEmbed)]
#[folder = "data/braatz"]
struct Embedded;

/// Rows before the fault of a test file.
pub(super) const ONSET: usize = 160;

/// The columns of the files: XMEAS 1–41, XMV 1–11.
pub(super) fn columns() -> Vec<TagId> {
    named(41)
}

/// The variables of the usual protocol: continuous measurements and valves, without the analysers.
pub(in crate::cli) fn tags() -> Vec<TagId> {
    named(22)
}

fn named(measured: u32) -> Vec<TagId> {
    let measured = (1..=measured).map(|n| format!("XMEAS_{n}"));
    measured.chain((1..=11).map(|n| format!("XMV_{n}"))).map(TagId::from).collect()
}

/// Where the files come from.
#[derive(Debug)]
pub(super) enum Files {
    Program,
    Directory(PathBuf),
}

impl Files {
    /// # Errors
    /// When the directory is none.
    pub(super) fn open(dir: Option<&Path>) -> anyhow::Result<Self> {
        match dir {
            None => Ok(Self::Program),
            Some(dir) if dir.is_dir() => Ok(Self::Directory(dir.to_owned())),
            Some(dir) => Err(anyhow!("--data {}: there is no such directory", dir.display())),
        }
    }

    /// Where they come from, in words.
    pub(super) fn told(&self) -> String {
        match self {
            Self::Program => "benchmark files as published, from the program itself".to_owned(),
            Self::Directory(dir) => format!("benchmark files from {}", dir.display()),
        }
    }

    /// One of them, for example `d04_te`, with all its columns.
    ///
    /// # Errors
    /// When it is not there, or makes no sense.
    pub(super) fn run(&self, name: &str) -> anyhow::Result<TrainingData> {
        let file = match self {
            Self::Program => {
                let path = format!("{name}.csv.gz");
                let bytes: Cow<'static, [u8]> =
                    Embedded::get(&path).with_context(|| format!("{path} is not in the program"))?.data;
                RunFile::parse(Path::new(&path), MultiGzDecoder::new(bytes.as_ref()))?
            }
            Self::Directory(dir) => {
                let places = [dir.join(format!("{name}.csv.gz")), dir.join(format!("{name}.csv"))];
                let found = places.iter().find(|place| place.is_file());
                let missing = || format!("--data {}: there is no {name}.csv.gz and no {name}.csv", dir.display());
                RunFile::read(found.with_context(missing)?)?
            }
        };
        to_data(name, &file)
    }
}

/// A file as an unbroken run.
///
/// # Errors
/// Never for what [`RunFile`] has read.
pub(super) fn to_data(name: &str, file: &RunFile) -> anyhow::Result<TrainingData> {
    let mut data = TrainingData::new(file.tags.clone())?;
    data.begin_run(name);
    file.rows.iter().try_for_each(|row| data.push_row(row))?;
    Ok(data)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_carries_every_file_of_the_comparison() {
        let files = Files::open(None).expect("the program");
        for n in 0..=21 {
            let run = files.run(&format!("d{n:02}_te")).expect("a test file");
            assert_eq!((run.rows(), run.tags()), (960, &columns()[..]));
        }
        assert_eq!(files.run("d00").expect("the training file").rows(), 500);
        assert!(Embedded::get("LICENSE.txt").is_some(), "the licence travels with the data");
    }
}
