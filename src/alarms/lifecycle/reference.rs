//! A plain model of one visible alarm, written from the table and not from the code: states are stored, facts are not.

use crate::domain::{AlarmState, Severity};

use AlarmState::{Acknowledged, LatchedAcknowledged, LatchedUnacknowledged, Normal, RtnUnacknowledged, Unacknowledged};

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
}

/// The state as the table has it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Reference {
    pub(super) state: AlarmState,
    pub(super) severity: Severity,
    pub(super) occurrences: u32,
    pub(super) open: u32,
    blind: bool,
    latching: bool,
    auto_ack: bool,
    configured: Severity,
}

impl Reference {
    pub(super) fn new(configured: Severity, latching: bool, auto_ack: bool) -> Self {
        let state = Normal;
        Self { state, severity: configured, occurrences: 0, open: 0, blind: false, latching, auto_ack, configured }
    }

    /// The state after it, and whether it was a command that the table refuses.
    pub(super) fn happen(&mut self, what: Happening) -> Result<(), ()> {
        match what {
            Happening::Blind => self.blind = true,
            Happening::Seeing => self.blind = false,
            Happening::On(_) | Happening::Off if self.blind => {}
            Happening::On(severity) => self.on(severity),
            Happening::Off => self.off(),
            Happening::Acknowledge { ago } => return self.acknowledge(ago),
            Happening::Reset => return self.reset(),
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
        match (self.state, self.latching) {
            (Unacknowledged, true) => self.state = LatchedUnacknowledged,
            (Acknowledged, true) => self.state = LatchedAcknowledged,
            (Unacknowledged, false) if !self.auto_ack => self.state = RtnUnacknowledged,
            (Unacknowledged | Acknowledged, false) => self.close(),
            _ => {}
        }
    }

    fn acknowledge(&mut self, ago: u8) -> Result<(), ()> {
        match self.state {
            _ if ago != 0 => return Err(()),
            Unacknowledged => self.state = Acknowledged,
            LatchedUnacknowledged => self.state = LatchedAcknowledged,
            RtnUnacknowledged => self.close(),
            _ => return Err(()),
        }
        Ok(())
    }

    fn reset(&mut self) -> Result<(), ()> {
        if self.state != LatchedAcknowledged || self.blind {
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
