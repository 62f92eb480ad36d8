//! What hides an alarm: a shelf (an operator, for a limited time), a design rule, or maintenance.
//!
//! All three may lie over one alarm at once; the displayed state follows the precedence of the specification. Underneath
//! the facts go on changing. Whoever comes back into view owes an acknowledgement again while its condition holds or it has
//! latched, since nobody has seen it; only an operator who takes it off the shelf by hand has.

use std::time::Duration;

use super::CommandRefused;
use crate::domain::{AlarmFacts, AlarmHandling, AlarmState, Shelving, TransitionKind, WallTime};

/// Whether the alarm lives its life unseen.
pub(super) fn is_hidden(facts: &AlarmFacts) -> bool {
    facts.out_of_service.is_some() || facts.suppressed_by.is_some() || facts.shelving != Shelving::None
}

/// The last cover was taken away, unless another still lies there. What is over and unlatched is forgiven.
fn uncovered(facts: &mut AlarmFacts, seen: bool) {
    if !is_hidden(facts) {
        facts.acked = seen || !(facts.active || facts.latched);
    }
}

pub(super) fn shelve(
    facts: &mut AlarmFacts,
    handling: &AlarmHandling,
    lasting: Duration,
    one_shot: bool,
    now: WallTime,
) -> Result<TransitionKind, CommandRefused> {
    if is_hidden(facts) {
        return Err(CommandRefused::NotShelvable(facts.state()));
    }
    if lasting.is_zero() || lasting > handling.shelve_max {
        return Err(CommandRefused::ShelfLength(handling.shelve_max));
    }
    let until = now + lasting;
    facts.shelving = if one_shot { Shelving::OneShot { until } } else { Shelving::Timed { until } };
    Ok(TransitionKind::Shelved)
}

pub(super) fn unshelve(facts: &mut AlarmFacts, handling: &AlarmHandling) -> Result<TransitionKind, CommandRefused> {
    match facts.state() {
        AlarmState::Shelved => {
            facts.shelving = Shelving::None;
            uncovered(facts, handling.unshelving_acknowledges);
            Ok(TransitionKind::Unshelved)
        }
        other => Err(CommandRefused::NotShelved(other)),
    }
}

/// The time of a shelf is over, whatever else hides the alarm. A timer of an earlier shelf arrives late and is ignored.
pub(super) fn shelf_ended(facts: &mut AlarmFacts, until: WallTime) -> Option<TransitionKind> {
    if facts.shelving.until() != Some(until) {
        return None;
    }
    end_shelf(facts);
    Some(TransitionKind::ShelfEnded)
}

/// Ends a shelf that nobody has lifted by hand.
pub(super) fn end_shelf(facts: &mut AlarmFacts) {
    facts.shelving = Shelving::None;
    uncovered(facts, false);
}

/// The rule that hides an alarm is remembered until none does; when it ends while another holds, that takes its place.
pub(super) fn suppress(facts: &mut AlarmFacts, rule: String) -> Option<TransitionKind> {
    if facts.suppressed_by.as_ref() == Some(&rule) {
        return None;
    }
    facts.suppressed_by = Some(rule);
    Some(TransitionKind::Suppressed)
}

pub(super) fn unsuppress(facts: &mut AlarmFacts) -> Option<TransitionKind> {
    facts.suppressed_by.take()?;
    uncovered(facts, false);
    Some(TransitionKind::Unsuppressed)
}

pub(super) fn take_out_of_service(
    facts: &mut AlarmFacts,
    work_order: String,
    by: String,
) -> Result<TransitionKind, CommandRefused> {
    if let Some(standing) = &facts.out_of_service {
        return Err(CommandRefused::AlreadyOutOfService(standing.clone()));
    }
    if work_order.trim().is_empty() {
        return Err(CommandRefused::NoWorkOrder);
    }
    facts.out_of_service = Some(work_order);
    facts.out_of_service_by = Some(by);
    Ok(TransitionKind::TakenOutOfService)
}

pub(super) fn return_to_service(
    facts: &mut AlarmFacts,
    handling: &AlarmHandling,
    by: &str,
) -> Result<TransitionKind, CommandRefused> {
    if facts.out_of_service.is_none() {
        return Err(CommandRefused::InService);
    }
    match &facts.out_of_service_by {
        Some(taker) if handling.return_needs_another_person && taker == by => {
            return Err(CommandRefused::AnotherPersonNeeded(taker.clone()));
        }
        _ => {}
    }
    facts.out_of_service = None;
    facts.out_of_service_by = None;
    uncovered(facts, false);
    Ok(TransitionKind::ReturnedToService)
}
