//! The rule of the end: after the last fault the plant runs again, or says what is missing.

use std::collections::BTreeSet;

use tep::domain::{AlarmId, SourceState};

use super::{Entry, Rule, Verdict, holds};
use crate::shift::record::{Seen, Unwell};

const GOES_ON: &str = "after the last fault the scans go on";
const NEVER_SILENT: &str = "what does not run shows as a system alarm";
const NEVER_STALE: &str = "a system alarm ends with what it tells of";

#[derive(Default)]
pub struct Settled {
    active: BTreeSet<AlarmId>,
}

impl Settled {
    fn is_told(&self, unwell: &Unwell) -> bool {
        let active = |prefix: &str| self.active.iter().any(|alarm| alarm.as_str().starts_with(prefix));
        if unwell.path.contains("/historian:") || unwell.path.contains("/journal writer:") {
            return active("SYSTEM/HISTORIAN_BEHIND") || active("SYSTEM/DISK_LOW");
        }
        if unwell.path.contains("/unit:") {
            return active("SYSTEM/INSTRUMENT/");
        }
        if unwell.path.contains("/detector:") {
            return active("SYSTEM/DETECTOR_DEGRADED/") || active("SYSTEM/INSTRUMENT/");
        }
        active("SYSTEM/")
    }
}

impl Rule for Settled {
    fn see(&mut self, entry: &Entry) -> Verdict {
        match &entry.seen {
            Seen::Desk(shown) => {
                self.active = shown.iter().filter(|(_, facts)| facts.active).map(|(id, _)| id.clone()).collect();
                Ok(())
            }
            Seen::Settled { unwell, state, scans_go_on } => {
                let tripped = *state == Some(SourceState::ShutDown);
                holds(*scans_go_on, GOES_ON, || format!("the source is {state:?}"))?;
                let trip_told = !tripped || self.active.contains(&AlarmId::from("SYSTEM/PLANT_TRIPPED"));
                holds(trip_told, NEVER_SILENT, || "the plant has tripped, and no alarm says so".into())?;
                let silent = unwell.iter().find(|unwell| !self.is_told(unwell));
                holds(silent.is_none(), NEVER_SILENT, || format!("{silent:?}, and no alarm says so"))?;
                let system = self.active.iter().filter(|alarm| alarm.as_str().starts_with("SYSTEM/"));
                let stale: Vec<_> = system.filter(|alarm| !(tripped && alarm.as_str().ends_with("TRIPPED"))).collect();
                holds(!unwell.is_empty() || stale.is_empty(), NEVER_STALE, || {
                    format!("all is well, and {stale:?} stand")
                })
            }
            _ => Ok(()),
        }
    }
}
