use std::time::Duration;

use super::*;
use crate::detect::pca::sample_plant::{Noise, model, plant};
use crate::domain::{TagId, WallTime};
use DetectorState::{Alarm, Normal};

const GOOD: [Quality; 6] = [Quality::Good; 6];

/// Feeds a chart, one row after the other.
struct Feed {
    chart: PcaChart,
    noise: Noise,
    now: SourceTime,
}

impl Feed {
    fn new() -> Self {
        let chart = PcaChart::new(Arc::new(model()), &plant(), 3).expect("a chart");
        Self { chart, noise: Noise::new(4), now: SourceTime::from_micros(0) }
    }

    fn row(&mut self, push_b: f64) -> Vec<f64> {
        let [a, b, c, d, e] = self.noise.row();
        vec![f64::NAN, a, b + push_b, c, d, e]
    }

    /// The next row a model's period later, with `B` pushed off its relation to `A`.
    fn next(&mut self, push_b: f64, qualities: &[Quality]) -> Option<Reading> {
        self.now = self.now + Duration::from_secs(180);
        let row = self.row(push_b);
        self.chart.push(self.now, &row, qualities)
    }

    fn state(&mut self, push_b: f64) -> DetectorState {
        self.next(push_b, &GOOD).expect("a sample").state
    }
}

const fn warming_up(have: u32) -> DetectorState {
    DetectorState::WarmingUp { have, need: 3 }
}

#[test]
fn it_warms_up_then_is_normal_then_confirms_an_alarm_and_its_end() {
    let mut feed = Feed::new();
    assert_eq!(feed.chart.state(), warming_up(0));
    let states = [0.0, 0.0, 0.0, 0.0, 40.0, 40.0, 40.0, 40.0, 0.0, 0.0, 0.0].map(|push| feed.state(push));
    let [first, second, ..] = &states;
    assert_eq!((first, second), (&warming_up(1), &warming_up(2)));
    assert_eq!(states[2..], [Normal, Normal, Normal, Normal, Alarm, Alarm, Alarm, Alarm, Normal]);
}

#[test]
fn it_says_alarm_and_not_normal_when_it_starts_in_trouble() {
    let mut feed = Feed::new();
    assert_eq!([40.0; 3].map(|push| feed.state(push)), [warming_up(1), warming_up(2), Alarm]);
}

#[test]
fn a_warming_chart_gives_no_scores_and_a_seeing_one_gives_both() {
    let mut feed = Feed::new();
    assert_eq!(feed.next(0.0, &GOOD).map(|reading| (reading.scores, reading.contributions)), Some((vec![], vec![])));
    feed.state(0.0);
    let reading = feed.next(0.0, &GOOD).expect("a sample");
    let charts: Vec<_> = reading.scores.iter().map(|score| score.chart.as_str()).collect();
    assert_eq!(charts, ["T2", "SPE"]);
    assert!(reading.scores.iter().all(|score| score.statistic < score.limit));
    let total: f64 = reading.contributions.iter().map(|c| c.share).sum();
    assert!((total - 1.0).abs() < 1e-12, "both charts count when neither exceeds: {total}");
}

#[test]
fn the_tag_that_left_its_relation_contributes_most() {
    let mut feed = Feed::new();
    (0..3).for_each(|_| drop(feed.state(0.0)));
    let reading = feed.next(40.0, &GOOD).expect("a sample");
    let spe = &reading.scores[1];
    assert!(spe.statistic > spe.limit, "{spe:?}");
    let top: Vec<_> = reading.contributions.iter().take(2).map(|c| c.tag).collect();
    assert!(
        top.contains(&TagIndex(2)) && top.contains(&TagIndex(1)),
        "B and its companion A: {:?}",
        reading.contributions
    );
    assert!(reading.contributions.windows(2).all(|pair| pair[0].share >= pair[1].share));
    let total: f64 = reading.contributions.iter().map(|c| c.share).sum();
    assert!((total - 1.0).abs() < 1e-12, "{total}");
    assert_eq!(reading.contributions.len(), 5, "a tag outside the model contributes nothing");
}

#[test]
fn an_unusable_tag_blinds_it_and_it_warms_up_again() {
    for (at, quality, value) in [(2, Quality::Bad, 1.0), (5, Quality::Stale, 1.0), (3, Quality::Good, f64::NAN)] {
        let mut feed = Feed::new();
        (0..4).for_each(|_| drop(feed.state(0.0)));
        let mut qualities = GOOD;
        qualities[at] = quality;
        feed.now = feed.now + Duration::from_secs(180);
        let mut row = feed.row(0.0);
        row[at] *= value;
        let reading = feed.chart.push(feed.now, &row, &qualities).expect("a sample");
        let blind = DetectorState::Blind { tags: vec![TagIndex(u16::try_from(at).expect("small"))] };
        assert_eq!(reading, Reading { state: blind, scores: vec![], contributions: vec![] });
        assert_eq!([0.0; 3].map(|push| feed.state(push)), [warming_up(1), warming_up(2), Normal]);
    }
}

#[test]
fn a_tag_that_it_does_not_need_does_not_blind_it() {
    let mut feed = Feed::new();
    let mut qualities = GOOD;
    qualities[0] = Quality::Bad;
    assert_eq!(feed.next(0.0, &qualities).map(|reading| reading.state), Some(warming_up(1)));
}

#[test]
fn a_scan_of_a_narrower_plant_blinds_it() {
    let mut feed = Feed::new();
    let reading = feed.chart.push(feed.now, &[0.0; 4], &[Quality::Good; 4]).expect("a sample");
    assert_eq!(reading.state, DetectorState::Blind { tags: vec![TagIndex(4), TagIndex(5)] });
}

#[test]
fn a_gap_and_a_reset_make_it_warm_up_again() {
    let mut feed = Feed::new();
    (0..4).for_each(|_| drop(feed.state(0.0)));
    feed.now = feed.now + Duration::from_secs(180);
    assert_eq!(feed.state(0.0), warming_up(1), "one sample is missing");
    (0..3).for_each(|_| drop(feed.state(0.0)));
    feed.now = SourceTime::from_micros(0);
    assert_eq!(feed.state(0.0), warming_up(1), "the plant was reset");
}

#[test]
fn scans_of_a_second_are_sampled_a_second_later_than_the_period_asks() {
    let mut feed = Feed::new();
    let mut samples = Vec::new();
    for second in 0..=900 {
        let row = feed.row(0.0);
        let at = SourceTime::from_micros(0) + Duration::from_secs(second);
        if let Some(reading) = feed.chart.push(at, &row, &GOOD) {
            samples.push((second, reading.state));
        }
    }
    let expected = [(0, warming_up(1)), (180, warming_up(2)), (361, Normal), (542, Normal), (723, Normal)];
    assert_eq!(samples, expected);
}

#[test]
fn a_model_of_another_plant_is_refused_by_tag() {
    let mut narrower = plant();
    narrower.tags.retain(|tag| tag.id != TagId::from("D"));
    let error = PcaChart::new(Arc::new(model()), &narrower, 3).expect_err("refused");
    assert!(error.to_string().ends_with("needs tag D, which the plant does not have"), "{error}");
}

#[test]
fn a_verdict_names_detector_scan_and_model() {
    let mut feed = Feed::new();
    let values = feed.row(0.0);
    let at = SourceTime::from_micros(9);
    let scan =
        Scan { number: 12, source_time: at, ingest_time: WallTime::from_micros(1), values, qualities: GOOD.to_vec() };
    let verdict = feed.chart.push_scan(&DetectorId::from("pca"), &scan).expect("a sample");
    assert_eq!((verdict.scan, verdict.source_time, verdict.state), (12, at, warming_up(1)));
    assert_eq!(verdict.model_version, Some(model().version));
}
