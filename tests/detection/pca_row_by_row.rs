//! The classic chart on the public benchmark, fed row by row as a plant would: it says what batch evaluation says, and its
//! contributions point to where the fault is.

use std::ops::ControlFlow;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tep::config::plant::built_in;
use tep::detect::multivariate::{ChartModel, ChartSettings, Method, ModelChart, Scorer, train};
use tep::detect::score::confirmed;
use tep::domain::{DetectorId, DetectorState, Plant, Quality, Scan, SourceTime, Verdict, WallTime};

use super::braatz::{ONSET, protocol_tags, read};

const CONFIRM_AFTER: u32 = 3;

fn model() -> Arc<ChartModel> {
    static MODEL: OnceLock<Arc<ChartModel>> = OnceLock::new();
    let model = MODEL.get_or_init(|| {
        let settings =
            ChartSettings { method: Method::pca(), false_alarm_rate: 0.01, sample_period: Duration::from_secs(180) };
        let normal = read("d00").select(&protocol_tags()).expect("the file has them all");
        let now = WallTime::from_micros(0);
        train(&normal, &settings, now, &mut |_| ControlFlow::Continue(())).map(Arc::new).expect("a model")
    });
    Arc::clone(model)
}

fn exceedances(file: &str) -> Vec<bool> {
    let model = model();
    let by_chart = Scorer::new(Arc::clone(&model)).expect("sound").score(&read(file)).expect("the file has its tags");
    let row = |at: usize| by_chart.iter().map(|chart| chart[at]).collect::<Vec<f64>>();
    (0..by_chart[0].len()).map(|at| model.exceeded_by(&row(at))).collect()
}

/// The verdicts of a chart that is fed one row after the other.
fn watch(file: &str, plant: &Plant) -> Vec<Verdict> {
    let mut chart = ModelChart::new(model(), plant, CONFIRM_AFTER).expect("the plant has its tags");
    let rows = read(file);
    let columns: Vec<Option<usize>> =
        plant.tags.iter().map(|tag| rows.tags().iter().position(|have| *have == tag.id)).collect();
    let period = Duration::from_secs(180);
    let scan = |number: u32| {
        let row = rows.row(number as usize);
        let values: Vec<f64> = columns.iter().map(|at| at.map_or(f64::NAN, |at| row[at])).collect();
        Scan {
            number: number.into(),
            source_time: SourceTime::from_micros(0) + period * number,
            ingest_time: WallTime::from_micros(0),
            qualities: values.iter().map(|value| if value.is_nan() { Quality::Bad } else { Quality::Good }).collect(),
            values,
        }
    };
    (0..rows.rows() as u32).filter_map(|number| chart.push_scan(&DetectorId::from("pca"), &scan(number))).collect()
}

#[test]
fn a_chart_that_is_fed_row_by_row_confirms_when_batch_evaluation_does() {
    let plant = built_in();
    for file in ["d00_te", "d04_te", "d11_te"] {
        let confirmed = confirmed(&exceedances(file), CONFIRM_AFTER);
        let verdicts = watch(file, &plant);
        let alarms: Vec<bool> = verdicts.iter().map(|verdict| verdict.state == DetectorState::Alarm).collect();
        assert_eq!(alarms, confirmed, "{file}");
        let warming = |verdict: &&Verdict| matches!(verdict.state, DetectorState::WarmingUp { .. });
        assert_eq!(verdicts.iter().filter(warming).count(), 2, "{file}: two samples before it can know");
    }
}

#[test]
fn contributions_at_the_first_alarm_point_to_where_the_fault_is() {
    let plant = built_in();
    let check = |number: u32, place: &str, expected: &[&str]| {
        let verdicts = watch(&format!("d{number:02}_te"), &plant);
        let alarm = verdicts[ONSET..].iter().find(|verdict| verdict.state == DetectorState::Alarm).expect("an alarm");
        let name = |at: usize| plant.tag(alarm.contributions[at].tag).expect("a tag").id.to_string();
        let top: Vec<String> = (0..expected.len()).map(name).collect();
        assert_eq!(top, expected, "IDV {number}: {place}");
    };
    check(4, "reactor cooling water", &["XMV_10"]);
    check(5, "condenser cooling water", &["XMEAS_22", "XMEAS_11"]);
    check(6, "A feed lost", &["XMV_3", "XMEAS_1"]);
    check(7, "C header pressure lost", &["XMEAS_4"]);
    check(11, "reactor cooling water, random", &["XMV_10", "XMEAS_9"]);
    check(14, "reactor cooling water valve sticks", &["XMEAS_21"]);
}
