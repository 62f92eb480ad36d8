//! One tag's samples as they were kept, a stretch at a time: for whoever goes through history instead of drawing it.

use std::sync::Arc;

use super::history::{self, Hour, Projected, read_tags};
use super::trend::{Recent, Source, TrendQuery, Wanted, overlaid};
use super::{PlantStorage, Result};
use crate::domain::{Quality, SourceTime, TagIndex};

const WHAT: &str = "read the samples of a tag";

/// Hours of one page; what a page holds is bounded by them and by the period of the source.
const HOURS_A_PAGE: i64 = 6;

/// A stretch of one tag's samples.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SamplePage {
    /// Time, value at the tag's resolution, and quality as it was judged; ascending by time.
    pub samples: Vec<(SourceTime, f64, Quality)>,
    /// Where the next stretch begins; `None` at the end.
    pub next: Option<SourceTime>,
}

impl PlantStorage {
    /// The samples of one tag from a time on, both ends included, a few hours at a time; ask again from `next`.
    ///
    /// # Errors
    /// When the tag is unknown, or the database or a file cannot be read.
    pub async fn samples(&self, tag: TagIndex, from: SourceTime, to: SourceTime) -> Result<SamplePage> {
        let mut last = Hour::of(from);
        for _ in 1..HOURS_A_PAGE {
            last = last.next();
        }
        let end = last.last().min(to);
        let query = TrendQuery { tags: vec![tag], from, to: end, points: 0 };
        let wanted = Wanted::of(&self.0.plant, &query)?;
        // Rows first, files after: an hour that is sealed in between is then seen twice, never not at all.
        let mut recent = Recent::default();
        if from <= end {
            self.read_recent(&query, &wanted, &mut recent).await?;
        }
        let (history, plant) = (self.0.history.clone(), Arc::clone(&self.0.plant));
        let samples = history::blocking(WHAT, move || {
            let mut samples = Vec::new();
            let Some(unit) = plant.tag(tag).map(|tag| tag.unit.clone()) else { return Ok(samples) };
            let mut hour = Hour::of(from);
            let files = if from <= end { history.hours(unit.as_str(), from, end)? } else { Vec::new() };
            while hour.start() <= end {
                let path = files.iter().find(|file| file.hour == hour).map(|file| &file.path);
                let sealed = match path {
                    Some(path) => read_tags(path, &wanted.names)?.unwrap_or_default(),
                    None => Projected::default(),
                };
                for (source, at) in overlaid(&sealed, &recent, hour) {
                    let (time, (value, quality)) = match source {
                        Source::Sealed => (sealed.times[at], (sealed.tags[0].0[at], sealed.tags[0].1[at])),
                        Source::Recent => (recent.times[at], recent.cells[0][at]),
                    };
                    if (from.as_micros()..=end.as_micros()).contains(&time) {
                        samples.push((SourceTime::from_micros(time), value, Quality::from_code(quality)));
                    }
                }
                hour = hour.next();
            }
            Ok(samples)
        });
        let next = (end < to).then(|| SourceTime::from_micros(end.as_micros().saturating_add(1)));
        Ok(SamplePage { samples: samples.await?, next })
    }
}
