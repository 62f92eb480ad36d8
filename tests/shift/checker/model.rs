//! A plain model of one alarm, written from the table of ISA-18.2: states are stored, facts are not.

use tep::domain::{AlarmDefinition, AlarmState, JournalEntry, OccurrenceId, Shelving, TransitionKind};

use super::{Verdict, holds};

use AlarmState::{
    Acknowledged, LatchedAcknowledged, LatchedUnacknowledged, Normal, OutOfService, RtnUnacknowledged, Shelved,
    Suppressed, Unacknowledged,
};

/// One alarm, as its rows have led it so far.
#[derive(Debug)]
pub struct Model {
    latching: bool,
    auto_ack: bool,
    unshelving_acknowledges: bool,
    /// What would be shown if nothing hid it.
    state: AlarmState,
    /// Whether a rule hides it.
    suppressed: bool,
    /// Whether it is shelved, and whether that shelf ends with the condition.
    shelf: Option<bool>,
    out_of_service: bool,
    occurrence: Option<OccurrenceId>,
    blind: bool,
}

const ROWS_FOLLOW: &str = "the rows of an alarm lead from one state to the next";
const ACK_NEEDS_LIFE: &str = "an acknowledgement needs a live occurrence";
const ONE_OPEN: &str = "an alarm has at most one open occurrence";
const BLIND_IS_FROZEN: &str = "missing data neither clears nor raises an alarm";
const FACTS_FIT: &str = "the facts of a row are those of its state";

impl Model {
    pub fn of(definition: Option<&AlarmDefinition>) -> Self {
        Self {
            latching: definition.is_some_and(|definition| definition.handling.latching),
            auto_ack: definition.is_some_and(|definition| definition.handling.auto_ack_on_return),
            unshelving_acknowledges: definition.is_none_or(|definition| definition.handling.unshelving_acknowledges),
            state: Normal,
            suppressed: false,
            shelf: None,
            out_of_service: false,
            occurrence: None,
            blind: false,
        }
    }

    /// Whether somebody still owes this alarm something.
    pub fn is_open(&self) -> bool {
        self.state != Normal
    }

    /// Takes the next row.
    pub fn follow(&mut self, row: &JournalEntry) -> Verdict {
        let told = || format!("{} {}-{}: {:?}", row.alarm, row.epoch, row.sequence, row.kind);
        holds(row.from == self.shown(), ROWS_FOLLOW, || {
            format!("{} comes from {:?}, but the alarm was {:?}", told(), row.from, self.shown())
        })?;
        let of_the_plant = matches!(
            row.kind,
            TransitionKind::Raised
                | TransitionKind::RaisedAgain
                | TransitionKind::Worsened
                | TransitionKind::ReturnedToNormal
        );
        holds(!(of_the_plant && self.blind), BLIND_IS_FROZEN, || format!("{} while its quality was bad", told()))?;
        if row.kind == TransitionKind::Raised {
            holds(!self.is_open() || self.state == LatchedAcknowledged, ONE_OPEN, || {
                format!("{} begins an occurrence while {:?} is open", told(), self.occurrence)
            })?;
            self.occurrence = row.occurrence;
        }
        if row.kind == TransitionKind::Acknowledged {
            let owed = matches!(self.shown(), Unacknowledged | RtnUnacknowledged | LatchedUnacknowledged);
            holds(owed, ACK_NEEDS_LIFE, || format!("{} in state {:?}", told(), self.shown()))?;
        }
        if row.kind == TransitionKind::QualityChanged {
            self.blind = !row.facts.quality.is_usable();
        }
        holds(row.occurrence == self.occurrence, ROWS_FOLLOW, || {
            format!("{} is of occurrence {:?}, not of {:?}", told(), row.occurrence, self.occurrence)
        })?;
        let before = self.shown();
        let went = self.go(row);
        holds(went && self.shown() == row.to, ROWS_FOLLOW, || {
            format!("{} leads from {before:?} to {:?}, not to {:?}", told(), row.to, self.shown())
        })?;
        self.facts_fit(row, &told)
    }

    /// Out of service before suppressed before shelved before everything else.
    fn shown(&self) -> AlarmState {
        match (self.out_of_service, self.suppressed, self.shelf) {
            (true, _, _) => OutOfService,
            (false, true, _) => Suppressed,
            (false, false, Some(_)) => Shelved,
            (false, false, None) => self.state,
        }
    }

    fn is_hidden(&self) -> bool {
        self.out_of_service || self.suppressed || self.shelf.is_some()
    }

    /// Follows a row; false when it may not happen here. What is hidden lives the same life unseen.
    fn go(&mut self, row: &JournalEntry) -> bool {
        let ends_shelf = row.kind == TransitionKind::ReturnedToNormal && self.shelf == Some(true);
        match row.kind {
            TransitionKind::Shelved if !self.is_hidden() => {
                self.shelf = Some(matches!(row.facts.shelving, Shelving::OneShot { .. }));
            }
            TransitionKind::Unshelved if self.shown() == Shelved => {
                self.shelf = None;
                self.comes_into_view(self.unshelving_acknowledges);
            }
            TransitionKind::ShelfEnded if self.shelf.is_some() => {
                self.shelf = None;
                self.comes_into_view(false);
            }
            // One rule may take the place of another.
            TransitionKind::Suppressed => self.suppressed = true,
            TransitionKind::Unsuppressed if self.suppressed => {
                self.suppressed = false;
                self.comes_into_view(false);
            }
            TransitionKind::TakenOutOfService if !self.out_of_service => self.out_of_service = true,
            TransitionKind::ReturnedToService if self.out_of_service => {
                self.out_of_service = false;
                self.comes_into_view(false);
            }
            TransitionKind::Commented | TransitionKind::QualityChanged => {}
            kind => {
                let Some(next) = self.after(kind) else { return false };
                self.state = next;
            }
        }
        if ends_shelf {
            self.shelf = None;
            self.comes_into_view(false);
        }
        true
    }

    /// Nothing hides it any more, unless something else does: what is over is forgiven, and the rest is owed, but to one who
    /// has taken it off the shelf by hand.
    fn comes_into_view(&mut self, seen: bool) {
        if self.is_hidden() {
            return;
        }
        self.state = match (self.state, seen) {
            (Unacknowledged | Acknowledged, true) => Acknowledged,
            (Unacknowledged | Acknowledged, false) => Unacknowledged,
            (LatchedUnacknowledged | LatchedAcknowledged, true) => LatchedAcknowledged,
            (LatchedUnacknowledged | LatchedAcknowledged, false) => LatchedUnacknowledged,
            _ => Normal,
        };
    }

    fn after(&self, kind: TransitionKind) -> Option<AlarmState> {
        Some(match (kind, self.state) {
            (TransitionKind::Raised, Normal | LatchedAcknowledged) => Unacknowledged,
            (TransitionKind::RaisedAgain, RtnUnacknowledged | LatchedUnacknowledged) => Unacknowledged,
            (TransitionKind::Worsened | TransitionKind::ReAlarmed, Unacknowledged | Acknowledged) => Unacknowledged,
            (TransitionKind::ReturnedToNormal, Unacknowledged) if self.latching => LatchedUnacknowledged,
            (TransitionKind::ReturnedToNormal, Acknowledged) if self.latching => LatchedAcknowledged,
            (TransitionKind::ReturnedToNormal, Unacknowledged) if self.auto_ack => Normal,
            (TransitionKind::ReturnedToNormal, Unacknowledged) => RtnUnacknowledged,
            (TransitionKind::ReturnedToNormal, Acknowledged) => Normal,
            (TransitionKind::Acknowledged, Unacknowledged) => Acknowledged,
            (TransitionKind::Acknowledged, RtnUnacknowledged) => Normal,
            (TransitionKind::Acknowledged, LatchedUnacknowledged) => LatchedAcknowledged,
            (TransitionKind::Reset, LatchedAcknowledged) => Normal,
            _ => return None,
        })
    }

    fn facts_fit(&self, row: &JournalEntry, told: &dyn Fn() -> String) -> Verdict {
        let facts = &row.facts;
        let active = matches!(self.state, Unacknowledged | Acknowledged);
        let acked = matches!(self.state, Acknowledged | LatchedAcknowledged | Normal);
        let latched = matches!(self.state, LatchedAcknowledged | LatchedUnacknowledged);
        let fit = (facts.active, facts.acked, facts.open) == (active, acked, self.is_open())
            && (facts.latched == latched || (active && self.latching))
            && facts.occurrence == self.occurrence
            && facts.suppressed_by.is_some() == self.suppressed
            && (facts.shelving != Shelving::None) == self.shelf.is_some()
            && facts.out_of_service.is_some() == self.out_of_service
            && facts.quality.is_usable() != self.blind;
        holds(fit, FACTS_FIT, || format!("{} says {facts:?} in state {:?}", told(), self.state))
    }
}
