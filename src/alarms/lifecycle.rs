//! The life of one alarm (ISA-18.2-2016, IEC 62682): which input changes which facts.
//!
//! Facts change, states are derived. Whoever is shelved, suppressed or out of service lives the same life unseen: the
//! same facts change, only the annunciation is missing. Every change of facts is one transition, so one journal row.

use crate::domain::{
    AlarmDefinition, AlarmFacts, AlarmState, AlarmTransition, OccurrenceId, Quality, Severity, Shelving, SourceTime,
    TransitionKind, WallTime,
};

use super::input::AlarmInput;
use super::refusal::CommandRefused;

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
    /// What to journal and tell; `None` exactly when no fact has changed.
    pub transition: Option<AlarmTransition>,
}

/// Applies one input to the facts of an alarm.
///
/// `now` only stamps annunciations: no decision depends on it, so a wall clock that goes backwards changes nothing.
/// `fresh` becomes the id of the occurrence, if this input opens one.
///
/// # Errors
/// A command that the state does not allow is refused and changes nothing. News from charts is never refused.
pub fn apply(
    facts: &AlarmFacts,
    definition: &AlarmDefinition,
    input: AlarmInput,
    now: WallTime,
    fresh: OccurrenceId,
) -> Result<Step, CommandRefused> {
    let mut after = facts.clone();
    let kind = match input {
        // Missing data never clears an alarm, nor raises one.
        AlarmInput::Condition { .. } if !facts.quality.is_usable() => None,
        AlarmInput::Condition { active: true, severity, at } => switch_on(&mut after, severity, at, fresh),
        AlarmInput::Condition { active: false, .. } => switch_off(&mut after, definition),
        AlarmInput::Quality(quality) => change_quality(&mut after, quality),
        AlarmInput::Acknowledge { occurrence } => Some(acknowledge(&mut after, occurrence)?),
        AlarmInput::Reset => Some(reset(&mut after)?),
    };
    Ok(match kind {
        Some(kind) => conclude(facts, after, definition, kind, now),
        None => Step { facts: after, transition: None },
    })
}

/// `ON`. An occurrence that is still owed something goes on; otherwise a new one begins.
fn switch_on(
    facts: &mut AlarmFacts,
    severity: Severity,
    at: SourceTime,
    fresh: OccurrenceId,
) -> Option<TransitionKind> {
    if facts.active {
        return worsen(facts, severity);
    }
    let returned_unseen = !facts.acked;
    facts.active = true;
    facts.acked = false;
    if returned_unseen {
        facts.severity = facts.severity.max(severity);
        return Some(TransitionKind::RaisedAgain);
    }
    facts.severity = severity;
    facts.occurrence = Some(fresh);
    facts.open = true;
    facts.raised_at = Some(at);
    facts.annunciated_at = None;
    Some(TransitionKind::Raised)
}

/// An acknowledgement covers the level that the operator saw, not a higher one.
fn worsen(facts: &mut AlarmFacts, severity: Severity) -> Option<TransitionKind> {
    if severity <= facts.severity {
        return None;
    }
    facts.severity = severity;
    facts.acked = false;
    Some(TransitionKind::Worsened)
}

/// `OFF`.
fn switch_off(facts: &mut AlarmFacts, definition: &AlarmDefinition) -> Option<TransitionKind> {
    if !facts.active {
        return None;
    }
    facts.active = false;
    facts.latched |= definition.latching;
    facts.acked |= definition.auto_ack_on_return && !facts.latched;
    if matches!(facts.shelving, Shelving::OneShot { .. }) {
        end_one_shot(facts);
    }
    Some(TransitionKind::ReturnedToNormal)
}

/// A one-shot shelf ends with the condition. What it hid is then forgiven, unless it latched: nobody has seen that.
fn end_one_shot(facts: &mut AlarmFacts) {
    facts.shelving = Shelving::None;
    if !is_hidden(facts) {
        facts.acked = !facts.latched;
    }
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
    let calls = is_annunciated(kind) || (is_hidden(before) && after.state().owes_acknowledgement());
    let annunciate = calls && !is_hidden(&after);
    if annunciate {
        after.annunciated_at = Some(now);
    }
    let transition = AlarmTransition { kind, from: before.state(), to: after.state(), annunciate, closes };
    Step { facts: after, transition: Some(transition) }
}

/// Whether an operator is called for it.
const fn is_annunciated(kind: TransitionKind) -> bool {
    matches!(kind, TransitionKind::Raised | TransitionKind::RaisedAgain | TransitionKind::Worsened)
}

/// Whether the alarm lives its life unseen.
fn is_hidden(facts: &AlarmFacts) -> bool {
    facts.out_of_service.is_some() || facts.suppressed_by.is_some() || facts.shelving != Shelving::None
}
