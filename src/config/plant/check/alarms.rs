//! The alarms that follow from limits, conditions and detectors, with their words.

use super::limits::key;
use super::{Spanned, conditions, handling, refuse, said};
use crate::config::plant::error::Problem;
use crate::config::plant::file::{
    ConditionEntry, ConditionKind, DetectorEntry, HandlingEntry, LimitEntry, TagEntry, UnitEntry,
};
use crate::config::plant::system::{condition_alarm, detector_alarm, limit_alarm};
use crate::domain::{AlarmDefinition, DetectorId, LimitKind, TagId};

pub(super) fn of_tags(
    tags: &Spanned<Vec<TagEntry>>,
    units: &Spanned<Vec<UnitEntry>>,
    handling: &HandlingEntry,
) -> Result<Vec<AlarmDefinition>, Problem> {
    let mut alarms = Vec::new();
    for tag in tags.get_ref() {
        let Some(unit) = units.get_ref().iter().find(|unit| unit.id.get_ref() == tag.unit.get_ref()) else {
            return refuse(&tag.unit, format!("tags.{}.unit", tag.id.get_ref()), "there is no such unit");
        };
        for limit in &tag.limits {
            alarms.push(of_limit(tag, unit, limit, handling)?);
        }
        for condition in &tag.conditions {
            alarms.push(of_condition(tag, unit, condition, handling)?);
        }
    }
    Ok(alarms)
}

/// Guidance is inherited: what the limit does not say, its unit does.
fn of_limit(
    tag: &TagEntry,
    unit: &UnitEntry,
    limit: &LimitEntry,
    plant: &HandlingEntry,
) -> Result<AlarmDefinition, Problem> {
    let kind = *limit.kind.get_ref();
    let id = TagId::from(tag.id.get_ref().as_str());
    let guidance = match &limit.guidance {
        Some(own) => said(own, key(tag, limit, "guidance"))?,
        None => said(&unit.guidance, format!("units.{}.guidance", unit.id.get_ref()))?,
    };
    Ok(AlarmDefinition {
        id: limit_alarm(&id, kind),
        title: limit.title.clone().unwrap_or_else(|| format!("{} {}", tag.name, words(kind))),
        unit: Some(unit.id.get_ref().as_str().into()),
        tag: Some(id),
        detector: None,
        severity: limit.severity,
        handling: handling::resolved(plant, &limit.handling, limit.severity, &key(tag, limit, "handling"))?,
        cause: said(&limit.cause, key(tag, limit, "cause"))?.into(),
        consequence: said(&limit.consequence, key(tag, limit, "consequence"))?.into(),
        guidance: guidance.into(),
        limit: None,
    })
}

fn of_condition(
    tag: &TagEntry,
    unit: &UnitEntry,
    entry: &ConditionEntry,
    plant: &HandlingEntry,
) -> Result<AlarmDefinition, Problem> {
    let key = |name: &str| conditions::key(tag, entry, name);
    let id = TagId::from(tag.id.get_ref().as_str());
    let guidance = match &entry.guidance {
        Some(own) => said(own, key("guidance"))?,
        None => said(&unit.guidance, format!("units.{}.guidance", unit.id.get_ref()))?,
    };
    let title = || format!("{} {}", tag.name, condition_words(*entry.kind.get_ref()));
    Ok(AlarmDefinition {
        id: condition_alarm(&id, conditions::name(entry)),
        title: entry.title.clone().unwrap_or_else(title),
        unit: Some(unit.id.get_ref().as_str().into()),
        tag: Some(id),
        detector: None,
        severity: entry.severity,
        handling: handling::resolved(plant, &entry.handling, entry.severity, &key("handling"))?,
        cause: said(&entry.cause, key("cause"))?.into(),
        consequence: said(&entry.consequence, key("consequence"))?.into(),
        guidance: guidance.into(),
        limit: None,
    })
}

pub(super) fn of_detectors(
    entries: &[DetectorEntry],
    handling: &HandlingEntry,
) -> Result<Vec<AlarmDefinition>, Problem> {
    entries.iter().map(|entry| of_detector(entry, handling)).collect()
}

fn of_detector(entry: &DetectorEntry, plant: &HandlingEntry) -> Result<AlarmDefinition, Problem> {
    let key = |key: &str| format!("detectors.{}.{key}", entry.id.get_ref());
    let id = DetectorId::from(entry.id.get_ref().as_str());
    Ok(AlarmDefinition {
        id: detector_alarm(&id),
        title: format!("Unusual operation: {}", entry.name),
        unit: None,
        tag: None,
        detector: Some(id),
        severity: entry.severity,
        handling: handling::resolved(plant, &entry.handling, entry.severity, &key("handling"))?,
        cause: said(&entry.cause, key("cause"))?.into(),
        consequence: said(&entry.consequence, key("consequence"))?.into(),
        guidance: said(&entry.guidance, key("guidance"))?.into(),
        limit: None,
    })
}

const fn words(kind: LimitKind) -> &'static str {
    match kind {
        LimitKind::HighHigh => "very high",
        LimitKind::High => "high",
        LimitKind::Low => "low",
        LimitKind::LowLow => "very low",
    }
}

const fn condition_words(kind: ConditionKind) -> &'static str {
    match kind {
        ConditionKind::Rate => "changes too fast",
        ConditionKind::Deviation => "is not where it should be",
        ConditionKind::Discrete => "is in an unwanted state",
        ConditionKind::BadInstrument => "is not measured",
        ConditionKind::Frozen => "stands still",
    }
}
