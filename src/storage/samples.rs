//! Samples as they were kept: those of one tag, a stretch at a time, and rows of several tags as a chart would have taken them.
//! For whoever goes through history instead of drawing it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::history::{self, Hour, Projected, read_tags};
use super::trend::{Recent, Source, TrendQuery, Wanted, overlaid};
use super::{PlantStorage, Result};
use crate::detect::{Picked, Thinning};
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

/// One scan that a chart would have taken as a sample.
#[derive(Clone, Debug, PartialEq)]
pub struct SampledRow {
    /// When it was.
    pub time: SourceTime,
    /// Whether samples are missing before it, or it is the first.
    pub begins: bool,
    /// Of each tag its value at the tag's resolution; `None` where it was not usable or not recorded.
    pub values: Vec<Option<f64>>,
}

impl PlantStorage {
    /// The scans between two times, both included, that a chart of this period would have taken of them: like a chart of the
    /// running plant, one scan later each time where scans come more often than samples, so that no phase of the plant's own
    /// cycles is seen alone.
    ///
    /// # Errors
    /// When a tag is unknown, or the database or a file cannot be read.
    pub async fn sampled(
        &self,
        tags: &[TagIndex],
        period: Duration,
        from: SourceTime,
        to: SourceTime,
    ) -> Result<Vec<SampledRow>> {
        let query = TrendQuery { tags: tags.to_vec(), from, to, points: 0 };
        let wanted = Wanted::of(&self.0.plant, &query)?;
        let mut recent = Recent::default();
        if from > to || tags.is_empty() {
            return Ok(Vec::new());
        }
        self.read_recent(&query, &wanted, &mut recent).await?;
        let (history, width) = (self.0.history.clone(), tags.len());
        history::blocking("read samples", move || {
            let mut rows: BTreeMap<i64, SampledRow> = BTreeMap::new();
            for (unit, members) in &wanted.units {
                let names: Vec<String> = members.iter().map(|at| wanted.names[*at].clone()).collect();
                let mut thinning = Thinning::new(period);
                let mut hours: BTreeMap<Hour, _> = BTreeMap::new();
                hours.extend(history.hours(unit, from, to)?.into_iter().map(|file| (file.hour, Some(file.path))));
                for time in &recent.times {
                    hours.entry(Hour::of(SourceTime::from_micros(*time))).or_insert(None);
                }
                for (hour, path) in hours {
                    let sealed = match path {
                        Some(path) => read_tags(&path, &names)?.unwrap_or_default(),
                        None => Projected::default(),
                    };
                    for (source, at) in overlaid(&sealed, &recent, hour) {
                        let time = match source {
                            Source::Sealed => sealed.times[at],
                            Source::Recent => recent.times[at],
                        };
                        if !(from.as_micros()..=to.as_micros()).contains(&time) {
                            continue;
                        }
                        let Some(picked) = thinning.pick(SourceTime::from_micros(time)) else { continue };
                        let row = rows.entry(time).or_insert_with(|| SampledRow {
                            time: SourceTime::from_micros(time),
                            begins: picked == Picked::First,
                            values: vec![None; width],
                        });
                        for (column, member) in members.iter().enumerate() {
                            let (value, quality) = match source {
                                Source::Sealed => (sealed.tags[column].0[at], sealed.tags[column].1[at]),
                                Source::Recent => recent.cells[*member][at],
                            };
                            let usable = Quality::from_code(quality).is_usable() && value.is_finite();
                            row.values[*member] = usable.then_some(value);
                        }
                    }
                }
            }
            Ok(rows.into_values().collect())
        })
        .await
    }

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
