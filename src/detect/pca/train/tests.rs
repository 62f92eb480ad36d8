use super::*;
use crate::detect::pca::sample_plant::{Noise, data, model, settings, tags};
use crate::detect::pca::{ModelError, PcaScorer};
use std::sync::Arc;

fn train_on(data: &TrainingData) -> Result<PcaModel, TrainError> {
    train(data, &settings(), &mut |_| ControlFlow::Continue(()))
}

#[test]
fn a_model_finds_the_relations_of_its_plant() {
    let model = model();
    assert_eq!(model.components(), 3, "two relations among five tags");
    assert!(model.variance_kept > 0.9);
    assert!(model.eigenvalues[3] < 0.05, "{:?}", model.eigenvalues);
    assert_eq!(model.held_out, HeldOut::Runs { runs: 1, rows: 600 });
    assert_eq!(model.training.runs.len(), 3);
    assert_eq!(model.check(), Ok(()));
}

#[test]
fn its_false_alarm_rate_holds_on_rows_it_has_not_seen() {
    for (how, model) in [("runs", model()), ("blocks", train_on(&data(&[1_000], 5)).expect("a model"))] {
        let mut scorer = PcaScorer::new(Arc::new(model)).expect("a sound model");
        let fresh = data(&[10_000], 99);
        let hits = scorer.exceedances(&fresh).expect("the same tags").iter().filter(|&&hit| hit).count();
        assert!((50..200).contains(&hits), "{how}: {hits} of 10000 where 100 are aimed at");
        let measured = scorer.model().measured_false_alarm_rate;
        assert!((0.002..0.03).contains(&measured), "{how}: measured {measured}");
    }
}

#[test]
fn on_independent_normal_rows_its_limits_are_near_those_of_the_textbook() {
    let model = train_on(&data(&[20_000], 3)).expect("a model");
    // The textbook gives the whole rate to each chart, the model shares it between them: compare at half the rate.
    let halved = PcaLimits::analytic(&model.eigenvalues, model.components(), 20_000, 0.005);
    assert!((model.limits.t2 / halved.t2 - 1.0).abs() < 0.06, "{:?} and {halved:?}", model.limits);
    assert!((model.limits.spe / halved.spe - 1.0).abs() < 0.06, "{:?} and {halved:?}", model.limits);
    assert!(model.analytic_limits.t2 < halved.t2);
}

#[test]
fn equal_data_and_settings_give_an_equal_model() {
    assert_eq!(model(), model());
    let later = PcaSettings { trained_at: WallTime::from_micros(78), ..settings() };
    let again = train(&data(&[600, 600, 600], 1), &later, &mut |_| ControlFlow::Continue(())).expect("a model");
    assert_eq!(again.version, model().version);
    let other = PcaSettings { false_alarm_rate: 0.02, ..settings() };
    let other = train(&data(&[600, 600, 600], 1), &other, &mut |_| ControlFlow::Continue(())).expect("a model");
    assert_ne!(other.version, model().version);
}

#[test]
fn rows_that_teach_nothing_are_refused_by_name() {
    let with = |change: fn(usize, &mut [f64; 5])| {
        let mut data = TrainingData::new(tags()).expect("tags");
        let mut noise = Noise::new(1);
        data.begin_run("d00");
        for n in 0..200 {
            let mut row = noise.row();
            change(n, &mut row);
            data.push_row(&row).expect("a row");
        }
        train_on(&data).expect_err("refused").to_string()
    };
    assert_eq!(
        train_on(&data(&[60], 1)).expect_err("few").to_string(),
        "60 rows are too few for 5 tags: at least 100 are needed"
    );
    assert_eq!(
        with(|_, row| (row[1], row[3]) = (7.0, 0.0)),
        "these tags never change in the training data, so leave them out: B, D"
    );
    let hole = |n, row: &mut [f64; 5]| {
        if n == 41 {
            row[2] = f64::NAN;
        }
    };
    assert_eq!(with(hole), "C in row 42 of d00 is NaN, not a finite number");
}

#[test]
fn settings_that_make_no_sense_are_refused_by_name() {
    for (wrong, name) in [
        (PcaSettings { variance_kept: 0.0, ..settings() }, "variance_kept"),
        (PcaSettings { variance_kept: f64::NAN, ..settings() }, "variance_kept"),
        (PcaSettings { false_alarm_rate: 0.5, ..settings() }, "false_alarm_rate"),
        (PcaSettings { sample_period: Duration::ZERO, ..settings() }, "sample_period"),
    ] {
        let error = train(&data(&[200], 1), &wrong, &mut |_| ControlFlow::Continue(())).expect_err("refused");
        assert!(error.to_string().starts_with(name), "{error}");
    }
}

#[test]
fn progress_counts_up_to_its_total_and_may_stop_the_training() {
    let mut told = Vec::new();
    let record = &mut |progress: Progress| {
        told.push((progress.done, progress.total));
        ControlFlow::Continue(())
    };
    train(&data(&[200], 1), &settings(), record).expect("a model");
    assert_eq!(told, (0..=12).map(|done| (done, 12)).collect::<Vec<_>>());
    for stop_at in [0, 1, 5] {
        let mut stop = |progress: Progress| {
            if progress.done >= stop_at { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        assert_eq!(train(&data(&[200], 1), &settings(), &mut stop), Err(TrainError::Stopped));
    }
}

#[test]
fn a_model_comes_back_from_its_file_and_a_damaged_one_is_refused() {
    let model = model();
    let text = serde_json::to_string(&model).expect("serialises");
    let back: PcaModel = serde_json::from_str(&text).expect("reads back");
    assert_eq!((&back.version, &back.tags, &back.training), (&model.version, &model.tags, &model.training));
    let score = |model: PcaModel| {
        let mut scorer = PcaScorer::new(Arc::new(model)).expect("sound");
        scorer.score(&[1.0, 90.0, 5_001.0, -2.0, 0.5]).expect("as wide as the model")
    };
    // A reader of decimal text may be off by the last bit of a number.
    let (before, after) = (score(model.clone()), score(back));
    assert!((after.t2 / before.t2 - 1.0).abs() < 1e-9 && (after.spe / before.spe - 1.0).abs() < 1e-9, "{after:?}");
    let check = |damage: fn(&mut PcaModel), expected: &str| {
        let mut damaged = model.clone();
        damage(&mut damaged);
        let error = PcaScorer::new(Arc::new(damaged)).expect_err("refused");
        assert!(error.to_string().contains(expected), "{error}");
    };
    check(|m| m.mean.truncate(4), "mean has 4 entries where 5 are needed");
    check(|m| m.loadings[1].truncate(2), "an axis has 2 entries where 5 are needed");
    check(|m| m.loadings.clear(), "loadings has 0 entries where 4 are needed");
    check(|m| m.deviation[0] = 0.0, "deviation holds a number that makes no sense");
    check(|m| m.limits.spe = f64::NAN, "limits holds a number that makes no sense");
    let mut scorer = PcaScorer::new(Arc::new(model.clone())).expect("sound");
    assert!(matches!(scorer.score(&[1.0]), Err(ModelError::Width { expected: 5, got: 1, .. })));
}
