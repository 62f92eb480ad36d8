//! PCA trained on the normal file alone, its limits from that file too: what it makes of the 21 faults.
//!
//! The figures are those of the textbook chart: faults 3, 9 and 15 are hardly seen, and the false alarm rate on the
//! normal test file is above the one aimed at, since 25 hours of one run do not show all that is normal.

use std::ops::ControlFlow;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tep::config::plant::built_in;
use tep::detect::pca::{PcaChart, PcaModel, PcaScorer, PcaSettings, train};
use tep::detect::score::{Detection, confirmed, score};
use tep::domain::{DetectorId, DetectorState, Plant, Quality, Scan, SourceTime, Verdict, WallTime};

use super::braatz::{ONSET, protocol_tags, read};

const CONFIRM_AFTER: u32 = 3;

fn model() -> Arc<PcaModel> {
    static MODEL: OnceLock<Arc<PcaModel>> = OnceLock::new();
    let model = MODEL.get_or_init(|| {
        let settings = PcaSettings {
            variance_kept: 0.85,
            false_alarm_rate: 0.01,
            sample_period: Duration::from_secs(180),
            trained_at: WallTime::from_micros(0),
        };
        let normal = read("d00").select(&protocol_tags()).expect("the file has them all");
        train(&normal, &settings, &mut |_| ControlFlow::Continue(())).map(Arc::new).expect("a model")
    });
    Arc::clone(model)
}

fn exceedances(file: &str) -> Vec<bool> {
    let mut scorer = PcaScorer::new(model()).expect("a sound model");
    scorer.exceedances(&read(file)).expect("the file has its tags")
}

fn fault(number: u32) -> Detection {
    score(&exceedances(&format!("d{number:02}_te")), ONSET, CONFIRM_AFTER)
}

fn percent(rate: Option<f64>) -> f64 {
    100.0 * rate.expect("there are samples")
}

/// Mean detection rate over faults, percent.
fn mean(faults: &[(u32, Detection)], counts: fn(u32) -> bool) -> f64 {
    let rates: Vec<f64> = faults.iter().filter(|(n, _)| counts(*n)).map(|(_, d)| percent(d.detection_rate)).collect();
    rates.iter().sum::<f64>() / rates.len() as f64
}

const HARD: [u32; 3] = [3, 9, 15];

#[test]
fn the_figures_are_those_of_the_textbook() {
    let faults: Vec<(u32, Detection)> = (1..=21).map(|number| (number, fault(number))).collect();
    println!("IDV   FDR %   FAR %   delay, samples");
    for (number, found) in &faults {
        let delay = found.delay_samples.map_or("never".to_owned(), |delay| delay.to_string());
        let (fdr, far) = (percent(found.detection_rate), percent(found.false_alarm_rate));
        println!("{number:3}  {fdr:6.2}  {far:6.2}   {delay}");
    }
    let normal = score(&exceedances("d00_te"), 960, CONFIRM_AFTER);
    let (avg18, avg21) = (mean(&faults, |n| !HARD.contains(&n)), mean(&faults, |_| true));
    let (far, before_onset) = (percent(normal.false_alarm_rate), far_before_onset(&faults));
    println!(
        "avg18 {avg18:.1}, avg21 {avg21:.1}, FAR {far:.2} on d00_te, {before_onset:.2} before the onsets, 1 run each"
    );
    println!("episodes on d00_te: {}", normal.false_alarm_episodes);

    // Measured: 79.2, 68.9, 3.1, 2.1. The published chart has 84.0 and 73.8 at FAR 5.9, with limits from fitted rows.
    assert!((77.0..82.0).contains(&avg18), "{avg18}");
    assert!((67.0..72.0).contains(&avg21), "{avg21}");
    assert!(far < 4.0 && before_onset < 3.0, "{far}, {before_onset}");
    for (number, found) in &faults {
        let fdr = percent(found.detection_rate);
        match number {
            1 | 2 | 4 | 6 | 7 | 12 | 14 => assert!(fdr > 98.0, "IDV {number}: {fdr}"),
            8 | 13 | 17 => assert!(fdr > 94.0, "IDV {number}: {fdr}"),
            3 | 9 | 15 => assert!(fdr < 12.0, "IDV {number}: nobody sees {fdr} % of it with this chart"),
            _ => assert!(found.delay_samples.is_some(), "IDV {number} is never confirmed"),
        }
    }
}

fn far_before_onset(faults: &[(u32, Detection)]) -> f64 {
    faults.iter().map(|(_, found)| percent(found.false_alarm_rate)).sum::<f64>() / faults.len() as f64
}

/// The verdicts of a chart that is fed one row after the other.
fn watch(file: &str, plant: &Plant) -> Vec<Verdict> {
    let mut chart = PcaChart::new(model(), plant, CONFIRM_AFTER).expect("the plant has its tags");
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
