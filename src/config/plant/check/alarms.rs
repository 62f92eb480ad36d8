//! The alarms that follow from limits, conditions and detectors, with their words.

use super::limits::key;
use super::rationale::{self, Written};
use super::{Spanned, conditions, handling, refuse, said};
use crate::config::plant::error::Problem;
use crate::config::plant::file::{
    ConditionEntry, ConditionKind, DetectorEntry, HandlingEntry, LimitEntry, TagEntry, UnitEntry,
};
use crate::config::plant::system::{condition_alarm, detector_alarm, limit_alarm};
use crate::domain::{AlarmDefinition, DetectorId, LimitKind, PriorityMatrix, TagId};

/// What the plant says of all its alarms.
pub(super) struct Usual<'a> {
    pub handling: &'a HandlingEntry,
    pub matrix: &'a PriorityMatrix,
}

pub(super) fn of_tags(
    tags: &Spanned<Vec<TagEntry>>,
    units: &Spanned<Vec<UnitEntry>>,
    usual: &Usual<'_>,
) -> Result<Vec<AlarmDefinition>, Problem> {
    let mut alarms = Vec::new();
    for tag in tags.get_ref() {
        let Some(unit) = units.get_ref().iter().find(|unit| unit.id.get_ref() == tag.unit.get_ref()) else {
            return refuse(&tag.unit, format!("tags.{}.unit", tag.id.get_ref()), "there is no such unit");
        };
        for limit in &tag.limits {
            alarms.push(of_limit(tag, unit, limit, usual)?);
        }
        for condition in &tag.conditions {
            alarms.push(of_condition(tag, unit, condition, usual)?);
        }
    }
    Ok(alarms)
}

/// Guidance is inherited: what the limit does not say, its unit does.
fn of_limit(
    tag: &TagEntry,
    unit: &UnitEntry,
    limit: &LimitEntry,
    usual: &Usual<'_>,
) -> Result<AlarmDefinition, Problem> {
    let kind = *limit.kind.get_ref();
    let id = TagId::from(tag.id.get_ref().as_str());
    let guidance = match &limit.guidance {
        Some(own) => said(own, key(tag, limit, "guidance"))?,
        None => said(&unit.guidance, format!("units.{}.guidance", unit.id.get_ref()))?,
    };
    let written = Written {
        assessment: limit.assessment.as_ref(),
        class: limit.class.as_ref(),
        justification: limit.justification.as_ref(),
    };
    let rationale = rationale::checked(&written, limit.severity, usual.matrix, |name| key(tag, limit, name))?;
    Ok(AlarmDefinition {
        id: limit_alarm(&id, kind),
        title: limit.title.clone().unwrap_or_else(|| format!("{} {}", tag.name, words(kind))),
        unit: Some(unit.id.get_ref().as_str().into()),
        tag: Some(id),
        detector: None,
        severity: limit.severity,
        handling: handling::resolved(usual.handling, &limit.handling, limit.severity, &key(tag, limit, "handling"))?,
        cause: said(&limit.cause, key(tag, limit, "cause"))?.into(),
        consequence: said(&limit.consequence, key(tag, limit, "consequence"))?.into(),
        guidance: guidance.into(),
        limit: None,
        rationale,
    })
}

fn of_condition(
    tag: &TagEntry,
    unit: &UnitEntry,
    entry: &ConditionEntry,
    usual: &Usual<'_>,
) -> Result<AlarmDefinition, Problem> {
    let key = |name: &str| conditions::key(tag, entry, name);
    let id = TagId::from(tag.id.get_ref().as_str());
    let guidance = match &entry.guidance {
        Some(own) => said(own, key("guidance"))?,
        None => said(&unit.guidance, format!("units.{}.guidance", unit.id.get_ref()))?,
    };
    let title = || format!("{} {}", tag.name, condition_words(*entry.kind.get_ref()));
    let written = Written {
        assessment: entry.assessment.as_ref(),
        class: entry.class.as_ref(),
        justification: entry.justification.as_ref(),
    };
    let rationale = rationale::checked(&written, entry.severity, usual.matrix, key)?;
    Ok(AlarmDefinition {
        id: condition_alarm(&id, conditions::name(entry)),
        title: entry.title.clone().unwrap_or_else(title),
        unit: Some(unit.id.get_ref().as_str().into()),
        tag: Some(id),
        detector: None,
        severity: entry.severity,
        handling: handling::resolved(usual.handling, &entry.handling, entry.severity, &key("handling"))?,
        cause: said(&entry.cause, key("cause"))?.into(),
        consequence: said(&entry.consequence, key("consequence"))?.into(),
        guidance: guidance.into(),
        limit: None,
        rationale,
    })
}

pub(super) fn of_detectors(entries: &[DetectorEntry], usual: &Usual<'_>) -> Result<Vec<AlarmDefinition>, Problem> {
    entries.iter().map(|entry| of_detector(entry, usual)).collect()
}

fn of_detector(entry: &DetectorEntry, usual: &Usual<'_>) -> Result<AlarmDefinition, Problem> {
    let key = |key: &str| format!("detectors.{}.{key}", entry.id.get_ref());
    let id = DetectorId::from(entry.id.get_ref().as_str());
    let written = Written {
        assessment: entry.assessment.as_ref(),
        class: entry.class.as_ref(),
        justification: entry.justification.as_ref(),
    };
    let rationale = rationale::checked(&written, entry.severity, usual.matrix, key)?;
    Ok(AlarmDefinition {
        id: detector_alarm(&id),
        title: format!("Unusual operation: {}", entry.name),
        unit: None,
        tag: None,
        detector: Some(id),
        severity: entry.severity,
        handling: handling::resolved(usual.handling, &entry.handling, entry.severity, &key("handling"))?,
        cause: said(&entry.cause, key("cause"))?.into(),
        consequence: said(&entry.consequence, key("consequence"))?.into(),
        guidance: said(&entry.guidance, key("guidance"))?.into(),
        limit: None,
        rationale,
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
