//! The data sets that come with the program are replayed whole, and a replay goes on where it was stopped.

use std::fs;
use std::path::{Path, PathBuf};

use tep::config::SourceConfig;
use tep::config::plant::built_in;
use tep::domain::{Quality, SourceTime};
use tep::ingest::{Next, RawScan, Source, SourceStatus, open};

const AGITATOR: usize = 52;

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/braatz");
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "gz"));
    files.sort();
    files
}

fn replay(file: &Path, checkpoint: Option<&[u8]>) -> Box<dyn Source> {
    let config = SourceConfig::Replay { file: file.to_owned(), speed: 1.0, period_seconds: 180.0 };
    open(&config, &built_in(), checkpoint, SourceTime::from_micros(0)).unwrap()
}

fn rest(mut source: Box<dyn Source>) -> Vec<RawScan> {
    let mut scans = Vec::new();
    while let Next::Scan(scan) = source.next_scan().unwrap() {
        scans.push(scan);
    }
    assert_eq!(source.status(), SourceStatus::Ended);
    scans
}

#[test]
fn every_file_of_the_benchmark_is_replayed_whole() {
    let files = files();
    assert_eq!(files.len(), 44);
    for file in files {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let scans = rest(replay(&file, None));
        let rows = if name.contains("_te") {
            960
        } else if name.starts_with("d00") {
            500
        } else {
            480
        };
        assert_eq!(scans.len(), rows, "{name}");
        for (at, scan) in scans.iter().enumerate() {
            assert_eq!(scan.source_time.as_micros(), 180_000_000 * at as i64, "{name}");
            assert_eq!(scan.qualities.iter().position(|quality| *quality != Quality::Good), Some(AGITATOR), "{name}");
        }
    }
}

#[test]
fn a_stopped_replay_goes_on_with_the_next_row() {
    let file = &files()[1];
    let whole = rest(replay(file, None));
    let resumed = rest(replay(file, whole[400].checkpoint.as_deref()));
    assert_eq!(resumed.len(), whole.len() - 401);
    for (found, expected) in resumed.iter().zip(&whole[401..]) {
        assert_eq!((found.number, found.source_time), (expected.number, expected.source_time));
        assert_eq!(found.values[..AGITATOR], expected.values[..AGITATOR]);
    }
}
