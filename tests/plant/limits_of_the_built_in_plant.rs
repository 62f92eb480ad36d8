//! The limits and conditions of the built-in plant are silent on good days and speak on bad ones.

use tep::config::SourceConfig;
use tep::config::plant::{built_in, limit_alarm};
use tep::detect::limit::LimitChart;
use tep::detect::{ConditionChart, Reading};
use tep::domain::{AlarmId, ConditionTest, Plant, Quality, Reference, SourceTime, Tag};
use tep::ingest::{Next, RawScan, Source, SourceOrder, SourceStatus, open};

const HOUR: usize = 3600;

/// A plant and the charts of all its tags.
struct Watched {
    plant: Plant,
    source: Box<dyn Source>,
    charts: Vec<(usize, AlarmId, Chart)>,
}

enum Chart {
    Limit(LimitChart),
    Condition(ConditionChart),
}

impl Chart {
    fn push(&mut self, at: SourceTime, tag: usize, values: &[f64]) -> Option<Option<bool>> {
        let reading = |tag: usize| Reading { value: values[tag], quality: Quality::Good };
        match self {
            Self::Limit(chart) => Some(chart.push(at, values[tag], Quality::Good)?.active),
            Self::Condition(chart) => {
                let other = match chart.condition().test {
                    ConditionTest::Deviation { from: Reference::Tag(other), .. } => Some(reading(other.get())),
                    _ => None,
                };
                Some(chart.push(at, reading(tag), other)?.active)
            }
        }
    }
}

fn charts(tag: &Tag) -> Vec<(AlarmId, Chart)> {
    let limit =
        |limit: &tep::domain::Limit| (limit_alarm(&tag.id, limit.kind), Chart::Limit(LimitChart::new(limit.clone())));
    let condition = |condition: &tep::domain::Condition| {
        (condition.alarm.clone(), Chart::Condition(ConditionChart::new(condition.clone())))
    };
    tag.limits.iter().map(limit).chain(tag.conditions.iter().map(condition)).collect()
}

/// An alarm, and the second of the run in which it was raised.
#[derive(Debug, PartialEq)]
struct Raised {
    second: usize,
    alarm: String,
}

impl Watched {
    fn new(seed: u64) -> Self {
        let plant = built_in();
        let config = SourceConfig::Simulator { speed: 1.0, seed };
        let source = open(&config, &plant, None, SourceTime::from_micros(0)).unwrap();
        let of_tag = |(at, tag): (usize, &Tag)| charts(tag).into_iter().map(move |(alarm, chart)| (at, alarm, chart));
        let charts = plant.tags.iter().enumerate().flat_map(of_tag).collect();
        Self { plant, source, charts }
    }

    fn disturb(mut self, number: u8) -> Self {
        self.source.control(SourceOrder::SetDisturbance { number, active: true }).unwrap();
        self
    }

    fn scan(&mut self) -> RawScan {
        match self.source.next_scan().unwrap() {
            Next::Scan(scan) => scan,
            Next::Ended => panic!("a simulated plant never ends"),
        }
    }

    /// Runs on and tells what was raised; values outside their instrument's range are a fault of the plant file.
    fn run(&mut self, seconds: usize) -> Vec<Raised> {
        let mut raised = Vec::new();
        for second in 1..=seconds {
            let scan = self.scan();
            for (tag, value) in self.plant.tags.iter().zip(&scan.values) {
                let range = tag.range_low..=tag.range_high;
                assert!(range.contains(value), "{} is {value}, outside {range:?}, at second {second}", tag.id);
            }
            for (at, alarm, chart) in &mut self.charts {
                if chart.push(scan.source_time, *at, &scan.values) == Some(Some(true)) {
                    raised.push(Raised { second, alarm: alarm.to_string() });
                }
            }
        }
        raised
    }
}

#[test]
fn two_days_of_normal_operation_raise_no_alarm() {
    for seed in [1_431_655_765, 4_651_207_995, 7_654_321] {
        assert_eq!(Watched::new(seed).run(48 * HOUR), [], "seed {seed}");
    }
}

#[test]
fn a_lost_a_feed_is_told_within_a_minute() {
    let mut plant = Watched::new(1_431_655_765);
    assert_eq!(plant.run(HOUR), []);
    let raised = plant.disturb(6).run(60);
    assert_eq!(raised.iter().map(|raised| raised.alarm.as_str()).collect::<Vec<_>>(), ["XMEAS_1/LOW"]);
}

#[test]
fn a_trip_on_pressure_is_preceded_by_both_warnings() {
    let mut plant = Watched::new(1_431_655_765).disturb(6);
    let mut raised = Vec::new();
    while plant.source.status() == SourceStatus::Running {
        raised.extend(plant.run(60).into_iter().map(|raised| raised.alarm));
    }
    let at = |alarm: &str| raised.iter().position(|raised| raised == alarm).unwrap_or_else(|| panic!("{raised:?}"));
    assert!(at("XMEAS_1/LOW") < at("XMEAS_7/HIGH") && at("XMEAS_7/HIGH") < at("XMEAS_7/HIGH_HIGH"));
    assert!(matches!(plant.source.status(), SourceStatus::ShutDown { message } if message.contains("ressure")));
}

#[test]
fn no_disturbance_floods_the_operator() {
    for number in 1..=20 {
        let mut plant = Watched::new(1_431_655_765).disturb(number);
        let mut raised = Vec::new();
        for hour in 0..12 {
            if plant.source.status() != SourceStatus::Running {
                break;
            }
            let shift = |raised: Raised| Raised { second: hour * HOUR + raised.second, ..raised };
            raised.extend(plant.run(HOUR).into_iter().map(shift));
        }
        let crowd = raised.windows(11).find(|eleven| eleven[10].second - eleven[0].second <= 600);
        assert_eq!(crowd, None, "IDV {number}");
    }
}

#[test]
fn what_changes_fast_or_leaves_its_set_point_is_told() {
    for (number, alarm) in [(12, "XMEAS_7/RATE"), (17, "XMEAS_9/DEVIATION")] {
        let mut plant = Watched::new(1_431_655_765).disturb(number);
        let told = (0..12).any(|_| plant.run(HOUR).iter().any(|raised| raised.alarm == alarm));
        assert!(told, "{alarm} under IDV {number}");
    }
}
