//! The life of one alarm (ISA-18.2-2016, IEC 62682): which input changes which facts.
//!
//! Facts change, states are derived. Whoever is shelved, suppressed or out of service lives the same life unseen: the
//! same facts change, only the annunciation is missing. Every change of facts is one transition, so one journal row.

use crate::domain::{
    AlarmDefinition, AlarmFacts, AlarmHandling, AlarmState, AlarmTransition, OccurrenceId, Quality, Severity, Shelving,
    SourceTime, TransitionKind, WallTime,
};

use super::input::AlarmInput;
use super::refusal::CommandRefused;

mod cover;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod reference;
#[cfg(test)]
mod tests;

/// What an input makes of an alarm.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// All facts after it.
    pub facts: AlarmFacts,
    /// What to journal and tell; `None` when no fact has changed. Only a remark, and a change of the configuration, are
    /// told without changing any.
    pub transition: Option<AlarmTransition>,
}

/// Applies one input to the facts of an alarm.
///
/// `now` stamps annunciations and the ends of new shelves: no decision depends on it, so a wall clock that goes backwards
/// changes nothing. `fresh` becomes the id of the occurrence, if this input opens one.
///
/// # Errors
/// A command that the state does not allow is refused and changes nothing. News is never refused.
pub fn apply(
    facts: &AlarmFacts,
    definition: &AlarmDefinition,
    input: AlarmInput,
    now: WallTime,
    fresh: OccurrenceId,
) -> Result<Step, CommandRefused> {
    let mut after = facts.clone();
    let handling = &definition.handling;
    let kind = match input {
        // Missing data never clears an alarm, nor raises one.
        AlarmInput::Condition { .. } if !facts.quality.is_usable() => None,
        AlarmInput::Condition { active: true, severity, at } => switch_on(&mut after, handling, severity, at, fresh),
        AlarmInput::Condition { active: false, .. } => switch_off(&mut after, handling),
        AlarmInput::Quality(quality) => change_quality(&mut after, quality),
        AlarmInput::StoodTooLong { since } => re_alarm(&mut after, since),
        AlarmInput::ShelfEnded { until } => cover::shelf_ended(&mut after, until),
        AlarmInput::Suppress { rule } => cover::suppress(&mut after, rule),
        AlarmInput::Unsuppress => cover::unsuppress(&mut after),
        AlarmInput::Acknowledge { occurrence } => Some(acknowledge(&mut after, occurrence)?),
        AlarmInput::Reset => Some(reset(&mut after)?),
        AlarmInput::Shelve { lasting, one_shot } => Some(cover::shelve(&mut after, handling, lasting, one_shot, now)?),
        AlarmInput::Unshelve => Some(cover::unshelve(&mut after, handling)?),
        AlarmInput::TakeOutOfService { work_order, by } => {
            Some(cover::take_out_of_service(&mut after, work_order, by)?)
        }
        AlarmInput::ReturnToService { by } => Some(cover::return_to_service(&mut after, handling, &by)?),
        AlarmInput::Assign { to } => assign(&mut after, to),
        AlarmInput::Comment => Some(TransitionKind::Commented),
        AlarmInput::Reconfigured => Some(reconfigure(&mut after, definition.severity)),
        AlarmInput::Unapproved { edit } => run_unapproved(&mut after, edit),
    };
    Ok(match kind {
        Some(kind) => conclude(facts, after, definition, kind, now),
        None => Step { facts: after, transition: None },
    })
}

/// `ON`. An occurrence that is still owed something goes on; otherwise a new one begins.
fn switch_on(
    facts: &mut AlarmFacts,
    handling: &AlarmHandling,
    severity: Severity,
    at: SourceTime,
    fresh: OccurrenceId,
) -> Option<TransitionKind> {
    if facts.active {
        return worsen(facts, severity);
    }
    let goes_on = !facts.acked && (facts.latched || !handling.return_ends_occurrence);
    facts.active = true;
    facts.acked = false;
    if goes_on {
        facts.severity = facts.severity.max(severity);
        return Some(TransitionKind::RaisedAgain);
    }
    facts.severity = severity;
    facts.occurrence = Some(fresh);
    facts.open = true;
    facts.raised_at = Some(at);
    facts.annunciated_at = None;
    facts.re_alarms = 0;
    Some(TransitionKind::Raised)
}

/// An acknowledgement covers the level that the operator saw, not a higher one.
fn worsen(facts: &mut AlarmFacts, severity: Severity) -> Option<TransitionKind> {
    if severity <= facts.severity {
        return None;
    }
    facts.severity = severity;
    facts.acked = false;
    if !cover::is_hidden(facts) {
        facts.re_alarms = facts.re_alarms.saturating_add(1);
    }
    Some(TransitionKind::Worsened)
}

/// The re-alarm timer, and the turn of a member that has outlived its group. Who is hidden, over or was annunciated
/// meanwhile is not called for again.
fn re_alarm(facts: &mut AlarmFacts, since: WallTime) -> Option<TransitionKind> {
    if !facts.active || cover::is_hidden(facts) || facts.shown_since() != Some(since) {
        return None;
    }
    facts.acked = false;
    facts.re_alarms = facts.re_alarms.saturating_add(1);
    Some(TransitionKind::ReAlarmed)
}

fn assign(facts: &mut AlarmFacts, to: Option<String>) -> Option<TransitionKind> {
    if facts.assigned_to == to {
        return None;
    }
    facts.assigned_to = to;
    Some(TransitionKind::Assigned)
}

/// Another definition: its severity is shown at once. Whether the condition holds is the chart's to say, so nothing is
/// raised or cleared here; but an acknowledgement does not cover a higher level, whoever has decided it.
fn reconfigure(facts: &mut AlarmFacts, severity: Severity) -> TransitionKind {
    if facts.active && severity > facts.severity {
        facts.acked = false;
        if !cover::is_hidden(facts) {
            facts.re_alarms = facts.re_alarms.saturating_add(1);
        }
    }
    facts.severity = severity;
    facts.unapproved = None;
    TransitionKind::ConfigurationChanged
}

/// Told once for as long as the plant file says the same: a restart is no change.
fn run_unapproved(facts: &mut AlarmFacts, edit: Option<String>) -> Option<TransitionKind> {
    if facts.unapproved == edit {
        return None;
    }
    facts.unapproved = edit;
    Some(TransitionKind::ConfigurationChanged)
}

/// `OFF`.
fn switch_off(facts: &mut AlarmFacts, handling: &AlarmHandling) -> Option<TransitionKind> {
    if !facts.active {
        return None;
    }
    facts.active = false;
    facts.latched |= handling.latching;
    facts.acked |= handling.auto_ack_on_return && !facts.latched;
    if matches!(facts.shelving, Shelving::OneShot { .. }) {
        cover::end_shelf(facts);
    }
    Some(TransitionKind::ReturnedToNormal)
}

/// Only a change between usable and not usable is told: a chart may judge an uncertain value as it may a good one.
fn change_quality(facts: &mut AlarmFacts, quality: Quality) -> Option<TransitionKind> {
    if facts.quality.is_usable() == quality.is_usable() {
        return None;
    }
    facts.quality = quality;
    Some(TransitionKind::QualityChanged)
}

fn acknowledge(facts: &mut AlarmFacts, got: OccurrenceId) -> Result<TransitionKind, CommandRefused> {
    let state = facts.state();
    match facts.occurrence {
        Some(expected) if state.owes_acknowledgement() => {
            if expected != got {
                return Err(CommandRefused::OccurrenceMismatch { expected, got });
            }
            facts.acked = true;
            Ok(TransitionKind::Acknowledged)
        }
        _ => Err(CommandRefused::NotAcknowledgeable(state)),
    }
}

fn reset(facts: &mut AlarmFacts) -> Result<TransitionKind, CommandRefused> {
    match facts.state() {
        hidden @ (AlarmState::Shelved | AlarmState::Suppressed | AlarmState::OutOfService) => {
            Err(CommandRefused::NotResettable(hidden))
        }
        AlarmState::Unacknowledged | AlarmState::Acknowledged => Err(CommandRefused::StillActive),
        AlarmState::Normal | AlarmState::RtnUnacknowledged => Err(CommandRefused::NothingLatched),
        AlarmState::LatchedUnacknowledged => Err(CommandRefused::AcknowledgeFirst),
        AlarmState::LatchedAcknowledged if !facts.quality.is_usable() => {
            Err(CommandRefused::ConditionUnknown(facts.quality))
        }
        AlarmState::LatchedAcknowledged => {
            facts.latched = false;
            Ok(TransitionKind::Reset)
        }
    }
}

/// Closes an occurrence that is owed nothing any more, stamps an annunciation, and says what happened.
fn conclude(
    before: &AlarmFacts,
    mut after: AlarmFacts,
    definition: &AlarmDefinition,
    kind: TransitionKind,
    now: WallTime,
) -> Step {
    let closes = after.open && !after.active && !after.latched && after.acked;
    if closes {
        after.open = false;
        after.severity = definition.severity;
    }
    let raised_by_decree =
        kind == TransitionKind::ConfigurationChanged && after.active && after.severity > before.severity;
    let calls =
        is_annunciated(kind) || raised_by_decree || (cover::is_hidden(before) && after.state().owes_acknowledgement());
    let annunciate = calls && !cover::is_hidden(&after);
    // Whoever takes it off the shelf by hand has it before them from now on without being called, so its time counts anew.
    let taken_up = kind == TransitionKind::Unshelved && (after.active || after.latched);
    if annunciate || taken_up {
        after.annunciated_at = Some(now);
    }
    let transition = AlarmTransition { kind, from: before.state(), to: after.state(), annunciate, closes };
    Step { facts: after, transition: Some(transition) }
}

/// Whether an operator is called for it.
const fn is_annunciated(kind: TransitionKind) -> bool {
    matches!(
        kind,
        TransitionKind::Raised | TransitionKind::RaisedAgain | TransitionKind::Worsened | TransitionKind::ReAlarmed
    )
}
