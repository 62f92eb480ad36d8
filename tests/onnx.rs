//! Networks that were trained elsewhere, as charts: in a build with the feature `onnx`, so in a driver of its own
//! (`cargo test --features onnx --test onnx`).

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tep::config::plant::built_in;
use tep::detect::TrainingData;
use tep::detect::multivariate::{
    ChartModel, ChartSettings, Method, ModelChart, Reading, Scorer, TrainError, calibrate, tags_of_network, train,
};
use tep::domain::{DetectorState, Plant, Quality, SourceTime, TagId, WallTime};
use tep::ingest::RunFile;

/// The first faulty row of a test file.
const ONSET: usize = 160;
const PERIOD: Duration = Duration::from_secs(180);

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn network() -> Vec<u8> {
    std::fs::read(here("training/autoencoder/autoencoder.onnx")).expect("the network")
}

fn tags() -> Vec<TagId> {
    let told = tags_of_network(&network()).expect("a network").expect("it tells its columns");
    told.iter().map(|tag| TagId::from(tag.as_str())).collect()
}

/// A file of the public benchmark.
fn benchmark(name: &str) -> TrainingData {
    let file = RunFile::read(&here(&format!("data/braatz/{name}.csv.gz"))).expect("a file");
    let mut data = TrainingData::new(file.tags).expect("tags");
    data.begin_run(name);
    file.rows.iter().for_each(|row| data.push_row(row).expect("a row"));
    data
}

fn settings() -> ChartSettings {
    ChartSettings { method: Method::Onnx, false_alarm_rate: 0.01, sample_period: PERIOD }
}

fn calibrated(data: &TrainingData) -> Result<ChartModel, TrainError> {
    calibrate(network(), data, &settings(), WallTime::from_micros(0), &mut |_| ControlFlow::Continue(()))
}

/// The network of the repository with limits from the benchmark's normal file, which it has not seen.
fn model() -> Arc<ChartModel> {
    static MODEL: OnceLock<Arc<ChartModel>> = OnceLock::new();
    let make = || Arc::new(calibrated(&benchmark("d00").select(&tags()).expect("its tags")).expect("a model"));
    Arc::clone(MODEL.get_or_init(make))
}

fn push(chart: &mut ModelChart, plant: &Plant, rows: &TrainingData, at: usize, row: &[f64]) -> Reading {
    let value = |tag: &TagId| rows.tags().iter().position(|have| have == tag).map_or(f64::NAN, |column| row[column]);
    let values: Vec<f64> = plant.tags.iter().map(|tag| value(&tag.id)).collect();
    let quality = |value: &f64| if value.is_nan() { Quality::Bad } else { Quality::Good };
    let qualities: Vec<Quality> = values.iter().map(quality).collect();
    let time = SourceTime::from_micros(0) + PERIOD * u32::try_from(at).expect("few rows");
    chart.push(time, &values, &qualities).expect("a sample is due")
}

#[test]
fn its_limits_hold_on_other_normal_rows_and_a_fault_exceeds_them() {
    let model = model();
    assert_eq!(model.charts.iter().map(|chart| chart.name.as_str()).collect::<Vec<_>>(), ["SPE", "medium"]);
    let exceeding = |file: &str, from: usize| {
        let by_chart = Scorer::new(Arc::clone(&model)).expect("sound").score(&benchmark(file)).expect("its tags");
        let rows = (from..by_chart[0].len())
            .filter(|at| model.exceeded_by(&by_chart.iter().map(|chart| chart[*at]).collect::<Vec<f64>>()));
        rows.count() as f64 / (by_chart[0].len() - from) as f64
    };
    assert!(exceeding("d00_te", 0) < 0.05, "{}", exceeding("d00_te", 0));
    for file in ["d01_te", "d06_te", "d14_te"] {
        assert!(exceeding(file, ONSET) > 0.95, "{file}: {}", exceeding(file, ONSET));
    }
    assert!(model.measured_false_alarm_rate < 0.05, "{}", model.measured_false_alarm_rate);
}

#[test]
fn a_row_at_a_time_it_says_what_batch_says_and_names_the_tag() {
    let (model, plant, rows) = (model(), built_in(), benchmark("d04_te"));
    let by_chart = Scorer::new(Arc::clone(&model)).expect("sound").score(&rows).expect("its tags");
    let mut chart = ModelChart::new(Arc::clone(&model), &plant, 3).expect("the plant has its tags");
    assert_eq!(chart.state(), DetectorState::WarmingUp { have: 0, need: 3 });
    let mut judged = 0;
    let mut reading = None;
    for at in 0..rows.rows() {
        let said = push(&mut chart, &plant, &rows, at, rows.row(at));
        for (score, chart) in said.scores.iter().zip(&by_chart) {
            assert_eq!(score.statistic.to_bits(), chart[at].to_bits(), "row {at}");
            judged += 1;
        }
        if !said.contributions.is_empty() {
            let shares: f64 = said.contributions.iter().map(|one| one.share).sum();
            assert!((shares - 1.0).abs() < 1e-9, "row {at}: {shares}");
        }
        reading = Some(said);
    }
    assert!(judged > 2 * (rows.rows() - 10), "{judged}");
    let last = reading.expect("rows");
    assert_eq!(last.state, DetectorState::Alarm);
    // Fault 4 is the cooling water of the reactor: its valve stands where it never stood.
    assert_eq!(plant.tag(last.contributions[0].tag).expect("a tag").id, TagId::from("XMV_10"));
}

#[test]
fn where_it_has_no_answer_it_is_blind_and_warms_up_again() {
    let (plant, rows) = (built_in(), benchmark("d00_te"));
    let mut chart = ModelChart::new(model(), &plant, 3).expect("the plant has its tags");
    for at in 0..5 {
        push(&mut chart, &plant, &rows, at, rows.row(at));
    }
    assert_eq!(chart.state(), DetectorState::Normal);
    // Numbers that single precision does not hold: infinities of both signs meet within the network.
    let mut absurd = rows.row(5).to_vec();
    absurd[..22].fill(1e300);
    let said = push(&mut chart, &plant, &rows, 5, &absurd);
    assert!(matches!(&said.state, DetectorState::Blind { tags } if !tags.is_empty()), "{:?}", said.state);
    assert!(said.scores.is_empty());
    let said = push(&mut chart, &plant, &rows, 6, rows.row(6));
    assert_eq!(said.state, DetectorState::WarmingUp { have: 1, need: 3 });
    let mut missing = rows.row(7).to_vec();
    missing[0] = f64::NAN;
    assert!(
        matches!(push(&mut chart, &plant, &rows, 7, &missing).state, DetectorState::Blind { tags } if tags.len() == 1)
    );
}

#[test]
fn rows_for_which_it_was_not_made_are_refused_by_name() {
    let normal = benchmark("d00").select(&tags()).expect("its tags");
    let said = |data: &TrainingData| calibrated(data).expect_err("nonsense").to_string();
    let changed = |change: &dyn Fn(usize, &mut Vec<f64>)| {
        let mut data = TrainingData::new(normal.tags().to_vec()).expect("tags");
        data.begin_run("monday");
        for at in 0..normal.rows() {
            let mut row = normal.row(at).to_vec();
            change(at, &mut row);
            data.push_row(&row).expect("a row");
        }
        data
    };
    let in_mpa = changed(&|_, row| row[6] /= 1_000.0);
    assert!(said(&in_mpa).starts_with("the network gives XMEAS_7 back"), "{}", said(&in_mpa));
    let mut turned = tags();
    turned.swap(6, 12);
    let other_order = benchmark("d00").select(&turned).expect("its tags");
    assert!(said(&other_order).contains("another order"), "{}", said(&other_order));
    let fewer = benchmark("d00").select(&tags()[..32]).expect("its tags");
    assert!(said(&fewer).contains("its input is [any, 33], and rows of 32 tags"), "{}", said(&fewer));
    let constant = changed(&|_, row| row[3] = 9.3);
    assert!(said(&constant).contains("never change in the training data, so leave them out: XMEAS_4"));
    let gap = changed(&|at, row| {
        if at == 17 {
            row[4] = f64::NAN
        }
    });
    assert_eq!(said(&gap), "XMEAS_5 in row 18 of monday is NaN, not a finite number");
    let absurd = changed(&|at, row| {
        if at == 30 {
            row[..22].fill(1e300)
        }
    });
    assert!(said(&absurd).ends_with("in row 31 of monday"), "{}", said(&absurd));
    let nothing = train(&normal, &settings(), WallTime::from_micros(0), &mut |_| ControlFlow::Continue(()));
    assert!(nothing.is_err_and(|error| error.to_string().contains("tep models import")));
}

#[test]
fn as_json_it_is_the_same_model_and_a_changed_network_is_none() {
    let model = model();
    let text = serde_json::to_string(&*model).expect("JSON");
    let read: ChartModel = serde_json::from_str(&text).expect("a model");
    let hash = |of: &ChartModel| of.network.as_ref().map(|network| network.sha256().to_owned());
    assert_eq!((hash(&read), &read.version), (hash(&model), &model.version));
    assert!(read.check().is_ok());
    let sha256 = model.network.as_ref().expect("a network").sha256();
    let damaged: ChartModel = serde_json::from_str(&text.replace(sha256, &"0".repeat(64))).expect("a model");
    assert!(damaged.check().is_err_and(|error| error.to_string().contains("does not have the hash")));
    let without: ChartModel = serde_json::from_str(&text.replace("\"network\"", "\"no_network\"")).expect("a model");
    assert!(without.check().is_err_and(|error| error.to_string().contains("networks has 0 entries where 1")));
}

fn tep(home: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tep"));
    command.current_dir(home).args(["--data-dir", "data"]).args(arguments).output().expect("it runs")
}

fn words(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn the_command_line_takes_a_network_in_and_says_why_not() {
    let home = tempfile::tempdir().expect("a directory");
    let (network, normal) = (here("training/autoencoder/autoencoder.onnx"), here("data/braatz/d00.csv.gz"));
    let (network, normal) = (network.to_str().expect("a path"), normal.to_str().expect("a path"));
    let done = tep(home.path(), &["models", "import", network, "--limits-from", normal]);
    assert!(done.status.success(), "{}", words(&done.stderr));
    let said = words(&done.stdout);
    assert!(said.contains("is staged") && said.contains("autoencoder.onnx, limits from d00.csv.gz"), "{said}");
    assert!(said.contains("limit of SPE") && said.contains("false alarm rate on held-out"), "{said}");
    let listed = words(&tep(home.path(), &["models", "list"]).stdout);
    assert!(listed.contains("staged    onnx-"), "{listed}");
    let again = words(&tep(home.path(), &["models", "import", network, "--limits-from", normal]).stdout);
    assert!(again.contains("is here already, staged"), "{again}");

    let broken = home.path().join("broken.onnx");
    std::fs::write(&broken, &std::fs::read(network).expect("it is there")[..5_000]).expect("a file");
    let broken = broken.to_str().expect("a path");
    for (arguments, why) in [
        (&["models", "import", "nowhere.onnx"][..], "nowhere.onnx: cannot be opened"),
        (&["models", "import", broken], "broken.onnx: it is no ONNX file"),
        (&["models", "import", network, "--tags", "XMEAS_1,XMEAS_2"], "and they are not those of --tags"),
        (&["models", "import", network, "--limits-from", "tomorrow.csv"], "there is no such file"),
        (&["evaluate", "--unseen", "0", "--onnx", broken], "broken.onnx: it is no ONNX file"),
    ] {
        let refused = tep(home.path(), arguments);
        assert_eq!(refused.status.code(), Some(2), "{arguments:?}: {}", words(&refused.stderr));
        assert!(words(&refused.stderr).contains(why), "{arguments:?}: {}", words(&refused.stderr));
    }
}

#[test]
fn it_stands_beside_the_other_charts_in_an_evaluation() {
    let home = tempfile::tempdir().expect("a directory");
    let network = here("training/autoencoder/autoencoder.onnx");
    let files = ["d00", "d00_te", "d01_te"].map(|name| here(&format!("data/braatz/{name}.csv.gz")));
    let [normal, quiet, fault] = files.each_ref().map(|path| path.to_str().expect("a path"));
    let done = tep(
        home.path(),
        &["evaluate", "--train", normal, "--test", quiet, fault, "--json", "--onnx", network.to_str().expect("a path")],
    );
    assert!(done.status.success(), "{}", words(&done.stderr));
    let report: serde_json::Value = serde_json::from_slice(&done.stdout).expect("JSON");
    let charts = report["charts"].as_array().expect("charts");
    let named = |name: &str| charts.iter().find(|chart| chart["name"] == name).unwrap_or_else(|| panic!("{name}"));
    for name in ["PCA union", "ONNX SPE", "ONNX medium", "ONNX union"] {
        let chart = named(name);
        assert!(chart["per_fault"][0]["fdr"].as_f64().is_some_and(|fdr| fdr > 90.0), "{name}: {chart}");
        assert!(chart["far_normal_test"].as_f64().is_some_and(|far| far < 5.0), "{name}: {chart}");
    }
}
