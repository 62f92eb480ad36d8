//! From single exceedances to a state that can be answered for.

use crate::domain::DetectorState;

/// Counts samples that agree: as many as confirm make a state, and as many against it make the other.
///
/// Before the first such run the state is warming up, never normal.
#[derive(Clone, Debug)]
pub(super) struct Confirmation {
    need: u32,
    alarm: Option<bool>,
    last: bool,
    in_a_row: u32,
}

impl Confirmation {
    pub(super) fn new(confirm_after: u32) -> Self {
        Self { need: confirm_after.max(1), alarm: None, last: false, in_a_row: 0 }
    }

    /// Forgets everything: what comes next is another run.
    pub(super) fn restart(&mut self) {
        *self = Self::new(self.need);
    }

    /// Takes whether the next sample exceeds.
    pub(super) fn push(&mut self, exceeds: bool) {
        self.in_a_row = if exceeds == self.last { self.in_a_row.saturating_add(1) } else { 1 };
        self.last = exceeds;
        if self.in_a_row >= self.need {
            self.alarm = Some(exceeds);
        }
    }

    /// What can be said now.
    pub(super) const fn state(&self) -> DetectorState {
        match self.alarm {
            None => DetectorState::WarmingUp { have: self.in_a_row, need: self.need },
            Some(false) => DetectorState::Normal,
            Some(true) => DetectorState::Alarm,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use DetectorState::{Alarm, Normal};

    fn states(confirmation: &mut Confirmation, marks: &str) -> Vec<DetectorState> {
        let push = |mark| {
            confirmation.push(mark == 'x');
            confirmation.state()
        };
        marks.chars().map(push).collect()
    }

    const fn warming_up(have: u32) -> DetectorState {
        DetectorState::WarmingUp { have, need: 3 }
    }

    #[test]
    fn it_warms_up_until_as_many_samples_agree_as_confirm() {
        let mut confirmation = Confirmation::new(3);
        assert_eq!(confirmation.state(), warming_up(0));
        assert_eq!(states(&mut confirmation, "..."), [warming_up(1), warming_up(2), Normal]);
        confirmation.restart();
        assert_eq!(states(&mut confirmation, ".xx"), [warming_up(1), warming_up(1), warming_up(2)]);
        assert_eq!(states(&mut confirmation, "x"), [Alarm], "an alarm is not normal first");
    }

    #[test]
    fn it_changes_its_mind_after_as_many_samples_as_confirm() {
        let mut confirmation = Confirmation::new(3);
        states(&mut confirmation, "...");
        assert_eq!(states(&mut confirmation, "xx.xxx"), [Normal, Normal, Normal, Normal, Normal, Alarm]);
        assert_eq!(states(&mut confirmation, "..x..."), [Alarm, Alarm, Alarm, Alarm, Alarm, Normal]);
    }
}
