//! The rule of history: everything that the source said is kept, once, from first to last.

use std::collections::BTreeMap;
use std::time::Duration;

use tep::domain::{Plant, SourceTime};

use super::{Entry, Rule, Verdict, holds};
use crate::shift::record::Seen;

const UNBROKEN: &str = "no scan is missing in the history, and none is there twice";
const COMPLETE: &str = "the history reaches from the first scan to the last";
const FAITHFUL: &str = "the history holds what the source said";

pub struct Unbroken {
    period: Duration,
    /// Of the first tag: history is asked for at it.
    resolution: f64,
    /// The first tag's value in the last version of each scan: what a killed process had not written is said anew.
    said: BTreeMap<SourceTime, Option<f64>>,
}

impl Unbroken {
    pub fn new(plant: &Plant) -> Self {
        Self { period: plant.scan_period, resolution: plant.tags[0].resolution, said: BTreeMap::new() }
    }

    fn kept(&self, kept: &[(SourceTime, Option<f64>)]) -> Verdict {
        let times = || kept.iter().map(|(time, _)| *time);
        for (a, b) in times().zip(times().skip(1)) {
            holds(b.since(a) == self.period, UNBROKEN, || format!("{b} follows {a}"))?;
        }
        let ends = (self.said.keys().next(), self.said.keys().next_back());
        let kept_ends = (kept.first().map(|(time, _)| time), kept.last().map(|(time, _)| time));
        holds(ends == kept_ends, COMPLETE, || format!("the source said {ends:?}, kept is {kept_ends:?}"))?;
        for (time, value) in kept {
            let said = self.said.get(time).copied().flatten();
            // A bad value is kept without a number.
            let faithful = value.is_none_or(|kept| said.is_some_and(|said| (said - kept).abs() <= self.resolution));
            holds(faithful, FAITHFUL, || format!("at {time} the source said {said:?}, kept is {value:?}"))?;
        }
        Ok(())
    }
}

impl Rule for Unbroken {
    fn see(&mut self, entry: &Entry) -> Verdict {
        match &entry.seen {
            Seen::SourceSaid { source_time, values, .. } => {
                self.said.insert(*source_time, values.first().copied().filter(|value| value.is_finite()));
                Ok(())
            }
            Seen::Kept(kept) => self.kept(kept),
            _ => Ok(()),
        }
    }
}
