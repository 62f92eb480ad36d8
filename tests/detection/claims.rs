//! What is claimed of the charts that are trained on the 500 normal rows of the benchmark, measured on its test files.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use tep::detect::evaluation::{Figures, ScoredRun, Truth, figures};
use tep::detect::multivariate::{ChartModel, ChartSettings, Method, Scorer, train};
use tep::domain::WallTime;

use super::braatz::{ONSET, protocol_tags, read};

fn judged(method: impl Fn(usize) -> Method) -> (Arc<ChartModel>, Figures) {
    let normal = read("d00").select(&protocol_tags()).expect("the file has them all");
    let settings = ChartSettings {
        method: method(normal.rows()),
        false_alarm_rate: 0.01,
        sample_period: Duration::from_secs(180),
    };
    let model =
        train(&normal, &settings, WallTime::from_micros(0), &mut |_| ControlFlow::Continue(())).expect("a model");
    let model = Arc::new(model);
    let mut scorer = Scorer::new(Arc::clone(&model)).expect("sound");
    let mut run = |idv: u32| {
        let by_chart = scorer.score(&read(&format!("d{idv:02}_te"))).expect("its tags");
        let exceeded = (0..by_chart[0].len()).map(|at| {
            let statistics: Vec<f64> = by_chart.iter().map(|chart| chart[at]).collect();
            (!statistics[0].is_nan()).then(|| model.exceeded_by(&statistics))
        });
        let truth = if idv == 0 { Truth::NormalTest } else { Truth::Fault { idv, onset: ONSET } };
        ScoredRun { truth, exceeded: exceeded.collect() }
    };
    let runs: Vec<ScoredRun> = (0..=21).map(&mut run).collect();
    (model, figures(&runs, 0.05))
}

#[test]
fn innovations_find_eighteen_faults_almost_all_the_time_at_an_honest_false_alarm_rate() {
    let (model, found) = judged(Method::var);
    println!("{} {:?} {:?} {:?}", model.version, found.avg18, found.far_normal_test, found.far_prefault);
    assert!(found.avg18.expect("all faults") >= 98.0, "{:?}", found.avg18);
    assert!(found.far_normal_test.expect("rows") <= 1.0 && found.far_prefault.expect("rows") <= 1.0);
    assert!(found.delay_median.expect("faults") <= 7.0, "{:?}", found.delay_median);
    let frozen = found.per_fault.iter().find(|fault| fault.idv == 21).expect("judged");
    assert!(frozen.fdr > 99.0 && frozen.delay.is_some_and(|delay| delay < 8.0), "{frozen:?}");
}

#[test]
fn the_classic_charts_find_what_they_are_known_to_find() {
    let pca = judged(|_| Method::pca()).1;
    let cva = judged(|_| Method::cva()).1;
    let (pca18, cva18) = (pca.avg18.expect("all faults"), cva.avg18.expect("all faults"));
    assert!((75.0..81.0).contains(&pca18), "{pca18}");
    assert!((91.0..96.0).contains(&cva18), "{cva18}");
    assert!(pca.far_normal_test.expect("rows") < 3.0 && cva.far_normal_test.expect("rows") < 3.0);
}
