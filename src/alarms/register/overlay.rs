//! The plant that runs: the plant file, with what the register has decided laid over it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Register, RegisterRefused, check};
use crate::domain::{AlarmDefinition, AlarmId, ChangeOrigin, Plant, Rationale, RegisterEntry};

/// A plant with its register laid over it.
#[derive(Clone, Debug, PartialEq)]
pub struct Overlay {
    /// The plant that runs: the very plant of the file while the register decides nothing.
    pub plant: Arc<Plant>,
    /// The alarms of which the register decides.
    pub decided: BTreeSet<AlarmId>,
    /// Approved entries that do not fit the plant file, and why; there the file decides.
    pub not_applied: BTreeMap<AlarmId, String>,
}

/// Lays what people have approved over the plant file.
///
/// Limits of one tag are laid over together, so that two that were moved one after the other fit; when they do not fit the
/// file of now, none of that tag is applied, and the file decides.
pub fn overlaid(file: &Arc<Plant>, register: &Register) -> Overlay {
    let mut overlay = Overlay { plant: Arc::clone(file), decided: BTreeSet::new(), not_applied: BTreeMap::new() };
    let entries: Vec<(AlarmId, Arc<RegisterEntry>)> = register
        .in_force()
        .filter(|change| change.origin == ChangeOrigin::Person)
        .filter_map(|change| Some((change.alarm.clone(), change.after.clone()?)))
        .filter(|(alarm, _)| file.alarm_index(alarm).is_some())
        .collect();
    if entries.is_empty() {
        return overlay;
    }
    let mut together = Plant::clone(file);
    entries.iter().for_each(|(alarm, entry)| lay_over(&mut together, alarm, entry));
    let mut misfits: BTreeMap<_, String> = BTreeMap::new();
    for (alarm, entry) in &entries {
        if let Err(refused) = check::limit(alarm, entry, &together) {
            let tag = tag_of(file, alarm);
            let problem = match refused {
                RegisterRefused::Invalid { field, problem } => format!("{alarm}, {field}: {problem}"),
                other => other.to_string(),
            };
            misfits.insert(tag.unwrap_or_else(|| alarm.as_str().into()), problem);
        }
    }
    for (alarm, entry) in &entries {
        let tag = tag_of(file, alarm).unwrap_or_else(|| alarm.as_str().into());
        if let Some(problem) = misfits.get(&tag) {
            overlay.not_applied.insert(alarm.clone(), problem.clone());
        } else {
            lay_over(Arc::make_mut(&mut overlay.plant), alarm, entry);
            overlay.decided.insert(alarm.clone());
        }
    }
    overlay
}

fn tag_of(plant: &Plant, alarm: &AlarmId) -> Option<crate::domain::TagId> {
    plant.alarms.get(plant.alarm_index(alarm)?)?.tag.clone()
}

fn lay_over(plant: &mut Plant, alarm: &AlarmId, entry: &RegisterEntry) {
    let at = plant.alarm_index(alarm);
    let Some(definition) = at.and_then(|at| plant.alarms.get_mut(at)) else { return };
    let RegisterEntry { cause, consequence, guidance, severity, handling, limit, assessment, class, justification } =
        entry.clone();
    let limit = definition.limit.as_ref().map(|now| {
        let settings = limit.unwrap_or_else(|| now.into());
        crate::domain::Limit { severity, ..settings.of(now) }
    });
    *definition = Arc::new(AlarmDefinition {
        cause,
        consequence,
        guidance,
        severity,
        handling,
        limit: limit.clone(),
        rationale: Rationale { assessment, class, justification },
        ..AlarmDefinition::clone(definition)
    });
    let (tag, detector) = (definition.tag.clone(), definition.detector.clone());
    if let (Some(tag), Some(limit)) = (tag, limit)
        && let Some(tag) = plant.tag_index(&tag).and_then(|at| plant.tags.get_mut(at.get()))
    {
        tag.limits.iter_mut().filter(|known| known.kind == limit.kind).for_each(|known| *known = limit.clone());
        tag.limits.sort_by(|one, other| other.value.total_cmp(&one.value));
    }
    if detector.is_some() && !super::drift::is_of_the_program(alarm) {
        plant
            .detectors
            .iter_mut()
            .filter(|spec| Some(&spec.id) == detector.as_ref())
            .for_each(|spec| spec.severity = severity);
    }
}
