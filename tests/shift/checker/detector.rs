//! The rule of detectors: whoever has just begun does not know yet.

use tep::domain::{DetectorState, Plant};

use super::{Entry, Rule, Verdict, holds};
use crate::shift::record::Seen;

const HONEST: &str = "a detector never says normal before it can know";

pub struct Honest {
    needs: u32,
    verdicts: u32,
}

impl Honest {
    pub fn new(plant: &Plant) -> Self {
        Self { needs: plant.detectors.iter().map(|spec| spec.confirm_after).max().unwrap_or(0), verdicts: 0 }
    }
}

impl Rule for Honest {
    fn see(&mut self, entry: &Entry) -> Verdict {
        match &entry.seen {
            Seen::LifeBegan => self.verdicts = 0,
            // Without a verdict it introduces itself: it has been restarted or has got another model.
            Seen::Detector { verdict: false, state } => {
                self.verdicts = 0;
                holds(*state != DetectorState::Normal, HONEST, || "it introduced itself as normal".into())?;
            }
            Seen::Detector { verdict: true, state } => {
                self.verdicts += 1;
                holds(*state != DetectorState::Normal || self.verdicts >= self.needs, HONEST, || {
                    format!("normal after {} samples, of {} that it needs", self.verdicts, self.needs)
                })?;
            }
            _ => {}
        }
        Ok(())
    }
}
