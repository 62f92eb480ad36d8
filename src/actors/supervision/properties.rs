//! The rules of supervision against a plain model, which remembers everything and looks it all through each time.

use std::time::Duration;

use proptest::prelude::*;

use super::decision::{Decision, decide};
use super::exit::Exit;
use super::plan::{Plan, Strategy as Takes};
use super::restarts::{Backoff, Intensity, RecentRestarts};
use super::spec::{ChildSpec, Restart};
use crate::domain::{Importance, WallTime};

/// Every restart of a child since it was born.
#[derive(Default)]
struct Model(Vec<WallTime>);

impl Model {
    /// The table, line by line.
    fn decide(&mut self, spec: &ChildSpec, orderly: bool, now: WallTime, chance: f64) -> Decision {
        let counting = self.0.iter().filter(|at| now.since(**at) < spec.intensity.window).count();
        let spent = counting >= spec.intensity.limit;
        match (spec.restart, orderly, spent, spec.importance) {
            (Restart::Transient | Restart::Temporary, true, _, _) => Decision::Finished,
            (Restart::Permanent, _, false, _) | (Restart::Transient, false, false, _) => {
                self.0.push(now);
                let doubled = (0..counting).fold(spec.backoff.first, |pause, _| pause * 2);
                let share = 1.0 - spec.backoff.jitter + 2.0 * spec.backoff.jitter * chance;
                Decision::Restart(doubled.min(spec.backoff.longest).mul_f64(share))
            }
            (_, _, _, Importance::Essential) => Decision::PassUp,
            (_, _, _, Importance::Auxiliary) => Decision::LeaveOut,
        }
    }
}

fn exits() -> impl Strategy<Value = Exit> {
    prop_oneof![
        Just(Exit::Normal),
        Just(Exit::Shutdown("asked to".into())),
        Just(Exit::Killed),
        Just(Exit::Failed("no".into())),
        Just(Exit::NotStarted("no".into())),
    ]
}

fn specs() -> impl Strategy<Value = ChildSpec> {
    let restart = prop_oneof![Just(Restart::Permanent), Just(Restart::Transient), Just(Restart::Temporary)];
    (any::<bool>(), restart, 0_usize..5, 1_u64..90, 1_u64..500, 0.0_f64..1.0).prop_map(
        |(essential, restart, limit, window, first, jitter)| ChildSpec {
            importance: if essential { Importance::Essential } else { Importance::Auxiliary },
            restart,
            intensity: Intensity { limit, window: Duration::from_secs(window) },
            backoff: Backoff { first: Duration::from_millis(first), longest: Duration::from_secs(2), jitter },
            ..ChildSpec::essential("part", "it")
        },
    )
}

/// Which groups a plan may be made of, with numbers as keys, each once.
fn plans() -> impl Strategy<Value = Plan<usize>> {
    let strategy = prop_oneof![Just(Takes::OneForOne), Just(Takes::RestForOne), Just(Takes::AllForOne)];
    let leaf = Just(Plan::Child(0_usize));
    let tree = leaf.prop_recursive(4, 24, 5, move |inner| {
        (strategy.clone(), prop::collection::vec(inner, 1..5)).prop_map(|(takes, members)| Plan::Group(takes, members))
    });
    tree.prop_map(|mut plan| {
        number(&mut plan, &mut 0);
        plan
    })
}

fn number(plan: &mut Plan<usize>, next: &mut usize) {
    match plan {
        Plan::Child(key) => {
            *key = *next;
            *next += 1;
        }
        Plan::Group(_, members) => members.iter_mut().for_each(|member| number(member, next)),
    }
}

/// Each child's place: for every group around it, the group's number, strategy and the child's position in it.
fn places(
    plan: &Plan<usize>,
    above: &[(usize, Takes, usize)],
    groups: &mut usize,
    out: &mut Vec<Vec<(usize, Takes, usize)>>,
) {
    match plan {
        Plan::Child(_) => out.push(above.to_vec()),
        Plan::Group(takes, members) => {
            *groups += 1;
            let group = *groups;
            for (position, member) in members.iter().enumerate() {
                let here = [above, &[(group, *takes, position)]].concat();
                places(member, &here, groups, out);
            }
        }
    }
}

proptest! {
    #[test]
    fn every_life_of_a_child_goes_as_in_the_table(
        spec in specs(),
        ends in prop::collection::vec((0_u64..40, exits(), 0.0_f64..1.0), 1..40),
    ) {
        let (mut recent, mut model) = (RecentRestarts::default(), Model::default());
        let mut now = WallTime::from_micros(0);
        for (after, exit, chance) in ends {
            now = now + Duration::from_secs(after);
            let decided = decide(&spec, &mut recent, &exit, now, chance);
            let expected = model.decide(&spec, exit.is_orderly(), now, chance);
            match (decided, expected) {
                // Two ways of writing one product differ in the last bit.
                (Decision::Restart(a), Decision::Restart(b)) => prop_assert!(a.abs_diff(b) < Duration::from_micros(1)),
                (a, b) => prop_assert_eq!(a, b),
            }
        }
    }

    #[test]
    fn who_is_started_anew_follows_from_the_innermost_group(plan in plans()) {
        let mut places_of = Vec::new();
        places(&plan, &[], &mut 0, &mut places_of);
        prop_assert_eq!(plan.keys(), (0..places_of.len()).collect::<Vec<_>>());
        for (ended, place) in places_of.iter().enumerate() {
            let anew: Vec<usize> = match place.last() {
                None => vec![ended],
                Some((group, takes, position)) => {
                    let beside = |other: &usize| {
                        let at = places_of[*other].iter().find(|(one, _, _)| one == group).map(|(_, _, at)| at);
                        at.is_some_and(|at| match takes {
                            Takes::OneForOne => at == position,
                            Takes::RestForOne => at >= position,
                            Takes::AllForOne => true,
                        })
                    };
                    (0..places_of.len()).filter(beside).collect()
                }
            };
            prop_assert_eq!(plan.started_anew(&ended), anew, "{} in {:?}", ended, plan);
        }
        prop_assert!(plan.started_anew(&places_of.len()).is_empty(), "a stranger takes nobody along");
    }
}
