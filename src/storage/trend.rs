//! Trends: one door over recent rows and sealed files, downsampled so that no extreme gets lost.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::columns::{Layout, quality_at, rounded, value_at};
use super::entities::scan;
use super::history::{self, History, Hour, Projected, read_tags};
use super::{PlantStorage, Result, StorageError};
use crate::domain::{Plant, Quality, SourceTime, TagIndex};

const WHAT: &str = "read a trend";

/// What to draw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrendQuery {
    /// Which tags.
    pub tags: Vec<TagIndex>,
    /// From this time on, plant time.
    pub from: SourceTime,
    /// Up to and including this time.
    pub to: SourceTime,
    /// At most so many points a tag.
    pub points: usize,
}

/// The answer: one series a tag, in the order asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct TrendResult {
    /// From this time on.
    pub from: SourceTime,
    /// Up to and including this time.
    pub to: SourceTime,
    /// One a tag.
    pub series: Vec<TrendSeries>,
    /// Times of the first scans after a gap, or after the source was set back: no line is to be drawn up to them.
    pub discontinuities: Vec<SourceTime>,
}

/// One tag's curve.
#[derive(Clone, Debug, PartialEq)]
pub struct TrendSeries {
    /// Which tag.
    pub tag: TagIndex,
    /// Ascending by time.
    pub points: Vec<TrendPoint>,
}

/// One scan, or all scans of a short span: the bucket.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrendPoint {
    /// When the scan was, or when the bucket begins.
    pub time: SourceTime,
    /// Smallest usable value, exact to the tag's resolution; `None` when no value was usable.
    pub min: Option<f64>,
    /// Largest usable value.
    pub max: Option<f64>,
    /// Newest usable value.
    pub last: Option<f64>,
    /// The worst quality in the bucket.
    pub quality: Quality,
}

impl PlantStorage {
    /// What a few tags did over a span. Values are at each tag's resolution, sealed or not, so that the same question has
    /// the same answer before and after its hours are sealed. Up to `points` scans come as they are; more are put into
    /// buckets of equal length that keep the smallest and the largest value.
    ///
    /// # Errors
    /// When a tag is unknown, or the database or a file cannot be read.
    pub async fn trend(&self, query: &TrendQuery) -> Result<TrendResult> {
        let wanted = Wanted::of(&self.0.plant, query)?;
        // Rows first, files after: an hour that is sealed in between is then seen twice, never not at all.
        let mut recent = Recent::default();
        if !query.tags.is_empty() && query.from <= query.to {
            self.read_recent(query, &wanted, &mut recent).await?;
        }
        let (query, plant, history) = (query.clone(), Arc::clone(&self.0.plant), self.0.history.clone());
        history::blocking(WHAT, move || draw(&history, &plant, &query, &wanted, &recent)).await
    }

    pub(super) async fn read_recent(&self, query: &TrendQuery, wanted: &Wanted, recent: &mut Recent) -> Result<()> {
        let mut layouts = self.layouts(WHAT).await?;
        let mut from = Some(query.from);
        while let Some(start) = from {
            let (rows, next) = self.rows_page(WHAT, start, query.to).await?;
            if rows.iter().any(|row| !layouts.contains_key(&row.layout)) {
                // Another process began to write under a new plant file since we looked.
                layouts = self.layouts(WHAT).await?;
            }
            let places: HashMap<&str, Places> =
                layouts.iter().map(|(id, layout)| (id.as_str(), Places::of(layout, wanted))).collect();
            for row in &rows {
                let places = places.get(row.layout.as_str()).ok_or_else(|| self.unknown_layout(WHAT, row))?;
                recent.push(row, places);
            }
            from = next;
        }
        Ok(())
    }
}

/// The tags by name, with their units.
pub(super) struct Wanted {
    pub names: Vec<String>,
    /// For each unit, which of the names are its own.
    pub units: BTreeMap<String, Vec<usize>>,
}

impl Wanted {
    pub fn of(plant: &Plant, query: &TrendQuery) -> Result<Self> {
        let mut wanted = Self { names: Vec::new(), units: BTreeMap::new() };
        for (at, index) in query.tags.iter().enumerate() {
            let tag = plant.tag(*index).ok_or_else(|| {
                StorageError::not_found(WHAT, &plant.id, format!("it has no tag at position {}", index.get()))
            })?;
            wanted.names.push(tag.id.to_string());
            wanted.units.entry(tag.unit.to_string()).or_default().push(at);
        }
        Ok(wanted)
    }
}

/// Where the wanted tags stand in rows of one layout, and to what they are rounded.
pub(super) struct Places(Vec<Option<(usize, f64)>>);

impl Places {
    fn of(layout: &Layout, wanted: &Wanted) -> Self {
        let resolution = |at: usize| layout.columns.get(at).map_or(0.0, |column| column.resolution);
        Self(layout.positions(&wanted.names).into_iter().map(|at| at.map(|at| (at, resolution(at)))).collect())
    }
}

/// The wanted cells of the rows that are still in the database.
#[derive(Default)]
pub(super) struct Recent {
    pub times: Vec<i64>,
    numbers: Vec<i64>,
    /// One a tag.
    pub cells: Vec<Vec<(f64, u8)>>,
}

impl Recent {
    fn push(&mut self, row: &scan::Model, places: &Places) {
        self.times.push(row.source_time);
        self.numbers.push(row.number);
        self.cells.resize_with(places.0.len(), Vec::new);
        for (cells, place) in self.cells.iter_mut().zip(&places.0) {
            let value = place.map_or(f64::NAN, |(at, step)| rounded(value_at(&row.tag_values, at), step));
            let quality = quality_at(&row.tag_qualities, place.map_or(usize::MAX, |(at, _)| at));
            cells.push((value, quality.code()));
        }
    }

    /// Positions of the rows of one hour.
    fn of_hour(&self, hour: Hour) -> std::ops::Range<usize> {
        let first = self.times.partition_point(|time| *time < hour.start().as_micros());
        let end = self.times.partition_point(|time| *time <= hour.last().as_micros());
        first..end
    }
}

/// Puts rows and files together, hour by hour, unit by unit.
fn draw(history: &History, plant: &Plant, query: &TrendQuery, wanted: &Wanted, recent: &Recent) -> Result<TrendResult> {
    let mut curves: Vec<Curve> = query.tags.iter().map(|_| Curve::new(query)).collect();
    let mut gaps: Option<Vec<SourceTime>> = None;
    for (unit, members) in &wanted.units {
        let names: Vec<String> = members.iter().map(|at| wanted.names[*at].clone()).collect();
        let mut clock = Continuity::new(plant);
        let mut files: BTreeMap<Hour, _> = BTreeMap::new();
        if query.from <= query.to {
            files.extend(history.hours(unit, query.from, query.to)?.into_iter().map(|f| (f.hour, Some(f.path))));
        }
        for time in &recent.times {
            files.entry(Hour::of(SourceTime::from_micros(*time))).or_insert(None);
        }
        for (hour, path) in files {
            let sealed = match path {
                Some(path) => read_tags(&path, &names)?.unwrap_or_default(),
                None => Projected::default(),
            };
            for (source, at) in overlaid(&sealed, recent, hour) {
                let (time, number) = match source {
                    Source::Sealed => (sealed.times[at], sealed.numbers[at]),
                    Source::Recent => (recent.times[at], recent.numbers[at]),
                };
                if time < query.from.as_micros() || time > query.to.as_micros() {
                    continue;
                }
                clock.see(time, number);
                for (column, member) in members.iter().enumerate() {
                    let (value, quality) = match source {
                        Source::Sealed => (sealed.tags[column].0[at], sealed.tags[column].1[at]),
                        Source::Recent => recent.cells[*member][at],
                    };
                    curves[*member].push(time, value, Quality::from_code(quality));
                }
            }
        }
        gaps.get_or_insert(clock.gaps);
    }
    let series = query.tags.iter().zip(curves).map(|(tag, curve)| TrendSeries { tag: *tag, points: curve.finish() });
    Ok(TrendResult {
        from: query.from,
        to: query.to,
        series: series.collect(),
        discontinuities: gaps.unwrap_or_default(),
    })
}

#[derive(Clone, Copy)]
pub(super) enum Source {
    Sealed,
    Recent,
}

/// The rows of one hour in order of time; a recent row lies over the sealed one of the same time.
pub(super) fn overlaid<'a>(
    sealed: &'a Projected,
    recent: &'a Recent,
    hour: Hour,
) -> impl Iterator<Item = (Source, usize)> + use<'a> {
    let mut file = (0..sealed.times.len()).peekable();
    let mut rows = recent.of_hour(hour).peekable();
    std::iter::from_fn(move || match (file.peek().copied(), rows.peek().copied()) {
        (Some(f), Some(r)) if sealed.times[f] < recent.times[r] => file.next().map(|at| (Source::Sealed, at)),
        (Some(f), Some(r)) => {
            if sealed.times[f] == recent.times[r] {
                file.next();
            }
            rows.next().map(|at| (Source::Recent, at))
        }
        (Some(_), None) => file.next().map(|at| (Source::Sealed, at)),
        (None, _) => rows.next().map(|at| (Source::Recent, at)),
    })
}

/// One tag's points, in memory that depends on the points asked for and not on the scans there are.
struct Curve {
    from: i64,
    width: i64,
    most: usize,
    scans: usize,
    /// Every scan, as long as they are few enough.
    exact: Vec<TrendPoint>,
    buckets: Vec<TrendPoint>,
}

impl Curve {
    fn new(query: &TrendQuery) -> Self {
        let most = query.points.max(1);
        let span = query.to.as_micros().saturating_sub(query.from.as_micros()).saturating_add(1).max(1);
        let width = span.div_euclid(most as i64) + i64::from(span.rem_euclid(most as i64) > 0);
        Self { from: query.from.as_micros(), width, most, scans: 0, exact: Vec::new(), buckets: Vec::new() }
    }

    /// Takes the next scan; they come ascending by time.
    fn push(&mut self, time: i64, value: f64, quality: Quality) {
        let usable = (quality.is_usable() && value.is_finite()).then_some(value);
        let point =
            |time| TrendPoint { time: SourceTime::from_micros(time), min: usable, max: usable, last: usable, quality };
        self.scans += 1;
        if self.scans <= self.most {
            self.exact.push(point(time));
        }
        let begins = self.from + (time - self.from).div_euclid(self.width) * self.width;
        match self.buckets.last_mut().filter(|bucket| bucket.time.as_micros() == begins) {
            Some(bucket) => bucket.widen(usable, quality),
            None => self.buckets.push(point(begins)),
        }
    }

    fn finish(self) -> Vec<TrendPoint> {
        if self.scans <= self.most { self.exact } else { self.buckets }
    }
}

impl TrendPoint {
    fn widen(&mut self, value: Option<f64>, quality: Quality) {
        if let Some(value) = value {
            self.min = Some(self.min.map_or(value, |min| min.min(value)));
            self.max = Some(self.max.map_or(value, |max| max.max(value)));
            self.last = Some(value);
        }
        self.quality = self.quality.max(quality);
    }
}

/// Notices where the scans do not follow one another.
struct Continuity {
    longest: i64,
    before: Option<(i64, i64)>,
    step: i64,
    gaps: Vec<SourceTime>,
}

/// More would not be seen on any screen.
const MOST_GAPS: usize = 1_000;

impl Continuity {
    fn new(plant: &Plant) -> Self {
        let period = i64::try_from(plant.scan_period.as_micros()).unwrap_or(i64::MAX);
        Self { longest: period.saturating_mul(3), before: None, step: period, gaps: Vec::new() }
    }

    fn see(&mut self, time: i64, number: i64) {
        if let Some((before, number_before)) = self.before {
            let step = time.saturating_sub(before);
            // A replay may have a longer period than the plant file says: then its own last step is the measure.
            let late = step > self.longest.max(self.step.saturating_mul(3));
            if (late || number <= number_before) && self.gaps.len() < MOST_GAPS {
                self.gaps.push(SourceTime::from_micros(time));
            }
            if !late {
                self.step = step;
            }
        }
        self.before = Some((time, number));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(from: i64, to: i64, points: usize) -> TrendQuery {
        TrendQuery {
            tags: vec![TagIndex(0)],
            from: SourceTime::from_micros(from),
            to: SourceTime::from_micros(to),
            points,
        }
    }

    fn curve(query: &TrendQuery, values: &[(i64, f64, Quality)]) -> Vec<TrendPoint> {
        let mut curve = Curve::new(query);
        for (time, value, quality) in values {
            curve.push(*time, *value, *quality);
        }
        curve.finish()
    }

    #[test]
    fn a_few_scans_are_drawn_as_they_are() {
        let points = curve(&query(0, 100, 3), &[(7, 1.0, Quality::Good), (50, 2.0, Quality::Uncertain)]);
        assert_eq!(points.iter().map(|p| p.time.as_micros()).collect::<Vec<_>>(), [7, 50]);
        assert_eq!(points[1].last, Some(2.0));
    }

    #[test]
    fn a_single_spike_survives_downsampling() {
        let values: Vec<_> =
            (0..1_000).map(|t| (t, if t == 501 { 99.0 } else { (t % 3) as f64 }, Quality::Good)).collect();
        let points = curve(&query(0, 999, 10), &values);
        assert_eq!(points.len(), 10);
        assert_eq!(points[5].max, Some(99.0));
        assert_eq!(points[5].min, Some(0.0));
        assert_eq!(points[5].last, Some((599 % 3) as f64));
    }

    #[test]
    fn a_bad_value_is_never_an_extreme_but_shows_in_the_quality() {
        let mut values = vec![(0, 1.0, Quality::Good); 9];
        values.push((0, 1e9, Quality::Bad));
        let points = curve(&query(0, 9, 1), &values);
        assert_eq!((points[0].max, points[0].quality), (Some(1.0), Quality::Bad));
    }

    #[test]
    fn no_question_gets_more_points_than_it_asked_for() {
        let check = |to: i64, points: usize| {
            let values: Vec<_> = (0..=to).map(|t| (t, 0.0, Quality::Good)).collect();
            assert!(curve(&query(0, to, points), &values).len() <= points.max(1), "{to} {points}");
        };
        for (to, points) in [(99, 10), (100, 10), (101, 7), (5, 0), (1, 100), (0, 1)] {
            check(to, points);
        }
    }
}
