//! A source whose instruments can be made to lie. It stands between the plant and its real source, and writes down what it
//! lets through.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tep::domain::{DisturbanceState, Plant, Quality, TagId};
use tep::ingest::{Next, RawScan, Source, SourceError, SourceOrder, SourceStatus, Sources, open};

use super::record::{Record, Seen};
use super::script::Lie;

/// The hand in the wiring. Cheap to clone.
#[derive(Clone, Default)]
pub struct Tampering(Arc<Mutex<Vec<Tampered>>>);

/// One instrument that lies.
struct Tampered {
    tag: usize,
    how: Lie,
    scans_left: u64,
    stuck_at: Option<f64>,
}

impl Tampering {
    /// Makes an instrument lie for some scans.
    pub fn begin(&self, plant: &Plant, tag: &str, how: Lie, scans: u64) {
        let tag = plant.tag_index(&TagId::from(tag)).expect("a script names tags of the plant").get();
        self.0.lock().unwrap().push(Tampered { tag, how, scans_left: scans, stuck_at: None });
    }

    /// All instruments are honest again.
    pub fn end(&self) {
        self.0.lock().unwrap().clear();
    }

    /// The sources of this build, tampered with.
    pub fn sources(&self, record: &Record) -> Sources {
        let (tampering, record) = (self.clone(), record.clone());
        Sources::opened_by(move |config, plant, checkpoint, start| {
            let inner = open(config, plant, checkpoint, start)?;
            let (plant, tampering, record) = (Arc::new(plant.clone()), tampering.clone(), record.clone());
            Ok(Box::new(Lying { inner, plant, tampering, record }))
        })
    }

    fn touch(&self, plant: &Plant, scan: &mut RawScan) {
        let mut all = self.0.lock().unwrap();
        for one in all.iter_mut() {
            one.touch(plant, scan);
        }
        all.retain(|one| one.scans_left > 0);
    }
}

impl Tampered {
    fn touch(&mut self, plant: &Plant, scan: &mut RawScan) {
        self.scans_left -= 1;
        let value = &mut scan.values[self.tag];
        match self.how {
            Lie::NotANumber => *value = f64::NAN,
            Lie::Absurd => *value = 1.0e9,
            Lie::Stuck => *value = *self.stuck_at.get_or_insert(*value),
            Lie::Missing => {
                *value = f64::NAN;
                scan.qualities[self.tag] = Quality::Bad;
            }
            Lie::BeyondLimit => {
                if let Some(limit) = plant.tags[self.tag].limits.first() {
                    let sign = if limit.kind.is_upper() { 1.0 } else { -1.0 };
                    *value = limit.value + sign * limit.deadband.max(1e-3 * limit.value.abs());
                }
            }
        }
    }
}

struct Lying {
    inner: Box<dyn Source>,
    plant: Arc<Plant>,
    tampering: Tampering,
    record: Record,
}

impl Source for Lying {
    fn next_scan(&mut self) -> Result<Next, SourceError> {
        let mut next = self.inner.next_scan()?;
        if let Next::Scan(scan) = &mut next {
            self.tampering.touch(&self.plant, scan);
            self.record.note(Seen::SourceSaid {
                number: scan.number,
                source_time: scan.source_time,
                values: scan.values.as_slice().into(),
                qualities: scan.qualities.as_slice().into(),
            });
        }
        Ok(next)
    }

    fn kind(&self) -> &'static str {
        self.inner.kind()
    }

    fn period(&self) -> Duration {
        self.inner.period()
    }

    fn status(&self) -> SourceStatus {
        self.inner.status()
    }

    fn control(&mut self, order: SourceOrder) -> Result<(), SourceError> {
        self.inner.control(order)
    }

    fn checkpoint(&self) -> Vec<u8> {
        self.inner.checkpoint()
    }

    fn controllable(&self) -> bool {
        self.inner.controllable()
    }

    fn disturbances(&self) -> Vec<DisturbanceState> {
        self.inner.disturbances()
    }

    fn plant_hours(&self) -> f64 {
        self.inner.plant_hours()
    }
}
