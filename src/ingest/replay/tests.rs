use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use tempfile::TempDir;

use super::*;
use crate::config::plant::built_in;

const PERIOD: Duration = Duration::from_secs(180);

fn start() -> SourceTime {
    SourceTime::from_micros(1_700_000_000_000_000)
}

fn file(name: &str, text: &str) -> (TempDir, PathBuf) {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join(name);
    if name.ends_with(".gz") {
        let mut gz = GzEncoder::new(File::create(&path).unwrap(), Compression::fast());
        gz.write_all(text.as_bytes()).unwrap();
        gz.finish().unwrap();
    } else {
        std::fs::write(&path, text).unwrap();
    }
    (dir, path)
}

fn open(path: &Path) -> Result<Replay, SourceError> {
    Replay::open(path, PERIOD, &built_in(), None, start())
}

fn all(replay: &mut Replay) -> Vec<RawScan> {
    let mut scans = Vec::new();
    while let Next::Scan(scan) = replay.next_scan().unwrap() {
        scans.push(scan);
    }
    scans
}

/// Seconds after `start` of each row.
fn seconds(scans: &[RawScan]) -> Vec<f64> {
    scans.iter().map(|scan| scan.source_time.since(start()).as_secs_f64()).collect()
}

const SHORT: &str = "XMEAS_2,XMV_3\n1.5,2\n2.5,\n3.5,4\n";

#[test]
fn tags_that_the_file_lacks_and_empty_cells_are_bad() {
    for name in ["short.csv", "short.csv.gz"] {
        let (_dir, path) = file(name, SHORT);
        let mut replay = open(&path).unwrap();
        assert_eq!(replay.status(), SourceStatus::Running);
        let scans = all(&mut replay);
        assert_eq!(scans.len(), 3);
        assert_eq!((scans[0].values[1], scans[0].qualities[1]), (1.5, Quality::Good));
        assert_eq!((scans[0].values[43], scans[1].qualities[43]), (2.0, Quality::Bad));
        assert!(scans[1].values[43].is_nan());
        assert_eq!(scans[0].qualities.iter().filter(|quality| **quality == Quality::Bad).count(), 51);
        assert_eq!(replay.status(), SourceStatus::Ended);
        assert_eq!(replay.next_scan().unwrap(), Next::Ended);
    }
}

#[test]
fn time_comes_from_the_file_or_from_the_period() {
    #[track_caller]
    fn check(text: &str, expected: &[f64], period: Duration) {
        let (_dir, path) = file("timed.csv", text);
        let mut replay = open(&path).unwrap();
        assert_eq!(replay.period(), period);
        assert_eq!(seconds(&all(&mut replay)), expected);
    }
    check(SHORT, &[0.0, 180.0, 360.0], PERIOD);
    check("t_h,XMEAS_1\n0.05,1\n0.1,1\n0.2,1\n", &[0.0, 180.0, 540.0], Duration::from_secs(270));
    check(
        "step,t_h,XMEAS_1\n1,0.0002777777777777778,1\n2,0.0005555555555555556,1\n",
        &[0.0, 1.0],
        Duration::from_secs(1),
    );
    check(
        "time,t_h,XMEAS_1\n2023-11-14T22:13:21Z,7,1\n2023-11-14T23:13:21+00:00,7,1\n",
        &[1.0, 3601.0],
        Duration::from_secs(3600),
    );
}

#[test]
fn a_file_that_makes_no_sense_is_refused_before_the_first_scan() {
    #[track_caller]
    fn check(text: &str, says: &[&str]) {
        let (_dir, path) = file("bad.csv", text);
        let said = open(&path).err().unwrap().to_string();
        for words in ["bad.csv"].iter().chain(says) {
            assert!(said.contains(words), "`{words}` is not in: {said}");
        }
    }
    check("XMEAS_2,XMV_3\n1,2\n1,abc\n", &["row 2", "line 3", "column `XMV_3`", "`abc`"]);
    check("XMEAS_2,XMV_3\n1,2\n1\n", &["row 2", "line 3", "1 cells under 2 headings"]);
    check("XMEAS_2,XMV_3\n1,2,3\n", &["row 1", "3 cells under 2 headings"]);
    check("XMEAS_2,COLOUR\n1,2\n", &["column 2", "`COLOUR`"]);
    check("XMEAS_2,XMEAS_2\n1,2\n", &["column 2", "twice"]);
    check("step,t_h\n1,2\n", &["no column of a tag"]);
    check("XMEAS_2\n", &["no rows"]);
    check("", &["no column of a tag"]);
    check("t_h,XMEAS_2\n1,2\n1,2\n", &["row 2", "column `t_h`", "not after the row before"]);
    check("t_h,XMEAS_2\nsoon,2\n", &["row 1", "column `t_h`", "`soon`"]);
    check("time,XMEAS_2\nnoon,2\n", &["row 1", "column `time`", "`noon`"]);
}

#[test]
fn what_cannot_be_read_is_named() {
    let said = open(Path::new("no/such.csv")).err().unwrap().to_string();
    assert!(said.contains("no/such.csv"), "{said}");
    let (dir, _) = file("x.csv", SHORT);
    let path = dir.path().join("not.csv.gz");
    std::fs::write(&path, "not gzip").unwrap();
    let said = open(&path).err().unwrap().to_string();
    assert!(said.contains("not.csv.gz"), "{said}");
}

#[test]
fn a_missing_number_may_be_written_out() {
    let (_dir, path) = file("nan.csv", "XMEAS_2\nNaN\ninf\n7e0\n");
    let scans = all(&mut open(&path).unwrap());
    let qualities: Vec<Quality> = scans.iter().map(|scan| scan.qualities[1]).collect();
    assert_eq!(qualities, [Quality::Bad, Quality::Bad, Quality::Good]);
    assert!(scans[1].values[1].is_nan());
}

#[test]
fn a_replay_goes_on_at_the_row_after_its_checkpoint() {
    let (_dir, path) = file("short.csv", SHORT);
    let whole = all(&mut open(&path).unwrap());
    for kept in 0..3 {
        let later = start() + Duration::from_secs(99_999);
        let checkpoint = whole[kept].checkpoint.as_deref();
        let mut resumed = Replay::open(&path, PERIOD, &built_in(), checkpoint, later).unwrap();
        let rest = all(&mut resumed);
        assert_eq!(format!("{rest:?}"), format!("{:?}", &whole[kept + 1..]));
        assert_eq!(resumed.status(), SourceStatus::Ended);
    }
}

#[test]
fn a_checkpoint_of_another_file_or_source_is_refused() {
    let (_dir, path) = file("short.csv", SHORT);
    let checkpoint = all(&mut open(&path).unwrap()).remove(0).checkpoint.unwrap();
    let (_other, other) = file("other.csv", "XMEAS_2,XMV_3\n1,2\n3,4\n");
    let error = Replay::open(&other, PERIOD, &built_in(), Some(&checkpoint), start()).err().unwrap();
    assert!(matches!(error, SourceError::OtherFile(_)), "{error}");
    let error = super::super::SimulatedPlant::open(&built_in(), 1, Some(&checkpoint), start()).err().unwrap();
    assert!(error.to_string().contains("belongs to a replay"), "{error}");
    let error = Replay::open(&path, PERIOD, &built_in(), Some(&checkpoint[..20]), start()).err().unwrap();
    assert!(matches!(error, SourceError::Checkpoint(_)), "{error}");
}

#[test]
fn nobody_changes_what_was() {
    let (_dir, path) = file("short.csv", SHORT);
    let mut replay = open(&path).unwrap();
    assert!(!replay.controllable() && replay.disturbances().is_empty());
    let error = replay.control(SourceOrder::Reset).unwrap_err();
    assert!(matches!(error, SourceError::NotControllable("replay")), "{error}");
}

#[test]
fn hours_count_from_the_first_row() {
    let (_dir, path) = file("short.csv", SHORT);
    let mut replay = open(&path).unwrap();
    assert_eq!(replay.plant_hours(), 0.0);
    all(&mut replay);
    assert_eq!(replay.plant_hours(), 0.1);
}
