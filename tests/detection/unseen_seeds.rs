//! The detector of the built-in plant as configured, trained on simulated normal operation, judged on runs of other seeds.

use std::ops::ControlFlow;
use std::sync::Arc;

use tennessee_eastman::{Config, Idv, Plant};
use tep::actors::train::train_on;
use tep::config::plant::built_in;
use tep::detect::TrainingData;
use tep::detect::multivariate::{ChartModel, HeldOut, Scorer};
use tep::detect::score::score;
use tep::domain::{DetectorSpec, TagId, WallTime};

const PERIOD_STEPS: u64 = 180;
const HOURS: u64 = 48;
const ROWS_AN_HOUR: usize = 20;

fn tags() -> Vec<TagId> {
    let measured = (1..=41).map(|n| format!("XMEAS_{n}"));
    measured.chain((1..=12).map(|n| format!("XMV_{n}"))).map(TagId::from).collect()
}

/// One run after the other, each with a fault from hour 8 on where one is named.
fn simulate(seeds: impl IntoIterator<Item = u64>, idv: Option<u8>) -> TrainingData {
    let mut data = TrainingData::new(tags()).expect("tags");
    for seed in seeds {
        let mut plant = Plant::new(Config { seed, ..Config::default() });
        data.begin_run(format!("seed {seed}"));
        for step in 1..=HOURS * 3600 {
            if let Some(number) = idv.filter(|_| step == 8 * 3600) {
                let idv = Idv::try_from(number).expect("a known disturbance");
                plant.set_disturbance(idv, true).expect("one of the original model");
            }
            let record = plant.step();
            if step % PERIOD_STEPS == 0 {
                data.push_row(&[&record.xmeas.values()[..], record.xmv.values()].concat()).expect("a full row");
            }
        }
    }
    data
}

fn trained(spec: &DetectorSpec) -> Arc<ChartModel> {
    let normal = simulate(101..=106, None);
    let now = WallTime::from_micros(0);
    train_on(&built_in(), spec, &normal, now, &mut |_| ControlFlow::Continue(())).map(Arc::new).expect("a model")
}

fn exceedances(model: &Arc<ChartModel>, data: &TrainingData) -> Vec<bool> {
    let by_chart = Scorer::new(Arc::clone(model)).expect("sound").score(data).expect("its tags");
    let row = |at: usize| by_chart.iter().map(|chart| chart[at]).collect::<Vec<f64>>();
    (0..data.rows()).map(|at| model.exceeded_by(&row(at))).collect()
}

#[test]
fn the_configured_false_alarm_rate_holds_on_unseen_seeds() {
    let spec = built_in().detectors[0].clone();
    let model = trained(&spec);
    assert_eq!(model.held_out, HeldOut::Runs { runs: 6, rows: 6 * 960 });
    let normal = exceedances(&model, &simulate(201..=206, None));
    let found = score(&normal, normal.len(), spec.confirm_after);
    let rate = found.false_alarm_rate.expect("rows");
    println!(
        "aimed at {:.2} %, measured in training {:.2} %, on 6 unseen runs of 48 h {:.2} %, {} episodes in 12 days",
        100.0 * spec.false_alarm_rate,
        100.0 * model.measured_false_alarm_rate,
        100.0 * rate,
        found.false_alarm_episodes
    );
    assert!(rate < 3.0 * spec.false_alarm_rate, "{rate}");

    let faulty = exceedances(&model, &simulate([301], Some(4)));
    let found = score(&faulty, 8 * ROWS_AN_HOUR, spec.confirm_after);
    println!("IDV 4: {found:?}");
    assert!(found.detection_rate.expect("rows") > 0.99 && found.delay_samples == Some(2), "{found:?}");
}
