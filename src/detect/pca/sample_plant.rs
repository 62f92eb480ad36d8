//! A small made-up plant with a known relation, for the tests of training and watching.

use std::ops::ControlFlow;
use std::time::Duration;

use super::{PcaModel, PcaSettings, train};
use crate::detect::TrainingData;
use crate::domain::{Plant, PlantId, RegisterRules, SignalKind, Tag, TagId, TagRole, UnitId, WallTime};

/// Names of the tags: `B` follows `A`, `D` follows `C` the other way, `E` goes its own way.
pub(super) const TAGS: [&str; 5] = ["A", "B", "C", "D", "E"];

/// Noise that is the same everywhere, roughly normal with deviation 1.
pub(super) struct Noise(u64);

impl Noise {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(super) fn next(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }

    /// One row of normal operation.
    pub(super) fn row(&mut self) -> [f64; 5] {
        let (a, c) = (self.next(), self.next());
        let b = 100.0 + 20.0 * a + 2.0 * self.next();
        let d = -3.0 * c + 0.3 * self.next();
        [a, b, 5_000.0 + c, d, self.next()]
    }
}

pub(super) fn tags() -> Vec<TagId> {
    TAGS.map(TagId::from).to_vec()
}

pub(super) fn data(runs: &[usize], seed: u64) -> TrainingData {
    let mut data = TrainingData::new(tags()).expect("tags");
    let mut noise = Noise::new(seed);
    for (n, rows) in runs.iter().enumerate() {
        data.begin_run(format!("run {}", n + 1));
        (0..*rows).for_each(|_| data.push_row(&noise.row()).expect("a row"));
    }
    data
}

pub(super) fn settings() -> PcaSettings {
    PcaSettings {
        variance_kept: 0.8,
        false_alarm_rate: 0.01,
        sample_period: Duration::from_secs(180),
        trained_at: WallTime::from_micros(77),
    }
}

pub(super) fn model() -> PcaModel {
    train(&data(&[600, 600, 600], 1), &settings(), &mut |_| ControlFlow::Continue(())).expect("a model")
}

/// The plant has one tag before those of the model, so that positions are not accidentally right.
pub(in crate::detect) fn plant() -> Plant {
    let tag = |name: &str| Tag {
        id: TagId::from(name),
        name: name.into(),
        description: String::new(),
        unit_of_measure: String::new(),
        unit: UnitId::from("unit"),
        kind: SignalKind::Flow,
        role: TagRole::Measured,
        range_low: 0.0,
        range_high: 1.0,
        normal: 0.5,
        resolution: 0.01,
        limits: Vec::new(),
        conditions: Vec::new(),
    };
    Plant {
        id: PlantId::from("plant"),
        name: String::new(),
        scan_period: Duration::from_secs(1),
        lookup: Default::default(),
        stale_after: Duration::from_secs(10),
        units: Vec::new(),
        tags: std::iter::once("X").chain(TAGS).map(tag).collect(),
        loops: Vec::new(),
        detectors: Vec::new(),
        alarms: Vec::new(),
        register: RegisterRules::default(),
        suppression_rules: Vec::new(),
        eclipses: Vec::new(),
        first_out: Vec::new(),
        consoles: Vec::new(),
    }
}
