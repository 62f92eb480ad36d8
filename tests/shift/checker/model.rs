//! A plain model of one alarm, written from the table of ISA-18.2: states are stored, facts are not.

use tep::domain::{AlarmDefinition, AlarmState, JournalEntry, OccurrenceId, TransitionKind};

use super::{Verdict, holds};

use AlarmState::{
    Acknowledged, LatchedAcknowledged, LatchedUnacknowledged, Normal, RtnUnacknowledged, Suppressed, Unacknowledged,
};

/// One alarm, as its rows have led it so far.
#[derive(Debug)]
pub struct Model {
    latching: bool,
    auto_ack: bool,
    /// What would be shown if no rule hid it.
    state: AlarmState,
    /// Whether a rule hides it.
    hidden: bool,
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
            state: Normal,
            hidden: false,
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
        let next = self.after(row.kind).ok_or(row.kind);
        match row.kind {
            TransitionKind::Suppressed => self.hidden = true,
            TransitionKind::Unsuppressed => self.hidden = false,
            _ => {}
        }
        self.state = next.unwrap_or(self.state);
        let leads = next.map(|_| self.shown());
        holds(leads == Ok(row.to), ROWS_FOLLOW, || {
            format!("{} leads from {before:?} to {:?}, not to {leads:?}", told(), row.to)
        })?;
        self.facts_fit(row, &told)
    }

    fn shown(&self) -> AlarmState {
        if self.hidden { Suppressed } else { self.state }
    }

    fn after(&self, kind: TransitionKind) -> Option<AlarmState> {
        Some(match (kind, self.state) {
            (TransitionKind::QualityChanged | TransitionKind::Suppressed, same) => same,
            // Nobody has seen it meanwhile, and what is over is forgiven.
            (TransitionKind::Unsuppressed, Unacknowledged | Acknowledged) if self.hidden => Unacknowledged,
            (TransitionKind::Unsuppressed, LatchedUnacknowledged | LatchedAcknowledged) if self.hidden => {
                LatchedUnacknowledged
            }
            (TransitionKind::Unsuppressed, _) if self.hidden => Normal,
            (TransitionKind::Raised, Normal | LatchedAcknowledged) => Unacknowledged,
            (TransitionKind::RaisedAgain, RtnUnacknowledged | LatchedUnacknowledged) => Unacknowledged,
            (TransitionKind::Worsened, Unacknowledged | Acknowledged) => Unacknowledged,
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
            && facts.suppressed_by.is_some() == self.hidden
            && facts.quality.is_usable() != self.blind;
        holds(fit, FACTS_FIT, || format!("{} says {facts:?} in state {:?}", told(), self.state))
    }
}
