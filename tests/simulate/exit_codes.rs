//! 0 done, 1 could not be done, 2 could not be understood; and in the last two cases no file.

use std::fs;
use std::os::unix::fs::symlink;

use super::{Desk, said};

const PLAN: &str = "faults = [0, 4]\nseeds = [1, 2]\nhours = 0.1\nformat = \"csv\"\n";

#[track_caller]
fn check(desk: &Desk, line: &str, code: i32, says: &str) {
    let output = desk.run(line);
    assert_eq!(output.status.code(), Some(code), "{line}: {}", said(&output));
    assert!(said(&output).contains(says), "{line}: `{says}` is not in: {}", said(&output));
}

#[test]
fn what_cannot_be_understood_is_2_and_leaves_nothing() {
    let desk = Desk::new();
    fs::write(desk.path("plan.toml"), PLAN).unwrap();
    fs::write(desk.path("wrong.toml"), format!("{PLAN}colour = 1\n")).unwrap();
    let before = desk.files(".");
    check(&desk, "--hours 1 --idv 29@0 --out run.csv", 2, "no disturbance `29`");
    check(&desk, "--hours nan --out run.csv", 2, "NaN");
    check(&desk, "--hours -1 --out run.csv", 2, "-1");
    check(&desk, "--hours 1 --hold XMV_4=101@0 --out run.csv", 2, "`101`");
    check(&desk, "--hours 1 --idv 4@2 --out run.csv", 2, "after the end of the run");
    check(&desk, "--hours 1 --out no/such/run.csv", 2, "--out no/such/run.csv: there is no directory no/such");
    check(&desk, "--batch wrong.toml --out set", 2, "unknown field `colour`");
    check(&desk, "--batch plan.toml --out .", 2, "not empty");
    assert_eq!(desk.files("."), before);
}

#[test]
fn a_full_disk_is_1_names_the_file_and_leaves_none_that_looks_whole() {
    let desk = Desk::new();
    for name in ["run.csv", "run.csv.gz", "run.parquet"] {
        symlink("/dev/full", desk.path(name)).unwrap();
        check(&desk, &format!("--hours 1 --every 1 --out {name}"), 1, &format!("cannot write {name}: No space left"));
    }
    // In a batch: one file cannot be written, and the journal keeps what could.
    fs::write(desk.path("plan.toml"), PLAN).unwrap();
    check(&desk, "--batch plan.toml --out set", 0, "4 runs written to set");
    let names = desk.files("set");
    fs::remove_file(desk.path("set").join(&names[3])).unwrap();
    symlink("/dev/full", desk.path("set").join(&names[3])).unwrap();
    check(&desk, "--batch plan.toml --out set", 1, &format!("cannot write set/{}: No space left", names[3]));
    fs::remove_file(desk.path("set").join(&names[3])).unwrap();
    check(&desk, "--batch plan.toml --out set", 0, "1 runs written to set, 3 were there and whole");
    assert_eq!(desk.files("set"), names);
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let desk = Desk::new();
    let mut child = desk.start("--hours 100 --every 1 --out -");
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
