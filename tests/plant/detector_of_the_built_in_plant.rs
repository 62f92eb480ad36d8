//! The detector of the built-in plant, as configured, on runs that it was not trained on.

use std::ops::ControlFlow;
use std::sync::{Arc, LazyLock};

use tep::config::SourceConfig;
use tep::config::plant::built_in;
use tep::detect::TrainingData;
use tep::detect::pca::{PcaChart, PcaModel, PcaSettings, train};
use tep::domain::{DetectorState, Plant, Scan, SourceTime, TagId, WallTime};
use tep::ingest::{Next, Source, SourceOrder, normal_operation, open};

const HOUR: usize = 3600;
const SEEDS: [u64; 8] = [11, 23, 37, 41, 53, 67, 79, 97];

static TRAINED: LazyLock<(Plant, Arc<PcaModel>)> = LazyLock::new(|| {
    let plant = built_in();
    let spec = &plant.detectors[0];
    let runs = normal_operation(&plant, &SEEDS, 48.0, spec.sample_period, |_, _| ControlFlow::Continue(())).unwrap();
    let mut data = TrainingData::new(plant.tags.iter().map(|tag| tag.id.clone()).collect()).unwrap();
    for run in &runs {
        data.begin_run(run.seed.to_string());
        run.rows.iter().for_each(|row| data.push_row(row).unwrap());
    }
    let tags: Vec<TagId> = spec.tags.iter().map(|tag| plant.tags[tag.get()].id.clone()).collect();
    let settings = PcaSettings::of(spec, WallTime::from_micros(0));
    let model = train(&data.select(&tags).unwrap(), &settings, &mut |_| ControlFlow::Continue(())).unwrap();
    (plant, Arc::new(model))
});

struct Watched {
    source: Box<dyn Source>,
    chart: PcaChart,
}

impl Watched {
    fn new(seed: u64) -> Self {
        let (plant, model) = &*TRAINED;
        let config = SourceConfig::Simulator { speed: 1.0, seed };
        let source = open(&config, plant, None, SourceTime::from_micros(0)).unwrap();
        Self { source, chart: PcaChart::new(model.clone(), plant, plant.detectors[0].confirm_after).unwrap() }
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

#[test]
fn two_days_of_normal_operation_confirm_no_alarm() {
    for seed in [1_431_655_765, 2_468_013] {
        assert_eq!(Watched::new(seed).alarm_within(48 * HOUR), None, "seed {seed}");
    }
}

#[test]
fn a_disturbance_is_told_within_minutes_with_the_tags_that_show_it() {
    let check = |number: u8, minutes: usize, shown: &str| {
        let mut plant = Watched::new(1_431_655_765);
        assert_eq!(plant.alarm_within(2 * HOUR), None);
        plant.source.control(SourceOrder::SetDisturbance { number, active: true }).unwrap();
        let told = plant.alarm_within(minutes * 60).unwrap_or_else(|| panic!("IDV {number}: not in {minutes} min"));
        assert!(told.1.iter().any(|tag| tag == shown), "IDV {number}: {told:?}");
    };
    check(1, 24, "XMEAS_16");
    check(4, 15, "XMV_10");
    check(5, 15, "XMEAS_22");
    check(6, 12, "XMEAS_1");
    check(7, 12, "XMEAS_4");
    check(14, 21, "XMV_10");
}
