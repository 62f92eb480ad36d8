use std::path::PathBuf;

use super::*;

const PLAN: &str = r#"
faults = [0, 4, "1+6", "XMV_4=61.302@0.01", "4@0.01..0.02"]
seeds = { first = 1, count = 2 }
onset_h = [0.01, 0.02]
hours = 0.05
every_s = 10
format = "csv"
"#;

fn plan(text: &str) -> Plan {
    Plan::read(text).unwrap_or_else(|error| panic!("{error:#}"))
}

fn files(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// A plan in a file, and where its data set goes.
fn place(text: &str) -> (tempfile::TempDir, PathBuf, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let (plan, out) = (dir.path().join("plan.toml"), dir.path().join("set"));
    fs::write(&plan, text).unwrap();
    (dir, plan, out)
}

fn done(plan: &Path, out: &Path) {
    super::run(plan, out, Some(2), &Stop::default()).unwrap_or_else(|failure| panic!("{failure:?}"));
}

fn manifest(dir: &Path) -> serde_json::Value {
    serde_json::from_slice(&fs::read(dir.join("manifest.json")).unwrap()).unwrap()
}

#[test]
fn the_runs_are_all_combinations_and_only_faults_without_a_time_know_of_onsets() {
    let names: Vec<String> = plan(PLAN).runs().into_iter().map(|run| run.file).collect();
    assert_eq!(
        names,
        [
            "01-normal-seed1.csv",
            "02-normal-seed2.csv",
            "03-idv4-on0.01h-seed1.csv",
            "04-idv4-on0.01h-seed2.csv",
            "05-idv4-on0.02h-seed1.csv",
            "06-idv4-on0.02h-seed2.csv",
            "07-idv1+idv6-on0.01h-seed1.csv",
            "08-idv1+idv6-on0.01h-seed2.csv",
            "09-idv1+idv6-on0.02h-seed1.csv",
            "10-idv1+idv6-on0.02h-seed2.csv",
            "11-xmv_4=61.302@0.01-seed1.csv",
            "12-xmv_4=61.302@0.01-seed2.csv",
            "13-idv4@0.01..0.02-seed1.csv",
            "14-idv4@0.01..0.02-seed2.csv",
        ]
    );
}

#[test]
fn a_plan_is_known_by_what_it_says_and_not_by_how() {
    let one = plan("faults = [1]\nseeds = [1, 2]\nhours = 1").sha256().unwrap();
    let same = plan("# a remark\nhours = 1.0\nfaults = \"1\"\nseeds = { first = 1, count = 2 }").sha256().unwrap();
    let other = plan("faults = [1]\nseeds = [1, 3]\nhours = 1").sha256().unwrap();
    assert_eq!(one, same);
    assert_ne!(one, other);
}

#[test]
fn a_plan_that_is_not_understood_says_where() {
    #[track_caller]
    fn check(text: &str, says: &[&str]) {
        let error = format!("{:#}", Plan::read(text).expect_err(text));
        for words in says {
            assert!(error.contains(words), "`{words}` is not in: {error}");
        }
    }
    let with = |more: &str| format!("faults = [1]\nseeds = 1\nhours = 1\n{more}");
    check("", &["faults"]);
    check("faults = [1]\nseeds = 1", &["hours"]);
    check("faults = [1]\nhours = 1", &["seeds"]);
    check(&with("colour = \"red\""), &["line 4", "colour"]);
    check(&with("format = \"xls\""), &["line 4", "xls", "parquet"]);
    check(&with("every_s = 0"), &["every_s", "0 s"]);
    check(&with("every_s = -1"), &["line 4", "-1"]);
    check(&with("every_s = 7200"), &["every_s", "longer than a run"]);
    check(&with("onset_h = nan"), &["onset_h", "NaN"]);
    check(&with("onset_h = -1"), &["onset_h", "-1"]);
    check(&with("onset_h = 2"), &["faults: `1`", "begins after the end"]);
    check(&with("noise = [true, true]"), &["noise", "twice"]);
    check(&with("noise = \"loud\""), &["line 4", "loud"]);
    check(&with("revision = 2010"), &["line 4", "no revision 2010"]);
    check(&with("mode = [0, 7]"), &["line 4", "no mode 7"]);
    check("faults = [21]\nseeds = 1\nhours = 1", &["faults: `21`", "revised model"]);
    check("faults = [29]\nseeds = 1\nhours = 1", &["line 1", "no disturbance `29`"]);
    check("faults = [-1]\nseeds = 1\nhours = 1", &["line 1", "`-1`"]);
    check("faults = [1.5]\nseeds = 1\nhours = 1", &["line 1", "1.5", "a fault"]);
    check("faults = [1, \"1\"]\nseeds = 1\nhours = 1", &["faults", "twice"]);
    check("faults = []\nseeds = 1\nhours = 1", &["faults", "empty"]);
    check("faults = [\"XMV_4=200\"]\nseeds = 1\nhours = 1", &["line 1", "`200`"]);
    check(
        "faults = [\"XMV_4=1+XMV_4=2\"]\nseeds = 1\nhours = 1",
        &["faults: `XMV_4=1+XMV_4=2`", "XMV_4 is there twice"],
    );
    check("faults = [1]\nseeds = 0\nhours = 1", &["seeds", "stands still"]);
    check("faults = [1]\nseeds = -3\nhours = 1", &["line 2", "-3"]);
    check("faults = [1]\nseeds = { first = 1 }\nhours = 1", &["line 2", "count"]);
    check("faults = [1]\nseeds = { first = 1, count = 0 }\nhours = 1", &["seeds", "empty"]);
    check("faults = [1]\nseeds = { first = 1, count = 100001 }\nhours = 1", &["line 2", "100001"]);
    check("faults = [1]\nseeds = 1\nhours = -1", &["hours", "-1"]);
    check("faults = [1]\nseeds = 1\nhours = nan", &["hours", "NaN"]);
    check("faults = [1]\nseeds = 1\nhours = \"long\"", &["line 3", "long"]);
}

#[test]
fn a_batch_leaves_its_files_and_a_manifest_that_is_true() {
    let (_dir, plan_file, out) = place(PLAN);
    done(&plan_file, &out);
    let mut expected: Vec<String> = plan(PLAN).runs().into_iter().map(|run| run.file).collect();
    expected.push("manifest.json".into());
    assert_eq!(files(&out), expected);
    let manifest = manifest(&out);
    assert_eq!(manifest["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(manifest["runs"].as_array().unwrap().len(), 14);
    let third = &manifest["runs"][2];
    assert_eq!((&third["seed"], &third["rows"]), (&1.into(), &18.into()));
    assert_eq!(third["disturbances"], serde_json::json!(["4@0.01"]));
    assert_eq!(third["mode"], 0);
    assert_eq!(third["tripped"], serde_json::Value::Null);
    let bytes = fs::read(out.join("03-idv4-on0.01h-seed1.csv")).unwrap();
    assert_eq!(third["bytes"], bytes.len());
    use sha2::Digest;
    assert_eq!(third["sha256"], super::super::output::hexadecimal(&sha2::Sha256::digest(&bytes)));
    let text = String::from_utf8(bytes).unwrap();
    assert!(text.starts_with("run,seed,step,t_h,XMEAS_1,"), "{text}");
    // Step 36 is the first with the disturbance; the row of step 40 shows it.
    let faults: Vec<&str> = text.lines().skip(1).map(|row| row.rsplit(',').nth(1).unwrap()).collect();
    assert_eq!(faults[..4], ["normal", "normal", "normal", "IDV_4"]);
}

#[test]
fn what_is_there_stays_what_is_damaged_or_missing_is_made_anew() {
    let (_dir, plan_file, out) = place(PLAN);
    done(&plan_file, &out);
    let names = files(&out);
    let contents = |name: &String| fs::read(out.join(name)).unwrap();
    let first: Vec<Vec<u8>> = names.iter().map(contents).collect();
    let untouched = fs::metadata(out.join(&names[0])).unwrap().modified().unwrap();
    let mut damaged = first[1].clone();
    damaged[100] ^= 1;
    fs::write(out.join(&names[1]), damaged).unwrap();
    fs::remove_file(out.join(&names[2])).unwrap();
    done(&plan_file, &out);
    assert_eq!(files(&out), names);
    assert_eq!(names.iter().map(contents).collect::<Vec<_>>(), first);
    assert_eq!(fs::metadata(out.join(&names[0])).unwrap().modified().unwrap(), untouched);
}

#[test]
fn a_directory_of_something_else_is_refused() {
    let (dir, plan_file, out) = place(PLAN);
    let refused = |plan: &Path, out: &Path, says: &str| {
        let Err(Failure::Usage(error)) = super::run(plan, out, Some(1), &Stop::default()) else { panic!("{says}") };
        assert!(format!("{error:#}").contains(says), "{error:#}");
    };
    refused(&plan_file, &dir.path().join("no/such"), "no directory");
    refused(&plan_file, &plan_file, "not a directory");
    refused(&plan_file, dir.path(), "not empty");
    refused(&dir.path().join("no.toml"), &out, "no.toml: cannot be read");
    done(&plan_file, &out);
    let other = dir.path().join("other.toml");
    fs::write(&other, PLAN.replace("0.05", "0.06")).unwrap();
    refused(&other, &out, "belongs to another plan");
    let manifest = fs::read_to_string(out.join("manifest.json")).unwrap();
    let older = manifest.replace(&format!("\"{}\"", env!("CARGO_PKG_VERSION")), "\"0.0.1\"");
    fs::write(out.join("manifest.json"), older).unwrap();
    refused(&plan_file, &out, "was begun by version 0.0.1");
}

#[test]
fn a_stopped_batch_goes_on_where_it_was_and_a_torn_line_costs_one_run() {
    let (_dir, plan_file, out) = place(PLAN);
    done(&plan_file, &out);
    let names = files(&out);
    let manifest = manifest(&out);
    // As a killed process would have left it: no manifest, some files, a journal of which the last line is torn.
    fs::remove_file(out.join("manifest.json")).unwrap();
    names[5..14].iter().for_each(|name| fs::remove_file(out.join(name)).unwrap());
    let owner = serde_json::json!({
        "layout": manifest["layout"], "version": manifest["version"], "plan_sha256": manifest["plan_sha256"],
    });
    let lines: Vec<String> = manifest["runs"].as_array().unwrap()[..5].iter().map(ToString::to_string).collect();
    let journal = format!("{owner}\n{}", lines.join("\n"));
    fs::write(out.join(".journal.jsonl"), &journal[..journal.len() - 7]).unwrap();
    fs::write(out.join(format!(".{}.part", names[5])), "half").unwrap();

    let stopped = Stop::default();
    stopped.order();
    let Err(Failure::Run(error)) = super::run(&plan_file, &out, Some(2), &stopped) else { panic!("not stopped") };
    assert!(error.to_string().contains("4 of 14 runs are done"), "{error}");

    let plan = plan(PLAN);
    let runs = plan.runs();
    let progress = Progress::quiet(Stop::default());
    let directory = Directory::open(&out, Owner::of(&plan).unwrap()).unwrap();
    let (directory, made) = Batch { runs: &runs, progress: &progress }.make(directory, 2).unwrap();
    assert_eq!((made.kept, made.made, made.mended.len()), (4, 10, 0));
    directory.finish(&plan).unwrap();
    assert_eq!(files(&out), names);
    assert_eq!(self::manifest(&out), manifest);
}

#[test]
fn the_example_of_the_handbook_is_understood() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/fault-data-set.toml");
    let plan = read(&path).unwrap_or_else(|error| panic!("{error:#}"));
    assert_eq!(plan.runs().len(), 230);
}
