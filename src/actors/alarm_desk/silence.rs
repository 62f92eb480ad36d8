//! What stands in the list while the source is silent is as old as the last scan, and says so.
//!
//! No chart gets a sample then, so no alarm changes: missing data neither raises nor clears. `SYSTEM/SOURCE_SILENT` is the alarm of
//! its own; here the alarms of the plant that an operator has before them are flagged stale. What is quiet or hidden is not:
//! hundreds of rows would say what one alarm says.

use super::State;
use crate::alarms::AlarmInput;
use crate::domain::{AlarmFacts, AlarmId, Quality};
use crate::feed::AlarmView;

impl State {
    /// The source has fallen silent, or speaks again. A chart that is blinded says bad and never stale, so what is stale
    /// was flagged here, also by an earlier life.
    pub(super) fn flag_what_is_stale(&mut self, silent: bool) {
        let now = self.clock.now();
        let quality = if silent { Quality::Stale } else { Quality::Good };
        let concerned = |facts: &AlarmFacts| match silent {
            true => facts.state().in_alarm_list(),
            false => facts.quality == Quality::Stale,
        };
        let of_the_plant = |view: &&std::sync::Arc<AlarmView>| {
            (view.definition.tag.is_some() || view.definition.detector.is_some()) && !is_of_tep(&view.definition.id)
        };
        let flagged: Vec<AlarmId> = self
            .book
            .views()
            .filter(of_the_plant)
            .filter(|view| concerned(&view.facts))
            .map(|view| view.definition.id.clone())
            .collect();
        let events =
            flagged.iter().filter_map(|alarm| self.book.news(alarm, AlarmInput::Quality(quality), None, now)).collect();
        self.make_known(events, None);
    }
}

/// A detector that cannot do its work has an alarm about TEP itself, which knows how it is.
fn is_of_tep(alarm: &AlarmId) -> bool {
    alarm.as_str().starts_with("SYSTEM/")
}
