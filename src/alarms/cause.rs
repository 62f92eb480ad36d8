//! What may follow from what: the plant's own order, as its file describes it.
//!
//! This is no model of the process. It says whether it is plausible that one alarm is a consequence of another, so that
//! the two are shown together; it never says that a cause is found.

use std::collections::BTreeMap;

use crate::domain::{AlarmDefinition, AlarmId, DetectorId, NamedContribution, Plant, TagId};

/// Contributions beyond these say little about where to look.
const CONTRIBUTIONS_MAX: usize = 5;

/// How near a consequence is to its cause, ascending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kinship {
    /// The same unit, or one that lies behind it in flow order.
    Downstream,
    /// A detector names the tag of the other among its largest contributions.
    Contribution,
    /// The tags belong to one control loop, or to loops of which one moves the set point of the other.
    Loop,
    /// The same tag.
    Tag,
}

/// What may follow from what in one plant.
#[derive(Clone, Debug, Default)]
pub struct Causes {
    alarms: BTreeMap<AlarmId, Where>,
}

/// Where an alarm sits in the plant.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Where {
    tag: Option<TagId>,
    /// Position in flow order.
    unit: Option<usize>,
    detector: Option<DetectorId>,
    /// Sets of loops that hang together and touch the tag.
    loops: Vec<usize>,
}

impl Causes {
    /// The order of a plant.
    pub fn of(plant: &Plant) -> Self {
        let loops = loops_of_tags(plant);
        let place = |alarm: &AlarmDefinition| {
            let unit = alarm.unit.as_ref().and_then(|unit| plant.units.iter().position(|one| one.id == *unit));
            let loops = alarm.tag.as_ref().and_then(|tag| loops.get(tag)).cloned().unwrap_or_default();
            Where { tag: alarm.tag.clone(), unit, detector: alarm.detector.clone(), loops }
        };
        Self { alarms: plant.alarms.iter().map(|alarm| (alarm.id.clone(), place(alarm))).collect() }
    }

    /// Whether an alarm is about a place of the process. Those about the plant as a whole, or about TEP itself, follow
    /// from nothing that stands here.
    pub fn is_of_the_process(&self, alarm: &AlarmId) -> bool {
        self.alarms.get(alarm).is_some_and(|at| at.tag.is_some() || at.unit.is_some() || at.detector.is_some())
    }

    /// How `later` may follow from `earlier`, each with the contributions that were told of it; `None` when nothing in the
    /// plant file says that it may.
    pub fn kinship(
        &self,
        (earlier, its): (&AlarmId, &[NamedContribution]),
        (later, theirs): (&AlarmId, &[NamedContribution]),
    ) -> Option<Kinship> {
        let (cause, effect) = (self.alarms.get(earlier)?, self.alarms.get(later)?);
        if cause.tag.is_some() && cause.tag == effect.tag {
            return Some(Kinship::Tag);
        }
        if cause.loops.iter().any(|one| effect.loops.contains(one)) {
            return Some(Kinship::Loop);
        }
        let named =
            (cause.detector.is_some() && names(its, effect)) || (effect.detector.is_some() && names(theirs, cause));
        if named {
            return Some(Kinship::Contribution);
        }
        match (cause.unit, effect.unit) {
            (Some(cause), Some(effect)) if effect >= cause => Some(Kinship::Downstream),
            _ => None,
        }
    }
}

fn names(contributions: &[NamedContribution], at: &Where) -> bool {
    contributions.iter().take(CONTRIBUTIONS_MAX).any(|named| at.tag.as_ref() == Some(&named.tag))
}

/// For every tag that a loop touches, the numbers of the sets of loops that do. A cascade and the loop that it moves are
/// one set, which goes by the number of its innermost loop.
fn loops_of_tags(plant: &Plant) -> BTreeMap<TagId, Vec<usize>> {
    let mut loops: BTreeMap<TagId, Vec<usize>> = BTreeMap::new();
    for at in 0..plant.loops.len() {
        let set = innermost(plant, at);
        for index in [plant.loops[at].measured, plant.loops[at].output] {
            if let Some(tag) = plant.tag(index) {
                loops.entry(tag.id.clone()).or_default().push(set);
            }
        }
    }
    loops
}

/// Follows a cascade down to the loop that moves a valve; loops that move each other end where they began.
fn innermost(plant: &Plant, from: usize) -> usize {
    let mut at = from;
    for _ in 0..plant.loops.len() {
        let moved = plant.loops[at].output;
        let inner = plant.loops.iter().position(|one| one.measured == moved);
        match inner.filter(|inner| plant.loops[at].cascade && *inner != at) {
            Some(inner) => at = inner,
            None => break,
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alarms::samples::plant;

    fn kinship(earlier: &str, later: &str) -> Option<Kinship> {
        Causes::of(&plant()).kinship((&earlier.into(), &[]), (&later.into(), &[]))
    }

    #[test]
    fn what_lies_behind_may_follow_and_what_lies_before_may_not() {
        assert_eq!(kinship("FEED_FLOW/LOW", "REACTOR_PRESSURE/HIGH"), Some(Kinship::Downstream));
        assert_eq!(kinship("REACTOR_PRESSURE/HIGH", "REACTOR_TEMPERATURE/HIGH"), Some(Kinship::Downstream));
        assert_eq!(kinship("REACTOR_PRESSURE/HIGH", "FEED_FLOW/LOW"), None);
    }

    #[test]
    fn the_same_tag_is_nearest_and_a_loop_binds_against_the_flow() {
        assert_eq!(kinship("REACTOR_PRESSURE/HIGH", "REACTOR_PRESSURE/HIGH_HIGH"), Some(Kinship::Tag));
        assert_eq!(kinship("REACTOR_LEVEL/LOW", "FEED_FLOW/LOW"), Some(Kinship::Loop));
    }

    #[test]
    fn a_detector_is_bound_by_what_it_names() {
        let causes = Causes::of(&plant());
        let named = [NamedContribution { tag: "FEED_FLOW".into(), share: 0.7 }];
        let of = |named| causes.kinship((&"pca/VERDICT".into(), named), (&"FEED_FLOW/LOW".into(), &[]));
        assert_eq!((of(&named), of(&[])), (Some(Kinship::Contribution), None));
        let back = causes.kinship((&"FEED_FLOW/LOW".into(), &[]), (&"pca/VERDICT".into(), &named));
        assert_eq!(back, Some(Kinship::Contribution));
    }

    #[test]
    fn what_is_about_the_whole_follows_from_nothing() {
        assert_eq!(kinship("FEED_FLOW/LOW", "SYSTEM/DISK_LOW"), None);
        let causes = Causes::of(&plant());
        assert!(
            !causes.is_of_the_process(&"SYSTEM/DISK_LOW".into()) && causes.is_of_the_process(&"pca/VERDICT".into())
        );
    }
}
