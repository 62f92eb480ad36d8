//! Goes through the history of a tag with limit charts, to say beforehand what a change of a limit would have done.

use std::time::Duration;

use super::{PlantStorage, Result};
use crate::alarms::{Outlook, OutlookTally};
use crate::detect::LimitChart;
use crate::domain::{AlarmDefinition, Limit, Quality, SourceTime, TagIndex};

/// What an alarm would have done over a stretch of history, for each way of tuning its limit.
#[derive(Clone, Debug, PartialEq)]
pub struct Preview {
    /// The first sample.
    pub from: SourceTime,
    /// The newest sample.
    pub to: SourceTime,
    /// How many samples there were.
    pub samples: u64,
    /// How many of them could not be used.
    pub unusable: u64,
    /// One for each limit, in their order.
    pub outlooks: Vec<Outlook>,
}

/// A chart and the life of its alarm.
struct Run {
    chart: LimitChart,
    tally: OutlookTally,
}

impl Run {
    fn new(definition: &AlarmDefinition, limit: Limit, (from, to): (SourceTime, SourceTime)) -> Self {
        Self { chart: LimitChart::new(limit), tally: OutlookTally::new(definition.clone(), from, to) }
    }

    fn push(&mut self, (time, value, quality): (SourceTime, f64, Quality)) {
        if let Some(change) = self.chart.push(time, value, quality) {
            self.tally.condition_changed(change.active, change.source_time);
        }
    }
}

impl PlantStorage {
    /// Sends the newest stretch of a tag's history through a chart for each of several limits, and goes through the life of
    /// the alarm with what each chart says. The charts and the rules are those that run, so the prediction is what a replay
    /// of this history under that limit gives. `None` before the first scan.
    ///
    /// # Errors
    /// When the tag is unknown, or the database or a file cannot be read.
    pub async fn preview_limits(
        &self,
        (definition, tag): (&AlarmDefinition, TagIndex),
        limits: &[Limit],
        stretch: Duration,
    ) -> Result<Option<Preview>> {
        let Some(newest) = self.last_scan().await? else { return Ok(None) };
        let to = newest.source_time;
        let from = to - stretch;
        let mut runs: Vec<Run> = limits.iter().map(|limit| Run::new(definition, limit.clone(), (from, to))).collect();
        let (mut first, mut samples, mut unusable) = (None, 0, 0);
        let mut next = Some(from);
        while let Some(start) = next {
            let page = self.samples(tag, start, to).await?;
            for sample in page.samples {
                first.get_or_insert(sample.0);
                samples += 1;
                unusable += u64::from(!sample.2.is_usable());
                runs.iter_mut().for_each(|run| run.push(sample));
            }
            next = page.next;
            // A month at one scan a second is millions of samples: others get their turn between the pages.
            tokio::task::yield_now().await;
        }
        let outlooks = runs.into_iter().map(|run| run.tally.finish(to)).collect();
        Ok(Some(Preview { from: first.unwrap_or(to), to, samples, unusable, outlooks }))
    }
}
