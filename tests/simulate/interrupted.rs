//! Killed in the middle, told to stop, started again.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use super::{Desk, said};

/// Long enough that nobody finishes before he is interrupted.
const PLAN: &str = "faults = [0, 1, 4]\nseeds = { first = 1, count = 4 }\nhours = 40\nformat = \"csv\"\n";
const PATIENCE: Duration = Duration::from_secs(60);

fn until(what: &str, mut reached: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !reached() {
        assert!(begun.elapsed() < PATIENCE, "{what} was not reached");
        std::thread::yield_now();
    }
}

fn signal(child: &Child, name: &str) {
    let done = Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).status().unwrap();
    assert!(done.success());
}

/// Which files the journal knows, and what tells whether they are still the same.
fn journalled(desk: &Desk) -> BTreeMap<String, (u64, i64)> {
    let journal = fs::read_to_string(desk.path("set/.journal.jsonl")).unwrap_or_default();
    let entries = journal.lines().skip(1).filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    entries
        .map(|entry| entry["file"].as_str().unwrap().to_owned())
        .map(|file| {
            let is = fs::metadata(desk.path("set").join(&file)).unwrap();
            (file, (is.ino(), is.mtime_nsec()))
        })
        .collect()
}

#[track_caller]
fn goes_on(desk: &Desk, kept: &BTreeMap<String, (u64, i64)>) {
    let output = desk.run("--batch plan.toml --out set");
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let says = format!("{} runs written to set, {} were there and whole", 12 - kept.len(), kept.len());
    assert!(said(&output).contains(&says), "`{says}` is not in: {}", said(&output));
    for (file, was) in kept {
        let is = fs::metadata(desk.path("set").join(file)).unwrap();
        assert_eq!((is.ino(), is.mtime_nsec()), *was, "{file} was written again");
    }
    let names = desk.files("set");
    assert_eq!(names.len(), 13, "{names:?}");
    assert!(names.iter().all(|name| !name.starts_with('.')), "{names:?}");
}

#[test]
fn a_killed_batch_goes_on_with_what_is_missing() {
    let desk = Desk::new();
    fs::write(desk.path("plan.toml"), PLAN).unwrap();
    let mut child = desk.start("--batch plan.toml --out set");
    until("the third file", || journalled(&desk).len() >= 3);
    child.kill().unwrap();
    child.wait().unwrap();
    let kept = journalled(&desk);
    assert!(kept.len() < 12, "it was killed too late");
    goes_on(&desk, &kept);
}

#[test]
fn a_batch_that_is_told_to_stop_leaves_no_halves_and_says_how_to_go_on() {
    let desk = Desk::new();
    fs::write(desk.path("plan.toml"), PLAN).unwrap();
    let child = desk.start("--batch plan.toml --out set");
    until("the first file", || !journalled(&desk).is_empty());
    signal(&child, "INT");
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("of 12 runs are done; the same command goes on"), "{}", said(&output));
    assert!(desk.files("set").iter().all(|name| !name.ends_with(".part")));
    goes_on(&desk, &journalled(&desk));
}

#[test]
fn two_do_not_fill_the_same_directory() {
    let desk = Desk::new();
    fs::write(desk.path("plan.toml"), PLAN).unwrap();
    let mut first = desk.start("--batch plan.toml --out set");
    until("the first file", || !journalled(&desk).is_empty());
    let second = desk.run("--batch plan.toml --out set");
    assert_eq!(second.status.code(), Some(1));
    assert!(said(&second).contains("another command is writing there"), "{}", said(&second));
    first.kill().unwrap();
    first.wait().unwrap();
}

#[test]
fn a_single_run_that_is_told_to_stop_or_killed_leaves_no_file_of_its_name() {
    let desk = Desk::new();
    for (name, leaves) in [("TERM", &[][..]), ("KILL", &[".run.parquet.part"][..])] {
        let child = desk.start("--hours 99999 --every 60 --out run.parquet");
        until("the file", || desk.files(".").contains(&".run.parquet.part".to_owned()));
        signal(&child, name);
        child.wait_with_output().unwrap();
        assert_eq!(desk.files("."), leaves, "{name}");
    }
    // And what the killed one has left is in nobody's way.
    assert_eq!(desk.run("--hours 0.1 --out run.parquet").status.code(), Some(0));
    assert_eq!(desk.files("."), ["run.parquet"]);
}
