use super::*;
use crate::detect::sample_plant;
use crate::domain::{ChartRole, DetectorState, Drift, Plant, Quality, SourceTime, TagIndex};

/// The plant has other tags around those of the model, and theirs turned, so that positions are not accidentally right:
/// `E`, `D`, `C`, `B`, `A`, `X`.
fn plant() -> Plant {
    let mut plant = sample_plant::plant();
    plant.tags.reverse();
    plant
}

/// The states of a chart that is fed every three minutes; `None` is a row whose tag `C` is bad.
fn states(chart: &mut ModelChart, start: u64, rows: &[Option<[f64; 4]>]) -> Vec<DetectorState> {
    (0..).zip(rows).map(|(n, row)| reading(chart, start + n, row).state).collect()
}

fn reading(chart: &mut ModelChart, at: u64, row: &Option<[f64; 4]>) -> Reading {
    let [a, b, c, d] = row.unwrap_or([0.0; 4]);
    let mut qualities = [Quality::Good; 6];
    qualities[2] = if row.is_some() { Quality::Good } else { Quality::Bad };
    let at = SourceTime::from_micros(0) + Duration::from_secs(180 * at);
    chart.push(at, &[0.0, d, c, b, a, 0.0], &qualities).expect("due")
}

#[test]
fn a_chart_warms_up_goes_blind_and_warms_up_again_before_it_says_normal() {
    let warming = |have| DetectorState::WarmingUp { have, need: 5 };
    let mut chart = ModelChart::new(trained(Method::dpca()), &plant(), 3).expect("its tags");
    let rows: Vec<_> = rows(30, 12).into_iter().map(Some).collect();
    assert_eq!(chart.state(), warming(0));
    let seen = states(&mut chart, 0, &rows[..6]);
    assert_eq!(seen[..4], [warming(1), warming(2), warming(3), warming(4)]);
    assert_eq!(seen[4..], [DetectorState::Normal, DetectorState::Normal]);
    assert_eq!(states(&mut chart, 6, &[None]), [DetectorState::Blind { tags: vec![TagIndex(2)] }]);
    assert_eq!(states(&mut chart, 7, &rows[7..9]), [warming(1), warming(2)]);
    assert_eq!(states(&mut chart, 20, &rows[9..10]), [warming(1)], "a gap");
    chart.start_over();
    assert_eq!(chart.state(), warming(0));
    assert!(matches!(chart.drift(), Drift::Unknown { .. }));
}

#[test]
fn a_chart_names_its_charts_limits_and_contributions() {
    let model = trained(Method::var(500));
    let mut chart = ModelChart::new(Arc::clone(&model), &plant(), 3).expect("its tags");
    let mut rows = rows(40, 13);
    rows[20..].iter_mut().for_each(|row| row[3] += 0.3);
    let mut last = None;
    for (n, [a, b, c, d]) in rows.into_iter().enumerate() {
        let at = SourceTime::from_micros(0) + Duration::from_secs(180 * n as u64);
        last = chart.push(at, &[0.0, d, c, b, a, 0.0], &[Quality::Good; 6]);
    }
    let reading = last.expect("due");
    assert_eq!(reading.state, DetectorState::Alarm);
    assert_eq!(reading.scores.len(), model.charts.len());
    assert!(reading.scores.iter().zip(&model.charts).all(|(s, c)| s.chart == c.name && s.limit == c.limit));
    assert_eq!(reading.contributions[0].tag, TagIndex(1), "tag D, where this plant has it");
}

fn advised(advisory: &[&str]) -> Result<ChartModel, TrainError> {
    let names: Vec<String> = advisory.iter().map(|name| (*name).to_owned()).collect();
    let long = Method::Var { lags: 2, memory: vec![0.2, 0.05], ridge: 1e-6, shrinkage: 0.0 };
    train_with_advice(&data(&[300; 6], 1), &settings(long), &names, WallTime::from_micros(0), &mut |_| {
        ControlFlow::Continue(())
    })
}

#[test]
fn advisory_charts_have_limits_of_their_own_and_decide_nothing() {
    let (all, some) = (advised(&[]).expect("a model"), advised(&["slow", "long"]).expect("a model"));
    let joint = |model: &ChartModel| model.charts.iter().map(|chart| chart.joint).collect::<Vec<_>>();
    assert_eq!(joint(&all), [false, true, true, true, true]);
    assert_eq!(joint(&some), [false, true, false, false, true]);
    assert!(some.charts[1].limit < all.charts[1].limit, "a chart alone has the whole rate");
    assert!(some.charts[2..4].iter().all(|chart| chart.limit == chart.limit_alone));
    assert_ne!(some.version, all.version);
    let unknown = advised(&["T2"]).expect_err("no such chart").to_string();
    assert_eq!(unknown, "VAR has no chart `T2`; it has raw, medium, slow, long");
    let nobody = advised(&["medium", "slow", "long"]).expect_err("nobody decides").to_string();
    assert_eq!(nobody, "no chart of VAR is left to decide");
}

#[test]
fn a_shift_that_only_an_advisory_chart_sees_is_shown_and_is_no_alarm() {
    let model = Arc::new(advised(&["slow", "long"]).expect("a model"));
    let mut chart = ModelChart::new(model, &plant(), 3).expect("its tags");
    let mut rows = rows(1_000, 6);
    rows[300..].iter_mut().for_each(|row| row[3] += 0.006);
    let (mut advising, mut alarms) = (0, 0);
    for (n, [a, b, c, d]) in rows.into_iter().enumerate() {
        let at = SourceTime::from_micros(0) + Duration::from_secs(180 * n as u64);
        let reading = chart.push(at, &[0.0, d, c, b, a, 0.0], &[Quality::Good; 6]).expect("due");
        if n >= 800 {
            advising += usize::from(reading.scores.iter().any(|score| score.role == ChartRole::Advising));
            alarms += usize::from(reading.state == DetectorState::Alarm);
        }
    }
    assert!(advising > 150 && alarms < 20, "{advising} advising, {alarms} alarms of 200");
}

#[test]
fn a_successor_goes_on_without_a_gap() {
    let rows: Vec<_> = rows(400, 12).into_iter().map(Some).collect();
    for (n, method) in methods().into_iter().enumerate() {
        let mut old = ModelChart::new(trained(Method::pca()), &plant(), 3).expect("its tags");
        states(&mut old, 0, &rows[..200]);
        let next = trained(method);
        let mut new = old.successor(Arc::clone(&next), &plant()).expect("its tags");
        assert!(!matches!(new.state(), DetectorState::WarmingUp { .. }), "{n}: {:?}", new.state());
        // As if it had always been there, but for what it has forgotten since.
        let mut always = ModelChart::new(next, &plant(), 3).expect("its tags");
        states(&mut always, 0, &rows[..200]);
        assert_eq!(states(&mut new, 200, &rows[200..]), states(&mut always, 200, &rows[200..]), "{n}");
        let (swapped, steady) = (reading(&mut new, 400, &rows[399]), reading(&mut always, 400, &rows[399]));
        for (a, b) in swapped.scores.iter().zip(&steady.scores) {
            assert!((a.statistic - b.statistic).abs() < 0.02 * b.limit, "{n}: {a:?} {b:?}");
        }
    }
}

#[test]
fn a_successor_of_a_blind_chart_that_does_not_need_the_tag_can_see() {
    let rows: Vec<_> = rows(100, 12).into_iter().map(Some).collect();
    let mut old = ModelChart::new(trained(Method::pca()), &plant(), 3).expect("its tags");
    states(&mut old, 0, &rows[..50]);
    assert!(matches!(states(&mut old, 50, &[None])[..], [DetectorState::Blind { .. }]));
    let some = data(&[300; 6], 1).select(&["A", "B", "D"].map(TagId::from)).expect("tags");
    let other = Arc::new(try_train(&some, &settings(Method::pca())).expect("a model"));
    let new = old.successor(other, &plant()).expect("its tags");
    assert_eq!(new.state(), DetectorState::Normal);
}

#[test]
fn a_successor_with_another_period_warms_up() {
    let rows: Vec<_> = rows(50, 12).into_iter().map(Some).collect();
    let mut old = ModelChart::new(trained(Method::pca()), &plant(), 3).expect("its tags");
    states(&mut old, 0, &rows);
    let other = ChartSettings { sample_period: Duration::from_secs(60), ..settings(Method::pca()) };
    let other = Arc::new(try_train(&data(&[300; 6], 1), &other).expect("a model"));
    let new = old.successor(other, &plant()).expect("its tags");
    assert!(matches!(new.state(), DetectorState::WarmingUp { have: 0, .. }));
}
