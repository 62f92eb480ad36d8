use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;

use super::fit::gauges;
use super::*;
use crate::detect::TrainingData;
use crate::domain::{DetectorMethod, TagId, WallTime};

mod networks;
mod watching;

const TAGS: [&str; 4] = ["A", "B", "C", "D"];

/// Noise that is the same everywhere, roughly normal with deviation 1.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> f64 {
        let mut uniform = || {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 11) as f64 / (1_u64 << 53) as f64
        };
        (0..12).map(|_| uniform()).sum::<f64>() - 6.0
    }
}

/// A plant that remembers: `A` decays, `B` follows `A` a row later, `C` mirrors `B`, `D` goes its own way.
fn rows(count: usize, seed: u64) -> Vec<[f64; 4]> {
    let mut noise = Noise(seed);
    let mut last = [0.0; 4];
    let mut row = || {
        let a = 0.9 * last[0] + noise.next();
        let b = 0.8 * last[0] + 0.5 * noise.next();
        last = [a, b, 100.0 - b + 0.2 * noise.next(), 7.0 + 0.01 * noise.next()];
        last
    };
    (0..count + 50).map(|_| row()).skip(50).collect()
}

fn data(runs: &[usize], seed: u64) -> TrainingData {
    let mut data = TrainingData::new(TAGS.map(TagId::from).to_vec()).expect("tags");
    for (n, count) in runs.iter().enumerate() {
        data.begin_run(format!("run {n}"));
        rows(*count, seed + n as u64).iter().for_each(|row| data.push_row(row).expect("a row"));
    }
    data
}

fn settings(method: Method) -> ChartSettings {
    ChartSettings { method, false_alarm_rate: 0.02, sample_period: Duration::from_secs(180) }
}

/// Those that look at tags together.
fn methods() -> [Method; 5] {
    let cva = Method::Cva { past: 3, future: 3, states: 4, ridge: 0.001 };
    let long = Method::Var { lags: 2, memory: vec![0.2, 0.05], ridge: 1e-6, shrinkage: 0.0 };
    [Method::pca(), Method::dpca(), cva, Method::var(500), long]
}

/// Those that look at every tag on its own.
fn one_by_tag() -> [Method; 3] {
    [Method::ewma(), Method::cusum(), Method::Rate]
}

fn try_train(data: &TrainingData, settings: &ChartSettings) -> Result<ChartModel, TrainError> {
    train(data, settings, WallTime::from_micros(0), &mut |_| ControlFlow::Continue(()))
}

fn trained(method: Method) -> Arc<ChartModel> {
    Arc::new(try_train(&data(&[300; 6], 1), &settings(method)).expect("a model"))
}

fn scorer(model: &Arc<ChartModel>) -> Scorer {
    Scorer::new(Arc::clone(model)).expect("sound")
}

fn one_by_one(model: &Arc<ChartModel>, rows: &[[f64; 4]]) -> Vec<Vec<f64>> {
    let mut scorer = scorer(model);
    rows.iter().filter_map(|row| scorer.push(row).expect("as wide").map(<[f64]>::to_vec)).collect()
}

fn close(a: &[f64], b: &[f64]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() <= 1e-9 * (1.0 + a.abs()))
}

#[test]
fn one_at_a_time_and_in_batch_the_statistics_are_the_same() {
    let rows = rows(900, 77);
    for method in methods().into_iter().chain(one_by_tag()) {
        let model = trained(method);
        let mut batch = Vec::new();
        // In two batches, so that the second one continues the first.
        let mut scorer = scorer(&model);
        for part in [&rows[..311], &rows[311..]] {
            scorer.push_all(part.iter().map(<[f64; 4]>::as_slice), |s| batch.push(s.to_vec())).expect("as wide");
        }
        let single = one_by_one(&model, &rows);
        assert_eq!(single.len(), 900 + 1 - model.samples_needed());
        assert!(
            single.iter().zip(&batch).all(|(a, b)| close(a, b)) && single.len() == batch.len(),
            "{}",
            model.version
        );
    }
}

#[test]
fn the_rate_holds_on_rows_that_nothing_was_learned_from() {
    for method in methods() {
        let model = Arc::new(try_train(&data(&[1_000; 8], 1), &settings(method)).expect("a model"));
        let unseen = one_by_one(&model, &rows(6_000, 4_711));
        let rate = unseen.iter().filter(|row| model.exceeded_by(row)).count() as f64 / unseen.len() as f64;
        assert!(rate < 0.04, "{}: {rate}", model.version);
        assert!(model.measured_false_alarm_rate < 0.04, "{}: {}", model.version, model.measured_false_alarm_rate);
    }
}

#[test]
fn a_broken_relation_is_found_and_its_tag_named() {
    let mut rows = rows(200, 5);
    rows[150..].iter_mut().for_each(|row| row[3] += 0.2);
    for method in methods() {
        let model = trained(method);
        let mut scorer = scorer(&model);
        let mut shares = [0.0; 4];
        let mut found = 0;
        for (n, row) in rows.iter().enumerate() {
            let exceeds = scorer.push(row).expect("as wide").is_some_and(|s| model.exceeded_by(s));
            if n == 152 {
                scorer.shares(&mut shares).expect("as wide");
            }
            found += usize::from(exceeds && n >= 152);
        }
        assert!(found > 40, "{}: {found} of 48", model.version);
        assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        assert!(shares[3] > 0.6, "{}: {shares:?}", model.version);
    }
}

#[test]
fn a_shift_too_small_for_one_sample_is_seen_by_the_slow_charts_only() {
    let model = trained(Method::Var { lags: 2, memory: vec![0.2, 0.05], ridge: 1e-6, shrinkage: 0.0 });
    let mut rows = rows(1_000, 6);
    rows[300..].iter_mut().for_each(|row| row[3] += 0.006);
    let late = &one_by_one(&model, &rows)[800..];
    let share = |chart: usize| {
        late.iter().filter(|s| s[chart] > model.charts[chart].limit_alone).count() as f64 / late.len() as f64
    };
    assert_eq!(
        model.charts.iter().map(|c| c.name.as_str()).take(4).collect::<Vec<_>>(),
        ["raw", "medium", "slow", "long"]
    );
    assert!(share(0) < 0.2 && share(2) > 0.6, "raw {}, slow {}", share(0), share(2));
}

#[test]
fn charts_of_single_tags_find_what_they_are_made_for_and_name_the_tag() {
    let check = |method: Method, change: &dyn Fn(usize, f64) -> f64| {
        let model = Arc::new(try_train(&data(&[1_000; 8], 1), &settings(method)).expect("a model"));
        let mut rows = rows(400, 17);
        (300..400).for_each(|n| rows[n][3] = change(n, rows[n][3]));
        let mut scorer = scorer(&model);
        let mut shares = [0.0; 4];
        let found = |row: &[f64; 4]| {
            let exceeds = scorer.push(row).expect("as wide").is_some_and(|s| model.exceeded_by(s));
            if exceeds {
                scorer.shares(&mut shares).expect("as wide");
            }
            exceeds
        };
        let exceeded: Vec<bool> = rows.iter().map(found).collect();
        let (before, after) = exceeded.split_at(300);
        let count = |part: &[bool]| part.iter().filter(|&&exceeds| exceeds).count();
        assert!(count(before) < 20 && count(after) > 5, "{}: {} {}", model.version, count(before), count(after));
        assert!(shares[..3].iter().all(|share| *share < shares[3]), "{}: {shares:?}", model.version);
    };
    check(Method::ewma(), &|_, value| value + 0.02);
    check(Method::cusum(), &|_, value| value + 0.02);
    check(Method::Rate, &|n, value| if n % 10 == 9 { value + 0.08 } else { value });
}

#[test]
fn a_cumulative_sum_comes_down_soon_after_a_long_fault() {
    let model = Arc::new(try_train(&data(&[1_000; 8], 1), &settings(Method::cusum())).expect("a model"));
    let mut rows = rows(3_000, 18);
    rows[..2_000].iter_mut().for_each(|row| row[3] += 0.1);
    let seen = one_by_one(&model, &rows);
    assert!(seen[1_900][0] > model.charts[0].limit && seen[2_200][0] < model.charts[0].limit, "{}", seen[2_200][0]);
}

#[test]
fn a_tag_that_stands_still_is_found_though_it_is_predicted_perfectly() {
    let model = trained(Method::var(500));
    let mut rows = rows(60, 31);
    let stuck = rows[29][3];
    rows[30..].iter_mut().for_each(|row| row[3] = stuck);
    let seen = one_by_one(&model, &rows);
    let frozen = model.charts.len() - 1;
    assert_eq!(model.charts[frozen].name, "frozen");
    let first = seen.iter().position(|s| s[frozen] > model.charts[frozen].limit).expect("found");
    assert_eq!(first + model.samples_needed() - 1, 32, "the third row that repeats the value");
    let mut scorer = scorer(&model);
    for row in &rows {
        scorer.push(row).expect("as wide");
    }
    let mut shares = [0.0; 4];
    scorer.shares(&mut shares).expect("as wide");
    assert!(shares[3] > 0.9, "{shares:?}");
}

#[test]
fn a_model_that_was_written_and_read_scores_the_same() {
    let rows = rows(50, 8);
    for method in methods() {
        let model = trained(method);
        let text = serde_json::to_string(&*model).expect("JSON");
        let back: ChartModel = serde_json::from_str(&text).expect("a model");
        let (read, written) = (one_by_one(&Arc::new(back), &rows), one_by_one(&model, &rows));
        assert!(read.iter().zip(&written).all(|(a, b)| close(a, b)), "{}", model.version);
    }
}

#[test]
fn equal_data_and_settings_have_an_equal_version_and_others_another() {
    let version = |data: &TrainingData, method| try_train(data, &settings(method)).expect("a model").version;
    let (one, other) = (data(&[400], 1), data(&[400], 2));
    assert_eq!(version(&one, Method::pca()), version(&one, Method::pca()));
    assert_ne!(version(&one, Method::pca()), version(&other, Method::pca()));
    assert_ne!(version(&one, Method::pca()), version(&one, Method::Pca { variance_kept: 0.9 }));
    assert!(version(&one, Method::var(400)).starts_with("var-"));
}

#[test]
fn columns_are_found_by_name_in_whatever_order() {
    let model = trained(Method::pca());
    let straight = data(&[80], 9);
    let turned = straight.select(&["D", "B", "A", "C"].map(TagId::from)).expect("all there");
    assert_eq!(scorer(&model).score(&turned).expect("by name"), scorer(&model).score(&straight).expect("by name"));
    let lacking = straight.select(&["A", "B", "C"].map(TagId::from)).expect("all there");
    assert_eq!(scorer(&model).score(&lacking).expect_err("no D").to_string(), "the training data has no tag D");
}

#[test]
fn a_row_that_is_no_number_blinds_and_the_next_one_begins_anew() {
    let model = trained(Method::dpca());
    let mut with_gap = TrainingData::new(TAGS.map(TagId::from).to_vec()).expect("tags");
    for (n, mut row) in rows(20, 3).into_iter().enumerate() {
        row[2] = if n == 8 { f64::NAN } else { row[2] };
        with_gap.push_row(&row).expect("a row");
    }
    let scored = scorer(&model).score(&with_gap).expect("its tags");
    let unknown: Vec<usize> = (0..20).filter(|n| scored[0][*n].is_nan()).collect();
    assert_eq!(unknown, [0, 1, 8, 9, 10]);
}

#[test]
fn what_cannot_be_learned_from_is_refused_by_name() {
    let refused = |data: &TrainingData, method| try_train(data, &settings(method)).expect_err("no model").to_string();
    assert!(refused(&data(&[60], 1), Method::pca()).contains("60"), "{}", refused(&data(&[60], 1), Method::pca()));
    assert!(refused(&data(&[4; 60], 1), Method::var(240)).contains("0 "), "no run is as long as the window");
    let mut still = data(&[200], 1);
    let mut broken = still.clone();
    (0..100).for_each(|_| broken.push_row(&[0.0, f64::NAN, 1.0, 7.0]).expect("a row"));
    assert!(refused(&broken, Method::pca()).starts_with("B in row 201 of run 0 is NaN"));
    still = still.select(&["A", "B"].map(TagId::from)).expect("tags");
    let mut constant = TrainingData::new(["A", "B", "STILL"].map(TagId::from).to_vec()).expect("tags");
    (0..200).for_each(|n| constant.push_row(&[still.row(n)[0], still.row(n)[1], 5.0]).expect("a row"));
    assert!(refused(&constant, Method::var(200)).contains("STILL"));
    let odd = Method::Var { lags: 0, memory: Vec::new(), ridge: 0.0, shrinkage: 0.0 };
    assert!(refused(&data(&[200], 1), odd).contains("lags"));
}

#[test]
fn training_can_be_stopped_and_tells_how_far_it_is() {
    let mut heard = Vec::new();
    let stopped = train(&data(&[200; 6], 1), &settings(Method::pca()), WallTime::from_micros(0), &mut |progress| {
        heard.push(progress.done);
        if progress.done == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert!(matches!(stopped, Err(TrainError::Stopped)));
    assert_eq!(heard, [0, 1, 2, 3]);
}

#[test]
fn a_damaged_model_is_refused() {
    let sound = trained(Method::pca());
    let damage = |change: &dyn Fn(&mut ChartModel)| {
        let mut model = (*sound).clone();
        change(&mut model);
        model.check().expect_err("damaged")
    };
    let part = |error| match error {
        ModelError::Shape { part, .. } | ModelError::Number { part, .. } => part,
        other => panic!("{other}"),
    };
    assert_eq!(
        part(damage(&|model| {
            model.lens.weights.pop();
        })),
        "weights"
    );
    assert_eq!(part(damage(&|model| model.lens.deviation[1] = 0.0)), "deviation");
    assert_eq!(part(damage(&|model| model.charts[0].limit = f64::NAN)), "limits");
    assert_eq!(part(damage(&|model| drop(model.tags.pop()))), "width");
    assert_eq!(part(damage(&|model| model.charts.clear())), "charts");
}

#[test]
fn rows_in_another_unit_are_strangers() {
    let model = trained(Method::pca());
    let rows = rows(10, 4);
    let slices = || rows.iter().map(<[f64; 4]>::as_slice);
    assert_eq!(model.stranger(slices()), None);
    let converted: Vec<[f64; 4]> = rows.iter().map(|row| [row[0], row[1], row[2], row[3] * 14.5]).collect();
    let (tag, off) = model.stranger(converted.iter().map(<[f64; 4]>::as_slice)).expect("another unit");
    assert!(tag.as_str() == "D" && off > 1_000.0, "{tag} {off}");
}

#[test]
fn what_is_configured_is_what_is_trained() {
    for name in DetectorMethod::NAMES {
        let configured = DetectorMethod::named(name).expect("known");
        let method = Method::of(&configured, 10_000);
        let charts: Vec<&str> = gauges(&method, 4).into_iter().map(|(chart, ..)| chart).collect();
        assert_eq!(charts, configured.charts(), "{name}");
    }
    let usual = ["pca", "dpca", "cva"].map(|name| Method::of(&DetectorMethod::named(name).expect("known"), 500));
    assert_eq!(usual, [Method::pca(), Method::dpca(), Method::cva()]);
}

proptest! {
    /// However rows are cut into batches and single pushes, the statistics are those of one batch.
    #[test]
    fn cuts_change_nothing(cuts in prop::collection::vec((1usize..300, any::<bool>()), 1..6)) {
        static MODEL: std::sync::OnceLock<Arc<ChartModel>> = std::sync::OnceLock::new();
        let long = || trained(Method::Var { lags: 2, memory: vec![0.2, 0.05], ridge: 1e-6, shrinkage: 0.0 });
        let model = MODEL.get_or_init(long);
        let rows = rows(cuts.iter().map(|(count, _)| count).sum(), 21);
        let (mut pieces, mut scorer, mut from) = (Vec::new(), scorer(model), 0);
        for (count, single) in cuts {
            let part = &rows[from..from + count];
            from += count;
            if single {
                part.iter().for_each(|row| pieces.extend(scorer.push(row).unwrap().map(<[f64]>::to_vec)));
            } else {
                scorer.push_all(part.iter().map(<[f64; 4]>::as_slice), |s| pieces.push(s.to_vec())).unwrap();
            }
        }
        let whole = one_by_one(model, &rows);
        prop_assert_eq!(whole.len(), pieces.len());
        prop_assert!(whole.iter().zip(&pieces).all(|(a, b)| close(a, b)));
    }
}
