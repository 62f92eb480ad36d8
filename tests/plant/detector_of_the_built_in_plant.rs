//! The detector of the built-in plant, as configured, on runs that it was not trained on.

use std::ops::ControlFlow;
use std::sync::{Arc, LazyLock};

use tep::actors::train;
use tep::config::SourceConfig;
use tep::config::plant::built_in;
use tep::detect::multivariate::{ChartModel, ModelChart};
use tep::domain::{DetectorState, Plant, Scan, SourceTime, WallTime};
use tep::ingest::{Next, Source, SourceOrder, open};

const HOUR: usize = 3600;
static TRAINED: LazyLock<(Plant, Arc<ChartModel>)> = LazyLock::new(|| {
    let plant = built_in();
    let now = WallTime::from_micros(0);
    let record =
        train::on_simulated_plant(&plant, &plant.detectors[0], now, &mut |_| ControlFlow::Continue(())).unwrap();
    let model = Arc::new(serde_json::from_slice(&record.artefact).unwrap());
    (plant, model)
});

struct Watched {
    source: Box<dyn Source>,
    chart: ModelChart,
}

impl Watched {
    fn new(seed: u64) -> Self {
        let (plant, model) = &*TRAINED;
        let config = SourceConfig::Simulator { speed: 1.0, seed };
        let source = open(&config, plant, None, SourceTime::from_micros(0)).unwrap();
        Self { source, chart: ModelChart::new(model.clone(), plant, plant.detectors[0].confirm_after).unwrap() }
    }

    /// Seconds until the detector confirms an alarm, and the tags that contribute most then.
    fn alarm_within(&mut self, seconds: usize) -> Option<(usize, Vec<String>)> {
        let (plant, _) = &*TRAINED;
        for second in 1..=seconds {
            let Next::Scan(raw) = self.source.next_scan().unwrap() else { panic!("a simulated plant never ends") };
            let scan = Scan {
                number: raw.number,
                source_time: raw.source_time,
                ingest_time: WallTime::from_micros(0),
                values: raw.values,
                qualities: raw.qualities,
            };
            let verdict = self.chart.push_scan(&plant.detectors[0].id, &scan);
            if let Some(verdict) = verdict.filter(|verdict| verdict.state == DetectorState::Alarm) {
                let tag = |at: usize| plant.tags[verdict.contributions[at].tag.get()].id.to_string();
                return Some((second, (0..3).map(tag).collect()));
            }
        }
        None
    }
}

/// At a joint level of 1 % an alarm without a cause is confirmed every fourth or fifth day.
#[test]
fn four_days_of_normal_operation_confirm_one_alarm_at_most() {
    let alarm = |seed: u64| Watched::new(seed).alarm_within(48 * HOUR);
    let alarms: Vec<_> = [1_431_655_765, 2_468_013].into_iter().filter_map(alarm).collect();
    assert!(alarms.len() <= 1, "{alarms:?}");
}

#[test]
fn a_disturbance_is_told_within_minutes_with_the_tags_that_show_it() {
    let check = |number: u8, minutes: usize, shown: &[&str]| {
        let mut plant = Watched::new(1_431_655_765);
        assert_eq!(plant.alarm_within(2 * HOUR), None);
        plant.source.control(SourceOrder::SetDisturbance { number, active: true }).unwrap();
        let told = plant.alarm_within(minutes * 60).unwrap_or_else(|| panic!("IDV {number}: not in {minutes} min"));
        println!("IDV {number}: {told:?}");
        assert!(told.1.iter().any(|tag| shown.contains(&tag.as_str())), "IDV {number}: {told:?}");
    };
    check(1, 24, &["XMEAS_16", "XMEAS_4", "XMEAS_1", "XMV_3"]);
    check(4, 15, &["XMV_10", "XMEAS_9"]);
    check(5, 15, &["XMEAS_22", "XMEAS_11", "XMV_11"]);
    check(6, 12, &["XMEAS_1", "XMV_3"]);
    // The header feeds the stripper, and its pressure falls first.
    check(7, 12, &["XMEAS_16", "XMEAS_4"]);
    check(14, 21, &["XMV_10", "XMEAS_21", "XMEAS_9"]);
}
