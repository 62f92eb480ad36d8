//! Which plants a node claims and which it hands over. Pure: what is known goes in, what to do comes out.
//!
//! Every node decides for itself, from the same table of leases and its own view of who lives, so two may want the same
//! plant: the database lets one have it. Nobody has to agree on anything beforehand.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::domain::{NodeName, PlantId};

/// A plant as one node sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Nobody has it.
    Free {
        /// Nobody has taken it for so long that it is no longer left to those who have fewer.
        neglected: bool,
        /// This node has just given it away, or could not run it.
        resting: bool,
    },
    /// This node has it.
    Ours,
    /// This node is giving it away.
    Leaving,
    /// Another node has it.
    Held(NodeName),
}

/// What a node does about a plant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Tries to get it.
    Claim(PlantId),
    /// Drains it and gives it back, so that a node with fewer may have it.
    HandOver(PlantId),
}

/// What `me` does, one of the nodes that live.
pub(super) fn decide(me: &NodeName, nodes: &[NodeName], plants: &BTreeMap<PlantId, Standing>) -> Vec<Step> {
    let nodes: Vec<&NodeName> = if nodes.contains(me) { nodes.iter().collect() } else { vec![me] };
    let mut steps = claims(me, nodes.len(), plants);
    if steps.is_empty() {
        steps.extend(hand_over(me, &nodes, plants).map(Step::HandOver));
    }
    steps
}

/// Free plants up to a fair share, and beyond it those that nobody else takes.
fn claims(me: &NodeName, nodes: usize, plants: &BTreeMap<PlantId, Standing>) -> Vec<Step> {
    let share = plants.len().div_ceil(nodes.max(1));
    let mut have = plants.values().filter(|standing| **standing == Standing::Ours).count();
    let mut free: Vec<(&PlantId, bool)> = plants
        .iter()
        .filter_map(|(plant, standing)| match standing {
            Standing::Free { neglected, resting: false } => Some((plant, *neglected)),
            _ => None,
        })
        .collect();
    // Each node begins elsewhere, so that they do not all run after the same plant.
    free.sort_by_key(|(plant, _)| std::cmp::Reverse(liking(me, plant)));
    let mut steps = Vec::new();
    for (plant, neglected) in free {
        if have < share || neglected {
            steps.push(Step::Claim(plant.clone()));
            have += 1;
        }
    }
    steps
}

/// One plant at a time goes from the node that has most to one that has at least two fewer.
fn hand_over(me: &NodeName, nodes: &[&NodeName], plants: &BTreeMap<PlantId, Standing>) -> Option<PlantId> {
    let mut counts: BTreeMap<&NodeName, usize> = nodes.iter().map(|node| (*node, 0)).collect();
    for standing in plants.values() {
        match standing {
            Standing::Ours => *counts.entry(me).or_default() += 1,
            // A node that nobody sees any more is about to lose what it has; it takes nothing.
            Standing::Held(node) => {
                if let Some(count) = counts.get_mut(node) {
                    *count += 1;
                }
            }
            // Something is on its way already; what comes of it is waited for.
            Standing::Leaving | Standing::Free { .. } => return None,
        }
    }
    let (poorest, least) = counts.iter().min_by_key(|(_, count)| **count)?;
    let (richest, most) = counts.iter().rev().max_by_key(|(_, count)| **count)?;
    if *richest != me || most - least < 2 {
        return None;
    }
    let ours = plants.iter().filter(|(_, standing)| **standing == Standing::Ours).map(|(plant, _)| plant);
    ours.max_by_key(|plant| liking(poorest, plant)).cloned()
}

/// How much a node likes a plant: the same on every node, and different for each pair.
fn liking(node: &NodeName, plant: &PlantId) -> u64 {
    let mut hash = DefaultHasher::new();
    (node.as_str(), plant.as_str()).hash(&mut hash);
    hash.finish()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const FREE: Standing = Standing::Free { neglected: false, resting: false };

    fn names(nodes: &[&str]) -> Vec<NodeName> {
        nodes.iter().map(|node| NodeName::from(*node)).collect()
    }

    fn plants(standings: &[(&str, Standing)]) -> BTreeMap<PlantId, Standing> {
        standings.iter().map(|(plant, standing)| (PlantId::from(*plant), standing.clone())).collect()
    }

    fn held(node: &str) -> Standing {
        Standing::Held(node.into())
    }

    /// The plants as each node sees them: who has which.
    struct Table(BTreeMap<PlantId, Option<NodeName>>);

    impl Table {
        fn of(count: usize) -> Self {
            Self((0..count).map(|at| (PlantId::from(format!("p{at}")), None)).collect())
        }

        fn seen_by(&self, me: &NodeName) -> BTreeMap<PlantId, Standing> {
            let standing = |owner: &Option<NodeName>| match owner {
                None => FREE,
                Some(owner) if owner == me => Standing::Ours,
                Some(owner) => Standing::Held(owner.clone()),
            };
            self.0.iter().map(|(plant, owner)| (plant.clone(), standing(owner))).collect()
        }

        /// Lets every node act in turn until nobody wants anything, and returns how many each has.
        fn settle(&mut self, nodes: &[NodeName]) -> Vec<usize> {
            let mut given_by: BTreeMap<PlantId, NodeName> = BTreeMap::new();
            for _ in 0..100 {
                let mut quiet = true;
                for me in nodes {
                    let mut seen = self.seen_by(me);
                    for (plant, standing) in &mut seen {
                        if *standing == FREE && given_by.get(plant) == Some(me) {
                            *standing = Standing::Free { neglected: false, resting: true };
                        }
                    }
                    for step in decide(me, nodes, &seen) {
                        quiet = false;
                        match step {
                            Step::Claim(plant) => *self.0.get_mut(&plant).unwrap() = Some(me.clone()),
                            Step::HandOver(plant) => {
                                given_by.insert(plant.clone(), me.clone());
                                *self.0.get_mut(&plant).unwrap() = None;
                            }
                        }
                    }
                }
                if quiet {
                    let count = |node| self.0.values().filter(|owner| owner.as_ref() == Some(node)).count();
                    return nodes.iter().map(count).collect();
                }
            }
            panic!("the nodes never come to rest");
        }
    }

    #[test]
    fn plants_are_spread_and_come_to_rest_whoever_comes_and_goes() {
        for count in 0..9 {
            let mut table = Table::of(count);
            assert_eq!(table.settle(&names(&["a"])), [count]);
            for nodes in [&["a", "b"][..], &["a", "b", "c"], &["b", "c"], &["b", "c", "d", "e"]] {
                let nodes = names(nodes);
                let alive: BTreeSet<_> = nodes.iter().collect();
                for owner in table.0.values_mut() {
                    owner.take_if(|owner| !alive.contains(owner));
                }
                let spread = table.settle(&nodes);
                assert_eq!(spread.iter().sum::<usize>(), count, "every plant has an owner");
                let (most, least) = (spread.iter().max().unwrap(), spread.iter().min().unwrap());
                assert!(most - least <= 1, "{count} plants on {nodes:?}: {spread:?}");
            }
        }
    }

    #[test]
    fn a_node_takes_its_share_and_leaves_the_rest_to_others() {
        let four = plants(&[("p", FREE), ("q", FREE), ("r", FREE), ("s", FREE)]);
        assert_eq!(decide(&"a".into(), &names(&["a", "b"]), &four).len(), 2);
        assert_eq!(decide(&"a".into(), &names(&["a"]), &four).len(), 4);
    }

    #[test]
    fn what_nobody_else_takes_is_taken_beyond_the_share() {
        let neglected = Standing::Free { neglected: true, resting: false };
        let two = plants(&[("p", Standing::Ours), ("q", neglected)]);
        assert_eq!(decide(&"a".into(), &names(&["a", "b"]), &two), [Step::Claim("q".into())]);
    }

    #[test]
    fn what_was_just_given_away_is_not_taken_back() {
        let resting = Standing::Free { neglected: true, resting: true };
        assert!(decide(&"a".into(), &names(&["a", "b"]), &plants(&[("p", resting)])).is_empty());
    }

    #[test]
    fn one_plant_at_a_time_goes_from_the_richest_to_the_poorest() {
        let nodes = names(&["a", "b"]);
        let rich = [("p", Standing::Ours), ("q", Standing::Ours), ("r", Standing::Ours)];
        assert!(matches!(decide(&"a".into(), &nodes, &plants(&rich))[..], [Step::HandOver(_)]));
        let leaving = [("p", Standing::Leaving), ("q", Standing::Ours), ("r", Standing::Ours)];
        assert!(decide(&"a".into(), &nodes, &plants(&leaving)).is_empty(), "one is on its way");
        let even = [("p", Standing::Ours), ("q", Standing::Ours), ("r", held("b"))];
        assert!(decide(&"a".into(), &nodes, &plants(&even)).is_empty(), "a difference of one is no reason");
        let poor = [("p", held("b")), ("q", held("b")), ("r", held("b"))];
        assert!(decide(&"a".into(), &nodes, &plants(&poor)).is_empty(), "the other one has to");
    }

    #[test]
    fn who_does_not_see_itself_among_the_members_acts_alone() {
        let two = plants(&[("p", FREE), ("q", held("b"))]);
        assert_eq!(decide(&"a".into(), &names(&["b"]), &two), [Step::Claim("p".into())]);
    }
}
