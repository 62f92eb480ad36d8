//! Which alarm of a group came first.
//!
//! When a plant trips, its alarms come as a crowd within seconds, and the first one names the cause. An *episode* of a group
//! begins with the first occurrence while the group is clear, and ends when none of its alarms has an open occurrence. Every
//! occurrence that begins within it remembers which alarm was first, so the mark outlives a restart.

use std::collections::BTreeMap;

use crate::domain::{AlarmFacts, AlarmId, FirstOutId, Plant};

/// The first-out groups of a plant.
#[derive(Clone, Debug, Default)]
pub struct FirstOut {
    of_alarm: BTreeMap<AlarmId, FirstOutId>,
    alarms: BTreeMap<FirstOutId, Vec<AlarmId>>,
}

impl FirstOut {
    /// Of a plant.
    pub fn new(plant: &Plant) -> Self {
        let mut groups = Self::default();
        for group in &plant.first_out {
            for alarm in &group.alarms {
                groups.of_alarm.insert(alarm.clone(), group.id.clone());
            }
            groups.alarms.insert(group.id.clone(), group.alarms.clone());
        }
        groups
    }

    /// The alarm that was first in the present episode of a group; `None` while the group is clear.
    pub fn first<'a>(
        &self,
        group: &FirstOutId,
        facts: impl Fn(&AlarmId) -> Option<&'a AlarmFacts>,
    ) -> Option<&'a AlarmId> {
        let alarms = self.alarms.get(group)?;
        alarms.iter().filter_map(facts).filter(|facts| facts.open).find_map(|facts| facts.first_out.as_ref())
    }

    /// What an occurrence of this alarm that begins now remembers: who was first, which may be the alarm itself. `None` for
    /// an alarm of no group.
    pub fn of_occurrence<'a>(
        &self,
        alarm: &AlarmId,
        facts: impl Fn(&AlarmId) -> Option<&'a AlarmFacts>,
    ) -> Option<AlarmId> {
        let group = self.of_alarm.get(alarm)?;
        Some(self.first(group, facts).unwrap_or(alarm).clone())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::Severity;

    const ALARMS: [&str; 4] = ["A", "B", "C", "LONER"];

    fn groups() -> FirstOut {
        let alarms: Vec<AlarmId> = ["A", "B", "C"].map(AlarmId::from).to_vec();
        FirstOut {
            of_alarm: alarms.iter().map(|alarm| (alarm.clone(), "trip".into())).collect(),
            alarms: BTreeMap::from([("trip".into(), alarms)]),
        }
    }

    /// Alarms whose occurrences are opened and closed.
    #[derive(Default)]
    struct Panel(BTreeMap<AlarmId, AlarmFacts>);

    impl Panel {
        fn open(&mut self, alarm: &str) {
            let first_out = groups().of_occurrence(&alarm.into(), |id| self.0.get(id));
            let facts = AlarmFacts { active: true, open: true, first_out, ..AlarmFacts::quiet(Severity::High) };
            self.0.insert(alarm.into(), facts);
        }

        fn close(&mut self, alarm: &str) {
            if let Some(facts) = self.0.get_mut(&AlarmId::from(alarm)) {
                (facts.active, facts.open) = (false, false);
            }
        }

        fn first(&self) -> Option<&str> {
            groups().first(&"trip".into(), |id| self.0.get(id)).map(|id| self.0.get_key_value(id).unwrap().0.as_str())
        }
    }

    #[test]
    fn the_first_stays_first_until_the_group_is_clear() {
        let mut panel = Panel::default();
        panel.open("LONER");
        assert_eq!(panel.first(), None);
        panel.open("B");
        panel.open("A");
        assert_eq!(panel.first(), Some("B"));
        panel.close("B");
        panel.open("C");
        assert_eq!(panel.first(), Some("B"), "it is over, but the others still stand");
        panel.open("B");
        assert_eq!(panel.first(), Some("B"), "and it may come back");
        for alarm in ["A", "B", "C"] {
            panel.close(alarm);
        }
        assert_eq!(panel.first(), None);
        panel.open("A");
        assert_eq!(panel.first(), Some("A"));
    }

    proptest! {
        /// Beside a model that only remembers who opened a clear group.
        #[test]
        fn it_is_whoever_opened_a_clear_group(steps in prop::collection::vec((0usize..4, any::<bool>()), 0..60)) {
            let mut panel = Panel::default();
            let (mut open, mut first) = (std::collections::BTreeSet::new(), None);
            for (alarm, opens) in steps {
                let name = ALARMS[alarm];
                if opens { panel.open(name) } else { panel.close(name) }
                if name != "LONER" {
                    if opens && open.is_empty() {
                        first = Some(name);
                    }
                    if opens { open.insert(name); } else { open.remove(name); }
                    if open.is_empty() {
                        first = None;
                    }
                }
                prop_assert_eq!(panel.first(), first);
            }
        }
    }
}
