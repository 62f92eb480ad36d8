//! An alarm on watch: who has been told so far, and who is next when nobody takes notice.

use std::collections::BTreeMap;
use std::time::Duration;

use super::duty::{is_quiet, on_duty};
use crate::domain::{
    AlarmDefinition, AlarmId, AlarmState, ContactName, JournalEntry, NoticeKind, NotificationPlan, OccurrenceId,
    PlantId, Recipient, Route, Severity, TransitionKind, WallTime,
};

/// An alarm that calls on one route until somebody takes notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watch {
    /// On which route.
    pub route: String,
    /// Which alarm.
    pub alarm: AlarmId,
    /// Which occurrence of it.
    pub occurrence: OccurrenceId,
    /// How bad it was when it called.
    pub severity: Severity,
    /// Whether this occurrence had called before.
    pub again: bool,
    /// When it was annunciated; its time counts from here.
    pub since: WallTime,
    /// The place in the journal where it was annunciated; part of the keys of its notices.
    pub place: (i64, i64),
    /// The step of the chain that comes next.
    pub next: usize,
}

/// What an entry of the journal means to those who were told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happening {
    /// It calls.
    Called,
    /// An operator has taken notice.
    Acknowledged,
    /// It was put aside, so nobody needs to come.
    Hidden,
    /// The occurrence is over.
    Closed,
}

/// Somebody is to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Who.
    pub contact: ContactName,
    /// Why.
    pub kind: NoticeKind,
    /// Which alarm.
    pub alarm: AlarmId,
    /// Which occurrence of it.
    pub occurrence: OccurrenceId,
    /// The same whenever this very call is worked out again; unique for a contact.
    pub key: String,
    /// For how long nobody had taken notice, for an escalation.
    pub waited: Option<Duration>,
}

/// What an entry means to those who are, or were, told; `None` when it means nothing to them.
pub fn happening(entry: &JournalEntry) -> Option<Happening> {
    // The desk stamps every annunciation with the entry's own time. Taking it off the shelf by hand stamps as well, since
    // its time counts anew, but calls nobody. Of what follows at the same moment a return calls only out of hiding, and what
    // is acknowledged calls nobody.
    let annunciated = entry.facts.annunciated_at == Some(entry.wall_time)
        && entry.kind != TransitionKind::Unshelved
        && (entry.kind != TransitionKind::ReturnedToNormal || is_hidden(entry.from))
        && !entry.facts.acked;
    match entry.kind {
        _ if !entry.facts.open => Some(Happening::Closed),
        TransitionKind::Commented | TransitionKind::Assigned | TransitionKind::QualityChanged => None,
        _ if is_hidden(entry.to) => (!is_hidden(entry.from)).then_some(Happening::Hidden),
        TransitionKind::Acknowledged => Some(Happening::Acknowledged),
        // Whoever takes it off the shelf by hand has taken notice.
        TransitionKind::Unshelved if entry.facts.acked => Some(Happening::Acknowledged),
        _ => annunciated.then_some(Happening::Called),
    }
}

/// Whether an alarm in this state was put aside, so that nobody needs to come for it.
pub(super) const fn is_hidden(state: AlarmState) -> bool {
    matches!(state, AlarmState::Shelved | AlarmState::Suppressed | AlarmState::OutOfService)
}

/// Whether an alarm takes a route at this severity.
pub fn takes(route: &Route, plant: &PlantId, definition: &AlarmDefinition, severity: Severity) -> bool {
    let unit =
        |units: &std::collections::BTreeSet<_>| definition.unit.as_ref().is_some_and(|unit| units.contains(unit));
    severity >= route.least
        && (route.plants.is_empty() || route.plants.contains(plant))
        && (route.units.is_empty() || unit(&route.units))
}

/// Takes an entry of the journal into account: puts the alarm on watch or takes it off, and says who is to be told how it
/// went on. `told` are those who have been called for its occurrence.
pub fn follow(
    plan: &NotificationPlan,
    plant: &PlantId,
    definition: &AlarmDefinition,
    entry: &JournalEntry,
    told: &[ContactName],
    watches: &mut Vec<Watch>,
) -> Vec<Call> {
    let (Some(occurrence), Some(happening)) = (entry.occurrence, happening(entry)) else { return Vec::new() };
    let kind = match happening {
        Happening::Called => {
            put_on_watch(plan, plant, definition, entry, occurrence, watches);
            return Vec::new();
        }
        Happening::Acknowledged => NoticeKind::Acknowledged,
        Happening::Hidden => NoticeKind::Hidden,
        Happening::Closed => NoticeKind::Closed,
    };
    watches.retain(|watch| watch.alarm != entry.alarm);
    // Closing happens once; the others may happen again within one occurrence.
    let key = match kind {
        NoticeKind::Closed => format!("{occurrence}/closed"),
        kind => format!("{occurrence}/{}.{}/{}", entry.epoch, entry.sequence, kind.word()),
    };
    let call = |contact: &ContactName| Call {
        contact: contact.clone(),
        kind,
        alarm: entry.alarm.clone(),
        occurrence,
        key: key.clone(),
        waited: None,
    };
    told.iter().map(call).collect()
}

fn put_on_watch(
    plan: &NotificationPlan,
    plant: &PlantId,
    definition: &AlarmDefinition,
    entry: &JournalEntry,
    occurrence: OccurrenceId,
    watches: &mut Vec<Watch>,
) {
    let severity = entry.facts.severity;
    watches.retain(|watch| watch.alarm != entry.alarm);
    let taken = plan.routes.iter().filter(|(_, route)| takes(route, plant, definition, severity));
    watches.extend(taken.map(|(name, _)| Watch {
        route: name.clone(),
        alarm: entry.alarm.clone(),
        occurrence,
        severity,
        again: entry.kind != TransitionKind::Raised,
        since: entry.wall_time,
        place: (entry.epoch, entry.sequence),
        next: 0,
    }));
}

/// Takes every step that is due now, and takes off watch what has no step left or whose route is no longer configured. In
/// quiet hours a step waits. Who is reached on several routes at once is told once.
pub fn take_due(plan: &NotificationPlan, watches: &mut Vec<Watch>, now: WallTime) -> Vec<Call> {
    let mut calls: BTreeMap<(ContactName, String), Call> = BTreeMap::new();
    watches.retain_mut(|watch| {
        let Some(route) = plan.routes.get(&watch.route) else { return false };
        if route.quiet.as_ref().is_some_and(|quiet| is_quiet(quiet, watch.severity, now)) {
            return true;
        }
        while let Some(step) = route.steps.get(watch.next).filter(|step| now >= watch.since + step.after) {
            for contact in step.notify.iter().flat_map(|to| reached(plan, to, now)) {
                let call = watch.call(contact, step.after);
                calls.entry((call.contact.clone(), call.key.clone())).or_insert(call);
            }
            watch.next += 1;
        }
        watch.next < route.steps.len()
    });
    calls.into_values().collect()
}

fn reached(plan: &NotificationPlan, to: &Recipient, now: WallTime) -> Vec<ContactName> {
    match to {
        Recipient::Contact(contact) => vec![contact.clone()],
        Recipient::Roster(name) => plan.rosters.get(name).map(|roster| on_duty(roster, now)).unwrap_or_default(),
    }
}

impl Watch {
    fn call(&self, contact: ContactName, after: Duration) -> Call {
        let first = if self.again { NoticeKind::Again } else { NoticeKind::Raised };
        let kind = if after.is_zero() { first } else { NoticeKind::Escalated };
        let (epoch, sequence) = self.place;
        Call {
            contact,
            kind,
            alarm: self.alarm.clone(),
            occurrence: self.occurrence,
            key: format!("{}/{epoch}.{sequence}+{}", self.occurrence, after.as_secs()),
            waited: (!after.is_zero()).then_some(after),
        }
    }
}

#[cfg(test)]
mod tests;
