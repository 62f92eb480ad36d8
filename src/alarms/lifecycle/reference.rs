//! A plain model of one alarm, written from the table and not from the code: states are stored, facts are not. Under its
//! covers it keeps the state that would be shown without them.

use crate::domain::{AlarmState, Severity};

use AlarmState::{
    Acknowledged, LatchedAcknowledged, LatchedUnacknowledged, Normal, OutOfService, RtnUnacknowledged, Shelved,
    Suppressed, Unacknowledged,
};

/// One thing that happens, with occurrences named by how many came before.
#[derive(Clone, Copy, Debug)]
pub(super) enum Happening {
    On(Severity),
    Off,
    Blind,
    Seeing,
    /// An acknowledgement for the occurrence this many before the present one.
    Acknowledge {
        ago: u8,
    },
    Reset,
    /// The re-alarm timer of the last annunciation.
    StoodTooLong,
    Shelve {
        one_shot: bool,
    },
    Unshelve,
    /// The end of the present shelf, or of the one before.
    ShelfEnded {
        late: bool,
    },
    Suppress,
    Unsuppress,
    TakeOutOfService,
    /// By the one who took it out, or by another.
    ReturnToService {
        same: bool,
    },
    /// The configured severity is another one.
    Reconfigured(Severity),
    /// The plant file says what nobody has approved: nothing, this, or that.
    Unapproved(u8),
}

/// What the table leaves open.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Choices {
    pub(super) latching: bool,
    pub(super) auto_ack: bool,
    pub(super) return_ends: bool,
    pub(super) unshelving_leaves_debt: bool,
    pub(super) four_eyes: bool,
}

/// The state as the table has it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Reference {
    /// What would be shown without covers.
    pub(super) state: AlarmState,
    /// `Some(one_shot)` while shelved.
    pub(super) shelf: Option<bool>,
    rule: bool,
    work_order: bool,
    pub(super) severity: Severity,
    pub(super) occurrences: u32,
    pub(super) open: u32,
    blind: bool,
    choices: Choices,
    configured: Severity,
}

impl Reference {
    pub(super) fn new(configured: Severity, choices: Choices) -> Self {
        Self {
            state: Normal,
            shelf: None,
            rule: false,
            work_order: false,
            severity: configured,
            occurrences: 0,
            open: 0,
            blind: false,
            choices,
            configured,
        }
    }

    /// What is shown.
    pub(super) fn shown(&self) -> AlarmState {
        match self {
            Self { work_order: true, .. } => OutOfService,
            Self { rule: true, .. } => Suppressed,
            Self { shelf: Some(_), .. } => Shelved,
            Self { state, .. } => *state,
        }
    }

    fn is_covered(&self) -> bool {
        self.work_order || self.rule || self.shelf.is_some()
    }

    /// A cover is gone. `seen`: by a person who has looked.
    fn uncover(&mut self, seen: bool) {
        if self.is_covered() {
            return;
        }
        match self.state {
            Unacknowledged | Acknowledged => self.state = if seen { Acknowledged } else { Unacknowledged },
            LatchedUnacknowledged | LatchedAcknowledged => {
                self.state = if seen { LatchedAcknowledged } else { LatchedUnacknowledged };
            }
            _ => self.close(),
        }
    }

    /// The state after it, and whether it was a command that the table refuses.
    pub(super) fn happen(&mut self, what: Happening) -> Result<(), ()> {
        match what {
            // What an alarm runs as changes nothing of how it stands.
            Happening::Unapproved(_) => {}
            Happening::Blind => self.blind = true,
            Happening::Seeing => self.blind = false,
            Happening::On(_) | Happening::Off if self.blind => {}
            Happening::On(severity) => self.on(severity),
            Happening::Off => self.off(),
            Happening::Acknowledge { ago } => return self.acknowledge(ago),
            Happening::Reset => return self.reset(),
            Happening::StoodTooLong => {
                if self.shown() == Acknowledged {
                    self.state = Unacknowledged;
                }
            }
            Happening::Shelve { one_shot } if !self.is_covered() => self.shelf = Some(one_shot),
            Happening::Shelve { .. } => return Err(()),
            Happening::Unshelve if self.shown() == Shelved => {
                self.shelf = None;
                self.uncover(!self.choices.unshelving_leaves_debt);
            }
            Happening::Unshelve => return Err(()),
            Happening::ShelfEnded { late: false } if self.shelf.is_some() => {
                self.shelf = None;
                self.uncover(false);
            }
            Happening::ShelfEnded { .. } => {}
            Happening::Suppress => self.rule = true,
            Happening::Unsuppress if self.rule => {
                self.rule = false;
                self.uncover(false);
            }
            Happening::Unsuppress => {}
            Happening::TakeOutOfService if !self.work_order => self.work_order = true,
            Happening::TakeOutOfService => return Err(()),
            Happening::ReturnToService { same } if self.work_order && !(same && self.choices.four_eyes) => {
                self.work_order = false;
                self.uncover(false);
            }
            Happening::ReturnToService { .. } => return Err(()),
            Happening::Reconfigured(severity) => {
                if self.state == Acknowledged && severity > self.severity {
                    self.state = Unacknowledged;
                }
                self.severity = severity;
                self.configured = severity;
            }
        }
        Ok(())
    }

    fn on(&mut self, severity: Severity) {
        match self.state {
            Normal | LatchedAcknowledged => {
                self.occurrences += 1;
                self.open = 1;
                self.severity = severity;
                self.state = Unacknowledged;
            }
            RtnUnacknowledged if self.choices.return_ends => {
                self.occurrences += 1;
                self.severity = severity;
                self.state = Unacknowledged;
            }
            RtnUnacknowledged | LatchedUnacknowledged => {
                self.severity = self.severity.max(severity);
                self.state = Unacknowledged;
            }
            _ if severity > self.severity => {
                self.severity = severity;
                self.state = Unacknowledged;
            }
            _ => {}
        }
    }

    fn off(&mut self) {
        match (self.state, self.choices.latching) {
            (Unacknowledged, true) => self.state = LatchedUnacknowledged,
            (Acknowledged, true) => self.state = LatchedAcknowledged,
            (Unacknowledged, false) if !self.choices.auto_ack => self.state = RtnUnacknowledged,
            (Unacknowledged | Acknowledged, false) => self.close(),
            _ => return,
        }
        if self.shelf == Some(true) {
            self.shelf = None;
            self.uncover(false);
        }
    }

    fn acknowledge(&mut self, ago: u8) -> Result<(), ()> {
        match self.state {
            _ if ago != 0 || self.is_covered() => return Err(()),
            Unacknowledged => self.state = Acknowledged,
            LatchedUnacknowledged => self.state = LatchedAcknowledged,
            RtnUnacknowledged => self.close(),
            _ => return Err(()),
        }
        Ok(())
    }

    fn reset(&mut self) -> Result<(), ()> {
        if self.shown() != LatchedAcknowledged || self.blind {
            return Err(());
        }
        self.close();
        Ok(())
    }

    fn close(&mut self) {
        self.open = 0;
        self.severity = self.configured;
        self.state = Normal;
    }
}
