//! From what was written to what is meant: every value is checked on its way into the domain.

mod alarms;
mod conditions;
mod consoles;
mod handling;
mod limits;
mod loops;
mod rationale;
mod register;
mod suppression;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use toml::Spanned;

use super::detectors;
use super::error::{Problem, refuse};
use super::file::{PlantFile, TagEntry, UnitEntry};
use super::system;
use crate::domain::{AlarmDefinition, Plant, Tag, TagIndex, Unit};

/// A unit id, tag id or similar is part of paths, alarm ids and URLs.
const ID_LENGTH_MAX: usize = 64;
/// Longer periods than a day are a slip of the pen.
const SECONDS_MAX: f64 = 86_400.0;

pub(super) fn plant(file: PlantFile) -> Result<Plant, Problem> {
    id(&file.id, "id")?;
    let scan_period = seconds(&file.scan_period_seconds, "scan_period_seconds", 0.001)?;
    let stale_after = seconds(&file.stale_after_seconds, "stale_after_seconds", 0.001)?;
    let units = units(&file.units)?;
    unique(file.tags.get_ref().iter().map(|tag| &tag.id), "tags")?;
    let index = index(&file.tags)?;
    let tags = tags(&file.tags, &units, &index, scan_period)?;
    let loops = loops::checked(&file.loops, &index, &tags)?;
    let register = register::checked(&file.register, file.priority_matrix.as_ref())?;
    let usual = alarms::Usual { handling: &file.alarm_handling, matrix: &register.matrix };
    let mut alarms = alarms::of_tags(&file.tags, &file.units, &usual)?;
    let detectors = detectors::checked(&file.detectors, &index, scan_period)?;
    alarms.extend(alarms::of_detectors(&file.detectors, &usual)?);
    let of_the_program = system::alarms(&units, &detectors, !file.suppression_rules.is_empty());
    alarms.extend(of_the_program.into_iter().map(|alarm| system::under(&register.matrix, alarm)));
    tune(&mut alarms, &tags);
    let known = suppression::Known { units: &units, tags: &tags, alarms: &alarms };
    let suppression_rules = suppression::rules(&file.suppression_rules, &known)?;
    let first_out = suppression::first_out(&file.first_out, &known)?;
    let eclipses = suppression::eclipses(&tags);
    let consoles = consoles::checked(&file.consoles, &units)?;
    Ok(Plant {
        id: file.id.into_inner().into(),
        name: file.name,
        scan_period,
        lookup: Default::default(),
        stale_after,
        units,
        tags,
        loops,
        detectors,
        alarms: alarms.into_iter().map(Arc::new).collect(),
        consoles,
        register,
        suppression_rules,
        eclipses,
        first_out,
    })
}

/// Tells each alarm of a limit how it is tuned.
fn tune(alarms: &mut [AlarmDefinition], tags: &[Tag]) {
    let limits =
        tags.iter().flat_map(|tag| tag.limits.iter().map(|limit| (system::limit_alarm(&tag.id, limit.kind), limit)));
    let mut limits: HashMap<_, _> = limits.collect();
    for alarm in alarms {
        alarm.limit = limits.remove(&alarm.id).cloned();
    }
}

fn units(entries: &Spanned<Vec<UnitEntry>>) -> Result<Vec<Unit>, Problem> {
    if entries.get_ref().is_empty() {
        return refuse(entries, "units", "a plant has at least one unit");
    }
    unique(entries.get_ref().iter().map(|unit| &unit.id), "units")?;
    let checked = |entry: &UnitEntry| Unit {
        id: entry.id.get_ref().as_str().into(),
        name: entry.name.clone(),
        description: entry.description.clone(),
    };
    Ok(entries.get_ref().iter().map(checked).collect())
}

fn tags(
    entries: &Spanned<Vec<TagEntry>>,
    units: &[Unit],
    index: &HashMap<&str, TagIndex>,
    scan_period: Duration,
) -> Result<Vec<Tag>, Problem> {
    if entries.get_ref().is_empty() {
        return refuse(entries, "tags", "a plant has at least one tag");
    }
    let checked = |entry| {
        let conditions = |tag| Ok(Tag { conditions: conditions::checked(entry, index, scan_period)?, ..tag });
        tag(entry, units).and_then(conditions)
    };
    entries.get_ref().iter().map(checked).collect()
}

fn tag(entry: &TagEntry, units: &[Unit]) -> Result<Tag, Problem> {
    let key = |key: &str| format!("tags.{}.{key}", entry.id.get_ref());
    let unit = entry.unit.get_ref();
    if !units.iter().any(|known| known.id.as_str() == unit) {
        return refuse(&entry.unit, key("unit"), format!("there is no unit `{unit}`"));
    }
    let (low, high) = (finite(&entry.range_low, key("range_low"))?, finite(&entry.range_high, key("range_high"))?);
    if low >= high {
        return refuse(&entry.range_low, key("range_low"), format!("{low} is not below range_high {high}"));
    }
    let normal = finite(&entry.normal, key("normal"))?;
    if !(low..=high).contains(&normal) {
        return refuse(&entry.normal, key("normal"), format!("{normal} is outside the range {low}…{high}"));
    }
    let resolution = finite(&entry.resolution, key("resolution"))?;
    if resolution <= 0.0 || resolution > high - low {
        let problem = format!("{resolution} is not a step within the range {low}…{high}");
        return refuse(&entry.resolution, key("resolution"), problem);
    }
    Ok(Tag {
        id: entry.id.get_ref().as_str().into(),
        name: entry.name.clone(),
        description: entry.description.clone(),
        unit_of_measure: entry.unit_of_measure.clone(),
        unit: unit.as_str().into(),
        kind: entry.kind,
        role: entry.role,
        range_low: low,
        range_high: high,
        normal,
        resolution,
        limits: limits::checked(entry)?,
        conditions: Vec::new(),
    })
}

/// Where each tag stands in a scan.
fn index(entries: &Spanned<Vec<TagEntry>>) -> Result<HashMap<&str, TagIndex>, Problem> {
    let mut index = HashMap::new();
    for (at, entry) in entries.get_ref().iter().enumerate() {
        let Ok(position) = u16::try_from(at) else {
            return refuse(&entry.id, "tags", format!("more than {} tags in one plant", u16::MAX));
        };
        index.insert(entry.id.get_ref().as_str(), TagIndex(position));
    }
    Ok(index)
}

pub(super) fn unique<'a>(ids: impl Iterator<Item = &'a Spanned<String>>, list: &str) -> Result<(), Problem> {
    let mut seen = std::collections::HashSet::new();
    for given in ids {
        id(given, &format!("{list}.id"))?;
        if !seen.insert(given.get_ref().as_str()) {
            return refuse(given, format!("{list}.id"), format!("`{}` is there twice", given.get_ref()));
        }
    }
    Ok(())
}

/// Ids stand in alarm ids, database keys, file names and links, so only letters that are themselves in all of them.
fn id(given: &Spanned<String>, key: &str) -> Result<(), Problem> {
    id_problem(given.get_ref()).map_or(Ok(()), |problem| refuse(given, key, problem))
}

pub(super) fn id_problem(text: &str) -> Option<String> {
    let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    let fits = plain && (1..=ID_LENGTH_MAX).contains(&text.len());
    (!fits).then(|| format!("`{text}` is not an id: 1 to {ID_LENGTH_MAX} of A-Z, a-z, 0-9, _ and -"))
}

fn finite(given: &Spanned<f64>, key: impl Into<String>) -> Result<f64, Problem> {
    let value = *given.get_ref();
    if value.is_finite() { Ok(value) } else { refuse(given, key, format!("{value} is not a finite number")) }
}

pub(super) fn share(given: &Spanned<f64>, key: impl Into<String>) -> Result<f64, Problem> {
    let value = *given.get_ref();
    if value > 0.0 && value < 1.0 {
        return Ok(value);
    }
    refuse(given, key, format!("{value} is not a share between 0 and 1"))
}

pub(super) fn seconds(given: &Spanned<f64>, key: &str, least: f64) -> Result<Duration, Problem> {
    let value = *given.get_ref();
    if (least..=SECONDS_MAX).contains(&value) {
        // Source time counts whole microseconds; a period must not drift against it.
        return Ok(Duration::from_micros((value * 1e6).round() as u64));
    }
    refuse(given, key, format!("{value} s is outside {least}…{SECONDS_MAX} s"))
}

fn said(text: &Spanned<String>, key: impl Into<String>) -> Result<&str, Problem> {
    let words = text.get_ref().trim();
    if words.is_empty() { refuse(text, key, "says nothing") } else { Ok(words) }
}
