//! Design rules, eclipses and first-out groups: every name means something, and nothing is hidden by accident.

use std::collections::BTreeMap;
use std::time::Duration;

use toml::Spanned;

use super::{refuse, said, seconds, unique};
use crate::config::plant::error::Problem;
use crate::config::plant::file::{FirstOutEntry, RuleEntry};
use crate::config::plant::system::limit_alarm;
use crate::domain::expression::{Expression, Names};
use crate::domain::{
    AlarmDefinition, AlarmId, Eclipse, FirstOutGroup, LimitKind, Severity, SuppressionRule, Tag, Unit,
};

/// Beginning of the alarms of TEP itself, which no rule may hide.
const SYSTEM: &str = "SYSTEM/";
/// Of a whole unit or tag a rule hides alarms up to this when it does not say; the gravest are named one by one.
const AT_MOST: Severity = Severity::High;

/// What the names of a plant may be.
pub(super) struct Known<'a> {
    pub units: &'a [Unit],
    pub tags: &'a [Tag],
    pub alarms: &'a [AlarmDefinition],
}

impl Names for Known<'_> {
    fn has_tag(&self, tag: &str) -> bool {
        self.tags.iter().any(|known| known.id.as_str() == tag)
    }

    fn has_alarm(&self, alarm: &str) -> bool {
        self.alarms.iter().any(|known| known.id.as_str() == alarm)
    }
}

/// The outer of two limits of one tag hides the inner.
pub(super) fn eclipses(tags: &[Tag]) -> Vec<Eclipse> {
    let pairs = [(LimitKind::HighHigh, LimitKind::High), (LimitKind::LowLow, LimitKind::Low)];
    let of_tag = |tag: &Tag| {
        let has = |kind: LimitKind| tag.limits.iter().any(|limit| limit.kind == kind);
        let both: Vec<Eclipse> = pairs
            .iter()
            .filter(|(outer, inner)| has(*outer) && has(*inner))
            .map(|(outer, inner)| Eclipse { by: limit_alarm(&tag.id, *outer), of: limit_alarm(&tag.id, *inner) })
            .collect();
        both
    };
    tags.iter().flat_map(of_tag).collect()
}

pub(super) fn rules(entries: &[RuleEntry], known: &Known<'_>) -> Result<Vec<SuppressionRule>, Problem> {
    unique(entries.iter().map(|entry| &entry.id), "suppression_rules")?;
    entries.iter().map(|entry| rule(entry, known)).collect()
}

fn rule(entry: &RuleEntry, known: &Known<'_>) -> Result<SuppressionRule, Problem> {
    let key = |key: &str| format!("suppression_rules.{}.{key}", entry.id.get_ref());
    let when = match Expression::parse(entry.when.get_ref(), known) {
        Ok(when) => when,
        Err(problem) => return refuse(&entry.when, key("when"), problem),
    };
    let delay = |given: &Option<Spanned<f64>>, name: &str| match given {
        Some(given) => seconds(given, &key(name), 0.0),
        None => Ok(Duration::ZERO),
    };
    Ok(SuppressionRule {
        id: entry.id.get_ref().as_str().into(),
        title: said(&entry.title, key("title"))?.into(),
        why: said(&entry.why, key("why"))?.into(),
        when,
        alarms: suppressed(entry, known, key("suppresses"))?,
        on_delay: delay(&entry.on_delay_seconds, "on_delay_seconds")?,
        off_delay: delay(&entry.off_delay_seconds, "off_delay_seconds")?,
    })
}

/// The alarms that a rule hides, each once, in the order of the plant.
fn suppressed(entry: &RuleEntry, known: &Known<'_>, key: String) -> Result<Vec<AlarmId>, Problem> {
    if entry.suppresses.get_ref().is_empty() {
        return refuse(&entry.suppresses, key, "names no alarm");
    }
    let at_most = entry.severity_at_most.unwrap_or(AT_MOST);
    let mut chosen = Vec::new();
    for given in entry.suppresses.get_ref() {
        let before = chosen.len();
        let name = given.get_ref().as_str();
        if let Some(unit) = name.strip_prefix("unit:") {
            if !known.units.iter().any(|known| known.id.as_str() == unit) {
                return refuse(given, key, format!("there is no unit `{unit}`"));
            }
            chosen
                .extend(known.alarms.iter().filter(|alarm| alarm.unit.as_ref().is_some_and(|of| of.as_str() == unit)));
        } else if let Some(tag) = name.strip_prefix("tag:") {
            if !known.has_tag(tag) {
                return refuse(given, key, format!("there is no tag `{tag}`"));
            }
            chosen.extend(known.alarms.iter().filter(|alarm| alarm.tag.as_ref().is_some_and(|of| of.as_str() == tag)));
        } else if name.starts_with(SYSTEM) {
            return refuse(given, key, "an alarm of TEP itself is not hidden by a rule");
        } else {
            let Some(alarm) = known.alarms.iter().find(|alarm| alarm.id.as_str() == name) else {
                return refuse(given, key, format!("there is no alarm `{name}`"));
            };
            chosen.push(alarm);
            continue;
        }
        let mut of_group = chosen.split_off(before);
        of_group.retain(|alarm| alarm.severity <= at_most && !alarm.id.as_str().starts_with(SYSTEM));
        if of_group.is_empty() {
            return refuse(given, key, format!("there is no alarm in `{name}` up to the severity that is allowed"));
        }
        chosen.extend(of_group);
    }
    let is_chosen = |alarm: &&AlarmDefinition| chosen.iter().any(|one| one.id == alarm.id);
    Ok(known.alarms.iter().filter(is_chosen).map(|alarm| alarm.id.clone()).collect())
}

pub(super) fn first_out(entries: &[FirstOutEntry], known: &Known<'_>) -> Result<Vec<FirstOutGroup>, Problem> {
    unique(entries.iter().map(|entry| &entry.id), "first_out")?;
    let mut taken: BTreeMap<&str, &str> = BTreeMap::new();
    let mut groups = Vec::with_capacity(entries.len());
    for entry in entries {
        let id = entry.id.get_ref().as_str();
        let key = |key: &str| format!("first_out.{id}.{key}");
        if entry.alarms.get_ref().len() < 2 {
            return refuse(&entry.alarms, key("alarms"), "of fewer than two alarms none comes first");
        }
        for alarm in entry.alarms.get_ref() {
            let name = alarm.get_ref().as_str();
            if !known.has_alarm(name) {
                return refuse(alarm, key("alarms"), format!("there is no alarm `{name}`"));
            }
            if let Some(other) = taken.insert(name, id) {
                return refuse(alarm, key("alarms"), format!("`{name}` is in the group `{other}` already"));
            }
        }
        groups.push(FirstOutGroup {
            id: id.into(),
            title: said(&entry.title, key("title"))?.into(),
            alarms: entry.alarms.get_ref().iter().map(|alarm| alarm.get_ref().as_str().into()).collect(),
        });
    }
    Ok(groups)
}
