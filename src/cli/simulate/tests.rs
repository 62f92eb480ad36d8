use std::fs::File;
use std::path::Path;

use clap::Parser;
use flate2::read::GzDecoder;

use super::*;

#[derive(Debug, Parser)]
struct Line {
    #[command(flatten)]
    arguments: Arguments,
}

/// The table that a command line makes, without headings.
fn table(line: &str) -> (Vec<Vec<f64>>, Told) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("run.csv");
    let told = made(line, &path);
    (rows(csv::Reader::from_path(path).unwrap()), told)
}

/// Does what a command line says, without a bar and without its `--out`.
fn made(line: &str, path: &Path) -> Told {
    let arguments = parse(&format!("{line} --out {}", path.display())).unwrap_or_else(|error| panic!("{error}"));
    let (run, labels) = (arguments.one.run(arguments.hours.unwrap()).unwrap(), arguments.one.labels());
    let table = Table::create("--out", path, &run.columns(labels), run.provenance()).unwrap();
    written(run, table, None, labels, &Progress::quiet(Stop::default())).unwrap().0
}

fn parse(line: &str) -> Result<Arguments, clap::Error> {
    Line::try_parse_from(["simulate"].into_iter().chain(line.split_whitespace())).map(|line| line.arguments)
}

fn rows<R: io::Read>(mut reader: csv::Reader<R>) -> Vec<Vec<f64>> {
    reader.records().map(|row| row.unwrap().iter().map(|cell| cell.parse().unwrap()).collect()).collect()
}

fn file(path: &str) -> Vec<Vec<f64>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    rows(csv::Reader::from_reader(GzDecoder::new(File::open(path).unwrap())))
}

#[test]
fn a_run_equals_the_reference_to_its_printed_digits() {
    let (found, told) = table("--hours 48 --idv 4@8 --seed 4651207995 --every 180");
    let expected = file("crates/tennessee-eastman/tests/data/cl_idv04_noise.csv.gz");
    assert_eq!((told.rows, told.tripped, found.len()), (960, None, expected.len()));
    for (found, expected) in found.iter().zip(&expected) {
        let printed: Vec<f64> = found.iter().map(|value| format!("{value:.9e}").parse().unwrap()).collect();
        assert_eq!(&printed, expected);
    }
}

#[test]
fn loops_follow_their_orders_and_the_events_tell_of_them() {
    let dir = tempfile::tempdir().unwrap();
    let (out, told) = (dir.path().join("run.csv"), dir.path().join("events.csv"));
    let line = "--hours 1 --every 60 --no-noise --set-point LOOP_17=76@0.1 --manual LOOP_10=41.5@0.2..0.25 --idv 6@0.3..0.32 \
                --hold XMV_12=70@0.6";
    let arguments = parse(&format!("{line} --out {} --events {}", out.display(), told.display())).unwrap();
    single(&arguments.one, 1.0, &out, &Stop::default()).unwrap();
    let rows = rows(csv::Reader::from_path(&out).unwrap());
    let (feed, water) = (|row: usize| rows[row - 1][46], |row: usize| rows[row - 1][52]);
    assert!(feed(8) > feed(5) + 1.0, "more feed for a higher level: {} % after {} %", feed(8), feed(5));
    assert!((13..=14).all(|row| water(row) == 41.5), "the valve stands where it was put");
    assert_ne!(water(16), 41.5);
    let mut events = csv::Reader::from_path(&told).unwrap();
    let events: Vec<String> = events.records().map(|row| row.unwrap().iter().collect::<Vec<_>>().join(" ")).collect();
    let (samples, orders): (Vec<&String>, Vec<&String>) = events.iter().partition(|event| event.contains("sample"));
    assert_eq!(samples.len(), 9 + 3, "{samples:?}");
    assert_eq!(
        orders,
        [
            "360 0.1 set point LOOP_17 76",
            "720 0.2 manual LOOP_10 ",
            "900 0.25 automatic LOOP_10 ",
            "1080 0.3 disturbance IDV_6 1",
            "1152 0.32 disturbance IDV_6 0",
            "2160 0.6 hold XMV_12 70",
        ]
    );
}

#[test]
fn the_revision_of_2015_has_more_disturbances_and_strengths() {
    let (calm, _) = table("--hours 0.5 --every 60 --no-noise --revision 2015");
    let moved = |line: &str| {
        let (rows, _) = table(&format!("--hours 0.5 --every 60 --no-noise --revision 2015 {line}"));
        rows.iter().zip(&calm).map(|(row, calm)| (row[52] - calm[52]).abs()).fold(0.0, f64::max)
    };
    // IDV 4: the reactor's cooling water is warmer. Its valve moves the more, the stronger it acts.
    assert!(moved("--idv 4@0") > 1.5 * moved("--idv 4=0.5@0"));
}

#[test]
fn a_run_begins_in_the_mode_that_is_asked_for() {
    // Mode 3 makes nine times as much G as H.
    let (rows, _) = table("--hours 0.1 --every 60 --no-noise --mode 3");
    let (g, h) = (rows[0][41], rows[0][42]);
    assert!(g > 6.0 * h, "{g} G, {h} H");
}

#[test]
fn a_trip_is_told_and_the_rows_go_on() {
    let (rows, told) = table("--hours 15 --idv 6@8 --seed 4651207995");
    assert_eq!(rows.len(), 300);
    let trip = told.tripped.unwrap();
    assert_eq!(trip.step, 49_706);
    assert!(trip.message.contains("ressure"), "{}", trip.message);
    let (rows, _) = table("--hours 15 --idv 6@8 --seed 4651207995 --stop-at-trip");
    assert_eq!(rows.len(), 276);

    // Whoever goes on from there is not told of it as if it had happened again.
    let dir = tempfile::tempdir().unwrap();
    let (out, kept) = (dir.path().join("run.csv"), dir.path().join("tripped.snapshot"));
    let line = format!("--hours 14 --idv 6@8 --seed 4651207995 --snapshot-out {} --out -", kept.display());
    single(&parse(&line).unwrap().one, 14.0, &out, &Stop::default()).unwrap();
    let told = made(&format!("--hours 1 --from {}", kept.display()), &out);
    assert_eq!((told.rows, told.tripped), (20, None));
}

#[test]
fn a_disturbance_acts_from_its_step_on_and_ends_before_its_last() {
    #[track_caller]
    fn check(disturbed: &str, first: usize, last: usize) {
        let (calm, _) = table("--hours 0.02 --every 1 --no-noise");
        let (found, _) = table(&format!("--hours 0.02 --every 1 --no-noise {disturbed}"));
        // The A feed is measured in the model call of the step and recorded in the next one.
        let lost = |at: usize| found[at][2] < calm[at][2] * 0.5;
        let steps: Vec<usize> = (0..found.len()).filter(|at| lost(*at)).map(|at| at + 1).collect();
        assert_eq!((steps.first(), steps.last()), (Some(&first), Some(&last)));
    }
    check("--idv 6@0", 2, 72);
    check("--idv 6@0.01", 37, 72);
    check("--idv 6@0.01..0.015", 37, 54);
    check("--idv 6@0.005..0.01 --idv 6@0.008..0.012", 19, 43);
}

#[test]
fn a_held_valve_stands_where_it_is_held() {
    let (rows, _) = table("--hours 0.01 --every 1 --hold XMV_4=61.302@0.002..0.005 --hold XMV_12=70@0");
    let valve = |at: usize, number: usize| rows[at - 1][42 + number];
    assert_ne!(valve(6, 4), 61.302);
    assert!((7..18).all(|step| valve(step, 4) == 61.302));
    assert_ne!(valve(24, 4), 61.302);
    assert_eq!(valve(1, 12), 70.0);
}

#[test]
fn without_noise_and_controllers_the_valves_stand_still() {
    let (rows, _) = table("--hours 0.1 --every 60 --no-noise --open-loop");
    assert_eq!(rows.len(), 6);
    assert_eq!(rows[0][43..], rows[5][43..]);
}

/// The last two columns.
fn labels(line: &str) -> Vec<(String, String)> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("run.csv");
    made(&format!("{line} --labels"), &path);
    let text = |cell: Option<&str>| cell.unwrap().to_owned();
    let mut rows = csv::Reader::from_path(path).unwrap();
    rows.records().map(|row| row.unwrap()).map(|row| (text(row.get(55)), text(row.get(56)))).collect()
}

#[test]
fn a_row_is_labelled_with_what_acted_on_its_measurements() {
    // Hour 0.01 is step 36; its measurements are seen in step 37.
    let found = labels("--hours 0.02 --every 1 --idv 6@0.01..0.015 --hold XMV_4=61.3@0.0125");
    let says = |step: usize| found[step - 1].0.as_str();
    assert_eq!((says(1), says(36), says(37)), ("normal", "normal", "IDV_6"));
    assert_eq!((says(45), says(46)), ("IDV_6", "IDV_6+XMV_4=61.3"));
    assert_eq!((says(54), says(55), says(72)), ("IDV_6+XMV_4=61.3", "XMV_4=61.3", "XMV_4=61.3"));

    // As in the published data sets: with a fault after eight hours, 160 rows are normal.
    let found = labels("--hours 14 --idv 6@8 --seed 4651207995");
    assert_eq!(found.iter().filter(|(fault, _)| fault == "normal").count(), 160);
    // The plant trips in step 49 706, before the row of step 49 860.
    assert_eq!(found.iter().position(|(_, tripped)| tripped == "1"), Some(276));
}

#[test]
fn a_run_in_two_parts_equals_the_whole() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    let says = "--every 7 --idv 1@0.01..0.04 --hold XMV_4=60@0.02..0.06";
    let do_it = |line: &str, out: &str| {
        let arguments = parse(&format!("{line} --out {}", at(out).display())).unwrap();
        single(&arguments.one, arguments.hours.unwrap(), &arguments.out.unwrap(), &Stop::default()).unwrap();
    };
    do_it(&format!("--hours 0.1 {says} --seed 77"), "whole.csv");
    let kept = at("half.snapshot");
    let first = "--every 7 --idv 1@0.01 --hold XMV_4=60@0.02";
    do_it(&format!("--hours 0.03 {first} --seed 77 --snapshot-out {}", kept.display()), "first.csv");
    do_it(&format!("--hours 0.07 {says} --from {}", kept.display()), "second.csv");
    let text = |name: &str| std::fs::read_to_string(at(name)).unwrap();
    let second = text("second.csv");
    let (_, second) = second.split_once('\n').unwrap();
    assert_eq!(text("first.csv") + second, text("whole.csv"));
}

#[test]
fn what_would_never_be_seen_is_refused() {
    #[track_caller]
    fn check(line: &str, says: &str) {
        let arguments = parse(&format!("--out - {line}")).unwrap();
        let Err(Failure::Usage(error)) = arguments.one.run(arguments.hours.unwrap()) else { panic!("{line}") };
        assert!(format!("{error:#}").contains(says), "{error:#}");
    }
    check("--hours 1 --idv 4@1.5", "--idv 4@1.5: begins after the end of the run at 1 h");
    check("--hours 1 --hold XMV_4=5@2..3", "--hold XMV_4=5@2..3: begins after the end");
    check("--hours 1 --idv 21@0", "--idv 21@0: IDV_21 is a disturbance of the revised model");
    check("--hours 1 --idv 4=0.5@0", "--idv 4=0.5@0: IDV_4 cannot act with the strength 0.5");
    check("--hours 1 --set-point LOOP_17=80@0.5..0.6", "--set-point LOOP_17=80@0.5..0.6: a set point stays");
    check("--hours 1 --set-point LOOP_17=800@0.5", "--set-point LOOP_17=800@0.5: LOOP_17 cannot hold XMEAS_8 at 800");
    check("--hours 1 --set-point LOOP_10=95@0.5", "is moved by LOOP_18");
    check("--hours 1 --manual LOOP_10=101@0.5", "--manual LOOP_10=101@0.5: XMV_10 cannot be put to 101 %");
    check("--hours 1 --manual LOOP_10@0.5 --open-loop", "without controllers");
    check("--hours 1 --manual LOOP_10@0.1..0.5 --manual LOOP_10@0.4", "twice at the same time");
    check("--hours 1 --from no/such.snapshot", "--from no/such.snapshot: cannot be read");
    check("--hours 1 --from Cargo.toml", "--from Cargo.toml: these bytes are not a snapshot");
}

#[test]
fn what_makes_no_sense_is_refused_by_name() {
    #[track_caller]
    fn check(line: &str, says: &[&str]) {
        let error = parse(line).expect_err(line);
        assert_eq!(error.exit_code(), 2);
        for words in says {
            assert!(error.to_string().contains(words), "`{words}` is not in: {error}");
        }
    }
    check("--out -", &["--hours"]);
    check("--hours 1", &["--out"]);
    check("--hours -1 --out -", &["-1"]);
    check("--hours soon --out -", &["--hours", "soon"]);
    check("--hours nan --out -", &["--hours", "NaN"]);
    check("--hours 1 --every 0 --out -", &["--every", "0"]);
    check("--hours 1 --seed 0 --out -", &["--seed", "stands still"]);
    check("--hours 1 --seed 4294967296 --out -", &["--seed", "stands still"]);
    check("--hours 1 --idv 4 --out -", &["--idv", "says no hour"]);
    check("--hours 1 --idv 29@8 --out -", &["--idv", "no disturbance `29`"]);
    check("--hours 1 --idv 4=2@8 --out -", &["--idv", "`2`"]);
    check("--hours 1 --set-point LOOP_12=5@0 --out -", &["--set-point", "`LOOP_12`"]);
    check("--hours 1 --set-point LOOP_17@0 --out -", &["--set-point", "says no value"]);
    check("--hours 1 --set-point LOOP_17=nan@0 --out -", &["--set-point", "`nan`"]);
    check("--hours 1 --manual XMV_3@0 --out -", &["--manual", "`XMV_3`"]);
    check("--hours 1 --revision 2010 --out -", &["--revision", "2010"]);
    check("--hours 1 --mode 7 --out -", &["--mode", "no mode 7"]);
    check("--braatz d22", &["--braatz", "no data set `d22`"]);
    check("--braatz d01 --seed 4", &["--braatz", "--seed"]);
    check("--hours 1 --idv 4@noon --out -", &["--idv", "`noon`"]);
    check("--hours 1 --idv 4@8..7 --out -", &["--idv", "ends before it begins"]);
    check("--hours 1 --idv 4@-1 --out -", &["--idv", "`-1`"]);
    check("--hours 1 --hold XMV_4@8 --out -", &["--hold", "says no position"]);
    check("--hours 1 --hold XMV_13=5@8 --out -", &["--hold", "`XMV_13`"]);
    check("--hours 1 --hold XMEAS_4=5@8 --out -", &["--hold", "`XMEAS_4`"]);
    check("--hours 1 --hold XMV_4=101@8 --out -", &["--hold", "`101`"]);
    check("--hours 1 --colour red --out -", &["--colour"]);
    check("--hours 1 --batch plan.toml --out -", &["--hours", "--batch"]);
    check("--batch plan.toml --idv 4@8 --out -", &["--idv", "--batch"]);
    check("--hours 1 --jobs 2 --out -", &["--jobs", "--hours"]);
    check("--batch plan.toml --jobs 0 --out -", &["--jobs", "0"]);
    check("--hours 1 --from a --seed 2 --out -", &["--from", "--seed"]);
    check("--hours 1 --hold XMV_4=nan@8 --out -", &["--hold", "`nan`"]);
    check("--hours 1 --idv 4@nan --out -", &["--idv", "`nan`"]);
}

#[test]
fn a_valve_is_not_held_at_two_positions_at_once() {
    #[track_caller]
    fn check(holds: &str, fits: bool) {
        let arguments = parse(&format!("--hours 1 --out - {holds}")).unwrap();
        assert_eq!(arguments.one.run(1.0).is_ok(), fits, "{holds}");
    }
    check("--hold XMV_4=10@0.1 --hold XMV_4=20@0.2", false);
    check("--hold XMV_4=10@0.1..0.3 --hold XMV_4=20@0.2..0.4", false);
    check("--hold XMV_4=10@0.1..0.2 --hold XMV_4=20@0.2", true);
    check("--hold XMV_4=10@0.1 --hold XMV_5=20@0.1", true);
}
